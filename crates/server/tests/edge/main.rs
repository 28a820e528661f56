//! The edge from outside: each module asks a running server by HTTP, as its callers do.
//!
//! One binary, as linking it costs more than running it.

#![allow(clippy::unwrap_used)] // all of it is a test

mod app;
mod authorization;
mod bank_account;
mod bank_file_pages;
mod bank_files;
mod banking;
mod board;
mod bridge;
mod catch_up;
mod charges;
mod codes;
mod connections;
mod corridor;
mod costs;
mod credit;
mod decide;
mod desk;
mod desk_anew;
mod desk_pages;
mod desk_till;
mod enter;
mod events;
mod figures;
mod front;
mod hostile;
mod idempotency;
mod insight;
mod limits;
mod links;
mod openapi;
mod operator;
mod outside;
mod own_pages;
mod parties;
mod partner_kit;
mod partner_pages;
mod partners;
mod people;
mod posters;
mod proposals;
mod referrals;
mod refusals;
mod settlement;
mod setup;
mod sign_up;
mod signed_account;
mod stage;
mod stopped;
mod throttle;
