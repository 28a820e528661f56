//! The seller's side of a payment: asked for, shown, captured, released, given back.

use axum::extract::State;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::id::{Payment as PaymentKind, Store as StoreKind};
use kernel::{Id, Ref, Span};
use pay::PaymentView;
use pay::command::{CapturePayment, Purpose, RefundPayment, ReleasePayment, RequestPayment};
use serde::Deserialize;
use utoipa::ToSchema;

use super::looking::dynamic_code;
use super::stores::{CodeText, look_here, picture};
use super::views::{Capture, Captured, Payment, Refund};
use crate::api::values::{Money, Nothing, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// How long a request may be paid when it does not say.
const VALID_FOR_S: u64 = 300;

/// A till asks to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// Who is paid.
    #[schema(value_type = String)]
    store: Text<Ref<StoreKind>>,
    /// How much, in the store's currency.
    amount: Money,
    /// For how many seconds it may be paid; 300 when left out.
    #[schema(example = 300)]
    valid_for_s: Option<u32>,
    /// At once, or held and captured later.
    #[serde(default)]
    capture: Capture,
}

/// A part of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundPart {
    /// How much, in the store's currency.
    amount: Money,
}

/// A part of what is held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapturePart {
    /// How much, in the store's currency, on top of what was captured before.
    amount: Money,
    /// Whether nothing more will be captured; what is left is then given back.
    #[serde(default, rename = "final")]
    last: bool,
}

/// Minor units, if they are of the payment's currency.
fn part(amount: Money, view: &PaymentView) -> Result<u64, Problem> {
    if amount.currency.0 == view.currency {
        return Ok(amount.amount);
    }
    let detail = format!("The payment is in {}.", view.currency);
    let problem = Problem::new("currency_differs", detail.clone());
    Err(problem.in_field("/amount/currency".to_owned(), detail))
}

/// A payment as the caller's cell knows it, if the caller is a side of it.
pub(super) async fn payment_of(
    caller: &Caller,
    payment: Id<PaymentKind>,
) -> Result<Settled<PaymentView>, Problem> {
    let settled = caller.ask(Query::Payment(caller.actor, payment)).await?;
    match settled.value.clone() {
        Answer::Payment(view) => Ok(settled.with(*view)),
        _ => Err(Problem::internal()),
    }
}

/// The reply of a command that answers with the payment.
pub(super) fn told(
    caller: &Caller,
    settled: &Settled<pay::Reply>,
) -> Result<Settled<Payment>, Problem> {
    let view = crate::over::paid(&settled.value)?;
    Ok(settled.clone().with(Payment::shown_to(caller.actor.role, view)))
}

/// Asks to be paid
///
/// The reply holds the code for the till to show.
#[utoipa::path(
    post, path = "/v1/payments", tag = "pay", params(Once), request_body = NewPayment,
    responses(
        (status = 201, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn request_payment(
    caller: Caller,
    asked: Posted<NewPayment>,
) -> Result<Told<Payment>, Problem> {
    let NewPayment { store: Text(store), amount, valid_for_s, capture } = asked.body;
    let look = look_here(&caller, store).await?.value;
    if amount.currency.0 != look.currency {
        let detail = format!("The store is paid in {}.", look.currency);
        let problem = Problem::new("currency_differs", detail.clone());
        return Err(problem.in_field("/amount/currency".to_owned(), detail));
    }
    let command = RequestPayment {
        id: caller.site.fresh(),
        store,
        amount: amount.amount,
        valid_for: Span::seconds(valid_for_s.map_or(VALID_FOR_S, u64::from)),
        capture: capture.into(),
        purpose: Purpose::Sale,
    };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Payment(view) = &settled.value else { return Err(Problem::internal()) };
    let code = dynamic_code(&caller.site, &look, view)?;
    let told = told(&caller, &settled)?.map(|payment| Payment { code: Some(code), ..payment });
    Ok(Told::created(told))
}

async fn code_of(caller: &Caller, payment: Id<PaymentKind>) -> Result<Settled<String>, Problem> {
    let settled = payment_of(caller, payment).await?;
    let look = look_here(caller, settled.value.store).await?.value;
    let code = dynamic_code(&caller.site, &look, &settled.value)
        .map_err(|problem| problem.at(&settled.cell, settled.position))?;
    Ok(settled.with(code))
}

/// The code of a payment that waits to be paid
#[utoipa::path(
    get, path = "/v1/payments/{payment}/code", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = CodeText),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payment_code(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Told<CodeText>, Problem> {
    let settled = code_of(&caller, payment).await?;
    let svg = format!("/v1/payments/{payment}/code.svg");
    Ok(Told::ok(settled.map(|code| CodeText { code, svg })))
}

/// The picture of the code of a payment that waits to be paid
#[utoipa::path(
    get, path = "/v1/payments/{payment}/code.svg", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = String, content_type = "image/svg+xml"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn payment_code_svg(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Response, Problem> {
    picture(&code_of(&caller, payment).await?.value)
}

/// Takes what is held, or a part of it
///
/// In any number of parts. A capture gets its id from the `Idempotency-Key`: the same request
/// finds it again as long as the payment is known, long after the key is forgotten.
#[utoipa::path(
    post, path = "/v1/payments/{payment}/captures", tag = "pay", request_body = CapturePart,
    params(Once, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 201, body = Captured),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn capture_payment(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<CapturePart>,
) -> Result<Told<Captured>, Problem> {
    let view = payment_of(&caller, payment).await?.value;
    let amount = part(asked.body.amount, &view)?;
    let id = Id::new(asked.fingerprint.key);
    let command = CapturePayment { id, payment, amount, last: asked.body.last };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Capture(view) = &settled.value else { return Err(Problem::internal()) };
    let captured = Captured::shown_to(caller.actor.role, view);
    Ok(Told::created(settled.with(captured)))
}

/// Gives back what is held
#[utoipa::path(
    post, path = "/v1/payments/{payment}/release", tag = "pay",
    params(Once, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn release_payment(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Payment>, Problem> {
    let settled = caller.pay(asked.fingerprint, ReleasePayment { payment }).await?;
    Ok(Told::ok(told(&caller, &settled)?))
}

/// Gives back a part of what was captured
///
/// At the payment's own rate: all refunds of a payment together return exactly what was paid. A
/// refund gets its id from the `Idempotency-Key`: the same request finds it again as long as the
/// payment is known, long after the key is forgotten.
#[utoipa::path(
    post, path = "/v1/payments/{payment}/refunds", tag = "pay", request_body = RefundPart,
    params(Once, ("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 201, body = Refund),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn refund_payment(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<RefundPart>,
) -> Result<Told<Refund>, Problem> {
    // Too old a payment is told by the command, which knows why it is gone.
    let amount = match payment_of(&caller, payment).await {
        Ok(known) => part(asked.body.amount, &known.value)?,
        Err(_) => asked.body.amount.amount,
    };
    let id = Id::new(asked.fingerprint.key);
    let command = RefundPayment { id, payment, amount };
    let settled = caller.pay(asked.fingerprint, command).await?;
    match &settled.value {
        pay::Reply::Refund(view) => {
            let refund = Refund::shown_to(caller.actor.role, view);
            Ok(Told::created(settled.with(refund)))
        }
        // Another company's wallet paid: that company gives it back, and says so later.
        pay::Reply::ConnectorRefund(view) => {
            if let Some(counter) = edge.outside().of(caller.cell()) {
                counter.look();
            }
            let refund = Refund::begun(caller.actor.role, view);
            Ok(Told::accepted(settled.with(refund)))
        }
        _ => Err(Problem::internal()),
    }
}
