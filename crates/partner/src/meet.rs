//! The side that is asked: who asks, and whether it is really asked.

use std::sync::Arc;

use link::Fault;
use link::signature::digest;

use crate::ask::{WINDOW_S, named};
use crate::body::VERSION;
use crate::fault;
use crate::nonces::Refused;
use crate::partner::{Partner, Partners, Verifier};
use crate::signature::{ANSWERED, ASKED, Params, Signed, sign};

/// What a request shows before its body. A field that is absent, or stands twice, is none.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query behind a question mark; `?` alone when there is none.
    pub query: String,
    /// `Enishi-Partner`.
    pub field: Option<String>,
    /// `Content-Digest`.
    pub digest: Option<String>,
    /// `Signature-Input`.
    pub input: Option<String>,
    /// `Signature`.
    pub signature: Option<String>,
}

/// A request whose sender is known; its body is still to be read.
#[derive(Debug)]
pub struct Met {
    /// Who asks.
    pub partner: Arc<Partner>,
    /// Signs the answer.
    pub seal: Seal,
    digest: String,
}

/// A request that is refused.
#[derive(Debug)]
pub struct Turned {
    /// Why.
    pub fault: Fault,
    /// Signs the answer, if it is known in whose name.
    pub seal: Option<Seal>,
}

/// Signs answers to one request.
#[derive(Debug)]
pub struct Seal {
    partner: Arc<Partner>,
    asked: String,
}

/// The header fields of a signed answer.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// `Enishi-Partner`.
    pub field: String,
    /// `Content-Digest`.
    pub digest: String,
    /// `Signature-Input` and `Signature`; none while this side has no key.
    pub signed: Option<Signed>,
}

/// For whom a request is, as it says itself: sender and receiver.
///
/// # Errors
/// [`Fault`] when it does not say so in this version.
pub fn for_whom(head: &Head) -> Result<(String, String), Fault> {
    let text = head.field.as_deref().ok_or_else(|| {
        let words = "The request does not say who asks whom; it must carry Enishi-Partner, \
                     Content-Digest, Signature-Input and Signature, each once.";
        Fault::ours("partner_signature_missing", words)
    })?;
    let parts: Vec<_> = text.split(' ').collect();
    let [version, from, to] = parts[..] else {
        let words = "Enishi-Partner has a version, a sender and a receiver.";
        return Err(Fault::ours("partner_malformed", words));
    };
    if version != VERSION.to_string() {
        let words = format!("This side speaks version {VERSION} of the protocol, not that one.");
        return Err(Fault::ours("partner_version", words));
    }
    Ok((from.to_owned(), to.to_owned()))
}

impl Partners {
    /// Finds out who asks: signature, clock and nonce.
    ///
    /// # Errors
    /// [`Turned`], noted at the partner that was named.
    pub fn meet(&self, from: &str, head: &Head) -> Result<Met, Turned> {
        let Some(partner) = self.named(from) else {
            let words = "No partner of this name is known here; compare the names on both sides.";
            return Err(Turned { fault: Fault::ours("partner_unknown", words), seal: None });
        };
        let asked = head.signature.clone();
        match partner.verifier.judge(head, partner.clock.wall().seconds()) {
            Ok(digest) => {
                let seal = Seal { partner: Arc::clone(&partner), asked: asked.unwrap_or_default() };
                Ok(Met { partner, seal, digest })
            }
            Err(fault) => {
                partner.status.note_asked(&partner.peer.name, partner.clock.wall(), Err(&fault));
                let seal = asked.map(|asked| Seal { partner, asked });
                Err(Turned { fault, seal })
            }
        }
    }
}

impl Verifier {
    /// Judges all of a request that can be judged before its body, at a second; gives the digest
    /// that was signed.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn judge(&self, head: &Head, now: u64) -> Result<String, Fault> {
        let (Some(digest), Some(input), Some(signature), Some(field)) =
            (&head.digest, &head.input, &head.signature, &head.field)
        else {
            let words =
                "The request must carry Content-Digest, Signature-Input and Signature, each once.";
            return Err(Fault::ours("partner_signature_missing", words));
        };
        let signed = Signed { input: input.clone(), signature: signature.clone() };
        let params = signed.params(&ASKED).map_err(|why| {
            let words = format!("The signature can't be read: {why}; see §3 of the protocol.");
            Fault::ours("partner_signature_invalid", words)
        })?;
        let key = self.believed(&params.keyid)?;
        let values = [&head.method, &head.path, &head.query, digest, field];
        let components: Vec<_> =
            ASKED.into_iter().zip(values.map(|value| value.as_str())).collect();
        if !signed.is_by(key.key(), &components) {
            let words = "The signature is not that of the named key over this request.";
            return Err(Fault::ours("partner_signature_invalid", words));
        }
        self.in_time(&params, now)?;
        Ok(digest.clone())
    }

    fn in_time(&self, params: &Params, now: u64) -> Result<(), Fault> {
        let late = params.expires.is_some_and(|expires| expires < now);
        if late || now.abs_diff(params.created) > WINDOW_S {
            return Err(Fault::ours("partner_clock", fault::clocks(now, params.created)));
        }
        let oldest = now.saturating_sub(WINDOW_S);
        let mut nonces = self.nonces.lock().expect("no holder of this lock panics");
        nonces.note(params.created, &params.nonce, oldest).map_err(|why| match why {
            Refused::Seen => {
                let words = "This very request was made before; nothing was done again.";
                Fault::ours("partner_replayed", words)
            }
            Refused::Full => {
                let words = "There were too many requests in the last minutes; ask more slowly.";
                Fault::ours("partner_not_handled", words)
            }
            Refused::Io(why) => {
                tracing::error!(%why, "a partner's nonce can't be kept");
                let words = "The request can't be remembered just now; ask again later.";
                Fault::ours("partner_not_handled", words)
            }
        })
    }
}

impl Met {
    /// Holds the body against what was signed.
    ///
    /// # Errors
    /// [`Fault`] when it is another.
    pub fn read(&self, body: &[u8]) -> Result<(), Fault> {
        if digest(body) == self.digest {
            return Ok(());
        }
        let words = "The body is not the one that was signed: it was altered on the way, or its \
                     digest is not SHA-256.";
        let fault = Fault::ours("partner_body_differs", words);
        self.came(Err(&fault));
        Err(fault)
    }

    /// Notes what came of it, for the operator.
    pub fn came(&self, came: Result<(), &Fault>) {
        let partner = &self.partner;
        partner.status.note_asked(&partner.peer.name, partner.clock.wall(), came);
    }
}

impl Seal {
    /// Signs an answer.
    pub fn close(&self, status: u16, body: &[u8]) -> Sealed {
        let partner = &self.partner;
        let field = named(&partner.own.name, &partner.peer.name);
        let (digest, status) = (digest(body), status.to_string());
        let values = [status.as_str(), &digest, &field, &self.asked];
        let components: Vec<_> = ANSWERED.into_iter().zip(values).collect();
        let signed = partner.keys.now().current.as_ref().map(|key| {
            sign(key, &components, &partner.params(key, partner.clock.wall().seconds()))
        });
        Sealed { field, digest, signed }
    }
}
