//! What the counterpart does, asked over the wire as a merchant asks.
#![allow(clippy::unwrap_used)]

mod abroad;
mod caller;
mod certificates;
mod desk;
mod faults;
mod native;
mod notices;
mod payer_code;
mod receiver;
mod refunds;
