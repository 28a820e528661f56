//! A till of another cell was shown a code of ours: the payment is confirmed at once, its payer
//! is asked, or it is answered why not, as far as the till may know.

use corridor::{CaptureMode, ChargeAnswer, Message};
use kernel::id::{Payment, Store};
use kernel::{Context, Id, Ref, Timestamp};
use ledger::Draft;

use super::charge::answer_of;
use super::{Facts, Unbookable, World, amount};
use crate::codes::OneTimeCode;
use crate::event::{ChargeAsked, ChargeRefused, QuoteExpired, QuoteMade};
use crate::state::{Paid, Quote};
use crate::{Event, Refusal};

/// A `Charge`, taken apart.
pub(super) struct Charged {
    pub link: u8,
    /// The message's number.
    pub number: u64,
    pub payment: Id<Payment>,
    pub store: Ref<Store>,
    pub amount: u64,
    pub valid_until: Timestamp,
    pub capture: CaptureMode,
    pub code: u64,
}

/// What a code pays, and whether its payer is asked first.
struct Due {
    quote: Quote,
    asked: Option<Asked>,
}

struct Asked {
    again: bool,
}

impl World<'_> {
    pub(super) fn charged<E: Facts>(
        &self,
        context: &Context,
        c: &Charged,
        draft: &mut Draft<E>,
    ) -> Result<(), Unbookable> {
        let (link, payment) = (c.link, c.payment);
        let tell = |answer, draft: &mut Draft<E>| {
            let told = Message::ChargeAnswered { payment, charge: c.number, answer };
            self.send(draft, link, told);
        };
        let code = OneTimeCode::of_number(c.code);
        let Some(phone) = code.and_then(|code| self.judge_code(context, code, draft)) else {
            tell(ChargeAnswer::CodeNotValid, draft);
            return Ok(());
        };
        let due = match self.due_for(context, c, phone.wallet) {
            Ok(due) => due,
            Err(refusal) => {
                draft.add(Event::from(ChargeRefused {
                    payment,
                    wallet: phone.wallet,
                    link,
                    store: c.store,
                    amount: c.amount,
                    why: kernel::Refuse::code(&refusal).to_owned(),
                }));
                tell(answer_of(&refusal), draft);
                return Ok(());
            }
        };
        let entry = self.quoted(c, &due.quote, draft);
        match due.asked {
            Some(Asked { again }) => {
                draft.add(Event::from(ChargeAsked {
                    payment,
                    wallet: phone.wallet,
                    link,
                    charge: c.number,
                    store: c.store,
                    amount: c.amount,
                    entry,
                    expires: due.quote.expires,
                    again,
                }));
                tell(ChargeAnswer::Asked, draft);
            }
            // Whether there is enough was judged; only a sum that does not fit is left.
            None => {
                self.authorize_quote(context, entry, &due.quote, draft).map_err(|_| Unbookable)?;
            }
        }
        Ok(())
    }

    /// Writes the price down as a quote, which a yes ends, and gives its entry. An ask about the
    /// same payment ends: its till shows another code.
    fn quoted<E: Facts>(&self, c: &Charged, quote: &Quote, draft: &mut Draft<E>) -> u32 {
        let known = self.pay.ask(c.payment);
        if let Some(ask) = known {
            draft.add(Event::from(QuoteExpired { entry: ask.entry }));
        }
        draft.add(Event::from(QuoteMade {
            quote: quote.id,
            payment: quote.payment,
            wallet: quote.wallet,
            link: quote.link,
            store: quote.store,
            amount: quote.amount,
            principal: quote.principal,
            spread: quote.spread,
            fee: quote.fee,
            lot: quote.lot,
            expires: quote.expires,
            deadline: quote.deadline,
            capture: quote.capture,
            place: None,
        }));
        // The entry that was freed last is given first.
        known.map_or_else(|| self.pay.quotes.next_number(0), |ask| ask.entry)
    }

    /// Prices a charge and judges all that could speak against it.
    fn due_for(&self, context: &Context, c: &Charged, entry: u32) -> Result<Due, Refusal> {
        amount(c.amount)?;
        let now = context.now;
        let wallet = self.pay.wallet(entry).ok_or(Refusal::WalletNotFound)?;
        self.stays(wallet.party)?;
        self.may_be_charged(c)?;
        let link = self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        let mirror = link.mirror.and_then(|number| self.book.account(number));
        let mirror = mirror.ok_or(Refusal::LinkNotFound)?;
        let own = self.book.account(wallet.account).ok_or(Refusal::WalletNotFound)?;
        if c.valid_until <= now {
            return Err(Refusal::PaymentExpired);
        }
        let quote = self.quote_of(now, c, entry, own.currency)?;
        if !link.open_for_new(now) || self.is_suspended(c.link) {
            return Err(Refusal::CorridorUnavailable);
        }
        let paid = Paid { amount: quote.total(), across: true, printed: false };
        self.within_limits(now, wallet, paid)?;
        // What is to be looked at is asked about: the payer's yes sends it to the staff.
        let review = self.pace(now, wallet, c.store.tag, c.amount)?.is_some();
        if mirror.available() < i128::from(c.amount) {
            return Err(Refusal::CorridorCapacityExhausted);
        }
        let available = u64::try_from(own.available()).unwrap_or(0);
        if available < quote.total() {
            return Err(Refusal::InsufficientFunds { available });
        }
        let again = self.not_again(now, wallet, c.store.tag, c.amount).is_err();
        let terms = self.pay.code_terms(now);
        let small = terms.is_some_and(|terms| terms.pays_unasked(own.currency, quote.total()));
        Ok(Due { asked: (again || review || !small).then_some(Asked { again }), quote })
    }

    /// A payment of another cell, which no wallet here is paying or has paid.
    fn may_be_charged(&self, c: &Charged) -> Result<(), Refusal> {
        self.may_be_tried(c.payment, true)?;
        let theirs = self.corridor.link(c.link).is_some_and(|link| link.peer == c.store.cell);
        if !theirs {
            return Err(Refusal::StoreNotFound);
        }
        let foreign = |ask: &crate::state::Ask| ask.link != c.link;
        if self.pay.ask(c.payment).is_some_and(foreign) {
            return Err(Refusal::PaymentUnderWay);
        }
        let room = self.pay.quotes.len() < self.max_entries
            && self.pay.outgoing.len() + self.pay.closed_out.len() < self.max_entries
            && self.room_for_holds();
        if room { Ok(()) } else { Err(Refusal::CellFull) }
    }

    fn quote_of(
        &self,
        now: Timestamp,
        c: &Charged,
        wallet: u32,
        own: kernel::Currency,
    ) -> Result<Quote, Refusal> {
        let (lot, price) = self.price_of(now, c.amount, self.currency_over(c.link), own)?;
        // Named by payment and code: another phone's ask about the same payment is another quote.
        let name = c.payment.0 ^ u128::from(c.number) << 64;
        let id = Id::new(name);
        if self.pay.quote(id).is_some() {
            return Err(Refusal::QuoteExists);
        }
        Ok(Quote {
            id,
            payment: c.payment,
            wallet,
            link: c.link,
            store: c.store,
            amount: c.amount,
            principal: price.principal,
            spread: price.spread,
            fee: price.fee,
            lot,
            expires: self.asked_until(now, c.valid_until),
            deadline: Some(c.valid_until),
            capture: c.capture,
            place: 0,
        })
    }
}
