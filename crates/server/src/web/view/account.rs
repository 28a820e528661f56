//! A shop's bank account.

use super::{AccountLine, Chrome, Problem, Zone};
use crate::payee::Kind;
use crate::sign_up::{Fields, Wrong};

/// Where a shop is paid, and the form that changes it.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Path of the till.
    pub base: String,
    /// When it is shown, in microseconds.
    pub now: i64,
    /// The shop's clock.
    pub zone: Zone,
    /// The account as it is.
    pub account: AccountNow,
    /// The idempotency key of the form.
    pub key: String,
    /// The number of the account that the form replaces.
    pub replaces: u32,
    /// What was typed; of the sign-up's fields those of the account.
    pub fields: Fields,
    /// The kind that was chosen.
    pub kind: Kind,
    /// What is to be mended.
    pub wrong: Vec<Wrong>,
    /// Whether the form was sent.
    pub sent: bool,
    /// What was typed and is to be looked at, in place of the form.
    pub sure: Option<AccountSure>,
    /// Why it was not done.
    pub problem: Option<Problem>,
    /// Whether it was done a moment ago.
    pub done: bool,
}

/// The account as it is.
#[derive(Clone, Debug)]
pub struct AccountNow {
    /// Where the money goes.
    pub account: Option<AccountLine>,
    /// Why there is none to pay to.
    pub missing: Option<Missing>,
    /// When it was set, in microseconds, where that is known.
    pub set: Option<i64>,
    /// Staff have not looked at it yet.
    pub new: bool,
    /// Staff paused the shop.
    pub paused: bool,
}

/// An account that was typed, whole, for whoever typed it.
#[derive(Clone, Debug)]
pub struct AccountSure {
    /// Bank, branch and kind.
    pub account: AccountLine,
    /// All seven digits.
    pub number: String,
    /// The holder as the bank is sent it.
    pub holder: String,
    /// Whether it is done with a passkey's signature only.
    pub signs: bool,
}

/// Why there is no account to pay to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// None was ever given.
    Never,
    /// The one that was set last did not reach the vault.
    Lost,
    /// Its bank or branch is there no more.
    Unfit,
}
