//! What goes wrong from outside: kills, deposed writers, full disks, clocks, cut lines, operators.

use corridor::FreezeReason;
use economy::{Command, FreezeLink};

use crate::Broken;
use crate::market::LINK;
use crate::plan::Trouble;
use crate::points::Point;
use crate::world::{Event, World};

impl World {
    /// Spreads the troubles of the plan over the run.
    pub fn draw_troubles(&mut self) {
        let length = self.plan.pace_us * self.steps;
        for (trouble, times) in self.plan.troubles.clone() {
            for _ in 0..times {
                let at = self.now + self.rng.process.below(length.max(1));
                self.at(at, Event::Trouble(trouble));
            }
        }
    }

    /// A trouble begins.
    pub fn trouble(&mut self, trouble: Trouble) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let cell = self.rng.process.below(2) as usize;
        let length = self.plan.pace_us * self.steps;
        let lasts = self.rng.process.log(1_000, (length / 8).clamp(1_000, self.plan.trouble_us));
        match trouble {
            Trouble::Crash => {
                let applied = self.rng.disk.chance(500);
                if self.rng.process.chance(300) {
                    self.lose_answer(cell, applied, "a process was killed");
                } else {
                    let point = self.rng.process.pick(&Point::ALL).copied();
                    self.points.armed = point.map(|point| (point, cell));
                }
            }
            Trouble::Depose if self.rng.process.chance(300) => return self.depose(cell),
            Trouble::Depose => self.cells[cell].rival_waits = true,
            Trouble::DiskFull => {
                self.cells[cell].disk_full = true;
                self.at(self.now + lasts, Event::Over { trouble, cell });
            }
            Trouble::ClockSet => {
                self.set_clock(cell);
                // The demo accepts a jump at once; elsewhere an operator has to look.
                let lasts = if self.rng.clock.chance(300) { 1 } else { lasts.min(600_000_000) };
                self.at(self.now + lasts, Event::Over { trouble, cell });
            }
            Trouble::Partition => {
                self.rare.hit("the line is cut");
                self.cut_until = self.cut_until.max(self.now + lasts);
            }
            Trouble::Freeze => {
                self.operate(
                    cell,
                    Command::FreezeLink(FreezeLink {
                        link: LINK,
                        reason: FreezeReason::ByOperator { note: "a look".into() },
                    }),
                );
                self.at(self.now + lasts, Event::Over { trouble, cell });
            }
            Trouble::Suspend => {
                self.suspend(cell, true);
                self.at(self.now + lasts, Event::Over { trouble, cell });
            }
        }
        Ok(())
    }

    /// A trouble is over. Nobody looks at a cell that is gone.
    pub fn over(&mut self, trouble: Trouble, cell: usize) {
        if self.gone == Some(cell) {
            return;
        }
        match trouble {
            Trouble::DiskFull => self.cells[cell].disk_full = false,
            Trouble::ClockSet => self.looked_at_clock(cell),
            Trouble::Freeze => self.look_and_reopen(cell),
            Trouble::Suspend => self.suspend(cell, false),
            Trouble::Crash | Trouble::Depose | Trouble::Partition => {}
        }
    }
}
