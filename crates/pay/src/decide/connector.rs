//! Payments by wallets of other companies, through connectors. What is about to be asked of the
//! other company is a fact before it is asked; what it said ends it, and nothing else does.
//!
//! ```text
//! requested ─ begin ─▶ asked ─ paid ───▶ captured          connector → merchant, merchant → fee
//!     ▲                  ├── failed ──┐
//!     └──────────────────┼────────────┘ (or cancelled, if the till wanted that)
//!                        └── another amount: connector → suspense, a task
//! captured ─ begin refund ─▶ held ─ done ─▶ (partly) refunded    merchant, fee → connector
//!                              └── refused: the holds are given back
//! ```

use corridor::CaptureMode;
use kernel::{Actor, Context, Currency, Span, Timestamp, share};
use ledger::{Account, AccountKind, Draft};

use super::costs::Earned;
use super::{Facts, World, amount, reference_hash, text};
use crate::command::{
    BeginConnectorPayment, BeginConnectorRefund, ConfirmConnectorFailed, ConfirmConnectorPaid,
    EndConnectorRefund, RestConnector, ReturnStray, SetConnector, SettleConnector,
};
use crate::costs::Via;
use crate::event::{
    ConnectorAsked, ConnectorCancelAsked, ConnectorFailed, ConnectorPaid, ConnectorRefundBegun,
    ConnectorRefundEnded, ConnectorRested, ConnectorSet, ConnectorSettled, ConnectorStray,
    ConnectorStrayReturned, SaleRefunded,
};
use crate::reply::{ConnectorAskView, ConnectorRefundView, PaymentView, RefundView, Status};
use crate::state::{
    ClosedIncoming, Connector, ConnectorAsk, ConnectorAttempt, ConnectorRefund, End, Incoming,
    IncomingState, MOST_CONNECTORS, NONE, PartKind, RefundEnd, Shape, StrayReason,
};
use crate::{Event, Refusal, Reply};

/// The scope of references of other companies: no currency has it, so none is a bank's.
const REFERENCES: u16 = 0;

impl World<'_> {
    pub(super) fn set_connector<E: Facts>(
        &self,
        context: &Context,
        c: &SetConnector,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=16).contains(&c.name.len()) || !c.name.chars().all(plain) {
            return Err(Refusal::OutOfRange { field: "name (1 to 16 of a-z, 0-9 and -)" });
        }
        text("kind", &c.kind, 16)?;
        text("source", &c.source, 120)?;
        if c.refund_parts == 0 || c.refund_days == 0 {
            return Err(Refusal::OutOfRange { field: "refund_parts and refund_days" });
        }
        self.book_of(c.currency)?;
        let connectors = self.pay.connectors();
        let (number, account) = match connectors.named(&c.name) {
            Some((_, known)) if (known.currency, &known.kind) != (c.currency, &c.kind) => {
                return Err(Refusal::ConnectorExists);
            }
            Some((number, known)) => (number, known.account),
            None if connectors.known.len() >= MOST_CONNECTORS => {
                return Err(Refusal::OutOfRange { field: "number of connectors" });
            }
            None => {
                let number = connectors.known.len() as u8;
                let (kind, entity) = (AccountKind::Connector, u32::from(number));
                let account =
                    Account::new(kind, c.currency, u64::from(number), entity, context.now);
                (number, draft.open_account(self.book, account))
            }
        };
        draft.add(Event::from(ConnectorSet {
            number,
            name: c.name.clone(),
            kind: c.kind.clone(),
            currency: c.currency,
            account,
            refund_parts: c.refund_parts,
            refund_days: c.refund_days,
            source: c.source.clone(),
        }));
        Ok(Reply::Done)
    }

    /// The configuration has a connector no more: nothing new goes through it, what is under way
    /// stays until there is an end.
    pub(super) fn rest_connector<E: Facts>(
        &self,
        c: &RestConnector,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (number, connector) = self.connector(&c.name)?;
        if connector.rests {
            return Err(Refusal::AlreadyDone { what: "this rest" });
        }
        draft.add(Event::from(ConnectorRested { number }));
        Ok(Reply::Done)
    }

    pub(super) fn begin_connector_payment<E: Facts>(
        &self,
        context: &Context,
        c: &BeginConnectorPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, leg, store) = self.own_sale(context, c.payment)?;
        let (number, connector) = self.connector(&c.connector)?;
        self.taking((number, connector), self.pay.merchant_of(store).currency)?;
        match leg.state {
            IncomingState::Requested => {}
            IncomingState::Asked => return Err(Refusal::PaymentUnderWay),
            IncomingState::Held => return Err(Refusal::PaymentNotOpen { state: "authorized" }),
        }
        if self.pay.charge(c.payment).is_some_and(|charge| charge.answer.is_none()) {
            return Err(Refusal::PaymentUnderWay);
        }
        if leg.capture == CaptureMode::Later {
            return Err(Refusal::ConnectorCapturesAtOnce);
        }
        if leg.deadline <= context.now {
            return Err(Refusal::PaymentExpired);
        }
        self.takes_payments(store)?;
        let (ask, view) =
            self.ask_outside(context.now, (entry, leg), (number, connector), c.shape)?;
        draft.add(Event::from(ask));
        Ok(Reply::ConnectorAsk(Box::new(view)))
    }

    /// The next attempt of a leg that waits.
    pub(super) fn ask_outside(
        &self,
        now: Timestamp,
        (entry, leg): (u32, &Incoming),
        (number, connector): (u8, &Connector),
        shape: Shape,
    ) -> Result<(ConnectorAsked, ConnectorAskView), Refusal> {
        let before = self.pay.connectors().asks.get(&leg.id).map_or(0, |ask| ask.attempt);
        let attempt = before.checked_add(1).ok_or(Refusal::PaymentExpired)?;
        let fact =
            ConnectorAsked { payment: leg.id, leg: entry, connector: number, attempt, shape };
        let (since, cancel, end) = (now, false, None);
        let ask = ConnectorAsk { connector: number, attempt, shape, since, cancel, end };
        Ok((fact, self.connector_ask_view(connector, &ask, leg)))
    }

    /// A connector that takes new payments of a seller's currency.
    pub(super) fn taking(
        &self,
        (number, connector): (u8, &'_ Connector),
        currency: Currency,
    ) -> Result<u8, Refusal> {
        if connector.rests {
            return Err(Refusal::WalletNotConnected { wallet: connector.name.clone() });
        }
        match connector.currency == currency {
            true => Ok(number),
            false => Err(Refusal::ConnectorCurrencyDiffers),
        }
    }

    /// The till does not want to wait: the other company is asked to cancel, and what it says then
    /// is the end.
    pub(super) fn cancel_ask<E: Facts>(
        &self,
        entry: u32,
        leg: &Incoming,
        draft: &mut Draft<E>,
    ) -> PaymentView {
        let asked = self.pay.connectors().open_ask(leg.id).is_some_and(|ask| ask.cancel);
        if !asked {
            draft.add(Event::from(ConnectorCancelAsked { payment: leg.id, leg: entry }));
        }
        PaymentView { cancel_asked: true, ..self.incoming_view(leg) }
    }

    pub(super) fn confirm_connector_paid<E: Facts>(
        &self,
        context: &Context,
        c: &ConfirmConnectorPaid,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        let (number, connector) = self.connector(&c.connector)?;
        if let Some((_, closed)) = self.pay.closed_incoming(c.payment) {
            let through = closed.through();
            let same =
                |it: crate::state::ThroughConnector| (it.number, it.attempt) == (number, c.attempt);
            if closed.end == End::Captured && through.is_some_and(same) {
                return Err(Refusal::AlreadyDone { what: "this payment" });
            }
        }
        let open = self.open_ask(c.payment, number, c.attempt);
        let Some((entry, leg)) = open.filter(|(_, leg)| leg.amount == c.amount) else {
            return self.connector_stray(c, number, connector, open, draft);
        };
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        let merchant = self.pay.merchant_of(store).reference.number;
        let moved = draft.post(self.book, connector.account, merchant, c.amount);
        moved.map_err(|_| Refusal::AmountTooLarge)?;
        let (payment, via) = (c.payment, Via::Connector(u16::from(number)));
        let earned = Earned { payment, store, via, before: 0, part: c.amount };
        let fee = self.take_costs(context.now, earned, draft)?;
        draft.add(Event::from(ConnectorPaid {
            payment: c.payment,
            leg: entry,
            store: leg.store,
            connector: number,
            attempt: c.attempt,
            amount: c.amount,
            fee,
            reference: c.reference.clone(),
            evidence: c.evidence,
        }));
        let (captured, status) = (c.amount, Status::Captured);
        let merchant_fee = Some(fee);
        let view = PaymentView {
            status,
            captured,
            merchant_fee,
            deadline: None,
            ..self.incoming_view(leg)
        };
        Ok(Reply::Payment(Box::new(view)))
    }

    /// Money that the other company took and no payment waits for.
    fn connector_stray<E: Facts>(
        &self,
        c: &ConfirmConnectorPaid,
        number: u8,
        connector: &Connector,
        open: Option<(u32, &Incoming)>,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let hash = stray_hash(number, &c.reference, c.amount);
        if self.pay.connectors().strays.contains(&hash) {
            return Err(Refusal::AlreadyDone { what: "this payment" });
        }
        let suspense = self.book_of(connector.currency)?.suspense;
        let moved = draft.post(self.book, connector.account, suspense, c.amount);
        moved.map_err(|_| Refusal::AmountTooLarge)?;
        let reason = match open {
            Some(_) => StrayReason::AmountDiffers,
            None => StrayReason::NotOpen,
        };
        draft.add(Event::from(ConnectorStray {
            payment: c.payment,
            connector: number,
            attempt: c.attempt,
            amount: c.amount,
            reason,
            leg: open.map(|(entry, _)| entry),
            reference: c.reference.clone(),
            evidence: c.evidence,
        }));
        Ok(Reply::Done)
    }

    /// The payer has it back at the other company.
    pub(super) fn return_stray<E: Facts>(
        &self,
        c: &ReturnStray,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (number, connector) = self.connector(&c.connector)?;
        let known = self.pay.connectors().open_strays.get(&c.stray);
        let Some(known) = known.filter(|known| known.connector == number) else {
            return Err(Refusal::AlreadyDone { what: "this return" });
        };
        let (amount, payment) = (known.amount, known.payment);
        let suspense = self.book_of(connector.currency)?.suspense;
        let moved = draft.post(self.book, suspense, connector.account, amount);
        moved.map_err(|_| Refusal::AmountTooLarge)?;
        let (stray, connector) = (c.stray, number);
        draft.add(Event::from(ConnectorStrayReturned { stray, connector, amount, payment }));
        Ok(Reply::Done)
    }

    pub(super) fn confirm_connector_failed<E: Facts>(
        &self,
        c: &ConfirmConnectorFailed,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (number, _) = self.connector(&c.connector)?;
        let Some((entry, leg)) = self.open_ask(c.payment, number, c.attempt) else {
            return Err(Refusal::AlreadyDone { what: "this attempt" });
        };
        let ask = self.pay.connectors().open_ask(c.payment).expect("it was found open");
        let cancelled = ask.cancel;
        draft.add(Event::from(ConnectorFailed {
            payment: c.payment,
            leg: entry,
            connector: number,
            attempt: c.attempt,
            end: c.end,
            cancelled,
        }));
        let status = if cancelled { Status::Cancelled } else { Status::Requested };
        let view = PaymentView { status, connector: None, ..self.incoming_view(leg) };
        Ok(Reply::Payment(Box::new(view)))
    }

    pub(super) fn begin_connector_refund<E: Facts>(
        &self,
        context: &Context,
        c: &BeginConnectorRefund,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        if let Some(made) = self.pay.part(c.payment, c.id) {
            let payment = self.own_sale_view(context, c.payment)?;
            if made.kind != PartKind::Refunded || made.amount != c.amount {
                return Err(Refusal::RefundExists);
            }
            let view = RefundView { refund: c.id, amount: c.amount, fee: made.fee, payment };
            return Ok(Reply::Refund(Box::new(view)));
        }
        let found = self.pay.closed_incoming(c.payment).ok_or(Refusal::PaymentNotFound)?;
        let (closed, leg) = found;
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        let merchant = self.pay.merchant_of(store);
        if !self.may(context.actor, merchant.party) {
            return Err(Refusal::PaymentNotFound);
        }
        let through = leg.through().ok_or(Refusal::NotPaidThroughConnector)?;
        let connector = self.numbered_connector(through.number)?;
        if let Some((refund, under_way)) = self.pay.connectors().refund_of(c.payment) {
            // The same asked for again, while its outcome is not known yet.
            return match refund == c.id && under_way.amount == c.amount {
                true => Ok(self.refund_reply(refund, under_way, leg)),
                false => Err(Refusal::RefundUnderWay),
            };
        }
        self.may_still_be_refunded(context.now, connector, leg)?;
        let rest = leg.amount - leg.refunded;
        if c.amount > rest {
            return Err(Refusal::RefundExceedsRest { rest });
        }
        let total = leg.refunded + c.amount;
        let fee = share(leg.fee, total, leg.amount) - share(leg.fee, leg.refunded, leg.amount);
        // Who shares the sale gives back first, so that the merchant has all of it to hold.
        self.return_shares(c.payment, total, c.id, draft)?;
        let poor = |_| Refusal::MerchantBalanceTooLow;
        let accounts = [merchant.reference.number, self.book_of(merchant.currency)?.fee];
        let mut holds = [NONE; 2];
        for ((hold, from), part) in holds.iter_mut().zip(accounts).zip([c.amount - fee, fee]) {
            if part > 0 {
                *hold = draft.hold(self.book, from, connector.account, part).map_err(poor)?;
            }
        }
        let fact = ConnectorRefundBegun {
            payment: c.payment,
            refund: c.id,
            closed,
            connector: through.number,
            amount: c.amount,
            fee,
            holds,
        };
        draft.add(Event::from(fact));
        let refund = ConnectorRefund {
            payment: c.payment,
            connector: through.number,
            amount: c.amount,
            fee,
            holds,
            since: context.now,
        };
        Ok(self.refund_reply(c.id, &refund, leg))
    }

    /// What the contract with the other company asks of refunds: said before it is asked.
    fn may_still_be_refunded(
        &self,
        now: Timestamp,
        connector: &Connector,
        leg: &ClosedIncoming,
    ) -> Result<(), Refusal> {
        let days = connector.refund_days;
        let paid = Timestamp::from_seconds(u64::from(leg.closed_s));
        if paid.plus(Span::days(u64::from(days))) < now {
            let rule = connector.source.clone();
            return Err(Refusal::ConnectorRefundTooLate { days, rule });
        }
        if self.window_over(now, leg.closed_s) {
            return Err(Refusal::RefundWindowClosed);
        }
        let parts = leg.through().map_or(0, |through| through.parts);
        if parts >= connector.refund_parts {
            let (most, rule) = (connector.refund_parts, connector.source.clone());
            return Err(Refusal::ConnectorRefundTooManyParts { most, rule });
        }
        Ok(())
    }

    pub(super) fn end_connector_refund<E: Facts>(
        &self,
        c: &EndConnectorRefund,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (number, _) = self.connector(&c.connector)?;
        let known = self.pay.connectors().refunds.get(&c.refund);
        let Some(refund) = known.filter(|refund| refund.connector == number) else {
            return Err(Refusal::AlreadyDone { what: "this refund" });
        };
        let done = c.end == RefundEnd::Done;
        let parts = [refund.amount - refund.fee, refund.fee];
        for (hold, part) in refund.holds.into_iter().zip(parts).filter(|(hold, _)| *hold != NONE) {
            let gone = |_| Refusal::PaymentNotOpen { state: "refunded" };
            match done {
                true => draft.capture(self.book, hold, part, true).map_err(gone)?,
                false => draft.void(self.book, hold).map_err(gone)?,
            }
        }
        let (payment, end, evidence) = (refund.payment, c.end, c.evidence);
        if done {
            let (closed, leg) =
                self.pay.closed_incoming(payment).expect("a leg stays while it is refunded");
            let total = leg.refunded + refund.amount;
            draft.add(Event::from(SaleRefunded {
                closed,
                refund: c.refund,
                amount: refund.amount,
                total_so_far: total,
                fee: refund.fee,
                payment,
            }));
        } else {
            self.give_shares_again(payment, draft)?;
        }
        draft.add(Event::from(ConnectorRefundEnded { payment, refund: c.refund, end, evidence }));
        Ok(Reply::Done)
    }

    pub(super) fn settle_connector<E: Facts>(
        &self,
        c: &SettleConnector,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.received)?;
        if c.kept > 0 {
            amount(c.kept)?;
        }
        text("reference", &c.reference, 80)?;
        let (number, connector) = self.connector(&c.connector)?;
        let reference = reference_hash(connector.currency.numeric(), &c.reference);
        if self.pay.market.references.contains(&reference) {
            return Err(Refusal::ReferenceAlreadyUsed);
        }
        let book = self.book_of(connector.currency)?;
        let too_large = |_| Refusal::AmountTooLarge;
        draft.post(self.book, book.bank, connector.account, c.received).map_err(too_large)?;
        if c.kept > 0 {
            let poor = |_| Refusal::FeesTooLow;
            draft.post(self.book, book.fee, connector.account, c.kept).map_err(poor)?;
        }
        let (received, kept) = (c.received, c.kept);
        let fact = ConnectorSettled { connector: number, received, kept, reference };
        draft.add(Event::from(fact));
        // What it still owes: nothing, or what was paid since; it may be the other way round.
        let owed = -draft.balance(self.book, connector.account);
        Ok(Reply::Balance(u64::try_from(owed).unwrap_or(0)))
    }

    fn connector(&self, name: &str) -> Result<(u8, &Connector), Refusal> {
        self.pay.connectors().named(name).ok_or(Refusal::ConnectorNotFound)
    }

    fn numbered_connector(&self, number: u8) -> Result<&Connector, Refusal> {
        self.pay.connectors().numbered(number).ok_or(Refusal::ConnectorNotFound)
    }

    /// The leg whose open attempt this is.
    fn open_ask(
        &self,
        payment: kernel::Id<kernel::id::Payment>,
        connector: u8,
        attempt: u16,
    ) -> Option<(u32, &Incoming)> {
        let ask = self.pay.connectors().open_ask(payment)?;
        let same = (ask.connector, ask.attempt) == (connector, attempt);
        self.pay.incoming(payment).filter(|(_, leg)| same && leg.state == IncomingState::Asked)
    }

    fn connector_ask_view(
        &self,
        connector: &Connector,
        ask: &ConnectorAsk,
        leg: &Incoming,
    ) -> ConnectorAskView {
        ConnectorAskView {
            payment: leg.id,
            connector: connector.name.clone(),
            attempt: ask.attempt,
            shape: ask.shape,
            store: self.pay.store_numbered(leg.store).expect("a leg has its store").reference,
            amount: leg.amount,
            currency: connector.currency,
            deadline: leg.deadline,
            since: ask.since,
            cancel: ask.cancel,
        }
    }

    /// What other companies are being asked, oldest payment first.
    pub fn connector_asks(&self) -> Vec<ConnectorAskView> {
        let connectors = self.pay.connectors();
        let open = connectors.asks.iter().filter(|(_, ask)| ask.end.is_none());
        let views = open.filter_map(|(payment, ask)| {
            let (_, leg) = self.pay.incoming(*payment)?;
            Some(self.connector_ask_view(connectors.numbered(ask.connector)?, ask, leg))
        });
        views.collect()
    }

    /// The newest attempt of a payment, to one of its own sides: open, or why it came to nothing;
    /// none once the payment is over, or where none was made.
    ///
    /// # Errors
    /// The payment is not known, or not the actor's.
    pub fn connector_attempt(
        &self,
        actor: Actor,
        payment: kernel::Id<kernel::id::Payment>,
    ) -> Result<Option<ConnectorAttempt>, Refusal> {
        self.payment(actor, payment)?;
        let connectors = self.pay.connectors();
        let ask = connectors.asks.get(&payment);
        Ok(ask.and_then(|ask| {
            let connector = connectors.numbered(ask.connector)?;
            let (name, kind) = (connector.name.clone(), connector.kind.clone());
            Some(ConnectorAttempt { name, kind, ask: *ask })
        }))
    }

    /// What other companies are to give back.
    pub fn connector_refunds(&self) -> Vec<ConnectorRefundView> {
        let refunds = self.pay.connectors().refunds.iter();
        let views = refunds.filter_map(|(id, refund)| {
            let (_, leg) = self.pay.closed_incoming(refund.payment)?;
            Some(self.refund_view(*id, refund, leg))
        });
        views.collect()
    }

    fn refund_view(
        &self,
        id: kernel::Id<kernel::id::Refund>,
        refund: &ConnectorRefund,
        leg: &ClosedIncoming,
    ) -> ConnectorRefundView {
        let connector = self.pay.connectors().numbered(refund.connector);
        let connector = connector.expect("a refund names a connector that is known");
        ConnectorRefundView {
            refund: id,
            connector: connector.name.clone(),
            attempt: leg.through().map_or(1, |through| through.attempt),
            amount: refund.amount,
            fee: refund.fee,
            paid: leg.amount,
            since: refund.since,
            payment: self.closed_incoming_view(leg),
        }
    }

    fn refund_reply(
        &self,
        id: kernel::Id<kernel::id::Refund>,
        refund: &ConnectorRefund,
        leg: &ClosedIncoming,
    ) -> Reply {
        Reply::ConnectorRefund(Box::new(self.refund_view(id, refund, leg)))
    }
}

/// By what a stray is known: the connector, the other company's number and the sum.
pub(crate) fn stray_hash(connector: u8, reference: &str, amount: u64) -> u64 {
    reference_hash(REFERENCES, &format!("{connector} {amount} {reference}"))
}
