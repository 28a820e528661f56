//! The paths for merchants abroad: yen, the rate, institutions.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{Counterpart, Credentials, Payer, RefundStatus, TradeState};

use crate::caller::{Caller, NOWHERE};

const NATIVE: &str = "/v3/global/transactions/native";
const MICROPAY: &str = "/v3/global/micropay/transactions/pay";
const REFUNDS: &str = "/v3/global/refunds";

fn shop(of: fn(&Counterpart) -> Credentials) -> (Counterpart, Caller) {
    let platform = Counterpart::start().unwrap();
    platform.notify_by_hand(true);
    let caller = Caller::new(&platform, of(&platform));
    (platform, caller)
}

/// Who asks, as it stands in bodies and queries.
fn who(caller: &Caller) -> Value {
    let Credentials { mchid, appid, sub_mchids, .. } = &caller.credentials;
    match sub_mchids.first() {
        None => json!({ "mchid": mchid, "appid": appid }),
        Some(sub) => json!({ "sp_mchid": mchid, "sp_appid": appid, "sub_mchid": sub }),
    }
}

fn with(caller: &Caller, more: Value) -> Value {
    let (mut body, Value::Object(more)) = (who(caller), more) else { panic!("an object") };
    body.as_object_mut().unwrap().extend(more);
    body
}

fn order(caller: &Caller, number: &str, total: i64) -> Value {
    with(
        caller,
        json!({
            "description": "山星そば",
            "out_trade_no": number,
            "notify_url": NOWHERE,
            "trade_type": "NATIVE",
            "merchant_category_code": "5812",
            "amount": { "total": total, "currency": "JPY" },
        }),
    )
}

fn query(caller: &Caller, path: &str) -> Value {
    let of = who(caller);
    let pairs = of.as_object().unwrap().iter().filter(|(key, _)| !key.ends_with("appid"));
    let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap()));
    let reply = caller.get(&format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")));
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

#[test]
fn a_price_in_yen_is_paid_in_yuan_at_the_rate_of_the_day() {
    for of in [Counterpart::japan as fn(&Counterpart) -> Credentials, Counterpart::institution] {
        let (platform, caller) = shop(of);
        platform.set_rate("JPY", 4_873_213);
        let reply = caller.post(NATIVE, &order(&caller, "y1", 1_234)).json();
        platform.set_rate("JPY", 9_999_999);
        let path = "/v3/global/transactions/out-trade-no/y1";
        assert_eq!(query(&caller, path)["trade_state"], "NOTPAY");
        platform.pay(reply["code_url"].as_str().unwrap()).unwrap();
        let seen = query(&caller, path);
        // 1,234 yen × 0.04873213 = 60.1354… yuan.
        assert_eq!(
            seen["amount"],
            json!({
                "total": 1_234, "currency": "JPY", "payer_total": 6_014, "payer_currency": "CNY",
                "exchange_rate": { "type": "SETTLEMENT_RATE", "rate": 4_873_213 },
            })
        );
        assert_eq!(seen["transaction_id"], Value::Null, "abroad it is called id");
        let id = seen["id"].as_str().unwrap();
        assert_eq!(query(&caller, &format!("/v3/global/transactions/id/{id}")), seen);
        let is_institution = !caller.credentials.sub_mchids.is_empty();
        assert_eq!(seen["mchid"].is_null(), is_institution);
        assert_eq!(seen["sub_mchid"].is_null(), !is_institution);
    }
}

#[test]
fn a_payers_code_pays_and_is_taken_back() {
    let (platform, caller) = shop(Counterpart::japan);
    let charge = |number: &str, code: &str| {
        caller.post(
            MICROPAY,
            &with(
                &caller,
                json!({
                    "description": "山星そば",
                    "out_trade_no": number,
                    "trade_type": "MICROPAY",
                    "merchant_category_code": "5812",
                    "payer": { "auth_code": code },
                    "amount": { "total": 980, "currency": "JPY" },
                }),
            ),
        )
    };
    let reply = charge("m1", &platform.show_code(Payer::PaysAtOnce));
    assert_eq!((reply.status, &reply.json()["trade_state"]), (200, &json!("SUCCESS")));
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    let reverse = |path: String| caller.post(&path, &who(&caller));
    let back = reverse(format!("/v3/global/micropay/transactions/id/{id}/reverse"));
    assert_eq!((back.status, back.body.len()), (204, 0));
    assert_eq!(platform.truth("1900000381", "m1").unwrap().state, TradeState::Revoked);
    assert_eq!(charge("m2", &platform.show_code(Payer::NeedsPassword)).status, 202);
    platform.advance(Duration::from_secs(20));
    let back = reverse("/v3/global/micropay/transactions/out-trade-no/m2/reverse".to_owned());
    assert_eq!(back.status, 204);
}

#[test]
fn an_order_is_closed_by_either_number() {
    let (platform, caller) = shop(Counterpart::japan);
    caller.post(NATIVE, &order(&caller, "c1", 100));
    let path = "/v3/global/transactions/out-trade-no/c1/close";
    assert_eq!(caller.post(path, &who(&caller)).status, 204);
    assert_eq!(platform.truth("1900000381", "c1").unwrap().state, TradeState::Closed);
}

#[test]
fn the_fields_of_abroad_are_asked_for() {
    let (_platform, caller) = shop(Counterpart::institution);
    for (field, value) in [
        ("merchant_category_code", Value::Null),
        ("trade_type", json!("JSAPI")),
        ("sub_mchid", Value::Null),
        ("amount", json!({ "total": 100, "currency": "XYZ" })),
    ] {
        let mut body = order(&caller, "f1", 100);
        body[field] = value;
        assert_eq!(caller.post(NATIVE, &body).said(), (400, "PARAM_ERROR".to_owned()), "{field}");
    }
    let mut body = order(&caller, "f1", 100);
    body["sub_mchid"] = json!("20000999");
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "MCH_NOT_EXISTS".to_owned()));
    body["sub_mchid"] = json!("20000101");
    assert_eq!(caller.post(NATIVE, &body).status, 200);
    // The same number at the other shop of the institution is another order.
    body["sub_mchid"] = json!("20000100");
    assert_eq!(caller.post(NATIVE, &body).status, 200);
}

#[test]
fn the_parts_of_a_refund_give_the_payer_all_that_was_paid() {
    let (platform, caller) = shop(Counterpart::japan);
    platform.refunds_a_minute_apart(false);
    let reply = caller.post(NATIVE, &order(&caller, "r1", 100)).json();
    platform.pay(reply["code_url"].as_str().unwrap()).unwrap();
    let payer_total =
        query(&caller, "/v3/global/transactions/out-trade-no/r1")["amount"]["payer_total"]
            .as_i64()
            .unwrap();
    assert_eq!(payer_total, 490);
    let refund = |number: &str, sum: i64| {
        caller.post(
            REFUNDS,
            &with(
                &caller,
                json!({
                    "out_trade_no": "r1",
                    "out_refund_no": number,
                    "amount": { "refund": sum, "total": 100, "currency": "JPY" },
                }),
            ),
        )
    };
    let mut given = 0;
    for (number, sum) in [("p1", 33), ("p2", 33), ("p3", 34)] {
        let reply = refund(number, sum);
        assert_eq!(reply.status, 200, "{}", reply.json());
        assert_eq!(reply.json()["amount"]["exchange_rate"]["rate"], 4_900_000);
        given += reply.json()["amount"]["payer_refund"].as_i64().unwrap();
    }
    assert_eq!(given, payer_total);
    platform.end_refund("1900000381", "p1", RefundStatus::Success);
    let one = query(&caller, "/v3/global/refunds/out-refund-no/p1");
    assert_eq!(one["status"], "SUCCESS");
    let id = one["id"].as_str().unwrap();
    assert_eq!(query(&caller, &format!("/v3/global/refunds/id/{id}")), one);
    let mchid = &caller.credentials.mchid;
    let list = caller.get(&format!("{REFUNDS}?out_trade_no=r1&mchid={mchid}&offset=1&count=5"));
    let list = list.json();
    assert_eq!((&list["total_num"], &list["current_total_num"]), (&json!(3), &json!(2)));
    assert_eq!(list["data"][0]["out_refund_no"], "p2");
}
