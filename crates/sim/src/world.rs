//! The world of one run: two cells, the relays between them, clients, and one queue of what
//! happens next, in the order (time, number).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use cell::{Outcome, PhoneKeys};
use kernel::Timestamp;

use crate::banks::Bank;
use crate::client::Clients;
use crate::market::{self, Market};
use crate::plan::{Plan, Trouble};
use crate::points::{Death, Points};
use crate::process::{Cell, Ticket, Work};
use crate::promises::Promises;
use crate::random::Streams;
use crate::relay::{Relay, Standing};
use crate::{Broken, Rare, laws};

/// What happens at a moment.
#[derive(Debug)]
pub(crate) enum Event {
    /// A client does something.
    Client,
    /// Work reaches a cell.
    Arrive { cell: usize, work: Work },
    /// Work reaches a cell in one piece, in its order.
    ArriveAll { cell: usize, work: Vec<Work> },
    /// A cell looks at what it has to do.
    Wake { cell: usize, born: u32 },
    /// A journal answers its writer.
    Written { cell: usize, born: u32 },
    /// What a durable group said is told.
    Tell { cell: usize, born: u32 },
    /// A process comes up.
    Start { cell: usize, born: u32 },
    /// A group of a deposed writer reaches the journal.
    Late { cell: usize, number: usize },
    /// A client hears what came of an attempt.
    Heard { op: usize, attempt: usize, outcome: Box<Outcome> },
    /// A client has waited long enough for an attempt.
    Patience { op: usize, attempt: usize },
    /// A client sends a request again.
    Again { op: usize },
    /// The relay from a cell looks at what it has to do.
    Relay { from: usize, life: u32 },
    /// It hears where the receiver stands.
    Standing { from: usize, life: u32, standing: Option<Standing> },
    /// It hears of a part of its hand-over.
    Part { from: usize, life: u32, batch: u64, done: bool },
    /// It has waited long enough for a hand-over.
    Overdue { from: usize, life: u32, batch: u64 },
    /// The keeper of a cell's vault looks for what is to be done.
    Keep { cell: usize, life: u32 },
    /// It hears of it.
    Kept { cell: usize, life: u32, outcome: Box<Outcome> },
    /// The clerk of a cell looks for what another company is to be asked.
    Clerk { cell: usize, life: u32 },
    /// It hears of it.
    Clerked { cell: usize, life: u32, outcome: Box<Outcome> },
    /// It hears what became of a word of that company.
    WordHeard { cell: usize, word: usize, outcome: Box<Outcome> },
    /// A trouble begins.
    Trouble(Trouble),
    /// A trouble of a cell is over.
    Over { trouble: Trouble, cell: usize },
}

struct Due {
    at: u64,
    number: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

pub(crate) struct World {
    /// The true time.
    pub now: u64,
    pub plan: Plan,
    pub rng: Streams,
    pub cells: [Cell; 2],
    pub markets: [Market; 2],
    pub relays: [Relay; 2],
    pub clients: Clients,
    pub banks: [Bank; 2],
    pub promises: Promises,
    pub rare: Rare,
    pub points: Points,
    /// Nothing goes wrong any more.
    pub calm: bool,
    /// Whether the two books must agree: until a cell is restored from an old copy.
    pub cells_agree: bool,
    /// Whether promises still stand: until a cell is restored from an old copy.
    pub promises_hold: bool,
    /// Until when nothing crosses.
    pub cut_until: u64,
    /// The cell of a partner that is gone.
    pub gone: Option<usize>,
    /// What can tell a phone's codes from others.
    pub codes: Arc<PhoneKeys>,
    /// What clients have done so far, and are to do.
    pub step: u64,
    pub steps: u64,
    /// Everything that happened, folded.
    pub trace: u64,
    due: BinaryHeap<Reverse<Due>>,
    numbered: u64,
}

/// 1 November 2026, 00:00 UTC.
pub(crate) const BEGIN: u64 = 1_793_491_200_000_000;
/// Far more than a run needs: above it something goes round in circles.
const MOST_EVENTS: u64 = 2_000_000;
/// Steps between two full checks.
const FULL: u64 = 100;

impl World {
    pub fn open(seed: u64, steps: u64, plan: Plan, death: Option<Death>) -> Result<Self, Broken> {
        let mut rng = Streams::new(seed);
        let cells = [Cell::new(), Cell::new()];
        let now = Timestamp(BEGIN);
        let mut open =
            |cell: usize| market::open(cell, &plan, &cells[cell].disk, now, &mut rng.workload);
        let markets = [open(0)?, open(1)?];
        let mut world = Self {
            now: BEGIN,
            plan,
            rng,
            cells,
            markets,
            relays: [Relay::default(), Relay::default()],
            clients: Clients::default(),
            banks: Default::default(),
            promises: Promises::default(),
            rare: Rare::default(),
            points: Points { death, ..Points::default() },
            calm: false,
            cells_agree: true,
            promises_hold: true,
            cut_until: 0,
            gone: None,
            codes: Arc::new(PhoneKeys::new(&[7; 32])),
            step: 0,
            steps,
            trace: seed,
            due: BinaryHeap::new(),
            numbered: 0,
        };
        world.begin()?;
        Ok(world)
    }

    fn begin(&mut self) -> Result<(), Broken> {
        for cell in 0..2 {
            self.cells[cell].opened = self.cells[cell].disk.head().position;
            self.start(cell)?;
            self.bury();
            self.restart_relay(cell, 1);
        }
        self.draw_troubles();
        self.first_money();
        self.at(self.now + 1, Event::Client);
        Ok(())
    }

    /// Lets something happen at a moment.
    pub fn at(&mut self, at: u64, event: Event) {
        self.numbered += 1;
        self.due.push(Reverse(Due { at, number: self.numbered, event }));
    }

    /// Folds something that happened into the trace.
    pub fn mix(&mut self, what: u64) {
        self.trace = (self.trace ^ what).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }

    /// Lets the next thing happen, if it does so until a moment. Returns whether one did.
    pub fn next(&mut self, until: u64) -> Result<bool, Broken> {
        if self.due.peek().is_none_or(|Reverse(due)| due.at > until) {
            return Ok(false);
        }
        let Some(Reverse(Due { at, number, event })) = self.due.pop() else { return Ok(false) };
        self.now = self.now.max(at);
        self.mix(at ^ number.rotate_left(40));
        if number > MOST_EVENTS {
            return Err(Broken(format!("no end of events: {event:?}")));
        }
        self.happen(event)?;
        self.bury();
        Ok(true)
    }

    /// Whether nothing more happens until a moment.
    pub fn nothing_until(&self, until: u64) -> bool {
        self.due.peek().is_none_or(|Reverse(due)| due.at > until)
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Client => return self.client(),
            Event::Arrive { cell, work } => self.arrive(cell, work),
            Event::ArriveAll { cell, work } => {
                for work in work {
                    // What a process that dies meanwhile has not taken in is on its way still.
                    if self.is_dead() {
                        self.at(self.now, Event::Arrive { cell, work });
                    } else {
                        self.arrive(cell, work);
                    }
                }
            }
            Event::Wake { cell, born } => return self.decide(cell, born),
            Event::Written { cell, born } => return self.written(cell, born),
            Event::Tell { cell, born } => return self.tell_group(cell, born),
            Event::Start { cell, born } => {
                let gone = self.gone == Some(cell);
                if self.cells[cell].born == born && self.cells[cell].live.is_none() && !gone {
                    return self.start(cell);
                }
            }
            Event::Late { cell, number } => return self.late(cell, number),
            Event::Heard { op, attempt, outcome } => return self.heard(op, attempt, *outcome),
            Event::Patience { op, attempt } => self.out_of_patience(op, attempt),
            Event::Again { op } => self.again(op),
            Event::Relay { from, life } => return self.carry(from, life),
            Event::Standing { from, life, standing } => {
                return self.standing(from, life, standing);
            }
            Event::Part { from, life, batch, done } => self.part(from, life, batch, done),
            Event::Overdue { from, life, batch } => self.overdue(from, life, batch),
            Event::Keep { cell, life } => self.keep(cell, life),
            Event::Kept { cell, life, outcome } => self.kept(cell, life, &outcome),
            Event::Clerk { cell, life } => self.clerk(cell, life),
            Event::Clerked { cell, life, outcome } => self.clerked(cell, life, &outcome),
            Event::WordHeard { cell, word, outcome } => self.word_heard(cell, word, &outcome),
            Event::Trouble(trouble) => return self.trouble(trouble),
            Event::Over { trouble, cell } => self.over(trouble, cell),
        }
        Ok(())
    }

    fn client(&mut self) -> Result<(), Broken> {
        if self.step >= self.steps {
            return Ok(());
        }
        self.step += 1;
        self.act();
        if self.step.is_multiple_of(FULL.min(self.steps / 4).max(1)) {
            self.full_check()?;
        }
        let pause = self.rng.workload.within(1, self.plan.pace_us * 2);
        self.at(self.now + pause, Event::Client);
        Ok(())
    }

    /// Sends an outcome to whoever waits for it.
    pub fn tell(&mut self, ticket: Ticket, outcome: Outcome) {
        let at = self.now + self.way();
        match ticket {
            Ticket::Nobody => {}
            // It stands beside the cell: nothing gets lost between the two.
            Ticket::Keeper(cell, life) => {
                let outcome = Box::new(outcome);
                self.at(self.now + 50, Event::Kept { cell, life, outcome });
            }
            Ticket::Clerk(cell, life) => {
                let outcome = Box::new(outcome);
                self.at(self.now + 50, Event::Clerked { cell, life, outcome });
            }
            Ticket::Word(cell, word) => {
                let outcome = Box::new(outcome);
                self.at(self.now + 50, Event::WordHeard { cell, word, outcome });
            }
            Ticket::Client(op, attempt) => {
                if !self.lost() {
                    self.at(at, Event::Heard { op, attempt, outcome: Box::new(outcome) });
                }
            }
            Ticket::Standing(from, life) => {
                let standing = Standing::of(&outcome);
                if !self.lost_between() {
                    self.at(at, Event::Standing { from, life, standing });
                }
            }
            Ticket::Part(from, life, batch) => {
                let done = matches!(outcome, Outcome::Done { .. } | Outcome::Repeated { .. });
                if !self.lost_between() {
                    self.at(at, Event::Part { from, life, batch, done });
                }
            }
        }
    }

    /// How long something is on its way.
    pub fn way(&mut self) -> u64 {
        let most = if self.calm { 2_000 } else { self.plan.net_us };
        self.rng.net.log(50, most)
    }

    /// Whether something gets lost on its way.
    pub fn lost(&mut self) -> bool {
        let lost = self.rng.net.chance(self.plan.net_drop);
        lost && !self.calm
    }

    /// The same between the two cells.
    pub fn lost_between(&mut self) -> bool {
        let lost = self.lost();
        lost || (self.now < self.cut_until && !self.calm)
    }

    /// All laws, over all that is known.
    pub fn full_check(&mut self) -> Result<(), Broken> {
        for cell in 0..2 {
            if let Some(process) = self.cells[cell].live.as_mut() {
                laws::state(process.core.state())?;
                let quiet = process.in_flight.is_none() && process.core.is_empty();
                if quiet {
                    self.rare.hit("live state against replay");
                    laws::replay(cell, &self.cells[cell].disk, process.core.state())?;
                    process.begin_snapshot();
                }
            }
            self.keys_and_journal(cell)?;
            if self.promises_hold {
                self.promises.read(cell, &self.cells[cell].disk)?;
            }
        }
        if self.promises_hold { self.promises.kept(&self.clients) } else { Ok(()) }
    }
}
