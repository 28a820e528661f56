//! What stands in bodies beside messages, in JSON. Members that are not named here are refused.

use corridor::CaptureMode;
use kernel::{Currency, Timestamp};
use link::wire::{AskLook, Due, Seen};
use pay::{Category, Place, Status};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::message::{Flat, Money};

/// The media type of bodies that are no problem.
pub const MEDIA: &str = "application/json";
/// The header field that says version, sender and receiver: `1 mdr jp`.
pub const FIELD: &str = "enishi-partner";
/// The version of paths, bodies and header fields.
pub const VERSION: u16 = 1;
/// The most messages in one hand-over.
pub const MOST_MESSAGES: usize = 1_000;
/// The largest body of a hand-over.
pub const MOST_DELIVERED: usize = 1 << 20;
/// The largest body of anything else that is asked.
pub const MOST_ELSE: usize = 16 << 10;
/// The largest answer: a day's file is read in pieces that are smaller.
pub const MOST_ANSWERED: usize = 64 << 20;

/// What is asked, by method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Where the asked side stands.
    Standing,
    /// Messages are handed over.
    Deliver,
    /// What the asked side has sent.
    Sent,
    /// What a store is, before it is paid.
    Lookup,
    /// The link is to be frozen.
    Freeze,
    /// What the asked side has sent on a day.
    Day,
    /// What a sandbox has to try.
    Sandbox,
    /// A sandbox is to do something that a person does.
    Act,
}

impl Operation {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Standing,
        Self::Deliver,
        Self::Sent,
        Self::Lookup,
        Self::Freeze,
        Self::Day,
        Self::Sandbox,
        Self::Act,
    ];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Standing | Self::Sent | Self::Day | Self::Sandbox => "GET",
            Self::Deliver | Self::Lookup | Self::Freeze | Self::Act => "POST",
        }
    }

    /// Its path behind a side's address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Standing => "/partner/v1/standing",
            Self::Deliver | Self::Sent => "/partner/v1/messages",
            Self::Lookup => "/partner/v1/lookup",
            Self::Freeze => "/partner/v1/freeze",
            Self::Day => "/partner/v1/day",
            Self::Sandbox | Self::Act => "/partner/v1/sandbox",
        }
    }

    /// The largest body that asks for it.
    pub const fn most(self) -> usize {
        match self {
            Self::Deliver => MOST_DELIVERED,
            _ => MOST_ELSE,
        }
    }
}

/// Where a side stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// How far it has handled the asking side's messages, and their witness as it computed it.
    pub received: Chain,
    /// How far its own messages go.
    pub sent: Chain,
    /// Why nothing new may cross.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<String>,
    /// Whether messages wait, too, until its operator has looked.
    pub stopped: bool,
    /// Whether it takes no new payments of the asking side for now.
    pub suspended: bool,
    /// What the asking side holds with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nostro: Option<Money>,
    /// What it holds with the asking side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Money>,
    /// Its time, in seconds since 1970.
    pub time: u64,
}

/// Messages in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// How far the sender's messages went before the first of these.
    pub after: Chain,
    /// The messages, without a gap; none to show the witness alone.
    pub messages: Vec<Flat>,
    /// How far they go with these.
    pub through: Chain,
}

impl Delivery {
    /// Messages behind what was sent before.
    pub fn of(after: Chain, messages: Vec<Flat>) -> Self {
        let mut through = after;
        messages.iter().for_each(|message| through.push(message));
        Self { after, messages, through }
    }
}

/// What was sent, from some message on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The messages and the witnesses around them.
    pub delivery: Delivery,
    /// Whether there are more behind them.
    pub more: bool,
}

/// Asks what a store is: by what was scanned, or by the ids in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskLookup {
    /// The text of a code (EMVCo merchant-presented), as it was scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The payment that its till asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// The place of the store at which the code hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u16>,
}

/// What a store is: all of it stands on its codes and over its door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The store, as `authorize` names it.
    pub store: String,
    /// Its registered name.
    pub name: String,
    /// The name in Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latin_name: Option<String>,
    /// Its city.
    pub city: String,
    /// Its trade; see §6 of the protocol.
    pub category: String,
    /// Its prefecture by JIS X 0401; 0 outside Japan.
    pub prefecture: u8,
    /// The country on its codes, ISO 3166-1 alpha-2.
    pub country: String,
    /// The language of its name, ISO 639 alpha-2.
    pub language: String,
    /// Whether it takes payments of the asking side now.
    pub open: bool,
    /// What it is paid in.
    pub currency: String,
    /// What is due, if its till asked for a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<LookupDue>,
    /// The place that was asked for, as its store registered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<LookupPlace>,
}

/// A place of a store at which a printed code hangs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupPlace {
    /// Counted in its store.
    pub number: u16,
    /// What the shop calls it.
    pub label: String,
    /// What is due there; the payer types it if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What the shop's books call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What is due of a payment that a till asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupDue {
    /// Which payment.
    pub payment: String,
    /// `requested` while it can be paid.
    pub status: String,
    /// How much.
    pub amount: Money,
    /// Until when it may be paid, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<u64>,
    /// `now` or `later`.
    pub capture: String,
}

impl Lookup {
    /// What a partner's answer says, as a cell of another process would have said it.
    ///
    /// # Errors
    /// Which member is not what it must be.
    pub fn seen(&self, asked: AskLook, now: Timestamp) -> Result<Seen, &'static str> {
        let currency: Currency = self.currency.parse().map_err(|_| "currency")?;
        if self.store != asked.store.to_string() {
            return Err("store");
        }
        let text = |text: &str, most: usize| {
            (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        };
        let fits = text(&self.name, 60)
            && self.latin_name.as_deref().is_none_or(|name| text(name, 60))
            && text(&self.city, 40);
        let word = |word: &str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
        if !fits || !word(&self.country) || !word(&self.language) {
            return Err("name, city, country or language");
        }
        let due = self.due.as_ref().map(|due| {
            let status =
                if due.status == "requested" { Status::Requested } else { Status::Expired };
            if Some(due.payment.as_str()) != asked.payment.map(|id| id.to_string()).as_deref() {
                return Err("due");
            }
            if due.amount.currency != self.currency {
                return Err("due");
            }
            let capture = match due.capture.as_str() {
                "now" => CaptureMode::Now,
                "later" => CaptureMode::Later,
                _ => return Err("capture"),
            };
            let deadline = due.valid_until.filter(|at| *at < 1 << 40).map(Timestamp::from_seconds);
            Ok(Due { status, amount: due.amount.amount, deadline, capture })
        });
        let place = self.place.as_ref().map(|place| {
            let money = place.amount.as_ref();
            let fits = text(&place.label, 25)
                && place.reference.as_deref().is_none_or(|reference| text(reference, 25))
                && money.is_none_or(|money| money.currency == self.currency)
                && Some(place.number) == asked.place;
            let (label, reference) = (place.label.clone(), place.reference.clone());
            let amount = money.map(|money| money.amount);
            let place = Place { number: place.number, label, amount, reference };
            fits.then_some(place).ok_or("place")
        });
        Ok(Seen {
            position: 0,
            time: now,
            country: self.country.clone(),
            language: self.language.clone(),
            name: self.name.clone(),
            latin_name: self.latin_name.clone(),
            city: self.city.clone(),
            category: Category::from_word(&self.category).ok_or("category")?,
            prefecture: self.prefecture,
            open: self.open,
            currency,
            stopped_by: None,
            due: due.transpose()?,
            store: None,
            costs: None,
            place: place.transpose()?,
        })
    }
}

/// Why the other side is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Why.
    pub reason: StopReason,
    /// The message of the asked side at which it is so.
    pub number: u64,
}

/// Why a side is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The witnesses differ at that message.
    WitnessDiffers,
    /// That message can't be handled.
    MessageFaults,
}

/// A refusal (RFC 9457): of its members, those that this protocol uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Refused {
    /// The stable word.
    #[serde(default)]
    pub code: String,
    /// One sentence.
    #[serde(default)]
    pub detail: String,
    /// The number that is due, of a message that is not the next one.
    #[serde(default)]
    pub expected: Option<u64>,
}

/// Reads a body whole.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    serde_json::from_str(text).map_err(|why| why.to_string())
}

/// The bytes of a body.
pub fn write<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("texts and numbers are always JSON")
}
