//! What clients make of an outcome: whether it may be so, and what they learn from it.

use cell::{Outcome, Rejected};
use economy::{Answer, Command, ReopenLink, Reply};
use journal::Journal;
use journal::memory::Memory;
use kernel::Refuse;

use crate::Broken;
use crate::client::{Held, Kind, Settled};
use crate::codes::Phone;
use crate::market::LINK;
use crate::process::Ask;
use crate::promises::REMEMBERED;
use crate::world::{Event, World};

impl World {
    /// A client hears what came of an attempt.
    pub fn heard(&mut self, op: usize, attempt: usize, outcome: Outcome) -> Result<(), Broken> {
        let one = &mut self.clients.ops[op];
        let sent = &mut one.attempts[attempt];
        if std::mem::replace(&mut sent.heard, true) {
            return Ok(());
        }
        let (floor, after) = (sent.floor, sent.after);
        self.expected(op, floor, after, &outcome)?;
        match outcome {
            Outcome::Done { reply, position, index } => {
                let part = |reply: &pay::Reply| {
                    matches!(reply, pay::Reply::Capture(_) | pay::Reply::Refund(_))
                };
                if index.is_none() && matches!(&reply, Reply::Pay(told) if part(told)) {
                    self.rare.hit("a part was found by its name");
                }
                let keyed = self.clients.ops[op].key().is_some();
                let place = index.filter(|_| keyed).map(|index| (position, index));
                self.settle(op, Settled::Done { reply, place });
            }
            Outcome::Repeated { reply, position, index } => {
                self.settle(op, Settled::Done { reply, place: Some((position, index)) });
            }
            Outcome::Answered { answer, .. } => {
                self.settle(op, Settled::Answered);
                self.looked(op, &answer)?;
            }
            Outcome::Refused { refusal, .. } => {
                self.rare.hit(refusal.code());
                self.settle(op, Settled::Refused);
            }
            Outcome::Unknown => {
                self.clients.ops[op].doubtful = true;
                self.doubt(op);
            }
            Outcome::Rejected(why) => self.rejected(op, why),
        }
        Ok(())
    }

    fn rejected(&mut self, op: usize, why: Rejected) {
        self.rare.hit(why.code());
        if self.clients.ops[op].settled.is_some() {
            return;
        }
        if self.rng.workload.chance(300) && !self.calm {
            return self.give_up(op);
        }
        let pause = self.rng.workload.log(100_000, 10_000_000);
        self.at(self.now + pause, Event::Again { op });
    }

    fn settle(&mut self, op: usize, settled: Settled) {
        let one = &mut self.clients.ops[op];
        let first = match (&one.settled, &settled) {
            (Some(Settled::Done { .. }), _) => false,
            (_, Settled::Done { .. }) => true,
            (before, _) => before.is_none(),
        };
        if !first {
            return;
        }
        one.settled = Some(settled);
        if one.place().is_some() {
            self.promises.made(op);
        }
        if matches!(one.settled, Some(Settled::Done { .. })) {
            self.bank_hears(op);
        }
        self.learn(op);
    }

    /// What must be true of an outcome, given what the client knew when it asked.
    fn expected(
        &self,
        op: usize,
        floor: u64,
        after: bool,
        outcome: &Outcome,
    ) -> Result<(), Broken> {
        let one = &self.clients.ops[op];
        let broken =
            |what: &str| Err(Broken(format!("{what}: {:?} came of {:?}", outcome, one.ask)));
        let (Outcome::Done { position, .. }
        | Outcome::Refused { position, .. }
        | Outcome::Answered { position, .. }) = outcome
        else {
            return match (outcome, &one.settled) {
                // A key that was forgotten meanwhile is good for another request.
                (Outcome::Repeated { position, .. }, _)
                    if one.kind != Kind::Ordinary && !self.forgotten_since(op, *position) =>
                {
                    broken("what was never done is repeated")
                }
                (
                    Outcome::Repeated { reply, position, index },
                    Some(Settled::Done { reply: first, place }),
                ) if (same_bytes(reply, first) && *place == Some((*position, *index)))
                    || self.forgotten_since(op, *position) =>
                {
                    Ok(())
                }
                (Outcome::Repeated { .. }, Some(Settled::Done { .. })) => {
                    broken("a repeat differs from the first reply")
                }
                _ => Ok(()),
            };
        };
        if *position < floor {
            return broken("an answer is older than what was told before");
        }
        match (one.kind, outcome) {
            (Kind::Stranger, Outcome::Done { .. }) => broken("a stranger's request was done"),
            (Kind::ReusedKey { .. }, Outcome::Refused { refusal, .. })
                if *refusal == economy::Refusal::IdempotencyKeyReused =>
            {
                Ok(())
            }
            (Kind::ReusedKey { .. }, _) if !self.forgotten_since(op, *position) => {
                broken("a key was good for two requests")
            }
            // What was forgotten meanwhile may be judged anew.
            _ if after && !self.forgotten_since(op, *position) => {
                broken("what was done is judged anew")
            }
            // A double tap may hear of the repeat first.
            (_, Outcome::Done { index: Some(index), .. })
                if one.place().is_some_and(|place| place != (*position, *index))
                    && !self.forgotten_since(op, *position) =>
            {
                broken("one key was done twice")
            }
            _ => Ok(()),
        }
    }

    /// Whether by a later group the cell had forgotten what it answered: that takes three days.
    fn forgotten_since(&self, op: usize, position: u64) -> bool {
        let one = &self.clients.ops[op];
        let first = match one.kind {
            Kind::ReusedKey { first } => Some(first),
            _ => one.place().map(|(position, _)| position),
        };
        let Some(first) = first else { return false };
        let mut reader = Memory::open(&self.cells[one.cell].disk).reader();
        let mut time = |position| reader.read_at(position).ok().flatten().map(|group| group.time);
        match (time(first), time(position)) {
            (Some(first), Some(later)) => later >= first + REMEMBERED.0,
            _ => false,
        }
    }

    /// An operator who looked at a link finds that both books agree, and opens it again: with the
    /// neighbour's journal as it was seen, or as it is now.
    fn looked(&mut self, op: usize, answer: &Answer) -> Result<(), Broken> {
        let Answer::Links(links) = answer else { return Ok(()) };
        let Some(view) = links.first() else { return Ok(()) };
        let cell = self.clients.ops[op].cell;
        let newest = self.newest_seen(1 - cell)?;
        let now = self.rng.workload.chance(500);
        let seen = if now { newest } else { view.link.seen };
        let note = "both books agree".into();
        self.operate(cell, Command::ReopenLink(ReopenLink { link: LINK, note, seen, handled: 0 }));
        Ok(())
    }

    /// What clients learn from an outcome.
    fn learn(&mut self, op: usize) {
        let one = &self.clients.ops[op];
        let Some(Settled::Done { reply, .. }) = &one.settled else { return };
        let cell = one.cell;
        let actor = match &one.ask {
            Ask::Do(request) => request.actor,
            Ask::Query(_) => return,
        };
        match (one.command(), reply) {
            (Some(Command::Pay(pay::Command::RequestPayment(_))), Reply::Pay(reply)) => {
                let pay::Reply::Payment(view) = reply else { return };
                let (id, deadline) = (view.payment, view.deadline);
                let known = self.clients.purchases.iter_mut().rev().find(|p| p.id == id);
                if let Some(known) = known {
                    known.deadline = deadline;
                }
            }
            (
                Some(Command::Pay(pay::Command::ConfirmPayment(_) | pay::Command::PayHere(_))),
                Reply::Pay(pay::Reply::Payment(view)),
            ) => {
                let id = view.payment;
                let known = self.clients.purchases.iter().rposition(|p| p.id == id);
                if let Some(at) = known {
                    let later = self.clients.purchases[at].later;
                    self.clients.paid[usize::from(later)].push(at);
                }
            }
            (_, Reply::Pay(pay::Reply::Phone(view))) => {
                let view = view.as_ref().clone();
                self.clients.phones.push(Phone { cell, actor, view });
            }
            (_, Reply::Pay(pay::Reply::Charge(view))) => {
                let (id, deadline) = (view.payment.payment, view.payment.deadline);
                let known = self.clients.purchases.iter().rposition(|p| p.id == id);
                if let Some(at) = known {
                    let purchase = &mut self.clients.purchases[at];
                    purchase.deadline = deadline.or(purchase.deadline);
                    self.clients.paid[usize::from(purchase.later)].push(at);
                }
            }
            // Mostly paid by the time that somebody gives it back.
            (_, Reply::Pay(pay::Reply::ConnectorAsk(view))) => {
                let known = self.clients.purchases.iter().rposition(|p| p.id == view.payment);
                self.clients.paid[0].extend(known);
            }
            (_, Reply::Pay(pay::Reply::Quote(view))) => {
                let id = view.quote;
                self.clients.quotes.push(Held { id, cell, actor });
                self.clients.unused.push(Held { id, cell, actor });
            }
            (Some(Command::Transfers(_)), Reply::Transfers { outcomes, .. }) => {
                for (_, outcome) in outcomes {
                    if let economy::TransferOutcome::Held { number, tag } = outcome {
                        self.clients.holds.push((cell, *number, *tag));
                    }
                }
            }
            _ => {}
        }
    }
}

fn same_bytes(one: &Reply, other: &Reply) -> bool {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    one.encode(&mut a);
    other.encode(&mut b);
    a == b
}
