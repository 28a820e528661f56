//! The operator's accounts at banks, their lines, and what must be kept safe.

use kernel::{Currency, Timestamp};
use ledger::Account;

use crate::World;
use crate::decide::line_view_of;
use crate::reply::BankLineView;
use crate::terms::{PayoutRules, SafeguardRule};

/// One of the operator's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccountView {
    /// As its bank numbers it.
    pub name: String,
    /// In what.
    pub currency: Currency,
    /// Up to which day its lines are here, as `yyyymmdd`.
    pub until: u32,
    /// The balance after the newest, in minor units.
    pub balance: i64,
    /// How many pages of the newest statement are here.
    pub pages_here: u32,
    /// How many it has.
    pub pages: u32,
    /// When the newest came.
    pub at: Timestamp,
}

/// What is known of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankingView {
    /// The operator's accounts.
    pub accounts: Vec<BankAccountView>,
    /// How many lines a person is to resolve.
    pub tasks: u32,
    /// What those came to that are not in the book: in less out, in minor units, by currency.
    pub open: Vec<(Currency, i128)>,
    /// What the book has at banks, by currency.
    pub booked: Vec<(Currency, i128)>,
    /// The rules of payouts that hold now.
    pub rules: Vec<PayoutRules>,
    /// What must be kept safe by the rules that hold now.
    pub safeguards: Vec<SafeguardRule>,
}

impl World<'_> {
    /// What is known of the bank at a moment.
    pub fn banking(&self, now: Timestamp) -> BankingView {
        let (market, banking) = (&self.pay.market, &self.pay.market.banking);
        let accounts = banking.accounts.iter().map(|known| BankAccountView {
            name: known.name.clone(),
            currency: known.currency,
            until: known.until,
            balance: known.balance,
            pages_here: known.pages_here,
            pages: known.pages,
            at: known.at,
        });
        let currencies = market.books.keys().copied();
        let open = |currency| {
            let lines = banking.lines.values().filter(|line| {
                let account = banking.accounts.get(line.account as usize);
                matches!(line.found, crate::event::Found::Open(_))
                    && account.is_some_and(|account| account.currency == currency)
            });
            lines.map(|line| i128::from(line.line.amount)).sum()
        };
        let booked = |currency| {
            let book = self.pay.book(currency).and_then(|book| self.book.account(book.bank));
            -book.map_or(0, Account::balance)
        };
        let mut sources: Vec<(Currency, &str)> = Vec::new();
        let mut safeguards = Vec::new();
        for rule in banking.safeguards.since(Timestamp::default()) {
            let known = (rule.currency, rule.source.as_str());
            if !sources.contains(&known) {
                sources.push(known);
                let same = |other: &SafeguardRule| (other.currency, other.source.as_str()) == known;
                safeguards.extend(banking.safeguards.at_where(now, same).cloned());
            }
        }
        BankingView {
            accounts: accounts.collect(),
            tasks: banking.tasks() as u32,
            open: currencies.clone().map(|currency| (currency, open(currency))).collect(),
            booked: currencies.clone().map(|currency| (currency, booked(currency))).collect(),
            rules: currencies.filter_map(|it| banking.rules(it, now)).cloned().collect(),
            safeguards,
        }
    }

    /// Lines that are kept, the newest first: those that are a task, or all, below a number, and
    /// from below which number on there are more.
    pub fn bank_lines(
        &self,
        only_tasks: bool,
        before: u32,
        most: usize,
    ) -> (Vec<BankLineView>, Option<u32>) {
        let banking = &self.pay.market.banking;
        let lines = banking.lines.range(..before).rev();
        let mut wanted = lines.filter(|(_, known)| !only_tasks || known.found.is_task());
        let page = wanted.by_ref().take(most).filter_map(|(number, known)| {
            let account = banking.accounts.get(known.account as usize)?;
            Some(line_view_of(*number, known, account))
        });
        let page: Vec<_> = page.collect();
        let more = wanted.next().and(page.last()).map(|last| last.number);
        (page, more)
    }
}
