//! Sealing: bytes and the place they belong to, in; bytes that open only for that place, out.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::VaultError;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The authentication tag at the end of every sealed value.
pub(crate) const TAG_BYTES: usize = 16;

/// A key of XChaCha20-Poly1305, wiped from memory when dropped.
pub(crate) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    pub(crate) fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// `None` if `bytes` has another length than a key.
    pub(crate) fn try_from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// nonce ‖ ciphertext ‖ tag, under a fresh random nonce (24 bytes: chance alone never repeats).
    pub(crate) fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let aad = place.to_string();
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a value is far shorter than the 256 GB that the cipher can seal");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// `None` if it was not sealed with this key for this place, or was changed since.
    pub(crate) fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let aad = place.to_string();
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(self.as_bytes()).expect("a Key has the cipher's length")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What a sealed value is about; the authenticated text that keeps it in its place. The words are
/// checked names, so no two places print alike.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) cell: &'a str,
    pub(crate) what: What<'a>,
}

/// The kinds of sealed rows.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    /// A value of a party; `seq` differs between two versions of one field.
    Field { party: u128, field: &'a str, seq: i64 },
    /// A party's key, sealed with the cell's.
    PartyKey { party: u128 },
    /// That a party was forgotten: an empty value.
    Forgotten { party: u128 },
    /// The sum over all rows.
    Summary,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = self.cell;
        match self.what {
            What::Field { party, field, seq } => write!(f, "{cell}|{party:032x}|{field}|{seq}"),
            What::PartyKey { party } => write!(f, "{cell}|{party:032x}|#key"),
            What::Forgotten { party } => write!(f, "{cell}|{party:032x}|#forgotten"),
            What::Summary => write!(f, "{cell}|#summary"),
        }
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|error| VaultError::NoRandomness(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(party: u128, field: &str, seq: i64) -> Place<'_> {
        Place { cell: "cn", what: What::Field { party, field, seq } }
    }

    #[test]
    fn opens_only_in_its_own_place_with_its_own_key() {
        let key = Key::generate().unwrap();
        let sealed = key.seal(&field(7, "name", 1), "李伟".as_bytes()).unwrap();
        assert_eq!(&**key.open(&field(7, "name", 1), &sealed).unwrap(), "李伟".as_bytes());

        let elsewhere = [
            field(8, "name", 1),
            field(7, "email", 1),
            field(7, "name", 2),
            Place { cell: "jp", ..field(7, "name", 1) },
            Place { cell: "cn", what: What::PartyKey { party: 7 } },
            Place { cell: "cn", what: What::Forgotten { party: 7 } },
            Place { cell: "cn", what: What::Summary },
        ];
        for place in elsewhere {
            assert!(key.open(&place, &sealed).is_none(), "opened as {place}");
        }
        assert!(Key::generate().unwrap().open(&field(7, "name", 1), &sealed).is_none());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let key = Key::generate().unwrap();
        let place = field(7, "name", 1);
        let sealed = key.seal(&place, b"Li Wei").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&place, &flipped).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key.open(&place, &sealed[..length]).is_none(), "cut to {length}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = Key::try_from_slice(&[0xab; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
