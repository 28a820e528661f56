//! The figures that a newspaper reported, each beside the same computed from a cell's own events:
//! over the same months of the year, the newest that have ended.

use kernel::Currency;
use market::reported::{self, Reported};
use views::{Month, Views, ViewsError, WalletOf};

use super::growth::{Change, NoGrowth, Past, a_year_before};
use super::sales::{self, Asked};
use super::trips::{self, mean};

/// A figure as it is computed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// What a trip came to in the mean, in minor units.
    Spend(i64, Currency),
    /// What visitors' wallets paid the shops, in minor units.
    Volume(i64, Currency),
    /// How payments grew from January to June.
    Times(Change),
    /// In how many of the 47 prefectures was paid.
    Coverage(u64),
    /// How many people paid abroad.
    People(u64),
}

/// One line: what was reported, and the same of here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headline {
    /// As it was reported.
    pub reported: &'static Reported,
    /// Of which months the figure of here is.
    pub months: Option<(Month, Month)>,
    /// The figure of here, or why there is none.
    pub figure: Result<Figure, NoGrowth>,
    /// By how much more than a year before, where a year before was reported too.
    pub grown: Option<Result<Change, NoGrowth>>,
}

impl Headline {
    const fn none(reported: &'static Reported) -> Self {
        let figure = Err(NoGrowth::NotRecorded);
        Self { reported, months: None, figure, grown: None }
    }
}

/// The newest of the same months of each year that have ended and that the cell was there for.
fn newest(past: Past, first: u32, last: u32) -> Option<(Month, Month)> {
    let year = past.this.year();
    let months = |year| (Month::of(year, first), Month::of(year, last));
    let fits = |(from, to): &(Month, Month)| past.ended(*to) && *from >= past.first_whole;
    [year, year.saturating_sub(1)].into_iter().map(months).find(fits)
}

/// What the shops' cell can tell: volume, growth from January to June, coverage.
///
/// # Errors
/// When the views can't be read.
pub fn of_shops(
    views: &Views,
    currency: Currency,
    past: Past,
    year: Option<(Month, Month)>,
) -> Result<[Headline; 3], ViewsError> {
    let of = |months| -> Result<Option<sales::Sales>, ViewsError> {
        let found = sales::read(views, &Asked::all(months), past)?;
        Ok(found.into_iter().find(|sales| sales.currency == currency))
    };
    let mut volume = Headline::none(&reported::VOLUME);
    if let Some(months) = newest(past, 7, 8) {
        let (mut now, mut before) = (0, 0);
        if let Some(sales) = of(months)? {
            // The report is of visitors: who paid over a bridge.
            let over = |(wallet, _): &(&WalletOf, _)| matches!(wallet, WalletOf::Cell(_));
            for (_, pair) in sales.by_wallet.iter().filter(over) {
                now += pair.now.captured;
                before += pair.before.captured;
            }
        }
        volume.months = Some(months);
        volume.figure = Ok(Figure::Volume(now, currency));
        volume.grown = Some(past.in_a_year(months, now, before));
    }
    let mut times = Headline::none(&reported::HALF_A_YEAR);
    if let Some(months) = newest(past, 1, 6) {
        let payments = |of: &Option<sales::Sales>, month| {
            let pair = of.as_ref().and_then(|sales| sales.by_month.get(&month));
            pair.map_or(0, |pair| i64::try_from(pair.now.payments).unwrap_or(i64::MAX))
        };
        let sales = of(months)?;
        let (first, last) = months;
        let (then, now) = (payments(&sales, first), payments(&sales, last));
        times.months = Some(months);
        let grown = past.grown((now, (last, last)), (then, (first, first)));
        times.figure = grown.map(Figure::Times);
    }
    let mut coverage = Headline::none(&reported::COVERAGE);
    if let Some(months) = year {
        let covered = of(months)?.map_or(0, |sales| sales.coverage().0);
        coverage.months = Some(months);
        coverage.figure = Ok(Figure::Coverage(covered));
    }
    Ok([volume, times, coverage])
}

/// What the visitors' cell can tell: spend a trip, and people.
///
/// # Errors
/// When the views can't be read.
pub fn of_visitors(
    views: &Views,
    currency: Currency,
    past: Past,
    year: Option<(Month, Month)>,
) -> Result<[Headline; 2], ViewsError> {
    let mut spend = Headline::none(&reported::SPEND_A_TRIP);
    if let Some(months) = newest(past, 7, 8) {
        let found = trips::read(views, months, past)?;
        let found = found.into_iter().find(|of| of.currency == currency);
        spend.months = Some(months);
        match found.filter(|of| of.all.0.trips.trips > 0) {
            Some(of) => {
                spend.figure = Ok(Figure::Spend(mean(&of.all.0), currency));
                spend.grown = Some(of.grown(mean));
            }
            None => spend.figure = Err(NoGrowth::Nothing),
        }
    }
    let mut people = Headline::none(&reported::VISITORS);
    if let Some(months) = year {
        let count = |months| -> Result<u64, ViewsError> { Ok(views.travellers(months)?.0) };
        let (now, before) = (count(months)?, count(a_year_before(months))?);
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        people.months = Some(months);
        people.figure = Ok(Figure::People(now));
        people.grown = Some(past.in_a_year(months, whole(now), whole(before)));
    }
    Ok([spend, people])
}

/// Those of both cells in the order of the report; what a process has no cell for is not told.
pub fn ordered(shops: Option<[Headline; 3]>, visitors: Option<[Headline; 2]>) -> Vec<Headline> {
    let [volume, times, coverage] = shops.unwrap_or([
        Headline::none(&reported::VOLUME),
        Headline::none(&reported::HALF_A_YEAR),
        Headline::none(&reported::COVERAGE),
    ]);
    let [spend, people] = visitors
        .unwrap_or([Headline::none(&reported::SPEND_A_TRIP), Headline::none(&reported::VISITORS)]);
    vec![spend, volume, times, coverage, people]
}
