//! What an operator does on the page, as commands of the operator.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use corridor::FreezeReason;
use economy::{Answer, Command, Fingerprint, FreezeLink, Query, ReopenLink, Reply};
use kernel::id::Wallet;
use kernel::{Currency, Ref};
use pay::command::{TopUpNostro, TopUpWallet};

use super::{Desk, Watched, now, page, see_other, told};
use crate::api::operator::{links, reconcile};
use crate::authorize::Caller;
use crate::http::form::read_form;
use crate::problem::Problem;
use crate::session;
use crate::web::view::{self, BoardFailed, Unit};

/// Why a form was not done: what the page says, and with which status.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) problem: view::Problem,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status, problem: told(&problem) }
    }
}

impl Refused {
    pub(super) fn again(&self) -> Self {
        Self { status: self.status, problem: self.problem.clone() }
    }

    /// A refusal of the page itself, whose message files know it by its code.
    pub(super) fn of_page(status: u16, code: &str) -> Self {
        Self { status, problem: view::Problem { code: code.to_owned(), sentence: None } }
    }
}

/// A form as it came.
pub(super) type Form = HashMap<String, String>;

pub(super) fn text<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map_or("", |value| value.trim())
}

/// Reads a form of our own page.
pub(super) fn own(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refused> {
    if session::is_foreign(headers) {
        return Err(Refused::of_page(403, "sign_in_foreign"));
    }
    read_form(body).map_err(|code| Refused::of_page(400, code))
}

/// 128 bits of BLAKE3 over parts, each behind its length.
fn hash(parts: &[&str]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// Under what a form is done once: its cell, operator, kind and key; and what it said.
pub(super) fn fingerprint(
    cell: &Watched,
    kind: &str,
    form: &Form,
    content: &[&str],
) -> Result<Fingerprint, Problem> {
    let key = text(form, "key");
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        let detail = "The form's key is missing or too long; open the page again.";
        return Err(Problem::new("idempotency_key_invalid", detail));
    }
    let party = cell.actor.party.to_string();
    let whose = ["board", cell.site.name(), &party, kind, key];
    Ok(Fingerprint { key: hash(&whose), content: hash(content) })
}

pub(super) async fn submit(
    cell: &Watched,
    fingerprint: Fingerprint,
    command: impl Into<Command>,
) -> Result<Reply, Problem> {
    let command = command.into();
    let request = economy::Request { actor: cell.actor, fingerprint: Some(fingerprint), command };
    Ok(cell.site.submit(request).await?.value)
}

fn minor(typed: &str, currency: Currency) -> Result<u64, Refused> {
    let read = Unit::of_currency(currency).read_typed(typed);
    let amount = read.map_err(|code| Refused::of_page(400, code))?;
    u64::try_from(amount.minor).map_err(|_| Problem::internal().into())
}

fn link_of(form: &Form) -> Result<u8, Problem> {
    let unknown = || Problem::refused(&economy::Refusal::LinkNotFound);
    text(form, "link").parse().map_err(|_| unknown())
}

/// Answers a form: to the page, which says what was done, or the page with what failed.
async fn answered(
    desk: &Desk,
    kind: &'static str,
    form: Form,
    done: Result<&'static str, Refused>,
) -> Response {
    match done {
        Ok(word) => {
            let cell = desk.chosen(form.get("cell").map(String::as_str));
            let cell = cell.map_or("", |cell| cell.site.name());
            let (base, lang) = (desk.base(), desk.lang.tag());
            see_other(&format!("{base}?cell={cell}&done={word}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let second = if kind == "link" { "note" } else { "reference" };
            let failed = BoardFailed {
                form: kind,
                problem,
                wallet: text(&form, "wallet").to_owned(),
                amount: text(&form, "amount").to_owned(),
                text: text(&form, second).to_owned(),
            };
            let query = form.into_iter().filter(|(name, _)| name == "cell").collect();
            (status, page::whole(desk, &query, Some(failed)).await).into_response()
        }
    }
}

/// Puts money that reached the bank into a wallet.
pub(super) async fn top_up(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = own(&headers, &body);
    let done = async {
        let form = form.as_ref().map_err(Refused::again)?;
        let cell = desk.chosen(form.get("cell").map(String::as_str))?;
        let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::WalletNotFound));
        let wallet: Ref<Wallet> = text(form, "wallet").parse().map_err(|_| unknown())?;
        let answer = cell.site.ask(Query::Wallet(cell.actor, wallet)).await?;
        let Answer::Wallet(view) = answer.value else { return Err(Problem::internal().into()) };
        let amount = minor(text(form, "amount"), view.currency)?;
        let reference = text(form, "reference").to_owned();
        let said = [text(form, "wallet"), text(form, "amount"), &reference];
        let fingerprint = fingerprint(cell, "top-up", form, &said)?;
        let command =
            pay::Command::from(TopUpWallet { wallet, amount, reference: reference.clone() });
        submit(cell, fingerprint, command).await?;
        Ok("topped-up")
    }
    .await;
    answered(&desk, "top-up", form.unwrap_or_default(), done).await
}

/// Raises what another cell keeps here.
pub(super) async fn nostro(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = own(&headers, &body);
    let done = async {
        let form = form.as_ref().map_err(Refused::again)?;
        let cell = desk.chosen(form.get("cell").map(String::as_str))?;
        let link = link_of(form)?;
        let unknown = || Problem::refused(&economy::Refusal::LinkNotFound);
        let links = now::links(cell).await;
        let (_, _, code) =
            links.get(usize::from(link)).and_then(|view| view.nostro).ok_or_else(unknown)?;
        let currency: Currency = code.parse().map_err(|_| unknown())?;
        let amount = minor(text(form, "amount"), currency)?;
        let reference = text(form, "reference").to_owned();
        let said = [text(form, "link"), text(form, "amount"), &reference];
        let fingerprint = fingerprint(cell, "nostro", form, &said)?;
        let command =
            pay::Command::from(TopUpNostro { link, amount, reference: reference.clone() });
        submit(cell, fingerprint, command).await?;
        Ok("nostro")
    }
    .await;
    answered(&desk, "nostro", form.unwrap_or_default(), done).await
}

/// Freezes a link or opens it again, each with its reason.
pub(super) async fn link(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = own(&headers, &body);
    let done = async {
        let form = form.as_ref().map_err(Refused::again)?;
        let cell = desk.chosen(form.get("cell").map(String::as_str))?;
        let (link, note) = (link_of(form)?, text(form, "note").to_owned());
        links::noted(&note)?;
        let act = text(form, "act");
        let fingerprint = fingerprint(cell, "link", form, &[text(form, "link"), act, &note])?;
        let (command, word) = match act {
            "freeze" => {
                let reason = FreezeReason::ByOperator { note };
                (Command::FreezeLink(FreezeLink { link, reason }), "frozen")
            }
            "reopen" => {
                let views = now::links(cell).await;
                let unknown = || Problem::refused(&economy::Refusal::LinkNotFound);
                let known = views.into_iter().nth(usize::from(link)).ok_or_else(unknown)?;
                let caller = Caller::of(&cell.site, cell.actor);
                let (seen, handled) = reconcile::today(desk.board.edge(), &caller, &known).await;
                (Command::ReopenLink(ReopenLink { link, note, seen, handled }), "reopened")
            }
            _ => return Err(Problem::new("text_unfit", "Freeze it or reopen it.").into()),
        };
        submit(cell, fingerprint, command).await?;
        Ok(word)
    }
    .await;
    answered(&desk, "link", form.unwrap_or_default(), done).await
}
