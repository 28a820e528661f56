//! What hangs in a store.

use kernel::id::Store;
use kernel::{Ref, Timestamp};

use crate::state::Acceptance;

/// Sets from a moment on by which ids other networks know a store.
#[derive(Clone, Debug)]
pub struct SetAcceptance {
    /// Which store.
    pub store: Ref<Store>,
    /// From when they hold.
    pub from: Timestamp,
    /// All of them; an empty list ends what was.
    pub acceptance: Acceptance,
}

/// Gives places of a store codes of their own, and withdraws others.
#[derive(Clone, Debug)]
pub struct SetPlaces {
    /// Which store.
    pub store: Ref<Store>,
    /// Places that there are to be. One that is there with the same words stays as it is; one of
    /// the same label with other words takes its place, under a new number.
    pub set: Vec<PlaceWords>,
    /// Labels of places whose codes are withdrawn.
    pub end: Vec<String>,
}

/// What a place's code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceWords {
    /// What the shop calls it, up to 25 characters.
    pub label: String,
    /// What is due there, in minor units; the payer types it if none.
    pub amount: Option<u64>,
    /// What the shop's books call it, up to 25 characters.
    pub reference: Option<String>,
}
