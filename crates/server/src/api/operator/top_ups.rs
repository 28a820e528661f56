//! What fills a prefund: asked for, approved by a second person, paid, and there.

use kernel::Id;
use kernel::id::TopUp as TopUpKind;
use pay::command::{AskTopUp, MoveTopUp, TopUpWord};
use pay::state::{TopUp as KnownTopUp, remittance};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::settlement::settlement;
use crate::api::values::{Moment, Money, Nothing, Text};
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// Asks for a top-up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUp {
    /// Minor units of what we hold there.
    #[schema(example = 2_000_000)]
    amount: u64,
}

/// Our bank has paid a top-up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUpPaid {
    /// Our bank's own reference.
    #[schema(example = "ICBC20261102-0017")]
    reference: String,
    /// What it cost us.
    cost: Money,
}

/// Why a top-up is ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUpEnd {
    /// Up to 120 characters.
    #[schema(example = "Booked by hand: the bank kept 1,000.")]
    reason: String,
}

/// Money that is to fill what we hold with another cell.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TopUp {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<TopUpKind>>,
    /// Over which link.
    pub link: u8,
    /// `asked`, `ready`, `paid`, `arrived` or `ended`.
    #[schema(example = "ready")]
    pub state: &'static str,
    /// Minor units of what we hold there.
    pub amount: u64,
    /// What the transfer must say as its reference, so that the other side finds it.
    #[schema(example = "NT0123456789012")]
    pub remittance: String,
    /// When it was asked for.
    #[schema(value_type = String)]
    pub asked: Text<Moment>,
    /// Whether a second person has to approve it.
    pub needs_approval: bool,
    /// Our bank's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it cost us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// When the other side had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub arrived: Option<Text<Moment>>,
    /// Why it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The top-ups of a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TopUps {
    /// The newest first.
    pub top_ups: Vec<TopUp>,
    /// What the other side has sent and no line of our bank has said yet.
    pub announced: Vec<AnnouncedTopUp>,
}

/// Money that the other side has sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnnouncedTopUp {
    /// Minor units of the nostro's currency.
    pub amount: u64,
    /// What the bank's line will say.
    pub remittance: String,
    /// When we were told.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
}

impl From<&KnownTopUp> for TopUp {
    fn from(of: &KnownTopUp) -> Self {
        Self {
            id: Text(of.id),
            link: of.link,
            state: of.word(),
            amount: of.amount,
            remittance: remittance(of.number()),
            asked: Text(Moment(of.asked)),
            needs_approval: of.needs_approval,
            reference: of.reference.clone(),
            cost: of.cost.map(|(amount, currency)| Money::new(amount, currency)),
            arrived: of.arrived.map(|at| Text(Moment(at))),
            reason: of.ended.as_ref().map(|(.., reason)| reason.clone()),
        }
    }
}

/// The top-ups of a link, the newest first
#[utoipa::path(
    get, path = "/v1/links/{link}/top-ups", tag = "operator",
    params(("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 200, body = TopUps),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn top_ups(caller: Caller, PathId(number): PathId<u8>) -> Result<Told<TopUps>, Problem> {
    let settled = settlement(&caller, number, None).await?;
    Ok(Told::ok(settled.map(|view| {
        TopUps {
            top_ups: view.top_ups.iter().map(TopUp::from).collect(),
            announced: view
                .announced
                .iter()
                .map(|sent| AnnouncedTopUp {
                    amount: sent.amount,
                    remittance: remittance(sent.reference),
                    since: Text(Moment(sent.since)),
                })
                .collect(),
        }
    })))
}

/// Asks that what we hold with another cell be topped up
#[utoipa::path(
    post, path = "/v1/links/{link}/top-ups", tag = "operator", request_body = NewTopUp,
    params(Once, ("link" = u8, Path, description = "The link's number")),
    responses(
        (status = 201, body = TopUp),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn ask_top_up(
    caller: Caller,
    PathId(number): PathId<u8>,
    asked: Posted<NewTopUp>,
) -> Result<Told<TopUp>, Problem> {
    let command = AskTopUp { id: fresh(), link: number, amount: asked.body.amount };
    Ok(Told::created(top_up_of(caller.pay(asked.fingerprint, command).await?)?))
}

fn top_up_of(settled: Settled<pay::Reply>) -> Result<Settled<TopUp>, Problem> {
    let pay::Reply::TopUp(known) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(settled.with(TopUp::from(&*known)))
}

async fn moved(
    caller: &Caller,
    fingerprint: economy::Fingerprint,
    top_up: Id<TopUpKind>,
    word: TopUpWord,
) -> Result<Told<TopUp>, Problem> {
    let settled = caller.pay(fingerprint, MoveTopUp { top_up, word }).await?;
    Ok(Told::ok(top_up_of(settled)?))
}

/// Lets a top-up be paid, as a second person
#[utoipa::path(
    post, path = "/v1/top-ups/{top_up}/approve", tag = "operator", request_body = Nothing,
    params(Once, ("top_up" = String, Path, description = "The top-up's id")),
    responses(
        (status = 200, body = TopUp),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn approve_top_up(
    caller: Caller,
    PathId(top_up): PathId<Id<TopUpKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<TopUp>, Problem> {
    moved(&caller, asked.fingerprint, top_up, TopUpWord::Approve).await
}

/// Says that our bank has paid a top-up
///
/// The other side is told to expect it; its own bank's line brings it into the prefund.
#[utoipa::path(
    post, path = "/v1/top-ups/{top_up}/paid", tag = "operator", request_body = NewTopUpPaid,
    params(Once, ("top_up" = String, Path, description = "The top-up's id")),
    responses(
        (status = 200, body = TopUp),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn top_up_paid(
    caller: Caller,
    PathId(top_up): PathId<Id<TopUpKind>>,
    asked: Posted<NewTopUpPaid>,
) -> Result<Told<TopUp>, Problem> {
    let NewTopUpPaid { reference, cost } = asked.body;
    let (cost, currency) = (cost.amount, cost.currency.0);
    let word = TopUpWord::Paid { reference, cost, currency };
    moved(&caller, asked.fingerprint, top_up, word).await
}

/// Ends a top-up that will not be made, or that was booked otherwise
#[utoipa::path(
    post, path = "/v1/top-ups/{top_up}/end", tag = "operator", request_body = NewTopUpEnd,
    params(Once, ("top_up" = String, Path, description = "The top-up's id")),
    responses(
        (status = 200, body = TopUp),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn end_top_up(
    caller: Caller,
    PathId(top_up): PathId<Id<TopUpKind>>,
    asked: Posted<NewTopUpEnd>,
) -> Result<Told<TopUp>, Problem> {
    moved(&caller, asked.fingerprint, top_up, TopUpWord::End(asked.body.reason)).await
}
