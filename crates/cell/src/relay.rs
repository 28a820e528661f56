//! Carries the messages of one cell to another: reads them in the sender's feed, hands them
//! over in order, and starts again where the receiver stands whenever anything is in doubt.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use corridor::{FreezeReason, Sent, Witness};
use economy::{Answer, Command, FreezeLink, Query, Receive, Request};
use journal::GENESIS;
use kernel::Actor;
use tracing::{error, warn};

use crate::feed::Durable;
use crate::handle::{Handle, Outcome};

/// Where the receiving side stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The last message it has handled.
    pub received: u64,
    /// What it saw last of the sender's journal.
    pub seen: Witness,
    /// Whether it takes no more until an operator has looked.
    pub stopped: bool,
}

/// The other side could not be reached, or went down meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the other side does not answer")]
pub struct Unreachable;

/// Messages that were not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The other side could not be reached: it is not known whether anything arrived.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// They arrived, and the other side's cell did not come to an end with them.
    #[error("the other side's cell did not handle the messages")]
    NotHandled,
}

/// How messages reach the other cell. Inside one process it is a channel; between two it is
/// HTTP with message signatures. The relay and the messages are the same.
pub trait Transport: Send {
    /// Asks where the receiving side stands.
    ///
    /// # Errors
    /// [`Unreachable`], then the relay asks again.
    fn standing(&mut self) -> Result<Standing, Unreachable>;

    /// Shows the sender's witness and hands messages over in order.
    ///
    /// # Errors
    /// [`Undelivered`]; what became of them is asked with [`Self::standing`].
    fn deliver(&mut self, shown: Witness, messages: Vec<Receive>) -> Result<(), Undelivered>;

    /// Freezes the link on the receiving side.
    ///
    /// # Errors
    /// [`Unreachable`], then the relay tries again.
    fn freeze(&mut self, reason: FreezeReason) -> Result<(), Unreachable>;
}

/// The transport inside one process.
pub struct Channel {
    to: Handle,
    link: u8,
}

impl Channel {
    /// A channel to a cell, over its link of this number.
    pub fn new(to: Handle, link: u8) -> Self {
        Self { to, link }
    }

    fn submit(&self, commands: Vec<Command>) -> Result<(), Unreachable> {
        let request = |command| Request { actor: Actor::CELL, fingerprint: None, command };
        let done = self.to.submit_all(commands.into_iter().map(request).collect());
        if done.blocking_recv().unwrap_or(false) { Ok(()) } else { Err(Unreachable) }
    }
}

impl Transport for Channel {
    fn standing(&mut self) -> Result<Standing, Unreachable> {
        match self.to.ask_blocking(Query::Links) {
            Outcome::Answered { answer: Answer::Links(links), .. } => {
                let link = &links.get(usize::from(self.link)).ok_or(Unreachable)?.link;
                Ok(Standing {
                    received: link.received,
                    seen: link.seen,
                    stopped: link.frozen.as_ref().is_some_and(FreezeReason::stops_messages),
                })
            }
            _ => Err(Unreachable),
        }
    }

    fn deliver(&mut self, shown: Witness, messages: Vec<Receive>) -> Result<(), Undelivered> {
        let mut commands = Vec::with_capacity(messages.len() + 1);
        commands.push(Command::Greet { link: self.link, shown });
        commands.extend(
            messages
                .into_iter()
                .map(|message| Command::Receive(Box::new(Receive { link: self.link, ..message }))),
        );
        self.submit(commands).map_err(|Unreachable| Undelivered::NotHandled)
    }

    fn freeze(&mut self, reason: FreezeReason) -> Result<(), Unreachable> {
        self.submit(vec![Command::FreezeLink(FreezeLink { link: self.link, reason })])
    }
}

/// Figures of a relay.
#[derive(Debug, Default)]
pub struct RelayStats {
    /// Messages handed over.
    pub delivered: AtomicU64,
    /// Times it had to ask the other side where it stands.
    pub restarts: AtomicU64,
}

/// The most messages in one hand-over; stays below what the receiver's queue takes in.
const BATCH: usize = 2_000;
/// How often the same message may fault the receiver before the link is frozen.
const FAULTS: u32 = 2;
/// How long a relay with nothing to carry goes without asking whether the other side is there, and
/// as it was.
const IDLE: Duration = Duration::from_secs(5);
/// How long a relay waits before it asks again whether an operator has looked.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Where to begin to read so that the message which is due is not passed over, given the position
/// that the receiver saw. Mostly it is that; but an operator who reopens a link may name one that
/// is newer than the last message handled. `known` says whether a message up to the one that is
/// due stands in some groups.
///
/// # Errors
/// What `known` could not read.
pub fn first_group<E>(
    seen: u64,
    mut known: impl FnMut(Range<u64>) -> Result<bool, E>,
) -> Result<u64, E> {
    let mut at = seen.max(1);
    let (mut end, mut step) = (at + 1, 1);
    while at > 1 && !known(at..end)? {
        end = at;
        step *= 2;
        at = at.saturating_sub(step).max(1);
    }
    Ok(at)
}

/// A running relay from one cell to another.
pub struct Relay {
    stop: Arc<AtomicBool>,
    stats: Arc<RelayStats>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Starts to carry the messages of `from`'s link number `link`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        from: Handle,
        link: u8,
        transport: Box<dyn Transport>,
    ) -> Result<Self, std::io::Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stats = Arc::new(RelayStats::default());
        let mut carrier = Carrier {
            from,
            link,
            transport,
            stop: Arc::clone(&stop),
            stats: Arc::clone(&stats),
            faults: (0, 0),
        };
        let name = format!("relay-{}", carrier.from.info().name);
        let thread = std::thread::Builder::new().name(name).spawn(move || carrier.run())?;
        Ok(Self { stop, stats, thread: Some(thread) })
    }

    /// The relay's figures.
    pub fn stats(&self) -> &RelayStats {
        &self.stats
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("a relay's thread panicked");
        }
    }
}

struct Carrier {
    from: Handle,
    link: u8,
    transport: Box<dyn Transport>,
    stop: Arc<AtomicBool>,
    stats: Arc<RelayStats>,
    /// A message that could not be handed over, and how often.
    faults: (u64, u32),
}

impl Carrier {
    fn run(&mut self) {
        while !self.stop.load(Relaxed) {
            if self.carry().is_err() {
                self.stats.restarts.fetch_add(1, Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Starts where the receiver stands and goes on until something is in doubt.
    fn carry(&mut self) -> Result<(), Unreachable> {
        let standing = self.transport.standing()?;
        let Some(shown) = self.shown(standing.seen)? else { return self.stop_both(standing) };
        if standing.stopped {
            std::thread::sleep(LOOK_AGAIN);
            return Ok(());
        }
        // Shown at once: a fork without a new message would go unnoticed until it has one.
        self.transport.deliver(shown, Vec::new()).map_err(|_| Unreachable)?;
        let mut witness = shown;
        let mut next = standing.received + 1;
        let mut at = self.beginning(standing.seen.position, next)?;
        let mut looked = Instant::now();
        while !self.stop.load(Relaxed) {
            if self.from.feed().wait(at, Duration::from_millis(250)) < at {
                if looked.elapsed() >= IDLE {
                    let now = self.transport.standing()?;
                    if now.stopped || now.received + 1 != next {
                        return Ok(());
                    }
                    looked = Instant::now();
                }
                continue;
            }
            looked = Instant::now();
            let groups = self.from.feed().read(at, 256).map_err(|why| {
                error!(%why, "the sender's journal can't be read");
                Unreachable
            })?;
            let Some(last) = groups.last() else { return Ok(()) };
            at = last.group.position + 1;
            let messages = self.messages(&groups, next);
            for batch in self.batches(messages) {
                let through = batch.last().map_or(next, |message| message.number);
                let seen = batch.iter().rev().find_map(|m| Some((m.position, m.hash?)));
                self.hand_over(witness, batch, next)?;
                next = through + 1;
                if let Some((position, hash)) = seen {
                    witness = Witness { position, hash };
                }
            }
        }
        Ok(())
    }

    fn hand_over(
        &mut self,
        witness: Witness,
        batch: Vec<Receive>,
        first: u64,
    ) -> Result<(), Unreachable> {
        let count = batch.len() as u64;
        match self.transport.deliver(witness, batch) {
            Ok(()) => {
                self.faults = (0, 0);
                self.stats.delivered.fetch_add(count, Relaxed);
                return Ok(());
            }
            // A bad road is no fault of the message.
            Err(Undelivered::Unreachable(why)) => return Err(why),
            Err(Undelivered::NotHandled) => {}
        }
        let times = if self.faults.0 == first { self.faults.1 + 1 } else { 1 };
        self.faults = (first, times);
        // Only a receiver that is up and stands still can have been faulted by the message.
        let standing = self.transport.standing()?;
        if times > FAULTS && count == 1 && standing.received + 1 == first && !standing.stopped {
            warn!(number = first, "a message faults its receiver; the link is frozen");
            self.transport.freeze(FreezeReason::MessageFaults { number: first })?;
        }
        Err(Unreachable)
    }

    /// Our hash at the position the receiver saw, if it is what the receiver saw.
    fn shown(&self, seen: Witness) -> Result<Option<Witness>, Unreachable> {
        if seen.position == 0 {
            return Ok(Some(Witness { position: 0, hash: GENESIS }));
        }
        let mut reader = self.from.feed().reader().map_err(|_| Unreachable)?;
        let hash = reader.hash_at(seen.position).map_err(|_| Unreachable)?;
        Ok(hash.filter(|hash| *hash == seen.hash).map(|_| seen))
    }

    /// What the receiver saw is not in our journal any more: neither side goes on before its
    /// operator has looked. Said again as long as it is so, for a side may have gone down
    /// meanwhile, or been reopened while the other still does not believe it.
    fn stop_both(&mut self, standing: Standing) -> Result<(), Unreachable> {
        let position = standing.seen.position;
        if !standing.stopped {
            warn!(position, "the other side saw another journal than ours; the link is frozen");
            self.transport.freeze(FreezeReason::WitnessDiffers { position })?;
        }
        let ours = FreezeReason::ForkedHere { position };
        Channel::new(self.from.clone(), self.link).freeze(ours)?;
        std::thread::sleep(LOOK_AGAIN);
        Ok(())
    }

    /// See [`first_group`].
    fn beginning(&self, seen: u64, next: u64) -> Result<u64, Unreachable> {
        let mut reader = self.from.feed().reader().map_err(|_| Unreachable)?;
        first_group(seen, |groups| {
            for at in groups {
                let Some(group) = reader.read_from(at).map_err(|_| Unreachable)? else { break };
                let durable = Durable::of(group).map_err(|_| Unreachable)?;
                let of_link = |sent: &Sent| sent.link == self.link && sent.number <= next;
                if durable.sent.iter().any(of_link) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn messages(&self, groups: &[Durable], next: u64) -> Vec<Receive> {
        let mut messages: Vec<Receive> = Vec::new();
        for durable in groups {
            let of_link = |sent: &&Sent| sent.link == self.link && sent.number >= next;
            let before = messages.len();
            messages.extend(durable.sent.iter().filter(of_link).map(|sent| Receive {
                link: self.link,
                number: sent.number,
                position: durable.group.position,
                hash: None,
                nostro_balance_after: sent.nostro_balance_after,
                message: sent.message.clone(),
            }));
            if messages.len() > before
                && let Some(last) = messages.last_mut()
            {
                last.hash = Some(durable.group.hash);
            }
        }
        messages
    }

    /// One by one after a failure, so that a message that faults its receiver is found.
    fn batches(&self, messages: Vec<Receive>) -> Vec<Vec<Receive>> {
        let size = if self.faults.1 > 0 { 1 } else { BATCH };
        let mut batches = Vec::new();
        let mut rest = messages;
        while rest.len() > size {
            let tail = rest.split_off(size);
            batches.push(std::mem::replace(&mut rest, tail));
        }
        if !rest.is_empty() {
            batches.push(rest);
        }
        batches
    }
}
