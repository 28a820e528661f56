//! Requests of a partner, verified as a server verifies them: signature, digest, clock, nonce, and
//! the body read and its witness computed.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use ed25519_dalek::SigningKey;
use kernel::{Currency, Id, Ref};
use link::keys::PublicKey;
use partner::ask::{Between, Request};
use partner::body::{self, Delivery, Operation};
use partner::chain::Chain;
use partner::message::{Currencies, Flat, Money};
use partner::signature::Params;
use partner::{Head, Verifier};
use serde_json::{Value, json};

use crate::machine::machine;
use crate::world::BenchError;

/// How much is verified.
#[derive(Clone, Debug)]
pub struct PartnerOptions {
    /// Requests of one `authorize` each.
    pub requests: u64,
    /// How often; the median is reported.
    pub runs: usize,
}

impl Default for PartnerOptions {
    fn default() -> Self {
        Self { requests: 50_000, runs: 5 }
    }
}

/// Measures how many requests are verified, by one thread and by all.
///
/// # Errors
/// When one is refused.
pub fn partner(
    options: &PartnerOptions,
    mut progress: impl FnMut(&str),
) -> Result<Value, BenchError> {
    let before = machine();
    progress("signing");
    let key = SigningKey::from_bytes(&[7; 32]);
    let now = 1_793_581_200;
    let requests: Vec<_> = (0..options.requests).map(|at| request(&key, now, at)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runs = options.runs.max(1);
    let mut rates = [Vec::new(), Vec::new()];
    for run in 1..=runs {
        for (rates, threads) in rates.iter_mut().zip([1, threads]) {
            progress(&format!("{threads} thread(s), {run} of {runs}"));
            let verifier = Verifier::of(PublicKey::of("mdr", &key));
            let (next, began) = (AtomicUsize::new(0), Instant::now());
            let verify = || -> Result<(), BenchError> {
                while let Some((head, body)) = requests.get(next.fetch_add(1, Relaxed)) {
                    verified(&verifier, head, body, now).map_err(BenchError::NotDone)?;
                }
                Ok(())
            };
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..threads).map(|_| scope.spawn(verify)).collect();
                all.into_iter().try_for_each(|one| {
                    one.join().map_err(|_| BenchError::NotDone("a thread panicked".to_owned()))?
                })
            })?;
            rates.push(requests.len() as f64 / began.elapsed().as_secs_f64());
        }
    }
    let [one, all] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2].round()
    });
    Ok(json!({
        "requests_per_s": all,
        "requests_per_s_one_thread": one,
        "threads": threads,
        "requests": options.requests,
        "runs": runs,
        "machine": before.name,
        "other_load": before.other_load,
    }))
}

fn request(key: &SigningKey, now: u64, at: u64) -> (Head, Vec<u8>) {
    let message = Flat {
        number: at + 1,
        kind: "authorize".to_owned(),
        payment: Some(Id::<kernel::id::Payment>::new(u128::from(at)).to_string()),
        store: Some(Ref::<kernel::id::Store>::new(2, 7, at).to_string()),
        amount: Some(Money::new(1_200, Currency::JPY)),
        valid_until: Some(now + 60),
        capture: Some("now".to_owned()),
        requested: Some(false),
        payer: Some("17".to_owned()),
        ..Flat::default()
    };
    let body = body::write(&Delivery::of(Chain { number: at, ..Chain::default() }, vec![message]));
    let between = Between { from: "mdr", to: "jp", url: "https://pay.example" };
    let params = Params {
        created: now,
        expires: None,
        keyid: PublicKey::of("mdr", key).id(),
        nonce: at.to_string(),
    };
    let request = Request::signed(key, between, (Operation::Deliver, ""), body, &params);
    let head = Head {
        method: request.method.to_owned(),
        path: Operation::Deliver.path().to_owned(),
        query: "?".to_owned(),
        field: Some(request.field),
        digest: Some(request.digest),
        input: Some(request.signed.input),
        signature: Some(request.signed.signature),
    };
    (head, request.body)
}

fn verified(verifier: &Verifier, head: &Head, body: &[u8], now: u64) -> Result<(), String> {
    let digest = verifier.judge(head, now).map_err(|fault| fault.detail)?;
    if link::signature::digest(body) != digest {
        return Err("the digest differs".to_owned());
    }
    let delivery: Delivery = body::read(body)?;
    let of = Currencies { nostro: Some(Currency::JPY), mirror: None };
    let mut chain = delivery.after;
    for message in &delivery.messages {
        chain.push(message);
        message.received(of, chain.witness.0).map_err(|why| why.to_string())?;
    }
    (chain == delivery.through).then_some(()).ok_or_else(|| "the witness differs".to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn few_requests_are_measured() {
        let options = super::PartnerOptions { requests: 20, runs: 1 };
        let report = super::partner(&options, |_| ()).expect("each request is good");
        assert!(report["requests_per_s"].as_f64().is_some_and(|rate| rate > 0.0));
    }
}
