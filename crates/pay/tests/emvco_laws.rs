//! What holds for every code and every text.

use pay::emvco::{
    Account, AdditionalData, Amount, Dynamic, EnishiCode, Entry, Initiation, LocalText,
    MerchantCode, Signboard, Template, Tip, crc16, decode, encode, fields, shorten,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_is_read_back(code in code()) {
        // A few of the codes are too long, or name a tag twice: then writing refuses.
        if let Ok(text) = encode(&code) {
            prop_assert_eq!(decode(&text), Ok(code));
        }
    }

    #[test]
    fn most_codes_can_be_written(codes in vec(code(), 16)) {
        let written = codes.iter().filter(|code| encode(code).is_ok()).count();
        prop_assert!(written > 3, "only {written} of 16: the law above would be empty");
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = decode(&text);
        let _ = decode(&format!("000201{text}"));
        let _ = decode(&seal(&format!("000201{text}")));
        let _ = fields(&seal(&format!("000201{text}")));
    }

    #[test]
    fn fields_of_anything_make_no_panic(texts in vec((0u8..100, ".{0,99}"), 0..12)) {
        let body: String = texts.iter().map(|(tag, value)| {
            format!("{tag:02}{:02}{value}", value.chars().count())
        }).collect();
        if let Ok(code) = decode(&seal(&format!("000201{body}"))) {
            prop_assert_eq!(decode(&encode(&code).unwrap()), Ok(code));
        }
    }

    #[test]
    fn a_mutated_code_makes_no_panic_and_reads_as_it_writes(
        code in code(),
        edits in vec((any::<prop::sample::Index>(), any::<char>(), 0..3u8), 1..6),
        reseal in any::<bool>(),
    ) {
        let Ok(text) = encode(&code) else { return Ok(()) };
        let mut characters: Vec<char> = text.chars().collect();
        for (index, character, kind) in edits {
            let at = index.index(characters.len());
            match kind {
                0 => characters[at] = character,
                1 => characters.insert(at, character),
                _ => drop(characters.remove(at)),
            }
        }
        let mut text: String = characters.into_iter().collect();
        if reseal && let Some(body) = text.get(..text.len().saturating_sub(8)) {
            text = seal(body);
        }
        if let Ok(code) = decode(&text) {
            let _ = EnishiCode::find(&code);
            prop_assert_eq!(decode(&encode(&code).unwrap()), Ok(code));
        }
    }

    #[test]
    fn amounts_survive_their_text(minor in 1..10_000_000_000u64, exponent in 0..=3u8) {
        let amount = Amount::from_minor(minor, exponent).unwrap();
        prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        prop_assert_eq!(amount.to_minor(exponent), Ok(minor));
    }

    #[test]
    fn a_signboard_makes_codes_that_it_recognises(
        name in "\\PC{1,60}",
        local in "\\PC{1,60}",
        amount_minor in 1..10_000_000u64,
        deadline in 1..100_000_000_000u64,
    ) {
        let local = LocalText { language: "JA".into(), name: local, city: None, reserved: vec![] };
        let board = Signboard {
            category: 5812, currency: 392, exponent: 0, country: "JP".into(), name,
            city: "Tokyo".into(), postal: None, local: Some(local), terminal: None, jpqr: None, others: Vec::new(),
        };
        let payment = "01h2xcejqtf2nbrexx3vqjhp41";
        let dynamic = Dynamic { payment, deadline, amount_minor };
        // A name of nothing that one sees is refused.
        let Ok(code) = board.dynamic_code("jp", "store1", dynamic) else { return Ok(()) };
        let read = decode(&encode(&code).unwrap()).unwrap();
        prop_assert_eq!(&read, &code);
        prop_assert_eq!(board.check(&read), Ok(()));
        let ours = EnishiCode::find(&read).unwrap().unwrap();
        prop_assert_eq!(ours, EnishiCode::try_dynamic("jp", "store1", payment, deadline).unwrap());
    }

    #[test]
    fn shortened_text_is_a_beginning_and_fits(text in ".*", characters in 0..30usize) {
        let short = shorten(&text, characters);
        prop_assert!(text.starts_with(short));
        prop_assert!(short.chars().count() <= characters || short == text);
        prop_assert!(short.chars().count() <= characters);
    }
}

fn code() -> impl Strategy<Value = MerchantCode> {
    let head = (
        of(prop_oneof![Just(Initiation::Static), Just(Initiation::Dynamic)]),
        vec(account(), 1..3),
        0..10_000u16,
        prop_oneof![Just(156u16), Just(840), 0..1000u16],
        of(amount()),
        of(tip()),
    );
    let merchant = ("[A-Z]{2}", text(25), text(15), of(text(10)), additional(), of(local_text()));
    let tail = (vec(entry(65..=79), 0..2), vec(template(80..=99), 0..2));
    (head, merchant, tail).prop_map(|(head, merchant, tail)| {
        let (initiation, accounts, category, currency, amount, tip) = head;
        let (country, name, city, postal, additional, local) = merchant;
        let (reserved, templates) = tail;
        MerchantCode {
            initiation,
            accounts,
            category,
            currency,
            amount,
            tip,
            country,
            name,
            city,
            postal,
            additional,
            local,
            reserved,
            templates,
        }
    })
}

fn account() -> impl Strategy<Value = Account> {
    prop_oneof![
        entry(2..=25).prop_map(Account::Number),
        template(26..=51).prop_map(Account::Scheme),
    ]
}

fn amount() -> impl Strategy<Value = Amount> {
    (1..100_000_000u64, 0..3u8).prop_map(|(minor, exponent)| {
        Amount::from_minor(minor, exponent).expect("at most eight digits")
    })
}

fn tip() -> impl Strategy<Value = Tip> {
    prop_oneof![
        Just(Tip::Ask),
        amount().prop_map(Tip::Fixed),
        (1..10_000u16).prop_map(|hundredths| Tip::Percent { hundredths }),
    ]
}

fn additional() -> impl Strategy<Value = AdditionalData> {
    let request = of(prop_oneof![Just("A"), Just("ME"), Just("EMA")]);
    (
        of(text(10)),
        of(text(10)),
        request,
        of("[0-9]{3}"),
        vec(entry(12..=49), 0..2),
        vec(template(50..=99), 0..2),
    )
        .prop_map(|(bill_number, purpose, request, channel, reserved, templates)| {
            AdditionalData {
                bill_number,
                purpose,
                consumer_data_request: request.map(str::to_owned),
                channel,
                reserved,
                templates,
                ..AdditionalData::default()
            }
        })
}

fn local_text() -> impl Strategy<Value = LocalText> {
    ("[A-Z]{2}", text(25), of(text(15)), vec(entry(3..=99), 0..2))
        .prop_map(|(language, name, city, reserved)| LocalText { language, name, city, reserved })
}

fn template(tags: std::ops::RangeInclusive<u8>) -> impl Strategy<Value = Template> {
    (tags, text(20), vec(entry(1..=99), 0..2)).prop_map(|(tag, scheme, entries)| Template {
        tag,
        scheme,
        entries,
    })
}

fn entry(tags: std::ops::RangeInclusive<u8>) -> impl Strategy<Value = Entry> {
    (tags, text(12)).prop_map(|(tag, value)| Entry { tag, value })
}

/// Up to `longest` characters of several widths.
fn text(longest: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[ -~ぁ-ん一-龠é]{{1,{longest}}}"))
        .expect("a valid pattern")
}

fn seal(body: &str) -> String {
    let text = format!("{body}6304");
    format!("{text}{:04X}", crc16(text.as_bytes()))
}
