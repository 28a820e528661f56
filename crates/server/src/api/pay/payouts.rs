//! When a merchant is paid out, what it was paid, and in which transfer a sale was.

use axum::extract::State;
use economy::Query;
use kernel::id::{Merchant, Payment};
use kernel::{Id, Ref};
use pay::Schedule;
use pay::command::{AskPayoutToday, SetPayoutSchedule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::operator::trace::{Part, Payout};
use crate::api::paging::{Listed, PageQuery, cursor_text, viewed};
use crate::api::values::Nothing;
use crate::authorize::Caller;
use crate::cells::now;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::problem::Problem;

/// When a merchant is paid out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// With every file.
    Daily {},
    /// With the files of one day of the week.
    Weekly {
        /// Of which 0 is Monday.
        weekday: u8,
    },
    /// When it has this much or more.
    Threshold {
        /// Minor units.
        least: u64,
    },
}

impl From<When> for Schedule {
    fn from(when: When) -> Self {
        match when {
            When::Daily {} => Self::Daily,
            When::Weekly { weekday } => Self::Weekly(weekday),
            When::Threshold { least } => Self::Threshold(least),
        }
    }
}

impl From<Schedule> for When {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Daily => Self::Daily {},
            Schedule::Weekly(weekday) => Self::Weekly { weekday },
            Schedule::Threshold(least) => Self::Threshold { least },
        }
    }
}

/// Sets when a merchant is paid out
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/payout-schedule", tag = "pay",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = When,
    responses(
        (status = 200, body = When),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_schedule(
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    asked: Posted<When>,
) -> Result<Told<When>, Problem> {
    let schedule = asked.body.into();
    let command = SetPayoutSchedule { merchant, from: now(), schedule };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Schedule(set) = settled.value else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(set.into())))
}

/// What was asked for is done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedToday {
    /// It is in the next file, if it still has enough by then.
    #[schema(example = true)]
    pub asked: bool,
}

/// Asks to be paid with the next file, for a fee if the schedule says later
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/payout-today", tag = "pay",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = Nothing,
    responses(
        (status = 201, body = AskedToday),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn ask_today(
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    asked: Posted<Nothing>,
) -> Result<Told<AskedToday>, Problem> {
    let settled = caller.pay(asked.fingerprint, AskPayoutToday { merchant }).await?;
    Ok(Told::created(settled.with(AskedToday { asked: true })))
}

/// A page of payouts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payouts {
    /// The newest first.
    pub payouts: Vec<Payout>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// What a merchant was paid, with what came back
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/payouts", tag = "pay",
    params(PageQuery, ("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = Payouts),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payouts(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<Payouts>, Problem> {
    let (cursor, most) = query.bounds()?;
    let before = cursor.map(|[file, _]| u32::try_from(file).unwrap_or(u32::MAX));
    // The cell says first whether it is the caller's own.
    caller.ask(Query::Payable(caller.actor, merchant, now())).await?;
    let read = move |views: &views::Views| {
        views.payouts_of_merchant(merchant, before, most as usize).map(Ok)
    };
    let at_least = query.at_least.as_deref();
    let (found, position, stale) = viewed(&edge, &caller, at_least, read).await?;
    let next = found.last().filter(|_| found.len() == most as usize);
    let next = next.map(|(file, _)| cursor_text([(*file).into(), 0]));
    let payouts = found.into_iter().map(|(_, made)| made.into()).collect();
    let page = Listed { next, position, stale };
    Ok(page.told(&caller, |page| Payouts { payouts, page }))
}

/// What became of one thing that moved a merchant's account.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidOut {
    /// The capture or refund.
    pub part: Part,
    /// The transfer in which it was paid, or taken from what was; none while it waits for its
    /// payout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<Payout>,
}

/// In which transfers a payment was.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutOfPayment {
    /// One for each capture and refund, in order.
    pub parts: Vec<PaidOut>,
    /// Where the answer stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// In which transfer a payment was paid to its shop
#[utoipa::path(
    get, path = "/v1/payments/{payment}/payout", tag = "pay",
    params(PageQuery, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = PayoutOfPayment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payout_of_payment(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(payment): PathId<Id<Payment>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<PayoutOfPayment>, Problem> {
    query.bounds()?;
    caller.ask(Query::Payment(caller.actor, payment)).await?;
    let read = move |views: &views::Views| views.payouts_of_payment(payment).map(Ok);
    let at_least = query.at_least.as_deref();
    let (found, position, stale) = viewed(&edge, &caller, at_least, read).await?;
    let part = |(part, payout): (views::PayoutPart, Option<views::PayoutMade>)| PaidOut {
        part: part.into(),
        payout: payout.map(Payout::from),
    };
    let parts = found.into_iter().map(part).collect();
    let page = Listed { next: None, position, stale };
    Ok(page.told(&caller, |page| PayoutOfPayment { parts, page }))
}
