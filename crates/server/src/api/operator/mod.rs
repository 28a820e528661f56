//! What the operator of a cell does.

pub mod accounts;
pub mod audit;
pub mod bank_files;
pub mod banking;
pub mod cases;
pub mod clock;
pub mod code_terms;
pub mod connectors;
pub mod costs;
pub mod figures;
pub mod insight;
pub mod keys;
pub mod limits;
pub mod links;
pub mod partners;
pub mod payments;
pub mod payout_rules;
pub mod proposals;
pub mod reconcile;
pub mod reviews;
pub mod settlement;
pub mod terms;
pub mod totals;
pub mod trace;
pub mod transfers;
