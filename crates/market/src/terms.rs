//! The terms that a new cell begins with, each with its source.

use serde::Deserialize;

/// What a cell is given before anybody has said otherwise.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How far rates are trusted.
    pub rates: Rates,
}

/// How far rates are trusted.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The most by which a rate may differ from the one before, in basis points.
    pub max_move_bps: u32,
    /// How long rates are quoted, in days; 0 for ever.
    pub max_age_days: u32,
    /// Who says so.
    pub source: String,
}

/// The terms that ship.
pub fn shipped() -> Terms {
    toml::from_str(include_str!("../data/terms.toml"))
        .expect("the terms that ship are valid: a test of this crate loads them")
}
