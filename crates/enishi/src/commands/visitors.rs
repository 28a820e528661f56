//! Simulated visitors: HTTP clients with ordinary keys. Stop them, and nothing changes but the
//! traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::market_setup::{Demo, Member};

/// How long a visitor thinks before the next purchase, in milliseconds.
const PAUSE_MS: (u64, u64) = (1_200, 4_200);
/// One purchase in so many is partly given back.
const REFUND_ONE_IN: u64 = 12;

/// Visitors that walk about until they are stopped.
pub struct Visitors {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Visitors {
    /// Lets them in. `address` is where the demo serves.
    pub fn start(demo: &Demo, address: &str) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut walk = Walk {
            address: address.to_owned(),
            sample: market::sample::load(),
            // Li Wei's wallet is the reader's own: it moves by the reader's hand alone.
            visitors: demo.visitors.iter().skip(1).cloned().collect(),
            shops: demo.shops.clone(),
            agent: ureq::Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(15)))
                .http_status_as_error(false)
                .build()
                .into(),
            stop: Arc::clone(&stop),
        };
        let thread =
            std::thread::Builder::new().name("visitors".into()).spawn(move || walk.about())?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A visitor that panicked has left; nothing depends on visitors.
            let _left = thread.join();
        }
    }
}

struct Walk {
    address: String,
    sample: market::sample::Sample,
    visitors: Vec<Member>,
    shops: Vec<Member>,
    agent: ureq::Agent,
    stop: Arc<AtomicBool>,
}

impl Walk {
    fn about(&mut self) {
        while !self.stop.load(Relaxed) {
            if let Err(why) = self.buy() {
                // A cell that was stopped for show, a wallet that is empty: the next one goes on.
                tracing::debug!(%why, "a visitor went without");
            }
            let (least, most) = PAUSE_MS;
            std::thread::park_timeout(Duration::from_millis(between(least, most)));
        }
    }

    fn buy(&self) -> Result<()> {
        let visitor = &self.visitors[draw(self.visitors.len() as u64) as usize];
        let (shop, amount) = self.choose();
        let offer = json!({
            "wallet": visitor.wallet,
            "store": shop.store,
            "amount": { "amount": amount, "currency": "JPY" },
        });
        let quote = self.post(&visitor.key, "/v1/quotes", &offer)?;
        let id = quote["id"].as_str().context("a quote without id")?;
        let path = format!("/v1/quotes/{id}/confirm");
        let payment = self.post(&visitor.key, &path, &json!({ "again": true }))?;
        if payment["status"] == "captured" && draw(REFUND_ONE_IN) == 0 {
            let id = payment["id"].as_str().context("a payment without id")?;
            let back = (amount / 3).max(1);
            let part = json!({ "amount": { "amount": back, "currency": "JPY" } });
            self.post(&shop.key, &format!("/v1/payments/{id}/refunds"), &part)?;
        }
        Ok(())
    }

    /// A shop by its weight, and what a purchase there comes to, in tens of yen.
    fn choose(&self) -> (&Member, u64) {
        let total: u64 = self.sample.shops.iter().map(|shop| u64::from(shop.weight)).sum();
        let mut left = draw(total);
        for (sample, member) in self.sample.shops.iter().zip(&self.shops) {
            match left.checked_sub(u64::from(sample.weight)) {
                Some(rest) => left = rest,
                None => {
                    let spends = sample.spends_minor;
                    return (member, (between(spends.least, spends.most) / 10 * 10).max(10));
                }
            }
        }
        (&self.shops[0], self.sample.shops[0].spends_minor.least)
    }

    fn post(&self, key: &str, path: &str, body: &Value) -> Result<Value> {
        let mut response = self
            .agent
            .post(format!("{}{path}", self.address))
            .header("Authorization", format!("Bearer {key}"))
            .header("Idempotency-Key", format!("\"{:032x}\"", random128()))
            .header("Content-Type", "application/json")
            .send(body.to_string())?;
        let text = response.body_mut().read_to_string()?;
        let value: Value = serde_json::from_str(&text).context("an answer that is no JSON")?;
        if !response.status().is_success() {
            bail!("{}", value["code"].as_str().unwrap_or("?"));
        }
        Ok(value)
    }
}

fn random128() -> u128 {
    u128::from_le_bytes(server::cells::random())
}

/// A number below `end`.
fn draw(end: u64) -> u64 {
    (random128() % u128::from(end.max(1))) as u64
}

fn between(least: u64, most: u64) -> u64 {
    least + draw(most.saturating_sub(least) + 1)
}
