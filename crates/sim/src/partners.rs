//! Runs in which the two cells are of two operators, each the other's partner: one may take nothing
//! new from the other for a while, and one may be gone for weeks.

use std::rc::Rc;

use corridor::Witness;
use economy::{Request, State};
use journal::memory::{Disk, Memory};
use journal::{GENESIS, Journal};
use pay::command as c;
use pay::state::Outgoing;
use sha2::{Digest, Sha256};

use crate::Broken;
use crate::laws;
use crate::market::{CURRENCIES, LINK, NAMES, number};
use crate::phases::{ENDED_US, SETTLED_US};
use crate::process::{Ask, Ticket, Work};
use crate::relay::messages;
use crate::world::{Event, World};

/// So seldom is a partner asked that was not heard for long.
const SELDOM_US: u64 = 600_000_000;
const WEEK_US: u64 = 7 * 86_400_000_000;

/// The witness of a partner's messages: it knows nothing of a journal but what was sent to it, and
/// the hash over that. Where it says *position*, it means a message's number.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Of each message the group in which it was sent, and the hash with it.
    links: Vec<(u64, [u8; 32])>,
    /// The last group that was read.
    read: u64,
}

impl Chain {
    /// The hash over all messages up to one, and the group that sent it.
    pub fn at(&mut self, disk: &Disk, number: u64) -> Result<Option<(u64, [u8; 32])>, Broken> {
        self.read_on(disk)?;
        let at = number.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        Ok(at.map_or(Some((0, GENESIS)), |at| self.links.get(at).copied()))
    }

    /// The newest message, and the hash with it.
    pub fn newest(&mut self, disk: &Disk) -> Result<Witness, Broken> {
        self.read_on(disk)?;
        let position = self.links.len() as u64;
        let hash = self.links.last().map_or(GENESIS, |(_, hash)| *hash);
        Ok(Witness { position, hash })
    }

    fn read_on(&mut self, disk: &Disk) -> Result<(), Broken> {
        let mut reader = Memory::open(disk).reader();
        loop {
            let group = reader.read_from(self.read + 1).map_err(|why| Broken(why.to_string()))?;
            let Some(group) = group else { return Ok(()) };
            self.read = group.position;
            for sent in messages(&group)? {
                let before = self.links.last().map_or(GENESIS, |(_, hash)| *hash);
                let mut hasher = Sha256::new();
                hasher.update(before);
                hasher.update(format!("{sent:?}"));
                self.links.push((group.position, hasher.finalize().into()));
            }
        }
    }
}

/// What a cell has agreed with the other.
pub(crate) fn agreed(cell: usize, max_unanswered: u32, max_age: kernel::Span) -> c::SetPartner {
    let name = NAMES[1 - cell];
    c::SetPartner {
        peer: number(1 - cell),
        name: name.to_owned(),
        pays_here: Some(CURRENCIES[cell]),
        paid_there: Some(CURRENCIES[1 - cell]),
        wallet: format!("{name} Pay"),
        url: String::new(),
        most_prefund: None,
        source: "a contract".to_owned(),
        max_unanswered,
        max_age,
    }
}

fn suspension(cell: usize, suspended: bool) -> pay::Command {
    let (peer, note) = (number(1 - cell), "a look at its books".to_owned());
    c::SuspendPartner { peer, suspended, note }.into()
}

impl World {
    /// An operator takes nothing new from its partner, or does again.
    pub fn suspend(&mut self, cell: usize, suspended: bool) {
        if self.plan.partners && self.gone != Some(cell) {
            self.rare.hit_if(suspended, "a partner is suspended");
            self.operate(cell, suspension(cell, suspended));
        }
    }

    /// Operators who have looked go on with their partners, and ask until it is done.
    pub fn resume_partners(&mut self) {
        for cell in 0..2 {
            let state = self.cells[cell].live.as_ref().map(|process| process.core.state());
            let partner = state.and_then(|state| state.pay.partner(LINK));
            if partner.is_some_and(|partner| partner.suspended.is_some()) {
                let (actor, command) = (self.markets[cell].operator, suspension(cell, false));
                let request = Request { actor, fingerprint: None, command: command.into() };
                let work = Work { ask: Ask::Do(Rc::new(request)), ticket: Ticket::Nobody };
                self.at(self.now + 1_000, Event::Arrive { cell, work });
            }
        }
    }

    /// How long a relay waits before it asks again.
    pub fn relay_pause(&self, pause: u64) -> u64 {
        if self.gone.is_some() { SELDOM_US } else { pause }
    }

    /// One of the partners is gone for weeks, whatever was under way. What the other decides by
    /// itself ends meanwhile; what waits for the partner's word waits, every unit of it held; and
    /// nobody gets any of it by a guess. Then the partner is back, and the run goes on.
    pub fn vanish(&mut self) -> Result<(), Broken> {
        let gone = self.rng.process.below(2) as usize;
        let here = 1 - gone;
        self.rare.hit("a partner is gone");
        self.calm = true;
        self.gone = Some(gone);
        self.kill(gone);
        for op in 0..self.clients.ops.len() {
            if self.clients.ops[op].cell == gone && self.clients.ops[op].settled.is_none() {
                self.clients.ops[op].doubtful = true;
                self.give_up(op);
            }
        }
        self.mend(here);
        self.stand(self.now + SETTLED_US + ENDED_US)?;
        let before = self.waiting(here)?;
        self.stand(self.now + WEEK_US)?;
        let after = self.waiting(here)?;
        if before != after {
            return Err(Broken(format!(
                "of what waits for a partner that is gone something moved: {before:?}, {after:?}"
            )));
        }
        self.rare.hit_if(!after.is_empty(), "money that waits for a partner that is gone");
        self.gone = None;
        self.restart_relay(gone, 1);
        Ok(())
    }

    /// Lets time pass in which nobody does anything but look at clocks.
    fn stand(&mut self, until: u64) -> Result<(), Broken> {
        while !self.nothing_until(until) {
            self.until_a_lull(until)?;
            self.accept_clocks();
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// The payments of a cell that wait for the other, each with what is held for it.
    fn waiting(&self, cell: usize) -> Result<Vec<(Outgoing, [u64; 4])>, Broken> {
        let Some(process) = &self.cells[cell].live else {
            return Err(Broken(format!("cell {cell} does not come up alone")));
        };
        let state: &State = process.core.state();
        laws::state(state)?;
        if let Some((_, leg)) = state.pay.all_incoming().next() {
            return Err(Broken(format!("a sale waits for a partner that is gone: {leg:?}")));
        }
        let held = |leg: &Outgoing| {
            leg.holds.map(|hold| state.book.hold(hold).map_or(0, |hold| hold.remaining))
        };
        let open = state.pay.all_outgoing();
        Ok(open.map(|(_, leg)| (*leg, held(leg))).collect())
    }
}
