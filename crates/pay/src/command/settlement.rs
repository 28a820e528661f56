//! What is asked about settling a corridor.

use corridor::DaySignature;
use kernel::id::TopUp;
use kernel::{Currency, Id, Timestamp};

use crate::terms::SettlementTerms;

/// Sets from a moment on what holds for a link. Only for a link that never had any: what holds is
/// changed by [`super::Propose`].
#[derive(Clone, Debug)]
pub struct SetSettlementTerms {
    /// From when they hold.
    pub from: Timestamp,
    /// The terms.
    pub terms: SettlementTerms,
}

/// Closes the day of a nostro that we keep before its time; what comes later stands in the next
/// part of the same date.
#[derive(Clone, Debug)]
pub struct CloseDay {
    /// Which link.
    pub link: u8,
    /// The number of the day that is to be closed: asked for again, the same is answered.
    pub day: u32,
}

/// Our signature under a day that both sides agree about. The key lives at the edge, which signs.
#[derive(Clone, Debug)]
pub struct SignDay {
    /// Which link.
    pub link: u8,
    /// Whether we keep the nostro.
    pub keeper: bool,
    /// The number of the day.
    pub day: u32,
    /// The signature.
    pub signature: DaySignature,
}

/// Asks that what we hold with the other side be topped up.
#[derive(Clone, Debug)]
pub struct AskTopUp {
    /// Creates it.
    pub id: Id<TopUp>,
    /// Which link.
    pub link: u8,
    /// Minor units of what we hold there.
    pub amount: u64,
}

/// What a person says of a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopUpWord {
    /// It may be paid.
    Approve,
    /// Our bank has paid it.
    Paid {
        /// Our bank's own reference; each is taken once.
        reference: String,
        /// What it cost us, in minor units.
        cost: u64,
        /// Of this currency.
        currency: Currency,
    },
    /// It will not be made, or what became of it stands elsewhere.
    End(String),
}

/// Brings a top-up a step further.
#[derive(Clone, Debug)]
pub struct MoveTopUp {
    /// Which.
    pub top_up: Id<TopUp>,
    /// The step.
    pub word: TopUpWord,
}
