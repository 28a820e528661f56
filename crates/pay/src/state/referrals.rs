//! Who brought whom: referrers with their terms, the wallets they brought, and what they have of what
//! the cell earned on payments.

use std::collections::BTreeMap;

use kernel::{Timestamp, share};

use crate::terms::Dated;

/// All parts there are of what the cell earns.
pub const WHOLE_PPM: u32 = 1_000_000;

/// What a referrer gets, and for how long after it brought somebody.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ReferrerTerms {
    /// What its links and pages call it, up to 25 letters, digits and hyphens: `fuji-guide`.
    #[n(0)]
    pub word: String,
    /// Its share of what the cell earns on a payment, in millionths, rounded down; 0 ends it.
    #[n(1)]
    pub ppm: u32,
    /// For how many days after it brought a wallet.
    #[n(2)]
    pub days: u16,
    /// Whether a wallet that it brought stays its own to the end of those days when another
    /// referrer brings it again; else the last one wins.
    #[n(3)]
    pub keeps: bool,
    /// The beginnings of paths that its links may open; every page for visitors when empty.
    #[n(4)]
    pub opens: Vec<String>,
    /// The contract they come from.
    #[n(5)]
    pub source: String,
}

/// A wallet that was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Referral {
    /// Who brought it: the merchant's entry.
    #[n(0)]
    pub referrer: u32,
    /// When.
    #[n(1)]
    pub since: Timestamp,
    /// Until when its payments count.
    #[n(2)]
    pub until: Timestamp,
    /// The share of that moment, in millionths.
    #[n(3)]
    pub ppm: u32,
    /// Whether nobody else's link takes it meanwhile.
    #[n(4)]
    pub keeps: bool,
}

/// What a referrer has of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Brought {
    /// The merchant's entry.
    #[n(0)]
    pub referrer: u32,
    /// Its share, in millionths.
    #[n(1)]
    pub ppm: u32,
    /// What the cell earned so far, in minor units of the wallet's currency.
    #[n(2)]
    pub earned: u64,
    /// What of that was given to the referrer so far.
    #[n(3)]
    pub given: u64,
    /// What the cell gave back so far of what it earned.
    #[n(4)]
    pub unearned: u64,
    /// What the referrer gave back so far.
    #[n(5)]
    pub returned: u64,
    /// What of that which was given came out of the spread; the rest came out of the fee.
    #[n(6)]
    pub of_spread: u64,
}

impl Brought {
    /// What the referrer is to have of what was earned in all.
    pub fn due(ppm: u32, earned: u64) -> u64 {
        share(earned, u64::from(ppm), u64::from(WHOLE_PPM))
    }

    /// What it is to have given back, when so much of what was earned is given back in all: in
    /// proportion, all parts together all of it.
    pub fn back(&self, unearned: u64) -> u64 {
        if self.earned == 0 { 0 } else { share(self.given, unearned.min(self.earned), self.earned) }
    }

    /// What of that which is given back goes to the spread.
    pub fn back_to_spread(&self, returned: u64) -> u64 {
        if self.given == 0 {
            0
        } else {
            share(self.of_spread, returned.min(self.given), self.given)
        }
    }
}

/// Referrers, wallets and payments.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Referrals {
    /// Terms by date, by the referrer's merchant.
    #[n(0)]
    pub terms: BTreeMap<u32, Dated<ReferrerTerms>>,
    /// Who brought a wallet, by its entry.
    #[n(1)]
    pub wallets: BTreeMap<u32, Referral>,
    /// What referrers have of payments, for as long as they may be given back.
    #[n(2)]
    pub payments: BTreeMap<u128, Brought>,
}

impl Referrals {
    /// The referrer of a word at a moment: its merchant's entry, and its terms.
    pub fn of_word(&self, now: Timestamp, word: &str) -> Option<(u32, &ReferrerTerms)> {
        let mut all = self.terms.iter().filter_map(|(entry, by)| Some((*entry, by.at(now)?)));
        all.find(|(_, terms)| terms.word == word && terms.ppm > 0)
    }

    /// Who has a share of what a wallet pays now.
    pub fn of_wallet(&self, now: Timestamp, wallet: u32) -> Option<&Referral> {
        self.wallets.get(&wallet).filter(|known| known.until > now)
    }
}
