//! A start from the journal.

use std::time::Instant;

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
    cell.stop();
    let path = folder.path().join("bench").join("journal");
    let mut seconds = Vec::new();
    for number in 1..=options.runs.max(1) {
        progress(&format!("replay {number} of {}", options.runs));
        let began = Instant::now();
        let journal = FileJournal::open(&path, &identity(1, "bench"), Options::default())?;
        let mut state = State::new(1, number as u64);
        cell::replay(&mut state, journal.reader().as_mut(), 1)?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    // An event is a transfer or the opening of an account.
    let events = options.transfers + u64::from(options.accounts);
    Ok(json!({
        "events_per_s": (events as f64 / median).round(),
        "seconds": median,
        "accounts": options.accounts,
        "transfers": options.transfers,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}
