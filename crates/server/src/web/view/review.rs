//! The page on which staff look at shops.

use super::{Amount, Chrome, Problem, Zone};
use crate::api::operator::reviews::ToReview;

/// Shops that wait or were paused, or approved ones.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Which shops.
    pub of: pay::Shops,
    /// The operator's path.
    pub base: String,
    /// The cell.
    pub cell: String,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// What the form before did: `approved`, `paused`.
    pub done: Option<&'static str>,
    /// The key of this page's forms.
    pub key: String,
    /// The shop that was not decided about, and why.
    pub wrong: Option<(String, Problem)>,
    /// The oldest first.
    pub rows: Vec<ReviewCard>,
    /// What else the address of the next page says.
    pub rest: String,
    /// Where the list goes on.
    pub next: Option<u32>,
}

/// A shop.
#[derive(Clone, Debug)]
pub struct ReviewCard {
    /// What the API tells of it.
    pub row: ToReview,
    /// Since when; none for a shop that was never reviewed, as the operator made it.
    pub since: Option<i64>,
    /// The language of its own name.
    pub own: &'static str,
    /// What it took and was not paid yet.
    pub balance: Amount,
    /// How many payments it took since its last bank file, and what they came to.
    pub sold: Option<(u64, Amount)>,
}
