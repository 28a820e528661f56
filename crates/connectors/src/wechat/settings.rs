//! Which contract with WeChat Pay a connector speaks for, and its secrets.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kernel::Currency;
use zeroize::Zeroizing;

/// Which of the two systems of interfaces it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Region {
    /// For merchants of mainland China, in CNY.
    Mainland,
    /// For merchants elsewhere, in their own currency.
    Global {
        /// The merchant's trade (ISO 18245), which cross-border payments must name.
        category: String,
    },
}

/// Whose contract it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contract {
    /// A merchant's own.
    Merchant,
    /// An institution's, which asks for a merchant below it.
    Institution {
        /// That merchant's number.
        sub_mchid: String,
        /// That merchant's app, if it has one.
        sub_appid: Option<String>,
    },
}

/// By which keys WeChat Pay proves itself. One of the two must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Platform certificates, downloaded and rotated.
    pub certificates: bool,
    /// A public key: its id (`PUB_KEY_ID_…`) and the PEM file from the merchant's page.
    pub public_key: Option<(String, PathBuf)>,
}

/// All that is set of a connector.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the cell calls it.
    pub name: String,
    /// Which interfaces.
    pub region: Region,
    /// What sellers ask to be paid in.
    pub currency: Currency,
    /// The address of the interfaces, such as `https://apihk.mch.weixin.qq.com`.
    pub base_url: String,
    /// The app's number.
    pub appid: String,
    /// The merchant's number, or the institution's.
    pub mchid: String,
    /// Whose contract it is.
    pub contract: Contract,
    /// The serial number of the API certificate whose key signs.
    pub serial: String,
    /// The PEM file of that key (PKCS #8), 0600.
    pub key_file: PathBuf,
    /// The file of the 32 characters of the API v3 key, 0600.
    pub api_v3_key_file: PathBuf,
    /// By which keys WeChat Pay proves itself.
    pub platform: Platform,
    /// Our address for notifications: HTTPS, reachable from outside, without a query.
    pub notify_url: String,
}

/// Why a connector can't be used; one sentence with what to do.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The system said no.
    #[error("{path} can't be read: {source}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Others can read a secret.
    #[error(
        "{0} can be read by others than its owner; `chmod 600` it, and have a new key made if anyone has read it"
    )]
    Readable(String),
    /// Something else stands in the file.
    #[error("{path} is not {what}")]
    NotThat {
        /// Which file.
        path: String,
        /// What it should be.
        what: &'static str,
    },
    /// A setting is missing or can't be.
    #[error("connector '{name}': {what}")]
    Setting {
        /// Which connector.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// The most bytes of a file of keys.
const MOST: u64 = 64 * 1024;

impl Settings {
    /// Which contract it is, in a word.
    pub(crate) const fn mode(&self) -> &'static str {
        match (&self.region, &self.contract) {
            (Region::Mainland, Contract::Merchant) => "mainland",
            (Region::Mainland, Contract::Institution { .. }) => "mainland_institution",
            (Region::Global { .. }, Contract::Merchant) => "global",
            (Region::Global { .. }, Contract::Institution { .. }) => "global_institution",
        }
    }

    /// # Errors
    /// [`Trouble::Setting`].
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        let wrong = |what| Err(Trouble::Setting { name: self.name.clone(), what });
        let plain = |text: &str| {
            (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let name = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if !(1..=16).contains(&self.name.len()) || !self.name.bytes().all(name) {
            return wrong("its name must have 1 to 16 characters of a-z, digits and -");
        }
        if !plain(&self.appid) || !plain(&self.mchid) {
            return wrong("appid and mchid must be as WeChat Pay gave them");
        }
        if self.serial.is_empty() || !self.serial.bytes().all(|b| b.is_ascii_hexdigit()) {
            return wrong("serial must be the hexadecimal serial number of the API certificate");
        }
        if let Contract::Institution { sub_mchid, sub_appid } = &self.contract
            && (!plain(sub_mchid) || sub_appid.as_ref().is_some_and(|app| !plain(app)))
        {
            return wrong("sub_mchid and sub_appid must be as WeChat Pay gave them");
        }
        if let Region::Global { category } = &self.region
            && !(category.len() == 4 && category.bytes().all(|b| b.is_ascii_digit()))
        {
            return wrong("merchant_category_code must be the four digits of the trade");
        }
        if self.region == Region::Mainland && self.currency != Currency::CNY {
            return wrong("merchants of the mainland are paid in CNY");
        }
        if !is_safe(&self.base_url) {
            return wrong("base_url must begin with https:// (http:// is for this machine alone)");
        }
        if self.notify_url.len() > 255 || self.notify_url.contains(['?', '#']) {
            return wrong("notify_url must be an address without a query");
        }
        if !self.platform.certificates && self.platform.public_key.is_none() {
            return wrong("say by what WeChat Pay proves itself: certificates, or its public key");
        }
        Ok(())
    }
}

/// Whether what is said to an address stays secret.
fn is_safe(url: &str) -> bool {
    let loopback = |rest: &str| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        host == "127.0.0.1" || host == "localhost"
    };
    let bare = !url.ends_with('/') && !url.contains(['?', '#', '@', ' ']);
    bare && (url.starts_with("https://") || url.strip_prefix("http://").is_some_and(loopback))
}

/// A secret's text.
///
/// # Errors
/// [`Trouble`], also when others than the owner can read the file.
pub(crate) fn secret(path: &Path) -> Result<Zeroizing<String>, Trouble> {
    let at = |source| Trouble::Io { path: path.display().to_string(), source };
    let mut file = File::open(path).map_err(at)?;
    // Of the opened file, so that no other can take its place in between.
    let known = file.metadata().map_err(at)?;
    if known.permissions().mode() & 0o077 != 0 {
        return Err(Trouble::Readable(path.display().to_string()));
    }
    let mut text = Zeroizing::new(String::with_capacity(known.len().min(MOST) as usize + 1));
    (&mut file).take(MOST).read_to_string(&mut text).map_err(at)?;
    Ok(text)
}

/// A text that is no secret.
///
/// # Errors
/// [`Trouble::Io`].
pub(crate) fn public(path: &Path) -> Result<String, Trouble> {
    let at = |source| Trouble::Io { path: path.display().to_string(), source };
    fs::read_to_string(path).map_err(at)
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v3.key");
        fs::write(&path, "a").unwrap();
        for (mode, is_taken) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(secret(&path).is_ok(), is_taken, "{mode:o}");
        }
        assert!(matches!(secret(&folder.path().join("no")), Err(Trouble::Io { .. })));
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for (url, safe) in [
            ("https://apihk.mch.weixin.qq.com", true),
            ("http://127.0.0.1:4711", true),
            ("http://localhost:4711", true),
            ("http://apihk.mch.weixin.qq.com", false),
            ("http://127.0.0.1.example.org", false),
            ("http://127.0.0.1@example.org", false),
            ("https://example.org/", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_safe(url), safe, "{url}");
        }
    }
}
