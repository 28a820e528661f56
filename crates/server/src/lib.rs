//! The edge: all that touches the world. It authenticates, parses, makes ids, and turns requests
//! into commands of a cell; it shows what the cells answer as JSON and as pages.
//!
//! Start with [`Cells::start`], put an [`Edge`] together, and [`serve`](serve()) [`app`] on what
//! [`listen`] gives. [`setup`] builds a market in empty cells. [`api`] holds a file for each resource;
//! [`mod@authorize`] is the one place that says who may do what; [`stream`] is what was made durable,
//! decoded, for server-sent events and for who waits.
//!
//! **Invariants**
//! - Every operation stands in [`authorize::TABLE`]; one that does not is refused to everybody.
//! - Every POST has an `Idempotency-Key`, and its fingerprint is made of what the caller sent,
//!   never of what the edge added.
//! - Whatever is refused is a problem with a stable code of [`statuses`], a sentence that says
//!   what to do, and no trace of the inside.
//! - A secret of a key is shown once and kept nowhere; only its hash stands in the journal.
//! - No caller takes room, time or a connection without a bound ([`Bounds`]).
//! - Without TLS it listens on this machine alone, but for a demo whose owner asks for the network.
//!
//! **Absent**: No business rule: what may be paid, held or given back is decided in the cell.
//! No handler writes a view, and no view is read to decide.

pub mod api;
pub mod audit;
pub mod auth;
pub mod authorize;
pub mod bank_files;
pub mod banking;
pub mod board;
pub mod bounds;
pub mod cells;
pub mod code;
pub mod desk;
pub mod devices;
pub mod duty;
pub mod edge;
pub mod enter;
pub mod foresight;
pub mod front;
pub mod http;
pub mod insight;
mod listen;
pub mod lists;
pub mod meanings;
pub mod metrics;
pub mod outcome;
pub mod outside;
mod over;
pub mod pages;
pub mod passkeys;
pub mod payee;
mod people;
pub mod posters;
pub mod problem;
pub mod referral;
mod referrers;
pub mod refused;
mod serve;
pub mod session;
pub mod setup;
pub mod sign_up;
pub mod signing;
pub mod staff;
pub mod stage;
pub mod statuses;
pub mod stream;
pub mod throttle;
pub mod web;

pub use api::{app, document};
pub use bounds::Bounds;
pub use cells::{Cells, Site, SiteConfig};
pub use edge::Edge;
pub use listen::{ListenError, listen, listen_to_network};
pub use serve::{Peer, serve};
