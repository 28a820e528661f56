//! What `enishi bench statement` measures: a bank's statement of a night's transfers, one entry
//! each, from its bytes to lines that are matched and durable.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use iso20022::{
    AccountId, Balance, BankCode, Detail, Entry, StatementHead, StatementVersion, StatementWriter,
    Text,
};
use jiff::civil::Date;
use kernel::{Actor, Currency, Money, Role};
use pay::BankFileView;
use serde_json::{Value, json};
use server::banking::{Format, end_to_end, take_in};

use super::bench_payout::{Market, SHOPS, one_night, open};
use crate::cli::BenchRun;

/// Measures how long statements take.
pub fn measure(run: &BenchRun, mut say: impl FnMut(&str)) -> Result<Value> {
    let machine = bench::machine();
    let shops = run.count.map_or(Ok(SHOPS), usize::try_from)?.max(1);
    let folder = tempfile::tempdir()?;
    let (config, runtime, node) = open(folder.path())?;
    say(&format!("a market of {shops} shops"));
    let market = runtime.block_on(Market::open(node.place("jp")?, shops))?;
    let operator = Actor::of(0, Role::Operator);
    let (mut taken, mut bytes, mut balance) = (Vec::new(), 0, 1 << 45);
    for number in 1..=run.runs.max(1) {
        say(&format!("statement {number} of {}", run.runs));
        runtime.block_on(market.sells(number))?;
        let files = one_night(&node, &config, shops)?.views;
        let place = node.place("jp")?;
        let mut transfers = Vec::new();
        for file in &files {
            transfers.push(runtime.block_on(market.transfers(file))?);
        }
        let statement = statement(number, &mut balance, &transfers)?;
        bytes = statement.len();
        let began = Instant::now();
        let read = take_in(("jp", &place.handle), operator, statement, Format::Camt);
        let read = runtime.block_on(read).map_err(|problem| anyhow!("{}", problem.detail))?;
        taken.push(began.elapsed());
        let lines: u32 = read.iter().map(|it| it.lines).sum();
        let open: u32 = read.iter().map(|it| it.open).sum();
        ensure!((lines as usize, open) == (shops, 0), "{lines} lines, {open} not matched");
    }
    node.stop();
    let all: Duration = taken.iter().sum();
    taken.sort_unstable();
    let median = taken[taken.len() / 2].as_secs_f64();
    Ok(json!({
        "statement_s": median,
        "entries_per_second": (shops as f64 / median) as u64,
        "million_s": all.as_secs_f64() / (shops * taken.len()) as f64 * 1e6,
        "fastest_s": taken.first().map(Duration::as_secs_f64),
        "slowest_s": taken.last().map(Duration::as_secs_f64),
        "entries": shops,
        "bytes": bytes,
        "runs": taken.len(),
        "machine": machine.name,
        "other_load": machine.other_load,
    }))
}

/// The statement of some files, whose transfers the bank booked one by one.
fn statement(
    number: usize,
    balance: &mut i128,
    files: &[(BankFileView, Vec<u64>)],
) -> Result<Vec<u8>> {
    let fits = |text: &str| Text::try_new(text).map_err(|_| anyhow!("{text} does not fit"));
    // A bank's statement of one day follows that of the day before.
    let first = jiff::civil::date(2026, 1, 1);
    let day: Date = first.checked_add(jiff::Span::new().days(i64::try_from(number)?))?;
    let total: u64 = files.iter().flat_map(|(_, amounts)| amounts).sum();
    let opening = *balance;
    *balance -= i128::from(total);
    let head = StatementHead {
        id: fits(&format!("S{number}"))?,
        account: AccountId::Other(Text::try_new("7654321").map_err(|_| anyhow!("the account"))?),
        currency: Currency::JPY,
        opening: Balance { minor: opening, day },
        closing: Balance { minor: *balance, day },
    };
    let (version, created) = (StatementVersion::V09, day.at(5, 0, 0, 0));
    let mut writer = StatementWriter::begin(version, created, &head, Vec::new())?;
    let mut ordinal = 0;
    for (file, amounts) in files {
        for (place, amount) in amounts.iter().enumerate() {
            ordinal += 1;
            let named = Some(end_to_end(file.file, place));
            writer.entry(&Entry {
                ordinal,
                amount: Money::new(*amount, Currency::JPY),
                is_credit: false,
                is_reversal: false,
                is_booked: true,
                booked_on: Some(day),
                value_on: Some(day),
                reference: Some(fits(&format!("R{number}-{ordinal}"))?),
                code: BankCode::default(),
                details: vec![Detail { end_to_end: named, ..Detail::default() }],
                info: None,
            })?;
        }
    }
    Ok(writer.finish()?)
}
