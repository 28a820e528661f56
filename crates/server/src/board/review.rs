//! Staff look at shops that wait, and decide about each.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::Ref;
use kernel::id::Merchant;
use pay::Shops;
use pay::command::ReviewMerchant;

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, see_other};
use crate::api::operator::reviews::{Decision, ToReview, listed, verdict};
use crate::authorize::Caller;
use crate::cells::now as wall;
use crate::code::Code;
use crate::payee::change::is_to_be_seen;
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::parts::query_field;
use crate::web::view::{ReviewCard, ReviewPage};

/// What a form says of the page that it stands on.
const KEPT: [&str; 3] = ["cell", "show", "named"];
/// What a form can have done.
const DONE: [&str; 2] = ["approved", "paused"];

/// The list of shops that wait.
pub(super) async fn page(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(
    desk: &Desk,
    query: &HashMap<String, String>,
    wrong: Option<(String, crate::web::view::Problem)>,
) -> Response {
    match found(desk, query).await {
        Ok(page) => html(&markup::review_page(&ReviewPage { wrong, ..page })),
        Err(problem) => failed(desk, &problem),
    }
}

async fn found(desk: &Desk, query: &HashMap<String, String>) -> Result<ReviewPage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let after = query.get("after").and_then(|text| text.parse().ok());
    let caller = Caller::of(&cell.site, cell.actor);
    let named = query.get("named").map(|named| named.trim().chars().take(60).collect());
    let of = match (query.get("show").map(String::as_str), named) {
        (Some("approved"), named) => Shops::Approved { named: named.unwrap_or_default() },
        _ => Shops::Waiting,
    };
    let reviews = listed(&caller, cell.views.clone(), of.clone(), after).await?.value;
    let name = cell.site.name().to_owned();
    let own = super::own_language(&cell.site);
    Ok(ReviewPage {
        chrome: desk.chrome(&format!("{}/review?cell={name}{}", desk.base(), asked_for(&of))),
        rest: asked_for(&of),
        of,
        base: desk.base().to_owned(),
        at: micros(wall()),
        zone: cell.zone,
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        key: Code::generate("form").reveal(),
        wrong: None,
        rows: reviews.reviews.into_iter().map(|row| card(row, own)).collect(),
        next: reviews.next,
        cell: name,
    })
}

/// The parameters of the approved shops that are looked at.
fn asked_for(of: &Shops) -> String {
    match of {
        Shops::Waiting => String::new(),
        Shops::Approved { named } => {
            format!("&show=approved&{}", query_field("named", named))
        }
    }
}

fn card(row: ToReview, own: &'static str) -> ReviewCard {
    let balance = amount(row.balance.amount, row.balance.currency.0);
    let sold = row.payments.zip(row.sold.as_ref());
    let sold = sold.map(|(payments, sold)| (payments, amount(sold.amount, sold.currency.0)));
    // A shop that nobody reviewed has stood so since before there was time.
    let since = Some(micros(row.since.0.0)).filter(|since| *since > 0);
    ReviewCard { since, own, balance, sold, row }
}

/// Approves a shop, or pauses it with a reason.
pub(super) async fn decide(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = act::own(&headers, &body);
    let done = match &form {
        Ok(form) => decided(&desk, form).await,
        Err(why) => Err(why.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok((word, cell)) => {
            let (base, lang) = (desk.base(), desk.lang.tag());
            let of = if form.contains_key("named") { "&show=approved" } else { "" };
            see_other(&format!("{base}/review?cell={cell}{of}&done={word}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let wrong = Some((text(&form, "merchant").to_owned(), problem));
            let query =
                form.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())).collect();
            (status, whole(&desk, &query, wrong).await).into_response()
        }
    }
}

async fn decided<'a>(desk: &'a Desk, form: &Form) -> Result<(&'static str, &'a str), Refused> {
    let cell: &Watched = desk.chosen(form.get("cell").map(String::as_str))?;
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::MerchantNotFound));
    let typed = text(form, "merchant");
    let merchant: Ref<Merchant> = typed.parse().map_err(|_| unknown())?;
    let (decision, word) = match text(form, "act") {
        "approve" => (Decision::Approve, "approved"),
        _ => (Decision::Pause, "paused"),
    };
    let reason = Some(text(form, "reason")).filter(|_| decision == Decision::Pause);
    let verdict = verdict(decision, reason)?;
    // What was looked at: an account that was set meanwhile is not approved unseen.
    let account = text(form, "account").parse().map_err(|_| unknown())?;
    let said = [typed, word, reason.unwrap_or_default(), text(form, "account")];
    let fingerprint = act::fingerprint(cell, "review", form, &said)?;
    let _none_is_set = cell.site.accounts.changing.lock().await;
    if decision == Decision::Approve {
        is_to_be_seen(&cell.site, cell.actor, merchant).await?;
    }
    let command = ReviewMerchant { merchant, verdict, account };
    act::submit(cell, fingerprint, pay::Command::from(command)).await?;
    Ok((word, cell.site.name()))
}
