//! Everything that is refused, each with its name, its place, and a sentence.

use pay::emvco::{
    Account, AdditionalData, Amount, AmountError, EnishiCode, Entry, Initiation, JpqrId,
    MerchantCode, Template, crc16, decode, encode, fields,
};

/// A good code without its beginning and its check value; every row changes one thing of it.
const ACCOUNT: &str = "26220010enishi.pay0104test";
const REST: &str = "52045812530339254043200\
5802JP5904Soba6005Tokyo61071040061";

#[test]
fn the_code_that_the_rows_change_is_good() {
    assert!(decode(&seal(&format!("000201010211{ACCOUNT}{REST}"))).is_ok());
}

#[test]
fn bad_texts_are_refused_by_name() {
    let base = format!("000201010211{ACCOUNT}{REST}");
    let with = |more: &str| seal(&format!("{base}{more}"));
    let instead = |old: &str, new: &str| {
        assert!(base.contains(old), "{old} stands in the base");
        seal(&base.replacen(old, new, 1))
    };
    let without = |field: &str| instead(field, "");
    let long = "x".repeat(99);
    let overlong = (65..=69).map(|tag| format!("{tag}99{long}")).collect::<String>();
    let rows: &[(&str, String, &str)] = &[
        ("empty", String::new(), "not_a_payment_code"),
        ("an address", "https://example.com/pay?to=1".into(), "not_a_payment_code"),
        ("one letter", "x".into(), "not_a_payment_code"),
        ("a byte order mark", format!("\u{FEFF}{}", seal(&base)), "not_a_payment_code"),
        ("a short number", "0123456789".into(), "not_a_payment_code"),
        ("15 digits", "1".repeat(15), "not_a_payment_code"),
        ("25 digits", "1".repeat(25), "not_a_payment_code"),
        ("hQV and no Base64", "hQV is how it begins".into(), "not_a_payment_code"),
        ("WeChat Pay", "134567890123456789".into(), "customer_presented_not_supported"),
        ("Alipay", "28763443825664394".into(), "customer_presented_not_supported"),
        ("UnionPay", "6212345678901234567".into(), "customer_presented_not_supported"),
        ("another wallet", "9".repeat(20), "customer_presented_not_supported"),
        (
            "EMVCo of a customer",
            "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=".into(),
            "customer_presented_not_supported",
        ),
        (
            "JPQR of a customer",
            "hQVKUFFSMWEUTwgxMjM0NTY3OFcIODc2NTQzMjE=".into(),
            "customer_presented_not_supported",
        ),
        ("wrong check value", format!("{base}63040000"), "wrong_crc"),
        ("check value no hex", format!("{base}6304+12G"), "wrong_crc"),
        ("a character changed", seal(&base).replace("Soba", "Sobe"), "wrong_crc"),
        ("short check value", format!("{base}6303123"), "bad_length"),
        ("no check value", base.clone(), "missing_field"),
        ("text behind", format!("{}x", seal(&base)), "data_after_crc"),
        ("a line end behind", format!("{}\n", seal(&base)), "data_after_crc"),
        ("a field behind", format!("{}6001x", seal(&base)), "data_after_crc"),
        (
            "00 not first",
            seal(&base["000201".len()..].replacen("52", "00020152", 1)),
            "format_indicator_not_first",
        ),
        ("00 missing", seal(&base["000201".len()..]), "format_indicator_not_first"),
        ("version 02", instead("000201", "000202"), "unsupported_version"),
        ("over 512 characters", with(&overlong), "too_long"),
        ("duplicate tag", with("6001x"), "duplicate_tag"),
        ("duplicate in a template", with("62100101a0101b"), "duplicate_tag"),
        ("letters for a tag", with("xx02ab"), "bad_tag"),
        ("full-width digits for a tag", with("６５02ab"), "bad_tag"),
        ("letters for a length", with("65a2ab"), "bad_length"),
        ("sign for a length", with("65+2ab"), "bad_length"),
        ("length 00", with("6500"), "bad_length"),
        ("length past the end", seal(&format!("{base}6599")), "bad_length"),
        ("a field in a template past its end", with("62040125"), "bad_length"),
        ("a loose digit in a template", with("62060101a7"), "bad_tag"),
        ("name too long", instead("5904Soba", "5926abcdefghijklmnopqrstuvwxyz"), "bad_length"),
        ("currency of two digits", instead("5303392", "530239"), "bad_length"),
        ("currency of letters", instead("5303392", "5303JPY"), "bad_value"),
        ("full-width currency", instead("5303392", "5303３９２"), "bad_value"),
        ("category of letters", instead("52045812", "5204soba"), "bad_value"),
        ("country in small letters", instead("5802JP", "5802jp"), "bad_value"),
        ("initiation 13", instead("010211", "010213"), "bad_value"),
        ("no category", without("52045812"), "missing_field"),
        ("no currency", without("5303392"), "missing_field"),
        ("no country", without("5802JP"), "missing_field"),
        ("no name", without("5904Soba"), "missing_field"),
        ("no city", without("6005Tokyo"), "missing_field"),
        ("no account", without(ACCOUNT), "missing_field"),
        ("account without a scheme", instead(ACCOUNT, "26080104test"), "missing_field"),
        ("language without a name", with("64060002JA"), "missing_field"),
        ("unreserved template without a scheme", with("80080104test"), "missing_field"),
        ("additional template without a scheme", with("621250080104test"), "missing_field"),
        ("language of digits", with("64110002120101x"), "bad_value"),
        ("decimals in yen", instead("54043200", "54073200.00"), "amount_has_decimals"),
        ("decimals in a yen tip", with("550202560412.5"), "amount_has_decimals"),
        ("amount zero", instead("54043200", "54010"), "amount_is_zero"),
        ("amount zero with decimals", instead("54043200", "54040.00"), "amount_is_zero"),
        ("amount with a comma", instead("54043200", "54053,200"), "bad_amount"),
        ("amount with a space", instead("54043200", "54053 200"), "bad_amount"),
        ("amount with two points", instead("54043200", "54073.200.0"), "bad_amount"),
        ("amount without a whole part", instead("54043200", "5403.50"), "bad_amount"),
        ("a point alone", instead("54043200", "5401."), "bad_amount"),
        ("negative amount", instead("54043200", "5405-3200"), "bad_amount"),
        ("amount with a sign", instead("54043200", "5405+3200"), "bad_amount"),
        ("amount with an exponent", instead("54043200", "54033e3"), "bad_amount"),
        ("full-width amount", instead("54043200", "5404３２００"), "bad_amount"),
        ("amount of 14 digits", instead("54043200", "541412345678901234"), "bad_length"),
        ("tip 04", with("550204"), "bad_tip"),
        ("tip 02 without 56", with("550202"), "bad_tip"),
        ("tip 03 without 57", with("550203"), "bad_tip"),
        ("56 without tip", with("5603100"), "bad_tip"),
        ("57 without tip", with("570205"), "bad_tip"),
        ("tip 02 with 57", with("55020256031005702 5"), "bad_tip"),
        ("tip 03 with 56", with("5502035702055603100"), "bad_tip"),
        ("tip of 0 percent", with("550203570500.00"), "bad_tip"),
        ("tip of 100 percent", with("5502035703100"), "bad_tip"),
        ("tip of three decimals", with("55020357051.234"), "bad_tip"),
        ("tip of zero", with("55020256010"), "amount_is_zero"),
        ("request for X", with("62050901X"), "bad_value"),
        ("request for M twice", with("62060902MM"), "bad_value"),
        ("channel of two characters", with("62061102ab"), "bad_length"),
        ("control character", instead("5904Soba", "5904So\u{7}a"), "control_character"),
        ("turned text", instead("5904Soba", "5904So\u{202E}a"), "control_character"),
        ("control character inside", with("62080104a\u{8}bc"), "control_character"),
    ];
    let mut wrong = Vec::new();
    for (what, text, expected) in rows {
        match decode(text) {
            Err(error) if error.code() == *expected => {}
            other => wrong.push(format!("{what}: {text:?} gave {other:?}, not {expected}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sentences_say_what_where_and_what_to_do() {
    for (text, sentence) in [
        (
            format!("000201010211{ACCOUNT}{}", REST.replace("5904", "5999")),
            "tag 59 at character 68: the length is 99 but only 24 characters follow; the code is \
             cut or altered, scan it again or have it made anew",
        ),
        (
            seal(&format!("000201010211{ACCOUNT}{REST}62100101a0101b")),
            "tag 62-01 at character 105: this tag stands here a second time; one of the two must \
             go",
        ),
        (
            seal(&format!("000201010211{ACCOUNT}{}", REST.replace("54043200", "54063200.0"))),
            "tag 54 at character 54: the amount has 1 decimals, its currency has 0; write it \
             without the excess decimals",
        ),
        (
            seal(&format!("000201010211{ACCOUNT}{REST}{}6500", local("そば処"))),
            "tag 65 at character 113: the length is 00, a field without a value must be left out; \
             the code is cut or altered, scan it again or have it made anew",
        ),
        (
            "134567890123456789".to_owned(),
            "this is a WeChat Pay payment code, which a customer shows to a till; scan the code \
             that the shop shows",
        ),
    ] {
        assert_eq!(decode(&text).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn a_code_cut_anywhere_is_refused() {
    let whole = seal(&format!("000201010211{ACCOUNT}{REST}{}", local("そば処 山ぼうし 銀座店")));
    assert!(decode(&whole).is_ok());
    for (cut, _) in whole.char_indices() {
        assert!(decode(&whole[..cut]).is_err(), "cut at byte {cut}");
        assert!(fields(&whole[..cut]).is_err(), "cut at byte {cut}");
    }
}

#[test]
fn any_one_character_changed_is_refused() {
    let whole = seal(&format!("000201010211{ACCOUNT}{REST}"));
    for at in 0..whole.len() {
        for other in ["0", "9", "a", "Z", "é", "店"] {
            let mut changed = whole.clone();
            changed.replace_range(at..=at, other);
            // The check value is hexadecimal in either case.
            let same = changed.eq_ignore_ascii_case(&whole) && at >= whole.len() - 4;
            assert!(same || changed == whole || decode(&changed).is_err(), "{changed}");
        }
    }
}

#[test]
fn a_sign_in_the_check_value_is_no_number() {
    let body =
        |price: u32| format!("000201010211{ACCOUNT}{}", REST.replace("3200", &price.to_string()));
    let small = |text: &String| text.as_bytes()[text.len() - 4] == b'0';
    let text = (1000..9999).map(|price| seal(&body(price))).find(small).unwrap();
    assert!(decode(&text).is_ok());
    let (head, digits) = text.split_at(text.len() - 3);
    let signed = format!("{}+{digits}", &head[..head.len() - 1]);
    assert_eq!(decode(&signed).unwrap_err().code(), "wrong_crc");
}

#[test]
fn lengths_count_characters_of_any_width() {
    let name = "そば処 𠮷野 👍";
    let with = |field: &str| seal(&format!("000201010211{ACCOUNT}{REST}{field}"));
    assert_eq!(name.chars().count(), 8);
    assert!(local(name).starts_with("64180002JA0108"));
    assert_eq!(decode(&with(&local(name))).unwrap().local.unwrap().name, name);
    let bytes = local(name).replacen("0108", &format!("01{}", name.len()), 1);
    assert_eq!(decode(&with(&bytes)).unwrap_err().code(), "bad_length");
}

#[test]
fn any_currency_is_well_formed_and_judged_where_one_pays() {
    let thai = seal(&format!("000201010211{ACCOUNT}{}", REST.replace("5303392", "5303764")));
    let code = decode(&thai).unwrap();
    let error = code.expect_currency(392).unwrap_err();
    assert_eq!(error.code(), "wrong_currency");
    assert_eq!(
        error.to_string(),
        "the code asks for currency 764, this shop takes 392; do not pay it"
    );
    assert_eq!(code.expect_currency(764), Ok(()));
}

#[test]
fn amounts_to_and_from_minor_units() {
    let minor = |text, exponent| Amount::parse(text).and_then(|amount| amount.to_minor(exponent));
    assert_eq!(minor("3200", 0), Ok(3200));
    assert_eq!(minor("3200.", 0), Ok(3200));
    assert_eq!(minor("003200", 0), Ok(3200));
    assert_eq!(minor("3200", 2), Ok(320_000));
    assert_eq!(minor("0.5", 2), Ok(50));
    assert_eq!(minor("23.72", 2), Ok(2372));
    assert_eq!(minor("9999999999999", 2), Ok(999_999_999_999_900));
    assert_eq!(minor("9999999999999", 30), Err(AmountError::TooLong));
    let decimals = |found, allowed| Err(AmountError::HasDecimals { found, allowed });
    assert_eq!(minor("23.72", 0), decimals(2, 0));
    assert_eq!(minor("23.00", 0), decimals(2, 0));
    assert_eq!(minor("23.720", 2), decimals(3, 2));
    assert_eq!(minor("12345678901234", 0), Err(AmountError::TooLong));
    assert_eq!(minor("", 0), Err(AmountError::NotDecimal));
    assert_eq!(minor("0.00", 2), Err(AmountError::IsZero));

    let text = |minor, exponent| Amount::from_minor(minor, exponent).map(|a| a.to_string());
    assert_eq!(text(3200, 0).as_deref(), Ok("3200"));
    assert_eq!(text(5, 2).as_deref(), Ok("0.05"));
    assert_eq!(text(2372, 2).as_deref(), Ok("23.72"));
    assert_eq!(text(9_999_999_999_999, 0).as_deref(), Ok("9999999999999"));
    assert_eq!(text(10_000_000_000_000, 0), Err(AmountError::TooLong));
    assert_eq!(text(999_999_999_999, 2).as_deref(), Ok("9999999999.99"));
    assert_eq!(text(1_000_000_000_000, 2), Err(AmountError::TooLong));
    assert_eq!(text(1, 255), Err(AmountError::TooLong));
    assert_eq!(text(0, 0), Err(AmountError::IsZero));
}

#[test]
fn our_template_is_refused_when_malformed_or_at_odds_with_the_code() {
    const PAYMENT: &str = "0326abcdefghijklmnopqrstuvwxyz";
    for (template, initiation, amount, sentence) in [
        ("0102jp0203sto", "11", "", None),
        ("0102jp0203sto", "11", "54043200", None),
        (&*format!("0102jp0203sto{PAYMENT}04101790000000"), "12", "54043200", None),
        ("0203sto", "11", "", Some("field 01 must name the cell")),
        ("0102JP0203sto", "11", "", Some("field 01 must name the cell")),
        ("0109abcdefghi0203sto", "11", "", Some("field 01 must name the cell")),
        ("0102jp", "11", "", Some("field 02 must be the store's id")),
        ("0102jp0204sto_", "11", "", Some("field 02 must be the store's id")),
        ("0102jp0203sto0302ab04011", "12", "54043200", Some("field 03 must be the payment's id")),
        (&format!("0102jp0203sto{PAYMENT}"), "12", "54043200", Some("stand together")),
        ("0102jp0203sto04011", "11", "", Some("stand together")),
        (&format!("0102jp0203sto{PAYMENT}0402+1"), "12", "54043200", Some("field 04 must be")),
        (&format!("0102jp0203sto{PAYMENT}040201"), "12", "54043200", Some("field 04 must be")),
        (&format!("0102jp0203sto{PAYMENT}04011"), "11", "54043200", Some("is dynamic")),
        ("0102jp0203sto", "12", "", Some("is dynamic")),
        (&format!("0102jp0203sto{PAYMENT}04011"), "12", "", Some("must tell its amount")),
    ] {
        let body = format!("0010enishi.pay{template}");
        let account = format!("26{:02}{body}", body.len());
        let rest = REST.replace("54043200", amount);
        let code = decode(&seal(&format!("0002010102{initiation}{account}{rest}"))).unwrap();
        match (EnishiCode::find(&code), sentence) {
            (Ok(Some(_)), None) => {}
            (Err(error), Some(part)) => {
                assert_eq!(error.code(), "bad_enishi_template");
                assert!(error.to_string().contains(part), "{template}: {error}");
            }
            (found, _) => panic!("{template}: {found:?}"),
        }
    }
    let twice = "26270010enishi.pay0102jp0203sto27270010enishi.pay0102jp0203sto";
    let code = decode(&seal(&format!("000201010211{twice}{REST}"))).unwrap();
    assert!(EnishiCode::find(&code).unwrap_err().to_string().contains("twice"));
}

#[test]
fn jpqr_holds_its_codes_to_more() {
    let account = "26680019jp.or.paymentsjapan0113000000000000102040001030600000104060000\
                   01"
    .to_owned();
    let japanese = local("x");
    let code = |account: &str, rest: &str, local: &str| {
        decode(&seal(&format!("000201010211{account}{rest}{local}"))).unwrap()
    };
    let judged = |code: MerchantCode| JpqrId::find(&code).map_err(|error| error.code());
    assert!(judged(code(&account, REST, &japanese)).unwrap().is_some());
    for (account, rest, local, expected) in [
        (account.replacen("26", "27", 1), REST.into(), &*japanese, "jpqr_wrong_tag"),
        (
            account.replacen("2668", "2667", 1).replacen("0406000001", "040500001", 1),
            REST.into(),
            &japanese,
            "jpqr_wrong_levels",
        ),
        (account.clone(), REST.replace("5802JP", "5802CN"), &japanese, "jpqr_not_in_japan"),
        (account.clone(), REST.replace("5303392", "5303156"), &japanese, "jpqr_not_in_yen"),
        (account.clone(), REST.replace("61071040061", ""), &japanese, "jpqr_no_postal_code"),
        (account.clone(), REST.into(), "", "jpqr_no_japanese_name"),
        (account.clone(), REST.into(), "64110002ZH0101x", "jpqr_no_japanese_name"),
        (account.clone(), REST.into(), "64160002JA0101x0201y", "jpqr_japanese_city"),
    ] {
        assert_eq!(judged(code(&account, &rest, local)), Err(expected));
    }
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let good = decode(&seal(&format!("000201010211{ACCOUNT}{REST}"))).unwrap();
    assert!(encode(&good).is_ok());
    let entry = |tag, value: &str| Entry { tag, value: value.into() };
    let text = |length| Some("x".repeat(length));
    let rows = [
        (MerchantCode { accounts: vec![], ..good.clone() }, "missing_field"),
        (MerchantCode { name: String::new(), ..good.clone() }, "bad_length"),
        (MerchantCode { name: "x".repeat(26), ..good.clone() }, "bad_length"),
        (MerchantCode { name: "a\nb".into(), ..good.clone() }, "control_character"),
        (MerchantCode { country: "jp".into(), ..good.clone() }, "bad_value"),
        (MerchantCode { currency: 1000, ..good.clone() }, "bad_length"),
        (MerchantCode { category: 10_000, ..good.clone() }, "bad_length"),
        (MerchantCode { amount: Amount::parse("1.5").ok(), ..good.clone() }, "amount_has_decimals"),
        (MerchantCode { reserved: vec![entry(60, "x")], ..good.clone() }, "tag_out_of_place"),
        (
            MerchantCode { accounts: vec![Account::Number(entry(26, "x"))], ..good.clone() },
            "tag_out_of_place",
        ),
        (
            MerchantCode {
                templates: vec![Template {
                    tag: 80,
                    scheme: "x".into(),
                    entries: vec![entry(1, "x"), entry(1, "y")],
                }],
                ..good.clone()
            },
            "duplicate_tag",
        ),
        (
            MerchantCode {
                additional: AdditionalData {
                    bill_number: text(25),
                    mobile_number: text(25),
                    store_label: text(25),
                    loyalty_number: text(25),
                    ..AdditionalData::default()
                },
                ..good.clone()
            },
            "template_too_long",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(encode(&code).unwrap_err().code(), expected, "{code:?}");
    }
    assert_eq!(good.initiation, Some(Initiation::Static));
}

/// Appends the right check value.
fn seal(body: &str) -> String {
    let text = format!("{body}6304");
    let crc = crc16(text.as_bytes());
    format!("{text}{crc:04X}")
}

/// The language template with a Japanese name.
fn local(name: &str) -> String {
    let body = format!("0002JA01{:02}{name}", name.chars().count());
    format!("64{:02}{body}", body.chars().count())
}
