//! A snapshot is the book as it was when the snapshot began, whatever happened meanwhile.

mod given;
mod random;

use given::{BANK, Book, NOW, WALLET, assert_same, capture, id, pending, post};
use kernel::fixed::Corrupt;
use kernel::snapshot::{Piece, blocks};
use kernel::{Module, Span};
use ledger::{Event, Flags, Restorer, State, Transfer, hold_tag};
use proptest::prelude::*;
use random::{Asked, steps};

fn written(pieces: Vec<Piece>) -> Vec<u8> {
    pieces.into_iter().fold(Vec::new(), |mut out, write| {
        write(&mut out);
        out
    })
}

/// The bytes of a snapshot taken at once.
fn taken(book: &mut State, budget: usize) -> Vec<u8> {
    let mut pieces = book.begin_snapshot();
    pieces.extend(std::iter::from_fn(|| book.copy_step(budget)));
    written(pieces)
}

fn restored(bytes: &[u8]) -> Result<State, Corrupt> {
    let mut restorer = Restorer::default();
    for block in blocks(bytes) {
        let (tag, block) = block?;
        restorer.read(tag, block)?;
    }
    restorer.finish(99)
}

/// Fails unless both books are the same now and answer the same to what comes next.
fn assert_equal(book: &mut State, other: &mut State, ids: impl IntoIterator<Item = u128>) {
    assert_same(book, other, ids);
    let all = usize::MAX / 2;
    assert!(taken(book, all) == taken(other, all), "their bytes differ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_happens_meanwhile_is_not_in_it(before in steps(6), after in steps(6)) {
        let (mut book, mut twin, mut asked) = (Book::new(), Book::new(), Asked::default());
        asked.start(&mut book);
        twin.make(&asked.0);
        for step in &before {
            let transfers = asked.batch(&book, &step.asks);
            prop_assert_eq!(book.batch(&transfers), twin.batch(&transfers));
            book.now = book.now.plus(step.wait);
            twin.now = book.now;
        }
        let mut pieces = book.state.begin_snapshot();
        for step in &after {
            let transfers = asked.batch(&book, &step.asks);
            book.batch(&transfers);
            pieces.extend(book.state.copy_step(1));
        }
        pieces.extend(std::iter::from_fn(|| book.state.copy_step(1)));
        let mut state = restored(&written(pieces)).expect("what was written can be read");
        let ids = || asked.0.iter().map(|transfer| transfer.id);
        assert_equal(&mut state, &mut twin.state, ids());

        let mut again = Book { state, draft: Default::default(), now: twin.now };
        for step in &after {
            let transfers = asked.batch(&again, &step.asks);
            prop_assert_eq!(again.batch(&transfers), twin.batch(&transfers));
        }
        assert_same(&again.state, &twin.state, asked.0.iter().map(|transfer| transfer.id));
    }
}

/// A book of many chunks: 12,000 accounts, 9,000 holds of which some ended, 20,000 transfers of
/// which the first are forgotten.
fn large() -> Book {
    let mut book = Book::new();
    for _ in 0..12_000 {
        let wallet = given::accounts()[WALLET as usize];
        book.state.evolve(NOW, &Event::AccountOpened(wallet));
    }
    let fund: Vec<_> =
        (0..10_000u32).map(|number| post(number.into(), BANK, 8 + number, 1_000)).collect();
    book.make(&fund[..5_000]);
    book.make(&fund[5_000..]);
    let holds: Vec<_> = (0..9_000u32)
        .map(|number| Transfer {
            timeout_s: number % 3 * 60,
            ..pending(u128::from(number) + 10_000, 8 + number, WALLET, 100)
        })
        .collect();
    book.make(&holds);
    let ends: Vec<_> = (0..1_000u32)
        .map(|number| {
            let hold = number * 7;
            let made = u128::from(hold) + 10_000;
            capture(u128::from(number) + 19_000, hold, hold_tag(id(made)), 60)
        })
        .collect();
    book.make(&ends);
    book.state.evolve(NOW, &Event::Forgotten { through: 6_000 });
    book
}

/// Moves through all of the book: step `turn` of many.
fn disturb(book: &mut Book, turn: u32) {
    let number = |at: u32| u128::from(turn * 500 + at) + 30_000;
    let posts = (0..300).map(|at| post(number(at), BANK, 8 + (turn * 997 + at * 37) % 12_000, 5));
    let ends = (0..100).map(|at| (turn * 100 + at) * 3 % 6_000 + 2_500).filter_map(|hold| {
        let held = book.state.hold(hold)?;
        let keep = Flags(Flags::CAPTURE | if hold.is_multiple_of(2) { Flags::KEEP } else { 0 });
        Some(Transfer { flags: keep, ..capture(number(300 + hold % 100), hold, held.tag, 1) })
    });
    let holds = (0..100).map(|at| pending(number(400 + at), BANK, 8 + at, 1));
    let transfers: Vec<_> = posts.chain(ends).chain(holds).collect();
    book.batch(&transfers);
    let wallet = given::accounts()[WALLET as usize];
    book.state.evolve(NOW, &Event::AccountOpened(wallet));
    book.state.evolve(NOW, &Event::Forgotten { through: 6_000 + turn * 300 });
}

#[test]
fn a_large_book_is_copied_step_by_step() {
    let (mut book, mut twin) = (large(), large());
    let mut pieces = book.state.begin_snapshot();
    let mut turns = 0;
    loop {
        disturb(&mut book, turns);
        turns += 1;
        match book.state.copy_step(4_096) {
            Some(piece) => pieces.push(piece),
            None => break,
        }
    }
    assert_eq!(turns, 7, "three steps of accounts, three of holds, and none");
    let mut state = restored(&written(pieces)).expect("what was written can be read");
    assert_equal(&mut state, &mut twin.state, (0..25_000).map(id));
    assert_eq!(state.transfer_count(), 13_999);
    assert_eq!(state.transfer(id(6_000)), None, "forgotten before");
    assert!(state.transfer(id(6_001)).is_some(), "forgotten meanwhile only");
}

#[test]
fn an_abandoned_snapshot_leaves_no_trace() {
    let (mut book, mut twin) = (large(), large());
    let pieces = book.state.begin_snapshot();
    disturb(&mut book, 1);
    assert!(book.state.copy_step(1).is_some());
    book.state.abandon_snapshot();
    assert!(book.state.copy_step(1).is_none());
    drop(pieces);
    disturb(&mut twin, 1);
    assert_equal(&mut book.state, &mut twin.state, (0..31_000).map(id));
}

#[test]
fn a_snapshot_with_a_block_lost_doubled_or_cut_is_refused() {
    let mut book = large();
    book.now = NOW.plus(Span(1));
    let bytes = taken(&mut book.state, 4_096);
    assert!(restored(&bytes).is_ok());
    let parts: Vec<(u8, &[u8])> = blocks(&bytes).map(|block| block.expect("whole")).collect();
    let without = |at: usize| [&parts[..at], &parts[at + 1..]].concat();
    let twice = |at: usize| [&parts[..at], &parts[at..=at], &parts[at..]].concat();
    let read = |parts: Vec<(u8, &[u8])>| {
        let mut restorer = Restorer::default();
        parts.into_iter().try_for_each(|(tag, block)| restorer.read(tag, block))?;
        restorer.finish(1)
    };
    assert!(parts.len() > 8, "several blocks of each kind");
    for at in 0..parts.len() {
        assert!(read(without(at)).is_err(), "block {at} is lost");
        assert!(read(twice(at)).is_err(), "block {at} stands twice");
    }
    assert!(read([&parts[..], &[(9, &[] as &[u8])]].concat()).is_err(), "a block of no part");
    for end in [bytes.len() - 1, bytes.len() / 2, 7, 3, 0] {
        assert!(restored(&bytes[..end]).is_err(), "cut at {end}");
    }
}

/// An empty log of transfers, whose first will get this number.
fn starting_at(first: u32) -> Book {
    let mut book = Book::new();
    let bytes = taken(&mut book.state, 4_096);
    let mut restorer = Restorer::default();
    for block in blocks(&bytes) {
        let (tag, block) = block.expect("whole");
        let transfers = [first.to_le_bytes(), [0; 4]].concat();
        restorer.read(tag, if tag == 3 { &transfers } else { block }).expect("a snapshot");
    }
    Book { state: restorer.finish(5).expect("a snapshot"), ..book }
}

#[test]
fn transfers_are_remembered_and_forgotten_beyond_the_last_number() {
    let (mut book, mut twin) = (starting_at(u32::MAX - 5_000), Book::new());
    let transfers: Vec<_> = (0..12_000).map(|number| post(number, BANK, WALLET, 1)).collect();
    for batch in transfers.chunks(4_000) {
        assert_eq!(book.make(batch), twin.make(batch));
    }
    let after = NOW.plus(Span::hours(72)).plus(Span(1));
    for limit in [5_001, 1_000, 3_000, 9_000, 2_000] {
        let through = book.state.forgettable(after, limit).expect("all are old");
        book.state.evolve(after, &Event::Forgotten { through });
        let through = twin.state.forgettable(after, limit).expect("all are old");
        twin.state.evolve(after, &Event::Forgotten { through });
        assert_same(&book.state, &twin.state, (0..12_000).map(id));
        assert_eq!(book.batch(&transfers), twin.batch(&transfers), "repeats, and ids used again");
        book.state = restored(&taken(&mut book.state, 4_096)).expect("what was written");
    }
}
