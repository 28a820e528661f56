//! Where a cell's time comes from.

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
pub(crate) struct Watch {
    wall: u64,
    running: u64,
}

impl Watch {
    pub fn new(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall().0, running: clock.running_us() }
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
        Timestamp(if wall.abs_diff(expected) > MOST_DRIFT_US { expected } else { wall })
    }

    fn expected(&self, running: u64) -> u64 {
        self.wall.saturating_add(running.saturating_sub(self.running))
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
        let mut watch = Watch::new(&begin);
        let drifted = Set { wall: 1_065_000_000, running: 10_000_000 };
        assert!(!watch.jumped(&drifted));
        assert_eq!(watch.time(&drifted), Timestamp(1_065_000_000));
        for wall in [5_000, 900_000_000_000] {
            let set = Set { wall, running: 30_000_000 };
            assert!(watch.jumped(&set));
            assert_eq!(watch.time(&set), Timestamp(1_085_000_000));
        }
    }
}
