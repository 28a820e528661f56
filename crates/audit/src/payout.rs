//! Files by which banks pay merchants: what each took and gave back, and whether the bytes in the
//! cell's folder are those that were sealed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use economy::Event;
use journal::Hash;
use ledger::Movement;
use pay::event::{BankFileSealed, BankFileSent, BankFileWithdrawn, Payout};
use pay::state::BankFile;

use crate::cell::{At, Cell, Record};
use crate::judge::Scope;
use crate::report::{Place, Report};
use crate::sales::Told;

/// The name of a file in `<cell>/files/`, by the day on which the bank pays (`yyyymmdd`) and its
/// number of that day.
pub fn bank_file_name(day: u32, number: u16, state: FileState) -> String {
    let ending = match state {
        FileState::Kept => "zengin.txt",
        FileState::New => "new",
        FileState::Withdrawn => "withdrawn.txt",
    };
    format!("{day:08}-{number:03}.{ending}")
}

/// What the name of a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Sealed, or sent.
    Kept,
    /// Written before its command: perhaps it was sealed, perhaps not.
    New,
    /// Withdrawn: not to be sent.
    Withdrawn,
}

/// A file as its journal sealed it.
pub(crate) struct Sealed {
    at: (u64, u32),
    hash: Hash,
    amounts: Hash,
}

fn differs(what: String) -> (&'static str, String) {
    ("bank_file_differs", what)
}

/// What the amounts of transfers come to, in their order.
fn digest(amounts: impl Iterator<Item = u64>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    amounts.for_each(|amount| {
        hasher.update(&amount.to_le_bytes());
    });
    hasher.finalize().into()
}

impl Cell {
    pub(crate) fn bank_file_sealed(
        &mut self,
        at: At,
        fact: &BankFileSealed,
        scope: &mut Scope,
    ) -> Told {
        let payout = self.payout_account(fact.currency)?;
        for Payout { merchant, amount, fee } in &fact.payouts {
            let account = self.merchant_of_entry(*merchant)?;
            self.expect(scope, account, -i128::from(*amount) - i128::from(*fee));
            self.expect(scope, payout, i128::from(*amount));
        }
        let amounts = digest(fact.payouts.iter().map(|payout| payout.amount));
        let sealed = Sealed { at: (at.position, at.record), hash: fact.hash, amounts };
        let before = self.files.insert((fact.day, fact.number), sealed);
        match before {
            None => Ok(()),
            Some(_) => {
                Err(differs(format!("two files are number {} of {}", fact.number, fact.day)))
            }
        }
    }

    pub(crate) fn bank_file_sent(&mut self, fact: &BankFileSent, scope: &mut Scope) -> Told {
        let file = self.open_file(fact.entry)?;
        self.was_approved(file)?;
        let (currency, total) = (file.currency, i128::from(file.total));
        let payout = self.payout_account(currency)?;
        self.expect(scope, payout, -total);
        Ok(())
    }

    pub(crate) fn bank_file_withdrawn(
        &mut self,
        fact: &BankFileWithdrawn,
        scope: &mut Scope,
    ) -> Told {
        let file = self.open_file(fact.entry)?.clone();
        let payout = self.payout_account(file.currency)?;
        for Payout { merchant, amount, fee } in file.payouts {
            let account = self.merchant_of_entry(merchant)?;
            // As much repays what was drawn meanwhile as a sale would.
            self.earned(scope, account, i128::from(amount) + i128::from(fee));
            self.expect(scope, payout, -i128::from(amount));
        }
        Ok(())
    }

    fn payout_account(&self, currency: kernel::Currency) -> Result<u32, (&'static str, String)> {
        let book = self.state.pay.book(currency);
        book.map(|book| book.payout).ok_or_else(|| differs(format!("no book in {currency}")))
    }

    pub(crate) fn merchant_of_entry(&self, entry: u32) -> Result<u32, (&'static str, String)> {
        let known = self.state.pay.market.merchants.get(entry as usize);
        let known = known.map(|merchant| merchant.reference.number);
        known.ok_or_else(|| differs(format!("there is no merchant {entry}")))
    }

    pub(crate) fn file_at(&self, entry: u32) -> Option<&BankFile> {
        self.state.pay.market.payout.files.get(entry as usize)
    }

    fn open_file(&self, entry: u32) -> Result<&BankFile, (&'static str, String)> {
        let file = self.file_at(entry).filter(|file| file.is_open());
        file.ok_or_else(|| differs(format!("file {entry} is not there, or was ended before")))
    }
}

/// What the movements of a record bring to an account.
pub(crate) fn moved_to(account: u32, record: &Record) -> i128 {
    let moves = record.facts.iter().map(|fact| match fact {
        Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, amount })) => {
            let amount = i128::from(*amount);
            if *credit == account {
                amount
            } else if *debit == account {
                -amount
            } else {
                0
            }
        }
        _ => 0,
    });
    moves.sum()
}

/// A cell's folder of files, as it was before its journal was read: what is there by then stands
/// in the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    path: PathBuf,
    names: Vec<String>,
}

impl Folder {
    pub fn list(path: &Path) -> Self {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Self { path: path.to_owned(), names }
    }
}

/// Compares a folder with the files that its journal sealed; counts those that fit.
pub(crate) fn check(cell: &mut Cell, folder: &Folder, report: &mut Report) {
    let mut known = BTreeMap::new();
    let files = cell.state.pay.market.payout.files.clone();
    for file in &files {
        let name = |state| bank_file_name(file.day, file.number, state);
        let states = match file.withdrawn {
            None => [FileState::Kept, FileState::New],
            Some(_) => [FileState::Withdrawn, FileState::Kept],
        };
        states.iter().for_each(|state| _ = known.insert(name(*state), ()));
        let Some(sealed) = cell.files.get(&(file.day, file.number)) else { continue };
        let found = states.iter().find_map(|state| {
            let name = name(*state);
            Some((std::fs::read(folder.path.join(&name)).ok()?, name))
        });
        let told = match found {
            Some((bytes, name)) => compared(file, sealed, &bytes)
                .map_err(|(code, what)| (code, format!("{name}: {what}"))),
            // Nobody needs what was withdrawn.
            None if file.withdrawn.is_some() => continue,
            None => Err(("bank_file_missing", format!("{} is not there", name(FileState::Kept)))),
        };
        match told {
            Ok(()) => cell.counted.bank_files_compared += 1,
            Err((code, what)) => {
                let (position, record) = sealed.at;
                report.add(cell.place(position, Some(record)), code, what);
            }
        }
    }
    for name in folder.names.iter().filter(|name| !name.ends_with(".new")) {
        if !known.contains_key(name) {
            let place = Place { cell: cell.name.clone(), position: None, record: None };
            let what = format!("{name} stands in files/, and no file was sealed for it");
            report.add(place, "bank_file_unknown", what);
        }
    }
}

fn compared(file: &BankFile, sealed: &Sealed, bytes: &[u8]) -> Told {
    if blake3::hash(bytes).as_bytes() != &sealed.hash {
        return Err(("bank_file_altered", "its bytes are not those that were sealed".to_owned()));
    }
    let read = bankfile::read(bytes).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        differs(format!("it can't be read back: {first}"))
    })?;
    let amounts = || read.file.transfers().map(|transfer| transfer.amount.number());
    let (count, total) = (amounts().count(), amounts().sum::<u64>());
    if (count, total) != (file.count as usize, file.total) {
        let what = format!(
            "it has {count} transfers of {total} in all, and {} of {} were sealed",
            file.count, file.total
        );
        return Err(differs(what));
    }
    match digest(amounts()) == sealed.amounts {
        true => Ok(()),
        false => Err(differs("its transfers are not of the amounts that were sealed".to_owned())),
    }
}
