//! A till is shown a code: in this cell the payment is decided at once, over a link the payer's
//! cell is asked.

use corridor::{CaptureMode, ChargeAnswer, Message};
use kernel::{Context, Span, Timestamp};
use ledger::Draft;

use super::here::Due;
use super::{Facts, World};
use crate::codes::{OneTimeCode, PayCode, Routed};
use crate::command::{ChargePayment, RefuseCharge, RequestPayment};
use crate::event::{ChargeAnswered, ChargeAsked, ChargeMade, ChargeRefused, QuoteExpired};
use crate::reply::{ChargeView, PaymentView};
use crate::state::{Ask, Incoming, IncomingState, NO_LINK, NONE, Paid, Shape, Store};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    pub(super) fn charge_payment<E: Facts>(
        &self,
        context: &Context,
        c: &ChargePayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (cell, PayCode { code, .. }) = match self.route_code(context.now, &c.code)? {
            Routed::Cell(cell, code) => (cell, code),
            Routed::Connector { connector, wallet, .. } => {
                return self.charge_outside(context, c, (&connector, wallet), draft);
            }
        };
        let (entry, leg) = self.charged_leg(context, c, draft)?;
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        self.not_too_many_misses(context.now, store.merchant)?;
        let known = self.pay.charge(leg.id);
        if known.is_some_and(|charge| charge.answer.is_none()) {
            return Err(Refusal::PaymentUnderWay);
        }
        if cell == self.cell {
            return self.charge_here(context, (entry, &leg), store, code, draft);
        }
        let link = self.corridor.link_to(cell).ok_or(Refusal::LinkNotFound)?;
        self.may_charge_over(context.now, link)?;
        let charge = self.send(
            draft,
            link,
            Message::Charge {
                payment: leg.id,
                store: store.reference,
                amount: leg.amount,
                valid_until: leg.deadline,
                capture: leg.capture,
                code: code.number(),
            },
        );
        draft.add(Event::from(ChargeMade { payment: leg.id, link, charge }));
        let payment = self.incoming_view(&leg);
        Ok(Reply::Charge(Box::new(ChargeView { payment, answer: None })))
    }

    /// The leg that a code is shown for: it was requested before, or is with it.
    fn charged_leg<E: Facts>(
        &self,
        context: &Context,
        c: &ChargePayment,
        draft: &mut Draft<E>,
    ) -> Result<(u32, Incoming), Refusal> {
        let Some(request) = &c.request else { return self.chargeable(context, c) };
        self.request_payment(context, request, draft)?;
        Ok((self.pay.incoming.next_number(0), requested(context, c, request)))
    }

    /// The code is one of another company's wallet: that it is asked is a fact from here on, and
    /// who sends commands asks it. The code itself is in no fact.
    fn charge_outside<E: Facts>(
        &self,
        context: &Context,
        c: &ChargePayment,
        (word, wallet): (&str, String),
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, leg) = self.charged_leg(context, c, draft)?;
        let store = self.pay.store_numbered(leg.store).ok_or(Refusal::PaymentNotFound)?;
        let currency = self.pay.merchant_of(store).currency;
        let meant = self.pay.connectors().meant(word, currency);
        let meant = meant.ok_or(Refusal::WalletNotConnected { wallet })?;
        let connector = self.taking(meant, currency)?;
        if self.pay.charge(leg.id).is_some_and(|charge| charge.answer.is_none()) {
            return Err(Refusal::PaymentUnderWay);
        }
        if leg.capture == CaptureMode::Later {
            return Err(Refusal::ConnectorCapturesAtOnce);
        }
        let (ask, _) = self.ask_outside(context.now, (entry, &leg), meant, Shape::Taken)?;
        draft.add(Event::from(ask));
        let payment = PaymentView { connector: Some(connector), ..self.incoming_view(&leg) };
        Ok(Reply::Charge(Box::new(ChargeView { payment, answer: None })))
    }

    /// A payment that the till has requested, and that nobody has paid.
    fn chargeable(&self, context: &Context, c: &ChargePayment) -> Result<(u32, Incoming), Refusal> {
        let (entry, leg, store) = self.own_sale(context, c.payment)?;
        match leg.state {
            IncomingState::Requested => {}
            IncomingState::Held => return Err(Refusal::PaymentNotOpen { state: "authorized" }),
            IncomingState::Asked => return Err(Refusal::PaymentUnderWay),
        }
        if leg.deadline <= context.now {
            return Err(Refusal::PaymentExpired);
        }
        self.takes_payments(store)?;
        Ok((entry, *leg))
    }

    /// A frozen link takes no new business, and one that does not answer no more than its window.
    fn may_charge_over(&self, now: Timestamp, link: u8) -> Result<(), Refusal> {
        let known = self.corridor.link(link).ok_or(Refusal::LinkNotFound)?;
        known.nostro.ok_or(Refusal::LinkNotFound)?;
        let (mut count, mut oldest) = (0, now);
        for charge in self.pay.market.codes.unanswered(link) {
            (count, oldest) = (count + 1, oldest.min(charge.since));
        }
        let waits_too_long = oldest.plus(Span(known.max_age_us)) < now;
        match known.frozen.is_some() || count >= known.max_unanswered || waits_too_long {
            true => Err(Refusal::CorridorUnavailable),
            false => Ok(()),
        }
    }

    /// Both legs are in this cell: all of it is one decision. What is wrong with the code or the
    /// wallet is a fact, as it is over a link.
    fn charge_here<E: Facts>(
        &self,
        context: &Context,
        (entry, leg): (u32, &Incoming),
        store: &Store,
        code: OneTimeCode,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let payment = leg.id;
        draft.add(Event::from(ChargeMade { payment, link: NO_LINK, charge: 0 }));
        let told = |answer, draft: &mut Draft<E>| {
            draft.add(Event::from(ChargeAnswered { payment, answer }));
            let payment = self.incoming_view(leg);
            Ok(Reply::Charge(Box::new(ChargeView { payment, answer: Some(answer) })))
        };
        let Some(phone) = self.judge_code(context, code, draft) else {
            return told(ChargeAnswer::CodeNotValid, draft);
        };
        match self.may_be_taken_here(context, phone.wallet, leg, store) {
            Err(refusal) => {
                self.refuse_charge_of(phone.wallet, leg, store, &refusal, draft);
                told(answer_of(&refusal), draft)
            }
            Ok(Unasked::No { again }) => {
                draft.add(Event::from(ChargeAsked {
                    payment,
                    wallet: phone.wallet,
                    link: NO_LINK,
                    charge: 0,
                    store: store.reference,
                    amount: leg.amount,
                    entry,
                    expires: self.asked_until(context.now, leg.deadline),
                    again,
                }));
                told(ChargeAnswer::Asked, draft)
            }
            Ok(Unasked::Yes) => {
                let wallet = self.pay.wallet(phone.wallet).ok_or(Refusal::WalletNotFound)?;
                let due = Due { payment, amount: leg.amount, place: None, leg: Some((entry, leg)) };
                let paid = self.settle_here(context, (phone.wallet, wallet), &due, store, draft)?;
                Ok(Reply::Charge(Box::new(ChargeView { payment: paid, answer: None })))
            }
        }
    }

    /// What speaks against paying a leg from a wallet of this cell, and whether to ask first.
    fn may_be_taken_here(
        &self,
        context: &Context,
        wallet: u32,
        leg: &Incoming,
        store: &Store,
    ) -> Result<Unasked, Refusal> {
        let wallet = self.pay.wallet(wallet).ok_or(Refusal::WalletNotFound)?;
        self.stays(wallet.party)?;
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?;
        if own.currency != self.pay.merchant_of(store).currency {
            return Err(Refusal::CurrencyDiffers);
        }
        let paid = Paid { amount: leg.amount, across: false, printed: false };
        self.within_limits(context.now, wallet, paid)?;
        // What is to be looked at is asked about: the payer's yes sends it to the staff.
        let tag = store.reference.tag;
        let review = self.pace(context.now, wallet, tag, leg.amount)?.is_some();
        let available = u64::try_from(own.available()).unwrap_or(0);
        if available < leg.amount {
            return Err(Refusal::InsufficientFunds { available });
        }
        let again = self.not_again(context.now, wallet, store.reference.tag, leg.amount).is_err();
        let terms = self.pay.code_terms(context.now);
        let small = terms.is_some_and(|terms| terms.pays_unasked(own.currency, leg.amount));
        Ok(if small && !again && !review { Unasked::Yes } else { Unasked::No { again } })
    }

    fn refuse_charge_of<E: Facts>(
        &self,
        wallet: u32,
        leg: &Incoming,
        store: &Store,
        refusal: &Refusal,
        draft: &mut Draft<E>,
    ) {
        draft.add(Event::from(ChargeRefused {
            payment: leg.id,
            wallet,
            link: NO_LINK,
            store: store.reference,
            amount: leg.amount,
            why: kernel::Refuse::code(refusal).to_owned(),
        }));
    }

    /// Until when a payer is asked: as long as the terms say, and not past the payment's deadline.
    pub(super) fn asked_until(&self, now: Timestamp, deadline: Timestamp) -> Timestamp {
        let ask_s = self.pay.code_terms(now).map_or(0, |terms| terms.ask_s);
        now.plus(Span::seconds(ask_s.into())).min(deadline)
    }

    /// A payer says no.
    pub(super) fn refuse_charge<E: Facts>(
        &self,
        context: &Context,
        c: &RefuseCharge,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let ask = self.pay.ask(c.payment).ok_or(Refusal::ChargeNotAsked)?;
        let wallet = self.pay.wallet(ask.wallet).ok_or(Refusal::ChargeNotAsked)?;
        if !self.may(context.actor, wallet.party) {
            return Err(Refusal::ChargeNotAsked);
        }
        if ask.link != NO_LINK {
            draft.add(Event::from(QuoteExpired { entry: ask.entry }));
        }
        self.not_confirmed(c.payment, ask, "charge_refused", draft);
        Ok(Reply::Done)
    }

    /// A payer said no, or nothing in time: the till is told that there was no yes.
    pub(super) fn not_confirmed<E: Facts>(
        &self,
        payment: kernel::Id<kernel::id::Payment>,
        ask: &Ask,
        why: &str,
        draft: &mut Draft<E>,
    ) {
        let Ask { wallet, link, charge, store, amount, .. } = *ask;
        let why = why.to_owned();
        draft.add(Event::from(ChargeRefused { payment, wallet, link, store, amount, why }));
        let answer = ChargeAnswer::NotConfirmed;
        if link == NO_LINK {
            draft.add(Event::from(ChargeAnswered { payment, answer }));
        } else {
            self.send(draft, link, Message::ChargeAnswered { payment, charge, answer });
        }
    }

    /// An answer to a code that a till of this cell sent; one to a code that another took the place
    /// of, or to a payment that has ended, changes nothing.
    pub(super) fn charge_answered<E: Facts>(
        &self,
        link: u8,
        payment: kernel::Id<kernel::id::Payment>,
        (charge, answer): (u64, ChargeAnswer),
        draft: &mut Draft<E>,
    ) {
        let known = self.pay.charge(payment);
        if known.is_some_and(|known| (known.link, known.charge) == (link, charge)) {
            draft.add(Event::from(ChargeAnswered { payment, answer }));
        }
    }
}

/// Whether a code pays without a further word.
pub(super) enum Unasked {
    /// It does.
    Yes,
    /// The payer is asked.
    No {
        /// Because the same was paid a moment ago.
        again: bool,
    },
}

/// What a till is told of a refusal that is the payer's to know.
pub(super) fn answer_of(refusal: &Refusal) -> ChargeAnswer {
    match kernel::Refuse::is_transient(refusal) {
        true => ChargeAnswer::TryLater,
        false => ChargeAnswer::Declined,
    }
}

/// A leg as its request makes it.
fn requested(context: &Context, c: &ChargePayment, request: &RequestPayment) -> Incoming {
    Incoming {
        id: c.payment,
        store: request.store.number,
        state: IncomingState::Requested,
        capture: request.capture,
        purpose: request.purpose,
        link: NO_LINK,
        payer: 0,
        amount: request.amount,
        captured: 0,
        fee: 0,
        hold: NONE,
        deadline: context.now.plus(request.valid_for),
        since: context.now,
    }
}
