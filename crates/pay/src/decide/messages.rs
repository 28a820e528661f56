//! What a message of the other side does. A message is handled, never refused: a bad outcome is
//! a fact and an answer, and value that can't reach its account stands in suspense.

use corridor::{CaptureMode, DeclineReason, Message};
use kernel::id::{Payment, Store as StoreKind};
use kernel::{Context, Id, Ref, Timestamp, share};
use ledger::Draft;

use super::charged::Charged;
use super::costs::Earned;
use super::{Answered, Facts, Unbookable, World};
use crate::Event;
use crate::command::Arrived;
use crate::costs::Via;
use crate::event::{
    MirrorRaised, PaymentAuthorized, PaymentReturned, PaymentTaken, RefundArrived, RefundStranded,
    SaleCaptured, SaleDeclined, SaleHeld, StrayArrived,
};
use crate::state::{ClosedOutgoing, End, IncomingState, NONE, Outgoing, Store};

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
    place: Option<u16>,
}

/// Why an `Authorize` was not taken.
enum Untaken {
    Declined(DeclineReason),
    Unbookable,
}

impl From<DeclineReason> for Untaken {
    fn from(reason: DeclineReason) -> Self {
        Self::Declined(reason)
    }
}

impl World<'_> {
    /// Handles one message and says which of ours it answers. A message speaks of payments over
    /// its own link only.
    ///
    /// # Errors
    /// [`Unbookable`]; then the draft is to be dropped and the link frozen.
    pub fn handle<E: Facts>(
        &self,
        context: &Context,
        arrived: Arrived<'_>,
        draft: &mut Draft<E>,
    ) -> Result<Answered, Unbookable> {
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
                place,
            } => {
                let asked = Asked {
                    link,
                    payment,
                    store,
                    amount,
                    valid_until,
                    capture,
                    requested,
                    payer,
                    // What a till asked for is named by its payment.
                    place: place.filter(|_| !requested),
                };
                self.authorize(context, &asked, draft)?;
                Ok(Answered::default())
            }
            Message::CancelAsked { payment } => {
                self.cancel_asked(link, payment, draft);
                Ok(Answered::default())
            }
            Message::Authorized { payment } => Ok(self.authorized(link, payment, draft)),
            Message::Captured { payment, total_so_far, last } => {
                match self.outgoing_over(link, payment) {
                    Some((entry, leg)) => {
                        let now = context.now;
                        Ok(self.captured(now, (entry, leg), total_so_far, last, draft))
                    }
                    None => {
                        self.stray(&arrived, payment, total_so_far, true, draft);
                        Ok(Answered::default())
                    }
                }
            }
            Message::Released { payment } => {
                Ok(self.returned(context.now, (link, payment), None, draft))
            }
            Message::Declined { payment, reason } => {
                Ok(self.returned(context.now, (link, payment), Some(reason), draft))
            }
            Message::Refunded { payment, total_so_far } => {
                self.refunded(&arrived, payment, total_so_far, draft)?;
                Ok(Answered::default())
            }
            Message::Charge { payment, store, amount, valid_until, capture, code } => {
                let number = arrived.number;
                let charged =
                    Charged { link, number, payment, store, amount, valid_until, capture, code };
                self.charged(context, &charged, draft)?;
                Ok(Answered::default())
            }
            Message::ChargeAnswered { payment, charge, answer } => {
                self.charge_answered(link, payment, (charge, answer), draft);
                Ok(Answered::default())
            }
            Message::NostroChanged { amount } => {
                self.mirror_raised(link, amount, draft);
                Ok(Answered::default())
            }
            Message::DayClosed { ref day } => {
                self.day_came(link, day, draft);
                Ok(Answered::default())
            }
            Message::DayAnswered { day, ref answer } => {
                self.day_answer_came(link, (day, **answer), draft);
                Ok(Answered::default())
            }
            Message::DaySigned { day, keeper, ref signature } => {
                self.day_signature_came(link, (day, keeper), **signature, draft);
                Ok(Answered::default())
            }
            Message::TopUpSent { amount, reference } => {
                self.top_up_sent_came(link, (amount, reference), draft);
                Ok(Answered::default())
            }
        }
    }

    /// The payer's open leg, if it is over this link: one neighbour can't end what another holds.
    fn outgoing_over(&self, link: u8, payment: Id<Payment>) -> Option<(u32, &Outgoing)> {
        self.pay.outgoing(payment).filter(|(_, leg)| leg.link == link)
    }

    fn authorize<E: Facts>(
        &self,
        context: &Context,
        asked: &Asked,
        draft: &mut Draft<E>,
    ) -> Result<(), Unbookable> {
        let judged = self.judge(context, asked).map_err(Untaken::Declined);
        let reason =
            match judged.and_then(|(leg, store)| self.take(context, asked, leg, store, draft)) {
                Ok(()) => return Ok(()),
                Err(Untaken::Unbookable) => return Err(Unbookable),
                Err(Untaken::Declined(reason)) => reason,
            };
        draft.add(Event::from(SaleDeclined {
            payment: asked.payment,
            link: asked.link,
            reason,
            amount: asked.amount,
        }));
        self.send(draft, asked.link, Message::Declined { payment: asked.payment, reason });
        Ok(())
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
                End::Captured => DeclineReason::AlreadyPaid,
                End::Expired => DeclineReason::Expired,
                _ => DeclineReason::PaymentNotOpen,
            });
        }
        let leg = self.pay.incoming(asked.payment);
        if leg.is_none() && asked.requested {
            return Err(DeclineReason::PaymentNotOpen);
        }
        if let Some((_, leg)) = leg {
            match leg.state {
                IncomingState::Requested => {}
                IncomingState::Held => return Err(DeclineReason::AlreadyPaid),
                // Another company may have taken it already.
                IncomingState::Asked => return Err(DeclineReason::PaymentNotOpen),
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
        if self.is_suspended(asked.link) {
            return Err(DeclineReason::PartnerSuspended);
        }
        let store = self.pay.store(asked.store).ok_or(DeclineReason::StoreUnknown)?;
        if self.is_paused_by_staff(store) {
            return Err(DeclineReason::MerchantPaused);
        }
        if !store.open || !self.room_for_sale(leg.is_some()) {
            return Err(DeclineReason::StorePaused);
        }
        if let Some(number) = asked.place {
            let place = self.place(asked.store, number);
            let place = place.map_err(|_| DeclineReason::PlaceWithdrawn)?;
            if place.amount.is_some_and(|due| due != asked.amount) {
                return Err(DeclineReason::AmountDiffers);
            }
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
    ) -> Result<(), Untaken> {
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
            self.placed(asked.payment, asked.store, asked.place, draft);
            self.send(draft, link, Message::Authorized { payment });
            return Ok(());
        }
        draft.post(self.book, nostro, account, amount).map_err(too_low)?;
        // The merchant has what was just given; only the fee account can be full.
        let via = Via::Link(link);
        let earned = Earned { payment, store, via, before: 0, part: amount };
        let fee = self.take_costs(context.now, earned, draft).map_err(|_| Untaken::Unbookable)?;
        draft.add(Event::from(SaleCaptured {
            payment,
            leg,
            store: store_number,
            link,
            payer,
            amount,
            fee,
        }));
        self.placed(payment, asked.store, asked.place, draft);
        let captured = Message::Captured { payment, total_so_far: amount, last: true };
        self.send(draft, link, captured);
        Ok(())
    }

    /// Gives back what is held for the payer. What was captured stays captured: its answer is
    /// on its way.
    fn cancel_asked<E: Facts>(&self, link: u8, payment: Id<Payment>, draft: &mut Draft<E>) {
        if let Some((entry, leg)) = self.pay.incoming(payment)
            && leg.state == IncomingState::Held
            && leg.link == link
            && leg.captured == 0
        {
            self.release(entry, leg, draft).expect("a held sale has its hold");
        }
    }

    /// The seller holds it. It has decided: what is captured later does not fill the window.
    fn authorized<E: Facts>(
        &self,
        link: u8,
        payment: Id<Payment>,
        draft: &mut Draft<E>,
    ) -> Answered {
        let Some((entry, leg)) = self.outgoing_over(link, payment) else {
            return Answered::default();
        };
        draft.add(Event::from(PaymentAuthorized { leg: entry, payment }));
        Answered { number: Some(leg.message) }
    }

    /// Takes the shares of what the seller has taken so far. A total that goes back or beyond
    /// what was authorized moves what it can; nostro and mirror then differ, and the link freezes.
    fn captured<E: Facts>(
        &self,
        now: Timestamp,
        (entry, leg): (u32, &Outgoing),
        total_so_far: u64,
        last: bool,
        draft: &mut Draft<E>,
    ) -> Answered {
        let payment = leg.id;
        let total = total_so_far.clamp(leg.taken, leg.amount);
        let part = |component| {
            share(component, total, leg.amount) - share(component, leg.taken, leg.amount)
        };
        let parts = [part(leg.principal), part(leg.spread), part(leg.fee), total - leg.taken];
        for (hold, part) in leg.holds.into_iter().zip(parts) {
            if hold != NONE && (part > 0 || last) {
                draft.capture(self.book, hold, part, last).expect("shares never exceed the hold");
            }
        }
        draft.add(Event::from(PaymentTaken { leg: entry, total_so_far: total, last, payment }));
        self.share_taken(now, leg, total, [parts[1], parts[2]], draft);
        Answered { number: last.then_some(leg.message) }
    }

    /// The referrer of the wallet gets its share of spread and fee.
    fn share_taken<E: Facts>(
        &self,
        now: Timestamp,
        leg: &Outgoing,
        total: u64,
        [spread, fee]: [u64; 2],
        draft: &mut Draft<E>,
    ) {
        let earned = share(leg.spread, total, leg.amount) + share(leg.fee, total, leg.amount);
        let wallet = self.pay.wallet(leg.wallet).expect("a leg's wallet is never removed");
        let own = self.book.account(wallet.account).expect("a wallet has its account");
        let book = self.book_of(own.currency).expect("a wallet's book is open");
        let from = [(book.spread, spread), (book.fee, fee)];
        self.share_referral(now, (leg.id, leg.wallet), earned, from, draft);
    }

    /// Gives all back. After a part was captured there is no way back: the rest ends.
    fn returned<E: Facts>(
        &self,
        now: Timestamp,
        (link, payment): (u8, Id<Payment>),
        reason: Option<DeclineReason>,
        draft: &mut Draft<E>,
    ) -> Answered {
        let Some((entry, leg)) = self.outgoing_over(link, payment) else {
            return Answered::default();
        };
        if leg.taken > 0 {
            return self.captured(now, (entry, leg), leg.taken, true, draft);
        }
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
        arrived: &Arrived<'_>,
        payment: Id<Payment>,
        total_so_far: u64,
        draft: &mut Draft<E>,
    ) -> Result<(), Unbookable> {
        let link = arrived.link;
        let paid = |leg: &ClosedOutgoing| leg.link == link && leg.end == End::Captured;
        let Some((closed, leg)) = self.pay.closed_outgoing(payment).filter(|(_, leg)| paid(leg))
        else {
            self.stray(arrived, payment, total_so_far, false, draft);
            return Ok(());
        };
        let total = total_so_far.min(leg.amount);
        let back = total.saturating_sub(leg.refunded);
        if back == 0 {
            return Ok(());
        }
        let known = self.corridor.link(link).and_then(|link| link.mirror);
        let mirror = known.expect("what was paid over a link has a mirror");
        let theirs = self.book_of(self.currency_over(link)).expect("the mirror's book is open");
        draft.post(self.book, theirs.fx, mirror, back).map_err(|_| Unbookable)?;
        let wallet = self.pay.wallet(leg.wallet).expect("a leg's wallet is never removed");
        let stranded = self.pay.is_leaving(wallet.party);
        self.unshare_returned(payment, &leg, total, draft);
        let (returned, from_suspense) = self.give_back(&leg, total, stranded, draft)?;
        let total_so_far = total;
        draft.add(if stranded {
            let owed = RefundStranded { closed, total_so_far, returned, from_suspense, payment };
            Event::from(owed)
        } else {
            let back = RefundArrived { closed, total_so_far, returned, from_suspense, payment };
            Event::from(back)
        });
        Ok(())
    }

    /// The referrer gives back its share first, so that spread and fee have what they give back.
    fn unshare_returned<E: Facts>(
        &self,
        payment: Id<Payment>,
        leg: &ClosedOutgoing,
        total: u64,
        draft: &mut Draft<E>,
    ) {
        let back = |component| share(component, total, leg.amount);
        let wallet = self.pay.wallet(leg.wallet).expect("a leg's wallet is never removed");
        let own = self.book.account(wallet.account).expect("a wallet has its account");
        let book = self.book_of(own.currency).expect("a wallet's book is open");
        let unearned = back(leg.spread) + back(leg.fee);
        self.return_referral(payment, unearned, [book.spread, book.fee], draft);
    }

    /// Gives the wallet its share of each component. What an account can't give any more (its
    /// earnings were paid out) is advanced by suspense, as a task for the operator; what was a
    /// wallet's whose holder is being forgotten goes to suspense, as another.
    fn give_back<E: Facts>(
        &self,
        leg: &ClosedOutgoing,
        total: u64,
        stranded: bool,
        draft: &mut Draft<E>,
    ) -> Result<(u64, u64), Unbookable> {
        let wallet = self.pay.wallet(leg.wallet).expect("a leg's wallet is never removed");
        let own = self.book.account(wallet.account).expect("a wallet has its account");
        let book = self.book_of(own.currency).expect("a wallet's book is open");
        let to = if stranded { book.suspense } else { wallet.account };
        let (mut returned, mut advanced) = (0, 0);
        let parts = [(book.fx, leg.principal), (book.spread, leg.spread), (book.fee, leg.fee)];
        for (account, component) in parts {
            let part =
                share(component, total, leg.amount) - share(component, leg.refunded, leg.amount);
            if part == 0 {
                continue;
            }
            if draft.post(self.book, account, to, part).is_err() {
                if !stranded {
                    draft.post(self.book, book.suspense, to, part).map_err(|_| Unbookable)?;
                }
                advanced += part;
            }
            returned += part;
        }
        Ok((returned, advanced))
    }

    /// A message about a payment we do not know still moved the nostro, so the mirror follows.
    /// Messages carry totals; what moved now is the difference to the keeper's balance. More than
    /// the total says can't have moved: then the mirror stays, differs, and the link freezes.
    fn stray<E: Facts>(
        &self,
        arrived: &Arrived<'_>,
        payment: Id<Payment>,
        total_so_far: u64,
        taken: bool,
        draft: &mut Draft<E>,
    ) {
        let link = arrived.link;
        let mirror = self.corridor.link(link).and_then(|link| link.mirror);
        let mut amount = 0;
        if let (Some(mirror), Ok(book)) = (mirror, self.book_of(self.currency_over(link)))
            && let Some(theirs) = arrived.nostro_balance_after
        {
            let grown = i128::from(theirs) - draft.balance(self.book, mirror);
            let moved = u64::try_from(if taken { -grown } else { grown }).unwrap_or(0);
            let (from, to) = if taken { (mirror, book.suspense) } else { (book.suspense, mirror) };
            if moved <= total_so_far && draft.post(self.book, from, to, moved).is_ok() {
                amount = moved;
            }
        }
        draft.add(Event::from(StrayArrived { link, payment, amount, taken }));
    }

    fn mirror_raised<E: Facts>(&self, link: u8, amount: u64, draft: &mut Draft<E>) {
        let mirror = self.corridor.link(link).and_then(|link| link.mirror);
        if let (Some(mirror), Ok(book)) = (mirror, self.book_of(self.currency_over(link))) {
            // Should this fail, nostro and mirror differ, and the link freezes.
            let _ = draft.post(self.book, book.fx, mirror, amount);
        }
        draft.add(Event::from(MirrorRaised { link, amount }));
        self.top_up_arrived(link, amount, draft);
    }
}
