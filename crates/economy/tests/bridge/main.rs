//! Payments between two cells, command by command and message by message.

#[path = "../support/mod.rs"]
mod support;

mod again;
mod both_ways;
mod cancel;
mod codes;
mod codes_here;
mod credit;
mod days;
mod declines;
mod here;
mod later;
mod messages;
mod partners;
mod posters;
mod referrals;
mod refunds;
mod reviews;
mod scene;
mod shares;
mod yes;
