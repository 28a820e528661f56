//! Whole payments across the bridge: quote and yes in the one cell, capture in the other, the
//! answer back; both journals synced.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cell::{Ask, Call, Handle, Outcome, Ticket};
use economy::{Command, Event, decode_record};
use hdrhistogram::Histogram;
use kernel::Currency;
use serde_json::{Value, json};

use crate::machine::machine;
use crate::world::{BenchError, Ids, World, now, request};

/// How much is measured.
#[derive(Clone, Debug)]
pub struct PayOptions {
    /// Payments in each run.
    pub payments: u64,
    /// How often the whole is measured; the median is reported.
    pub runs: usize,
}

impl Default for PayOptions {
    fn default() -> Self {
        Self { payments: 500_000, runs: 5 }
    }
}

/// Latency is measured at half of the 100,000 payments/s that a machine of 2 cores is to reach, or
/// at half of what this one does.
const HALF_OF_REACH: f64 = 50_000.0;

/// Measures payments: as many as go through, then latency at half of that.
///
/// # Errors
/// When a cell does not start, or a payment is not made.
pub fn pay(options: &PayOptions, mut progress: impl FnMut(&str)) -> Result<Value, BenchError> {
    let before = machine();
    let folder = tempfile::tempdir()?;
    let world = World::open(folder.path(), 2_000, 200)?;
    let mut rates = Vec::new();
    for number in 1..=options.runs.max(1) {
        progress(&format!("run {number} of {}", options.runs));
        rates.push(
            Load { world: &world, seed: number as u64, per_s: None }.run(options.payments)?.0,
        );
    }
    rates.sort_by(f64::total_cmp);
    let rate = rates[rates.len() / 2];
    let offered = (rate / 2.0).min(HALF_OF_REACH);
    progress(&format!("latency at {offered:.0} payments/s"));
    let load = Load { world: &world, seed: 99, per_s: Some(offered) };
    let began = Instant::now();
    let (_, latency) = load.run(options.payments)?;
    let ms = |quantile| latency.value_at_quantile(quantile) as f64 / 1_000.0;
    let report = json!({
        "payments_per_s": rate.round(),
        "p50_ms": ms(0.5),
        "p99_ms": ms(0.99),
        "max_ms": latency.max() as f64 / 1_000.0,
        "seconds": began.elapsed().as_secs_f64(),
        "offered_per_s": offered.round(),
        "payments": options.payments,
        "runs": options.runs,
        "machine": before.name,
        "other_load": before.other_load,
    });
    world.stop();
    Ok(report)
}

struct Load<'a> {
    world: &'a World,
    seed: u64,
    /// Payments that are offered in a second; as many as go through when none.
    per_s: Option<f64>,
}

/// The most payments under way at once.
const WAITING: usize = 4_000;

impl Load<'_> {
    /// Makes payments and returns how many a second were captured and posted, and how long each
    /// took from the quote to the posted answer, in microseconds.
    fn run(&self, payments: u64) -> Result<(f64, Histogram<u64>), BenchError> {
        let mut latency = Histogram::new(3).expect("three digits are a valid precision");
        let (ended, ends) = mpsc::channel();
        let stop = Follow::start(self.world.cn.clone(), ended.clone());
        let mut ids = Ids::new(self.seed.wrapping_mul(0x9e37_79b9));
        let mut under_way: HashMap<u128, Instant> = HashMap::with_capacity(WAITING * 2);
        let began = Instant::now();
        let (mut sent, mut posted) = (0u64, 0u64);
        while posted < payments {
            while sent < payments && under_way.len() < WAITING {
                let due = self.per_s.map(|per_s| Duration::from_secs_f64(sent as f64 / per_s));
                if due.is_some_and(|due| began.elapsed() < due) {
                    break;
                }
                // Open loop: the clock of a payment starts when it was due.
                let start = due.map_or_else(Instant::now, |due| began + due);
                under_way.insert(self.quote(&mut ids, sent, &ended), start);
                sent += 1;
            }
            let patience = if self.per_s.is_some() {
                Duration::from_micros(200)
            } else {
                Duration::from_secs(30)
            };
            let first = match ends.recv_timeout(patience) {
                Ok(end) => end,
                Err(mpsc::RecvTimeoutError::Timeout) if self.per_s.is_some() => continue,
                Err(_) => return Err(BenchError::NotDone("no answer in 30 s".into())),
            };
            for end in std::iter::once(first).chain(ends.try_iter()) {
                match end {
                    End::Posted(payment) => {
                        if let Some(start) = under_way.remove(&payment) {
                            let us = start.elapsed().as_micros() as u64;
                            latency.record(us.max(1)).expect("the histogram grows");
                            posted += 1;
                        }
                    }
                    End::Failed(why) => return Err(BenchError::NotDone(why)),
                }
            }
        }
        let per_s = payments as f64 / began.elapsed().as_secs_f64();
        stop.stop();
        Ok((per_s, latency))
    }

    /// Asks for a quote; its reply is followed by the yes.
    fn quote(&self, ids: &mut Ids, number: u64, ended: &mpsc::Sender<End>) -> u128 {
        let at = now();
        let (wallet, actor) = self.world.wallets[number as usize % self.world.wallets.len()];
        let store = self.world.stores[ids.next() as usize % self.world.stores.len()];
        let (id, payment) = (ids.id(at), ids.id(at));
        let quote = pay::command::MakeQuote {
            id,
            wallet,
            payment,
            store,
            amount: 100 + ids.next() % 10_000,
            currency: Currency::JPY,
            deadline: None,
            capture: corridor::CaptureMode::Now,
            place: None,
        };
        let (cn, ended) = (self.world.cn.clone(), ended.clone());
        let then = move |outcome: Outcome| match outcome {
            Outcome::Done { .. } => {
                let yes = pay::command::ConfirmPayment { quote: id, again: true };
                let ended = ended.clone();
                let failed = move |outcome: Outcome| {
                    if !matches!(outcome, Outcome::Done { .. }) {
                        drop(ended.send(End::Failed(format!("confirm: {outcome:?}"))));
                    }
                };
                put(&cn, actor, yes, failed);
            }
            other => drop(ended.send(End::Failed(format!("quote: {other:?}")))),
        };
        put(&self.world.cn, actor, quote, then);
        payment.0
    }
}

fn put(
    cell: &Handle,
    actor: kernel::Actor,
    command: impl Into<pay::Command>,
    then: impl FnOnce(Outcome) + Send + 'static,
) {
    let request = request(actor, Command::Pay(command.into()));
    cell.put(Ask::Do(Box::new(request)), Ticket::Call(Call(Box::new(then))));
}

enum End {
    Posted(u128),
    Failed(String),
}

/// Reads the payer's feed for payments that were posted there.
struct Follow {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Follow {
    fn start(cell: Handle, ended: mpsc::Sender<End>) -> Self {
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut at = cell.feed().head() + 1;
            while !seen.load(std::sync::atomic::Ordering::Relaxed) {
                if cell.feed().wait(at, Duration::from_millis(100)) < at {
                    continue;
                }
                let Ok(groups) = cell.feed().read(at, 64) else { return };
                for durable in groups {
                    at = durable.group.position + 1;
                    durable.group.records().for_each(|record| posted(record, &ended));
                }
            }
        });
        Self { stop, thread }
    }

    fn stop(self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(self.thread.join());
    }
}

/// The kind of a record that handled a message of the corridor.
const RECEIVE: [u8; 2] = [2, 1];

fn posted(record: &[u8], ended: &mpsc::Sender<End>) {
    let Ok(decoded) = decode_record(record) else { return };
    if decoded.header.kind != RECEIVE {
        return;
    }
    for event in decoded.events().flatten() {
        match event {
            Event::Pay(pay::Event::PaymentTaken(taken)) if taken.last => {
                drop(ended.send(End::Posted(taken.payment.0)));
            }
            Event::Pay(pay::Event::PaymentReturned(returned)) => {
                drop(ended.send(End::Failed(format!("declined: {:?}", returned.reason))));
            }
            _ => {}
        }
    }
}
