//! Codes that customers show: phones that make them, charges that wait, payers who are asked.

use std::collections::BTreeMap;

use corridor::{ChargeAnswer, DeclineReason};
use kernel::id::{Payment, Store};
use kernel::{Id, Ref, Timestamp};

use super::{Due, NO_LINK, State};
use crate::codes::{CodeTerms, WINDOW};
use crate::event::{
    ChargeAnswered, ChargeAsked, ChargeMade, CodeJudged, CodeOutcome, PhoneEnded, PhoneEnrolled,
    SaleDeclined,
};
use crate::terms::Dated;

/// Steps whose codes may still come: those are remembered.
const REMEMBERED: u64 = 2 * WINDOW + 1;

/// A phone that makes codes for a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The number that its codes carry.
    pub handle: u32,
    /// The wallet's entry.
    pub wallet: u32,
    /// Which enrolment of the cell it is.
    pub generation: u32,
    /// When it was enrolled.
    pub since: Timestamp,
    /// The newest step of which a code was used.
    pub newest: u64,
    /// Which codes of that step and of those before it were used: two bits a step, the newest step's
    /// lowest.
    pub used: u16,
    /// Wrong codes since the last good one.
    pub wrong: u8,
    /// Until when its codes rest after wrong ones.
    pub rests_until: Timestamp,
    /// When it showed a code of another time last, if that was its last one.
    pub other_time: Timestamp,
}

impl Phone {
    /// Whether a code was used before, or is older than what is remembered.
    pub fn has_used(&self, step: u64, counter: u8) -> bool {
        let Some(age) = self.newest.checked_sub(step) else { return false };
        age >= REMEMBERED || self.used & Self::bit(age, counter) != 0
    }

    fn r#use(&mut self, step: u64, counter: u8) {
        if step > self.newest {
            let ahead = step - self.newest;
            self.used = if ahead < 8 { self.used << (2 * ahead) } else { 0 };
            self.used &= (1 << (2 * REMEMBERED)) - 1;
            self.newest = step;
        }
        self.used |= Self::bit(self.newest - step, counter);
    }

    const fn bit(age: u64, counter: u8) -> u16 {
        1 << (2 * age + (counter & 1) as u64)
    }
}

/// A code that a till was shown for an open payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Charge {
    /// Over which link it is judged; [`NO_LINK`] for this cell.
    #[n(0)]
    pub link: u8,
    /// The number of the message that asks it.
    #[n(1)]
    pub charge: u64,
    /// When.
    #[n(2)]
    pub since: Timestamp,
    /// What became of it; none while there is no answer.
    #[n(3)]
    pub answer: Option<ChargeAnswer>,
}

/// A payer who is asked on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Ask {
    /// The wallet's entry.
    #[n(0)]
    pub wallet: u32,
    /// Over which link; [`NO_LINK`] inside the cell.
    #[n(1)]
    pub link: u8,
    /// The number of the message that asked.
    #[n(2)]
    pub charge: u64,
    /// Who is to be paid.
    #[n(3)]
    pub store: Ref<Store>,
    /// Minor units of the store's currency.
    #[n(4)]
    pub amount: u64,
    /// Over a link the quote's entry, inside the cell the entry of the seller's leg.
    #[n(5)]
    pub entry: u32,
    /// Until when.
    #[n(6)]
    pub expires: Timestamp,
    /// Whether the same was paid a moment ago.
    #[n(7)]
    pub again: bool,
}

/// Codes of a merchant's tills that were not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Misses {
    /// When the first of them came.
    #[n(0)]
    pub since: Timestamp,
    /// How many there were since then.
    #[n(1)]
    pub count: u32,
}

/// What is known of codes beside the phones.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Codes {
    /// How codes are taken, by date.
    #[n(0)]
    pub terms: Dated<CodeTerms>,
    /// How many phones were ever enrolled.
    #[n(1)]
    pub enrolled: u32,
    /// The newest code of each open payment that was charged, by the payment's id.
    #[n(2)]
    pub charges: BTreeMap<u128, Charge>,
    /// Payers who are asked, by the payment's id.
    #[n(3)]
    pub asks: BTreeMap<u128, Ask>,
    /// Codes that were not valid, by the merchant's entry.
    #[n(4)]
    pub misses: BTreeMap<u32, Misses>,
}

impl Codes {
    /// The charges over a link that have no answer.
    pub fn unanswered(&self, link: u8) -> impl Iterator<Item = &Charge> {
        let waits = move |charge: &&Charge| charge.link == link && charge.answer.is_none();
        self.charges.values().filter(waits)
    }
}

impl State {
    /// How codes are taken at a moment.
    pub fn code_terms(&self, now: Timestamp) -> Option<&CodeTerms> {
        self.market.codes.terms.at(now)
    }

    /// The phone of a handle.
    pub fn phone(&self, handle: u32) -> Option<&Phone> {
        let is_it = |n| self.phones.get(n).is_some_and(|phone: &Phone| phone.handle == handle);
        let entry = self.phone_handles.find(self.phone_handles.hash(handle.into()), is_it)?;
        self.phones.get(entry)
    }

    /// The phone of a wallet.
    pub fn phone_of(&self, wallet: u32) -> Option<&Phone> {
        self.phones.get(self.phone_entry(wallet)?)
    }

    /// Every phone, in order of entry.
    pub fn all_phones(&self) -> impl Iterator<Item = (u32, &Phone)> {
        self.phones.iter()
    }

    fn phone_entry(&self, wallet: u32) -> Option<u32> {
        let is_it = |n| self.phones.get(n).is_some_and(|phone: &Phone| phone.wallet == wallet);
        self.phone_wallets.find(self.phone_wallets.hash(wallet.into()), is_it)
    }

    /// What a payer is asked about a payment.
    pub fn ask(&self, payment: Id<Payment>) -> Option<&Ask> {
        self.market.codes.asks.get(&payment.0)
    }

    /// What became of the newest code of an open payment.
    pub fn charge(&self, payment: Id<Payment>) -> Option<&Charge> {
        self.market.codes.charges.get(&payment.0)
    }

    pub(crate) fn phone_enrolled(&mut self, now: Timestamp, fact: &PhoneEnrolled) {
        self.end_phone(fact.wallet);
        self.market.codes.enrolled = fact.generation;
        let (wallet, handle) = (fact.wallet, fact.handle);
        let entry = self.phones.insert(Phone {
            handle,
            wallet,
            generation: fact.generation,
            since: now,
            newest: 0,
            used: 0,
            wrong: 0,
            rests_until: Timestamp::default(),
            other_time: Timestamp::default(),
        });
        self.phone_handles.insert(self.phone_handles.hash(handle.into()), entry);
        self.phone_wallets.insert(self.phone_wallets.hash(wallet.into()), entry);
    }

    pub(crate) fn phone_ended(&mut self, fact: &PhoneEnded) {
        self.end_phone(fact.wallet);
    }

    fn end_phone(&mut self, wallet: u32) {
        if let Some(entry) = self.phone_entry(wallet) {
            let phone = self.phones.remove(entry);
            self.phone_handles.remove(self.phone_handles.hash(phone.handle.into()), entry);
            self.phone_wallets.remove(self.phone_wallets.hash(phone.wallet.into()), entry);
        }
    }

    pub(crate) fn code_judged(&mut self, now: Timestamp, fact: &CodeJudged) {
        let bounds = self.code_terms(now).map(|terms| (terms.wrong_most, terms.rest_s));
        let entry = self.phone_entry(fact.wallet).expect("judged: the phone is enrolled");
        let phone = self.phones.get_mut(entry).expect("judged: the phone is enrolled");
        match fact.outcome {
            CodeOutcome::Used { step, counter } => {
                phone.r#use(step, counter);
                (phone.wrong, phone.other_time) = (0, Timestamp::default());
            }
            CodeOutcome::OtherTime => phone.other_time = now,
            CodeOutcome::Wrong => {
                phone.wrong = phone.wrong.saturating_add(1);
                if let Some((most, rest_s)) = bounds
                    && phone.wrong >= most
                {
                    phone.wrong = 0;
                    phone.rests_until = now.plus(kernel::Span::seconds(rest_s.into()));
                }
            }
        }
    }

    pub(crate) fn charge_made(&mut self, now: Timestamp, fact: &ChargeMade) {
        let (link, charge) = (fact.link, fact.charge);
        let made = Charge { link, charge, since: now, answer: None };
        self.market.codes.charges.insert(fact.payment.0, made);
    }

    pub(crate) fn charge_answered(&mut self, now: Timestamp, fact: &ChargeAnswered) {
        if let Some(charge) = self.market.codes.charges.get_mut(&fact.payment.0) {
            charge.answer = Some(fact.answer);
        }
        if fact.answer == ChargeAnswer::CodeNotValid {
            self.missed(now, fact.payment);
        }
    }

    fn missed(&mut self, now: Timestamp, payment: Id<Payment>) {
        let Some((_, leg)) = self.incoming(payment) else { return };
        let merchant = self.market.stores[leg.store as usize].merchant;
        let for_s = self.code_terms(now).map_or(0, |terms| terms.misses_s);
        let misses =
            self.market.codes.misses.entry(merchant).or_insert(Misses { since: now, count: 0 });
        if misses.since.plus(kernel::Span::seconds(for_s.into())) < now {
            *misses = Misses { since: now, count: 0 };
        }
        misses.count = misses.count.saturating_add(1);
    }

    /// A payer's cell found a code good, and the sale was not taken from it.
    pub(crate) fn charge_not_taken(&mut self, fact: &SaleDeclined) {
        let charges = &mut self.market.codes.charges;
        if let Some(charge) = charges.get_mut(&fact.payment.0).filter(|it| it.link == fact.link) {
            charge.answer = Some(match fact.reason {
                DeclineReason::NostroTooLow => ChargeAnswer::TryLater,
                _ => ChargeAnswer::Declined,
            });
        }
    }

    pub(crate) fn charge_asked(&mut self, fact: &ChargeAsked) {
        let ask = Ask {
            wallet: fact.wallet,
            link: fact.link,
            charge: fact.charge,
            store: fact.store,
            amount: fact.amount,
            entry: fact.entry,
            expires: fact.expires,
            again: fact.again,
        };
        self.end_ask(fact.payment);
        if ask.link == NO_LINK {
            self.due.insert((ask.expires, Due::Ask(ask.entry)));
        }
        self.market.codes.asks.insert(fact.payment.0, ask);
    }

    /// Nobody is asked any more.
    pub(crate) fn end_ask(&mut self, payment: Id<Payment>) {
        if let Some(ask) = self.market.codes.asks.remove(&payment.0)
            && ask.link == NO_LINK
        {
            self.due.remove(&(ask.expires, Due::Ask(ask.entry)));
        }
    }

    /// The quote of an ask ended, by a yes or by the clock: nobody is asked any more.
    pub(crate) fn end_ask_of_quote(&mut self, payment: Id<Payment>, quote: u32) {
        if self.ask(payment).is_some_and(|ask| ask.link != NO_LINK && ask.entry == quote) {
            self.end_ask(payment);
        }
    }

    /// A requested payment ended: so do its codes.
    pub(crate) fn end_charge(&mut self, payment: Id<Payment>) {
        self.market.codes.charges.remove(&payment.0);
        if self.ask(payment).is_some_and(|ask| ask.link == NO_LINK) {
            self.end_ask(payment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Phone {
        let never = Timestamp::default();
        Phone {
            handle: 1,
            wallet: 1,
            generation: 1,
            since: never,
            newest: 0,
            used: 0,
            wrong: 0,
            rests_until: never,
            other_time: never,
        }
    }

    #[test]
    fn a_code_is_used_once_in_whatever_order_they_come() {
        let mut phone = phone();
        for (step, counter) in [(100, 1), (98, 0), (101, 0), (100, 0), (102, 1), (99, 1)] {
            assert!(!phone.has_used(step, counter), "{step}.{counter}");
            phone.r#use(step, counter);
            assert!(phone.has_used(step, counter), "{step}.{counter}");
        }
        assert!(!phone.has_used(101, 1) && !phone.has_used(98, 1) && !phone.has_used(103, 0));
        phone.r#use(103, 0);
        assert!(phone.has_used(100, 0) && phone.has_used(100, 1) && phone.has_used(102, 1));
        assert!(phone.has_used(98, 1), "older than what is remembered");
        phone.r#use(1_000, 0);
        assert!(!phone.has_used(999, 0) && phone.has_used(1_000, 0) && phone.has_used(103, 1));
    }
}
