//! One question to WeChat Pay, and what is believed of the answer.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connector::{Disbelief, Health, KeyInUse, KeyOf, Trouble as Ails};
use kernel::Timestamp;
use serde::Deserialize;
use tracing::{info, warn};
use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zeroize::Zeroizing;

use crate::Clock;
use crate::wechat::believe::{Proof, WINDOW_S};
use crate::wechat::certificates::Keys;
use crate::wechat::codes::{self, Meaning};
use crate::wechat::nonces::Nonces;
use crate::wechat::pace::Pace;
use crate::wechat::seal::ApiV3Key;
use crate::wechat::settings::{Settings, Trouble};
use crate::wechat::sign::Signer;

/// The most bytes of an answer.
const MOST: u64 = 256 * 1024;
/// The most bytes of a bill: some hundred thousand lines.
const MOST_BILL: u64 = 128 * 1024 * 1024;
/// How often it is asked again in one call after it said that this is too fast.
const TRIES: u32 = 3;

/// How to ask, and whom to believe.
pub(crate) struct Wire {
    pub(crate) settings: Settings,
    pub(crate) seal: ApiV3Key,
    clock: Clock,
    signer: Signer,
    keys: Keys,
    nonces: Mutex<Nonces>,
    pace: Pace,
    pulse: Mutex<Pulse>,
    agent: Agent,
}

/// What was last seen of WeChat Pay.
#[derive(Clone, Copy, Debug, Default)]
struct Pulse {
    good: Option<Timestamp>,
    trouble: Option<(Timestamp, Ails)>,
}

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Zeroizing<String>,
    /// How long an answer is waited for.
    pub(crate) patience: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// What WeChat Pay said, proven to be its own.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Yes, and this.
    Done(Vec<u8>),
    /// No, by this code.
    Refused(String),
}

/// Nothing came that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer;

#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl Wire {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Result<Self, Trouble> {
        settings.check()?;
        let signer = Signer::from_file(&settings.mchid, &settings.serial, &settings.key_file)?;
        let seal = ApiV3Key::from_file(&settings.api_v3_key_file)?;
        let keys = Keys::of(&settings.platform)?;
        let agent = agent(&settings)?;
        let (nonces, pace, pulse) = (Mutex::default(), Pace::default(), Mutex::default());
        Ok(Self { settings, seal, clock, signer, keys, nonces, pace, pulse, agent })
    }

    /// How it goes: what was last seen, and by which keys.
    pub(crate) fn health(&self) -> Health {
        let Pulse { good, trouble } = *self.pulse();
        let own = KeyInUse { of: KeyOf::Ours, id: self.settings.serial.clone(), until: None };
        let keys = std::iter::once(own).chain(self.keys.in_use()).collect();
        Health { good, trouble, keys }
    }

    fn pulse(&self) -> std::sync::MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn ails(&self, what: Ails) {
        self.pulse().trouble = Some((self.now(), what));
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Asks, and asks again a few times if that was too fast.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<Answer, NoAnswer> {
        let until = Instant::now() + question.patience;
        for _ in 0..TRIES {
            let wait = self.pace.wait();
            if Instant::now() + wait >= until {
                return Err(NoAnswer);
            }
            std::thread::sleep(wait);
            let answer = self.once(question)?;
            match &answer {
                Answer::Refused(code) if codes::of_order(code) == Meaning::TooFast => {
                    self.pace.slower();
                }
                _ => {
                    self.pace.answered();
                    return Ok(answer);
                }
            }
        }
        Err(NoAnswer)
    }

    fn once(&self, question: &Question<'_>) -> Result<Answer, NoAnswer> {
        let (status, headers, body) = self.exchange(question, MOST)?;
        self.judge(question, status, &headers, body)
    }

    /// What is believed of an answer.
    fn judge(
        &self,
        question: &Question<'_>,
        status: u16,
        headers: &HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, NoAnswer> {
        let name = &self.settings.name;
        let path = question.path.split('?').next().unwrap_or_default();
        let header = |wanted: &str| only(headers, wanted);
        if let Err(why) = self.believe(&header, &body) {
            warn!(connector = name, path, status, %why, "an answer is not believed");
            self.ails(of_unbelieved(status, &why, &body));
            return Err(NoAnswer);
        }
        if (200..300).contains(&status) && status != 202 {
            self.pulse().good = Some(self.now());
            return Ok(Answer::Done(body));
        }
        let problem: Problem = serde_json::from_slice(&body).map_err(|_| NoAnswer)?;
        let code: String = problem.code.chars().filter(char::is_ascii_graphic).take(40).collect();
        info!(connector = name, path, status, code, "refused");
        // An error of theirs says nothing of what they did before it, whatever its code.
        if status >= 500 {
            self.ails(Ails::TheirError);
            return Err(NoAnswer);
        }
        match of_refusal(status, &code) {
            Some(what) => self.ails(what),
            None => self.pulse().good = Some(self.now()),
        }
        Ok(Answer::Refused(code))
    }

    /// Sends what is asked, signed, and receives what comes.
    fn exchange(
        &self,
        question: &Question<'_>,
        most: u64,
    ) -> Result<(u16, HeaderMap, Vec<u8>), NoAnswer> {
        let Question { method, path, body, patience } = question;
        let name = match method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let signed = self.signer.authorization(name, path, self.now().seconds(), body);
        let url = format!("{}{path}", self.settings.base_url);
        let headers = [
            ("Authorization", Some(signed.as_str())),
            ("Accept", Some("application/json")),
            ("User-Agent", Some("Enishi")),
            ("Wechatpay-Serial", self.keys.wanted()),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let came = match method {
            Method::Get => {
                let asked = self.agent.get(&url);
                let asked = headers.fold(asked, |asked, (name, value)| asked.header(name, value));
                asked.config().timeout_global(Some(*patience)).build().call()
            }
            Method::Post => {
                let asked = self.agent.post(&url).header("Content-Type", "application/json");
                let asked = headers.fold(asked, |asked, (name, value)| asked.header(name, value));
                asked.config().timeout_global(Some(*patience)).build().send(body.as_bytes())
            }
        };
        let unheard = |why: ureq::Error| {
            let path = path.split('?').next().unwrap_or_default();
            warn!(connector = self.settings.name, path, %why, "no answer");
            self.ails(Ails::NoAnswer);
            NoAnswer
        };
        let mut response = came.map_err(unheard)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.body_mut().with_config().limit(most).read_to_vec();
        Ok((status, headers, body.map_err(unheard)?))
    }

    /// Downloads a file that an answer named, with its hash. Such answers are not signed
    /// (Download Bill): the caller holds them against the hash of the signed answer before.
    pub(crate) fn download(&self, url: &str, patience: Duration) -> Result<Vec<u8>, NoAnswer> {
        let own = url.strip_prefix(&self.settings.base_url).filter(|path| path.starts_with('/'));
        let Some(path) = own else {
            let name = &self.settings.name;
            warn!(connector = name, "a bill is offered at another address than theirs");
            self.ails(Ails::NotBelieved);
            return Err(NoAnswer);
        };
        let body = Zeroizing::default();
        let question = Question { method: Method::Get, path, body, patience };
        match self.exchange(&question, MOST_BILL)? {
            (200, _, body) => Ok(body),
            (status, ..) => {
                warn!(connector = self.settings.name, status, "a bill does not come");
                Err(NoAnswer)
            }
        }
    }

    /// Asks for a file that is signed by its SHA-1 (Downloading Reconciliation API, cross-border).
    pub(crate) fn statement(&self, path: &str, patience: Duration) -> Result<Answer, NoAnswer> {
        let body = Zeroizing::default();
        let question = Question { method: Method::Get, path, body, patience };
        let (status, headers, body) = self.exchange(&question, MOST_BILL)?;
        let header = |wanted: &str| only(&headers, wanted);
        let Some(hash) = header("Wechatpay-Statement-Sha1").filter(|_| status == 200) else {
            return self.judge(&question, status, &headers, body);
        };
        if let Err(why) = self.believe(&header, hash.as_bytes()) {
            warn!(connector = self.settings.name, %why, "a bill is not believed");
            self.ails(Ails::NotBelieved);
            return Err(NoAnswer);
        }
        if !hash.eq_ignore_ascii_case(&sha1(&body)) {
            warn!(connector = self.settings.name, "a bill is not what was hashed");
            self.ails(Ails::NotBelieved);
            return Err(NoAnswer);
        }
        self.pulse().good = Some(self.now());
        Ok(Answer::Done(body))
    }

    /// Whether WeChat Pay said this, now, for the first time.
    pub(crate) fn believe(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
    ) -> Result<(), Disbelief> {
        let now = self.now().seconds();
        let proof = Proof::of(header, now)?;
        if self.keys.is_due(now, &proof.serial)
            && let Err(why) = self.refresh()
        {
            warn!(connector = self.settings.name, why, "platform certificates did not come");
        }
        let unknown = || Disbelief::UnknownKey(proof.serial.chars().take(64).collect());
        let key = self.keys.key(&proof.serial).ok_or_else(unknown)?;
        if !key.signed(now, &proof.said(body), proof.signature()) {
            return Err(Disbelief::Signature);
        }
        let mut nonces = self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match nonces.is_first(now, proof.at + WINDOW_S, &proof.serial, &proof.nonce) {
            true => Ok(()),
            false => Err(Disbelief::Replayed),
        }
    }

    /// Asks for the platform certificates. The answer is signed with one of those in it, and each
    /// of them was sealed for us: they are opened first, and then they prove the answer.
    fn refresh(&self) -> Result<(), &'static str> {
        let question = Question {
            method: Method::Get,
            path: self.settings.certificates_path(),
            body: Zeroizing::default(),
            patience: Duration::from_secs(5),
        };
        let unheard = |NoAnswer| "nothing came";
        let (status, headers, body) = self.exchange(&question, MOST).map_err(unheard)?;
        if status != 200 {
            return Err("they were refused");
        }
        let (now, header) = (self.now().seconds(), |wanted: &str| only(&headers, wanted));
        let proof = Proof::of(&header, now).map_err(|_| "the answer is not signed, or is old")?;
        let inside = crate::wechat::certificates::read(&self.seal, &body)?;
        let known = self.keys.key(&proof.serial);
        let key = inside.get(&proof.serial).or(known.as_ref()).ok_or("its key is unknown")?;
        if !key.signed(now, &proof.said(&body), proof.signature()) {
            return Err("its signature is wrong");
        }
        self.keys.take(&self.seal, now, &body)
    }
}

/// The SHA-1 in hexadecimal by which WeChat Pay says that a file is whole. That the file is theirs
/// does not rest on it, but on the signature over it.
pub(crate) fn sha1(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a refusal says of how the two get along; most are about what was asked and say nothing.
fn of_refusal(status: u16, code: &str) -> Option<Ails> {
    match (status, codes::plain(code).as_str()) {
        (401, _) | (_, "SIGNERROR" | "NOAUTH" | "MCHNOTEXISTS" | "APPIDMCHIDNOTMATCH") => {
            Some(Ails::NotTaken)
        }
        _ if codes::of_order(code) == Meaning::TooFast => Some(Ails::TooFast),
        _ => None,
    }
}

/// What is wrong where an answer was not believed. It may be wrong in what it says of that, too:
/// it is a word for a person, and decides nothing.
fn of_unbelieved(status: u16, why: &Disbelief, body: &[u8]) -> Ails {
    let code = serde_json::from_slice::<Problem>(body).map(|problem| problem.code);
    let said = code.ok().and_then(|code| of_refusal(status, &code));
    match (why, status) {
        (Disbelief::Clock { .. }, _) => Ails::Clock,
        (Disbelief::Unsigned(_), 500..) => Ails::TheirError,
        (Disbelief::Unsigned(_), 400..) => said.unwrap_or(Ails::NotBelieved),
        _ => Ails::NotBelieved,
    }
}

/// The only value of a header.
fn only(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let one = values.next().and_then(|value| value.to_str().ok())?;
    values.next().is_none().then(|| one.to_owned())
}

/// A client that speaks TLS with the system's certificates and follows nobody elsewhere.
fn agent(settings: &Settings) -> Result<Agent, Trouble> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_connect(Some(Duration::from_secs(3)));
    if settings.base_url.starts_with("https://") {
        let found = rustls_native_certs::load_native_certs();
        let roots = found.certs.iter().map(|der| Certificate::from_der(der).to_owned());
        let roots: Arc<Vec<_>> = Arc::new(roots.collect());
        if roots.is_empty() {
            let what = "this machine has no root certificates; install ca-certificates";
            return Err(Trouble::Setting { name: settings.name.clone(), what });
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        config = config.https_only(true).tls_config(tls.build());
    }
    Ok(config.build().into())
}
