//! What Enishi brings along: reference data and the sample market, parsed and checked.
//!
//! Four things that have nothing to do with one another but that they are data: the euro reference
//! rates of the European Central Bank ([`rates`], and a parser for the bank's own files), the 47
//! prefectures of Japan ([`prefectures`]), the terms that a new cell begins with ([`terms`]), and the
//! invented shops and people that a demo opens with ([`sample`]). Where each comes from and on what terms is written in `data/README.md`.
//!
//! ```
//! let history = market::rates::shipped();
//! let day = history.latest();
//! assert_eq!(day.date.to_string(), "2026-10-30");
//! assert_eq!(day.rate("JPY").map(|rate| rate.to_string()).as_deref(), Some("175.68"));
//!
//! let shop = &market::sample::load().shops[0];
//! let prefecture = market::prefectures::by_iso(&shop.prefecture);
//! assert_eq!(prefecture.map(|found| found.name_ja), Some("岐阜県"));
//! ```
//!
//! **Invariants**
//! - A rate is the digits that were published, never a floating-point number; `175.68` is printed as
//!   `175.68` and `2.0` as `2.0`.
//! - A file of rates is taken whole or refused with line and column; a cut-off file is refused.
//! - A history has at least one day, one entry a day, the newest first; no rate in it is zero.
//! - What ships loads: a test reads every file, and checks that the sample fits together.
//!
//! **Absent**: opens no file and knows no network: bytes come in. Knows nothing of cells, ledgers or
//! money; whoever uses it turns plain numbers and words into types of their own. Decides nothing: a
//! rate counts only once an operator has put it in force.

pub mod prefectures;
pub mod rates;
pub mod reported;
pub mod sample;
pub mod terms;
