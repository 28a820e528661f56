//! The thread that follows a cell: waits for durable groups, turns them into rows, and cures the
//! file when it is damaged. Nothing it meets reaches the cell.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cell::Feed;
use journal::{ReadError, Reader, Stored};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::error::ViewsError;
use crate::views::{Orders, Shared, Views};
use crate::writer::Writer;

/// What one transaction follows at most: many groups when there is much to catch up with.
const GROUPS: usize = 256;
const BYTES: usize = 8 << 20;
/// Between the beginnings of two transactions, so that under load each of them follows many groups:
/// what is changed is written by whole pages, and payments of a moment share them.
const PAUSE: Duration = Duration::from_millis(40);
/// How long an error is waited out at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LAST_WAIT: Duration = Duration::from_secs(300);

/// Follows a cell until it is stopped or dropped.
pub struct Follower {
    views: Views,
    feed: Arc<Feed>,
    figures: Arc<Figures>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Figures {
    rebuilds: AtomicU64,
    failing: AtomicBool,
}

impl Follower {
    /// How many durable groups the lists do not know yet.
    pub fn lag(&self) -> u64 {
        self.feed.head().saturating_sub(self.views.position())
    }

    /// The newest group that the lists know.
    pub fn position(&self) -> u64 {
        self.views.position()
    }

    /// How often the file was built anew since the start.
    pub fn rebuilds(&self) -> u64 {
        self.figures.rebuilds.load(Relaxed)
    }

    /// Whether the last attempt to follow failed; the log says why.
    pub fn is_failing(&self) -> bool {
        self.figures.failing.load(Relaxed)
    }

    /// Stops after the transaction under way.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.views.shared.orders.send_modify(|orders| orders.stop = true);
        if let Some(thread) = self.thread.take() {
            // A panic was logged where it was caught.
            let _ended = thread.join();
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.end();
    }
}

impl Views {
    /// Starts following a cell, in a thread of its own at low priority. Once at a time.
    ///
    /// # Errors
    /// [`ViewsError::Thread`].
    pub fn follow(&self, feed: &Arc<Feed>) -> Result<Follower, ViewsError> {
        self.shared.orders.send_modify(|orders| orders.stop = false);
        let figures = Arc::<Figures>::default();
        let waits = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(ViewsError::Thread)?;
        let mut following = Following {
            shared: Arc::clone(&self.shared),
            feed: Arc::clone(feed),
            figures: Arc::clone(&figures),
            orders: self.shared.orders.subscribe(),
            heads: feed.watch(),
            waits,
            reader: None,
            broken: 0,
        };
        let thread = std::thread::Builder::new()
            .name(format!("views {}", self.shared.cell))
            .spawn(move || following.run())
            .map_err(ViewsError::Thread)?;
        let (views, feed) = (self.clone(), Arc::clone(feed));
        Ok(Follower { views, feed, figures, thread: Some(thread) })
    }
}

/// Why following stopped.
enum Halt {
    /// It was told to.
    Stopped,
    /// The file is to be built anew.
    Unfit(String),
    /// To be tried again later.
    Failed(String),
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ViewsError> for Halt {
    fn from(error: ViewsError) -> Self {
        let unfit = error.is_broken_file();
        if unfit { Self::Unfit(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

struct Following {
    shared: Arc<Shared>,
    feed: Arc<Feed>,
    figures: Arc<Figures>,
    orders: watch::Receiver<Orders>,
    heads: watch::Receiver<u64>,
    waits: Runtime,
    reader: Option<Box<dyn Reader>>,
    /// How many of the readers' alarms were answered.
    broken: u64,
}

impl Following {
    fn run(&mut self) {
        // Lists may be late, the cell may not. Where the system refuses, they run alike.
        let _priority = rustix::process::nice(10);
        let (mut furthest, mut wait) = (0, Duration::ZERO);
        loop {
            let halt = catch_unwind(AssertUnwindSafe(|| self.session()))
                .unwrap_or_else(|_| Halt::Unfit("following panicked".to_owned()));
            let reached = *self.shared.position.borrow();
            let cell = &self.shared.cell;
            let unfit = match halt {
                Halt::Stopped => return,
                Halt::Unfit(why) => {
                    tracing::warn!(cell, why, "the views are built anew");
                    true
                }
                Halt::Failed(why) => {
                    tracing::warn!(cell, why, "the views fall behind");
                    false
                }
            };
            if unfit {
                self.discard();
            }
            self.figures.failing.store(true, Relaxed);
            self.reader = None;
            // A file that broke is built anew at once; whoever fails at one place again and again
            // is tried less and less often.
            wait = match (reached > furthest, unfit) {
                (true, true) => Duration::ZERO,
                (true, false) => FIRST_WAIT,
                (false, _) => (wait * 2).clamp(FIRST_WAIT, LAST_WAIT),
            };
            furthest = furthest.max(reached);
            if self.stopped_within(wait) {
                return;
            }
        }
    }

    fn discard(&mut self) {
        if let Err(error) = crate::file::delete(&self.shared.path) {
            tracing::warn!(cell = self.shared.cell, %error, "the views can't be removed");
        }
        self.rebuilt();
    }

    fn rebuilt(&mut self) {
        self.shared.builds.fetch_add(1, Relaxed);
        self.figures.rebuilds.fetch_add(1, Relaxed);
        self.shared.position.send_replace(0);
    }

    /// Follows until something is in the way.
    fn session(&mut self) -> Halt {
        match self.follow() {
            Ok(()) => Halt::Stopped,
            Err(halt) => halt,
        }
    }

    fn follow(&mut self) -> Result<(), Halt> {
        self.broken = self.orders.borrow().broken;
        let mut writer = Writer::open(&self.shared.path, &self.shared.cell)?;
        let mut checked = false;
        loop {
            let head = *self.heads.borrow_and_update();
            let head = self.feed.head().max(head);
            if head > 0 && !checked {
                if !self.is_of_this_journal(&writer, head)? {
                    let cell = &self.shared.cell;
                    tracing::info!(cell, "the views are of another journal: built anew");
                    writer.destroy()?;
                    self.rebuilt();
                    writer = Writer::open(&self.shared.path, &self.shared.cell)?;
                }
                self.figures.failing.store(false, Relaxed);
                self.shared.position.send_replace(writer.cursor().0);
                checked = true;
            }
            let mut pause = None;
            if checked && writer.cursor().0 < head {
                let began = Instant::now();
                let groups = self.read(writer.cursor().0 + 1, head)?;
                writer.follow(&groups).map_err(ViewsError::from)?;
                self.figures.failing.store(false, Relaxed);
                self.shared.position.send_replace(writer.cursor().0);
                let behind = writer.cursor().0 < self.feed.head() && groups.len() == GROUPS;
                pause = (!behind).then(|| PAUSE.saturating_sub(began.elapsed()));
            }
            self.attend(writer.cursor().0, head, pause)?;
            if self.orders.borrow().stop {
                return Ok(());
            }
        }
    }

    /// Waits for what comes next: time to pass, a new group, an order.
    fn attend(&mut self, position: u64, head: u64, pause: Option<Duration>) -> Result<(), Halt> {
        if let Some(pause) = pause
            && self.stopped_within(pause)
        {
            return Ok(());
        }
        let (orders, heads) = (&mut self.orders, &mut self.heads);
        if position >= head {
            self.waits.block_on(async {
                tokio::select! {
                    // Neither sender is dropped while we hold shared state and feed.
                    _ = orders.changed() => {}
                    _ = heads.changed() => {}
                }
            });
        }
        if self.orders.borrow().broken > self.broken {
            return Err(Halt::Unfit("a reader found it damaged".to_owned()));
        }
        Ok(())
    }

    /// Waits, and tells whether to stop.
    fn stopped_within(&mut self, wait: Duration) -> bool {
        let orders = &mut self.orders;
        let stop = async { tokio::time::timeout(wait, orders.wait_for(|o| o.stop)).await.is_ok() };
        self.waits.block_on(stop)
    }

    fn is_of_this_journal(&mut self, writer: &Writer, head: u64) -> Result<bool, ReadError> {
        let (position, hash) = writer.cursor();
        if position > head {
            return Ok(false);
        }
        Ok(self.reader()?.hash_at(position)? == Some(hash))
    }

    fn reader(&mut self) -> Result<&mut Box<dyn Reader>, ReadError> {
        match &mut self.reader {
            Some(reader) => Ok(reader),
            empty => Ok(empty.insert(self.feed.reader()?)),
        }
    }

    /// Groups from `from` on: from memory, or from the journal when they are older.
    fn read(&mut self, from: u64, head: u64) -> Result<Vec<Stored>, ReadError> {
        let mut groups = Vec::new();
        let mut bytes = 0;
        while groups.len() < GROUPS && bytes <= BYTES && from + groups.len() as u64 <= head {
            let next = from + groups.len() as u64;
            // A few at a time: the cell waits for the same lock.
            match self.feed.recent(next, 8) {
                Some(recent) if recent.is_empty() => break,
                Some(recent) => groups.extend(recent.into_iter().map(|durable| durable.group)),
                None => match self.reader()?.read_from(next)? {
                    Some(group) => groups.push(group),
                    None => break,
                },
            }
            bytes = groups.iter().map(Stored::bytes).sum();
        }
        Ok(groups)
    }
}
