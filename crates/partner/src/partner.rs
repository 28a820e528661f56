//! One partner of a cell: what was agreed with it, and what it is asked and asks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use cell::{Clock, Handle, Outcome};
use corridor::{FreezeReason, Link, Witness};
use economy::{Answer, PartnerView, Query, Receive};
use kernel::{Currency, Timestamp};
use link::keys::{Keys, PublicKey};
use link::wire::{AskLook, Seen};
use link::{Fault, Status, Who};
use serde::de::DeserializeOwned;
use ureq::Agent;

use crate::ask::{Between, Request, agent};
use crate::body::{self, AskLookup, Delivery, Lookup, MOST_MESSAGES, Operation, Standing};
use crate::chain::{Chain, Hash};
use crate::day::Day;
use crate::message::{Currencies, Money};
use crate::nonces::Nonces;
use crate::outbox::{Outbox, Unread};
use crate::signature::Params;

/// How long a look at what was agreed counts.
const YOUNG: Duration = Duration::from_secs(1);

/// What was agreed, as the cell has it now.
#[derive(Clone, Debug, Default)]
pub struct Agreed {
    /// Where its server is; empty while that is not known.
    pub url: String,
    /// What its wallet is called.
    pub wallet: String,
    /// Its keys by name.
    pub trusted: BTreeMap<String, PublicKey>,
    /// The names of those that are not believed any more.
    pub revoked: BTreeSet<String>,
    /// Whether no new payment crosses.
    pub suspended: bool,
}

/// Knows a partner's requests: its keys, and the nonces that it used.
#[derive(Debug, Default)]
pub struct Verifier {
    peer: String,
    number: u16,
    agreed: RwLock<Arc<Agreed>>,
    pub(crate) nonces: Mutex<Nonces>,
}

impl Verifier {
    /// One that believes one key, and keeps nonces in memory.
    pub fn of(key: PublicKey) -> Self {
        let peer = key.cell().to_owned();
        let trusted = [(key.id(), key)].into();
        let agreed = RwLock::new(Arc::new(Agreed { trusted, ..Agreed::default() }));
        Self { peer, agreed, ..Self::default() }
    }

    fn agreed(&self) -> Arc<Agreed> {
        Arc::clone(&self.agreed.read().expect("no holder of this lock panics"))
    }

    /// The partner's key of a name.
    pub(crate) fn believed(&self, keyid: &str) -> Result<PublicKey, Fault> {
        let agreed = self.agreed();
        if let Some(key) = agreed.trusted.get(keyid) {
            return Ok(key.clone());
        }
        let peer = &self.peer;
        if agreed.revoked.contains(keyid) {
            let words = format!("The key {keyid} of '{peer}' is not believed any more.");
            return Err(Fault::ours("partner_key_revoked", words));
        }
        let words = format!(
            "The key {keyid} of '{peer}' is not known here; the operator believes it by \
             POST /v1/partners/{}/keys.",
            self.number
        );
        Err(Fault::ours("partner_key_unknown", words))
    }
}

/// One partner of a cell.
pub struct Partner {
    /// The cell of this process.
    pub own: Who,
    /// The partner.
    pub peer: Who,
    /// The number of the link.
    pub link: u8,
    /// What the link holds.
    pub of: Currencies,
    /// How it goes.
    pub status: Status,
    /// What it was sent.
    pub outbox: Outbox,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<Keys>,
    agent: Agent,
}

impl std::fmt::Debug for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Partner({} to {})", self.own.name, self.peer.name)
    }
}

/// What a delivery asks of the cell.
#[derive(Debug)]
pub struct Taken {
    /// What the partner's witness is at the last message that was handled.
    pub shown: Witness,
    /// The messages that are new.
    pub messages: Vec<Receive>,
}

impl Partner {
    /// What was agreed.
    pub fn agreed(&self) -> Arc<Agreed> {
        self.verifier.agreed()
    }

    /// What of a delivery is to be handled.
    ///
    /// # Errors
    /// [`Fault`]: the messages are not the next ones, or not what they must be.
    pub fn take(&self, delivery: &Delivery, link: &Link) -> Result<Taken, Fault> {
        let malformed = |words: String| Err(Fault::ours("partner_malformed", words));
        if delivery.messages.len() > MOST_MESSAGES {
            return malformed(format!("A hand-over has at most {MOST_MESSAGES} messages."));
        }
        if delivery.after.number > link.received {
            let words = format!("Message {} is due.", link.received + 1);
            return Err(Fault::ours("partner_out_of_order", words));
        }
        let mut chain = delivery.after;
        let mut shown = Witness { position: chain.number, hash: chain.witness.0 };
        let mut messages = Vec::new();
        for message in &delivery.messages {
            if message.number != chain.number + 1 {
                let words = format!("Message {} stands behind {}.", message.number, chain.number);
                return malformed(words);
            }
            chain.push(message);
            if chain.number <= link.received {
                shown = Witness { position: chain.number, hash: chain.witness.0 };
            } else {
                let read = message.received(self.of, chain.witness.0);
                match read {
                    Ok(read) => messages.push(Receive { link: self.link, ..read }),
                    Err(why) => return malformed(format!("The body was refused: {why}.")),
                }
            }
        }
        if chain != delivery.through {
            let words = format!(
                "`through` is not what `after` and these lines come to: here it is {} at message \
                 {}; see §4 of the protocol.",
                chain.witness, chain.number
            );
            return malformed(words);
        }
        Ok(Taken { shown, messages })
    }

    /// Where this side stands.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn stands(&self, view: &PartnerView, now: Timestamp) -> Result<Standing, Unread> {
        let link = &view.link.link;
        let money = |held: Option<(u64, u64, &'static str)>| {
            held.map(|(amount, _, currency)| Money { amount, currency: currency.to_owned() })
        };
        let known = link.seen.position == link.received;
        let witness = if known { Hash(link.seen.hash) } else { Hash::default() };
        Ok(Standing {
            received: Chain { number: link.received, witness },
            sent: self.outbox.newest()?,
            frozen: link.frozen.as_ref().map(|reason| reason.code().to_owned()),
            stopped: link.frozen.as_ref().is_some_and(FreezeReason::stops_messages),
            suspended: view.partner.suspended.is_some(),
            nostro: money(view.link.nostro),
            mirror: money(view.link.mirror),
            time: now.seconds(),
        })
    }

    /// Asks where the partner stands.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn standing(&self) -> Result<Standing, Fault> {
        self.ask((Operation::Standing, ""), Vec::new(), Duration::from_secs(4))
    }

    /// Hands messages over; the answer says where the partner stands then.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn deliver(&self, delivery: &Delivery) -> Result<Standing, Fault> {
        self.ask((Operation::Deliver, ""), body::write(delivery), Duration::from_secs(8))
    }

    /// Asks what the partner sent behind a number.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn sent(&self, after: u64) -> Result<body::Sent, Fault> {
        let query = format!("after={after}");
        self.ask((Operation::Sent, &query), Vec::new(), Duration::from_secs(8))
    }

    /// Asks for the partner's file of a day (`2026-11-23`, by UTC): what it sent on it.
    ///
    /// # Errors
    /// [`Fault`]; also where its lines do not come to its witnesses.
    pub fn day(&self, date: &str) -> Result<Day, Fault> {
        let query = format!("date={date}");
        let read = |bytes: Vec<u8>| {
            let file = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
            file.and_then(|file| Day::read(&file).map_err(|why| why.to_string()))
                .map_err(|why| Fault::ours("partner_malformed", format!("The answer: {why}.")))
        };
        let came = self.call((Operation::Day, &query), Vec::new(), Duration::from_secs(8));
        let came = came.and_then(read);
        self.status.note_asking(&self.peer.name, self.clock.wall(), trouble(&came));
        came
    }

    /// Has the partner freeze its end.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn freeze(&self, stop: body::Stop) -> Result<Standing, Fault> {
        self.ask((Operation::Freeze, ""), body::write(&stop), Duration::from_secs(4))
    }

    /// Asks what a store of the partner is.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn look(&self, asked: AskLook) -> Result<Seen, Fault> {
        let named = AskLookup {
            code: None,
            store: Some(asked.store.to_string()),
            payment: asked.payment.map(|payment| payment.to_string()),
            place: asked.place,
        };
        let body = body::write(&named);
        let answer: Lookup = self.ask((Operation::Lookup, ""), body, Duration::from_secs(3))?;
        answer.seen(asked, self.clock.wall()).map_err(|what| {
            let words = format!("What '{}' says of the store is unfit: {what}.", self.peer.name);
            Fault::ours("partner_malformed", words)
        })
    }

    fn ask<R: DeserializeOwned>(
        &self,
        asked: (Operation, &str),
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<R, Fault> {
        let came = self.call(asked, body, patience).and_then(|bytes| {
            body::read(&bytes).map_err(|why| {
                Fault::ours("partner_malformed", format!("The answer can't be read: {why}."))
            })
        });
        self.status.note_asking(&self.peer.name, self.clock.wall(), trouble(&came));
        came
    }

    fn call(
        &self,
        asked: (Operation, &str),
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<Vec<u8>, Fault> {
        let (own, peer) = (&self.own.name, &self.peer.name);
        let agreed = self.agreed();
        if agreed.url.is_empty() {
            let words = format!("It is not known yet where '{peer}' is.");
            return Err(Fault::ours("partner_unreachable", words));
        }
        let keys = self.keys.now();
        let Some(key) = &keys.current else {
            let words = format!("Make a key with `enishi corridor key --cell {own}`.");
            return Err(Fault::ours("partner_key_missing", words));
        };
        let now = self.clock.wall().seconds();
        let between = Between { from: own, to: peer, url: &agreed.url };
        let request = Request::signed(key, between, asked, body, &self.params(key, now));
        let raw = request.send(&self.agent, patience).map_err(|why| {
            let words = format!("'{peer}' does not answer at {}: {why}.", agreed.url);
            Fault::ours("partner_unreachable", words)
        })?;
        let now = self.clock.wall().seconds();
        raw.is_theirs(between, &request, &|keyid| self.verifier.believed(keyid), now)?;
        if raw.status == 200 { Ok(raw.body) } else { Err(raw.refused()) }
    }

    pub(crate) fn params(&self, key: &ed25519_dalek::SigningKey, now: u64) -> Params {
        Params {
            created: now,
            expires: None,
            keyid: PublicKey::of(&self.own.name, key).id(),
            nonce: link::signature::nonce(),
        }
    }
}

/// What of an answer is trouble of the way: that a store is unknown is none.
fn trouble<T>(came: &Result<T, Fault>) -> Result<(), &Fault> {
    let fault = came.as_ref().err().filter(|fault| fault.code.starts_with("partner_"));
    fault.map_or(Ok(()), Err)
}

/// The partners of one cell, as it knows them.
pub struct Partners {
    handle: Handle,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    /// The cell's folder; nonces are forgotten with the process where there is none.
    folder: Option<PathBuf>,
    known: RwLock<Vec<Arc<Partner>>>,
    looked: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Partners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Partners({})", self.handle.info().name)
    }
}

impl Partners {
    /// The partners of a cell that signs with these keys.
    pub fn of(
        handle: Handle,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        folder: Option<&Path>,
    ) -> Self {
        let (known, looked) = (RwLock::default(), Mutex::default());
        Self { handle, keys, clock, folder: folder.map(Path::to_owned), known, looked }
    }

    /// The cell.
    pub fn cell(&self) -> &Handle {
        &self.handle
    }

    /// The cell's keys, by which partners know it.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Those that are known.
    pub fn all(&self) -> Vec<Arc<Partner>> {
        self.known.read().expect("no holder of this lock panics").clone()
    }

    /// The partner of a number.
    pub fn numbered(&self, number: u16) -> Option<Arc<Partner>> {
        self.all().into_iter().find(|partner| partner.peer.number == number)
    }

    /// The partner of a name.
    pub fn named(&self, name: &str) -> Option<Arc<Partner>> {
        self.all().into_iter().find(|partner| partner.peer.name == name)
    }

    /// Whether it is time to look anew at what was agreed.
    fn is_old(&self) -> bool {
        let looked = self.looked.lock().expect("no holder of this lock panics");
        looked.is_none_or(|at| at.elapsed() >= YOUNG)
    }

    /// Looks anew at what was agreed, if that was not done within the last second.
    pub async fn refresh(&self) {
        if self.is_old() {
            let outcome = self.handle.ask(Query::Partners).await;
            self.take_in(outcome);
        }
    }

    /// The same at once, for who has just changed it.
    pub async fn refresh_now(&self) {
        let outcome = self.handle.ask(Query::Partners).await;
        self.take_in(outcome);
    }

    /// The same in a thread.
    pub fn refresh_blocking(&self) {
        let outcome = self.handle.ask_blocking(Query::Partners);
        self.take_in(outcome);
    }

    /// While the cell does not answer, what was agreed before counts.
    fn take_in(&self, outcome: Outcome) {
        let Outcome::Answered { answer: Answer::Partners(views), .. } = outcome else { return };
        let mut known = self.known.write().expect("no holder of this lock panics");
        for view in views {
            let number = view.link.link.peer;
            let agreed = Arc::new(agreed(&view));
            match known.iter().find(|partner| partner.peer.number == number) {
                Some(partner) => {
                    *partner.verifier.agreed.write().expect("no holder of this lock panics") =
                        agreed;
                }
                None => match self.opened(&view, agreed) {
                    Ok(partner) => known.push(Arc::new(partner)),
                    Err(why) => {
                        let name = &view.link.link.name;
                        tracing::error!(name, %why, "the nonces of a partner can't be kept");
                    }
                },
            }
        }
        *self.looked.lock().expect("no holder of this lock panics") = Some(Instant::now());
    }

    fn opened(&self, view: &PartnerView, agreed: Arc<Agreed>) -> std::io::Result<Partner> {
        let info = self.handle.info();
        let link = &view.link.link;
        let currency = |held: Option<(u64, u64, &'static str)>| -> Option<Currency> {
            held.and_then(|(_, _, code)| code.parse().ok())
        };
        let of =
            Currencies { nostro: currency(view.link.nostro), mirror: currency(view.link.mirror) };
        let oldest = self.clock.wall().seconds().saturating_sub(crate::ask::WINDOW_S);
        let path = self
            .folder
            .as_ref()
            .map(|folder| folder.join("partners").join(format!("{}.nonces", link.name)));
        let nonces = path.map(|path| Nonces::open(&path, oldest)).transpose()?;
        Ok(Partner {
            own: Who { number: info.number, name: info.name.clone() },
            peer: Who { number: link.peer, name: link.name.clone() },
            link: view.number,
            of,
            status: Status::default(),
            outbox: Outbox::over(Arc::clone(self.handle.feed()), view.number, of),
            verifier: Verifier {
                peer: link.name.clone(),
                number: link.peer,
                agreed: RwLock::new(agreed),
                nonces: Mutex::new(nonces.unwrap_or_default()),
            },
            clock: Arc::clone(&self.clock),
            keys: Arc::clone(&self.keys),
            agent: agent(),
        })
    }
}

fn agreed(view: &PartnerView) -> Agreed {
    let name = &view.link.link.name;
    let partner = &view.partner;
    let mut agreed = Agreed {
        url: partner.url.clone(),
        wallet: partner.wallets.last().map(|(_, name)| name.clone()).unwrap_or_default(),
        suspended: partner.suspended.is_some(),
        ..Agreed::default()
    };
    for known in &partner.keys {
        let Ok(key) = format!("epk_{name}_{}", Hash(known.key)).parse::<PublicKey>() else {
            continue;
        };
        if known.until.is_some() {
            agreed.revoked.insert(key.id());
        } else {
            agreed.trusted.insert(key.id(), key);
        }
    }
    agreed
}
