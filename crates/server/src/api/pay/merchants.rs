//! Merchants: registered, and what they are owed.

use economy::{Answer, Query};
use kernel::id::{Merchant as MerchantKind, Party};
use kernel::{Currency, Ref};
use pay::command::{RegisterMerchant, SetCreditLine};
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::Merchant;
use crate::api::values::{Money, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::problem::Problem;

/// Asks for a merchant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerchant {
    /// Whose it is; the caller itself when left out.
    #[schema(value_type = Option<String>)]
    party: Option<Text<Ref<Party>>>,
    /// Its public name, up to 60 characters.
    #[schema(example = "Yamaboshi Soba")]
    name: String,
    /// What it is paid in.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
}

/// Registers a merchant
#[utoipa::path(
    post, path = "/v1/merchants", tag = "pay", params(Once), request_body = NewMerchant,
    responses(
        (status = 201, body = Merchant),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn register_merchant(
    caller: Caller,
    asked: Posted<NewMerchant>,
) -> Result<Told<Merchant>, Problem> {
    let NewMerchant { party, name, currency } = asked.body;
    let party = super::own_or(&caller, party).await?;
    let command = RegisterMerchant { id: caller.site.fresh(), party, name, currency: currency.0 };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Merchant(view) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    Ok(Told::created(settled.with(view.into())))
}

/// What a merchant is owed
#[utoipa::path(
    get, path = "/v1/merchants/{merchant}", tag = "pay",
    params(("merchant" = String, Path, description = "The merchant's id")),
    responses(
        (status = 200, body = Merchant),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn merchant(
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
) -> Result<Told<Merchant>, Problem> {
    let settled = caller.ask(Query::Merchant(caller.actor, merchant)).await?;
    let Answer::Merchant(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with(view.into())))
}

/// A line of credit for a merchant's refunds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCreditLine {
    /// The most that the merchant may owe; 0 ends the line. What it owes above that is repaid by
    /// its next sales.
    limit: Money,
    /// The contract it comes from, up to 120 characters.
    #[schema(example = "contract 2026-117")]
    source: String,
}

/// Lets a merchant's refunds exceed its balance, up to a limit
///
/// A refund first takes the merchant's balance, then the line. What was drawn is repaid by the
/// merchant's next sales, before anything can be paid out.
#[utoipa::path(
    post, path = "/v1/merchants/{merchant}/credit-line", tag = "operator",
    params(Once, ("merchant" = String, Path, description = "The merchant's id")),
    request_body = NewCreditLine,
    responses(
        (status = 200, body = Merchant),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_credit_line(
    caller: Caller,
    PathId(merchant): PathId<Ref<MerchantKind>>,
    asked: Posted<NewCreditLine>,
) -> Result<Told<Merchant>, Problem> {
    let known = caller.ask(Query::Merchant(caller.actor, merchant)).await?;
    let Answer::Merchant(known) = known.value else { return Err(Problem::internal()) };
    let NewCreditLine { limit, source } = asked.body;
    let limit = limit.minor_units(known.currency, "/limit")?;
    let command = SetCreditLine { merchant, limit, source };
    let settled = caller.pay(asked.fingerprint, command).await?;
    let pay::Reply::Merchant(view) = settled.value.clone() else {
        return Err(Problem::internal());
    };
    Ok(Told::ok(settled.with(view.into())))
}
