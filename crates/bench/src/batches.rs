//! Two-account transfers in batches of 8,190 into one cell.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cell::{Ask, Call, Handle, Outcome, Ticket};
use economy::{Command, OpenAccount, Reply};
use hdrhistogram::Histogram;
use kernel::{Currency, Timestamp};
use ledger::{BATCH_MAX, Flags, SideRule, Transfer};
use serde_json::{Value, json};

use crate::machine::machine;
use crate::world::{BenchError, Ids, OPERATOR, done, now, pay, request, start};

/// How much is measured.
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// Accounts that the transfers are between.
    pub accounts: u32,
    /// Transfers in all.
    pub transfers: u64,
    /// How often the whole is measured; the median is reported.
    pub runs: usize,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        Self { accounts: 1_000_000, transfers: 10_000_000, runs: 5 }
    }
}

/// One measured run.
struct Run {
    per_s: f64,
    seconds: f64,
    latency: Histogram<u64>,
    /// How many were published meanwhile.
    snapshots: u64,
}

/// Measures batches and reports one JSON object.
///
/// # Errors
/// When the cell does not start, or a batch is not done.
pub fn ledger(
    options: &LedgerOptions,
    mut progress: impl FnMut(&str),
) -> Result<Value, BenchError> {
    let before = machine();
    let mut runs = Vec::new();
    for number in 1..=options.runs.max(1) {
        progress(&format!("run {number} of {}", options.runs));
        let folder = tempfile::tempdir()?;
        let cell = start(folder.path(), 1, "bench")?;
        open_accounts(&cell, options.accounts)?;
        let mut run = closed_loop(&cell, options)?;
        run.snapshots = cell.metrics().snapshots.load(Relaxed);
        cell.stop();
        runs.push(run);
    }
    runs.sort_by(|a, b| a.per_s.total_cmp(&b.per_s));
    let median = &runs[runs.len() / 2];
    let ms = |quantile| median.latency.value_at_quantile(quantile) as f64 / 1_000.0;
    Ok(json!({
        "transfers_per_s": median.per_s.round(),
        "p50_ms": ms(0.5),
        "p99_ms": ms(0.99),
        "max_ms": median.latency.max() as f64 / 1_000.0,
        "seconds": median.seconds,
        "snapshots": median.snapshots,
        "accounts": options.accounts,
        "transfers": options.transfers,
        "runs": options.runs,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

/// Opens plain accounts by the operator's command, many in flight.
pub(crate) fn open_accounts(cell: &Handle, count: u32) -> Result<(), BenchError> {
    pay(cell, pay::command::OpenBook { currency: Currency::JPY })?;
    let mut ids = Ids::new(3);
    let mut left = count;
    while left > 0 {
        let some = left.min(2_000);
        let at = now();
        let requests = (0..some).map(|_| {
            let (currency, rule) = (Currency::JPY, SideRule::Free);
            request(OPERATOR, Command::OpenAccount(OpenAccount { id: ids.id(at), currency, rule }))
        });
        if !cell.submit_all(requests.collect()).blocking_recv().unwrap_or(false) {
            return Err(BenchError::NotDone("opening accounts".into()));
        }
        left -= some;
    }
    Ok(())
}

/// The first plain account: the book of a currency has six before it.
pub(crate) const FIRST: u32 = 6;

pub(crate) fn batch(ids: &mut Ids, at: Timestamp, accounts: u32, size: usize) -> Box<[Transfer]> {
    (0..size)
        .map(|_| {
            let draw = ids.next();
            let debit = (draw >> 32) as u32 % accounts;
            let credit = (debit + 1 + draw as u32 % (accounts - 1)) % accounts;
            Transfer {
                id: ids.id::<kernel::id::Transfer>(at).0,
                debit: FIRST + debit,
                credit: FIRST + credit,
                amount: 1 + (draw & 0xff),
                timeout_s: 0,
                code: 1,
                flags: Flags::default(),
            }
        })
        .collect()
}

/// Keeps as many batches waiting as the queue takes in.
fn closed_loop(cell: &Handle, options: &LedgerOptions) -> Result<Run, BenchError> {
    const WAITING: usize = 3;
    let (sender, receiver) = mpsc::channel::<(u64, bool)>();
    let mut ids = Ids::new(5);
    let mut latency = Histogram::new(3).expect("three digits are a valid precision");
    let (mut sent, mut waiting) = (0, 0);
    let began = Instant::now();
    while sent < options.transfers || waiting > 0 {
        while sent < options.transfers && waiting < WAITING {
            let size = BATCH_MAX.min((options.transfers - sent) as usize);
            let transfers = batch(&mut ids, now(), options.accounts, size);
            let told = sender.clone();
            let asked = Instant::now();
            let call = move |outcome: Outcome| {
                let all = matches!(outcome, Outcome::Done { reply: Reply::Transfers { ref outcomes, .. }, .. }
                    if outcomes.is_empty());
                let _ = told.send((asked.elapsed().as_micros() as u64, all));
            };
            let request = request(OPERATOR, Command::Transfers(transfers));
            cell.put(Ask::Do(Box::new(request)), Ticket::Call(Call(Box::new(call))));
            sent += size as u64;
            waiting += 1;
        }
        let (us, all) = receiver
            .recv_timeout(Duration::from_secs(60))
            .map_err(|_| BenchError::NotDone("no answer in a minute".into()))?;
        if !all {
            return Err(BenchError::NotDone("a transfer was refused".into()));
        }
        latency.record(us.max(1)).expect("the histogram grows");
        waiting -= 1;
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(Run { per_s: options.transfers as f64 / seconds, seconds, latency, snapshots: 0 })
}

/// Fills a cell with transfers, for the measurements of a start.
pub(crate) fn fill(cell: &Handle, accounts: u32, transfers: u64) -> Result<(), BenchError> {
    open_accounts(cell, accounts)?;
    let options = LedgerOptions { accounts, transfers, runs: 1 };
    closed_loop(cell, &options).map(drop)?;
    // What is asked last is durable after all before it.
    done(cell, Command::Tick).map(drop)
}
