//! Codes that customers show: the containers to the byte, and whose a code is.

use pay::codes::{
    Cpm, CpmFormat, CpmProblem, Issuer, IssuerRoute, OneTimeCode, PayCode, RegistryProblem,
    RouteProblem, Routed, check_registry, plain, route,
};
use proptest::prelude::*;

const CARD: &str = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=";
const TWO: &str = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0\
                   WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==";
const JPQR: &str = "hQVKUFFSMWEUTwgxMjM0NTY3OFcIODc2NTQzMjE=";

fn issuer(name: &str, digits: u8, prefixes: (u32, u32), lengths: (u8, u8)) -> Issuer {
    let route = IssuerRoute::Connector(name.to_owned());
    let ((first, last), (shortest, longest)) = (prefixes, lengths);
    Issuer { name: name.to_owned(), prefix_digits: digits, first, last, shortest, longest, route }
}

fn registry() -> Vec<Issuer> {
    let cell = |number, prefix| Issuer {
        route: IssuerRoute::Cell(number),
        ..issuer("Enishi", 3, (prefix, prefix), (20, 20))
    };
    vec![
        cell(1, 471),
        cell(2, 472),
        issuer("WeChat Pay", 2, (10, 15), (18, 18)),
        issuer("Alipay", 2, (25, 30), (16, 24)),
        issuer("UnionPay", 2, (62, 62), (19, 19)),
    ]
}

fn ours(prefix: u16) -> PayCode {
    PayCode { prefix, code: OneTimeCode { handle: 12_345_678, slot: 3, mac: 42 } }
}

#[test]
fn the_examples_of_the_specification_are_read_and_written_to_the_byte() {
    for text in [CARD, TWO, JPQR] {
        assert_eq!(Cpm::decode(text).unwrap().encode().as_deref(), Ok(text));
    }
    let card = Cpm::decode(CARD).unwrap();
    let track = card.templates[0].track_2().unwrap();
    assert_eq!(
        (track.number.as_str(), track.expiry.as_str(), track.service.as_str()),
        ("1234567890123458", "1912", "201")
    );
    let two = Cpm::decode(TWO).unwrap();
    assert_eq!(two.templates.len(), 3);
    assert_eq!(two.templates[0].plain(0x50), Some(&b"Product1"[..]));
    assert_eq!(two.templates[2].number().as_deref(), Some("1234567890123458"));
    let jpqr = Cpm::decode(JPQR).unwrap();
    assert_eq!((jpqr.format, jpqr.provider()), (CpmFormat::Jpqr, Some("12345678")));
    assert_eq!(jpqr.templates[0].plain(0x57), Some(&b"87654321"[..]));
}

#[test]
fn a_container_that_is_cut_or_mixed_up_is_refused() {
    let bad = |text: &str| Cpm::decode(text).unwrap_err();
    assert_eq!(bad(&CARD[..CARD.len() - 4]), CpmProblem::CutOff);
    assert_eq!(bad("hQVDUFYwMQ=="), CpmProblem::Templates, "no application");
    assert_eq!(bad("hQVDUFYwMmEA"), CpmProblem::Format, "another version");
    assert_eq!(bad("hQ!"), CpmProblem::Text);
    assert_eq!(bad(&"A".repeat(600)), CpmProblem::Text);
    for end in 0..CARD.len() {
        assert!(Cpm::decode(&CARD[..end]).is_err(), "{end}");
    }
}

#[test]
fn our_digits_stand_in_the_container_too() {
    let code = ours(471);
    let text = Cpm::of_digits(&code.to_string()).unwrap().encode().unwrap();
    assert!(text.starts_with("hQVDUFYwMWE"), "{text}");
    assert_eq!(Cpm::decode(&text).unwrap().digits(), Some(code.to_string()));
    assert_eq!(route(&registry(), &text), Ok(Routed::Cell(1, code)));
    assert!(Cpm::of_digits("471").is_err());
}

#[test]
fn a_code_finds_its_wallet_by_prefix_and_length() {
    let registry = registry();
    assert_eq!(check_registry(&registry), Ok(()));
    let connector = |text: &str| match route(&registry, text) {
        Ok(Routed::Connector { wallet, .. }) => wallet,
        other => panic!("{other:?}"),
    };
    assert_eq!(route(&registry, &ours(472).groups()), Ok(Routed::Cell(2, ours(472))));
    assert_eq!(connector("134567890123456789"), "WeChat Pay");
    for length in 16..=24 {
        assert_eq!(connector(&format!("28{}", "0".repeat(length - 2))), "Alipay");
    }
    assert_eq!(connector("6212345678901234567"), "UnionPay");
    // Another length under a known prefix is nobody's.
    for foreign in ["13456789012345678", "62123456789012345678", "99999999999999999999"] {
        assert!(matches!(route(&registry, foreign), Err(RouteProblem::Foreign(_))), "{foreign}");
    }
    let mut misread = ours(471).to_string();
    misread.replace_range(7..8, "9");
    assert_eq!(route(&registry, &misread), Err(RouteProblem::Misread));
    for none in ["", "0", "471", "https://example.org", "４７", "471048151627004211x5"] {
        assert_eq!(route(&registry, none), Err(RouteProblem::NoCode), "{none}");
    }
    assert_eq!(route(&registry, "00020101021129"), Err(RouteProblem::ShopsCode));
    let named = |text: &str| route(&registry, text).unwrap_err().to_string();
    assert!(named(JPQR).contains("JPQR (12345678)"), "{}", named(JPQR));
    assert!(named(CARD).contains("EMVCo (A0000000555555)"), "{}", named(CARD));
}

#[test]
fn what_a_scanner_types_in_full_width_is_read() {
    let wide: String = ours(471)
        .groups()
        .chars()
        .map(|c| if c == ' ' { '\u{3000}' } else { char::from_u32(c as u32 + 0xfee0).unwrap() })
        .collect();
    assert_eq!(plain(&wide), ours(471).to_string());
    assert_eq!(route(&registry(), &wide), Ok(Routed::Cell(1, ours(471))));
}

#[test]
fn a_registry_in_which_two_would_match_is_refused() {
    let with = |more: Issuer| {
        let mut all = registry();
        all.push(more);
        check_registry(&all)
    };
    let overlap = |name: &str| Err(RegistryProblem::Overlap(name.to_owned(), "X".to_owned()));
    assert_eq!(with(issuer("X", 1, (2, 2), (16, 16))), overlap("Alipay"));
    assert_eq!(with(issuer("X", 3, (109, 110), (18, 20))), overlap("WeChat Pay"));
    assert_eq!(with(issuer("X", 2, (47, 47), (20, 20))), overlap("Enishi"));
    assert_eq!(with(issuer("X", 2, (47, 47), (19, 19))), Ok(()));
    assert_eq!(with(issuer("X", 2, (16, 24), (16, 24))), Ok(()));
    for unfit in [
        issuer("X", 0, (0, 0), (16, 16)),
        issuer("X", 2, (90, 100), (16, 16)),
        issuer("X", 2, (91, 90), (16, 16)),
        issuer("X", 2, (90, 90), (16, 25)),
        issuer("X", 2, (90, 90), (20, 16)),
    ] {
        assert!(matches!(with(unfit), Err(RegistryProblem::Row(_))));
    }
}

proptest! {
    /// Whatever the digits are, at most one row of a registry that was accepted takes them.
    #[test]
    fn no_text_belongs_to_two(
        rows in prop::collection::vec((1_u8..4, 0_u32..1000, 0_u32..40, 16_u8..24, 0_u8..4), 1..8),
        digits in "[0-9]{16,24}",
    ) {
        let rows: Vec<Issuer> = rows
            .into_iter()
            .map(|(width, first, more, shortest, longer)| {
                let first = first % 10_u32.pow(width.into());
                let last = (first + more).min(10_u32.pow(width.into()) - 1);
                issuer("X", width, (first, last), (shortest, (shortest + longer).min(24)))
            })
            .collect();
        if check_registry(&rows).is_ok() {
            let takes = |row: &&Issuer| {
                route(std::slice::from_ref(row), &digits) != Err(RouteProblem::Foreign(
                    "an unknown wallet".to_owned(),
                ))
            };
            prop_assert!(rows.iter().filter(takes).count() <= 1);
        }
    }

    #[test]
    fn no_text_makes_the_reading_panic(text in "\\PC{0,60}", base in "[A-Za-z0-9+/=]{0,80}") {
        let _ = route(&registry(), &text);
        let _ = Cpm::decode(&base);
        let _ = Cpm::decode(&format!("hQVDUFYwMWE{base}"));
    }

    #[test]
    fn a_code_is_read_as_it_was_written(handle in 0_u32..100_000_000, slot in 0_u8..10, mac in 0_u32..10_000_000) {
        let code = PayCode { prefix: 471, code: OneTimeCode { handle, slot, mac } };
        prop_assert_eq!(PayCode::parse(&code.to_string()), Ok(code));
    }
}
