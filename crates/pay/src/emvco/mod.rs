//! EMVCo merchant-presented codes (QRCPS-MPM v1.1, November 2020): text in, values out, and back.
//!
//! A code is a run of fields, each a two-digit tag, a two-digit length **in characters**, and a
//! value; some values are runs of fields again. It begins with `000201` and ends with `6304` and
//! the CRC-16 of all UTF-8 bytes before the four hex digits; between, the order is free.
//!
//! - [`decode`] reads a code into a [`MerchantCode`], [`encode`] writes one, [`fields`] lists what
//!   stands in a text for printing. [`Amount`] holds the exact decimal.
//! - [`EnishiCode`] is our own account template (`enishi.pay`), [`JpqrId`] that of JPQR.
//! - [`Signboard`] is what a store registered; it makes the store's codes and finds a poster that
//!   claims something else.
//!
//! **Invariants.** `decode(encode(x)) == x`. No text makes these functions panic. Tags are unique
//! on each level. What `encode` returns, `decode` accepts.
//!
//! **Absent.** Nothing here judges whether a code *may be paid*: any currency and any scheme is
//! well formed. Codes that a customer shows to a till are recognised only to be refused by name.
//! No pictures: the crate `qr` draws and scans them.

mod amount;
mod code;
mod customer;
mod enishi;
mod error;
mod fields;
mod jpqr;
mod read;
mod signboard;
mod table;
mod tlv;
mod write;

pub use amount::{Amount, AmountError};
pub use code::{
    ASK_PAYER, Account, AdditionalData, Entry, Initiation, LocalText, MerchantCode, Template, Tip,
};
pub use customer::CustomerCode;
pub use enishi::{EnishiCode, EnishiProblem};
pub use error::{Error, LengthProblem, Place};
pub use fields::{Field, fields};
pub use jpqr::{JpqrId, JpqrProblem};
pub use read::decode;
pub use signboard::{AtPlace, Dynamic, Signboard, shorten};
pub use tlv::{MAX_CHARACTERS, crc16};
pub use write::encode;
