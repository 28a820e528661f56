//! Files by which banks pay merchants: what they took by the facts, and their bytes in the folder.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use std::path::{Path, PathBuf};

use audit::{FileState, Report, Source, bank_file_name, run, run_live};
use bankfile::{AccountKind, Amount, BankFile, Batch, HolderName, Office, Originator};
use bankfile::{OriginatorName, OwnAccountKind, Separator, Transfer};
use economy::Event;
use given::{Cell, Market, find, rewritten};
use journal::file::{FileJournal, Identity, Options};
use journal::memory::{Disk, Memory};
use journal::{GroupBuf, Journal};
use kernel::{Currency, Id};
use ledger::Movement;
use pay::command::{ConfirmBankFileSent, SealBankFile, SetPayoutTerms, WithdrawBankFile};
use pay::{BankFileEntry, Event as Pay, PayoutTerms};

const DAY: u32 = 20_261_104;
const AMOUNT: u64 = 2_000;

/// The bytes of a file that pays these amounts.
fn bytes(amounts: &[u64]) -> Vec<u8> {
    let hida = banks::shipped().bank("2476".parse().unwrap()).unwrap();
    let branch = |code: &str| Office::of(hida, hida.branch(code.parse().unwrap()).unwrap());
    let originator = Originator {
        code: "1234567890".parse().unwrap(),
        name: OriginatorName::read("エニシ").unwrap(),
        office: branch("001"),
        account_kind: OwnAccountKind::Ordinary,
        account: "1234567".parse().unwrap(),
    };
    let transfer = |amount: &u64| {
        let holder = HolderName::read("やまぼしそば").unwrap();
        let (account, amount) = ("7654321".parse().unwrap(), Amount::try_new(*amount).unwrap());
        Transfer::new(branch("002"), AccountKind::Ordinary, account, holder, amount)
    };
    let transfers = amounts.iter().map(transfer).collect();
    let day = calendar::MonthDay::try_new(11, 4).unwrap();
    let batch = Batch::try_new(originator, day, transfers).unwrap();
    bankfile::write(&BankFile::try_new(vec![batch]).unwrap(), Separator::CrLf)
}

/// A file over what the shop has; `written` stands in it.
fn sealed(market: &mut Market, number: u16, written: &[u8]) -> Id<kernel::id::BankFile> {
    let (id, currency) = (market.jp.id(), Currency::JPY);
    let entry =
        BankFileEntry { merchant: market.merchant, amount: AMOUNT, same_bank: true, account: 0 };
    let (entries, hash) = ([entry].into(), *blake3::hash(written).as_bytes());
    market.jp.run(SealBankFile { id, currency, day: DAY, number, hash, entries });
    id
}

/// Three files: one that was sent, one that was withdrawn, one that waits.
fn paid_out() -> Market {
    let mut market = Market::new();
    market.pay(12_000);
    let (currency, from) = (Currency::JPY, market.jp.now);
    let (fee_same_bank, fee_other_bank, cutoff_min) = (110, 220, 1_320);
    let terms = PayoutTerms { currency, minimum: 1, fee_same_bank, fee_other_bank, cutoff_min };
    market.jp.run(SetPayoutTerms { from, terms });
    let written = bytes(&[AMOUNT]);
    let file = sealed(&mut market, 1, &written);
    market.jp.run(ConfirmBankFileSent { file });
    let file = sealed(&mut market, 2, &written);
    market.jp.run(WithdrawBankFile { file, reason: "a drill".to_owned() });
    sealed(&mut market, 3, &written);
    market
}

fn audited(market: &Market, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", &market.cn.disk()), source("jp", jp)])
}

#[test]
fn files_that_took_what_they_pay_agree() {
    let market = paid_out();
    let report = audited(&market, &market.jp.disk());
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[1].bank_files, 3);
}

/// Changes the facts of the last record with a fact that passes; the audit finds this there.
#[track_caller]
fn forged(is: fn(&Pay) -> bool, change: impl Fn(Event) -> Option<Event>, code: &str) {
    let market = paid_out();
    let disk = market.jp.disk();
    let position = find(&disk, |fact| matches!(fact, Event::Pay(fact) if is(fact)));
    let all = |facts: Vec<Event>| facts.into_iter().filter_map(&change).collect();
    let report = audited(&market, &rewritten(&disk, position, all));
    let found = report.differences.iter().find(|found| found.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in\n{report}"));
    assert_eq!((found.place.cell.as_str(), found.place.position), ("jp", Some(position)));
}

const fn is_sealed(fact: &Pay) -> bool {
    matches!(fact, Pay::BankFileSealed(_))
}

fn with_post(fact: Event, change: impl Fn(&mut u32, &mut u32, &mut u64)) -> Event {
    match fact {
        Event::Ledger(ledger::Event::Moved(Movement::Post {
            mut debit,
            mut credit,
            mut amount,
        })) => {
            change(&mut debit, &mut credit, &mut amount);
            Movement::Post { debit, credit, amount }.moved()
        }
        other => other,
    }
}

trait Moved {
    fn moved(self) -> Event;
}

impl Moved for Movement {
    fn moved(self) -> Event {
        Event::Ledger(ledger::Event::Moved(self))
    }
}

#[test]
fn a_file_that_pays_other_than_was_taken_is_found() {
    let pays_more = |fact| match fact {
        Event::Pay(Pay::BankFileSealed(mut fact)) => {
            fact.payouts[0].amount += 1;
            Some(Event::Pay(Pay::BankFileSealed(fact)))
        }
        other => Some(other),
    };
    forged(is_sealed, pays_more, "statement_differs");
    let takes_less = |fact| {
        let less = |_: &mut u32, _: &mut u32, amount: &mut u64| *amount -= 1;
        Some(with_post(fact, less))
    };
    forged(is_sealed, takes_less, "statement_differs");
    // What should be the fee goes to another account of the cell.
    let book = Market::new().jp.state.pay.book(Currency::JPY).unwrap().clone();
    let elsewhere = move |fact| {
        Some(with_post(fact, |_, credit, _| {
            if *credit == book.fee {
                *credit = book.suspense;
            }
        }))
    };
    forged(is_sealed, elsewhere, "bank_file_differs");
}

#[test]
fn what_is_sent_or_withdrawn_moves_just_that() {
    let book = Market::new().jp.state.pay.book(Currency::JPY).unwrap().clone();
    let kept = move |fact| {
        Some(with_post(fact, |_, credit, _| {
            if *credit == book.bank {
                *credit = book.suspense;
            }
        }))
    };
    forged(|fact| matches!(fact, Pay::BankFileSent(_)), kept, "bank_file_differs");
    let not_moved = |fact| match fact {
        Event::Ledger(_) => None,
        other => Some(other),
    };
    forged(|fact| matches!(fact, Pay::BankFileSent(_)), not_moved, "statement_differs");
    forged(|fact| matches!(fact, Pay::BankFileWithdrawn(_)), not_moved, "statement_differs");
}

/// Copies a cell's journal from memory into `<data>/<cell>/journal`.
fn write(data: &Path, cell: &Cell) {
    let folder = data.join(cell.name).join("journal");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let identity = Identity { name: cell.name.to_owned(), id: [cell.state.cell as u8; 16] };
    let options = Options { segment_bytes: 1 << 16, ..Options::default() };
    let mut journal = FileJournal::create(&folder, &identity, options).unwrap();
    journal.claim(1).unwrap();
    for stored in cell.disk().groups() {
        let mut group = GroupBuf::new();
        group.set_time(stored.time);
        stored.records().for_each(|record| group.push(record));
        journal.append(stored.position, 1, &group).unwrap();
    }
    journal.idle().unwrap();
}

struct Kept {
    data: tempfile::TempDir,
    market: Market,
}

impl Kept {
    /// All three files in the folder, the withdrawn one under its other name.
    fn new() -> Self {
        let (data, market) = (tempfile::tempdir().unwrap(), paid_out());
        write(data.path(), &market.cn);
        write(data.path(), &market.jp);
        let kept = Self { data, market };
        std::fs::create_dir(kept.file("")).unwrap();
        for (number, state) in
            [(1, FileState::Kept), (2, FileState::Withdrawn), (3, FileState::New)]
        {
            std::fs::write(kept.named(number, state), bytes(&[AMOUNT])).unwrap();
        }
        kept
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data.path().join("jp/files").join(name)
    }

    fn named(&self, number: u16, state: FileState) -> PathBuf {
        self.file(&bank_file_name(DAY, number, state))
    }

    /// The only difference: its code and place.
    #[track_caller]
    fn finds(&self, code: &str, position: Option<u64>) {
        let report = run(self.data.path()).unwrap();
        let found: Vec<_> =
            report.differences.iter().map(|it| (it.code, it.place.position)).collect();
        assert_eq!(found, [(code, position)], "{report}");
    }

    fn first(&self) -> u64 {
        let is_first = |fact: &Event| matches!(fact, Event::Pay(Pay::BankFileSealed(fact)) if fact.number == 1);
        find(&self.market.jp.disk(), is_first)
    }
}

#[test]
fn the_files_of_a_folder_are_those_that_were_sealed() {
    let kept = Kept::new();
    let report = run(kept.data.path()).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[1].bank_files_compared, 3);
    // What was written before its command, and never came to it, is nobody's.
    std::fs::write(kept.file("20261105-001.new"), "half a fi").unwrap();
    std::fs::remove_file(kept.named(2, FileState::Withdrawn)).unwrap();
    assert!(run(kept.data.path()).unwrap().is_ok());
}

#[test]
fn a_missing_an_altered_and_a_strange_file_are_found() {
    let kept = Kept::new();
    let path = kept.named(1, FileState::Kept);
    std::fs::remove_file(&path).unwrap();
    kept.finds("bank_file_missing", Some(kept.first()));

    let mut altered = bytes(&[AMOUNT]);
    let at = altered.windows(7).position(|window| window == b"7654321").unwrap();
    altered[at] = b'8';
    std::fs::write(&path, &altered).unwrap();
    kept.finds("bank_file_altered", Some(kept.first()));

    std::fs::write(&path, bytes(&[AMOUNT])).unwrap();
    std::fs::write(kept.file("20261104-004.zengin.txt"), bytes(&[AMOUNT])).unwrap();
    kept.finds("bank_file_unknown", None);
}

/// Its hash stands in the journal, and yet it pays something else: the edge was wrong.
#[test]
fn a_file_that_was_sealed_with_other_transfers_is_found() {
    for (amounts, number) in [(&[AMOUNT + 1][..], 4), (&[1_000, 1_000], 5)] {
        let mut kept = Kept::new();
        let other = bytes(amounts);
        sealed(&mut kept.market, number, &other);
        std::fs::remove_dir_all(kept.data.path().join("jp/journal")).unwrap();
        write(kept.data.path(), &kept.market.jp);
        std::fs::write(kept.named(number, FileState::Kept), other).unwrap();
        kept.finds("bank_file_differs", Some(kept.market.jp.position()));
    }
    let mut kept = Kept::new();
    sealed(&mut kept.market, 6, b"not a bank's file");
    std::fs::remove_dir_all(kept.data.path().join("jp/journal")).unwrap();
    write(kept.data.path(), &kept.market.jp);
    std::fs::write(kept.named(6, FileState::Kept), "not a bank's file").unwrap();
    kept.finds("bank_file_differs", Some(kept.market.jp.position()));
}
