//! The book's state, the questions it answers, and how facts change it.

use std::collections::BTreeSet;
use std::hint::black_box;

use kernel::index::Index;
use kernel::log::Log;
use kernel::table::{Dense, Table};
use kernel::{Currency, Fault, Module, Span, Timestamp};

use crate::ids::Ids;
use crate::{Account, AccountKind, Event, Hold, Movement, Transfer};

/// How many transfers of a batch are applied at a time, their memory being read all at once.
const ROUND: usize = 64;

/// How long the id of a transfer is remembered (CORE, idempotency).
pub const REMEMBER: Span = Span::hours(72);

/// The accounts, holds and remembered transfers of one cell.
pub struct State {
    pub(crate) accounts: Dense<Account>,
    pub(crate) holds: Table<Hold>,
    /// Transfers of batches, in order; their entries answer repeats.
    pub(crate) transfers: Log<Transfer>,
    pub(crate) ids: Ids,
    /// Accounts that are opened by an id, by their tags.
    pub(crate) opened: Index,
    pub(crate) due: BTreeSet<(Timestamp, u32)>,
}

impl State {
    /// An empty book. `seed` spreads the look-up of ids; it is no part of the state.
    pub fn new(seed: u64) -> Self {
        Self {
            accounts: Dense::new(),
            holds: Table::new(),
            transfers: Log::new(),
            ids: Ids::new(seed),
            opened: Index::new(seed),
            due: BTreeSet::new(),
        }
    }

    /// The account of a number.
    #[inline]
    pub fn account(&self, number: u32) -> Option<&Account> {
        self.accounts.get(number)
    }

    /// The account of a number, if the tag is the one it was opened with.
    pub fn account_tagged(&self, number: u32, tag: u64) -> Option<&Account> {
        self.account(number).filter(|account| account.tag == tag)
    }

    /// The number of the account of this kind that was opened by an id of this tag: a wallet's, a
    /// merchant's or a plain one.
    pub fn opened_as(&self, kind: AccountKind, tag: u64) -> Option<u32> {
        self.opened.find(self.opened.hash(tag.into()), |number| {
            self.account(number).is_some_and(|known| (known.kind, known.tag) == (kind, tag))
        })
    }

    /// How many accounts there are; the next one has this number.
    pub fn account_count(&self) -> u32 {
        self.accounts.len() as u32
    }

    /// All accounts in order of number.
    pub fn accounts(&self) -> impl Iterator<Item = (u32, &Account)> {
        self.accounts.iter()
    }

    /// The hold of a number, while it lasts.
    pub fn hold(&self, number: u32) -> Option<&Hold> {
        self.holds.get(number)
    }

    /// How many holds there are.
    pub fn hold_count(&self) -> usize {
        self.holds.len()
    }

    /// All holds in order of number.
    pub fn holds(&self) -> impl Iterator<Item = (u32, &Hold)> {
        self.holds.iter()
    }

    /// The transfer that was made with an id, while it is remembered.
    pub fn transfer(&self, id: u128) -> Option<&Transfer> {
        self.find_transfer(self.ids.hash(id), id)
    }

    /// [`Self::transfer`] by an id whose hash is known.
    #[inline]
    pub(crate) fn find_transfer(&self, hash: u64, id: u128) -> Option<&Transfer> {
        let is_it = |number| self.transfers.get(number).is_some_and(|known| known.id == id);
        self.transfers.get(self.ids.find(id, hash, is_it)?)
    }

    /// Reads the accounts of coming transfers, all at once, so that their cache misses overlap;
    /// give the result to `black_box`. Nothing else stands in this loop: what does would stand
    /// between the misses.
    #[inline]
    pub(crate) fn touch(&self, coming: &[Transfer]) -> u64 {
        coming.iter().fold(0, |seen, transfer| {
            seen ^ self.accounts.touch(transfer.debit, |account| account.credits_posted)
                ^ self.accounts.touch(transfer.credit, |account| account.credits_posted)
        })
    }

    /// How many transfers of batches are remembered.
    pub fn transfer_count(&self) -> u64 {
        self.transfers.len() as u64
    }

    /// The oldest remembered transfers that may be forgotten at `now`, at most `limit`, as the
    /// number of the last of them.
    pub fn forgettable(&self, now: Timestamp, limit: usize) -> Option<u32> {
        let old = |known: &Transfer| {
            kernel::Id::<kernel::id::Transfer>::new(known.id)
                .made_at()
                .is_none_or(|made| made.plus(REMEMBER) < now)
        };
        let oldest = self.transfers.iter().take(limit);
        oldest.take_while(|(_, known)| old(known)).last().map(|(number, _)| number)
    }

    /// When the oldest remembered transfer may be forgotten, to the hour.
    pub fn next_forget(&self) -> Option<Timestamp> {
        let oldest = self.transfers.get(self.transfers.first())?;
        let made = kernel::Id::<kernel::id::Transfer>::new(oldest.id).made_at()?;
        Some(made.end_of_hour().plus(REMEMBER))
    }

    /// Holds that have run out at `now`, at most `limit`, in order of (deadline, number).
    pub fn expired(&self, now: Timestamp, limit: usize) -> Vec<u32> {
        self.due.iter().take_while(|(at, _)| *at <= now).take(limit).map(|(_, n)| *n).collect()
    }

    /// For each currency the sums of debits and credits, posted and pending.
    pub fn sums(&self) -> Vec<(Currency, [u128; 4])> {
        let mut sums = std::collections::BTreeMap::<Currency, [u128; 4]>::new();
        for (_, account) in self.accounts() {
            let sum = sums.entry(account.currency).or_default();
            sum[0] += u128::from(account.debits_posted);
            sum[1] += u128::from(account.credits_posted);
            sum[2] += u128::from(account.debits_pending);
            sum[3] += u128::from(account.credits_pending);
        }
        sums.into_iter().collect()
    }

    #[inline]
    fn both(&mut self, debit: u32, credit: u32, change: impl Fn(&mut Account, bool)) {
        change(self.accounts.get_mut(debit).expect("judged: the debit account exists"), true);
        change(self.accounts.get_mut(credit).expect("judged: the credit account exists"), false);
    }

    #[inline]
    fn post(&mut self, debit: u32, credit: u32, amount: u64) {
        self.both(debit, credit, |account, takes| {
            let side = if takes { &mut account.debits_posted } else { &mut account.credits_posted };
            *side = side.checked_add(amount).expect("judged: the total fits");
        });
    }

    fn pend(&mut self, debit: u32, credit: u32, amount: u64, on: bool) {
        self.both(debit, credit, |account, takes| {
            let side =
                if takes { &mut account.debits_pending } else { &mut account.credits_pending };
            let changed = if on { side.checked_add(amount) } else { side.checked_sub(amount) };
            *side = changed.expect("judged: what is held is what was held");
        });
    }

    #[inline]
    fn apply(&mut self, movement: Movement) {
        match movement {
            Movement::Post { debit, credit, amount } => self.post(debit, credit, amount),
            Movement::Hold { debit, credit, amount, expires, tag } => {
                self.pend(debit, credit, amount, true);
                let hold = Hold { debit, credit, remaining: amount, expires, tag };
                let number = self.holds.insert(hold);
                self.due.extend(due(&hold, number));
            }
            Movement::Capture { hold: number, amount, last } => {
                let hold = *self.holds.get(number).expect("judged: the hold lasts");
                let release = if last { hold.remaining } else { amount };
                self.pend(hold.debit, hold.credit, release, false);
                if amount > 0 {
                    self.post(hold.debit, hold.credit, amount);
                }
                if last {
                    self.end_hold(number);
                } else {
                    let kept = self.holds.get_mut(number).expect("judged: the hold lasts");
                    kept.remaining -= amount;
                }
            }
            Movement::Void { hold: number } => {
                let hold = *self.holds.get(number).expect("judged: the hold lasts");
                self.pend(hold.debit, hold.credit, hold.remaining, false);
                self.end_hold(number);
            }
        }
    }

    fn end_hold(&mut self, number: u32) {
        let hold = self.holds.remove(number);
        if let Some(due) = due(&hold, number) {
            self.due.remove(&due);
        }
    }

    fn apply_batch(&mut self, now: Timestamp, transfers: &[Transfer]) {
        for round in transfers.chunks(ROUND) {
            black_box(self.touch(round));
            for transfer in round {
                self.apply(transfer.movement(now));
            }
            for transfer in round {
                let number = self.transfers.push(*transfer);
                self.ids.insert(transfer.id, number);
            }
        }
    }

    fn forget(&mut self, through: u32) {
        for (number, known) in self.transfers.front(through) {
            self.ids.remove(known.id, number);
        }
        self.transfers.drop_front(through);
    }
}

/// When a hold falls due, if it ends by itself.
pub(crate) fn due(hold: &Hold, number: u32) -> Option<(Timestamp, u32)> {
    (hold.expires != Timestamp::default()).then_some((hold.expires, number))
}

/// When the hold of a transfer ends by itself; the epoch for never.
pub(crate) fn hold_until(transfer: &Transfer, now: Timestamp) -> Timestamp {
    match transfer.timeout_s {
        0 => Timestamp::default(),
        seconds => now.plus(Span::seconds(u64::from(seconds))),
    }
}

/// The tag of an operator's hold: never 0, which marks a payment's.
pub fn hold_tag(id: u128) -> u32 {
    (kernel::Id::<kernel::id::Hold>::new(id).tag() >> 32) as u32 | 1
}

impl Module for State {
    const KIND: u8 = 1;
    type Event = Event;

    fn evolve(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::AccountOpened(account) => {
                let number = self.accounts.push(*account);
                if account.kind.is_opened_by_id() {
                    self.opened.insert(self.opened.hash(account.tag.into()), number);
                }
            }
            Event::Moved(movement) => self.apply(*movement),
            Event::Batch(transfers) => self.apply_batch(now, transfers),
            Event::Forgotten { through } => self.forget(*through),
        }
    }

    fn encode(event: &Event, out: &mut Vec<u8>) {
        event.encode(out);
    }

    fn decode(stored: &[u8]) -> Result<Event, Fault> {
        Event::decode(stored)
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}
