//! The staff of a shop, the people of an operator.

use economy::people::Duty;

use super::{Chrome, Problem, Zone};

/// A member.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Names them in the form.
    pub person: String,
    /// Their name; none once it was forgotten.
    pub name: Option<String>,
    /// What they are there for.
    pub duty: Duty,
    /// Since when, in microseconds.
    pub since: i64,
    /// Until when, if it is over.
    pub ended: Option<i64>,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// When one of them signed last.
    pub used: Option<i64>,
    /// Whether the one who looks may change it.
    pub leads: bool,
    /// Whether it is the one who looks.
    pub own: bool,
}

/// Somebody who was just invited: shown this once.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Who.
    pub name: String,
    /// The code that opens once.
    pub code: String,
    /// The same as a link.
    pub link: String,
}

/// The page.
#[derive(Clone, Debug)]
pub struct StaffPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The window.
    pub base: String,
    /// Whether it is a shop's, else an operator's.
    pub shop: bool,
    /// The members, those who are there first.
    pub members: Vec<MemberRow>,
    /// The duties that may be given.
    pub duties: Vec<Duty>,
    /// This moment, in microseconds.
    pub now: i64,
    /// The clock of the cell.
    pub zone: Zone,
    /// The id of who is added next: a form sent twice adds one.
    pub key: String,
    /// The name that was typed and not taken.
    pub typed: String,
    /// Who was just invited.
    pub invited: Option<Invited>,
    /// Whether something was just done.
    pub done: bool,
    /// Why something was not.
    pub problem: Option<Problem>,
}
