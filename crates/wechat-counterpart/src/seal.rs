//! `AEAD_AES_256_GCM`, by which certificates and the resource of a notification are hidden.
//!
//! Source: *payment notice*, second step
//! (`pay.weixin.qq.com/docs/partner/apis/partner-native-payment/payment-notice.html`): the key is
//! the merchant's API v3 key of 32 bytes, the nonce has 12, and the tag stands behind the ciphertext.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};

/// Seals `plain`; the answer is Base64, the tag behind the text.
pub(crate) fn seal(key: &[u8; 32], nonce: &[u8; 12], aad: &str, plain: &[u8]) -> String {
    let key = key_of(&AES_256_GCM, key).expect("the key has 32 bytes");
    let mut text = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut text)
        .expect("no text here is longer than GCM allows");
    STANDARD.encode(text)
}

fn key_of(algorithm: &'static Algorithm, key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use ring::aead::AES_128_GCM;

    use super::*;

    fn open(
        algorithm: &'static Algorithm,
        key: &[u8],
        nonce: &[u8; 12],
        aad: &str,
        text: &str,
    ) -> Option<Vec<u8>> {
        let mut text = STANDARD.decode(text).ok()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let key = key_of(algorithm, key)?;
        key.open_in_place(nonce, Aad::from(aad), &mut text).ok().map(|plain| plain.to_vec())
    }

    #[test]
    fn the_published_vector_opens() {
        // wechatpay-apiv3/wechatpay-go: utils/aes_test.go. Its key has only 16 bytes.
        let open = |key: &[u8]| {
            let aad = "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8";
            open(&AES_128_GCM, key, b"wCq51qZv4Yfg", aad, "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC")
        };
        assert_eq!(open(b"testAPIv3Key0000").unwrap(), b"Hello World");
        assert_eq!(open(b"testAPIv3Key1111"), None);
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_nonce_and_data_alone() {
        // The vector of McGrew and Viega, GCM specification, test case 16 (AES-256, with data).
        let hex = |text: &str| -> Vec<u8> {
            let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            (0..text.len()).step_by(2).map(digits).collect()
        };
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce = hex("cafebabefacedbaddecaf888");
        let plain = hex(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        ));
        let sealed = hex(concat!(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        ));
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let tag = hex("76fc6ece0f4e1768cddf8853bb2d551b");
        let mut ours = plain;
        let aead = key_of(&AES_256_GCM, &key).unwrap();
        let once = Nonce::assume_unique_for_key(nonce.try_into().unwrap());
        aead.seal_in_place_append_tag(once, Aad::from(aad), &mut ours).unwrap();
        assert_eq!(ours, [sealed, tag].concat());

        let key = b"0123456789abcdef0123456789ABCDEF";
        let text = seal(key, b"61f9c719728a", "certificate", "証明書".as_bytes());
        let open = |key: &[u8], nonce: &[u8; 12], aad| {
            open(&AES_256_GCM, key, nonce, aad, &text).is_some()
        };
        assert!(open(key, b"61f9c719728a", "certificate"));
        assert!(!open(b"0123456789abcdef0123456789ABCDEG", b"61f9c719728a", "certificate"));
        assert!(!open(key, b"61f9c719728b", "certificate"));
        assert!(!open(key, b"61f9c719728a", ""));
    }
}
