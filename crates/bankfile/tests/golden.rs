//! One file, byte by byte.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use bankfile::{
    AccountKind, BankFile, Batch, CustomerCode, EdiText, Framing, LineEnd, NewCode, OwnAccountKind,
    Reference, Separator, TransferKind, read, write,
};
use calendar::MonthDay;
use common::{office, originator, transfer};

const GOLDEN: &[u8] = include_bytes!("golden/two-batches.dat");

fn golden_values() -> BankFile {
    let mut first = transfer("2476", "002", "ヤマボシソバ", 19_107);
    first.account = "7654321".parse().unwrap();
    first.new_code = NewCode::First;
    first.reference = Reference::Codes("42".parse().unwrap(), "7".parse().unwrap());

    let mut second = transfer("1610", "001", "株式会社京都のみやげ営業所".trim(), 9_999_999_999);
    second.account_kind = AccountKind::Current;
    second.account = "1".parse().unwrap();
    second.reference = Reference::Edi(EdiText::read("payout/20261101").unwrap());

    let mut third = transfer("0001", "001", "a.b-c 1", 1);
    third.office.bank_name = bankfile::OfficeName::read("").unwrap();
    third.office.branch_name = bankfile::OfficeName::read("").unwrap();
    third.account_kind = AccountKind::Savings;
    third.account = "9999999".parse().unwrap();
    third.new_code = NewCode::Changed;
    third.reference = Reference::Codes(CustomerCode::MAX, CustomerCode::MIN);
    third.kind = TransferKind::Unstated;

    let mut fourth = transfer("9900", "018", "ヒダ　タロウ", 300);
    fourth.account_kind = AccountKind::Other;
    fourth.account = "1234567".parse().unwrap();
    fourth.reference = Reference::Edi(EdiText::read("「ヲ」\\").unwrap());
    fourth.kind = TransferKind::Letter;

    let day = |month, day| MonthDay::try_new(month, day).unwrap();
    let today = Batch::try_new(originator(), day(11, 2), vec![first, second, third]).unwrap();
    let mut other = originator();
    other.account_kind = OwnAccountKind::Other;
    let next_year = Batch::try_new(other, day(1, 4), vec![fourth]).unwrap();
    BankFile::try_new(vec![today, next_year]).unwrap()
}

#[test]
fn the_golden_file_is_written_to_the_byte() {
    let written = write(&golden_values(), Separator::CrLf);
    for (record, (ours, golden)) in (1..).zip(written.chunks(122).zip(GOLDEN.chunks(122))) {
        let at = ours.iter().zip(golden).position(|(a, b)| a != b);
        assert_eq!(at, None, "record {record}, byte {}", at.unwrap_or(0) + 1);
    }
    assert_eq!(written.len(), GOLDEN.len());
    let unseparated: Vec<u8> =
        GOLDEN.chunks(122).flat_map(|record| &record[..120]).copied().collect();
    assert_eq!(write(&golden_values(), Separator::None), unseparated);
}

#[test]
fn the_golden_file_is_read_to_the_value() {
    let read = read(GOLDEN).unwrap();
    assert_eq!(read.file, golden_values());
    assert_eq!(read.notices, []);
    let (separator, last) = (LineEnd::CrLf, LineEnd::CrLf);
    assert_eq!(read.framing, Framing { separator, last, has_end_mark: false });
    assert_eq!(read.file.batches()[0].total(), 10_000_019_107);
    assert_eq!(read.file.transfers().count(), 4);
    assert_eq!(read.file.transfers().nth(1).unwrap().office, office("1610", "001"));
}

#[test]
fn it_is_read_however_records_end() {
    let records: Vec<&[u8]> = GOLDEN.chunks(122).map(|record| &record[..120]).collect();
    for (separator, end) in
        [("", ""), ("\r", "\r"), ("\n", "\n"), ("\r\n", ""), ("\n", "\n\u{1a}"), ("", "\u{1a}")]
    {
        let mut bytes = records.join(separator.as_bytes());
        bytes.extend_from_slice(end.as_bytes());
        let read = read(&bytes).unwrap();
        assert_eq!(read.file, golden_values(), "{separator:?}");
        assert_eq!(read.notices, [], "{separator:?}");
        assert_eq!(read.framing.has_end_mark, end.contains('\u{1a}'));
    }
}
