//! Shops sign up by themselves.

use axum::extract::State;
use axum::http::{Extensions, HeaderMap};
use kernel::Ref;
use kernel::id::{Merchant as MerchantKind, Store as StoreKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::Text;
use crate::edge::Edge;
use crate::http::Told;
use crate::http::asked::{Once, OpenPosted};
use crate::problem::Problem;
use crate::sign_up::page::place;
use crate::sign_up::{Fields, Ticket, open};
use crate::throttle;
use crate::web::text::Lang;

/// A shop that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedUp {
    /// The merchant.
    #[schema(value_type = String)]
    pub merchant: Text<Ref<MerchantKind>>,
    /// Its store.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
    /// The number on its poster, for who can't scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2 0017 90")]
    pub store_number: Option<String>,
    /// The code that opens its till: a secret. It is told to who repeats the request for ten
    /// minutes, and then never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_code: Option<String>,
    /// Where that code signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_path: Option<String>,
    /// Where its poster is.
    pub poster: String,
    /// Whether another shop has its bank account; the operator's staff look at it before the
    /// first payout.
    pub account_shared: bool,
}

/// Signs a shop up
///
/// Needs no key. The shop can be paid at once; it is paid out when the operator's staff have
/// reviewed it. Bank account and holder go into the vault and nowhere else. The `Idempotency-Key`
/// must be a UUID of version 4, drawn at random: whoever has it can see the sign-in code for ten
/// minutes.
#[utoipa::path(
    post, path = "/v1/sign-ups", tag = "pay", params(Once), request_body = Fields, security(()),
    responses(
        (status = 201, body = SignedUp),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sign_up(
    State(edge): State<Edge>,
    headers: HeaderMap,
    extensions: Extensions,
    asked: OpenPosted<Fields>,
) -> Result<Told<SignedUp>, Problem> {
    let (site, at) = place(&edge)?;
    let ticket: Ticket = asked.key.parse().map_err(|why| {
        Problem::new("idempotency_key_invalid", format!("The Idempotency-Key is {why}."))
    })?;
    let checked = asked.body.check().map_err(|wrong| {
        let detail = "The form has something to mend; see errors, field by field.";
        let problem = Problem::new("sign_up_unfit", detail);
        wrong.iter().fold(problem, |problem, wrong| {
            problem.in_field(format!("/{}", wrong.field), wrong.sentence(Lang::En))
        })
    })?;
    throttle::openings(&edge, &headers, &extensions)?;
    let settled = open::open(&site, at.currency, &ticket, &checked).await?;
    let opened = settled.value.clone();
    let code = opened.code.map(|code| code.reveal());
    Ok(Told::created(settled.with(SignedUp {
        merchant: Text(opened.merchant),
        store: Text(opened.store),
        store_number: opened.number.map(|number| number.to_string()),
        sign_in_path: code.as_ref().map(|code| format!("/enter/{code}")),
        sign_in_code: code,
        poster: format!("/poster/{}", opened.store),
        account_shared: opened.account_shared,
    })))
}
