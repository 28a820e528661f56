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
        let expected = self.wall.saturating_add(running.saturating_sub(self.running));
        if wall.abs_diff(expected) > MOST_DRIFT_US {
            return true;
        }
        // Small corrections of the clock are no jump, however many there are.
        (self.wall, self.running) = (wall, running);
        false
    }
}
