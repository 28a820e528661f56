//! A wallet's statement as a file for spreadsheets.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use economy::{Answer, Query};
use jiff::tz::Offset;
use kernel::id::{Store, Wallet};
use kernel::{Currency, Ref, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use views::{At, StatementLine, Views, ViewsError};

use crate::api::paging::{cursor_text, read_cursor, viewed};
use crate::api::values::Moment;
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::csv::{Table, amount, answer, decimal, text};
use crate::http::told::position_header;
use crate::http::{PathId, QueryOf};
use crate::problem::Problem;

/// A file has so many rows at most.
const MOST_ROWS: usize = 10_000;
/// So many are asked for at a time: the most that the views give.
const PAGE: usize = 500;
/// Where a file that could go on goes on.
const NEXT: &str = "enishi-next";

/// A statement for a file: newest first.
pub(crate) struct Rows {
    pub lines: Vec<StatementLine>,
    /// Behind the last one, where there are more.
    pub next: Option<At>,
    /// What people call the stores.
    pub shops: HashMap<Ref<Store>, String>,
    /// Minutes that the cell's clock is ahead of UTC.
    pub offset_min: u32,
}

impl Rows {
    /// The statement from behind a place on, with the names of the cell's own stores.
    ///
    /// # Errors
    /// When the views can't be read.
    pub fn read(
        views: &Views,
        wallet: Ref<Wallet>,
        before: Option<At>,
        now: Timestamp,
    ) -> Result<Self, ViewsError> {
        let mut rows = Self {
            lines: Vec::new(),
            next: before,
            shops: HashMap::new(),
            offset_min: views.offset(now)?,
        };
        loop {
            let room = (MOST_ROWS - rows.lines.len()).min(PAGE);
            let page = views.statement(wallet, rows.next, room)?;
            let full = page.len() == room;
            rows.next = page.last().filter(|_| full).map(|line| line.at);
            rows.lines.extend(page);
            if rows.next.is_none() || rows.lines.len() == MOST_ROWS {
                break;
            }
        }
        for store in rows.stores() {
            if let Some(known) = views.store(store)? {
                rows.shops.insert(store, known.name);
            }
        }
        Ok(rows)
    }

    /// The stores that stand in it, once each.
    pub fn stores(&self) -> Vec<Ref<Store>> {
        let mut stores: Vec<_> = self.lines.iter().filter_map(|line| line.store).collect();
        stores.sort_unstable_by_key(|store| (store.cell, store.number));
        stores.dedup();
        stores
    }

    /// The file; its header's words are those of the API.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn file(&self, currency: Currency) -> Result<Vec<u8>, Problem> {
        let mut table = Table::new(&[
            "at",
            "date",
            "time",
            "kind",
            "amount",
            "balance",
            "currency",
            "shop",
            "store",
            "asked",
            "asked_currency",
            "reason",
            "payment",
        ])?;
        for line in &self.lines {
            let shop = line.store.and_then(|store| self.shops.get(&store));
            let [date, time] = self.by_the_clock(line.time);
            table.row([
                Moment(line.time).to_string(),
                date,
                time,
                line.kind.word().to_owned(),
                decimal(line.amount, currency),
                decimal(line.balance, currency),
                currency.code().to_owned(),
                text(shop.map_or("", String::as_str)),
                line.store.map(|store| store.to_string()).unwrap_or_default(),
                line.asked.map(|asked| amount(asked.minor, asked.currency)).unwrap_or_default(),
                line.asked.map(|asked| asked.currency.code().to_owned()).unwrap_or_default(),
                text(line.declined.as_deref().unwrap_or("")),
                line.payment.map(|payment| payment.to_string()).unwrap_or_default(),
            ])?;
        }
        table.bytes()
    }

    /// Day and time as the cell's clock shows them.
    fn by_the_clock(&self, at: Timestamp) -> [String; 2] {
        let minutes = i32::try_from(self.offset_min).unwrap_or(0);
        let offset = Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC);
        let at = i64::try_from(at.0).ok().and_then(|us| jiff::Timestamp::from_microsecond(us).ok());
        let here = offset.to_datetime(at.unwrap_or_default());
        [here.date().to_string(), here.strftime("%H:%M:%S").to_string()]
    }
}

/// The query of the file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileQuery {
    /// `Enishi-Next` of the file before, or `next` of a page of the statement.
    cursor: Option<String>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
}

/// A wallet's movements as a file for spreadsheets
///
/// Up to 10,000 rows, newest first; `Enishi-Next` says where it goes on. `date` and `time` are
/// those of the cell's clock.
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/statement.csv", tag = "pay",
    params(FileQuery, ("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn statement_csv(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    QueryOf(query): QueryOf<FileQuery>,
) -> Result<Response, Problem> {
    // The cell says whether it is the caller's own.
    let own = caller.ask(Query::Wallet(caller.actor, wallet)).await?;
    let Answer::Wallet(view) = own.value else { return Err(Problem::internal()) };
    let before = query.cursor.as_deref().map(read_cursor).transpose()?.map(place);
    let now = caller.site.handle.now();
    let (rows, position, _) = viewed(&edge, &caller, query.at_least.as_deref(), move |views| {
        Rows::read(views, wallet, before, now).map(Ok)
    })
    .await?;
    let name = format!("statement-{}-{position}.csv", caller.cell());
    let mut response = answer(&name, rows.file(view.currency)?);
    position_header(response.headers_mut(), caller.cell(), position);
    if let Some(next) = rows.next.and_then(|at| HeaderValue::from_str(&cursor(at)).ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

fn place([position, rest]: [u64; 2]) -> At {
    At { position, index: (rest >> 32) as u32, ord: rest as u32 }
}

/// As the pages of the statement have it.
fn cursor(at: At) -> String {
    cursor_text([at.position, u64::from(at.index) << 32 | u64::from(at.ord)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_day_and_time_by_the_clock_of_the_cell() {
        let at = |offset_min| {
            let rows = Rows { lines: Vec::new(), next: None, shops: HashMap::new(), offset_min };
            rows.by_the_clock(Timestamp(1_793_545_200_000_000))
        };
        assert_eq!(at(0), ["2026-11-01", "15:00:00"]);
        assert_eq!(at(540), ["2026-11-02", "00:00:00"]);
    }
}
