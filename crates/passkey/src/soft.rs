//! An authenticator in software, for tests: it makes ES256 passkeys and signs with them, and does
//! wrong on request. Never built into the product.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// User present, user verified.
const UP_UV: u8 = 0x05;
/// Attested credential data follows.
const AT: u8 = 0x40;

/// One passkey with its private key.
#[derive(Clone, Debug)]
pub struct SoftPasskey {
    key: SigningKey,
    /// Its id.
    pub id: Vec<u8>,
    /// What it says how often it signed.
    pub counter: u32,
    /// The site that the browser is on.
    pub origin: String,
    /// For which relying party it signs.
    pub relying: String,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// What comes back of who registered it.
    pub person: Vec<u8>,
}

impl SoftPasskey {
    /// A passkey whose private key and id follow from a number, on a site such as
    /// `http://localhost:8080`.
    pub fn new(number: u8, origin: &str) -> Self {
        let secret = [number.max(1); 32];
        let key = SigningKey::from_slice(&secret).expect("a small number is a private key");
        let host = origin.split("://").nth(1).unwrap_or_default();
        let relying = host.split(':').next().unwrap_or_default().to_owned();
        let (id, origin) = (vec![number; 16], origin.to_owned());
        Self { key, id, counter: 0, origin, relying, verifies: true, person: Vec::new() }
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.relying.as_bytes()).to_vec();
        data.push(if self.verifies { UP_UV } else { 0x01 } | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        let client = json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false,
        });
        client.to_string().into_bytes()
    }

    /// Answers `navigator.credentials.create` (WebAuthn §6.5, attestation `none`).
    pub fn create(&mut self, options: &Value) -> String {
        let person = options["user"]["id"].as_str().unwrap_or_default();
        self.person = URL_SAFE_NO_PAD.decode(person).unwrap_or_default();
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().expect("not infinity"), point.y().expect("not infinity"));
        let mut data = self.data(AT);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        // COSE_Key: EC2, ES256, P-256, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x.as_slice());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y.as_slice());
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData");
        object.extend([0x59]);
        object.extend((data.len() as u16).to_be_bytes());
        object.extend(data);
        let client = self.client("webauthn.create", options);
        self.answer(&json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
        }))
    }

    /// Answers `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> String {
        let data = self.data(0);
        let client = self.client("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let signature: Signature = self.key.sign(&signed);
        self.answer(&json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.person),
        }))
    }

    fn answer(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }
}
