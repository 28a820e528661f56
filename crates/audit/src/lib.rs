//! The audit: replays the journals of all cells of a data folder, side by side, and checks that
//! everything that must hold does. It opens journals read-only and without their lock, so that it
//! runs beside a server too, and ends at the last durable group. The page that shows it runs the
//! same code over the readers of running cells.
//!
//! ```text
//! journal cn ─▶ verify ─▶ judge each fact ─▶ State ─┐ messages, nostro and mirror
//! journal jp ─▶ verify ─▶ judge each fact ─▶ State ─┘ at equal numbers, legs in pairs
//! ```
//!
//! What is checked: the chain of hashes and the Merkle root of each group; each movement against
//! accounts, holds and side rules; debits and credits of each currency, posted and pending; the
//! balance of each wallet and merchant against what the facts of payments say it must be; each yes
//! of a payer against the limits that held then; each
//! hold against the leg it belongs to; each message against what the sender wrote, once and in
//! order, and against what the receiver made of it; nostro against mirror at each number; both
//! legs of each payment whose messages have arrived; each snapshot of a folder against the state
//! that the journal gives at its position.
//!
//! **Invariants**
//! - Journals are read once, from the first group to the last, and nothing is written.
//! - A difference names its place: cell, group and record. A record that can't be applied ends the
//!   audit of its cell there; the other cells go on.
//! - Groups are taken in order of cause: who received a message is judged after who sent it. So
//!   what is kept beside the states is only what is under way.
//!
//! **Absent**: any repair, the views, HTTP, the vault: who has it says which parties have a key
//! ([`Report::ask_vault`]).

mod arrival;
mod bank;
mod cell;
mod closing;
mod connector;
mod credit;
mod days;
mod forgetting;
mod judge;
mod left;
mod limits;
mod pairs;
mod payout;
mod posters;
mod referrals;
mod report;
mod review;
mod run;
mod sales;
mod shares;
mod snapshot;

pub use payout::{FileState, bank_file_name};
pub use report::{CellReport, Difference, Leaving, LinkReport, Place, Report, Sum};
pub use run::{AuditError, Source, run, run_all, run_live};
