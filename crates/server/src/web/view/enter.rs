//! The door.

use kernel::Role;

use super::{Chrome, Problem};

/// The page on which a sign-in code is typed.
#[derive(Clone, Debug)]
pub struct EnterPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// What was typed and did not open.
    pub typed: String,
    /// Why it did not.
    pub problem: Option<Problem>,
    /// Whether browsers have passkeys at this address.
    pub passkeys: bool,
    /// The first page of whoever is signed in on this device.
    pub kept: Option<&'static str>,
}

/// The page of a secret link: what it opens, and the button that does.
#[derive(Clone, Debug)]
pub struct OpenPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Where the button posts to.
    pub action: String,
    /// What the code acts as.
    pub role: Role,
    /// The cell that knows it.
    pub cell: String,
}
