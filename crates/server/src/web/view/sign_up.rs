//! The pages of a shop's sign-up.

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
