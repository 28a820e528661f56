//! Snapshots: the state written to a file while the cell goes on, so that the next start replays
//! only what came after.
//!
//! ```text
//! deciding thread   begin ─▶ copies some 32,000 entries after each group ─▶ …
//!                     └──────────────── pieces ───────────────┐
//! snapshot's thread                                           ▼
//!                    temporary file ─▶ position durable? ─▶ header ─▶ rename
//! ```
//!
//! A snapshot is a cache of the journal: it is published only when the group it stands at is
//! durable and says that group's hash, it is believed only if its own hash fits and the journal
//! has that group, and at any doubt it is deleted. Whatever fails here costs a longer start and
//! nothing else.

mod file;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use economy::State;
use kernel::snapshot::Piece;
use tracing::warn;

use crate::handle::Handle;

pub(crate) use read::{Newest, newest};
use write::Job;

/// When snapshots are taken, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotConfig {
    /// Their folder; it is made when there is none.
    pub folder: PathBuf,
    /// One is begun after so many bytes of the journal, and no sooner than after as many as the
    /// newest has: writing them never takes more of the disk than the journal does.
    pub every_bytes: u64,
    /// So many are kept; an older one helps when the newest is damaged.
    pub keep: usize,
}

impl SnapshotConfig {
    /// Every 256 MB of the journal or more, two kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), every_bytes: 256 << 20, keep: 2 }
    }
}

/// The deciding thread's side: when one begins, and the copying.
pub(crate) struct Snapshots {
    config: SnapshotConfig,
    handle: Handle,
    /// Bytes of the journal since the newest began.
    since: u64,
    /// The position at which the newest began.
    newest: u64,
    /// Bytes of the newest that was published.
    bytes: Arc<AtomicU64>,
    /// Whether one was asked for.
    wanted: bool,
    under_way: Option<UnderWay>,
}

/// What a start came from; all 0 when it was the journal alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    /// The group after which the snapshot was begun.
    pub position: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Bytes of the journal after it.
    pub since: u64,
}

struct UnderWay {
    /// Gone when all was copied and the rest is the thread's.
    pieces: Option<Sender<Option<Piece>>>,
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Snapshots {
    /// Goes on from the snapshot that a start came from.
    pub fn new(config: SnapshotConfig, handle: Handle, from: Origin) -> Self {
        let Origin { position: newest, bytes, since } = from;
        let bytes = Arc::new(AtomicU64::new(bytes));
        Self { config, handle, since, newest, bytes, wanted: false, under_way: None }
    }

    /// Counts a group of the journal.
    pub fn count(&mut self, bytes: usize) {
        self.since += bytes as u64;
    }

    /// One is to begin at the next group's boundary, if anything changed since the newest.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// How long the cell may sleep at most: not at all while entries wait to be copied.
    pub fn patience(&self) -> Duration {
        let copying = |under_way: &UnderWay| under_way.pieces.is_some();
        match &self.under_way {
            Some(under_way) if copying(under_way) => Duration::ZERO,
            Some(_) if self.wanted => Duration::from_millis(20),
            _ => Duration::MAX,
        }
    }

    /// Does a bounded part of the work, at the boundary after the group of that position.
    pub fn at_boundary(&mut self, position: u64, state: &mut State) {
        let Some(under_way) = &mut self.under_way else {
            return self.begin_if_due(position, state);
        };
        let Some(pieces) = &under_way.pieces else {
            if under_way.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                self.under_way = None;
                // One that was asked for meanwhile: nothing else may come to wake the cell.
                self.begin_if_due(position, state);
            }
            return;
        };
        let copied = state.copy_step();
        let was_last = copied.is_none();
        if pieces.send(copied).is_err() {
            // The thread has said why it gave up.
            state.abandon_snapshot();
            self.under_way = None;
        } else if was_last {
            under_way.pieces = None;
        }
    }

    fn begin_if_due(&mut self, position: u64, state: &mut State) {
        let wanted = std::mem::take(&mut self.wanted);
        let enough = self.config.every_bytes.max(self.bytes.load(Relaxed));
        let due = wanted || self.since >= enough;
        if !due || position <= self.newest {
            return;
        }
        (self.since, self.newest) = (0, position);
        let (pieces, incoming) = mpsc::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let job = Job {
            config: self.config.clone(),
            handle: self.handle.clone(),
            position,
            cancelled: Arc::clone(&cancelled),
            bytes: Arc::clone(&self.bytes),
        };
        let name = format!("snapshot-{}", self.handle.info().name);
        let spawned = std::thread::Builder::new().name(name).spawn(move || job.run(&incoming));
        match spawned {
            Ok(thread) => {
                for piece in state.begin_snapshot() {
                    // A thread that gave up is noticed at the first step.
                    drop(pieces.send(Some(piece)));
                }
                let (pieces, thread) = (Some(pieces), Some(thread));
                self.under_way = Some(UnderWay { pieces, cancelled, thread });
            }
            Err(error) => warn!(%error, "no thread for a snapshot; none is taken"),
        }
    }
}

/// What is not published when the state is dropped never is: the position it waits for may come
/// to stand for another group.
impl Drop for UnderWay {
    fn drop(&mut self) {
        self.cancelled.store(true, Relaxed);
        self.pieces = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            warn!("the thread of a snapshot panicked");
        }
    }
}
