//! Facts of what hangs in a store.

use kernel::id::Payment;
use kernel::{Id, Timestamp};

use super::Author;
use crate::state::{Acceptance, Place};

facts! {
    /// By which ids other networks know a store, from a moment on.
    AcceptanceSet {
        0 /// The store's number.
        store: u32,
        1 /// From when.
        from: Timestamp,
        2 /// All of them.
        acceptance: Acceptance,
        3 /// Who said so.
        by: Author,
    }
    /// Places of a store got codes, or lost them.
    PlacesSet {
        0 /// The store's number.
        store: u32,
        1 /// Places with a code from now on.
        set: Vec<Place>,
        2 /// Numbers of places whose codes are withdrawn.
        ended: Vec<u16>,
        3 /// Who said so.
        by: Author,
    }
    /// A sale was paid at a place of its store, by the code that hangs there.
    SalePlaced {
        0 /// Which payment.
        payment: Id<Payment>,
        1 /// The store's number.
        store: u32,
        2 /// The place as it was then.
        place: Place,
    }
}
