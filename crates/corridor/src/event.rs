//! The corridor's facts.

use crate::{DayDifference, Message};

/// Why no new payment may cross.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum FreezeReason {
    /// Nostro and mirror differ at one message number.
    #[n(0)]
    #[cbor(array)]
    BalancesDiffer {
        /// The message at which they differ.
        #[n(0)]
        number: u64,
        /// Our mirror after it, in minor units.
        #[n(1)]
        ours: i64,
        /// The keeper's nostro after it.
        #[n(2)]
        theirs: u64,
    },
    /// The neighbour shows another hash than it did: a fork, or an old backup.
    #[n(1)]
    #[cbor(array)]
    WitnessDiffers {
        /// The position of the neighbour's journal.
        #[n(0)]
        position: u64,
    },
    /// A message can't be read, or handling it faulted the cell twice.
    #[n(2)]
    #[cbor(array)]
    MessageFaults {
        /// Which message.
        #[n(0)]
        number: u64,
    },
    /// An operator stopped it.
    #[n(3)]
    #[cbor(array)]
    ByOperator {
        /// What the operator wrote.
        #[n(0)]
        note: String,
    },
    /// The neighbour froze, for our journal is not the one that it saw: we forked, or are an
    /// old backup.
    #[n(4)]
    #[cbor(array)]
    ForkedHere {
        /// The position of our journal that the neighbour saw.
        #[n(0)]
        position: u64,
    },
    /// Our books say something else of a day than the keeper of its nostro.
    #[n(5)]
    #[cbor(array)]
    DayDiffers {
        /// The message that closed it.
        #[n(0)]
        number: u64,
        /// The number of the day.
        #[n(1)]
        day: u32,
        /// In what, and what each side has.
        #[n(2)]
        difference: DayDifference,
    },
}

impl FreezeReason {
    /// The stable word of the API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BalancesDiffer { .. } => "balances_differ",
            Self::WitnessDiffers { .. } => "witness_differs",
            Self::MessageFaults { .. } => "message_faults",
            Self::ByOperator { .. } => "by_operator",
            Self::ForkedHere { .. } => "forked_here",
            Self::DayDiffers { .. } => "day_differs",
        }
    }

    /// Whether messages wait too, and not only new payments.
    pub const fn stops_messages(&self) -> bool {
        !matches!(self, Self::ByOperator { .. })
    }

    /// Whether a link that is frozen for `known`, or open, is to be frozen for this reason: what
    /// stops messages takes the place of what does not.
    pub fn replaces(&self, known: Option<&Self>) -> bool {
        known.is_none_or(|known| self.stops_messages() && !known.stops_messages())
    }
}

/// A link to another cell was opened; it has the next number.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LinkOpened {
    /// The other cell's number.
    #[n(0)]
    pub peer: u16,
    /// The other cell's name, as codes carry it.
    #[n(1)]
    pub name: String,
    /// The account here that the other side prefunded.
    #[n(2)]
    pub nostro: Option<u32>,
    /// The account here that mirrors what we hold with the other side.
    #[n(3)]
    pub mirror: Option<u32>,
    /// The most payments that may wait for an answer.
    #[n(4)]
    pub max_unanswered: u32,
    /// The longest one may wait before no new one starts, in microseconds.
    #[n(5)]
    pub max_age_us: u64,
}

/// Other bounds of the window.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct WindowSet {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// The most payments that may wait for an answer.
    #[n(1)]
    pub max_unanswered: u32,
    /// The longest one may wait, in microseconds.
    #[n(2)]
    pub max_age_us: u64,
}

/// A message for the other side.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Sent {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// Its number on that link.
    #[n(1)]
    pub number: u64,
    /// What our nostro holds after this record, if we keep one for the other side.
    #[n(2)]
    pub nostro_balance_after: Option<u64>,
    /// What it says.
    #[n(3)]
    pub message: Message,
}

/// A message of the other side was handled in this record.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Received {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// Its number on that link.
    #[n(1)]
    pub number: u64,
    /// Where it stands in the sender's journal.
    #[n(2)]
    pub position: u64,
    /// The sender's hash at that position, on the last message of a group.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: Option<[u8; 32]>,
    /// The number of our message that this one answers for good.
    #[n(4)]
    pub answers: Option<u64>,
}

/// No new payment crosses from now on.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Frozen {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// Why.
    #[n(1)]
    pub reason: FreezeReason,
}

/// An operator opened the link again.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Reopened {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// What the operator wrote about the reconciliation.
    #[n(1)]
    pub note: String,
    /// The neighbour's journal as it is believed from now on.
    #[n(2)]
    pub position: u64,
    /// The hash there.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

/// The other side has handled messages of ours that stand in no journal of ours any more: we were
/// restored from an old copy. Our next message has the number behind them.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Skipped {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// The last number that is not given again.
    #[n(1)]
    pub through: u64,
}

kernel::stored_events! {
    /// A fact of the corridor.
    pub enum Event {
        /// A link was opened.
        1 v1 LinkOpened,
        /// A window changed.
        2 v1 WindowSet,
        /// A message left.
        3 v1 Sent,
        /// A message was handled.
        4 v1 Received,
        /// A link was frozen.
        5 v1 Frozen,
        /// A link was reopened.
        6 v1 Reopened,
        /// Numbers of lost messages were passed over.
        7 v1 Skipped,
    }
}
