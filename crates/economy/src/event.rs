//! The union of the modules' facts. The arms only delegate: a new vertical adds one arm here
//! and changes no other module.

use kernel::id::Key;
use kernel::{Fault, Id, Module, Role, Timestamp};

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
        1 v1 KeyIssued,
        /// See the struct.
        2 v1 KeyRevoked,
        /// See the struct.
        3 v1 AnswersForgotten,
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
