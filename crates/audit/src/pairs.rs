//! Both ends of a corridor: messages under way, nostro and mirror, and the two legs of a payment.

use std::collections::BTreeSet;

use kernel::Id;
use kernel::id::Payment;
use pay::state::{ClosedOutgoing, End, IncomingState, OutgoingState, whole};

use crate::cell::Cell;
use crate::report::{LinkReport, Report};

/// Compares each pair of cells that are joined by a link.
pub(crate) fn check(cells: &[Cell], report: &mut Report) -> Vec<LinkReport> {
    let mut links = Vec::new();
    for from in cells {
        for (there, link) in from.state.corridor.links.iter().enumerate() {
            let Some(to) = cells.iter().find(|cell| cell.name == link.name) else { continue };
            let Some(back) = to.state.corridor.link_named(&from.name) else { continue };
            let ends = Ends { from, there: there as u8, to, back };
            let is_payer = link.mirror.is_some();
            let to_link = to.state.corridor.link(back);
            let other_is_payer = to_link.is_some_and(|link| link.mirror.is_some());
            // Told once for two cells; where both pay, once for each direction.
            if is_payer || (!other_is_payer && from.name < to.name) {
                links.push(ends.compared(report));
            }
        }
    }
    links
}

/// Two cells, and the number of the link between them in each.
struct Ends<'a> {
    from: &'a Cell,
    there: u8,
    to: &'a Cell,
    back: u8,
}

impl Ends<'_> {
    fn compared(&self, report: &mut Report) -> LinkReport {
        let Ends { from, there, to, back } = *self;
        let under_way = from.under_way(there).count() + to.under_way(back).count();
        let received = |cell: &Cell, link| cell.state.corridor.link(link).map_or(0, |l| l.received);
        let mirror = from.state.corridor.link(there).and_then(|link| link.mirror);
        let mirror = mirror.and_then(|number| from.state.book.account(number));
        let nostro = to.state.corridor.link(back).and_then(|link| link.nostro);
        let nostro = nostro.and_then(|number| to.state.book.account(number));
        LinkReport {
            from: from.name.clone(),
            to: to.name.clone(),
            sent: received(to, back),
            answered: received(from, there),
            under_way: under_way as u64,
            nostro: nostro.map(ledger::Account::balance),
            mirror: mirror.map(ledger::Account::balance),
            currency: mirror.map(|account| account.currency),
            compared: from.compared.get(&there).copied().unwrap_or(0),
            pairs: self.legs(report),
        }
    }

    /// Compares the legs of each payment of which no message is under way. Where a cell was not
    /// replayed to its end, legs can't be compared.
    fn legs(&self, report: &mut Report) -> u64 {
        let Ends { from, there, to, back } = *self;
        if !(from.is_complete() && to.is_complete()) {
            return 0;
        }
        let moving: BTreeSet<Id<Payment>> =
            from.payments_under_way(there).chain(to.payments_under_way(back)).collect();
        let mut pairs = 0;
        let mut tell = |cell: &Cell, id: Id<Payment>, what: &str| {
            let what = format!("the two legs of {id} differ: {what}");
            report.add(cell.place(cell.counted.position, None), "legs_differ", what);
        };
        for (number, leg) in from.state.pay.all_closed_outgoing() {
            let id = whole(leg.id);
            // What was declined and tried again is compared by its newest attempt.
            let is_newest = from.state.pay.outgoing(id).is_none()
                && from.state.pay.closed_outgoing(id).is_some_and(|(newest, _)| newest == number);
            if leg.link == there && is_newest && !moving.contains(&id) {
                pairs += 1;
                if let Err(what) = self.closed_payer(id, &leg) {
                    tell(from, id, &what);
                }
            }
        }
        for (_, leg) in from.state.pay.all_outgoing() {
            if leg.link == there && !moving.contains(&leg.id) {
                pairs += 1;
                let held = to.state.pay.incoming(leg.id).map(|(_, sale)| sale);
                let held = held.filter(|sale| sale.state == IncomingState::Held);
                let agree = leg.state != OutgoingState::Confirmed
                    && held.is_some_and(|s| (s.amount, s.captured) == (leg.amount, leg.taken));
                if !agree {
                    tell(from, leg.id, "the payer waits, and no answer is under way");
                }
            }
        }
        for (_, sale) in to.state.pay.all_closed_incoming() {
            let id = whole(sale.id);
            let of_link = sale.link == back && sale.end == End::Captured;
            if of_link && !moving.contains(&id) && !self.has_payer(id) {
                tell(to, id, "the seller captured it, the payer's cell has no leg of it");
            }
        }
        pairs
    }

    fn closed_payer(&self, id: Id<Payment>, leg: &ClosedOutgoing) -> Result<(), String> {
        let Ends { to, back, .. } = *self;
        let sale = to.state.pay.closed_incoming(id).map(|(_, sale)| sale);
        let captured = sale.filter(|sale| sale.link == back && sale.end == End::Captured);
        match (leg.end, captured) {
            (End::Captured, Some(sale)) => {
                let (payer, seller) = ((leg.amount, leg.refunded), (sale.amount, sale.refunded));
                if payer == seller {
                    return Ok(());
                }
                Err(format!("captured and refunded are {payer:?} and {seller:?}"))
            }
            (End::Captured, None) => match to.left.has_sold(id) {
                true => Ok(()),
                false => Err("the payer's is captured, the seller's not".to_owned()),
            },
            // Or what was captured is forgotten here, and was tried again in vain.
            (_, Some(_)) if self.from.left.has_paid(id) => Ok(()),
            (_, Some(_)) => Err("the seller's is captured, the payer's not".to_owned()),
            (_, None) => Ok(()),
        }
    }

    fn has_payer(&self, id: Id<Payment>) -> bool {
        let pay = &self.from.state.pay;
        let known = pay.closed_outgoing(id).is_some() || pay.outgoing(id).is_some();
        known || self.from.left.has_paid(id)
    }
}
