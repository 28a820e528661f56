//! WeChat Pay API v3 as a [`connector::Connector`]: the first wallet of another company that pays
//! at our tills.
//!
//! ```text
//! Wallet (create, query, cancel, refund) ─ paths ─▶ wire ─ sign ─▶ api.mch / apihk.mch.weixin.qq.com
//!                                                     │
//!        outcome ◀── codes ◀── replies ◀── believe ◀──┘  (platform: certificates, public key)
//! notification ──────────────▶ believe ─▶ seal (AES-256-GCM) ─▶ outcome
//! ```
//! [`Settings`] say which contract it is: of the mainland (`/v3/pay/…`, CNY) or cross-border
//! (`/v3/global/…`, a shop's own currency, with its trade code), of a merchant or of an institution
//! with a merchant below it. Secrets are read from files that their owner alone can read.
//!
//! **Invariants**
//! - An answer is read only after its signature, its clock, its nonce and whose payment it is about
//!   were found good; else it is as if none had come.
//! - What was not answered is `Unknown`. "No such order" is believed as an end only when the request
//!   that would make one is too old for its signature to be accepted any more.
//! - Keys are in no log, no `Debug`, no error; a payer's number is in one request and nowhere else.
//! - Nothing is asked of any address but the one that is set, over TLS; plain HTTP only of this
//!   machine itself, for tests.
//!
//! **Absent**: payments as the cell knows them, retries over minutes, the server's routes. What no
//! published vector proves is listed in docs/wechat-pay.md.

mod believe;
mod bills;
mod certificates;
mod codes;
mod file;
mod nonces;
mod notice;
mod orders;
mod pace;
mod paths;
mod refunds;
mod replies;
mod seal;
mod settings;
mod sign;
mod table;
mod wallet;
mod wire;

pub(crate) use file::make;
pub use settings::{Contract, Platform, Region, Settings, Trouble};
pub use wallet::Wallet;

#[cfg(test)]
mod vectors;
