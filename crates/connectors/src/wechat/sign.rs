//! How a request is signed: `WECHATPAY2-SHA256-RSA2048`.
//!
//! Source: WeChat Pay, "Signature Generation" (api_external/en/wechatpay/wechatpay4_0), and the
//! public client wechatpay-apiv3/wechatpay-go.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use crate::wechat::settings::{Trouble, secret};

/// What is signed with, and for whom.
pub(crate) struct Signer {
    mchid: String,
    serial: String,
    key: RsaKeyPair,
    random: SystemRandom,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, {}, …)", self.mchid, self.serial)
    }
}

impl Signer {
    pub(crate) fn from_file(mchid: &str, serial: &str, path: &Path) -> Result<Self, Trouble> {
        let text = secret(path)?;
        let not_that = || Trouble::NotThat {
            path: path.display().to_string(),
            what: "a private RSA key of 2048 bits or more in PEM (PKCS #8), as apiclient_key.pem is",
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| not_that())?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| not_that())?;
        let (mchid, serial) = (mchid.to_owned(), serial.to_owned());
        Ok(Self { mchid, serial, key, random: SystemRandom::new() })
    }

    /// The value of `Authorization` for a request. `path` has the query in it; `body` is exactly
    /// what is sent.
    pub(crate) fn authorization(&self, method: &str, path: &str, at: u64, body: &str) -> String {
        let nonce = self.nonce();
        let signature = self.sign(&said(method, path, at, &nonce, body));
        let Self { mchid, serial, .. } = self;
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",\
             timestamp=\"{at}\",serial_no=\"{serial}\",signature=\"{signature}\""
        )
    }

    /// Base64 of the signature over a text.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &self.random, text.as_bytes(), &mut signature)
            .expect("a key that was read can sign, and the system has random bytes");
        STANDARD.encode(signature)
    }

    /// 32 characters that nobody can know before.
    pub(crate) fn nonce(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes).expect("the system has random bytes");
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }
}

/// What is signed of a request: five lines, each with its end.
pub(crate) fn said(method: &str, path: &str, at: u64, nonce: &str, body: &str) -> String {
    format!("{method}\n{path}\n{at}\n{nonce}\n{body}\n")
}
