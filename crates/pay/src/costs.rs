//! What a sale costs its merchant: the operator's fee, by a schedule, and the shares of others.
//!
//! A rule of the schedule names a merchant, a trade, a way of paying, or several of these. Of the
//! rules that fit a sale the narrowest holds: one that names the merchant before one that does
//! not, then one that names the trade, then one that names the way; what no rule fits costs what
//! [`Fees`](crate::Fees) says.

use std::collections::BTreeMap;

use kernel::{Timestamp, basis_points, share};

use crate::terms::{Category, Dated};

/// From where a sale is paid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
pub enum Via {
    /// From a wallet of the same cell.
    #[n(0)]
    Here,
    /// Over a link, by its number.
    #[n(1)]
    Link(#[n(0)] u8),
    /// By another company's wallet, by the number of its connector.
    #[n(2)]
    Connector(#[n(0)] u16),
}

impl Via {
    /// The way of a sale over a link; [`crate::state::NO_LINK`] is none.
    pub const fn of_link(link: u8) -> Self {
        match crate::state::connector_of(link) {
            Some(number) => Self::Connector(number as u16),
            None if link == crate::state::NO_LINK => Self::Here,
            None => Self::Link(link),
        }
    }
}

/// Which sales a fee rule is for. What is not named is any.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct FeeScope {
    /// The merchant's entry.
    #[n(0)]
    pub merchant: Option<u32>,
    /// The trade of its store.
    #[n(1)]
    pub category: Option<Category>,
    /// The way it is paid.
    #[n(2)]
    pub via: Option<Via>,
}

impl FeeScope {
    /// The scopes that fit a sale, the narrowest first.
    fn fitting(merchant: u32, category: Category, via: Via) -> impl Iterator<Item = Self> {
        (0..7u8).map(move |open| Self {
            merchant: (open & 4 == 0).then_some(merchant),
            category: (open & 2 == 0).then_some(category),
            via: (open & 1 == 0).then_some(via),
        })
    }
}

/// What a fee is: basis points of what is captured, and an amount once a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct FeeRate {
    /// Of what is captured, half to even.
    #[n(0)]
    pub bps: u32,
    /// Once for each payment of which something was captured, in minor units.
    #[n(1)]
    pub fixed: u64,
    /// The most, in minor units; 0 is no bound.
    #[n(2)]
    pub most: u64,
}

impl FeeRate {
    /// The fee on all that was captured of a payment; `None` when it is no amount.
    pub fn on(&self, captured: u64) -> Option<u64> {
        if captured == 0 {
            return Some(0);
        }
        let due = basis_points(captured, self.bps)?.checked_add(self.fixed)?.min(captured);
        Some(if self.most == 0 { due } else { due.min(self.most) })
    }
}

/// The fee rules by what they are for, each by date. A rule may be ended: then the next one that
/// fits holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct FeeRules {
    #[n(0)]
    by_scope: BTreeMap<FeeScope, Dated<Option<FeeRate>>>,
}

impl FeeRules {
    /// Sets a rule from a moment on, or ends it.
    pub fn set(&mut self, scope: FeeScope, from: Timestamp, rate: Option<FeeRate>) {
        self.by_scope.entry(scope).or_default().set(from, rate);
    }

    /// What was last said of a scope by a moment: a rate, or that its rule has ended.
    pub fn at(&self, now: Timestamp, scope: FeeScope) -> Option<Option<FeeRate>> {
        self.by_scope.get(&scope)?.at(now).copied()
    }

    /// The rate of the narrowest rule that fits a sale at a moment.
    pub fn rate(
        &self,
        now: Timestamp,
        merchant: u32,
        category: Category,
        via: Via,
    ) -> Option<FeeRate> {
        if self.by_scope.is_empty() {
            return None;
        }
        FeeScope::fitting(merchant, category, via)
            .find_map(|scope| *self.by_scope.get(&scope)?.at(now)?)
    }

    /// Every rule that was ever set, by what it is for, then by date.
    pub fn all(&self) -> impl Iterator<Item = (FeeScope, Timestamp, Option<FeeRate>)> {
        self.by_scope
            .iter()
            .flat_map(|(scope, dated)| dated.all().map(|(from, rate)| (*scope, from, *rate)))
    }
}

/// What another's share of a sale is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum ShareKind {
    /// The platform that brought the sale about.
    #[n(0)]
    Platform,
    /// A partner with whom the merchant sells.
    #[n(1)]
    Partner,
    /// A tax that is set aside.
    #[n(2)]
    Tax,
}

impl ShareKind {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 3] = [Self::Platform, Self::Partner, Self::Tax];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Partner => "partner",
            Self::Tax => "tax",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Another's share of what a merchant sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Share {
    /// Who gets it: the entry of another merchant of the same currency.
    #[n(0)]
    pub receiver: u32,
    /// What for.
    #[n(1)]
    pub kind: ShareKind,
    /// How much of what is captured, in basis points, rounded down.
    #[n(2)]
    pub bps: u32,
}

/// With whom a merchant shares what it sells. It never changes; a new one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Split {
    /// Whose sales.
    #[n(0)]
    pub merchant: u32,
    /// The shares, in the order in which they are taken; none ends the sharing.
    #[n(1)]
    pub shares: Vec<Share>,
}

/// The most shares of one split.
pub const MOST_SHARES: usize = 4;

/// What each share comes to, in the order of its split.
pub type Amounts = [u64; MOST_SHARES];

impl Split {
    /// What each share is of all that was captured, in minor units.
    pub fn due(&self, captured: u64) -> Amounts {
        let mut due = Amounts::default();
        for (due, part) in due.iter_mut().zip(&self.shares) {
            *due = share(captured, u64::from(part.bps), 10_000);
        }
        due
    }

    /// What each share is once `captured` of a payment was captured in all: what is due, as far as
    /// the merchant has it. What a part could not give, the next one does.
    pub fn after(&self, before: &Amounts, captured: u64, mut has: u64) -> Amounts {
        let mut after = self.due(captured);
        for (after, before) in after.iter_mut().zip(before) {
            let more = after.saturating_sub(*before).min(has);
            has -= more;
            *after = before + more;
        }
        after
    }
}

/// Every split that was ever set, and which one holds for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Splits {
    #[n(0)]
    list: Vec<Split>,
    /// By the merchant's entry: the number of its split, by date.
    #[n(1)]
    of: BTreeMap<u32, Dated<u32>>,
}

impl Splits {
    /// Adds a split that holds from a moment on. Its number is the next one.
    pub fn add(&mut self, from: Timestamp, split: Split) {
        let number = self.list.len() as u32;
        self.of.entry(split.merchant).or_default().set(from, number);
        self.list.push(split);
    }

    /// A split by its number.
    pub fn get(&self, number: u32) -> Option<&Split> {
        self.list.get(number as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nobody ever shared anything.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The split of a merchant's sales at a moment, with its number; none where nothing is shared.
    pub fn at(&self, now: Timestamp, merchant: u32) -> Option<(u32, &Split)> {
        let number = *self.of.get(&merchant)?.at(now)?;
        self.get(number).filter(|split| !split.shares.is_empty()).map(|split| (number, split))
    }

    /// Whether a split that holds, or is to hold, gives a share to one of these.
    pub fn gives(&self, now: Timestamp, to: impl Fn(u32) -> bool) -> bool {
        let numbers = self.of.values().flat_map(|dated| dated.since(now));
        numbers
            .filter_map(|number| self.get(*number))
            .any(|split| split.shares.iter().any(|share| to(share.receiver)))
    }
}

/// What others have of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The payment's id, in halves.
    pub payment: [u64; 2],
    /// By which split; it was fixed when the first part was captured.
    pub split: u32,
    /// What each share came to.
    pub amounts: Amounts,
    /// What of the payment was given back so far, of all that was captured.
    pub refunded: u64,
    /// All that was captured so far.
    pub captured: u64,
}

impl Shared {
    /// What each share has given back once `refunded` of the payment is given back.
    pub fn returned(&self, refunded: u64) -> Amounts {
        self.amounts.map(|amount| share(amount, refunded, self.captured))
    }
}

/// What is taken of a sale, as both sides may know before it is paid.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Costs {
    /// The operator's fee.
    #[n(0)]
    pub fee: FeeRate,
    /// What others get, in basis points, in the order in which they get it.
    #[n(1)]
    pub shares: Vec<(ShareKind, u32)>,
}

/// What [`Costs`] come to for one amount, in its minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdown {
    /// The operator's.
    pub fee: u64,
    /// What others get.
    pub shares: Vec<(ShareKind, u64)>,
    /// What the shop keeps.
    pub net: u64,
}

impl Costs {
    /// What they come to when the amount is captured at once; `None` when that is no amount.
    pub fn of(&self, amount: u64) -> Option<Breakdown> {
        let fee = self.fee.on(amount)?;
        let mut net = amount - fee;
        let part = |(kind, bps): &(ShareKind, u32)| {
            let part = share(amount, u64::from(*bps), 10_000).min(net);
            net -= part;
            (*kind, part)
        };
        let shares = self.shares.iter().map(part).collect();
        Some(Breakdown { fee, shares, net })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(5);

    #[test]
    fn the_narrowest_rule_that_fits_holds() {
        let mut rules = FeeRules::default();
        assert_eq!(rules.rate(NOW, 1, Category::Lodging, Via::Here), None);
        let rate = |bps| Some(FeeRate { bps, ..FeeRate::default() });
        let scope = |merchant, category, via| FeeScope { merchant, category, via };
        let (lodging, here) = (Some(Category::Lodging), Some(Via::Here));
        rules.set(scope(None, None, here), Timestamp(0), rate(1));
        rules.set(scope(None, lodging, None), Timestamp(0), rate(2));
        rules.set(scope(None, lodging, here), Timestamp(0), rate(3));
        rules.set(scope(Some(1), None, None), Timestamp(0), rate(4));
        rules.set(scope(Some(1), None, here), Timestamp(9), rate(5));
        let of = |now, merchant, category, via| {
            rules.rate(Timestamp(now), merchant, category, via).map(|rate| rate.bps)
        };
        for (now, merchant, category, via, bps) in [
            (5, 1, Category::Lodging, Via::Here, Some(4)),
            (9, 1, Category::Lodging, Via::Here, Some(5)),
            (9, 1, Category::Lodging, Via::Link(0), Some(4)),
            (5, 2, Category::Lodging, Via::Here, Some(3)),
            (5, 2, Category::Lodging, Via::Link(0), Some(2)),
            (5, 2, Category::Other, Via::Here, Some(1)),
            (5, 2, Category::Other, Via::Connector(1), None),
        ] {
            assert_eq!(of(now, merchant, category, via), bps, "{now} {merchant} {category:?}");
        }
        let mut ended = rules.clone();
        ended.set(scope(Some(1), None, None), Timestamp(6), None);
        let bps = ended.rate(Timestamp(7), 1, Category::Lodging, Via::Here).map(|rate| rate.bps);
        assert_eq!(bps, Some(3), "where a rule was ended, the next one holds");
    }

    #[test]
    fn a_sale_is_broken_down_to_the_unit() {
        let fee = FeeRate { bps: 100, fixed: 0, most: 0 };
        let costs = Costs { fee, shares: vec![(ShareKind::Platform, 500), (ShareKind::Tax, 333)] };
        let broken = costs.of(3_199).unwrap();
        assert_eq!(broken.shares, [(ShareKind::Platform, 159), (ShareKind::Tax, 106)]);
        assert_eq!((broken.fee, broken.net), (32, 3_199 - 32 - 159 - 106));
    }

    #[test]
    fn a_fee_is_never_more_than_what_was_captured() {
        let rate = FeeRate { bps: 100, fixed: 30, most: 500 };
        for (captured, fee) in [(0, 0), (20, 20), (1_000, 40), (47_000, 500), (90_000, 500)] {
            assert_eq!(rate.on(captured), Some(fee), "{captured}");
        }
    }

    /// However a payment is captured in parts, each share is what the whole gives.
    #[test]
    fn shares_of_parts_come_to_the_shares_of_the_whole() {
        let share = |receiver, bps| Share { receiver, kind: ShareKind::Partner, bps };
        let shares = vec![share(1, 3_333), share(2, 3_333), share(3, 3_333)];
        let split = Split { merchant: 0, shares };
        for whole in 1..200u64 {
            let (mut amounts, mut captured) = (Amounts::default(), 0);
            while captured < whole {
                captured += (whole / 7).max(1).min(whole - captured);
                let has = captured - amounts.iter().sum::<u64>();
                amounts = split.after(&amounts, captured, has);
                assert!(amounts.iter().sum::<u64>() <= captured);
            }
            assert_eq!(amounts, split.due(whole), "{whole}");
            assert_eq!(split.after(&Amounts::default(), whole, whole), split.due(whole));
        }
    }
}
