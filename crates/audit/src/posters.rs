//! What hangs in a store, reckoned from the facts alone: a number names one place for ever, and
//! what was paid at a place with an amount is that amount.

use pay::event::{PlacesSet, SalePlaced};
use pay::state::Posters;

use crate::cell::Cell;
use crate::sales::Told;

fn differs(what: String) -> (&'static str, String) {
    ("place_differs", what)
}

impl Cell {
    pub(crate) fn places_set(&mut self, fact: &PlacesSet) -> Told {
        let empty = Posters::default();
        let known = self.state.pay.posters(fact.store).unwrap_or(&empty);
        let mut last = known.given;
        for place in &fact.set {
            if place.number <= last {
                let number = place.number;
                return Err(differs(format!("number {number} is given twice in a store")));
            }
            last = place.number;
        }
        match fact.ended.iter().find(|number| !known.places.contains_key(number)) {
            Some(number) => Err(differs(format!("place {number} is withdrawn and is not there"))),
            None => Ok(()),
        }
    }

    /// It stands behind the sale in its record.
    pub(crate) fn sale_placed(&mut self, fact: &SalePlaced) -> Told {
        let known = self.state.pay.posters(fact.store);
        let known = known.and_then(|known| known.places.get(&fact.place.number));
        if known != Some(&fact.place) {
            let what = format!("{} names a place that its store has not", fact.payment);
            return Err(differs(what));
        }
        let closed = self.state.pay.closed_incoming(fact.payment);
        let closed = closed.map(|(_, leg)| (leg.store, leg.amount));
        let open = self.state.pay.incoming(fact.payment);
        let sale = closed.or(open.map(|(_, leg)| (leg.store, leg.amount)));
        let Some((store, amount)) = sale.filter(|(store, _)| *store == fact.store) else {
            return Err(differs(format!("{} was not sold in this store", fact.payment)));
        };
        match fact.place.amount.filter(|due| *due != amount) {
            Some(due) => Err(differs(format!(
                "{} took {amount} in store {store}, {due} is due",
                fact.payment
            ))),
            None => Ok(()),
        }
    }
}
