//! What the operator of a cell looks at: figures, payments, and the page that shows them.
//!
//! The API ([`crate::api::operator`]) and the page ask the same functions, so that both say the
//! same.
//!
//! **Invariants.** Figures and lists are read from the views and decide nothing; what the page
//! changes goes the way of every command, with the operator as its actor.

pub mod days;
pub mod figures;
pub mod file;
pub mod search;
