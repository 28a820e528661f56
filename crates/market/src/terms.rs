//! The terms that a new cell begins with, each with its source.

use serde::Deserialize;

/// What a cell is given before anybody has said otherwise.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How far rates are trusted.
    pub rates: Rates,
    /// How a link is settled.
    pub settlement: Settlement,
    /// What the law of a place lets wallets pay.
    #[serde(rename = "jurisdiction")]
    pub jurisdictions: Vec<Jurisdiction>,
}

/// How a link between two cells is settled.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// When days end, as a minute of the day where the nostro is kept.
    pub closing_minute: u16,
    /// For how many days of use there is to be money.
    pub target_days: u8,
    /// Until when the payer's bank takes a transfer for the same day, as a minute of its day.
    pub bank_minute: u16,
    /// How many banking days a transfer takes.
    pub transfer_days: u8,
    /// Above which share of what the operator is warned about a top-up needs a second person.
    pub approval_percent: u8,
    /// Where it comes from.
    pub source: String,
}

/// What the law of a place lets wallets pay.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// The name of the cells that it is for.
    pub cell: String,
    /// The classes of parties by what is known of who they are, lowest first.
    pub classes: Vec<String>,
    /// The class of a party that nobody has put into one.
    pub default: String,
    /// Where the classes come from.
    pub source: String,
    /// The limits.
    #[serde(rename = "limit")]
    pub limits: Vec<Limit>,
    /// How much of what wallets hold must be kept safe.
    #[serde(rename = "safeguard")]
    pub safeguards: Vec<Safeguard>,
}

/// How much of what wallets hold must be kept safe for those who hold them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Safeguard {
    /// ISO 4217, of the wallets it is for.
    pub currency: String,
    /// On which days it is worked out, each as `mmdd`; none: at the end of every day.
    pub days: Vec<u16>,
    /// What wallets hold in all must be above this, in minor units.
    pub above: u64,
    /// Which share of it, in basis points.
    pub share_bps: u32,
    /// The law.
    pub source: String,
}

/// One limit on what wallets pay.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name: no two share one.
    pub id: String,
    /// ISO 4217, of the wallets it is for.
    pub currency: String,
    /// Words of the classes it is for.
    pub classes: Vec<String>,
    /// `everywhere`, `inside` or `across`.
    pub reach: String,
    /// `payment`, `day`, `month`, `year` or `static_day`.
    pub window: String,
    /// The most, in minor units.
    pub most: u64,
    /// The law or contract it comes from.
    pub source: String,
    /// Where in it.
    pub section: String,
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
