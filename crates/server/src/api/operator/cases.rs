//! Payments that a velocity rule sent to the staff.

use economy::{Answer, Query};
use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Ref};
use pay::CaseRow;
use pay::command::{RejectCase, ReleaseCase};
use pay::state::CaseState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// A payment that waits for the staff, or was decided a while ago.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Case {
    /// The payment that was tried.
    #[schema(value_type = String)]
    pub payment: Text<Id<Payment>>,
    /// `waiting`, `released`, `rejected` or `used`.
    #[schema(example = "waiting")]
    pub state: &'static str,
    /// The name of the velocity rule.
    #[schema(example = "burst")]
    pub rule: String,
    /// The wallet that would pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub wallet: Option<Text<Ref<Wallet>>>,
    /// The store that would be paid.
    #[schema(value_type = String)]
    pub store: Text<Ref<Store>>,
    /// What would be paid; a release goes up to it.
    pub amount: Money,
    /// Since when it waits.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Until when it waits, or may be paid.
    #[schema(value_type = String)]
    pub until: Text<Moment>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<CaseRow> for Case {
    fn from(row: CaseRow) -> Self {
        let case = row.case;
        let state = case.state.word();
        let reason = match case.state {
            CaseState::Rejected { reason, .. } => Some(reason),
            _ => None,
        };
        Self {
            payment: Text(case.payment),
            state,
            rule: case.rule,
            wallet: row.wallet.map(Text),
            store: Text(case.store),
            amount: Money::new(case.amount, row.currency),
            since: Text(Moment(case.since)),
            until: Text(Moment(case.until)),
            reason,
        }
    }
}

/// Payments that wait for the staff.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cases {
    /// The oldest first.
    pub cases: Vec<Case>,
}

/// Payments that wait for the staff, and those decided a while ago
#[utoipa::path(
    get, path = "/v1/cases", tag = "operator",
    responses(
        (status = 200, body = Cases),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn cases(caller: Caller) -> Result<Told<Cases>, Problem> {
    let settled = caller.ask(Query::Cases).await?;
    let Answer::Cases(rows) = settled.value.clone() else { return Err(Problem::internal()) };
    let cases = rows.into_iter().map(Case::from).collect();
    Ok(Told::ok(settled.with(Cases { cases })))
}

/// One payment that waits for the staff, for whose wallet it is
#[utoipa::path(
    get, path = "/v1/cases/{payment}", tag = "pay",
    params(("payment" = String, Path, description = "The payment that was tried")),
    responses(
        (status = 200, body = Case),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn case(
    caller: Caller,
    PathId(payment): PathId<Id<Payment>>,
) -> Result<Told<Case>, Problem> {
    let settled = caller.ask(Query::CaseOf(caller.actor, payment)).await?;
    let Answer::CaseOf(row) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(Case::from(*row))))
}

/// Lets a payment be made that waits for the staff
///
/// Its wallet may then pay its store once, up to the amount, for as long as the rule says.
#[utoipa::path(
    post, path = "/v1/cases/{payment}/release", tag = "operator", request_body = Nothing,
    params(Once, ("payment" = String, Path, description = "The payment that was tried")),
    responses(
        (status = 200, body = Case),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn release_case(
    caller: Caller,
    PathId(payment): PathId<Id<Payment>>,
    asked: Posted<Nothing>,
) -> Result<Told<Case>, Problem> {
    let settled = caller.pay(asked.fingerprint, ReleaseCase { payment }).await?;
    decided(&caller, payment, settled).await
}

/// Why a payment is not released.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoRelease {
    /// Up to 200 characters; the payer is told.
    #[schema(example = "The shop does not know of this sale.")]
    reason: String,
}

/// Does not let a payment be made that waits for the staff
#[utoipa::path(
    post, path = "/v1/cases/{payment}/reject", tag = "operator", request_body = NoRelease,
    params(Once, ("payment" = String, Path, description = "The payment that was tried")),
    responses(
        (status = 200, body = Case),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reject_case(
    caller: Caller,
    PathId(payment): PathId<Id<Payment>>,
    asked: Posted<NoRelease>,
) -> Result<Told<Case>, Problem> {
    let Posted { body, fingerprint } = asked;
    let settled = caller.pay(fingerprint, RejectCase { payment, reason: body.reason }).await?;
    decided(&caller, payment, settled).await
}

async fn decided(
    caller: &Caller,
    payment: Id<Payment>,
    settled: Settled<pay::Reply>,
) -> Result<Told<Case>, Problem> {
    let known = caller.ask(Query::CaseOf(caller.actor, payment)).await?;
    let Answer::CaseOf(row) = known.value else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(Case::from(*row))))
}
