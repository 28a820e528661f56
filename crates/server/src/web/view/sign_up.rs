//! The pages of a shop's sign-up and of its poster.

use super::{Chrome, Problem, Unit};
use crate::sign_up::{Fields, Wrong};

/// The form.
#[derive(Clone, Debug)]
pub struct SignUpPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Names this form.
    pub ticket: String,
    /// What was typed so far.
    pub fields: Fields,
    /// What is to be mended; nothing before it was sent.
    pub wrong: Vec<Wrong>,
    /// Whether it was sent before.
    pub sent: bool,
    /// Why it was not done, besides.
    pub problem: Option<Problem>,
    /// The fee of each payment, in basis points.
    pub fee_bps: u32,
    /// What the shop is paid in.
    pub unit: Unit,
}

/// A shop that was opened.
#[derive(Clone, Debug)]
pub struct ShopOpenPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Its name.
    pub name: String,
    /// The sign-in code; none when it was shown long ago.
    pub code: Option<String>,
    /// The number on its poster.
    pub number: Option<String>,
    /// Whether another shop has its bank account.
    pub account_shared: bool,
    /// The path of its poster.
    pub poster: String,
    /// The path of its till.
    pub till: String,
}

/// A store's poster.
#[derive(Clone, Debug)]
pub struct PosterPage {
    /// The language of the page around it; the poster itself has three.
    pub lang: super::Lang,
    /// Its path.
    pub path: String,
    /// The shop's own name, and its language.
    pub name: super::Foreign,
    /// The name in Latin letters.
    pub latin_name: Option<String>,
    /// Its city.
    pub city: String,
    /// The picture of its code, an SVG.
    pub code: String,
    /// Its number, in groups; its id where it has none.
    pub number: String,
    /// Whether it takes payments.
    pub open: bool,
}
