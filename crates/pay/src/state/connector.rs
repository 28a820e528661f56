//! Wallets of other companies: the connectors, what they are being asked, what they are to give
//! back. Only what is open stands here; what ended is a closed leg like any other.

use std::collections::{BTreeMap, BTreeSet};

use kernel::id::{Payment, Refund};
use kernel::{Currency, Id, Timestamp};

use super::{ClosedIncoming, NO_LINK, State};
use crate::event::{
    ConnectorAsked, ConnectorRefundBegun, ConnectorRested, ConnectorSet, ConnectorStray,
};

/// The number from which the link of a leg says a connector. Links have lower ones.
const FIRST: u8 = 128;

/// The most connectors of a cell.
pub(crate) const MOST: usize = (NO_LINK - FIRST) as usize;

/// What the link of a leg says that is paid through a connector.
pub const fn over_connector(number: u8) -> u8 {
    FIRST + number
}

/// Whether a leg is paid over a link to another cell.
pub const fn crosses(link: u8) -> bool {
    link < FIRST
}

/// The connector that the link of a leg says.
pub const fn connector_of(link: u8) -> Option<u8> {
    if link >= FIRST && link != NO_LINK { Some(link - FIRST) } else { None }
}

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident { $($n:literal $(#[$arm_doc:meta])* $arm:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
        #[cbor(index_only)]
        pub enum $name { $($(#[$arm_doc])* #[n($n)] $arm,)* }

        impl $name {
            /// The stable word of the API and of message files.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$arm => $word,)* }
            }
        }
    )*};
}

numbered! {
    /// Who shows the code.
    Shape {
        0 /// The seller.
        Shown = "shown",
        1 /// The payer.
        Taken = "taken",
    }
    /// Why an attempt came to nothing.
    AskEnd {
        0 /// The payer's code was used before, or its time is over.
        CodeExpired = "code_expired",
        1 /// The payer's code can't pay here.
        CodeUnusable = "code_unusable",
        2 /// The payer has too little money there.
        NoMoney = "no_money",
        3 /// The payer, or the payer's bank, said no.
        PayerDeclined = "payer_declined",
        4 /// A limit of the other company was reached.
        LimitReached = "limit_reached",
        5 /// The other company does not let us.
        NotPermitted = "not_permitted",
        6 /// It was cancelled or closed.
        Cancelled = "cancelled",
        7 /// It was paid, and the payer has it back.
        GivenBack = "given_back",
        8 /// The request never arrived.
        NeverArrived = "never_arrived",
    }
    /// What became of a refund.
    RefundEnd {
        0 /// It was given back.
        Done = "done",
        1 /// Too long after the payment.
        TooLate = "too_late",
        2 /// Too many refunds of one payment.
        TooManyParts = "too_many_parts",
        3 /// More than is left.
        TooMuch = "too_much",
        4 /// The payment is not known there.
        NoSuchPayment = "no_such_payment",
        5 /// The payer's account can't take it.
        PayerGone = "payer_gone",
        6 /// The other company does not let us.
        NotPermitted = "not_permitted",
        7 /// It was begun and then closed.
        Closed = "closed",
    }
    /// Why no payment is paid by what the other company took.
    StrayReason {
        0 /// Another amount was due.
        AmountDiffers = "amount_differs",
        1 /// Nobody waited for it any more, or ever.
        NotOpen = "not_open",
    }
}

/// A connector.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Connector {
    /// How this cell calls it.
    #[n(0)]
    pub name: String,
    /// The kind of wallet.
    #[n(1)]
    pub kind: String,
    /// What is paid through it.
    #[n(2)]
    pub currency: Currency,
    /// The account of what the other company owes.
    #[n(3)]
    pub account: u32,
    /// The most refunds of one payment.
    #[n(4)]
    pub refund_parts: u16,
    /// How many days after a payment one may be asked for.
    #[n(5)]
    pub refund_days: u16,
    /// Where that is written.
    #[n(6)]
    pub source: String,
    /// Whether it takes nothing new: the configuration has it no more.
    #[n(7)]
    #[cbor(default)]
    pub rests: bool,
}

/// An attempt, as who is paid sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorAttempt {
    /// The connector's name.
    pub name: String,
    /// The kind of wallet.
    pub kind: String,
    /// The attempt.
    pub ask: ConnectorAsk,
}

/// The newest attempt of an open payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorAsk {
    /// Through which connector.
    #[n(0)]
    pub connector: u8,
    /// Which attempt, from 1.
    #[n(1)]
    pub attempt: u16,
    /// Who shows the code.
    #[n(2)]
    pub shape: Shape,
    /// When it was begun.
    #[n(3)]
    pub since: Timestamp,
    /// Whether the till wants it cancelled.
    #[n(4)]
    pub cancel: bool,
    /// Why it came to nothing; none while it is open.
    #[n(5)]
    pub end: Option<AskEnd>,
}

/// A refund whose outcome is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConnectorRefund {
    /// Of which payment.
    #[n(0)]
    pub payment: Id<Payment>,
    /// Through which connector.
    #[n(1)]
    pub connector: u8,
    /// Minor units.
    #[n(2)]
    pub amount: u64,
    /// The fee account's share of it.
    #[n(3)]
    pub fee: u64,
    /// Holds: the merchant's part and the fee account's; `u32::MAX` for none.
    #[n(4)]
    pub holds: [u32; 2],
    /// When it was begun.
    #[n(5)]
    pub since: Timestamp,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Connectors {
    /// By number.
    #[n(0)]
    pub known: Vec<Connector>,
    /// The newest attempt of each open payment that had one.
    #[n(1)]
    pub asks: BTreeMap<Id<Payment>, ConnectorAsk>,
    /// Refunds under way.
    #[n(2)]
    pub refunds: BTreeMap<Id<Refund>, ConnectorRefund>,
    /// Hashes of what stands in suspense or stood there, so that it stands there once.
    #[n(3)]
    pub strays: BTreeSet<u64>,
    /// What of it stands there still, and waits for a person.
    #[n(4)]
    #[cbor(default)]
    pub open_strays: BTreeMap<u64, Stray>,
}

/// Money that the other company took and no payment waits for.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Stray {
    /// The payment that it was said to be for.
    #[n(0)]
    pub payment: Id<Payment>,
    /// The attempt.
    #[n(1)]
    pub attempt: u16,
    /// Through which connector.
    #[n(2)]
    pub connector: u8,
    /// Minor units.
    #[n(3)]
    pub amount: u64,
    /// Why it waits.
    #[n(4)]
    pub reason: StrayReason,
    /// The other company's number for it.
    #[n(5)]
    pub reference: String,
    /// Since when.
    #[n(6)]
    pub since: Timestamp,
}

impl Stray {
    pub(crate) fn of(now: Timestamp, fact: &ConnectorStray) -> Self {
        Self {
            payment: fact.payment,
            attempt: fact.attempt,
            connector: fact.connector,
            amount: fact.amount,
            reason: fact.reason,
            reference: fact.reference.clone(),
            since: now,
        }
    }
}

impl Connectors {
    /// A connector and its number, by its name.
    pub fn named(&self, name: &str) -> Option<(u8, &Connector)> {
        let at = self.known.iter().position(|known| known.name == name)?;
        Some((at as u8, &self.known[at]))
    }

    /// The connector that the registry of codes means: by its name, or the first of its kind that
    /// takes payments in a currency.
    pub fn meant(&self, word: &str, currency: Currency) -> Option<(u8, &Connector)> {
        let takes =
            |known: &&Connector| known.kind == word && known.currency == currency && !known.rests;
        let named = self.named(word).filter(|(_, known)| !known.rests);
        named.or_else(|| self.known.iter().find(takes).and_then(|known| self.named(&known.name)))
    }

    /// A connector by its number.
    pub fn numbered(&self, number: u8) -> Option<&Connector> {
        self.known.get(usize::from(number))
    }

    /// The attempt of a payment that the other company is being asked for.
    pub fn open_ask(&self, payment: Id<Payment>) -> Option<&ConnectorAsk> {
        self.asks.get(&payment).filter(|ask| ask.end.is_none())
    }

    /// The refund of a payment that is under way; there is one at a time.
    pub fn refund_of(&self, payment: Id<Payment>) -> Option<(Id<Refund>, &ConnectorRefund)> {
        let mut of = self.refunds.iter().filter(|(_, refund)| refund.payment == payment);
        of.next().map(|(id, refund)| (*id, refund))
    }

    pub(crate) fn set(&mut self, fact: &ConnectorSet) {
        let known = Connector {
            name: fact.name.clone(),
            kind: fact.kind.clone(),
            currency: fact.currency,
            account: fact.account,
            refund_parts: fact.refund_parts,
            refund_days: fact.refund_days,
            source: fact.source.clone(),
            rests: false,
        };
        match self.known.get_mut(usize::from(fact.number)) {
            Some(before) => *before = known,
            None => {
                assert_eq!(self.known.len(), usize::from(fact.number), "connectors have no gap");
                self.known.push(known);
            }
        }
    }

    pub(crate) fn rested(&mut self, fact: &ConnectorRested) {
        let known = self.known.get_mut(usize::from(fact.number));
        known.expect("judged: the connector is known").rests = true;
    }

    pub(crate) fn asked(&mut self, now: Timestamp, fact: &ConnectorAsked) {
        let ask = ConnectorAsk {
            connector: fact.connector,
            attempt: fact.attempt,
            shape: fact.shape,
            since: now,
            cancel: false,
            end: None,
        };
        self.asks.insert(fact.payment, ask);
    }

    pub(crate) fn refund_begun(&mut self, now: Timestamp, fact: &ConnectorRefundBegun) {
        let refund = ConnectorRefund {
            payment: fact.payment,
            connector: fact.connector,
            amount: fact.amount,
            fee: fact.fee,
            holds: fact.holds,
            since: now,
        };
        self.refunds.insert(fact.refund, refund);
    }
}

/// What a closed leg remembers of its connector, in the place of a payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThroughConnector {
    /// Which.
    pub number: u8,
    /// By which attempt.
    pub attempt: u16,
    /// How many refunds were begun.
    pub parts: u16,
}

impl ThroughConnector {
    /// As a closed leg's payer.
    pub(crate) const fn payer(self) -> u64 {
        self.attempt as u64 | (self.parts as u64) << 16
    }
}

impl ClosedIncoming {
    /// The connector through which it was paid.
    pub fn through(&self) -> Option<ThroughConnector> {
        let number = connector_of(self.link)?;
        let (attempt, parts) = (self.payer as u16, (self.payer >> 16) as u16);
        Some(ThroughConnector { number, attempt, parts })
    }
}

impl State {
    /// The connectors, and what they are being asked.
    pub const fn connectors(&self) -> &Connectors {
        &self.market.connectors
    }
}
