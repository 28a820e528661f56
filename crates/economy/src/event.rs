//! The union of the modules' facts. The arms only delegate: a new vertical adds one arm here
//! and changes no other module.

use kernel::id::Key;
use kernel::{Fault, Id, Module, Role, Timestamp};

use crate::command::ANY_SCOPE;
use crate::people::KeyForm;
use crate::people::event::*;

/// An API key was issued.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct KeyIssued {
    /// Names it.
    #[n(0)]
    pub id: Id<Key>,
    /// The hash of its secret.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Whose it is, by number.
    #[n(2)]
    pub party: u32,
    /// What its holder may act as.
    #[n(3)]
    pub role: Role,
    /// When it ends.
    #[n(4)]
    pub expires: Option<Timestamp>,
    /// Who acts with it, by number.
    #[n(5)]
    pub person: u32,
    /// What it is written as.
    #[n(6)]
    pub form: KeyForm,
    /// What it may be used for, one bit each.
    #[n(7)]
    pub scopes: u32,
}

/// A key as it was issued before keys had a person, a form and scopes.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct KeyIssuedV1 {
    /// See [`KeyIssued`].
    #[n(0)]
    pub id: Id<Key>,
    /// See [`KeyIssued`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// See [`KeyIssued`].
    #[n(2)]
    pub party: u32,
    /// See [`KeyIssued`].
    #[n(3)]
    pub role: Role,
    /// See [`KeyIssued`].
    #[n(4)]
    pub expires: Option<Timestamp>,
}

impl From<KeyIssuedV1> for KeyIssued {
    fn from(old: KeyIssuedV1) -> Self {
        let KeyIssuedV1 { id, hash, party, role, expires } = old;
        let (person, form, scopes) = (party, KeyForm::Unsaid, ANY_SCOPE);
        Self { id, hash, party, role, expires, person, form, scopes }
    }
}

/// An API key was ended.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct KeyRevoked {
    /// Which.
    #[n(0)]
    pub id: Id<Key>,
}

/// Answers up to this number are no longer remembered.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AnswersForgotten {
    /// The last number forgotten.
    #[n(0)]
    pub through: u32,
}

kernel::stored_events! {
    /// Facts that belong to no module.
    pub enum OwnEvent {
        /// See the struct.
        1 v2 KeyIssued from v1 KeyIssuedV1,
        /// See the struct.
        2 v1 KeyRevoked,
        /// See the struct.
        3 v1 AnswersForgotten,
        /// See the struct.
        10 v1 MemberAdded,
        /// See the struct.
        11 v1 DutySet,
        /// See the struct.
        12 v1 MemberEnded,
        /// See the struct.
        13 v1 PasskeyAdded,
        /// See the struct.
        14 v1 PasskeyEnded,
        /// See the struct.
        15 v1 SessionOpened,
        /// See the struct.
        16 v1 SessionEnded,
        /// See the struct.
        17 v1 AccessRulesSet,
        /// See the struct.
        18 v1 ProofGiven,
    }
}

/// A fact of the economy.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Of the economy itself.
    Own(OwnEvent),
    /// Of the book.
    Ledger(ledger::Event),
    /// Of the corridor.
    Corridor(corridor::Event),
    /// Of `pay`.
    Pay(pay::Event),
}

impl From<OwnEvent> for Event {
    fn from(event: OwnEvent) -> Self {
        Self::Own(event)
    }
}

impl From<ledger::Event> for Event {
    fn from(event: ledger::Event) -> Self {
        Self::Ledger(event)
    }
}

impl From<corridor::Event> for Event {
    fn from(event: corridor::Event) -> Self {
        Self::Corridor(event)
    }
}

impl From<pay::Event> for Event {
    fn from(event: pay::Event) -> Self {
        Self::Pay(event)
    }
}

impl Event {
    /// Writes the module's number and the fact.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Own(event) => {
                out.push(0);
                event.encode(out);
            }
            Self::Ledger(event) => {
                out.push(<ledger::State as Module>::KIND);
                event.encode(out);
            }
            Self::Corridor(event) => {
                out.push(<corridor::State as Module>::KIND);
                event.encode(out);
            }
            Self::Pay(event) => {
                out.push(<pay::State as Module>::KIND);
                event.encode(out);
            }
        }
    }

    /// Reads what [`Self::encode`] wrote; an unknown module or type refuses.
    pub fn decode(stored: &[u8]) -> Result<Self, Fault> {
        let (kind, fact) = stored.split_first().ok_or(Fault("a stored fact is empty"))?;
        match *kind {
            0 => OwnEvent::decode(fact).map(Self::Own),
            <ledger::State as Module>::KIND => ledger::Event::decode(fact).map(Self::Ledger),
            <corridor::State as Module>::KIND => corridor::Event::decode(fact).map(Self::Corridor),
            <pay::State as Module>::KIND => pay::Event::decode(fact).map(Self::Pay),
            _ => Err(Fault("a stored fact is of an unknown module")),
        }
    }
}
