//! What others published, as the oracle of what is made and read here. Sources: the tests of the
//! public clients wechatpay-apiv3/wechatpay-go (core/auth, utils) and wechatpay-apiv3/wechatpay-java
//! (core/src/test, TestConfig, AeadAesCipherTest), Apache License 2.0; the keys are test keys that
//! everybody knows.

use std::fs::{self, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector::{
    Connector, Declined, Disbelief, Notified, OrderNumber, Outcome, RefundNumber, RefundOutcome,
};
use kernel::{Currency, Id, Money, Timestamp};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use tempfile::TempDir;

use crate::wechat::certificates::{Key, read};
use crate::wechat::seal::{ApiV3Key, Sealed, Unopened, open};
use crate::wechat::sign::{Signer, said};
use crate::wechat::{Contract, Platform, Region, Settings, Trouble, Wallet};

const GO_KEY: &str = include_str!("vectors/wechatpay-go.key");
const GO_CERTIFICATE: &str = include_str!("vectors/wechatpay-go.crt");
const GO_PUBLIC_KEY: &str = include_str!("vectors/wechatpay-go.pub");
const GO_SERIAL: &str = "F5765756002FDD77";
/// Of the six letters `source`.
const GO_SIGNATURE: &str = "BKyAfU4iMCuvXMXS0Wzam3V/cnxZ+JaqigPM5OhljS2iOT95OO6Fsuml2JkFANJU9K6q9bLlDhPXuoVz+pp4hAm6pHU4ld815U4jsKu1RkyaII+1CYBUYC8TK0XtJ8FwUXXz8vZHh58rrAVN1XwNyvD1vfpxrMT4SL536GLwvpUHlCqIMzoZUguLli/K8V29QiOhuH6IEqLNJn8e9b3nwNcQ7be3CzYGpDAKBfDGPCqCv8Rw5zndhlffk2FEA70G4hvMwe51qMN/RAJbknXG23bSlObuTCN7Ndj1aJGH6/L+hdwfLpUtJm4QYVazzW7DFD27EpSQEqA8bX9+8m1rLg==";
const JAVA_V3_KEY: &[u8; 32] = b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
const JAVA_CERTIFICATES: &str = include_str!("vectors/wechatpay-java.certificates.json");
const JAVA_SERIAL: &str = "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC";

/// A wallet whose platform key is the published one, so that the tests can speak as WeChat Pay.
struct Scene {
    wallet: Wallet,
    platform: Signer,
    now: Arc<AtomicU64>,
    _folder: TempDir,
}

fn go_key() -> String {
    GO_KEY.replace("TESTING KEY", "PRIVATE KEY")
}

fn settings(folder: &TempDir) -> Settings {
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [
        ("merchant.key", go_key()),
        ("v3.key", String::from_utf8_lossy(JAVA_V3_KEY).into_owned() + "\n"),
        ("platform.pub", GO_PUBLIC_KEY.to_owned()),
    ] {
        fs::write(path(name), text).unwrap();
        set_permissions(path(name), Permissions::from_mode(0o600)).unwrap();
    }
    Settings {
        name: "wechat".to_owned(),
        region: Region::Global { category: "5812".to_owned() },
        currency: Currency::JPY,
        // Nobody listens there: what is asked is not answered.
        base_url: "http://127.0.0.1:9".to_owned(),
        appid: "wx8888888888888888".to_owned(),
        mchid: "1900000109".to_owned(),
        contract: Contract::Merchant,
        serial: GO_SERIAL.to_owned(),
        key_file: path("merchant.key"),
        api_v3_key_file: path("v3.key"),
        platform: Platform {
            certificates: false,
            public_key: Some(("PUB_KEY_ID_01".to_owned(), path("platform.pub"))),
        },
        notify_url: "https://pay.example.org/connectors/wechat".to_owned(),
    }
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder);
    let platform = Signer::from_file("x", GO_SERIAL, &settings.key_file).unwrap();
    let now = Arc::new(AtomicU64::new(1_795_000_000));
    let clock = {
        let now = Arc::clone(&now);
        Arc::new(move || Timestamp::from_seconds(now.load(Ordering::Relaxed)))
    };
    let wallet = Wallet::new(settings, clock).unwrap();
    Scene { wallet, platform, now, _folder: folder }
}

/// A notification as WeChat Pay would send it.
struct Notice {
    at: u64,
    nonce: &'static str,
    serial: &'static str,
    body: String,
    /// What is signed instead of the body.
    signed: Option<String>,
}

impl Scene {
    fn notice(&self, kind: &str, inside: &str) -> Notice {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, JAVA_V3_KEY).unwrap());
        let mut bytes = inside.as_bytes().to_vec();
        let nonce = Nonce::assume_unique_for_key(*b"0123456789ab");
        key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut bytes).unwrap();
        let body = serde_json::json!({
            "id": "EV-1", "create_time": "2026-11-23T10:34:56+08:00", "event_type": kind,
            "resource_type": "encrypt-resource", "summary": "支付成功",
            "resource": {
                "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": STANDARD.encode(bytes), "associated_data": "transaction",
                "nonce": "0123456789ab",
            },
        });
        let at = self.now.load(Ordering::Relaxed);
        let (nonce, serial) = ("EcjzTpYRLQyDZGuI", "PUB_KEY_ID_01");
        Notice { at, nonce, serial, body: body.to_string(), signed: None }
    }

    fn receive(&self, notice: &Notice) -> Result<Notified, Disbelief> {
        let body = notice.signed.as_ref().unwrap_or(&notice.body);
        let signature = self.platform.sign(&format!("{}\n{}\n{body}\n", notice.at, notice.nonce));
        let header = |name: &str| match name {
            "Wechatpay-Timestamp" => Some(notice.at.to_string()),
            "Wechatpay-Nonce" => Some(notice.nonce.to_owned()),
            "Wechatpay-Serial" => Some(notice.serial.to_owned()),
            "Wechatpay-Signature" => Some(signature.clone()),
            _ => None,
        };
        self.wallet.notification(&header, notice.body.as_bytes())
    }
}

fn number() -> OrderNumber {
    OrderNumber { payment: Id::new(0x0198_7654_3210_7abc_8def_0123_4567_89ab), attempt: 2 }
}

fn paid(number: &str, mchid: &str) -> String {
    format!(
        r#"{{"mchid":"{mchid}","appid":"wx8888888888888888","out_trade_no":"{number}",
            "id":"4200000000002104083200000488","trade_state":"SUCCESS",
            "amount":{{"total":3200,"currency":"JPY","payer_total":13538,"payer_currency":"CNY"}}}}"#
    )
}

#[test]
fn a_signature_is_the_published_one() {
    let signer = scene().platform;
    assert_eq!(signer.sign("source"), GO_SIGNATURE);
}

#[test]
fn what_is_signed_of_a_request_has_five_lines() {
    // WeChat Pay, "Signature Generation", the text of its example.
    let text =
        said("GET", "/v3/certificates", 1_554_208_460, "593BEC0C930BF1AFEB40B4A08C8FB242", "");
    assert_eq!(text, "GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n");
    let header = scene().platform.authorization("GET", "/v3/certificates", 1_554_208_460, "");
    let rest = header.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    let names: Vec<_> = rest.split(',').map(|part| part.split_once("=\"").unwrap().0).collect();
    assert_eq!(names, ["mchid", "nonce_str", "timestamp", "serial_no", "signature"]);
}

#[test]
fn a_published_signature_is_believed_of_a_certificate_and_of_its_key() {
    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
    let der = CertificateDer::from_pem_slice(GO_CERTIFICATE.as_bytes()).unwrap();
    let certificate = Key::Certificate { der, from: 100, until: 200 };
    let spki = SubjectPublicKeyInfoDer::from_pem_slice(GO_PUBLIC_KEY.as_bytes()).unwrap();
    let signature = STANDARD.decode(GO_SIGNATURE).unwrap();
    for key in [&certificate, &Key::Public(spki)] {
        assert!(key.signed(150, b"source", &signature));
        assert!(!key.signed(150, b"wrong source", &signature));
        assert!(!key.signed(150, b"source", &signature[1..]));
        assert!(!key.signed(150, b"source", b""));
    }
    assert!(!certificate.signed(99, b"source", &signature), "before it is live");
    assert!(!certificate.signed(200, b"source", &signature), "after its end");
}

#[test]
fn what_was_sealed_is_opened() {
    let sealed = |ciphertext: &str, aad: &str, nonce: &str| Sealed {
        algorithm: "AEAD_AES_256_GCM".to_owned(),
        ciphertext: ciphertext.to_owned(),
        associated_data: Some(aad.to_owned()),
        nonce: nonce.to_owned(),
    };
    // wechatpay-java, AeadAesCipherTest.
    let java = sealed("ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=", "associatedData", "uluk4a9R25RW");
    assert_eq!(ApiV3Key::of(JAVA_V3_KEY).open(&java).unwrap(), b"message");
    // wechatpay-go, utils/aes_test.go: its key has 16 bytes, so it is AES-128.
    let go = sealed(
        "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
        "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
        "wCq51qZv4Yfg",
    );
    assert_eq!(open(&AES_128_GCM, b"testAPIv3Key0000", &go).unwrap(), b"Hello World");
    for wrong in [
        Sealed { associated_data: None, ..java.clone() },
        Sealed { nonce: "uluk4a9R25RX".to_owned(), ..java.clone() },
        Sealed { nonce: "short".to_owned(), ..java.clone() },
        Sealed { ciphertext: "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwJ=".to_owned(), ..java.clone() },
        Sealed { ciphertext: "!".to_owned(), ..java.clone() },
        Sealed { algorithm: "AEAD_SM4_GCM".to_owned(), ..java.clone() },
    ] {
        assert_eq!(ApiV3Key::of(JAVA_V3_KEY).open(&wrong), Err(Unopened), "{wrong:?}");
    }
}

#[test]
fn published_certificates_are_read() {
    let seal = ApiV3Key::of(JAVA_V3_KEY);
    let keys = read(&seal, JAVA_CERTIFICATES.as_bytes()).unwrap();
    let Key::Certificate { from, until, .. } = &keys[JAVA_SERIAL] else { panic!("it is one") };
    assert_eq!((*from, *until), (1_695_136_558, 1_852_816_558));
    assert_eq!(keys.len(), 1);
    let listed_wrong = JAVA_CERTIFICATES.replace(JAVA_SERIAL, GO_SERIAL);
    assert!(read(&seal, listed_wrong.as_bytes()).is_err());
    let other = ApiV3Key::of(b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gc");
    assert!(read(&other, JAVA_CERTIFICATES.as_bytes()).is_err());
    assert!(read(&seal, b"{}").is_err());
}

#[test]
fn a_notification_tells_what_was_paid() {
    let scene = scene();
    let inside = paid(&number().to_string(), "1900000109");
    let told = scene.receive(&scene.notice("TRANSACTION.SUCCESS", &inside)).unwrap();
    let Notified::Payment { number: of, outcome: Outcome::Paid(paid) } = told else {
        panic!("{told:?}")
    };
    assert_eq!((of, paid.amount), (number(), Money::new(3_200, Currency::JPY)));
    assert_eq!(paid.reference, "4200000000002104083200000488");
}

#[test]
fn a_notification_tells_of_a_refund() {
    for (status, is_it) in [
        ("SUCCESS", "Done"),
        ("PROCESSING", "Pending"),
        ("ABNORMAL", "Stuck"),
        ("CLOSED", "Refused"),
        ("NEW", "Unknown"),
    ] {
        let scene = scene();
        let refund = RefundNumber(Id::new(7));
        let inside = format!(
            r#"{{"mchid":"1900000109","out_refund_no":"{refund}","refund_status":"{status}",
                "amount":{{"total":3200,"refund":1200,"currency":"JPY"}}}}"#
        );
        let told = scene.receive(&scene.notice("REFUND.SUCCESS", &inside)).unwrap();
        let Notified::Refund { number, outcome } = told else { panic!("{told:?}") };
        assert_eq!(number, refund);
        assert!(format!("{outcome:?}").starts_with(is_it), "{outcome:?}");
        if let RefundOutcome::Done(done) = outcome {
            assert_eq!(done.amount, Money::new(1_200, Currency::JPY));
        }
    }
}

#[test]
fn what_is_not_proven_is_not_believed() {
    let scene = scene();
    let inside = paid(&number().to_string(), "1900000109");
    let good = || scene.notice("TRANSACTION.SUCCESS", &inside);
    let at = scene.now.load(Ordering::Relaxed);
    let altered = Notice { signed: Some("{}".to_owned()), ..good() };
    assert_eq!(scene.receive(&altered), Err(Disbelief::Signature));
    for (theirs, is_taken) in
        [(at - 300, false), (at + 300, false), (at - 299, true), (at + 299, true)]
    {
        let notice = Notice { at: theirs, nonce: if theirs < at { "a" } else { "b" }, ..good() };
        let said = scene.receive(&notice);
        let clock = Err(Disbelief::Clock { ours: at, theirs });
        assert!(if is_taken { said.is_ok() } else { said == clock }, "{theirs}: {said:?}");
    }
    let old = Notice { serial: GO_SERIAL, ..good() };
    assert_eq!(scene.receive(&old), Err(Disbelief::UnknownKey(GO_SERIAL.to_owned())));
    assert!(scene.receive(&good()).is_ok());
    assert_eq!(scene.receive(&good()), Err(Disbelief::Replayed));
    scene.now.fetch_add(200, Ordering::Relaxed);
    let again = Notice { at, ..good() };
    assert_eq!(scene.receive(&again), Err(Disbelief::Replayed), "as long as it would be believed");
    for missing in ["Timestamp", "Nonce", "Serial", "Signature"] {
        let header = |name: &str| (!name.ends_with(missing)).then(|| "1795000000".to_owned());
        let said = scene.wallet.notification(&header, b"{}");
        assert!(matches!(said, Err(Disbelief::Unsigned(_))), "{missing}: {said:?}");
    }
}

#[test]
fn what_is_another_merchants_or_not_ours_does_nothing() {
    let scene = scene();
    let number = number().to_string();
    let theirs = Notice { nonce: "1", ..scene.notice("TRANSACTION.SUCCESS", &paid(&number, "1")) };
    assert_eq!(scene.receive(&theirs), Err(Disbelief::NotOurs));
    let inside = paid("1217752501201407033233368018", "1900000109");
    let others = Notice { nonce: "2", ..scene.notice("TRANSACTION.SUCCESS", &inside) };
    assert_eq!(scene.receive(&others), Ok(Notified::Other));
    let coupon = Notice { nonce: "3", ..scene.notice("COUPON.USE", "{}") };
    assert_eq!(scene.receive(&coupon), Ok(Notified::Other));
}

#[test]
fn an_order_ends_only_by_what_is_said_of_it() {
    let scene = scene();
    let text = number().to_string();
    let settings = scene.wallet.settings();
    let asked = connector::Asked {
        number: number(),
        amount: Money::new(3_200, Currency::JPY),
        shape: connector::Shape::Shown,
        at: Timestamp::default(),
    };
    let with = |state: &str| paid(&text, "1900000109").replace("SUCCESS", state);
    for (said, is_it) in [
        (with("NOTPAY"), Outcome::Pending),
        (with("USERPAYING"), Outcome::Pending),
        (r#"{"trade_state":"USERPAYING"}"#.to_owned(), Outcome::Pending),
        (with("CLOSED"), Outcome::Declined(Declined::Cancelled)),
        (with("REVOKED"), Outcome::Declined(Declined::Cancelled)),
        (with("PAYERROR"), Outcome::Declined(Declined::PayerDeclined)),
        (with("REFUND"), Outcome::Declined(Declined::GivenBack)),
        (with("WHATEVER"), Outcome::Unknown),
        (paid("1217752501201407033233368018", "1900000109"), Outcome::Unknown),
        (paid(&text, "1"), Outcome::Unknown),
        (with("SUCCESS").replace("3200", "-1"), Outcome::Unknown),
        (with("SUCCESS").replace("JPY", "YEN"), Outcome::Unknown),
        (r#"{"trade_state":"CLOSED"}"#.to_owned(), Outcome::Unknown),
    ] {
        let order: Result<crate::wechat::replies::Order, _> = serde_json::from_str(&said);
        let outcome = order
            .map_or(Outcome::Unknown, |order| order.outcome(settings, &asked, said.as_bytes()));
        assert_eq!(outcome, is_it, "{said}");
    }
}

#[test]
fn what_is_not_answered_is_unknown() {
    let scene = scene();
    let number = number();
    let amount = Money::new(3_200, Currency::JPY);
    let now = Timestamp::from_seconds(scene.now.load(Ordering::Relaxed));
    for way in [
        connector::Way::Show,
        connector::Way::Take(connector::Scanned::new("1".repeat(18).as_str())),
    ] {
        let shape = way.shape();
        let (store, store_id) = ("店".to_owned(), "s1".to_owned());
        let ask = connector::Ask { number, amount, way, store, store_id, deadline: now };
        let created = scene.wallet.create(&ask);
        assert_eq!((created.outcome, created.code), (Outcome::Unknown, None));
        let asked = connector::Asked { number, amount, shape, at: Timestamp::default() };
        assert_eq!(scene.wallet.query(&asked), Outcome::Unknown, "long ago, and nobody said so");
        assert_eq!(scene.wallet.cancel(&asked), Outcome::Unknown);
    }
}

#[test]
fn the_numbers_of_wechats_phones_are_known() {
    let wallet = scene().wallet;
    for (text, is_it) in [
        ("101234567890123456", true),
        ("151234567890123456", true),
        ("161234567890123456", false),
        ("091234567890123456", false),
        ("10123456789012345", false),
        ("1012345678901234567", false),
        ("10123456789012345x", false),
        ("281234567890123456", false),
        ("", false),
    ] {
        assert_eq!(wallet.knows(text), is_it, "{text}");
    }
}

#[test]
fn secrets_are_not_printed_and_wrong_ones_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let set = settings(&folder);
    let clock: crate::Clock = Arc::new(Timestamp::default);
    let wallet = Wallet::new(set.clone(), Arc::clone(&clock)).unwrap();
    let key = std::str::from_utf8(JAVA_V3_KEY).unwrap();
    for shown in [format!("{wallet:?}"), format!("{set:?}"), format!("{:?}", wallet.wire().seal)] {
        assert!(!shown.contains(key) && !shown.contains("MIIEv"), "{shown}");
    }
    set_permissions(&set.key_file, Permissions::from_mode(0o644)).unwrap();
    let said = Wallet::new(set.clone(), Arc::clone(&clock)).unwrap_err();
    assert!(matches!(said, Trouble::Readable(_)), "{said}");
    set_permissions(&set.key_file, Permissions::from_mode(0o600)).unwrap();
    fs::write(&set.api_v3_key_file, "short").unwrap();
    let said = Wallet::new(set, clock).unwrap_err().to_string();
    assert!(said.contains("32 characters") && !said.contains("short"), "{said}");
}
