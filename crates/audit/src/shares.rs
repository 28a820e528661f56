//! What others have of sales, reckoned from the facts alone: each share is what its split says,
//! the receivers' accounts hold it, and what comes back of a payment comes back of each share in
//! proportion.

use kernel::share;
use pay::costs::{Amounts, Split, Via};
use pay::event::{SaleShared, SharesReturned};

use crate::cell::{At, Cell};
use crate::judge::Scope;
use crate::sales::Told;

fn differs(what: String) -> (&'static str, String) {
    ("shares_differ", what)
}

impl Cell {
    /// The merchant's fee as the terms of that moment say.
    pub(crate) fn fee_fits(&self, at: At, store: u32, via: Via, amount: u64, fee: u64) -> Told {
        let pay = &self.state.pay;
        let due = pay.store_numbered(store).map_or(Some(0), |store| {
            let rule = pay.market.fee_rules.rate(at.now, store.merchant, store.category, via);
            match rule {
                Some(rate) => rate.on(amount),
                None => {
                    let fees = pay.market.fees.at(at.now);
                    let bps = fees.map_or(0, |fees| fees.merchant(store.category));
                    kernel::basis_points(amount, bps)
                }
            }
        });
        match due {
            Some(due) if due == fee => Ok(()),
            due => Err(("fee_differs", format!("the fee on {amount} is {fee}, {due:?} is due"))),
        }
    }

    fn split(&self, number: u32) -> Result<Split, (&'static str, String)> {
        let found = self.state.pay.market.splits.get(number).cloned();
        found.ok_or_else(|| differs(format!("there is no split {number}")))
    }

    /// What a merchant gives to each receiver, or gets back where that is below zero.
    fn gives(&mut self, scope: &mut Scope, split: &Split, changes: [i128; 4], earned: bool) {
        let account = |cell: &Self, entry: u32| {
            let known = cell.state.pay.market.merchants.get(entry as usize);
            known.map_or(u32::MAX, |known| known.reference.number)
        };
        let merchant = account(self, split.merchant);
        for (part, change) in split.shares.iter().zip(changes) {
            let receiver = account(self, part.receiver);
            if earned {
                self.earned(scope, receiver, change);
                self.earned(scope, merchant, -change);
            } else {
                self.expect(scope, receiver, change);
                self.expect(scope, merchant, -change);
            }
        }
    }

    pub(crate) fn sale_shared(&mut self, at: At, fact: &SaleShared, scope: &mut Scope) -> Told {
        let split = self.split(fact.split)?;
        let known = self.state.pay.shared(fact.payment).copied();
        let before = known.map_or(Amounts::default(), |known| known.amounts);
        let changes = std::array::from_fn(|n| i128::from(fact.amounts[n]) - i128::from(before[n]));
        self.gives(scope, &split, changes, true);
        let holds = self.state.pay.market.splits.at(at.now, split.merchant).map(|(n, _)| n);
        if known.map_or(holds, |known| Some(known.split)) != Some(fact.split) {
            return Err(differs(format!("{} is shared by split {}", fact.payment, fact.split)));
        }
        if known.is_some_and(|known| fact.captured <= known.captured) {
            return Err(differs(format!("{} is shared twice", fact.payment)));
        }
        // Only a merchant that has nothing left gives less.
        let merchant = self.state.pay.market.merchants.get(split.merchant as usize);
        let account = merchant.and_then(|known| self.state.book.account(known.reference.number));
        let has_left = account.is_some_and(|account| account.available() > 0);
        for (amount, part) in fact.amounts.iter().zip(&split.shares) {
            let due = share(fact.captured, u64::from(part.bps), 10_000);
            if *amount > due || (*amount < due && has_left) {
                let what = format!("{} gives {amount} of its share, {due} is due", fact.payment);
                return Err(differs(what));
            }
        }
        Ok(())
    }

    pub(crate) fn shares_returned(&mut self, fact: &SharesReturned, scope: &mut Scope) -> Told {
        let Some(known) = self.state.pay.shared(fact.payment).copied() else {
            return Err(differs(format!("{} returns shares that it has not", fact.payment)));
        };
        let split = self.split(known.split)?;
        let of =
            |refunded: u64| known.amounts.map(|amount| share(amount, refunded, known.captured));
        let (before, after) = (of(known.refunded), of(fact.refunded));
        let changes = std::array::from_fn(|n| i128::from(before[n]) - i128::from(after[n]));
        self.gives(scope, &split, changes, false);
        // Another company did not give it back: who shares it has its part again.
        let again = self.state.pay.connectors().refund_of(fact.payment).is_some()
            && self
                .state
                .pay
                .closed_incoming(fact.payment)
                .is_some_and(|(_, leg)| leg.refunded == fact.refunded);
        if (fact.refunded <= known.refunded && !again) || fact.refunded > known.captured {
            let what = format!("{} returns shares of {} in all", fact.payment, fact.refunded);
            return Err(differs(what));
        }
        Ok(())
    }

    /// A payment that is shared gives back its shares in the record in which it is given back.
    pub(crate) fn shares_follow(&self, fact: &pay::event::SaleRefunded) -> Told {
        let shared = self.state.pay.shared(fact.payment);
        match shared.filter(|shared| shared.refunded != fact.total_so_far) {
            None => Ok(()),
            Some(_) => Err(differs(format!("{} is given back without its shares", fact.payment))),
        }
    }
}
