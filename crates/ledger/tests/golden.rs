//! Stored facts as they lie in journals: `golden/<fact>-v<version>.hex`. Files are only ever
//! added. A new version of a fact gets a new file and a new row; the old row then says what the
//! old bytes are lifted to.

use std::collections::BTreeMap;
use std::path::Path;

use kernel::{Currency, Timestamp};
use ledger::{Account, AccountKind, Event, Flags, Movement, SideRule, Transfer};
use proptest::prelude::*;

/// Whether [`Event::encode`] writes these bytes today, or only reads them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Current,
    #[allow(dead_code, reason = "nothing stored is older than the current version yet")]
    Old,
}

fn facts() -> Vec<(&'static str, Age, Event)> {
    let account = Account {
        debits_posted: 0x0102_0304_0506_0708,
        credits_posted: 2,
        debits_pending: 3,
        credits_pending: 4,
        tag: 0x1112_1314_1516_1718,
        opened: Timestamp::from_seconds(1_793_500_000),
        entity: 0x2122_2324,
        currency: Currency::JPY,
        kind: AccountKind::Wallet,
        rule: SideRule::NeverOverdrawn,
    };
    let transfer = Transfer {
        id: 0x0192_1e5f_0c00_7abc_8def_0123_4567_89ab,
        debit: 1,
        credit: 2,
        amount: 3_200,
        timeout_s: 0,
        code: 7,
        flags: Flags(Flags::LINKED),
    };
    let pending = Transfer { id: 5, timeout_s: 600, flags: Flags(Flags::PENDING), ..transfer };
    let (debit, credit, amount) = (0x3132_3334, 0x4142_4344, 0x5152_5354_5556_5758);
    let expires = Timestamp(0x6162_6364_6566_6768);
    let moved = Event::Moved;
    vec![
        ("account_opened-v1", Age::Current, Event::AccountOpened(account)),
        ("post-v1", Age::Current, moved(Movement::Post { debit, credit, amount })),
        (
            "hold-v1",
            Age::Current,
            moved(Movement::Hold { debit, credit, amount, expires, tag: 0x7172_7374 }),
        ),
        ("capture-v1", Age::Current, moved(Movement::Capture { hold: 9, amount, last: true })),
        ("void-v1", Age::Current, moved(Movement::Void { hold: 0x0102_0304 })),
        ("batch-v1", Age::Current, Event::Batch([transfer, pending].into())),
        ("forgotten-v1", Age::Current, Event::Forgotten { through: 0x0102_0304 }),
    ]
}

fn written(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    event.encode(&mut bytes);
    bytes
}

/// Bytes in lines of 16.
fn hex(bytes: &[u8]) -> String {
    bytes.chunks(16).fold(String::new(), |text, line| {
        let line: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        text + &line.join(" ") + "\n"
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |text| u8::from_str_radix(text, 16).expect("two digits for each byte");
    hex.split_whitespace().map(byte).collect()
}

/// The files of the folder by name, without the ending.
fn golden() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|entry| entry.expect("the folder can be listed").path());
    paths
        .map(|path| {
            let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
            (name, bytes(&std::fs::read_to_string(path).expect("the file is text")))
        })
        .collect()
}

#[test]
fn stored_bytes_never_change() {
    let golden = golden();
    for (name, age, event) in facts() {
        let bytes = written(&event);
        let stored = golden.get(name).unwrap_or_else(|| {
            panic!("tests/golden/{name}.hex is missing; it should be\n{}", hex(&bytes))
        });
        if age == Age::Current {
            assert_eq!(hex(&bytes), hex(stored), "{name} is written in another way");
        }
        assert_eq!(Event::decode(stored), Ok(event), "{name} is read in another way");
    }
    let facts = facts();
    let unknown: Vec<_> =
        golden.keys().filter(|name| facts.iter().all(|(known, _, _)| known != name)).collect();
    assert!(unknown.is_empty(), "files without a row: {unknown:?}");
}

#[test]
fn a_byte_too_few_or_too_many_is_a_fault() {
    for (name, _, event) in facts() {
        let bytes = written(&event);
        for end in 0..bytes.len() {
            let whole = matches!(event, Event::Batch(_)) && end >= 2 && (end - 2) % 40 == 0;
            assert_eq!(Event::decode(&bytes[..end]).is_ok(), whole, "{name} cut at {end}");
        }
        assert!(Event::decode(&[&bytes[..], &[0]].concat()).is_err(), "{name} and a byte");
        assert!(Event::decode(&[&[bytes[0], 2], &bytes[2..]].concat()).is_err(), "version 2");
        assert!(Event::decode(&[&[99, 1], &bytes[2..]].concat()).is_err(), "type 99");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(
        kind in 0..9u8,
        payload in prop::collection::vec(any::<u8>(), 0..90),
    ) {
        let stored = [&[kind, 1], &payload[..]].concat();
        if let Ok(event) = Event::decode(&stored) {
            prop_assert_eq!(written(&event), stored);
        }
    }
}
