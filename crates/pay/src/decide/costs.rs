//! What is taken of a sale for the operator and for others, and how it is unwound.

use kernel::id::{Payment, Refund};
use kernel::{Context, Id, Timestamp};
use ledger::Draft;

use super::proposals::MOST_BPS;
use super::{Facts, MOST, World, text};
use crate::command::{Propose, SetFeeRule, SetSplit};
use crate::costs::{Amounts, Costs, FeeRate, FeeScope, MOST_SHARES, Share, Split, Via};
use crate::event::{FeeRuleSet, SaleShared, SharesReturned, SplitSet};
use crate::state::{Merchant, Store};
use crate::{Event, Refusal, Reply, ShareView};

/// All basis points there are.
const WHOLE: u32 = 10_000;

/// A part of a payment that was just captured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earned<'a> {
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Who is paid.
    pub store: &'a Store,
    /// From where.
    pub via: Via,
    /// Captured before, in minor units.
    pub before: u64,
    /// Captured now.
    pub part: u64,
}

impl World<'_> {
    pub(super) fn set_fee_rule<E: Facts>(
        &self,
        context: &Context,
        c: &SetFeeRule,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let known = c.merchant.map(|merchant| self.pay.merchant(merchant));
        let merchant = match known {
            None => None,
            Some(found) => Some(found.ok_or(Refusal::MerchantNotFound)?.0),
        };
        let scope = FeeScope { merchant, category: c.category, via: c.via };
        let (from, rate, source) = (c.from, c.rate, c.source.clone());
        let change = FeeRuleSet { from, scope, rate, source }.into();
        self.propose(context, &Propose { id: c.id, change, note: c.note.clone() }, draft)
    }

    pub(super) fn fee_rule_fits(&self, rule: &FeeRuleSet) -> Result<(), Refusal> {
        text("source", &rule.source, 120)?;
        if let Some(rate) = rule.rate {
            if rate.bps > MOST_BPS {
                return Err(Refusal::OutOfRange { field: "basis points" });
            }
            if rate.fixed > MOST || rate.most > MOST {
                return Err(Refusal::AmountTooLarge);
            }
        }
        if rule.scope == FeeScope::default() {
            return Err(Refusal::OutOfRange { field: "merchant, category or via" });
        }
        let known = |entry: u32| self.pay.market.merchants.get(entry as usize).is_some();
        match rule.scope.merchant.is_none_or(known) {
            true => Ok(()),
            false => Err(Refusal::MerchantNotFound),
        }
    }

    pub(super) fn set_split<E: Facts>(
        &self,
        context: &Context,
        c: &SetSplit,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, _) = self.pay.merchant(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        let shares = c.shares.iter().map(|(receiver, kind, bps)| {
            let (receiver, _) = self.pay.merchant(*receiver).ok_or(Refusal::MerchantNotFound)?;
            Ok(Share { receiver, kind: *kind, bps: *bps })
        });
        let split = Split { merchant: entry, shares: shares.collect::<Result<_, Refusal>>()? };
        let (from, source, merchant) = (c.from, c.source.clone(), c.merchant);
        let change = SplitSet { from, split, source, merchant }.into();
        self.propose(context, &Propose { id: c.id, change, note: c.note.clone() }, draft)
    }

    /// Judged when it is proposed, and again when it is approved: a receiver may have left.
    pub(super) fn split_fits(&self, set: &SplitSet) -> Result<(), Refusal> {
        text("source", &set.source, 120)?;
        let unfit = |why| Err(Refusal::SplitUnfit { why });
        let shares = &set.split.shares;
        if shares.len() > MOST_SHARES {
            return unfit("it has more than four shares");
        }
        let whole: u64 = shares.iter().map(|share| u64::from(share.bps)).sum();
        if shares.iter().any(|share| share.bps == 0) || whole > u64::from(WHOLE) {
            return unfit("each share is above zero, and all together are at most the whole");
        }
        let (_, merchant) = self.pay.merchant(set.merchant).ok_or(Refusal::MerchantNotFound)?;
        self.stays(merchant.party)?;
        for (at, share) in shares.iter().enumerate() {
            let known = self.pay.market.merchants.get(share.receiver as usize);
            let known = known.ok_or(Refusal::MerchantNotFound)?;
            self.stays(known.party)?;
            if known.currency != merchant.currency {
                return Err(Refusal::CurrencyDiffers);
            }
            let twice = shares[..at].iter().any(|other| other.receiver == share.receiver);
            if share.receiver == set.split.merchant || twice {
                return unfit("a share is another's, and each has one");
            }
        }
        Ok(())
    }

    /// The operator's fee on a merchant's sales at a moment.
    pub fn fee_rate(&self, now: Timestamp, store: &Store, via: Via) -> FeeRate {
        let market = &self.pay.market;
        let rule = market.fee_rules.rate(now, store.merchant, store.category, via);
        rule.unwrap_or_else(|| {
            let bps = market.fees.at(now).map_or(0, |fees| fees.merchant(store.category));
            FeeRate { bps, ..FeeRate::default() }
        })
    }

    /// What would be taken of a sale of a store, paid now by a wallet of a cell.
    pub fn costs(&self, now: Timestamp, store: &Store, from: u16) -> Costs {
        let via = match self.corridor.link_to(from) {
            Some(link) if from != self.cell => Via::Link(link),
            _ => Via::Here,
        };
        let split = self.pay.market.splits.at(now, store.merchant);
        let shares = split.map_or(&[][..], |(_, split)| &split.shares);
        Costs {
            fee: self.fee_rate(now, store, via),
            shares: shares.iter().map(|share| (share.kind, share.bps)).collect(),
        }
    }

    /// What others have of a payment, in the order in which they got it.
    pub fn shares(&self, payment: Id<Payment>) -> Vec<ShareView> {
        let Some(shared) = self.pay.shared(payment) else { return Vec::new() };
        let split = self.pay.market.splits.get(shared.split);
        let returned = shared.returned(shared.refunded);
        let shares = split.map_or(&[][..], |split| &split.shares).iter();
        shares
            .zip(shared.amounts.iter().zip(returned))
            .map(|(share, (amount, returned))| {
                let receiver = self.receiver(share);
                let (name, kind, amount) = (receiver.name.clone(), share.kind, *amount);
                ShareView { receiver: receiver.reference, name, kind, amount, returned }
            })
            .collect()
    }

    /// Takes the merchant's fee on a part that was just captured on top of what was before, at the
    /// fees of today: parts together pay the fee of the whole, and a part never more than itself.
    /// Then the others get their shares. What is left of the part first repays what the merchant
    /// owes. Gives the fee.
    pub(super) fn take_costs<E: Facts>(
        &self,
        now: Timestamp,
        earned: Earned<'_>,
        draft: &mut Draft<E>,
    ) -> Result<u64, Refusal> {
        let Earned { store, before, part, .. } = earned;
        let merchant = self.pay.merchant_of(store);
        let rate = self.fee_rate(now, store, earned.via);
        let after = before.checked_add(part).ok_or(Refusal::AmountTooLarge)?;
        let both = rate.on(after).zip(rate.on(before)).ok_or(Refusal::AmountTooLarge)?;
        let fee = both.0.saturating_sub(both.1).min(part);
        if fee > 0 {
            let account = self.book_of(merchant.currency)?.fee;
            draft
                .post(self.book, merchant.reference.number, account, fee)
                .map_err(|_| Refusal::AmountTooLarge)?;
        }
        let given = self.give_shares(now, earned, draft)?;
        self.repay(merchant, (part - fee).saturating_sub(given), draft)?;
        Ok(fee)
    }

    /// Gives others their shares once the fee was taken, at most what the merchant has. A payment
    /// goes by the split of the moment of its first part to its end.
    fn give_shares<E: Facts>(
        &self,
        now: Timestamp,
        earned: Earned<'_>,
        draft: &mut Draft<E>,
    ) -> Result<u64, Refusal> {
        let splits = &self.pay.market.splits;
        if splits.is_empty() {
            return Ok(0);
        }
        let known = if earned.before > 0 { self.pay.shared(earned.payment) } else { None };
        let found = match known {
            Some(known) => splits.get(known.split).map(|split| (known.split, split)),
            None if earned.before > 0 => None,
            None => splits.at(now, earned.store.merchant),
        };
        let Some((number, split)) = found else { return Ok(0) };
        let before = known.map_or(Amounts::default(), |known| known.amounts);
        let captured = earned.before + earned.part;
        let from = self.pay.merchant_of(earned.store).reference.number;
        let has = u64::try_from(draft.available(self.book, from)).unwrap_or(0);
        let amounts = split.after(&before, captured, has);
        let mut given = 0;
        for (share, (after, before)) in split.shares.iter().zip(amounts.iter().zip(&before)) {
            let (receiver, part) = (self.receiver(share), after - before);
            if part > 0 {
                let moved = draft.post(self.book, from, receiver.reference.number, part);
                moved.map_err(|_| Refusal::AmountTooLarge)?;
                self.repay(receiver, part, draft)?;
                given += part;
            }
        }
        let payment = earned.payment;
        draft.add(Event::from(SaleShared { payment, split: number, captured, amounts }));
        Ok(given)
    }

    /// Others give back to the merchant their shares of what is given back of a payment, so that
    /// the merchant can give back all of it.
    pub(super) fn return_shares<E: Facts>(
        &self,
        payment: Id<Payment>,
        refunded: u64,
        refund: Id<Refund>,
        draft: &mut Draft<E>,
    ) -> Result<(), Refusal> {
        let Some(shared) = self.pay.shared(payment) else { return Ok(()) };
        let split = self.pay.market.splits.get(shared.split);
        let split = split.expect("a split that was used is kept");
        let merchant = self.merchant_entry(split.merchant).reference.number;
        let (before, after) = (shared.returned(shared.refunded), shared.returned(refunded));
        for (share, (after, before)) in split.shares.iter().zip(after.iter().zip(&before)) {
            let (receiver, part) = (self.receiver(share), after - before);
            if part > 0 {
                let poor = |refusal| match refusal {
                    Refusal::MerchantBalanceTooLow | Refusal::CreditLineUsedUp { .. } => {
                        Refusal::ShareBalanceTooLow { receiver: receiver.reference }
                    }
                    other => other,
                };
                self.merchant_pays_back(receiver, merchant, part, refund, draft).map_err(poor)?;
            }
        }
        draft.add(Event::from(SharesReturned { payment, refunded }));
        Ok(())
    }

    /// A refund came to nothing: others have their shares again, up to what was really given back.
    pub(super) fn give_shares_again<E: Facts>(
        &self,
        payment: Id<Payment>,
        draft: &mut Draft<E>,
    ) -> Result<(), Refusal> {
        let Some(shared) = self.pay.shared(payment) else { return Ok(()) };
        let split = self.pay.market.splits.get(shared.split);
        let split = split.expect("a split that was used is kept");
        let (_, leg) = self.pay.closed_incoming(payment).expect("a leg stays while it is refunded");
        let merchant = self.merchant_entry(split.merchant).reference.number;
        let (before, after) = (shared.returned(shared.refunded), shared.returned(leg.refunded));
        for (share, (before, after)) in split.shares.iter().zip(before.iter().zip(&after)) {
            let (receiver, part) = (self.receiver(share), before - after);
            if part > 0 {
                let moved = draft.post(self.book, merchant, receiver.reference.number, part);
                moved.map_err(|_| Refusal::MerchantBalanceTooLow)?;
                self.repay(receiver, part, draft)?;
            }
        }
        draft.add(Event::from(SharesReturned { payment, refunded: leg.refunded }));
        Ok(())
    }

    fn receiver(&self, share: &Share) -> &Merchant {
        self.merchant_entry(share.receiver)
    }

    fn merchant_entry(&self, entry: u32) -> &Merchant {
        &self.pay.market.merchants[entry as usize]
    }
}
