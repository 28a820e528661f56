//! What others have of payments, beside the legs of these.

use kernel::Id;
use kernel::id::Payment;

use super::{State, halves, whole};
use crate::costs::Shared;
use crate::event::{SaleShared, SharesReturned};

/// The most that leave at once, as the names of parts do.
const MOST_AT_ONCE: usize = 10_000;

impl State {
    /// What others have of a payment; none where nothing of it is shared.
    pub fn shared(&self, payment: Id<Payment>) -> Option<&Shared> {
        self.shared.get(self.shared_entry(payment)?)
    }

    fn shared_entry(&self, payment: Id<Payment>) -> Option<u32> {
        self.shared_ids.find(self.shared_ids.hash(payment.0), |n| {
            self.shared.get(n).is_some_and(|known| known.payment == halves(payment))
        })
    }

    pub(crate) fn sale_shared(&mut self, fact: &SaleShared) {
        if let Some(entry) = self.shared_entry(fact.payment) {
            let known = self.shared.get_mut(entry).expect("it was just found");
            assert_eq!(known.split, fact.split, "a payment has one split");
            (known.amounts, known.captured) = (fact.amounts, fact.captured);
            return;
        }
        let (payment, split, captured) = (halves(fact.payment), fact.split, fact.captured);
        let amounts = fact.amounts;
        let number = self.shared.push(Shared { payment, split, amounts, refunded: 0, captured });
        self.shared_ids.insert(self.shared_ids.hash(fact.payment.0), number);
    }

    pub(crate) fn shares_returned(&mut self, fact: &SharesReturned) {
        let entry = self.shared_entry(fact.payment).expect("judged: the payment is shared");
        self.shared.get_mut(entry).expect("it was just found").refunded = fact.refunded;
    }

    /// Shares leave in order, behind the payments they are of.
    pub(crate) fn forget_shares(&mut self) {
        let gone = |shared: &Shared| {
            let payment = whole(shared.payment);
            self.incoming(payment).is_none() && self.closed_incoming(payment).is_none()
        };
        let leaving = self.shared.iter().take(MOST_AT_ONCE).take_while(|(_, known)| gone(known));
        let Some((through, _)) = leaving.last() else { return };
        for (number, shared) in self.shared.front(through) {
            self.shared_ids.remove(self.shared_ids.hash(whole(shared.payment).0), number);
        }
        self.shared.drop_front(through);
    }
}
