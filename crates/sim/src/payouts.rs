//! Files by which banks pay merchants: sealed over what shops have, or nearly, and sent or
//! withdrawn.

use kernel::id::BankFile;
use kernel::{Currency, Id, Span};
use pay::command as c;
use pay::{BankFileEntry, PayoutTerms};

use crate::world::World;

/// What a transfer costs, to the same bank and to another.
const FEES: [u64; 2] = [110, 220];

/// The terms of payouts that a cell begins with.
pub(crate) fn terms(currency: Currency) -> PayoutTerms {
    let [fee_same_bank, fee_other_bank] = FEES;
    PayoutTerms { currency, minimum: 2, fee_same_bank, fee_other_bank, cutoff_min: 1_320 }
}

/// What a transfer takes from its merchant.
pub(crate) fn taken(entry: &BankFileEntry) -> u64 {
    entry.amount + FEES[usize::from(!entry.same_bank)]
}

impl World {
    /// A file over the shops of a cell, where operators move shops' money.
    pub fn seal_bank_file(&mut self, cell: usize) {
        if !self.plan.payouts {
            return;
        }
        let mut entries = Vec::new();
        for (_, merchant) in self.markets[cell].merchants.clone() {
            let process = self.cells[cell].live.as_ref();
            let book = process.map(|process| &process.core.state().book);
            let known = book.and_then(|book| book.account(merchant.number));
            let available = known.map_or(0, |account| account.available().max(0) as u64);
            let rng = &mut self.rng.workload;
            let same_bank = rng.chance(500);
            let most = available.saturating_sub(FEES[usize::from(!same_bank)]);
            let amount = match rng.below(12) {
                0 => most + 1,
                1 => 1,
                2 => rng.log(1, most.max(1)),
                _ => most,
            };
            if amount > 0 {
                let set = self.markets[cell].accounts_set.iter();
                let account = set.filter(|other| **other == merchant).count() as u32;
                entries.push(BankFileEntry { merchant, amount, same_bank, account });
            }
        }
        if self.rng.workload.chance(30) {
            entries.extend(entries.first().copied());
        }
        let again = self.rng.workload.chance(100);
        self.clients.bank_file += u16::from(!again);
        let number = self.clients.bank_file;
        let day = self.edge_time(cell).plus(Span::days(2)).date(Span::default());
        let (id, currency) = (self.id(cell), self.markets[cell].currency);
        let hash = std::array::from_fn(|_| self.rng.workload.below(256) as u8);
        let entries = entries.into_boxed_slice();
        self.clients.bank_files.push((cell, id));
        let operator = self.markets[cell].operator;
        let command = c::SealBankFile { id, currency, day, number, hash, entries };
        self.ask(cell, operator, pay::Command::from(command));
    }

    /// Sends a file, or has it withdrawn; perhaps again.
    pub fn end_bank_file(&mut self, _: usize) {
        let Some((cell, file)) = self.rng.workload.pick_late(&self.clients.bank_files).copied()
        else {
            return;
        };
        let command = match self.rng.workload.chance(400) {
            true => pay::Command::from(c::ConfirmBankFileSent { file }),
            false => c::WithdrawBankFile { file, reason: "a drill".into() }.into(),
        };
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, command);
    }
}

/// A file that a client had made, and where.
pub(crate) type Made = (usize, Id<BankFile>);
