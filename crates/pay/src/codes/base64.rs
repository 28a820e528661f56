//! Base64 as containers of codes have it (RFC 4648 §4): padded, nothing else between.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let at = |index: usize| u32::from(part.get(index).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4 {
            let index = (word >> (18 - 6 * letter) & 63) as usize;
            text.push(if letter <= part.len() { char::from(LETTERS[index]) } else { '=' });
        }
    }
    text
}

/// The bytes of a text; none where it is not what [`encode`] writes for them.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for letter in digits.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)? as u32;
        word = (word << 6 | value) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_examples_of_rfc_4648() {
        let rows = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, text) in rows {
            assert_eq!(super::encode(plain.as_bytes()), text);
            assert_eq!(super::decode(text).as_deref(), Some(plain.as_bytes()));
        }
        for unfit in ["Zg", "Zg=", "Zh==", "Z===", "Zm 8=", "Zm9v=", "é"] {
            assert_eq!(super::decode(unfit), None, "{unfit}");
        }
    }
}
