//! Banks of their own: each pays the files that it was told to, days later, perhaps one transfer at a
//! time; sends transfers back, some of them twice; takes a fee; says things that nobody can read;
//! and gives its statements late, again, and in pages that get lost on the way.

use std::collections::BTreeSet;

use economy::{Command, Reply};
use kernel::id::BankFile;
use kernel::{Id, Span};
use pay::command::{ConfirmBankFileSent, ImportStatement, SealBankFile};
use pay::event::{BankLine, Claim, Found};

use crate::Broken;
use crate::client::Settled;
use crate::model::Model;
use crate::world::World;

/// The most lines of a page.
const MOST_LINES: u64 = 4;

/// A bank, with what it said and what of it was taken in.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    balance: i64,
    day: u32,
    keys: u64,
    /// Its pages in order, each with the operation that was answered, once one was.
    said: Vec<(ImportStatement, Option<usize>)>,
    /// The files that it paid whole, and the transfers that it paid by themselves.
    paid: BTreeSet<u128>,
    debited: BTreeSet<(u128, u32)>,
}

impl Bank {
    fn line(&mut self, amount: i64, claim: Claim) -> BankLine {
        self.keys += 1;
        BankLine { key: self.keys, day: self.day, amount, claim }
    }
}

impl World {
    /// A bank gives its next statement, or one that it gave before.
    pub fn bank_says(&mut self, cell: usize) {
        if !self.plan.payouts {
            return;
        }
        let again = self.rng.workload.chance(150);
        let bank = &self.banks[cell];
        let before = if again { self.rng.workload.pick(&bank.said).cloned() } else { None };
        let page = match (before, bank.said.last()) {
            (Some((page, _)), _) => {
                self.rare.hit("a statement came again");
                page
            }
            // What was not taken in comes again before anything else does.
            (None, Some((page, None))) => page.clone(),
            (None, _) => self.next_page(cell),
        };
        self.operate(cell, pay::Command::from(page));
    }

    fn next_page(&mut self, cell: usize) -> ImportStatement {
        let currency = self.markets[cell].currency;
        let files = self.files_sent(cell);
        let last = self.banks[cell].said.last().map(|(page, _)| page.clone());
        let (page, pages, hash) = match last {
            Some(last) if last.page + 1 < last.pages => (last.page + 1, last.pages, last.hash),
            _ => {
                let days = self.rng.workload.within(1, 3);
                let bank = &mut self.banks[cell];
                let today = self.now / 86_400_000_000;
                let first = kernel::Timestamp(today * 86_400_000_000).date(Span::default());
                bank.day = match bank.day {
                    0 => first,
                    day => day_after(day, days),
                };
                let hash = std::array::from_fn(|_| self.rng.workload.below(256) as u8);
                (0, 1 + u32::from(self.rng.workload.chance(300)), hash)
            }
        };
        let count = self.rng.workload.below(MOST_LINES + 1);
        let lines: Vec<BankLine> = (0..count).map(|_| self.bank_line(cell, &files)).collect();
        let bank = &mut self.banks[cell];
        let opening = bank.balance;
        bank.balance += lines.iter().map(|line| line.amount).sum::<i64>();
        let statement = ImportStatement {
            currency,
            account: format!("{cell}"),
            hash,
            page,
            pages,
            from: bank.day,
            to: bank.day,
            opening,
            closing: bank.balance,
            lines: lines.into(),
        };
        bank.said.push((statement.clone(), None));
        statement
    }

    /// The files that somebody heard were sent.
    fn files_sent(&self, cell: usize) -> Vec<SealBankFile> {
        let (mut sealed, mut sent) = (Vec::new(), BTreeSet::new());
        for op in self.clients.ops.iter().filter(|op| op.cell == cell) {
            let done = matches!(op.settled, Some(Settled::Done { .. }));
            match op.command() {
                Some(Command::Pay(pay::Command::SealBankFile(c))) if done => sealed.push(c.clone()),
                Some(Command::Pay(pay::Command::ConfirmBankFileSent(c))) if done => {
                    let ConfirmBankFileSent { file } = c;
                    sent.insert(file.0);
                }
                _ => {}
            }
        }
        sealed.retain(|file| sent.contains(&file.id.0));
        sealed
    }

    fn bank_line(&mut self, cell: usize, files: &[SealBankFile]) -> BankLine {
        let rng = &mut self.rng.workload;
        let bank = &mut self.banks[cell];
        let strange = rng.within(1, 5_000) as i64;
        let Some(file) = rng.pick_late(files).filter(|file| !file.entries.is_empty()) else {
            return bank.line(strange, Claim::Nothing);
        };
        let id: Id<BankFile> = file.id;
        let place = rng.below(file.entries.len() as u64) as u32;
        let amount = file.entries[place as usize].amount as i64;
        let wrong = i64::from(rng.chance(60));
        match rng.below(10) {
            0 => bank.line(strange, Claim::Nothing),
            1 => bank.line(-(strange % 50 + 1), Claim::Charge),
            2 | 3 => {
                bank.paid.insert(id.0);
                let total: u64 = file.entries.iter().map(|entry| entry.amount).sum();
                bank.line(-(total as i64) - wrong, Claim::File(id))
            }
            4 | 5 => {
                bank.debited.insert((id.0, place));
                bank.line(-amount - wrong, Claim::Transfer(id, place))
            }
            6 => bank.line(amount, Claim::Returned(Id::new(id.0 ^ 1), place, "AC04".into())),
            _ => bank.line(amount + wrong, Claim::Returned(id, place, "AC04".into())),
        }
    }

    /// What an operation about a statement tells the bank: that it need not say it again.
    pub fn bank_hears(&mut self, op: usize) {
        let one = &self.clients.ops[op];
        let Some(Command::Pay(pay::Command::ImportStatement(told))) = one.command() else { return };
        let same = |page: &ImportStatement| (page.hash, page.page) == (told.hash, told.page);
        let bank = &mut self.banks[one.cell];
        if let Some((_, heard)) = bank.said.iter_mut().find(|(page, _)| same(page)) {
            heard.get_or_insert(op);
        }
    }

    /// What a page that was taken in gave to shops, by the lines that the cell keeps: a line that is
    /// left to a person has given nothing, one of a shop that may have nothing has gone to suspense.
    pub fn reckon_statement(
        &self,
        model: &mut Model,
        cell: usize,
        page: &ImportStatement,
        reply: &Reply,
    ) -> Result<(), Broken> {
        let Reply::Pay(pay::Reply::Statement(view)) = reply else { return Ok(()) };
        let Some(process) = &self.cells[cell].live else { return Ok(()) };
        let banking = &process.core.state().pay.market.banking;
        let mut left = 0;
        for (number, line) in (view.first..).zip(&page.lines) {
            // Lines that a person has to look at are kept until one has.
            let found = banking.lines.get(&number).map(|known| &known.found);
            left += u32::from(found.is_some_and(Found::is_task));
            let Claim::Returned(file, place, _) = &line.claim else { continue };
            let sum = line.amount.unsigned_abs();
            match found {
                Some(Found::Open(_)) => {}
                Some(Found::Stranded(..)) => {
                    model.comes_back(cell, (file.0, *place), sum)?;
                    model.strands(cell, sum);
                }
                _ => {
                    let merchant = model.comes_back(cell, (file.0, *place), sum)?;
                    model.give(cell, merchant, sum);
                }
            }
        }
        if left == view.open {
            return Ok(());
        }
        Err(Broken(format!("{} lines were left to a person, and {left} are: {page:?}", view.open)))
    }
}

/// The day some days after another, both as `yyyymmdd`; each month has 28.
fn day_after(day: u32, days: u64) -> u32 {
    let (year, month, of_month) = (day / 10_000, day / 100 % 100, day % 100);
    let next = of_month + days as u32;
    if next <= 28 {
        return year * 10_000 + month * 100 + next;
    }
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    year * 10_000 + month * 100 + (next - 28).min(28)
}
