//! How fast is asked after WeChat Pay said that it is too fast.

use std::sync::Mutex;
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);

/// A pause that doubles with each refusal and ends with the first answer.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pause: Duration,
    until: Option<Instant>,
}

impl Pace {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How long to wait before the next question; nothing if none is needed.
    pub(crate) fn wait(&self) -> Duration {
        let until = self.state().until;
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// It said that it is too fast.
    pub(crate) fn slower(&self) {
        let mut state = self.state();
        state.pause = (state.pause * 2).clamp(FIRST, LONGEST);
        state.until = Some(Instant::now() + state.pause);
    }

    /// It answered.
    pub(crate) fn answered(&self) {
        *self.state() = State::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_up_to_a_bound_and_ends_with_an_answer() {
        let pace = Pace::default();
        assert_eq!(pace.wait(), Duration::ZERO);
        for _ in 0..9 {
            pace.slower();
        }
        let wait = pace.wait();
        assert!(wait > LONGEST / 2 && wait <= LONGEST, "{wait:?}");
        pace.answered();
        assert_eq!(pace.wait(), Duration::ZERO);
    }
}
