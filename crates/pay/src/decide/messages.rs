//! What a message of the other side does. A message is handled, never refused: a bad outcome is
//! a fact and an answer, and value that can't reach its account stands in suspense.

use corridor::{CaptureMode, DeclineReason, Message};
use kernel::id::{Payment, Store as StoreKind};
use kernel::{Context, Id, Ref, Timestamp, share};
use ledger::Draft;

use super::{Answered, Facts, World};
use crate::Event;
use crate::command::Arrived;
use crate::event::{
    MirrorRaised, PaymentAuthorized, PaymentReturned, PaymentTaken, RefundArrived, SaleCaptured,
    SaleDeclined, SaleHeld, StrayArrived,
};
use crate::state::{ClosedOutgoing, IncomingState, NONE, Outgoing, Store};

/// An `Authorize`, taken apart.
struct Asked {
    link: u8,
    payment: Id<Payment>,
    store: Ref<StoreKind>,
    amount: u64,
    valid_until: Timestamp,
    capture: CaptureMode,
    requested: bool,
    payer: u64,
}

impl World<'_> {
    /// Handles one message and says which of ours it answers.
    pub fn handle<E: Facts>(
        &self,
        context: &Context,
        arrived: Arrived<'_>,
        draft: &mut Draft<E>,
    ) -> Answered {
        let link = arrived.link;
        match *arrived.message {
            Message::Authorize {
                payment,
                store,
                amount,
                valid_until,
                capture,
                requested,
                payer,
            } => {
                let asked =
                    Asked { link, payment, store, amount, valid_until, capture, requested, payer };
                self.authorize(context, &asked, draft);
                Answered::default()
            }
            Message::CancelAsked { payment } => {
                self.cancel_asked(payment, draft);
                Answered::default()
            }
            Message::Authorized { payment } => {
                if let Some((leg, _)) = self.pay.outgoing(payment) {
                    draft.add(Event::from(PaymentAuthorized { leg, payment }));
                }
                // The seller has decided; what is captured later does not hold up the window.
                Answered { number: self.pay.outgoing(payment).map(|(_, leg)| leg.message) }
            }
            Message::Captured { payment, total_so_far, last } => {
                self.captured(link, payment, total_so_far, last, draft)
            }
            Message::Released { payment } => self.returned(payment, None, draft),
            Message::Declined { payment, reason } => self.returned(payment, Some(reason), draft),
            Message::Refunded { payment, total_so_far } => {
                self.refunded(link, payment, total_so_far, draft);
                Answered::default()
            }
            Message::NostroChanged { amount } => {
                self.mirror_raised(link, amount, draft);
                Answered::default()
            }
        }
    }

    fn authorize<E: Facts>(&self, context: &Context, asked: &Asked, draft: &mut Draft<E>) {
        let taken = self
            .judge(context, asked)
            .and_then(|(leg, store)| self.take(context, asked, leg, store, draft));
        if let Err(reason) = taken {
            draft.add(Event::from(SaleDeclined {
                payment: asked.payment,
                link: asked.link,
                reason,
                amount: asked.amount,
            }));
            self.send(draft, asked.link, Message::Declined { payment: asked.payment, reason });
        }
    }

    /// Whether a payment may be taken: the requested leg, if any, and the store.
    fn judge(
        &self,
        context: &Context,
        asked: &Asked,
    ) -> Result<(Option<u32>, &Store), DeclineReason> {
        if asked.amount == 0 {
            return Err(DeclineReason::AmountNotBookable);
        }
        if let Some((_, ended)) = self.pay.closed_incoming(asked.payment) {
            return Err(match ended.end {
                crate::state::End::Captured => DeclineReason::AlreadyPaid,
                crate::state::End::Expired => DeclineReason::Expired,
                _ => DeclineReason::PaymentNotOpen,
            });
        }
        let leg = self.pay.incoming(asked.payment);
        if leg.is_none() && asked.requested {
            return Err(DeclineReason::PaymentNotOpen);
        }
        if let Some((_, leg)) = leg {
            if leg.state == IncomingState::Held {
                return Err(DeclineReason::AlreadyPaid);
            }
            if leg.store != asked.store.number {
                return Err(DeclineReason::StoreDiffers);
            }
            if leg.deadline <= context.now {
                return Err(DeclineReason::Expired);
            }
            if leg.amount != asked.amount || leg.capture != asked.capture {
                return Err(DeclineReason::AmountDiffers);
            }
        }
        if asked.valid_until <= context.now {
            return Err(DeclineReason::Expired);
        }
        let store = self.pay.store(asked.store).ok_or(DeclineReason::StoreUnknown)?;
        if !store.open {
            return Err(DeclineReason::StorePaused);
        }
        Ok((leg.map(|(entry, _)| entry), store))
    }

    /// Takes the money from the nostro, or holds it, and answers.
    fn take<E: Facts>(
        &self,
        context: &Context,
        asked: &Asked,
        leg: Option<u32>,
        store: &Store,
        draft: &mut Draft<E>,
    ) -> Result<(), DeclineReason> {
        let link = self.corridor.link(asked.link);
        let nostro = link.and_then(|l| l.nostro).ok_or(DeclineReason::NostroTooLow)?;
        let account = self.pay.merchant_of(store).reference.number;
        let too_low = |refusal| match refusal {
            ledger::Refusal::ExceedsCredits => DeclineReason::NostroTooLow,
            _ => DeclineReason::AmountNotBookable,
        };
        let Asked { payment, amount, payer, link, .. } = *asked;
        let store_number = asked.store.number;
        if asked.capture == CaptureMode::Later {
            let hold = draft.hold(self.book, nostro, account, amount).map_err(too_low)?;
            draft.add(Event::from(SaleHeld {
                payment,
                leg,
                store: store_number,
                link,
                payer,
                amount,
                hold,
                deadline: self.capture_deadline(context.now, asked.capture),
            }));
            self.send(draft, link, Message::Authorized { payment });
            return Ok(());
        }
        draft.post(self.book, nostro, account, amount).map_err(too_low)?;
        let fee = self
            .take_fee(context.now, store, amount, 0, draft)
            .expect("a fee is at most a fifth of what was just given");
        draft.add(Event::from(SaleCaptured {
            payment,
            leg,
            store: store_number,
            link,
            payer,
            amount,
            fee,
        }));
        let captured = Message::Captured { payment, total_so_far: amount, last: true };
        self.send(draft, link, captured);
        Ok(())
    }

    /// Gives back what is held for the payer. What was captured stays captured: its answer is
    /// on its way.
    fn cancel_asked<E: Facts>(&self, payment: Id<Payment>, draft: &mut Draft<E>) {
        if let Some((entry, leg)) = self.pay.incoming(payment)
            && leg.state == IncomingState::Held
            && leg.captured == 0
        {
            self.release(entry, leg, draft).expect("a held sale has its hold");
        }
    }

    fn captured<E: Facts>(
        &self,
        link: u8,
        payment: Id<Payment>,
        total_so_far: u64,
        last: bool,
        draft: &mut Draft<E>,
    ) -> Answered {
        let Some((entry, leg)) = self.pay.outgoing(payment) else {
            self.stray(link, payment, total_so_far, true, draft);
            return Answered::default();
        };
        let total = total_so_far.min(leg.amount);
        let part = |component| {
            share(component, total, leg.amount) - share(component, leg.taken, leg.amount)
        };
        let parts =
            [part(leg.principal), part(leg.spread), part(leg.fee), total.saturating_sub(leg.taken)];
        for (hold, part) in leg.holds.into_iter().zip(parts) {
            if hold != NONE && (part > 0 || last) {
                draft.capture(self.book, hold, part, last).expect("shares never exceed the hold");
            }
        }
        draft.add(Event::from(PaymentTaken { leg: entry, total_so_far: total, last, payment }));
        Answered { number: last.then_some(leg.message) }
    }

    fn returned<E: Facts>(
        &self,
        payment: Id<Payment>,
        reason: Option<DeclineReason>,
        draft: &mut Draft<E>,
    ) -> Answered {
        let Some((entry, leg)) = self.pay.outgoing(payment) else { return Answered::default() };
        self.void_all(leg, draft);
        draft.add(Event::from(PaymentReturned { leg: entry, reason, payment }));
        Answered { number: Some(leg.message) }
    }

    fn void_all<E: Facts>(&self, leg: &Outgoing, draft: &mut Draft<E>) {
        for hold in leg.holds.into_iter().filter(|hold| *hold != NONE) {
            draft.void(self.book, hold).expect("a payer's hold ends by its answer only");
        }
    }

    fn refunded<E: Facts>(
        &self,
        link: u8,
        payment: Id<Payment>,
        total_so_far: u64,
        draft: &mut Draft<E>,
    ) {
        let Some((closed, leg)) = self.pay.closed_outgoing(payment) else {
            return self.stray(link, payment, total_so_far, false, draft);
        };
        let total = total_so_far.min(leg.amount);
        let back = total.saturating_sub(leg.refunded);
        if back == 0 {
            return;
        }
        let known = self.corridor.link(link).and_then(|link| link.mirror);
        let mirror = known.expect("what was paid over a link has a mirror");
        let theirs = self.book_of(self.currency_over(link)).expect("the mirror's book is open");
        draft.post(self.book, theirs.fx, mirror, back).expect("fx has no side rule");
        let (returned, from_suspense) = self.give_back(leg, total, draft);
        draft.add(Event::from(RefundArrived {
            closed,
            total_so_far: total,
            returned,
            from_suspense,
            payment,
        }));
    }

    /// Gives the wallet its share of each component. What an account can't give any more (its
    /// earnings were paid out) is advanced by suspense, as a task for the operator.
    fn give_back<E: Facts>(
        &self,
        leg: &ClosedOutgoing,
        total: u64,
        draft: &mut Draft<E>,
    ) -> (u64, u64) {
        let wallet = self.pay.wallet(leg.wallet).expect("a leg's wallet is never removed");
        let own = self.book.account(wallet.account).expect("a wallet has its account");
        let book = self.book_of(own.currency).expect("a wallet's book is open");
        let (mut returned, mut advanced) = (0, 0);
        let parts = [(book.fx, leg.principal), (book.spread, leg.spread), (book.fee, leg.fee)];
        for (account, component) in parts {
            let part =
                share(component, total, leg.amount) - share(component, leg.refunded, leg.amount);
            if part == 0 {
                continue;
            }
            if draft.post(self.book, account, wallet.account, part).is_err() {
                draft
                    .post(self.book, book.suspense, wallet.account, part)
                    .expect("suspense has no side rule");
                advanced += part;
            }
            returned += part;
        }
        (returned, advanced)
    }

    /// A message about a payment we do not know still moved the nostro, so the mirror follows.
    fn stray<E: Facts>(
        &self,
        link: u8,
        payment: Id<Payment>,
        amount: u64,
        taken: bool,
        draft: &mut Draft<E>,
    ) {
        let mirror = self.corridor.link(link).and_then(|link| link.mirror);
        if let (Some(mirror), Ok(book)) = (mirror, self.book_of(self.currency_over(link))) {
            let (from, to) = if taken { (mirror, book.suspense) } else { (book.suspense, mirror) };
            // Should even this fail, nostro and mirror differ, and the link freezes.
            let _ = draft.post(self.book, from, to, amount);
        }
        draft.add(Event::from(StrayArrived { link, payment, amount }));
    }

    fn mirror_raised<E: Facts>(&self, link: u8, amount: u64, draft: &mut Draft<E>) {
        let mirror = self.corridor.link(link).and_then(|link| link.mirror);
        if let (Some(mirror), Ok(book)) = (mirror, self.book_of(self.currency_over(link))) {
            // Should this fail, nostro and mirror differ, and the link freezes.
            let _ = draft.post(self.book, book.fx, mirror, amount);
        }
        draft.add(Event::from(MirrorRaised { link, amount }));
    }
}
