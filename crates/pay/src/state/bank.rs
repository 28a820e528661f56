//! What the bank said: accounts with their newest balance, and the lines that are still of use.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Currency, Timestamp};

use super::State;
use crate::event::{
    BankFileApproved, BankFileMade, BankLine, BankLineResolved, BankLineUndone, Found,
    PayoutReturned, StatementImported, Why,
};
use crate::terms::{Dated, PayoutRules, SafeguardRule, Schedule};

/// What is known of payouts beside their files, and of the bank.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Banking {
    /// Rules of payouts by date.
    #[n(0)]
    pub rules: Dated<PayoutRules>,
    /// When merchants are paid, by entry and date; with every file where nothing was said.
    #[n(1)]
    pub schedules: BTreeMap<u32, Dated<Schedule>>,
    /// Who wants to be in the next file, and since when.
    #[n(2)]
    pub today: BTreeMap<u32, Timestamp>,
    /// The last transfer of a merchant that its bank returned, until it is paid again.
    #[n(3)]
    pub returned: BTreeMap<u32, Returned>,
    /// The operator's accounts, in the order in which their first statement came.
    #[n(4)]
    pub accounts: Vec<BankAccount>,
    /// Lines by number: all that are a task, and the newest others.
    #[n(5)]
    pub lines: BTreeMap<u32, KnownLine>,
    /// The number of the next line.
    #[n(6)]
    pub next_line: u32,
    /// Money that was booked by the operator with a bank's reference and was on no line yet: the
    /// sum by the hash of the reference.
    #[n(7)]
    pub booked: BTreeMap<u64, u64>,
    /// What must be kept safe, by date.
    #[n(8)]
    pub safeguards: Dated<SafeguardRule>,
}

/// A transfer that came back.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Returned {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// Minor units.
    #[n(1)]
    pub amount: u64,
    /// Why, by ISO's code or the bank's own.
    #[n(2)]
    pub reason: String,
    /// The number of the bank account that it had been sent to: the merchant is paid again to a
    /// newer one only.
    #[n(3)]
    pub account: u32,
    /// What the merchant paid for it.
    #[n(4)]
    pub fee: u64,
}

/// One account of the operator.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BankAccount {
    /// In what.
    #[n(0)]
    pub currency: Currency,
    /// As its bank numbers it.
    #[n(1)]
    pub name: String,
    /// Up to which day its lines are here, as `yyyymmdd`.
    #[n(2)]
    pub until: u32,
    /// The balance after the newest line, in minor units.
    #[n(3)]
    pub balance: i64,
    /// The newest statement.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// How many of its pages are here.
    #[n(5)]
    pub pages_here: u32,
    /// How many it has.
    #[n(6)]
    pub pages: u32,
    /// The keys of its lines.
    #[n(7)]
    pub keys: BTreeSet<u64>,
    /// When the newest page came.
    #[n(8)]
    pub at: Timestamp,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct KnownLine {
    /// Of which account, by its place.
    #[n(0)]
    pub account: u32,
    /// The line itself.
    #[n(1)]
    pub line: BankLine,
    /// What it was found to be.
    #[n(2)]
    pub found: Found,
    /// Since when.
    #[n(3)]
    pub since: Timestamp,
    /// The party's number of the person who said so; none if the cell found it.
    #[n(4)]
    pub person: Option<u32>,
}

/// Where a file stands with a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Approval {
    /// It waits for one.
    #[n(0)]
    Needed,
    /// Given: when, and the party's number of the person.
    #[n(1)]
    Given(#[n(0)] Timestamp, #[n(1)] u32),
}

impl Banking {
    /// The most lines that are kept beside those that are a task.
    pub const MOST_RESOLVED: usize = 50_000;
    /// The most references that wait for their line.
    pub const MOST_BOOKED: usize = 100_000;
    /// The most lines that may be a task.
    pub const MOST_TASKS: usize = 50_000;

    /// The rules of payouts in a currency at a moment.
    pub fn rules(&self, currency: Currency, now: Timestamp) -> Option<&PayoutRules> {
        self.rules.at_where(now, |rules| rules.currency == currency)
    }

    /// When a merchant is paid, at a moment.
    pub fn schedule(&self, merchant: u32, now: Timestamp) -> Schedule {
        let known = self.schedules.get(&merchant).and_then(|dated| dated.at(now));
        known.copied().unwrap_or_default()
    }

    /// An account by its name, and its place.
    pub fn account(&self, currency: Currency, name: &str) -> Option<(u32, &BankAccount)> {
        let is_it = |known: &&BankAccount| known.currency == currency && known.name == name;
        let at = self.accounts.iter().position(|known| is_it(&known))?;
        Some((at as u32, &self.accounts[at]))
    }

    /// Remembers money that was booked with a bank's reference, until a line says so too; with very
    /// many that no line ever named, the next ones are for people to match.
    pub(crate) fn keep_booked(&mut self, reference: u64, amount: u64) {
        if self.booked.len() < Self::MOST_BOOKED {
            self.booked.insert(reference, amount);
        }
    }

    /// How many lines are a task.
    pub fn tasks(&self) -> usize {
        self.lines.values().filter(|known| known.found.is_task()).count()
    }

    /// Lines that are no task leave, the oldest first, when there are many.
    fn forget_lines(&mut self) {
        // Some more than the bound are let in, so that not every page looks through all.
        if self.lines.len() <= Self::MOST_RESOLVED + Self::MOST_RESOLVED / 4 {
            return;
        }
        let resolved = self.lines.iter().filter(|(_, known)| !known.found.is_task());
        let resolved: Vec<u32> = resolved.map(|(number, _)| *number).collect();
        let gone = resolved.len().saturating_sub(Self::MOST_RESOLVED);
        for number in &resolved[..gone] {
            self.lines.remove(number);
        }
    }
}

impl State {
    pub(crate) fn bank_file_made(&mut self, fact: &BankFileMade) {
        let file = &mut self.market.payout.files[fact.entry as usize];
        file.made_by = Some(fact.person);
        file.approval = fact.needs_approval.then_some(Approval::Needed);
    }

    pub(crate) fn bank_file_approved(&mut self, now: Timestamp, fact: &BankFileApproved) {
        let file = &mut self.market.payout.files[fact.entry as usize];
        assert_eq!(file.approval, Some(Approval::Needed), "judged: it waits for approval");
        file.approval = Some(Approval::Given(now, fact.person));
    }

    pub(crate) fn statement_imported(&mut self, now: Timestamp, fact: &StatementImported) {
        let banking = &mut self.market.banking;
        let known = banking.account(fact.currency, &fact.account).map(|(at, _)| at);
        let at = known.unwrap_or_else(|| {
            banking.accounts.push(BankAccount {
                currency: fact.currency,
                name: fact.account.clone(),
                until: 0,
                balance: fact.opening,
                hash: [0; 32],
                pages_here: 0,
                pages: 0,
                keys: BTreeSet::new(),
                at: now,
            });
            banking.accounts.len() as u32 - 1
        });
        let account = &mut banking.accounts[at as usize];
        assert_eq!(account.balance, fact.opening, "judged: balances follow one another");
        if fact.page == 0 {
            account.keys.clear();
        }
        account.keys.extend(fact.lines.iter().map(|(line, _)| line.key));
        (account.balance, account.until, account.at) = (fact.closing, fact.to, now);
        (account.hash, account.pages_here, account.pages) = (fact.hash, fact.page + 1, fact.pages);
        assert_eq!(banking.next_line, fact.first, "judged: lines are numbered without a gap");
        for (number, (line, found)) in (fact.first..).zip(&fact.lines) {
            let known = KnownLine {
                account: at,
                line: line.clone(),
                found: found.clone(),
                since: now,
                person: None,
            };
            banking.lines.insert(number, known);
        }
        banking.next_line = fact.first + fact.lines.len() as u32;
        for (number, (_, found)) in (fact.first..).zip(&fact.lines) {
            self.tie(number, found);
        }
        self.market.banking.forget_lines();
    }

    /// What a line says of a file, or of money that was booked, is used up by it.
    fn tie(&mut self, number: u32, found: &Found) {
        let files = &mut self.market.payout.files;
        match found {
            Found::File(entry) => files[*entry as usize].line = Some(number),
            Found::Transfer(entry, index) => {
                files[*entry as usize].debited.insert(*index);
            }
            Found::Booked(reference) => {
                self.market.banking.booked.remove(reference);
            }
            _ => {}
        }
    }

    pub(crate) fn bank_line_resolved(&mut self, now: Timestamp, fact: &BankLineResolved) {
        let known = self.market.banking.lines.get_mut(&fact.line);
        let known = known.expect("judged: the line is kept");
        (known.found, known.since) = (fact.found.clone(), now);
        known.person = Some(fact.person);
        self.tie(fact.line, &fact.found);
    }

    pub(crate) fn bank_line_undone(&mut self, now: Timestamp, fact: &BankLineUndone) {
        let banking = &mut self.market.banking;
        let known = banking.lines.get_mut(&fact.line).expect("judged: the line is kept");
        let amount = known.line.amount.unsigned_abs();
        (known.found, known.since) = (Found::Open(Why::Undone), now);
        known.person = Some(fact.person);
        let files = &mut self.market.payout.files;
        match &fact.found {
            Found::File(entry) => files[*entry as usize].line = None,
            Found::Transfer(entry, index) => {
                files[*entry as usize].debited.remove(index);
            }
            Found::Returned(entry, index) | Found::Stranded(entry, index, _) => {
                let file = &mut files[*entry as usize];
                file.returned.remove(index);
                if let Some(payout) = file.payouts.get(*index as usize) {
                    banking.returned.remove(&payout.merchant);
                }
            }
            Found::Booked(reference) => {
                banking.keep_booked(*reference, amount);
            }
            _ => {}
        }
    }

    pub(crate) fn payout_returned(&mut self, now: Timestamp, fact: &PayoutReturned) {
        let file = &mut self.market.payout.files[fact.file as usize];
        let is_new = file.returned.insert(fact.index);
        assert!(is_new, "judged: a transfer comes back once");
        let account = file.accounts.get(fact.index as usize).copied().unwrap_or(0);
        let (amount, fee, reason) = (fact.amount, fact.fee, fact.reason.clone());
        let returned = Returned { at: now, amount, reason, account, fee };
        self.market.banking.returned.insert(fact.merchant, returned);
    }
}
