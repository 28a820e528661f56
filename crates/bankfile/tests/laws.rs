//! What holds for every file, and for every damage to one.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use bankfile::{Separator, read, write};
use common::{file, files};
use proptest::prelude::*;

fn separators() -> impl Strategy<Value = Separator> {
    prop_oneof![Just(Separator::None), Just(Separator::CrLf)]
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(file in files(), separator in separators()) {
        let bytes = write(&file, separator);
        let records = file.transfers().count() + 2 * file.batches().len() + 1;
        prop_assert_eq!(bytes.len(), records * (120 + separator.bytes().len()));
        for record in bytes.chunks(120 + separator.bytes().len()) {
            prop_assert!(matches!(record[0], b'1' | b'2' | b'8' | b'9'));
            prop_assert_eq!(&record[120..], separator.bytes());
            prop_assert!(record[..120].iter().all(|byte| matches!(byte, 0x20..=0x5F | 0xA2..=0xA3 | 0xA6 | 0xB1..=0xDF)));
        }
        let read = read(&bytes).unwrap();
        prop_assert_eq!(read.notices, []);
        prop_assert_eq!(read.file, file);
    }

    #[test]
    fn damage_is_seen(
        file in files(),
        separator in separators(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = write(&file, separator);
        let before = read(&bytes);
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert_ne!(read(&bytes), before, "byte {} as {:#04X}", at, byte);
    }

    #[test]
    fn lost_and_added_bytes_are_seen(
        file in files(),
        separator in separators(),
        at in any::<prop::sample::Index>(),
        length in 1_usize..300,
        added in any::<u8>(),
    ) {
        let bytes = write(&file, separator);
        let at = at.index(bytes.len());
        let before = read(&bytes);
        let mut less = bytes.clone();
        less.drain(at..(at + length).min(bytes.len()));
        prop_assert_ne!(read(&less), before.clone());
        let mut more = bytes.clone();
        more.insert(at, added);
        prop_assert_ne!(read(&more), before);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn records_of_arbitrary_fields_never_panic(
        records in proptest::collection::vec(("[1289x]", "[ -~｡-ﾟ]{119}"), 0..8),
        separator in prop_oneof![Just("\r\n"), Just("\n"), Just("\r"), Just("")],
    ) {
        let mut bytes = Vec::new();
        for (kind, rest) in records {
            bytes.extend_from_slice(kind.as_bytes());
            bytes.extend(rest.chars().map(|c| match u32::from(c) {
                code @ 0xFF61.. => u8::try_from(code - 0xFF61 + 0xA1).unwrap(),
                code => u8::try_from(code).unwrap(),
            }));
            bytes.extend_from_slice(separator.as_bytes());
        }
        if let Err(faults) = read(&bytes) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(!fault.to_string().is_empty());
            }
        }
    }
}

/// Each byte of a file becomes each other byte: the values change, or it is said.
#[test]
fn no_byte_is_without_meaning() {
    for separator in [Separator::None, Separator::CrLf] {
        let good = write(&file(&[19_107, 1]), separator);
        let before = read(&good);
        let mut bytes = good.clone();
        for at in 0..good.len() {
            for byte in 0..=u8::MAX {
                if byte != good[at] {
                    bytes[at] = byte;
                    assert_ne!(read(&bytes), before, "byte {} as {byte:#04X}", at + 1);
                }
            }
            bytes[at] = good[at];
        }
    }
}
