//! A person's devices.

use super::{Chrome, Problem, Zone};

/// A passkey.
#[derive(Clone, Debug)]
pub struct PasskeyRow {
    /// Names it in the form.
    pub id: String,
    /// What its holder calls it.
    pub label: Option<String>,
    /// Since when, in microseconds.
    pub since: i64,
    /// When it signed last.
    pub used: i64,
}

/// Where the person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Names it in the form.
    pub id: String,
    /// Since when, in microseconds.
    pub since: i64,
    /// When it ends by itself.
    pub expires: i64,
    /// Whether it is the one that looks at the page.
    pub this: bool,
}

/// A sign-in code.
#[derive(Clone, Debug)]
pub struct CodeRow {
    /// Names it in the form.
    pub id: String,
    /// When it was made, in microseconds.
    pub since: Option<i64>,
    /// Whether it opens once.
    pub once: bool,
    /// Whether the page was opened with it.
    pub this: bool,
}

/// The page.
#[derive(Clone, Debug)]
pub struct DevicesPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The person's first page.
    pub home: &'static str,
    /// Whether browsers have passkeys at this address.
    pub can_add: bool,
    /// This moment, in microseconds.
    pub now: i64,
    /// The clock of the cell.
    pub zone: Zone,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Where the person is signed in.
    pub sessions: Vec<SessionRow>,
    /// The codes that open.
    pub codes: Vec<CodeRow>,
    /// Whether the person has just come in with an invitation.
    pub new: bool,
    /// Whether something was just done.
    pub done: bool,
    /// Why something was not.
    pub problem: Option<Problem>,
}
