//! Who did what.

use axum::extract::State;
use axum::response::Response;
use kernel::Ref;
use kernel::id::Party;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::values::{Moment, Money, Text};
use crate::authorize::{Caller, role_word};
use crate::edge::Edge;
use crate::http::csv::answer;
use crate::http::{QueryOf, Told};
use crate::lists::MAX_LIMIT;
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::staff::trail::{csv, refused, rows, seen_by, who};

/// Where the list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TrailOf {
    /// `next` of the page before.
    before: Option<u64>,
    /// The most lines, 1 to 200; 50 when left out.
    limit: Option<u32>,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// When.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
    /// For which party; absent for the cell's own front desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub party: Option<Text<Ref<Party>>>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person: Option<Text<Ref<Party>>>,
    /// Their name, for as long as the vault has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are there for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<&'static str>,
    /// In which role.
    pub role: String,
    /// What: the name of the command.
    #[schema(example = "RefundPayment")]
    pub command: String,
    /// What about: a payment, a key, a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Whether the person signed it with a passkey.
    pub signed: bool,
    /// The group of the journal that it stands in.
    pub position: u64,
    /// The record in it.
    pub record: u32,
}

/// What was done, the newest first. What was refused did nothing and does not stand here: see
/// `/v1/trail/refused`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trail {
    /// The newest first.
    pub done: Vec<Done>,
    /// Where the list goes on, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Who did what: of a shop its own, of an operator the whole cell's
#[utoipa::path(
    get, path = "/v1/trail", tag = "people", params(TrailOf),
    responses(
        (status = 200, body = Trail),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn trail(
    State(edge): State<Edge>,
    caller: Caller,
    QueryOf(asked): QueryOf<TrailOf>,
) -> Result<Told<Trail>, Problem> {
    let limit = asked.limit.unwrap_or(50);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let detail = format!("A page has 1 to {MAX_LIMIT} lines; ask for fewer.");
        return Err(Problem::new("query_invalid", detail));
    }
    let (site, most) = (&caller.site, limit as usize);
    let mut rows = rows(&edge, site, seen_by(caller.actor, asked.before), most + 1).await?;
    let more = rows.len() > most;
    rows.truncate(most);
    let known = who(site, &rows).await;
    let next = rows.last().filter(|_| more).map(|row| row.seq);
    let done = rows.into_iter().map(|row| {
        let who = known.get(&row.person).cloned().unwrap_or_default();
        Done {
            at: Text(Moment(row.at)),
            party: row.party.map(Text),
            person: row.person_ref.map(Text),
            name: who.name,
            duty: who.duty.map(|duty| duty.word()),
            role: row.role,
            command: row.command,
            object: row.object,
            amount: row.amount.map(|it| Money::new(it.minor, it.currency)),
            signed: row.signed,
            position: row.position,
            record: row.index,
        }
    });
    let (trail, cell) = (Trail { done: done.collect(), next }, caller.cell().to_owned());
    let position = site.handle.durable();
    Ok(Told::ok(Settled { value: trail, cell, position, repeated: false }))
}

/// Something that was tried and refused, as whoever tried may not do it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tried {
    /// When last.
    #[schema(value_type = String)]
    pub at: Text<Moment>,
    /// When first.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// How often in between.
    pub times: u32,
    /// Who, for as long as the cell knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person: Option<Text<Ref<Party>>>,
    /// Their name, for as long as the vault has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are there for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<&'static str>,
    /// In which role.
    pub role: &'static str,
    /// What: the name of a command, or the method and the path of what was asked for.
    #[schema(example = "RefundPayment")]
    pub what: String,
    /// Why not.
    #[schema(example = "sign_needed")]
    pub code: &'static str,
}

/// What was refused lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedLately {
    /// Since when it is kept: it begins anew with the server.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// The newest first, 200 at most.
    pub refused: Vec<Tried>,
}

/// Who tried lately what they may not do: of a shop its own, of an operator the whole cell's
///
/// It is kept in memory and has the newest only. Of customers nothing is kept, nor what was typed.
#[utoipa::path(
    get, path = "/v1/trail/refused", tag = "people",
    responses(
        (status = 200, body = TriedLately),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn trail_refused(caller: Caller) -> Result<Told<TriedLately>, Problem> {
    let site = &caller.site;
    let known = refused(site, caller.actor, MAX_LIMIT as usize).await;
    let tried = known.into_iter().map(|(it, reference, who)| Tried {
        at: Text(Moment(it.last)),
        since: Text(Moment(it.first)),
        times: it.times,
        person: reference.map(Text),
        name: who.name,
        duty: who.duty.map(|duty| duty.word()),
        role: role_word(it.actor.role),
        what: it.what,
        code: it.code,
    });
    let value = TriedLately { since: Text(Moment(site.refused.since())), refused: tried.collect() };
    let (cell, position) = (caller.cell().to_owned(), site.handle.durable());
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}

/// What was done, as a file for spreadsheets: the newest 10,000
#[utoipa::path(
    get, path = "/v1/trail.csv", tag = "people",
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn trail_csv(State(edge): State<Edge>, caller: Caller) -> Result<Response, Problem> {
    let bytes = csv(&edge, &caller.site, caller.actor).await?;
    Ok(answer(&format!("trail-{}.csv", caller.cell()), bytes))
}
