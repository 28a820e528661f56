//! The bridge between two cells, seen from one of them: which messages were sent and received,
//! in which order, how many wait for an answer, and whether value may still cross.
//!
//! A message is a fact in its sender's journal with the next number of its link. The receiver
//! handles number `received + 1` and no other: a repeat is known by its number, a gap is answered
//! with the number expected. Nothing is buffered.
//!
//! **Invariants**
//! - Numbers of sent and of received messages grow by one, without a gap.
//! - While a link is frozen or its window is full, no new payment starts; answers always pass.
//! - What we know of the neighbour's journal is a position and the hash at it; a neighbour that
//!   shows another hash there is not believed again before an operator has looked.
//!
//! **Absent**: accounts and balances (the economy compares nostro and mirror), transport, keys.

mod day;
mod event;
mod message;
mod state;

pub use day::{Day, DayAnswer, DayDifference, DayField, DaySignature, OwnDay, Sums};
pub use event::{
    Event, FreezeReason, Frozen, LinkOpened, Received, Reopened, Sent, Skipped, WindowSet,
};
pub use message::{CaptureMode, ChargeAnswer, DeclineReason, Message};
pub use state::{Link, State, Unanswered, Witness};
