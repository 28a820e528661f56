//! What a cell made durable, decoded once and kept for a while: a bounded ring that server-sent
//! events and waiting requests hang on. Older facts are read from the journal again.

mod directory;
mod released;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cell::Durable;
use kernel::id::Payment;
use kernel::{Actor, Id, Role};
use tokio::sync::{oneshot, watch};
use tracing::error;

use crate::cells::Site;
use crate::problem::Problem;
pub use directory::Directory;
pub use released::{EventId, Released};

/// How much the ring keeps.
const KEEP_GROUPS: usize = 4_096;
const KEEP_EVENTS: usize = 65_536;
/// How far back, in groups, a stream may begin.
pub const OLDEST: u64 = 100_000;
/// How many groups are read at a time.
const CHUNK: usize = 256;

/// The facts of one durable group.
#[derive(Debug)]
pub struct Group {
    /// Its position.
    pub position: u64,
    /// Its facts that are told, in order.
    pub events: Vec<Arc<Released>>,
}

#[derive(Default)]
struct Ring {
    groups: VecDeque<Arc<Group>>,
    events: usize,
    waiting: HashMap<u128, Vec<oneshot::Sender<()>>>,
}

/// The ring of one cell.
pub struct Stream {
    ring: Mutex<Ring>,
    head: watch::Sender<u64>,
    /// Who is a side of what.
    pub directory: Directory,
}

impl Stream {
    /// An empty ring behind a position.
    pub fn new(position: u64) -> Self {
        Self {
            ring: Mutex::default(),
            head: watch::Sender::new(position),
            directory: Directory::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().expect("no holder of this lock panics")
    }

    /// The newest position that was taken in.
    pub fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// Tells of every new head.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Waits until a position was taken in: then keys that were issued or ended there count.
    pub async fn reached(&self, position: u64) {
        let mut head = self.watch();
        // The sender lives as long as `self`.
        drop(head.wait_for(|head| *head >= position).await);
    }

    fn push(&self, group: Group) {
        let mut ring = self.lock();
        for event in group.events.iter().filter(|event| event.ends_waiting()) {
            if let Some(payment) = event.payment {
                let waiting = ring.waiting.remove(&payment.0).unwrap_or_default();
                // Who has stopped waiting is no error.
                for sender in waiting {
                    let _ = sender.send(());
                }
            }
        }
        let position = group.position;
        ring.events += group.events.len();
        ring.groups.push_back(Arc::new(group));
        while ring.groups.len() > KEEP_GROUPS || ring.events > KEEP_EVENTS {
            let Some(old) = ring.groups.pop_front() else { break };
            ring.events -= old.events.len();
        }
        drop(ring);
        self.head.send_replace(position);
    }

    /// The groups from a position on, if the ring still has that position.
    fn recent(&self, from: u64) -> Option<Vec<Arc<Group>>> {
        let ring = self.lock();
        if from > self.head() {
            return Some(Vec::new());
        }
        let oldest = ring.groups.front()?.position;
        let skip = usize::try_from(from.checked_sub(oldest)?).ok()?;
        Some(ring.groups.iter().skip(skip).take(CHUNK).cloned().collect())
    }

    /// Waits until the payer's leg of a payment has its outcome, which it had at or after
    /// `from`. Returns whether it came in time.
    pub async fn outcome(&self, payment: Id<Payment>, from: u64, patience: Duration) -> bool {
        let (sender, receiver) = oneshot::channel();
        {
            let mut ring = self.lock();
            let is_it =
                |event: &Arc<Released>| event.payment == Some(payment) && event.ends_waiting();
            let newest = ring.groups.iter().rev().take_while(|group| group.position >= from);
            if newest.flat_map(|group| &group.events).any(is_it) {
                return true;
            }
            ring.waiting.entry(payment.0).or_default().push(sender);
        }
        let came = matches!(tokio::time::timeout(patience, receiver).await, Ok(Ok(())));
        if !came {
            let mut ring = self.lock();
            if let Some(waiting) = ring.waiting.get_mut(&payment.0) {
                waiting.retain(|sender| !sender.is_closed());
                if waiting.is_empty() {
                    ring.waiting.remove(&payment.0);
                }
            }
        }
        came
    }
}

/// Takes in what a cell makes durable, for as long as the task lives.
pub async fn follow(site: Arc<Site>) {
    let mut head = site.handle.feed().watch();
    let mut next = site.stream.head() + 1;
    loop {
        match read(&site, next).await {
            Ok(groups) if groups.is_empty() => {
                if head.wait_for(|head| *head >= next).await.is_err() {
                    return;
                }
            }
            Ok(groups) => {
                for durable in groups {
                    next = durable.group.position + 1;
                    take_in(&site, &durable);
                }
            }
            Err(why) => {
                error!(cell = site.name(), why, "the journal can't be followed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn take_in(site: &Site, durable: &Durable) {
    let group = decode(site, durable);
    for event in &group.events {
        site.stream.directory.learn(event);
    }
    site.stream.push(group);
}

fn decode(site: &Site, durable: &Durable) -> Group {
    let mut events = Vec::new();
    for (index, record) in durable.group.records().enumerate() {
        let told = released::decode(site.name(), &durable.group, index as u32, record, |event| {
            site.keys.apply(event);
        });
        match told {
            Ok(told) => events.extend(told),
            // What a cell made durable it can read; one that can't was written by a newer one.
            Err(why) => error!(cell = site.name(), %why, "a durable record can't be read"),
        }
    }
    for (index, event) in events.iter_mut().enumerate() {
        event.id.index = index as u32;
    }
    Group { position: durable.group.position, events: events.into_iter().map(Arc::new).collect() }
}

async fn read(site: &Arc<Site>, from: u64) -> Result<Vec<Durable>, String> {
    if let Some(groups) = site.handle.feed().recent(from, CHUNK) {
        return Ok(groups);
    }
    if from > site.handle.feed().head() {
        return Ok(Vec::new());
    }
    let site = Arc::clone(site);
    let read = move || site.handle.feed().read(from, CHUNK).map_err(|why| why.to_string());
    tokio::task::spawn_blocking(read).await.map_err(|why| why.to_string())?
}

/// Reads the stream of one cell for one reader, from a cursor on.
pub struct Cursor {
    site: Arc<Site>,
    actor: Actor,
    next: EventId,
    ready: VecDeque<Arc<Released>>,
}

impl Cursor {
    /// A reader that begins behind `after`, or at what comes next.
    ///
    /// # Errors
    /// When `after` is older than what is kept, or of another cell.
    pub fn try_new(site: Arc<Site>, actor: Actor, after: Option<EventId>) -> Result<Self, Problem> {
        let head = site.stream.head();
        let next = match after {
            None => EventId { position: head + 1, index: 0 },
            Some(after) if after.position > head => {
                return Err(Problem::new(
                    "cursor_invalid",
                    "This cursor is ahead of the journal; it belongs to another data folder.",
                ));
            }
            Some(after) if after.position + OLDEST < head => {
                let mut problem = Problem::new(
                    "cursor_too_old",
                    "These events are no longer streamed; read the lists, \
                     then follow from the cursor given here.",
                );
                problem.cursor = Some(format!("{}:{head}.0", site.name()).into());
                return Err(problem);
            }
            // Groups are numbered from 1.
            Some(EventId { position: 0, .. }) => EventId { position: 1, index: 0 },
            Some(after) => EventId { index: after.index.saturating_add(1), ..after },
        };
        Ok(Self { site, actor, next, ready: VecDeque::new() })
    }

    /// The next fact that the reader may know; waits for it.
    pub async fn next(&mut self) -> Arc<Released> {
        let mut head = self.site.stream.watch();
        loop {
            while let Some(event) = self.ready.pop_front() {
                let operator = self.actor.role == Role::Operator;
                if operator || directory::is_side(&self.site, self.actor, &event).await {
                    return event;
                }
            }
            let from = self.next.position;
            if *head.borrow_and_update() < from {
                // The sender lives as long as the site that `self` holds.
                drop(head.changed().await);
                continue;
            }
            for group in self.groups(from).await {
                let after = |event: &&Arc<Released>| {
                    group.position > self.next.position || event.id.index >= self.next.index
                };
                self.ready.extend(group.events.iter().filter(after).cloned());
                self.next = EventId { position: group.position + 1, index: 0 };
            }
        }
    }

    async fn groups(&self, from: u64) -> Vec<Arc<Group>> {
        if let Some(groups) = self.site.stream.recent(from) {
            return groups;
        }
        match read(&self.site, from).await {
            Ok(groups) => groups.iter().map(|d| Arc::new(decode(&self.site, d))).collect(),
            Err(why) => {
                error!(cell = self.site.name(), why, "the journal can't be read");
                tokio::time::sleep(Duration::from_secs(1)).await;
                Vec::new()
            }
        }
    }
}
