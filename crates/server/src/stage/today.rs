//! The day's list of a till's store.

use kernel::Timestamp;
use views::{By, Of, PaymentFilter, PaymentRow, SideOf};

use super::faces::{amount, micros, now_us, state_of};
use super::{PAYER, SELLER, Stage, TillWindow};
use crate::cells::now;
use crate::problem::Problem;
use crate::web::view::{State as Is, Today, TodayRow, Unit};

impl Stage {
    /// The list without its rows.
    pub(super) fn no_today(&self, at: usize) -> Today {
        let (window, unit) = (&self.tills[at], self.unit(SELLER));
        Today {
            base: format!("/t/{}", window.token),
            unit,
            now: now_us(),
            zone: window.zone,
            rows: Vec::new(),
            paid: unit.of(0),
            refunded: unit.of(0),
            fee: unit.of(0),
        }
    }

    /// The day's payments, newest first, with what they come to.
    pub(super) async fn today_of(&self, at: usize) -> Result<Today, Problem> {
        self.caught_up(SELLER, self.site(SELLER).handle.durable()).await;
        let empty = self.no_today(at);
        let store = self.tills[at].store;
        let day = self.read(SELLER, |views| views.day(now())).await?;
        let since = Some(start_of_day(&self.tills[at]));
        let filter = PaymentFilter { of: Of::Store(store), since, ..Default::default() };
        let rows = self.read(SELLER, move |v| v.payments(&filter, None, 200)).await?;
        let totals = self.read(SELLER, move |v| v.totals(By::Store, (day, day))).await?;
        let key = store.to_string();
        let total = totals.into_iter().find(|total| total.key == key);
        let (unit, payer) = (empty.unit, self.unit(PAYER));
        let sum = |pick: fn(&views::Total) -> i64| unit.of(total.as_ref().map_or(0, pick));
        Ok(Today {
            rows: rows.iter().map(|row| today_row(row, unit, payer)).collect(),
            paid: sum(|total| total.captured),
            refunded: sum(|total| total.refunded),
            fee: sum(|total| total.fee),
            ..empty
        })
    }
}

fn start_of_day(window: &TillWindow) -> Timestamp {
    let zone = jiff::tz::TimeZone::get(window.zone.0).unwrap_or(jiff::tz::TimeZone::UTC);
    let here = jiff::Timestamp::from_microsecond(now_us()).unwrap_or_default().to_zoned(zone);
    let start = here.start_of_day().map_or(0, |start| start.timestamp().as_microsecond());
    Timestamp(u64::try_from(start).unwrap_or(0))
}

fn today_row(row: &PaymentRow, unit: Unit, payer: Unit) -> TodayRow {
    let state = state_of(row.status);
    let paid = row.times.captured.is_some();
    TodayRow {
        payment: row.id.to_string(),
        state,
        amount: amount(row.amount, row.currency),
        payer: paid.then(|| if row.side == SideOf::Both { unit } else { payer }),
        at: micros(row.changed),
        refunded: i64::try_from(row.refunded).unwrap_or(i64::MAX),
        reason: row.declined.clone().filter(|_| state == Is::Declined),
    }
}
