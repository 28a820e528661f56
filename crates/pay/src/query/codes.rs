//! What is asked of a payer, and what became of a till's code.

use corridor::ChargeAnswer;
use kernel::id::{Payment, Wallet};
use kernel::{Actor, Id, Ref, Timestamp};

use crate::codes::CodeTerms;
use crate::event::Change;
use crate::reply::{AskView, PartyView, QuoteView};
use crate::state::{Ask, NO_LINK, Quote};
use crate::{Refusal, World};

/// Terms of codes, and who set them.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeTermsRow {
    /// From when they hold.
    pub from: Timestamp,
    /// The terms.
    pub terms: CodeTerms,
    /// Who proposed them; none where that is not among the changes decided last, and for those that
    /// the cell began with.
    pub by: Option<PartyView>,
    /// Who approved them.
    pub approved_by: Option<PartyView>,
}

impl World<'_> {
    /// The terms of codes by date, the oldest first.
    pub fn code_terms_rows(&self) -> Vec<CodeTermsRow> {
        let row = |(from, terms): (Timestamp, &CodeTerms)| {
            let set = self.pay.market.proposals.last.iter().rev().find(|one| {
                let approved = one.decided.as_ref().is_some_and(|it| it.rejected.is_none());
                approved && matches!(&one.change, Change::Codes(it) if it.terms == *terms)
            });
            let decided = set.and_then(|set| set.decided.as_ref());
            CodeTermsRow {
                from,
                terms: terms.clone(),
                by: set.and_then(|set| self.party(set.by.person)),
                approved_by: decided.and_then(|it| self.party(it.by.person)),
            }
        };
        self.pay.market.codes.terms.all().map(row).collect()
    }

    /// What the holder of a wallet is asked now, the newest payment last.
    ///
    /// # Errors
    /// That there is no such wallet.
    pub fn asks_of(
        &self,
        actor: Actor,
        wallet: Ref<Wallet>,
        now: Timestamp,
    ) -> Result<Vec<AskView>, Refusal> {
        let (entry, _) = self.wallet(actor, wallet)?;
        let asks = self.pay.market.codes.asks.iter();
        let open = asks.filter(|(_, ask)| ask.wallet == entry && ask.expires > now);
        Ok(open.map(|(payment, ask)| self.ask_view(Id::new(*payment), ask, now)).collect())
    }

    fn ask_view(&self, payment: Id<Payment>, ask: &Ask, now: Timestamp) -> AskView {
        let Ask { store, amount, expires, again, .. } = *ask;
        let quote = (ask.link != NO_LINK).then(|| self.pay.quotes.get(ask.entry)).flatten();
        let currency = match ask.link {
            NO_LINK => self.pay.store(store).map(|store| self.pay.merchant_of(store).currency),
            link => Some(self.currency_over(link)),
        };
        let currency = currency.unwrap_or(kernel::Currency::EUR);
        let quote = quote.and_then(|quote| self.quote_view(quote, now));
        AskView { payment, store, amount, currency, expires, again, quote }
    }

    /// A quote as it was made: its price, and the rates that it came from.
    fn quote_view(&self, quote: &Quote, now: Timestamp) -> Option<QuoteView> {
        let lot = self.pay.market.lots.get(quote.lot as usize)?;
        let own = self.book.account(self.pay.wallet(quote.wallet)?.account)?.currency;
        let currency = self.currency_over(quote.link);
        let fees = self.pay.market.fees.at(now).cloned().unwrap_or_default();
        Some(QuoteView {
            quote: quote.id,
            payment: quote.payment,
            store: quote.store,
            amount: quote.amount,
            currency,
            price: self.price(quote.wallet, [quote.principal, quote.spread, quote.fee], 0),
            expires: quote.expires,
            rate_store: lot.of(currency)?,
            rate_wallet: lot.of(own)?,
            source: lot.source.clone(),
            date: lot.date,
            spread_bps: fees.spread_bps,
            fee_bps: fees.payer_bps,
        })
    }

    /// What became of the newest code of an open payment, for its seller: none where none was
    /// shown, and inside, none while there is no answer.
    pub fn charge_of(&self, actor: Actor, payment: Id<Payment>) -> Option<Option<ChargeAnswer>> {
        let (_, leg) = self.pay.incoming(payment)?;
        let store = self.pay.store_numbered(leg.store)?;
        let theirs = self.may(actor, self.pay.merchant_of(store).party);
        let charge = self.pay.charge(payment).filter(|_| theirs)?;
        Some(charge.answer)
    }
}
