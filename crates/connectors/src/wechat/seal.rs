//! How WeChat Pay seals what it tells: AES-256-GCM under the merchant's API v3 key, the tag at the
//! end. Source: WeChat Pay, "Certificate and Callback Decryption".

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::wechat::settings::{Trouble, secret};

/// The merchant's API v3 key.
pub(crate) struct ApiV3Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(…)")
    }
}

/// What is sealed, as answers and notifications carry it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) algorithm: String,
    pub(crate) ciphertext: String,
    #[serde(default)]
    pub(crate) associated_data: Option<String>,
    pub(crate) nonce: String,
}

/// It is sealed in another way, under another key, or was altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopened;

impl ApiV3Key {
    pub(crate) fn from_file(path: &Path) -> Result<Self, Trouble> {
        let text = secret(path)?;
        let not_that = |_| Trouble::NotThat {
            path: path.display().to_string(),
            what: "an API v3 key: 32 characters and nothing else",
        };
        let key = <[u8; 32]>::try_from(text.trim_ascii_end().as_bytes()).map_err(not_that)?;
        Ok(Self(Zeroizing::new(key)))
    }

    #[cfg(test)]
    pub(crate) fn of(text: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*text))
    }

    /// What is inside.
    pub(crate) fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, Unopened> {
        if sealed.algorithm != "AEAD_AES_256_GCM" {
            return Err(Unopened);
        }
        open(&AES_256_GCM, &self.0[..], sealed)
    }
}

pub(crate) fn open(
    algorithm: &'static Algorithm,
    key: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, Unopened> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).map_err(|_| Unopened)?);
    let nonce = Nonce::try_assume_unique_for_key(sealed.nonce.as_bytes()).map_err(|_| Unopened)?;
    let aad = Aad::from(sealed.associated_data.as_deref().unwrap_or_default().as_bytes());
    let mut bytes = STANDARD.decode(&sealed.ciphertext).map_err(|_| Unopened)?;
    let length = key.open_in_place(nonce, aad, &mut bytes).map_err(|_| Unopened)?.len();
    bytes.truncate(length);
    Ok(bytes)
}
