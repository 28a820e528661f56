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
    /// What the deciding thread sleeps for, while it does.
    until: Option<Until>,
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

/// What the deciding thread sleeps for, beside the time and what can't wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Until {
    /// Asks of so much weight wait; none are waited for when it is 0.
    pub weight: u32,
    /// The journal's thread has room.
    pub journal: bool,
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

impl Waiting {
    fn is_reached(&self, until: Until) -> bool {
        let asks = until.weight > 0 && self.weight[0] + self.weight[1] >= until.weight;
        asks || (until.journal && self.journal_free)
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
        let before = waiting.weight[0] + waiting.weight[1];
        waiting.weight[class] += weight;
        if finishes {
            waiting.first.push_back(work);
        } else {
            waiting.second.push_back(work);
        }
        // Whoever comes after the one that wakes finds it awake.
        let wakes = waiting
            .until
            .is_some_and(|until| (before + 1..=before + weight).contains(&until.weight));
        drop(waiting);
        if wakes {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Waits until what is asked for is there, or time is up; then takes up to `room` by weight,
    /// what finishes something first.
    pub fn take(&self, room: u32, until: Until, timeout: Duration) -> Woken {
        let mut waiting = self.lock();
        let nothing = |w: &mut Waiting| {
            let other = w.crash || w.stop || w.snapshot || w.clock_accepted || w.journal_ended;
            !(other || w.is_reached(until))
        };
        if nothing(&mut waiting) && !timeout.is_zero() {
            waiting.until = Some(until);
            (waiting, _) = self
                .wake
                .wait_timeout_while(waiting, timeout, nothing)
                .expect("no holder of this lock panics");
            waiting.until = None;
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
        let mut waiting = self.lock();
        waiting.journal_free = free;
        let wakes = free && waiting.until.is_some_and(|until| until.journal);
        drop(waiting);
        if wakes {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn question() -> Work {
        Work { ask: Ask::Query(Box::new(Query::Links)), ticket: Ticket::None }
    }

    fn queue() -> Arc<Queue> {
        let queue = Arc::new(Queue::default());
        queue.set_closed(None);
        queue
    }

    /// What wakes who sleeps for `until`, once it does, and how many asks it then takes.
    fn taken(queue: &Arc<Queue>, until: Until, wakes: impl FnOnce(&Queue)) -> usize {
        let sleeper = Arc::clone(queue);
        let sleeps = thread::spawn(move || sleeper.take(1_000, until, Duration::from_secs(60)));
        while queue.lock().until.is_none() {
            thread::yield_now();
        }
        wakes(queue);
        sleeps.join().unwrap().work.len()
    }

    #[test]
    fn who_sleeps_for_much_takes_it_all_at_once() {
        let queue = queue();
        let until = Until { weight: 3, journal: false };
        let push = |count: usize| {
            move |queue: &Queue| (0..count).for_each(|_| queue.push(question()).unwrap())
        };
        assert_eq!(taken(&queue, until, push(3)), 3);
        // What waited already counts; less than that wakes nobody, and waits for the time.
        queue.push(question()).unwrap();
        assert_eq!(taken(&queue, until, push(2)), 3);
        push(2)(&queue);
        assert_eq!(queue.take(1_000, until, Duration::from_millis(1)).work.len(), 2);
    }

    #[test]
    fn the_journal_wakes_only_who_sleeps_for_it() {
        let queue = queue();
        queue.push(question()).unwrap();
        let both = Until { weight: 3, journal: true };
        assert_eq!(taken(&queue, both, |queue| queue.set_journal_free(true)), 1);
        // Free it stays until it is taken.
        assert!(queue.take(1_000, both, Duration::from_secs(60)).journal_free);
        let other = Until { weight: 1, journal: false };
        let wakes = |queue: &Queue| {
            queue.set_journal_free(true);
            queue.push(question()).unwrap();
        };
        assert_eq!(taken(&queue, other, wakes), 1);
    }
}
