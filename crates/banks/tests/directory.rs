//! The directory that ships, and damage to one.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use banks::{BankCode, Directory, NoBank, Problem, pack, shipped};
use proptest::prelude::*;

fn code(text: &str) -> BankCode {
    text.parse().unwrap()
}

fn found(typed: &str) -> Vec<String> {
    shipped().search(typed, 5).iter().map(|bank| format!("{} {}", bank.code, bank.name)).collect()
}

fn branches_found(bank: &str, typed: &str) -> Vec<String> {
    let bank = shipped().bank(code(bank)).unwrap();
    bank.search(typed, 3).iter().map(|found| format!("{} {}", found.code, found.name)).collect()
}

#[test]
fn what_ships_is_whole_and_says_where_it_comes_from() {
    let directory = shipped();
    let source = "zengin-code 1.1.0.20260824 (PyPI, MIT), data of 2026-08-24";
    assert_eq!(directory.source(), source);
    assert_eq!(directory.banks().len(), 1_146);
    assert_eq!(directory.branch_count(), 31_229);
    assert_eq!(directory.closed().count(), 241);
    for bank in directory.banks() {
        assert_eq!(directory.bank(bank.code), Ok(bank));
        for branch in bank.branches() {
            assert_eq!(bank.branch(branch.code), Ok(branch));
            assert!(branch.kana.len() <= 15);
        }
    }
}

#[test]
fn hida_and_kyoto() {
    let hida = shipped().bank(code("2476")).unwrap();
    assert_eq!((&*hida.name, &*hida.kana.to_string()), ("飛騨信組", "ﾋﾀﾞｼﾝｸﾐ"));
    assert_eq!(hida.branches().len(), 15);
    let head = hida.branch("001".parse().unwrap()).unwrap();
    assert_eq!((&*head.name, &*head.kana.to_string()), ("本店営業部", "ﾎﾝﾃﾝ"));

    let kyoto = shipped().bank(code("1610")).unwrap();
    assert_eq!((&*kyoto.name, &*kyoto.kana.to_string()), ("京都信金", "ｷﾖｳﾄｼﾝｷﾝ"));
    assert_eq!(kyoto.branches().len(), 95);
}

#[test]
fn a_code_that_nobody_has_is_told_from_one_of_a_closed_bank() {
    let unknown = shipped().bank(code("9999")).unwrap_err();
    assert_eq!(unknown, NoBank::Unknown(code("9999")));
    assert_eq!(
        unknown.to_string(),
        "no bank has the code 9999: compare the four digits with the passbook"
    );
    assert_eq!(shipped().bank(code("0554")), Err(NoBank::Closed(code("0554"))));
    assert_eq!(shipped().branches_of_closed(code("0554")).len(), 137);
    assert!(shipped().branches_of_closed(code("2476")).is_empty());

    let hida = shipped().bank(code("2476")).unwrap();
    assert_eq!(
        hida.branch("999".parse().unwrap()).unwrap_err().to_string(),
        "no branch of bank 2476 has the code 999: compare the three digits with the passbook"
    );
}

#[test]
fn banks_are_found_as_people_write_them() {
    for typed in [
        "飛騨信用組合",
        "飛騨信組",
        "飛騨",
        "ひだしんくみ",
        "ヒダシンヨウクミアイ",
        "ﾋﾀﾞｼﾝ",
        "hida shinkumi",
        "Hida Shin'yō Kumiai",
        "2476",
        "２４７６",
    ] {
        let found = found(typed);
        assert!(found.contains(&"2476 飛騨信組".to_owned()), "{typed}: {found:?}");
    }
    for typed in ["京都信用金庫", "京都信用金", "京都信金", "きょうとしんきん", "kyoto shinkin"]
    {
        assert_eq!(found(typed)[0], "1610 京都信金", "{typed}");
    }
    for typed in ["みずほ銀行", "みずほ", "ミズホギンコウ", "mizuho bank", "Mizuho", "0001"]
    {
        assert_eq!(found(typed)[0], "0001 みずほ", "{typed}");
    }
    assert_eq!(found("PayPay銀行"), ["0033 ＰａｙＰａｙ"]);
    assert_eq!(found("三菱UFJ")[0], "0005 三菱ＵＦＪ");
    assert_eq!(found("161")[0], "1610 京都信金");
    for nothing in ["", " ", "存在しない", "qqq", "\u{202E}", "99999"] {
        assert!(found(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn branches_are_found_within_their_bank() {
    for typed in
        ["古川支店", "古川", "ふるかわ", "フルカワシテン", "furukawa", "Furukawa shiten", "002"]
    {
        assert_eq!(branches_found("2476", typed)[0], "002 古川", "{typed}");
    }
    assert_eq!(branches_found("2476", "本店")[0], "001 本店営業部");
    assert_eq!(branches_found("2476", "けやき")[0], "006 けやき通り");
}

#[test]
fn every_bank_is_found_by_its_own_name_kana_and_code() {
    for bank in shipped().banks() {
        for typed in [bank.name.clone(), bank.kana.wide(), bank.code.to_string()] {
            let found = shipped().search(&typed, 50);
            assert!(found.iter().any(|found| found.code == bank.code), "{typed}");
        }
    }
}

const LINES: &str = "=0001\tみずほ\tミズホ\n東京営業部\tトウキヨウ\n丸の内\tマルノウチ\t3\n\
                     =2476\t飛騨信組\tヒダシンクミ\n本店営業部\tホンテン\n\
                     !0533\n本店\tホンテン\t0\n.2\t4\n";

#[test]
fn a_damaged_directory_is_refused_with_its_line() {
    let problem = |lines: &str| {
        let error = Directory::parse(&pack("a source", lines)).expect_err(lines);
        (error.line, error.problem)
    };
    let directory = Directory::parse(&pack("a source", LINES)).unwrap();
    assert_eq!((directory.banks().len(), directory.branch_count()), (2, 4));
    let codes = |branches: &[banks::Branch]| -> Vec<u16> {
        branches.iter().map(|branch| branch.code.number()).collect()
    };
    assert_eq!(codes(directory.banks()[0].branches()), [1, 4]);
    assert_eq!(codes(directory.branches_of_closed(code("0533"))), [0]);
    for (from, to, line, expected) in [
        ("マルノウチ\t3", "マルノウチ\t0", 3, Problem::OutOfOrder),
        ("マルノウチ\t3", "マルノウチ\t999", 3, Problem::NotAnEntry),
        ("マルノウチ\t3", "マルノウチ\t99999", 3, Problem::NotAnEntry),
        ("=2476", "=0001", 4, Problem::OutOfOrder),
        ("=2476", "2476", 4, Problem::NotAnEntry),
        ("=2476", "=247", 4, Problem::NotAnEntry),
        ("!0533", "!2476", 6, Problem::OutOfOrder),
        ("本店\tホンテン\t0\n", "", 7, Problem::NoBranches),
        ("ミズホ", "水穂", 1, Problem::NotAName),
        ("ミズホ", "ミズホミズホミズホミズホミズホミズホ", 1, Problem::NotAName),
        ("みずほ", "", 1, Problem::NotAName),
        ("丸の内\tマルノウチ\t3", "丸の内", 3, Problem::NotAnEntry),
        (".2\t4", ".2\t5", 8, Problem::Incomplete),
        (".2\t4\n", ".2\t4\n.2\t4\n", 9, Problem::NotAnEntry),
        (".2\t4\n", "", 0, Problem::Incomplete),
    ] {
        assert_eq!(problem(&LINES.replacen(from, to, 1)), (line, expected), "{from} → {to}");
    }
    let packed = pack("a source", LINES);
    for cut in 0..packed.len() {
        assert!(Directory::parse(&packed[..cut]).is_err(), "cut to {cut}");
    }
    // A few bits of what is compressed mean nothing; of all others the checksum knows.
    for at in packed.iter().position(|byte| *byte == b'\n').unwrap() + 1..packed.len() {
        let mut altered = packed.clone();
        altered[at] ^= 0x10;
        let read = Directory::parse(&altered);
        assert!(read.is_err() || read == Ok(directory.clone()), "byte {at}");
    }
}

proptest! {
    #[test]
    fn searching_never_panics_and_keeps_its_bound(typed in any::<String>(), most in 0_usize..20) {
        prop_assert!(shipped().search(&typed, most).len() <= most);
    }

    #[test]
    fn a_longer_beginning_of_a_name_finds_no_other_bank(at in 0_usize..1_146, length in 1_usize..8) {
        let bank = &shipped().banks()[at];
        let typed: String = bank.kana.wide().chars().take(length).collect();
        let found = shipped().search(&typed, 2_000);
        prop_assert!(found.iter().any(|found| found.code == bank.code));
    }

    #[test]
    fn arbitrary_bytes_are_no_directory(bytes in any::<Vec<u8>>()) {
        prop_assert!(Directory::parse(&bytes).is_err());
    }

    #[test]
    fn arbitrary_lines_never_panic(lines in "[=!.0-9\tあア\n]{0,60}") {
        let _ = Directory::parse(&pack("a source", &lines));
    }
}
