//! Given a book: accounts, transfers and drafts as the tests write them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use kernel::{Actor, Context, Currency, Id, Module, Timestamp};
use ledger::{Account, AccountKind, Draft, Event, Flags, Outcome, SideRule, State, Transfer};

pub const NOW: Timestamp = Timestamp::from_seconds(1_793_500_000);

/// Where money comes from; free.
pub const BANK: u32 = 0;
/// Never overdrawn.
pub const WALLET: u32 = 1;
/// Never overdrawn.
pub const MERCHANT: u32 = 2;
/// Never overpaid.
pub const DEBTOR: u32 = 3;
/// In yuan.
pub const YUAN: u32 = 4;
/// Reserved for the corridor.
pub const NOSTRO: u32 = 5;
/// In yuan and reserved for the corridor.
pub const MIRROR: u32 = 6;
/// In yuan; free.
pub const FX: u32 = 7;

/// What every book here begins with.
pub fn accounts() -> Vec<Account> {
    let open = |kind, currency| Account::new(kind, currency, 9, 0, NOW);
    vec![
        open(AccountKind::Bank, Currency::JPY),
        open(AccountKind::Wallet, Currency::JPY),
        open(AccountKind::Merchant, Currency::JPY),
        Account { rule: SideRule::NeverOverpaid, ..open(AccountKind::Plain, Currency::JPY) },
        open(AccountKind::Wallet, Currency::CNY),
        open(AccountKind::Nostro, Currency::JPY),
        open(AccountKind::NostroMirror, Currency::CNY),
        open(AccountKind::Fx, Currency::CNY),
    ]
}

/// An id made at [`NOW`].
pub fn id(number: u128) -> u128 {
    id_at(NOW, number)
}

pub fn id_at(at: Timestamp, number: u128) -> u128 {
    Id::<kernel::id::Transfer>::from_parts(at, number).0
}

/// A transfer that moves at once, with the code 1.
pub fn post(number: u128, debit: u32, credit: u32, amount: u64) -> Transfer {
    let flags = Flags::default();
    Transfer { id: id(number), debit, credit, amount, timeout_s: 0, code: 1, flags }
}

pub fn pending(number: u128, debit: u32, credit: u32, amount: u64) -> Transfer {
    Transfer { flags: Flags(Flags::PENDING), ..post(number, debit, credit, amount) }
}

/// A capture that ends the hold.
pub fn capture(number: u128, hold: u32, tag: u32, amount: u64) -> Transfer {
    Transfer { flags: Flags(Flags::CAPTURE), ..post(number, hold, tag, amount) }
}

pub fn void(number: u128, hold: u32, tag: u32) -> Transfer {
    Transfer { flags: Flags(Flags::VOID), ..post(number, hold, tag, 0) }
}

/// The same transfer, judged as one with the next.
pub fn linked(transfer: Transfer) -> Transfer {
    Transfer { flags: Flags(transfer.flags.0 | Flags::LINKED), ..transfer }
}

/// A book with its one draft, as a cell keeps them.
pub struct Book {
    pub state: State,
    pub draft: Draft<Event>,
    pub now: Timestamp,
}

impl Book {
    pub fn empty() -> Self {
        Self { state: State::new(7), draft: Draft::default(), now: NOW }
    }

    /// A book with [`accounts`].
    pub fn new() -> Self {
        let mut book = Self::empty();
        accounts().into_iter().for_each(|account| {
            book.state.evolve(NOW, &Event::AccountOpened(account));
        });
        book
    }

    pub fn context(&self) -> Context {
        Context::new(self.now, Actor::CELL, 1)
    }

    /// Judges a batch and applies what was made.
    pub fn batch(&mut self, transfers: &[Transfer]) -> Vec<Outcome> {
        let context = self.context();
        self.draft.clear();
        let outcomes = self.draft.batch(&self.state, &context, transfers);
        self.evolve();
        outcomes
    }

    /// Judges a batch of which every transfer must be made.
    pub fn make(&mut self, transfers: &[Transfer]) -> Vec<Outcome> {
        let outcomes = self.batch(transfers);
        let refused = outcomes.iter().find(|outcome| matches!(outcome, Outcome::Refused(_)));
        assert_eq!(refused, None, "{transfers:?}");
        outcomes
    }

    /// Applies what the draft holds and tells it.
    pub fn evolve(&mut self) -> Vec<Event> {
        let events = std::mem::take(&mut self.draft.events);
        events.iter().for_each(|event| self.state.evolve(self.now, event));
        events
    }
}

/// The numbers that the next holds of a book will have.
pub fn next_holds(state: &State) -> Vec<u32> {
    let mut draft = Draft::<Event>::default();
    (0..12)
        .map(|_| draft.hold(state, FX, YUAN, 1).expect("the exchange position is free"))
        .collect()
}

/// Fails unless two books are the same to whoever asks them.
pub fn assert_same(live: &State, other: &State, ids: impl IntoIterator<Item = u128>) {
    assert!(live.accounts().eq(other.accounts()), "accounts differ");
    assert!(live.holds().eq(other.holds()), "holds differ");
    assert_eq!(next_holds(live), next_holds(other), "the next holds' numbers differ");
    assert_eq!(live.next_deadline(), other.next_deadline());
    assert_eq!(live.expired(Timestamp(u64::MAX), 99), other.expired(Timestamp(u64::MAX), 99));
    assert_eq!(live.transfer_count(), other.transfer_count());
    for id in ids {
        assert_eq!(live.transfer(id), other.transfer(id));
    }
}
