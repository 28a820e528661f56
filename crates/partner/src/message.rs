//! The corridor's messages in JSON, one to one, and the line of each: what its hash and the daily
//! file are made of. See docs/partner-protocol.md §5.

use corridor::{CaptureMode, ChargeAnswer, DeclineReason, Message};
use economy::Receive;
use kernel::{Currency, Timestamp};
use serde::{Deserialize, Serialize};

/// The largest integer that every reader of JSON takes as it is (2^53 − 1).
pub const MOST_NUMBER: u64 = (1 << 53) - 1;

/// An amount in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units: 1,200 JPY is 1200, 12.50 CNY is 1250.
    pub amount: u64,
    /// ISO 4217.
    pub currency: String,
}

impl Money {
    /// An amount of a currency.
    pub fn new(amount: u64, currency: Currency) -> Self {
        Self { amount, currency: currency.code().to_owned() }
    }
}

/// One message as JSON has it: of the members, exactly those stand there that its kind asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// Its number on the link, from 1 without a gap.
    pub number: u64,
    /// Its kind.
    pub kind: String,
    /// The payment it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Who is to be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The place of the store at which the printed code hangs that was scanned, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u16>,
    /// How much, or how much so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Not to be taken after this, in seconds since 1970 by the seller's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<u64>,
    /// `now` or `later`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// Whether the seller asked for the payment by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<bool>,
    /// The payer, opaque: decimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// What a customer's phone showed: 16 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The number of the message `charge` that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<u64>,
    /// Why not, or what became of a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// Whether nothing more will be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
    /// What the sender's nostro for the receiver holds after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nostro_after: Option<Money>,
}

/// What a link holds, seen from one of its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Currencies {
    /// The currency in which the other side is paid for at this end.
    pub nostro: Option<Currency>,
    /// The currency in which this end pays at the other side.
    pub mirror: Option<Currency>,
}

impl Currencies {
    /// The same link seen from its other end.
    pub const fn turned(self) -> Self {
        Self { nostro: self.mirror, mirror: self.nostro }
    }
}

/// A message that is not what its kind asks for; says which member, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message {number}: {what}")]
pub struct Unfit {
    /// Its number.
    pub number: u64,
    /// What is wrong.
    pub what: String,
}

/// The columns of a message's line, as the daily file names them.
pub const COLUMNS: &str = "number,kind,payment,store,place,amount,currency,valid_until,capture,\
requested,payer,code,charge,word,last,nostro_after,nostro_currency";

impl Flat {
    /// The message's line: what stands in each of [`COLUMNS`], nothing for what is not there.
    pub fn line(&self) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let flag = |flag: Option<bool>| flag.map(|f| f.to_string()).unwrap_or_default();
        let amount = |money: &Option<Money>| number(money.as_ref().map(|money| money.amount));
        let currency = |money: &Option<Money>| {
            money.as_ref().map(|money| money.currency.clone()).unwrap_or_default()
        };
        [
            self.number.to_string(),
            self.kind.clone(),
            text(&self.payment),
            text(&self.store),
            number(self.place.map(u64::from)),
            amount(&self.amount),
            currency(&self.amount),
            number(self.valid_until),
            text(&self.capture),
            flag(self.requested),
            text(&self.payer),
            text(&self.code),
            number(self.charge),
            text(&self.word),
            flag(self.last),
            amount(&self.nostro_after),
            currency(&self.nostro_after),
        ]
        .join(",")
    }

    /// A message that the end with these currencies sends.
    pub fn of(
        number: u64,
        nostro_after: Option<u64>,
        message: &Message,
        of: Currencies,
    ) -> Option<Self> {
        let sold = |amount: u64| Some(Some(Money::new(amount, of.nostro?)));
        let flat = Self {
            number,
            kind: message.word().to_owned(),
            payment: message.payment().map(|payment| payment.to_string()),
            nostro_after: nostro_after.zip(of.nostro).map(|(after, c)| Money::new(after, c)),
            ..Self::default()
        };
        Some(match *message {
            Message::Authorize {
                payment: _,
                store,
                amount,
                valid_until,
                capture,
                requested,
                payer,
                place,
            } => Self {
                store: Some(store.to_string()),
                place,
                amount: Some(Money::new(amount, of.mirror?)),
                valid_until: Some(valid_until.seconds()),
                capture: Some(word_of(capture).to_owned()),
                requested: Some(requested),
                payer: Some(payer.to_string()),
                ..flat
            },
            Message::CancelAsked { payment: _ }
            | Message::Authorized { payment: _ }
            | Message::Released { payment: _ } => flat,
            Message::Captured { payment: _, total_so_far, last } => {
                Self { amount: sold(total_so_far)?, last: Some(last), ..flat }
            }
            Message::Declined { payment: _, reason } => {
                Self { word: Some(reason.code().to_owned()), ..flat }
            }
            Message::Refunded { payment: _, total_so_far } => {
                Self { amount: sold(total_so_far)?, ..flat }
            }
            Message::NostroChanged { amount } => Self { amount: sold(amount)?, ..flat },
            Message::Charge { payment: _, store, amount, valid_until, capture, code } => Self {
                store: Some(store.to_string()),
                amount: sold(amount)?,
                valid_until: Some(valid_until.seconds()),
                capture: Some(word_of(capture).to_owned()),
                code: Some(format!("{code:016}")),
                ..flat
            },
            Message::ChargeAnswered { payment: _, charge, answer } => {
                Self { charge: Some(charge), word: Some(answer.code().to_owned()), ..flat }
            }
            // A partner's days are files (§8), and what fills its prefund the banks tell: no
            // terms of settlement are set for a link to one.
            Message::DayClosed { .. }
            | Message::DayAnswered { .. }
            | Message::DaySigned { .. }
            | Message::TopUpSent { .. } => return None,
        })
    }

    /// The message that came to the end with these currencies.
    ///
    /// # Errors
    /// [`Unfit`]: a member too few, one too many, or one with another value than may be.
    pub fn read(&self, of: Currencies) -> Result<Message, Unfit> {
        let message = self.message(of)?;
        // What the kind does not ask for stands nowhere, and each value has one form: else the two
        // sides would have two lines of one message.
        let after = self.nostro_after.as_ref().map(|money| money.amount);
        let again = Self::of(self.number, after, &message, of.turned());
        match again {
            Some(again) if again == *self => Ok(message),
            _ => Err(self.unfit(format!(
                "a `{}` has other members, or one in another form; see §5 of the protocol",
                self.kind
            ))),
        }
    }

    fn unfit(&self, what: impl Into<String>) -> Unfit {
        Unfit { number: self.number, what: what.into() }
    }

    fn message(&self, of: Currencies) -> Result<Message, Unfit> {
        let lacks = |name: &str| self.unfit(format!("a `{}` has the member `{name}`", self.kind));
        let wrong = |name: &str| self.unfit(format!("`{name}` is not what it must be"));
        if self.number == 0 || self.number > MOST_NUMBER {
            return Err(wrong("number"));
        }
        let payment = || {
            let text = self.payment.as_deref().ok_or_else(|| lacks("payment"))?;
            text.parse().map_err(|_| wrong("payment"))
        };
        let store = || {
            let text = self.store.as_deref().ok_or_else(|| lacks("store"))?;
            text.parse().map_err(|_| wrong("store"))
        };
        let money = |money: &Option<Money>, name: &str, currency: Option<Currency>| {
            let money = money.as_ref().ok_or_else(|| lacks(name))?;
            let currency = currency.ok_or_else(|| {
                self.unfit(format!("this link carries no `{}` in that direction", self.kind))
            })?;
            if money.currency != currency.code() {
                return Err(self.unfit(format!("`{name}` is in {} on this link", currency.code())));
            }
            let fits = money.amount <= MOST_NUMBER;
            fits.then_some(money.amount).ok_or_else(|| wrong(name))
        };
        if let Some(after) = &self.nostro_after {
            money(&Some(after.clone()), "nostro_after", of.mirror)?;
        }
        let valid_until = || {
            let seconds = self.valid_until.ok_or_else(|| lacks("valid_until"))?;
            // Far from the end of what a time can be.
            let fits = seconds <= 1 << 40;
            fits.then(|| Timestamp::from_seconds(seconds)).ok_or_else(|| wrong("valid_until"))
        };
        let capture = || match self.capture.as_deref() {
            Some("now") => Ok(CaptureMode::Now),
            Some("later") => Ok(CaptureMode::Later),
            Some(_) => Err(wrong("capture")),
            None => Err(lacks("capture")),
        };
        let digits = |text: &Option<String>, name: &str| {
            let text = text.as_deref().ok_or_else(|| lacks(name))?;
            let plain = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            let value = plain.then(|| text.parse().ok()).flatten();
            value.ok_or_else(|| wrong(name))
        };
        let word = || self.word.as_deref().ok_or_else(|| lacks("word"));
        // What the receiver's users pay elsewhere is in its mirror's currency.
        let sold = |name| money(&self.amount, name, of.mirror);
        Ok(match self.kind.as_str() {
            "authorize" => Message::Authorize {
                payment: payment()?,
                store: store()?,
                amount: money(&self.amount, "amount", of.nostro)?,
                valid_until: valid_until()?,
                capture: capture()?,
                requested: self.requested.ok_or_else(|| lacks("requested"))?,
                payer: digits(&self.payer, "payer")?,
                place: self.place,
            },
            "cancel_asked" => Message::CancelAsked { payment: payment()? },
            "authorized" => Message::Authorized { payment: payment()? },
            "captured" => Message::Captured {
                payment: payment()?,
                total_so_far: sold("amount")?,
                last: self.last.ok_or_else(|| lacks("last"))?,
            },
            "released" => Message::Released { payment: payment()? },
            "declined" => {
                let (payment, word) = (payment()?, word()?);
                let known = DeclineReason::ALL.into_iter().find(|reason| reason.code() == word);
                Message::Declined { payment, reason: known.ok_or_else(|| wrong("word"))? }
            }
            "refunded" => Message::Refunded { payment: payment()?, total_so_far: sold("amount")? },
            "nostro_changed" => Message::NostroChanged { amount: sold("amount")? },
            "charge" => Message::Charge {
                payment: payment()?,
                store: store()?,
                amount: sold("amount")?,
                valid_until: valid_until()?,
                capture: capture()?,
                code: digits(&self.code, "code")?,
            },
            "charge_answered" => {
                let (payment, word) = (payment()?, word()?);
                let known = ChargeAnswer::ALL.into_iter().find(|answer| answer.code() == word);
                let answer = known.ok_or_else(|| wrong("word"))?;
                let charge = self.charge.ok_or_else(|| lacks("charge"))?;
                Message::ChargeAnswered { payment, charge, answer }
            }
            _ => return Err(self.unfit("its kind is not known; see §5 of the protocol")),
        })
    }

    /// The command that it is at the end with these currencies; `witness` is the chain's hash after
    /// it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn received(&self, of: Currencies, witness: [u8; 32]) -> Result<Receive, Unfit> {
        let message = self.read(of)?;
        Ok(Receive {
            link: 0,
            number: self.number,
            position: self.number,
            hash: Some(witness),
            nostro_balance_after: self.nostro_after.as_ref().map(|money| money.amount),
            message,
        })
    }
}

const fn word_of(capture: CaptureMode) -> &'static str {
    match capture {
        CaptureMode::Now => "now",
        CaptureMode::Later => "later",
    }
}
