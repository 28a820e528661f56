//! A cell's sales, broken down and beside the week before.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::paging::viewed;
use crate::api::values::{Day, Text};
use crate::authorize::Caller;
use crate::board::figures::{self, Compared, MOST_DAYS, Wrong, compare, time_of};
use crate::board::{days, file};
use crate::edge::Edge;
use crate::http::told::position_header;
use crate::http::{QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::web::text::Lang;

/// By what figures are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The store's prefecture.
    Prefecture,
    /// The store's trade.
    Category,
    /// The hour of the cell's day.
    Hour,
    /// Whose wallets paid.
    Wallet,
    /// The cell's own day.
    Day,
}

impl From<By> for figures::By {
    fn from(by: By) -> Self {
        match by {
            By::Prefecture => Self::Prefecture,
            By::Category => Self::Category,
            By::Hour => Self::Hour,
            By::Wallet => Self::Wallet,
            By::Day => Self::Day,
        }
    }
}

/// The query of figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FiguresQuery {
    /// `prefecture`, `category`, `hour`, `wallet` or `day`.
    #[param(inline)]
    by: By,
    /// One day of the cell; today when no day is named.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    day: Option<Text<Day>>,
    /// The first of some days, with `to`; 92 at most.
    #[param(value_type = Option<String>, example = "2026-11-16")]
    from: Option<Text<Day>>,
    /// The last of them.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    to: Option<Text<Day>>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
    /// The language of the names in a file: `zh-CN`, `ja` or `en`.
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

impl FiguresQuery {
    fn days(&self) -> Result<Option<(u32, u32)>, Problem> {
        let invalid = |detail: &str| Problem::new("query_invalid", detail);
        let day = |Text(day): Text<Day>| {
            days::read(day).ok_or_else(|| invalid("A day is written as 2026-11-22."))
        };
        match (self.day, self.from, self.to) {
            (None, None, None) => Ok(None),
            (Some(one), None, None) => day(one).map(|one| Some((one, one))),
            (None, Some(from), Some(to)) => Ok(Some((day(from)?, day(to)?))),
            _ => Err(invalid("Name one day, or from and to, or none for today.")),
        }
    }
}

/// What was sold and given back, in minor units of the line's currency.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Sum {
    /// How many payments were captured.
    pub payments: u64,
    /// Captured.
    pub captured: i64,
    /// How many refunds were made; each counts for the moment it was made.
    pub refunds: u64,
    /// Given back.
    pub refunded: i64,
    /// Merchant fees, less what refunds gave back of them; below zero where that is more.
    pub fees: i64,
}

impl From<views::Sum> for Sum {
    fn from(sum: views::Sum) -> Self {
        let views::Sum { payments, captured, refunds, refunded, fee } = sum;
        Self { payments, captured, refunds, refunded, fees: fee }
    }
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresLine {
    /// The prefecture's number (JIS X 0401), 0 outside Japan; the trade's word; the hour, `00` to
    /// `23`; the day; or whose wallets paid: the currency of this cell's own, the name of the
    /// cell of those that paid over a bridge, whose currency does not cross it.
    #[schema(example = "21")]
    pub of: String,
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
    /// These days.
    pub now: Sum,
    /// The same days a week before.
    pub week_before: Sum,
}

/// All groups of a currency together.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresAll {
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
    /// These days.
    pub now: Sum,
    /// The same days a week before.
    pub week_before: Sum,
}

/// A cell's sales beside those of the week before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// The first day.
    #[schema(value_type = String, example = "2026-11-22")]
    pub from: Text<Day>,
    /// The last day.
    #[schema(value_type = String, example = "2026-11-22")]
    pub to: Text<Day>,
    /// Up to which minute of the last day both weeks are told, by the cell's clock; absent when
    /// that day has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "12:52")]
    pub until: Option<String>,
    /// By what the lines are broken down.
    #[schema(inline)]
    pub by: By,
    /// One for each group and currency that has any in either week; they add up to `all`,
    /// whatever they are broken down by.
    pub lines: Vec<FiguresLine>,
    /// One for each currency.
    pub all: Vec<FiguresAll>,
    /// The position that they rest on.
    pub position: u64,
    /// Whether they are older than what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub stale: bool,
}

async fn compared(
    edge: &Edge,
    caller: &Caller,
    query: &FiguresQuery,
) -> Result<(Compared, u64, bool), Problem> {
    let days = query.days()?;
    let now = caller.site.handle.now();
    viewed(edge, caller, query.at_least.as_deref(), move |views| {
        Ok(compare(views, days, now)?.map_err(|wrong| Problem::new("query_invalid", said(wrong))))
    })
    .await
}

fn said(wrong: Wrong) -> String {
    match wrong {
        Wrong::Backwards => "The last day is before the first.".to_owned(),
        Wrong::TooMany => format!("Ask for {MOST_DAYS} days at most."),
        Wrong::NotYet => "That day has not come yet.".to_owned(),
    }
}

/// Sales by prefecture, trade, hour, wallet or day, beside the week before
#[utoipa::path(
    get, path = "/v1/figures", tag = "operator", params(FiguresQuery),
    responses(
        (status = 200, body = Figures),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn figures(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<FiguresQuery>,
) -> Result<Told<Figures>, Problem> {
    let (compared, position, stale) = compared(&edge, &caller, &query).await?;
    let lines = compared.pairs.iter().flat_map(|pair| {
        pair.lines(query.by.into()).into_iter().map(|line| FiguresLine {
            of: line.of.key(),
            currency: Text(pair.currency),
            now: line.now.into(),
            week_before: line.before.into(),
        })
    });
    let all = compared.pairs.iter().map(|pair| FiguresAll {
        currency: Text(pair.currency),
        now: pair.now.all.into(),
        week_before: pair.before.all.into(),
    });
    let value = Figures {
        from: Text(days::written(compared.days.0)),
        to: Text(days::written(compared.days.1)),
        until: compared.until.map(time_of),
        by: query.by,
        lines: lines.collect(),
        all: all.collect(),
        position,
        stale,
    };
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}

/// The same as a file for spreadsheets
#[utoipa::path(
    get, path = "/v1/figures.csv", tag = "operator", params(FiguresQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn figures_csv(
    State(edge): State<Edge>,
    caller: Caller,
    lang: Lang,
    QueryOf(query): QueryOf<FiguresQuery>,
) -> Result<Response, Problem> {
    let (compared, position, _) = compared(&edge, &caller, &query).await?;
    let by: figures::By = query.by.into();
    let bytes = file::figures(lang, &compared, by)?;
    let (from, to) = (days::written(compared.days.0), days::written(compared.days.1));
    let name = format!("figures-{}-{}-{from}-{to}.csv", caller.cell(), by.word());
    let mut response = file::answer(&name, bytes).into_response();
    position_header(response.headers_mut(), caller.cell(), position);
    Ok(response)
}
