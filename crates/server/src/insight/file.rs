//! Figures over months as files for spreadsheets.

use kernel::Currency;
use views::Sum;

use super::growth::{Change, NoGrowth};
use super::sales::{By, Pair, Sales};
use super::trips::{Abroad, MonthAbroad, mean};
use crate::http::csv::{Table, decimal, text};
use crate::problem::Problem;

/// Growth in per cent with a digit behind the point; empty where none can be told.
fn percent(grown: Result<Change, NoGrowth>) -> String {
    let Ok(change) = grown else { return String::new() };
    let permille = change.permille();
    let sign = if permille < 0 { "-" } else { "" };
    let (whole, tenth) = (permille.unsigned_abs() / 10, permille.unsigned_abs() % 10);
    format!("{sign}{whole}.{tenth}")
}

/// Captured less refunded.
pub fn net(sum: &Sum) -> i64 {
    sum.net()
}

/// Payments as a number that grows.
pub fn payments(sum: &Sum) -> i64 {
    i64::try_from(sum.payments).unwrap_or(i64::MAX)
}

fn sums(sum: &Sum, currency: Currency) -> [String; 6] {
    let money = |minor| decimal(minor, currency);
    [
        sum.payments.to_string(),
        money(sum.captured),
        sum.refunds.to_string(),
        money(sum.refunded),
        money(sum.net()),
        money(sum.fee),
    ]
}

/// Sales, one line for each group; `name` is what people call one.
///
/// # Errors
/// None that a caller can cause.
pub fn sales(found: &[Sales], by: By, name: impl Fn(&str) -> String) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "from",
        "to",
        "by",
        "of",
        "name",
        "currency",
        "payments",
        "captured",
        "refunds",
        "refunded",
        "net",
        "fees",
        "year_before_payments",
        "year_before_captured",
        "year_before_refunds",
        "year_before_refunded",
        "year_before_net",
        "year_before_fees",
        "payments_grown_percent",
        "net_grown_percent",
    ])?;
    for of in found {
        for (key, pair) in of.lines(by) {
            let grown = |value: fn(&Sum) -> i64| grown(of, by, &key, &pair, value);
            let head = [
                of.months.0.to_string(),
                of.months.1.to_string(),
                by.word().to_owned(),
                text(&key),
                text(&name(&key)),
                of.currency.code().to_owned(),
            ];
            let (now, before) = (sums(&pair.now, of.currency), sums(&pair.before, of.currency));
            let rates = [percent(grown(payments)), percent(grown(net))];
            table.row(head.into_iter().chain(now).chain(before).chain(rates))?;
        }
    }
    table.bytes()
}

/// What a group grew by: a month against the same month, another over all months.
///
/// # Errors
/// Why that can't be told.
pub fn grown(
    of: &Sales,
    by: By,
    key: &str,
    pair: &Pair,
    value: fn(&Sum) -> i64,
) -> Result<Change, NoGrowth> {
    match (by, key.parse()) {
        (By::Month, Ok(month)) => of.month_grown(value, month),
        _ => of.grown(value, pair),
    }
}

/// What visitors did, one line for each month.
///
/// # Errors
/// None that a caller can cause.
pub fn trips(found: &[Abroad]) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "month",
        "currency",
        "payments",
        "paid",
        "refunds",
        "returned",
        "people",
        "trips",
        "trips_open",
        "trips_spent",
        "mean_a_trip",
        "median_a_trip",
        "trip_gap_days",
        "year_before_people",
        "year_before_trips",
        "year_before_mean_a_trip",
        "mean_grown_percent",
    ])?;
    for of in found {
        let money = |minor| decimal(minor, of.currency);
        let of_trips = |value: i64, it: &MonthAbroad| match it.trips.trips {
            0 => String::new(),
            _ => money(value),
        };
        for (month, (now, before)) in &of.by_month {
            table.row([
                month.to_string(),
                of.currency.code().to_owned(),
                now.sum.payments.to_string(),
                money(now.sum.paid),
                now.sum.refunds.to_string(),
                money(now.sum.returned),
                now.people.to_string(),
                now.trips.trips.to_string(),
                now.trips.open.to_string(),
                money(now.trips.spent),
                of_trips(mean(now), now),
                of_trips(now.trips.median, now),
                views::TRIP_GAP_DAYS.to_string(),
                before.people.to_string(),
                before.trips.trips.to_string(),
                of_trips(mean(before), before),
                percent(of.month_grown(mean, *month)),
            ])?;
        }
    }
    table.bytes()
}
