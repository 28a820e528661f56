//! Files by which banks pay merchants, and on what terms.

use kernel::id::BankFile as BankFileKind;
use kernel::{Currency, Id, Timestamp};

use super::State;
use crate::event::{BankFileSealed, Payout};
use crate::terms::{Dated, PayoutTerms};

/// Every file that was ever made, and the terms by date.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFiles {
    /// Terms by date.
    #[n(0)]
    pub terms: Dated<PayoutTerms>,
    /// Files by entry.
    #[n(1)]
    pub files: Vec<BankFile>,
}

/// A file. Its transfers are kept for as long as it may be withdrawn; then they stand in the
/// journal alone.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankFile {
    /// The id that created it.
    #[n(0)]
    pub id: Id<BankFileKind>,
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
    /// How many transfers it has.
    #[n(5)]
    pub count: u32,
    /// What they pay in all, in minor units.
    #[n(6)]
    pub total: u64,
    /// What merchants paid for it on top.
    #[n(7)]
    pub fees: u64,
    /// When it was sealed.
    #[n(8)]
    pub sealed: Timestamp,
    /// When it was confirmed as sent.
    #[n(9)]
    pub sent: Option<Timestamp>,
    /// When it was withdrawn.
    #[n(10)]
    pub withdrawn: Option<Timestamp>,
    /// Its transfers, in its order; none once it was sent or withdrawn.
    #[n(11)]
    pub payouts: Vec<Payout>,
}

impl BankFile {
    /// A file as it begins, of the fact that sealed it.
    pub fn sealed(now: Timestamp, fact: &BankFileSealed) -> Self {
        Self {
            id: fact.file,
            currency: fact.currency,
            day: fact.day,
            number: fact.number,
            hash: fact.hash,
            count: fact.payouts.len() as u32,
            total: fact.payouts.iter().map(|payout| payout.amount).sum(),
            fees: fact.payouts.iter().map(|payout| payout.fee).sum(),
            sealed: now,
            sent: None,
            withdrawn: None,
            payouts: fact.payouts.clone(),
        }
    }

    /// Whether it is neither sent nor withdrawn.
    pub const fn is_open(&self) -> bool {
        self.sent.is_none() && self.withdrawn.is_none()
    }
}

impl BankFiles {
    /// The terms of a currency at a moment.
    pub fn terms(&self, currency: Currency, now: Timestamp) -> Option<&PayoutTerms> {
        self.terms.at_where(now, |terms| terms.currency == currency)
    }

    /// A file and its entry. New ones are asked for most.
    pub fn file(&self, id: Id<BankFileKind>) -> Option<(u32, &BankFile)> {
        self.newest_where(|file| file.id == id)
    }

    /// The newest file that passes a test, and its entry.
    pub fn newest_where(&self, pass: impl Fn(&BankFile) -> bool) -> Option<(u32, &BankFile)> {
        let at = self.files.iter().rposition(pass)?;
        Some((at as u32, &self.files[at]))
    }
}

impl State {
    pub(crate) fn bank_file_sealed(&mut self, now: Timestamp, fact: &BankFileSealed) {
        self.market.payout.files.push(BankFile::sealed(now, fact));
    }

    /// The file ends: as sent, or withdrawn. Its transfers leave the state.
    pub(crate) fn bank_file_ended(&mut self, now: Timestamp, entry: u32, sent: bool) {
        let file = self.market.payout.files.get_mut(entry as usize);
        let file = file.expect("judged: the file is there");
        assert!(file.is_open(), "a file ends once");
        if sent {
            file.sent = Some(now);
        } else {
            file.withdrawn = Some(now);
        }
        file.payouts = Vec::new();
    }
}
