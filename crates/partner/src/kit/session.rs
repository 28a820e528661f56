//! One run against one partner: what was sent and what came.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kernel::id::Payment;
use kernel::{Id, Timestamp};
use link::Fault;
use link::keys::PublicKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ureq::Agent;

use super::Checked;
use crate::ask::{Between, Raw, Request, agent_anew};
use crate::body::{self, Delivery, Operation, Sent, Standing};
use crate::chain::Chain;
use crate::message::{Flat, Money};
use crate::signature::Params;

/// How long an answer of the other side's people or machines is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a sandbox has to try: an answer to `GET /partner/v1/sandbox`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// A store that takes payments; of a side that has merchants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Whether it has a payer who pays when it is asked to; of a side that has wallets.
    pub payer: bool,
}

/// What a sandbox is asked to do: the body of `POST /partner/v1/sandbox`. Exactly what a person of the
/// other side would do, by the same commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// The bank's money came: the asking side holds so much more.
    Prefund {
        /// Minor units.
        amount: u64,
    },
    /// The till asks for a payment at the sandbox's store.
    Request {
        /// Minor units.
        amount: u64,
        /// The payment's id.
        payment: String,
        /// Whether it is captured later.
        later: bool,
    },
    /// The shop takes a part of what is held for it.
    Capture {
        /// Which payment.
        payment: String,
        /// Minor units.
        amount: u64,
        /// Whether nothing more will be taken.
        last: bool,
    },
    /// The shop gives back a part of what it took.
    Refund {
        /// Which payment.
        payment: String,
        /// Minor units.
        amount: u64,
    },
    /// The payer pays at a store of the asking side, without looking it up.
    Pay {
        /// The store, as the asking side names it.
        store: String,
        /// Minor units.
        amount: u64,
        /// The payment's id.
        payment: String,
    },
    /// The operator opens the link again, after both have looked.
    Reopen,
}

/// What the other side has and does, by what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roles {
    /// It has merchants: the kit's users pay there.
    pub seller: bool,
    /// It has wallets: its users pay at the kit's merchants.
    pub payer: bool,
}

/// One run against one partner.
pub struct Session {
    checked: Checked,
    agent: Agent,
    /// How far the kit's messages go.
    pub(super) own: Chain,
    /// How far the other side's messages went when the kit looked last.
    pub(super) theirs: Chain,
    pub(super) began: Chain,
    pub(super) standing: Option<Standing>,
    pub(super) sandbox: Option<Sandbox>,
    /// A sale that was taken, for rules about what comes after one.
    pub(super) taken: Option<Flat>,
}

impl Session {
    pub(super) fn new(checked: Checked) -> Self {
        Self {
            checked,
            agent: agent_anew(),
            own: Chain::default(),
            theirs: Chain::default(),
            began: Chain::default(),
            standing: None,
            sandbox: None,
            taken: None,
        }
    }

    /// Finds out where the other side stands, and takes its word for how far the kit's messages
    /// went: the kit remembers nothing between two runs.
    pub(super) fn begin(&mut self) -> Result<(), String> {
        let mut standing: Standing = self.asks((Operation::Standing, ""), Vec::new())?;
        self.sandbox = self.asks((Operation::Sandbox, ""), Vec::new()).ok();
        if standing.stopped {
            standing = self.act(&Act::Reopen)?;
        }
        self.own = standing.received;
        self.theirs = standing.sent;
        self.began = standing.sent;
        self.standing = Some(standing);
        Ok(())
    }

    pub(super) fn roles(&self) -> Roles {
        let standing = self.standing.as_ref();
        Roles {
            seller: standing.is_some_and(|it| it.nostro.is_some()),
            payer: standing.is_some_and(|it| it.mirror.is_some()),
        }
    }

    pub(super) fn now() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    /// The number that the kit's stores begin with.
    pub(super) fn number(&self) -> u16 {
        self.checked.number
    }

    /// An id that the other side has not seen.
    pub(super) fn payment() -> String {
        let random = link::signature::nonce();
        let random = random.bytes().fold(0_u128, |all, byte| all << 6 | u128::from(byte & 63));
        let now = Timestamp::from_seconds(Self::now());
        Id::<Payment>::from_parts(now, random).to_string()
    }

    pub(super) fn params(&self) -> Params {
        Params {
            created: Self::now(),
            expires: None,
            keyid: PublicKey::of(&self.checked.own, &self.checked.key).id(),
            nonce: link::signature::nonce(),
        }
    }

    fn between(&self) -> Between<'_> {
        let Checked { url, name, own, .. } = &self.checked;
        Between { from: own, to: name, url }
    }

    /// A request, rightly signed.
    pub(super) fn signed(&self, asked: (Operation, &str), body: Vec<u8>) -> Request {
        Request::signed(&self.checked.key, self.between(), asked, body, &self.params())
    }

    /// A request with other parameters, another key, or both.
    pub(super) fn signed_as(
        &self,
        asked: (Operation, &str),
        body: Vec<u8>,
        key: Option<&ed25519_dalek::SigningKey>,
        params: &Params,
    ) -> Request {
        let key = key.unwrap_or(&self.checked.key);
        Request::signed(key, self.between(), asked, body, params)
    }

    /// Sends a request; whatever comes back must be signed in answer to it.
    pub(super) fn sent(&self, request: &Request) -> Result<Raw, String> {
        let raw = request.send(&self.agent, PATIENCE)?;
        let believed = |keyid: &str| {
            let trusted = &self.checked.trusted;
            let known = trusted.id() == keyid;
            let words = format!("The answer is signed with {keyid}, not with {}.", trusted.id());
            let unknown = || Fault::ours("partner_key_unknown", words);
            known.then(|| trusted.clone()).ok_or_else(unknown)
        };
        let theirs = raw.is_theirs(self.between(), request, &believed, Self::now());
        theirs.map_err(|fault| fault.detail)?;
        Ok(raw)
    }

    /// Sends what is to be refused: with this code.
    pub(super) fn refused(&self, request: &Request, code: &str) -> Result<Value, String> {
        // Who can't be believed need not be answered with a signature.
        let raw = request.send(&self.agent, PATIENCE)?;
        let said: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
        let told = said["code"].as_str().unwrap_or_default();
        if told == code && (400..600).contains(&raw.status) {
            return Ok(said);
        }
        Err(format!("expected a refusal `{code}`, got {}", outcome(&raw)))
    }

    /// Asks; the answer must be 200, signed, and what the protocol says.
    pub(super) fn asks<T: DeserializeOwned>(
        &self,
        asked: (Operation, &str),
        body: Vec<u8>,
    ) -> Result<T, String> {
        let raw = self.sent(&self.signed(asked, body))?;
        if raw.status != 200 {
            return Err(format!("expected 200, got {}", outcome(&raw)));
        }
        body::read(&raw.body).map_err(|why| format!("the answer is not what it must be: {why}"))
    }

    /// Has the sandbox do something.
    pub(super) fn act(&self, act: &Act) -> Result<Standing, String> {
        let came = self.asks((Operation::Act, ""), body::write(act));
        came.map_err(|why| format!("the sandbox does not do what it is asked: {why}"))
    }

    /// Hands messages over, which must be taken.
    pub(super) fn deliver(&mut self, messages: Vec<Flat>) -> Result<Standing, String> {
        let delivery = Delivery::of(self.own, messages);
        let stands: Standing = self.asks((Operation::Deliver, ""), body::write(&delivery))?;
        if stands.received != delivery.through {
            return Err(format!(
                "expected `received` to be {} with the witness {}, got {} with {}",
                delivery.through.number,
                delivery.through.witness,
                stands.received.number,
                stands.received.witness
            ));
        }
        self.own = delivery.through;
        Ok(stands)
    }

    /// What the other side sent since the kit looked last, which must be the next numbers and come
    /// to its witness. Waits until there are at least so many.
    pub(super) fn came(&mut self, least: usize) -> Result<Vec<Flat>, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let query = format!("after={}", self.theirs.number);
            let sent: Sent = self.asks((Operation::Sent, &query), Vec::new())?;
            let delivery = sent.delivery;
            if delivery.after != self.theirs {
                return Err(format!("`after` is not message {}", self.theirs.number));
            }
            let again = Delivery::of(self.theirs, delivery.messages);
            if again.through != delivery.through {
                return Err("`through` is not what the lines come to".to_owned());
            }
            let gap = again.messages.iter().zip(self.theirs.number + 1..);
            if let Some((message, due)) = gap.into_iter().find(|(it, due)| it.number != *due) {
                return Err(format!("message {} stands where {due} is due", message.number));
            }
            if again.messages.len() >= least {
                self.theirs = again.through;
                return Ok(again.messages);
            }
            if Instant::now() > until {
                return Err(format!(
                    "expected {least} message(s) behind {}, got {}",
                    self.theirs.number,
                    again.messages.len()
                ));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The one message that comes for a payment.
    pub(super) fn answer(&mut self, payment: &str) -> Result<Flat, String> {
        let mut came = self.came(1)?;
        came.retain(|message| message.payment.as_deref() == Some(payment));
        match (came.pop(), came.len()) {
            (Some(answer), 0) => Ok(answer),
            (Some(_), more) => Err(format!("expected one answer, got {}", more + 1)),
            (None, _) => Err("the answer is for another payment".to_owned()),
        }
    }

    /// What the kit holds with the other side.
    pub(super) fn held(&self) -> Result<u64, String> {
        let standing: Standing = self.asks((Operation::Standing, ""), Vec::new())?;
        standing.nostro.map(|money| money.amount).ok_or_else(|| "no `nostro`".to_owned())
    }

    /// The next message as an `authorize` of a new payment at the sandbox's store.
    pub(super) fn authorize(&self, amount: u64) -> Result<Flat, String> {
        let nostro = self.standing.as_ref().and_then(|standing| standing.nostro.clone());
        let currency = nostro.ok_or("the partner keeps no prefund")?.currency;
        let store = self.sandbox.as_ref().and_then(|sandbox| sandbox.store.clone());
        Ok(Flat {
            number: self.own.number + 1,
            kind: "authorize".to_owned(),
            payment: Some(Self::payment()),
            store: Some(store.ok_or("the sandbox names no store")?),
            amount: Some(Money { amount, currency }),
            valid_until: Some(Self::now() + 120),
            capture: Some("now".to_owned()),
            requested: Some(false),
            payer: Some("1".to_owned()),
            ..Flat::default()
        })
    }

    /// Hands one message over; gives the one that answers it.
    pub(super) fn answered(&mut self, message: Flat) -> Result<Flat, String> {
        let payment = message.payment.clone().unwrap_or_default();
        self.deliver(vec![message])?;
        self.answer(&payment)
    }

    /// Hands an `authorize` over that must be declined for this reason.
    pub(super) fn declined(&mut self, message: Flat, reason: &str) -> Result<(), String> {
        let answer = self.answered(message)?;
        if answer.kind == "declined" && answer.word.as_deref() == Some(reason) {
            return Ok(());
        }
        Err(format!("expected `declined` ({reason}), got {}", told(&answer)))
    }
}

/// A message in words.
pub(super) fn told(message: &Flat) -> String {
    let word = message.word.as_deref().unwrap_or("-");
    let amount = message.amount.as_ref().map_or(0, |money| money.amount);
    let after = message.nostro_after.as_ref().map_or(0, |money| money.amount);
    let last = message.last.map_or(String::new(), |last| format!(", last {last}"));
    format!("`{}` ({word}, {amount}{last}, nostro after {after})", message.kind)
}

fn outcome(raw: &Raw) -> String {
    let said: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
    let code = said["code"].as_str().unwrap_or("no code");
    let detail = said["detail"].as_str().unwrap_or_default();
    format!("{} ({code}) {detail}", raw.status)
}
