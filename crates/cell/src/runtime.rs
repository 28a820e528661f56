//! The thread that decides, and how a cell comes back after a fault.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use economy::State;
use journal::{Journal, Reader};
use kernel::Timestamp;
use tracing::{error, info, warn};

use crate::clock::{Clock, Face, Watch};
use crate::codes::Codes;
use crate::core::{Core, ReplayError, replay};
use crate::feed::Feed;
use crate::handle::{CellInfo, Handle, Metrics, Outcome, Ticket};
use crate::queue::{Ask, Queue, Rejected, Until, Work};
use crate::snapshot::{self, Newest, SnapshotConfig, Snapshots};
use crate::writer::Writer;

/// How a journal is opened, again after each fault.
pub type OpenJournal =
    Box<dyn FnMut() -> Result<Box<dyn Journal>, Box<dyn std::error::Error + Send + Sync>> + Send>;

/// What a cell needs.
pub struct Config {
    /// Who it is.
    pub info: CellInfo,
    /// Its journal.
    pub open: OpenJournal,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Spreads look-ups; drawn anew at each start.
    pub seed: u64,
    /// Whether a clock that jumped is accepted without an operator (the demo does).
    pub accept_clock_jumps: bool,
    /// Called when the cell can't go on: an I/O error on the journal, a deposed writer, a
    /// journal that can't be read. The product ends the process with code 70.
    pub on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
    /// The runtime in which replies are told; a thread of their own when there is none.
    pub runtime: Option<tokio::runtime::Handle>,
    /// Where the state is written from time to time, so that a start need not replay the whole
    /// journal; none are taken, nor read, without.
    pub snapshots: Option<SnapshotConfig>,
    /// What can check the one-time codes of phones; without, none is good.
    pub codes: Option<Arc<dyn Codes>>,
}

/// Why a cell could not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The journal could not be opened or claimed.
    #[error("{0}")]
    Journal(Box<dyn std::error::Error + Send + Sync>),
    /// The journal could not be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
}

/// The most a group weighs, and its bytes (CORE §4).
const GROUP_WEIGHT: u32 = 1_024;
const GROUP_BYTES: usize = 1 << 20;
/// The shortest time between the beginnings of two groups that are not full. A group that comes
/// later than that goes out at once; under load it is this long in the making, so that what it
/// costs whatever its size (a sync, and the waking of all who follow) is shared by more.
const PACE: Duration = Duration::from_micros(2_000);
/// Asks of so much weight wake the deciding thread while a group is held back or on its way to the disk:
/// what comes meanwhile is mostly taken in one go.
const WORTH_WAKING: u32 = 128;

/// Starts a cell: opens and replays its journal, then takes in work.
///
/// # Errors
/// When the journal can't be opened, claimed or replayed.
pub fn start(mut config: Config) -> Result<Handle, OpenError> {
    let handle = Handle {
        info: Arc::new(config.info.clone()),
        queue: Arc::new(Queue::default()),
        feed: Arc::new(Feed::default()),
        metrics: Arc::new(Metrics::default()),
        face: Arc::new(Face::new(Arc::clone(&config.clock))),
        codes: config.codes.clone(),
    };
    handle.queue.set_closed(Some(Rejected::Starting));
    let live = bring_up(&mut config, &handle)?;
    let watch = Watch::new(config.clock.as_ref(), live.core.now());
    let name = format!("cell-{}", config.info.name);
    let mut thread = CellThread { config, handle: handle.clone(), watch };
    let now = thread.watch.time(thread.config.clock.as_ref());
    handle.face.set(live.core.now().max(now));
    // Work may wait in the queue while the threads start.
    thread.look_at_clock(&handle.queue, live.core.now());
    std::thread::Builder::new()
        .name(name)
        .spawn(move || thread.run(live))
        .map_err(OpenError::Thread)?;
    Ok(handle)
}

/// A journal that was claimed and the state that stands at its head.
struct Live {
    core: Core<Ticket>,
    journal: Box<dyn Journal>,
    epoch: u64,
    from: snapshot::Origin,
}

fn bring_up(config: &mut Config, handle: &Handle) -> Result<Live, OpenError> {
    let began = Instant::now();
    let mut journal = (config.open)().map_err(OpenError::Journal)?;
    let mut reader = journal.reader();
    let newest = config.snapshots.as_ref().and_then(|snapshots| {
        snapshot::newest(snapshots, &config.info, config.seed, reader.as_mut())
    });
    let (state, from, replayed) = match newest {
        Some(Newest { state, position, bytes, replayed }) => {
            (state, snapshot::Origin { position, bytes, since: replayed.bytes }, replayed)
        }
        None => {
            let mut state = State::new(config.info.number, config.seed);
            let replayed = replay(&mut state, reader.as_mut(), 1)?;
            (state, snapshot::Origin { since: replayed.bytes, ..Default::default() }, replayed)
        }
    };
    let epoch = journal.head().epoch + 1;
    journal.claim(epoch).map_err(|e| OpenError::Journal(Box::new(e)))?;
    let head = journal.head();
    handle.feed.set_reader(reader_of(journal.as_ref()));
    handle.feed.begin(head.position, replayed.time);
    handle.metrics.durable.store(head.position, Relaxed);
    handle.metrics.snapshot.store(from.position, Relaxed);
    info!(
        cell = config.info.name,
        snapshot = from.position,
        groups = replayed.groups,
        records = replayed.records,
        ms = began.elapsed().as_millis() as u64,
        "journal replayed"
    );
    let core = Core::new(state, head, replayed.time).with_codes(config.codes.clone());
    Ok(Live { core, journal, epoch, from })
}

fn reader_of(
    journal: &dyn Journal,
) -> Box<dyn Fn() -> Result<Box<dyn Reader>, journal::ReadError> + Send + Sync> {
    // One reader is taken from the journal now; more are forked from the journal's own handle.
    let source = std::sync::Mutex::new(journal.reader());
    Box::new(move || Ok(source.lock().expect("no holder of this lock panics").fork()))
}

/// Whether opening failed for want of room on the disk, which passes.
fn is_full(why: &OpenError) -> bool {
    let OpenError::Journal(why) = why else { return false };
    matches!(
        why.downcast_ref::<journal::file::OpenError>(),
        Some(journal::file::OpenError::NoSpace { .. })
    )
}

/// Why a live cell ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Its state is to be dropped and brought back.
    Drop,
    /// The same, because the disk is full.
    Full,
    /// It was stopped.
    Stop,
    /// It can't go on.
    Fatal(String),
}

struct CellThread {
    config: Config,
    handle: Handle,
    /// Outlives a dropped state: coming back is no look at the clock.
    watch: Watch,
}

impl CellThread {
    fn run(&mut self, first: Live) {
        let mut live = Some(first);
        loop {
            let now = match live.take() {
                Some(live) => live,
                None => match bring_up(&mut self.config, &self.handle) {
                    Ok(live) => live,
                    Err(why) if is_full(&why) => {
                        self.wait_for_room();
                        continue;
                    }
                    Err(why) => return self.fatal(&why.to_string()),
                },
            };
            match self.live(now) {
                End::Stop => return self.handle.queue.set_stopped(),
                End::Fatal(why) => return self.fatal(&why),
                End::Drop => {
                    warn!(cell = self.config.info.name, "state dropped; replaying the journal");
                    self.handle.metrics.recoveries.fetch_add(1, Relaxed);
                }
                End::Full => {
                    self.handle.metrics.recoveries.fetch_add(1, Relaxed);
                    self.wait_for_room();
                }
            }
        }
    }

    fn wait_for_room(&self) {
        warn!(cell = self.config.info.name, "journal full; trying again in a second");
        std::thread::sleep(Duration::from_secs(1));
    }

    fn fatal(&self, why: &str) {
        error!(cell = self.config.info.name, why, "the cell can't go on");
        self.handle.queue.set_closed(Some(Rejected::Stopped));
        self.handle.queue.tell_all(&Outcome::Unknown);
        self.handle.queue.set_stopped();
        (self.config.on_fatal)(why);
    }

    /// Decides until something ends it.
    fn live(&mut self, live: Live) -> End {
        let Live { mut core, journal, epoch, from } = live;
        let queue = Arc::clone(&self.handle.queue);
        let writer = match Writer::start(&self.config, &self.handle, journal, epoch) {
            Ok(writer) => writer,
            Err(why) => return End::Fatal(why.to_string()),
        };
        queue.set_journal_free(true);
        self.look_at_clock(&queue, core.now());
        let config = self.config.snapshots.clone();
        let mut snapshots = config.map(|config| Snapshots::new(config, self.handle.clone(), from));
        let end = self.decide(&mut core, &writer, &queue, snapshots.as_mut());
        // One that is under way ends here: its group may never become durable.
        drop(snapshots);
        let closed = match end {
            End::Full => Rejected::JournalFull,
            End::Stop => Rejected::Stopped,
            _ => Rejected::Starting,
        };
        queue.set_closed(Some(closed));
        let outcome = match end {
            // Nothing of it was written: that is certain, so it is said.
            End::Full => Outcome::Rejected(Rejected::JournalFull),
            _ => Outcome::Unknown,
        };
        core.into_waiting().for_each(|ticket| ticket.tell(outcome.clone()));
        queue.tell_all(&Outcome::Rejected(closed));
        writer.finish();
        end
    }

    fn decide(
        &mut self,
        core: &mut Core<Ticket>,
        writer: &Writer,
        queue: &Queue,
        mut snapshots: Option<&mut Snapshots>,
    ) -> End {
        let mut quiet_until = Timestamp::default();
        let mut begins = Instant::now();
        loop {
            let full = core.weight() >= GROUP_WEIGHT || core.bytes() >= GROUP_BYTES;
            let room = if full { 0 } else { GROUP_WEIGHT - core.weight() };
            let copying = snapshots.as_ref().map_or(Duration::MAX, |taken| taken.patience());
            let now = self.watch.time(self.config.clock.as_ref());
            let patience = patience(core, now, quiet_until).min(copying);
            let held = if full {
                Duration::ZERO
            } else {
                begins.saturating_duration_since(Instant::now())
            };
            let (until, patience) = match core.is_empty() {
                true => (Until { weight: 1, journal: false }, patience),
                false => sleep(full, held, patience),
            };
            let woken = queue.take(room, until, patience);
            if let Some(end) = writer.ended() {
                return end;
            }
            if woken.crash {
                queue.crash_seen();
                return End::Drop;
            }
            self.look_at_clock(queue, core.now());
            core.stamp(self.watch.time(self.config.clock.as_ref()));
            self.handle.face.set(core.now());
            let worked = catch_unwind(AssertUnwindSafe(|| {
                woken.work.into_iter().for_each(|work| take_in(core, work));
                let due = core.next_deadline().is_some_and(|at| at <= core.now());
                if due && core.now() >= quiet_until && !core.tick() {
                    // Rules that differ between dates can make a deadline early; look again
                    // in a second instead of at once.
                    quiet_until = core.now().plus(kernel::Span::seconds(1));
                }
            }));
            if worked.is_err() {
                return End::Drop;
            }
            if let Some(snapshots) = &mut snapshots
                && woken.snapshot
            {
                snapshots.want();
            }
            self.handle.metrics.queued.store(queue.queued(), Relaxed);
            if !core.writes() && self.handle.feed.head() >= core.resting() {
                writer.tell(core.take_told());
            }
            let due = full || woken.stop || begins <= Instant::now() || !core.writes();
            if !core.is_empty() && due && queue.take_journal() {
                if core.writes() {
                    begins = Instant::now() + PACE;
                }
                let built = core.seal();
                if let Some(snapshots) = &mut snapshots {
                    snapshots.count(built.group.bytes());
                }
                if let Some(spare) = writer.write(built) {
                    core.reuse(spare);
                }
            } else if woken.stop && core.is_empty() && woken.journal_free {
                return End::Stop;
            }
            if let Some(snapshots) = &mut snapshots
                && core.is_empty()
            {
                let position = core.resting();
                let worked = catch_unwind(AssertUnwindSafe(|| {
                    snapshots.at_boundary(position, core.state_mut());
                }));
                if worked.is_err() {
                    return End::Drop;
                }
            }
        }
    }

    /// Closes the cell for new business when its clock was set; opens it when it is right again.
    /// What finishes something goes on either way.
    fn look_at_clock(&mut self, queue: &Queue, now: Timestamp) {
        let (clock, accepted) = (self.config.clock.as_ref(), queue.take_clock_accepted());
        let mut closed = None;
        if self.watch.jumped(clock) {
            if self.config.accept_clock_jumps || accepted {
                warn!(cell = self.config.info.name, "the clock jumped; its new time was accepted");
                self.watch.accept(clock, now);
            } else {
                closed = Some(Rejected::ClockJumped);
            }
        }
        if queue.closed() != closed {
            if closed.is_some() {
                error!(cell = self.config.info.name, "the clock jumped; new business is stopped");
            }
            queue.set_closed(closed);
        }
    }
}

/// How long to sleep when nothing comes: until the next deadline.
fn patience(core: &Core<Ticket>, now: Timestamp, quiet_until: Timestamp) -> Duration {
    let Some(due) = core.next_deadline() else { return Duration::from_secs(60) };
    let wait = due.max(quiet_until).0.saturating_sub(now.0);
    Duration::from_micros(wait.saturating_add(1_000)).min(Duration::from_secs(60))
}

/// What wakes the deciding thread while it holds a group, and how long it sleeps: a group that is
/// held back waits for its time, any other for the journal's thread.
fn sleep(full: bool, held: Duration, patience: Duration) -> (Until, Duration) {
    let weight = if full { 0 } else { WORTH_WAKING };
    match held.is_zero() {
        true => (Until { weight, journal: true }, patience),
        false => (Until { weight, journal: false }, patience.min(held)),
    }
}

fn take_in(core: &mut Core<Ticket>, work: Work) {
    match work.ask {
        Ask::Do(request) => core.submit(&request, work.ticket),
        Ask::Query(query) => core.ask(&query, work.ticket),
    }
}
