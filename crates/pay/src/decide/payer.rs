//! The payer's side: a quote, the yes, the wish to cancel.

use corridor::Message;
use kernel::{Context, CrossRate, Currency, Span, Timestamp, basis_points};
use ledger::Draft;

use super::limits::Asked;
use super::{Facts, World, amount, fresh};
use crate::command::{CancelPayment, ConfirmPayment, MakeQuote};
use crate::event::{CancelAsked, PaymentConfirmed, QuoteMade};
use crate::reply::{Price, QuoteView};
use crate::state::{End, NONE, OutgoingState, Paid, Quote, Try, Wallet};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    pub(super) fn make_quote<E: Facts>(
        &self,
        context: &Context,
        c: &MakeQuote,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        fresh(context, c.id)?;
        amount(c.amount)?;
        if self.pay.quote(c.id).is_some() {
            return Err(Refusal::QuoteExists);
        }
        self.may_be_tried(c.payment, c.deadline.is_some())?;
        if c.deadline.is_none() {
            fresh(context, c.payment)?;
        }
        let (entry, wallet) = self.wallet(context.actor, c.wallet)?;
        self.stays(wallet.party)?;
        let link = self.corridor.link_to(c.store.cell).ok_or(Refusal::LinkNotFound)?;
        if self.currency_over(link) != c.currency {
            return Err(Refusal::LinkNotFound);
        }
        let locked =
            context.now.plus(Span::seconds(u64::from(self.pay.rules(context.now).quote_s)));
        let expires = c.deadline.map_or(locked, |deadline| deadline.min(locked));
        if expires <= context.now {
            return Err(Refusal::PaymentExpired);
        }
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?.currency;
        let priced = self.priced(context.now, c.amount, c.currency, own)?;
        let fact = QuoteMade {
            quote: c.id,
            payment: c.payment,
            wallet: entry,
            link,
            store: c.store,
            amount: c.amount,
            principal: priced.view.price.principal,
            spread: priced.view.price.spread,
            fee: priced.view.price.fee,
            lot: priced.lot,
            expires,
            deadline: c.deadline,
            capture: c.capture,
            // What a till asked for is named by its payment.
            place: c.place.filter(|number| *number > 0 && c.deadline.is_none()),
        };
        draft.add(Event::from(fact));
        let view =
            QuoteView { quote: c.id, payment: c.payment, store: c.store, expires, ..priced.view };
        Ok(Reply::Quote(Box::new(view)))
    }

    /// Converts an amount and adds spread and fee, each rounded once (CORE, rounding).
    fn priced(
        &self,
        now: Timestamp,
        sold: u64,
        currency: Currency,
        own: Currency,
    ) -> Result<Priced, Refusal> {
        let (lot, rates) = self.pay.rates().ok_or(Refusal::RateNotPublished)?;
        self.not_too_old(now, rates)?;
        let rate_store = rates.of(currency).ok_or(Refusal::RateNotPublished)?;
        let rate_wallet = rates.of(own).ok_or(Refusal::RateNotPublished)?;
        let cross = CrossRate { from: rate_store, to: rate_wallet };
        let principal = cross.convert(sold, currency, own).ok_or(Refusal::AmountTooLarge)?;
        amount(principal)?;
        let fees = self.pay.market.fees.at(now).cloned().unwrap_or_default();
        let part = |bps| basis_points(principal, bps).ok_or(Refusal::AmountTooLarge);
        let price = Price {
            currency: own,
            principal,
            spread: part(fees.spread_bps)?,
            fee: part(fees.payer_bps)?,
            returned: 0,
        };
        let view = QuoteView {
            quote: kernel::Id::new(0),
            payment: kernel::Id::new(0),
            store: kernel::Ref::new(0, 0, 0),
            amount: sold,
            currency,
            price,
            expires: now,
            rate_store,
            rate_wallet,
            source: rates.source.clone(),
            date: rates.date,
            spread_bps: fees.spread_bps,
            fee_bps: fees.payer_bps,
        };
        Ok(Priced { lot, view })
    }

    /// The number of the rate lot, and what an amount costs a wallet at it.
    pub(super) fn price_of(
        &self,
        now: Timestamp,
        sold: u64,
        currency: Currency,
        own: Currency,
    ) -> Result<(u32, Price), Refusal> {
        let priced = self.priced(now, sold, currency, own)?;
        Ok((priced.lot, priced.view.price))
    }

    pub(super) fn confirm_payment<E: Facts>(
        &self,
        context: &Context,
        c: &ConfirmPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, quote) = self.pay.quote(c.quote).ok_or(Refusal::QuoteNotFound)?;
        let wallet = self.pay.wallet(quote.wallet).ok_or(Refusal::QuoteNotFound)?;
        if !self.may(context.actor, wallet.party) {
            return Err(Refusal::QuoteNotFound);
        }
        self.stays(wallet.party)?;
        if quote.expires <= context.now {
            return Err(Refusal::QuoteExpired);
        }
        self.may_be_tried(quote.payment, quote.deadline.is_some())?;
        let link = self.corridor.link(quote.link).ok_or(Refusal::LinkNotFound)?;
        if !link.open_for_new(context.now) || self.is_suspended(quote.link) {
            return Err(Refusal::CorridorUnavailable);
        }
        if !c.again {
            self.not_again(context.now, wallet, quote.store.tag, quote.amount)?;
        }
        let paid = Paid { amount: quote.total(), across: true, printed: quote.is_printed() };
        self.within_limits(context.now, wallet, paid)?;
        let asked = Asked {
            payment: quote.payment,
            wallet: quote.wallet,
            store: quote.store,
            amount: quote.amount,
        };
        if let Some(waits) = self.not_too_fast(context, &asked, draft)? {
            return Ok(waits);
        }
        let view = self.authorize_quote(context, entry, quote, draft)?;
        Ok(Reply::Payment(Box::new(view)))
    }

    /// Holds what a quote says and asks the seller's cell. All that could speak against it but the
    /// money was judged.
    pub(super) fn authorize_quote<E: Facts>(
        &self,
        context: &Context,
        entry: u32,
        quote: &Quote,
        draft: &mut Draft<E>,
    ) -> Result<crate::PaymentView, Refusal> {
        let wallet = self.pay.wallet(quote.wallet).ok_or(Refusal::QuoteNotFound)?;
        let mirror = self.corridor.link(quote.link).and_then(|link| link.mirror);
        let holds = self.hold_for(quote, wallet, mirror, draft)?;
        let valid_until = quote.deadline.unwrap_or_else(|| context.now.plus(Span::seconds(60)));
        let message = self.send(
            draft,
            quote.link,
            Message::Authorize {
                payment: quote.payment,
                store: quote.store,
                amount: quote.amount,
                valid_until,
                capture: quote.capture,
                requested: quote.deadline.is_some(),
                payer: self.opaque_payer(quote),
                place: (quote.place > 0).then_some(quote.place),
            },
        );
        let fact = self.confirmed(entry, quote, holds, message, valid_until);
        draft.add(Event::from(fact));
        Ok(self.confirmed_view(quote, valid_until))
    }

    fn confirmed(
        &self,
        entry: u32,
        quote: &Quote,
        holds: [u32; 4],
        message: u64,
        valid_until: Timestamp,
    ) -> PaymentConfirmed {
        PaymentConfirmed {
            payment: quote.payment,
            quote: entry,
            wallet: quote.wallet,
            holds,
            message,
            link: quote.link,
            store: quote.store,
            amount: quote.amount,
            principal: quote.principal,
            spread: quote.spread,
            fee: quote.fee,
            lot: quote.lot,
            valid_until,
        }
    }

    /// The four holds of a payment. Capacity first: a full corridor is told before a poor wallet.
    fn hold_for<E: Facts>(
        &self,
        quote: &Quote,
        wallet: &Wallet,
        mirror: Option<u32>,
        draft: &mut Draft<E>,
    ) -> Result<[u32; 4], Refusal> {
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?;
        let book = self.book_of(own.currency)?;
        let theirs = self.book_of(self.currency_over(quote.link))?;
        let mirror = mirror.ok_or(Refusal::LinkNotFound)?;
        let crossing = draft
            .hold(self.book, mirror, theirs.fx, quote.amount)
            .map_err(|_| Refusal::CorridorCapacityExhausted)?;
        let available = u64::try_from(own.available()).unwrap_or(0);
        let mut take = |credit, part| match part {
            0 => Ok(NONE),
            part => draft
                .hold(self.book, wallet.account, credit, part)
                .map_err(|refusal| poor(refusal, available)),
        };
        Ok([
            take(book.fx, quote.principal)?,
            take(book.spread, quote.spread)?,
            take(book.fee, quote.fee)?,
            crossing,
        ])
    }

    /// What the other cell knows of the payer: 64 bits of the payment's id, so that two
    /// payments of one person can't be put together there.
    fn opaque_payer(&self, quote: &Quote) -> u64 {
        quote.payment.tag() ^ u64::from(self.cell)
    }

    fn confirmed_view(&self, quote: &Quote, valid_until: Timestamp) -> crate::PaymentView {
        self.outgoing_view(&crate::state::Outgoing {
            id: quote.payment,
            store: quote.store,
            wallet: quote.wallet,
            link: quote.link,
            state: OutgoingState::Confirmed,
            capture: quote.capture,
            cancel_asked: false,
            printed: quote.is_printed(),
            amount: quote.amount,
            principal: quote.principal,
            spread: quote.spread,
            fee: quote.fee,
            taken: 0,
            holds: [NONE; 4],
            message: 0,
            confirmed: valid_until,
            valid_until,
        })
    }

    /// Whether a wallet of this cell may pay it. What a seller has requested may be tried again,
    /// from any wallet, once an attempt was declined: each attempt is a leg of its own, one after
    /// the other, and nothing was taken by those before. The answer to each comes before the next
    /// can be asked for, so a message is always about the newest.
    pub(super) fn may_be_tried(
        &self,
        payment: kernel::Id<kernel::id::Payment>,
        requested: bool,
    ) -> Result<(), Refusal> {
        if !requested || self.has_seller_leg(payment) {
            return if self.knows(payment) { Err(Refusal::PaymentExists) } else { Ok(()) };
        }
        if self.pay.outgoing(payment).is_some() {
            return Err(Refusal::PaymentUnderWay);
        }
        match self.pay.closed_outgoing(payment) {
            Some((_, leg)) if leg.end != End::Declined => {
                let state = self.closed_outgoing_view(&leg).status.word();
                Err(Refusal::PaymentNotOpen { state })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn has_payer_leg(&self, payment: kernel::Id<kernel::id::Payment>) -> bool {
        self.pay.outgoing(payment).is_some() || self.pay.closed_outgoing(payment).is_some()
    }

    /// The same store and amount as one of the wallet's last two payments asks for a second yes.
    pub(super) fn not_again(
        &self,
        now: Timestamp,
        wallet: &Wallet,
        store: u64,
        amount: u64,
    ) -> Result<(), Refusal> {
        let since = now.seconds().saturating_sub(u64::from(self.pay.rules(now).repeat_s));
        let this = Try::new(store, amount, 0);
        let again = wallet.tries[..2]
            .iter()
            .any(|one| one.is_same(this) && u64::from(one.at) >= since && one.at != 0);
        if again { Err(Refusal::ConfirmAgain) } else { Ok(()) }
    }

    /// The till takes its request back at once; a payer's wish goes to the seller's cell, which
    /// alone decides.
    pub(super) fn cancel_payment<E: Facts>(
        &self,
        context: &Context,
        c: &CancelPayment,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let Some((entry, leg)) = self.pay.outgoing(c.payment) else {
            return match self.held_from(context.actor, c.payment) {
                Some((entry, leg)) => self.cancel_held(entry, leg, draft),
                None => self.cancel_sale(context, c, draft),
            };
        };
        let view = self.payment(context.actor, c.payment)?;
        if !leg.cancel_asked {
            self.send(draft, leg.link, Message::CancelAsked { payment: c.payment });
            draft.add(Event::from(CancelAsked { leg: entry, payment: c.payment }));
        }
        Ok(Reply::Payment(Box::new(crate::PaymentView { cancel_asked: true, ..view })))
    }
}

/// Why a wallet could not give an amount.
pub(super) fn poor(refusal: ledger::Refusal, available: u64) -> Refusal {
    match refusal {
        ledger::Refusal::ExceedsCredits => Refusal::InsufficientFunds { available },
        _ => Refusal::AmountTooLarge,
    }
}

struct Priced {
    lot: u32,
    view: QuoteView,
}
