//! The other side of WeChat Pay, for tests: a small server that behaves as the published documents
//! of API v3 say, in the mainland's form and in the one for abroad, so that a client of ours can be
//! tried without a merchant number, without money, and against trouble that can't be ordered from
//! the real one. It was written from the documents by someone who had not seen the client; README.md
//! says of each behaviour where it stands, and lists what no document and no vector proves.
//!
//! [`Counterpart::start`] starts one on a free port of this machine. It has three merchants, whose
//! [`Credentials`] a client is set up with. The rest of [`Counterpart`] are a test's hands: payers
//! that pay, faults that wait for a request, notifications that come twice, late, or lie, a clock.
//!
//! ```
//! use std::time::Duration;
//! use wechat_counterpart::{Counterpart, Fault, Operation};
//!
//! # fn main() -> std::io::Result<()> {
//! let platform = Counterpart::start()?;
//! let _client_is_set_up_with = (platform.base_url(), platform.japan());
//! platform.fault(Operation::Refund, Fault::CutAfter);
//! platform.advance(Duration::from_secs(60));
//! assert_eq!(platform.truth("1900000381", "never-placed"), None);
//! # Ok(())
//! # }
//! ```
//!
//! **Invariants**
//! - What is not signed by the merchant's key over the very bytes that came, within five minutes
//!   and for the first time, changes nothing.
//! - A number of an order or of a refund means one thing, however often it is sent.
//! - A payer's code is spent by its first use, whatever becomes of it.
//! - No more is refunded than was paid.
//! - A fault is dialled, never thrown: without one the server behaves, and the same requests get
//!   the same answers.
//!
//! **Absent**: knows no client and nothing of this project. Has no TLS, no v2, no packed bills, no coupons,
//! no profit sharing, no partner paths of the mainland; README.md has the whole list. No product
//! crate depends on it.

mod bill;
mod clock;
mod counterpart;
mod desk;
mod fault;
mod form;
mod keys;
mod merchant;
mod notice;
mod order;
mod pem;
mod problem;
mod refunding;
mod route;
mod seal;
mod serve;
mod shape;
mod sign;
mod speak;
mod trade;
mod world;

pub use counterpart::{Counterpart, NoticeView, PayerError, RefundTruth, Truth};
pub use fault::{Fault, Operation, Spoilt};
pub use merchant::{Credentials, PlatformKey, Region, Trust};
pub use notice::Lie;
pub use order::{Payer, RefundStatus, TradeState};
pub use world::{Asked, PasswordReply};
