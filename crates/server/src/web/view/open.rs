//! A wallet is opened on the phone.

use super::{Chrome, Problem, Unit};

/// A cell in which one can have a wallet.
#[derive(Clone, Debug)]
pub struct OpeningChoice {
    /// Its short name.
    pub cell: String,
    /// What its wallets hold.
    pub unit: Unit,
}

/// The form.
#[derive(Clone, Debug)]
pub struct OpeningPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The name as typed.
    pub name: String,
    /// The cell that was chosen.
    pub chosen: String,
    /// The cells there are.
    pub choices: Vec<OpeningChoice>,
    /// The idempotency key: a double tap opens one wallet.
    pub key: String,
    /// Why none was opened.
    pub problem: Option<Problem>,
    /// By whose link the browser came.
    pub brought: Option<BroughtBy>,
}

/// Who brought somebody, and what it gets.
#[derive(Clone, Debug)]
pub struct BroughtBy {
    /// Its public name.
    pub name: String,
    /// Its share of our fee, in basis points.
    pub share_bp: u32,
    /// For how many days.
    pub days: u16,
}

/// The wallet is open: its code, shown this once.
#[derive(Clone, Debug)]
pub struct OpenedPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The sign-in code.
    pub code: String,
    /// The same as a link for another device.
    pub link: String,
}
