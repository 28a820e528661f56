//! Who may ask, and by which key the platform answers them.

use crate::keys;

/// Where a merchant is: the two have different paths, and fields of different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// `api.mch.weixin.qq.com`: `/v3/pay/…` and `/v3/refund/domestic/…`, yuan alone.
    Mainland,
    /// `apihk.mch.weixin.qq.com`: `/v3/global/…`, other currencies, the payer pays yuan.
    Global,
}

/// How a merchant knows the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// By certificates, fetched from `/v3/certificates`.
    Certificates,
    /// By a public key without end, whose id begins with `PUB_KEY_ID_`.
    PublicKey,
    /// On the way from the first to the second: answers are signed by the public key where the
    /// request names its id in `Wechatpay-Serial`, else by the certificate; notifications by the
    /// certificate until [`crate::Counterpart::notify_by_public_key`].
    Switching,
}

/// What a merchant was given, and holds to ask with: the contents of its own files.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The merchant's number. Of an institution it is what is sent as `sp_mchid`.
    pub mchid: String,
    /// The app bound to it. Of an institution it is what is sent as `sp_appid`.
    pub appid: String,
    /// The serial number of its API certificate.
    pub serial_no: String,
    /// Its API private key in PEM (PKCS#8).
    pub private_key_pem: String,
    /// Its API v3 key, 32 bytes of ASCII.
    pub api_v3_key: String,
    /// Merchants of an institution, sent as `sub_mchid`; empty for one on its own.
    pub sub_mchids: Vec<String>,
    /// Which paths it may use.
    pub region: Region,
}

/// The platform's public key as the public-key mode hands it out.
#[derive(Clone, Debug)]
pub struct PlatformKey {
    /// `PUB_KEY_ID_…`.
    pub id: String,
    /// In PEM (SubjectPublicKeyInfo).
    pub public_key_pem: String,
}

/// A merchant as the platform knows it.
#[derive(Debug)]
pub(crate) struct Merchant {
    pub(crate) credentials: Credentials,
    /// Serial numbers and public keys (PKCS#1) of its API certificates, the latest last.
    pub(crate) certificates: Vec<(String, Vec<u8>)>,
    pub(crate) trust: Trust,
    pub(crate) notified_by_public_key: bool,
    /// What a refund is refused for while it is set: nothing left to refund from.
    pub(crate) out_of_funds: bool,
}

impl Merchant {
    pub(crate) fn new(credentials: Credentials) -> Merchant {
        let public = keys::public_of(&credentials.private_key_pem)
            .expect("the shipped credentials hold an RSA key in PKCS#8");
        Merchant::admitted(credentials, public)
    }

    /// One of whom only the public key (PKCS#1) is known.
    pub(crate) fn admitted(credentials: Credentials, public: Vec<u8>) -> Merchant {
        Merchant {
            certificates: vec![(credentials.serial_no.clone(), public)],
            trust: Trust::Certificates,
            notified_by_public_key: false,
            out_of_funds: false,
            credentials,
        }
    }

    pub(crate) fn key(&self, serial: &str) -> Option<&[u8]> {
        let (_, public) = self.certificates.iter().find(|(known, _)| known == serial)?;
        Some(public)
    }

    pub(crate) fn api_v3_key(&self) -> &[u8; 32] {
        let key = self.credentials.api_v3_key.as_bytes();
        key.try_into().expect("nobody is admitted without 32 bytes")
    }
}

/// A shop in China on its own.
pub(crate) fn mainland() -> Credentials {
    Credentials {
        mchid: "1900000109".to_owned(),
        appid: "wxd678efh567hg6787".to_owned(),
        serial_no: "3775B6A45ACD588826D15E583A95F5DD00000109".to_owned(),
        private_key_pem: keys::MERCHANT.to_owned(),
        api_v3_key: "mainland-0123456789abcdef-test-k".to_owned(),
        sub_mchids: Vec::new(),
        region: Region::Mainland,
    }
}

/// A shop in Japan on its own.
pub(crate) fn japan() -> Credentials {
    Credentials {
        mchid: "1900000381".to_owned(),
        appid: "wx8888888888888888".to_owned(),
        serial_no: "3775B6A45ACD588826D15E583A95F5DD00000381".to_owned(),
        private_key_pem: keys::MERCHANT.to_owned(),
        api_v3_key: "japan-0123456789abcdef0-test-key".to_owned(),
        sub_mchids: Vec::new(),
        region: Region::Global,
    }
}

/// An institution with two shops in Japan.
pub(crate) fn institution() -> Credentials {
    Credentials {
        mchid: "1900000100".to_owned(),
        appid: "wx2421b1c4370ec43b".to_owned(),
        serial_no: "3775B6A45ACD588826D15E583A95F5DD00000100".to_owned(),
        private_key_pem: keys::INSTITUTION.to_owned(),
        api_v3_key: "institution-0123456789a-test-key".to_owned(),
        sub_mchids: vec!["20000100".to_owned(), "20000101".to_owned()],
        region: Region::Global,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_merchants_are_whole() {
        for credentials in [mainland(), japan(), institution()] {
            let merchant = Merchant::new(credentials);
            assert_eq!(merchant.api_v3_key().len(), 32);
            assert!(merchant.key(&merchant.credentials.serial_no).is_some());
            assert_eq!(merchant.credentials.serial_no.len(), 40);
        }
    }
}
