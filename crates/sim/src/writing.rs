//! The journal's side of a cell: what the disk does with an append, what is told once it is durable,
//! and how processes end: killed, failed, or deposed by another writer.

use cell::{Built, Outcome, Rejected, Told};
use economy::reply_of;
use journal::memory::{Disk, Memory};
use journal::{AppendError, Appended, GroupBuf, Journal};
use kernel::plant::{Bug, is_planted};

use crate::Broken;
use crate::points::Point;
use crate::process::{Late, Ticket};
use crate::world::{Event, World};

/// What a journal does with an append.
enum Fate {
    Well,
    NoSpace,
    /// The answer is lost; whether it was written.
    Unknown(bool),
    /// An error that ends the process; whether it was written.
    Error(bool),
}

/// An append as the journal's engine judges it.
fn append(
    disk: &Disk,
    expected: u64,
    epoch: u64,
    group: &GroupBuf,
) -> Result<Appended, AppendError> {
    let planted = is_planted(Bug::OldWriterAccepted);
    let epoch = if planted { disk.head().epoch } else { epoch };
    Memory::open(disk).append(expected, epoch, group)
}

impl World {
    fn fate(&mut self, cell: usize) -> Fate {
        let rng = &mut self.rng.disk;
        let (unknown, error) =
            (rng.chance(self.plan.append_unknown), rng.chance(self.plan.append_error));
        let applied = rng.chance(500);
        match () {
            () if self.cells[cell].disk_full => Fate::NoSpace,
            () if self.calm => Fate::Well,
            () if unknown => Fate::Unknown(applied),
            () if error => Fate::Error(applied),
            () => Fate::Well,
        }
    }

    /// The journal answers an append, or does not.
    pub fn written(&mut self, cell: usize, born: u32) -> Result<(), Broken> {
        if self.cells[cell].born != born || self.cells[cell].live.is_none() {
            return Ok(());
        }
        match self.fate(cell) {
            Fate::NoSpace => {
                self.rare.hit("the disk is full");
                let full = Outcome::Rejected(Rejected::JournalFull);
                self.drop_process(cell, &full);
                self.start_in(cell, 1_000_000);
            }
            Fate::Unknown(applied) => self.lose_answer(cell, applied, "an append: unknown"),
            Fate::Error(applied) => self.lose_answer(cell, applied, "an append: error"),
            Fate::Well => self.append_well(cell, born),
        }
        Ok(())
    }

    fn append_well(&mut self, cell: usize, born: u32) {
        let disk = self.cells[cell].disk.clone();
        let Some(process) = self.cells[cell].live.as_mut() else { return };
        let Some(built) = process.in_flight.take() else { return };
        let (position, epoch) = (built.position, process.epoch);
        let appended = append(&disk, position, epoch, &built.group);
        process.in_flight = Some(built);
        if appended.is_ok() && self.dies(Point::Written, cell) {
            return;
        }
        let Some(process) = self.cells[cell].live.as_mut() else { return };
        let Some(built) = process.in_flight.take() else { return };
        match appended {
            Ok(appended) => {
                process.telling.push_back(built.told);
                process.core.reuse(built.group);
                self.mix(u64::from_le_bytes(std::array::from_fn(|at| appended.hash[at])));
                let pause = self.rng.process.log(1, 500);
                self.at(self.now + pause, Event::Tell { cell, born });
                self.wake(cell, self.now + 1);
                self.new_group(cell);
                self.let_late_follow(cell, position);
                self.dies(Point::Acknowledged, cell);
            }
            Err(_) => {
                process.in_flight = Some(built);
                self.rare.hit("a leader finds that it was succeeded");
                self.drop_process(cell, &Outcome::Unknown);
                self.start_in(cell, 100_000);
            }
        }
    }

    /// What a deposed writer still has under way may arrive right behind the group that took the
    /// place of its own one before.
    fn let_late_follow(&mut self, cell: usize, position: u64) {
        let late = self.cells[cell].late.iter();
        let next = late.enumerate().find(|(_, l)| !l.arrived && l.position == position + 1);
        if let Some((number, _)) = next
            && self.rng.process.chance(500)
        {
            self.rare.hit("a deposed writer's second group behind another's first");
            self.at(self.now, Event::Late { cell, number });
        }
    }

    /// The process ends without knowing whether its last group was written.
    pub fn lose_answer(&mut self, cell: usize, applied: bool, what: &'static str) {
        self.rare.hit(what);
        let disk = self.cells[cell].disk.clone();
        if let Some(process) = self.cells[cell].live.as_ref()
            && let Some(built) = process.in_flight.as_ref()
        {
            self.rare.hit(if applied { "untold, yet written" } else { "untold and not written" });
            if applied {
                // A journal that another writer has taken over meanwhile refuses it.
                drop(append(&disk, built.position, process.epoch, &built.group));
            }
        }
        self.drop_process(cell, &Outcome::Unknown);
        let pause = self.rng.process.log(1_000, 3_000_000);
        self.start_in(cell, pause);
    }

    /// A process ends; whoever waits hears of it.
    fn drop_process(&mut self, cell: usize, outcome: &Outcome) {
        let Some(process) = self.cells[cell].live.take() else { return };
        let untold = process.telling.into_iter().flatten().map(|(ticket, _)| ticket);
        let untold: Vec<Ticket> = untold.collect();
        let written = process.in_flight.into_iter().flat_map(|built| built.told);
        let mut open: Vec<Ticket> = written.map(|(ticket, _)| ticket).collect();
        open.extend(process.core.into_waiting());
        let queued = process.urgent.into_iter().chain(process.waiting);
        let queued: Vec<Ticket> = queued.map(|work| work.ticket).collect();
        // What was durable and not told yet happened, whatever ended the process.
        untold.into_iter().for_each(|ticket| self.tell(ticket, Outcome::Unknown));
        open.into_iter().for_each(|ticket| self.tell(ticket, outcome.clone()));
        queued
            .into_iter()
            .for_each(|ticket| self.tell(ticket, Outcome::Rejected(Rejected::Starting)));
        if self.rng.process.chance(500) {
            self.restart_relay(cell, 1_000);
        }
    }

    /// A process ends where it stands.
    pub fn kill(&mut self, cell: usize) {
        self.drop_process(cell, &Outcome::Unknown);
    }

    /// Ends a process whose disk is about to be replaced.
    pub fn drop_for_restore(&mut self, cell: usize) {
        self.drop_process(cell, &Outcome::Unknown);
        self.cells[cell].late.clear();
        self.restart_relay(cell, 2_000);
    }

    /// Lets a process come up after a while.
    pub fn start_in(&mut self, cell: usize, pause: u64) {
        let born = self.cells[cell].born;
        self.at(self.now + pause, Event::Start { cell, born });
    }

    /// Tells what a durable group said.
    pub fn tell_group(&mut self, cell: usize, born: u32) -> Result<(), Broken> {
        if self.cells[cell].born != born {
            return Ok(());
        }
        let Some(process) = self.cells[cell].live.as_mut() else { return Ok(()) };
        let Some(told) = process.telling.pop_front() else { return Ok(()) };
        let mut rest = told.into_iter();
        while let Some((ticket, told)) = rest.next() {
            self.tell_one(cell, ticket, told)?;
            let point = if rest.len() > 0 { Point::ToldSome } else { Point::ToldAll };
            if self.dies(point, cell) {
                break;
            }
        }
        if rest.len() > 0
            && let Some(process) = self.cells[cell].live.as_mut()
        {
            process.telling.push_front(rest.collect());
        }
        Ok(())
    }

    /// Turns what was decided into what is told.
    pub fn tell_one(&mut self, cell: usize, ticket: Ticket, told: Told) -> Result<(), Broken> {
        let (position, outcome) = match told {
            Told::Done { reply, position, index } => {
                (position, Outcome::Done { reply, position, index })
            }
            Told::Refused { refusal, position } => {
                (position, Outcome::Refused { refusal, position })
            }
            Told::Answered { answer, position } => {
                (position, Outcome::Answered { answer, position })
            }
            Told::Repeat { position, index } => {
                self.rare.hit("a repeat");
                let reply = self.first_reply(cell, position, index)?;
                (position, Outcome::Repeated { reply, position, index })
            }
        };
        self.cells[cell].told = self.cells[cell].told.max(position);
        self.tell(ticket, outcome);
        Ok(())
    }

    /// The reply that stands in a durable record.
    pub fn first_reply(
        &self,
        cell: usize,
        position: u64,
        index: u32,
    ) -> Result<economy::Reply, Broken> {
        let lost = || Broken(format!("no record {index} in group {position} of cell {cell}"));
        let mut reader = Memory::open(&self.cells[cell].disk).reader();
        let group = reader.read_at(position).map_err(|why| Broken(why.to_string()))?;
        let group = group.ok_or_else(lost)?;
        let record = group.record(index as usize).ok_or_else(lost)?;
        reply_of(record).map_err(|why| Broken(why.to_string()))
    }

    /// Another writer takes the journal over; what the old one has built arrives later.
    pub fn depose(&mut self, cell: usize) -> Result<(), Broken> {
        let Some(mut old) = self.cells[cell].live.take() else { return Ok(()) };
        self.rare.hit("a writer is deposed");
        let told: Vec<_> = std::mem::take(&mut old.telling).into_iter().flatten().collect();
        for (ticket, told) in told {
            self.tell_one(cell, ticket, told)?;
        }
        let second = old.core.seal();
        let queued = old.urgent.into_iter().chain(old.waiting);
        let queued: Vec<Ticket> = queued.map(|work| work.ticket).collect();
        queued.into_iter().for_each(|ticket| self.tell(ticket, Outcome::Unknown));
        let unfenced = self.rng.process.chance(300);
        let own = self.cells[cell].disk.fork();
        for built in old.in_flight.into_iter().chain([second]) {
            let stored = append(&own, built.position, old.epoch, &built.group).ok();
            let stored = stored.map(|appended| appended.stored(&built.group));
            let Built { group, position, told, .. } = built;
            if group.is_empty() {
                told.into_iter().for_each(|(ticket, _)| self.tell(ticket, Outcome::Unknown));
                continue;
            }
            let stored = stored.filter(|_| unfenced);
            let number = self.cells[cell].late.len();
            let (epoch, arrived) = (old.epoch, false);
            self.cells[cell].late.push(Late { position, epoch, group, told, arrived, stored });
            let most = self.plan.pace_us.saturating_mul(20).min(60_000_000);
            let pause = self.rng.process.log(10, most);
            self.at(self.now + pause, Event::Late { cell, number });
        }
        let pause = self.rng.process.log(1, 1_000);
        self.start_in(cell, pause);
        Ok(())
    }

    /// A group of a deposed writer reaches the journal.
    pub fn late(&mut self, cell: usize, number: usize) -> Result<(), Broken> {
        let disk = self.cells[cell].disk.clone();
        // A restored disk has none of them under way.
        let Some(late) = self.cells[cell].late.get_mut(number) else { return Ok(()) };
        if std::mem::replace(&mut late.arrived, true) {
            return Ok(());
        }
        let told = std::mem::take(&mut late.told);
        // Before the new leader has written, an engine that compares no epochs can't know of it.
        let newest = disk.groups().last().map_or(0, |group| group.epoch);
        let accepted = match late.stored.take().filter(|stored| stored.epoch < newest) {
            Some(stored) => disk.append_unfenced(stored),
            None => append(&disk, late.position, late.epoch, &late.group).is_ok(),
        };
        if accepted {
            self.rare.hit("a deposed writer was still the first");
            self.new_group(cell);
            for (ticket, told) in told {
                self.tell_one(cell, ticket, told)?;
            }
        } else {
            self.rare.hit("a deposed writer was refused");
            told.into_iter().for_each(|(ticket, _)| self.tell(ticket, Outcome::Unknown));
        }
        Ok(())
    }
}
