//! Judges the facts of payments by wallets of other companies.

use kernel::Id;
use kernel::id::Payment;
use pay::costs::Via;
use pay::event::{
    ConnectorAsked, ConnectorFailed, ConnectorPaid, ConnectorRefundBegun, ConnectorRefundEnded,
    ConnectorStray,
};
use pay::state::{ConnectorAsk, IncomingState, NONE, RefundEnd, StrayReason};

use crate::cell::{At, Cell};
use crate::judge::Scope;
use crate::sales::{Told, differs, hold_differs};

impl Cell {
    pub(crate) fn connector_asked(&self, fact: &ConnectorAsked) -> Told {
        let known = self.state.pay.incoming(fact.payment);
        let waits = known
            .filter(|(entry, leg)| *entry == fact.leg && leg.state == IncomingState::Requested);
        let before = self.state.pay.connectors().asks.get(&fact.payment);
        let follows = fact.attempt == before.map_or(0, |ask| ask.attempt) + 1;
        if waits.is_none() || !follows {
            let what = format!("{} is asked for elsewhere, and does not wait", fact.payment);
            return Err(differs(what));
        }
        Ok(())
    }

    /// The attempt that an outcome is of: what was never asked for is paid by nobody.
    fn open_ask(
        &self,
        payment: Id<Payment>,
        (connector, attempt): (u8, u16),
    ) -> Result<&ConnectorAsk, (&'static str, String)> {
        let ask = self.state.pay.connectors().open_ask(payment);
        let same = |ask: &&ConnectorAsk| (ask.connector, ask.attempt) == (connector, attempt);
        ask.filter(same).ok_or_else(|| {
            differs(format!("{payment} has an outcome of an attempt that was not asked for"))
        })
    }

    pub(crate) fn connector_paid(
        &mut self,
        at: At,
        fact: &ConnectorPaid,
        scope: &mut Scope,
    ) -> Told {
        let merchant = self.merchant_account(fact.store)?;
        self.earned(scope, merchant, i128::from(fact.amount) - i128::from(fact.fee));
        self.counted.payments += 1;
        self.open_ask(fact.payment, (fact.connector, fact.attempt))?;
        self.requested(fact.payment, Some(fact.leg), fact.amount)?;
        self.fee_fits(
            at,
            fact.store,
            Via::Connector(u16::from(fact.connector)),
            fact.amount,
            fact.fee,
        )
    }

    pub(crate) fn connector_failed(&self, fact: &ConnectorFailed) -> Told {
        let ask = self.open_ask(fact.payment, (fact.connector, fact.attempt))?;
        if ask.cancel == fact.cancelled {
            return Ok(());
        }
        Err(differs(format!("{} ends as nobody wanted", fact.payment)))
    }

    pub(crate) fn connector_stray(&self, fact: &ConnectorStray) -> Told {
        if fact.reason == StrayReason::NotOpen {
            return match fact.leg {
                None => Ok(()),
                Some(_) => Err(differs(format!("{} is stray and waited for", fact.payment))),
            };
        }
        self.open_ask(fact.payment, (fact.connector, fact.attempt))?;
        match self.state.pay.incoming(fact.payment) {
            Some((_, leg)) if leg.amount != fact.amount => Ok(()),
            _ => Err(differs(format!("{} was due, and stands in suspense", fact.payment))),
        }
    }

    pub(crate) fn connector_refund_begun(&self, fact: &ConnectorRefundBegun) -> Told {
        let known = self.state.pay.closed_incoming(fact.payment);
        let Some((_, leg)) = known.filter(|(closed, _)| *closed == fact.closed) else {
            return Err(differs(format!("{} has no closed seller's leg", fact.payment)));
        };
        let through = leg.through().filter(|through| through.number == fact.connector);
        let connector = self.state.pay.connectors().numbered(fact.connector);
        let Some((through, connector)) = through.zip(connector) else {
            return Err(differs(format!("{} was not paid through its connector", fact.payment)));
        };
        if through.parts >= connector.refund_parts || fact.amount > leg.amount - leg.refunded {
            let what = format!("{} is given back in too many parts", fact.payment);
            return Err(("refund_exceeds_capture", what));
        }
        let merchant = self.merchant_account(leg.store)?;
        let fee = self.state.pay.book(connector.currency).map(|book| book.fee);
        let parts = [(fact.amount - fact.fee, Some(merchant)), (fact.fee, fee)];
        for (hold, (part, debit)) in fact.holds.into_iter().zip(parts) {
            self.holds_part(fact.payment, hold, part, debit)?;
        }
        Ok(())
    }

    pub(crate) fn connector_refund_ended(&self, fact: &ConnectorRefundEnded) -> Told {
        let known = self.state.pay.connectors().refunds.get(&fact.refund);
        let Some(refund) = known.filter(|refund| refund.payment == fact.payment) else {
            return Err(differs(format!("{} was not under way", fact.refund)));
        };
        let kept = refund
            .holds
            .into_iter()
            .find(|hold| *hold != NONE && self.state.book.hold(*hold).is_some());
        if let Some(hold) = kept {
            return Err(hold_differs(format!("hold {hold} of {} is still there", fact.refund)));
        }
        let given = self.state.pay.part(fact.payment, fact.refund).is_some();
        match given == (fact.end == RefundEnd::Done) {
            true => Ok(()),
            false => Err(differs(format!("{} was given back, or was not", fact.refund))),
        }
    }
}
