//! A day's sales, or some days', beside the same days a week before.

use std::collections::BTreeMap;

use kernel::{Currency, Timestamp};
use pay::Category;
use views::{Figures, Sum, Views, ViewsError, WalletOf};

use super::days;

/// A week has the same weekdays and is near enough to be compared with.
pub const WEEK: u32 = 7;
/// The longest span: a quarter of a year.
pub const MOST_DAYS: u32 = 92;

/// By what figures are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The store's prefecture.
    Prefecture,
    /// The store's trade.
    Category,
    /// The hour of the cell's day.
    Hour,
    /// Whose wallets paid.
    Wallet,
    /// The cell's day.
    Day,
}

impl By {
    /// The word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prefecture => "prefecture",
            Self::Category => "category",
            Self::Hour => "hour",
            Self::Wallet => "wallet",
            Self::Day => "day",
        }
    }
}

/// What a line of figures is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A prefecture by its number (JIS X 0401); 0 outside Japan.
    Prefecture(u8),
    /// A trade.
    Category(Category),
    /// An hour, 0 to 23.
    Hour(u8),
    /// Wallets.
    Wallet(WalletOf),
    /// A day, as days since 1970; of the week before it is the day a week later, beside which it
    /// stands.
    Day(u32),
}

impl Of {
    /// The key of the API.
    pub fn key(&self) -> String {
        match self {
            Self::Prefecture(number) => number.to_string(),
            Self::Category(category) => category.word().to_owned(),
            Self::Hour(hour) => format!("{hour:02}"),
            Self::Wallet(WalletOf::Here(currency)) => currency.code().to_owned(),
            Self::Wallet(WalletOf::Cell(name) | WalletOf::Connector(name)) => name.clone(),
            Self::Day(day) => days::written(*day).to_string(),
        }
    }
}

/// Sales of some days in one currency and those of the same days a week before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What shops were paid in.
    pub currency: Currency,
    /// These days.
    pub now: Figures,
    /// The week before.
    pub before: Figures,
}

/// One line of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what.
    pub of: Of,
    /// These days.
    pub now: Sum,
    /// The week before.
    pub before: Sum,
}

/// Some days beside the same days a week before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The first and the last day, as days since 1970.
    pub days: (u32, u32),
    /// Up to which minute of the last day both are told, and with it; none when it has ended.
    pub until: Option<u16>,
    /// One for each currency that has any, in order of its code.
    pub pairs: Vec<Pair>,
}

/// Why figures can't be told of some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The last day is before the first.
    Backwards,
    /// It is more than [`MOST_DAYS`].
    TooMany,
    /// The day is not there yet.
    NotYet,
}

/// Reads the figures of some days, of today when none are named, at a moment.
///
/// # Errors
/// When the views can't be read; which days can't be told.
pub fn compare(
    views: &Views,
    asked: Option<(u32, u32)>,
    now: Timestamp,
) -> Result<Result<Compared, Wrong>, ViewsError> {
    let (today, minute) = views.clock(now)?;
    let (first, last) = asked.unwrap_or((today, today));
    if last < first {
        return Ok(Err(Wrong::Backwards));
    }
    if last - first >= MOST_DAYS {
        return Ok(Err(Wrong::TooMany));
    }
    if last > today {
        return Ok(Err(Wrong::NotYet));
    }
    let until = (last == today).then_some(minute);
    let week = |day: u32| day.saturating_sub(WEEK);
    let now = views.figures((first, last), until)?;
    let before = views.figures((week(first), week(last)), until)?;
    let mut pairs: BTreeMap<&'static str, Pair> = BTreeMap::new();
    let none =
        |currency| Pair { currency, now: Figures::none(currency), before: Figures::none(currency) };
    for figures in now {
        let currency = figures.currency;
        pairs.entry(currency.code()).or_insert_with(|| none(currency)).now = figures;
    }
    for figures in before {
        let currency = figures.currency;
        pairs.entry(currency.code()).or_insert_with(|| none(currency)).before = figures;
    }
    Ok(Ok(Compared { days: (first, last), until, pairs: pairs.into_values().collect() }))
}

impl Compared {
    /// The days of the week before.
    pub fn week_before(&self) -> (u32, u32) {
        (self.days.0.saturating_sub(WEEK), self.days.1.saturating_sub(WEEK))
    }

    /// The figures of a currency; nothing sold when it has none.
    pub fn pair(&self, currency: Currency) -> Pair {
        let found = self.pairs.iter().find(|pair| pair.currency == currency).cloned();
        found.unwrap_or_else(|| Pair {
            currency,
            now: Figures::none(currency),
            before: Figures::none(currency),
        })
    }
}

impl Pair {
    /// One line for each group that has any on either side, in order of its key.
    pub fn lines(&self, by: By) -> Vec<Line> {
        let mut found: BTreeMap<Of, (Sum, Sum)> = BTreeMap::new();
        for (of, sum) in groups(&self.now, by, 0) {
            found.entry(of).or_default().0 = sum;
        }
        for (of, sum) in groups(&self.before, by, WEEK) {
            found.entry(of).or_default().1 = sum;
        }
        let lines = found.into_iter();
        lines.map(|(of, (now, before))| Line { of, now, before }).collect()
    }
}

fn groups(figures: &Figures, by: By, later: u32) -> Vec<(Of, Sum)> {
    fn each<K: Clone>(map: &BTreeMap<K, Sum>, of: impl Fn(K) -> Of) -> Vec<(Of, Sum)> {
        map.iter().map(|(key, sum)| (of(key.clone()), *sum)).collect()
    }
    match by {
        By::Prefecture => each(&figures.by_prefecture, Of::Prefecture),
        By::Category => each(&figures.by_category, Of::Category),
        By::Hour => each(&figures.by_hour, Of::Hour),
        By::Wallet => each(&figures.by_wallet, Of::Wallet),
        By::Day => each(&figures.by_day, |day| Of::Day(day + later)),
    }
}

/// A minute of a day as `12:52`.
pub fn time_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
