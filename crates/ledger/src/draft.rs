//! One decision while it is being made, and the book's judgement of what it moves.

use std::hint::black_box;

use kernel::{Context, Id, Span, Timestamp};

use crate::overlay::Overlay;
use crate::state::movement_of;
use crate::{
    Account, AccountKind, Event, Flags, Hold, Movement, Refusal, SideRule, State, Transfer,
};

/// How far ahead of its judgement the memory of a transfer is read (CORE §4).
const AHEAD: usize = 24;

/// The facts of one decision in order, and the balances as they would stand after them. `E` is
/// the economy's event: each module adds its own facts through `From`.
///
/// A draft is made once for a cell and cleared for each command, so that no decision allocates
/// what an earlier one already has.
#[derive(Debug)]
pub struct Draft<E> {
    /// The facts so far.
    pub events: Vec<E>,
    accounts: Overlay<Account>,
    holds: Overlay<Option<Hold>>,
    opened: u32,
    numbers: HoldNumbers,
    numbered: Vec<(u8, u64)>,
    /// What a linked list has changed so far; `None` outside of one.
    undo: Option<Vec<Undo>>,
    batch_ids: BatchIds,
}

/// Which numbers the next holds will get: those freed by this draft, newest first, then those
/// of the state. The table applies the same rule when the facts are applied.
#[derive(Clone, Debug, Default)]
struct HoldNumbers {
    from_state: u32,
    freed: Vec<u32>,
}

impl HoldNumbers {
    fn peek(&self, book: &State) -> u32 {
        let next = || book.holds.next_number(self.from_state as usize);
        self.freed.last().copied().unwrap_or_else(next)
    }

    fn take(&mut self) {
        if self.freed.pop().is_none() {
            self.from_state += 1;
        }
    }
}

/// What became of one transfer of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It moved, captured or gave back.
    Made,
    /// It holds; the hold has this number.
    Held(u32),
    /// It changed nothing.
    Refused(Refusal),
}

#[derive(Debug)]
enum Undo {
    Account(usize, Account),
    Hold(usize, Option<Hold>),
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
            undo: None,
            batch_ids: BatchIds::default(),
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
        self.undo = None;
    }

    /// Adds a fact of a module.
    pub fn add(&mut self, fact: impl Into<E>) {
        self.events.push(fact.into());
    }

    /// Opens an account and tells the number it will have.
    pub fn open_account(&mut self, book: &State, account: Account) -> u32 {
        let number = book.account_count() + self.opened;
        self.opened += 1;
        self.accounts.slot(number, || Some(account));
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
        self.judge(book, Movement::Post { debit, credit, amount })
    }

    /// Holds an amount until its owner ends it, and tells the number of the hold.
    pub fn hold(
        &mut self,
        book: &State,
        debit: u32,
        credit: u32,
        amount: u64,
    ) -> Result<u32, Refusal> {
        let expires = Timestamp::default();
        let number = self.numbers.peek(book);
        self.judge(book, Movement::Hold { debit, credit, amount, expires, tag: 0 })?;
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
        self.judge(book, Movement::Capture { hold, amount, last })
    }

    /// Gives a hold back.
    pub fn void(&mut self, book: &State, hold: u32) -> Result<(), Refusal> {
        self.judge(book, Movement::Void { hold })
    }

    /// The posted balance of an account as it would stand after this draft.
    pub fn balance(&mut self, book: &State, account: u32) -> i128 {
        self.accounts
            .slot(account, || book.account(account).copied())
            .map_or(0, |slot| self.accounts.at(slot).balance())
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

    fn judge(&mut self, book: &State, movement: Movement) -> Result<(), Refusal> {
        self.apply(book, movement)?;
        self.add(Event::Moved(movement));
        Ok(())
    }

    /// Judges a movement against state and draft and, if it may be, moves the working copies.
    fn apply(&mut self, book: &State, movement: Movement) -> Result<(), Refusal> {
        match movement {
            Movement::Post { debit, credit, amount } => {
                let (d, c) = self.pair(book, debit, credit, amount)?;
                self.keep(d);
                self.keep(c);
                self.accounts.at_mut(d).debits_posted += amount;
                self.accounts.at_mut(c).credits_posted += amount;
            }
            Movement::Hold { debit, credit, amount, expires, tag } => {
                let (d, c) = self.pair(book, debit, credit, amount)?;
                self.keep(d);
                self.keep(c);
                self.accounts.at_mut(d).debits_pending += amount;
                self.accounts.at_mut(c).credits_pending += amount;
                let number = self.numbers.peek(book);
                self.numbers.take();
                let hold = Some(Hold { debit, credit, remaining: amount, expires, tag });
                if let Some(slot) = self.holds.slot(number, || Some(None)) {
                    *self.holds.at_mut(slot) = hold;
                }
            }
            Movement::Capture { hold, amount, last } => {
                self.end(book, hold, Some((amount, last)))?
            }
            Movement::Void { hold } => self.end(book, hold, None)?,
        }
        Ok(())
    }

    /// The two accounts of a movement, if it may be made. After this, nothing can fail.
    fn pair(
        &mut self,
        book: &State,
        debit: u32,
        credit: u32,
        amount: u64,
    ) -> Result<(usize, usize), Refusal> {
        let accounts = &mut self.accounts;
        let d = accounts
            .slot(debit, || book.account(debit).copied())
            .ok_or(Refusal::DebitAccountNotFound)?;
        let c = accounts
            .slot(credit, || book.account(credit).copied())
            .ok_or(Refusal::CreditAccountNotFound)?;
        let (from, to) = (accounts.at(d), accounts.at(c));
        if d == c {
            return Err(Refusal::AccountsMustBeDifferent);
        }
        if from.currency != to.currency {
            return Err(Refusal::AccountsMustHaveTheSameCurrency);
        }
        if amount == 0 {
            return Err(Refusal::AmountMustNotBeZero);
        }
        let taken = total(from.debits_posted, from.debits_pending, amount)?;
        let given = total(to.credits_posted, to.credits_pending, amount)?;
        if from.rule == SideRule::NeverOverdrawn && taken > from.credits_posted {
            return Err(Refusal::ExceedsCredits);
        }
        if to.rule == SideRule::NeverOverpaid && given > to.debits_posted {
            return Err(Refusal::ExceedsDebits);
        }
        Ok((d, c))
    }

    /// Captures a part of a hold, or voids it.
    fn end(
        &mut self,
        book: &State,
        number: u32,
        capture: Option<(u64, bool)>,
    ) -> Result<(), Refusal> {
        let slot = self
            .holds
            .slot(number, || book.hold(number).map(|hold| Some(*hold)))
            .ok_or(Refusal::PendingTransferNotFound)?;
        let hold = (*self.holds.at(slot)).ok_or(Refusal::PendingTransferNotFound)?;
        let (amount, last) = capture.unwrap_or((0, true));
        if amount > hold.remaining {
            return Err(Refusal::ExceedsPendingTransferAmount);
        }
        let find = |accounts: &mut Overlay<Account>, n: u32| {
            accounts
                .slot(n, || book.account(n).copied())
                .expect("the accounts of a hold are never closed")
        };
        let d = find(&mut self.accounts, hold.debit);
        let c = find(&mut self.accounts, hold.credit);
        self.keep(d);
        self.keep(c);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Hold(slot, Some(hold)));
        }
        if last {
            self.numbers.freed.push(number);
        }
        let release = if last { hold.remaining } else { amount };
        let from = self.accounts.at_mut(d);
        from.debits_pending -= release;
        from.debits_posted += amount;
        let to = self.accounts.at_mut(c);
        to.credits_pending -= release;
        to.credits_posted += amount;
        *self.holds.at_mut(slot) =
            (!last).then(|| Hold { remaining: hold.remaining - amount, ..hold });
        Ok(())
    }

    fn keep(&mut self, slot: usize) {
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Account(slot, *self.accounts.at(slot)));
        }
    }

    /// Takes back what a linked list changed, newest first.
    fn take_back(&mut self, numbers: HoldNumbers) {
        for change in self.undo.take().into_iter().flatten().rev() {
            match change {
                Undo::Account(slot, before) => *self.accounts.at_mut(slot) = before,
                Undo::Hold(slot, before) => *self.holds.at_mut(slot) = before,
            }
        }
        self.numbers = numbers;
    }

    /// Judges a batch: each transfer, or linked list of transfers, by itself. Answers one
    /// outcome for each and adds one fact with those that were made.
    pub fn batch(
        &mut self,
        book: &State,
        context: &Context,
        transfers: &[Transfer],
    ) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Made; transfers.len()];
        let mut made = Vec::with_capacity(transfers.len());
        self.batch_ids.clear(transfers.len());
        let mut at = 0;
        let mut read = 0;
        while at < transfers.len() {
            let end = list_end(transfers, at);
            if end + AHEAD > read {
                self.read_ahead(book, &transfers[read..transfers.len().min(end + 2 * AHEAD)]);
                read = transfers.len().min(end + 2 * AHEAD);
            }
            if end - at == 1 && !transfers[at].flags.has(Flags::LINKED) {
                outcomes[at] = self.transfer(book, context, &transfers[at], &mut made);
            } else {
                self.list(book, context, &transfers[at..end], &mut outcomes[at..end], &mut made);
            }
            at = end;
        }
        if !made.is_empty() {
            self.add(Event::Batch(made.into_boxed_slice()));
        }
        outcomes
    }

    /// Reads the memory of coming transfers all at once, so that their cache misses overlap.
    fn read_ahead(&self, book: &State, coming: &[Transfer]) {
        let mut seen = 0;
        for transfer in coming {
            seen ^= book.accounts.touch(transfer.debit, |a| a.credits_posted)
                ^ book.accounts.touch(transfer.credit, |a| a.credits_posted)
                ^ book.ids.touch(book.ids.hash(transfer.id))
                ^ self.accounts.touch(transfer.debit)
                ^ self.accounts.touch(transfer.credit);
        }
        black_box(seen);
    }

    fn list(
        &mut self,
        book: &State,
        context: &Context,
        list: &[Transfer],
        outcomes: &mut [Outcome],
        made: &mut Vec<Transfer>,
    ) {
        let (before, numbers) = (made.len(), self.numbers.clone());
        self.undo = Some(Vec::new());
        let mut failed = None;
        if list.last().is_some_and(|last| last.flags.has(Flags::LINKED)) {
            failed = Some((list.len() - 1, Outcome::Refused(Refusal::LinkedEventChainOpen)));
        } else {
            for (at, transfer) in list.iter().enumerate() {
                outcomes[at] = self.transfer(book, context, transfer, made);
                if let Outcome::Refused(_) = outcomes[at] {
                    failed = Some((at, outcomes[at]));
                    break;
                }
            }
        }
        if let Some((at, why)) = failed {
            self.take_back(numbers);
            made.truncate(before);
            outcomes.fill(Outcome::Refused(Refusal::LinkedEventFailed));
            outcomes[at] = why;
        }
        self.undo = None;
    }

    fn transfer(
        &mut self,
        book: &State,
        context: &Context,
        transfer: &Transfer,
        made: &mut Vec<Transfer>,
    ) -> Outcome {
        let number = self.numbers.peek(book);
        match self.judge_transfer(book, context, transfer, made) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(()) => {
                self.batch_ids.insert(transfer.id, made.len() as u32);
                made.push(*transfer);
                match transfer.flags.has(Flags::PENDING) {
                    true => Outcome::Held(number),
                    false => Outcome::Made,
                }
            }
        }
    }

    /// Judges one transfer, in order: shape, repeat, existence, permission, state, money.
    fn judge_transfer(
        &mut self,
        book: &State,
        context: &Context,
        transfer: &Transfer,
        made: &[Transfer],
    ) -> Result<(), Refusal> {
        shape(context.now, transfer)?;
        let known = book.transfer(transfer.id).or_else(|| self.batch_ids.find(transfer.id, made));
        if let Some(known) = known {
            return Err(repeat(known, transfer));
        }
        let movement = movement_of(transfer, context.now);
        match movement {
            Movement::Post { debit, credit, .. } | Movement::Hold { debit, credit, .. } => {
                permitted(book.account(debit))?;
                permitted(book.account(credit))?;
            }
            Movement::Capture { hold, .. } | Movement::Void { hold } => {
                let tag = transfer.credit;
                let theirs = book.hold(hold).filter(|held| held.tag == tag && tag != 0);
                let ends = theirs.ok_or(Refusal::PendingTransferNotFound)?.expires;
                if ends != Timestamp::default() && ends <= context.now {
                    return Err(Refusal::PendingTransferExpired);
                }
            }
        }
        self.apply(book, movement)
    }
}

/// The ids of the transfers that a batch has made so far: numbers into that list, open
/// addressing. An entry whose transfer was taken back points to another id, or to none.
#[derive(Debug, Default)]
struct BatchIds {
    slots: Vec<u32>,
}

impl BatchIds {
    fn clear(&mut self, transfers: usize) {
        self.slots.clear();
        self.slots.resize((transfers * 2).next_power_of_two(), 0);
    }

    fn home(&self, id: u128) -> usize {
        // Within one batch of one caller: no need for a seed.
        let mixed = (id as u64 ^ (id >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) as usize & (self.slots.len() - 1)
    }

    fn insert(&mut self, id: u128, number: u32) {
        let mut at = self.home(id);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = number + 1;
    }

    fn find<'m>(&self, id: u128, made: &'m [Transfer]) -> Option<&'m Transfer> {
        let mut at = self.home(id);
        while self.slots[at] != 0 {
            if let Some(known) = made.get(self.slots[at] as usize - 1).filter(|t| t.id == id) {
                return Some(known);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}

/// The end of the linked list that begins at `at`, or of the one transfer there.
fn list_end(transfers: &[Transfer], at: usize) -> usize {
    let linked = transfers[at..].iter().take_while(|t| t.flags.has(Flags::LINKED)).count();
    transfers.len().min(at + linked + 1)
}

fn total(posted: u64, pending: u64, amount: u64) -> Result<u64, Refusal> {
    posted
        .checked_add(pending)
        .and_then(|sum| sum.checked_add(amount))
        .ok_or(Refusal::OverflowsAccount)
}

fn permitted(account: Option<&Account>) -> Result<(), Refusal> {
    match account.map(|account| account.kind) {
        Some(AccountKind::Nostro | AccountKind::NostroMirror) => {
            Err(Refusal::AccountReservedForCorridor)
        }
        _ => Ok(()),
    }
}

/// What is wrong with a transfer whatever the book holds.
fn shape(now: Timestamp, transfer: &Transfer) -> Result<(), Refusal> {
    if transfer.id == 0 {
        return Err(Refusal::IdMustNotBeZero);
    }
    let made = Id::<kernel::id::Transfer>::new(transfer.id).made_at();
    let fresh = made.is_some_and(|made| {
        made.plus(Span::hours(48)) >= now && made <= now.plus(Span::seconds(300))
    });
    if !fresh {
        return Err(Refusal::IdExpired);
    }
    let flags = transfer.flags.0;
    if flags & !Flags::KNOWN != 0 {
        return Err(Refusal::ReservedFlag);
    }
    let ways = flags & (Flags::PENDING | Flags::CAPTURE | Flags::VOID);
    let keeps = transfer.flags.has(Flags::KEEP) && !transfer.flags.has(Flags::CAPTURE);
    if ways.count_ones() > 1 || keeps {
        return Err(Refusal::FlagsAreMutuallyExclusive);
    }
    if transfer.code == 0 {
        return Err(Refusal::CodeMustNotBeZero);
    }
    if transfer.timeout_s != 0 && !transfer.flags.has(Flags::PENDING) {
        return Err(Refusal::TimeoutReservedForPendingTransfer);
    }
    if transfer.amount == 0 && !transfer.flags.has(Flags::VOID) {
        return Err(Refusal::AmountMustNotBeZero);
    }
    Ok(())
}

/// How a transfer differs from the one that was made with its id.
fn repeat(known: &Transfer, again: &Transfer) -> Refusal {
    let names_hold = Flags::CAPTURE | Flags::VOID;
    if known.flags != again.flags {
        Refusal::ExistsWithDifferentFlags
    } else if known.flags.0 & names_hold != 0
        && (known.debit, known.credit) != (again.debit, again.credit)
    {
        Refusal::ExistsWithDifferentHold
    } else if known.debit != again.debit {
        Refusal::ExistsWithDifferentDebitAccount
    } else if known.credit != again.credit {
        Refusal::ExistsWithDifferentCreditAccount
    } else if known.amount != again.amount {
        Refusal::ExistsWithDifferentAmount
    } else if known.timeout_s != again.timeout_s {
        Refusal::ExistsWithDifferentTimeout
    } else if known.code != again.code {
        Refusal::ExistsWithDifferentCode
    } else {
        Refusal::Exists
    }
}
