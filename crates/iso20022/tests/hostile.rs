//! Files that no bank made: each is refused with the sentence that says why.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use common::*;
use iso20022::{
    InitiationVersion, StatementVersion, Statements, read_initiation, write_initiation,
};
use kernel::Currency;

fn plain() -> String {
    let (head, entries) = (head(100_000, 80_893, Currency::JPY), entries());
    String::from_utf8(statement(StatementVersion::V09, &head, &entries)).unwrap()
}

/// The file with one thing changed is refused with this in its sentence.
#[track_caller]
fn refused(from: &str, to: &str, said: &str) {
    let changed = plain().replacen(from, to, 1);
    assert_ne!(changed, plain(), "'{from}' is there");
    let fault = read(changed.as_bytes()).unwrap_err();
    assert!(fault.contains(said), "{from} → {to}: {fault}");
}

#[test]
fn xml_that_attacks_its_reader() {
    let root = "<Document ";
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Document ";
    refused(root, bomb, "declares a document type");
    refused(root, "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Document ", "document type");
    refused("S20261104", "&b;", "uses the entity 'b'");
    refused("S20261104", "&#0;", "uses the entity '#0'");
    refused("S20261104", &"S".repeat(9_000), "more than 8192 bytes");
    refused("S20261104", &format!("<!--{}-->", "x".repeat(300_000)), "more than 8192 bytes");
    let (deep, shallow) = ("<X>".repeat(100), "</X>".repeat(100));
    refused("<GrpHdr>", &format!("<GrpHdr>{deep}{shallow}"), "32 deep");
    refused("<Document ", &format!("<Document {} ", "a=\"b\" ".repeat(4_000)), "8192 bytes");
    refused("<Document ", "<Document x=\"1\" x=\"2\" ", "well-formed");
    refused("<Stmt>", "<Stmt>words", "text stands between elements: 'words'");
    refused("</Stmt>", "</Smt>", "well-formed");
}

#[test]
fn a_tag_without_end_is_not_read_into_memory() {
    struct Endless(u64);
    impl std::io::Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            into.fill(b'a');
            if self.0 == 0 {
                into[0] = b'<';
            }
            self.0 += into.len() as u64;
            assert!(self.0 < 1 << 20, "it reads on and on");
            Ok(into.len())
        }
    }
    let source = std::io::BufReader::new(Endless(0));
    let fault = Statements::open(source).err().unwrap().to_string();
    assert!(fault.contains("more than 8192 bytes"), "{fault}");
}

#[test]
fn several_documents_in_one_file() {
    let joined = format!("{}{}", plain(), plain());
    let fault = read(joined.as_bytes()).unwrap_err();
    assert!(fault.contains("another document follows the first: split"), "{fault}");
    // As ZEDI joins a header with its message.
    let header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AppHdr xmlns=\"urn:iso:std:iso:\
                  20022:tech:xsd:head.001.001.01\"><CreDt>x</CreDt></AppHdr>\n";
    let file = initiation(InitiationVersion::V03, vec![transfer("A", 1, Currency::JPY)]);
    let message = String::from_utf8(write_initiation(&file)).unwrap();
    let fault = read_initiation(format!("{header}{message}").as_bytes()).unwrap_err().to_string();
    assert!(fault.contains("another document follows the first: split"), "{fault}");
}

#[test]
fn encodings() {
    refused("encoding=\"UTF-8\"", "encoding=\"Shift_JIS\"", "it is in Shift_JIS");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(plain().encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(read(&utf16).is_err());
    let mut bytes = plain().into_bytes();
    let at = bytes.iter().position(|byte| *byte >= 0x80).unwrap();
    bytes[at] = 0xff;
    let fault = read(&bytes).unwrap_err();
    assert!(fault.contains("another encoding, and such files are UTF-8"), "{fault}");
    let with_mark = format!("\u{feff}{}", plain());
    assert_eq!(
        read(with_mark.as_bytes()),
        read(plain().as_bytes()),
        "a mark of UTF-8 is no matter"
    );
}

#[test]
fn files_that_are_cut_off_at_any_byte() {
    let bytes = plain().into_bytes();
    let end = bytes.iter().rposition(|byte| *byte == b'>').unwrap();
    for length in 0..end {
        assert!(read(&bytes[..length]).is_err(), "{length}");
    }
    assert!(read(&bytes[..=end]).is_ok());
    assert!(read(b"").unwrap_err().contains("the file is empty"));
    assert!(read(&bytes[..500]).unwrap_err().contains("cut off"), "{:?}", read(&bytes[..500]));
}

#[test]
fn values_that_can_not_be() {
    refused("xsd:camt.053.001.09", "xsd:camt.054.001.09", "camt.053.001.02 to .14 is needed");
    refused("<Amt Ccy=\"JPY\">31407", "<Amt Ccy=\"JPY\">31407.5", "JPY has 0 decimals");
    refused("<Amt Ccy=\"JPY\">31407", "<Amt Ccy=\"JPY\">-31407", "is no amount");
    refused("<Amt Ccy=\"JPY\">31407", "<Amt Ccy=\"YEN\">31407", "'YEN' is no currency");
    refused("<Amt Ccy=\"JPY\">31407", "<Amt Ccy=\"CNY\">31407", "in CNY and the rest is in JPY");
    refused("<Amt Ccy=\"JPY\">31407", "<Amt Ccy=\"JPY\">31408", "the balance is 80893 at its end");
    refused(
        "<Amt Ccy=\"JPY\">80893",
        "<Amt Ccy=\"JPY\">80894",
        "by its entries: lines are missing",
    );
    refused("<CdtDbtInd>DBIT", "<CdtDbtInd>DEBIT", "'DEBIT' is none of CRDT or DBIT");
    refused("<Cd>BOOK", "<Cd>BOOKED", "'BOOKED' is none of");
    refused("<Dt>2026-11-04", "<Dt>2026-11-31", "'2026-11-31' is no date");
    refused("<Id>S20261104</Id>", "", "there is no Stmt/Id");
    refused("<Cd>OPBD", "<Cd>ITBD", "there is no balance at the beginning");
    let twice = "<Id>S20261104</Id><Id>S20261104</Id>";
    refused("<Id>S20261104</Id>", twice, "more than one of it");
    refused("<Id>S20261104</Id>", &format!("<Id>{}</Id>", "S".repeat(36)), "35 are the most");
    let fault = read(plain().replacen("31407", "x", 1).as_bytes()).unwrap_err();
    let place = "entry 1, at byte ";
    assert!(fault.starts_with(place), "{fault}");
    assert!(fault.contains("Document/BkToCstmrStmt/Stmt/Ntry/Amt: 'x' is no amount"), "{fault}");
}

#[test]
fn totals_of_an_initiation_are_compared() {
    let file = initiation(InitiationVersion::V09, vec![transfer("A", 700, Currency::JPY)]);
    let text = String::from_utf8(write_initiation(&file)).unwrap();
    for (from, to, said) in [
        ("<NbOfTxs>1", "<NbOfTxs>2", "it says 2 transfers and there are 1"),
        ("<CtrlSum>700", "<CtrlSum>701", "it says 701 and the transfers add up to 700"),
        ("<PmtMtd>TRF", "<PmtMtd>CHK", "'CHK' is none of TRF"),
        ("<MmbId>2476</MmbId>", "", "ClrSysMmbId with system and number"),
        (">700<", ">0<", "pays nothing"),
    ] {
        let changed = text.replacen(from, to, if to.contains('0') { 3 } else { 1 });
        let fault = read_initiation(changed.as_bytes()).unwrap_err().to_string();
        assert!(fault.contains(said), "{from} → {to}: {fault}");
    }
}
