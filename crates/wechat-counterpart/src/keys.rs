//! The keys that are shipped with the crate. All of them are for tests, and worth nothing.

use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};

use crate::pem;

/// A merchant's or the platform's key, and under which name the other side knows it.
#[derive(Debug)]
pub(crate) struct KeyPair {
    /// The serial number of its certificate (40 hexadecimal digits), or `PUB_KEY_ID_…`.
    pub(crate) id: String,
    /// Its certificate in PEM; none where a bare public key is handed out.
    pub(crate) certificate: Option<&'static str>,
    private: RsaKeyPair,
}

impl KeyPair {
    fn shipped(id: &str, private: &str, certificate: Option<&'static str>) -> KeyPair {
        let der = pem::decode(private).expect("the shipped keys are PEM");
        let private = RsaKeyPair::from_pkcs8(&der).expect("the shipped keys are RSA in PKCS#8");
        KeyPair { id: id.to_owned(), certificate, private }
    }

    /// SHA-256 with RSA, PKCS#1 v1.5.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.private.public().modulus_len()];
        self.private
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a signature fits the length of its key");
        signature
    }
}

/// The private keys of the merchants, in PEM (PKCS#8), as `apiclient_key.pem` is.
pub(crate) const MERCHANT: &str = include_str!("../keys/merchant.key.pem");
pub(crate) const MERCHANT_NEW: &str = include_str!("../keys/merchant_new.key.pem");
pub(crate) const INSTITUTION: &str = include_str!("../keys/institution.key.pem");
/// The platform's public key of the public-key mode, in PEM (SPKI), as `pub_key.pem` is.
pub(crate) const WECHAT_PUBLIC: &str = include_str!("../keys/wechat_public.pub.pem");
/// The certificate that signed the platform's.
pub(crate) const ROOT: &str = include_str!("../keys/root.cert.pem");
/// The id of [`WECHAT_PUBLIC`], in the form of the documents' example.
pub(crate) const WECHAT_PUBLIC_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";

/// The platform's keys that have certificates, in the order in which they come into use.
pub(crate) fn platform() -> Vec<KeyPair> {
    vec![
        KeyPair::shipped(
            "1A682B0CD0BEC59C7DCD85CDABA271491DC0A842",
            include_str!("../keys/platform_a.key.pem"),
            Some(include_str!("../keys/platform_a.cert.pem")),
        ),
        KeyPair::shipped(
            "7ECA869F7CC71828EB32885F32983B7A793F87E1",
            include_str!("../keys/platform_b.key.pem"),
            Some(include_str!("../keys/platform_b.cert.pem")),
        ),
        KeyPair::shipped(
            "415CAB64D306818C27B004DC492446A1DDCBD13F",
            include_str!("../keys/platform_c.key.pem"),
            Some(include_str!("../keys/platform_c.cert.pem")),
        ),
    ]
}

/// The platform's key without a certificate.
pub(crate) fn wechat_public() -> KeyPair {
    let private = include_str!("../keys/wechat_public.key.pem");
    KeyPair::shipped(WECHAT_PUBLIC_ID, private, None)
}

/// A key that neither side has told the other.
pub(crate) fn stranger() -> KeyPair {
    let private = include_str!("../keys/stranger.key.pem");
    KeyPair::shipped("0BADC0DE0BADC0DE0BADC0DE0BADC0DE0BADC0DE", private, None)
}

/// The public half of a private key in PEM, as [`crate::sign::verify`] wants it.
pub(crate) fn public_of(private: &str) -> Option<Vec<u8>> {
    let key = RsaKeyPair::from_pkcs8(&pem::decode(private)?).ok()?;
    Some(key.public_key().as_ref().to_vec())
}

/// Between these the shipped certificates are good: 1 January 2024 and 2044, in seconds.
pub(crate) const NOT_BEFORE: i64 = 1_704_067_200;
pub(crate) const NOT_AFTER: i64 = 2_335_219_200;
