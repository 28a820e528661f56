//! What falls due by the clock. Every decision compares deadlines itself; this only cleans up.

use kernel::Context;
use ledger::Draft;

use super::{Facts, World};
use crate::Event;
use crate::event::{LegsForgotten, QuoteExpired, SaleExpired};
use crate::state::{Due, IncomingState};

impl World<'_> {
    /// Ends what has run out, at most `limit`, in the order (deadline, kind, entry). Returns how
    /// many ended.
    pub fn expire<E: Facts>(&self, context: &Context, limit: usize, draft: &mut Draft<E>) -> usize {
        let due = self.pay.due(context.now, limit);
        for item in &due {
            match *item {
                Due::Quote(entry) => draft.add(Event::from(QuoteExpired { entry })),
                Due::Incoming(entry) => self.expire_sale(entry, draft),
            }
        }
        due.len()
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
        }
    }

    /// Lets closed legs leave the state whose refund window is over, at most `limit` of each
    /// side. Returns how many left.
    pub fn forget<E: Facts>(&self, context: &Context, limit: u32, draft: &mut Draft<E>) -> usize {
        let over = |closed_s| self.window_over(context.now, closed_s);
        let out = &self.pay.closed_out;
        let outgoing = (out.first()..out.first().saturating_add(limit))
            .take_while(|n| out.get(*n).is_some_and(|leg| over(leg.closed_s)))
            .last();
        let inc = &self.pay.closed_in;
        let incoming = (inc.first()..inc.first().saturating_add(limit))
            .take_while(|n| inc.get(*n).is_some_and(|leg| over(leg.closed_s)))
            .last();
        if outgoing.is_none() && incoming.is_none() {
            return 0;
        }
        draft.add(Event::from(LegsForgotten { outgoing, incoming }));
        let count = |first: u32, last: Option<u32>| last.map_or(0, |last| last - first + 1);
        (count(out.first(), outgoing) + count(inc.first(), incoming)) as usize
    }
}
