//! Checks of the house that clippy does not know.
fn main() {}
