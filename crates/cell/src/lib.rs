//! Runs an economy over a journal: one thread that decides, one that makes durable, a bounded
//! queue of two classes before them, and what was made durable for whoever follows.
//!
//! ```text
//! submit ─▶ queue ─▶ decide + evolve ─▶ group ─▶ journal thread ─▶ durable ─▶ replies
//!                      (runs ahead)                                   └────▶ feed ─▶ relay, views
//! ```
//!
//! **Invariants**
//! - Nothing leaves before the newest group decided before it is durable: no reply, no refusal,
//!   no answer, no message of the corridor.
//! - One group is in flight and one is being built; groups grow by themselves under load, and
//!   no timer makes anybody wait.
//! - A panic or a broken invariant drops the whole state, which comes back from the journal;
//!   what was not released is answered "unknown", never "failed".
//! - The queue is bounded by weight; what finishes something has room of its own.
//! - A snapshot is a cache of the journal: it is deleted at any doubt, and no fault of it reaches
//!   the cell.
//!
//! **Absent**: any rule of payments, HTTP, SQL.

mod clock;
mod codes;
mod core;
mod feed;
mod handle;
mod queue;
mod relay;
mod runtime;
mod snapshot;
mod teller;
mod writer;

pub use clock::{Clock, SystemClock, Watch};
pub use codes::{Codes, PhoneKeys, check as check_code};
pub use core::{Built, Core, ReplayError, Replayed, Told, replay};
pub use feed::{Durable, Feed};
pub use handle::{Call, CellInfo, Handle, Metrics, Outcome, Part, Ticket};
pub use queue::{Ask, Rejected, Work};
pub use relay::{
    Channel, Relay, RelayStats, Standing, Transport, Undelivered, Unreachable, first_group,
};
pub use runtime::{Config, OpenError, OpenJournal, start};
pub use snapshot::SnapshotConfig;
