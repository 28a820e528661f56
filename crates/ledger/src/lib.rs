//! The book of one cell: accounts, transfers between them, and holds (pending transfers that
//! are captured in full, in parts, or voided). A transfer takes from the debit account and gives
//! to the credit account; an account's *balance* is its credits less its debits, so that a
//! wallet, a merchant and a nostro all read as "what is in it".
//!
//! A decision collects its facts in a [`Draft`]. The book judges every movement as it is added,
//! against the state and against what the draft has already moved, so that a draft that was
//! accepted whole can be applied without another question.
//!
//! **Invariants**
//! - The debits of all accounts of a currency equal their credits, posted and pending alike.
//! - An account under a side rule is never overdrawn, counting what is held of it.
//! - A hold gives at most its amount, and ends once: captured, voided or expired.
//! - An id of a [`Transfer`] moves money once; a repeat is told what it repeated.
//!
//! **Absent**: what a payment is, who may move what, conversion between currencies.

mod account;
mod batch;
mod draft;
mod event;
mod ids;
mod overlay;
mod refusal;
mod snapshot;
mod state;
mod transfer;

pub use account::{Account, AccountKind, Hold, SideRule};
pub use batch::Outcome;
pub use draft::Draft;
pub use event::{Event, Movement};
pub use refusal::Refusal;
pub use snapshot::Restorer;
pub use state::{State, hold_tag};
pub use transfer::{BATCH_MAX, Flags, Transfer};
