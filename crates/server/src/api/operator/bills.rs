//! The bills of other companies beside the books, day by day.

use axum::extract::State;
use kernel::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use super::connectors::{known, named};
use crate::api::values::{Day, Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathId, Told};
use crate::outside::{Compared, DaySeen};
use crate::problem::Problem;

/// What moved on our account at the other company.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillFunds {
    /// What came.
    pub income: Money,
    /// What went.
    pub outgo: Money,
    /// What was there at the end of the day, in minor units; left out if nothing moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
}

/// In what a bill and the books differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillDifference {
    /// `not_here` (they took what the books have not), `foreign` (its number was never made here),
    /// `not_there` (the books have what they have not), `amount`, `refund_not_here` or
    /// `refund_amount`.
    #[schema(example = "not_there")]
    pub what: &'static str,
    /// The number in both lists.
    pub number: String,
    /// By their bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Money>,
    /// By our books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Money>,
}

/// A day by the other company's clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillOfDay {
    /// The day.
    #[schema(value_type = String, example = "2026-11-22")]
    pub day: Text<Day>,
    /// `agrees`, `differs` or `missing`.
    #[schema(example = "agrees")]
    pub state: &'static str,
    /// Why there is no bill yet, in a sentence, and since when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Since when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub since: Option<Text<Moment>>,
    /// Lines of the bill.
    pub lines: usize,
    /// What they took by it.
    pub paid: Money,
    /// What was paid on that day by our books.
    pub ours: Money,
    /// What they gave back.
    pub refunded: Money,
    /// What they keep for it, in thousandths of a minor unit.
    pub fee_milli: i64,
    /// What moved on our account there, where they say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funds: Option<BillFunds>,
    /// In what the two differ.
    pub differences: Vec<BillDifference>,
}

/// The newest days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bills {
    /// The newest first.
    pub days: Vec<BillOfDay>,
}

fn compared(of: &Compared, currency: Currency) -> BillOfDay {
    let sum = |minor| Money::new(minor, currency);
    BillOfDay {
        day: Text(Day(0)),
        state: if of.differences.is_empty() { "agrees" } else { "differs" },
        missing: None,
        since: None,
        lines: of.lines,
        paid: sum(of.paid),
        ours: sum(of.ours),
        refunded: sum(of.refunded),
        fee_milli: of.fee_milli,
        funds: of.funds.map(|it| BillFunds {
            income: sum(it.income),
            outgo: sum(it.outgo),
            balance: it.balance,
        }),
        differences: of
            .differences
            .iter()
            .map(|it| BillDifference {
                what: it.what.word(),
                number: it.number.clone(),
                theirs: it.theirs.map(sum),
                ours: it.ours.map(sum),
            })
            .collect(),
    }
}

fn of_day(seen: &DaySeen, currency: Currency) -> BillOfDay {
    match seen {
        DaySeen::Compared(of) => compared(of, currency),
        DaySeen::Missing(why, at) => {
            let nothing = Compared {
                lines: 0,
                paid: 0,
                refunded: 0,
                fee_milli: 0,
                ours: 0,
                funds: None,
                differences: Vec::new(),
            };
            BillOfDay {
                state: "missing",
                missing: Some(why.to_string()),
                since: Some(Text(Moment(*at))),
                ..compared(&nothing, currency)
            }
        }
    }
}

/// What another company billed, day by day, beside the books
///
/// A finished day's bill is fetched by itself once it is there, kept as it came, and held against the
/// books. What it has and they have not was asked about before it is called a difference.
#[utoipa::path(
    get, path = "/v1/connectors/{connector}/bills", tag = "connectors",
    params(("connector" = String, Path, description = "The connector's name")),
    responses(
        (status = 200, body = Bills),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bills(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(name): PathId<String>,
) -> Result<Told<Bills>, Problem> {
    let settled = known(&caller).await?;
    let currency = named(&settled, &name)?.connector.currency;
    let days = edge.outside().of(caller.cell()).map(|counter| counter.bills()).unwrap_or_default();
    let of = days.iter().rev().filter(|((connector, _), _)| *connector == name);
    let days =
        of.map(|((_, day), seen)| BillOfDay { day: Text(Day(*day)), ..of_day(seen, currency) });
    let days = days.collect();
    Ok(Told::ok(settled.map(|_| Bills { days })))
}
