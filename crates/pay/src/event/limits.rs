//! The facts of limits, velocity rules, and payments that wait for the staff.

use kernel::id::{Payment, Store};
use kernel::{Id, Ref, Timestamp};

use super::Author;
use crate::terms::{Classes, LimitRule, VelocityRule};

/// What became of a payment that waited for the staff. Numbers are stored.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum CaseChange {
    /// Its wallet may pay once.
    #[n(0)]
    Released {
        /// Who released it.
        #[n(0)]
        by: Author,
        /// Until when.
        #[n(1)]
        until: Timestamp,
    },
    /// It may not be paid.
    #[n(1)]
    Rejected {
        /// Who rejected it.
        #[n(0)]
        by: Author,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Its wallet said yes to a payment.
    #[n(2)]
    Used {
        /// Which.
        #[n(0)]
        payment: Id<Payment>,
    },
    /// Its time is over.
    #[n(3)]
    Ended,
}

facts! {
    /// A limit holds from a moment on.
    LimitRuleSet {
        0 /// From when.
        from: Timestamp,
        1 /// The rule.
        rule: LimitRule,
    }
    /// A velocity rule holds from a moment on.
    VelocityRuleSet {
        0 /// From when.
        from: Timestamp,
        1 /// The rule.
        rule: VelocityRule,
    }
    /// Parties are in these classes from a moment on.
    ClassesSet {
        0 /// From when.
        from: Timestamp,
        1 /// The classes.
        classes: Classes,
    }
    /// A party was put into a class.
    PartyClassed {
        0 /// Which party, by number.
        party: u32,
        1 /// The class, by number.
        class: u8,
        2 /// What it rests on, in the operator's words.
        source: String,
    }
    /// A payment was not made but waits for the staff.
    CaseOpened {
        0 /// Its number.
        case: u32,
        1 /// Which payment was tried.
        payment: Id<Payment>,
        2 /// Whose wallet, by entry.
        wallet: u32,
        3 /// Who would be paid.
        store: Ref<Store>,
        4 /// Minor units of the store's currency.
        amount: u64,
        5 /// The name of the rule.
        rule: String,
        6 /// Until when it waits.
        until: Timestamp,
        7 /// For how long a release will hold, in minutes.
        release_min: u32,
    }
    /// Something became of it.
    CaseChanged {
        0 /// Its number.
        case: u32,
        1 /// What.
        change: CaseChange,
        2 /// Which payment was tried.
        payment: Id<Payment>,
        3 /// Whose wallet, by entry.
        wallet: u32,
    }
}
