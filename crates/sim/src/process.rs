//! One cell: its disk, the process that runs on it, and what the disk answers. The process is the
//! product's own deciding half; queue, journal's thread and teller are events here.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use cell::{Built, Core, Outcome, Rejected, Told, replay};
use economy::{Query, Request, State, reply_of};
use journal::memory::{Disk, Memory};
use journal::{AppendError, Appended, GroupBuf, Journal, Stored};
use kernel::plant::{Bug, is_planted};
use kernel::{Span, Timestamp};

use crate::market::number;
use crate::world::{Event, World};
use crate::{Broken, laws};

/// Who waits for an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// A client: which operation, which attempt.
    Client(usize, usize),
    /// The relay from a cell, in one of its lives, asks where the receiver stands.
    Standing(usize, u32),
    /// A part of a hand-over of that relay.
    Part(usize, u32, u64),
    /// Nobody.
    Nobody,
}

/// What is put to a cell.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Do(Rc<Request>),
    Query(Rc<Query>),
}

#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub ask: Ask,
    pub ticket: Ticket,
}

impl Work {
    fn finishes(&self) -> bool {
        matches!(&self.ask, Ask::Do(request) if request.command.finishes())
    }

    fn weight(&self) -> u32 {
        match &self.ask {
            Ask::Do(request) => request.command.weight(),
            Ask::Query(_) => 1,
        }
    }
}

/// A cell's place in the world: what outlives its processes.
pub(crate) struct Cell {
    pub disk: Disk,
    pub live: Option<Process>,
    /// Groups that deposed writers still have under way.
    pub late: Vec<Late>,
    /// Counts processes, so that an event for an old one is known.
    pub born: u32,
    /// By how much its wall clock is ahead of the true time.
    pub offset_us: i64,
    /// Whether its clock was set by more than a minute and nobody has looked yet.
    pub clock_jumped: bool,
    pub disk_full: bool,
    /// What the nostro held after each message that was sent.
    pub nostro_at: Vec<u64>,
    /// The highest position that anybody was told of.
    pub told: u64,
}

/// A group of a deposed writer.
pub(crate) struct Late {
    pub position: u64,
    pub epoch: u64,
    pub group: GroupBuf,
    pub told: Vec<(Ticket, Told)>,
    /// The group as an engine gets it that compares neither position nor epoch.
    pub stored: Option<Stored>,
}

pub(crate) struct Process {
    pub core: Core<Ticket>,
    pub epoch: u64,
    pub in_flight: Option<Built<Ticket>>,
    /// Durable, and not told yet.
    pub telling: VecDeque<Vec<(Ticket, Told)>>,
    pub urgent: VecDeque<Work>,
    pub waiting: VecDeque<Work>,
    pub waiting_weight: u32,
    pub wake_at: Option<u64>,
    quiet_until: Timestamp,
}

/// What a journal does with an append.
enum Fate {
    Well,
    NoSpace,
    /// The answer is lost; whether it was written.
    Unknown(bool),
    /// An error that ends the process; whether it was written.
    Error(bool),
}

/// Runs what may fault, and says what the fault was.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).into()));
        Broken(format!("a cell faulted: {}", text.unwrap_or_default()))
    })
}

/// The state that the durable groups of a disk come to, and the time of the last.
pub(crate) fn replayed(cell: usize, disk: &Disk, seed: u64) -> Result<(State, u64), Broken> {
    let mut reader = Memory::open(disk).reader();
    let mut state = State::new(number(cell), seed);
    let done = guarded(|| replay(&mut state, reader.as_mut(), 1))?;
    let done = done.map_err(|why| Broken(format!("the journal of cell {cell}: {why}")))?;
    Ok((state, done.time))
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

impl Cell {
    pub fn new() -> Self {
        Self {
            disk: Disk::new(),
            live: None,
            late: Vec::new(),
            born: 0,
            offset_us: 0,
            clock_jumped: false,
            disk_full: false,
            nostro_at: vec![0],
            told: 0,
        }
    }
}

impl World {
    /// What the wall clock of a cell shows.
    pub fn wall(&self, cell: usize) -> Timestamp {
        Timestamp(self.now.saturating_add_signed(self.cells[cell].offset_us))
    }

    /// Brings a process up on what is durable.
    pub fn start(&mut self, cell: usize) -> Result<(), Broken> {
        let seed = self.rng.process.next();
        let (mut state, time) = replayed(cell, &self.cells[cell].disk, seed)?;
        state.max_keys = self.plan.max_keys;
        laws::state(&state)?;
        let mut journal = Memory::open(&self.cells[cell].disk);
        let epoch = journal.head().epoch + 1;
        journal.claim(epoch).map_err(|why| Broken(why.to_string()))?;
        self.cells[cell].born += 1;
        self.cells[cell].live = Some(Process {
            core: Core::new(state, journal.head(), time),
            epoch,
            in_flight: None,
            telling: VecDeque::new(),
            urgent: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_weight: 0,
            wake_at: None,
            quiet_until: Timestamp::default(),
        });
        self.nostro_and_mirror(cell)?;
        self.wake(cell, self.now + 1);
        Ok(())
    }

    /// Takes work in, or says at once why not.
    pub fn arrive(&mut self, cell: usize, work: Work) {
        let (jumped, most) = (self.cells[cell].clock_jumped, self.plan.queue_weight);
        let Some(process) = self.cells[cell].live.as_mut() else {
            return self.tell(work.ticket, Outcome::Rejected(Rejected::Starting));
        };
        if work.finishes() {
            process.urgent.push_back(work);
        } else if jumped && matches!(work.ask, Ask::Do(_)) {
            self.rare.hit("new business waits: the clock jumped");
            return self.tell(work.ticket, Outcome::Rejected(Rejected::ClockJumped));
        } else if process.waiting_weight + work.weight() > most.max(work.weight()) {
            self.rare.hit("new business waits: the queue is full");
            return self.tell(work.ticket, Outcome::Rejected(Rejected::Busy));
        } else {
            process.waiting_weight += work.weight();
            process.waiting.push_back(work);
        }
        self.wake(cell, self.now + 1);
    }

    /// Lets a cell look at what it has to do at `at`, or before.
    pub fn wake(&mut self, cell: usize, at: u64) {
        let born = self.cells[cell].born;
        if let Some(process) = self.cells[cell].live.as_mut()
            && process.wake_at.is_none_or(|earlier| earlier > at)
        {
            process.wake_at = Some(at);
            self.at(at, Event::Wake { cell, born });
        }
    }

    /// One turn of the deciding loop.
    pub fn decide(&mut self, cell: usize, born: u32) -> Result<(), Broken> {
        let wall = self.wall(cell);
        let now = self.now;
        if self.cells[cell].born != born {
            return Ok(());
        }
        let Some(mut process) = self.cells[cell].live.take() else { return Ok(()) };
        if process.wake_at != Some(now) {
            self.cells[cell].live = Some(process);
            return Ok(());
        }
        process.wake_at = None;
        let done = self.take_in(cell, &mut process, wall);
        let busy = process.in_flight.is_some();
        if done.is_ok() && !busy && !process.core.is_empty() {
            self.hand_over(cell, &mut process);
        }
        let left = !process.urgent.is_empty() || !process.waiting.is_empty();
        let full = process.core.weight() >= self.plan.group_weight;
        let due = process.core.next_deadline().map(|due| {
            let due = due.max(process.quiet_until);
            if due <= process.core.now() { now + 1_000 } else { now + 1_000 + (due.0 - wall.0.min(due.0)) }
        });
        self.cells[cell].live = Some(process);
        done?;
        if left && !full {
            self.wake(cell, now + 1);
        }
        if let Some(due) = due {
            self.wake(cell, due);
        }
        Ok(())
    }

    fn take_in(
        &mut self,
        cell: usize,
        process: &mut Process,
        wall: Timestamp,
    ) -> Result<(), Broken> {
        process.core.stamp(wall);
        while process.core.weight() < self.plan.group_weight {
            let urgent = process.urgent.pop_front();
            let Some(work) = urgent.or_else(|| process.waiting.pop_front()) else { break };
            if !work.finishes() {
                process.waiting_weight -= work.weight();
            }
            let core = &mut process.core;
            guarded(|| match &work.ask {
                Ask::Do(request) => core.submit(request, work.ticket),
                Ask::Query(query) => core.ask(query, work.ticket),
            })
            .map_err(|Broken(why)| Broken(format!("{why}, at {:?}", work.ask)))?;
            self.balances(cell, core.state())?;
        }
        let core = &mut process.core;
        let due = core.next_deadline().is_some_and(|at| at <= core.now());
        if due && core.now() >= process.quiet_until {
            if !guarded(|| core.tick())? {
                process.quiet_until = core.now().plus(Span::seconds(1));
            }
            self.balances(cell, core.state())?;
        }
        laws::cheap(process.core.state())
    }

    /// Gives the group that was built to the journal.
    fn hand_over(&mut self, cell: usize, process: &mut Process) {
        let mut built = process.core.seal();
        let born = self.cells[cell].born;
        if is_planted(Bug::AcknowledgeBeforeDurable) {
            process.telling.push_back(std::mem::take(&mut built.told));
            self.at(self.now, Event::Tell { cell, born });
        }
        if built.group.is_empty() {
            // What it rests on is durable already.
            process.telling.push_back(built.told);
            self.at(self.now + 1, Event::Tell { cell, born });
            return;
        }
        let (least, most) = self.plan.disk_us;
        let takes = self.rng.disk.log(least, most);
        process.in_flight = Some(built);
        self.at(self.now + takes, Event::Written { cell, born });
    }

    fn fate(&mut self, cell: usize) -> Fate {
        let rng = &mut self.rng.disk;
        let (unknown, error) = (rng.chance(self.plan.append_unknown), rng.chance(self.plan.append_error));
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
        match append(&disk, built.position, process.epoch, &built.group) {
            Ok(appended) => {
                process.telling.push_back(built.told);
                process.core.reuse(built.group);
                self.mix(u64::from_le_bytes(std::array::from_fn(|at| appended.hash[at])));
                let pause = self.rng.process.log(1, 500);
                self.at(self.now + pause, Event::Tell { cell, born });
                self.wake(cell, self.now + 1);
                self.new_group(cell);
            }
            Err(_) => {
                process.in_flight = Some(built);
                self.rare.hit("a leader finds that it was succeeded");
                self.drop_process(cell, &Outcome::Unknown);
                self.start_in(cell, 100_000);
            }
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
        queued.into_iter().for_each(|ticket| self.tell(ticket, Outcome::Rejected(Rejected::Starting)));
        if self.rng.process.chance(500) {
            self.restart_relay(cell, 1_000);
        }
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
        for (ticket, told) in told {
            self.tell_one(cell, ticket, told)?;
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
            Told::Answered { answer, position } => (position, Outcome::Answered { answer, position }),
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
            self.cells[cell].late.push(Late { position, epoch: old.epoch, group, told, stored });
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
        let late = &mut self.cells[cell].late[number];
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

    /// The nostro of a cell as its messages tell it, and the mirror at the same number.
    fn nostro_and_mirror(&mut self, cell: usize) -> Result<(), Broken> {
        let Some(process) = self.cells[cell].live.take() else { return Ok(()) };
        // After a replay the newest numbers may be gone, and be given out again.
        let sent = process.core.state().corridor.link(0).map_or(0, |link| link.sent);
        self.cells[cell].nostro_at.truncate(sent as usize + 1);
        let checked = self.balances(cell, process.core.state());
        self.cells[cell].live = Some(process);
        checked
    }

    fn balances(&mut self, cell: usize, state: &State) -> Result<(), Broken> {
        let Some(link) = state.corridor.link(0) else { return Ok(()) };
        let balance = |account: Option<u32>| {
            let account = account.and_then(|number| state.book.account(number));
            account.map_or(0, ledger::Account::balance)
        };
        let held = u64::try_from(balance(link.nostro)).unwrap_or(u64::MAX);
        let known = &mut self.cells[cell].nostro_at;
        if link.sent as usize + 1 == known.len() && known.last() != Some(&held) {
            return Err(Broken(format!("the nostro of cell {cell} moved without a message")));
        }
        known.resize(link.sent as usize + 1, held);
        let theirs = self.cells[1 - cell].nostro_at.get(link.received as usize).copied();
        let ours = balance(link.mirror);
        if theirs.map(i128::from) != Some(ours) && self.cells_agree {
            return Err(Broken(format!(
                "after message {}: the nostro held {theirs:?}, the mirror in cell {cell} {ours}",
                link.received
            )));
        }
        Ok(())
    }
}
