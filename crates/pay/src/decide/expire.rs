//! What falls due by the clock. Every decision compares deadlines itself; this only cleans up.

use kernel::Context;
use ledger::Draft;

use super::{Facts, World};
use crate::Event;
use crate::event::{LegsForgotten, QuoteExpired, SaleExpired};
use crate::state::{ClosedIncoming, Due, IncomingState, whole};

impl World<'_> {
    /// Ends what has run out, at most `limit`, in the order (deadline, kind, entry). Returns how
    /// many ended.
    pub fn expire<E: Facts>(&self, context: &Context, limit: usize, draft: &mut Draft<E>) -> usize {
        let due = self.pay.due(context.now, limit);
        for item in &due {
            match *item {
                Due::Quote(entry) => self.expire_quote(entry, draft),
                Due::Incoming(entry) => self.expire_sale(entry, draft),
                Due::Ask(entry) => self.expire_ask(entry, draft),
                Due::Case(number) => self.end_case(number, draft),
                Due::Day(link) => self.close_due(context, link, draft),
            }
        }
        due.len()
    }

    /// Whoever was asked about the price has not said yes: the till is told.
    fn expire_quote<E: Facts>(&self, entry: u32, draft: &mut Draft<E>) {
        draft.add(Event::from(QuoteExpired { entry }));
        let quote = self.pay.quotes.get(entry).expect("what is due is open");
        let ask = self.pay.ask(quote.payment);
        if let Some(ask) = ask.filter(|ask| (ask.link, ask.entry) == (quote.link, entry)) {
            self.not_confirmed(quote.payment, ask, "charge_not_confirmed", draft);
        }
    }

    /// The same inside the cell, unless the payment itself runs out at the same time.
    fn expire_ask<E: Facts>(&self, entry: u32, draft: &mut Draft<E>) {
        let leg = self.pay.incoming.get(entry).expect("what is asked about is open");
        let ask = self.pay.ask(leg.id).expect("what is due is asked");
        self.not_confirmed(leg.id, ask, "charge_not_confirmed", draft);
    }

    fn expire_sale<E: Facts>(&self, entry: u32, draft: &mut Draft<E>) {
        let leg = self.pay.incoming.get(entry).expect("what is due is open");
        match leg.state {
            IncomingState::Requested => {
                draft.add(Event::from(SaleExpired { leg: entry, payment: leg.id }));
            }
            IncomingState::Held => {
                self.release(entry, leg, draft).expect("a held sale has its hold");
            }
            IncomingState::Asked => unreachable!("what is asked elsewhere falls due to nobody"),
        }
    }

    /// Lets closed legs leave the state whose refund window is over, at most `limit` of each
    /// side. Returns how many left.
    pub fn forget<E: Facts>(&self, context: &Context, limit: usize, draft: &mut Draft<E>) -> usize {
        let over = |closed_s| self.window_over(context.now, closed_s);
        let (out, outgoing) =
            front(self.pay.closed_out.iter().take(limit), |packed| over(packed.leg().closed_s));
        let (inc, incoming) = front(self.pay.closed_in.iter().take(limit), |leg| {
            over(leg.closed_s) && !self.is_being_refunded(leg)
        });
        if outgoing.is_some() || incoming.is_some() {
            draft.add(Event::from(LegsForgotten { outgoing, incoming }));
        }
        out + inc
    }
}

impl World<'_> {
    /// Whether another company is giving a part of it back: it stays until that has ended.
    fn is_being_refunded(&self, leg: &ClosedIncoming) -> bool {
        let payment = whole(leg.id);
        leg.through().is_some() && self.pay.connectors().refund_of(payment).is_some()
    }
}

/// How many entries of the front are `old`, and the number of the last of them.
fn front<'l, T: 'l>(
    oldest: impl Iterator<Item = (u32, &'l T)>,
    old: impl Fn(&T) -> bool,
) -> (usize, Option<u32>) {
    let front = oldest.take_while(|(_, entry)| old(entry));
    front.fold((0, None), |(count, _), (number, _)| (count + 1, Some(number)))
}
