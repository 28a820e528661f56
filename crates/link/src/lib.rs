//! The bridge between two cells that live in two processes: the same relay and the same messages as
//! inside one, carried by HTTP with message signatures (RFC 9421, Ed25519, Content-Digest of RFC 9530).
//!
//! ```text
//! relay ─▶ End::call ─ sign ─▶ POST /corridor/v1/… ─▶ Corridor::meet ─▶ Sender::read ─▶ the cell
//!             ▲                                                             │
//!             └──── verify ◀──── signed answer, bound to the request ◀── Seal::close
//! ```
//!
//! [`signature`] is the part of RFC 9421 that is used here, [`wire`] what the bodies say, [`keys`] the
//! folder of keys, [`Corridor`] the side that is asked and [`End`] the side that asks.
//!
//! **Invariants**
//! - Nothing is read of a body before its sender's key is known, and nothing is done before the
//!   signature, the digest, the clock and the nonce were found good.
//! - Each answer to a signed request is signed, too, over that request's signature: no answer can be
//!   given to another question.
//! - What crosses has no text that a person wrote about a person: see the tests of `wire`.
//! - A secret key is readable by its owner alone, and is printed nowhere.
//!
//! **Absent**: TLS (a proxy or a tunnel brings it), rules of payments, the server's routes.

mod ask;
mod end;
mod fault;
pub mod keys;
mod meet;
mod nonces;
pub mod signature;
pub mod statement;
mod status;
pub mod wire;

pub use ask::Wire;
pub use end::{End, Who};
pub use fault::{CODES, Fault};
pub use meet::{Corridor, Head, Met, Seal, Sealed, Turned};
pub use status::{Direction, Status, Trouble};
