//! Phones that make codes, and what a code that is shown is worth.

use kernel::{CodeCheck, Context, Ref, Timestamp};
use ledger::Draft;

use super::{Facts, World, text};
use crate::codes::{
    CodeTerms, HANDLES, Moment, OneTimeCode, RouteProblem, Routed, check_registry, moment, route,
};
use crate::command::{ChargePayment, EndPhone, EnrolPhone};
use crate::event::{CodeJudged, CodeOutcome, PhoneEnded, PhoneEnrolled};
use crate::reply::PhoneView;
use crate::state::Phone;
use crate::{Event, Refusal, Reply};

/// What whoever keeps the keys is asked of a code: whether it is that of this phone at this
/// moment, or at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeQuestion {
    /// The code.
    pub code: OneTimeCode,
    /// Which enrolment its handle belongs to now; 0 where none does.
    pub generation: u32,
    /// What its slot stands for now.
    pub moment: Moment,
}

impl World<'_> {
    pub(super) fn enrol_phone<E: Facts>(
        &self,
        context: &Context,
        c: &EnrolPhone,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (wallet, known) = self.wallet(context.actor, c.wallet)?;
        self.stays(known.party)?;
        let prefix = self.code_prefix(context.now).ok_or(Refusal::CodesNotSet)?;
        let handle = self.free_handle(c.near);
        let generation = self.pay.market.codes.enrolled.checked_add(1).ok_or(Refusal::CellFull)?;
        draft.add(Event::from(PhoneEnrolled { wallet, handle, generation }));
        let (since, never) = (context.now, None);
        let wallet = c.wallet;
        let view = PhoneView {
            wallet,
            prefix,
            handle,
            generation,
            since,
            rests: never,
            other_time: never,
        };
        Ok(Reply::Phone(Box::new(view)))
    }

    /// The next handle from here that no phone has. There are far more than may be enrolled.
    fn free_handle(&self, near: u32) -> u32 {
        let from = near % HANDLES;
        let mut all = (from..HANDLES).chain(0..from);
        all.find(|handle| self.pay.phone(*handle).is_none()).unwrap_or(from)
    }

    pub(super) fn end_phone<E: Facts>(
        &self,
        context: &Context,
        c: &EndPhone,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (wallet, _) = self.wallet(context.actor, c.wallet)?;
        self.pay.phone_of(wallet).ok_or(Refusal::PhoneNotEnrolled)?;
        draft.add(Event::from(PhoneEnded { wallet }));
        Ok(Reply::Done)
    }

    /// The prefix of this cell's own codes.
    pub fn code_prefix(&self, now: Timestamp) -> Option<u16> {
        self.pay.code_terms(now)?.prefix_of(self.cell)
    }

    /// Who takes a text that a till scanned.
    ///
    /// # Errors
    /// Why nobody does, as a refusal.
    pub fn route_code(&self, now: Timestamp, text: &str) -> Result<Routed, Refusal> {
        let terms = self.pay.code_terms(now).ok_or(Refusal::CodesNotSet)?;
        route(&terms.issuers, text).map_err(|problem| match problem {
            RouteProblem::NoCode => Refusal::CodeUnknown,
            RouteProblem::Misread => Refusal::CodeMisread,
            RouteProblem::ShopsCode => Refusal::CodeOfShop,
            RouteProblem::Foreign(wallet) => Refusal::WalletNotConnected { wallet },
        })
    }

    /// What is to be asked of the code that a till of this cell was shown, if it is one of ours.
    pub fn question_of_charge(&self, now: Timestamp, c: &ChargePayment) -> Option<CodeQuestion> {
        match self.route_code(now, &c.code) {
            Ok(Routed::Cell(cell, code)) if cell == self.cell => {
                Some(self.code_question(now, code.code))
            }
            _ => None,
        }
    }

    /// What is to be asked of a code that reached this cell.
    pub fn code_question(&self, now: Timestamp, code: OneTimeCode) -> CodeQuestion {
        let generation = self.pay.phone(code.handle).map_or(0, |phone| phone.generation);
        CodeQuestion { code, generation, moment: moment(code.slot, now) }
    }

    /// Judges a code and writes down what was found of its phone. Whatever is wrong with a code,
    /// the answer is one.
    pub(super) fn judge_code<E: Facts>(
        &self,
        context: &Context,
        code: OneTimeCode,
        draft: &mut Draft<E>,
    ) -> Option<Phone> {
        let phone = self.pay.phone(code.handle)?;
        let Moment { step, counter } = moment(code.slot, context.now);
        let rests = phone.rests_until > context.now;
        let outcome = match context.code {
            CodeCheck::Holds if phone.has_used(step, counter) => return None,
            CodeCheck::Holds => CodeOutcome::Used { step, counter },
            CodeCheck::OtherTime if !rests => CodeOutcome::OtherTime,
            CodeCheck::Wrong if !rests => CodeOutcome::Wrong,
            CodeCheck::OtherTime | CodeCheck::Wrong | CodeCheck::Unchecked => return None,
        };
        draft.add(Event::from(CodeJudged { wallet: phone.wallet, outcome }));
        let holds = context.code == CodeCheck::Holds && !rests;
        holds.then_some(*phone)
    }

    /// The phone of a wallet, for who may act for it.
    ///
    /// # Errors
    /// That there is no such wallet, or no phone of it.
    pub fn phone_view(
        &self,
        context: (kernel::Actor, Timestamp),
        wallet: Ref<kernel::id::Wallet>,
    ) -> Result<PhoneView, Refusal> {
        let (actor, now) = context;
        let (entry, _) = self.wallet(actor, wallet)?;
        let phone = self.pay.phone_of(entry).ok_or(Refusal::PhoneNotEnrolled)?;
        let prefix = self.code_prefix(now).ok_or(Refusal::CodesNotSet)?;
        let Phone { handle, generation, since, rests_until, other_time, .. } = *phone;
        let rests = (rests_until > now).then_some(rests_until);
        let other_time = (other_time > since).then_some(other_time);
        Ok(PhoneView { wallet, prefix, handle, generation, since, rests, other_time })
    }

    /// Ends the phones of a party that leaves.
    pub(super) fn end_phones_of<E: Facts>(&self, party: u32, draft: &mut Draft<E>) {
        for (wallet, _) in self.pay.wallets_of(party) {
            if self.pay.phone_of(wallet).is_some() {
                draft.add(Event::from(PhoneEnded { wallet }));
            }
        }
    }

    /// Whether too many of a merchant's codes were not valid of late.
    pub(super) fn not_too_many_misses(&self, now: Timestamp, merchant: u32) -> Result<(), Refusal> {
        let codes = &self.pay.market.codes;
        let Some((terms, misses)) = codes.terms.at(now).zip(codes.misses.get(&merchant)) else {
            return Ok(());
        };
        let ends = misses.since.plus(kernel::Span::seconds(terms.misses_s.into()));
        match misses.count >= terms.misses_most && ends >= now {
            true => {
                let left = ends.seconds().saturating_sub(now.seconds());
                Err(Refusal::TooManyWrongCodes { minutes: left.div_ceil(60).max(1) })
            }
            false => Ok(()),
        }
    }
}

/// Whether terms can be put in force.
pub(super) fn code_terms_fit(terms: &CodeTerms) -> Result<(), Refusal> {
    text("source", &terms.source, 120)?;
    for issuer in &terms.issuers {
        text("name", &issuer.name, 40)?;
    }
    check_registry(&terms.issuers)
        .map_err(|problem| Refusal::CodeRegistryUnfit { problem: problem.to_string() })?;
    let bounds = [terms.ask_s, terms.rest_s, terms.misses_s];
    if bounds.iter().any(|seconds| !(1..=86_400).contains(seconds)) {
        return Err(Refusal::OutOfRange { field: "ask_s, rest_s or misses_s (1 to 86,400)" });
    }
    if terms.wrong_most == 0 || terms.misses_most == 0 {
        return Err(Refusal::OutOfRange { field: "wrong_most or misses_most (1 and more)" });
    }
    Ok(())
}
