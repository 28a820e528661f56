//! A merchant that can sign, and looks at every answer's signature: no more than these tests need.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};
use wechat_counterpart::{Counterpart, Credentials};

static NONCE: AtomicU64 = AtomicU64::new(1);

/// Asks as one merchant.
pub struct Caller {
    pub credentials: Credentials,
    pub base: String,
    /// Sent as `Wechatpay-Serial`.
    pub names_key: Option<String>,
    pub patience: Duration,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

/// The parts of a request that a test may bend.
#[derive(Clone, Debug)]
pub struct Letter {
    pub method: &'static str,
    pub target: String,
    pub body: String,
    pub headers: Vec<(&'static str, String)>,
}

impl Caller {
    pub fn new(platform: &Counterpart, credentials: Credentials) -> Caller {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let base = platform.base_url();
        Caller { credentials, base, names_key: None, patience: Duration::from_secs(5), agent }
    }

    pub fn get(&self, target: &str) -> Reply {
        self.send(&self.letter("GET", target, "")).unwrap()
    }

    pub fn post(&self, target: &str, body: &Value) -> Reply {
        self.send(&self.letter("POST", target, &body.to_string())).unwrap()
    }

    /// A letter that is right in every way.
    pub fn letter(&self, method: &'static str, target: &str, body: &str) -> Letter {
        let headers = vec![
            ("accept", "application/json".to_owned()),
            ("user-agent", "tests".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        let mut letter =
            Letter { method, target: target.to_owned(), body: body.to_owned(), headers };
        letter.set("authorization", &self.authorization(&letter, now()));
        if let Some(key) = &self.names_key {
            letter.set("wechatpay-serial", key);
        }
        letter
    }

    pub fn authorization(&self, letter: &Letter, timestamp: u64) -> String {
        let nonce = format!("{:032X}", NONCE.fetch_add(1, Ordering::Relaxed));
        let Letter { method, target, body, .. } = letter;
        let text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let signature = STANDARD.encode(self.sign(text.as_bytes()));
        let Credentials { mchid, serial_no, .. } = &self.credentials;
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",\
             signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{serial_no}\""
        )
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let key = RsaKeyPair::from_pkcs8(&pem(&self.credentials.private_key_pem)).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    }

    /// None if the connection ended, or nothing came in time.
    pub fn send(&self, letter: &Letter) -> Option<Reply> {
        let url = format!("{}{}", self.base, letter.target);
        let answer = if letter.method == "GET" {
            let mut request = self.agent.get(url);
            for (name, value) in letter.headers.iter().filter(|(name, _)| *name != "content-type") {
                request = request.header(*name, value);
            }
            request.config().timeout_global(Some(self.patience)).build().call()
        } else {
            let mut request = self.agent.post(url);
            for (name, value) in &letter.headers {
                request = request.header(*name, value);
            }
            request.config().timeout_global(Some(self.patience)).build().send(&letter.body)
        };
        let mut answer = answer.ok()?;
        let pairs = answer.headers().iter();
        let headers = pairs
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = answer.body_mut().read_to_vec().ok()?;
        Some(Reply { status: answer.status().as_u16(), body, headers })
    }
}

impl Letter {
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
    }

    pub fn without(mut self, name: &str) -> Letter {
        self.headers.retain(|(known, _)| *known != name);
        // The client sends its own, unless it is told to send an empty one.
        if let "user-agent" | "accept" = name {
            let empty = if name == "accept" { "accept" } else { "user-agent" };
            self.headers.push((empty, String::new()));
        }
        self
    }
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Status and code, as the tables of these tests have them.
    pub fn said(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    pub fn is_signed_by(&self, public: &[u8]) -> bool {
        is_signed(|name| self.header(name).map(str::to_owned), &self.body, public)
    }
}

/// Whether headers and body bear a signature of this key.
pub fn is_signed(header: impl Fn(&str) -> Option<String>, body: &[u8], public: &[u8]) -> bool {
    let part = |name: &str| header(&format!("wechatpay-{name}")).unwrap_or_default();
    let text =
        [format!("{}\n{}\n", part("timestamp"), part("nonce")).as_bytes(), body, b"\n"].concat();
    let Ok(signature) = STANDARD.decode(part("signature")) else { return false };
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    key.verify(&text, &signature).is_ok()
}

/// Opens what was sealed with a merchant's key.
pub fn open(key: &str, sealed: &Value) -> Option<Vec<u8>> {
    assert_eq!(sealed["algorithm"], "AEAD_AES_256_GCM");
    let field = |name: &str| sealed[name].as_str().unwrap();
    let mut text = STANDARD.decode(field("ciphertext")).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(field("nonce").as_bytes()).unwrap();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).unwrap());
    let plain = key.open_in_place(nonce, Aad::from(field("associated_data")), &mut text).ok()?;
    Some(plain.to_vec())
}

/// The bytes inside PEM.
pub fn pem(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

/// The RSA key inside a certificate or a public key: what follows the mark of RSA with 2048 bits.
pub fn public_key(text: &str) -> Vec<u8> {
    let mark = [0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00];
    let der = pem(text);
    let at = der.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    der[at..at + 270].to_vec()
}

/// Fetches the certificates: their serial numbers and keys.
pub fn certificates(caller: &Caller) -> Vec<(String, Vec<u8>)> {
    let reply = caller.get("/v3/certificates");
    assert_eq!(reply.status, 200);
    let data = reply.json()["data"].as_array().unwrap().clone();
    let read = |one: &Value| {
        let text = open(&caller.credentials.api_v3_key, &one["encrypt_certificate"]).unwrap();
        let text = String::from_utf8(text).unwrap();
        (one["serial_no"].as_str().unwrap().to_owned(), public_key(&text))
    };
    data.iter().map(read).collect()
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An order of the shop in China.
pub fn order(caller: &Caller, number: &str, total: i64, notify_url: &str) -> Value {
    json!({
        "appid": caller.credentials.appid,
        "mchid": caller.credentials.mchid,
        "description": "山星そば",
        "out_trade_no": number,
        "notify_url": notify_url,
        "amount": { "total": total, "currency": "CNY" },
    })
}

pub const NATIVE: &str = "/v3/pay/transactions/native";
pub const CODEPAY: &str = "/v3/pay/transactions/codepay";
pub const REFUNDS: &str = "/v3/refund/domestic/refunds";
/// Where nobody listens.
pub const NOWHERE: &str = "http://127.0.0.1:9/notify";

pub fn query_of(caller: &Caller, number: &str) -> String {
    format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", caller.credentials.mchid)
}

/// A shop in China and its platform.
pub fn shop() -> (Counterpart, Caller) {
    let platform = Counterpart::start().unwrap();
    platform.notify_by_hand(true);
    let caller = Caller::new(&platform, platform.mainland());
    (platform, caller)
}

/// An order of that number and sum, paid.
pub fn paid(platform: &Counterpart, caller: &Caller, number: &str, total: i64, url: &str) {
    let reply = caller.post(NATIVE, &order(caller, number, total, url));
    let code_url = reply.json()["code_url"].as_str().unwrap().to_owned();
    platform.pay(&code_url).unwrap();
}
