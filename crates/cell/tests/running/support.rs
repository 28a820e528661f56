//! Cells over journals in memory, with a clock that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use cell::{CellInfo, Clock, Config, Handle, OpenJournal, Outcome, SystemClock, start};
use economy::{Command, Query, Request};
use journal::memory::{Disk, Memory};
use kernel::{Actor, Currency, Role, Timestamp};

pub const OPERATOR: Actor = Actor::of(1, Role::Operator);
/// Nothing here takes as long on a machine that works at all.
const PATIENCE: Duration = Duration::from_secs(120);

/// The machine's clocks, the wall's moved by what a test says.
#[derive(Debug, Default)]
pub struct Set {
    ahead_us: AtomicI64,
}

impl Set {
    /// Sets the wall clock so far ahead of the true time, or behind it.
    pub fn ahead(&self, us: i64) {
        self.ahead_us.store(us, Relaxed);
    }
}

impl Clock for Set {
    fn wall(&self) -> Timestamp {
        Timestamp(SystemClock.wall().0.saturating_add_signed(self.ahead_us.load(Relaxed)))
    }

    fn running_us(&self) -> u64 {
        SystemClock.running_us()
    }
}

pub fn over(disk: &Disk) -> OpenJournal {
    let disk = disk.clone();
    Box::new(move || Ok(Box::new(Memory::open(&disk))))
}

/// Starts a cell whose clock's jumps an operator must accept.
pub fn open(number: u16, open: OpenJournal, clock: Arc<dyn Clock>) -> Handle {
    let name = ["", "cn", "jp"][usize::from(number)].to_owned();
    start(Config {
        info: CellInfo { number, name },
        open,
        clock,
        seed: 7,
        accept_clock_jumps: false,
        codes: None,
        on_fatal: Arc::new(|_| {}),
        runtime: None,
        snapshots: None,
    })
    .expect("the cell starts")
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub fn request(command: impl Into<Command>) -> Request {
    Request { actor: OPERATOR, fingerprint: None, command: command.into() }
}

/// New business of the smallest kind.
pub fn open_book(cell: &Handle) -> Outcome {
    let command = pay::command::OpenBook { currency: Currency::JPY };
    cell.submit_blocking(request(pay::Command::from(command)))
}

/// Lets the deciding thread look around.
pub fn look(cell: &Handle) {
    let outcome = cell.ask_blocking(Query::Links);
    assert!(matches!(outcome, Outcome::Answered { .. }), "{outcome:?}");
}
