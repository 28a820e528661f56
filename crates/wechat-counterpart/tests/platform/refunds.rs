//! Refunds.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{RefundStatus, TradeState};

use crate::caller::{Caller, NATIVE, NOWHERE, REFUNDS, Reply, order, paid, shop};

const MERCHANT: &str = "1900000109";

fn body(number: &str, refund_no: &str, refund: i64, total: i64) -> Value {
    json!({
        "out_trade_no": number,
        "out_refund_no": refund_no,
        "reason": "売り切れ",
        "amount": { "refund": refund, "total": total, "currency": "CNY" },
    })
}

fn refund(caller: &Caller, number: &str, refund_no: &str, refund: i64, total: i64) -> Reply {
    caller.post(REFUNDS, &body(number, refund_no, refund, total))
}

#[test]
fn a_refund_is_accepted_and_then_arrives() {
    let (platform, caller) = shop();
    paid(&platform, &caller, "refund-01", 1_000, NOWHERE);
    let reply = refund(&caller, "refund-01", "r@1", 400, 1_000);
    assert_eq!(reply.status, 200);
    let accepted = reply.json();
    assert_eq!(accepted["status"], "PROCESSING");
    assert_eq!(accepted["success_time"], Value::Null);
    assert_eq!(accepted["amount"]["payer_refund"], 400);
    let target = format!("{REFUNDS}/r@1");
    assert_eq!(caller.get(&target).json(), accepted);
    assert!(platform.end_refund(MERCHANT, "r@1", RefundStatus::Success));
    let arrived = caller.get(&target).json();
    assert_eq!(arrived["status"], "SUCCESS");
    assert!(arrived["success_time"].is_string());
    assert_eq!(arrived["refund_id"], accepted["refund_id"]);
    let truth = platform.truth(MERCHANT, "refund-01").unwrap();
    assert_eq!((truth.state, truth.kept), (TradeState::Refund, 600));
    assert_eq!(platform.refund_truth(MERCHANT, "r@1").unwrap().refund, 400);
    let missing = caller.get(&format!("{REFUNDS}/none"));
    assert_eq!(missing.said(), (404, "RESOURCE_NOT_EXISTS".to_owned()));
    assert!(!platform.end_refund(MERCHANT, "none", RefundStatus::Success));
}

#[test]
fn a_number_is_refunded_once() {
    let (platform, caller) = shop();
    paid(&platform, &caller, "refund-02", 1_000, NOWHERE);
    let first = refund(&caller, "refund-02", "r2", 400, 1_000).json();
    assert_eq!(refund(&caller, "refund-02", "r2", 400, 1_000).json(), first);
    platform.advance(Duration::from_secs(60));
    let other = refund(&caller, "refund-02", "r2", 401, 1_000);
    assert_eq!(other.said(), (400, "REFUND_FEE_MISMATCH".to_owned()));
    let mut reasoned = body("refund-02", "r2", 400, 1_000);
    reasoned["reason"] = json!("別の理由");
    assert_eq!(caller.post(REFUNDS, &reasoned).said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(platform.truth(MERCHANT, "refund-02").unwrap().kept, 600);
}

#[test]
fn no_more_is_refunded_than_was_paid_and_what_was_closed_may_be_refunded_again() {
    let (platform, caller) = shop();
    platform.refunds_a_minute_apart(false);
    paid(&platform, &caller, "refund-03", 1_000, NOWHERE);
    let invalid = (400, "INVALID_REQUEST".to_owned());
    assert_eq!(refund(&caller, "refund-03", "r3a", 1_001, 1_000).said(), invalid);
    assert_eq!(refund(&caller, "refund-03", "r3a", 600, 1_000).status, 200);
    assert_eq!(refund(&caller, "refund-03", "r3b", 401, 1_000).said(), invalid);
    assert_eq!(refund(&caller, "refund-03", "r3b", 400, 999).said(), invalid);
    platform.end_refund(MERCHANT, "r3a", RefundStatus::Closed);
    assert_eq!(platform.truth(MERCHANT, "refund-03").unwrap().kept, 1_000);
    assert_eq!(refund(&caller, "refund-03", "r3b", 1_000, 1_000).status, 200);
    platform.end_refund(MERCHANT, "r3b", RefundStatus::Abnormal);
    assert_eq!(refund(&caller, "refund-03", "r3c", 1, 1_000).said(), invalid);
}

#[test]
fn fifty_parts_and_no_more_a_minute_apart() {
    let (platform, caller) = shop();
    paid(&platform, &caller, "refund-04", 1_000, NOWHERE);
    for part in 0..50 {
        let number = format!("r4-{part}");
        assert_eq!(refund(&caller, "refund-04", &number, 1, 1_000).status, 200, "{part}");
        platform.advance(Duration::from_secs(59));
        if part < 3 {
            let soon = refund(&caller, "refund-04", "r4-soon", 1, 1_000).said();
            assert_eq!(soon, (429, "FREQUENCY_LIMITED".to_owned()), "{part}");
        }
        platform.advance(Duration::from_secs(1));
    }
    let more = refund(&caller, "refund-04", "r4-50", 1, 1_000);
    assert_eq!(more.said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(platform.truth(MERCHANT, "refund-04").unwrap().kept, 950);
}

#[test]
fn a_year_and_no_longer() {
    let (platform, caller) = shop();
    platform.refunds_a_minute_apart(false);
    paid(&platform, &caller, "refund-05", 1_000, NOWHERE);
    platform.advance(Duration::from_secs(365 * 24 * 3600 - 60));
    assert_eq!(refund(&caller, "refund-05", "r5a", 1, 1_000).status, 200);
    platform.advance(Duration::from_secs(120));
    let late = refund(&caller, "refund-05", "r5b", 1, 1_000);
    assert_eq!(late.said(), (400, "TRADE_OVERDUE".to_owned()));
    assert_eq!(refund(&caller, "refund-05", "r5a", 1, 1_000).status, 200, "the same is no new one");
}

#[test]
fn what_was_not_paid_or_is_not_there_is_not_refunded() {
    let (platform, caller) = shop();
    caller.post(NATIVE, &order(&caller, "refund-06", 1_000, NOWHERE));
    let missing = (404, "RESOURCE_NOT_EXISTS".to_owned());
    assert_eq!(refund(&caller, "refund-06", "r6", 1, 1_000).said(), missing);
    assert_eq!(refund(&caller, "refund-07", "r6", 1, 1_000).said(), missing);
    paid(&platform, &caller, "refund-08", 1_000, NOWHERE);
    platform.out_of_funds(MERCHANT, true);
    let poor = refund(&caller, "refund-08", "r8", 1, 1_000);
    assert_eq!(poor.said(), (403, "NOT_ENOUGH".to_owned()));
    platform.out_of_funds(MERCHANT, false);
    assert_eq!(refund(&caller, "refund-08", "r8", 1, 1_000).status, 200);
    let id = platform.truth(MERCHANT, "refund-08").unwrap().transaction_id;
    platform.advance(Duration::from_secs(60));
    let mut by_id = body("x", "r9", 2, 1_000);
    by_id["transaction_id"] = json!(id);
    assert_eq!(caller.post(REFUNDS, &by_id).status, 200, "the platform's number goes first");
}

#[test]
fn too_many_refused_ones_in_a_second_are_not_read() {
    let (platform, caller) = shop();
    paid(&platform, &caller, "refund-10", 1_000, NOWHERE);
    let mut said = Vec::new();
    // They may fall into two seconds, or more on a machine that was stopped.
    while said.len() < 100 && !said.contains(&429) {
        said.push(refund(&caller, "none", "r10", 1, 1_000).status);
    }
    let (last, before) = said.split_last().unwrap();
    assert!(*last == 429 && before.len() >= 6 && before.iter().all(|status| *status == 404));
    platform.skew(1);
    assert_eq!(refund(&caller, "refund-10", "r10", 1, 1_000).status, 200);
}
