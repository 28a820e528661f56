//! PEM, and the one form of public key that is read: RSA of 2048 bits in a SubjectPublicKeyInfo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands before the key itself in a SubjectPublicKeyInfo of RSA with 2048 bits.
const SPKI_2048: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];

/// The bytes between the first pair of PEM's lines.
pub(crate) fn decode(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let text: String = lines.skip(1).take_while(|line| !line.starts_with("-----END ")).collect();
    if text.is_empty() { None } else { STANDARD.decode(text).ok() }
}

/// The key inside a public key of RSA with 2048 bits in PEM; `None` if it is anything else.
pub(crate) fn rsa_public(pem: &str) -> Option<Vec<u8>> {
    decode(pem)?.strip_prefix(&SPKI_2048[..]).map(<[u8]>::to_vec)
}
