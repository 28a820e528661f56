//! Limits, velocity rules and classes of parties: dated data that enters by command.

use kernel::{Currency, Timestamp};

use super::Dated;

/// A party that nobody has put into a class: it counts as the class that the cell's data name.
pub const UNCLASSED: u8 = u8::MAX;

/// The classes that parties are in by what is known of who they are, lowest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Classes {
    /// Their words, by number; at most [`Self::MOST`].
    #[n(0)]
    pub words: Vec<String>,
    /// The class of a party that nobody has put into one.
    #[n(1)]
    pub default: u8,
    /// The law or contract they come from.
    #[n(2)]
    pub source: String,
}

impl Classes {
    /// The most classes of a cell: rules name them by bits.
    pub const MOST: usize = 16;

    /// The number of a word.
    pub fn number(&self, word: &str) -> Option<u8> {
        let at = self.words.iter().position(|known| known == word)?;
        u8::try_from(at).ok()
    }
}

/// Which payments a limit counts, by where the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Reach {
    /// All.
    #[n(0)]
    Everywhere,
    /// Those to stores of the wallet's own cell.
    #[n(1)]
    Inside,
    /// Those to stores of other cells.
    #[n(2)]
    Across,
}

impl Reach {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 3] = [Self::Everywhere, Self::Inside, Self::Across];

    /// The stable word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Inside => "inside",
            Self::Across => "across",
        }
    }

    /// Of the sums inside and across, what it counts.
    pub const fn of(self, [inside, across]: [u64; 2]) -> u64 {
        match self {
            Self::Everywhere => inside.saturating_add(across),
            Self::Inside => inside,
            Self::Across => across,
        }
    }
}

/// What a limit is of. Days, months and years are the cell's own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Window {
    /// One payment.
    #[n(0)]
    Payment,
    /// All payments of a day.
    #[n(1)]
    Day,
    /// All payments of a calendar month.
    #[n(2)]
    Month,
    /// All payments of a calendar year.
    #[n(3)]
    Year,
    /// All payments of a day by printed codes: those whose payment no till asked for.
    #[n(4)]
    StaticDay,
}

impl Window {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 5] = [Self::Payment, Self::Day, Self::Month, Self::Year, Self::StaticDay];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
            Self::StaticDay => "static_day",
        }
    }
}

/// One limit on what wallets pay.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LimitRule {
    /// Its name: one of the same name takes its place.
    #[n(0)]
    pub id: String,
    /// For wallets of this currency.
    #[n(1)]
    pub currency: Currency,
    /// For parties of these classes: a bit each.
    #[n(2)]
    pub classes: u16,
    /// Which payments it counts.
    #[n(3)]
    pub reach: Reach,
    /// What it is of.
    #[n(4)]
    pub window: Window,
    /// Minor units; 0 ends the limit.
    #[n(5)]
    pub most: u64,
    /// The law or contract it comes from.
    #[n(6)]
    pub source: String,
    /// Where in it.
    #[n(7)]
    pub section: String,
}

/// What a velocity rule counts, among a wallet's last payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Counts {
    /// Payments that were said yes to.
    #[n(0)]
    Payments,
    /// The stores they went to.
    #[n(1)]
    Stores,
    /// Those of the same amount to the same store.
    #[n(2)]
    Same,
    /// Those that came back declined.
    #[n(3)]
    Declines,
}

impl Counts {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 4] = [Self::Payments, Self::Stores, Self::Same, Self::Declines];

    /// The stable word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Stores => "stores",
            Self::Same => "same",
            Self::Declines => "declines",
        }
    }
}

/// What a velocity rule does with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Effect {
    /// It is refused until the time has passed.
    #[n(0)]
    Refuse,
    /// It waits for the operator's staff.
    #[n(1)]
    Review {
        /// How long it may wait, in minutes.
        #[n(0)]
        wait_min: u32,
        /// For how long a released payment may be made, in minutes.
        #[n(1)]
        release_min: u32,
    },
}

/// How fast a wallet may pay.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct VelocityRule {
    /// Its name: one of the same name takes its place.
    #[n(0)]
    pub id: String,
    /// For parties of these classes: a bit each; 0 ends the rule.
    #[n(1)]
    pub classes: u16,
    /// What it counts.
    #[n(2)]
    pub counts: Counts,
    /// How many there may be.
    #[n(3)]
    pub most: u8,
    /// In how many minutes.
    #[n(4)]
    pub minutes: u16,
    /// What becomes of the payment that would be one more.
    #[n(5)]
    pub effect: Effect,
    /// Who says so.
    #[n(6)]
    pub source: String,
}

/// A rule with a name.
pub trait Named {
    /// Its name.
    fn name(&self) -> &str;
}

impl Named for LimitRule {
    fn name(&self) -> &str {
        &self.id
    }
}

impl Named for VelocityRule {
    fn name(&self) -> &str {
        &self.id
    }
}

/// Rules by their names, each as it held from when to when.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct RuleBook<T> {
    #[n(0)]
    rules: Vec<(String, Dated<T>)>,
}

impl<T> Default for RuleBook<T> {
    fn default() -> Self {
        Self { rules: Vec::new() }
    }
}

impl<T: Named> RuleBook<T> {
    /// Sets a rule from a moment on.
    pub fn set(&mut self, from: Timestamp, rule: T) {
        match self.place(rule.name()) {
            Ok(at) => self.rules[at].1.set(from, rule),
            Err(at) => {
                let name = rule.name().to_owned();
                let mut dated = Dated::default();
                dated.set(from, rule);
                self.rules.insert(at, (name, dated));
            }
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.rules.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// The rules that hold at a moment, in the order of their names.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &T> {
        self.rules.iter().filter_map(move |(_, dated)| dated.at(now))
    }

    /// A rule as it holds at a moment.
    pub fn named(&self, name: &str, now: Timestamp) -> Option<&T> {
        self.rules[self.place(name).ok()?].1.at(now)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}
