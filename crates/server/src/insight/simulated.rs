//! Whether a folder's past was simulated: every page with figures of it says so.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a folder says of its simulated past; it stands beside the cells' folders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// From which everything was drawn.
    pub seed: u64,
    /// The first simulated day, by the clock of Japan: `2024-11-01`.
    pub from: String,
    /// The first day that is not simulated any more.
    pub until: String,
    /// How many payments were made.
    pub payments: u64,
    /// By how much more trips begin a year later, in per cent.
    pub more_trips_percent: u64,
    /// By how much more a purchase comes to a year later, in per cent.
    pub dearer_percent: u64,
    /// The days of a trip, at least and at most.
    pub trip_days: (u64, u64),
    /// Purchases on a day of a trip, at least and at most.
    pub purchases_a_day: (u64, u64),
    /// Within how many months the first shops of the prefectures opened.
    pub opening_months: u64,
}

impl Simulated {
    /// Where it stands.
    pub fn path(data: &Path) -> PathBuf {
        data.join("simulated.json")
    }

    /// What a data folder says; none when its past is its own.
    ///
    /// # Errors
    /// When it can't be read, or says something else.
    pub fn read(data: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(Self::path(data)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
