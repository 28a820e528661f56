//! Codes that others published, and the codes of our own stores.

use pay::emvco::{
    Account, AdditionalData, Amount, AtPlace, Dynamic, EnishiCode, Entry, Initiation, JpqrId,
    LocalText, MerchantCode, Signboard, Template, Tip, crc16, decode, encode, fields, shorten,
};

/// The specification's own example, in the order of its text.
const EMVCO_SAMPLE: &str = "00020101021229300012D156000000000510A93FO3230Q31280012D1560000000103\
0812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.72530315\
65502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A";

/// The same merchant, a fixed tip indicator and two templates under UUIDs.
const UUID_TEMPLATES: &str = "00020101021229300012D156000000000510A93FO3230Q31280012D156000000010\
30812345678520441115303156540523.725502015802CN5914BEST TRANSPORT6007BEIJING6233030412340603***07\
08A60086670902ME64200002ZH0104最佳运输0202北京8036003239401ff0c21a4543a8ed5fbaa30ab02e81360032c2fb\
f6dd646f4f36b617f10747c0b96163046F32";

/// A JPQR poster; its tags are out of order on purpose.
const JPQR_SAMPLE: &str = "0002016003xxx01021129300012D156000000000510A93FO3230Q31280012D15600000\
00103081234567826680019jp.or.paymentsjapan0113000000000000102040001030600000104060000015303392590\
3xxx64180002JA0108メルペイ カフェ520441115802JP610710661436304DEE9";

/// Published with a check value that its text does not give.
const JPQR_WITH_WRONG_CRC: &str = "00020164210002JA0111JPQRMPM本舗食堂53033925903xxx6003xxx6107106\
00325802JP01021126680019jp.or.paymentsjapan0113000000000000102040001030600000104060000015204412163\
046D60";

#[test]
fn the_check_value_is_the_published_one() {
    assert_eq!(crc16(b"123456789"), 0x29B1);
    assert_eq!(crc16(b""), 0xFFFF);
}

#[test]
fn the_specifications_example_is_read_whole() {
    let code = decode(EMVCO_SAMPLE).unwrap();
    assert_eq!(
        code,
        MerchantCode {
            initiation: Some(Initiation::Dynamic),
            accounts: vec![
                scheme(29, "D15600000000", &[(5, "A93FO3230Q")]),
                scheme(31, "D15600000001", &[(3, "12345678")]),
            ],
            category: 4111,
            currency: 156,
            amount: Some(Amount::parse("23.72").unwrap()),
            tip: Some(Tip::Ask),
            country: "CN".into(),
            name: "BEST TRANSPORT".into(),
            city: "BEIJING".into(),
            postal: None,
            additional: AdditionalData {
                store_label: Some("1234".into()),
                customer_label: Some("***".into()),
                terminal_label: Some("A6008667".into()),
                consumer_data_request: Some("ME".into()),
                ..AdditionalData::default()
            },
            local: Some(LocalText {
                language: "ZH".into(),
                name: "最佳运输".into(),
                city: Some("北京".into()),
                reserved: vec![],
            }),
            reserved: vec![],
            templates: vec![template(91, "A011223344998877", &[(7, "12345678")])],
        }
    );
    assert_eq!(code.amount.unwrap().to_minor(2), Ok(2372));
    assert_eq!(EnishiCode::find(&code), Ok(None));
    assert_eq!(JpqrId::find(&code), Ok(None));
}

#[test]
fn templates_under_uuids_are_read() {
    let code = decode(UUID_TEMPLATES).unwrap();
    let schemes: Vec<_> = code.templates.iter().map(|t| (t.tag, t.scheme.as_str())).collect();
    assert_eq!(
        schemes,
        [(80, "39401ff0c21a4543a8ed5fbaa30ab02e"), (81, "c2fbf6dd646f4f36b617f10747c0b961")]
    );
    // Its tags ascend, so that writing gives the very text.
    assert_eq!(encode(&code).unwrap(), UUID_TEMPLATES);
}

#[test]
fn a_jpqr_poster_is_read_and_recognised() {
    let code = decode(JPQR_SAMPLE).unwrap();
    assert_eq!(code.initiation, Some(Initiation::Static));
    assert_eq!((code.currency, code.country.as_str()), (392, "JP"));
    assert_eq!(code.postal.as_deref(), Some("1066143"));
    assert_eq!(code.local.as_ref().unwrap().name, "メルペイ カフェ");
    let id = JpqrId::find(&code).unwrap().unwrap();
    assert_eq!(id.levels(), &["0000000000001", "0001", "000001", "000001"]);
}

#[test]
fn a_published_code_with_a_wrong_check_value_is_refused() {
    let error = decode(JPQR_WITH_WRONG_CRC).unwrap_err();
    assert_eq!(error.code(), "wrong_crc");
    assert_eq!(
        error.to_string(),
        "the check value is 6D60 but the text gives 0F92: the code is damaged or altered; \
         scan it again or ask for a new one"
    );
    // With the value that the text gives, everything else is in order.
    let repaired = JPQR_WITH_WRONG_CRC.replace("6D60", "0F92");
    assert!(JpqrId::find(&decode(&repaired).unwrap()).unwrap().is_some());
}

#[test]
fn other_published_codes_are_read() {
    for (text, name) in [
        (
            "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441\
             115303156540523.725502015802CN5914BEST TRANSPORT6007BEIJING6233030412340603***0708A6\
             0086670902ME64200002ZH0104最佳运输0202北京6304CDE7",
            "BEST TRANSPORT",
        ),
        (
            "00020101021226150011com.paymaya5204490053036085405390.85802PH5907Meralco6005Pasig625\
             30110046649980150350020com.paymaya.billspay0107meralco80870015com.bayadcenter01050000\
             10205MECOA0316046649980181013604260466499801812101361210260363041DB5",
            "Meralco",
        ),
        (
            "00020101021227770014com.bnapi.ipay0104001402089996030003158999000000300160416000000\
             16433671005204411153036085802PH5911PAYMAYA INC6005Pasig63049B00",
            "PAYMAYA INC",
        ),
        (
            "000201021640001234567890125204525153038405802US5911ABC Hammers6008New York63047222",
            "ABC Hammers",
        ),
    ] {
        let code = decode(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(code.name, name);
        assert_eq!(decode(&encode(&code).unwrap()), Ok(code));
    }
}

#[test]
fn the_check_value_is_read_in_either_case() {
    let lower = EMVCO_SAMPLE.replace("A13A", "a13a");
    assert_eq!(decode(&lower), decode(EMVCO_SAMPLE));
}

#[test]
fn fields_are_listed_in_their_order_with_names_and_places() {
    let fields = fields(JPQR_SAMPLE).unwrap();
    let listed: Vec<_> = fields.iter().take(4).map(|f| (f.tag, f.name, f.value.as_str())).collect();
    assert_eq!(
        listed,
        [
            (0, "payload_format_indicator", "01"),
            (60, "merchant_city", "xxx"),
            (1, "point_of_initiation", "11"),
            (29, "merchant_account", "0012D156000000000510A93FO3230Q"),
        ]
    );
    assert_eq!(fields[3].fields[1].value, "A93FO3230Q");
    assert_eq!(fields[3].fields[1].place().to_string(), "tag 29-05 at character 40");
    let last = fields.last().unwrap();
    assert_eq!((last.tag, last.name, last.value.as_str()), (63, "crc", "DEE9"));
}

#[test]
fn the_code_of_a_poster_says_what_the_store_registered() {
    let code = soba().static_code("jp", STORE).unwrap();
    let text = encode(&code).unwrap();
    assert_eq!(
        text,
        "00020101021126470010enishi.pay0102jp022301h2xcejqtf2nbrexx3vqjh52045812530339258\
         02JP5920Sobadokoro Yamaboshi6005Tokyo6107104006162100706till 164180002JA0108そば処 \
         山ぼうし6304C152"
    );
    let read = decode(&text).unwrap();
    let ours = EnishiCode::find(&read).unwrap().unwrap();
    assert_eq!((ours.cell(), ours.store()), ("jp", STORE));
    assert_eq!((ours.payment(), ours.deadline()), (None, None));
    assert_eq!(read.amount, None);
    assert_eq!(soba().check(&read), Ok(()));
}

#[test]
fn the_code_of_a_till_says_payment_amount_and_deadline() {
    let code = soba().dynamic_code("jp", STORE, lunch()).unwrap();
    let text = encode(&code).unwrap();
    assert_eq!(
        text,
        "00020101021226910010enishi.pay0102jp022301h2xcejqtf2nbrexx3vqjh032601h2xcejqtf2n\
         brexx3vqjhp4104101790000000520458125303392540432005802JP5920Sobadokoro Yamaboshi\
         6005Tokyo6107104006162100706till 164180002JA0108そば処 山ぼうし63045324"
    );
    let read = decode(&text).unwrap();
    let ours = EnishiCode::find(&read).unwrap().unwrap();
    assert_eq!((ours.payment(), ours.deadline()), (Some(PAYMENT), Some(1_790_000_000)));
    assert_eq!(read.amount.unwrap().to_minor(0), Ok(3200));
}

#[test]
fn yuan_are_written_with_their_two_decimals() {
    let teahouse = Signboard {
        currency: 156,
        exponent: 2,
        country: "CN".into(),
        local: Some(local("ZH", "山茶馆")),
        ..soba()
    };
    let payment = Dynamic { amount_minor: 1850, ..lunch() };
    let text = encode(&teahouse.dynamic_code("cn", STORE, payment).unwrap()).unwrap();
    assert!(text.contains("5303156540518.50"), "{text}");
}

#[test]
fn jpqr_stands_beside_ours_and_takes_its_tag() {
    let jpqr = JpqrId::try_new(["0000000000001", "0001", "000001", "000001"]).unwrap();
    let mut board = Signboard { jpqr: Some(jpqr.clone()), ..soba() };
    board.local.as_mut().unwrap().city = Some("東京".into());
    let code = board.dynamic_code("jp", STORE, lunch()).unwrap();
    let text = encode(&code).unwrap();
    assert!(text.contains("26680019jp.or.paymentsjapan0113"), "{text}");
    let read = decode(&text).unwrap();
    let tags: Vec<_> = read.accounts.iter().map(tag).collect();
    assert_eq!(tags, [26, 27]);
    assert_eq!(JpqrId::find(&read), Ok(Some(jpqr)));
    assert_eq!(EnishiCode::find(&read).unwrap().unwrap().payment(), Some(PAYMENT));
    assert_eq!(read.local.unwrap().city, None, "JPQR allows no city in Japanese");
}

#[test]
fn a_place_stands_in_ours_and_its_words_where_all_look() {
    let at = AtPlace { number: 12, label: "7", amount_minor: Some(500), reference: Some("2F") };
    let code = soba().place_code("jp", "store1", at).unwrap();
    let text = encode(&code).unwrap();
    assert!(text.contains("0502125204"), "05 says the place: {text}");
    assert!(text.contains("5403500"), "{text}");
    assert!(text.contains("621105022F07017"), "{text}");
    let read = decode(&text).unwrap();
    assert_eq!(EnishiCode::find(&read).unwrap().unwrap().place(), Some(12));
    assert_eq!(read.additional.terminal_label.as_deref(), Some("7"));
    assert_eq!(read.additional.reference_label.as_deref(), Some("2F"));
    soba().check(&read).unwrap();
    for (field, what) in [("050203", "03"), ("05010", "0"), ("05", "")] {
        let torn = template(26, "enishi.pay", &[(1, "jp"), (2, "store1"), (5, what)]);
        let torn = MerchantCode { accounts: vec![Account::Scheme(torn)], ..read.clone() };
        let error = EnishiCode::find(&torn).unwrap_err();
        assert_eq!(error.code(), "bad_enishi_template", "{field}");
    }
    // A till's own code names its payment, and no place besides.
    let entries = [(1, "jp"), (2, "store1"), (3, "01h2xcejqtf2nbrexx3vqjhp41"), (4, "9"), (5, "1")];
    let both = Account::Scheme(template(26, "enishi.pay", &entries));
    let both = MerchantCode { accounts: vec![both], ..read };
    assert_eq!(EnishiCode::find(&both).unwrap_err().code(), "bad_enishi_template");
}

#[test]
fn the_longest_ids_fill_a_template_to_the_last_character() {
    let store = "s".repeat(27);
    let code = soba().dynamic_code("abcdef", &store, lunch()).unwrap();
    assert!(encode(&code).unwrap().contains("26990010enishi.pay"));
    let error = soba().dynamic_code("abcdefg", &store, lunch()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tag 26 (enishi.pay): the template has 100 characters, 99 are allowed; \
         have the code made anew"
    );
}

#[test]
fn a_poster_with_another_shops_name_is_known() {
    let code = soba().static_code("jp", STORE).unwrap();
    let swapped = Signboard { name: "Ramen Taro".into(), ..soba() };
    let error = swapped.check(&code).unwrap_err();
    assert_eq!(error.code(), "claim_differs");
    assert_eq!(
        error.to_string(),
        "the code says merchant_name \"Sobadokoro Yamaboshi\" but the shop is registered with \
         \"Ramen Taro\"; do not pay, tell the shop"
    );
    for other in [
        Signboard { local: Some(local("JA", "ラーメン太郎")), ..soba() },
        Signboard { local: None, ..soba() },
        Signboard { category: 5411, ..soba() },
        Signboard { currency: 156, ..soba() },
        Signboard { country: "CN".into(), ..soba() },
    ] {
        assert_eq!(other.check(&code).unwrap_err().code(), "claim_differs");
    }
    // Where it hangs is no claim on the payer's money.
    assert_eq!(Signboard { city: "Kyoto".into(), ..soba() }.check(&code), Ok(()));
}

#[test]
fn long_names_are_cut_between_characters_and_still_match() {
    let board = Signboard {
        name: "The Very Long Named House of Noodles".into(),
        local: Some(local("JA", "とても長い名前の手打ちそばとうどんの専門店 山ぼうし 本店")),
        ..soba()
    };
    let code = decode(&encode(&board.static_code("jp", STORE).unwrap()).unwrap()).unwrap();
    assert_eq!(code.name, "The Very Long Named House");
    assert_eq!(code.local.as_ref().unwrap().name.chars().count(), 25);
    assert_eq!(board.check(&code), Ok(()));
}

#[test]
fn shortening_never_splits_what_reads_as_one_character() {
    for (text, characters, expected) in [
        ("そば処", 25, "そば処"),
        ("そば処", 2, "そば"),
        ("soba ya", 5, "soba"),
        ("cafe\u{301}s", 4, "caf"),
        ("cafe\u{301}s", 5, "cafe\u{301}"),
        ("は\u{3099}ら", 1, ""),
        ("a\u{1F1EF}\u{1F1F5}\u{1F1E8}\u{1F1F3}", 2, "a"),
        ("a\u{1F1EF}\u{1F1F5}\u{1F1E8}\u{1F1F3}", 3, "a\u{1F1EF}\u{1F1F5}"),
        ("a\u{1F1EF}\u{1F1F5}\u{1F1E8}\u{1F1F3}", 4, "a\u{1F1EF}\u{1F1F5}"),
        ("x\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", 4, "x"),
        (
            "x\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            6,
            "x\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        ),
        ("x\u{1F44D}\u{1F3FD}", 2, "x"),
    ] {
        assert_eq!(shorten(text, characters), expected, "{text} to {characters}");
    }
}

const STORE: &str = "01h2xcejqtf2nbrexx3vqjh";
const PAYMENT: &str = "01h2xcejqtf2nbrexx3vqjhp41";

fn lunch() -> Dynamic<'static> {
    Dynamic { payment: PAYMENT, deadline: 1_790_000_000, amount_minor: 3200 }
}

fn soba() -> Signboard {
    Signboard {
        category: 5812,
        currency: 392,
        exponent: 0,
        country: "JP".into(),
        name: "Sobadokoro Yamaboshi".into(),
        city: "Tokyo".into(),
        postal: Some("104-0061".into()),
        local: Some(local("JA", "そば処 山ぼうし")),
        terminal: Some("till 1".into()),
        jpqr: None,
        others: Vec::new(),
    }
}

fn local(language: &str, name: &str) -> LocalText {
    LocalText { language: language.into(), name: name.into(), city: None, reserved: vec![] }
}

fn scheme(tag: u8, scheme: &str, entries: &[(u8, &str)]) -> Account {
    Account::Scheme(template(tag, scheme, entries))
}

fn template(tag: u8, scheme: &str, entries: &[(u8, &str)]) -> Template {
    let entry = |&(tag, value): &(u8, &str)| Entry { tag, value: value.into() };
    Template { tag, scheme: scheme.into(), entries: entries.iter().map(entry).collect() }
}

fn tag(account: &Account) -> u8 {
    match account {
        Account::Number(entry) => entry.tag,
        Account::Scheme(template) => template.tag,
    }
}
