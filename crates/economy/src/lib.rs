//! The state machine of one cell: a pure function from a command to facts, and from facts to
//! state. It puts the modules together and adds what belongs to none of them: who holds a key,
//! which requests were answered before, what the clock ends, and how one decision becomes one
//! record.
//!
//! ```text
//! Request ─▶ State::decide ─▶ Draft ─▶ record ─▶ journal
//!                               └────▶ State::evolve ◀── record (replay)
//! ```
//!
//! **Invariants**
//! - One command, one draft, one record: all of it happens or none.
//! - `evolve` is the only thing that changes state, live and in replay.
//! - A request that was answered under a key is answered the same again, and changes nothing.
//! - A message of the corridor with a number that was handled changes nothing.
//!
//! **Absent**: a clock, I/O, threads, HTTP; any rule that belongs to one module.

mod command;
mod decide;
mod event;
pub mod people;
mod query;
mod record;
mod refusal;
mod remembered;
mod reply;
pub mod snapshot;
mod state;

pub use command::{
    ANY_SCOPE, Command, FreezeLink, IssueKey, OpenAccount, Receive, ReopenLink, Request, RevokeKey,
    SetWindow,
};
pub use event::{AnswersForgotten, Event, KeyIssued, KeyIssuedV1, KeyRevoked, OwnEvent};
pub use query::{
    Answer, BesideBill, ConnectorView, ConnectorsView, LinkView, OwnAccount, PartnerView, Query,
};
pub use record::{Decoded, Header, decode_record, encode_record, reply_of};
pub use refusal::Refusal;
pub use remembered::{Fingerprint, REMEMBER};
pub use reply::{Reply, TransferOutcome};
pub use snapshot::Restorer;
pub use state::{Decision, Key, State};

/// One decision of this economy while it is being made.
pub type Draft = ledger::Draft<Event>;
