//! What was made durable, for who follows: the newest groups in memory, older ones from the
//! journal.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use corridor::Sent;
use economy::{Event, decode_record};
use journal::{ReadError, Reader, Stored};
use kernel::{Fault, Timestamp};
use tokio::sync::watch;

/// One durable group and the messages in it.
#[derive(Clone, Debug)]
pub struct Durable {
    /// The group as it stands in the journal.
    pub group: Stored,
    /// The messages it sends, in order.
    pub sent: Arc<[Sent]>,
}

impl Durable {
    /// Reads the messages out of a group.
    pub fn of(group: Stored) -> Result<Self, Fault> {
        let mut sent = Vec::new();
        for record in group.records() {
            for event in decode_record(record)?.events() {
                if let Event::Corridor(corridor::Event::Sent(message)) = event? {
                    sent.push(message);
                }
            }
        }
        Ok(Self { group, sent: sent.into() })
    }
}

/// How many groups and bytes are kept in memory.
const KEEP_GROUPS: usize = 4_096;
const KEEP_BYTES: usize = 64 << 20;

#[derive(Default)]
struct Ring {
    groups: VecDeque<Durable>,
    bytes: usize,
    head: u64,
    time: u64,
}

type OpenReader = Box<dyn Fn() -> Result<Box<dyn Reader>, ReadError> + Send + Sync>;

/// The durable groups of a cell. Its head never goes back, also while the cell comes back.
pub struct Feed {
    ring: Mutex<Ring>,
    grown: Condvar,
    position: watch::Sender<u64>,
    reader: Mutex<Option<OpenReader>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            ring: Mutex::default(),
            grown: Condvar::new(),
            position: watch::Sender::new(0),
            reader: Mutex::new(None),
        }
    }
}

impl Feed {
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().expect("no holder of this lock panics")
    }

    /// Says how older groups are read.
    pub(crate) fn set_reader(&self, open: OpenReader) {
        *self.reader.lock().expect("no holder of this lock panics") = Some(open);
    }

    /// A reader over the whole journal, independent of the cell's thread.
    pub fn reader(&self) -> Result<Box<dyn Reader>, ReadError> {
        let open = self.reader.lock().expect("no holder of this lock panics");
        open.as_ref().expect("a feed gets its reader before its first group")()
    }

    /// The head at start, when nothing is in memory yet.
    pub(crate) fn begin(&self, head: u64, time: u64) {
        let mut ring = self.lock();
        if head > ring.head {
            ring.groups.clear();
            ring.bytes = 0;
        }
        ring.head = ring.head.max(head);
        ring.time = ring.time.max(time);
        drop(ring);
        self.position.send_replace(head);
    }

    pub(crate) fn push(&self, durable: Durable) {
        let mut ring = self.lock();
        let position = durable.group.position;
        if position <= ring.head {
            return;
        }
        ring.head = position;
        ring.time = durable.group.time;
        ring.bytes += durable.group.bytes();
        ring.groups.push_back(durable);
        while ring.groups.len() > KEEP_GROUPS || ring.bytes > KEEP_BYTES {
            if let Some(old) = ring.groups.pop_front() {
                ring.bytes -= old.group.bytes();
            }
        }
        drop(ring);
        self.grown.notify_all();
        self.position.send_replace(position);
    }

    /// The newest durable position.
    pub fn head(&self) -> u64 {
        self.lock().head
    }

    /// The time of the newest durable group.
    pub fn time(&self) -> Timestamp {
        Timestamp(self.lock().time)
    }

    /// Tells of every new head; for tasks.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.position.subscribe()
    }

    /// The groups from a position on that are in memory, at most `limit`; none when the
    /// position is older than what is kept (read it with [`Self::reader`]).
    pub fn recent(&self, from: u64, limit: usize) -> Option<Vec<Durable>> {
        let ring = self.lock();
        if from > ring.head {
            return Some(Vec::new());
        }
        let oldest = ring.groups.front()?.group.position;
        let skip = usize::try_from(from.checked_sub(oldest)?).ok()?;
        Some(ring.groups.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Waits in a thread until there is a group at `from` or later, or time is up; returns the
    /// head.
    pub fn wait(&self, from: u64, timeout: Duration) -> u64 {
        let ring = self.lock();
        let (ring, _) = self
            .grown
            .wait_timeout_while(ring, timeout, |ring| ring.head < from)
            .expect("no holder of this lock panics");
        ring.head
    }

    /// The groups from a position on, from memory or from the journal; at most `limit`.
    pub fn read(&self, from: u64, limit: usize) -> Result<Vec<Durable>, ReadError> {
        if let Some(groups) = self.recent(from, limit) {
            return Ok(groups);
        }
        let head = self.head();
        let mut reader = self.reader()?;
        let mut groups = Vec::new();
        let mut at = from;
        while at <= head && groups.len() < limit {
            let Some(group) = reader.read_from(at)? else { break };
            at = group.position + 1;
            if group.position > head {
                break;
            }
            let durable = Durable::of(group).expect("a durable record can be read back");
            groups.push(durable);
        }
        Ok(groups)
    }
}
