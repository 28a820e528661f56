//! A payment inside one cell: both legs are one decision, without quote and corridor.

use corridor::CaptureMode;
use kernel::id::Payment;
use kernel::{Actor, Context, Id};
use ledger::Draft;

use super::costs::Earned;
use super::limits::Asked;
use super::payer::poor;
use super::{Facts, World, amount, fresh};
use crate::command::PayHere;
use crate::costs::Via;
use crate::event::{PaidHere, SaleHeld};
use crate::reply::{PaymentView, Status};
use crate::state::{
    ClosedIncoming, End, Incoming, IncomingState, Marks, NO_LINK, Paid, Store, Wallet, halves,
};
use crate::{Event, Refusal, Reply};

/// What is to be paid inside the cell.
#[derive(Clone, Copy)]
pub(super) struct Due<'a> {
    pub payment: Id<Payment>,
    pub amount: u64,
    /// The place at which a printed code hangs, judged.
    pub place: Option<u16>,
    /// The requested leg; none for a static code.
    pub leg: Option<(u32, &'a Incoming)>,
}

impl World<'_> {
    pub(super) fn pay_here<E: Facts>(
        &self,
        context: &Context,
        c: &PayHere,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        let (entry, wallet) = self.wallet(context.actor, c.wallet)?;
        self.stays(wallet.party)?;
        let store = self.pay.store(c.store).ok_or(Refusal::StoreNotFound)?;
        let merchant = self.pay.merchant_of(store);
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?;
        if own.currency != merchant.currency {
            return Err(Refusal::CurrencyDiffers);
        }
        let leg = self.request_to_pay(context, c)?;
        self.takes_payments(store)?;
        let place = c.place.filter(|_| leg.is_none());
        if let Some(number) = place {
            let due = self.place(c.store, number)?.amount;
            if let Some(due) = due.filter(|due| *due != c.amount) {
                return Err(Refusal::AmountDiffers { due });
            }
        }
        if !c.again {
            self.not_again(context.now, wallet, c.store.tag, c.amount)?;
        }
        let paid = Paid { amount: c.amount, across: false, printed: leg.is_none() };
        self.within_limits(context.now, wallet, paid)?;
        let asked = Asked { payment: c.payment, wallet: entry, store: c.store, amount: c.amount };
        if let Some(waits) = self.not_too_fast(context, &asked, draft)? {
            return Ok(waits);
        }
        let due = Due { payment: c.payment, amount: c.amount, place, leg };
        let view = self.settle_here(context, (entry, wallet), &due, store, draft)?;
        Ok(Reply::Payment(Box::new(view)))
    }

    /// Moves the money, or holds it; what speaks against it but too little of it was judged.
    pub(super) fn settle_here<E: Facts>(
        &self,
        context: &Context,
        (entry, wallet): (u32, &Wallet),
        due: &Due<'_>,
        store: &Store,
        draft: &mut Draft<E>,
    ) -> Result<PaymentView, Refusal> {
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?;
        let available = u64::try_from(own.available()).unwrap_or(0);
        let (from, to) = (wallet.account, self.pay.merchant_of(store).reference.number);
        let Due { payment, amount, place, leg } = *due;
        if let Some((leg, asked)) = leg.filter(|(_, asked)| asked.capture == CaptureMode::Later) {
            let hold = draft.hold(self.book, from, to, amount);
            let hold = hold.map_err(|refusal| poor(refusal, available))?;
            return Ok(self.held_here(context, (leg, asked), entry, hold, draft));
        }
        let moved = draft.post(self.book, from, to, amount);
        moved.map_err(|refusal| poor(refusal, available))?;
        let earned = Earned { payment, store, via: Via::Here, before: 0, part: amount };
        let fee = self.take_costs(context.now, earned, draft)?;
        let fact = PaidHere {
            payment,
            leg: leg.map(|(leg, _)| leg),
            wallet: entry,
            store: store.reference.number,
            amount,
            fee,
        };
        let view = self.closed_incoming_view(&ClosedIncoming {
            id: halves(payment),
            payer: u64::from(entry),
            amount,
            fee,
            refunded: 0,
            store: store.reference.number,
            closed_s: 0,
            link: NO_LINK,
            end: End::Captured,
            marks: Marks::new(CaptureMode::Now, false),
        });
        draft.add(Event::from(fact));
        self.placed(payment, store.reference, place, draft);
        let account = self.book_of(own.currency)?.fee;
        let from = [(account, fee), (account, 0)];
        self.share_referral(context.now, (payment, entry), fee, from, draft);
        Ok(view)
    }

    /// A wallet of this cell said yes to what its seller captures later.
    fn held_here<E: Facts>(
        &self,
        context: &Context,
        (entry, asked): (u32, &Incoming),
        wallet: u32,
        hold: u32,
        draft: &mut Draft<E>,
    ) -> PaymentView {
        let deadline = self.capture_deadline(context.now, asked.capture);
        let (payer, state) = (u64::from(wallet), IncomingState::Held);
        let held = Incoming { state, payer, hold, deadline, ..*asked };
        draft.add(Event::from(SaleHeld {
            payment: held.id,
            leg: Some(entry),
            store: held.store,
            link: NO_LINK,
            payer,
            amount: held.amount,
            hold,
            deadline,
        }));
        self.incoming_view(&held)
    }

    /// The requested leg that is to be paid inside this cell; none for a static code.
    fn request_to_pay(
        &self,
        context: &Context,
        c: &PayHere,
    ) -> Result<Option<(u32, &Incoming)>, Refusal> {
        if let Some((_, ended)) = self.pay.closed_incoming(c.payment) {
            let state = self.closed_incoming_view(ended).status.word();
            return Err(Refusal::PaymentNotOpen { state });
        }
        let Some((entry, leg)) = self.pay.incoming(c.payment) else {
            if c.requested {
                return Err(Refusal::PaymentNotFound);
            }
            if self.has_payer_leg(c.payment) {
                return Err(Refusal::PaymentExists);
            }
            fresh(context, c.payment)?;
            return Ok(None);
        };
        if leg.store != c.store.number {
            return Err(Refusal::StoreDiffers);
        }
        match leg.state {
            IncomingState::Requested => {}
            IncomingState::Held => return Err(Refusal::PaymentNotOpen { state: "authorized" }),
            IncomingState::Asked => return Err(Refusal::PaymentUnderWay),
        }
        if leg.deadline <= context.now {
            return Err(Refusal::PaymentExpired);
        }
        if leg.amount != c.amount {
            return Err(Refusal::AmountDiffers { due: leg.amount });
        }
        Ok(Some((entry, leg)))
    }

    /// What a wallet of this cell has said yes to and the seller has not captured, if the actor
    /// may act for the wallet.
    pub(super) fn held_from(&self, actor: Actor, payment: Id<Payment>) -> Option<(u32, &Incoming)> {
        let mine = |leg: &Incoming| {
            let wallet = leg.payer_here().and_then(|entry| self.pay.wallet(entry));
            wallet.is_some_and(|wallet| self.may(actor, wallet.party))
        };
        self.pay.incoming(payment).filter(|(_, leg)| mine(leg))
    }

    /// Its payer takes back what is held inside the cell, as a payer of another cell could ask.
    pub(super) fn cancel_held<E: Facts>(
        &self,
        entry: u32,
        leg: &Incoming,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if leg.captured > 0 {
            return Err(Refusal::PaymentNotOpen { state: Status::Captured.word() });
        }
        let status = self.release(entry, leg, draft)?;
        let view = PaymentView { status, deadline: None, ..self.incoming_view(leg) };
        Ok(Reply::Payment(Box::new(view)))
    }
}
