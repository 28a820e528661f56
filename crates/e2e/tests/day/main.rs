//! A shop's day, seen from outside: it signs up, hangs its poster, is paid by a visitor and by a
//! resident, gives a part back, and its money is in tonight's file. Once on one demonstration in
//! each language, once with each cell in its own process, every byte between the two written down,
//! once so while either process is killed and started again, and once between two operators who
//! join as partners on their pages.
//!
//! Pictures stay in `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod acts;
mod crossing;
mod killed;
mod one;
mod partners;
#[allow(dead_code, reason = "the other test of two places uses the rest")]
#[path = "../places/place.rs"]
mod place;
mod two;
mod wire;
