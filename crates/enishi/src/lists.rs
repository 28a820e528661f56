//! The views as the API reads them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::id::{Merchant, Wallet};
use kernel::{Ref, Timestamp};
use pay::Category;
use server::insight::Simulated;
use server::lists::{
    Cursor, EventPlace, EventPlaces, Lists, ListsError, Page, PaymentLine, StatementLine,
    TotalLine, TotalOf, TotalsBy,
};
use views::{At, By, Events, Listener, Of, PaymentFilter, Views};

/// The views of the cells of this process, by name, and whether a model drew their past.
pub struct AllViews(pub BTreeMap<String, Views>, pub Option<Simulated>);

impl AllViews {
    fn of(&self, cell: &str) -> Result<&Views, ListsError> {
        self.0.get(cell).ok_or_else(|| ListsError(format!("the cell '{cell}' has no views")))
    }
}

fn failed(why: impl std::fmt::Display) -> ListsError {
    ListsError(why.to_string())
}

impl Lists for AllViews {
    fn position(&self, cell: &str) -> u64 {
        self.0.get(cell).map_or(0, Views::position)
    }

    fn statement(
        &self,
        cell: &str,
        wallet: Ref<Wallet>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<StatementLine>, ListsError> {
        let views = self.of(cell)?;
        let position = views.position();
        let before = after.map(|[position, place]| At {
            position,
            index: (place >> 32) as u32,
            ord: place as u32,
        });
        // One more than asked tells whether there is a next page.
        let mut rows = views.statement(wallet, before, limit as usize + 1).map_err(failed)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|row| [row.at.position, u64::from(row.at.index) << 32 | u64::from(row.at.ord)]);
        let lines = rows.into_iter().map(|row| StatementLine {
            position: row.at.position,
            at: row.time,
            kind: row.kind.word(),
            amount: row.amount,
            balance: u64::try_from(row.balance).unwrap_or(0),
            payment: row.payment,
        });
        Ok(Page { lines: lines.collect(), next, position })
    }

    fn payments_of(
        &self,
        cell: &str,
        merchant: Ref<Merchant>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<PaymentLine>, ListsError> {
        let views = self.of(cell)?;
        let position = views.position();
        let filter = PaymentFilter { of: Of::Merchant(merchant), ..PaymentFilter::default() };
        let before = after.map(|[seq, _]| seq as i64);
        let mut rows = views.payments(&filter, before, limit as usize + 1).map_err(failed)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| [row.seq as u64, 0]);
        let lines = rows.into_iter().map(|row| PaymentLine {
            position,
            at: row.changed,
            payment: row.id,
            store: row.store,
            status: row.status,
            amount: row.amount,
            captured: row.captured,
            refunded: row.refunded,
            fee: row.merchant_fee.unwrap_or(0).saturating_sub(row.fee_refunded),
            currency: row.currency,
        });
        Ok(Page { lines: lines.collect(), next, position })
    }

    fn totals(
        &self,
        cell: &str,
        by: TotalsBy,
        day: Option<u32>,
    ) -> Result<Page<TotalLine>, ListsError> {
        let views = self.of(cell)?;
        let position = views.position();
        let days = match day {
            None => (0, u32::MAX),
            Some(day) => {
                let day = days_of(day).ok_or_else(|| failed("the day is no day"))?;
                (day, day)
            }
        };
        let asked = match by {
            TotalsBy::Prefecture => By::Prefecture,
            TotalsBy::Category => By::Category,
            TotalsBy::Day => By::Day,
        };
        let mut lines = Vec::new();
        for total in views.totals(asked, days).map_err(failed)? {
            let of = match by {
                TotalsBy::Prefecture => total.key.parse().ok().map(TotalOf::Prefecture),
                TotalsBy::Category => Category::from_word(&total.key).map(TotalOf::Category),
                TotalsBy::Day => total.key.parse().ok().and_then(day_of).map(TotalOf::Day),
            };
            lines.push(TotalLine {
                of: of.ok_or_else(|| failed(format!("a total of '{}'", total.key)))?,
                currency: total.currency,
                payments: total.payments,
                captured: u64::try_from(total.captured).unwrap_or(0),
                refunded: u64::try_from(total.refunded).unwrap_or(0),
                fees: u64::try_from(total.fee).unwrap_or(0),
            });
        }
        Ok(Page { lines, next: None, position })
    }

    fn views(&self, cell: &str) -> Option<Views> {
        self.0.get(cell).cloned()
    }

    fn simulated(&self) -> Option<Simulated> {
        self.1.clone()
    }

    fn event_places(
        &self,
        cell: &str,
        party: Option<u32>,
        after: u64,
    ) -> Result<EventPlaces, ListsError> {
        let listener = party.map_or(Listener::All, Listener::Party);
        let found = self.of(cell)?.events_after(after, listener, EVENTS).map_err(failed)?;
        let Events::Found { events, through } = found else { return Ok(EventPlaces::Gone) };
        let place = |row: &views::EventRow| EventPlace {
            position: row.at.position,
            record: row.at.index,
            payment: row.payment,
        };
        Ok(EventPlaces::Found { places: events.iter().map(place).collect(), through })
    }
}

/// How many events a stream catches up with at a time.
const EVENTS: usize = 256;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970 of a day written as `yyyymmdd`.
fn days_of(day: u32) -> Option<u32> {
    let part = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(day / 10_000).ok()?;
    let date = Date::new(year, part(day / 100 % 100)?, part(day % 100)?).ok()?;
    let since = EPOCH.until(date).ok()?;
    u32::try_from(since.get_days()).ok()
}

/// The day so many days after 1970, as `yyyymmdd`.
fn day_of(days: u32) -> Option<u32> {
    let at = Timestamp::from_seconds(u64::from(days) * 86_400);
    let date = jiff::Timestamp::from_microsecond(at.0 as i64)
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let year = u32::try_from(date.year()).ok()?;
    Some(year * 10_000 + date.month() as u32 * 100 + date.day() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for day in [19_700_101, 20_240_229, 20_261_122] {
            assert_eq!(days_of(day).and_then(day_of), Some(day));
        }
        assert_eq!(days_of(20_260_230), None);
        assert_eq!(days_of(0), None);
    }
}
