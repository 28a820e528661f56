//! Files for the bank: their terms, a shop that has sold, a file over it.

use economy::{Refusal, Reply};
use kernel::id::BankFile;
use kernel::{Currency, Id};
use pay::command::{SealBankFile, SetPayoutTerms};
use pay::{BankFileEntry, BankFileView, PayoutTerms};

use super::{JP, Market, World};

/// The cell's day is 2 November, so the bank pays on the 4th: the 3rd is a holiday.
pub const DAY: u32 = 20_261_104;

pub fn terms() -> PayoutTerms {
    PayoutTerms {
        currency: Currency::JPY,
        minimum: 1_000,
        fee_same_bank: 110,
        fee_other_bank: 220,
        cutoff_min: 22 * 60,
    }
}

/// A sale of 3,200 was paid, of which the shop has 3,168.
pub fn sold() -> (World, Market) {
    let (mut w, m) = World::open();
    w.done(JP, m.operator, SetPayoutTerms { from: w.now, terms: terms() });
    w.paid(&m, 3_200);
    (w, m)
}

pub fn file(w: &mut World, entries: &[BankFileEntry]) -> SealBankFile {
    let (day, number, hash) = (DAY, 1, [7; 32]);
    SealBankFile { id: w.id(), currency: Currency::JPY, day, number, hash, entries: entries.into() }
}

pub fn all_of(m: &Market) -> BankFileEntry {
    BankFileEntry { merchant: m.merchant, amount: 3_058, same_bank: true, account: 0 }
}

pub fn ask(
    w: &mut World,
    m: &Market,
    command: impl Into<pay::Command>,
) -> Result<BankFileView, Refusal> {
    match w.ask(JP, m.operator, command.into())? {
        Reply::Pay(pay::Reply::BankFile(view)) => Ok(*view),
        other => panic!("{other:?}"),
    }
}

pub fn sealed(w: &mut World, m: &Market) -> Id<BankFile> {
    let file = file(w, &[all_of(m)]);
    ask(w, m, file).expect("nothing speaks against this file").file
}

/// Merchant, payout and fee account, and what the bank has.
#[track_caller]
pub fn assert_stand(w: &World, m: &Market, expected: [i128; 4]) {
    let state = &w.cells[JP].state;
    let book = state.pay.book(Currency::JPY).expect("a book in yen");
    let balance = |number| state.book.account(number).map_or(0, ledger::Account::balance);
    let stand = [m.merchant.number, book.payout, book.fee, book.bank].map(balance);
    let bank = -11_000_000 - 50_000;
    assert_eq!(stand, [expected[0], expected[1], expected[2], bank + expected[3]]);
}
