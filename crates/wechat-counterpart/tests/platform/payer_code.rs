//! Orders by the payer's 18 digits.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{PasswordReply, Payer, PayerError, TradeState};

use crate::caller::{CODEPAY, Caller, Reply, query_of, shop};

fn body(caller: &Caller, number: &str, code: &str, total: i64) -> Value {
    json!({
        "appid": caller.credentials.appid,
        "mchid": caller.credentials.mchid,
        "description": "山星そば",
        "out_trade_no": number,
        "payer": { "auth_code": code },
        "amount": { "total": total },
        "scene_info": { "store_info": { "out_id": "0001" } },
    })
}

fn charge(caller: &Caller, number: &str, code: &str) -> Reply {
    caller.post(CODEPAY, &body(caller, number, code, 300))
}

fn reverse(caller: &Caller, number: &str) -> Reply {
    let target = format!("/v3/pay/transactions/out-trade-no/{number}/reverse");
    let (appid, mchid) = (&caller.credentials.appid, &caller.credentials.mchid);
    caller.post(&target, &json!({ "appid": appid, "mchid": mchid }))
}

fn state(caller: &Caller, number: &str) -> String {
    let seen = caller.get(&query_of(caller, number)).json();
    seen["trade_state"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn a_code_pays_at_once_and_once() {
    let (platform, caller) = shop();
    let code = platform.show_code(Payer::PaysAtOnce);
    assert!(code.len() == 18 && code.starts_with("13"), "{code}");
    let reply = charge(&caller, "code-001", &code);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["trade_state"], "SUCCESS");
    assert_eq!(reply.json()["trade_type"], "MICROPAY");
    assert_eq!(reply.json(), caller.get(&query_of(&caller, "code-001")).json());
    assert_eq!(charge(&caller, "code-002", &code).said(), (400, "AUTH_CODE_INVALID".to_owned()));
    assert_eq!(state(&caller, "code-002"), "none");
    assert_eq!(charge(&caller, "code-001", &code).said(), (400, "INVALID_REQUEST".to_owned()));
    let other = body(&caller, "code-001", &code, 301);
    assert_eq!(caller.post(CODEPAY, &other).said(), (403, "OUT_TRADE_NO_USED".to_owned()));
    assert_eq!(platform.notices(), [], "nobody is notified of a payment by code");
}

#[test]
fn a_code_that_is_none_or_old_or_unknown_is_refused() {
    let (platform, caller) = shop();
    let old = platform.show_code(Payer::PaysAtOnce);
    platform.advance(Duration::from_secs(60));
    assert_eq!(charge(&caller, "code-003", &old).said(), (400, "AUTH_CODE_INVALID".to_owned()));
    let unknown = "130000000000000000";
    assert_eq!(charge(&caller, "code-003", unknown).said(), (400, "AUTH_CODE_INVALID".to_owned()));
    for bad in ["", "13000000000000000", "281234567890123456", "13000000000000000x"] {
        assert_eq!(
            charge(&caller, "code-003", bad).said(),
            (400, "PARAM_ERROR".to_owned()),
            "{bad}"
        );
    }
    let mut nowhere = body(&caller, "code-003", &platform.show_code(Payer::PaysAtOnce), 300);
    nowhere["scene_info"] = Value::Null;
    assert_eq!(caller.post(CODEPAY, &nowhere).said(), (400, "PARAM_ERROR".to_owned()));
    assert_eq!(platform.truth("1900000109", "code-003"), None);
}

#[test]
fn a_payer_who_is_asked_for_the_password_may_give_it_or_not() {
    for (reply, status) in [
        (PasswordReply::Accepted, 202),
        (PasswordReply::Refused, 400),
        (PasswordReply::AsOrder, 200),
    ] {
        let (platform, caller) = shop();
        platform.password_reply(reply);
        let code = platform.show_code(Payer::NeedsPassword);
        let said = charge(&caller, "code-004", &code);
        assert_eq!(said.status, status);
        let key = if status == 200 { "trade_state" } else { "code" };
        assert_eq!(said.json()[key], "USERPAYING");
        assert_eq!(charge(&caller, "code-004", &code).status, status, "it may be asked again");
        assert_eq!(state(&caller, "code-004"), "USERPAYING");
        platform.enter_password(&code).unwrap();
        assert_eq!(state(&caller, "code-004"), "SUCCESS");
        let paid = Err(PayerError::NotPayable(TradeState::Success));
        assert_eq!(platform.cancel_password(&code), paid);

        let code = platform.show_code(Payer::NeedsPassword);
        assert_eq!(platform.enter_password(&code), Err(PayerError::Unknown), "not scanned yet");
        charge(&caller, "code-005", &code);
        platform.cancel_password(&code).unwrap();
        assert_eq!(state(&caller, "code-005"), "PAYERROR");
        assert_eq!(platform.truth("1900000109", "code-005").unwrap().kept, 0);
    }
}

#[test]
fn a_payment_that_fails_uses_the_code_up() {
    let (platform, caller) = shop();
    for (number, payer, said) in
        [("code-006", Payer::HasNoMoney, "NOT_ENOUGH"), ("code-007", Payer::Fails, "TRADE_ERROR")]
    {
        let code = platform.show_code(payer);
        assert_eq!(charge(&caller, number, &code).said(), (403, said.to_owned()));
        assert_eq!(state(&caller, number), "PAYERROR");
        assert_eq!(
            charge(&caller, "code-008", &code).said(),
            (400, "AUTH_CODE_INVALID".to_owned())
        );
    }
}

#[test]
fn a_payment_by_code_is_taken_back() {
    let (platform, caller) = shop();
    let code = platform.show_code(Payer::PaysAtOnce);
    charge(&caller, "code-009", &code);
    assert_eq!(platform.truth("1900000109", "code-009").unwrap().kept, 300);
    for _ in 0..2 {
        let reply = reverse(&caller, "code-009");
        assert_eq!((reply.status, &reply.json()["out_trade_no"]), (200, &json!("code-009")));
    }
    assert_eq!(state(&caller, "code-009"), "REVOKED");
    assert_eq!(platform.truth("1900000109", "code-009").unwrap().kept, 0);
    assert_eq!(charge(&caller, "code-009", &code).said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(reverse(&caller, "code-010").said(), (404, "ORDER_NOT_EXIST".to_owned()));
}

#[test]
fn while_the_payer_may_be_about_to_pay_nothing_is_taken_back() {
    let (platform, caller) = shop();
    let code = platform.show_code(Payer::NeedsPassword);
    charge(&caller, "code-011", &code);
    assert_eq!(reverse(&caller, "code-011").said(), (400, "USERPAYING".to_owned()));
    assert_eq!(state(&caller, "code-011"), "USERPAYING");
    platform.advance(Duration::from_secs(15));
    assert_eq!(reverse(&caller, "code-011").status, 200);
    assert_eq!(platform.enter_password(&code), Err(PayerError::NotPayable(TradeState::Revoked)));

    charge(&caller, "code-012", &platform.show_code(Payer::PaysAtOnce));
    platform.advance(Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(reverse(&caller, "code-012").said(), (400, "INVALID_REQUEST".to_owned()));
    assert_eq!(state(&caller, "code-012"), "SUCCESS");
}
