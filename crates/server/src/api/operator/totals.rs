//! Totals of a cell's sales.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::paging::{PageQuery, listed};
use crate::api::values::{Day, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{QueryOf, Told};
use crate::lists::{TotalOf, TotalsBy};
use crate::outcome::Settled;
use crate::problem::Problem;

/// By what totals are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The store's prefecture.
    Prefecture,
    /// The store's trade.
    Category,
    /// The cell's own day.
    Day,
}

/// The query of totals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TotalsQuery {
    /// `prefecture`, `category` or `day`.
    #[param(inline)]
    by: By,
    /// One day of the cell; all days when left out.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    day: Option<Text<Day>>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
}

/// What was sold in one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    /// The prefecture's number (JIS X 0401), the trade's word or the day.
    #[schema(example = "21")]
    pub of: String,
    /// How many payments.
    pub payments: u64,
    /// Captured.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
    /// Merchant fees in it.
    pub fees: Money,
}

/// Totals of a cell's sales.
#[derive(Debug, Serialize, ToSchema)]
pub struct Totals {
    /// One for each group and currency that has any.
    pub lines: Vec<Total>,
    /// The position that they rest on.
    pub position: u64,
    /// Whether they are older than what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub stale: bool,
}

/// Totals by prefecture, trade or day
#[utoipa::path(
    get, path = "/v1/totals", tag = "operator", params(TotalsQuery),
    responses(
        (status = 200, body = Totals),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn totals(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(query): QueryOf<TotalsQuery>,
) -> Result<Told<Totals>, Problem> {
    let by = match query.by {
        By::Prefecture => TotalsBy::Prefecture,
        By::Category => TotalsBy::Category,
        By::Day => TotalsBy::Day,
    };
    let day = query.day.map(|Text(Day(day))| day);
    let page = PageQuery { cursor: None, limit: None, at_least: query.at_least };
    let cell = caller.cell().to_owned();
    let (page, stale) =
        listed(&edge, &caller, &page, move |lists| lists.totals(&cell, by, day)).await?;
    let lines = page.lines.into_iter().map(|line| Total {
        of: match line.of {
            TotalOf::Prefecture(number) => number.to_string(),
            TotalOf::Category(category) => category.word().to_owned(),
            TotalOf::Day(day) => Day(day).to_string(),
        },
        payments: line.payments,
        captured: Money::new(line.captured, line.currency),
        refunded: Money::new(line.refunded, line.currency),
        fees: Money::new(line.fees, line.currency),
    });
    let value = Totals { lines: lines.collect(), position: page.position, stale };
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value, cell, position: page.position, repeated: false }))
}
