//! By which key the platform is known.

use serde_json::json;
use wechat_counterpart::{Counterpart, Trust};

use crate::caller::{Caller, certificates, public_key, shop};

#[test]
fn certificates_rotate_with_both_live_in_between() {
    let (platform, caller) = shop();
    let first = certificates(&caller);
    assert_eq!(first.len(), 1);
    let signs = |serial: &str, key: &[u8]| {
        let reply = caller.get("/v3/certificates");
        assert_eq!(reply.header("wechatpay-serial"), Some(serial));
        assert!(reply.is_signed_by(key));
    };
    signs(&first[0].0, &first[0].1);

    let announced = platform.announce_certificate().unwrap();
    let both = certificates(&caller);
    assert_eq!(
        both.iter().map(|(serial, _)| serial == &announced).collect::<Vec<_>>(),
        [true, false]
    );
    signs(&first[0].0, &first[0].1);

    assert_eq!(platform.rotate_certificate(), announced, "the one announced comes into use");
    let both = certificates(&caller);
    assert_eq!(both.len(), 2);
    signs(&announced, &both[1].1);
    platform.withdraw_former_certificates();
    assert_eq!(certificates(&caller), [both[1].clone()]);

    // Without announcement, as it must not happen, and round all of them.
    let third = platform.rotate_certificate();
    assert!(third != announced && third != first[0].0);
    assert_eq!(certificates(&caller).len(), 2);
    platform.withdraw_former_certificates();
    assert_eq!(platform.rotate_certificate(), first[0].0);
    assert!(platform.announce_certificate().is_some());
    assert_eq!(platform.announce_certificate(), None, "all three are live");
}

#[test]
fn the_certificates_are_of_the_shipped_root() {
    let (platform, caller) = shop();
    let (_, key) = certificates(&caller).remove(0);
    assert_ne!(public_key(platform.root_certificate()), key);
    let data = caller.get("/v3/certificates").json()["data"][0].clone();
    assert_eq!(data["effective_time"], json!("2024-01-01T08:00:00+08:00"));
    assert_eq!(data["encrypt_certificate"]["associated_data"], json!("certificate"));
}

#[test]
fn a_public_key_needs_no_certificates() {
    let (platform, caller) = shop();
    platform.trust("1900000109", Trust::PublicKey);
    let reply = caller.get("/v3/certificates");
    assert_eq!(reply.said(), (404, "RESOURCE_NOT_EXISTS".to_owned()));
    let known = platform.platform_key();
    assert_eq!(reply.header("wechatpay-serial"), Some(known.id.as_str()));
    assert!(known.id.starts_with("PUB_KEY_ID_"));
    assert!(reply.is_signed_by(&public_key(&known.public_key_pem)));
}

#[test]
fn on_the_way_from_one_to_the_other_the_request_says_which() {
    let (platform, mut caller) = shop();
    platform.trust("1900000109", Trust::Switching);
    let (serial, key) = certificates(&caller).remove(0);
    let reply = caller.get("/v3/certificates");
    assert_eq!(reply.header("wechatpay-serial"), Some(serial.as_str()));
    assert!(reply.is_signed_by(&key));
    let known = platform.platform_key();
    caller.names_key = Some(known.id.clone());
    let reply = caller.get("/v3/certificates");
    assert_eq!(reply.header("wechatpay-serial"), Some(known.id.as_str()));
    assert!(reply.is_signed_by(&public_key(&known.public_key_pem)));
}

#[test]
fn each_merchant_has_its_own_seal() {
    let platform = Counterpart::start().unwrap();
    let shop = Caller::new(&platform, platform.mainland());
    let mut other = Caller::new(&platform, platform.institution());
    assert_eq!(certificates(&shop), certificates(&other));
    assert_eq!(other.get("/v3/global/certificates").status, 200);
    other.credentials.api_v3_key = shop.credentials.api_v3_key.clone();
    let sealed = other.get("/v3/certificates").json()["data"][0]["encrypt_certificate"].clone();
    assert_eq!(crate::caller::open(&other.credentials.api_v3_key, &sealed), None);
}
