//! Judging a batch: each transfer, or linked list of transfers, by itself.

use std::hint::black_box;

use kernel::{Context, Id, Timestamp};

use crate::state::{hold_tag, hold_until};
use crate::{Draft, Event, Flags, Hold, Refusal, State, Transfer};

/// How far ahead of its judgement the memory of a transfer is read (CORE §4).
const AHEAD: usize = 48;

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

/// Memory that one batch after the other uses.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    used: bool,
    /// The index's hash of each transfer whose memory was read ahead.
    hashes: Vec<u64>,
    ids: BatchIds,
}

impl Scratch {
    pub fn clear(&mut self) {
        self.used = false;
    }
}

impl<E: From<Event>> Draft<E> {
    /// Judges a batch: each transfer, or linked list of transfers, by itself. Answers one
    /// outcome for each and adds one fact with those that were made.
    ///
    /// Panics when the draft has judged a batch before: ids are compared with those of the book
    /// and of this batch.
    pub fn batch(
        &mut self,
        book: &State,
        context: &Context,
        transfers: &[Transfer],
    ) -> Vec<Outcome> {
        let mut scratch = std::mem::take(&mut self.scratch);
        assert!(!std::mem::replace(&mut scratch.used, true), "one batch a draft");
        scratch.hashes.clear();
        scratch.ids.clear(transfers.len());
        let made = Vec::with_capacity(transfers.len());
        let mut batch = Batch { draft: self, book, now: context.now, transfers, scratch, made };
        let outcomes = batch.judge_all();
        let Batch { scratch, made, .. } = batch;
        self.scratch = scratch;
        if !made.is_empty() {
            self.add(Event::Batch(made.into_boxed_slice()));
        }
        outcomes
    }
}

/// A batch being judged.
struct Batch<'a, E> {
    draft: &'a mut Draft<E>,
    book: &'a State,
    now: Timestamp,
    transfers: &'a [Transfer],
    scratch: Scratch,
    made: Vec<Transfer>,
}

impl<E: From<Event>> Batch<'_, E> {
    fn judge_all(&mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(self.transfers.len());
        while outcomes.len() < self.transfers.len() {
            let at = outcomes.len();
            let linked = self.transfers[at..].iter().take_while(|t| t.flags.has(Flags::LINKED));
            let end = at + linked.count() + 1;
            self.read_ahead(end + AHEAD);
            if end == at + 1 {
                outcomes.push(self.judge(at).unwrap_or_else(Outcome::Refused));
            } else {
                self.judge_list(at, end, &mut outcomes);
            }
        }
        outcomes
    }

    /// Reads the memory of the transfers before `end`, and of some more, all at once, so that
    /// their cache misses overlap.
    #[inline]
    fn read_ahead(&mut self, end: usize) {
        let read = self.scratch.hashes.len();
        if end <= read || read == self.transfers.len() {
            return;
        }
        let coming = &self.transfers[read..self.transfers.len().min(end + AHEAD)];
        black_box(self.book.touch(coming));
        let ids = &self.book.ids;
        self.scratch.hashes.extend(coming.iter().map(|transfer| ids.hash(transfer.id)));
        black_box(self.scratch.hashes[read..].iter().fold(0, |seen, hash| seen ^ ids.touch(*hash)));
    }

    /// Judges a linked list; one refusal takes all of it back. `end` is beyond the batch when
    /// its last transfer is linked to nothing.
    fn judge_list(&mut self, start: usize, end: usize, outcomes: &mut Vec<Outcome>) {
        let made = self.made.len();
        let stop = end.min(self.transfers.len());
        let mut failed = (end > stop).then_some((stop - 1, Refusal::LinkedEventChainOpen));
        if failed.is_none() {
            self.draft.begin_list();
            failed = (start..stop).find_map(|at| match self.judge(at) {
                Ok(outcome) => {
                    outcomes.push(outcome);
                    None
                }
                Err(refusal) => Some((at, refusal)),
            });
        }
        let Some((at, refusal)) = failed else {
            return self.draft.end_list();
        };
        self.draft.take_back();
        self.made.truncate(made);
        outcomes.truncate(start);
        outcomes.resize(stop, Outcome::Refused(Refusal::LinkedEventFailed));
        outcomes[at] = Outcome::Refused(refusal);
    }

    /// Judges one transfer, in order: shape, repeat, existence, permission, state, money. The
    /// numbers of [`Refusal`] ascend in this order.
    #[inline]
    fn judge(&mut self, at: usize) -> Result<Outcome, Refusal> {
        let transfer = &self.transfers[at];
        let hash = self.scratch.hashes[at];
        recognisable(transfer)?;
        if let Some(known) = self.book.find_transfer(hash, transfer.id) {
            return Err(repeat(known, transfer));
        }
        let place = match self.scratch.ids.find(hash, transfer.id, &self.made) {
            Found::Known(known) => return Err(repeat(known, transfer)),
            Found::Vacant(place) => place,
        };
        fresh(self.now, transfer)?;
        sensible(transfer)?;
        let outcome = self.apply(transfer)?;
        self.scratch.ids.fill(place, self.made.len());
        self.made.push(*transfer);
        Ok(outcome)
    }

    #[inline]
    fn apply(&mut self, transfer: &Transfer) -> Result<Outcome, Refusal> {
        let Transfer { debit, credit, amount, flags, .. } = *transfer;
        if flags.has(Flags::CAPTURE) || flags.has(Flags::VOID) {
            let captured = if flags.has(Flags::VOID) { 0 } else { amount };
            self.open_to_operator(debit, credit)?;
            self.draft.end(self.book, debit, captured, !flags.has(Flags::KEEP))?;
            return Ok(Outcome::Made);
        }
        let pair = self.draft.pair(self.book, debit, credit)?;
        self.draft.permitted(pair)?;
        if flags.has(Flags::PENDING) {
            let (expires, tag) = (hold_until(transfer, self.now), hold_tag(transfer.id));
            let hold = Hold { debit, credit, remaining: amount, expires, tag };
            return self.draft.apply_hold(self.book, pair, hold).map(Outcome::Held);
        }
        self.draft.apply_post(pair, amount)?;
        Ok(Outcome::Made)
    }

    /// Whether a hold is the operator's own, by its tag, and has not run out.
    fn open_to_operator(&mut self, number: u32, tag: u32) -> Result<(), Refusal> {
        let hold = self.draft.held(self.book, number).filter(|hold| hold.tag == tag && tag != 0);
        let expires = hold.ok_or(Refusal::PendingTransferNotFound)?.expires;
        match expires != Timestamp::default() && expires <= self.now {
            true => Err(Refusal::PendingTransferExpired),
            false => Ok(()),
        }
    }
}

/// The ids of the transfers that a batch has made so far: numbers into that list and one, open
/// addressing. An entry whose transfer was taken back points to another id, or to none.
#[derive(Debug, Default)]
struct BatchIds {
    slots: Vec<u32>,
}

enum Found<'m> {
    Known(&'m Transfer),
    /// The place where the id belongs.
    Vacant(usize),
}

impl BatchIds {
    fn clear(&mut self, transfers: usize) {
        self.slots.clear();
        self.slots.resize((transfers * 2).next_power_of_two(), 0);
    }

    #[inline]
    fn find<'m>(&self, hash: u64, id: u128, made: &'m [Transfer]) -> Found<'m> {
        let last = self.slots.len() - 1;
        let mut at = (hash >> 16) as usize & last;
        while self.slots[at] != 0 {
            if let Some(known) = made.get(self.slots[at] as usize - 1).filter(|t| t.id == id) {
                return Found::Known(known);
            }
            at = (at + 1) & last;
        }
        Found::Vacant(at)
    }

    #[inline]
    fn fill(&mut self, place: usize, made: usize) {
        self.slots[place] = made as u32 + 1;
    }
}

/// Whether the transfer has an id and flags by which a repeat can be known.
#[inline]
fn recognisable(transfer: &Transfer) -> Result<(), Refusal> {
    if transfer.id == 0 {
        return Err(Refusal::IdMustNotBeZero);
    }
    let flags = transfer.flags.0;
    if flags & !Flags::LINKED == 0 {
        return Ok(());
    }
    if flags & !Flags::KNOWN != 0 {
        return Err(Refusal::ReservedFlag);
    }
    let ways = flags & (Flags::PENDING | Flags::CAPTURE | Flags::VOID);
    let keeps = transfer.flags.has(Flags::KEEP) && !transfer.flags.has(Flags::CAPTURE);
    match ways.count_ones() > 1 || keeps {
        true => Err(Refusal::FlagsAreMutuallyExclusive),
        false => Ok(()),
    }
}

/// Whether the id may create something. Asked after the look for a repeat: who retries late what
/// was made must be told so, not to make a new id.
#[inline]
fn fresh(now: Timestamp, transfer: &Transfer) -> Result<(), Refusal> {
    match Id::<kernel::id::Transfer>::new(transfer.id).is_fresh(now) {
        true => Ok(()),
        false => Err(Refusal::IdExpired),
    }
}

/// What else is wrong with a transfer whatever the book holds.
#[inline]
fn sensible(transfer: &Transfer) -> Result<(), Refusal> {
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
#[cold]
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
