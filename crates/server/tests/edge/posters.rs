//! What hangs in a store: ids of other networks, tables with codes of their own, what is printed, and
//! what the shop sees of who paid where.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::Role;
use pay::emvco::{self, EnishiCode, JpqrId};
use serde_json::{Value, json};

use crate::app::App;
use crate::desk::{Pages, code, field};
use crate::sign_up::{page, pages};

fn jpqr() -> Value {
    json!({"kind": "jpqr", "levels": ["0000000000001", "0001", "000001", "000001"]})
}

fn networks() -> Value {
    json!([
        jpqr(),
        {"kind": "number", "tag": 15, "value": "1234567812345678", "name": "UnionPay"},
        {"kind": "template", "scheme": "com.alipay", "fields": {"01": "2088"}, "name": "Alipay+"},
    ])
}

/// The text in the picture of a printed code, as a camera finds it.
fn scanned(text: &str) -> String {
    let picture = qr::png(text, 6).unwrap();
    assert_eq!(qr::decode(&picture).unwrap(), [text]);
    text.to_owned()
}

async fn set(app: &App, what: &str, body: &Value) -> Value {
    let path = format!("/v1/stores/{}/{what}", app.store);
    app.post(&app.shop.key, &path, body).await.expect(200)
}

async fn code_at(app: &App, place: u64) -> String {
    let path = format!("/v1/stores/{}/code?place={place}", app.store);
    let told = app.get(&app.shop.key, &path).await.expect(200);
    scanned(told["code"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_carries_every_network_that_the_store_is_in() {
    let app = App::start().await;
    let body = json!({"networks": networks(), "postal_code": "506-0001", "source": "contract 17"});
    let told = set(&app, "acceptance", &body).await;
    let names: Vec<&str> =
        told["wallets"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Enishi", "cn", "JPQR", "UnionPay", "Alipay+"]);
    assert_eq!(told["wallets"][1]["currency"], "CNY");
    assert_eq!(told["acceptance"]["networks"], networks());
    let path = format!("/v1/stores/{}/code", app.store);
    let told = app.get(&app.shop.key, &path).await.expect(200);
    let text = scanned(told["code"].as_str().unwrap());
    let code = emvco::decode(&text).unwrap();
    assert!(JpqrId::find(&code).unwrap().is_some(), "JPQR's own rules hold: {text}");
    assert_eq!(code.postal.as_deref(), Some("5060001"));
    let ours: Vec<u8> = code.accounts_of("enishi.pay").map(|it| it.tag).collect();
    assert_eq!(ours, [27]);
    // Our own wallets read it as before.
    let look = json!({"code": text});
    let looked = app.post(&app.li_wei.key, "/v1/codes/look", &look).await.expect(200);
    assert_eq!(looked["payee"]["id"], app.store.to_string());

    let bad = |networks: Value| json!({"networks": networks, "source": "x"});
    let path = format!("/v1/stores/{}/acceptance", app.store);
    let told = app.post(&app.shop.key, &path, &bad(json!([jpqr()]))).await;
    assert_eq!(told.problem(), (422, "acceptance_unfit".into()));
    let twice =
        json!([jpqr(), {"kind": "template", "scheme": "a", "fields": {"1": "x"}, "name": "A"}]);
    assert_eq!(app.post(&app.shop.key, &path, &bad(twice)).await.problem().1, "field_invalid");
    let unknown = bad(json!([{"kind": "paper", "name": "A"}]));
    assert_eq!(app.post(&app.shop.key, &path, &unknown).await.problem().1, "field_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_paid_by_its_code_and_stands_in_the_lists() {
    let app = App::start().await;
    let set_too = json!([{"label": "入口", "reference": "大人",
        "amount": {"amount": 500, "currency": "JPY"}}]);
    let told = set(&app, "places", &json!({"range": "1-3", "set": set_too})).await;
    let labels: Vec<&str> =
        told["places"].as_array().unwrap().iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["入口", "1", "2", "3"]);
    let entrance = code_at(&app, 1).await;
    let look = json!({"code": entrance});
    let looked = app.post(&app.li_wei.key, "/v1/codes/look", &look).await.expect(200);
    assert_eq!((&looked["place"], &looked["reference"]), (&json!("入口"), &json!("大人")));
    assert_eq!(looked["amount"]["amount"], 500, "the amount is known before it is paid");
    let quote = |code: &str, amount: Option<u64>| {
        let mut body = json!({"wallet": app.wallet.to_string(), "code": code});
        if let Some(amount) = amount {
            body["amount"] = json!({"amount": amount, "currency": "JPY"});
        }
        body
    };
    let li = &app.li_wei.key;
    let other = app.post(li, "/v1/quotes", &quote(&entrance, Some(499))).await;
    assert_eq!(other.problem(), (422, "amount_differs".into()));
    let quoted = app.post(li, "/v1/quotes", &quote(&entrance, None)).await.expect(201);
    let paid = app.confirm(&quoted).await;
    assert_eq!(paid["status"], "captured", "{paid}");

    let two = code_at(&app, 3).await;
    let ours = EnishiCode::find(&emvco::decode(&two).unwrap()).unwrap().unwrap();
    assert_eq!(ours.place(), Some(3));
    let quoted = app.post(li, "/v1/quotes", &quote(&two, Some(1_200))).await.expect(201);
    app.confirm(&quoted).await;
    // A sticker over the shop's own words is not believed.
    let altered = |change: fn(&mut emvco::MerchantCode)| {
        let mut code = emvco::decode(&entrance).unwrap();
        change(&mut code);
        json!({"code": emvco::encode(&code).unwrap()})
    };
    for (code, told) in [
        (altered(|code| code.amount = emvco::Amount::from_minor(50, 0).ok()), "amount_differs"),
        (altered(|code| code.amount = None), "amount_differs"),
        (altered(|code| code.additional.terminal_label = Some("1".into())), "payee_differs"),
        (altered(|code| code.additional.reference_label = None), "payee_differs"),
    ] {
        let refused = app.post(li, "/v1/codes/look", &code).await.problem();
        assert_eq!(refused, (422, told.into()));
    }
    // What is withdrawn is refused by name, before and after the yes.
    let quoted = app.post(li, "/v1/quotes", &quote(&entrance, None)).await.expect(201);
    set(&app, "places", &json!({"end": ["入口"]})).await;
    let late = app.confirm(&quoted).await;
    assert_eq!(
        (&late["status"], &late["declined"]),
        (&json!("declined"), &json!("place_withdrawn"))
    );
    assert_eq!(
        app.post(li, "/v1/codes/look", &look).await.problem(),
        (409, "place_withdrawn".into())
    );
}

async fn poster(app: &App, router: &Router, query: &str) -> String {
    let (status, text) = page(app, router, &format!("/poster/{}{query}", app.store)).await;
    assert_eq!(status, 200, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posters_are_printed_for_the_store_and_for_its_tables() {
    let app = App::start().await;
    let router = pages(&app);
    let own = poster(&app, &router, "").await;
    for text in
        ["扫码付款", "読み取ってお支払い", "Scan to pay", "<li>Enishi</li>", "yuan and yen wallets"]
    {
        assert!(own.contains(text), "no {text} on the poster: {own}");
    }
    assert!(!own.contains("JPQR"), "what is not set up is not named");
    assert!(!own.contains("place=all"), "a store without places offers none");
    let body = json!({"networks": networks(), "postal_code": "506-0001", "source": "contract 17"});
    set(&app, "acceptance", &body).await;
    let fixed = json!([{"label": "入口", "amount": {"amount": 500, "currency": "JPY"}}]);
    set(&app, "places", &json!({"range": "1-50", "set": fixed})).await;
    let sheet = poster(&app, &router, "?place=all&format=sheet").await;
    assert_eq!(sheet.matches("<article").count(), 48);
    assert_eq!(sheet.matches("leaf-sheet").count(), 12, "four to a sheet");
    assert!(sheet.contains("from=48") && sheet.contains("class=\"crop\""));
    assert!(sheet.contains("<li>JPQR</li>") && sheet.contains("<li>Alipay+</li>"));
    let rest = poster(&app, &router, "?place=all&format=sheet&from=48").await;
    assert_eq!(rest.matches("<article").count(), 3);
    let tent = poster(&app, &router, "?place=2&format=tent").await;
    assert_eq!(tent.matches("<article").count(), 2, "a tent has two faces");
    let entrance = poster(&app, &router, "?place=1&format=a4").await;
    for text in ["入口", "500 JPY", "500円", "500 日元", "check the shop’s name and the amount"]
    {
        assert!(entrance.contains(text), "no {text}: {entrance}");
    }
    let (status, picture) =
        page(&app, &router, &format!("/poster/{}.svg?place=1", app.store)).await;
    assert_eq!(status, 200);
    assert!(picture.starts_with("<svg xmlns") && picture.contains("入口 · 500 JPY"), "{picture}");
    let (status, gone) = page(&app, &router, &format!("/poster/{}?place=99", app.store)).await;
    assert_eq!(status, 409);
    assert!(gone.contains("place_withdrawn"), "{gone}");
}

fn form(fields: &[(&str, &str)], file: Option<&[u8]>) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.bytes());
    }
    if let Some(file) = file {
        let head =
            "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n";
        body.extend(head.bytes());
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--X--\r\n");
    ("multipart/form-data; boundary=X".to_owned(), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_makes_its_tables_on_its_own_page() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let token = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let base = format!("/t/{token}");
    let path = format!("{base}/posters?lang=en");
    let empty = pages.page(&path).await;
    assert!(empty.contains("No places yet") && empty.contains("<b>Enishi</b>"), "{empty}");
    let send = async |fields: &[(&str, &str)], file: Option<&[u8]>| {
        let page = pages.page(&path).await;
        let key = field(&page, "key");
        let mut all = vec![("key", key.as_str())];
        all.extend(fields);
        let (kind, body) = form(&all, file);
        let request = Request::post(&path).header("content-type", kind);
        let request = request.header("sec-fetch-site", "same-origin");
        let told = pages.send(request.body(Body::from(body)).unwrap()).await;
        (told.status.as_u16(), String::from_utf8(told.bytes).unwrap())
    };
    assert_eq!(send(&[("range", "1–3"), ("rows", "入口,500,大人")], None).await.0, 303);
    let made = pages.page(&path).await;
    for text in ["Table 1", "Table 3", "入口, 大人", "500 JPY", "The customer types the amount"]
    {
        assert!(made.contains(text), "no {text}: {made}");
    }
    assert_eq!(
        send(&[], Some("\u{feff}label,amount,reference\r\nA-1,,\r\n".as_bytes())).await.0,
        303
    );
    assert_eq!(send(&[("end", "2")], None).await.0, 303);
    let made = pages.page(&path).await;
    assert!(made.contains("A-1") && !made.contains("Table 2<"), "{made}");
    for (fields, file, told) in [
        (vec![("range", "9-1")], None, "range_unfit"),
        (vec![("rows", "8\n9,x")], None, "Line 2:"),
        (vec![], Some(&[0xff, 0xfe][..]), "file_not_utf8"),
        (vec![], None, "nothing_typed"),
        (vec![("rows", "8\n8")], None, "place_twice"),
        (vec![("end", "99")], None, "place_not_found"),
    ] {
        let (status, page) = send(&fields, file).await;
        assert_eq!(status, 422, "{told}");
        assert!(page.contains(told), "no {told}: {page}");
    }
    // The day's list says where a payment was made.
    let entrance = code_at(app, 4).await;
    let body = json!({"wallet": app.wallet.to_string(), "code": entrance});
    let quoted = app.post(&app.li_wei.key, "/v1/quotes", &body).await.expect(201);
    app.confirm(&quoted).await;
    pages.until(&format!("{base}/today?lang=en"), "入口, 大人 · from a yuan wallet").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_enters_ids_of_other_networks_by_date() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let token = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let path = format!("/t/{token}/posters?lang=en");
    let send = async |changed: &[(&str, &str)]| {
        let key = field(&pages.page(&path).await, "key");
        let known = [
            ("key", key.as_str()),
            ("jpqr0", "0000000000001"),
            ("jpqr1", "0001"),
            ("jpqr2", "000001"),
            ("jpqr3", "000001"),
            ("postal", "506-0001"),
            ("others", "15, 1234567890123456, UnionPay"),
            ("source", "contract 7"),
            ("from", ""),
        ];
        let of = |(name, value): (&str, &str)| {
            let typed = changed.iter().find(|(field, _)| *field == name);
            let value = typed.map_or(value, |(_, typed)| typed);
            format!("{name}={}", value.replace(' ', "+").replace('\n', "%0A"))
        };
        let body = known.into_iter().map(of).collect::<Vec<_>>().join("&");
        let request = Request::post(format!("/t/{token}/posters/ids?lang=en"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let told = pages.send(request.body(Body::from(body)).unwrap()).await;
        (told.status.as_u16(), String::from_utf8(told.bytes).unwrap())
    };
    for (changed, told) in [
        (&[("jpqr1", "1")][..], "jpqr_unfit"),
        (&[("others", "15, 1, UnionPay\nnonsense")], "Line 2:"),
        (&[("others", "1, 1, UnionPay")], "acceptance_unfit"),
        (&[("source", "")], "partner_source_unfit"),
        (&[("from", "soon")], "day_unfit"),
        (&[("from", "2001-01-01")], "out_of_range"),
    ] {
        let (status, page) = send(changed).await;
        assert_eq!(status, 422, "{told}");
        assert!(
            page.contains(told) && page.contains("contract") | (told == "partner_source_unfit")
        );
    }
    let (status, page) = send(&[]).await;
    assert_eq!(status, 303, "{page}");
    let now = pages.page(&path).await;
    for words in ["<b>JPQR</b>", "<b>UnionPay</b>", "0000000000001 0001", "From contract 7"] {
        assert!(now.contains(words), "{words}: {now}");
    }
    // What comes later is told beside what holds, with what the poster says then.
    let later = [("from", "2099-04-01"), ("others", ""), ("source", "contract 8")];
    assert_eq!(send(&later).await.0, 303);
    let both = pages.page(&path).await;
    for words in
        ["Others hold from", "From contract 8", "From contract 7", "What the poster shows then"]
    {
        assert!(both.contains(words), "{words}: {both}");
    }
    assert_eq!(both.matches("<b>UnionPay</b>").count(), 1, "now, and not then: {both}");
    assert_eq!(both.matches("<b>JPQR</b>").count(), 2, "{both}");
}
