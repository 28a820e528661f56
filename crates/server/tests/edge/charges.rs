//! Codes that customers show, over the API: a phone is enrolled, a till charges, a payer is asked.

use std::time::Duration;

use cell::{Codes, PhoneKeys};
use pay::codes::{PayCode, step_of};
use serde_json::{Value, json};

use crate::app::App;

/// What the phone of the first enrolment in a cell shows now.
pub fn shown(phone: &Value, counter: u8) -> String {
    let keys = PhoneKeys::new(&[7; 32]);
    let number = |name: &str| u32::try_from(phone[name].as_u64().unwrap()).unwrap();
    let key: String = keys.key(number("handle"), 1).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(phone["key"], key, "the phone has the key of its enrolment");
    let step = step_of(server::cells::now());
    let code = keys.code(number("handle"), 1, step, counter);
    PayCode { prefix: number("prefix") as u16, code }.groups()
}

/// A payment above the bound, which Li Wei is asked about.
pub async fn asked(app: &App) -> String {
    let phone = enrolled(app).await;
    let charge = charged(app, 9_000, &shown(&phone, 0)).await;
    assert_eq!(became(app, &charge).await, "charge_asked");
    charge["payment"]["id"].as_str().unwrap().to_owned()
}

async fn enrolled(app: &App) -> Value {
    let path = format!("/v1/wallets/{}/phone", app.wallet);
    app.post(&app.li_wei.key, &path, &json!({})).await.expect(201)
}

async fn charged(app: &App, amount: u64, code: &str) -> Value {
    let body = json!({"store": app.store.to_string(), "customer_code": code,
        "amount": {"amount": amount, "currency": "JPY"}});
    app.post(&app.shop.key, "/v1/charges", &body).await.expect(201)
}

/// What becomes of a payment's code, once something has.
async fn became(app: &App, charge: &Value) -> String {
    let path = format!("/v1/payments/{}/charge", charge["payment"]["id"].as_str().unwrap());
    for _ in 0..500 {
        let now = app.get(&app.shop.key, &path).await.expect(200);
        if now["code"] != "waiting" {
            return now["code"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_charges_what_a_phone_shows_and_once() {
    let app = App::start().await;
    let phone = enrolled(&app).await;
    let code = shown(&phone, 0);
    let charge = charged(&app, 3_200, &code).await;
    assert_eq!(charge["code"], "waiting");
    assert_eq!(became(&app, &charge).await, "accepted");
    let again = charged(&app, 500, &code).await;
    assert_eq!(became(&app, &again).await, "code_not_valid");
    // Another code for the same payment.
    let path = format!("/v1/payments/{}/charge", again["payment"]["id"].as_str().unwrap());
    let other = json!({"customer_code": shown(&phone, 1)});
    app.post(&app.shop.key, &path, &other).await.expect(201);
    assert_eq!(became(&app, &again).await, "accepted");
    // An ended phone's codes are codes of nobody.
    let path = format!("/v1/wallets/{}/phone/end", app.wallet);
    app.post(&app.li_wei.key, &path, &json!({})).await.expect(201);
    let late = charged(&app, 600, &code).await;
    assert_eq!(became(&app, &late).await, "code_not_valid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_bound_the_payer_confirms_the_price() {
    let app = App::start().await;
    let phone = enrolled(&app).await;
    let charge = charged(&app, 9_000, &shown(&phone, 0)).await;
    assert_eq!(became(&app, &charge).await, "charge_asked");
    let path = format!("/v1/wallets/{}/asks", app.wallet);
    let asks = app.get(&app.li_wei.key, &path).await.expect(200);
    let ask = &asks["asks"][0];
    assert_eq!(ask["payment"], charge["payment"]["id"]);
    assert_eq!(ask["amount"], json!({"amount": 9000, "currency": "JPY"}));
    assert_eq!(ask["total"], json!({"amount": 38267, "currency": "CNY"}));
    let path = format!("/v1/quotes/{}/confirm", ask["quote"].as_str().unwrap());
    let paid = app.post(&app.li_wei.key, &path, &json!({})).await.expect(200);
    assert_eq!(paid["status"], "captured");
    assert_eq!(became(&app, &charge).await, "accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_is_told_what_it_scanned() {
    let app = App::start().await;
    let refused = async |code: &str| {
        let body = json!({"store": app.store.to_string(), "customer_code": code,
            "amount": {"amount": 500, "currency": "JPY"}});
        app.post(&app.shop.key, "/v1/charges", &body).await.problem()
    };
    assert_eq!(refused("134567890123456789").await, (422, "wallet_not_connected".into()));
    assert_eq!(refused("hello").await, (422, "code_unknown".into()));
    assert_eq!(refused("4710 4815 1625 1346 6834").await, (422, "code_misread".into()));
    assert_eq!(refused(&"1".repeat(700)).await, (422, "field_invalid".into()));
}

/// The payer says no on the phone, and the till hears it at once; a no is no yes later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payer_says_no_and_the_till_hears_it() {
    let app = App::start().await;
    let payment = asked(&app).await;
    let asks = format!("/v1/wallets/{}/asks", app.wallet);
    let ask = app.get(&app.li_wei.key, &asks).await.expect(200)["asks"][0].clone();
    let refuse = format!("{asks}/refuse");
    let body = json!({ "payment": payment });
    let of_others = format!("/v1/wallets/{}/asks/refuse", app.wallet);
    let strange = app.post(&app.other_traveller.key, &of_others, &body).await;
    assert_eq!(strange.problem(), (404, "wallet_not_found".into()));
    app.post(&app.li_wei.key, &refuse, &body).await.expect(200);
    let charge = json!({"payment": {"id": payment}});
    for _ in 0..500 {
        if became(&app, &charge).await == "charge_not_confirmed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(became(&app, &charge).await, "charge_not_confirmed");
    let again = app.post(&app.li_wei.key, &refuse, &body).await;
    assert_eq!(again.problem(), (409, "charge_not_asked".into()));
    let yes = format!("/v1/quotes/{}/confirm", ask["quote"].as_str().unwrap());
    let late = app.post(&app.li_wei.key, &yes, &json!({})).await;
    assert_eq!(late.problem(), (404, "quote_not_found".into()));
}

/// The bound is dated, and says who set it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bound_of_codes_is_changed_by_two_people() {
    let app = App::start().await;
    let operator = &app.bank_cn.key;
    let before = app.get(operator, "/v1/code-terms").await.expect(200);
    let first = &before["terms"][0];
    assert_eq!(first["confirm_above"][0], json!({"amount": 20_000, "currency": "CNY"}));
    assert!(first.get("by").is_none(), "the cell began with them: {first}");
    let body =
        json!({"confirm_above": [{"amount": 50_000, "currency": "CNY"}], "source": "minute 7"});
    app.change(&app.cn, operator, "/v1/code-terms", &body).await;
    let after = app.get(operator, "/v1/code-terms").await.expect(200);
    let last = after["terms"].as_array().unwrap().last().unwrap();
    assert_eq!(last["confirm_above"], json!([{"amount": 50_000, "currency": "CNY"}]));
    assert_eq!((&last["ask_s"], &last["source"]), (&first["ask_s"], &json!("minute 7")));
    assert_eq!(last["issuers"], first["issuers"], "whose codes are whose stays");
    assert!(last["by"]["person"] != last["approved_by"]["person"], "{last}");
    // What asked the payer before is paid without a further word now.
    let phone = enrolled(&app).await;
    let charge = charged(&app, 9_000, &shown(&phone, 0)).await;
    assert_eq!(became(&app, &charge).await, "accepted");
}
