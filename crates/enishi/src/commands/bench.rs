//! `enishi bench`: what this machine does.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::cli::{Bench, BenchRun, BenchWhat};

/// Measures and prints.
pub fn run(options: &Bench) -> Result<ExitCode> {
    let (BenchWhat::Ledger(run)
    | BenchWhat::Pay(run)
    | BenchWhat::Http(run)
    | BenchWhat::Payout(run)
    | BenchWhat::Codes(run)
    | BenchWhat::Statement(run)
    | BenchWhat::Authorize(run)
    | BenchWhat::Partner(run)
    | BenchWhat::Replay(run)
    | BenchWhat::Memory(run)) = &options.what;
    let bar = progress(run);
    let say = |what: &str| bar.set_message(what.to_owned());
    let report = match &options.what {
        BenchWhat::Ledger(run) => {
            let mut options = bench::LedgerOptions { runs: run.runs, ..Default::default() };
            options.transfers = run.count.unwrap_or(options.transfers);
            bench::ledger(&options, say)?
        }
        BenchWhat::Pay(run) => {
            let mut options = bench::PayOptions { runs: run.runs, ..Default::default() };
            options.payments = run.count.unwrap_or(options.payments);
            bench::pay(&options, say)?
        }
        BenchWhat::Http(run) => super::bench_http::measure(run, say)?,
        BenchWhat::Payout(run) => super::bench_payout::measure(run, say)?,
        BenchWhat::Statement(run) => super::bench_statement::measure(run, say)?,
        BenchWhat::Authorize(run) => super::bench_authorize::measure(run, say)?,
        BenchWhat::Codes(run) => {
            let mut options = bench::CodesOptions { runs: run.runs, ..Default::default() };
            options.codes = run.count.unwrap_or(options.codes);
            bench::codes(&options, say)?
        }
        BenchWhat::Partner(run) => {
            let mut options = bench::PartnerOptions { runs: run.runs, ..Default::default() };
            options.requests = run.count.unwrap_or(options.requests);
            bench::partner(&options, say)?
        }
        BenchWhat::Replay(run) => {
            let mut options = bench::ReplayOptions { runs: run.runs, ..Default::default() };
            options.transfers = run.count.unwrap_or(options.transfers);
            bench::replay(&options, say)?
        }
        BenchWhat::Memory(run) => {
            let count = u32::try_from(run.count.unwrap_or(1_000_000))?;
            let mut report = bench::memory(count, say)?;
            bar.set_message("the idle demo");
            super::demo::measure_idle(&mut report)?;
            report
        }
    };
    bar.finish_and_clear();
    print(&report, run.json);
    Ok(ExitCode::SUCCESS)
}

fn progress(run: &BenchRun) -> ProgressBar {
    if run.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn print(report: &Value, json: bool) {
    if json {
        println!("{report}");
        return;
    }
    for (key, value) in report.as_object().into_iter().flatten() {
        println!("{key:<28} {value}");
    }
}
