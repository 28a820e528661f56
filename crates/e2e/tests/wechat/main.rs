//! The real program with a wallet of another company: WeChat Pay's counterpart on loopback. Killed in
//! the middle of payments, nothing is taken twice and nothing is guessed; and what a till shows.
//!
//! `ENISHI_KILLS` sets how often it is killed at a moment that nobody chose, `ENISHI_SEED` draws the
//! same again. Pictures stay in `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod killed;
#[allow(dead_code, reason = "the tests of two places use the rest")]
#[path = "../places/place.rs"]
mod place;
mod scene;
mod till;
