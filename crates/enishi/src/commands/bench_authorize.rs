//! What `enishi bench authorize` measures: a request's key to the caller it stands for, as before
//! every operation of the API: read, hashed, found, slowed if need be, held against the table.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use axum::http::Method;
use kernel::Role;
use serde_json::{Value, json};
use server::auth::KeyText;
use server::authorize::typed;
use server::bounds::{Bounds, Rate};
use server::cells::{Cells, SiteConfig, fresh};
use server::edge::Edge;
use server::setup::Founder;

use super::bench_payout::open;
use crate::cli::BenchRun;

const REQUESTS: u64 = 2_000_000;
/// How many people ask in turn: more than a processor's nearest cache holds.
const KEYS: usize = 10_000;
/// What they ask for: an operation in the middle of the table.
const OPERATION: &str = "/v1/payments/{payment}";

/// Measures how many requests a second one thread lets through.
pub fn measure(run: &BenchRun, mut say: impl FnMut(&str)) -> Result<Value> {
    let machine = bench::machine();
    let requests = run.count.unwrap_or(REQUESTS).max(1);
    let folder = tempfile::tempdir()?;
    let (_, runtime, node) = open(folder.path())?;
    say(&format!("{KEYS} keys"));
    let (edge, keys) = runtime.block_on(async {
        let place = node.place("jp")?;
        let founder = Founder::new(&place.handle);
        let mut keys = Vec::with_capacity(KEYS);
        for at in 0..KEYS {
            let (name, key) = (format!("holder {at}"), KeyText::generate("jp"));
            let party = founder.register_party(&name, fresh(), Role::Traveller).await?;
            founder.issue_key(&name, &key, party, Role::Traveller).await?;
            keys.push(key.reveal());
        }
        let site = SiteConfig {
            handle: place.handle.clone(),
            country: place.config.country.clone(),
            language: place.config.language.clone(),
            vault: None,
        };
        let cells = Cells::start(vec![site]).await.map_err(|why| anyhow!("{}", why.detail))?;
        // Every key has its bucket, which none of them empties.
        let per_key = Rate { per_s: 1_000_000, burst: 1_000_000_000 };
        let edge = Edge::over(cells).bounds(Bounds { per_key, ..Bounds::default() }).build();
        anyhow::Ok((edge, keys))
    })?;
    let mut rates = Vec::new();
    for number in 1..=run.runs.max(1) {
        say(&format!("run {number} of {}", run.runs));
        let began = Instant::now();
        let mut let_through = 0_u64;
        for key in keys.iter().cycle().take(usize::try_from(requests)?) {
            let_through += u64::from(typed(&edge, black_box(key), &Method::GET, OPERATION).is_ok());
        }
        let took = began.elapsed().as_secs_f64();
        ensure!(let_through == requests, "{let_through} of {requests} were let through");
        rates.push(requests as f64 / took);
    }
    let wrong = format!("{}x", &keys[0][..keys[0].len() - 1]);
    ensure!(typed(&edge, &wrong, &Method::GET, OPERATION).is_err(), "a wrong key was let through");
    node.stop();
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    Ok(json!({
        "requests_per_second": median as u64,
        "microseconds_each": 1e6 / median,
        "fastest": rates.last().map(|rate| *rate as u64),
        "slowest": rates.first().map(|rate| *rate as u64),
        "keys": KEYS,
        "requests": requests,
        "runs": rates.len(),
        "machine": machine.name,
        "other_load": machine.other_load,
    }))
}
