//! Whether something is WeChat Pay's: the four headers, the clock, the key, the signature, the
//! nonce, in this order.
//!
//! Source: WeChat Pay, "Signature Verification" (api_external/en/wechatpay/wechatpay4_1); the window
//! as in wechatpay-apiv3/wechatpay-go, core/auth/validators.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector::Disbelief;

/// How far clocks may differ, in seconds; also how old a request may be that is still taken.
pub(crate) const WINDOW_S: u64 = 300;

/// What proves who said something.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) serial: String,
    pub(crate) nonce: String,
    /// As it was written, because that is what was signed.
    timestamp: String,
    pub(crate) at: u64,
    signature: Vec<u8>,
}

impl Proof {
    /// The proof in the headers, if its clock is near ours.
    pub(crate) fn of(header: &dyn Fn(&str) -> Option<String>, now: u64) -> Result<Self, Disbelief> {
        let one = |name: &'static str| {
            header(name).filter(|value| !value.is_empty()).ok_or(Disbelief::Unsigned(name))
        };
        let (serial, nonce) = (one("Wechatpay-Serial")?, one("Wechatpay-Nonce")?);
        let (timestamp, signature) = (one("Wechatpay-Timestamp")?, one("Wechatpay-Signature")?);
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let at = timestamp.parse().ok().filter(|_| digits);
        let at: u64 = at.ok_or(Disbelief::Unsigned("Wechatpay-Timestamp"))?;
        if now.abs_diff(at) >= WINDOW_S {
            return Err(Disbelief::Clock { ours: now, theirs: at });
        }
        let signature = STANDARD.decode(signature).map_err(|_| Disbelief::Signature)?;
        Ok(Self { serial, nonce, timestamp, at, signature })
    }

    /// What was signed: three lines, each with its end.
    pub(crate) fn said(&self, body: &[u8]) -> Vec<u8> {
        let mut said = format!("{}\n{}\n", self.timestamp, self.nonce).into_bytes();
        said.extend_from_slice(body);
        said.push(b'\n');
        said
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }
}
