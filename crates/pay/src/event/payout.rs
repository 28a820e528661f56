//! The facts of files by which banks pay merchants.

use kernel::id::BankFile;
use kernel::{Currency, Id, Timestamp};

use crate::terms::PayoutTerms;

/// What a payout costs and when it is made holds from a moment on.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutTermsSet {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// The terms.
    #[n(1)]
    pub terms: PayoutTerms,
}

/// One transfer of a file: what was taken from a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Payout {
    /// The merchant's entry.
    #[n(0)]
    pub merchant: u32,
    /// Minor units for its bank.
    #[n(1)]
    pub amount: u64,
    /// The fee on top.
    #[n(2)]
    pub fee: u64,
}

/// A file was written; what it pays was taken from its merchants. It has the next entry.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileSealed {
    /// Which file.
    #[n(0)]
    pub file: Id<BankFile>,
    /// What it pays in.
    #[n(1)]
    pub currency: Currency,
    /// On which day the bank is to pay, as `yyyymmdd`.
    #[n(2)]
    pub day: u32,
    /// Which file of that day it is, from 1.
    #[n(3)]
    pub number: u16,
    /// The hash of its bytes.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Its transfers, in its order.
    #[n(5)]
    pub payouts: Vec<Payout>,
}

/// The bank has the file.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileSent {
    /// The file's entry.
    #[n(0)]
    pub entry: u32,
    /// Which file.
    #[n(1)]
    pub file: Id<BankFile>,
}

/// The file was not sent, and all that it took is back.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFileWithdrawn {
    /// The file's entry.
    #[n(0)]
    pub entry: u32,
    /// Which file.
    #[n(1)]
    pub file: Id<BankFile>,
    /// Why.
    #[n(2)]
    pub reason: String,
}
