//! A payment as both sides may ask for it: looked at, taken back.

use kernel::Id;
use kernel::id::Payment as PaymentKind;
use pay::command::CancelPayment;

use super::till::{payment_of, told};
use super::views::Payment;
use crate::api::values::Nothing;
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// Where a payment stands
#[utoipa::path(
    get, path = "/v1/payments/{payment}", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payment(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Told<Payment>, Problem> {
    let settled = payment_of(&caller, payment).await?;
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
