//! The witness of a link: a hash over the lines of all messages that one side sent, that both sides
//! compute. Two pasts can't have the same.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::message::Flat;

/// A hash in 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a hash of 64 hexadecimal digits, small letters";
        let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(plain) {
            return Err(wrong);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// How far a side's messages go, and the hash over all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The number of the last one; 0 before the first.
    pub number: u64,
    /// SHA-256 over the hash before it, its line and a line feed; 32 zero bytes before the first.
    pub witness: Hash,
}

impl Chain {
    /// Goes on with the next message.
    pub fn push(&mut self, message: &Flat) {
        self.go_on(message.number, &message.line());
    }

    /// Goes on with the line of the message of a number.
    pub fn go_on(&mut self, number: u64, line: &str) {
        let mut hasher = Sha256::new();
        hasher.update(self.witness.0);
        hasher.update(line);
        hasher.update(b"\n");
        self.witness = Hash(hasher.finalize().into());
        self.number = number;
    }
}
