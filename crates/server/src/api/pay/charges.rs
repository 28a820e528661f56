//! Codes that customers show: a phone is enrolled, a till charges what it scanned, a payer is asked.

use axum::extract::State;
use corridor::ChargeAnswer;
use economy::{Answer, Query};
use kernel::id::{Payment as PaymentKind, Store as StoreKind, Wallet};
use kernel::{Id, Ref, Span};
use pay::codes::STEP_S;
use pay::command::{ChargePayment, EndPhone, EnrolPhone, RefuseCharge, RequestPayment};
use pay::{AskView, ChargeView, Purpose, QuoteView, Status};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stores::look_here;
use super::views::{Capture, Payment};
use crate::api::values::{Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::cells::random;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// How long a request may be paid when it does not say.
const VALID_FOR_S: u64 = 300;
/// The longest text that is looked at: EMVCo's container has at most 512 characters.
const MOST_CODE: usize = 600;

/// What a phone needs to make codes by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Phone {
    /// The three digits that its codes begin with.
    #[schema(example = 471)]
    pub prefix: u16,
    /// The eight digits behind them.
    #[schema(example = 4_815_162)]
    pub handle: u32,
    /// The phone's key, 32 bytes in hexadecimal digits. It is told to whoever enrols the phone, and
    /// kept by nobody else.
    pub key: String,
    /// How long a code stands, in seconds.
    #[schema(example = 30)]
    pub step_s: u64,
    /// When it was enrolled.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
}

/// A till was shown a code for a new payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCharge {
    /// Who is paid.
    #[schema(value_type = String)]
    store: Text<Ref<StoreKind>>,
    /// How much, in the store's currency.
    amount: Money,
    /// What was scanned or typed: 20 digits, with or without spaces, or EMVCo's text.
    #[schema(example = "4710 4815 1627 0042 1175")]
    customer_code: String,
    /// For how many seconds it may be paid; 300 when left out.
    #[schema(example = 300)]
    valid_for_s: Option<u32>,
    /// At once, or held and captured later.
    #[serde(default)]
    capture: Capture,
}

/// A code for a payment that was requested before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownCode {
    /// What was scanned or typed.
    #[schema(example = "4710 4815 1627 0042 1175")]
    customer_code: String,
}

/// What became of a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Charge {
    /// `waiting` for the payer's cell; `charge_asked`: the payer is asked on the phone; `accepted`;
    /// or why not: `code_not_valid`, `charge_declined`, `charge_try_later`, `charge_not_confirmed`.
    /// Then another code may be tried for the same payment.
    #[schema(example = "waiting")]
    pub code: &'static str,
    /// The payment.
    pub payment: Payment,
}

/// What a payer is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ask {
    /// Which payment.
    #[schema(value_type = String)]
    pub payment: Text<Id<PaymentKind>>,
    /// Who would be paid.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
    /// How much, in the store's currency.
    pub amount: Money,
    /// Until when it is asked.
    #[schema(value_type = String)]
    pub expires: Text<Moment>,
    /// Whether the same was paid a moment ago: a yes must then say `again`.
    pub again: bool,
    /// What a yes confirms with `POST /v1/quotes/{quote}/confirm`, where something is exchanged;
    /// inside one cell a yes is `POST /v1/payments/here`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub quote: Option<Text<Id<kernel::id::Quote>>>,
    /// What the payer would pay in all.
    pub total: Money,
}

/// A phone, or what was asked, ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// It is done.
    #[schema(example = true)]
    pub done: bool,
}

/// What a wallet is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asks {
    /// Each of them.
    pub asks: Vec<Ask>,
}

impl From<AskView> for Ask {
    fn from(ask: AskView) -> Self {
        let total = |quote: &QuoteView| {
            let price = &quote.price;
            let sum = price.principal.saturating_add(price.spread).saturating_add(price.fee);
            Money::new(sum, price.currency)
        };
        let amount = Money::new(ask.amount, ask.currency);
        Self {
            payment: Text(ask.payment),
            store: Text(ask.store),
            expires: Text(Moment(ask.expires)),
            again: ask.again,
            total: ask.quote.as_ref().map_or(amount, total),
            quote: ask.quote.map(|quote| Text(quote.quote)),
            amount,
        }
    }
}

/// The word for what became of a code.
fn word(status: Status, answer: Option<ChargeAnswer>) -> &'static str {
    match (status, answer) {
        (_, Some(answer)) => answer.code(),
        (Status::Requested, None) => "waiting",
        (_, None) => "accepted",
    }
}

fn text(code: String) -> Result<String, Problem> {
    if code.len() <= MOST_CODE {
        return Ok(code);
    }
    let detail = format!("A code has at most {MOST_CODE} characters.");
    Err(Problem::new("field_invalid", detail.clone()).in_field("/customer_code".into(), detail))
}

/// Enrols the phone of a wallet
///
/// From now on codes under this handle and key are taken, those of an earlier phone of the wallet
/// no more. A key for the journal there is none: who lost it enrols anew.
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/phone", tag = "pay", params(
        ("wallet" = String, Path, description = "The wallet's id"), Once,
    ), request_body = Nothing,
    responses(
        (status = 201, body = Phone),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn enrol_phone(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    asked: Posted<Nothing>,
) -> Result<Told<Phone>, Problem> {
    let codes = caller.site.handle.codes().cloned().ok_or_else(|| {
        Problem::new("codes_not_set", "This cell keeps no keys of phones; ask its operator.")
    })?;
    let near = u32::from_le_bytes(random());
    let settled = caller.pay(asked.fingerprint, EnrolPhone { wallet, near }).await?;
    let pay::Reply::Phone(view) = settled.value.clone() else { return Err(Problem::internal()) };
    let key = codes.key(view.handle, view.generation);
    let phone = Phone {
        prefix: view.prefix,
        handle: view.handle,
        key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
        step_s: STEP_S,
        since: Text(Moment(view.since)),
    };
    Ok(Told::created(settled.with(phone)))
}

/// Ends the phone of a wallet: its codes are taken no more
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/phone/end", tag = "pay", params(
        ("wallet" = String, Path, description = "The wallet's id"), Once,
    ), request_body = Nothing,
    responses(
        (status = 201, body = Ended),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn end_phone(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    asked: Posted<Nothing>,
) -> Result<Told<Ended>, Problem> {
    let settled = caller.pay(asked.fingerprint, EndPhone { wallet }).await?;
    Ok(Told::created(settled.with(Ended { done: true })))
}

/// What the holder of a wallet is asked about codes that were shown
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/asks", tag = "pay",
    params(("wallet" = String, Path, description = "The wallet's id")),
    responses(
        (status = 200, body = Asks),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn asks(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
) -> Result<Told<Asks>, Problem> {
    let query = Query::Asks(caller.actor, wallet, caller.site.handle.now());
    let settled = caller.ask(query).await?;
    let Answer::Asks(asks) = settled.value.clone() else { return Err(Problem::internal()) };
    let asks = asks.into_iter().map(Ask::from).collect();
    Ok(Told::ok(settled.with(Asks { asks })))
}

/// Which of what a wallet is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotPaying {
    /// The payment.
    #[schema(value_type = String)]
    payment: Text<Id<PaymentKind>>,
}

/// The holder of a wallet says no to what a till asks of a code; the till is told at once
#[utoipa::path(
    post, path = "/v1/wallets/{wallet}/asks/refuse", tag = "pay",
    params(("wallet" = String, Path, description = "The wallet's id"), Once),
    request_body = NotPaying,
    responses(
        (status = 200, body = Ended),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn refuse_ask(
    caller: Caller,
    PathId(wallet): PathId<Ref<Wallet>>,
    asked: Posted<NotPaying>,
) -> Result<Told<Ended>, Problem> {
    caller.ask(Query::Wallet(caller.actor, wallet)).await?;
    let payment = asked.body.payment.0;
    let settled = caller.pay(asked.fingerprint, RefuseCharge { payment }).await?;
    Ok(Told::ok(settled.with(Ended { done: true })))
}

async fn charged(
    edge: &Edge,
    caller: &Caller,
    fingerprint: economy::Fingerprint,
    command: ChargePayment,
) -> Result<Told<Charge>, Problem> {
    let counter = edge.outside().of(caller.cell());
    let scan = counter.and_then(|counter| counter.scanned(command.payment, &command.code));
    let settled = caller.pay(fingerprint, command).await?;
    let pay::Reply::Charge(view) = settled.value.clone() else { return Err(Problem::internal()) };
    let ChargeView { payment, answer } = *view;
    if let Some(scan) = scan.filter(|_| payment.connector.is_some() && !settled.repeated) {
        scan.stands();
    }
    let code = word(payment.status, answer);
    let payment = Payment::shown_to(caller.actor.role, &payment);
    Ok(Told::created(settled.with(Charge { code, payment })))
}

/// Charges a code that a customer shows
///
/// Requests the payment and sends the code to its wallet's cell. What becomes of it is told by events
/// and by `GET /v1/payments/{payment}/charge`; a code is used up, whatever becomes of it.
#[utoipa::path(
    post, path = "/v1/charges", tag = "pay", params(Once), request_body = NewCharge,
    responses(
        (status = 201, body = Charge),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn charge(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<NewCharge>,
) -> Result<Told<Charge>, Problem> {
    let NewCharge { store: Text(store), amount, customer_code, valid_for_s, capture } = asked.body;
    let look = look_here(&caller, store).await?.value;
    if amount.currency.0 != look.currency {
        let detail = format!("The store is paid in {}.", look.currency);
        let problem = Problem::new("currency_differs", detail.clone());
        return Err(problem.in_field("/amount/currency".to_owned(), detail));
    }
    let payment = caller.site.fresh();
    let request = RequestPayment {
        id: payment,
        store,
        amount: amount.amount,
        valid_for: Span::seconds(valid_for_s.map_or(VALID_FOR_S, u64::from)),
        capture: capture.into(),
        purpose: Purpose::Sale,
    };
    let code = text(customer_code)?;
    let command = ChargePayment { payment, request: Some(Box::new(request)), code };
    charged(&edge, &caller, asked.fingerprint, command).await
}

/// Charges another code for a payment that nobody has paid
#[utoipa::path(
    post, path = "/v1/payments/{payment}/charge", tag = "pay", params(
        ("payment" = String, Path, description = "The payment's id"), Once,
    ), request_body = ShownCode,
    responses(
        (status = 201, body = Charge),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn charge_again(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
    asked: Posted<ShownCode>,
) -> Result<Told<Charge>, Problem> {
    let code = text(asked.body.customer_code)?;
    let command = ChargePayment { payment, request: None, code };
    charged(&edge, &caller, asked.fingerprint, command).await
}

/// What became of a payment's newest code
#[utoipa::path(
    get, path = "/v1/payments/{payment}/charge", tag = "pay",
    params(("payment" = String, Path, description = "The payment's id")),
    responses(
        (status = 200, body = Charge),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn charge_of(
    caller: Caller,
    PathId(payment): PathId<Id<PaymentKind>>,
) -> Result<Told<Charge>, Problem> {
    let settled = super::till::payment_of(&caller, payment).await?;
    let answer = caller.ask(Query::Charge(caller.actor, payment)).await?.value;
    let Answer::Charge(answer) = answer else { return Err(Problem::internal()) };
    let code = word(settled.value.status, answer.flatten());
    let view = settled.value.clone();
    let payment = Payment::shown_to(caller.actor.role, &view);
    Ok(Told::ok(settled.with(Charge { code, payment })))
}
