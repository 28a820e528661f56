//! What confirm pages showed, and what each phone in a window of its own is showing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use kernel::Id;
use kernel::id::Payment;

use super::paying::Offer;

/// How many offers are remembered; an older one is asked for anew, as if its time had run out.
const KEEP: usize = 1_024;

#[derive(Default)]
struct Known {
    offers: HashMap<String, Offer>,
    by_payment: HashMap<u128, String>,
    order: VecDeque<String>,
}

/// The newest offers by the id of their quote.
#[derive(Default)]
pub(crate) struct Offers(Mutex<Known>);

impl Offers {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Remembers an offer.
    pub fn keep(&self, offer: Offer) {
        let mut known = self.lock();
        let quote = offer.quote().to_owned();
        known.by_payment.insert(offer.payment.0, quote.clone());
        known.order.push_back(quote.clone());
        known.offers.insert(quote, offer);
        if known.order.len() > KEEP
            && let Some(old) = known.order.pop_front()
            && let Some(offer) = known.offers.remove(&old)
            && known.by_payment.get(&offer.payment.0) == Some(&old)
        {
            known.by_payment.remove(&offer.payment.0);
        }
    }

    /// The offer of a quote.
    pub fn get(&self, quote: &str) -> Option<Offer> {
        self.lock().offers.get(quote).cloned()
    }

    /// The newest offer for a payment.
    pub fn of_payment(&self, payment: Id<Payment>) -> Option<Offer> {
        let known = self.lock();
        known.by_payment.get(&payment.0).and_then(|quote| known.offers.get(quote)).cloned()
    }
}
