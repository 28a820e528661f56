//! Looking at a code before paying it.

use axum::extract::State;
use kernel::Id;
use kernel::id::Payment as PaymentKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::looking::{Target, presentation};
use super::views::Store;
use crate::api::operator::costs::ShareFor;
use crate::api::values::{Moment, Money, Text};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{Posted, Told};
use crate::problem::Problem;

/// A code as it was scanned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScannedCode {
    /// The text in the picture.
    code: String,
}

/// What stands behind a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Looked {
    /// `static`: any number of payments, the payer types the amount; `dynamic`: one payment.
    #[schema(example = "dynamic")]
    pub presentation: &'static str,
    /// The seller's cell.
    #[schema(example = "jp")]
    pub cell: String,
    /// Who is paid, as registered; the code's own words were held against it.
    pub payee: Store,
    /// The payment, of a dynamic code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payment: Option<Text<Id<PaymentKind>>>,
    /// What is due, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// What the shop calls the place at which the printed code hangs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7")]
    pub place: Option<String>,
    /// The reference of that place in the shop's books.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What is taken of what the shop gets: the fee of its operator, and what others have of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// Until when it may be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub deadline: Option<Text<Moment>>,
}

/// What is taken of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct Costs {
    /// The fee of the shop's operator, in basis points of what is captured.
    pub fee_bps: u32,
    /// What it takes once for each payment, in minor units.
    pub fee_fixed: u64,
    /// The most that it takes; absent where there is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_most: Option<u64>,
    /// What others get.
    pub shares: Vec<CostShare>,
    /// What the shop keeps of the amount, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<Money>,
}

/// What another gets of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostShare {
    /// What for.
    pub kind: ShareFor,
    /// In basis points of what is captured.
    pub bps: u32,
}

fn costs(looked: &super::looking::Looked) -> Option<Costs> {
    let known = looked.view.costs.as_ref()?;
    let whole = looked.amount.and_then(|amount| known.of(amount));
    let share =
        |(kind, bps): &(pay::costs::ShareKind, u32)| CostShare { kind: (*kind).into(), bps: *bps };
    Some(Costs {
        fee_bps: known.fee.bps,
        fee_fixed: known.fee.fixed,
        fee_most: (known.fee.most > 0).then_some(known.fee.most),
        shares: known.shares.iter().map(share).collect(),
        net: whole.map(|whole| Money::new(whole.net, looked.view.currency)),
    })
}

/// What stands behind a code
///
/// Asks the seller's cell before anything is paid. Refused, each with its own code: what can't
/// be read, another system's code, a store or payment that is not there, another currency, and a
/// code that says another name than its store registered (`payee_differs`): then do not pay.
/// Nothing is changed, so that the key only serves the form.
#[utoipa::path(
    post, path = "/v1/codes/look", tag = "pay", params(Once), request_body = ScannedCode,
    responses(
        (status = 200, body = Looked),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn look_at_code(
    State(edge): State<Edge>,
    caller: Caller,
    asked: Posted<ScannedCode>,
) -> Result<Told<Looked>, Problem> {
    let target = Target::read(&asked.body.code, &edge, &caller).await?;
    let settled = target.look(&edge, &caller).await?;
    let told = settled.map(|looked| Looked {
        presentation: presentation(&target).as_str(),
        cell: looked.seller.cell.clone(),
        payee: Store::from(&*looked.view),
        payment: target.payment.map(Text),
        amount: looked.amount.map(|amount| Money::new(amount, looked.view.currency)),
        place: looked.place.as_ref().map(|place| place.label.clone()),
        reference: looked.place.as_ref().and_then(|place| place.reference.clone()),
        costs: costs(&looked),
        deadline: looked.view.due.as_ref().and_then(|due| Some(Text(Moment(due.deadline?)))),
    });
    Ok(Told::ok(told))
}
