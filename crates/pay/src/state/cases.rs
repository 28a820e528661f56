//! Payments that a velocity rule sent to the staff.
//!
//! ```text
//!   waiting ──▶ released ──▶ used      whatever is left when its time is over leaves
//!      └──────▶ rejected
//! ```

use std::collections::BTreeMap;

use kernel::id::{Payment, Store as StoreKind};
use kernel::{Id, Ref, Timestamp};

use crate::event::{Author, CaseOpened};

/// How far a case is.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum CaseState {
    /// Nobody has looked at it.
    #[n(0)]
    Waiting,
    /// Its wallet may pay once.
    #[n(1)]
    Released {
        /// Who released it.
        #[n(0)]
        by: Author,
    },
    /// It may not be paid.
    #[n(2)]
    Rejected {
        /// Who rejected it.
        #[n(0)]
        by: Author,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// It was paid.
    #[n(3)]
    Used,
}

impl CaseState {
    /// The stable word of the API and of message files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Released { .. } => "released",
            Self::Rejected { .. } => "rejected",
            Self::Used => "used",
        }
    }
}

/// A payment that a rule sent to the staff.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Case {
    /// Its number.
    #[n(0)]
    pub number: u32,
    /// The payment that was tried.
    #[n(1)]
    pub payment: Id<Payment>,
    /// Whose wallet, by entry.
    #[n(2)]
    pub wallet: u32,
    /// Who would be paid.
    #[n(3)]
    pub store: Ref<StoreKind>,
    /// What would be paid, in minor units of the store's currency; a release goes up to it.
    #[n(4)]
    pub amount: u64,
    /// The name of the rule.
    #[n(5)]
    pub rule: String,
    /// Since when it waits.
    #[n(6)]
    pub since: Timestamp,
    /// When it leaves: who waits then is not answered, who was released has not paid.
    #[n(7)]
    pub until: Timestamp,
    /// For how long a release holds, in minutes: as the rule said when it was sent.
    #[n(8)]
    pub release_min: u32,
    /// How far it is.
    #[n(9)]
    pub state: CaseState,
}

impl Case {
    /// One that waits since now.
    pub(crate) fn opened(now: Timestamp, fact: &CaseOpened) -> Self {
        Self {
            number: fact.case,
            payment: fact.payment,
            wallet: fact.wallet,
            store: fact.store,
            amount: fact.amount,
            rule: fact.rule.clone(),
            since: now,
            until: fact.until,
            release_min: fact.release_min,
            state: CaseState::Waiting,
        }
    }
}

/// The payments that wait, or were decided a while ago.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Cases {
    /// By number.
    #[n(0)]
    pub known: BTreeMap<u32, Case>,
    /// The number of the next one.
    #[n(1)]
    pub next: u32,
}

impl Cases {
    /// The most that are known at a time.
    pub const MOST: usize = 1_000;

    /// A case by the payment that was tried.
    pub fn of(&self, payment: Id<Payment>) -> Option<&Case> {
        self.known.values().rev().find(|case| case.payment == payment)
    }

    /// The newest case of a wallet at a store.
    pub fn newest(&self, wallet: u32, store: Ref<StoreKind>) -> Option<&Case> {
        let theirs = |case: &&Case| (case.wallet, case.store) == (wallet, store);
        self.known.values().rev().filter(theirs).find(|case| case.state != CaseState::Used)
    }
}
