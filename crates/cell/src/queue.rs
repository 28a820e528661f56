//! The bounded queue before a cell: two classes, measured by weight.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use economy::{Query, Request};

use crate::handle::{Outcome, Ticket};

/// What can be put into the queue.
#[derive(Debug)]
pub enum Ask {
    /// A command.
    Do(Box<Request>),
    /// A question.
    Query(Box<Query>),
}

/// An ask and who waits for it.
#[derive(Debug)]
pub struct Work {
    /// What is asked.
    pub ask: Ask,
    /// Where its outcome goes.
    pub ticket: Ticket,
}

/// Why something was not taken in. All of these pass; each answer says when to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The queue for new business is full.
    #[error("the cell is busy; try again in a second")]
    Busy,
    /// The cell comes back from its journal.
    #[error("the cell is starting; try again in a second")]
    Starting,
    /// There is no room on the disk for the journal.
    #[error("the journal's disk is full; nothing was taken, try again later")]
    JournalFull,
    /// The clock jumped; an operator must look.
    #[error("the cell's clock jumped; new business waits for the operator")]
    ClockJumped,
    /// The cell was stopped.
    #[error("the cell is stopping; try again in a moment")]
    Stopped,
}

impl Rejected {
    /// The stable word of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Busy => "cell_busy",
            Self::Starting => "cell_starting",
            Self::JournalFull => "journal_full",
            Self::ClockJumped => "clock_jumped",
            Self::Stopped => "cell_stopping",
        }
    }

    /// Seconds after which a retry makes sense.
    pub const fn retry_after_s(self) -> u32 {
        match self {
            Self::Busy | Self::Starting | Self::Stopped => 1,
            Self::JournalFull => 10,
            Self::ClockJumped => 60,
        }
    }
}

/// How much may wait (CORE §4): new business, and what finishes something on top of it.
const MAX_WEIGHT: u32 = 5_000;

#[derive(Default)]
struct Waiting {
    first: VecDeque<Work>,
    second: VecDeque<Work>,
    weight: [u32; 2],
    /// Why new business is not taken in.
    closed: Option<Rejected>,
    /// Whether the cell decides.
    ready: bool,
    crash: bool,
    stop: bool,
    stopped: bool,
    /// The journal's thread has room for a group.
    journal_free: bool,
    clock_accepted: bool,
    snapshot: bool,
    /// The journal's thread has ended and says why elsewhere.
    journal_ended: bool,
}

/// The queue, and what else can wake the deciding thread.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    ended: Condvar,
}

/// Why the deciding thread was woken.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    pub work: Vec<Work>,
    pub journal_free: bool,
    pub crash: bool,
    pub stop: bool,
    /// A snapshot was asked for.
    pub snapshot: bool,
}

fn weight(ask: &Ask) -> u32 {
    match ask {
        Ask::Do(request) => request.command.weight(),
        Ask::Query(_) => 1,
    }
}

fn class(ask: &Ask) -> usize {
    match ask {
        Ask::Do(request) if request.command.finishes() => 0,
        _ => 1,
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no holder of this lock panics")
    }

    /// Takes work in, or gives it back with the reason.
    pub fn push(&self, work: Work) -> Result<(), (Work, Rejected)> {
        let class = class(&work.ask);
        let weight = weight(&work.ask);
        let mut waiting = self.lock();
        let finishes = class == 0;
        let query = matches!(work.ask, Ask::Query(_));
        let refusal = match waiting.closed {
            Some(Rejected::ClockJumped | Rejected::JournalFull) if finishes || query => None,
            other => other,
        };
        if let Some(why) = refusal {
            return Err((work, why));
        }
        let used = waiting.weight[class];
        if used != 0 && used + weight > MAX_WEIGHT {
            return Err((work, Rejected::Busy));
        }
        waiting.weight[class] += weight;
        let idle = waiting.first.is_empty() && waiting.second.is_empty();
        if finishes {
            waiting.first.push_back(work);
        } else {
            waiting.second.push_back(work);
        }
        drop(waiting);
        if idle {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Waits until there is work, the journal has room (if that is waited for), or time is up;
    /// then takes up to `room` by weight, what finishes something first.
    pub fn take(&self, room: u32, want_journal: bool, timeout: Duration) -> Woken {
        let mut waiting = self.lock();
        let nothing = |w: &mut Waiting| {
            let work = room > 0 && !(w.first.is_empty() && w.second.is_empty());
            let journal = w.journal_ended || (want_journal && w.journal_free);
            !(work || w.crash || w.stop || w.snapshot || w.clock_accepted || journal)
        };
        if nothing(&mut waiting) && !timeout.is_zero() {
            (waiting, _) = self
                .wake
                .wait_timeout_while(waiting, timeout, nothing)
                .expect("no holder of this lock panics");
        }
        let mut woken = Woken {
            work: Vec::new(),
            journal_free: waiting.journal_free,
            crash: waiting.crash,
            stop: waiting.stop,
            snapshot: std::mem::take(&mut waiting.snapshot),
        };
        waiting.journal_ended = false;
        let mut taken = 0;
        while taken < room {
            let class = if waiting.first.is_empty() { 1 } else { 0 };
            let queue = if class == 0 { &mut waiting.first } else { &mut waiting.second };
            let Some(work) = queue.pop_front() else { break };
            let weight = weight(&work.ask);
            taken += weight;
            waiting.weight[class] -= weight;
            woken.work.push(work);
        }
        woken
    }

    /// Claims the journal's thread for one group, if it has room.
    pub fn take_journal(&self) -> bool {
        std::mem::take(&mut self.lock().journal_free)
    }

    /// The operator accepts the clock as it is now.
    pub fn accept_clock(&self) {
        self.lock().clock_accepted = true;
        self.wake.notify_one();
    }

    pub fn take_clock_accepted(&self) -> bool {
        std::mem::take(&mut self.lock().clock_accepted)
    }

    pub fn queued(&self) -> u64 {
        let waiting = self.lock();
        u64::from(waiting.weight[0] + waiting.weight[1])
    }

    /// The journal's thread has taken a group, or has room again.
    pub fn set_journal_free(&self, free: bool) {
        self.lock().journal_free = free;
        if free {
            self.wake.notify_one();
        }
    }

    /// The journal's thread has ended: whoever decides must look why.
    pub fn set_journal_ended(&self) {
        self.lock().journal_ended = true;
        self.wake.notify_one();
    }

    /// Takes in work from now on, or says why not.
    pub fn set_closed(&self, why: Option<Rejected>) {
        let mut waiting = self.lock();
        waiting.closed = why;
        waiting.ready = !matches!(why, Some(Rejected::Starting | Rejected::Stopped));
    }

    pub fn closed(&self) -> Option<Rejected> {
        self.lock().closed
    }

    pub fn ready(&self) -> bool {
        self.lock().ready
    }

    /// Asks for a snapshot at the next boundary of a group.
    pub fn snapshot(&self) {
        self.lock().snapshot = true;
        self.wake.notify_one();
    }

    pub fn crash(&self) {
        self.lock().crash = true;
        self.wake.notify_one();
    }

    pub fn crash_seen(&self) {
        self.lock().crash = false;
    }

    /// Asks the cell to stop and waits until it has.
    pub fn stop(&self) {
        let mut waiting = self.lock();
        waiting.stop = true;
        self.wake.notify_one();
        while !waiting.stopped {
            waiting = self.ended.wait(waiting).expect("no holder of this lock panics");
        }
    }

    pub fn set_stopped(&self) {
        let mut waiting = self.lock();
        waiting.stopped = true;
        waiting.closed = Some(Rejected::Stopped);
        waiting.ready = false;
        self.ended.notify_all();
    }

    /// Tells all that waits.
    pub fn tell_all(&self, outcome: &Outcome) {
        let mut waiting = self.lock();
        let first = std::mem::take(&mut waiting.first);
        let second = std::mem::take(&mut waiting.second);
        waiting.weight = [0, 0];
        drop(waiting);
        for work in first.into_iter().chain(second) {
            work.ticket.tell(outcome.clone());
        }
    }
}
