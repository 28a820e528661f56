//! A payment by another company's wallet: its code is shown at the till, and what became of it.

use std::time::Duration;

use axum::extract::State;
use economy::{Answer, Query};
use kernel::Id;
use kernel::id::Payment as PaymentKind;
use pay::command::BeginConnectorPayment;
use pay::state::{ConnectorAttempt, Shape};
use pay::{PaymentView, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::till::payment_of;
use super::views::Payment;
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// How long the other company's code is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Through which wallet a payment is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttempt {
    /// The connector's name, as in `GET /v1/connectors`.
    #[schema(example = "wechat")]
    connector: String,
}

/// The newest attempt to have a payment paid by another company's wallet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempt {
    /// The connector; none once the payment is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wechat")]
    pub connector: Option<String>,
    /// The kind of wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wechat")]
    pub wallet: Option<String>,
    /// Which attempt, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u16>,
    /// Whose code: `shown` at the till, or `taken` from the payer's phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<&'static str>,
    /// `waiting`, `cancelling`; `accepted`, `ended`; or why it came to nothing: `code_expired`,
    /// `code_unusable`, `no_money`, `payer_declined`, `limit_reached`, `not_permitted`, `cancelled`,
    /// `given_back`, `never_arrived`. Then another wallet, or another attempt, may pay.
    #[schema(example = "waiting")]
    pub state: &'static str,
    /// What the payer scans, once the other company gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "weixin://wxpay/bizpayurl?pr=abc")]
    pub code: Option<String>,
    /// The payment.
    pub payment: Payment,
}

/// The word for how far an attempt is.
pub(crate) fn word(attempt: Option<&ConnectorAttempt>, view: &PaymentView) -> &'static str {
    let over = match view.status {
        Status::Requested => "waiting",
        Status::Captured | Status::PartlyRefunded | Status::Refunded => "accepted",
        _ => "ended",
    };
    let Some(attempt) = attempt.filter(|_| view.status == Status::Requested) else { return over };
    match (attempt.ask.end, attempt.ask.cancel) {
        (Some(end), _) => end.word(),
        (None, true) => "cancelling",
        (None, false) => "waiting",
    }
}

async fn attempt(
    edge: &Edge,
    caller: &Caller,
    view: Settled<PaymentView>,
    patience: Duration,
) -> Result<Settled<Attempt>, Problem> {
    let payment = view.value.payment;
    let answer = caller.ask(Query::Attempt(caller.actor, payment)).await?.value;
    let Answer::Attempt(known) = answer else { return Err(Problem::internal()) };
    let known = known.map(|known| *known);
    let shows = |known: &&ConnectorAttempt| {
        known.ask.end.is_none() && known.ask.shape == Shape::Shown && !known.ask.cancel
    };
    let counter = edge.outside().of(caller.cell());
    let code = match (known.as_ref().filter(shows), counter) {
        (Some(_), Some(counter)) => counter.code_within(payment, patience).await,
        _ => None,
    };
    Ok(view.map(|view| Attempt {
        state: word(known.as_ref(), &view),
        attempt: known.as_ref().map(|known| known.ask.attempt),
        way: known.as_ref().map(|known| known.ask.shape.word()),
        wallet: known.as_ref().map(|known| known.kind.clone()),
        connector: known.map(|known| known.name),
        code,
        payment: Payment::shown_to(caller.actor.role, &view),
    }))
}

/// Has a requested payment paid by another company's wallet
///
/// The reply holds what the payer scans, if the other company gave it within three seconds; else it
/// is asked for with `GET`. Until there is an end nobody else can pay it: `cancel` it first.
#[utoipa::path(
    post, path = "/v1/payments/{payment}/attempt", tag = "pay", params(
        ("payment" = String, Path, description = "The payment's id"), Once,
    ), request_body = NewAttempt,
    responses(
        (status = 201, body = Attempt),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn begin_attempt(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<NewAttempt>,
) -> Result<Told<Attempt>, Problem> {
    let connector = asked.body.connector;
    let begin = BeginConnectorPayment { payment, connector, shape: Shape::Shown };
    let settled = caller.pay(asked.fingerprint, begin).await?;
    if let Some(counter) = edge.outside().of(caller.cell()) {
        counter.look();
    }
    let view = payment_of(&caller, payment).await?;
    let told = attempt(&edge, &caller, view, PATIENCE).await?;
    Ok(Told::created(Settled { repeated: settled.repeated, ..told }))
}

/// What became of the newest attempt to pay by another company's wallet
#[utoipa::path(
    get, path = "/v1/payments/{payment}/attempt", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Attempt),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn attempt_of(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Told<Attempt>, Problem> {
    let view = payment_of(&caller, payment).await?;
    Ok(Told::ok(attempt(&edge, &caller, view, Duration::ZERO).await?))
}
