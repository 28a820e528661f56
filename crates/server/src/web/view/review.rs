//! The page on which staff look at shops.

use super::{Amount, Chrome, Problem, Zone};
use crate::api::operator::reviews::ToReview;

/// Shops that wait, or that were paused.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// What stands around it.
    pub chrome: Chrome,
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
    /// Where the list goes on.
    pub next: Option<u32>,
}

/// A shop.
#[derive(Clone, Debug)]
pub struct ReviewCard {
    /// What the API tells of it.
    pub row: ToReview,
    /// Since when.
    pub since: i64,
    /// The language of its own name.
    pub own: &'static str,
    /// What it took and was not paid yet.
    pub balance: Amount,
}
