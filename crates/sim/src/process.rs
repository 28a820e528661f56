//! One cell: its disk, the process that runs on it, and what the disk answers. The process is the
//! product's own deciding half; queue, journal's thread and teller are events here.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use cell::{Built, Core, Outcome, Rejected, Told, Watch, replay};
use economy::{Query, Request, Restorer, State};
use journal::memory::{Disk, Memory};
use journal::{GroupBuf, Journal, Stored};
use kernel::plant::{Bug, is_planted};
use kernel::snapshot::blocks;
use kernel::{Span, Timestamp};

use crate::forgetting::Keeper;
use crate::market::number;
use crate::outside::House;
use crate::partners::Chain;
use crate::points::Point;
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
    /// The keeper of a cell's vault asks what is to be done; which of its questions.
    Keeper(usize, u32),
    /// The clerk of a cell asks what other companies are to be asked; which of its questions.
    Clerk(usize, u32),
    /// The clerk tells what another company said.
    Word(usize, usize),
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
    /// Another writer takes over as soon as this one has a group under way and one being built.
    pub rival_waits: bool,
    /// Counts processes, so that an event for an old one is known.
    pub born: u32,
    /// By how much its wall clock is ahead of the true time.
    pub offset_us: i64,
    /// What notices that, for as long as one process lives and comes back.
    pub watch: Option<Watch>,
    /// How far ahead the clock is that the cell goes by: of the true time, and until somebody has
    /// looked at a clock that was set by more than a minute, what it was before.
    pub went_by: i64,
    /// The most it ever went by, which its time may be ahead.
    pub most_ahead: i64,
    /// A time of the cell, from which it goes on at half its pace at least, and when that was.
    pub least: (u64, u64),
    pub disk_full: bool,
    /// Who keeps its vault.
    pub keeper: Keeper,
    /// The company behind its connector, and who asks it.
    pub house: House,
    /// What the nostro held after each message that was sent.
    pub nostro_at: Vec<u64>,
    /// What a partner knows of its journal.
    pub chain: Chain,
    /// The highest position that anybody was told of.
    pub told: u64,
    /// Where the market was open.
    pub opened: u64,
    /// The newest snapshot.
    pub snapshot: Option<Snapshot>,
}

/// A state as it was after a group that is durable.
pub(crate) struct Snapshot {
    pub position: u64,
    time: u64,
    blocks: Vec<u8>,
}

/// A group of a deposed writer.
pub(crate) struct Late {
    pub position: u64,
    pub epoch: u64,
    pub group: GroupBuf,
    pub told: Vec<(Ticket, Told)>,
    /// Whether it has reached the journal.
    pub arrived: bool,
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
    /// New business waits until somebody has looked at the clock.
    pub clock_jumped: bool,
    quiet_until: Timestamp,
    /// A snapshot that is being copied, step by step.
    copying: Option<Snapshot>,
}

impl Process {
    /// Begins a snapshot of what is durable; nothing may be under way.
    pub fn begin_snapshot(&mut self) {
        if self.copying.is_some() {
            return;
        }
        let mut blocks = Vec::new();
        let pieces = self.core.state_mut().begin_snapshot();
        pieces.into_iter().for_each(|piece| piece(&mut blocks));
        let (position, time) = (self.core.resting(), self.core.now().0);
        self.copying = Some(Snapshot { position, time, blocks });
    }

    /// Copies on; answers the snapshot when it is whole.
    fn copy_on(&mut self) -> Option<Snapshot> {
        let Snapshot { blocks, .. } = self.copying.as_mut()?;
        match self.core.state_mut().copy_step() {
            Some(piece) => {
                piece(blocks);
                None
            }
            None => self.copying.take(),
        }
    }
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

/// The same from a snapshot and the groups after it.
fn continued(cell: usize, disk: &Disk, seed: u64, from: &Snapshot) -> Result<(State, u64), Broken> {
    let broken = |why: &dyn std::fmt::Display| Broken(format!("a snapshot of cell {cell}: {why}"));
    let mut restorer = Restorer::default();
    for block in blocks(&from.blocks) {
        let (tag, bytes) = block.map_err(|why| broken(&why))?;
        restorer.read(tag, bytes).map_err(|why| broken(&why))?;
    }
    let mut state = restorer.finish(number(cell), seed).map_err(|why| broken(&why))?;
    let mut reader = Memory::open(disk).reader();
    let done = guarded(|| replay(&mut state, reader.as_mut(), from.position + 1))?;
    let done = done.map_err(|why| broken(&why))?;
    Ok((state, if done.groups == 0 { from.time } else { done.time }))
}

impl Cell {
    pub fn new() -> Self {
        Self {
            disk: Disk::new(),
            live: None,
            late: Vec::new(),
            rival_waits: false,
            born: 0,
            offset_us: 0,
            watch: None,
            went_by: 0,
            most_ahead: 0,
            least: (0, 0),
            disk_full: false,
            keeper: Keeper::default(),
            house: House::default(),
            nostro_at: vec![0],
            chain: Chain::default(),
            told: 0,
            opened: 0,
            snapshot: None,
        }
    }
}

impl World {
    /// Brings a process up on what is durable.
    pub fn start(&mut self, cell: usize) -> Result<(), Broken> {
        let seed = self.rng.process.next();
        let from = self.cells[cell].snapshot.as_ref().filter(|_| !seed.is_multiple_of(4));
        let (mut state, time) = match from {
            Some(from) => {
                self.rare.hit("a start from a snapshot");
                continued(cell, &self.cells[cell].disk, seed, from)?
            }
            None => replayed(cell, &self.cells[cell].disk, seed)?,
        };
        state.max_keys = self.plan.max_keys;
        laws::state(&state)?;
        let mut journal = Memory::open(&self.cells[cell].disk);
        let epoch = journal.head().epoch + 1;
        journal.claim(epoch).map_err(|why| Broken(why.to_string()))?;
        self.cells[cell].born += 1;
        self.watch_clock(cell, Timestamp(time));
        self.cells[cell].live = Some(Process {
            core: Core::new(state, journal.head(), time).with_codes(Some(self.codes.clone())),
            epoch,
            in_flight: None,
            telling: VecDeque::new(),
            urgent: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_weight: 0,
            wake_at: None,
            clock_jumped: false,
            quiet_until: Timestamp::default(),
            copying: None,
        });
        self.nostro_and_mirror(cell)?;
        self.wake(cell, self.now + 1);
        // Its last group may have become durable without a word.
        self.new_group(cell);
        self.dies(Point::CameUp, cell);
        Ok(())
    }

    /// Takes work in, or says at once why not.
    pub fn arrive(&mut self, cell: usize, work: Work) {
        let most = self.plan.queue_weight;
        let Some(process) = self.cells[cell].live.as_mut() else {
            return self.tell(work.ticket, Outcome::Rejected(Rejected::Starting));
        };
        if work.finishes() {
            process.urgent.push_back(work);
        } else if process.clock_jumped && matches!(work.ask, Ask::Do(_)) {
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
        self.dies(Point::TookIn, cell);
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
        let wall = self.look_at_clock(cell, &mut process)?;
        let done = self.take_in(cell, &mut process, wall);
        let busy = process.in_flight.is_some();
        if done.is_ok() && !self.is_dead() && !busy && !process.core.is_empty() {
            self.hand_over(cell, &mut process);
        }
        if !self.is_dead() {
            self.copy_snapshot(cell, &mut process);
        }
        let two = busy && !process.core.is_empty();
        let left = !process.urgent.is_empty() || !process.waiting.is_empty();
        let full = process.core.weight() >= self.plan.group_weight;
        let due = process.core.next_deadline().map(|due| {
            let due = due.max(process.quiet_until);
            if due <= process.core.now() {
                now + 1_000
            } else {
                now + 1_000 + (due.0 - wall.0.min(due.0))
            }
        });
        self.cells[cell].live = Some(process);
        done?;
        if two && std::mem::take(&mut self.cells[cell].rival_waits) && !self.calm {
            return self.depose(cell);
        }
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
        let most = self.now.saturating_add_signed(self.cells[cell].most_ahead);
        if process.core.now().0 > most {
            let now = process.core.now();
            return Err(Broken(format!(
                "cell {cell} is at {now:?}, and nobody accepted more than {most}"
            )));
        }
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
            if self.dies(Point::Decided, cell) {
                return Ok(());
            }
        }
        let core = &mut process.core;
        let due = core.next_deadline().is_some_and(|at| at <= core.now());
        if due && core.now() >= process.quiet_until {
            let ticked = guarded(|| core.tick())?;
            if !ticked {
                process.quiet_until = core.now().plus(Span::seconds(1));
            }
            self.balances(cell, core.state())?;
            self.dies(Point::Ticked, cell);
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
        if self.dies(Point::HandedOver, cell) {
            return;
        }
        self.at(self.now + takes, Event::Written { cell, born });
    }

    /// Goes on with a snapshot, and keeps it when it is whole.
    fn copy_snapshot(&mut self, cell: usize, process: &mut Process) {
        if process.copying.is_none() {
            return;
        }
        let whole = process.copy_on();
        if self.dies(if whole.is_some() { Point::CopiedAll } else { Point::Copied }, cell) {
            return;
        }
        if let Some(snapshot) = whole {
            self.cells[cell].snapshot = Some(snapshot);
            self.dies(Point::KeptSnapshot, cell);
        }
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
