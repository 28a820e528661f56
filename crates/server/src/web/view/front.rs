//! The pages of a server that is no demo.

use super::{Chrome, Problem, Shore, Unit};

/// The first page: what runs here, and where a program, an operator and a watcher go on.
#[derive(Clone, Debug)]
pub struct FrontPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The cells of this process.
    pub cells: Vec<FrontCell>,
    /// Whether shops can sign up here.
    pub sign_up: bool,
    /// A first request that works once a key stands in it.
    pub curl: String,
}

/// A cell, as far as everybody may know it.
#[derive(Clone, Debug)]
pub struct FrontCell {
    /// Its short name.
    pub name: String,
    /// The currency it is named by.
    pub unit: Unit,
    /// Which side it is on.
    pub shore: Shore,
    /// Whether it decides now.
    pub ready: bool,
}

/// The door of the audit page: it asks for an operator's key.
#[derive(Clone, Debug)]
pub struct AuditDoor {
    /// What stands around it.
    pub chrome: Chrome,
    /// Why the last key did not open it.
    pub problem: Option<Problem>,
}
