//! Bad input, row by row: each gets one stable code and a sentence, and changes nothing.

use crate::app::App;
use axum::body::Body;
use axum::http::{Method, Request};
use kernel::Ref;
use kernel::id::Store;
use pay::emvco::{self, Amount};
use serde_json::{Value, json};

/// A code with something about it changed, its check value made anew.
fn altered(code: &str, change: impl FnOnce(&mut emvco::MerchantCode)) -> String {
    let mut read = emvco::decode(code).unwrap();
    change(&mut read);
    emvco::encode(&read).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_must_not_be_paid_are_refused_by_name() {
    let app = App::start().await;
    let requested = app.request(3_200).await;
    let code = requested["code"].as_str().unwrap().to_owned();
    let path = |store| format!("/v1/stores/{store}/code");
    let shop = app.get(&app.shop.key, &path(app.store)).await.expect(200);
    let poster = shop["code"].as_str().unwrap().to_owned();
    let sealed = |text: &str| {
        let text = format!("{}6304", &text[..text.len() - 8]);
        format!("{text}{:04X}", emvco::crc16(text.as_bytes()))
    };
    let duplicate = sealed(&format!("{}6001x{}", &poster[..poster.len() - 8], "63040000"));
    let decimals = sealed(&code.replacen("54043200", "54073200.00", 1));
    let unknown_store = poster.replacen(&app.store.bare(), &Ref::<Store>::new(2, 99, 1).bare(), 1);
    let rows: Vec<(&str, String, (u16, &str))> = vec![
        ("nothing", String::new(), (422, "not_a_payment_code")),
        ("an address", "https://example.com".into(), (422, "not_a_payment_code")),
        ("WeChat Pay", "134567890123456789".into(), (422, "customer_presented_not_supported")),
        ("a character changed", code.replacen("Soba", "Sobe", 1), (422, "wrong_crc")),
        ("cut off", code[..60].into(), (422, "bad_length")),
        ("a tag twice", duplicate, (422, "duplicate_tag")),
        ("overlong", format!("{code}{}", "x".repeat(600)), (422, "too_long")),
        ("decimals in yen", decimals, (422, "amount_has_decimals")),
        ("asks for dollars", altered(&poster, |code| code.currency = 840), (422, "wrong_currency")),
        (
            "shop A's poster with shop B's name",
            altered(&poster, |code| {
                code.name = "Midori Tea House".into();
                code.local = None;
            }),
            (422, "payee_differs"),
        ),
        (
            "another name in Japanese",
            altered(&poster, |code| code.local.as_mut().unwrap().name = "茶房 みどり".into()),
            (422, "payee_differs"),
        ),
        ("another trade", altered(&poster, |code| code.category = 7995), (422, "payee_differs")),
        (
            "another amount than is due",
            altered(&code, |code| code.amount = Some(Amount::from_minor(320, 0).unwrap())),
            (422, "amount_differs"),
        ),
        ("a store that is not there", sealed(&unknown_store), (404, "store_not_found")),
        (
            "a cell that is not there",
            sealed(&poster.replacen("0102jp", "0102us", 1)),
            (404, "link_not_found"),
        ),
        (
            "another scheme",
            altered(&poster, |code| {
                let emvco::Account::Scheme(template) = &mut code.accounts[0] else { panic!() };
                template.scheme = "jp.or.paymentsjapan".into();
            }),
            (422, "not_enishi_code"),
        ),
        (
            "another shop's store under this payment",
            sealed(&code.replacen(&app.store.bare(), &app.other_store.bare(), 1)),
            (422, "store_differs"),
        ),
    ];
    for (what, code, (status, word)) in rows {
        for (path, body) in [
            ("/v1/codes/look", json!({"code": code})),
            ("/v1/quotes", json!({"wallet": app.wallet.to_string(), "code": code})),
        ] {
            let refused = app.post(&app.li_wei.key, path, &body).await;
            assert_eq!(refused.problem(), (status, word.to_owned()), "{what} at {path}");
        }
    }
    let good = app.post(&app.li_wei.key, "/v1/codes/look", &json!({"code": code})).await;
    good.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_not_what_is_asked_for_are_refused() {
    let app = App::start().await;
    let store = app.store.to_string();
    let pay = |amount: &str| format!(r#"{{"store":"{store}","amount":{amount}}}"#).into_bytes();
    let yen = |n: &str| pay(&format!(r#"{{"amount":{n},"currency":"JPY"}}"#));
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    let json_type = "application/json";
    let unknown =
        format!(r#"{{"store":"{store}","amount":{{"amount":1,"currency":"JPY"}},"tip":1}}"#);
    type Row<'a> = (&'a str, &'a str, Vec<u8>, (u16, &'a str));
    let rows: Vec<Row> = vec![
        ("nothing", json_type, b"".to_vec(), (422, "field_invalid")),
        ("not JSON", json_type, b"{".to_vec(), (400, "body_malformed")),
        ("not UTF-8", json_type, b"{\"store\":\"\xff\"}".to_vec(), (400, "body_not_utf8")),
        ("deep", json_type, deep, (400, "body_too_deep")),
        ("huge", json_type, vec![b' '; (1 << 20) + 1], (413, "body_too_large")),
        (
            "a form",
            "application/x-www-form-urlencoded",
            b"a=1".to_vec(),
            (415, "media_type_not_supported"),
        ),
        ("negative", json_type, yen("-1"), (422, "field_invalid")),
        ("a fraction", json_type, yen("1.5"), (422, "field_invalid")),
        ("a text", json_type, yen("\"1\""), (422, "field_invalid")),
        ("above 64 bits", json_type, yen("18446744073709551616"), (422, "field_invalid")),
        ("nothing to pay", json_type, yen("0"), (422, "amount_must_not_be_zero")),
        ("above what is booked", json_type, yen("9007199254740993"), (422, "amount_too_large")),
        ("no currency", json_type, pay(r#"{"amount":1}"#), (422, "field_invalid")),
        (
            "an unknown currency",
            json_type,
            pay(r#"{"amount":1,"currency":"XXX"}"#),
            (422, "field_invalid"),
        ),
        (
            "another currency",
            json_type,
            pay(r#"{"amount":1,"currency":"CNY"}"#),
            (422, "currency_differs"),
        ),
        ("an unknown field", json_type, unknown.into_bytes(), (422, "field_invalid")),
        (
            "an id of another kind",
            json_type,
            br#"{"store":"wal_0","amount":{"amount":1,"currency":"JPY"}}"#.to_vec(),
            (422, "field_invalid"),
        ),
    ];
    for (what, kind, body, (status, word)) in rows {
        let once = app.new_key();
        let refused = app.post_bytes(&app.shop.key, "/v1/payments", kind, body, &once).await;
        assert_eq!(refused.problem(), (status, word.to_owned()), "{what}");
    }
    let unknown = app.post_once(&app.shop.key, "/v1/merchants", &json!({"nam": "x"}), "u").await;
    let unknown = unknown.json();
    assert_eq!(unknown["errors"][0]["pointer"], "/nam");
    assert!(unknown["detail"].as_str().unwrap().contains("unknown field `nam`"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_miss_are_refused_with_what_to_do() {
    let app = App::start().await;
    let bearer = format!("Bearer {}", app.shop.key);
    let post = |path: &str| Request::post(path).header("content-type", "application/json");
    let without = post("/v1/payments").header("authorization", &bearer);
    let refused = app.send(without.body(Body::from("{}")).unwrap()).await;
    assert_eq!(refused.problem(), (400, "idempotency_key_missing".into()));
    let long = app.post_once(&app.shop.key, "/v1/payments", &json!({}), &"x".repeat(256)).await;
    assert_eq!(long.problem(), (400, "idempotency_key_invalid".into()));
    for (key, word) in [
        ("", "key_invalid"),
        ("ek_jp_x_y", "key_invalid"),
        (&app.shop.key.replacen("ek_jp", "ek_us", 1), "key_invalid"),
        (&app.shop.key.replacen("ek_jp", "ek_cn", 1), "key_invalid"),
    ] {
        let refused = app.get(key, "/v1/me").await;
        assert_eq!(refused.problem(), (401, word.to_owned()), "{key}");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    let refused = app.send(Request::get("/v1/me").body(Body::empty()).unwrap()).await;
    assert_eq!(refused.problem(), (401, "key_missing".into()));

    let shop = &app.shop.key;
    for (method, path, expected) in [
        (Method::GET, "/v1/nothing", (404, "path_not_found")),
        (Method::GET, "/", (404, "path_not_found")),
        (Method::DELETE, "/v1/payments", (405, "method_not_allowed")),
        (Method::GET, "/v1/payments/x", (400, "id_malformed")),
        (Method::GET, "/v1/payments/wal_00000000000000000000000000", (400, "id_malformed")),
        (Method::GET, "/v1/payments/%FF", (400, "id_malformed")),
        (Method::GET, "/v1/payments/pay_00000000000000000000000000", (404, "payment_not_found")),
    ] {
        let refused = app.method(shop, method.clone(), path).await;
        assert_eq!(refused.problem(), (expected.0, expected.1.to_owned()), "{method} {path}");
    }
    // A person who mistypes an address gets a page with a way back.
    let asked = Request::get("/no-such-page?lang=ja").header("accept", "text/html,*/*;q=0.8");
    let page = app.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (404, Some("text/html; charset=utf-8"))
    );
    let words = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(words.contains("アドレスを確かめるか") && words.contains("href=\"/"), "{words}");
    let payments = format!("/v1/merchants/{}/payments", app.merchant);
    for (query, word) in [
        ("limit=0", "query_invalid"),
        ("limit=201", "query_invalid"),
        ("limit=x", "query_invalid"),
        ("page=2", "query_invalid"),
        ("cursor=abc", "cursor_invalid"),
    ] {
        let refused = app.get(shop, &format!("{payments}?{query}")).await;
        assert_eq!(refused.problem(), (400, word.to_owned()), "{query}");
    }
    let refused = app.get(shop, &payments).await;
    assert_eq!(refused.problem(), (503, "lists_not_available".into()));
    assert_eq!(refused.header("retry-after"), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_that_is_not_there_is_not_moved() {
    let app = App::start().await;
    let paid = app.paid(2_000).await;
    let path = format!("/v1/payments/{}/refunds", paid["id"].as_str().unwrap());
    let part = |amount: u64| json!({"amount": {"amount": amount, "currency": "JPY"}});
    let refused = app.post(&app.shop.key, &path, &part(2_001)).await;
    assert_eq!(refused.problem(), (422, "refund_exceeds_rest".into()));
    assert!(refused.header("enishi-position").unwrap().starts_with("jp:"));
    app.post(&app.shop.key, &path, &part(1_999)).await.expect(201);
    let refused = app.post(&app.shop.key, &path, &part(2)).await;
    assert_eq!(refused.problem(), (422, "refund_exceeds_rest".into()));

    let dear = app.request(900_000).await;
    let quote = app.quote(&dear["code"]).await;
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = app.post(&app.li_wei.key, &confirm, &json!({})).await;
    assert_eq!(refused.problem(), (422, "insufficient_funds".into()));
    let dearest = app.request(90_000_000).await;
    let quote = app.quote(&dearest["code"]).await;
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = app.post(&app.li_wei.key, &confirm, &json!({})).await;
    assert_eq!(refused.problem(), (503, "corridor_capacity_exhausted".into()));
    assert_eq!(refused.header("retry-after"), Some("30"));

    let cancelled = app.request(100).await;
    let path = format!("/v1/payments/{}/cancel", cancelled["id"].as_str().unwrap());
    let told = app.post(&app.shop.key, &path, &json!({})).await.expect(200);
    assert_eq!(told["status"], "cancelled");
    let offer: Value = json!({"wallet": app.wallet.to_string(), "code": cancelled["code"]});
    let refused = app.post(&app.li_wei.key, "/v1/quotes", &offer).await;
    assert_eq!(refused.problem(), (409, "payment_not_open".into()));

    let body = json!({"store": app.store.to_string(), "amount": {"amount": 50, "currency": "JPY"}, "valid_for_s": 1});
    let brief = app.post(&app.shop.key, "/v1/payments", &body).await.expect(201);
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    let offer = json!({"wallet": app.wallet.to_string(), "code": brief["code"]});
    let refused = app.post(&app.li_wei.key, "/v1/quotes", &offer).await;
    assert_eq!(refused.problem().0, 409);
}
