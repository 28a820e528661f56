//! Legs that left the state of their cell, their refund window being over, while the other side's
//! is still there: each cell goes by its own clock. What both have forgotten is not kept here.

use std::collections::BTreeSet;

use kernel::Id;
use kernel::id::Payment;
use pay::event::LegsForgotten;
use pay::state::{End, crosses, whole};

use crate::cell::Cell;

/// Captured payments over a link by what this cell was in them and forgot.
#[derive(Debug, Default)]
pub(crate) struct Left {
    payer: BTreeSet<Id<Payment>>,
    seller: BTreeSet<Id<Payment>>,
    /// What left in the group at hand: the payer's, then the seller's.
    newly: [Vec<Id<Payment>>; 2],
}

impl Left {
    /// Whether the payer's leg of this payment left.
    pub fn has_paid(&self, payment: Id<Payment>) -> bool {
        self.payer.contains(&payment)
    }

    /// Whether the seller's leg of this payment left.
    pub fn has_sold(&self, payment: Id<Payment>) -> bool {
        self.seller.contains(&payment)
    }
}

impl Cell {
    /// Notes which legs are about to leave the state.
    pub(crate) fn legs_leave(&mut self, fact: &LegsForgotten) {
        let pay = &self.state.pay;
        let captured = |end, link| end == End::Captured && crosses(link);
        let paid = fact.outgoing.into_iter().flat_map(|last| {
            until(last, pay.all_closed_outgoing()).filter(|leg| captured(leg.end, leg.link))
        });
        self.left.newly[0].extend(paid.map(|leg| whole(leg.id)));
        let sold = fact.incoming.into_iter().flat_map(|last| {
            until(last, pay.all_closed_incoming()).filter(|leg| captured(leg.end, leg.link))
        });
        self.left.newly[1].extend(sold.map(|leg| whole(leg.id)));
    }
}

/// The legs up to the one of this number. Numbers begin again some day, so they are not compared.
fn until<T>(last: u32, legs: impl Iterator<Item = (u32, T)>) -> impl Iterator<Item = T> {
    let mut is_over = false;
    let legs =
        legs.take_while(move |(number, _)| !std::mem::replace(&mut is_over, *number == last));
    legs.map(|(_, leg)| leg)
}

/// Keeps what left the cell `at`, unless the other side of it has left as well.
pub(crate) fn pair_off(cells: &mut [Cell], at: usize) {
    let [paid, sold] = std::mem::take(&mut cells[at].left.newly);
    if cells.len() < 2 {
        return;
    }
    for payment in paid {
        if !cells.iter_mut().any(|cell| cell.left.seller.remove(&payment)) {
            cells[at].left.payer.insert(payment);
        }
    }
    for payment in sold {
        if !cells.iter_mut().any(|cell| cell.left.payer.remove(&payment)) {
            cells[at].left.seller.insert(payment);
        }
    }
}
