//! Links to other cells: what is under way, the prefund, freezing and reopening.

use axum::extract::State;
use corridor::{FreezeReason, Witness};
use economy::{Answer, Command, FreezeLink, LinkView, Query, ReopenLink};
use kernel::Currency;
use pay::command::TopUpNostro;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reconcile::{Carried, end_of, today};
use crate::api::pay::wallets::BankTransfer;
use crate::api::values::Money;
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// A link as its operator sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Link {
    /// Its number in this cell.
    pub link: u8,
    /// The other cell.
    #[schema(example = "jp")]
    pub cell: String,
    /// What the other side holds with us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nostro: Option<Prefund>,
    /// What we hold with the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Prefund>,
    /// Below which nostro the operator is warned, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_below: Option<u64>,
    /// How urgent a top-up of what we hold there is, by the trend of its use: `calm`, `watch`, `act`
    /// or `empty`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "calm")]
    pub outlook: Option<&'static str>,
    /// Payments that wait for the other side's answer.
    pub in_flight: u32,
    /// The most of them.
    pub max_in_flight: u32,
    /// The number of the last message sent.
    pub sent: u64,
    /// The number of the last message handled.
    pub received: u64,
    /// What we saw last of the other side's journal.
    pub seen: Seen,
    /// Why nothing new may cross.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// How the other cell is reached, when it lives in another process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Carried>,
}

/// A prefunded account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Prefund {
    /// What is in it.
    pub balance: Money,
    /// Of it held for payments under way.
    pub held: Money,
}

/// A position of the other side's journal and its hash.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The position; 0 before the first message.
    pub position: u64,
    /// BLAKE3 in 64 hexadecimal digits.
    pub hash: String,
}

/// Why a link is frozen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Frozen {
    /// `balances_differ`, `witness_differs`, `forked_here`, `message_faults`,
    /// `day_differs` or `by_operator`.
    pub reason: &'static str,
    /// What is known of it.
    pub detail: String,
}

/// All links of the cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct Links {
    /// In the order of their numbers.
    pub links: Vec<Link>,
}

/// Why an operator stops or reopens a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What was seen or found, 1 to 400 characters; it stands in the journal.
    note: String,
    /// To reopen: the other side's journal as it is to be believed from now on. When left out,
    /// what it shows today at the position that we saw last, or at its newest if that is before.
    seen: Option<Seen>,
}

fn prefund(money: Option<(u64, u64, &'static str)>) -> Option<Prefund> {
    let (balance, held, code) = money?;
    let currency: Currency = code.parse().ok()?;
    Some(Prefund { balance: Money::new(balance, currency), held: Money::new(held, currency) })
}

impl Seen {
    /// A witness in words.
    pub fn of(witness: Witness) -> Self {
        Self { position: witness.position, hash: hex(&witness.hash) }
    }
}

fn link(edge: &Edge, caller: &Caller, number: usize, view: LinkView) -> Link {
    let transport = end_of(edge, caller, view.link.peer).map(|end| Carried::of(&end));
    let level = edge.metrics().prefund_level(caller.cell(), number as u8);
    let link = view.link;
    Link {
        outlook: level.map(crate::foresight::Level::word),
        link: number as u8,
        cell: link.name,
        nostro: prefund(view.nostro),
        mirror: prefund(view.mirror),
        warn_below: view.warn_below,
        in_flight: link.in_flight,
        max_in_flight: link.max_unanswered,
        sent: link.sent,
        received: link.received,
        seen: Seen::of(link.seen),
        transport,
        frozen: link.frozen.map(|reason| Frozen { reason: reason.code(), detail: detail(&reason) }),
    }
}

fn hex(hash: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}

fn detail(reason: &FreezeReason) -> String {
    match reason {
        FreezeReason::BalancesDiffer { number, ours, theirs } => format!(
            "At message {number} our mirror would hold {ours}, the other side's nostro {theirs}."
        ),
        FreezeReason::WitnessDiffers { position } => {
            format!("The other side shows another hash at its position {position} than before.")
        }
        FreezeReason::MessageFaults { number } => {
            format!("Message {number} can't be handled.")
        }
        FreezeReason::ByOperator { note } => note.clone(),
        FreezeReason::DayDiffers { number, day, difference } => format!(
            "day {day}, which message {number} closed: of {} our books have {}, the keeper of the nostro has {}",
            difference.field.word(),
            difference.ours,
            difference.theirs,
        ),
        FreezeReason::ForkedHere { position } => format!(
            "Our journal is not the one that the other side saw at our position {position}: it \
             is an older copy, or forked. Reopen the other side first."
        ),
    }
}

async fn views(caller: &Caller) -> Result<Settled<Vec<LinkView>>, Problem> {
    let settled = caller.ask(Query::Links).await?;
    match settled.value.clone() {
        Answer::Links(links) => Ok(settled.with(links)),
        _ => Err(Problem::internal()),
    }
}

pub(super) async fn view(caller: &Caller, number: u8) -> Result<Settled<LinkView>, Problem> {
    let settled = views(caller).await?;
    let Some(view) = settled.value.get(usize::from(number)).cloned() else {
        let problem = Problem::refused(&economy::Refusal::LinkNotFound);
        return Err(problem.at(&settled.cell, settled.position));
    };
    Ok(settled.with(view))
}

async fn told(
    edge: &Edge,
    caller: &Caller,
    number: u8,
    repeated: bool,
) -> Result<Settled<Link>, Problem> {
    let settled = view(caller, number).await?;
    let settled = settled.map(|view| link(edge, caller, usize::from(number), view));
    Ok(Settled { repeated, ..settled })
}

/// The links to other cells
#[utoipa::path(
    get, path = "/v1/links", tag = "operator",
    responses(
        (status = 200, body = Links),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn links(State(edge): State<Edge>, caller: Caller) -> Result<Told<Links>, Problem> {
    let settled = views(&caller).await?;
    Ok(Told::ok(settled.map(|views| {
        let links = views.into_iter().enumerate();
        Links { links: links.map(|(at, view)| link(&edge, &caller, at, view)).collect() }
    })))
}

/// Raises what the other side holds with us
#[utoipa::path(
    post, path = "/v1/links/{link}/nostro-top-ups", tag = "operator", request_body = BankTransfer,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 201, body = Link),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn top_up_nostro(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<BankTransfer>,
) -> Result<Told<Link>, Problem> {
    let known = view(&caller, number).await?;
    let nostro = prefund(known.value.nostro);
    let nostro = nostro.ok_or_else(|| Problem::refused(&economy::Refusal::LinkNotFound))?;
    let (amount, reference) = asked.body.in_currency(nostro.balance.currency.0)?;
    let command = TopUpNostro { link: number, amount, reference };
    let settled = caller.pay(asked.fingerprint, command).await?;
    Ok(Told::created(told(&edge, &caller, number, settled.repeated).await?))
}

pub(crate) fn noted(note: &str) -> Result<(), Problem> {
    let length = note.chars().count();
    if (1..=400).contains(&length) && !note.chars().any(char::is_control) {
        return Ok(());
    }
    let detail = "A note has 1 to 400 characters and no control characters.";
    Err(Problem::new("text_unfit", detail).in_field("/note".to_owned(), detail.to_owned()))
}

/// Stops new payments over a link
///
/// What is under way still ends: answers and refunds always pass.
#[utoipa::path(
    post, path = "/v1/links/{link}/freeze", tag = "operator", request_body = Note,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 200, body = Link),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn freeze_link(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<Note>,
) -> Result<Told<Link>, Problem> {
    noted(&asked.body.note)?;
    let reason = FreezeReason::ByOperator { note: asked.body.note };
    let command = Command::FreezeLink(FreezeLink { link: number, reason });
    let settled = caller.submit(asked.fingerprint, command).await?;
    Ok(Told::ok(told(&edge, &caller, number, settled.repeated).await?))
}

/// Opens a link again, after an operator has looked at both books
#[utoipa::path(
    post, path = "/v1/links/{link}/reopen", tag = "operator", request_body = Note,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 200, body = Link),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn reopen_link(
    State(edge): State<Edge>,
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<Note>,
) -> Result<Told<Link>, Problem> {
    noted(&asked.body.note)?;
    let known = view(&caller, number).await?.value;
    let (there, handled) = today(&edge, &caller, &known).await;
    let seen = asked.body.seen.as_ref().map_or(Ok(there), given)?;
    let command = ReopenLink { link: number, note: asked.body.note, seen, handled };
    let settled = caller.submit(asked.fingerprint, Command::ReopenLink(command)).await?;
    Ok(Told::ok(told(&edge, &caller, number, settled.repeated).await?))
}

fn given(seen: &Seen) -> Result<Witness, Problem> {
    let hash = blake3::Hash::from_hex(&seen.hash).map_err(|_| {
        let detail = "A hash is 64 hexadecimal digits.";
        Problem::new("field_invalid", format!("/seen/hash: {detail}"))
            .in_field("/seen/hash".to_owned(), detail.to_owned())
    })?;
    Ok(Witness { position: seen.position, hash: *hash.as_bytes() })
}
