//! Figures over months: what a cell's shops sold, and what its people did abroad.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::Currency;
use pay::Category;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use views::{Month, TRIP_GAP_DAYS};

use super::figures::Sum;
use crate::api::paging::viewed;
use crate::api::values::Text;
use crate::authorize::Caller;
use crate::board::insight::named;
use crate::edge::Edge;
use crate::http::csv;
use crate::http::told::position_header;
use crate::http::{QueryOf, Told};
use crate::insight::file::{grown, net, payments};
use crate::insight::trips::mean;
use crate::insight::{self, Asked, Change, NoGrowth, Past, Sales, Wanted, Wrong, file};
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::web::text::Lang;

/// By what sales over months are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InsightBy {
    /// The month.
    Month,
    /// The store's prefecture.
    Prefecture,
    /// The store's trade.
    Category,
    /// Whose wallets paid.
    Wallet,
}

impl From<InsightBy> for insight::sales::By {
    fn from(by: InsightBy) -> Self {
        match by {
            InsightBy::Month => Self::Month,
            InsightBy::Prefecture => Self::Prefecture,
            InsightBy::Category => Self::Category,
            InsightBy::Wallet => Self::Wallet,
        }
    }
}

/// The query of sales over months.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InsightQuery {
    /// `month`, `prefecture`, `category` or `wallet`.
    #[param(inline)]
    by: InsightBy,
    /// The first month; with neither, the newest twelve that have ended.
    #[param(example = "2025-11")]
    from: Option<String>,
    /// The last month; 60 at most.
    #[param(example = "2026-10")]
    to: Option<String>,
    /// Of one prefecture alone, by its number (JIS X 0401).
    prefecture: Option<u8>,
    /// Of one trade alone.
    category: Option<String>,
    /// Of one kind of wallets alone: the currency of this cell's own, or the name of a cell.
    wallet: Option<String>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
    /// The language of the names in a file: `zh-CN`, `ja` or `en`.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// The query of trips.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TripsQuery {
    /// The first month; with neither, the newest twelve that have ended.
    #[param(example = "2025-11")]
    from: Option<String>,
    /// The last month; 60 at most.
    #[param(example = "2026-10")]
    to: Option<String>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new("query_invalid", detail.into())
}

fn month(text: Option<&str>) -> Result<Option<Month>, Problem> {
    let read = text.map(str::parse::<Month>).transpose();
    read.map_err(|_| invalid("A month is written as 2026-11."))
}

fn said(wrong: Wrong) -> Problem {
    invalid(wrong.sentence())
}

impl InsightQuery {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let category = match self.category.as_deref().map(Category::from_word) {
            Some(None) => return Err(invalid("No trade has this word.")),
            known => known.flatten(),
        };
        Ok(Wanted {
            first: month(self.from.as_deref())?,
            last: month(self.to.as_deref())?,
            prefecture: self.prefecture,
            category,
            wallet: self.wallet.clone(),
        })
    }
}

/// What grew by how much, or why that can't be told: growth is told of months that have ended,
/// against months that the cell was there for all of and in which there was something.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grown {
    /// In tenths of a per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 242)]
    pub permille: Option<i64>,
    /// Why there is none: `not_ended`, `not_recorded` or `nothing_then`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_data: Option<&'static str>,
}

impl From<Result<Change, NoGrowth>> for Grown {
    fn from(of: Result<Change, NoGrowth>) -> Self {
        match of {
            Ok(change) => Self { permille: Some(change.permille()), no_data: None },
            Err(why) => Self { permille: None, no_data: Some(why.word()) },
        }
    }
}

/// One group of sales.
#[derive(Debug, Serialize, ToSchema)]
pub struct InsightLine {
    /// The month, the prefecture's number (0 outside Japan), the trade's word, or whose wallets
    /// paid, as in `/v1/figures`.
    #[schema(example = "2026-10")]
    pub of: String,
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
    /// These months.
    pub now: Sum,
    /// The same months a year before.
    pub year_before: Sum,
    /// What payments grew by.
    pub payments_grown: Grown,
    /// What was taken less what was given back grew by.
    pub net_grown: Grown,
}

/// All groups of a currency together.
#[derive(Debug, Serialize, ToSchema)]
pub struct InsightAll {
    /// All.
    #[serde(flatten)]
    pub all: InsightLine,
    /// In how many of the 47 prefectures was paid.
    pub prefectures: u64,
    /// How many people with wallets of this cell paid. Of who pays over a bridge nothing crosses
    /// by which two payments could be known to be one person's.
    pub own_people: u64,
}

/// That what is told was drawn by a model.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulatedPast {
    /// From which everything was drawn.
    pub seed: u64,
    /// The first simulated day.
    pub from: String,
    /// The first day that is not.
    pub until: String,
}

/// A cell's sales over months, beside those of a year before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Insight {
    /// The first month.
    #[schema(example = "2025-11")]
    pub from: String,
    /// The last month.
    #[schema(example = "2026-10")]
    pub to: String,
    /// By what the lines are broken down.
    #[schema(inline)]
    pub by: InsightBy,
    /// One for each group and currency.
    pub lines: Vec<InsightLine>,
    /// One for each currency.
    pub all: Vec<InsightAll>,
    /// Present where a model drew the past of this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated: Option<SimulatedPast>,
    /// The position that they rest on.
    pub position: u64,
    /// Whether they are older than what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub stale: bool,
}

fn simulated(edge: &Edge) -> Option<SimulatedPast> {
    let of = edge.lists()?.simulated()?;
    Some(SimulatedPast { seed: of.seed, from: of.from, until: of.until })
}

type Found<T> = (Vec<T>, (Month, Month), u64, bool);

async fn sold(edge: &Edge, caller: &Caller, query: &InsightQuery) -> Result<Found<Sales>, Problem> {
    let (wanted, now) = (query.wanted()?, caller.site.handle.now());
    let read = viewed(edge, caller, query.at_least.as_deref(), move |views| {
        let past = Past::read(views, now)?;
        let months = match wanted.months(past, views.months()?) {
            Ok(months) => months,
            Err(wrong) => return Ok(Err(said(wrong))),
        };
        let Wanted { prefecture, category, wallet, .. } = wanted;
        let asked = Asked { months, prefecture, category, wallet };
        Ok(Ok((insight::sales::read(views, &asked, past)?, months)))
    });
    let ((found, months), position, stale) = read.await?;
    Ok((found, months, position, stale))
}

/// Sales over months by month, prefecture, trade or wallet, beside a year before
#[utoipa::path(
    get, path = "/v1/insight/sales", tag = "operator", params(InsightQuery),
    responses(
        (status = 200, body = Insight),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn insight_sales(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<InsightQuery>,
) -> Result<Told<Insight>, Problem> {
    let (found, months, position, stale) = sold(&edge, &caller, &query).await?;
    let mut lines = Vec::new();
    let mut all = Vec::new();
    for of in &found {
        for (key, pair) in of.lines(query.by.into()) {
            let grow = |value| grown(of, query.by.into(), &key, &pair, value).into();
            lines.push(InsightLine {
                payments_grown: grow(payments),
                net_grown: grow(net),
                of: key,
                currency: Text(of.currency),
                now: pair.now.into(),
                year_before: pair.before.into(),
            });
        }
        all.push(InsightAll {
            all: InsightLine {
                of: "all".to_owned(),
                currency: Text(of.currency),
                now: of.all.now.into(),
                year_before: of.all.before.into(),
                payments_grown: of.grown(payments, &of.all).into(),
                net_grown: of.grown(net, &of.all).into(),
            },
            prefectures: of.coverage().0,
            own_people: of.customers.0,
        });
    }
    let value = Insight {
        from: months.0.to_string(),
        to: months.1.to_string(),
        by: query.by,
        lines,
        all,
        simulated: simulated(&edge),
        position,
        stale,
    };
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}

/// The same as a file for spreadsheets
#[utoipa::path(
    get, path = "/v1/insight/sales.csv", tag = "operator", params(InsightQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn insight_sales_csv(
    State(edge): State<Edge>,
    caller: Caller,
    lang: Lang,
    QueryOf(query): QueryOf<InsightQuery>,
) -> Result<Response, Problem> {
    let (found, (from, to), position, _) = sold(&edge, &caller, &query).await?;
    let by: insight::sales::By = query.by.into();
    let bytes = file::sales(&found, by, |key| named(lang, by, key))?;
    let name = format!("insight-{}-{}-{from}-{to}.csv", caller.cell(), by.word());
    Ok(saved(&caller, &name, bytes, position))
}

fn saved(caller: &Caller, name: &str, bytes: Vec<u8>, position: u64) -> Response {
    let mut response = csv::answer(name, bytes).into_response();
    position_header(response.headers_mut(), caller.cell(), position);
    response
}

/// One month of what people of this cell did abroad.
#[derive(Debug, Serialize, ToSchema)]
pub struct TripsMonth {
    /// The month; `all` for all of them.
    #[schema(example = "2026-08")]
    pub month: String,
    /// Payments over a bridge, by their own moment.
    pub payments: u64,
    /// Paid, with spread and fee, in minor units.
    pub paid: i64,
    /// What came back, in minor units.
    pub returned: i64,
    /// How many people paid.
    pub people: u64,
    /// Trips that began.
    pub trips: u64,
    /// How many of them may still go on.
    pub trips_open: u64,
    /// What a trip came to in the mean, in minor units; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<i64>,
    /// What the trip in the middle came to; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<i64>,
    /// What the mean grew by against the same month a year before.
    pub mean_grown: Grown,
}

/// The trips of wallets of one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct TripsOf {
    /// ISO 4217, of the wallets.
    #[schema(value_type = String, example = "CNY")]
    pub currency: Text<Currency>,
    /// All months together.
    pub all: TripsMonth,
    /// Each of them.
    pub months: Vec<TripsMonth>,
}

/// What people of this cell did abroad over months.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trips {
    /// The first month.
    #[schema(example = "2025-11")]
    pub from: String,
    /// The last month.
    #[schema(example = "2026-10")]
    pub to: String,
    /// A trip is a wallet's payments over a bridge without more days than this between two.
    #[schema(example = 14)]
    pub trip_gap_days: u32,
    /// One for each currency of wallets.
    pub wallets: Vec<TripsOf>,
    /// Present where a model drew the past of this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated: Option<SimulatedPast>,
    /// The position that they rest on.
    pub position: u64,
    /// Whether they are older than what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub stale: bool,
}

async fn travelled(
    edge: &Edge,
    caller: &Caller,
    query: &TripsQuery,
) -> Result<Found<insight::Abroad>, Problem> {
    let (first, last) = (month(query.from.as_deref())?, month(query.to.as_deref())?);
    let wanted = Wanted { first, last, ..Wanted::default() };
    let now = caller.site.handle.now();
    let read = viewed(edge, caller, query.at_least.as_deref(), move |views| {
        let past = Past::read(views, now)?;
        Ok(match wanted.months(past, views.months()?) {
            Ok(months) => Ok((insight::trips::read(views, months, past)?, months)),
            Err(wrong) => Err(said(wrong)),
        })
    });
    let ((found, months), position, stale) = read.await?;
    Ok((found, months, position, stale))
}

fn trips_month(
    month: String,
    of: &insight::trips::MonthAbroad,
    mean_grown: Result<Change, NoGrowth>,
) -> TripsMonth {
    let any = of.trips.trips > 0;
    TripsMonth {
        month,
        payments: of.sum.payments,
        paid: of.sum.paid,
        returned: of.sum.returned,
        people: of.people,
        trips: of.trips.trips,
        trips_open: of.trips.open,
        mean: of.trips.mean(),
        median: any.then_some(of.trips.median),
        mean_grown: mean_grown.into(),
    }
}

/// Trips and people of this cell abroad, by month
#[utoipa::path(
    get, path = "/v1/insight/trips", tag = "operator", params(TripsQuery),
    responses(
        (status = 200, body = Trips),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn insight_trips(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<TripsQuery>,
) -> Result<Told<Trips>, Problem> {
    let (found, months, position, stale) = travelled(&edge, &caller, &query).await?;
    let wallets = found.iter().map(|of| TripsOf {
        currency: Text(of.currency),
        all: trips_month("all".to_owned(), &of.all.0, of.grown(mean)),
        months: of
            .by_month
            .iter()
            .map(|(month, (now, _))| {
                trips_month(month.to_string(), now, of.month_grown(mean, *month))
            })
            .collect(),
    });
    let value = Trips {
        from: months.0.to_string(),
        to: months.1.to_string(),
        trip_gap_days: TRIP_GAP_DAYS,
        wallets: wallets.collect(),
        simulated: simulated(&edge),
        position,
        stale,
    };
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}

/// The same as a file for spreadsheets
#[utoipa::path(
    get, path = "/v1/insight/trips.csv", tag = "operator", params(TripsQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn insight_trips_csv(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<TripsQuery>,
) -> Result<Response, Problem> {
    let (found, (from, to), position, _) = travelled(&edge, &caller, &query).await?;
    let name = format!("insight-{}-trips-{from}-{to}.csv", caller.cell());
    Ok(saved(&caller, &name, file::trips(&found)?, position))
}
