//! The facts of fees by schedule and of shares.

use kernel::id::{Merchant, Payment};
use kernel::{Id, Ref, Timestamp};

use crate::costs::{Amounts, FeeRate, FeeScope, Split};

/// A fee rule holds from a moment on, or ends.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct FeeRuleSet {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// For which sales.
    #[n(1)]
    pub scope: FeeScope,
    /// The rate; none ends the rule.
    #[n(2)]
    pub rate: Option<FeeRate>,
    /// The contract it comes from.
    #[n(3)]
    pub source: String,
}

/// A split holds from a moment on; it has the next number.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SplitSet {
    /// From when.
    #[n(0)]
    pub from: Timestamp,
    /// The split.
    #[n(1)]
    pub split: Split,
    /// The contract it comes from.
    #[n(2)]
    pub source: String,
    /// The merchant, for who reads the fact without the state.
    #[n(3)]
    pub merchant: Ref<Merchant>,
}

/// Others got their shares of what was captured of a payment.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SaleShared {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The split's number.
    #[n(1)]
    pub split: u32,
    /// Captured so far, in minor units.
    #[n(2)]
    pub captured: u64,
    /// What each share came to so far.
    #[n(3)]
    pub amounts: Amounts,
}

/// Others gave back their shares of what was given back of a payment.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SharesReturned {
    /// Which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// Given back so far of the payment, in minor units.
    #[n(1)]
    pub refunded: u64,
}
