//! A payment as both sides may ask for it: looked at, waited for, taken back.

use std::time::Duration;

use kernel::Id;
use kernel::id::Payment as PaymentKind;
use pay::Status;
use pay::command::CancelPayment;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::till::{payment_of, told};
use super::views::Payment;
use crate::api::values::Nothing;
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::problem::Problem;

/// How long an answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitUntil {
    /// Until it is neither requested nor confirmed any more, at most 10 seconds.
    Captured,
}

/// The query of a look at a payment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// `captured`: answer when the payment has its outcome, or after 10 seconds as it stands.
    #[param(inline)]
    wait: Option<WaitUntil>,
}

/// Where a payment stands
///
/// With `wait=captured` the answer comes when the payment is captured, authorized, declined,
/// cancelled or expired, or after 10 seconds with the status that it has then: for a till or a
/// phone that follows no events.
#[utoipa::path(
    get, path = "/v1/payments/{payment}", tag = "pay",
    params(Wait, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payment(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    QueryOf(Wait { wait }): QueryOf<Wait>,
) -> Result<Told<Payment>, Problem> {
    let mut settled = payment_of(&caller, payment).await?;
    let open = matches!(settled.value.status, Status::Requested | Status::Confirmed);
    if open && wait.is_some() {
        caller.site.stream.outcome(payment, settled.position, PATIENCE).await;
        settled = payment_of(&caller, payment).await?;
    }
    Ok(Told::ok(settled.map(|view| Payment::shown_to(caller.actor.role, &view))))
}

/// Takes a payment back before it is paid
///
/// A till takes its request back at once. A payer who has confirmed asks: from then on the
/// seller's cell alone decides, and the payment ends as `captured` or `declined`.
#[utoipa::path(
    post, path = "/v1/payments/{payment}/cancel", tag = "pay",
    params(Once, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn cancel_payment(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Payment>, Problem> {
    let settled = caller.pay(asked.fingerprint, CancelPayment { payment }).await?;
    Ok(Told::ok(told(&caller, &settled)?))
}
