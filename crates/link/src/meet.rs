//! The side that is asked: who asks, and whether it is really asked.

use std::sync::Arc;

use kernel::Timestamp;

use crate::end::End;
use crate::fault::Fault;
use crate::keys::PublicKey;
use crate::signature::{self, Params, Signed};
use crate::wire::{Operation, VERSION};

/// How far two clocks may be apart, in seconds.
pub const WINDOW_S: u64 = 60;

/// What a request's signature covers, in order.
pub(crate) const ASKED: [&str; 4] =
    ["\"@method\"", "\"@path\"", "\"content-digest\"", "\"enishi-corridor\""];
/// What an answer's signature covers.
pub(crate) const ANSWERED: [&str; 4] =
    ["\"@status\"", "\"content-digest\"", "\"enishi-corridor\"", "\"signature\";req"];

/// What a request shows before its body. A field that is absent, or stands twice, is none.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// `Enishi-Corridor`.
    pub corridor: Option<String>,
    /// `Content-Digest`.
    pub digest: Option<String>,
    /// `Signature-Input`.
    pub input: Option<String>,
    /// `Signature`.
    pub signature: Option<String>,
}

/// The ends of this process.
#[derive(Clone, Debug, Default)]
pub struct Corridor {
    ends: Vec<Arc<End>>,
}

/// A request whose sender is known; its body is still to be read.
#[derive(Debug)]
pub struct Met {
    /// The end that is asked.
    pub end: Arc<End>,
    /// Signs the answer.
    pub seal: Seal,
    digest: String,
    created: u64,
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
    end: Arc<End>,
    asked: String,
}

/// The header fields of a signed answer.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// `Enishi-Corridor`.
    pub corridor: String,
    /// `Content-Digest`.
    pub digest: String,
    /// `Signature-Input` and `Signature`; none while this side has no key.
    pub signed: Option<Signed>,
}

/// Version, sender and receiver.
pub(crate) fn named(from: &str, to: &str) -> String {
    format!("{VERSION} {from} {to}")
}

impl Corridor {
    /// Over these ends.
    pub fn over(ends: Vec<Arc<End>>) -> Self {
        Self { ends }
    }

    /// All ends.
    pub fn ends(&self) -> &[Arc<End>] {
        &self.ends
    }

    /// The end between a cell of this process and a neighbour, by their numbers.
    pub fn between(&self, own: u16, peer: u16) -> Option<&Arc<End>> {
        self.ends.iter().find(|end| end.own.number == own && end.peer.number == peer)
    }

    /// Finds out who asks.
    ///
    /// # Errors
    /// [`Turned`], noted at the end that was named.
    pub fn meet(&self, head: &Head) -> Result<Met, Turned> {
        let alone = |fault| Turned { fault, seal: None };
        let end = Arc::clone(self.named_by(head).map_err(alone)?);
        let sealed = |fault: Fault| {
            let asked = head.signature.clone();
            let seal = asked.map(|asked| Seal { end: Arc::clone(&end), asked });
            Turned { fault, seal }
        };
        let met = end.judge(head);
        match met {
            Ok((params, digest, asked)) => {
                let seal = Seal { end: Arc::clone(&end), asked };
                Ok(Met { seal, digest, created: params.created, end })
            }
            Err(fault) => {
                end.status.note_asked(&end.peer.name, end.clock.wall(), Err(&fault));
                Err(sealed(fault))
            }
        }
    }

    fn named_by(&self, head: &Head) -> Result<&Arc<End>, Fault> {
        let text = head.corridor.as_deref().ok_or_else(|| {
            let words = "The request does not say which cells it is between; it must carry \
                         Enishi-Corridor, Content-Digest, Signature-Input and Signature once.";
            Fault::ours("corridor_signature_missing", words)
        })?;
        let parts: Vec<_> = text.split(' ').collect();
        let [version, from, to] = parts[..] else {
            let words = "Enishi-Corridor has a version, a sender and a receiver.";
            return Err(Fault::ours("corridor_malformed", words));
        };
        let end = self.ends.iter().find(|end| end.own.name == to && end.peer.name == from);
        let Some(end) = end else {
            let known = self.ends.iter().any(|end| end.own.name == to);
            let why = if known { "names no neighbour of mine" } else { "is for another cell" };
            let words = format!("The request {why}; compare [[neighbour]] on both sides.");
            return Err(Fault::ours("corridor_wrong_cell", words));
        };
        if version != VERSION.to_string() {
            let words =
                format!("This side speaks version {VERSION} of the corridor, not that one.");
            let fault = Fault::ours("corridor_version", words);
            end.status.note_asked(&end.peer.name, end.clock.wall(), Err(&fault));
            return Err(fault);
        }
        Ok(end)
    }
}

impl End {
    /// Judges all that can be judged before the body.
    fn judge(&self, head: &Head) -> Result<(Params, String, String), Fault> {
        let (Some(digest), Some(input), Some(signature), Some(corridor)) =
            (&head.digest, &head.input, &head.signature, &head.corridor)
        else {
            let words =
                "The request must carry Content-Digest, Signature-Input and Signature once.";
            return Err(Fault::ours("corridor_signature_missing", words));
        };
        let signed = Signed { input: input.clone(), signature: signature.clone() };
        let params = signed.params(&ASKED).map_err(|why| {
            Fault::ours("corridor_signature_invalid", format!("The request was refused: {why}."))
        })?;
        let key = self.believed(&params.keyid)?;
        let values = [&head.method, &head.path, digest, corridor];
        let components: Vec<_> =
            ASKED.into_iter().zip(values.map(|value| value.as_str())).collect();
        if !signed.is_by(key.key(), &components) {
            let words = "The signature is not that of the named key over this request.";
            return Err(Fault::ours("corridor_signature_invalid", words));
        }
        self.in_time(&params)?;
        Ok((params, digest.clone(), signature.clone()))
    }

    /// The neighbour's key of a name.
    pub(crate) fn believed(&self, keyid: &str) -> Result<PublicKey, Fault> {
        let (own, peer) = (&self.own.name, &self.peer.name);
        let keys = self.keys.now();
        if let Some(key) = keys.trusted.get(peer).and_then(|keys| keys.get(keyid)) {
            return Ok(key.clone());
        }
        if keys.revoked.get(peer).is_some_and(|keys| keys.contains_key(keyid)) {
            let words = format!(
                "The cell '{own}' does not believe the key {keyid} of '{peer}' any more; \
                 '{peer}' must sign with another."
            );
            return Err(Fault::ours("corridor_key_revoked", words));
        }
        let words = format!(
            "The cell '{own}' does not know the key {keyid} of '{peer}'; its operator believes it \
             with `enishi corridor trust --cell {own} --neighbour {peer} <public key>`."
        );
        Err(Fault::ours("corridor_key_unknown", words))
    }

    fn in_time(&self, params: &Params) -> Result<(), Fault> {
        let now = self.clock.wall().seconds();
        if now.abs_diff(params.created) > WINDOW_S {
            return Err(Fault::ours("corridor_clock", clocks(&self.own.name, now, params.created)));
        }
        let oldest = now.saturating_sub(WINDOW_S);
        let mut nonces = self.nonces.lock().expect("no holder of this lock panics");
        if !nonces.note(params.created, &params.nonce, oldest) {
            let words = "This very request was made before; nothing was done again.";
            return Err(Fault::ours("corridor_replayed", words));
        }
        Ok(())
    }
}

/// What is said of two clocks that are too far apart.
pub(crate) fn clocks(here: &str, now: u64, theirs: u64) -> String {
    let apart = now.abs_diff(theirs);
    let way = if theirs > now { "ahead of" } else { "behind" };
    format!(
        "The request was signed {apart} s {way} the clock of the cell '{here}', and at most \
         {WINDOW_S} s are taken; set both machines' clocks right."
    )
}

impl Met {
    /// Judges the body that came.
    ///
    /// # Errors
    /// [`Fault`] when it is not the one that was signed, or says a second time what must be said once.
    pub fn read(&self, operation: Operation, body: &[u8]) -> Result<(), Fault> {
        let fault = if signature::digest(body) != self.digest {
            let words = "The body is not the one that was signed: it was altered on the way.";
            Some(Fault::ours("corridor_body_differs", words))
        } else if operation == Operation::Freeze && self.created < self.end.began.seconds() {
            // Messages are handled once by their number. A freeze has none, and what was seen
            // before this process began is forgotten: better asked again.
            let words = "The request is older than this process; ask anew.";
            Some(Fault::ours("corridor_replayed", words))
        } else {
            None
        };
        let Some(fault) = fault else { return Ok(()) };
        self.came(Err(&fault));
        Err(fault)
    }

    /// Notes what came of it, for the operator.
    pub fn came(&self, came: Result<(), &Fault>) {
        self.end.status.note_asked(&self.end.peer.name, self.end.clock.wall(), came);
    }
}

impl Seal {
    /// Signs an answer.
    pub fn close(&self, status: u16, body: &[u8]) -> Sealed {
        let end = &self.end;
        let corridor = named(&end.own.name, &end.peer.name);
        let (digest, status) = (signature::digest(body), status.to_string());
        let values = [status.as_str(), &digest, &corridor, &self.asked];
        let components: Vec<_> = ANSWERED.into_iter().zip(values).collect();
        let signed = end.keys.now().current.as_ref().map(|key| {
            let params = end.params(key, end.clock.wall());
            signature::sign(key, &components, &params)
        });
        Sealed { corridor, digest, signed }
    }
}

impl End {
    pub(crate) fn params(&self, key: &ed25519_dalek::SigningKey, now: Timestamp) -> Params {
        Params {
            created: now.seconds(),
            keyid: PublicKey::of(&self.own.name, key).id(),
            nonce: signature::nonce(),
        }
    }
}
