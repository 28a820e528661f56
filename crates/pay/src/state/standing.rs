//! Where a merchant stands with the operator's staff: it may be paid at once, and is paid out
//! once somebody has looked at it.
//!
//! ```text
//!   new ──▶ approved ──▶ paused          a new bank account: approved ─▶ new
//!    └─────────▲───────────┘ ▲
//!    └───────────────────────┘
//! ```

use kernel::Timestamp;

use super::State;

/// Why staff paused a merchant; the shop is told, its customers are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum PauseReason {
    /// The bank account may not be the shop's.
    #[n(0)]
    AccountInDoubt,
    /// The shop may not be what it says it is.
    #[n(1)]
    IdentityInDoubt,
    /// Customers complained.
    #[n(2)]
    Complaints,
    /// An authority or a law demands it.
    #[n(3)]
    Law,
    /// The shop asked for it.
    #[n(4)]
    AtItsWish,
    /// The contract has ended.
    #[n(5)]
    ContractEnded,
}

impl PauseReason {
    /// Every reason, in the order of its number.
    pub const ALL: [Self; 6] = [
        Self::AccountInDoubt,
        Self::IdentityInDoubt,
        Self::Complaints,
        Self::Law,
        Self::AtItsWish,
        Self::ContractEnded,
    ];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AccountInDoubt => "account_in_doubt",
            Self::IdentityInDoubt => "identity_in_doubt",
            Self::Complaints => "complaints",
            Self::Law => "law",
            Self::AtItsWish => "at_its_wish",
            Self::ContractEnded => "contract_ended",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// Where a merchant stands with the operator's staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Standing {
    /// Nobody has looked at it, or at its newest bank account: it is paid, and not paid out.
    #[n(0)]
    New,
    /// It is paid and paid out.
    #[n(1)]
    Approved,
    /// It is neither paid nor paid out; it may refund.
    #[n(2)]
    Paused(#[n(0)] PauseReason),
}

impl Standing {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Approved => "approved",
            Self::Paused(_) => "paused",
        }
    }

    /// Why it is paused, if it is.
    pub const fn reason(self) -> Option<PauseReason> {
        match self {
            Self::Paused(reason) => Some(reason),
            Self::New | Self::Approved => None,
        }
    }
}

/// What is known of the review of a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Review {
    /// Where it stands.
    #[n(0)]
    pub standing: Standing,
    /// Since when.
    #[n(1)]
    pub since: Timestamp,
    /// How many times its bank account was set. A review names the one it looked at.
    #[n(2)]
    pub accounts: u32,
    /// When its bank account was set last. Which it is, only the vault knows.
    #[n(3)]
    pub account_set: Option<Timestamp>,
}

impl Review {
    /// Of a merchant of which nothing was ever said: one of the time before reviews, or one that
    /// the operator registered. It counts as approved.
    pub const UNASKED: Self =
        Self { standing: Standing::Approved, since: Timestamp(0), accounts: 0, account_set: None };
}

impl State {
    /// What is known of the review of a merchant, by its entry.
    pub fn review(&self, merchant: u32) -> Review {
        self.market.reviews.get(&merchant).copied().unwrap_or(Review::UNASKED)
    }

    /// Where a merchant stands, by its entry.
    pub fn standing(&self, merchant: u32) -> Standing {
        self.review(merchant).standing
    }

    pub(crate) fn review_mut(&mut self, merchant: u32) -> &mut Review {
        self.market.reviews.entry(merchant).or_insert(Review::UNASKED)
    }
}
