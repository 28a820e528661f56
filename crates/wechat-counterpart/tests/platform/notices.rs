//! Notifications.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{Counterpart, Lie, RefundStatus, Spoilt, Trust};

use crate::caller::{
    Caller, NATIVE, REFUNDS, certificates, is_signed, now, open, order, paid, public_key,
};
use crate::receiver::{Came, Receiver};

const SOON: Duration = Duration::from_secs(10);

fn shop() -> (Counterpart, Caller) {
    let platform = Counterpart::start().unwrap();
    let caller = Caller::new(&platform, platform.mainland());
    (platform, caller)
}

fn signed(came: &Came, key: &[u8]) -> bool {
    is_signed(|name| came.header(name), &came.body, key)
}

fn body(came: &Came) -> Value {
    serde_json::from_slice(&came.body).unwrap()
}

fn resource(caller: &Caller, came: &Came) -> Option<Value> {
    let plain = open(&caller.credentials.api_v3_key, &body(came)["resource"])?;
    serde_json::from_slice(&plain).ok()
}

#[test]
fn a_payment_and_a_refund_are_told_signed_and_sealed() {
    let (platform, caller) = shop();
    let door = Receiver::start(&[]);
    paid(&platform, &caller, "notice-1", 700, &door.url);
    assert!(platform.settled(SOON));
    caller.post(
        REFUNDS,
        &json!({
            "out_trade_no": "notice-1",
            "out_refund_no": "n1",
            "notify_url": door.url,
            "amount": { "refund": 200, "total": 700, "currency": "CNY" },
        }),
    );
    assert_eq!(platform.notices().len(), 1, "a refund is told when it came to an end");
    platform.end_refund("1900000109", "n1", RefundStatus::Success);
    assert!(platform.settled(SOON));
    let came = door.came();
    let (serial, key) = certificates(&caller).remove(0);
    assert_eq!(came.len(), 2);
    assert!(came.iter().all(|one| signed(one, &key)));
    assert_eq!(came[0].header("wechatpay-serial"), Some(serial));
    let told = body(&came[0]);
    assert_eq!(told["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(told["resource_type"], "encrypt-resource");
    assert_eq!(told["resource"]["original_type"], "transaction");
    let seen = caller.get(&crate::caller::query_of(&caller, "notice-1")).json();
    let told = resource(&caller, &came[0]).unwrap();
    assert_eq!(told["transaction_id"], seen["transaction_id"]);
    assert_eq!((&told["trade_state"], &told["amount"]["total"]), (&json!("SUCCESS"), &json!(700)));
    assert_eq!(body(&came[1])["event_type"], "REFUND.SUCCESS");
    let told = resource(&caller, &came[1]).unwrap();
    assert_eq!((&told["refund_status"], &told["out_refund_no"]), (&json!("SUCCESS"), &json!("n1")));
    assert_eq!(told["amount"]["refund"], 200);
    assert!(platform.notices().iter().all(|notice| notice.tries == [Some(204)] && !notice.is_due));
}

#[test]
fn what_is_not_taken_comes_again_later() {
    let (platform, caller) = shop();
    let door = Receiver::start(&[500, 401, 302, 200]);
    paid(&platform, &caller, "notice-2", 1, &door.url);
    for (tries, wait) in [(1, 15), (2, 15), (3, 30)] {
        assert!(platform.settled(SOON));
        assert_eq!(door.came().len(), tries);
        assert!(platform.notices()[0].is_due);
        platform.advance(Duration::from_secs(wait));
    }
    assert!(platform.settled(SOON));
    let came = door.came();
    assert_eq!(came.len(), 4);
    let ids: Vec<Value> = came.iter().map(|one| body(one)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one event, one id: {ids:?}");
    assert_eq!(platform.notices()[0].tries, [Some(500), Some(401), Some(302), Some(200)]);
    assert!(!platform.notices()[0].is_due);
}

#[test]
fn where_nobody_answers_it_is_given_up_in_the_end() {
    let (platform, caller) = shop();
    paid(&platform, &caller, "notice-3", 1, crate::caller::NOWHERE);
    for _ in 0..20 {
        assert!(platform.settled(SOON));
        platform.advance(Duration::from_secs(6 * 3600));
    }
    assert!(platform.settled(SOON));
    let notice = platform.notices().remove(0);
    assert_eq!((notice.tries.len(), notice.is_due), (16, false));
}

#[test]
fn by_hand_they_come_twice_and_in_any_order() {
    let (platform, caller) = shop();
    platform.notify_by_hand(true);
    let door = Receiver::start(&[]);
    paid(&platform, &caller, "notice-4", 1, &door.url);
    paid(&platform, &caller, "notice-5", 2, &door.url);
    assert!(platform.settled(Duration::ZERO) && door.came().is_empty());
    let notices = platform.notices();
    for at in [1, 0, 1, 1] {
        assert_eq!(platform.deliver(&notices[at].id), Some(204));
    }
    let told = |one: &Came| resource(&caller, one).unwrap()["amount"]["total"].as_i64().unwrap();
    assert_eq!(door.came().iter().map(told).collect::<Vec<_>>(), [2, 1, 2, 2]);
    assert_eq!(platform.deliver("EV-0"), None);
}

#[test]
fn they_lie_in_every_way() {
    let (platform, caller) = shop();
    platform.notify_by_hand(true);
    let door = Receiver::start(&[]);
    paid(&platform, &caller, "notice-6", 700, &door.url);
    let id = platform.notices()[0].id.clone();
    let former = certificates(&caller).remove(0);
    platform.rotate_certificate();
    platform.withdraw_former_certificates();
    let (serial, key) = certificates(&caller).remove(0);
    platform.deliver(&id);
    let told = |lie: Lie| {
        platform.deliver_lying(&id, &lie);
        door.came().pop().unwrap()
    };
    let spoilt = |spoilt| told(Lie { spoilt: Some(spoilt), ..Lie::default() });

    let came = spoilt(Spoilt::WrongSignature);
    assert!(!signed(&came, &key) && came.header("wechatpay-serial") == Some(serial.clone()));
    let came = spoilt(Spoilt::Probe);
    let signature = came.header("wechatpay-signature").unwrap();
    assert!(!signed(&came, &key) && signature.starts_with("WECHATPAY/SIGNTEST/"));
    assert_eq!(signature.len(), 344);
    let came = spoilt(Spoilt::UnknownSerial);
    assert!(!signed(&came, &key) && came.header("wechatpay-serial") != Some(serial.clone()));
    let came = spoilt(Spoilt::RetiredKey);
    assert!(signed(&came, &former.1) && came.header("wechatpay-serial") == Some(former.0));
    let came = spoilt(Spoilt::Stale);
    let stamp: u64 = came.header("wechatpay-timestamp").unwrap().parse().unwrap();
    assert!(signed(&came, &key) && now() - stamp >= 600);
    let came = spoilt(Spoilt::ChangedBody);
    assert!(!signed(&came, &key) && resource(&caller, &came).is_some());
    assert_eq!(spoilt(Spoilt::Unsigned).header("wechatpay-signature"), None);
    let first = door.came()[0].clone();
    let again = spoilt(Spoilt::Replayed);
    assert_eq!((again.body, again.headers), (first.body, first.headers));

    let came = told(Lie { total: Some(1), ..Lie::default() });
    assert!(signed(&came, &key));
    assert_eq!(resource(&caller, &came).unwrap()["amount"]["total"], 1);
    let other = Lie { out_trade_no: Some("another".to_owned()), ..Lie::default() };
    assert_eq!(resource(&caller, &told(other)).unwrap()["out_trade_no"], "another");
    let came = told(Lie { sealed_by_another: true, ..Lie::default() });
    assert!(signed(&came, &key) && resource(&caller, &came).is_none());

    platform.deliver(&id);
    let came = door.came().pop().unwrap();
    assert_eq!(resource(&caller, &came).unwrap()["amount"]["total"], 700, "the lie is forgotten");
    assert_eq!(platform.notices()[0].tries.len(), 2, "lies are no tries");
}

#[test]
fn they_are_signed_by_the_public_key_where_the_merchant_knows_that() {
    let (platform, caller) = shop();
    platform.notify_by_hand(true);
    let door = Receiver::start(&[]);
    paid(&platform, &caller, "notice-7", 1, &door.url);
    let id = platform.notices()[0].id.clone();
    let known = platform.platform_key();
    let (_, certified) = certificates(&caller).remove(0);
    let by = |expected: &[u8]| {
        platform.deliver(&id);
        signed(&door.came().pop().unwrap(), expected)
    };
    assert!(by(&certified));
    platform.trust("1900000109", Trust::Switching);
    assert!(by(&certified));
    platform.notify_by_public_key("1900000109", true);
    assert!(by(&public_key(&known.public_key_pem)));
    platform.trust("1900000109", Trust::PublicKey);
    assert!(by(&public_key(&known.public_key_pem)));
}

#[test]
fn abroad_the_rate_is_told() {
    let platform = Counterpart::start().unwrap();
    let caller = Caller::new(&platform, platform.japan());
    let door = Receiver::start(&[]);
    let mut body = order(&caller, "notice-8", 1_000, &door.url);
    body["trade_type"] = json!("NATIVE");
    body["merchant_category_code"] = json!("5812");
    body["amount"]["currency"] = json!("JPY");
    let target = NATIVE.replace("/pay/", "/global/");
    platform.pay(caller.post(&target, &body).json()["code_url"].as_str().unwrap()).unwrap();
    assert!(platform.settled(SOON));
    let told = resource(&caller, &door.came()[0]).unwrap();
    assert_eq!(told["amount"]["payer_total"], 4_900);
    assert_eq!(told["amount"]["exchange_rate"]["rate"], 4_900_000);
}
