//! Judges reviews of merchants: nothing is sold by one that staff paused, and its bank accounts
//! are numbered without a gap.

use pay::Event;
use pay::event::PayoutAccountSet;
use pay::state::Standing;

use crate::cell::Cell;
use crate::sales::Told;

impl Cell {
    /// No fact sells something new for a merchant that staff paused. What was held before may be
    /// captured, and what was sold may be given back.
    pub(crate) fn sells_for_none_paused(&self, fact: &Event) -> Told {
        let store = match fact {
            Event::PaymentRequested(f) => f.store,
            Event::SaleCaptured(f) => f.store,
            Event::SaleHeld(f) => f.store,
            Event::PaidHere(f) => f.store,
            _ => return Ok(()),
        };
        let Some(known) = self.state.pay.store_numbered(store) else { return Ok(()) };
        match self.state.pay.standing(known.merchant) {
            Standing::Paused(reason) => {
                let (merchant, why) = (known.merchant, reason.word());
                let what = format!("{} at merchant {merchant}, paused: {why}", fact.word());
                Err(("paused_merchant_paid", what))
            }
            Standing::New | Standing::Approved => Ok(()),
        }
    }

    pub(crate) fn payout_account_set(&self, fact: &PayoutAccountSet) -> Told {
        let known = self.state.pay.review(fact.merchant).accounts;
        if fact.number == known.wrapping_add(1) {
            return Ok(());
        }
        let what =
            format!("merchant {} sets bank account {} after {known}", fact.merchant, fact.number);
        Err(("account_number_differs", what))
    }
}
