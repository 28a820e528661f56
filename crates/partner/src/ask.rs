//! The side that asks: signs, sends, and believes only what is signed back.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use link::Fault;
use link::keys::PublicKey;
use link::signature::digest;
use ureq::Agent;
use ureq::http::HeaderMap;

use crate::body::{FIELD, MEDIA, MOST_ANSWERED, Operation, Refused, VERSION};
use crate::fault;
use crate::signature::{ANSWERED, ASKED, Params, Signed, sign};

/// How far two clocks may be apart, and how long a request counts, in seconds.
pub const WINDOW_S: u64 = 300;

/// Version, sender and receiver.
pub fn named(from: &str, to: &str) -> String {
    format!("{VERSION} {from} {to}")
}

/// Who asks whom: the names of both ends, and where the other one is.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// The asking side's name.
    pub from: &'a str,
    /// The asked side's name.
    pub to: &'a str,
    /// The asked side's address, with whatever path it has, without a slash at its end.
    pub url: &'a str,
}

/// A request as it goes out. Its fields are open: the conformance kit spoils them.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to: scheme, authority, path and query.
    pub url: String,
    /// `Enishi-Partner`.
    pub field: String,
    /// `Content-Digest`.
    pub digest: String,
    /// `Signature-Input` and `Signature`.
    pub signed: Signed,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
}

/// What came back, before it is believed.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// The path that an address and an operation come to, as `@path` has it.
pub fn path_of(url: &str, operation: Operation) -> String {
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    let base = behind.find('/').map_or("", |at| &behind[at..]);
    format!("{base}{}", operation.path())
}

impl Request {
    /// A signed request; `query` is what stands behind the question mark, or empty.
    pub fn signed(
        key: &SigningKey,
        between: Between<'_>,
        asked: (Operation, &str),
        body: Vec<u8>,
        params: &Params,
    ) -> Self {
        let (operation, query) = asked;
        let (method, path) = (operation.method(), path_of(between.url, operation));
        let (digest, field) = (digest(&body), named(between.from, between.to));
        let asked = format!("?{query}");
        let values = [method, &path, &asked, &digest, &field];
        let components: Vec<_> = ASKED.into_iter().zip(values).collect();
        let signed = sign(key, &components, params);
        let query = if query.is_empty() { "" } else { &asked };
        let url = format!("{}{}{query}", between.url, operation.path());
        Self { method, url, field, digest, signed, body }
    }

    /// Sends it.
    ///
    /// # Errors
    /// That nothing came back, and why.
    pub fn send(&self, agent: &Agent, patience: Duration) -> Result<Raw, String> {
        let with = |name: &'static str, value: &str| (name, value.to_owned());
        let fields = [
            with("Content-Digest", &self.digest),
            with("Enishi-Partner", &self.field),
            with("Signature-Input", &self.signed.input),
            with("Signature", &self.signed.signature),
        ];
        // An empty one is left out: so the kit asks without a signature.
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let came = if self.method == "GET" {
            let mut request = agent.get(&self.url);
            for (name, value) in fields {
                request = request.header(name, value);
            }
            request.config().timeout_global(Some(patience)).build().call()
        } else {
            let mut request = agent.post(&self.url).header("Content-Type", MEDIA);
            for (name, value) in fields {
                request = request.header(name, value);
            }
            request.config().timeout_global(Some(patience)).build().send(&self.body[..])
        };
        let mut response = came.map_err(|why| why.to_string())?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.body_mut().with_config().limit(MOST_ANSWERED as u64).read_to_vec();
        Ok(Raw { status, headers, body: body.map_err(|why| why.to_string())? })
    }
}

/// What asks: no proxy of the environment, and no redirect, as a signature is for one address.
pub fn agent() -> Agent {
    let config = Agent::config_builder();
    config.proxy(None).max_redirects(0).http_status_as_error(false).build().into()
}

/// The same with a connection for each request: who refuses one may close it before the next.
pub fn agent_anew() -> Agent {
    let config = Agent::config_builder().max_idle_connections(0);
    config.proxy(None).max_redirects(0).http_status_as_error(false).build().into()
}

impl Raw {
    /// A header field that stands once.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let one = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(one)
    }

    /// Whether the other side said this, in answer to what was asked.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn is_theirs(
        &self,
        between: Between<'_>,
        asked: &Request,
        believed: &dyn Fn(&str) -> Result<PublicKey, Fault>,
        now: u64,
    ) -> Result<(), Fault> {
        let fields = ["content-digest", FIELD, "signature-input", "signature"];
        let [Some(digested), Some(field), Some(input), Some(signature)] =
            fields.map(|name| self.field(name))
        else {
            let words = format!(
                "What answers at {} did not sign as '{}': HTTP {}; see whether the address is \
                 right and the partner has a key.",
                between.url, between.to, self.status
            );
            return Err(Fault::ours("partner_signature_missing", words));
        };
        let invalid = |what: &str| {
            let words = format!("The answer of '{}' is not believed: {what}.", between.to);
            Fault::ours("partner_signature_invalid", words)
        };
        let signed = Signed { input: input.to_owned(), signature: signature.to_owned() };
        let params = signed.params(&ANSWERED).map_err(|why| invalid(why.0))?;
        let key = believed(&params.keyid)?;
        let status = self.status.to_string();
        let values = [status.as_str(), digested, field, &asked.signed.signature];
        let components: Vec<_> = ANSWERED.into_iter().zip(values).collect();
        if field != named(between.to, between.from) {
            return Err(invalid("it is between other names"));
        }
        if digested != digest(&self.body) {
            return Err(invalid("its body was altered on the way"));
        }
        if !signed.is_by(key.key(), &components) {
            return Err(invalid("its signature is not that of the named key over this answer"));
        }
        if now.abs_diff(params.created) > WINDOW_S {
            return Err(Fault::ours("partner_clock", fault::clocks(now, params.created)));
        }
        Ok(())
    }

    /// A refusal, as the other side words it.
    pub fn refused(&self) -> Fault {
        let refused: Refused = serde_json::from_slice(&self.body).unwrap_or_default();
        if refused.code.is_empty() {
            let words = format!("The other side answered {} and did not say why.", self.status);
            return Fault::ours("partner_malformed", words);
        }
        fault::theirs(&refused.code, &refused.detail)
    }
}
