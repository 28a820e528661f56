//! Files by which banks pay merchants, and on what terms.

use std::collections::BTreeSet;

use kernel::id::BankFile as BankFileKind;
use kernel::{Currency, Id, Span, Timestamp};

use super::{Approval, State};
use crate::event::{BankFileSealed, Payout};
use crate::terms::{Dated, PayoutRules, PayoutTerms};

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

/// A file. Its transfers are kept for as long as it may be withdrawn, or one of them may come back;
/// then they stand in the journal alone.
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
    /// Its transfers, in its order; none once it was withdrawn, or long after it was sent.
    #[n(11)]
    pub payouts: Vec<Payout>,
    /// The number of the bank account of each, as its merchant's review said it.
    #[n(12)]
    pub accounts: Vec<u32>,
    /// The party's number of the person who had it made; 0 is the cell itself, none where that was
    /// not written down.
    #[n(13)]
    pub made_by: Option<u32>,
    /// Where it stands with a second person; none if it needs none.
    #[n(14)]
    pub approval: Option<Approval>,
    /// The line of the bank that says it was paid, if one says so for all of it.
    #[n(15)]
    pub line: Option<u32>,
    /// The places of transfers that lines of their own say were paid.
    #[n(16)]
    pub debited: BTreeSet<u32>,
    /// The places of transfers that came back.
    #[n(17)]
    pub returned: BTreeSet<u32>,
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
            accounts: Vec::new(),
            made_by: None,
            approval: None,
            line: None,
            debited: BTreeSet::new(),
            returned: BTreeSet::new(),
        }
    }

    /// Whether it is neither sent nor withdrawn.
    pub const fn is_open(&self) -> bool {
        self.sent.is_none() && self.withdrawn.is_none()
    }
}

impl BankFiles {
    /// The most transfers of files that were sent which are kept, so that one that comes back finds
    /// its merchant.
    pub const MOST_KEPT: usize = 1_000_000;

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
        let mut file = BankFile::sealed(now, fact);
        for Payout { merchant, .. } in &fact.payouts {
            file.accounts.push(self.review(*merchant).accounts);
            self.market.banking.today.remove(merchant);
            self.market.banking.returned.remove(merchant);
        }
        self.market.payout.files.push(file);
        self.forget_transfers(now);
    }

    /// Transfers of files that were sent long ago leave, the oldest first, and so do those beyond
    /// [`BankFiles::MOST_KEPT`].
    fn forget_transfers(&mut self, now: Timestamp) {
        let files = &self.market.payout.files;
        let mut kept = 0;
        let mut gone = Vec::new();
        for (at, file) in
            files.iter().enumerate().rev().filter(|(_, file)| !file.payouts.is_empty())
        {
            kept += file.payouts.len();
            let Some(sent) = file.sent else { continue };
            let rules = self.market.banking.rules(file.currency, now);
            let days = rules.map_or(PayoutRules::KEEP_DAYS, |rules| rules.keep_days);
            if kept > BankFiles::MOST_KEPT || sent.plus(Span::days(days.into())) < now {
                gone.push(at);
            }
        }
        for at in gone {
            let file = &mut self.market.payout.files[at];
            (file.payouts, file.accounts) = (Vec::new(), Vec::new());
        }
    }

    /// The file ends: as sent, or withdrawn. What was withdrawn leaves the state.
    pub(crate) fn bank_file_ended(&mut self, now: Timestamp, entry: u32, sent: bool) {
        let file = self.market.payout.files.get_mut(entry as usize);
        let file = file.expect("judged: the file is there");
        assert!(file.is_open(), "a file ends once");
        if sent {
            file.sent = Some(now);
        } else {
            file.withdrawn = Some(now);
            (file.payouts, file.accounts) = (Vec::new(), Vec::new());
        }
    }
}
