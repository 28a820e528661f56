//! The day's list of a till's store.

use kernel::Timestamp;
use views::{By, Of, PaymentFilter, PaymentRow, SideOf};

use super::Desk;
use super::faces::{amount, micros, now_us, state_of};
use super::window::TillWindow;
use crate::cells::now;
use crate::problem::Problem;
use crate::web::view::{Payer, State as Is, Today, TodayRow, Unit};

/// The most rows of the list; its sums are of all.
const MOST: usize = 200;

impl Desk {
    /// The list without its rows.
    pub(crate) fn no_today(&self, window: &TillWindow) -> Today {
        let unit = window.unit();
        Today {
            base: window.base.clone(),
            unit,
            now: now_us(),
            zone: window.zone,
            rows: Vec::new(),
            payments: 0,
            more: false,
            paid: unit.of(0),
            refunded: unit.of(0),
            fee: unit.of(0),
        }
    }

    /// The day's payments, newest first, with what they come to.
    pub(crate) async fn today_of(&self, window: &TillWindow) -> Result<Today, Problem> {
        let (side, store) = (window.side, window.store);
        self.caught_up(side, self.site(side).handle.durable()).await;
        let empty = self.no_today(window);
        let day = self.read(side, |views| views.day(now())).await?;
        let since = Some(start_of_day(window));
        let filter = PaymentFilter { of: Of::Store(store), since, ..Default::default() };
        let rows = self.read(side, move |v| v.payments(&filter, None, MOST)).await?;
        let totals = self.read(side, move |v| v.totals(By::Store, (day, day))).await?;
        let key = store.to_string();
        let total = totals.into_iter().find(|total| total.key == key);
        let (unit, payer) = (empty.unit, self.payer_abroad(side));
        let sum = |pick: fn(&views::Total) -> i64| unit.of(total.as_ref().map_or(0, pick));
        Ok(Today {
            rows: rows
                .iter()
                .map(|row| {
                    let outside = row.connector.as_deref().map(|name| self.kind_named(side, name));
                    let abroad = outside.map_or_else(|| payer.clone(), Payer::Outside);
                    today_row(row, unit, &abroad)
                })
                .collect(),
            payments: total.as_ref().map_or(0, |total| total.payments),
            more: rows.len() == MOST,
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

fn today_row(row: &PaymentRow, unit: Unit, abroad: &Payer) -> TodayRow {
    let state = state_of(row.status);
    let paid = row.times.captured.is_some();
    TodayRow {
        payment: row.id.to_string(),
        state,
        amount: amount(row.amount, row.currency),
        payer: paid.then(|| match &row.partner {
            Some(name) => Payer::Partner(name.clone()),
            None if row.side == SideOf::Both => Payer::Of(unit),
            None => abroad.clone(),
        }),
        at: micros(row.changed),
        refunded: i64::try_from(row.refunded).unwrap_or(i64::MAX),
        reason: row.declined.clone().filter(|_| state == Is::Declined),
        place: row.place.clone(),
    }
}
