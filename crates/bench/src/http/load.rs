//! One load: payments begin when they are due, whatever the server does (open loop), so that a
//! server that stalls is not asked less.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::{Client, member};
use super::events::{OnTheWay, watch};
use super::{HttpOptions, Payer};
use crate::world::{BenchError, Ids};

/// Connections that ask. One that is free takes the next payment and waits until it is due.
const CONNECTIONS: u64 = 1_000;
/// One payment in so many goes to the store whose till is watched.
const WATCHED_ONE_IN: u64 = 50;

pub(super) struct Load<'a> {
    pub options: &'a HttpOptions,
    /// Whether the yes is answered with the outcome, or the outcome is asked for by itself.
    pub waited: bool,
    pub per_s: u32,
    pub seed: u64,
}

/// What a load came to. Times are in microseconds.
pub(super) struct Run {
    /// From when a payment was due to its outcome.
    pub whole: Histogram<u64>,
    /// From the yes to the till's hearing of it.
    pub green: Histogram<u64>,
    /// From the outcome until its line stands in the payer's statement.
    pub lag: Histogram<u64>,
    took: Duration,
}

impl Run {
    /// Payments a second that had their outcome.
    pub fn per_s(&self) -> f64 {
        self.whole.len() as f64 / self.took.as_secs_f64()
    }
}

/// Times that several write down.
pub(super) type Times = Arc<Mutex<Histogram<u64>>>;

/// Whole microseconds, at least one.
pub(super) fn note(times: &Times, took: Duration) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    let mut times = times.lock().expect("no holder of this lock panics");
    times.record(micros).expect("the histogram grows");
}

/// A payment that just had its outcome: who paid, the position it rests on, since when.
type Newest = (Payer, String, Instant);

/// What all connections share.
struct Plan {
    options: HttpOptions,
    waited: bool,
    per_s: u32,
    seed: u64,
    began: Instant,
    count: u64,
    next: AtomicU64,
    whole: Times,
    on_the_way: OnTheWay,
    newest: mpsc::Sender<Newest>,
}

impl Load<'_> {
    pub async fn run(&self) -> Result<Run, BenchError> {
        let [whole, green, lag] = [(); 3].map(|()| Times::new(Mutex::new(times())));
        let (newest, to_look_up) = mpsc::channel(1);
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Client::connect(self.options.address).await?);
        }
        let plan = Arc::new(Plan {
            options: self.options.clone(),
            waited: self.waited,
            per_s: self.per_s,
            seed: self.seed,
            began: Instant::now(),
            count: u64::from(self.per_s) * self.options.seconds,
            next: AtomicU64::new(0),
            whole: Arc::clone(&whole),
            on_the_way: OnTheWay::new(Mutex::new(HashMap::new())),
            newest,
        });
        let (at, key) = (self.options.address, self.options.watched.1.clone());
        let watching =
            tokio::spawn(watch(at, key, Arc::clone(&plan.on_the_way), Arc::clone(&green)));
        let looking = tokio::spawn(look(at, to_look_up, Arc::clone(&lag)));
        let began = plan.began;
        let mut workers: JoinSet<_> =
            clients.into_iter().map(|client| Arc::clone(&plan).work(client)).collect();
        drop(plan);
        while let Some(ended) = workers.join_next().await {
            ended.map_err(|why| BenchError::NotDone(why.to_string()))??;
        }
        let took = began.elapsed();
        // The till may hear of the last ones a moment later.
        tokio::time::sleep(Duration::from_millis(200)).await;
        watching.abort();
        looking.await.map_err(|why| BenchError::NotDone(why.to_string()))??;
        let taken = |times: Times| times.lock().expect("no holder of this lock panics").clone();
        Ok(Run { whole: taken(whole), green: taken(green), lag: taken(lag), took })
    }
}

impl Plan {
    /// Makes payments on one connection until all are made.
    async fn work(self: Arc<Self>, mut client: Client) -> Result<(), BenchError> {
        loop {
            let number = self.next.fetch_add(1, Relaxed);
            if number >= self.count {
                return Ok(());
            }
            let due = Duration::from_secs_f64(number as f64 / f64::from(self.per_s));
            let due = self.began + due;
            if due > Instant::now() {
                tokio::time::sleep_until(due.into()).await;
            }
            self.pay(&mut client, number).await?;
            note(&self.whole, due.elapsed());
        }
    }

    async fn pay(&self, client: &mut Client, number: u64) -> Result<(), BenchError> {
        let mut random = Ids::new((self.seed << 40 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let payers = &self.options.payers;
        let payer = &payers[(number % payers.len() as u64) as usize];
        let is_watched = number.is_multiple_of(WATCHED_ONE_IN);
        let store = match is_watched {
            true => &self.options.watched.0,
            false => &self.options.stores[random.next() as usize % self.options.stores.len()],
        };
        let once = format!("{}-{number}", self.seed);
        let amount = 100 + random.next() % 9_900;
        let quote = format!(
            r#"{{"wallet":"{}","store":"{store}","amount":{{"amount":{amount},"currency":"JPY"}}}}"#,
            payer.wallet,
        );
        let quote = client.ask("POST", "/v1/quotes", &payer.key, Some((&once, &quote))).await?;
        let missing = || BenchError::NotDone(format!("a quote that can't be read: {quote}"));
        let id = member(quote, "id").ok_or_else(missing)?;
        let payment = member(quote, "payment").ok_or_else(missing)?.to_owned();
        let yes = format!("/v1/quotes/{id}/confirm{}", if self.waited { "" } else { WITHOUT });
        if is_watched {
            let mut on_the_way = self.on_the_way.lock().expect("no holder of this lock panics");
            on_the_way.insert(payment.clone(), Instant::now());
        }
        let again = Some((&*once, r#"{"again":true}"#));
        let mut outcome = client.ask("POST", &yes, &payer.key, again).await?;
        let path;
        if !self.waited {
            path = format!("/v1/payments/{payment}?wait=captured");
            outcome = client.ask("GET", &path, &payer.key, None).await?;
        }
        if member(outcome, "status") != Some("captured") {
            return Err(BenchError::NotDone(format!("a payment was not captured: {outcome}")));
        }
        // One at a time is looked up, whoever comes first.
        if let (Some(position), Ok(room)) = (client.position(), self.newest.try_reserve()) {
            room.send((payer.clone(), position, Instant::now()));
        }
        Ok(())
    }
}

const WITHOUT: &str = "?wait=confirmed";

/// Asks for statements that must have a payment, and notes how long they took to have it.
async fn look(
    address: std::net::SocketAddr,
    mut newest: mpsc::Receiver<Newest>,
    lag: Times,
) -> Result<(), BenchError> {
    let mut client = Client::connect(address).await?;
    while let Some((payer, position, since)) = newest.recv().await {
        let path = format!("/v1/wallets/{}/statement?limit=1&at_least={position}", payer.wallet);
        client.ask("GET", &path, &payer.key, None).await?;
        note(&lag, since.elapsed());
        // Looking is not to be a load of its own.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn times() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are a valid precision")
}
