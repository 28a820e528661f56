//! The keys by which WeChat Pay proves itself: platform certificates, of which several are live
//! while they are being changed, and the public key that takes their place for new merchants.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::RwLock;

use connector::{KeyInUse, KeyOf};
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use serde::Deserialize;
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;
use webpki::{EndEntityCert, RawPublicKeyEntity};

use crate::wechat::seal::{ApiV3Key, Sealed};
use crate::wechat::settings::{Platform, Trouble, public};

/// Certificates are asked for again this often, in seconds. (WeChat Pay: less than 12 hours.)
const FRESH_S: u64 = 11 * 3_600;
/// After a key that nobody knew they are not asked for again in this many seconds, so that what
/// strangers send can't have us ask and ask.
const PATIENCE_S: u64 = 10;

/// One key.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// Of a certificate, from and up to a second.
    Certificate { der: CertificateDer<'static>, from: u64, until: u64 },
    /// By itself.
    Public(SubjectPublicKeyInfoDer<'static>),
}

impl Key {
    /// Whether it is live, and its signature over these bytes is the one that is shown.
    pub(crate) fn signed(&self, now: u64, bytes: &[u8], signature: &[u8]) -> bool {
        let algorithm = RSA_PKCS1_2048_8192_SHA256;
        match self {
            Self::Certificate { der, from, until } => {
                let Ok(certificate) = EndEntityCert::try_from(der) else { return false };
                (*from..*until).contains(&now)
                    && certificate.verify_signature(algorithm, bytes, signature).is_ok()
            }
            Self::Public(spki) => RawPublicKeyEntity::try_from(spki)
                .is_ok_and(|key| key.verify_signature(algorithm, bytes, signature).is_ok()),
        }
    }
}

/// The keys that are believed.
#[derive(Debug)]
pub(crate) struct Keys {
    certificates: bool,
    public: Option<(String, Key)>,
    live: RwLock<Live>,
}

#[derive(Debug, Default)]
struct Live {
    by_serial: BTreeMap<String, Key>,
    /// When they were last asked for, in seconds.
    asked: Option<u64>,
    /// When they were last received.
    received: Option<u64>,
}

/// An answer of certificates.
#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    serial_no: String,
    effective_time: Timestamp,
    expire_time: Timestamp,
    encrypt_certificate: Sealed,
}

impl Keys {
    pub(crate) fn of(platform: &Platform) -> Result<Self, Trouble> {
        let public = match &platform.public_key {
            None => None,
            Some((id, path)) => Some((id.clone(), public_key(path)?)),
        };
        Ok(Self { certificates: platform.certificates, public, live: RwLock::default() })
    }

    /// The key of a serial number or id.
    pub(crate) fn key(&self, serial: &str) -> Option<Key> {
        match &self.public {
            Some((id, key)) if id == serial => Some(key.clone()),
            _ => self.live().by_serial.get(serial).cloned(),
        }
    }

    /// Those that are believed now, without what is secret of them.
    pub(crate) fn in_use(&self) -> Vec<KeyInUse> {
        let public = self.public.iter().map(|(id, _)| (KeyOf::TheirKey, id.clone(), None));
        let live = self.live();
        let certificates = live.by_serial.iter().map(|(serial, key)| {
            let until = match key {
                Key::Certificate { until, .. } => Some(kernel::Timestamp::from_seconds(*until)),
                Key::Public(_) => None,
            };
            (KeyOf::TheirCertificate, serial.clone(), until)
        });
        let all = public.chain(certificates);
        all.map(|(of, id, until)| KeyInUse { of, id, until }).collect()
    }

    /// Which key we ask WeChat Pay to sign with; none while certificates are used, which it picks.
    pub(crate) fn wanted(&self) -> Option<&str> {
        self.public.as_ref().map(|(id, _)| id.as_str())
    }

    /// Whether to ask for certificates now: they are old, or `serial` is not among them. Says yes
    /// once in a while only, and whoever hears it is to ask.
    pub(crate) fn is_due(&self, now: u64, serial: &str) -> bool {
        if !self.certificates || self.public.as_ref().is_some_and(|(id, _)| id == serial) {
            return false;
        }
        let mut live = self.live.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let old = live.received.is_none_or(|at| now >= at.saturating_add(FRESH_S));
        let rested = live.asked.is_none_or(|at| now.abs_diff(at) >= PATIENCE_S);
        let due = rested && (old || !live.by_serial.contains_key(serial));
        if due {
            live.asked = Some(now);
        }
        due
    }

    /// Takes the certificates of an answer in place of those of before. Each was sealed under the
    /// merchant's own key, so that nobody else can have made it.
    pub(crate) fn take(&self, seal: &ApiV3Key, now: u64, body: &[u8]) -> Result<(), &'static str> {
        let by_serial = read(seal, body)?;
        if by_serial.is_empty() {
            return Err("it has no certificate");
        }
        let mut live = self.live.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        live.by_serial = by_serial;
        live.received = Some(now);
        Ok(())
    }

    fn live(&self) -> std::sync::RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The certificates of an answer, by serial number.
pub(crate) fn read(seal: &ApiV3Key, body: &[u8]) -> Result<BTreeMap<String, Key>, &'static str> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| "it is no list of certificates")?;
    let entries = answer.data.into_iter().map(|entry| {
        let pem = seal
            .open(&entry.encrypt_certificate)
            .map_err(|_| "a certificate is not sealed under this merchant's API v3 key")?;
        let der = CertificateDer::from_pem_slice(&pem).map_err(|_| "a certificate is no PEM")?;
        let serial = {
            let known = EndEntityCert::try_from(&der).map_err(|_| "a certificate can't be read")?;
            hex(known.serial())
        };
        if serial != entry.serial_no.to_ascii_uppercase() {
            return Err("a certificate has another serial number than it is listed under");
        }
        let seconds = |at: Timestamp| u64::try_from(at.as_second()).unwrap_or(0);
        let (from, until) = (seconds(entry.effective_time), seconds(entry.expire_time));
        Ok((entry.serial_no, Key::Certificate { der, from, until }))
    });
    entries.collect()
}

/// A serial number as WeChat Pay writes it. A leading zero byte only says that it is positive.
fn hex(serial: &[u8]) -> String {
    let serial = serial.strip_prefix(&[0]).unwrap_or(serial);
    serial.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn public_key(path: &Path) -> Result<Key, Trouble> {
    let text = public(path)?;
    let not_that = || Trouble::NotThat {
        path: path.display().to_string(),
        what: "WeChat Pay's public key in PEM, as pub_key.pem of the merchant's page is",
    };
    let spki = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).map_err(|_| not_that())?;
    RawPublicKeyEntity::try_from(&spki).map_err(|_| not_that())?;
    Ok(Key::Public(spki))
}
