//! What the people of a cell do abroad: payments, people and trips, beside a year before.

use std::collections::BTreeMap;

use kernel::Currency;
use views::{AbroadSum, Month, TripSum, Views, ViewsError};

use super::growth::{Change, NoGrowth, Past, a_year_before};

/// A month abroad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthAbroad {
    /// Payments, by their own moment.
    pub sum: AbroadSum,
    /// Trips that began in it.
    pub trips: TripSum,
    /// People who paid in it.
    pub people: u64,
}

/// Some months abroad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abroad {
    /// What the wallets are kept in.
    pub currency: Currency,
    /// Which months.
    pub months: (Month, Month),
    /// What growth may be told of.
    pub past: Past,
    /// These months, and the same a year before.
    pub all: (MonthAbroad, MonthAbroad),
    /// Every month, with the same a year before.
    pub by_month: BTreeMap<Month, (MonthAbroad, MonthAbroad)>,
}

impl Abroad {
    /// Nothing was paid.
    pub fn none(currency: Currency, months: (Month, Month), past: Past) -> Self {
        let each = (months.0.0..=months.1.0).map(|month| (Month(month), Default::default()));
        let all = Default::default();
        Self { currency, months, past, all, by_month: each.collect() }
    }

    /// What a value grew by against the same months a year before.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn grown(&self, of: fn(&MonthAbroad) -> i64) -> Result<Change, NoGrowth> {
        self.past.in_a_year(self.months, of(&self.all.0), of(&self.all.1))
    }

    /// The same of one month.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn month_grown(
        &self,
        of: fn(&MonthAbroad) -> i64,
        month: Month,
    ) -> Result<Change, NoGrowth> {
        let pair = self.by_month.get(&month).copied().unwrap_or_default();
        self.past.in_a_year((month, month), of(&pair.0), of(&pair.1))
    }
}

/// What a trip cost in the mean; 0 without one.
pub fn mean(of: &MonthAbroad) -> i64 {
    of.trips.mean().unwrap_or(0)
}

/// Reads what wallets of a cell paid over links, one for each of their currencies that has any, in
/// order of its code. People are counted once over all currencies.
///
/// # Errors
/// When the views can't be read.
pub fn read(views: &Views, months: (Month, Month), past: Past) -> Result<Vec<Abroad>, ViewsError> {
    let mut found: BTreeMap<&'static str, Abroad> = BTreeMap::new();
    for (span, later) in [(months, 0), (a_year_before(months), 12)] {
        let now = later == 0;
        let side = |pair: &mut (MonthAbroad, MonthAbroad), change: &dyn Fn(&mut MonthAbroad)| {
            change(if now { &mut pair.0 } else { &mut pair.1 });
        };
        let mut of = |currency: Currency| {
            let none = || Abroad::none(currency, months, past);
            found.entry(currency.code()).or_insert_with(none);
        };
        let abroad = views.abroad(span)?;
        let trips = views.trips(span)?;
        abroad.iter().for_each(|it| of(it.currency));
        trips.iter().for_each(|it| of(it.currency));
        for it in abroad {
            let Some(of) = found.get_mut(it.currency.code()) else { continue };
            for ((month, _), sum) in it.months {
                let add = |to: &mut MonthAbroad| {
                    to.sum.payments += sum.payments;
                    to.sum.paid += sum.paid;
                    to.sum.refunds += sum.refunds;
                    to.sum.returned += sum.returned;
                };
                side(&mut of.all, &add);
                side(of.by_month.entry(month.plus(later)).or_default(), &add);
            }
        }
        for it in trips {
            let Some(of) = found.get_mut(it.currency.code()) else { continue };
            side(&mut of.all, &|to| to.trips = it.all);
            for (month, trips) in it.by_month {
                side(of.by_month.entry(month.plus(later)).or_default(), &|to| to.trips = trips);
            }
        }
        let (people, by_month) = views.travellers(span)?;
        for of in found.values_mut() {
            side(&mut of.all, &|to| to.people = people);
            for (month, people) in &by_month {
                let month = of.by_month.entry(month.plus(later)).or_default();
                side(month, &|to| to.people = *people);
            }
        }
    }
    Ok(found.into_values().collect())
}
