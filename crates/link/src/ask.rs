//! The side that asks: signs, sends, and believes only what is signed back.

use std::sync::Arc;
use std::time::Duration;

use cell::{Standing, Transport, Undelivered, Unreachable};
use corridor::{FreezeReason, Witness};
use economy::Receive;
use serde_json::Value;
use ureq::http::HeaderMap;

use crate::end::End;
use crate::fault::Fault;
use crate::meet::{ANSWERED, ASKED, WINDOW_S, clocks, named};
use crate::signature::{self, Signed};
use crate::wire::{
    self, AskLook, AskStanding, Delivery, Done, FIELD, MEDIA, MOST_ELSE, Operation, Seen, Stands,
    Stop,
};

/// How long an answer is waited for.
const fn patience(operation: Operation) -> Duration {
    match operation {
        Operation::Deliver => Duration::from_secs(8),
        Operation::Standing | Operation::Freeze => Duration::from_secs(4),
        // Somebody stands before a till.
        Operation::Look => Duration::from_secs(3),
    }
}

/// The longest pause of a relay before it asks a neighbour again that does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl End {
    /// Asks where the neighbour stands, and for its journal at a position.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn standing(&self, seen: u64) -> Result<Stands, Fault> {
        self.ask(Operation::Standing, &AskStanding { seen })
    }

    /// Hands messages over.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn deliver(&self, shown: Witness, messages: Vec<Receive>) -> Result<(), Fault> {
        let messages = messages.into_iter().map(Into::into).collect();
        self.ask(Operation::Deliver, &Delivery { shown, messages }).map(|Done {}| ())
    }

    /// Has the neighbour freeze its end.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn freeze(&self, stop: Stop) -> Result<(), Fault> {
        self.ask(Operation::Freeze, &stop).map(|Done {}| ())
    }

    /// Asks what a store is.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn look(&self, asked: AskLook) -> Result<Seen, Fault> {
        self.ask(Operation::Look, &asked)
    }

    fn ask<A, R>(&self, operation: Operation, body: &A) -> Result<R, Fault>
    where
        A: minicbor::Encode<()>,
        R: for<'b> minicbor::Decode<'b, ()>,
    {
        let came = self.call(operation, &wire::write(body)).and_then(|bytes| {
            wire::read(&bytes)
                .map_err(|why| Fault::ours("corridor_malformed", format!("The answer: {why}.")))
        });
        // That a store is unknown is an answer, and no trouble of the bridge.
        let trouble = came.as_ref().err().filter(|fault| fault.code.starts_with("corridor_"));
        let came_through = trouble.map_or(Ok(()), Err);
        self.status.note_asking(&self.peer.name, self.clock.wall(), came_through);
        came
    }

    fn call(&self, operation: Operation, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let (own, peer) = (&self.own.name, &self.peer.name);
        let keys = self.keys.now();
        let Some(key) = &keys.current else {
            let words = format!(
                "The cell '{own}' has no key to sign with; make it with `enishi corridor key \
                 --cell {own}` and have '{peer}' trust it."
            );
            return Err(Fault::ours("corridor_key_missing", words));
        };
        let (digest, corridor) = (signature::digest(body), named(own, peer));
        let values = ["POST", operation.path(), &digest, &corridor];
        let components: Vec<_> = ASKED.into_iter().zip(values).collect();
        let signed = signature::sign(key, &components, &self.params(key, self.clock.wall()));
        let request = self
            .agent
            .post(format!("{}{}", self.url, operation.path()))
            .config()
            .timeout_global(Some(patience(operation)))
            .build()
            .header("Content-Type", MEDIA)
            .header("Content-Digest", &digest)
            .header(FIELD, &corridor)
            .header("Signature-Input", &signed.input)
            .header("Signature", &signed.signature);
        let unreachable = |why: ureq::Error| {
            let words = format!("The cell '{peer}' does not answer at {}: {why}.", self.url);
            Fault::ours("corridor_unreachable", words)
        };
        let mut response = request.send(body).map_err(unreachable)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.body_mut().with_config().limit(MOST_ELSE as u64).read_to_vec();
        let bytes = bytes.map_err(unreachable)?;
        self.is_theirs(status, &headers, &bytes, &signed.signature)?;
        if status == 200 { Ok(bytes) } else { Err(said(status, &bytes)) }
    }

    /// Whether the neighbour said this, in answer to what was asked.
    fn is_theirs(
        &self,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        asked: &str,
    ) -> Result<(), Fault> {
        let field = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let one = values.next().and_then(|value| value.to_str().ok())?;
            values.next().is_none().then(|| one.to_owned())
        };
        let (Some(corridor), Some(digest), Some(input), Some(signature)) =
            (field(FIELD), field("content-digest"), field("signature-input"), field("signature"))
        else {
            return Err(unsigned(&self.peer.name, &self.url, status, body));
        };
        let signed = Signed { input, signature };
        let invalid = |what: &str| {
            let words = format!("The answer of '{}' is not believed: {what}.", self.peer.name);
            Fault::ours("corridor_signature_invalid", words)
        };
        let params = signed.params(&ANSWERED).map_err(|why| invalid(&why.to_string()))?;
        let key = self.believed(&params.keyid)?;
        let status = status.to_string();
        let values = [status.as_str(), &digest, &corridor, asked];
        let components: Vec<_> = ANSWERED.into_iter().zip(values).collect();
        if corridor != named(&self.peer.name, &self.own.name) {
            return Err(invalid("it is between other cells"));
        }
        if digest != signature::digest(body) {
            return Err(invalid("its body was altered on the way"));
        }
        if !signed.is_by(key.key(), &components) {
            return Err(invalid("its signature is not that of the named key over this answer"));
        }
        // It answers this very request, so that its clock alone can be wrong.
        let now = self.clock.wall().seconds();
        if now.abs_diff(params.created) > WINDOW_S {
            return Err(Fault::ours("corridor_clock", clocks(&self.own.name, now, params.created)));
        }
        Ok(())
    }
}

/// A refusal that the neighbour signed.
fn said(status: u16, body: &[u8]) -> Fault {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    if text("code").is_empty() {
        let words = format!("The other side answered {status} and did not say why.");
        return Fault::ours("corridor_malformed", words);
    }
    Fault::theirs(text("code"), text("detail"))
}

/// What comes back without a signature proves nothing; it is told, as it helps whoever looks.
fn unsigned(peer: &str, url: &str, status: u16, body: &[u8]) -> Fault {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or("");
    let code: String = code.chars().filter(char::is_ascii_graphic).take(40).collect();
    let words = format!(
        "What answers at {url} did not sign as the cell '{peer}': HTTP {status} {code}; see \
         whether the address is right and the neighbour has a key."
    );
    Fault::ours("corridor_signature_missing", words)
}

/// The transport of a relay between two processes.
pub struct Wire {
    end: Arc<End>,
    failures: u32,
}

impl Wire {
    /// Over an end.
    pub fn over(end: Arc<End>) -> Self {
        Self { end, failures: 0 }
    }

    /// The first question after a failure waits, longer each time: nobody is hammered who is down.
    fn pause(&self) {
        if self.failures > 0 {
            let pause = Duration::from_millis(20 << self.failures.min(6));
            std::thread::sleep(pause.min(LONGEST_PAUSE));
        }
    }

    fn came<T>(&mut self, came: &Result<T, Fault>) {
        self.failures = if came.is_ok() { 0 } else { self.failures.saturating_add(1) };
    }
}

impl Transport for Wire {
    fn standing(&mut self) -> Result<Standing, Unreachable> {
        self.pause();
        let came = self.end.standing(0);
        self.came(&came);
        let Stands { received, seen, stopped, .. } = came.map_err(|_| Unreachable)?;
        Ok(Standing { received, seen, stopped })
    }

    fn deliver(&mut self, shown: Witness, messages: Vec<Receive>) -> Result<(), Undelivered> {
        self.end.deliver(shown, messages).map_err(|fault| {
            let arrived = fault.theirs && fault.code == "corridor_not_handled";
            if arrived { Undelivered::NotHandled } else { Unreachable.into() }
        })
    }

    fn freeze(&mut self, reason: FreezeReason) -> Result<(), Unreachable> {
        let stop = Stop::of(&reason).expect("a relay finds no other reason");
        self.end.freeze(stop).map_err(|_| Unreachable)
    }
}
