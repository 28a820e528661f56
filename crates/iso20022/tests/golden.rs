//! The bytes of each message, as the schemas' checker saw them (`scripts/check-iso20022`).

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use common::*;
use iso20022::{InitiationVersion, Item, StatementVersion, read_initiation, write_initiation};
use kernel::Currency;

/// Compares with the stored file; `WRITE_GOLDEN=1` writes one that is not there.
fn check(name: &str, bytes: &[u8]) {
    let path = format!("{}/tests/golden/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_GOLDEN").is_some() && !std::fs::exists(&path).unwrap() {
        std::fs::write(&path, bytes).unwrap();
    }
    let stored = std::fs::read(&path).unwrap();
    assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&stored), "{name}");
}

#[test]
fn initiations() {
    for (name, version, currency) in [
        ("pain.001.001.03", InitiationVersion::V03, Currency::JPY),
        ("pain.001.001.09", InitiationVersion::V09, Currency::CNY),
    ] {
        let transfers = vec![
            transfer("E20261104-001-0001", 19_107, currency),
            transfer("E20261104-001-0002", 12_300, currency),
        ];
        let file = initiation(version, transfers);
        let bytes = write_initiation(&file);
        check(name, &bytes);
        assert_eq!(read_initiation(&bytes[..]).unwrap(), file);
    }
}

#[test]
fn statements() {
    for (name, version) in [
        ("camt.053.001.02", StatementVersion::V02),
        ("camt.053.001.08", StatementVersion::V08),
        ("camt.053.001.09", StatementVersion::V09),
    ] {
        let (head, mut entries) = (head(100_000, 80_893, Currency::JPY), entries());
        let bytes = statement(version, &head, &entries);
        check(name, &bytes);
        if version == StatementVersion::V02 {
            // It has no direction of a transfer by itself.
            entries[1].details[0].is_credit = None;
        }
        let mut wanted = vec![Item::Begin(head)];
        wanted.extend(entries.into_iter().map(|entry| Item::Entry(Box::new(entry))));
        wanted.push(Item::End { entries: 2 });
        assert_eq!(read(&bytes).unwrap(), wanted);
    }
}
