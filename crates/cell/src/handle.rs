//! How the edge talks to a cell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use economy::{Answer, Query, Refusal, Reply, Request};
use kernel::Timestamp;
use tokio::sync::oneshot;

use crate::clock::Face;
use crate::codes::Codes;
use crate::feed::Feed;
use crate::queue::{Ask, Queue, Rejected, Work};

/// What came of a request or a question. Every arm but the last two carries the position whose
/// durability it waited for.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Decided and durable.
    Done {
        /// The reply.
        reply: Reply,
        /// The group it was decided in, or the newest one before it when nothing changed.
        position: u64,
        /// The record in that group; none when nothing changed.
        index: Option<u32>,
    },
    /// It was answered before: the first reply, as it was.
    Repeated {
        /// The reply.
        reply: Reply,
        /// The group of the first decision.
        position: u64,
        /// The record in that group.
        index: u32,
    },
    /// The answer is no.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The newest group decided before.
        position: u64,
    },
    /// The answer to a question.
    Answered {
        /// The answer.
        answer: Answer,
        /// The newest group decided before.
        position: u64,
    },
    /// The cell went down between deciding and telling. Retry with the same key.
    Unknown,
    /// It was not taken in.
    Rejected(Rejected),
}

/// Where an outcome is sent.
#[derive(Debug)]
pub enum Ticket {
    /// To one waiting task.
    One(oneshot::Sender<Outcome>),
    /// Counted off against others that are waited for together.
    Part(Part),
    /// Given to a function, in the thread that tells.
    Call(Call),
    /// Nobody waits.
    None,
}

/// A function that hears of one outcome.
pub struct Call(pub Box<dyn FnOnce(Outcome) + Send>);

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

/// One of several requests that are waited for together. Dropped untold, it counts as failed.
#[derive(Debug)]
pub struct Part(Arc<Batch>);

#[derive(Debug)]
struct Batch {
    left: AtomicU64,
    count: u64,
    done: std::sync::Mutex<Option<oneshot::Sender<bool>>>,
}

impl Part {
    fn tell(self, outcome: &Outcome) {
        // Counted in `drop`; here only whether it went well.
        if matches!(outcome, Outcome::Done { .. } | Outcome::Repeated { .. }) {
            self.0.left.fetch_add(DONE, Relaxed);
        }
    }
}

/// Done parts are counted in the upper half of the counter, parts that are left in the lower.
const DONE: u64 = 1 << 32;

impl Drop for Part {
    fn drop(&mut self) {
        let before = self.0.left.fetch_sub(1, std::sync::atomic::Ordering::AcqRel);
        if before & (DONE - 1) == 1 {
            self.0.finish();
        }
    }
}

impl Ticket {
    /// Tells the outcome.
    pub fn tell(self, outcome: Outcome) {
        match self {
            // A caller that has gone away is no error.
            Self::One(sender) => drop(sender.send(outcome)),
            Self::Part(part) => part.tell(&outcome),
            Self::Call(call) => (call.0)(outcome),
            Self::None => {}
        }
    }
}

impl Batch {
    fn finish(&self) {
        let sender = self.done.lock().expect("no holder of this lock panics").take();
        let all = self.left.load(Relaxed) >> 32 == self.count;
        if let Some(sender) = sender {
            // A caller that has gone away is no error.
            let _ = sender.send(all);
        }
    }
}

/// Who a cell is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellInfo {
    /// Its number, part of every reference it hands out.
    pub number: u16,
    /// Its name, as codes carry it: "cn", "jp".
    pub name: String,
}

/// Figures of a running cell; each only grows unless it says otherwise.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Groups made durable.
    pub groups: AtomicU64,
    /// Records made durable.
    pub records: AtomicU64,
    /// Requests refused by the rules.
    pub refused: AtomicU64,
    /// Requests not taken in.
    pub rejected: AtomicU64,
    /// Times the state was dropped and came back.
    pub recoveries: AtomicU64,
    /// Microseconds the newest group took to become durable (a gauge).
    pub sync_us: AtomicU64,
    /// Position of the newest durable group (a gauge).
    pub durable: AtomicU64,
    /// Snapshots published.
    pub snapshots: AtomicU64,
    /// Position of the newest snapshot (a gauge).
    pub snapshot: AtomicU64,
    /// Weight of what waits in the queue (a gauge).
    pub queued: AtomicU64,
}

/// A cell as the edge sees it. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(crate) info: Arc<CellInfo>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) face: Arc<Face>,
    pub(crate) codes: Option<Arc<dyn Codes>>,
}

impl Handle {
    /// Who the cell is.
    pub fn info(&self) -> &CellInfo {
        &self.info
    }

    /// What was made durable, for who follows.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// The keys of the cell's phones, where it was given any.
    pub fn codes(&self) -> Option<&Arc<dyn Codes>> {
        self.codes.as_ref()
    }

    /// The cell's figures.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Asks for a command and waits for its durable outcome.
    pub async fn submit(&self, request: Request) -> Outcome {
        let (sender, receiver) = oneshot::channel();
        self.put(Ask::Do(Box::new(request)), Ticket::One(sender));
        receiver.await.unwrap_or(Outcome::Unknown)
    }

    /// Asks a question and waits until what the answer rests on is durable.
    pub async fn ask(&self, query: Query) -> Outcome {
        let (sender, receiver) = oneshot::channel();
        self.put(Ask::Query(Box::new(query)), Ticket::One(sender));
        receiver.await.unwrap_or(Outcome::Unknown)
    }

    /// Asks for commands in order; completes when all have an outcome, with whether all were
    /// done. Used by the relay, which asks the state what became of them.
    pub fn submit_all(&self, requests: Vec<Request>) -> oneshot::Receiver<bool> {
        let (sender, receiver) = oneshot::channel();
        let count = requests.len() as u64;
        let batch = Arc::new(Batch {
            left: AtomicU64::new(count),
            count,
            done: std::sync::Mutex::new(Some(sender)),
        });
        for request in requests {
            self.put(Ask::Do(Box::new(request)), Ticket::Part(Part(Arc::clone(&batch))));
        }
        receiver
    }

    /// The same as [`Self::submit`], for a thread outside of any runtime.
    pub fn submit_blocking(&self, request: Request) -> Outcome {
        let (sender, receiver) = oneshot::channel();
        self.put(Ask::Do(Box::new(request)), Ticket::One(sender));
        receiver.blocking_recv().unwrap_or(Outcome::Unknown)
    }

    /// The same as [`Self::ask`], for a thread outside of any runtime.
    pub fn ask_blocking(&self, query: Query) -> Outcome {
        let (sender, receiver) = oneshot::channel();
        self.put(Ask::Query(Box::new(query)), Ticket::One(sender));
        receiver.blocking_recv().unwrap_or(Outcome::Unknown)
    }

    /// Accepts the wall clock as it is, after it jumped and new business was stopped.
    pub fn accept_clock(&self) {
        self.queue.accept_clock();
    }

    /// The same as [`Self::submit`] for callers that are not tasks; the ticket hears of it.
    pub fn put(&self, ask: Ask, ticket: Ticket) {
        if let Err((work, why)) = self.queue.push(Work { ask, ticket }) {
            self.metrics.rejected.fetch_add(1, Relaxed);
            work.ticket.tell(Outcome::Rejected(why));
        }
    }

    /// Asks for a snapshot now, unless none are kept or nothing changed since the newest. It is
    /// published later, when [`Metrics::snapshot`] says its position.
    pub fn snapshot_now(&self) {
        self.queue.snapshot();
    }

    /// Brings the cell down in the middle of its work, as a power cut would: its state and what
    /// was not durable are gone. It comes back from its journal by itself.
    pub fn crash(&self) {
        self.queue.crash();
    }

    /// Stops the cell after what it has taken in is durable. Returns when it has stopped.
    pub fn stop(&self) {
        self.queue.stop();
    }

    /// The newest durable position.
    pub fn durable(&self) -> u64 {
        self.metrics.durable.load(Relaxed)
    }

    /// Whether the cell decides commands (it does not while it comes back).
    pub fn ready(&self) -> bool {
        self.queue.ready()
    }

    /// The time that the cell goes by now: the wall clock's, unless that was set and nobody has
    /// accepted it, or the cell was ahead of it already. Ids are made by it.
    pub fn now(&self) -> Timestamp {
        self.face.now()
    }

    /// The time of the newest durable group.
    pub fn time(&self) -> Timestamp {
        self.feed.time()
    }
}
