//! `enishi rates import`: the European Central Bank's CSV into the cells of a configuration.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kernel::{Currency, Decimal};
use market::rates::{Day, History, SOURCE};
use serde_json::json;

use crate::cli::{Rates, RatesWhat};
use crate::config::Config;
use crate::node::{Node, do_pay};

/// Checks a file and publishes its newest day.
pub fn run(options: &Rates) -> Result<ExitCode> {
    let RatesWhat::Import { file, config, check, json } = &options.what;
    let history = read(file)?;
    let newest = history.latest();
    if !check {
        publish(config, newest)?;
    }
    if *json {
        let rates = newest.per_euro.iter();
        let rates = rates.map(|(code, rate)| (code.clone(), json!(rate.to_string())));
        let rates: serde_json::Map<_, _> = rates.collect();
        println!(
            "{}",
            json!({ "date": newest.date.to_string(), "published": !check, "rates": rates })
        );
    } else {
        let did = if *check { "The newest day is" } else { "Published the rates of" };
        println!("{did} {} with {} currencies.", newest.date, newest.per_euro.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<History> {
    let bytes = std::fs::read(file).with_context(|| format!("{} can't be read", file.display()))?;
    market::rates::parse(&bytes).with_context(|| format!("{}", file.display()))
}

fn publish(config: &Path, day: &Day) -> Result<()> {
    let config = Config::read(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let node = Node::open(&config, runtime.handle())?;
    let command = command(day)?;
    for place in &node.places {
        do_pay(&place.handle, command.clone())?;
    }
    node.stop();
    Ok(())
}

/// The command that publishes a day of the European Central Bank.
pub fn command(day: &Day) -> Result<pay::command::PublishRates> {
    let date = u32::from(day.date.year()) * 10_000
        + u32::from(day.date.month()) * 100
        + u32::from(day.date.day());
    let mut rates = vec![(Currency::EUR, Decimal { digits: 1, scale: 0 })];
    for (code, rate) in &day.per_euro {
        // Currencies of the past stand in the history; only those of today can be booked.
        if let Ok(currency) = code.parse::<Currency>() {
            rates.push((currency, Decimal { digits: rate.digits, scale: rate.scale }));
        }
    }
    if rates.len() < 2 {
        bail!("the newest day has no rate of a currency that is known");
    }
    Ok(pay::command::PublishRates { date, source: SOURCE.to_owned(), rates })
}
