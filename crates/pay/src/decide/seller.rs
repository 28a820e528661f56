//! The seller's side: a request, its end, captures of what is held, refunds.

use corridor::{CaptureMode, Message};
use kernel::{Context, Span, Timestamp, share};
use ledger::Draft;

use super::costs::Earned;
use super::{Facts, World, amount, fresh};
use crate::command::{
    BeginConnectorRefund, CancelPayment, CapturePayment, RefundPayment, ReleasePayment,
    RequestPayment,
};
use crate::costs::Via;
use crate::event::{PaymentRequested, SaleCancelled, SalePartCaptured, SaleRefunded, SaleReleased};
use crate::reply::{CaptureView, PaymentView, RefundView, Status};
use crate::state::{ClosedIncoming, End, Incoming, IncomingState, NO_LINK, Part, PartKind, Store};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    pub(super) fn request_payment<E: Facts>(
        &self,
        context: &Context,
        c: &RequestPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        fresh(context, c.id)?;
        amount(c.amount)?;
        let most = Span::seconds(u64::from(self.pay.rules(context.now).request_max_s));
        if c.valid_for.0 == 0 || c.valid_for > most {
            return Err(Refusal::OutOfRange { field: "valid_for" });
        }
        if self.knows(c.id) {
            return Err(Refusal::PaymentExists);
        }
        let store = self.own_store(context, c.store)?;
        self.takes_payments(store)?;
        let deadline = context.now.plus(c.valid_for);
        draft.add(Event::from(PaymentRequested {
            payment: c.id,
            store: c.store.number,
            amount: c.amount,
            deadline,
            capture: c.capture,
            purpose: c.purpose,
        }));
        Ok(Reply::Payment(Box::new(PaymentView {
            payment: c.id,
            status: Status::Requested,
            store: c.store,
            amount: c.amount,
            currency: self.pay.merchant_of(store).currency,
            captured: 0,
            refunded: 0,
            merchant_fee: Some(0),
            price: None,
            wallet: None,
            declined: None,
            deadline: Some(deadline),
            capture: c.capture,
            cancel_asked: false,
            connector: None,
        })))
    }

    pub(super) fn own_sale(
        &self,
        context: &Context,
        payment: kernel::Id<kernel::id::Payment>,
    ) -> Result<(u32, &Incoming, &Store), Refusal> {
        let (entry, leg) = match self.pay.incoming(payment) {
            Some(found) => found,
            None => {
                // An ended sale is told as such to its own merchant only.
                let view = self.payment(context.actor, payment)?;
                return Err(Refusal::PaymentNotOpen { state: view.status.word() });
            }
        };
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        let theirs = self.may(context.actor, self.pay.merchant_of(store).party);
        if theirs { Ok((entry, leg, store)) } else { Err(Refusal::PaymentNotFound) }
    }

    pub(super) fn cancel_sale<E: Facts>(
        &self,
        context: &Context,
        c: &CancelPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, leg, _) = self.own_sale(context, c.payment)?;
        let status = match leg.state {
            IncomingState::Requested => {
                let fact = SaleCancelled { leg: entry, payment: leg.id };
                draft.add(Event::from(fact));
                Status::Cancelled
            }
            IncomingState::Held => self.release(entry, leg, draft)?,
            IncomingState::Asked => {
                return Ok(Reply::Payment(Box::new(self.cancel_ask(entry, leg, draft))));
            }
        };
        let view = PaymentView { status, deadline: None, ..self.incoming_view(leg) };
        Ok(Reply::Payment(Box::new(view)))
    }

    pub(super) fn capture_payment<E: Facts>(
        &self,
        context: &Context,
        c: &CapturePayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        if let Some(made) = self.pay.part(c.payment, c.id) {
            return self.captured_before(context, c, made);
        }
        let (entry, leg, store) = self.own_sale(context, c.payment)?;
        if leg.state != IncomingState::Held {
            return Err(Refusal::PaymentNotOpen { state: "requested" });
        }
        if leg.deadline <= context.now {
            return Err(Refusal::PaymentExpired);
        }
        let rest = leg.amount - leg.captured;
        if c.amount > rest {
            return Err(Refusal::CaptureExceedsHold { rest });
        }
        let total = leg.captured + c.amount;
        let last = c.last || total == leg.amount;
        draft
            .capture(self.book, leg.hold, c.amount, last)
            .map_err(|_| Refusal::CaptureExceedsHold { rest })?;
        let (via, before) = (Via::of_link(leg.link), leg.captured);
        let earned = Earned { payment: leg.id, store, via, before, part: c.amount };
        let part = self.take_costs(context.now, earned, draft)?;
        let fee = leg.fee + part;
        draft.add(Event::from(SalePartCaptured {
            leg: entry,
            total_so_far: total,
            fee_so_far: fee,
            last,
            payment: leg.id,
            capture: Some(c.id),
        }));
        if let Some(wallet) = leg.payer_here() {
            let account = self.book_of(self.pay.merchant_of(store).currency)?.fee;
            let from = [(account, part), (account, 0)];
            self.share_referral(context.now, (leg.id, wallet), fee, from, draft);
        }
        if leg.link != NO_LINK {
            let captured = Message::Captured { payment: leg.id, total_so_far: total, last };
            self.send(draft, leg.link, captured);
        }
        let payment = PaymentView {
            status: if last { Status::Captured } else { Status::Authorized },
            captured: total,
            merchant_fee: Some(fee),
            deadline: (!last).then_some(leg.deadline),
            ..self.incoming_view(leg)
        };
        let view = CaptureView { capture: c.id, amount: c.amount, payment };
        Ok(Reply::Capture(Box::new(view)))
    }

    /// The same capture asked for again, however long after: nothing more is taken.
    fn captured_before(
        &self,
        context: &Context,
        c: &CapturePayment,
        made: &Part,
    ) -> Result<Reply, Refusal> {
        let payment = self.own_sale_view(context, c.payment)?;
        // One that took all there was ended the payment, said or not.
        let same = match made.kind {
            PartKind::Captured => !c.last,
            PartKind::CapturedLast => true,
            PartKind::Refunded => false,
        };
        if !same || made.amount != c.amount {
            return Err(Refusal::CaptureExists);
        }
        Ok(Reply::Capture(Box::new(CaptureView { capture: c.id, amount: c.amount, payment })))
    }

    /// A sale as its own merchant sees it.
    pub(super) fn own_sale_view(
        &self,
        context: &Context,
        payment: kernel::Id<kernel::id::Payment>,
    ) -> Result<PaymentView, Refusal> {
        let view = self.sale_view(payment).ok_or(Refusal::PaymentNotFound)?;
        let store = self.pay.store(view.store).ok_or(Refusal::PaymentNotFound)?;
        let theirs = self.may(context.actor, self.pay.merchant_of(store).party);
        if theirs { Ok(view) } else { Err(Refusal::PaymentNotFound) }
    }

    pub(super) fn release_payment<E: Facts>(
        &self,
        context: &Context,
        c: &ReleasePayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, leg, _) = self.own_sale(context, c.payment)?;
        if leg.state != IncomingState::Held {
            return Err(Refusal::PaymentNotOpen { state: "requested" });
        }
        let status = self.release(entry, leg, draft)?;
        let view = PaymentView { status, deadline: None, ..self.incoming_view(leg) };
        Ok(Reply::Payment(Box::new(view)))
    }

    /// Gives back what is still held: all of it, or the rest after part captures.
    pub(super) fn release<E: Facts>(
        &self,
        entry: u32,
        leg: &Incoming,
        draft: &mut Draft<E>,
    ) -> Result<Status, Refusal> {
        let gone = |_| Refusal::PaymentNotOpen { state: "released" };
        draft.void(self.book, leg.hold).map_err(gone)?;
        if leg.captured == 0 {
            draft.add(Event::from(SaleReleased { leg: entry, payment: leg.id }));
            if leg.link != NO_LINK {
                self.send(draft, leg.link, Message::Released { payment: leg.id });
            }
            return Ok(Status::Released);
        }
        draft.add(Event::from(SalePartCaptured {
            leg: entry,
            total_so_far: leg.captured,
            fee_so_far: leg.fee,
            last: true,
            payment: leg.id,
            capture: None,
        }));
        if leg.link != NO_LINK {
            let (payment, total_so_far) = (leg.id, leg.captured);
            self.send(draft, leg.link, Message::Captured { payment, total_so_far, last: true });
        }
        Ok(Status::Captured)
    }

    pub(super) fn refund_payment<E: Facts>(
        &self,
        context: &Context,
        c: &RefundPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        if let Some(made) = self.pay.part(c.payment, c.id) {
            return self.refunded_before(context, c, made);
        }
        let Some((closed, leg)) = self.pay.closed_incoming(c.payment) else {
            return Err(self.why_no_refund(context, c));
        };
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        let merchant = self.pay.merchant_of(store);
        if !self.may(context.actor, merchant.party) {
            return Err(Refusal::PaymentNotFound);
        }
        if leg.end != End::Captured {
            let state = self.closed_incoming_view(leg).status.word();
            return Err(Refusal::PaymentNotOpen { state });
        }
        if leg.through().is_some() {
            let RefundPayment { id, payment, amount } = *c;
            let begin = BeginConnectorRefund { id, payment, amount };
            return self.begin_connector_refund(context, &begin, draft);
        }
        if self.window_over(context.now, leg.closed_s) {
            return Err(Refusal::RefundWindowClosed);
        }
        let rest = leg.amount - leg.refunded;
        if c.amount > rest {
            return Err(Refusal::RefundExceedsRest { rest });
        }
        let total = leg.refunded + c.amount;
        let fee = share(leg.fee, total, leg.amount) - share(leg.fee, leg.refunded, leg.amount);
        let to = self.refund_target(leg)?;
        self.return_shares(c.payment, total, c.id, draft)?;
        if c.amount > fee {
            self.merchant_pays_back(merchant, to, c.amount - fee, c.id, draft)?;
        }
        if leg.link == NO_LINK {
            let account = self.book_of(merchant.currency)?.fee;
            self.return_referral(c.payment, share(leg.fee, total, leg.amount), [account; 2], draft);
        }
        if fee > 0 {
            let account = self.book_of(merchant.currency)?.fee;
            let poor = |_| Refusal::MerchantBalanceTooLow;
            draft.post(self.book, account, to, fee).map_err(poor)?;
        }
        draft.add(Event::from(SaleRefunded {
            closed,
            refund: c.id,
            amount: c.amount,
            total_so_far: total,
            fee,
            payment: c.payment,
        }));
        if leg.link != NO_LINK {
            let back = Message::Refunded { payment: c.payment, total_so_far: total };
            self.send(draft, leg.link, back);
        }
        let after = self.closed_incoming_view(&ClosedIncoming { refunded: total, ..*leg });
        let view = RefundView { refund: c.id, amount: c.amount, fee, payment: after };
        Ok(Reply::Refund(Box::new(view)))
    }

    /// The same refund asked for again, however long after: nothing more is given back.
    fn refunded_before(
        &self,
        context: &Context,
        c: &RefundPayment,
        made: &Part,
    ) -> Result<Reply, Refusal> {
        let payment = self.own_sale_view(context, c.payment)?;
        if made.kind != PartKind::Refunded || made.amount != c.amount {
            return Err(Refusal::RefundExists);
        }
        let view = RefundView { refund: c.id, amount: c.amount, fee: made.fee, payment };
        Ok(Reply::Refund(Box::new(view)))
    }

    /// Over a link the money goes back to the nostro, inside the cell to the wallet.
    fn refund_target(&self, leg: &ClosedIncoming) -> Result<u32, Refusal> {
        if leg.link == NO_LINK {
            let wallet = self.pay.wallet(leg.payer as u32).ok_or(Refusal::PaymentNotFound)?;
            self.stays(wallet.party).map_err(|_| Refusal::PayerForgotten)?;
            return Ok(wallet.account);
        }
        self.corridor.link(leg.link).and_then(|link| link.nostro).ok_or(Refusal::LinkNotFound)
    }

    fn why_no_refund(&self, context: &Context, c: &RefundPayment) -> Refusal {
        match self.payment(context.actor, c.payment) {
            Ok(view) => Refusal::PaymentNotOpen { state: view.status.word() },
            Err(_) => match c.payment.made_at() {
                Some(made) if self.window_over(context.now, made.seconds() as u32) => {
                    Refusal::RefundWindowClosed
                }
                _ => Refusal::PaymentNotFound,
            },
        }
    }

    pub(super) fn window_over(&self, now: Timestamp, closed_s: u32) -> bool {
        let days = u64::from(self.pay.rules(now).refund_days);
        Timestamp::from_seconds(u64::from(closed_s)).plus(Span::days(days)) < now
    }

    /// What a later capture waits for at most.
    pub(super) fn capture_deadline(&self, now: Timestamp, mode: CaptureMode) -> Timestamp {
        match mode {
            CaptureMode::Now => now,
            CaptureMode::Later => now.plus(Span::days(u64::from(self.pay.rules(now).capture_days))),
        }
    }
}
