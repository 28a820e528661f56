//! Terms are changed by two people: one proposes, another approves. What the cell never had is
//! founded by one, for there is nobody else yet.

use kernel::{Context, Currency, Decimal, Role, Span, Timestamp};
use ledger::Draft;

use super::limits::classes_fit;
use super::{Facts, World, fresh, text};
use crate::command::{
    ApproveProposal, Propose, PublishRates, RejectProposal, SetCodeTerms, SetFees, SetLimits,
    SetPayoutRules, SetPayoutTerms, SetRules, SetSafeguardRule, SetSettlementTerms,
};
use crate::event::{
    Author, Change, ClassesSet, CodeTermsSet, FeeRuleSet, FeesSet, LimitRuleSet, LimitsSet,
    PayoutRulesSet, PayoutTermsSet, ProposalApproved, ProposalRejected, Proposed, RateTermsSet,
    RatesPublished, ReferrerSet, RulesSet, SafeguardRuleSet, SettlementTermsSet, SplitSet,
    VelocityRuleSet,
};
use crate::state::{Decided, Proposal, Proposals};
use crate::terms::{Fees, Limits, PayoutTerms, RateLot, RateTerms, Rules, SafeguardRule};
use crate::{Event, Refusal, Reply};

/// Basis points above this are a slip of the keyboard.
pub(super) const MOST_BPS: u32 = 2_000;
/// The most characters of a note or a reason.
const MOST_TEXT: usize = 200;
/// The end of time: what holds then is what was set last.
const EVER: Timestamp = Timestamp(u64::MAX);

impl World<'_> {
    /// Proposes a change, or makes it where nobody has to agree.
    pub(super) fn propose<E: Facts>(
        &self,
        context: &Context,
        c: &Propose,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        if let Some(known) = self.pay.market.proposals.find(c.id) {
            let same = (&known.change, &known.note) == (&c.change, &c.note);
            let reply = || Reply::Proposal(Box::new(known.clone()));
            return if same { Ok(reply()) } else { Err(Refusal::ProposalExists) };
        }
        if !c.note.is_empty() {
            text("note", &c.note, MOST_TEXT)?;
        }
        self.fits(&c.change)?;
        if !self.waits(context.now, &c.change) {
            draft.add(c.change.clone().founding());
            return Ok(Reply::Done);
        }
        fresh(context, c.id)?;
        self.is_another(context.now, &c.change)?;
        let proposals = &self.pay.market.proposals;
        if proposals.open.len() >= Proposals::MOST_OPEN {
            return Err(Refusal::TooManyProposals);
        }
        let (proposal, by) = (c.id, Author::from(context.actor));
        let (change, note) = (c.change.clone(), c.note.clone());
        let fact = Proposed { proposal, by, change: change.clone(), note: note.clone() };
        draft.add(Event::from(fact));
        let since = context.now;
        let view = Proposal { id: proposal, change, note, by, since, decided: None };
        Ok(Reply::Proposal(Box::new(view)))
    }

    pub(super) fn approve_proposal<E: Facts>(
        &self,
        context: &Context,
        c: &ApproveProposal,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let known = self.open_proposal(context, c.proposal)?;
        if known.by.person == context.actor.person {
            return Err(Refusal::SecondPersonNeeded);
        }
        // What fitted when it was proposed may not fit any more.
        self.fits(&known.change)?;
        let by = Author::from(context.actor);
        draft.add(Event::from(ProposalApproved { proposal: c.proposal, by }));
        draft.add(known.change.clone().in_force(context.now));
        Ok(decided(known, Decided { by, at: context.now, rejected: None }))
    }

    pub(super) fn reject_proposal<E: Facts>(
        &self,
        context: &Context,
        c: &RejectProposal,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        text("reason", &c.reason, MOST_TEXT)?;
        let known = self.open_proposal(context, c.proposal)?;
        let (by, reason) = (Author::from(context.actor), c.reason.clone());
        let rejected = Some(reason.clone());
        draft.add(Event::from(ProposalRejected { proposal: c.proposal, by, reason }));
        Ok(decided(known, Decided { by, at: context.now, rejected }))
    }

    /// A proposal that waits, for whoever runs the cell.
    fn open_proposal(
        &self,
        context: &Context,
        id: kernel::Id<kernel::id::Proposal>,
    ) -> Result<&Proposal, Refusal> {
        let is_staff = matches!(context.actor.role, Role::Operator | Role::Cell);
        let known = self.pay.market.proposals.find(id).filter(|_| is_staff);
        let known = known.ok_or(Refusal::ProposalNotFound)?;
        match known.decided {
            None => Ok(known),
            Some(_) => Err(Refusal::ProposalNotOpen { state: known.state() }),
        }
    }

    /// Sets a term that the cell never had.
    pub(super) fn found<E: Facts>(
        &self,
        change: Change,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        self.fits(&change)?;
        if self.holds(EVER, &change).is_some() {
            self.is_another(change.starts().unwrap_or_default(), &change)?;
            return Err(Refusal::ApprovalNeeded);
        }
        draft.add(change.founding());
        Ok(Reply::Done)
    }

    pub(super) fn publish_rates<E: Facts>(
        &self,
        context: &Context,
        c: &PublishRates,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let mut rates = c.rates.clone();
        rates.sort_by_key(|(currency, _)| *currency);
        let change =
            Change::Rates(RatesPublished { date: c.date, source: c.source.clone(), rates });
        self.propose(context, &Propose { id: c.id, change, note: String::new() }, draft)
    }

    /// Whether a change has to wait for a second person.
    fn waits(&self, now: Timestamp, change: &Change) -> bool {
        match change {
            Change::Rates(fact) => self.jumps(now, &fact.rates),
            // Whom would they surprise before anybody has a wallet?
            Change::LimitRule(_) | Change::VelocityRule(_) | Change::Classes(_) => {
                !self.pay.wallets.is_empty()
            }
            // They take from what shops sell: nobody says so alone once there is one.
            Change::FeeRule(_) | Change::Split(_) => !self.pay.market.stores.is_empty(),
            // It gives away what the operator earns.
            Change::Referrer(_) => !self.pay.wallets.is_empty(),
            other => self.holds(EVER, other).is_some(),
        }
    }

    /// What a change says must not be what holds from then on already.
    fn is_another(&self, now: Timestamp, change: &Change) -> Result<(), Refusal> {
        let at = change.starts().map_or(now, |from| from.max(now));
        let same = self.holds(at, change).is_some_and(|known| known.says_the_same(change));
        if same { Err(Refusal::AlreadyDone { what: "setting these terms" }) } else { Ok(()) }
    }

    /// What holds at a moment in place of a change.
    pub(crate) fn holds(&self, at: Timestamp, change: &Change) -> Option<Change> {
        let (market, from) = (&self.pay.market, at);
        match change {
            Change::Fees(_) => {
                let fees = market.fees.at(at).cloned();
                fees.map(|fees| Change::Fees(FeesSet { from, fees }))
            }
            Change::Limits(fact) => {
                let same = |known: &Limits| known.currency == fact.limits.currency;
                let limits = market.limits.at_where(at, same).cloned();
                limits.map(|limits| Change::Limits(LimitsSet { from, limits }))
            }
            Change::Rules(_) => {
                let rules = market.rules.at(at).cloned();
                rules.map(|rules| Change::Rules(RulesSet { from, rules }))
            }
            Change::PayoutTerms(fact) => {
                let terms = market.payout.terms(fact.terms.currency, at).cloned();
                terms.map(|terms| Change::PayoutTerms(PayoutTermsSet { from, terms }))
            }
            Change::RateTerms(_) => {
                let terms = market.rate_terms.at(at).cloned();
                terms.map(|terms| Change::RateTerms(RateTermsSet { from, terms }))
            }
            Change::Codes(_) => {
                let terms = market.codes.terms.at(at).cloned();
                terms.map(|terms| Change::Codes(CodeTermsSet { from, terms }))
            }
            Change::LimitRule(fact) => {
                let rule = market.limit_rules.named(&fact.rule.id, at).cloned();
                rule.map(|rule| Change::LimitRule(LimitRuleSet { from, rule }))
            }
            Change::VelocityRule(fact) => {
                let rule = market.velocity_rules.named(&fact.rule.id, at).cloned();
                rule.map(|rule| Change::VelocityRule(VelocityRuleSet { from, rule }))
            }
            Change::Classes(_) => {
                let classes = market.classes.at(at).cloned();
                classes.map(|classes| Change::Classes(ClassesSet { from, classes }))
            }
            Change::PayoutRules(fact) => {
                let rules = market.banking.rules(fact.rules.currency, at).cloned();
                rules.map(|rules| Change::PayoutRules(PayoutRulesSet { from, rules }))
            }
            Change::Safeguard(fact) => {
                let same = |known: &SafeguardRule| {
                    (known.currency, &known.source) == (fact.rule.currency, &fact.rule.source)
                };
                let rule = market.banking.safeguards.at_where(at, same).cloned();
                rule.map(|rule| Change::Safeguard(SafeguardRuleSet { from, rule }))
            }
            Change::FeeRule(fact) => {
                let rate = market.fee_rules.at(at, fact.scope)?;
                let (scope, source) = (fact.scope, String::new());
                Some(Change::FeeRule(FeeRuleSet { from, scope, rate, source }))
            }
            Change::Split(fact) => {
                let (_, split) = market.splits.at(at, fact.split.merchant)?;
                let (split, source, merchant) = (split.clone(), String::new(), fact.merchant);
                Some(Change::Split(SplitSet { from, split, source, merchant }))
            }
            Change::Settlement(fact) => {
                let terms = self.pay.settlement().terms(fact.terms.link, at).cloned();
                terms.map(|terms| Change::Settlement(SettlementTermsSet { from, terms }))
            }
            Change::Referrer(fact) => {
                let known = market.referrals.terms.get(&fact.referrer)?.at(at)?;
                let (referrer, merchant) = (fact.referrer, fact.merchant);
                let terms = known.clone();
                Some(Change::Referrer(ReferrerSet { referrer, merchant, from, terms }))
            }
            Change::Rates(_) => {
                let RateLot { date, source, rates, .. } = self.pay.rates()?.1.clone();
                Some(Change::Rates(RatesPublished { date, source, rates }))
            }
        }
    }

    /// Whether a change can be put in force at all.
    fn fits(&self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Fees(fact) => fees_fit(&fact.fees),
            Change::Limits(fact) => text("source", &fact.limits.source, 120),
            Change::Rules(fact) => rules_fit(&fact.rules),
            Change::PayoutTerms(fact) => self.payout_terms_fit(&fact.terms),
            Change::RateTerms(fact) => rate_terms_fit(&fact.terms),
            Change::Rates(fact) => self.rates_fit(fact),
            Change::Codes(fact) => super::codes::code_terms_fit(&fact.terms),
            Change::LimitRule(fact) => self.limit_fits(&fact.rule),
            Change::VelocityRule(fact) => self.velocity_fits(&fact.rule),
            Change::Classes(fact) => classes_fit(&fact.classes),
            Change::PayoutRules(fact) => self.payout_rules_fit(&fact.rules),
            Change::Safeguard(fact) => self.safeguard_fits(&fact.rule),
            Change::FeeRule(fact) => self.fee_rule_fits(fact),
            Change::Split(fact) => self.split_fits(fact),
            Change::Settlement(fact) => self.settlement_terms_fit(&fact.terms),
            Change::Referrer(fact) => self.referrer_fits(fact),
        }
    }

    fn payout_terms_fit(&self, terms: &PayoutTerms) -> Result<(), Refusal> {
        let sums = [terms.minimum, terms.fee_same_bank, terms.fee_other_bank];
        if sums.into_iter().any(|sum| sum > super::MOST) {
            return Err(Refusal::AmountTooLarge);
        }
        if terms.cutoff_min >= 24 * 60 {
            return Err(Refusal::OutOfRange { field: "cutoff_min (0 to 1,439)" });
        }
        self.book_of(terms.currency).map(drop)
    }

    fn rates_fit(&self, lot: &RatesPublished) -> Result<(), Refusal> {
        text("source", &lot.source, 80)?;
        let (year, month, day) = (lot.date / 10_000, lot.date / 100 % 100, lot.date % 100);
        if !(1999..=2999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day)
        {
            return Err(Refusal::OutOfRange { field: "date (as yyyymmdd)" });
        }
        let unsorted = lot.rates.windows(2).any(|pair| pair[0].0 >= pair[1].0);
        let unfit = lot.rates.iter().any(|(_, rate)| rate.digits == 0 || rate.scale > 12);
        if lot.rates.is_empty() || unsorted || unfit {
            return Err(Refusal::OutOfRange { field: "rates" });
        }
        let newest = self.pay.rates().map(|(_, lot)| lot);
        if newest.is_some_and(|known| known.date > lot.date) {
            return Err(Refusal::OutOfRange { field: "date (newer rates are published)" });
        }
        if newest.is_some_and(|known| known.date == lot.date && known.rates == lot.rates) {
            return Err(Refusal::AlreadyDone { what: "publishing these rates" });
        }
        Ok(())
    }

    /// Whether rates differ from those in force by more than they may, or lack a currency that the
    /// cell keeps a book in: a slip of whoever published them, or a day on which a person is to
    /// look.
    fn jumps(&self, now: Timestamp, rates: &[(Currency, Decimal)]) -> bool {
        let Some(terms) = self.pay.market.rate_terms.at(now) else { return false };
        let Some((_, before)) = self.pay.rates() else { return false };
        let of = |currency| rates.iter().find(|(known, _)| *known == currency);
        self.pay.market.books.keys().any(|currency| match (before.of(*currency), of(*currency)) {
            (Some(old), Some((_, new))) => moved(old, *new, terms.max_move_bps),
            (Some(_), None) => true,
            (None, _) => false,
        })
    }

    /// Rates are quoted for as long as the cell's terms say.
    pub(super) fn not_too_old(&self, now: Timestamp, rates: &RateLot) -> Result<(), Refusal> {
        let Some(terms) = self.pay.market.rate_terms.at(now) else { return Ok(()) };
        let end = rates.since.plus(Span::seconds(u64::from(terms.max_age_s)));
        if terms.max_age_s == 0 || now <= end {
            return Ok(());
        }
        Err(Refusal::RateTooOld { hours: (now.seconds() - rates.since.seconds()) / 3_600 })
    }
}

fn decided(known: &Proposal, decided: Decided) -> Reply {
    Reply::Proposal(Box::new(Proposal { decided: Some(decided), ..known.clone() }))
}

fn fees_fit(fees: &Fees) -> Result<(), Refusal> {
    let special = fees.by_category.iter().map(|(_, bps)| *bps);
    let all = [fees.spread_bps, fees.payer_bps, fees.merchant_bps];
    if all.into_iter().chain(special).any(|bps| bps > MOST_BPS) {
        return Err(Refusal::OutOfRange { field: "basis points" });
    }
    Ok(())
}

fn rules_fit(rules: &Rules) -> Result<(), Refusal> {
    if !(5..=3_600).contains(&rules.quote_s) {
        return Err(Refusal::OutOfRange { field: "quote_s (5 to 3,600)" });
    }
    if !(1..=3_650).contains(&rules.refund_days) || !(1..=365).contains(&rules.capture_days) {
        return Err(Refusal::OutOfRange { field: "refund_days or capture_days" });
    }
    if rules.utc_offset_min > 14 * 60 || rules.request_max_s == 0 {
        return Err(Refusal::OutOfRange { field: "utc_offset_min or request_max_s" });
    }
    Ok(())
}

fn rate_terms_fit(terms: &RateTerms) -> Result<(), Refusal> {
    text("source", &terms.source, 120)?;
    if !(1..=1_000_000).contains(&terms.max_move_bps) {
        return Err(Refusal::OutOfRange { field: "max_move_bps (1 to 1,000,000)" });
    }
    Ok(())
}

/// Whether two decimals differ by more than so many basis points of the smaller one. Digits have
/// 64 bits and scales are at most 12, so that nothing overflows.
fn moved(old: Decimal, new: Decimal, bps: u32) -> bool {
    let at_scale = |rate: Decimal, other: Decimal| {
        u128::from(rate.digits) * 10_u128.pow(u32::from(other.scale.min(12)))
    };
    let (old, new) = (at_scale(old, new), at_scale(new, old));
    let (least, difference) = (old.min(new), old.abs_diff(new));
    difference * 10_000 > least * u128::from(bps)
}

macro_rules! set {
    ($($command:ident { $value:ident } -> $fact:ident;)*) => {$(
        impl From<$command> for $fact {
            fn from($command { from, $value }: $command) -> Self {
                Self { from, $value }
            }
        }

        impl From<$command> for Change {
            fn from(command: $command) -> Self {
                $fact::from(command).into()
            }
        }
    )*};
}

set! {
    SetFees { fees } -> FeesSet;
    SetLimits { limits } -> LimitsSet;
    SetRules { rules } -> RulesSet;
    SetPayoutTerms { terms } -> PayoutTermsSet;
    SetCodeTerms { terms } -> CodeTermsSet;
    SetPayoutRules { rules } -> PayoutRulesSet;
    SetSafeguardRule { rule } -> SafeguardRuleSet;
    SetSettlementTerms { terms } -> SettlementTermsSet;
}

macro_rules! changes {
    ($($fact:ident => $arm:ident,)*) => {$(
        impl From<$fact> for Change {
            fn from(fact: $fact) -> Self {
                Self::$arm(fact)
            }
        }
    )*};
}

changes! {
    FeesSet => Fees,
    LimitsSet => Limits,
    RulesSet => Rules,
    PayoutTermsSet => PayoutTerms,
    RateTermsSet => RateTerms,
    RatesPublished => Rates,
    CodeTermsSet => Codes,
    LimitRuleSet => LimitRule,
    VelocityRuleSet => VelocityRule,
    ClassesSet => Classes,
    PayoutRulesSet => PayoutRules,
    SafeguardRuleSet => Safeguard,
    FeeRuleSet => FeeRule,
    SplitSet => Split,
    SettlementTermsSet => Settlement,
    ReferrerSet => Referrer,
}

impl Change {
    /// Whether two changes set the same, from whenever.
    fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fees(a), Self::Fees(b)) => a.fees == b.fees,
            (Self::Limits(a), Self::Limits(b)) => a.limits == b.limits,
            (Self::Rules(a), Self::Rules(b)) => a.rules == b.rules,
            (Self::PayoutTerms(a), Self::PayoutTerms(b)) => a.terms == b.terms,
            (Self::RateTerms(a), Self::RateTerms(b)) => a.terms == b.terms,
            (Self::Codes(a), Self::Codes(b)) => a.terms == b.terms,
            (Self::LimitRule(a), Self::LimitRule(b)) => a.rule == b.rule,
            (Self::VelocityRule(a), Self::VelocityRule(b)) => a.rule == b.rule,
            (Self::Classes(a), Self::Classes(b)) => a.classes == b.classes,
            (Self::PayoutRules(a), Self::PayoutRules(b)) => a.rules == b.rules,
            (Self::Safeguard(a), Self::Safeguard(b)) => a.rule == b.rule,
            (Self::FeeRule(a), Self::FeeRule(b)) => a.rate == b.rate,
            (Self::Split(a), Self::Split(b)) => a.split == b.split,
            (Self::Settlement(a), Self::Settlement(b)) => a.terms == b.terms,
            (Self::Referrer(a), Self::Referrer(b)) => a.terms == b.terms,
            _ => false,
        }
    }
}
