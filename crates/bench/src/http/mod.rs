//! Payments over HTTP, asked of a server in another process: as a phone asks for them, with the
//! server's lists kept up to date meanwhile. The one who asks shares the machine's cores.

mod client;
mod events;
mod load;

use std::net::SocketAddr;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::machine::machine;
use crate::world::BenchError;
use load::{Load, Run};

/// A traveller with a key.
#[derive(Clone, Debug)]
pub struct Payer {
    /// The API key.
    pub key: String,
    /// The wallet's public id.
    pub wallet: String,
}

/// What is asked, and where.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Who pays, in turn.
    pub payers: Vec<Payer>,
    /// The public ids of the stores that are paid.
    pub stores: Vec<String>,
    /// The store whose till is watched, and its merchant's key.
    pub watched: (String, String),
    /// How long each load is held.
    pub seconds: u64,
}

/// The payments a second that are tried, the least first.
const STEPS: &[u32] = &[
    1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 10_000, 12_000, 15_000, 17_500, 20_000,
    25_000, 30_000,
];
/// A load is carried when so many of a hundred payments ended sooner than [`WITHIN`].
const WITHIN: Duration = Duration::from_millis(50);

/// Raises the load until the 99th percentile of a whole payment passes 50 ms, once with three
/// requests a payment and once with two, and reports the highest that was carried.
///
/// # Errors
/// When the server can't be reached or a payment is not made.
pub fn http(options: &HttpOptions, mut progress: impl FnMut(&str)) -> Result<Value, BenchError> {
    let before = machine();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut asks = 0;
    let mut highest = |waited: bool, say: &mut dyn FnMut(&str)| -> Result<Run, BenchError> {
        let mut best: Option<Run> = None;
        for per_s in STEPS {
            say(&format!("{per_s} payments/s, {} requests each", if waited { 2 } else { 3 }));
            asks += 1;
            let load = Load { options, waited, per_s: *per_s, seed: asks };
            let run = runtime.block_on(load.run())?;
            if ms(&run.whole, 0.99) > WITHIN.as_secs_f64() * 1_000.0 {
                // The first step is reported whatever it came to.
                return Ok(best.unwrap_or(run));
            }
            best = Some(run);
        }
        best.ok_or_else(|| BenchError::NotDone("no load was tried".into()))
    };
    let three = highest(false, &mut progress)?;
    let two = highest(true, &mut progress)?;
    Ok(json!({
        "payments_per_s": three.per_s().round(),
        "payments_per_s_waited": two.per_s().round(),
        "p50_ms": ms(&three.whole, 0.5),
        "p99_ms": ms(&three.whole, 0.99),
        "p99_ms_waited": ms(&two.whole, 0.99),
        "till_green_p99_ms": ms(&three.green, 0.99),
        "view_lag_ms": ms(&three.lag, 0.99),
        "payments": three.whole.len() + two.whole.len(),
        "seconds": options.seconds,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

fn ms(times: &Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1_000.0
}
