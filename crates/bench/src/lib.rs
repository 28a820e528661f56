//! Measures what the product does, through commands that a public route submits: a ledger under
//! batches, payments across the bridge, in process and over HTTP, a start from the journal, and memory. Nothing here
//! asserts a time; each report says what else the machine was doing.
//!
//! **Invariants**
//! - Every figure comes from the code that serves: the cell's own queue, threads and file
//!   journal, with every group synced.
//! - A rate is of work that was acknowledged, never of work that was only sent.
//!
//! **Absent**: the code of the cell and of the edge; a server that answers HTTP is brought by the
//! caller, in a process of its own.

mod batches;
mod codes;
mod http;
mod machine;
mod memory;
mod partner;
mod payments;
mod replay;
mod world;

pub use batches::{LedgerOptions, ledger};
pub use codes::{CodesOptions, codes};
pub use http::{HttpOptions, Payer, http};
pub use machine::{Machine, machine};
pub use memory::memory;
pub use partner::{PartnerOptions, partner};
pub use payments::{PayOptions, pay};
pub use replay::{ReplayOptions, replay};
pub use world::BenchError;
