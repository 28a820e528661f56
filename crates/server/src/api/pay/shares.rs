//! What others have of a payment.

use economy::{Answer, Query};
use kernel::id::{Merchant, Payment as PaymentKind};
use kernel::{Id, Ref};
use pay::ShareView;
use serde::Serialize;
use utoipa::ToSchema;

use super::till::payment_of;
use crate::api::operator::costs::ShareFor;
use crate::api::values::{Money, Text};
use crate::authorize::Caller;
use crate::http::{PathId, Told};
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
