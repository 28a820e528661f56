//! The page on which staff decide: changes of terms, and payments that a rule sent to them.

use super::{Amount, Chrome, Foreign, Problem, Zone};
use crate::api::operator::proposals::Value;

/// What waits for a second person, and what waits for the staff.
#[derive(Clone, Debug)]
pub struct DecidePage {
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
    /// What the form before did: `agreed`, `turned-down`, `released` or `rejected`.
    pub done: Option<&'static str>,
    /// The key of this page's forms.
    pub key: String,
    /// The id of what was not decided about, and why.
    pub wrong: Option<(String, Problem)>,
    /// The oldest first.
    pub proposals: Vec<ProposalCard>,
    /// The newest first.
    pub decided: Vec<ProposalCard>,
    /// The oldest first.
    pub cases: Vec<CaseCard>,
}

/// Who proposed or decided something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decider {
    /// Whoever looks.
    You,
    /// A person, by name; by number once the name is forgotten.
    Named(String),
    /// Whoever founded the cell, at its own machine.
    Founder,
}

/// A change of terms.
#[derive(Clone, Debug)]
pub struct ProposalCard {
    /// Which.
    pub id: String,
    /// What is to change, as the API says it.
    pub change: &'static str,
    /// From when it is to hold.
    pub from: Option<i64>,
    /// Why, in the author's words.
    pub note: String,
    /// Old and new side by side.
    pub values: Vec<Value>,
    /// Who proposed it.
    pub by: Decider,
    /// When.
    pub since: i64,
    /// Who decided, when, and why not, if so.
    pub decided: Option<(Decider, i64, Option<String>)>,
}

/// A payment that a rule sent to the staff.
#[derive(Clone, Debug)]
pub struct CaseCard {
    /// The payment.
    pub payment: String,
    /// `waiting`, `released`, `rejected` or `used`.
    pub state: &'static str,
    /// The rule.
    pub rule: String,
    /// The wallet that would pay.
    pub wallet: Option<String>,
    /// The store's name; its id while it can't be asked.
    pub store: Foreign,
    /// What would be paid.
    pub amount: Amount,
    /// Since when it waits.
    pub since: i64,
    /// Until when it waits, or may be paid.
    pub until: i64,
    /// Why it was turned down.
    pub reason: Option<String>,
}
