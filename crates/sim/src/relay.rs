//! The relay between two cells, as the product's works, over a network that delays, repeats,
//! shuffles and loses.

use std::collections::VecDeque;
use std::rc::Rc;

use cell::{Outcome, first_group};
use corridor::{FreezeReason, Sent, Witness};
use economy::{Answer, Command, Event as Fact, FreezeLink, Query, Receive, Request, decode_record};
use journal::memory::{Disk, Memory};
use journal::{GENESIS, Journal, Stored};
use kernel::Actor;

use crate::Broken;
use crate::market::LINK;
use crate::partners::Chain;
use crate::points::Point;
use crate::process::{Ask, Cell, Ticket, Work};
use crate::world::{Event, World};

/// Where the receiving side stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    received: u64,
    seen: Witness,
    stopped: bool,
}

impl Standing {
    /// What an answer says of it.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        let Outcome::Answered { answer: Answer::Links(links), .. } = outcome else { return None };
        let link = &links.first()?.link;
        let stopped = link.frozen.as_ref().is_some_and(FreezeReason::stops_messages);
        Some(Self { received: link.received, seen: link.seen, stopped })
    }
}

/// The relay that carries the messages of one cell.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    /// Counts its lives; each begins where the receiver stands.
    life: u32,
    carrying: Option<Carrying>,
    batches: u64,
}

#[derive(Debug)]
struct Carrying {
    /// The next message to hand over, and the next group to read.
    next: u64,
    at: u64,
    witness: Witness,
    read: VecDeque<Receive>,
    under_way: Option<Batch>,
}

#[derive(Clone, Copy, Debug)]
struct Batch {
    number: u64,
    left: usize,
    failed: bool,
    through: u64,
    seen: Option<Witness>,
}

/// The messages that a stored group sends.
pub(crate) fn messages(group: &Stored) -> Result<Vec<Sent>, Broken> {
    let mut sent = Vec::new();
    for record in group.records() {
        let record = decode_record(record).map_err(|why| Broken(why.to_string()))?;
        for event in record.events() {
            let event = event.map_err(|why| Broken(why.to_string()))?;
            if let Fact::Corridor(corridor::Event::Sent(fact)) = event {
                sent.push(fact);
            }
        }
    }
    Ok(sent)
}

/// A request of the cell's own.
fn own(command: Command, ticket: Ticket) -> Work {
    let request = Request { actor: Actor::CELL, fingerprint: None, command };
    Work { ask: Ask::Do(Rc::new(request)), ticket }
}

fn hash_at(disk: &Disk, position: u64) -> Result<Option<[u8; 32]>, Broken> {
    let hash = Memory::open(disk).reader().hash_at(position);
    hash.map_err(|why| Broken(why.to_string()))
}

/// Where a relay begins to read, so that message `next` is not passed over.
fn beginning(disk: &Disk, seen: u64, next: u64) -> Result<u64, Broken> {
    let mut reader = Memory::open(disk).reader();
    first_group(seen, |groups| {
        for at in groups {
            let group = reader.read_from(at).map_err(|why| Broken(why.to_string()))?;
            let Some(group) = group else { break };
            if messages(&group)?.iter().any(|sent| sent.number <= next) {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

impl World {
    /// A relay begins anew after a pause.
    pub fn restart_relay(&mut self, from: usize, pause: u64) {
        let relay = &mut self.relays[from];
        relay.life += 1;
        relay.carrying = None;
        let life = relay.life;
        self.at(self.now + pause, Event::Relay { from, life });
    }

    /// A group of a cell became durable.
    pub fn new_group(&mut self, cell: usize) {
        self.keep_soon(cell);
        self.ask_outside_soon(cell);
        let life = self.relays[cell].life;
        if self.relays[cell].carrying.as_ref().is_some_and(|c| c.under_way.is_none()) {
            self.at(self.now + 1, Event::Relay { from: cell, life });
        }
    }

    /// Asks where the receiver stands, or hands over what is next.
    pub fn carry(&mut self, from: usize, life: u32) -> Result<(), Broken> {
        if self.relays[from].life != life || self.gone == Some(from) {
            return Ok(());
        }
        if self.relays[from].carrying.is_none() {
            let ask = Ask::Query(Rc::new(Query::Links));
            let work = Work { ask, ticket: Ticket::Standing(from, life) };
            let at = self.now + self.way();
            if !self.lost_between() {
                self.at(at, Event::Arrive { cell: 1 - from, work });
            }
            let patience = self.relay_patience();
            self.at(self.now + patience, Event::Overdue { from, life, batch: 0 });
            self.dies(Point::RelayAsked, from);
            return Ok(());
        }
        let disk = self.cells[from].disk.clone();
        let (most, of_partner) = (self.plan.batch, self.plan.partners);
        let chain = of_partner.then_some(&mut self.cells[from].chain);
        let relay = &mut self.relays[from];
        let Some(carrying) = relay.carrying.as_mut() else { return Ok(()) };
        if carrying.under_way.is_some() {
            return Ok(());
        }
        carrying.read_on(&disk, chain)?;
        let count = most.min(carrying.read.len());
        if count == 0 {
            return Ok(());
        }
        relay.batches += 1;
        let number = relay.batches;
        let batch: Vec<Receive> = carrying.read.drain(..count).collect();
        let seen = batch
            .iter()
            .rev()
            .find_map(|message| Some(Witness { position: message.position, hash: message.hash? }));
        let through = batch.last().map_or(carrying.next, |message| message.number);
        let witness = carrying.witness;
        carrying.under_way = Some(Batch { number, left: count + 1, failed: false, through, seen });
        if self.dies(Point::RelayRead, from) {
            return Ok(());
        }
        self.hand_over_batch(from, life, number, witness, batch);
        self.dies(Point::RelayHandedOver, from);
        Ok(())
    }

    fn relay_patience(&mut self) -> u64 {
        let way = if self.calm { 2_000 } else { self.plan.net_us };
        1_000_000 + way * 4 + self.plan.disk_us.1 * 4
    }

    fn hand_over_batch(
        &mut self,
        from: usize,
        life: u32,
        number: u64,
        shown: Witness,
        batch: Vec<Receive>,
    ) {
        let part = Ticket::Part(from, life, number);
        let mut commands = vec![Command::Greet { link: LINK, shown }];
        commands.extend(batch.into_iter().map(|message| Command::Receive(Box::new(message))));
        let (repeats, shuffled) = {
            let rng = &mut self.rng.net;
            let again = rng.chance(self.plan.net_repeat);
            let times = if again { rng.log(1, 50) } else { 0 };
            (times, rng.chance(self.plan.net_shuffle))
        };
        if self.calm || !shuffled {
            let work = commands.iter().map(|command| own(command.clone(), part)).collect();
            let at = self.now + self.way();
            if !self.lost_between() {
                self.at(at, Event::ArriveAll { cell: 1 - from, work });
            }
        } else {
            self.rare.hit("messages out of order");
            for command in &commands {
                let at = self.now + self.way();
                if !self.lost_between() {
                    let work = own(command.clone(), part);
                    self.at(at, Event::Arrive { cell: 1 - from, work });
                }
            }
        }
        for _ in 0..if self.calm { 0 } else { repeats } {
            self.rare.hit("messages again");
            // A message may be under way for days.
            let days = self.rng.net.chance(30);
            let late = if days { self.rng.net.log(1, 3 * 86_400_000_000) } else { 0 };
            self.rare.hit_if(days, "messages again, days later");
            let at = self.now + self.way() * 3 + late;
            let work = commands.iter().map(|command| own(command.clone(), Ticket::Nobody));
            let work = work.collect();
            self.at(at, Event::ArriveAll { cell: 1 - from, work });
        }
        let patience = self.relay_patience();
        self.at(self.now + patience, Event::Overdue { from, life, batch: number });
    }

    /// Begins where the receiver stands, if our journal is the one it knows.
    pub fn standing(
        &mut self,
        from: usize,
        life: u32,
        standing: Option<Standing>,
    ) -> Result<(), Broken> {
        let relay = &self.relays[from];
        if relay.life != life || relay.carrying.is_some() {
            return Ok(());
        }
        let Some(Standing { received, seen, stopped }) = standing else {
            self.restart_relay(from, self.relay_pause(20_000));
            return Ok(());
        };
        let hash = match seen.position {
            0 => Some(GENESIS),
            position => self.witnessed(from, position)?,
        };
        if hash != Some(seen.hash) {
            self.stop_both(from, seen, stopped);
            return Ok(());
        }
        if stopped {
            self.restart_relay(from, 200_000);
            return Ok(());
        }
        if self.dies(Point::RelayHeard, from) {
            return Ok(());
        }
        let at = match self.plan.partners {
            true => self.sent_in(from, received)?,
            false => beginning(&self.cells[from].disk, seen.position, received + 1)?,
        };
        self.rare.hit_if(at < seen.position, "a relay begins before what was seen");
        let witness = seen;
        let relay = &mut self.relays[from];
        relay.batches += 1;
        let number = relay.batches;
        let greeting = Batch { number, left: 1, failed: false, through: received, seen: None };
        relay.carrying = Some(Carrying {
            next: received + 1,
            at,
            witness,
            read: VecDeque::new(),
            under_way: Some(greeting),
        });
        self.hand_over_batch(from, life, number, witness, Vec::new());
        self.dies(Point::RelayGreeted, from);
        Ok(())
    }

    /// The hash that the other end must have seen with a group, or with a partner's message.
    pub fn witnessed(&mut self, from: usize, position: u64) -> Result<Option<[u8; 32]>, Broken> {
        let partners = self.plan.partners;
        let Cell { disk, chain, .. } = &mut self.cells[from];
        if partners {
            return Ok(chain.at(disk, position)?.map(|(_, hash)| hash));
        }
        hash_at(disk, position)
    }

    /// The group that sent a message.
    fn sent_in(&mut self, from: usize, number: u64) -> Result<u64, Broken> {
        let Cell { disk, chain, .. } = &mut self.cells[from];
        Ok(chain.at(disk, number)?.map_or(1, |(group, _)| group.max(1)))
    }

    /// The newest that the other end may have seen.
    pub fn newest_seen(&mut self, from: usize) -> Result<Witness, Broken> {
        let partners = self.plan.partners;
        let Cell { disk, chain, .. } = &mut self.cells[from];
        if partners {
            return chain.newest(disk);
        }
        let journal::Head { position, hash, .. } = disk.head();
        Ok(Witness { position, hash })
    }

    /// The receiver saw another journal than this one: neither side goes on.
    fn stop_both(&mut self, from: usize, seen: Witness, stopped: bool) {
        self.rare.hit("a neighbour saw another journal");
        let position = seen.position;
        let theirs = (1 - from, FreezeReason::WitnessDiffers { position });
        let ours = (from, FreezeReason::ForkedHere { position });
        for (cell, reason) in [theirs, ours].into_iter().skip(usize::from(stopped)) {
            let freeze = FreezeLink { link: LINK, reason };
            let work = own(Command::FreezeLink(freeze), Ticket::Nobody);
            self.at(self.now + 1_000, Event::Arrive { cell, work });
        }
        self.restart_relay(from, 2_000_000);
    }

    /// Hears of a part of a hand-over.
    pub fn part(&mut self, from: usize, life: u32, number: u64, done: bool) {
        let relay = &mut self.relays[from];
        let Some(carrying) = relay.carrying.as_mut().filter(|_| relay.life == life) else { return };
        let Some(batch) = carrying.under_way.as_mut().filter(|b| b.number == number) else {
            return;
        };
        batch.left -= 1;
        batch.failed |= !done;
        if batch.left > 0 {
            self.dies(Point::RelayHeardOfSome, from);
            return;
        }
        let Batch { failed, through, seen, .. } = *batch;
        if failed {
            self.rare.hit("a relay starts again");
            return self.restart_relay(from, self.relay_pause(20_000));
        }
        carrying.under_way = None;
        carrying.next = through + 1;
        carrying.witness = seen.unwrap_or(carrying.witness);
        self.at(self.now + 1, Event::Relay { from, life });
        self.dies(Point::RelayHeardOfAll, from);
    }

    /// Waits no longer for a hand-over.
    pub fn overdue(&mut self, from: usize, life: u32, number: u64) {
        let relay = &self.relays[from];
        let still = match &relay.carrying {
            None => number == 0,
            Some(carrying) => carrying.under_way.is_some_and(|batch| batch.number == number),
        };
        if relay.life == life && still {
            self.rare.hit("a relay waited in vain");
            self.restart_relay(from, self.relay_pause(20_000));
        }
    }
}

impl Carrying {
    fn read_on(&mut self, disk: &Disk, mut chain: Option<&mut Chain>) -> Result<(), Broken> {
        if !self.read.is_empty() {
            return Ok(());
        }
        let mut reader = Memory::open(disk).reader();
        for _ in 0..256 {
            let group = reader.read_from(self.at).map_err(|why| Broken(why.to_string()))?;
            let Some(group) = group else { return Ok(()) };
            self.at = group.position + 1;
            let before = self.read.len();
            let sent = messages(&group)?;
            self.read.extend(sent.into_iter().filter(|sent| sent.number >= self.next).map(
                |sent| Receive {
                    link: LINK,
                    number: sent.number,
                    position: group.position,
                    hash: None,
                    nostro_balance_after: sent.nostro_balance_after,
                    message: sent.message,
                },
            ));
            if self.read.len() > before
                && let Some(last) = self.read.back_mut()
            {
                last.hash = Some(group.hash);
            }
            if let Some(chain) = chain.as_deref_mut() {
                for message in self.read.iter_mut().skip(before) {
                    message.position = message.number;
                    message.hash = chain.at(disk, message.number)?.map(|(_, hash)| hash);
                }
            }
        }
        Ok(())
    }
}
