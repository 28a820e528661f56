//! Trouble on the way.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use wechat_counterpart::{Counterpart, Fault, Operation, Spoilt};

use crate::caller::{Caller, NATIVE, NOWHERE, Reply, certificates, now, order, query_of, shop};

fn place(caller: &Caller, number: &str) -> Option<Reply> {
    let body = order(caller, number, 100, NOWHERE).to_string();
    caller.send(&caller.letter("POST", NATIVE, &body))
}

fn is_placed(platform: &Counterpart, number: &str) -> bool {
    platform.truth("1900000109", number).is_some()
}

#[test]
fn an_answer_that_does_not_come_leaves_open_whether_it_was_done() {
    let (platform, mut caller) = shop();
    caller.patience = Duration::from_millis(300);
    for (number, fault, done) in [
        ("fault-01", Fault::SilentBefore, false),
        ("fault-02", Fault::SilentAfter, true),
        ("fault-03", Fault::CutBefore, false),
        ("fault-04", Fault::CutAfter, true),
        ("fault-05", Fault::CutInAnswer, true),
    ] {
        platform.fault(Operation::PlaceNative, fault.clone());
        assert!(place(&caller, number).is_none(), "{fault:?}");
        assert_eq!(is_placed(&platform, number), done, "{fault:?}");
        assert_eq!(place(&caller, number).unwrap().status, 200, "after {fault:?}");
    }
    assert_eq!(platform.times_asked(Operation::PlaceNative), 10);
    assert_eq!(platform.no_more_faults(), 0);
}

#[test]
fn it_may_be_done_after_everybody_gave_up() {
    let (platform, mut caller) = shop();
    caller.patience = Duration::from_millis(100);
    let later = Fault::EffectLater(Duration::from_millis(400));
    platform.fault(Operation::PlaceNative, later);
    assert!(place(&caller, "fault-06").is_none());
    caller.patience = Duration::from_secs(5);
    let missing = caller.get(&query_of(&caller, "fault-06"));
    assert_eq!(missing.said(), (404, "ORDER_NOT_EXIST".to_owned()));
    let until = Instant::now() + Duration::from_secs(10);
    while !is_placed(&platform, "fault-06") && Instant::now() < until {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(caller.get(&query_of(&caller, "fault-06")).json()["trade_state"], "NOTPAY");
}

#[test]
fn a_refusal_may_be_a_lie() {
    let (platform, caller) = shop();
    let (_, key) = certificates(&caller).remove(0);
    for (number, fault, said, done, signed) in [
        ("fault-07", Fault::Refused(500, "SYSTEM_ERROR"), (500, "SYSTEM_ERROR"), false, false),
        (
            "fault-08",
            Fault::DoneButRefused(500, "SYSTEM_ERROR"),
            (500, "SYSTEM_ERROR"),
            true,
            false,
        ),
        (
            "fault-09",
            Fault::Refused(429, "FREQUENCY_LIMITED"),
            (429, "FREQUENCY_LIMITED"),
            false,
            true,
        ),
        (
            "fault-10",
            Fault::Refused(429, "RATELIMIT_EXCEEDED"),
            (429, "RATELIMIT_EXCEEDED"),
            false,
            true,
        ),
        ("fault-11", Fault::Refused(502, ""), (502, ""), false, false),
    ] {
        platform.fault(Operation::PlaceNative, fault);
        let reply = place(&caller, number).unwrap();
        assert_eq!(reply.said(), (said.0, said.1.to_owned()), "{number}");
        assert_eq!(reply.is_signed_by(&key), signed, "{number}");
        assert_eq!(is_placed(&platform, number), done, "{number}");
    }
}

#[test]
fn an_answer_may_be_spoilt() {
    let (platform, caller) = shop();
    let former = certificates(&caller).remove(0);
    platform.rotate_certificate();
    let (serial, key) = certificates(&caller).pop().unwrap();
    let stranger = "0BADC0DE0BADC0DE0BADC0DE0BADC0DE0BADC0DE";
    for (number, spoilt, by, named) in [
        ("fault-21", Spoilt::WrongSignature, false, Some(serial.as_str())),
        ("fault-22", Spoilt::Probe, false, Some(serial.as_str())),
        ("fault-23", Spoilt::UnknownSerial, false, Some(stranger)),
        ("fault-24", Spoilt::RetiredKey, false, Some(former.0.as_str())),
        ("fault-25", Spoilt::Stale, true, Some(serial.as_str())),
        ("fault-26", Spoilt::ChangedBody, false, Some(serial.as_str())),
        ("fault-27", Spoilt::Unsigned, false, None),
    ] {
        platform.fault(Operation::PlaceNative, Fault::Answered(spoilt));
        let reply = place(&caller, number).unwrap();
        assert_eq!(reply.status, 200, "{spoilt:?}");
        assert_eq!(reply.is_signed_by(&key), by, "{spoilt:?}");
        assert_eq!(reply.header("wechatpay-serial"), named, "{spoilt:?}");
        assert!(is_placed(&platform, number), "{spoilt:?}");
        assert!(reply.json()["code_url"].is_string());
        if spoilt == Spoilt::RetiredKey {
            assert!(reply.is_signed_by(&former.1));
        }
        if spoilt == Spoilt::Stale {
            let stamp: u64 = reply.header("wechatpay-timestamp").unwrap().parse().unwrap();
            assert!(now() - stamp >= 600);
        }
    }
}

#[test]
fn an_earlier_answer_may_come_again() {
    let (platform, caller) = shop();
    let replayed = Fault::Answered(Spoilt::Replayed);
    platform.fault(Operation::PlaceNative, replayed.clone());
    assert!(place(&caller, "fault-31").is_none(), "there was none before");
    let first = place(&caller, "fault-32").unwrap();
    platform.fault(Operation::PlaceNative, replayed);
    let again = place(&caller, "fault-33").unwrap();
    assert_eq!(again.body, first.body);
    for name in ["timestamp", "nonce", "signature"] {
        let name = format!("wechatpay-{name}");
        assert_eq!(again.header(&name), first.header(&name));
    }
    assert!(!is_placed(&platform, "fault-33"));
}

#[test]
fn faults_wait_for_their_operation_in_their_order_and_only_for_who_is_let_in() {
    let (platform, caller) = shop();
    platform.faults(Operation::Query, Fault::Refused(500, "SYSTEM_ERROR"), 2);
    platform.fault(Operation::Query, Fault::Refused(503, "SERVICE_UNAVAILABLE"));
    let mut unsigned = caller.letter("GET", &query_of(&caller, "fault-41"), "");
    unsigned.set("authorization", "Bearer token");
    assert_eq!(caller.send(&unsigned).unwrap().status, 401);
    assert_eq!(place(&caller, "fault-41").unwrap().status, 200);
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(caller.get(&query_of(&caller, "fault-41")).status);
    }
    assert_eq!(said, [500, 500, 503, 200]);
    platform.faults(Operation::Refund, Fault::CutAfter, 3);
    assert_eq!(platform.no_more_faults(), 3);
    let asked = platform.asked();
    assert_eq!(asked.len(), 6);
    assert_eq!((asked[0].status, asked[0].code.as_str()), (401, "SIGN_ERROR"));
    assert_eq!(asked[1].operation, Some(Operation::PlaceNative));
    let sent: serde_json::Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(sent["out_trade_no"], json!("fault-41"));
    assert_eq!(asked[5].target, query_of(&caller, "fault-41"));
}
