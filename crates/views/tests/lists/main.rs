//! What the lists say of a small market, and that they say the same when they are built anew.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod figures;
#[path = "../../../audit/tests/given/mod.rs"]
mod given;
mod insight;
mod payments;
mod payouts;
mod rebuild;
mod rest;
mod search;

use given::Cell;
use tempfile::TempDir;
use views::Views;

/// Views of a cell up to its end, and the folder they live in.
fn views_of(cell: &Cell) -> (TempDir, Views) {
    let folder = tempfile::tempdir().unwrap();
    let views = Views::open(&folder.path().join("views.db"), cell.name).unwrap();
    let position = views.catch_up(cell.reader().as_mut()).unwrap();
    assert_eq!(position, cell.position());
    (folder, views)
}
