//! What a cell made durable, decoded once and kept for a while: a bounded ring that server-sent
//! events and waiting requests hang on. A reader that was away longer learns from the views where
//! its facts stand ([`Cursor`]).

mod cursor;
mod directory;
mod released;
mod room;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cell::Durable;
use economy::Event;
use journal::Stored;
use kernel::id::Payment;
use kernel::{Id, Timestamp};
use tokio::sync::{oneshot, watch};
use tracing::error;

use crate::cells::Site;
pub use cursor::Cursor;
pub use directory::Directory;
use released::Place;
pub use released::{EventId, Released};
pub use room::{StreamRoom, Streams};

/// How much the ring keeps.
const KEEP_GROUPS: usize = 4_096;
const KEEP_EVENTS: usize = 65_536;
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

    /// Waits until this cell's leg of a payment has its outcome, which it had at or after
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
                next = groups.last().map_or(next, |newest| newest.group.position + 1);
                take_in(&site, &groups).await;
            }
            Err(why) => {
                error!(cell = site.name(), why, "the journal can't be followed; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn take_in(site: &Site, groups: &[Durable]) {
    let decoded = groups.iter().map(|durable| {
        // Only this task sees each once.
        let now = Timestamp(durable.group.time);
        decode(site, &durable.group, |event| site.keys.apply(now, event))
    });
    let groups: Vec<Group> = decoded.collect();
    directory::know_sides(site, groups.iter().flat_map(|group| &group.events)).await;
    for group in groups {
        for event in &group.events {
            if let Some(parties) = site.stream.directory.learn(event) {
                // Only this task sets it, once.
                let _ = event.parties.set(parties);
            }
        }
        site.stream.push(group);
    }
}

/// The told facts of a group; every fact of it is shown to `see`.
fn decode(site: &Site, stored: &Stored, mut see: impl FnMut(&Event)) -> Group {
    let mut events = Vec::new();
    for (index, record) in stored.records().enumerate() {
        let place = Place { cell: site.cell(), group: stored, record: index as u32 };
        if let Err(why) = released::decode(place, record, &mut see, &mut events) {
            // What a cell made durable it can read; one that can't was written by a newer one.
            error!(cell = site.name(), %why, "a durable record can't be read");
        }
    }
    Group { position: stored.position, events }
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
