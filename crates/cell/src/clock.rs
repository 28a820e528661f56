//! Where a cell's time comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use kernel::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Two clocks: the wall's, which people set, and one that only runs, through sleep as well.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn wall(&self) -> Timestamp;

    /// Microseconds since some moment in the past; counts sleep, never jumps.
    fn running_us(&self) -> u64;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    fn running_us(&self) -> u64 {
        let now = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        seconds * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000
    }
}

/// The most by which the two clocks may drift apart before somebody must look (CORE §3).
const MOST_DRIFT_US: u64 = 60_000_000;

/// Notices a wall clock that was set.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    wall: u64,
    running: u64,
    /// The cell's time at a moment of the running clock. From there it goes on at half its pace at
    /// least: it can't go back, and if it stood until a wall clock far behind had come there, no
    /// hold would end and no quote.
    least: (u64, u64),
}

impl Watch {
    /// Begins to watch, in a process whose newest durable group has the time `newest`. A wall
    /// clock behind that was set back while nobody watched. That one was set ahead meanwhile
    /// can't be known.
    pub fn new(clock: &dyn Clock, newest: Timestamp) -> Self {
        let (wall, running) = (clock.wall().0, clock.running_us());
        let was_set = newest.0.saturating_sub(wall) > MOST_DRIFT_US;
        let wall = if was_set { newest.0 } else { wall };
        Self { wall, running, least: (newest.0, running) }
    }

    /// Goes by the wall clock as it is now, in a cell that has come to the time `now`.
    pub fn accept(&mut self, clock: &dyn Clock, now: Timestamp) {
        let running = clock.running_us();
        *self = Self { wall: clock.wall().0, running, least: (now.0, running) };
    }

    /// Whether the wall clock has jumped against the running one.
    pub fn jumped(&mut self, clock: &dyn Clock) -> bool {
        let (wall, running) = (clock.wall().0, clock.running_us());
        if wall.abs_diff(self.expected(running)) > MOST_DRIFT_US {
            return true;
        }
        // Small corrections of the clock are no jump, however many there are.
        (self.wall, self.running) = (wall, running);
        false
    }

    /// The time to go by: the wall clock's, or what it would show had nobody set it. Else a slip
    /// of the hand would end holds and forget answers before anybody has looked.
    pub fn time(&self, clock: &dyn Clock) -> Timestamp {
        let (wall, running) = (clock.wall().0, clock.running_us());
        let expected = self.expected(running);
        let time = if wall.abs_diff(expected) > MOST_DRIFT_US { expected } else { wall };
        let (from, since) = self.least;
        Timestamp(time.max(from.saturating_add(running.saturating_sub(since) / 2)))
    }

    fn expected(&self, running: u64) -> u64 {
        self.wall.saturating_add(running.saturating_sub(self.running))
    }
}

/// The cell's time as others may ask for it while the deciding thread works.
pub(crate) struct Face {
    clock: Arc<dyn Clock>,
    /// By how much the wall clock was ahead of the cell's time at the last stamp.
    ahead_us: AtomicI64,
}

impl Face {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ahead_us: AtomicI64::new(0) }
    }

    /// The deciding thread goes by this time.
    pub fn set(&self, now: Timestamp) {
        let (wall, now) = (self.clock.wall().0 as i64, now.0 as i64);
        self.ahead_us.store(wall.saturating_sub(now), Relaxed);
    }

    pub fn now(&self) -> Timestamp {
        let ahead = self.ahead_us.load(Relaxed);
        Timestamp(self.clock.wall().0.saturating_add_signed(ahead.saturating_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Set {
        wall: u64,
        running: u64,
    }

    impl Clock for Set {
        fn wall(&self) -> Timestamp {
            Timestamp(self.wall)
        }

        fn running_us(&self) -> u64 {
            self.running
        }
    }

    #[test]
    fn a_clock_that_was_set_is_not_gone_by() {
        let begin = Set { wall: 1_000_000_000, running: 0 };
        let mut watch = Watch::new(&begin, Timestamp(0));
        let drifted = Set { wall: 1_065_000_000, running: 10_000_000 };
        assert!(!watch.jumped(&drifted));
        assert_eq!(watch.time(&drifted), Timestamp(1_065_000_000));
        for wall in [5_000, 900_000_000_000] {
            let set = Set { wall, running: 30_000_000 };
            assert!(watch.jumped(&set));
            assert_eq!(watch.time(&set), Timestamp(1_085_000_000));
        }
    }

    #[test]
    fn a_clock_behind_the_journal_was_set_back() {
        let clock = Set { wall: 1_000_000_000, running: 7_000_000 };
        let newest = Timestamp(1_000_000_000 + MOST_DRIFT_US);
        assert!(!Watch::new(&clock, newest).jumped(&clock));
        let newest = Timestamp(newest.0 + 1);
        let mut watch = Watch::new(&clock, newest);
        assert!(watch.jumped(&clock));
        let later = Set { wall: 1_005_000_000, running: 12_000_000 };
        assert_eq!(watch.time(&later), Timestamp(newest.0 + 5_000_000));
        watch.accept(&later, newest);
        assert!(!watch.jumped(&later));
        assert_eq!(watch.time(&later), newest);
        // At half its pace until the clock has come there.
        for (after, time) in [(30_000_000, 15_000_000), (300_000_000, 244_999_999)] {
            let later = Set { wall: 1_005_000_000 + after, running: 12_000_000 + after };
            assert!(!watch.jumped(&later));
            assert_eq!(watch.time(&later), Timestamp(newest.0 + time));
        }
    }
}
