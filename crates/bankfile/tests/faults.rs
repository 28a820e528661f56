//! Each fault, said with its record, its field, and what to do.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use bankfile::{
    Amount, BankFile, Batch, BatchError, HolderName, MAX_FAULTS, MAX_TRANSFERS, NameError,
    OfficeName, OriginatorName, Separator, read, write,
};
use calendar::MonthDay;
use common::{file, originator, transfer};

/// The file that all damage is done to: header, two transfers, trailer, end.
fn good() -> Vec<u8> {
    write(&file(&[19_107, 300]), Separator::None)
}

/// Puts `text` at a byte (from 1) of a record (from 1).
fn with(record: usize, byte: usize, text: &str) -> Vec<u8> {
    let mut bytes = good();
    let at = (record - 1) * 120 + byte - 1;
    let text: Vec<u8> = text
        .chars()
        .map(|c| match u32::from(c) {
            code @ 0xFF61.. => u8::try_from(code - 0xFF61 + 0xA1).unwrap(),
            code => u8::try_from(code).unwrap(),
        })
        .collect();
    bytes[at..at + text.len()].copy_from_slice(&text);
    bytes
}

fn without(record: usize) -> Vec<u8> {
    let mut bytes = good();
    bytes.drain((record - 1) * 120..record * 120);
    bytes
}

fn said(bytes: &[u8]) -> Vec<String> {
    let faults = read(bytes).expect_err("it was read");
    faults.iter().map(ToString::to_string).collect()
}

fn noticed(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().notices.iter().map(ToString::to_string).collect()
}

#[test]
fn faults_of_fields() {
    for (bytes, expected) in [
        (
            with(1, 2, "11"),
            "record 1, bytes 2 to 3, type of file (種別コード): '11' is not 21 (総合振込): this is a \
             file of salaries, send it as such",
        ),
        (
            with(1, 4, "1"),
            "record 1, byte 4, character code (コード区分): the file is in EBCDIC, which is not \
             read: have it made in JIS (code 0)",
        ),
        (
            with(1, 4, "2"),
            "record 1, byte 4, character code (コード区分): '2' is none of 0 (JIS): have the file \
             made anew",
        ),
        (
            with(1, 5, "12345 7890"),
            "record 1, bytes 5 to 14, originator's code (委託者コード): '12345 7890' is not a number \
             with leading zeros: have the file made anew",
        ),
        (
            with(1, 15, "     "),
            "record 1, bytes 15 to 54, originator's name (委託者名): nothing stands there: a name is \
             needed",
        ),
        (
            with(1, 55, "0431"),
            "record 1, bytes 55 to 58, date (取組日): '0431' is not a month and a day: have the file \
             made anew",
        ),
        (
            with(1, 96, "4"),
            "record 1, byte 96, kind of account (預金種目): '4' is none of 1, 2, 9: have the file \
             made anew",
        ),
        (
            with(2, 6, "ﾋﾀﾞ.ｼﾝｸ"),
            "record 2, bytes 6 to 20, bank's name (銀行名): 'ﾋﾀﾞ.ｼﾝｸ': byte 4 is 0x2E ('.'), which \
             this field may not have; write it in the characters of its bank",
        ),
        (
            with(2, 43, "3"),
            "record 2, byte 43, kind of account (預金種目): '3' is none of 1, 2, 4, 9: have the \
             file made anew",
        ),
        (
            with(2, 51, "ｰ"),
            "record 2, bytes 51 to 80, payee's name (受取人名): 'ｰﾏﾎﾞｼｿﾊﾞ': byte 1 is 0xB0 ('ｰ'), \
             which this field may not have; write it in the characters of its bank",
        ),
        (
            with(2, 51, "ﾞ"),
            "record 2, bytes 51 to 80, payee's name (受取人名): 'ﾞﾏﾎﾞｼｿﾊﾞ': byte 1 is a voicing \
             mark with no kana to belong to: the name was cut; write it in the characters of its \
             bank",
        ),
        (
            with(2, 51, " "),
            "record 2, bytes 51 to 80, payee's name (受取人名): ' ﾏﾎﾞｼｿﾊﾞ': it begins or ends with \
             a space; write it in the characters of its bank",
        ),
        (
            with(2, 81, "        30"),
            "record 2, bytes 81 to 90, amount (振込金額): '        30' is not a number with leading \
             zeros: have the file made anew",
        ),
        (
            with(2, 91, "3"),
            "record 2, byte 91, new payee (新規コード): '3' is none of 0, 1, 2: have the file made \
             anew",
        ),
        (
            with(2, 92, "ORDER-1   "),
            "record 2, bytes 92 to 101, first customer code (顧客コード1): 'ORDER-1   ' is not a \
             number with leading zeros: have the file made anew",
        ),
        (
            with(2, 112, "1"),
            "record 2, byte 112, kind of transfer (振込指定区分): '1' is none of 0, 7, 8: have the \
             file made anew",
        ),
        (
            with(2, 113, "N"),
            "record 2, byte 113, EDI flag (識別表示): 'N' is none of Y and a space: have the file \
             made anew",
        ),
        (
            with(4, 2, "000003"),
            "record 4, bytes 2 to 7, count (合計件数): it says 3 transfers and there are 2: records \
             are missing or too many, ask for the file again",
        ),
        (
            with(4, 8, "000000019408"),
            "record 4, bytes 8 to 19, total (合計金額): it says 19408 yen and the transfers add up \
             to 19407: do not send this file, ask for it again",
        ),
        (
            with(2, 1, "7"),
            "record 2: it begins with '7' instead of 1, 2, 8 or 9: this is no record of such a file",
        ),
    ] {
        assert_eq!(said(&bytes)[0], expected);
    }
    assert_eq!(
        said(&with(2, 81, "0000000000")),
        ["record 2, bytes 81 to 90, amount (振込金額): nothing is paid: leave this transfer out"],
        "an amount that is not known makes no fault of the total"
    );
}

#[test]
fn faults_of_the_order() {
    let batch_of = |record| {
        format!(
            "the batch that begins with record {record} has no trailer before this: records are \
             missing, ask for the file again"
        )
    };
    let no_header = "there is no header before it: the beginning of the file is missing, ask for \
                     it again";
    for (bytes, expected) in [
        (without(5), vec!["there is no end record: the file was cut off, ask for it again".into()]),
        (without(4), vec![format!("record 4: {}", batch_of(1))]),
        (
            without(1),
            vec![
                format!("record 1: {no_header}"),
                format!("record 2: {no_header}"),
                format!("record 3: {no_header}"),
            ],
        ),
        (
            [good(), good()].concat(),
            (6..=10)
                .map(|record| {
                    format!(
                        "record {record}: it stands after the end record: two files were joined, \
                         send them one by one"
                    )
                })
                .collect(),
        ),
        (
            good()[480..].to_vec(),
            vec!["the file has no batch: there is nothing to pay, do not send it".into()],
        ),
        (
            [&good()[..120], &format!("8{:018}{:101}", 0, "").into_bytes(), &good()[480..]]
                .concat(),
            vec![
                "record 2: a batch needs a transfer: on a day without any there is no file to send"
                    .into(),
            ],
        ),
    ] {
        assert_eq!(said(&bytes), expected);
    }
}

#[test]
fn faults_of_the_whole_file() {
    assert_eq!(said(b""), ["the file is empty: ask for it again"]);
    let utf8 = "1ｶ".repeat(60);
    assert_eq!(
        said(utf8.as_bytes()),
        ["the file was stored again as UTF-8: use the one that was made, unopened"]
    );
    assert_eq!(
        said(&[0xF1; 120]),
        ["the file is in EBCDIC, which is not read: have it made in JIS (code 0)"]
    );
    let lines = |bytes: &[u8]| -> Vec<u8> {
        bytes.chunks(120).flat_map(|record| [record.trim_ascii_end(), b"\r\n"].concat()).collect()
    };
    assert_eq!(
        said(&lines(&good()))[0],
        "record 1: it has 103 bytes instead of 120: an editor may have cut its spaces off; use the \
         file that was made, unopened"
    );
    let longest = vec![b' '; bankfile::MAX_BYTES + 1];
    assert_eq!(said(&longest), ["the file is longer than 128 MB: send it in parts"]);
}

#[test]
fn a_file_of_faults_is_read_no_further_than_they_are_listed() {
    for bytes in [b"x\n".repeat(1_000_000), b"x".repeat(120 * 10_000), b"\n1".repeat(1_000_000)] {
        let faults = read(&bytes).unwrap_err();
        assert_eq!(faults.len(), MAX_FAULTS + 1);
        assert_eq!(
            faults[MAX_FAULTS].to_string(),
            "there are more faults than the 1000 listed: mend these first"
        );
    }
}

#[test]
fn all_faults_of_a_file_are_listed_in_order() {
    let mut bytes = with(2, 81, "x");
    bytes[4] = b'x';
    bytes[240 + 42] = b'x';
    let places: Vec<(usize, usize)> = read(&bytes)
        .unwrap_err()
        .iter()
        .map(|fault| (fault.record, fault.place.unwrap().first))
        .collect();
    assert_eq!(places, [(1, 5), (2, 81), (3, 43)]);
}

#[test]
fn what_others_do_is_tolerated_and_said() {
    for (bytes, expected) in [
        (
            with(2, 39, "    "),
            "record 2, bytes 39 to 42, clearing house (手形交換所番号): left blank and read as zero; \
             some banks want zeros",
        ),
        (
            with(2, 91, " "),
            "record 2, byte 91, new payee (新規コード): left blank and read as zero; some banks \
             want zeros",
        ),
        (
            with(2, 92, "          "),
            "record 2, bytes 92 to 101, first customer code (顧客コード1): left blank and read as \
             zero; some banks want zeros",
        ),
        (
            with(1, 104, "ABC"),
            "record 1, bytes 104 to 120, filler (ダミー): 'ABC' stands where there should be \
             spaces, and was not read",
        ),
        (
            [good(), b"\r\n\r\n".to_vec()].concat(),
            "there are empty lines at the end, which were not read",
        ),
    ] {
        assert_eq!(noticed(&bytes), [expected]);
        assert_eq!(read(&bytes).unwrap().file.batches()[0].total(), 19_407);
    }
}

#[test]
fn names_keep_to_their_fields() {
    let length = |typed: &str| match HolderName::read(typed) {
        Ok(name) => Ok(name.kana().len()),
        Err(NameError::TooLong { length, most, cut }) => Err((length, most, cut.to_string())),
        Err(other) => panic!("{other}"),
    };
    assert_eq!(length(&"ア".repeat(30)), Ok(30));
    assert_eq!(length(&"ガ".repeat(15)), Ok(30));
    assert_eq!(length(&"ア".repeat(31)), Err((31, 30, "ｱ".repeat(30))));
    let cut = format!("ｱ{}", "ｶﾞ".repeat(14));
    assert_eq!(length(&format!("ア{}", "ガ".repeat(59))), Err((119, 30, cut)));
    assert!(OriginatorName::read(&"ア".repeat(40)).is_ok());
    assert!(OriginatorName::read(&"ア".repeat(41)).is_err());
    assert!(OfficeName::read(&"ア".repeat(15)).is_ok());
    assert!(OfficeName::read(&"ア".repeat(16)).is_err());
    assert!(OfficeName::read("").is_ok());
    assert!(HolderName::read("").is_err() && HolderName::read("山星").is_err());
    assert_eq!(
        HolderName::read(&"アイ".repeat(16)).unwrap_err().to_string(),
        format!(
            "the name has 32 characters of 30: write it as your passbook has it, perhaps '{}'",
            "ｱｲ".repeat(15)
        )
    );
    // Of another field's characters it is read anew, so that the invariant holds for any caller.
    let party = kana::read("A.B", kana::Charset::Party).unwrap();
    assert!(matches!(OfficeName::try_new(party), Err(NameError::Unwritable(_))));
}

#[test]
fn a_batch_is_what_a_trailer_can_say() {
    let date = MonthDay::try_new(11, 2).unwrap();
    let batch = |transfers| Batch::try_new(originator(), date, transfers);
    assert_eq!(batch(vec![]), Err(BatchError::NoTransfers));
    let most = transfer("2476", "002", "ヤマボシ", Amount::MAX.number());
    assert_eq!(batch(vec![most.clone(); 100]).unwrap().total(), 999_999_999_900);
    let too_much = batch(vec![most.clone(); 101]).unwrap_err();
    assert_eq!(
        too_much.to_string(),
        "1009999999899 yen are more than the 999999999999 of one batch: split it"
    );
    let one = transfer("2476", "002", "ヤマボシ", 1);
    assert_eq!(batch(vec![one; MAX_TRANSFERS + 1]), Err(BatchError::TooMany(MAX_TRANSFERS + 1)));
    assert!(BankFile::try_new(vec![]).is_err());
}
