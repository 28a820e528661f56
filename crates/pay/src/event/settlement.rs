//! The facts of settling a corridor: its days, and what fills it.

use corridor::{Day, DayAnswer, DaySignature};
use kernel::id::TopUp;
use kernel::{Currency, Id, Timestamp};

use crate::event::Author;
use crate::terms::SettlementTerms;

facts! {
    /// What holds for a link, from a moment on.
    SettlementTermsSet {
        0 /// From when.
        from: Timestamp,
        1 /// The terms.
        terms: SettlementTerms,
    }
    /// A day of a nostro was closed here, or came in and our own books say the same.
    DayRecorded {
        0 /// Over which link.
        link: u8,
        1 /// Whether we keep the nostro; else it is what we hold with the other side.
        keeper: bool,
        2 /// The day.
        day: Day,
        3 /// What we answered, where the other side keeps it.
        answer: Option<DayAnswer>,
    }
    /// The other side answered about a day of the nostro that we keep.
    DayAnswered {
        0 /// Over which link.
        link: u8,
        1 /// The number of the day.
        day: u32,
        2 /// What it says.
        answer: DayAnswer,
    }
    /// One side signed a day that both agree about.
    DaySigned {
        0 /// Over which link.
        link: u8,
        1 /// Whether we keep the nostro.
        keeper: bool,
        2 /// The number of the day.
        day: u32,
        3 /// Whether it is our signature.
        ours: bool,
        4 /// The signature.
        signature: DaySignature,
    }
    /// A top-up of what we hold with the other side was asked for, or went a step further.
    TopUpMoved {
        0 /// Which.
        top_up: Id<TopUp>,
        1 /// The step.
        step: TopUpStep,
    }
    /// The other side has sent money for the nostro that we keep.
    TopUpAnnounced {
        0 /// Over which link.
        link: u8,
        1 /// Minor units of the nostro's currency.
        amount: u64,
        2 /// The number of the reference that the bank's line will say.
        reference: u64,
        3 /// Its hash, as lines of the bank have it.
        hash: u64,
    }
}

/// A step of a top-up. Numbers are stored.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum TopUpStep {
    /// Somebody asked for it.
    #[n(0)]
    #[cbor(array)]
    Asked {
        /// Over which link.
        #[n(0)]
        link: u8,
        /// Minor units of what we hold with the other side.
        #[n(1)]
        amount: u64,
        /// Who asked.
        #[n(2)]
        by: Author,
        /// Whether a second person is to approve it.
        #[n(3)]
        needs_approval: bool,
    },
    /// A second person approved it.
    #[n(1)]
    #[cbor(array)]
    Approved {
        /// Who.
        #[n(0)]
        by: Author,
    },
    /// Our bank has paid it.
    #[n(2)]
    #[cbor(array)]
    Paid {
        /// Who said so.
        #[n(0)]
        by: Author,
        /// Our bank's own reference.
        #[n(1)]
        reference: String,
        /// What it cost us, in minor units.
        #[n(2)]
        cost: u64,
        /// Of this currency.
        #[n(3)]
        currency: Currency,
    },
    /// The other side has it.
    #[n(3)]
    Arrived,
    /// It will not be made, or what became of it stands elsewhere.
    #[n(4)]
    #[cbor(array)]
    Ended {
        /// Who said so.
        #[n(0)]
        by: Author,
        /// Why.
        #[n(1)]
        reason: String,
    },
}
