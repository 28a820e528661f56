//! What is said on the wire, and what a test may spoil of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Seconds;
use crate::fault::Spoilt;
use crate::keys::KeyPair;
use crate::sign;

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    /// The connection ends before the first byte.
    Cut,
    /// It ends in the middle of the body.
    CutInside,
    /// Nothing is said, and the connection stays.
    Silence,
}

/// An answer, or a notification.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) ending: Ending,
}

impl Spoken {
    pub(crate) fn new(status: u16, body: Vec<u8>) -> Spoken {
        let mut headers = Vec::new();
        if !body.is_empty() {
            headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
        }
        Spoken { status, headers, body, ending: Ending::Whole }
    }

    pub(crate) fn ending(ending: Ending) -> Spoken {
        Spoken { ending, ..Spoken::new(200, Vec::new()) }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Spoken {
        self.headers.push((name, value.into()));
        self
    }
}

/// The keys that may sign, right and wrong.
pub(crate) struct Ring<'a> {
    pub(crate) due: &'a KeyPair,
    pub(crate) retired: &'a KeyPair,
    pub(crate) stranger: &'a KeyPair,
}

/// Signs, or does what is asked for instead. A replay is not this function's concern.
pub(crate) fn signed(
    mut spoken: Spoken,
    ring: &Ring<'_>,
    now: Seconds,
    nonce: &str,
    spoilt: Option<Spoilt>,
) -> Spoken {
    let (key, name) = match spoilt {
        Some(Spoilt::Unsigned) => return spoken,
        Some(Spoilt::WrongSignature) => (ring.stranger, &ring.due.id),
        Some(Spoilt::UnknownSerial) => (ring.stranger, &ring.stranger.id),
        Some(Spoilt::RetiredKey) => (ring.retired, &ring.retired.id),
        _ => (ring.due, &ring.due.id),
    };
    let timestamp = if spoilt == Some(Spoilt::Stale) { now - 600 } else { now }.to_string();
    let mut signature = STANDARD.encode(key.sign(&sign::answer(&timestamp, nonce, &spoken.body)));
    if spoilt == Some(Spoilt::Probe) {
        let probe = "WECHATPAY/SIGNTEST/";
        signature = format!("{probe}{}", &signature[probe.len()..]);
    }
    if spoilt == Some(Spoilt::ChangedBody) {
        change(&mut spoken.body);
    }
    spoken
        .header("wechatpay-timestamp", timestamp)
        .header("wechatpay-nonce", nonce)
        .header("wechatpay-signature", signature)
        .header("wechatpay-signature-type", sign::SCHEME)
        .header("wechatpay-serial", name)
}

/// Changes a body so that it is still JSON: its last space or letter of the end.
fn change(body: &mut Vec<u8>) {
    match body.pop() {
        Some(last) => body.extend([b' ', last]),
        None => body.push(b' '),
    }
}
