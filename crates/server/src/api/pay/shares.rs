//! What others have of a payment, and what a merchant has of others' payments.

use axum::extract::State;
use economy::{Answer, Query};
use kernel::id::{Merchant, Payment as PaymentKind};
use kernel::{Id, Ref};
use pay::ShareView;
use serde::Serialize;
use utoipa::ToSchema;

use super::till::payment_of;
use crate::api::operator::costs::ShareFor;
use crate::api::paging::{Listed, PageQuery, cursor_text, viewed};
use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathId, QueryOf, Told};
use crate::problem::Problem;

/// Another's share of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Share {
    /// Who has it.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<Merchant>>,
    /// Its name.
    pub name: String,
    /// What for.
    pub kind: ShareFor,
    /// What it came to.
    pub amount: Money,
    /// What of that was given back.
    pub returned: Money,
}

/// The shares of a payment, in the order in which they were taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shares {
    /// Empty where nothing of the payment is shared, and before it is captured.
    pub shares: Vec<Share>,
}

/// What others have of a payment
#[utoipa::path(
    get, path = "/v1/payments/{payment}/shares", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Shares),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn shares(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Told<Shares>, Problem> {
    let currency = payment_of(&caller, payment).await?.value.currency;
    let settled = caller.ask(Query::Shares(caller.actor, payment)).await?;
    let Answer::Shares(shares) = settled.value.clone() else { return Err(Problem::internal()) };
    let share = |share: ShareView| Share {
        merchant: Text(share.receiver),
        name: share.name,
        kind: share.kind.into(),
        amount: Money::new(share.amount, currency),
        returned: Money::new(share.returned, currency),
    };
    let shares = shares.into_iter().map(share).collect();
    Ok(Told::ok(settled.with(Shares { shares })))
}

/// What a merchant has of one payment of another.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareOf {
    /// Which payment.
    #[schema(value_type = String)]
    pub payment: Text<Id<PaymentKind>>,
    /// Who sold.
    #[schema(value_type = String)]
    pub seller: Text<Ref<Merchant>>,
    /// The seller's name.
    pub name: String,
    /// What for.
    pub kind: ShareFor,
    /// What it came to.
    pub amount: Money,
    /// What of that went back with refunds.
    pub returned: Money,
    /// When the payment was captured.
    #[schema(value_type = String)]
    pub captured: Text<Moment>,
}

/// What a merchant has of what others sold.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharesOf {
    /// The newest first.
    pub shares: Vec<ShareOf>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// What a merchant has of what others sold: a platform, a partner, whoever is paid a tax
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/shares", tag = "pay",
    params(PageQuery, ("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = SharesOf),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn shares_of_merchant(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<SharesOf>, Problem> {
    let (cursor, limit) = query.bounds()?;
    // The cell says first whether it is the caller's own.
    caller.ask(Query::Merchant(caller.actor, merchant)).await?;
    let most = limit as usize + 1;
    let read = move |views: &views::Views| views.shares_to(merchant, cursor, most).map(Ok);
    let (mut rows, position, stale) =
        viewed(&edge, &caller, query.at_least.as_deref(), read).await?;
    let more = rows.len() == most;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|last| cursor_text(last.at));
    let share = |row: views::ShareRow| ShareOf {
        payment: Text(row.payment),
        seller: Text(row.seller),
        name: row.name,
        kind: row.kind.into(),
        amount: Money::new(row.amount, row.currency),
        returned: Money::new(row.returned, row.currency),
        captured: Text(Moment(row.captured)),
    };
    let shares = rows.into_iter().map(share).collect();
    let page = Listed { next, position, stale };
    Ok(page.told(&caller, |page| SharesOf { shares, page }))
}
