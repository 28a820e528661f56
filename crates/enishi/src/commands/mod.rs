//! One file for each command.

pub mod audit;
pub mod bench;
mod bench_authorize;
mod bench_http;
mod bench_payout;
mod bench_statement;
pub mod corridor;
pub mod demo;
pub mod init;
pub mod partner;
pub mod qr;
pub mod rates;
pub mod report;
pub mod serve;
pub mod settlement;
pub mod simulate;
mod visitors;
