//! What is written is read back, whatever it says; a long file is read in little time.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::time::Instant;

use common::*;
use iso20022::*;
use kernel::{Currency, Money};
use proptest::prelude::*;

fn words<const N: usize>(most: usize) -> impl Strategy<Value = Text<N>> {
    let chars = proptest::collection::vec(any::<char>(), 1..=most);
    chars.prop_filter_map("plain", |chars| {
        let text: String = chars.into_iter().filter(|c| !c.is_control()).collect();
        Text::try_new(text.trim()).ok()
    })
}

fn transfers() -> impl Strategy<Value = Vec<Transfer>> {
    let one = (1..1_u64 << 50, words::<140>(140), proptest::option::of(words::<140>(20)));
    proptest::collection::vec(one, 1..6).prop_map(|rows| {
        let row = |(at, (minor, name, remittance)): (usize, (u64, Text<140>, _))| Transfer {
            creditor: Party { name, number: None },
            remittance,
            ..transfer(&format!("T{at}"), minor, Currency::CNY)
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #[test]
    fn initiations_are_read_back(transfers in transfers(), is_new in any::<bool>()) {
        let version = if is_new { InitiationVersion::V09 } else { InitiationVersion::V03 };
        let file = initiation(version, transfers);
        prop_assert_eq!(read_initiation(&write_initiation(&file)[..]).unwrap(), file);
    }

    #[test]
    fn statements_are_read_back(
        rows in proptest::collection::vec((1..1_u64 << 40, any::<bool>(), words::<140>(30)), 0..9),
        opening in -1_000_000_i128..1_000_000,
    ) {
        let mut closing = opening;
        let entries: Vec<Entry> = rows.into_iter().zip(1..).map(|((minor, is_credit, name), at)| {
            closing += if is_credit { i128::from(minor) } else { -i128::from(minor) };
            let amount = Some(Money::new(minor, Currency::JPY));
            let detail = Detail { name: Some(name), amount, is_credit: Some(is_credit), ..Detail::default() };
            entry(at, minor, is_credit, vec![detail])
        }).collect();
        let head = head(opening, closing, Currency::JPY);
        let items = read(&statement(StatementVersion::V09, &head, &entries)).unwrap();
        let read: Vec<Entry> = items.into_iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(*entry),
            Item::Begin(_) | Item::End { .. } => None,
        }).collect();
        prop_assert_eq!(read, entries);
    }

    /// Whatever the bytes, reading ends, with values or a fault.
    #[test]
    fn any_bytes_end(at in 0_usize..3_000, byte in any::<u8>()) {
        let head = head(100_000, 80_893, Currency::JPY);
        let mut bytes = statement(StatementVersion::V09, &head, &entries());
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}

/// A generous bound, since other work is on the machine and the build is not for speed; a reader
/// that looks at anything twice for each entry does not keep it.
#[test]
fn fifty_thousand_entries_are_read_within_seconds() {
    let count = 50_000;
    let entries: Vec<Entry> = (1..=count).map(|at| entry(at, at, true, Vec::new())).collect();
    let sum = i128::from(count * (count + 1) / 2);
    let bytes = statement(StatementVersion::V09, &head(0, sum, Currency::JPY), &entries);
    let begun = Instant::now();
    let read = Statements::open(&bytes[..]).unwrap().map(|item| item.unwrap());
    let read = read.filter(|item| matches!(item, Item::Entry(_))).count();
    let took = begun.elapsed();
    println!("{count} entries of {} MB in {took:?}", bytes.len() >> 20);
    assert_eq!(read as u64, count);
    assert!(took.as_secs() < 20, "{took:?}");
}
