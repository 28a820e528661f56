//! A start from the journal.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use cell::Handle;
use economy::State;
use journal::Journal;
use journal::file::{FileJournal, Options};
use serde_json::{Value, json};

use crate::batches::fill;
use crate::machine::machine;
use crate::world::{BenchError, identity, start};

/// How much is replayed.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// Accounts that the transfers are between.
    pub accounts: u32,
    /// Transfers in the journal.
    pub transfers: u64,
    /// How often; the median is reported.
    pub runs: usize,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { accounts: 1_000_000, transfers: 10_000_000, runs: 3 }
    }
}

/// Measures a start from the journal alone and from a snapshot.
///
/// # Errors
/// When the cell does not start.
pub fn replay(
    options: &ReplayOptions,
    mut progress: impl FnMut(&str),
) -> Result<Value, BenchError> {
    let before = machine();
    let folder = tempfile::tempdir()?;
    progress("filling the journal");
    let cell = start(folder.path(), 1, "bench")?;
    fill(&cell, options.accounts, options.transfers)?;
    progress("waiting for a snapshot");
    snapshot(&cell)?;
    cell.stop();
    let path = folder.path().join("bench").join("journal");
    let runs = options.runs.max(1);
    let replayed = median(
        runs,
        |number| {
            progress(&format!("replay {number} of {runs}"));
            let journal = FileJournal::open(&path, &identity(1, "bench"), Options::default())?;
            let mut state = State::new(1, number as u64);
            cell::replay(&mut state, journal.reader().as_mut(), 1)?;
            Ok(())
        },
        drop,
    )?;
    let ready = median(
        runs,
        |number| {
            progress(&format!("start from a snapshot, {number} of {runs}"));
            let cell = start(folder.path(), 1, "bench")?;
            if cell.metrics().snapshot.load(Relaxed) == 0 {
                return Err(BenchError::NotDone("the snapshot was not used".into()));
            }
            Ok(cell)
        },
        |cell| cell.stop(),
    )?;
    // An event is a transfer or the opening of an account.
    let events = options.transfers + u64::from(options.accounts);
    Ok(json!({
        "events_per_s": (events as f64 / replayed).round(),
        "ready_s_with_snapshot": ready,
        "seconds": replayed,
        "accounts": options.accounts,
        "transfers": options.transfers,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

/// Takes a snapshot of what the cell knows now and waits until it is published.
fn snapshot(cell: &Handle) -> Result<(), BenchError> {
    let wanted = cell.durable();
    let published = || cell.metrics().snapshot.load(Relaxed) >= wanted;
    for _ in 0..6_000 {
        if published() {
            return Ok(());
        }
        cell.snapshot_now();
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(BenchError::NotDone("no snapshot in a minute".into()))
}

/// The median of the seconds that `run` takes. What it makes is stopped outside of them.
fn median<T>(
    runs: usize,
    mut run: impl FnMut(usize) -> Result<T, BenchError>,
    stop: impl Fn(T),
) -> Result<f64, BenchError> {
    let mut seconds = Vec::new();
    for number in 1..=runs {
        let began = Instant::now();
        let made = run(number)?;
        seconds.push(began.elapsed().as_secs_f64());
        stop(made);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[runs / 2])
}
