//! Rates, fees, limits and rules: dated data that enters by command, never a constant.

mod payout;

mod limits;
mod settlement;

use kernel::{Currency, Decimal, Span, Timestamp};

pub use limits::{
    Classes, Counts, Effect, LimitRule, Named, Reach, RuleBook, UNCLASSED, VelocityRule, Window,
};

pub use payout::{PayoutRules, SafeguardRule, Schedule};
pub use settlement::{Closing, SettlementTerms, Supply};

/// A merchant's trade. Numbers are stored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Category {
    /// Food and drink on the spot.
    #[n(0)]
    Restaurant,
    /// A shop behind or before the security check.
    #[n(1)]
    AirportShop,
    /// A house of many departments.
    #[n(2)]
    DepartmentStore,
    /// A museum, a temple, a park.
    #[n(3)]
    Attraction,
    /// A bed for the night.
    #[n(4)]
    Lodging,
    /// Trains, buses, taxis, ropeways.
    #[n(5)]
    Transport,
    /// Groceries, drugs, what a day needs.
    #[n(6)]
    DailyNeeds,
    /// Anything else.
    #[n(7)]
    Other,
}

impl Category {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Restaurant,
        Self::AirportShop,
        Self::DepartmentStore,
        Self::Attraction,
        Self::Lodging,
        Self::Transport,
        Self::DailyNeeds,
        Self::Other,
    ];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restaurant => "restaurant",
            Self::AirportShop => "airport_shop",
            Self::DepartmentStore => "department_store",
            Self::Attraction => "attraction",
            Self::Lodging => "lodging",
            Self::Transport => "transport",
            Self::DailyNeeds => "daily_needs",
            Self::Other => "other",
        }
    }

    /// The category of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.word() == word)
    }

    /// The merchant category code (ISO 18245) that codes of the trade carry.
    pub const fn mcc(self) -> u16 {
        match self {
            Self::Restaurant => 5812,
            Self::AirportShop => 5309,
            Self::DepartmentStore => 5311,
            Self::Attraction => 7991,
            Self::Lodging => 7011,
            Self::Transport => 4111,
            Self::DailyNeeds => 5411,
            Self::Other => 5999,
        }
    }
}

/// What a payment costs, in basis points.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Fees {
    /// Above the mid rate, on the converted amount, from the payer.
    #[n(0)]
    pub spread_bps: u32,
    /// On the converted amount, from the payer.
    #[n(1)]
    pub payer_bps: u32,
    /// On what is captured, from the merchant.
    #[n(2)]
    pub merchant_bps: u32,
    /// Other merchant fees for some trades.
    #[n(3)]
    pub by_category: Vec<(Category, u32)>,
}

impl Fees {
    /// The merchant's fee for a trade.
    pub fn merchant(&self, category: Category) -> u32 {
        let special = self.by_category.iter().find(|(known, _)| *known == category);
        special.map_or(self.merchant_bps, |(_, bps)| *bps)
    }
}

/// The most a wallet may pay. 0 is "no limit".
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Limits {
    /// For wallets of this currency.
    #[n(0)]
    pub currency: Currency,
    /// In one payment, in minor units.
    #[n(1)]
    pub per_payment: u64,
    /// In one day of the cell, in minor units.
    #[n(2)]
    pub per_day: u64,
    /// The law or contract they come from.
    #[n(3)]
    pub source: String,
}

impl Limits {
    /// The same as rules, for all classes and wherever the store is.
    pub fn rules(&self) -> [LimitRule; 2] {
        let rule = |window: Window, most| LimitRule {
            id: format!("{}.{}", self.currency.code().to_lowercase(), window.word()),
            currency: self.currency,
            classes: u16::MAX,
            reach: Reach::Everywhere,
            window,
            most,
            source: self.source.clone(),
            section: String::new(),
        };
        [rule(Window::Payment, self.per_payment), rule(Window::Day, self.per_day)]
    }
}

/// When merchants are paid out, from how much on, and at what cost to them.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutTerms {
    /// For merchants of this currency.
    #[n(0)]
    pub currency: Currency,
    /// What is less waits for the next file, in minor units.
    #[n(1)]
    pub minimum: u64,
    /// From the merchant, for a transfer inside the operator's bank, in minor units.
    #[n(2)]
    pub fee_same_bank: u64,
    /// From the merchant, for a transfer to another bank, in minor units.
    #[n(3)]
    pub fee_other_bank: u64,
    /// When tonight's file is made: this minute of the cell's day.
    #[n(4)]
    pub cutoff_min: u16,
}

impl PayoutTerms {
    /// What a transfer costs the merchant.
    pub const fn fee(&self, same_bank: bool) -> u64 {
        if same_bank { self.fee_same_bank } else { self.fee_other_bank }
    }
}

/// The cell's lengths of time.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Rules {
    /// How long a quote is locked, in seconds.
    #[n(0)]
    pub quote_s: u32,
    /// How long after capture a part may be given back, in days.
    #[n(1)]
    pub refund_days: u32,
    /// How long what is held may wait for its capture, in days.
    #[n(2)]
    pub capture_days: u32,
    /// Within which time the same store and amount asks for a second yes, in seconds.
    #[n(3)]
    pub repeat_s: u32,
    /// The most a payment may be open to be paid, in seconds.
    #[n(4)]
    pub request_max_s: u32,
    /// The cell's day begins this many minutes before that of UTC.
    #[n(5)]
    pub utc_offset_min: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            quote_s: 60,
            refund_days: 180,
            capture_days: 30,
            repeat_s: 120,
            request_max_s: 86_400,
            utc_offset_min: 0,
        }
    }
}

impl Rules {
    /// What is to be added to UTC for the cell's own day.
    pub fn offset(&self) -> Span {
        Span::seconds(u64::from(self.utc_offset_min) * 60)
    }
}

/// How far reference rates are trusted.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct RateTerms {
    /// The most by which the decimal of a currency of the cell may differ from the one before, in
    /// basis points of the smaller; what moves further waits for a second person.
    #[n(0)]
    pub max_move_bps: u32,
    /// How long after they were put in force rates are quoted, in seconds; 0 for ever.
    #[n(1)]
    pub max_age_s: u32,
    /// Who says so.
    #[n(2)]
    pub source: String,
}

/// Published reference rates of one day.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct RateLot {
    /// The day, as `yyyymmdd`.
    #[n(0)]
    pub date: u32,
    /// Who published them.
    #[n(1)]
    pub source: String,
    /// Units for one of the base, sorted by currency.
    #[n(2)]
    pub rates: Vec<(Currency, Decimal)>,
    /// When they were put in force.
    #[n(3)]
    pub since: Timestamp,
}

impl RateLot {
    /// The published decimal of a currency.
    pub fn of(&self, currency: Currency) -> Option<Decimal> {
        self.rates.iter().find(|(known, _)| *known == currency).map(|(_, rate)| *rate)
    }
}

/// Values that hold from a moment on, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Dated<T> {
    #[n(0)]
    list: Vec<(Timestamp, T)>,
}

impl<T> Default for Dated<T> {
    fn default() -> Self {
        Self { list: Vec::new() }
    }
}

impl<T> Dated<T> {
    /// Sets a value from a moment on; one set for the same moment before is replaced.
    pub fn set(&mut self, from: Timestamp, value: T) {
        self.set_for(from, value, |_| true);
    }

    /// [`Self::set`] where several kinds of a value hold side by side: only one of the same kind
    /// is replaced.
    pub fn set_for(&mut self, from: Timestamp, value: T, same: impl Fn(&T) -> bool) {
        let start = self.list.partition_point(|(at, _)| *at < from);
        let end = self.list.partition_point(|(at, _)| *at <= from);
        match (start..end).find(|at| same(&self.list[*at].1)) {
            Some(at) => self.list[at].1 = value,
            None => self.list.insert(end, (from, value)),
        }
    }

    /// What holds at a moment, if anything, and all that comes after it.
    pub fn since(&self, moment: Timestamp) -> impl Iterator<Item = &T> {
        let after = self.list.partition_point(|(from, _)| *from <= moment);
        self.list[after.saturating_sub(1)..].iter().map(|(_, value)| value)
    }

    /// Every value with the moment from which it holds, oldest first.
    pub fn all(&self) -> impl Iterator<Item = (Timestamp, &T)> {
        self.list.iter().map(|(from, value)| (*from, value))
    }

    /// What holds last of all.
    pub fn last(&self) -> Option<&T> {
        self.list.last().map(|(_, value)| value)
    }

    /// What holds at a moment.
    pub fn at(&self, now: Timestamp) -> Option<&T> {
        let after = self.list.partition_point(|(from, _)| *from <= now);
        after.checked_sub(1).map(|at| &self.list[at].1)
    }

    /// What holds at a moment, among those that pass a test.
    pub fn at_where(&self, now: Timestamp, pass: impl Fn(&T) -> bool) -> Option<&T> {
        let after = self.list.partition_point(|(from, _)| *from <= now);
        self.list[..after].iter().rev().map(|(_, value)| value).find(|value| pass(value))
    }
}
