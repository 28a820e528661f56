//! The sample market: invented shops and people, and the terms they trade on.

use serde::Deserialize;

/// What the demo opens an empty folder with. Amounts are in minor units of their currency.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What merchants and visitors are charged.
    pub terms: Terms,
    /// What the visitors' side keeps with the shops' side.
    pub nostro: Nostro,
    /// The shops, all over Japan; the first is the one on the first page.
    #[serde(rename = "shop")]
    pub shops: Vec<Shop>,
    /// People with a yuan wallet; the first is the one on the first page.
    #[serde(rename = "visitor")]
    pub visitors: Vec<Person>,
    /// People with a yen wallet.
    #[serde(rename = "resident")]
    pub residents: Vec<Person>,
}

/// The charges, in basis points: hundredths of a per cent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What a merchant pays of each sale.
    pub merchant_fee_bps: u32,
    /// What a visitor pays above the mid rate.
    pub spread_bps: u32,
}

/// The prefunded account of the one side with the other.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Nostro {
    /// ISO 4217.
    pub currency: String,
    /// What is there when the market opens.
    pub opening_minor: u64,
    /// Below this the operator is warned.
    pub warning_minor: u64,
    /// Below this nothing new crosses.
    pub floor_minor: u64,
}

/// A merchant with one store.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Its name for programs: `yamaboshi-soba`; no two shops or people share one.
    pub handle: String,
    /// Its name over the door, and what it is called in the other languages.
    pub name: Names,
    /// Its trade, by its word: `airport_shop`.
    pub category: String,
    /// ISO 3166-2, one of [`prefectures::ALL`](crate::prefectures::ALL).
    pub prefecture: String,
    /// The city or town.
    pub city: Names,
    /// How many tills it has; at least one.
    pub tills: u8,
    /// What one purchase there comes to.
    pub spends_minor: Range,
    /// How often a simulated visitor goes there, against the others; at least 1.
    pub weight: u32,
}

/// A person with a wallet.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name for programs: `li-wei`; no two shops or people share one.
    pub handle: String,
    /// As the person writes it: `李伟`. Personal data: it belongs in the vault.
    pub name: String,
    /// In Latin letters, family name first unless English: `Li Wei`. Personal data, too.
    pub name_latin: String,
    /// BCP 47: `zh-CN`, `ja` or `en`.
    pub language: String,
    /// ISO 4217, of the wallet.
    pub currency: String,
    /// What is in the wallet when the market opens.
    pub balance_minor: u64,
}

/// One thing's name in three languages.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Japanese.
    pub ja: String,
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Both ends belong to it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The smallest.
    pub least: u64,
    /// The largest.
    pub most: u64,
}

/// The sample market that ships.
pub fn load() -> Sample {
    toml::from_str(include_str!("../data/sample.toml"))
        .expect("the sample that ships is valid: a test of this crate loads it")
}
