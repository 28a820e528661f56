//! Payouts beside their files: what holds for them, when a merchant is paid, a second person's
//! approval, and how much must be kept safe.

use kernel::{Context, Role};
use ledger::Draft;

use super::payout::view_of;
use super::{Facts, MOST, World, text};
use crate::command::{ApproveBankFile, AskPayoutToday, SetPayoutSchedule};
use crate::event::{BankFileApproved, PayoutScheduleSet, PayoutTodayAsked};
use crate::reply::BankFileView;
use crate::state::Approval;
use crate::terms::{PayoutRules, SafeguardRule, Schedule};
use crate::{Event, Refusal, Reply};

impl World<'_> {
    pub(super) fn payout_rules_fit(&self, rules: &PayoutRules) -> Result<(), Refusal> {
        let sums = [rules.approval_above, rules.today_fee, Some(rules.return_fee)];
        if sums.into_iter().flatten().any(|sum| sum > MOST) {
            return Err(Refusal::AmountTooLarge);
        }
        text("source", &rules.source, 120)?;
        self.book_of(rules.currency).map(drop)
    }

    pub(super) fn set_payout_schedule<E: Facts>(
        &self,
        context: &Context,
        c: &SetPayoutSchedule,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        match c.schedule {
            Schedule::Weekly(weekday) if weekday > 6 => {
                return Err(Refusal::OutOfRange {
                    field: "weekday (0 to 6, of which 0 is Monday)",
                });
            }
            Schedule::Threshold(least) => super::amount(least)?,
            Schedule::Daily | Schedule::Weekly(_) => {}
        }
        let (entry, merchant) = self.merchant_at(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        if !self.may(context.actor, merchant.party) {
            return Err(Refusal::MerchantNotFound);
        }
        self.stays(merchant.party)?;
        // What was is not changed; who says "now" may be some moments late.
        let from = c.from.max(context.now);
        draft.add(Event::from(PayoutScheduleSet { merchant: entry, from, schedule: c.schedule }));
        Ok(Reply::Schedule(c.schedule))
    }

    pub(super) fn ask_payout_today<E: Facts>(
        &self,
        context: &Context,
        c: &AskPayoutToday,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, merchant) = self.merchant_at(c.merchant).ok_or(Refusal::MerchantNotFound)?;
        if !self.may(context.actor, merchant.party) {
            return Err(Refusal::MerchantNotFound);
        }
        self.payable(entry, merchant)?;
        let banking = &self.pay.market.banking;
        let rules = banking.rules(merchant.currency, context.now);
        let fee = rules.and_then(|rules| rules.today_fee).ok_or(Refusal::PayoutTodayNotOffered)?;
        if banking.today.contains_key(&entry) {
            return Err(Refusal::AlreadyDone { what: "asking for the next file" });
        }
        let terms = self.pay.market.payout.terms(merchant.currency, context.now);
        let minimum = terms.ok_or(Refusal::PayoutTermsNotSet)?.minimum;
        // What the transfer costs depends on the account, which the vault knows; it is judged when
        // the file is made.
        if self.available(merchant) < minimum.max(1).saturating_add(fee) {
            return Err(Refusal::PayoutBelowMinimum { merchant: c.merchant, minimum });
        }
        draft.add(Event::from(PayoutTodayAsked { merchant: entry }));
        Ok(Reply::Done)
    }

    pub(super) fn approve_bank_file<E: Facts>(
        &self,
        context: &Context,
        c: &ApproveBankFile,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let (entry, file) = self.file_of(c.file)?;
        // The cell approves nothing: it made the file.
        if context.actor.role != Role::Operator {
            return Err(Refusal::BankFileNotFound);
        }
        let person = context.actor.person;
        match file.approval {
            Some(Approval::Needed) => {}
            Some(Approval::Given(..)) => return Ok(Reply::BankFile(Box::new(view_of(file)))),
            None => return Err(Refusal::AlreadyDone { what: "this file needs no approval; it" }),
        }
        super::payout::open(file)?;
        if file.made_by == Some(person) {
            return Err(Refusal::SamePerson);
        }
        draft.add(Event::from(BankFileApproved { entry, person }));
        let approval = Some(Approval::Given(context.now, person));
        Ok(Reply::BankFile(Box::new(BankFileView { approval, ..view_of(file) })))
    }

    pub(super) fn safeguard_fits(&self, rule: &SafeguardRule) -> Result<(), Refusal> {
        let is_day = |day: &u16| (1..=12).contains(&(day / 100)) && (1..=31).contains(&(day % 100));
        if rule.days.len() > SafeguardRule::MOST_DAYS || !rule.days.iter().all(is_day) {
            return Err(Refusal::OutOfRange { field: "days (at most 12, each as mmdd)" });
        }
        if rule.above > MOST {
            return Err(Refusal::AmountTooLarge);
        }
        if rule.share_bps > 10_000 {
            return Err(Refusal::OutOfRange { field: "share_bps (0 to 10,000)" });
        }
        text("source", &rule.source, 120)?;
        self.book_of(rule.currency).map(drop)
    }
}
