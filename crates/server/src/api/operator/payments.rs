//! The operator's search of payments.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use kernel::id::{Payment as PaymentKind, Store as StoreKind};
use kernel::{Id, Ref};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use views::{Found, PaymentRow, Search, Views, ViewsError};

use crate::api::paging::{Listed, cursor_text, read_cursor, viewed};
use crate::api::values::{Moment, Money, Text, Trade};
use crate::authorize::Caller;
use crate::board::file;
use crate::board::search::{self, Typed};
use crate::edge::Edge;
use crate::http::told::position_header;
use crate::http::{QueryOf, Told};
use crate::lists::MAX_LIMIT;
use crate::problem::Problem;
use crate::web::text::Lang;

/// A file has so many rows at most.
const MOST_ROWS: usize = 10_000;
/// And looks so many pages back for them.
const MOST_PAGES: usize = 100;
/// Where a file that could go on goes on.
const NEXT: &str = "enishi-next";

/// The query of the operator's search; all that is given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PaymentsQuery {
    /// A payment's id.
    payment: Option<String>,
    /// `requested`, `confirmed`, `authorized`, `captured`, `partly_refunded`, `refunded`,
    /// `declined`, `cancelled`, `expired` or `released`.
    status: Option<String>,
    /// A part of the name of a store or its merchant.
    shop: Option<String>,
    /// The number of the store's prefecture (JIS X 0401); 0 outside Japan.
    prefecture: Option<String>,
    /// The store's trade.
    category: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
    /// Asked for so many minor units or more.
    at_least_minor: Option<u64>,
    /// Asked for so many minor units or fewer.
    at_most_minor: Option<u64>,
    /// Begun then or later: a moment, or a day or time by the cell's clock.
    #[param(example = "2026-11-22T12:00:00+09:00")]
    from: Option<String>,
    /// Begun before then; a day is meant to its end.
    #[param(example = "2026-11-22")]
    to: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// The most lines, 1 to 200; 50 when left out. A file has up to 10,000.
    limit: Option<u32>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
    /// The language of the names in a file: `zh-CN`, `ja` or `en`.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

impl PaymentsQuery {
    /// The search, read by the clock of a cell.
    fn search(&self, offset: u32) -> Result<Search, Problem> {
        let typed = Typed {
            payment: self.payment.as_deref(),
            status: self.status.as_deref(),
            shop: self.shop.as_deref(),
            prefecture: self.prefecture.as_deref(),
            category: self.category.as_deref(),
            currency: self.currency.as_deref(),
            from: self.from.as_deref(),
            to: self.to.as_deref(),
        };
        let search = search::read(&typed, offset).map_err(|unread| {
            let detail = format!("`{}` takes {}.", unread.field, unread.takes);
            Problem::new("query_invalid", detail)
        })?;
        Ok(Search { at_least: self.at_least_minor, at_most: self.at_most_minor, ..search })
    }

    fn before(&self) -> Result<Option<i64>, Problem> {
        let cursor = self.cursor.as_deref().map(read_cursor).transpose()?;
        Ok(cursor.map(|[place, _]| i64::try_from(place).unwrap_or(i64::MAX)))
    }
}

/// A payment in the operator's list, as the caller's cell knows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentFound {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<PaymentKind>>,
    /// Which leg of it is here: `payer`, `seller` or `both`.
    pub side: &'static str,
    /// How it stands.
    #[schema(example = "captured")]
    pub status: &'static str,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    /// When it began here.
    #[schema(value_type = String, format = DateTime)]
    pub began: Text<Moment>,
    /// When it changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed: Text<Moment>,
    /// Who is paid.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
    /// The store's name, where the store is of this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// The number of the store's prefecture, where the store is of this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<u8>,
    /// The store's trade, where the store is of this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub category: Option<Text<Trade>>,
    /// What was asked for.
    pub amount: Money,
    /// Taken.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
    /// The merchant's fee, less what refunds gave back of it, where the seller's leg is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// Taken from the wallet, where the payer's leg is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// Back in the wallet, where the payer's leg is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<Money>,
    /// The cell of the other side, for a payment over a bridge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_cell: Option<String>,
    /// What the shop calls the place whose printed code was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7")]
    pub place: Option<String>,
    /// The reference of that place in the shop's books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl From<PaymentRow> for PaymentFound {
    fn from(row: PaymentRow) -> Self {
        let money = |minor| Money::new(minor, row.currency);
        let of_wallet = |minor: fn(&views::Price) -> u64| {
            row.price.as_ref().map(|price| Money::new(minor(price), price.currency))
        };
        let (place, reference) =
            row.place.clone().map_or((None, None), |(label, it)| (Some(label), it));
        Self {
            place,
            reference,
            id: Text(row.id),
            side: file::side(row.side),
            status: row.status.word(),
            began: Text(Moment(row.began())),
            changed: Text(Moment(row.changed)),
            store: Text(row.store),
            prefecture: row.prefecture,
            category: row.category.map(|category| Text(Trade(category))),
            amount: money(row.amount),
            captured: money(row.captured),
            refunded: money(row.refunded),
            fee: row.merchant_fee.map(|fee| money(fee.saturating_sub(row.fee_refunded))),
            paid: of_wallet(|price| price.paid),
            returned: of_wallet(|price| price.returned),
            declined: row.declined,
            shop: row.store_name,
            other_cell: row.peer,
        }
    }
}

/// A page of payments, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentsFound {
    /// They may be fewer than asked for, or none, while `next` is there: a search looks at a
    /// bounded number of payments at a time.
    pub lines: Vec<PaymentFound>,
    /// Where it stands.
    #[serde(flatten)]
    pub listed: Listed,
}

fn cursor(next: Option<i64>) -> Option<String> {
    next.map(|place| cursor_text([place.unsigned_abs(), 0]))
}

/// Payments of the cell, newest first, that fit what is given
#[utoipa::path(
    get, path = "/v1/payments", tag = "operator", params(PaymentsQuery),
    responses(
        (status = 200, body = PaymentsFound),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payments(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<PaymentsQuery>,
) -> Result<Told<PaymentsFound>, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let detail = format!("A page has 1 to {MAX_LIMIT} lines; ask for fewer.");
        return Err(Problem::new("query_invalid", detail));
    }
    let before = query.before()?;
    let (now, at_least) = (caller.site.handle.now(), query.at_least.clone());
    let (found, position, stale) = viewed(&edge, &caller, at_least.as_deref(), move |views| {
        match query.search(views.offset(now)?) {
            Ok(search) => views.search(&search, before, limit as usize).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    })
    .await?;
    let lines = found.rows.into_iter().map(PaymentFound::from).collect();
    let listed = Listed { next: cursor(found.next), position, stale };
    Ok(listed.told(&caller, |listed| PaymentsFound { lines, listed }))
}

/// All that is found, page by page, up to the size of a file.
///
/// # Errors
/// When the views can't be read.
pub fn found_for_file(
    views: &Views,
    search: &Search,
    before: Option<i64>,
) -> Result<Found, ViewsError> {
    let mut all = Found { rows: Vec::new(), next: before };
    for _ in 0..MOST_PAGES {
        let room = MOST_ROWS - all.rows.len();
        let page = views.search(search, all.next, room.min(500))?;
        all.rows.extend(page.rows);
        all.next = page.next;
        if all.next.is_none() || all.rows.len() >= MOST_ROWS {
            break;
        }
    }
    Ok(all)
}

/// The same as a file for spreadsheets, up to 10,000 rows; `Enishi-Next` says where it goes on
#[utoipa::path(
    get, path = "/v1/payments.csv", tag = "operator", params(PaymentsQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payments_csv(
    State(edge): State<Edge>,
    caller: Caller,
    lang: Lang,
    QueryOf(query): QueryOf<PaymentsQuery>,
) -> Result<Response, Problem> {
    let before = query.before()?;
    let (now, at_least) = (caller.site.handle.now(), query.at_least.clone());
    let (found, position, _) =
        viewed(&edge, &caller, at_least.as_deref(), move |views| {
            match query.search(views.offset(now)?) {
                Ok(search) => found_for_file(views, &search, before).map(Ok),
                Err(problem) => Ok(Err(problem)),
            }
        })
        .await?;
    let name = format!("payments-{}-{position}.csv", caller.cell());
    let mut response = file::answer(&name, file::payments(lang, &found.rows)?);
    position_header(response.headers_mut(), caller.cell(), position);
    if let Some(next) = cursor(found.next).and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}
