//! Who is let in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{KeyPair as _, RsaKeyPair};
use serde_json::json;
use wechat_counterpart::{Counterpart, Credentials};

use crate::caller::{Caller, NATIVE, NOWHERE, certificates, now, order, query_of, shop};

#[test]
fn whoever_is_not_signed_for_these_very_bytes_changes_nothing() {
    let (platform, caller) = shop();
    let body = order(&caller, "desk-000001", 100, NOWHERE).to_string();
    let good = caller.letter("POST", NATIVE, &body);
    let bent = |bend: &dyn Fn(&mut String)| {
        let mut letter = good.clone();
        let mut header = caller.authorization(&letter, now());
        bend(&mut header);
        letter.set("authorization", &header);
        letter
    };
    let mut other_body = caller.letter("POST", NATIVE, &body);
    other_body.body = body.replace("100", "101");
    let mut other_target = caller.letter("GET", &query_of(&caller, "desk-000001"), "");
    other_target.target = other_target.target.replace("desk-000001", "desk-000002");
    let mut no_query = caller.letter("GET", "/v3/pay/transactions/out-trade-no/desk-000001", "");
    no_query.target = query_of(&caller, "desk-000001");
    let mut old = good.clone();
    old.set("authorization", &caller.authorization(&good, now() - 310));
    let mut early = good.clone();
    early.set("authorization", &caller.authorization(&good, now() + 310));
    let cases = [
        ("none", good.clone().without("authorization")),
        ("bearer", bent(&|header| *header = "Bearer token".to_owned())),
        ("a space between fields", bent(&|header| *header = header.replace(',', ", "))),
        ("no nonce", bent(&|header| *header = header.replace("nonce_str", "nonce"))),
        (
            "other serial",
            bent(&|header| *header = header.replace("serial_no=\"3", "serial_no=\"4")),
        ),
        ("other merchant", bent(&|header| *header = header.replace("1900000109", "1900000381"))),
        ("nobody", bent(&|header| *header = header.replace("1900000109", "1900000000"))),
        ("other body", other_body),
        ("other target", other_target),
        ("query not signed", no_query),
        ("old", old),
        ("early", early),
    ];
    for (case, letter) in cases {
        let reply = caller.send(&letter).unwrap();
        assert_eq!(reply.said(), (401, "SIGN_ERROR".to_owned()), "{case}");
        assert_eq!(reply.header("wechatpay-signature"), None, "{case}");
        assert_eq!(reply.header("request-id"), None, "{case}");
    }
    assert_eq!(platform.truth("1900000109", "desk-000001"), None);
    assert_eq!(caller.send(&good).unwrap().status, 200);
    assert_eq!(caller.send(&good).unwrap().said().0, 401, "the same nonce again");
}

#[test]
fn the_clock_of_signatures_can_be_set_wrong_and_is_not_that_of_orders() {
    let (platform, caller) = shop();
    platform.skew(-400);
    assert_eq!(caller.get("/v3/certificates").said().0, 401);
    platform.skew(200);
    let reply = caller.get("/v3/certificates");
    let stamp: u64 = reply.header("wechatpay-timestamp").unwrap().parse().unwrap();
    assert!((195..=210).contains(&(stamp - now())), "{stamp}");
    platform.skew(0);
    platform.advance(std::time::Duration::from_secs(400 * 24 * 3600));
    assert_eq!(caller.get("/v3/certificates").status, 200);
}

#[test]
fn what_is_answered_is_signed_refusals_of_orders_as_well() {
    let (_platform, caller) = shop();
    let (_, key) = certificates(&caller).remove(0);
    let reply = caller.post(NATIVE, &order(&caller, "desk-000003", 100, NOWHERE));
    assert!(reply.is_signed_by(&key));
    assert!(reply.header("request-id").is_none_or(|id| !id.is_empty()));
    let missing = caller.get(&query_of(&caller, "desk-000004"));
    assert_eq!(missing.said(), (404, "ORDER_NOT_EXIST".to_owned()));
    assert!(missing.is_signed_by(&key));
    let target = "/v3/pay/transactions/out-trade-no/desk-000003/close";
    let closed = caller.post(target, &json!({ "mchid": caller.credentials.mchid }));
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    assert!(closed.is_signed_by(&key), "an empty body is signed, too");
}

#[test]
fn paths_methods_and_headers_are_refused_as_they_were_seen_to_be() {
    let (_platform, caller) = shop();
    for (letter, status) in [
        (caller.letter("GET", NATIVE, ""), 405),
        (caller.letter("POST", "/v3/pay/transactions/no-such-endpoint", "{}"), 404),
    ] {
        let reply = caller.send(&letter).unwrap();
        assert_eq!((reply.status, reply.body.len()), (status, 0));
    }
    let nobody = caller.letter("GET", "/v3/certificates", "").without("user-agent");
    assert_eq!(caller.send(&nobody).unwrap().said(), (400, "INVALID_REQUEST".to_owned()));
    let nobody = caller.letter("POST", NATIVE, "{}").without("user-agent");
    assert_eq!(caller.send(&nobody).unwrap().said(), (400, "PARAM_ERROR".to_owned()));
    let mut xml = caller.letter("POST", NATIVE, "{}");
    xml.set("content-type", "text/xml");
    assert_eq!(caller.send(&xml).unwrap().said(), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn a_merchant_speaks_for_itself_and_on_its_own_paths() {
    let (platform, caller) = shop();
    let mut body = order(&caller, "desk-000005", 100, NOWHERE);
    body["mchid"] = json!("1900000381");
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "PARAM_ERROR".to_owned()));
    body["mchid"] = json!(caller.credentials.mchid);
    body["appid"] = json!("wx0000000000000000");
    assert_eq!(caller.post(NATIVE, &body).said(), (400, "APPID_MCHID_NOT_MATCH".to_owned()));
    let other = Caller::new(&platform, platform.japan());
    let body = order(&other, "desk-000005", 100, NOWHERE);
    assert_eq!(other.post(NATIVE, &body).said(), (403, "NO_AUTH".to_owned()));
}

#[test]
fn a_new_merchant_certificate_serves_beside_the_former_one_until_that_is_revoked() {
    let platform = Counterpart::start().unwrap();
    let old = Caller::new(&platform, platform.mainland());
    let new = Caller::new(&platform, platform.renew_merchant_certificate("1900000109"));
    assert_ne!(old.credentials.serial_no, new.credentials.serial_no);
    assert_eq!(
        (old.get("/v3/certificates").status, new.get("/v3/certificates").status),
        (200, 200)
    );
    platform.revoke_former_merchant_certificates("1900000109");
    assert_eq!(
        (old.get("/v3/certificates").status, new.get("/v3/certificates").status),
        (401, 200)
    );
}

#[test]
fn a_merchant_with_a_key_of_its_own_is_admitted() {
    let platform = Counterpart::start().unwrap();
    let mut own = platform.mainland();
    own.mchid = "1900007291".to_owned();
    let caller = Caller::new(&platform, own.clone());
    assert_eq!(caller.get("/v3/certificates").status, 401);
    let public = STANDARD.encode([&SPKI[..], &public_of(&own.private_key_pem)].concat());
    let public = format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n");
    own.private_key_pem.clear();
    assert!(!platform.admit(own.clone(), "no key"));
    assert!(
        !platform.admit(Credentials { api_v3_key: "short".to_owned(), ..own.clone() }, &public)
    );
    assert!(platform.admit(own, &public));
    assert_eq!(caller.get("/v3/certificates").status, 200);
}

/// What stands before an RSA key of 2048 bits in a public key's PEM.
const SPKI: [u8; 24] = *b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";

fn public_of(private: &str) -> Vec<u8> {
    let key = RsaKeyPair::from_pkcs8(&crate::caller::pem(private)).unwrap();
    key.public_key().as_ref().to_vec()
}

#[test]
fn it_ends_when_it_is_dropped() {
    let (platform, caller) = shop();
    drop(platform);
    assert!(caller.send(&caller.letter("GET", "/v3/certificates", "")).is_none());
}
