//! The page of figures over months.

use super::{Chrome, Problem};
use crate::insight::Shown;

/// The page.
#[derive(Clone, Debug)]
pub struct InsightPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The path of the operator's window.
    pub base: String,
    /// What is shown.
    pub shown: Shown,
    /// Why something else than what was asked for is shown.
    pub problem: Option<Problem>,
}
