//! What referrers have of what their cell earned, reckoned from the facts alone: who brought the wallet
//! gets its share of fee and spread, rounded down, and gives it back in proportion.

use kernel::id::Payment;
use kernel::{Id, share};
use pay::event::{ReferralReturned, ReferralShared, Referred};
use pay::state::Brought;

use crate::cell::{At, Cell};
use crate::judge::Scope;
use crate::sales::Told;

fn differs(what: String) -> (&'static str, String) {
    ("referral_differs", what)
}

impl Cell {
    pub(crate) fn referred(&mut self, at: At, fact: &Referred, scope: &mut Scope) -> Told {
        match fact {
            Referred::Set(_) | Referred::Begun(_) | Referred::Ended(_) => Ok(()),
            Referred::Shared(fact) => self.referral_shared(at, fact, scope),
            Referred::Returned(fact) => self.referral_returned(fact, scope),
        }
    }

    fn account_of_referrer(&self, entry: u32) -> u32 {
        let known = self.state.pay.market.merchants.get(entry as usize);
        known.map_or(u32::MAX, |known| known.reference.number)
    }

    /// Whose wallet paid, and what the cell earned on it so far and gave back of that.
    fn earned_on(&self, payment: Id<Payment>) -> Option<(u32, u64, u64)> {
        let pay = &self.state.pay;
        if let Some((_, leg)) = pay.outgoing(payment) {
            let part = |whole| share(whole, leg.taken, leg.amount);
            return Some((leg.wallet, part(leg.spread) + part(leg.fee), 0));
        }
        if let Some((_, leg)) = pay.closed_outgoing(payment) {
            let back = |whole| share(whole, leg.refunded, leg.amount);
            let earned = leg.spread + leg.fee;
            return Some((leg.wallet, earned, back(leg.spread) + back(leg.fee)));
        }
        if let Some((_, leg)) = pay.incoming(payment)
            && let Some(wallet) = leg.payer_here()
        {
            return Some((wallet, leg.fee, 0));
        }
        let (_, leg) = pay.closed_incoming(payment)?;
        let wallet = u32::try_from(leg.payer).ok()?;
        Some((wallet, leg.fee, share(leg.fee, leg.refunded, leg.amount)))
    }

    fn referral_shared(&mut self, at: At, fact: &ReferralShared, scope: &mut Scope) -> Told {
        let referrals = &self.state.pay.market.referrals;
        let known = referrals.payments.get(&fact.payment.0).copied();
        let account = self.account_of_referrer(fact.referrer);
        let earned = self.earned_on(fact.payment);
        let wallet = earned.map_or(u32::MAX, |(wallet, ..)| wallet);
        let of_wallet = referrals.of_wallet(at.now, wallet).map(|it| (it.referrer, it.ppm));
        let of = known.map(|it| (it.referrer, it.ppm)).or(of_wallet);
        let before = known.map_or(0, |it| it.given);
        self.expect(scope, account, i128::from(fact.given) - i128::from(before));
        if of != Some((fact.referrer, fact.ppm)) {
            return Err(differs(format!("{} was brought by {of:?}", fact.payment)));
        }
        if earned.map(|(_, earned, _)| earned) != Some(fact.earned) {
            return Err(differs(format!("{} earned {earned:?}", fact.payment)));
        }
        let due = Brought::due(fact.ppm, fact.earned);
        if fact.given != due || fact.of_spread > fact.given {
            let what = format!("{} gives its referrer {}, {due} is due", fact.payment, fact.given);
            return Err(differs(what));
        }
        Ok(())
    }

    /// It stands before the refund in its record.
    fn referral_returned(&mut self, fact: &ReferralReturned, scope: &mut Scope) -> Told {
        let known = self.state.pay.market.referrals.payments.get(&fact.payment.0).copied();
        let Some(known) = known else {
            return Err(differs(format!("{} returns a share that it has not", fact.payment)));
        };
        let account = self.account_of_referrer(known.referrer);
        self.expect(scope, account, i128::from(known.returned) - i128::from(fact.returned));
        let due = known.back(fact.unearned);
        let left = self.state.book.account(account).is_some_and(|it| it.available() > 0);
        if fact.returned > due || (fact.returned < due && left) || fact.returned < known.returned {
            let what =
                format!("{} returns {} of its share, {due} is due", fact.payment, fact.returned);
            return Err(differs(what));
        }
        Ok(())
    }
}
