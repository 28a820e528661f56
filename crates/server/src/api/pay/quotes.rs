//! The payer's side: a quote, the yes, a payment inside one cell.

use axum::extract::State;
use economy::{Fingerprint, Reply};
use kernel::id::{Payment as PaymentKind, Quote as QuoteKind, Store as StoreKind, Wallet};
use kernel::{Id, Ref};
use pay::Status;
use pay::command::{ConfirmPayment, MakeQuote, PayHere};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::looking::{Looked, Target, amount_to_pay, takes_payments};
use super::payments::PATIENCE;
use super::till::{payment_of, told};
use super::views::{Payment, Quote, Store};
use crate::api::values::{Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::{self, Settled};
use crate::problem::Problem;

/// What a payer is told while the answer of the other side has not come.
const IN_DOUBT: &str = "The other side has not answered yet. Your money is safe: either the shop is paid, or it \
     comes back to the wallet whole.";

/// Whom to pay, and from what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Who pays.
    #[schema(value_type = String)]
    wallet: Text<Ref<Wallet>>,
    /// The code that was scanned; or name the store.
    code: Option<String>,
    /// Who is paid, without a code.
    #[schema(value_type = Option<String>)]
    store: Option<Text<Ref<StoreKind>>>,
    /// The payment that the store asked for, without a code.
    #[schema(value_type = Option<String>)]
    payment: Option<Text<Id<PaymentKind>>>,
    /// What the payer typed, in the store's currency, where the code leaves it open.
    amount: Option<Money>,
    /// Yes, the same amount to the same store once more; for payments inside one cell.
    #[serde(default)]
    again: bool,
}

impl Offer {
    async fn target(&self, edge: &Edge, caller: &Caller) -> Result<Target, Problem> {
        match (&self.code, self.store) {
            (Some(code), None) if self.payment.is_none() => Target::read(code, edge, caller).await,
            (None, Some(Text(store))) => Ok(Target::named(store, self.payment.map(|Text(id)| id))),
            _ => {
                let detail = "Send either the code that was scanned, or a store and perhaps \
                              its payment.";
                let problem = Problem::new("field_invalid", detail);
                Err(problem.in_field("/code".to_owned(), detail.to_owned()))
            }
        }
    }

    fn typed(&self) -> Option<(u64, kernel::Currency)> {
        self.amount.map(|money| (money.amount, money.currency.0))
    }
}

/// Yes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Yes, the same amount to the same store once more.
    #[serde(default)]
    again: bool,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// Until the seller's cell has answered, at most 10 seconds.
    #[default]
    Captured,
    /// Not at all: the payment is confirmed, and the answer is followed by events.
    Confirmed,
}

/// The query of a confirmation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// What to wait for: `captured` (when left out) or `confirmed`.
    #[serde(default)]
    #[param(inline)]
    wait: WaitFor,
}

/// Asks at what rate a wallet could pay
///
/// Locked for 60 seconds. The seller's cell is asked first for the registered name and what is
/// due, as `/v1/codes/look` does, and refuses what it refuses. What a till asked for may be tried
/// again once it was declined, by the same payer or another: each attempt stands in the lists by
/// itself, and at most one is ever captured.
#[utoipa::path(
    post, path = "/v1/quotes", tag = "pay", params(Once), request_body = Offer,
    responses(
        (status = 201, body = Quote),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn make_quote(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<Offer>,
) -> Result<Told<Quote>, Problem> {
    let offer = asked.body;
    let command = quote_command(&edge, &caller, &offer).await;
    let (settled, payee) = match command {
        Ok((command, looked)) => {
            (caller.pay(asked.fingerprint, command).await?, Store::from(&*looked.view))
        }
        // What was quoted may have been paid since: a repeat still gets its first reply.
        Err(problem) => {
            let first = first_reply(&caller, asked.fingerprint).await?.ok_or(problem)?;
            let pay::Reply::Quote(view) = &first.value else { return Err(Problem::internal()) };
            let looked = Target::named(view.store, None).look(&edge, &caller).await?.value;
            (first, Store::from(&*looked.view))
        }
    };
    let pay::Reply::Quote(view) = &settled.value else { return Err(Problem::internal()) };
    let quote = Quote::new(view, payee);
    Ok(Told::created(settled.with(quote)))
}

async fn quote_command(
    edge: &Edge,
    caller: &Caller,
    offer: &Offer,
) -> Result<(MakeQuote, Looked), Problem> {
    let target = offer.target(edge, caller).await?;
    let looked = target.look(edge, caller).await?.value;
    if looked.seller.cell.as_str() == caller.cell() {
        return Err(Problem::new(
            "quote_not_needed",
            "Wallet and store are in one cell; pay at once with POST /v1/payments/here.",
        ));
    }
    let amount = amount_to_pay(&looked, offer.typed())?;
    takes_payments(&looked)?;
    let due = looked.view.due.as_ref();
    let command = MakeQuote {
        id: caller.site.fresh(),
        wallet: offer.wallet.0,
        payment: target.payment.unwrap_or_else(|| caller.site.fresh()),
        store: target.store,
        amount,
        currency: looked.view.currency,
        deadline: due.and_then(|due| due.deadline),
        capture: due.map_or(corridor::CaptureMode::Now, |due| due.capture),
        place: target.place,
    };
    Ok((command, looked))
}

/// The reply that a request got before, if it did.
async fn first_reply(
    caller: &Caller,
    fingerprint: Fingerprint,
) -> Result<Option<Settled<pay::Reply>>, Problem> {
    match outcome::first_reply(&caller.site.handle, fingerprint).await? {
        None => Ok(None),
        Some(settled) => match settled.value.clone() {
            Reply::Pay(reply) => Ok(Some(settled.with(reply))),
            _ => Err(Problem::internal()),
        },
    }
}

/// The payer says yes
///
/// The money is held, and from here the seller's cell alone decides. Waits up to 10 seconds for
/// its answer: 200 with the payment `captured`, `authorized` or `declined`; or 202 with the
/// payment `confirmed` and a notice when the answer has not come.
#[utoipa::path(
    post, path = "/v1/quotes/{quote}/confirm", tag = "pay", request_body = Confirmation,
    params(Once, Wait, ("quote" = String, Path, description = "The quote's id")),
    responses(
        (status = 200, body = Payment, description = "The seller's cell has answered"),
        (status = 202, body = Payment, description = "Confirmed; the answer has not come yet"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn confirm_quote(
    caller: Caller,
    PathId(quote): PathId<Id<QuoteKind>>,
    QueryOf(Wait { wait }): QueryOf<Wait>,
    asked: Posted<Confirmation>,
) -> Result<Told<Payment>, Problem> {
    let command = ConfirmPayment { quote, again: asked.body.again };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let view = crate::over::paid(&settled.value)?;
    let confirmed = told(&caller, &settled)?;
    if wait == WaitFor::Confirmed {
        return Ok(Told::accepted(confirmed));
    }
    // What a repeat asks of may have ended long ago, so it looks before it waits.
    let ended_before = settled.repeated
        && payment_of(&caller, view.payment)
            .await
            .is_ok_and(|now| now.value.status != Status::Confirmed);
    if !ended_before {
        caller.site.stream.outcome(view.payment, settled.position, PATIENCE).await;
    }
    let now = match payment_of(&caller, view.payment).await {
        Ok(now) => now,
        // The cell went down meanwhile: what it confirmed stands in its journal.
        Err(_) => return Ok(Told::accepted(confirmed.map(in_doubt))),
    };
    let ended = now.value.status != Status::Confirmed;
    let payment = Payment::shown_to(caller.actor.role, &now.value);
    let now = Settled { repeated: settled.repeated, ..now.with(payment) };
    Ok(if ended { Told::ok(now) } else { Told::accepted(now.map(in_doubt)) })
}

fn in_doubt(payment: Payment) -> Payment {
    Payment { notice: Some(IN_DOUBT), ..payment }
}

/// Pays a store of the wallet's own cell
///
/// One currency, one record: no quote and no corridor.
#[utoipa::path(
    post, path = "/v1/payments/here", tag = "pay", params(Once), request_body = Offer,
    responses(
        (status = 201, body = Payment),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn pay_here(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<Offer>,
) -> Result<Told<Payment>, Problem> {
    let settled = match here_command(&edge, &caller, &asked.body).await {
        Ok(command) => caller.pay(asked.fingerprint, command).await?,
        // What was paid is not open any more: a repeat still gets its first reply.
        Err(problem) => first_reply(&caller, asked.fingerprint).await?.ok_or(problem)?,
    };
    Ok(Told::created(told(&caller, &settled)?))
}

async fn here_command(edge: &Edge, caller: &Caller, offer: &Offer) -> Result<PayHere, Problem> {
    let target = offer.target(edge, caller).await?;
    let looked = target.look(edge, caller).await?.value;
    if looked.seller.cell.as_str() != caller.cell() {
        return Err(Problem::refused(&economy::Refusal::from(pay::Refusal::CurrencyDiffers)));
    }
    Ok(PayHere {
        payment: target.payment.unwrap_or_else(|| caller.site.fresh()),
        wallet: offer.wallet.0,
        store: target.store,
        amount: amount_to_pay(&looked, offer.typed())?,
        requested: target.payment.is_some(),
        again: offer.again,
        place: target.place,
    })
}
