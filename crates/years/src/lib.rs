//! Years that nobody lived: writes the journals of two cells as if visitors had come and paid for
//! years, so that figures over time have something to be computed from.
//!
//! Every fact is decided by the same code that serves people (`cell::Core` over a file journal),
//! asked by the same commands: register, open, top up, quote, confirm, pay, refund. Invented is
//! only who comes when and buys what: the [`model`], which says so in numbers, and a seed. The
//! clock is the model's; the rates are those that the European Central Bank published on each day.
//!
//! **Invariants**
//! - The same options give the same journals, byte for byte.
//! - Nothing is written but by commands; what a cell refuses, that is not expected to be refused,
//!   ends the run with the refusal.
//! - A folder that has anything of a cell is refused.
//!
//! **Absent**: the figures of anybody's report (the model is not fitted to them), names of people,
//! a wall clock, randomness but of the seed.

pub mod model;
mod people;
mod place;
mod plan;
mod random;
mod shops;
mod trade;

use std::path::Path;

pub use model::Model;
pub use place::CELLS;
pub use trade::Written;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Options {
    /// From which everything is drawn.
    pub seed: u64,
    /// How many years, up to [`Options::until`].
    pub years: u32,
    /// The first day that is not simulated any more, as days since 1970 by the clock of Japan.
    pub until: u32,
    /// About how many payments.
    pub payments: u64,
    /// Who comes, when, and what they buy.
    pub model: Model,
}

/// Why years could not be written.
#[derive(Debug, thiserror::Error)]
pub enum YearsError {
    /// The folder has a journal already.
    #[error("{0} has a journal already: simulated years begin in an empty folder")]
    NotEmpty(String),
    /// The rates that ship do not reach back so far.
    #[error("the rates that ship begin on {first}: ask for fewer years or an earlier end")]
    NoRates {
        /// The first day they have.
        first: String,
    },
    /// Nothing was asked for.
    #[error("ask for at least one year and one payment")]
    Nothing,
    /// The journal could not be made.
    #[error(transparent)]
    Open(#[from] journal::file::OpenError),
    /// The journal could not be taken.
    #[error(transparent)]
    Claim(#[from] journal::ClaimError),
    /// The journal could not be written.
    #[error(transparent)]
    Append(#[from] journal::AppendError),
    /// The system said no.
    #[error("{path}: {error}")]
    Io {
        /// Where.
        path: String,
        /// What it said.
        error: std::io::Error,
    },
    /// A cell did not do what the model expects of it.
    #[error("cell {cell}: {what}")]
    Refused {
        /// Which.
        cell: &'static str,
        /// What it said.
        what: String,
    },
}

/// Writes the journals of both cells into `data/cn/journal` and `data/jp/journal`; `progress` is
/// told the days done and the days there are.
///
/// # Errors
/// [`YearsError`]; what was written until then stays, and is durable once it has returned `Ok` only:
/// there is nobody who was told of it.
pub fn write(
    data: &Path,
    options: &Options,
    progress: impl FnMut(u32, u32),
) -> Result<Written, YearsError> {
    trade::checked(options)?;
    let journals = [place::create(data, CELLS[0])?, place::create(data, CELLS[1])?];
    let written = write_to(journals, options, progress)?;
    for (cell, _) in CELLS {
        let folder = data.join(cell).join("journal");
        let said = |error| YearsError::Io { path: folder.display().to_string(), error };
        journal::file::sync_all(&folder).map_err(said)?;
    }
    Ok(written)
}

/// The same into two journals that are empty: of [`CELLS`], in their order.
///
/// # Errors
/// [`YearsError`].
pub fn write_to(
    journals: [Box<dyn journal::Journal>; 2],
    options: &Options,
    progress: impl FnMut(u32, u32),
) -> Result<Written, YearsError> {
    trade::run(journals, options, progress)
}
