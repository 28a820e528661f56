//! Trips as they are drawn: on which days somebody buys what, where.

use crate::model::{Model, TRADES};
use crate::random::Rng;
use crate::shops::Shop;

/// Shops are open from this hour to that one, by the clock of Japan.
pub(crate) const HOURS: (u64, u64) = (9, 21);

/// A purchase that is going to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buy {
    /// By place in the list of shops.
    pub shop: usize,
    pub yen: u64,
}

/// A trip: purchases with their day, counted from the first, and hour.
pub(crate) struct Trip {
    pub days: u64,
    pub buys: Vec<(u64, u64, Buy)>,
}

impl Trip {
    /// All that it is going to cost, in yen.
    pub fn yen(&self) -> u64 {
        self.buys.iter().map(|(.., buy)| buy.yen).sum()
    }
}

/// Where a trip of the model goes among the shops that are open.
pub(crate) fn trip(model: &Model, shops: &[Shop], month: u64, rng: &mut Rng) -> Trip {
    let days = rng.within(model.trip_days.0, model.trip_days.1);
    let stops: Vec<u8> = (0..rng.within(1, 3)).map(|_| prefecture(model, shops, rng)).collect();
    let mut buys = Vec::new();
    for day in 0..days {
        // One stop after the other, about as long at each.
        let stop = stops[(day * stops.len() as u64 / days) as usize];
        let (least, most) = model.purchases_a_day;
        for _ in 0..rng.within(least, most) {
            let hour = rng.within(HOURS.0, HOURS.1);
            buys.push((day, hour, buy(model, shops, stop, month, rng)));
        }
    }
    Trip { days, buys }
}

/// A prefecture that has a shop already.
fn prefecture(model: &Model, shops: &[Shop], rng: &mut Rng) -> u8 {
    loop {
        let found = rng.weighted(model.prefectures.iter().copied()) as u8 + 1;
        if shops.iter().any(|shop| shop.prefecture == found) {
            return found;
        }
    }
}

/// A purchase at a shop of a prefecture that has one: mostly a small one.
pub(crate) fn buy(model: &Model, shops: &[Shop], stop: u8, month: u64, rng: &mut Rng) -> Buy {
    let there = || shops.iter().enumerate().filter(|(_, shop)| shop.prefecture == stop);
    let weights = there().map(|(_, shop)| TRADES[shop.trade].weight);
    let at = rng.weighted(weights.clone());
    let (shop, known) = there().nth(at).unwrap_or((0, &shops[0]));
    let trade = &TRADES[known.trade];
    let part = rng.below(1_000);
    let yen = trade.least + (trade.most - trade.least) * part * part / 1_000_000;
    Buy { shop, yen: model.dearer(yen, month) }
}
