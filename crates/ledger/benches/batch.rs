//! Transfers a second that the book decides and applies: one thread, no journal, no codec.
//!
//! `cargo bench -p ledger` prints one line for each run, and what a snapshot of the last one
//! takes; `-- ACCOUNTS TRANSFERS RUNS` changes the sizes (1,000,000 accounts, 10,000,000
//! transfers, 3 runs). Ids are fresh UUIDv7, accounts are drawn evenly: the worst case for every
//! cache. Times are processor times.

use std::time::Duration;

use kernel::fixed::Fixed;
use kernel::snapshot::blocks;
use kernel::{Actor, Context, Currency, Id, Module, Span, Timestamp};
use ledger::{Account, AccountKind, BATCH_MAX, Draft, Event, Flags, Restorer, State, Transfer};
use rustix::time::{ClockId, clock_gettime};

/// A sequence that caches can't guess.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (((self.next() >> 32) * u64::from(end)) >> 32) as u32
    }
}

/// Processor time of this thread: what else the machine does counts little.
fn clock() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

const START: Timestamp = Timestamp::from_seconds(1_793_500_000);
/// How far the clock goes on from batch to batch.
const STEP: Span = Span(2_000);

fn book(accounts: u32) -> State {
    let mut book = State::new(7);
    for number in 0..accounts {
        let account =
            Account::new(AccountKind::Plain, Currency::JPY, u64::from(number), number, START);
        book.evolve(START, &Event::AccountOpened(account));
    }
    book
}

fn fill(batch: &mut Vec<Transfer>, now: Timestamp, random: &mut Random, accounts: u32) {
    batch.clear();
    batch.extend((0..BATCH_MAX).map(|_| {
        let bits = u128::from(random.next()) << 64 | u128::from(random.next());
        let id = Id::<kernel::id::Transfer>::from_parts(now, bits).0;
        let (debit, credit) = (random.below(accounts), random.below(accounts));
        let credit = if credit == debit { (credit + 1) % accounts } else { credit };
        let amount = 1 + random.next() % 1_000;
        Transfer { id, debit, credit, amount, timeout_s: 0, code: 1, flags: Flags::default() }
    }));
}

fn run(accounts: u32, transfers: usize) -> State {
    let mut book = book(accounts);
    let mut draft = Draft::<Event>::default();
    let mut random = Random(3);
    let mut batch = Vec::new();
    let mut context = Context::new(START, Actor::CELL, 1);
    let (mut decide, mut evolve, mut worst) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut encode, mut decode, mut stored) = (Duration::ZERO, Duration::ZERO, Vec::new());
    let batches = transfers.div_ceil(BATCH_MAX);
    for _ in 0..batches {
        context.now = context.now.plus(STEP);
        fill(&mut batch, context.now, &mut random, accounts);
        let started = clock();
        draft.clear();
        let outcomes = draft.batch(&book, &context, &batch);
        let decided = clock() - started;
        draft.events.iter().for_each(|event| book.evolve(context.now, event));
        let whole = clock() - started;
        assert_eq!(outcomes.len(), BATCH_MAX);
        decide += decided;
        evolve += whole - decided;
        worst = worst.max(whole);

        stored.clear();
        let started = clock();
        draft.events.iter().for_each(|event| event.encode(&mut stored));
        let encoded = clock();
        assert!(Event::decode(&stored).is_ok());
        encode += encoded - started;
        decode += clock() - encoded;
    }
    let count = (batches * BATCH_MAX) as f64;
    assert_eq!(book.transfer_count(), (batches * BATCH_MAX) as u64, "every transfer was made");
    println!(
        "{:>5.2} M transfers/s: decide {:>5.1} ns, evolve {:>5.1} ns a transfer; worst batch {:.2?} \
         (encode {:.1} ns, decode {:.1} ns)",
        count / (decide + evolve).as_secs_f64() / 1e6,
        decide.as_nanos() as f64 / count,
        evolve.as_nanos() as f64 / count,
        worst,
        encode.as_nanos() as f64 / count,
        decode.as_nanos() as f64 / count,
    );
    book
}

/// Takes a snapshot while batches go on, then restores it.
fn snapshot(mut book: State, accounts: u32) {
    let mut random = Random(5);
    let mut draft = Draft::<Event>::default();
    let mut batch = Vec::new();
    let mut context = Context::new(START.plus(Span::hours(1)), Actor::CELL, 1);
    let started = clock();
    let mut pieces = book.begin_snapshot();
    let mut worst = clock() - started;
    println!("snapshot: begins in {worst:.2?}");
    loop {
        context.now = context.now.plus(STEP);
        fill(&mut batch, context.now, &mut random, accounts);
        let started = clock();
        draft.clear();
        draft.batch(&book, &context, &batch);
        draft.events.drain(..).for_each(|event| book.evolve(context.now, &event));
        let piece = book.copy_step(32_000);
        worst = worst.max(clock() - started);
        match piece {
            Some(piece) => pieces.push(piece),
            None => break,
        }
    }
    println!("snapshot: worst batch with its step {worst:.2?}");
    let started = clock();
    let mut bytes = Vec::new();
    pieces.into_iter().for_each(|piece| piece(&mut bytes));
    println!("snapshot: {} MB written in {:.2?}", bytes.len() >> 20, clock() - started);
    let started = clock();
    let mut restorer = Restorer::default();
    for block in blocks(&bytes) {
        let (tag, block) = block.expect("the snapshot is whole");
        restorer.read(tag, block).expect("the snapshot is whole");
    }
    let read = clock() - started;
    let restored = restorer.finish(1).expect("the snapshot is whole");
    let whole = clock() - started;
    println!("snapshot: restored in {whole:.2?}, of which {read:.2?} is reading");
    assert!(restored.transfer_count() < book.transfer_count());
}

fn main() {
    let mut sizes = std::env::args().filter_map(|arg| arg.parse::<usize>().ok());
    let accounts = sizes.next().unwrap_or(1_000_000) as u32;
    let transfers = sizes.next().unwrap_or(10_000_000);
    println!("{accounts} accounts of {} B, {transfers} transfers", Account::SIZE);
    for _ in 1..sizes.next().unwrap_or(3) {
        run(accounts, transfers);
    }
    snapshot(run(accounts, transfers), accounts);
}
