//! Wallets of other companies at the edge: who asks them what the cell has written down, and tells
//! the cell what they said.
//!
//! ```text
//! till ─▶ cell: attempt is a fact ─▶ clerk ─▶ connector ─▶ the other company
//!                 ▲                    │  ▲        │
//!                 └── paid, failed ◀───┘  └─ again ┘  (grows slower, until there is an end)
//!                 ▲
//!                 └── a notification, proven to be theirs
//! ```
//! What is open stands in the state of the cell: there a clerk begins again after any stop, and
//! asks what became of each. Nothing else needs to be kept, so that nothing else can be wrong.
//!
//! **Invariants**
//! - Nothing is asked of another company that is not a durable fact of the cell before.
//! - A payer's number is sent once; whoever stops in between loses it, and what became of it is
//!   asked. It is in no journal, no log and no answer.
//! - Only what another company said and proved ends something; of the same kept number it is asked
//!   more and more slowly, and for ever.
//!
//! **Absent**: any rule of payments, markup, what a connector says over its wire.

mod bills;
mod clerk;
mod folder;
mod kept;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use cell::Handle;
use connector::Connector;
use kernel::Id;
use kernel::id::Payment;
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio::task::JoinHandle;

pub use bills::{BillsAt, Compared, DaySeen, Days, Difference, Differs};
use folder::Folder;
pub use folder::{Said, Standing};
pub use tell::Told;

/// The most questions of a cell that wait for answers at a time.
const AT_A_TIME: usize = 16;
/// How many changes a page may be behind; one that is more fetches all anew.
const BEHIND: usize = 256;

/// How often another company is asked about the same.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// The first pause; each is half as long again as the one before.
    pub first: Duration,
    /// The longest for a payment: somebody stands at a till.
    pub payment: Duration,
    /// The longest for a refund.
    pub refund: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            payment: Duration::from_secs(15),
            refund: Duration::from_secs(300),
        }
    }
}

/// How often the other companies were asked, and what they said: connector, question, answer.
pub type Asked = BTreeMap<(String, &'static str, &'static str), u64>;

/// The connectors of a cell, and what is under way with them.
pub struct Counter {
    handle: Handle,
    wallets: BTreeMap<String, Arc<dyn Connector>>,
    pauses: Pauses,
    folder: std::sync::Mutex<Folder>,
    asked: std::sync::Mutex<Asked>,
    days: std::sync::Mutex<Days>,
    wake: Notify,
    room: Semaphore,
    changed: broadcast::Sender<Id<Payment>>,
}

/// The counters of all cells. Their clerks end with it.
#[derive(Default)]
pub struct Outside {
    counters: BTreeMap<String, Arc<Counter>>,
    clerks: Vec<JoinHandle<()>>,
}

impl Outside {
    /// Begins to ask for each cell what is open there. Call it in a runtime.
    pub fn start(
        cells: impl IntoIterator<Item = (Handle, Vec<Arc<dyn Connector>>)>,
        pauses: Pauses,
    ) -> Self {
        let mut outside = Self::default();
        for (handle, wallets) in cells {
            if wallets.is_empty() {
                continue;
            }
            let named = |wallet: Arc<dyn Connector>| (wallet.about().name.clone(), wallet);
            let cell = handle.info().name.clone();
            let counter = Arc::new(Counter {
                handle,
                wallets: wallets.into_iter().map(named).collect(),
                pauses,
                folder: std::sync::Mutex::default(),
                asked: std::sync::Mutex::default(),
                days: std::sync::Mutex::default(),
                wake: Notify::new(),
                room: Semaphore::new(AT_A_TIME),
                changed: broadcast::Sender::new(BEHIND),
            });
            outside.clerks.push(tokio::spawn(clerk::work(Arc::clone(&counter))));
            outside.counters.insert(cell, counter);
        }
        outside
    }

    /// Begins to fetch the bills of a cell's connectors. Call it in a runtime.
    pub fn keep_bills(&mut self, cell: &str, at: BillsAt) {
        if let Some(counter) = self.counters.get(cell) {
            self.clerks.push(tokio::spawn(bills::keep(Arc::clone(counter), at)));
        }
    }

    /// The connectors of a cell, where it has any.
    pub fn of(&self, cell: &str) -> Option<&Arc<Counter>> {
        self.counters.get(cell)
    }

    /// All of them, by the names of their cells.
    pub fn counters(&self) -> impl Iterator<Item = (&String, &Arc<Counter>)> {
        self.counters.iter()
    }

    /// The connector of a name; names are of all cells of a process.
    pub fn named(&self, name: &str) -> Option<(&Arc<Counter>, &Arc<dyn Connector>)> {
        let of = |counter: &'_ Arc<Counter>| counter.wallets.contains_key(name);
        let counter = self.counters.values().find(|counter| of(counter))?;
        Some((counter, counter.wallets.get(name)?))
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.clerks.iter().for_each(JoinHandle::abort);
    }
}

impl Counter {
    fn folder(&self) -> std::sync::MutexGuard<'_, Folder> {
        self.folder.lock().expect("no holder of this lock panics")
    }

    /// The connectors that run.
    pub fn wallets(&self) -> impl Iterator<Item = &Arc<dyn Connector>> {
        self.wallets.values()
    }

    /// The connector of a name, if it runs.
    pub fn wallet(&self, name: &str) -> Option<&Arc<dyn Connector>> {
        self.wallets.get(name)
    }

    /// Something new may be written down: the clerk looks at once.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// What is known here of what is under way.
    pub fn standing(&self) -> Vec<Standing> {
        self.folder().standing()
    }

    /// How many payments and refunds are open, by what was said of them last.
    pub fn open(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        let mut open = BTreeMap::new();
        for of in self.standing() {
            let what = if of.refund.is_some() { "refund" } else { "payment" };
            *open.entry((what, of.said.word())).or_default() += 1;
        }
        open
    }

    /// For how long the oldest of them is.
    pub fn oldest(&self) -> Option<Duration> {
        let since = self.standing().into_iter().map(|of| of.since).min()?;
        Some(Duration::from_micros(self.handle.now().0.saturating_sub(since.0)))
    }

    /// How often was asked, and what was said.
    pub fn asked(&self) -> Asked {
        self.asked.lock().expect("no holder of this lock panics").clone()
    }

    /// Hears of payments of which something changed that is no fact: a code came, or an answer.
    pub fn changes(&self) -> broadcast::Receiver<Id<Payment>> {
        self.changed.subscribe()
    }

    /// What a payer is to scan for the open attempt of a payment, once the other company gave it.
    pub fn code(&self, payment: Id<Payment>) -> Option<String> {
        self.folder().code(payment)
    }

    /// The same, waited for a while.
    pub async fn code_within(&self, payment: Id<Payment>, patience: Duration) -> Option<String> {
        let mut changes = self.changes();
        let coming = async {
            loop {
                if let Some(code) = self.code(payment) {
                    return Some(code);
                }
                if matches!(changes.recv().await, Err(broadcast::error::RecvError::Closed)) {
                    return None;
                }
            }
        };
        tokio::time::timeout(patience, coming).await.ok().flatten()
    }

    /// Takes the number that a payer's phone showed, if it is of a wallet that runs here, before
    /// the cell is asked to write the attempt down. Dropped, the number is forgotten unless
    /// [`Scan::stands`] was said.
    pub fn scanned(self: &Arc<Self>, payment: Id<Payment>, text: &str) -> Option<Scan> {
        let digits = pay::codes::plain(text);
        let known = self.wallets.values().any(|wallet| wallet.knows(&digits));
        let kept = known && self.folder().keep(payment, connector::Scanned::new(&digits));
        kept.then(|| Scan { counter: Arc::clone(self), payment: Some(payment) })
    }

    /// The kinds of wallets whose codes a seller of a currency can show, with their connectors.
    pub fn shown(&self, currency: kernel::Currency) -> Vec<(String, &'static str)> {
        let about = self.wallets.values().map(|wallet| wallet.about());
        let fit = about.filter(|about| about.shows_codes && about.currency == currency);
        let kinds: BTreeSet<_> = fit.map(|about| (about.name.clone(), about.kind)).collect();
        kinds.into_iter().collect()
    }
}

/// A payer's number that waits for its attempt to be written down.
pub struct Scan {
    counter: Arc<Counter>,
    payment: Option<Id<Payment>>,
}

impl Scan {
    /// The attempt is a fact: the number is sent.
    pub fn stands(mut self) {
        self.payment = None;
        self.counter.look();
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        if let Some(payment) = self.payment {
            self.counter.folder().forget(payment);
        }
    }
}
