//! Random batches on [`given`] books: mostly sensible, with skewed amounts, linked lists, repeats
//! with a changed field, and captures of holds that exist, have ended or never were.

use kernel::Span;
use ledger::{Flags, State, Transfer, hold_tag};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{self, BANK, Book, DEBTOR, FX, MERCHANT, WALLET, YUAN};

/// A transfer to be, before it is known which holds and ids there are.
#[derive(Clone, Debug)]
pub struct Ask {
    flags: u16,
    debit: u32,
    credit: u32,
    amount: u64,
    timeout_s: u32,
    code: u16,
    /// Which hold, of those that can be named.
    hold: usize,
    /// Which earlier transfer to repeat, and which of its fields to change.
    repeat: Option<(usize, u8)>,
}

/// What happens to a book in one step.
#[derive(Clone, Debug)]
pub struct Step {
    pub asks: Vec<Ask>,
    /// How much later it is.
    pub wait: Span,
}

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![6 => 0..3_000_000u64, 1 => Just(Span::hours(25).0)];
    let step = (vec(ask(), 0..24), wait).prop_map(|(asks, wait)| Step { asks, wait: Span(wait) });
    vec(step, 1..most)
}

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![
        1 => Just(0),
        10 => Just(1),
        30 => 1..200u64,
        1 => Just(u64::MAX),
        1 => Just(u64::MAX / 2),
    ]
}

fn flags() -> impl Strategy<Value = u16> {
    let way = prop_oneof![
        16 => Just(0),
        12 => Just(Flags::PENDING),
        8 => Just(Flags::CAPTURE),
        6 => Just(Flags::CAPTURE | Flags::KEEP),
        6 => Just(Flags::VOID),
        1 => 0..64u16,
    ];
    (way, 0..6u8).prop_map(|(way, link)| if link == 0 { way | Flags::LINKED } else { way })
}

/// Mostly two accounts between which money can move.
fn accounts() -> impl Strategy<Value = (u32, u32)> {
    let usual = [
        (BANK, WALLET),
        (WALLET, MERCHANT),
        (WALLET, BANK),
        (MERCHANT, BANK),
        (BANK, DEBTOR),
        (DEBTOR, BANK),
        (FX, YUAN),
        (YUAN, FX),
    ];
    prop_oneof![9 => prop::sample::select(usual.to_vec()), 1 => (0..9u32, 0..9u32)]
}

fn ask() -> impl Strategy<Value = Ask> {
    let accounts = accounts();
    let timeout_s = prop_oneof![20 => Just(0), 20 => 1..4u32, 1 => Just(600)];
    let code = prop_oneof![30 => Just(1u16), 1 => 0..3u16];
    let repeat = prop::option::weighted(0.15, (any::<usize>(), 0..9u8));
    (flags(), accounts, amount(), timeout_s, code, any::<usize>(), repeat).prop_map(
        |(flags, (debit, credit), amount, timeout_s, code, hold, repeat)| {
            let waits = flags & Flags::PENDING != 0 || timeout_s > 9;
            let timeout_s = if waits { timeout_s } else { 0 };
            Ask { flags, debit, credit, amount, timeout_s, code, hold, repeat }
        },
    )
}

/// Everything that was asked so far.
#[derive(Default)]
pub struct Asked(pub Vec<Transfer>);

impl Asked {
    /// The first batch of every run: money to move.
    pub fn start(&mut self, book: &mut Book) {
        let rich = [
            given::post(0, BANK, WALLET, 5_000),
            given::post(1, BANK, MERCHANT, 500),
            given::post(2, DEBTOR, BANK, 500),
            given::post(3, FX, YUAN, 5_000),
        ];
        book.make(&rich);
        self.0.extend(rich);
    }

    /// Transfers of one batch, their ids made at `now`.
    pub fn batch(&mut self, book: &Book, asks: &[Ask]) -> Vec<Transfer> {
        let start = self.0.len();
        for ask in asks {
            let transfer = self.resolve(book, ask, start);
            self.0.push(transfer);
        }
        self.0[start..].to_vec()
    }

    fn resolve(&self, book: &Book, ask: &Ask, batch: usize) -> Transfer {
        if let Some((which, change)) = ask.repeat {
            let known = self.0[which % self.0.len()];
            return changed(known, change, ask);
        }
        let id = given::id_at(book.now, self.0.len() as u128);
        let Ask { flags, debit, credit, amount, timeout_s, code, .. } = *ask;
        let mut transfer =
            Transfer { id, debit, credit, amount, timeout_s, code, flags: Flags(flags) };
        if flags & (Flags::CAPTURE | Flags::VOID) != 0
            && let Some(hold) = named(&book.state, &self.0[batch..], ask.hold)
        {
            (transfer.debit, transfer.credit) = hold;
        }
        transfer
    }
}

/// Number and tag of a hold: mostly of one there is, else of one that the batch may have made,
/// with a number that it may have got.
fn named(book: &State, batch: &[Transfer], which: usize) -> Option<(u32, u32)> {
    let there: Vec<_> = book.holds().map(|(number, hold)| (number, hold.tag)).collect();
    if !which.is_multiple_of(4) && !there.is_empty() {
        return Some(there[which % there.len()]);
    }
    let new: Vec<_> = batch.iter().filter(|made| made.flags.has(Flags::PENDING)).collect();
    let made = new.get(which % new.len().max(1))?;
    let number = given::next_holds(book)[which % 3];
    Some((number, hold_tag(made.id)))
}

fn changed(known: Transfer, change: u8, ask: &Ask) -> Transfer {
    match change {
        0 => Transfer { debit: ask.debit, ..known },
        1 => Transfer { credit: ask.credit, ..known },
        2 => Transfer { amount: ask.amount, ..known },
        3 => Transfer { timeout_s: ask.timeout_s, ..known },
        4 => Transfer { code: ask.code, ..known },
        5 => Transfer { flags: Flags(ask.flags), ..known },
        6 => Transfer { flags: Flags(known.flags.0 ^ Flags::LINKED), ..known },
        _ => known,
    }
}
