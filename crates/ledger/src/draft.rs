//! One decision while it is being made, and the book's judgement of what it moves.

use kernel::Timestamp;

use crate::batch::Scratch;
use crate::overlay::Overlay;
use crate::{Account, AccountKind, Event, Hold, Movement, Refusal, SideRule, State};

/// The facts of one decision in order, and the balances as they would stand after them. `E` is
/// the economy's event: each module adds its own facts through `From`.
///
/// A draft is made once for a cell and cleared for each command, so that no decision allocates
/// what an earlier one already has.
#[derive(Debug)]
pub struct Draft<E> {
    /// The facts so far.
    pub events: Vec<E>,
    accounts: Overlay<Working>,
    holds: Overlay<Option<Hold>>,
    opened: u32,
    numbers: HoldNumbers,
    numbered: Vec<(u8, u64)>,
    undo: Undo,
    pub(crate) scratch: Scratch,
}

/// What judging needs of an account; less than the entry, so that more of them stay near.
#[derive(Clone, Copy, Debug)]
struct Working {
    debits_posted: u64,
    credits_posted: u64,
    debits_pending: u64,
    credits_pending: u64,
    currency: kernel::Currency,
    kind: AccountKind,
    rule: SideRule,
}

impl From<&Account> for Working {
    #[inline]
    fn from(account: &Account) -> Self {
        Self {
            debits_posted: account.debits_posted,
            credits_posted: account.credits_posted,
            debits_pending: account.debits_pending,
            credits_pending: account.credits_pending,
            currency: account.currency,
            kind: account.kind,
            rule: account.rule,
        }
    }
}

/// The working copies of the two accounts of a movement: both exist, differ, and are of one
/// currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    debit: usize,
    credit: usize,
}

/// Which numbers the next holds will get: those freed by this draft, newest first, then those
/// of the state. The table applies the same rule when the facts are applied.
#[derive(Debug, Default)]
struct HoldNumbers {
    from_state: u32,
    freed: Vec<u32>,
}

/// What a linked list has changed so far, oldest first.
#[derive(Debug, Default)]
struct Undo {
    /// Whether a list is being judged.
    on: bool,
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Account(usize, Working),
    Hold(usize, Option<Hold>),
    NumberFreed,
    NumberTaken { freed: Option<u32> },
}

impl Undo {
    #[inline]
    fn keep(&mut self, change: impl FnOnce() -> Change) {
        if self.on {
            self.changes.push(change());
        }
    }
}

impl<E> Default for Draft<E> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            accounts: Overlay::default(),
            holds: Overlay::default(),
            opened: 0,
            numbers: HoldNumbers::default(),
            numbered: Vec::new(),
            undo: Undo::default(),
            scratch: Scratch::default(),
        }
    }
}

impl<E: From<Event>> Draft<E> {
    /// Forgets all of the last decision.
    pub fn clear(&mut self) {
        self.events.clear();
        self.accounts.clear();
        self.holds.clear();
        self.opened = 0;
        self.numbers.from_state = 0;
        self.numbers.freed.clear();
        self.numbered.clear();
        self.undo.on = false;
        self.undo.changes.clear();
        self.scratch.clear();
    }

    /// Adds a fact of a module.
    pub fn add(&mut self, fact: impl Into<E>) {
        self.events.push(fact.into());
    }

    /// Opens an account and tells the number it will have.
    pub fn open_account(&mut self, book: &State, account: Account) -> u32 {
        let number = book.account_count() + self.opened;
        self.opened += 1;
        self.accounts.slot(number, || Some(Working::from(&account)));
        self.add(Event::AccountOpened(account));
        number
    }

    /// Moves an amount at once, or says why not.
    pub fn post(
        &mut self,
        book: &State,
        debit: u32,
        credit: u32,
        amount: u64,
    ) -> Result<(), Refusal> {
        let pair = self.pair(book, debit, credit)?;
        self.apply_post(pair, amount)?;
        self.add(Event::Moved(Movement::Post { debit, credit, amount }));
        Ok(())
    }

    /// Holds an amount until its owner ends it, and tells the number of the hold.
    pub fn hold(
        &mut self,
        book: &State,
        debit: u32,
        credit: u32,
        amount: u64,
    ) -> Result<u32, Refusal> {
        let pair = self.pair(book, debit, credit)?;
        let (expires, tag) = (Timestamp::default(), 0);
        let hold = Hold { debit, credit, remaining: amount, expires, tag };
        let number = self.apply_hold(book, pair, hold)?;
        self.add(Event::Moved(Movement::Hold { debit, credit, amount, expires, tag }));
        Ok(number)
    }

    /// Makes `amount` of a hold final; `last` gives the rest back.
    pub fn capture(
        &mut self,
        book: &State,
        hold: u32,
        amount: u64,
        last: bool,
    ) -> Result<(), Refusal> {
        self.end(book, hold, amount, last)?;
        self.add(Event::Moved(Movement::Capture { hold, amount, last }));
        Ok(())
    }

    /// Gives a hold back.
    pub fn void(&mut self, book: &State, hold: u32) -> Result<(), Refusal> {
        self.end(book, hold, 0, true)?;
        self.add(Event::Moved(Movement::Void { hold }));
        Ok(())
    }

    /// The posted balance of an account as it would stand after this draft.
    pub fn balance(&mut self, book: &State, account: u32) -> i128 {
        self.accounts.slot(account, || book.account(account).map(Working::from)).map_or(0, |slot| {
            let account = self.accounts.at(slot);
            i128::from(account.credits_posted) - i128::from(account.debits_posted)
        })
    }

    /// What could still be taken from an account after this draft: its balance less what is held.
    pub fn available(&mut self, book: &State, account: u32) -> i128 {
        self.accounts.slot(account, || book.account(account).map(Working::from)).map_or(0, |slot| {
            let account = self.accounts.at(slot);
            let gone = i128::from(account.debits_posted) + i128::from(account.debits_pending);
            i128::from(account.credits_posted) - gone
        })
    }

    /// The next of a series of numbers (one for each corridor), given the last one in the state.
    pub fn next_in_series(&mut self, series: u8, last: u64) -> u64 {
        match self.numbered.iter_mut().find(|(known, _)| *known == series) {
            Some((_, number)) => {
                *number += 1;
                *number
            }
            None => {
                self.numbered.push((series, last + 1));
                last + 1
            }
        }
    }

    /// The two accounts of a movement: they exist, differ, and are of one currency.
    #[inline]
    pub(crate) fn pair(&mut self, book: &State, debit: u32, credit: u32) -> Result<Pair, Refusal> {
        let accounts = &mut self.accounts;
        let d = accounts
            .slot(debit, || book.account(debit).map(Working::from))
            .ok_or(Refusal::DebitAccountNotFound)?;
        let c = accounts
            .slot(credit, || book.account(credit).map(Working::from))
            .ok_or(Refusal::CreditAccountNotFound)?;
        if d == c {
            return Err(Refusal::AccountsMustBeDifferent);
        }
        if accounts.at(d).currency != accounts.at(c).currency {
            return Err(Refusal::AccountsMustHaveTheSameCurrency);
        }
        Ok(Pair { debit: d, credit: c })
    }

    /// What an operator may not move: the accounts on which two cells must agree, and those that
    /// say what a merchant owes.
    #[inline]
    pub(crate) fn permitted(&self, pair: Pair) -> Result<(), Refusal> {
        let reserved = |slot| {
            let kind = self.accounts.at(slot).kind;
            matches!(
                kind,
                AccountKind::Nostro
                    | AccountKind::NostroMirror
                    | AccountKind::CreditLine
                    | AccountKind::Receivable
            )
        };
        match reserved(pair.debit) || reserved(pair.credit) {
            true => Err(Refusal::AccountReservedForCorridor),
            false => Ok(()),
        }
    }

    /// Whether both sides can bear the amount, posted or held. After this, nothing can fail.
    #[inline]
    fn afford(&self, pair: Pair, amount: u64) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(Refusal::AmountMustNotBeZero);
        }
        let (from, to) = (self.accounts.at(pair.debit), self.accounts.at(pair.credit));
        let taken = total(from.debits_posted, from.debits_pending, amount)?;
        let given = total(to.credits_posted, to.credits_pending, amount)?;
        if from.rule == SideRule::NeverOverdrawn && taken > from.credits_posted {
            return Err(Refusal::ExceedsCredits);
        }
        if to.rule == SideRule::NeverOverpaid && given > to.debits_posted {
            return Err(Refusal::ExceedsDebits);
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn apply_post(&mut self, pair: Pair, amount: u64) -> Result<(), Refusal> {
        self.afford(pair, amount)?;
        self.keep(pair);
        self.accounts.at_mut(pair.debit).debits_posted += amount;
        self.accounts.at_mut(pair.credit).credits_posted += amount;
        Ok(())
    }

    /// Holds what `hold` says and tells its number.
    pub(crate) fn apply_hold(
        &mut self,
        book: &State,
        pair: Pair,
        hold: Hold,
    ) -> Result<u32, Refusal> {
        self.afford(pair, hold.remaining)?;
        self.keep(pair);
        self.accounts.at_mut(pair.debit).debits_pending += hold.remaining;
        self.accounts.at_mut(pair.credit).credits_pending += hold.remaining;
        let number = self.take_number(book);
        let slot = self.holds.slot(number, || Some(None)).expect("an original was given");
        self.undo.keep(|| Change::Hold(slot, None));
        *self.holds.at_mut(slot) = Some(hold);
        Ok(number)
    }

    fn take_number(&mut self, book: &State) -> u32 {
        let freed = self.numbers.freed.pop();
        self.undo.keep(|| Change::NumberTaken { freed });
        freed.unwrap_or_else(|| {
            let number = book.holds.next_number(self.numbers.from_state as usize);
            self.numbers.from_state += 1;
            number
        })
    }

    /// A hold as it would stand after this draft, while it lasts.
    pub(crate) fn held(&mut self, book: &State, number: u32) -> Option<Hold> {
        let slot = self.holds.slot(number, || book.hold(number).copied().map(Some))?;
        *self.holds.at(slot)
    }

    /// Captures `amount` of a hold; `last` ends it and gives the rest back.
    pub(crate) fn end(
        &mut self,
        book: &State,
        number: u32,
        amount: u64,
        last: bool,
    ) -> Result<(), Refusal> {
        let hold = self.held(book, number).ok_or(Refusal::PendingTransferNotFound)?;
        if amount > hold.remaining {
            return Err(Refusal::ExceedsPendingTransferAmount);
        }
        let pair = self.pair(book, hold.debit, hold.credit);
        let pair = pair.expect("the accounts of a hold were a pair and are never closed");
        self.keep(pair);
        let release = if last { hold.remaining } else { amount };
        let from = self.accounts.at_mut(pair.debit);
        from.debits_pending -= release;
        from.debits_posted += amount;
        let to = self.accounts.at_mut(pair.credit);
        to.credits_pending -= release;
        to.credits_posted += amount;

        let slot = self.holds.slot(number, || None).expect("the hold was looked at");
        self.undo.keep(|| Change::Hold(slot, Some(hold)));
        let rest = Hold { remaining: hold.remaining - amount, ..hold };
        *self.holds.at_mut(slot) = (!last).then_some(rest);
        if last {
            self.undo.keep(|| Change::NumberFreed);
            self.numbers.freed.push(number);
        }
        Ok(())
    }

    #[inline]
    fn keep(&mut self, pair: Pair) {
        let accounts = &self.accounts;
        self.undo.keep(|| Change::Account(pair.debit, *accounts.at(pair.debit)));
        self.undo.keep(|| Change::Account(pair.credit, *accounts.at(pair.credit)));
    }

    /// Begins what [`Self::take_back`] can take back.
    pub(crate) fn begin_list(&mut self) {
        self.undo.on = true;
    }

    /// Ends a list that was made.
    pub(crate) fn end_list(&mut self) {
        self.undo.on = false;
        self.undo.changes.clear();
    }

    /// Ends a list of which nothing may remain: takes its changes back, newest first.
    pub(crate) fn take_back(&mut self) {
        self.undo.on = false;
        while let Some(change) = self.undo.changes.pop() {
            match change {
                Change::Account(slot, before) => *self.accounts.at_mut(slot) = before,
                Change::Hold(slot, before) => *self.holds.at_mut(slot) = before,
                Change::NumberFreed => _ = self.numbers.freed.pop(),
                Change::NumberTaken { freed: Some(number) } => self.numbers.freed.push(number),
                Change::NumberTaken { freed: None } => self.numbers.from_state -= 1,
            }
        }
    }
}

#[inline]
fn total(posted: u64, pending: u64, amount: u64) -> Result<u64, Refusal> {
    posted
        .checked_add(pending)
        .and_then(|sum| sum.checked_add(amount))
        .ok_or(Refusal::OverflowsAccount)
}
