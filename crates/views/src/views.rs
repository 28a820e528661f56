//! The views as the edge sees them: a file that may be read by many at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use journal::Reader;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::error::{ViewsError, is_broken};
use crate::file;
use crate::writer::Writer;

/// A place in the journal: the group, the record in it, and a count where one record makes
/// several rows. What lists are continued from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The number of the group.
    pub position: u64,
    /// The record in it, from 0.
    pub index: u32,
    /// Counts the rows of one record.
    pub ord: u32,
}

/// What a follower is told from outside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Orders {
    pub stop: bool,
    /// How often a reader found the file damaged.
    pub broken: u64,
}

pub(crate) struct Shared {
    pub path: PathBuf,
    pub cell: String,
    /// How far the file is; what waits for a position waits here.
    pub position: watch::Sender<u64>,
    pub orders: watch::Sender<Orders>,
    /// How often the file was built anew: connections of an earlier one are not used again.
    pub builds: AtomicU64,
    idle: Mutex<Vec<(u64, Connection)>>,
}

/// The views of one cell. Cheap to clone. Questions are answered in the caller's thread and take
/// some tenths of a millisecond: from a task, ask in `spawn_blocking`.
#[derive(Clone)]
pub struct Views {
    pub(crate) shared: Arc<Shared>,
}

/// How many connections wait for the next question.
const IDLE: usize = 4;

impl Views {
    /// Opens the file at `path` for the cell of that name, making it when it is missing or unfit.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can be neither read nor made.
    pub fn open(path: &Path, cell: &str) -> Result<Self, ViewsError> {
        let (position, _) = Writer::open(path, cell)?.cursor();
        let shared = Shared {
            path: path.to_owned(),
            cell: cell.to_owned(),
            position: watch::Sender::new(position),
            orders: watch::Sender::default(),
            builds: AtomicU64::new(0),
            idle: Mutex::new(Vec::new()),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The newest group that the lists know.
    pub fn position(&self) -> u64 {
        *self.shared.position.borrow()
    }

    /// Waits until the lists know a group, for `wait` at most, and tells whether they are still
    /// older than that: what a list answers as `stale`.
    pub async fn stale_at(&self, position: u64, wait: Duration) -> bool {
        let mut known = self.shared.position.subscribe();
        tokio::time::timeout(wait, known.wait_for(|known| *known >= position)).await.is_err()
    }

    /// Follows a journal to its end, here and now: for tools and tests. Not beside a
    /// [`crate::Follower`]. Returns how far the lists are.
    ///
    /// # Errors
    /// [`ViewsError`]; what was followed before it stays.
    pub fn catch_up(&self, reader: &mut dyn Reader) -> Result<u64, ViewsError> {
        let mut writer = Writer::open(&self.shared.path, &self.shared.cell)?;
        let (position, hash) = writer.cursor();
        if reader.hash_at(position)? != Some(hash) {
            writer.destroy()?;
            self.shared.builds.fetch_add(1, Relaxed);
            writer = Writer::open(&self.shared.path, &self.shared.cell)?;
        }
        loop {
            let mut groups = Vec::new();
            let mut next = writer.cursor().0 + 1;
            while groups.len() < 256
                && let Some(group) = reader.read_from(next)?
            {
                next += 1;
                groups.push(group);
            }
            if groups.is_empty() {
                break;
            }
            writer.follow(&groups)?;
        }
        self.shared.position.send_replace(writer.cursor().0);
        Ok(writer.cursor().0)
    }

    /// Asks a question. A damaged file is told to the follower, which builds it anew.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ViewsError> {
        let builds = self.shared.builds.load(Relaxed);
        let connection = match self.shared.take_idle(builds) {
            Some(connection) => connection,
            None => file::open_reader(&self.shared.path)?,
        };
        let answer = question(&connection);
        match &answer {
            Err(error) if is_broken(error) => {
                tracing::warn!(cell = self.shared.cell, %error, "the views can't be read");
                self.shared.orders.send_modify(|orders| orders.broken += 1);
            }
            Err(_) => {}
            Ok(_) => self.shared.put_idle(builds, connection),
        }
        Ok(answer?)
    }
}

impl Shared {
    fn take_idle(&self, builds: u64) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(of, _)| *of == builds);
        idle.pop().map(|(_, connection)| connection)
    }

    fn put_idle(&self, builds: u64, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push((builds, connection));
        }
    }
}
