//! Rates and worst cases of the structures that hold a cell's state.
//!
//! `cargo bench -p kernel` prints the worst single steps first (one run each: a worst case is not
//! an average), then what criterion measures. Add `-- 10M` to measure the large sizes only.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use kernel::index::Index;
use kernel::log::Log;
use kernel::table::{Dense, Table};
use rustix::time::{ClockId, clock_gettime};

const MILLION: u32 = 1_000_000;
/// Random accesses in one iteration.
const ACCESSES: u64 = 1_000_000;
/// Entries touched ahead, then worked on.
const AHEAD: usize = 64;

/// One cache line, as an account is.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

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

/// The id of a number: spread like the random part of a UUID.
fn id(number: u32) -> u128 {
    let mut random = Random(number.into());
    u128::from(random.next()) << 64 | u128::from(random.next())
}

/// What is counted as slow.
const SLOW: Duration = Duration::from_micros(100);

/// Remembers the slowest of many steps, and how many were slow, in processor time of this thread:
/// what else the machine does meanwhile does not count. Asking for it takes some 0.2 µs itself.
#[derive(Default)]
struct Worst {
    steps: u32,
    slow: u32,
    worst: Duration,
    total: Duration,
}

impl Worst {
    fn step<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let started = processor_time();
        let result = step();
        let took = processor_time() - started;
        self.steps += 1;
        self.slow += u32::from(took > SLOW);
        self.worst = self.worst.max(took);
        self.total += took;
        result
    }

    fn print(&self, what: &str) {
        let (mean, Worst { worst, slow, .. }) = (self.total / self.steps, self);
        println!("{what:<38} worst {worst:>8.1?}, mean {mean:>8.1?}, {slow:>4} over {SLOW:?}");
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("processor time is not negative")
}

fn index_of(count: u32) -> Index {
    let mut index = Index::new(1);
    index.extend((0..count).map(|n| (index_hash(n), n)));
    index
}

fn index_hash(number: u32) -> u64 {
    kernel::index::hash_id(1, id(number))
}

fn accounts(count: u32) -> Dense<Line> {
    let mut accounts = Dense::new();
    accounts.extend((0..count).map(|n| Line([n.into(); 8])));
    accounts
}

fn worst_cases() {
    let mut worst = Worst::default();
    (0..10 * MILLION).for_each(|n| drop(black_box(worst.step(|| Box::new(n)))));
    worst.print("nothing but a small allocation");

    let mut index = Index::new(1);
    let mut worst = Worst::default();
    for n in 0..10 * MILLION {
        let hash = index.hash(id(n));
        worst.step(|| index.insert(hash, n));
        if n + 1 == MILLION {
            println!("index: {:.1} B an id at 1M", index.bytes() as f64 / index.len() as f64);
        }
    }
    worst.print("index: insert, up to 10M");
    println!("index: {:.1} B an id at 10M", index.bytes() as f64 / index.len() as f64);
    drop(index);

    let started = Instant::now();
    let index = index_of(10 * MILLION);
    println!("index: 10M built in bulk in {:.2?}", started.elapsed());
    drop(index);

    let mut log = Log::new();
    let mut worst = Worst::default();
    for n in 0..10 * MILLION {
        worst.step(|| log.push([u64::from(n); 12]));
    }
    worst.print("log: push of 96 B, up to 10M");
    let mut worst = Worst::default();
    worst.step(|| black_box(log.share()));
    worst.print("log: share 10M");
    drop(log);

    let mut table = Table::new();
    let mut worst = Worst::default();
    for n in 0..10 * MILLION {
        worst.step(|| table.insert(Line([n.into(); 8])));
    }
    worst.print("table: insert of 64 B, up to 10M");
    drop(table);

    for count in [MILLION, 10 * MILLION] {
        snapshot_under_load(count);
    }
}

/// Each "group" changes 16,000 accounts and copies 32,000.
fn snapshot_under_load(count: u32) {
    let mut accounts = accounts(count);
    let mut random = Random(2);
    let mut begin = Worst::default();
    begin.step(|| accounts.begin_snapshot());
    let (mut copy, mut change) = (Worst::default(), Worst::default());
    loop {
        change.step(|| {
            for _ in 0..16_000 {
                accounts.get_mut(random.below(count)).expect("the account exists").0[1] += 1;
            }
        });
        if copy.step(|| accounts.copy_step(32_000)).is_none() {
            break;
        }
    }
    begin.print(&format!("snapshot of {count}: begin"));
    change.print(&format!("snapshot of {count}: 16,000 changes"));
    copy.print(&format!("snapshot of {count}: step of 32,000"));
}

fn random_accounts(c: &mut Criterion) {
    let mut group = c.benchmark_group("accounts");
    group.sample_size(10).throughput(Throughput::Elements(ACCESSES));
    for count in [MILLION, 10 * MILLION] {
        let mut accounts = accounts(count);
        let size = format!("{}M", count / MILLION);
        let mut random = Random(3);
        group.bench_function(BenchmarkId::new("plain", &size), |b| {
            b.iter(|| {
                for _ in 0..ACCESSES {
                    change(&mut accounts, random.below(count));
                }
            });
        });
        group.bench_function(BenchmarkId::new("touched ahead", &size), |b| {
            b.iter(|| {
                let mut numbers = [0; AHEAD];
                for _ in 0..ACCESSES / AHEAD as u64 {
                    numbers.fill_with(|| random.below(count));
                    let near = numbers.iter().fold(0, |x, &n| x ^ accounts.touch(n, |a| a.0[0]));
                    black_box(near);
                    for number in numbers {
                        change(&mut accounts, number);
                    }
                }
            });
        });
    }
    group.finish();
}

/// A little work that depends on what the entry holds, as a decision does.
fn change(accounts: &mut Dense<Line>, number: u32) {
    let account = accounts.get_mut(number).expect("the account exists");
    if account.0[0] != u64::MAX {
        account.0[1] = account.0[1].checked_add(1).expect("no overflow");
        account.0[2] = account.0[1].wrapping_mul(31) ^ account.0[3];
    }
}

fn finds(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    group.sample_size(10).throughput(Throughput::Elements(ACCESSES));
    for count in [MILLION, 10 * MILLION] {
        let index = index_of(count);
        let size = format!("{}M", count / MILLION);
        let mut random = Random(4);
        group.bench_function(BenchmarkId::new("find", &size), |b| {
            b.iter(|| {
                for _ in 0..ACCESSES {
                    let number = random.below(count);
                    black_box(index.find(index_hash(number), |n| n == number));
                }
            });
        });
        group.bench_function(BenchmarkId::new("find, touched ahead", &size), |b| {
            b.iter(|| {
                let mut wanted = [(0, 0); AHEAD];
                for _ in 0..ACCESSES / AHEAD as u64 {
                    wanted.fill_with(|| {
                        let number = random.below(count);
                        (index_hash(number), number)
                    });
                    black_box(wanted.iter().fold(0, |x, &(hash, _)| x ^ index.touch(hash)));
                    for (hash, number) in wanted {
                        black_box(index.find(hash, |n| n == number));
                    }
                }
            });
        });
        group.bench_function(BenchmarkId::new("find what is absent", &size), |b| {
            b.iter(|| {
                for _ in 0..ACCESSES {
                    let number = random.below(count) + count;
                    black_box(index.find(index_hash(number), |n| n == number));
                }
            });
        });
    }
    group.finish();
}

fn main() {
    worst_cases();
    let mut criterion = Criterion::default().configure_from_args();
    random_accounts(&mut criterion);
    finds(&mut criterion);
    criterion.final_summary();
}
