//! What the books know of what another company's bill names.

use kernel::id::{Payment, Refund};
use kernel::{Id, Timestamp};

use crate::World;
use crate::decide::stray_hash;
use crate::refusal::Refusal;
use crate::state::{End, PartKind, whole};

/// A payment as a bill names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledPayment {
    /// Which.
    pub payment: Id<Payment>,
    /// By which attempt.
    pub attempt: u16,
    /// Minor units.
    pub amount: u64,
    /// The other company's number for it.
    pub reference: String,
}

/// A refund as a bill names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BilledRefund {
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Which.
    pub refund: Id<Refund>,
}

/// What the books know of a payment that a bill names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was paid by that attempt: so many minor units.
    Paid(u64),
    /// It stands in suspense, or stood there.
    Stray,
    /// It was asked for, and has no end yet.
    Open,
    /// Nothing.
    Nothing,
}

/// What the books know beside a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Of each payment that it names, in its order.
    pub payments: Vec<Known>,
    /// Of each refund that it names, in its order: minor units that were given back or are about
    /// to be.
    pub refunds: Vec<Option<u64>>,
    /// What was paid through the connector in the time that was asked for, whatever the bill says:
    /// which payment, by which attempt, minor units.
    pub paid: Vec<(Id<Payment>, u16, u64)>,
}

impl World<'_> {
    /// What the books know beside a bill of a connector, and what was paid through it from a second
    /// on and before another.
    ///
    /// # Errors
    /// There is no such connector.
    pub fn beside_bill(
        &self,
        connector: &str,
        (from, until): (Timestamp, Timestamp),
        payments: &[BilledPayment],
        refunds: &[BilledRefund],
    ) -> Result<Beside, Refusal> {
        let (number, _) =
            self.pay.connectors().named(connector).ok_or(Refusal::ConnectorNotFound)?;
        Ok(Beside {
            payments: payments.iter().map(|of| self.known_of(number, of)).collect(),
            refunds: refunds.iter().map(|of| self.given_back(number, of)).collect(),
            paid: self.paid_through(number, from, until),
        })
    }

    fn known_of(&self, number: u8, of: &BilledPayment) -> Known {
        let closed = self.pay.closed_incoming(of.payment).map(|(_, leg)| leg);
        let paid = closed.filter(|leg| leg.end == End::Captured).filter(|leg| {
            leg.through().is_some_and(|it| (it.number, it.attempt) == (number, of.attempt))
        });
        let connectors = self.pay.connectors();
        let open = connectors.open_ask(of.payment);
        let open = open.filter(|ask| (ask.connector, ask.attempt) == (number, of.attempt));
        match (paid, open) {
            (Some(leg), _) => Known::Paid(leg.amount),
            _ if connectors.strays.contains(&stray_hash(number, &of.reference, of.amount)) => {
                Known::Stray
            }
            (None, Some(_)) => Known::Open,
            (None, None) => Known::Nothing,
        }
    }

    fn given_back(&self, number: u8, of: &BilledRefund) -> Option<u64> {
        let under_way = self.pay.connectors().refunds.get(&of.refund);
        let under_way = under_way.filter(|it| (it.connector, it.payment) == (number, of.payment));
        let done = self.pay.part(of.payment, of.refund);
        let done = done.filter(|part| part.kind == PartKind::Refunded).map(|part| part.amount);
        under_way.map(|it| it.amount).or(done)
    }

    /// Legs close in order of time, so that those of a day are found without looking at all.
    fn paid_through(
        &self,
        number: u8,
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<(Id<Payment>, u16, u64)> {
        let legs = &self.pay.closed_in;
        let closed = |entry: u32| legs.get(entry).map_or(0, |leg| u64::from(leg.closed_s));
        let (mut low, mut high) = (legs.first(), legs.next_number());
        while low < high {
            let middle = low + (high - low) / 2;
            if closed(middle) < from.seconds() { low = middle + 1 } else { high = middle }
        }
        let of_day = (low..legs.next_number()).map_while(|entry| legs.get(entry));
        let of_day = of_day.take_while(|leg| u64::from(leg.closed_s) < until.seconds());
        let through = of_day.filter(|leg| leg.end == End::Captured).filter_map(|leg| {
            let it = leg.through().filter(|it| it.number == number)?;
            Some((whole(leg.id), it.attempt, leg.amount))
        });
        through.collect()
    }
}
