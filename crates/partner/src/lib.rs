//! The partner protocol: another operator's system at the other end of a link. Its users pay at our
//! merchants and ours at its, by the corridor's messages in JSON over signed HTTP. What a stranger
//! needs to speak it stands in docs/partner-protocol.md; section numbers in this crate are its.
//!
//! ```text
//! relay ─▶ Wire ─▶ Partner::deliver ─ sign ─▶ POST /partner/v1/messages ─▶ the partner
//! the partner ─▶ POST /partner/v1/messages ─▶ Partners::meet ─▶ Partner::take ─▶ the cell
//! ```
//!
//! [`message`] is one message in JSON and its line, [`chain`] the witness over all lines, [`body`]
//! what else stands in bodies, [`signature`] the part of RFC 9421 that is used, [`Outbox`] what was
//! sent, [`day`] the file of a day, [`kit`] the conformance kit.
//!
//! **Invariants**
//! - Nothing is read of a body before its sender's key is known, and nothing is done before the
//!   signature, the digest, the clock and the nonce were found good.
//! - A message has one form in JSON and one line: what parses is what both sides hash.
//! - Whatever a partner sends, it becomes the corridor's own messages or nothing: no rule of
//!   payments is here.
//! - What crosses has no text that a person wrote about a person: see the tests of `fields`.
//!
//! **Absent**: TLS (a proxy brings it), rules of payments, the server's routes.

pub mod ask;
pub mod body;
pub mod chain;
mod couriers;
pub mod day;
mod fault;
mod heard;
pub mod kit;
mod meet;
pub mod message;
mod nonces;
mod outbox;
mod partner;
pub mod signature;
mod wire;

pub use couriers::Couriers;
pub use fault::CODES;
pub use meet::{Head, Met, Seal, Sealed, Turned, for_whom};
pub use outbox::{Outbox, Told, Unread};
pub use partner::{Agreed, Partner, Partners, Taken, Verifier};
pub use wire::Wire;
