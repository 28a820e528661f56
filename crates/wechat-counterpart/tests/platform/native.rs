//! Orders that the payer scans.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{PayerError, TradeState};

use crate::caller::{Caller, NATIVE, NOWHERE, now, order, paid, query_of, shop};

fn close(caller: &Caller, number: &str) -> (u16, String) {
    let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
    caller.post(&target, &json!({ "mchid": caller.credentials.mchid })).said()
}

fn code_url(reply: &Value) -> String {
    reply["code_url"].as_str().unwrap().to_owned()
}

#[test]
fn an_order_is_placed_paid_and_seen() {
    let (platform, caller) = shop();
    let mut body = order(&caller, "native-00|1*", 8_800, NOWHERE);
    body["attach"] = json!("席 3");
    let url = code_url(&caller.post(NATIVE, &body).json());
    assert!(url.starts_with("weixin://wxpay/bizpayurl?pr="), "{url}");
    let target = query_of(&caller, "native-00%7C1*");
    let seen = caller.get(&target).json();
    assert_eq!(seen["trade_state"], "NOTPAY");
    for absent in ["transaction_id", "success_time", "payer", "attach"] {
        assert_eq!(seen[absent], Value::Null, "{absent}");
    }
    platform.pay(&url).unwrap();
    let seen = caller.get(&target).json();
    let id = seen["transaction_id"].as_str().unwrap().to_owned();
    assert!(id.len() == 28 && id.starts_with("4200"), "{id}");
    assert_eq!(seen["trade_state"], "SUCCESS");
    assert_eq!(seen["trade_type"], "NATIVE");
    assert_eq!(seen["attach"], "席 3");
    assert!(seen["success_time"].as_str().unwrap().ends_with("+08:00"));
    let amount = json!({
        "total": 8_800, "payer_total": 8_800, "currency": "CNY", "payer_currency": "CNY"
    });
    assert_eq!(seen["amount"], amount);
    let by_id = format!("/v3/pay/transactions/id/{id}?mchid={}", caller.credentials.mchid);
    assert_eq!(caller.get(&by_id).json(), seen);
    let truth = platform.truth("1900000109", "native-00|1*").unwrap();
    assert_eq!((truth.state, truth.kept, truth.transaction_id), (TradeState::Success, 8_800, id));
}

#[test]
fn before_it_is_paid_the_platforms_number_finds_nothing() {
    let (platform, caller) = shop();
    caller.post(NATIVE, &order(&caller, "native-2", 1, NOWHERE));
    let id = platform.truth("1900000109", "native-2").unwrap().transaction_id;
    let by_id = format!("/v3/pay/transactions/id/{id}?mchid={}", caller.credentials.mchid);
    assert_eq!(caller.get(&by_id).said(), (404, "ORDER_NOT_EXIST".to_owned()));
    let without = "/v3/pay/transactions/out-trade-no/native-2";
    assert_eq!(caller.get(without).said(), (400, "PARAM_ERROR".to_owned()));
}

#[test]
fn a_number_means_one_order() {
    let (platform, caller) = shop();
    let body = order(&caller, "native-3", 500, NOWHERE);
    let first = code_url(&caller.post(NATIVE, &body).json());
    let again = code_url(&caller.post(NATIVE, &body).json());
    assert_ne!(first, again, "a fresh code of the same order");
    let other = order(&caller, "native-3", 501, NOWHERE);
    assert_eq!(caller.post(NATIVE, &other).said(), (403, "OUT_TRADE_NO_USED".to_owned()));
    platform.pay(&first).unwrap();
    assert_eq!(platform.pay(&again), Err(PayerError::NotPayable(TradeState::Success)));
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(platform.truth("1900000109", "native-3").unwrap().kept, 500);
}

#[test]
fn a_closed_order_is_not_paid_and_closing_may_be_repeated() {
    let (platform, caller) = shop();
    let body = order(&caller, "native-4", 500, NOWHERE);
    let url = code_url(&caller.post(NATIVE, &body).json());
    assert_eq!(close(&caller, "native-4").0, 204);
    assert_eq!(close(&caller, "native-4").0, 204);
    assert_eq!(platform.pay(&url), Err(PayerError::NotPayable(TradeState::Closed)));
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "ORDER_CLOSED".to_owned()));
    assert_eq!(close(&caller, "native-5"), (404, "ORDER_NOT_EXIST".to_owned()));
    paid(&platform, &caller, "native-6", 1, NOWHERE);
    assert_eq!(close(&caller, "native-6"), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(platform.truth("1900000109", "native-6").unwrap().state, TradeState::Success);
}

#[test]
fn codes_and_orders_grow_old() {
    let (platform, caller) = shop();
    let body = order(&caller, "native-7", 500, NOWHERE);
    let url = code_url(&caller.post(NATIVE, &body).json());
    platform.advance(Duration::from_secs(2 * 3600));
    assert_eq!(platform.pay(&url), Err(PayerError::TooOld));
    let fresh = code_url(&caller.post(NATIVE, &body).json());
    platform.pay(&fresh).unwrap();

    let mut body = order(&caller, "native-8", 500, NOWHERE);
    let soon = wall(now() + 2 * 3600 + 5);
    body["time_expire"] = json!(soon);
    let url = code_url(&caller.post(NATIVE, &body).json());
    platform.advance(Duration::from_secs(50));
    assert_eq!(platform.pay(&url), Ok(()), "a minute is the least, whatever is asked for");

    body["out_trade_no"] = json!("native-9");
    let url = code_url(&caller.post(NATIVE, &body).json());
    platform.advance(Duration::from_secs(61));
    assert_eq!(platform.pay(&url), Err(PayerError::TooOld));
    assert_eq!(platform.truth("1900000109", "native-9").unwrap().state, TradeState::NotPaid);
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(platform.pay("weixin://wxpay/bizpayurl?pr=x"), Err(PayerError::Unknown));
}

fn wall(at: u64) -> String {
    jiff::Timestamp::from_second(at.try_into().unwrap()).unwrap().to_string()
}

#[test]
fn a_wrong_field_is_named() {
    let (_platform, caller) = shop();
    let cases: [(&str, Value, &str); 11] = [
        ("/description", json!(""), "/description"),
        ("/description", json!("長".repeat(128)), "/description"),
        ("/out_trade_no", json!("short"), "/out_trade_no"),
        ("/out_trade_no", json!("with space"), "/out_trade_no"),
        ("/out_trade_no", json!("0".repeat(33)), "/out_trade_no"),
        ("/amount/total", json!(0), "/amount/total"),
        ("/amount/total", json!(1.5), "/amount/total"),
        ("/amount/total", json!("100"), "/amount/total"),
        ("/amount/currency", json!("JPY"), "/amount/currency"),
        ("/notify_url", json!("http://shop.example/notify"), "/notify_url"),
        ("/notify_url", json!("https://shop.example/notify?x=1"), "/notify_url"),
    ];
    for (pointer, value, field) in cases {
        let mut body = order(&caller, "native-10", 100, NOWHERE);
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let reply = caller.post(NATIVE, &body);
        assert_eq!(reply.said(), (400, "PARAM_ERROR".to_owned()), "{pointer} {value}");
        let detail = reply.json()["detail"].clone();
        assert_eq!((&detail["field"], &detail["location"]), (&json!(field), &json!("body")));
        assert_eq!(detail["value"], value);
    }
    let mut body = order(&caller, "native-10", 100, NOWHERE);
    body["description"] = json!("🍜");
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "PARAM_ERROR".to_owned()));
}
