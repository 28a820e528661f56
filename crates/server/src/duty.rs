//! What a person or a key may do: scopes, and which of them each duty has. The API, the pages and
//! the generated matrix of tests read these tables and nothing else.

use economy::people::Duty;

/// One thing that may be done. Bits are stored with keys: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scope {
    /// What everybody who is known may ask: who they are, what a code says, a store's name, and one
    /// payment of their own by its id.
    Any = 0,
    /// Lists, statements, figures, files and books.
    Read = 1,
    /// Ask to be paid, take, cancel, and see today.
    Till = 2,
    /// Give money back.
    Refund = 3,
    /// Pay from a wallet, and open one.
    Pay = 4,
    /// Merchants, stores and tills: add, open, pause.
    Shop = 5,
    /// The bank account that a shop is paid to.
    Bank = 6,
    /// Members and their duties, invitations and keys.
    Staff = 7,
    /// Customers of the operator: register, top up, credit lines.
    Customers = 8,
    /// Files for the bank.
    Payout = 9,
    /// Agree to what others prepared: reviews of shops, changes of terms.
    Approve = 10,
    /// Rates, fees, limits and rules.
    Terms = 11,
    /// Links to other cells.
    Links = 12,
    /// Accounts and transfers by hand, and the clock.
    Ledger = 13,
    /// Have a party forgotten.
    Forget = 14,
}

impl Scope {
    /// Every scope that a key can be given.
    pub const ALL: [Self; 14] = [
        Self::Read,
        Self::Till,
        Self::Refund,
        Self::Pay,
        Self::Shop,
        Self::Bank,
        Self::Staff,
        Self::Customers,
        Self::Payout,
        Self::Approve,
        Self::Terms,
        Self::Links,
        Self::Ledger,
        Self::Forget,
    ];

    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Read => "read",
            Self::Till => "till",
            Self::Refund => "refund",
            Self::Pay => "pay",
            Self::Shop => "shop",
            Self::Bank => "bank",
            Self::Staff => "staff",
            Self::Customers => "customers",
            Self::Payout => "payout",
            Self::Approve => "approve",
            Self::Terms => "terms",
            Self::Links => "links",
            Self::Ledger => "ledger",
            Self::Forget => "forget",
        }
    }

    /// The scope of a word that a key can be given.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// A set of scopes, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes(pub u32);

impl Scopes {
    /// All, also those that come later.
    pub const ALL: Self = Self(economy::ANY_SCOPE);

    /// These.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(1, |bits, scope| bits | 1 << *scope as u8))
    }

    /// Whether one is in it; [`Scope::Any`] is in every set.
    pub const fn has(self, scope: Scope) -> bool {
        matches!(scope, Scope::Any) || self.0 & (1 << scope as u8) != 0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The words of what is in it.
    pub fn words(self) -> Vec<&'static str> {
        Scope::ALL.iter().filter(|scope| self.has(**scope)).map(|scope| scope.word()).collect()
    }
}

use Scope::{Approve, Customers, Ledger, Links, Payout, Read, Refund, Shop, Staff, Till};

/// What each duty may do; the first of a role may do all that its role may.
pub const DUTIES: &[(Duty, &[Scope])] = &[
    (Duty::Owner, &Scope::ALL),
    (Duty::Manager, &[Read, Till, Refund, Shop, Scope::Bank, Staff]),
    (Duty::Cashier, &[Till]),
    (Duty::Bookkeeper, &[Read]),
    (Duty::Admin, &Scope::ALL),
    (Duty::Approver, &[Read, Approve]),
    (Duty::Clerk, &[Read, Till, Refund, Customers, Payout, Links, Ledger]),
    (Duty::Auditor, &[Read]),
];

/// What somebody with a duty may do; who has none acts for themselves and may do all of their role.
pub fn scopes_of(duty: Option<Duty>) -> Scopes {
    let Some(duty) = duty.filter(|duty| !duty.is_first()) else { return Scopes::ALL };
    let row = DUTIES.iter().find(|(of, _)| *of == duty);
    row.map_or(Scopes(0), |(_, scopes)| Scopes::of(scopes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duty_has_one_row_and_only_the_first_may_do_everything() {
        for duty in Duty::ALL {
            assert_eq!(DUTIES.iter().filter(|(of, _)| *of == duty).count(), 1, "{duty:?}");
            let all = Scope::ALL.iter().all(|scope| scopes_of(Some(duty)).has(*scope));
            assert_eq!(all, duty.is_first(), "{duty:?}");
        }
        assert_eq!(scopes_of(None), Scopes::ALL);
    }

    #[test]
    fn words_read_back_and_bits_are_apart() {
        let mut bits = 1;
        for scope in Scope::ALL {
            assert_eq!(Scope::of(scope.word()), Some(scope));
            assert_eq!(bits & (1 << scope as u8), 0, "{scope:?}");
            bits |= 1 << scope as u8;
            let only = Scopes::of(&[scope]);
            assert_eq!(only.words(), [scope.word()]);
            assert!(only.has(Scope::Any) && only.has(scope) && !Scopes(1).has(scope));
        }
        assert_eq!(Scope::of("any"), None);
    }
}
