//! From a line of a bank to the payments in it.

use axum::extract::State;
use economy::Query;
use kernel::id::{BankFile, Merchant, Payment};
use kernel::{Id, Ref};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::banking::number;
use crate::api::paging::{Listed, PageQuery, cursor_text, viewed};
use crate::api::values::{Day, Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathId, QueryOf, Told};
use crate::problem::Problem;

/// One thing that a payout is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Part {
    /// When.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
    /// What it was, as the word of its event.
    #[schema(example = "paid_here")]
    pub kind: String,
    /// Minor units: below zero what was taken.
    pub amount: i64,
    /// Of which payment, if of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payment: Option<Text<Id<Payment>>>,
}

impl From<views::PayoutPart> for Part {
    fn from(it: views::PayoutPart) -> Self {
        Self {
            at: Text(Moment(it.time)),
            kind: it.kind,
            amount: it.amount,
            payment: it.payment.map(Text),
        }
    }
}

/// A transfer to a merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payout {
    /// In which file.
    #[schema(value_type = String)]
    pub file: Text<Id<BankFile>>,
    /// Its place in it, from 0.
    pub place: u32,
    /// Who was paid.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<Merchant>>,
    /// On which day the bank was to pay.
    #[schema(value_type = String)]
    pub day: Text<Day>,
    /// What reached its bank.
    pub amount: Money,
    /// What it paid for that.
    pub fee: Money,
    /// What it had left after the payout before, in minor units.
    pub carried: i64,
    /// What it had left after this one: `carried` with all parts, less amount and fee.
    pub left: i64,
    /// Whether the bank has it.
    pub sent: bool,
    /// The bank's line that says it was paid, if it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// When the bank returned it, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub returned: Option<Text<Moment>>,
    /// Why, by ISO's code or the bank's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AC04")]
    pub return_reason: Option<String>,
}

impl From<views::PayoutMade> for Payout {
    fn from(it: views::PayoutMade) -> Self {
        let (returned, return_reason) = it.returned.unzip();
        Self {
            file: Text(it.file),
            place: it.place,
            merchant: Text(it.merchant),
            day: Text(Day(it.day)),
            amount: Money::new(it.amount, it.currency),
            fee: Money::new(it.fee, it.currency),
            carried: it.carried,
            left: it.left,
            sent: it.sent.is_some(),
            line: it.line,
            returned: returned.map(|at| Text(Moment(at))),
            return_reason,
        }
    }
}

/// The query of what a line is made of.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TraceQuery {
    /// The parts of this transfer, where the line is about a whole file.
    place: Option<u32>,
    /// `next` of the page before: of its transfers, or of the parts of one.
    cursor: Option<String>,
    /// The most entries, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `<cell>:<position>` of a reply that must be in it.
    at_least: Option<String>,
}

/// What a line is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    /// The transfers that it is about.
    pub transfers: Vec<Payout>,
    /// The parts of the one that was asked for, or of the only one, in order.
    pub parts: Vec<Part>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// The payments that a line of a bank is made of
///
/// Of a line about a whole file these are its transfers; say `place` for the parts of one. The parts of a
/// transfer with what was carried over come to its amount, its fee and what was left, to the unit.
#[utoipa::path(
    get, path = "/v1/bank-lines/{line}/payments", tag = "operator",
    params(TraceQuery, ("line" = u32, Path, description = "The line's number")),
    responses(
        (status = 200, body = Trace),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payments_of_line(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(line): PathId<String>,
    QueryOf(query): QueryOf<TraceQuery>,
) -> Result<Told<Trace>, Problem> {
    let TraceQuery { place, cursor, limit, at_least } = query;
    let query = PageQuery { cursor, limit, at_least };
    let (cursor, most) = query.bounds()?;
    let line = number(&line)?;
    let read = move |views: &views::Views| {
        let most = most as usize;
        let from = match place {
            Some(place) => place,
            None => cursor.map_or(0, |[place, _]| u32::try_from(place).unwrap_or(u32::MAX)),
        };
        let limit = if place.is_some() { 1 } else { most };
        let Some(made) = views.payouts_of_line(line, from, limit)? else { return Ok(Ok(None)) };
        let made: Vec<_> =
            made.into_iter().filter(|it| place.is_none_or(|place| it.place == place)).collect();
        let only = match (&made[..], place) {
            ([one], Some(_)) => Some(one),
            ([one], None) if from == 0 => Some(one),
            _ => None,
        };
        let Some(one) = only else {
            let next = made.last().filter(|_| made.len() == most);
            let next = next.map(|last| [u64::from(last.place) + 1, 0]);
            return Ok(Ok(Some((made, Vec::new(), next))));
        };
        let after = cursor.map(|[group, rest]| [group, rest >> 32, rest & 0xffff_ffff]);
        let parts = views.parts_of_payout(one.file, one.place, after, most)?;
        let parts = parts.map(|(_, parts)| parts).unwrap_or_default();
        let next = parts.last().filter(|_| parts.len() == most);
        let next = next.map(|last| [last.at[0], last.at[1] << 32 | last.at[2]]);
        Ok(Ok(Some((made, parts, next))))
    };
    // The cell says whether there is such a line; the lists may come a moment later.
    caller.ask(Query::BankLine(line)).await?;
    let (found, position, stale) = viewed(&edge, &caller, query.at_least.as_deref(), read).await?;
    let (made, parts, next) = found.unwrap_or_default();
    let page = Listed { next: next.map(cursor_text), position, stale };
    let transfers = made.into_iter().map(Payout::from).collect();
    let parts = parts.into_iter().map(Part::from).collect();
    Ok(page.told(&caller, |page| Trace { transfers, parts, page }))
}
