//! Facts of who brought whom.

use kernel::id::{Merchant, Payment};
use kernel::{Id, Ref, Timestamp};

use crate::state::ReferrerTerms;

facts! {
    /// A referrer's terms hold from a moment on.
    ReferrerSet {
        0 /// The referrer's merchant, by its entry.
        referrer: u32,
        1 /// The same by its reference.
        merchant: Ref<Merchant>,
        2 /// From when.
        from: Timestamp,
        3 /// The terms.
        terms: ReferrerTerms,
    }
    /// A referrer brought a wallet.
    ReferralBegun {
        0 /// The wallet's entry.
        wallet: u32,
        1 /// The referrer's merchant, by its entry.
        referrer: u32,
        2 /// Until when its payments count.
        until: Timestamp,
        3 /// The referrer's share, in millionths.
        ppm: u32,
        4 /// Whether nobody else's link takes it meanwhile.
        keeps: bool,
    }
    /// The holder of a wallet wants no referrer any more.
    ReferralEnded {
        0 /// The wallet's entry.
        wallet: u32,
    }
    /// A referrer has its share of what the cell earned on a payment so far.
    ReferralShared {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The referrer's merchant, by its entry.
        referrer: u32,
        2 /// Its share, in millionths.
        ppm: u32,
        3 /// What the cell earned so far, in minor units of the wallet's currency.
        earned: u64,
        4 /// What the referrer has of it so far.
        given: u64,
        5 /// What of that came out of the spread.
        of_spread: u64,
    }
    /// A referrer gave back its share of what was given back of a payment so far.
    ReferralReturned {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// What the cell gave back so far of what it earned.
        unearned: u64,
        2 /// What the referrer gave back so far.
        returned: u64,
    }
}

/// What happened between referrers, wallets and payments. Numbers of the arms are stored.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
pub enum Referred {
    /// See the struct.
    #[n(0)]
    Set(#[n(0)] ReferrerSet),
    /// See the struct.
    #[n(1)]
    Begun(#[n(0)] ReferralBegun),
    /// See the struct.
    #[n(2)]
    Ended(#[n(0)] ReferralEnded),
    /// See the struct.
    #[n(3)]
    Shared(#[n(0)] ReferralShared),
    /// See the struct.
    #[n(4)]
    Returned(#[n(0)] ReferralReturned),
}
