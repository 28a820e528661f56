//! The facts of changing terms: one person proposes, another decides.

use kernel::id::Proposal;
use kernel::{Actor, Id, Timestamp};

use super::{
    ClassesSet, CodeTermsSet, FeeRuleSet, FeesSet, LimitRuleSet, LimitsSet, PayoutRulesSet,
    PayoutTermsSet, RatesPublished, Referred, ReferrerSet, RulesSet, SafeguardRuleSet,
    SettlementTermsSet, SplitSet, VelocityRuleSet,
};
use crate::terms::RateTerms;

/// Who did it: for which party, and which person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Author {
    /// The party, by number; 0 for the cell itself.
    #[n(0)]
    pub party: u32,
    /// The party's number of the person who acted for it.
    #[n(1)]
    pub person: u32,
}

impl From<Actor> for Author {
    fn from(actor: Actor) -> Self {
        Self { party: actor.party, person: actor.person }
    }
}

/// A change of terms: the fact that it becomes once it was approved. Numbers are stored.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
pub enum Change {
    /// Fees from a moment on.
    #[n(0)]
    Fees(#[n(0)] FeesSet),
    /// The simple limits of a currency from a moment on.
    #[n(1)]
    Limits(#[n(0)] LimitsSet),
    /// The cell's lengths of time from a moment on.
    #[n(2)]
    Rules(#[n(0)] RulesSet),
    /// When and at what cost merchants are paid out, from a moment on.
    #[n(3)]
    PayoutTerms(#[n(0)] PayoutTermsSet),
    /// How far rates are trusted, from a moment on.
    #[n(4)]
    RateTerms(#[n(0)] RateTermsSet),
    /// Reference rates that moved further than they may by themselves.
    #[n(5)]
    Rates(#[n(0)] RatesPublished),
    /// Whose one-time codes are whose, and what is asked of them, from a moment on.
    #[n(10)]
    Codes(#[n(0)] CodeTermsSet),
    /// A limit from a moment on.
    #[n(6)]
    LimitRule(#[n(0)] LimitRuleSet),
    /// A velocity rule from a moment on.
    #[n(7)]
    VelocityRule(#[n(0)] VelocityRuleSet),
    /// The classes of parties from a moment on.
    #[n(8)]
    Classes(#[n(0)] ClassesSet),
    /// What holds for payouts beside their price, from a moment on.
    #[n(11)]
    PayoutRules(#[n(0)] PayoutRulesSet),
    /// How much must be kept safe for who holds wallets, from a moment on.
    #[n(12)]
    Safeguard(#[n(0)] SafeguardRuleSet),
    /// The fee of some sales from a moment on.
    #[n(13)]
    FeeRule(#[n(0)] FeeRuleSet),
    /// With whom a merchant shares what it sells, from a moment on.
    #[n(14)]
    Split(#[n(0)] SplitSet),
    /// What holds for a link's prefund, from a moment on.
    #[n(20)]
    Settlement(#[n(0)] SettlementTermsSet),
    /// What a referrer gets, from a moment on.
    #[n(21)]
    Referrer(#[n(0)] ReferrerSet),
}

impl Change {
    /// The stable word of the API and of message files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fees(_) => "fees",
            Self::Limits(_) => "limits",
            Self::Rules(_) => "rules",
            Self::PayoutTerms(_) => "payout_terms",
            Self::RateTerms(_) => "rate_terms",
            Self::Rates(_) => "rates",
            Self::Codes(_) => "code_terms",
            Self::LimitRule(_) => "limit_rule",
            Self::VelocityRule(_) => "velocity_rule",
            Self::Classes(_) => "classes",
            Self::PayoutRules(_) => "payout_rules",
            Self::Safeguard(_) => "safeguard_rule",
            Self::FeeRule(_) => "fee_rule",
            Self::Split(_) => "split",
            Self::Settlement(_) => "settlement_terms",
            Self::Referrer(_) => "referrer",
        }
    }

    /// From when it is to hold; none for what holds at once.
    pub const fn starts(&self) -> Option<Timestamp> {
        match self {
            Self::Fees(fact) => Some(fact.from),
            Self::Limits(fact) => Some(fact.from),
            Self::Rules(fact) => Some(fact.from),
            Self::PayoutTerms(fact) => Some(fact.from),
            Self::RateTerms(fact) => Some(fact.from),
            Self::Codes(fact) => Some(fact.from),
            Self::PayoutRules(fact) => Some(fact.from),
            Self::Safeguard(fact) => Some(fact.from),
            Self::FeeRule(fact) => Some(fact.from),
            Self::Split(fact) => Some(fact.from),
            Self::Settlement(fact) => Some(fact.from),
            Self::Referrer(fact) => Some(fact.from),
            Self::Rates(_) => None,
            Self::LimitRule(fact) => Some(fact.from),
            Self::VelocityRule(fact) => Some(fact.from),
            Self::Classes(fact) => Some(fact.from),
        }
    }

    /// The fact that it becomes when it is put in force at `now`: what was to hold earlier holds
    /// from then on, so that no payment of before is judged by it.
    pub fn in_force(self, now: Timestamp) -> crate::Event {
        match self {
            Self::Fees(fact) => FeesSet { from: fact.from.max(now), ..fact }.into(),
            Self::Limits(fact) => LimitsSet { from: fact.from.max(now), ..fact }.into(),
            Self::Rules(fact) => RulesSet { from: fact.from.max(now), ..fact }.into(),
            Self::PayoutTerms(fact) => PayoutTermsSet { from: fact.from.max(now), ..fact }.into(),
            Self::RateTerms(fact) => RateTermsSet { from: fact.from.max(now), ..fact }.into(),
            Self::Rates(fact) => fact.into(),
            Self::Codes(fact) => CodeTermsSet { from: fact.from.max(now), ..fact }.into(),
            Self::LimitRule(fact) => LimitRuleSet { from: fact.from.max(now), ..fact }.into(),
            Self::VelocityRule(fact) => VelocityRuleSet { from: fact.from.max(now), ..fact }.into(),
            Self::Classes(fact) => ClassesSet { from: fact.from.max(now), ..fact }.into(),
            Self::PayoutRules(fact) => PayoutRulesSet { from: fact.from.max(now), ..fact }.into(),
            Self::Safeguard(fact) => SafeguardRuleSet { from: fact.from.max(now), ..fact }.into(),
            Self::FeeRule(fact) => FeeRuleSet { from: fact.from.max(now), ..fact }.into(),
            Self::Split(fact) => SplitSet { from: fact.from.max(now), ..fact }.into(),
            Self::Settlement(fact) => {
                SettlementTermsSet { from: fact.from.max(now), ..fact }.into()
            }
            Self::Referrer(fact) => {
                Referred::Set(ReferrerSet { from: fact.from.max(now), ..fact }).into()
            }
        }
    }

    /// The fact of a term that the cell never had: it holds from when it says.
    pub fn founding(self) -> crate::Event {
        self.in_force(Timestamp(0))
    }
}

facts! {
    /// Somebody proposed a change of terms; it waits for another person.
    Proposed {
        0 /// Which.
        proposal: Id<Proposal>,
        1 /// Who proposed it.
        by: Author,
        2 /// What is to change.
        change: Change,
        3 /// Why, in the author's words.
        note: String,
    }
    /// Another person approved it; what changes is the next fact of the record.
    ProposalApproved {
        0 /// Which.
        proposal: Id<Proposal>,
        1 /// Who approved it.
        by: Author,
    }
    /// It was rejected, or taken back by its author.
    ProposalRejected {
        0 /// Which.
        proposal: Id<Proposal>,
        1 /// Who rejected it.
        by: Author,
        2 /// Why.
        reason: String,
    }
    /// Rates are trusted this far from a moment on.
    RateTermsSet {
        0 /// From when.
        from: Timestamp,
        1 /// How far.
        terms: RateTerms,
    }
}
