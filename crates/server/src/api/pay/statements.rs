//! Lists: a wallet's statement, a merchant's payments.

use axum::extract::State;
use economy::Query;
use kernel::id::{Merchant, Payment, Store, Wallet};
use kernel::{Id, Ref};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::paging::{Listed, PageQuery, cursor_text, listed};
use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathId, QueryOf, Told};
use crate::problem::Problem;
use economy::Answer;

/// One movement of a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementLine {
    /// The position of the group it stands in.
    pub position: u64,
    /// When.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
    /// What happened.
    #[schema(example = "paid")]
    pub kind: &'static str,
    /// Minor units; below zero when they left the wallet.
    #[schema(example = -13606)]
    pub amount: i64,
    /// What was in the wallet after it.
    pub balance: Money,
    /// The payment it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payment: Option<Text<Id<Payment>>>,
}

/// A page of a wallet's movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    /// Newest first.
    pub lines: Vec<StatementLine>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// One payment of a merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentLine {
    /// The position at which it was last changed.
    pub position: u64,
    /// When it was last changed.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
    /// Which.
    #[schema(value_type = String)]
    pub payment: Text<Id<Payment>>,
    /// Where.
    #[schema(value_type = String)]
    pub store: Text<Ref<Store>>,
    /// How it stands.
    #[schema(example = "captured")]
    pub status: &'static str,
    /// What was asked for.
    pub amount: Money,
    /// Captured so far.
    pub captured: Money,
    /// Given back so far.
    pub refunded: Money,
    /// The merchant's fee in it.
    pub merchant_fee: Money,
}

/// A page of a merchant's payments.
#[derive(Debug, Serialize, ToSchema)]
pub struct MerchantPayments {
    /// Newest first.
    pub lines: Vec<PaymentLine>,
    /// Where the page stands.
    #[serde(flatten)]
    pub page: Listed,
}

/// A wallet's movements
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/statement", tag = "pay",
    params(PageQuery, ("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = Statement),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn statement(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<Statement>, Problem> {
    // The cell says whether it is the caller's own.
    let own = caller.ask(Query::Wallet(caller.actor, wallet)).await?;
    let Answer::Wallet(view) = own.value else { return Err(Problem::internal()) };
    let (after, limit) = query.bounds()?;
    let cell = caller.cell().to_owned();
    let (page, stale) =
        listed(&edge, &caller, &query, move |lists| lists.statement(&cell, wallet, after, limit))
            .await?;
    let lines = page.lines.into_iter().map(|line| StatementLine {
        position: line.position,
        at: Text(Moment(line.at)),
        kind: line.kind,
        amount: line.amount,
        balance: Money::new(line.balance, view.currency),
        payment: line.payment.map(Text),
    });
    let lines = lines.collect();
    let next = page.next.map(cursor_text);
    let page = Listed { next, position: page.position, stale };
    Ok(page.told(&caller, |page| Statement { lines, page }))
}

/// A merchant's payments
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}/payments", tag = "pay",
    params(PageQuery, ("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = MerchantPayments),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payments_of_merchant(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(merchant): PathId<Ref<Merchant>>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Told<MerchantPayments>, Problem> {
    // The cell says whether it is the caller's own.
    caller.ask(Query::Merchant(caller.actor, merchant)).await?;
    let (after, limit) = query.bounds()?;
    let cell = caller.cell().to_owned();
    let (page, stale) = listed(&edge, &caller, &query, move |lists| {
        lists.payments_of(&cell, merchant, after, limit)
    })
    .await?;
    let lines = page.lines.into_iter().map(|line| PaymentLine {
        position: line.position,
        at: Text(Moment(line.at)),
        payment: Text(line.payment),
        store: Text(line.store),
        status: line.status.word(),
        amount: Money::new(line.amount, line.currency),
        captured: Money::new(line.captured, line.currency),
        refunded: Money::new(line.refunded, line.currency),
        merchant_fee: Money::new(line.fee, line.currency),
    });
    let lines = lines.collect();
    let next = page.next.map(cursor_text);
    let page = Listed { next, position: page.position, stale };
    Ok(page.told(&caller, |page| MerchantPayments { lines, page }))
}
