//! The transport of a relay to a partner: the same relay and the same messages as to a cell of ours.

use std::sync::Arc;
use std::time::Duration;

use cell::{Standing as At, Transport, Undelivered, Unreachable};
use corridor::{FreezeReason, Witness};
use economy::Receive;
use link::Fault;

use crate::body::{Delivery, MOST_MESSAGES, Stop, StopReason};
use crate::chain::Chain;
use crate::message::Flat;
use crate::partner::Partner;

/// The longest pause before a partner is asked again that does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The transport of a relay to a partner.
pub struct Wire {
    partner: Arc<Partner>,
    failures: u32,
    /// How far the partner has handled our messages, as it said last.
    received: Chain,
}

impl Wire {
    /// To a partner.
    pub fn to(partner: Arc<Partner>) -> Self {
        Self { partner, failures: 0, received: Chain::default() }
    }

    /// The first question after a failure waits, longer each time: nobody is hammered who is down.
    fn pause(&self) {
        if self.failures > 0 {
            let pause = Duration::from_millis(20 << self.failures.min(6));
            std::thread::sleep(pause.min(LONGEST_PAUSE));
        }
    }

    fn hand_over(&mut self, messages: &[Flat]) -> Result<(), Fault> {
        let first = messages.first().map_or(self.received.number + 1, |first| first.number);
        let after = if self.received.number + 1 == first {
            self.received
        } else {
            let known = self.partner.outbox.at(first - 1).ok().flatten();
            let unread = || Fault::ours("partner_not_handled", "The outbox can't be read.");
            known.ok_or_else(unread)?.0
        };
        let delivery = Delivery::of(after, messages.to_vec());
        let standing = self.partner.deliver(&delivery)?;
        if standing.received.number < delivery.through.number || standing.stopped {
            let words = "The partner did not take all messages.";
            return Err(Fault::ours("partner_stopped", words));
        }
        self.received = delivery.through;
        Ok(())
    }
}

impl Transport for Wire {
    fn standing(&mut self) -> Result<At, Unreachable> {
        self.pause();
        let came = self.partner.standing();
        self.failures = if came.is_ok() { 0 } else { self.failures.saturating_add(1) };
        let standing = came.map_err(|_| Unreachable)?;
        let (received, stopped) = (standing.received.number, standing.stopped);
        let known = self.partner.outbox.at(received).map_err(|_| Unreachable)?;
        self.received = standing.received;
        let seen = match known {
            Some((chain, 0)) if chain == standing.received => Witness::default(),
            Some((chain, position)) if chain == standing.received => {
                let hash = self.partner.outbox.hash_at(position).map_err(|_| Unreachable)?;
                Witness { position, hash: hash.ok_or(Unreachable)? }
            }
            // It has handled another past than ours: no journal of ours has this hash.
            other => {
                let position = other.map_or(0, |(_, position)| position);
                Witness { position: position.max(1), hash: [0xff; 32] }
            }
        };
        Ok(At { received, seen, stopped })
    }

    fn deliver(&mut self, _: Witness, messages: Vec<Receive>) -> Result<(), Undelivered> {
        let flat = |message: &Receive| {
            let after = message.nostro_balance_after;
            Flat::of(message.number, after, &message.message, self.partner.of)
        };
        let flats: Option<Vec<Flat>> = messages.iter().map(flat).collect();
        let flats = flats.ok_or(Unreachable)?;
        let undelivered = |fault: Fault| {
            let arrived = fault.theirs && fault.code == "partner_not_handled";
            if arrived { Undelivered::NotHandled } else { Unreachable.into() }
        };
        if flats.is_empty() {
            return self.hand_over(&[]).map_err(undelivered);
        }
        flats.chunks(MOST_MESSAGES).try_for_each(|some| self.hand_over(some).map_err(undelivered))
    }

    fn freeze(&mut self, reason: FreezeReason) -> Result<(), Unreachable> {
        let stop = match reason {
            FreezeReason::MessageFaults { number } => {
                Stop { reason: StopReason::MessageFaults, number }
            }
            _ => Stop { reason: StopReason::WitnessDiffers, number: self.received.number },
        };
        self.partner.freeze(stop).map(drop).map_err(|_| Unreachable)
    }
}
