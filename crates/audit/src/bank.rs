//! What the bank says: balances follow one another, what a line was found to be fits it, transfers
//! come back once, and nothing large went to the bank on one person's word.

use economy::Event;
use kernel::Currency;
use pay::event::{
    BankFileApproved, BankLine, BankLineResolved, BankLineUndone, Found, PayoutReturned,
    StatementImported,
};
use pay::state::{Approval, BankFile};

use crate::cell::{At, Cell, Record};
use crate::judge::Scope;
use crate::payout::moved_to;
use crate::report::Report;
use crate::sales::Told;

fn differs(what: String) -> (&'static str, String) {
    ("bank_line_differs", what)
}

/// What facts say that fee account, bank and suspense of a currency get.
type Moves = [i128; 3];

impl Cell {
    pub(crate) fn bank_file_approved(&self, fact: &BankFileApproved) -> Told {
        let file = self.file_at(fact.entry);
        let fits = file.is_some_and(|file| {
            file.approval == Some(Approval::Needed)
                && file.is_open()
                && file.made_by != Some(fact.person)
        });
        match fits {
            true => Ok(()),
            false => {
                let (entry, person) = (fact.entry, fact.person);
                let what = format!("person {person} can't have approved file {entry}");
                Err(("approval_differs", what))
            }
        }
    }

    /// A file that needed it was approved before it was sent.
    pub(crate) fn was_approved(&self, file: &BankFile) -> Told {
        match file.approval {
            Some(Approval::Needed) => {
                let what = format!("file {} is sent, and nobody has approved it", file.id);
                Err(("approval_differs", what))
            }
            Some(Approval::Given(..)) | None => Ok(()),
        }
    }

    pub(crate) fn statement_imported(&mut self, fact: &StatementImported) -> Told {
        let banking = &self.state.pay.market.banking;
        let known = banking.account(fact.currency, &fact.account);
        let before = known.map_or(fact.opening, |(_, known)| known.balance);
        let lines: i128 = fact.lines.iter().map(|(line, _)| i128::from(line.amount)).sum();
        let account = &fact.account;
        if before != fact.opening {
            let what = format!("account {account} has {before}, and goes on at {}", fact.opening);
            return Err(differs(what));
        }
        if i128::from(fact.opening) + lines != i128::from(fact.closing) {
            let what = format!(
                "account {account} goes from {} to {}, and its lines come to {lines}",
                fact.opening, fact.closing
            );
            return Err(differs(what));
        }
        if fact.first != banking.next_line {
            let what = format!("line {} comes after {}", fact.first, banking.next_line);
            return Err(differs(what));
        }
        for (number, (line, found)) in (fact.first..).zip(&fact.lines) {
            self.fits(number, line, found)?;
        }
        Ok(())
    }

    /// What a line was found to be is of its sum, and of its direction.
    fn fits(&self, number: u32, line: &BankLine, found: &Found) -> Told {
        let sum = line.amount.unsigned_abs();
        let paid = |entry: u32| self.file_at(entry).map(|file| file.total);
        let transfer = |entry: u32, at: u32| {
            let file = self.file_at(entry)?;
            Some(file.payouts.get(at as usize)?.amount)
        };
        let (fits, is_credit) = match found {
            Found::Open(_) | Found::Suspense(_) => return Ok(()),
            Found::File(entry) => (paid(*entry) == Some(sum), false),
            Found::Transfer(entry, at) => (transfer(*entry, *at) == Some(sum), false),
            Found::Returned(entry, at) | Found::Stranded(entry, at, _) => {
                (transfer(*entry, *at) == Some(sum), true)
            }
            Found::Booked(reference) => {
                let booked = self.state.pay.market.banking.booked.get(reference);
                (booked == Some(&sum), true)
            }
            Found::Charge => (true, false),
            Found::Wallet(_) | Found::Nostro(_) => (true, true),
        };
        match fits && is_credit == (line.amount > 0) {
            true => Ok(()),
            false => {
                let (what, amount) = (found.word(), line.amount);
                Err(differs(format!("line {number} of {amount} can't be a {what}")))
            }
        }
    }

    pub(crate) fn bank_line_resolved(&self, fact: &BankLineResolved) -> Told {
        let known = self.state.pay.market.banking.lines.get(&fact.line);
        let known = known.filter(|known| matches!(known.found, Found::Open(_)));
        let known = known.ok_or_else(|| differs(format!("line {} was no task", fact.line)))?;
        self.fits(fact.line, &known.line, &fact.found)
    }

    pub(crate) fn bank_line_undone(&mut self, fact: &BankLineUndone, scope: &mut Scope) -> Told {
        let known = self.state.pay.market.banking.lines.get(&fact.line);
        let known = known.filter(|known| known.found == fact.found);
        let known = known.ok_or_else(|| differs(format!("line {} was not that", fact.line)))?;
        let sum = i128::from(known.line.amount);
        if let Found::Returned(entry, at) = fact.found {
            let payout = self.file_at(entry).and_then(|file| file.payouts.get(at as usize));
            let merchant = payout.map(|payout| payout.merchant);
            let merchant = merchant.ok_or_else(|| differs(format!("no transfer {at}")))?;
            let account = self.merchant_of_entry(merchant)?;
            self.expect(scope, account, i128::from(fact.fee) - sum);
        }
        Ok(())
    }

    pub(crate) fn payout_returned(&mut self, fact: &PayoutReturned, scope: &mut Scope) -> Told {
        let file = self.file_at(fact.file).filter(|file| file.sent.is_some());
        let file = file.ok_or_else(|| differs(format!("file {} was not sent", fact.file)))?;
        let payout = file.payouts.get(fact.index as usize);
        let same = payout.is_some_and(|payout| {
            (payout.merchant, payout.amount) == (fact.merchant, fact.amount)
                && fact.fee <= fact.amount
                && !file.returned.contains(&fact.index)
        });
        if !same {
            let (file, index) = (fact.file, fact.index);
            let what = format!("transfer {index} of file {file} can't have come back like this");
            return Err(differs(what));
        }
        if fact.stranded.is_none() {
            let account = self.merchant_of_entry(fact.merchant)?;
            // As much repays what was drawn meanwhile as a sale would.
            self.earned(scope, account, i128::from(fact.amount) - i128::from(fact.fee));
        }
        Ok(())
    }

    /// What the facts of a record bring to fee account, bank and suspense is what its movements
    /// brought there.
    pub(crate) fn bank_moves(&self, at: At, record: &Record, report: &mut Report) {
        let mut expected: Vec<(Currency, Moves)> = Vec::new();
        for fact in &record.facts {
            let Event::Pay(fact) = fact else { continue };
            if let Some((currency, moves)) = self.moves_of(fact) {
                match expected.iter_mut().find(|(known, _)| *known == currency) {
                    Some((_, sums)) => {
                        sums.iter_mut().zip(moves).for_each(|(sum, more)| *sum += more);
                    }
                    None => expected.push((currency, moves)),
                }
            }
        }
        for (currency, expected) in expected {
            let Some(book) = self.state.pay.book(currency) else { continue };
            let accounts = [book.fee, book.bank, book.suspense];
            let moved = accounts.map(|account| moved_to(account, record));
            if moved != expected {
                let what = format!(
                    "{moved:?} went to fee account, bank and suspense: it must be {expected:?}"
                );
                report.add(self.place(at.position, Some(at.record)), "bank_file_differs", what);
            }
        }
    }

    fn moves_of(&self, fact: &pay::Event) -> Option<(Currency, Moves)> {
        let line_of = |number: u32| {
            let banking = &self.state.pay.market.banking;
            let known = banking.lines.get(&number)?;
            let account = banking.accounts.get(known.account as usize)?;
            Some((account.currency, i128::from(known.line.amount)))
        };
        Some(match fact {
            pay::Event::BankFileSealed(f) => {
                let fees = f.payouts.iter().map(|payout| i128::from(payout.fee)).sum();
                (f.currency, [fees, 0, 0])
            }
            pay::Event::BankFileSent(f) => {
                let file = self.file_at(f.entry)?;
                (file.currency, [0, i128::from(file.total), 0])
            }
            pay::Event::BankFileWithdrawn(f) => {
                let file = self.file_at(f.entry)?;
                (file.currency, [-i128::from(file.fees), 0, 0])
            }
            pay::Event::StatementImported(f) => {
                let charges = f.lines.iter().filter(|(_, found)| *found == Found::Charge);
                let sum: i128 = charges.map(|(line, _)| i128::from(line.amount)).sum();
                (f.currency, [sum, -sum, 0])
            }
            pay::Event::PayoutReturned(f) => {
                let currency = self.file_at(f.file)?.currency;
                let (amount, fee) = (i128::from(f.amount), i128::from(f.fee));
                let stranded = if f.stranded.is_some() { amount } else { 0 };
                (currency, [fee, -amount, stranded])
            }
            pay::Event::BankLineResolved(f) => {
                let (currency, amount) = line_of(f.line)?;
                let moves = match f.found {
                    Found::Charge => [amount, -amount, 0],
                    Found::Suspense(_) => [0, -amount, amount],
                    Found::Wallet(_) | Found::Nostro(_) => [0, -amount, 0],
                    _ => [0; 3],
                };
                (currency, moves)
            }
            pay::Event::BankLineUndone(f) => {
                let (currency, amount) = line_of(f.line)?;
                let moves = match f.found {
                    Found::Charge => [-amount, amount, 0],
                    Found::Suspense(_) | Found::Stranded(..) => [0, amount, -amount],
                    Found::Returned(..) => [-i128::from(f.fee), amount, 0],
                    _ => [0; 3],
                };
                (currency, moves)
            }
            _ => return None,
        })
    }
}
