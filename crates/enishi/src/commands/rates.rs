//! `enishi rates import`: the European Central Bank's CSV into the cells of a configuration.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kernel::Currency;
use market::rates::{Day, History};
use serde_json::json;
use server::setup::Founder;

use crate::cli::{Rates, RatesWhat};
use crate::config::Config;
use crate::node::Node;

/// Checks a file and publishes its newest day.
pub fn run(options: &Rates) -> Result<ExitCode> {
    let RatesWhat::Import { file, config, check, json } = &options.what;
    let history = read(file)?;
    let newest = history.latest();
    let waiting = if *check { Vec::new() } else { publish(config, newest)? };
    if *json {
        let rates = newest.per_euro.iter();
        let rates = rates.map(|(code, rate)| (code.clone(), json!(rate.to_string())));
        let rates: serde_json::Map<_, _> = rates.collect();
        println!(
            "{}",
            json!({
                "date": newest.date.to_string(),
                "published": !check && waiting.is_empty(),
                "waiting": waiting,
                "rates": rates,
            })
        );
    } else {
        let did = match (check, waiting.is_empty()) {
            (true, _) => "The newest day is",
            (false, true) => "Published the rates of",
            (false, false) => "Took the rates of",
        };
        println!("{did} {} with {} currencies.", newest.date, newest.per_euro.len());
        for cell in &waiting {
            println!(
                "In cell {cell} they moved further than its terms allow: they wait until a person of \
                 the operator approves them, on the operator's page or at POST /v1/proposals/…/approve."
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<History> {
    let bytes = std::fs::read(file).with_context(|| format!("{} can't be read", file.display()))?;
    market::rates::parse(&bytes).with_context(|| format!("{}", file.display()))
}

/// The cells in which the rates wait for a second person.
fn publish(config: &Path, day: &Day) -> Result<Vec<String>> {
    if !day.per_euro.iter().any(|(code, _)| code.parse::<Currency>().is_ok()) {
        bail!("the newest day has no rate of a currency that is known");
    }
    let config = Config::read(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let node = Node::open(&config, runtime.handle())?;
    let mut waiting = Vec::new();
    for place in &node.places {
        if !runtime.block_on(Founder::new(&place.handle).publish_rates(day))? {
            waiting.push(place.config.name.clone());
        }
    }
    node.stop();
    Ok(waiting)
}
