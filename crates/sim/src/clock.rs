//! Clocks of cells: set by a second or by years, and what a cell goes by meanwhile. The product's own
//! watch is held against the plain reckoning in offsets here.

use cell::{Clock, Watch};
use kernel::Timestamp;

use crate::Broken;
use crate::plan::Trouble;
use crate::process::Process;
use crate::world::{Event, World};

/// Above this a clock was set and has not drifted (CORE §3).
const JUMP_US: u64 = 60_000_000;

/// What the two clocks of a cell's machine show.
struct Shown {
    wall: Timestamp,
    running_us: u64,
}

impl Clock for Shown {
    fn wall(&self) -> Timestamp {
        self.wall
    }

    fn running_us(&self) -> u64 {
        self.running_us
    }
}

impl World {
    fn shown(&self, cell: usize) -> Shown {
        let wall = self.now.saturating_add_signed(self.cells[cell].offset_us);
        Shown { wall: Timestamp(wall), running_us: self.now }
    }

    /// What a cell must go by: its clock as far as that was accepted, and where that is behind the
    /// cell, half its pace.
    fn due_time(&self, cell: usize) -> Timestamp {
        let place = &self.cells[cell];
        let (from, since) = place.least;
        let clock = self.now.saturating_add_signed(place.went_by);
        Timestamp(clock.max(from + (self.now - since) / 2))
    }

    /// What a cell goes by, as its edge knows it: ids are made by it.
    pub fn edge_time(&self, cell: usize) -> Timestamp {
        let place = &self.cells[cell];
        let now = place.live.as_ref().map_or(Timestamp::default(), |process| process.core.now());
        now.max(self.due_time(cell))
    }

    /// A process comes up whose newest group is of this time: mostly another one, which has nothing
    /// else to hold its clock against; now and then the same that dropped its state.
    pub fn watch_clock(&mut self, cell: usize, newest: Timestamp) {
        let same = self.rng.clock.chance(300) && self.cells[cell].watch.is_some();
        if same {
            return;
        }
        let shown = self.shown(cell);
        let was_set = newest.0 > shown.wall.0 + JUMP_US;
        if was_set {
            self.rare.hit("a start with the clock behind the journal");
            let pause = self.rng.clock.log(1_000, 600_000_000);
            self.at(self.now + pause, Event::Over { trouble: Trouble::ClockSet, cell });
        }
        let place = &mut self.cells[cell];
        place.watch = Some(Watch::new(&shown, newest));
        place.least = (newest.0, shown.running_us);
        let goes_by = if was_set { newest.0 } else { shown.wall.0 };
        place.went_by = goes_by as i64 - self.now as i64;
        place.most_ahead = place.most_ahead.max(place.went_by);
    }

    /// A cell looks at its clock, and says what it goes by.
    pub fn look_at_clock(
        &mut self,
        cell: usize,
        process: &mut Process,
    ) -> Result<Timestamp, Broken> {
        let shown = self.shown(cell);
        let place = &mut self.cells[cell];
        let Some(watch) = place.watch.as_mut() else {
            return Err(Broken("nobody watches the clock".into()));
        };
        let set = place.offset_us.abs_diff(place.went_by) > JUMP_US;
        if !set {
            place.went_by = place.offset_us;
            place.most_ahead = place.most_ahead.max(place.went_by);
        }
        let (jumped, time) = (watch.jumped(&shown), watch.time(&shown));
        process.clock_jumped = jumped;
        let due = self.due_time(cell);
        if jumped != set || time != due {
            return Err(Broken(format!(
                "a clock was set: {set}, noticed: {jumped}; {time:?} is gone by, {due:?} is due"
            )));
        }
        Ok(time)
    }

    /// An operator accepts the clock as it is, if the cell is there to hear it.
    pub fn accept_clock(&mut self, cell: usize) {
        let shown = self.shown(cell);
        let place = &mut self.cells[cell];
        let (Some(watch), Some(process)) = (place.watch.as_mut(), &place.live) else { return };
        let now = process.core.now();
        watch.accept(&shown, now);
        if place.went_by.abs_diff(place.offset_us) > JUMP_US {
            self.rare.hit("a clock that jumped is accepted");
        }
        place.least = (now.0, shown.running_us);
        place.went_by = place.offset_us;
        place.most_ahead = place.most_ahead.max(place.went_by);
        self.wake(cell, self.now + 1);
    }

    /// Whether a cell waits for somebody to look at its clock.
    pub fn clock_stops(&self, cell: usize) -> bool {
        self.cells[cell].live.as_ref().is_some_and(|process| process.clock_jumped)
    }

    /// Sets the clock of a cell. It looks within a minute, or when it has something to do.
    pub fn set_clock(&mut self, cell: usize) {
        let rng = &mut self.rng.clock;
        let years = self.plan.clock_years && rng.chance(400);
        let by = if years {
            self.rare.hit("a clock is set by years");
            rng.within(YEAR_US, 10 * YEAR_US)
        } else {
            rng.log(1, self.plan.clock_us)
        };
        let by = by as i64;
        let offset = if rng.chance(500) { by } else { -by };
        let pause = rng.within(1, JUMP_US);
        let before = std::mem::replace(&mut self.cells[cell].offset_us, offset);
        self.rare.hit(if offset > before { "a clock is set ahead" } else { "a clock is set back" });
        self.wake(cell, self.now + pause);
    }

    /// Someone has looked at a clock: it is set right, or taken as it is.
    pub fn looked_at_clock(&mut self, cell: usize) {
        if self.rng.clock.chance(500) {
            self.cells[cell].offset_us = 0;
        }
        self.accept_clock(cell);
        if self.cells[cell].live.is_none() {
            self.at(self.now + 1_000_000, Event::Over { trouble: Trouble::ClockSet, cell });
        }
    }
}

const YEAR_US: u64 = 365 * 86_400_000_000;
