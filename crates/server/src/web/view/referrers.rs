//! What referrers have of what they brought: their own page, and the operator's list of them.

use super::{Amount, Chrome, Problem, Unit, Zone};

/// A referrer's own page.
#[derive(Clone, Debug)]
pub struct BroughtPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The path of its window.
    pub base: String,
    /// Whether its window begins with a till, and not here.
    pub has_store: bool,
    /// Its merchants that bring visitors.
    pub referrers: Vec<ReferrerCard>,
    /// Whether lists can't be read now.
    pub stale: bool,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
}

/// One referrer.
#[derive(Clone, Debug)]
pub struct ReferrerCard {
    /// Its merchant.
    pub merchant: String,
    /// Its public name.
    pub name: String,
    /// In which it is paid.
    pub unit: Unit,
    /// Its terms that hold now; none before the first.
    pub now: Option<ReferrerTermsCard>,
    /// Those that hold next.
    pub next: Option<ReferrerTermsCard>,
    /// Its links: the page that each opens, and the whole address.
    pub links: Vec<(String, String)>,
    /// How many wallets it brought whose payments count now.
    pub wallets: u64,
    /// In all: payments, what the cell earned, what the referrer kept of it.
    pub sum: (u64, Amount, Amount),
    /// By month, the newest first.
    pub months: Vec<BroughtRow>,
    /// By day, the newest first.
    pub days: Vec<BroughtRow>,
}

/// Terms of a referrer.
#[derive(Clone, Debug)]
pub struct ReferrerTermsCard {
    /// From when.
    pub from: i64,
    /// What its links call it.
    pub word: String,
    /// Its share of fee and spread, in basis points.
    pub share_bp: u32,
    /// For how many days after it brought a wallet.
    pub days: u16,
    /// Whether nobody else's link takes a wallet meanwhile.
    pub keeps: bool,
    /// The contract.
    pub source: String,
}

/// What a referrer has of a day or a month.
#[derive(Clone, Copy, Debug)]
pub struct BroughtRow {
    /// Its first day.
    pub first: jiff::civil::Date,
    /// Payments.
    pub payments: u64,
    /// What the cell earned on payments.
    pub earned: Amount,
    /// What the referrer got of it.
    pub given: Amount,
    /// What it gave back with refunds.
    pub returned: Amount,
}

/// The operator's list of referrers.
#[derive(Clone, Debug)]
pub struct ReferrersPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The cell that is looked at.
    pub cell: String,
    /// All cells that may be looked at.
    pub cells: Vec<String>,
    /// Whether who looks may set terms.
    pub may_set: bool,
    /// All referrers.
    pub referrers: Vec<ReferrerCard>,
    /// The key of its form.
    pub key: String,
    /// What the form before did: `set`, or `waits` for a second person.
    pub done: Option<&'static str>,
    /// Why the form before did nothing, and what was typed.
    pub wrong: Option<(Problem, ReferrerTyped)>,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
}

/// The fields of the form of terms, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct ReferrerTyped {
    /// The merchant's id.
    pub merchant: String,
    /// What its links call it.
    pub word: String,
    /// Its share in percent.
    pub share: String,
    /// For how many days.
    pub days: String,
    /// Whether nobody else's link takes a wallet meanwhile.
    pub keeps: bool,
    /// From which day; now when empty.
    pub from: String,
    /// The beginnings of paths that its links may open, a line each.
    pub opens: String,
    /// The contract.
    pub source: String,
}
