//! Members of a party: added with a duty, invited, ended.

use std::sync::Arc;

use economy::people::Duty;
use kernel::id::{Key, Party};
use kernel::{Id, Ref};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::values::{Moment, Nothing, Text};
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::staff::work::{Known, Lead, name_of};

/// Asks for a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Whose member; the caller's own party when left out. An operator may add the first member of a
    /// shop, for instance when its owner lost everything.
    #[schema(value_type = Option<String>)]
    party: Option<Text<Ref<Party>>>,
    /// Who it is, up to 80 characters; kept in the vault.
    #[schema(example = "高橋 花")]
    name: String,
    /// `owner`, `manager`, `cashier` or `bookkeeper` of a merchant; `admin`, `approver`, `clerk` or
    /// `auditor` of the operator.
    #[schema(example = "cashier")]
    duty: String,
}

/// Gives another duty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDuty {
    /// Which; as for a new member.
    #[schema(example = "manager")]
    duty: String,
}

/// Whose members.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MembersOf {
    /// The party; the caller's own when left out.
    #[param(value_type = Option<String>)]
    party: Option<String>,
}

/// A member of a party.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// Who: a party of their own.
    #[schema(value_type = String)]
    pub person: Text<Ref<Party>>,
    /// Their name, for as long as the vault has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are there for.
    pub duty: &'static str,
    /// What they may do.
    pub scopes: Vec<&'static str>,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Until when, if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ended: Option<Text<Moment>>,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// When one of them signed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub used: Option<Text<Moment>>,
}

/// The members of a party.
#[derive(Debug, Serialize, ToSchema)]
pub struct Members {
    /// Those who are there first, each in the order they came.
    pub members: Vec<MemberView>,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// Names it; end it by this.
    #[schema(value_type = String)]
    pub id: Text<Id<Key>>,
    /// The code that opens once at `/enter`, within three days; told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "jp-ABCDE-FGHJK-MNPQR-STVWX")]
    pub code: Option<String>,
}

fn lead(caller: &Caller) -> Lead {
    Lead { site: Arc::clone(&caller.site), actor: caller.actor }
}

fn duty_of(word: &str) -> Result<Duty, Problem> {
    let known = Duty::ALL.into_iter().find(|duty| duty.word() == word);
    known.ok_or_else(|| {
        let words: Vec<_> = Duty::ALL.iter().map(|duty| duty.word()).collect();
        let detail = format!("There is no duty {word:?}; there are {}.", words.join(", "));
        Problem::new("field_invalid", detail)
    })
}

fn view(known: Known) -> MemberView {
    let scopes = match known.member.ended {
        Some(_) => Vec::new(),
        None => crate::duty::scopes_of(Some(known.member.duty)).words(),
    };
    MemberView {
        person: Text(known.person),
        name: known.name,
        duty: known.member.duty.word(),
        scopes,
        since: Text(Moment(known.member.since)),
        ended: known.member.ended.map(|at| Text(Moment(at))),
        passkeys: known.passkeys,
        used: known.used.map(|at| Text(Moment(at))),
    }
}

async fn told(caller: &Caller, done: Settled<Ref<Party>>) -> Result<Settled<MemberView>, Problem> {
    let known = lead(caller).member(done.value).await?;
    Ok(done.with(view(known)))
}

/// A party that the caller may look at: their own, or any for an operator.
async fn party_of(caller: &Caller, party: Option<Ref<Party>>) -> Result<u32, Problem> {
    let Some(party) = party else { return Ok(caller.actor.party) };
    caller.ask(economy::Query::PartyOf(caller.actor, party)).await?;
    Ok(party.number)
}

/// The members of a party
#[utoipa::path(
    get, path = "/v1/members", tag = "people", params(MembersOf),
    responses(
        (status = 200, body = Members),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn members(
    caller: Caller,
    QueryOf(asked): QueryOf<MembersOf>,
) -> Result<Told<Members>, Problem> {
    let named = asked.party.map(|text| text.parse()).transpose();
    let named = named.map_err(|why: kernel::id::NotAnId| {
        Problem::new("query_invalid", format!("The party is {why}."))
    })?;
    let party = party_of(&caller, named).await?;
    let members = lead(&caller).members(party).await?;
    let position = caller.site.stream.head();
    let members = Members { members: members.into_iter().map(view).collect() };
    let cell = caller.cell().to_owned();
    Ok(Told::ok(Settled { value: members, cell, position, repeated: false }))
}

/// Adds a member; invite them next
#[utoipa::path(
    post, path = "/v1/members", tag = "people", params(Once), request_body = NewMember,
    responses(
        (status = 201, body = MemberView),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn add_member(
    caller: Caller,
    asked: Posted<NewMember>,
) -> Result<Told<MemberView>, Problem> {
    let NewMember { party, name, duty } = asked.body;
    let (name, duty) = (name_of(&name)?, duty_of(&duty)?);
    let party = party_of(&caller, party.map(|Text(party)| party)).await?;
    let id = caller.site.fresh();
    let added = lead(&caller).add(Some(asked.fingerprint), id, party, name, duty).await?;
    Ok(Told::created(told(&caller, added).await?))
}

/// Gives a member another duty
#[utoipa::path(
    post, path = "/v1/members/{person}/duty", tag = "people",
    params(("person" = String, Path, description = "Who"), Once), request_body = NewDuty,
    responses(
        (status = 200, body = MemberView),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn set_duty(
    caller: Caller,
    PathId(person): PathId<Ref<Party>>,
    asked: Posted<NewDuty>,
) -> Result<Told<MemberView>, Problem> {
    let duty = duty_of(&asked.body.duty)?;
    let set = lead(&caller).set_duty(Some(asked.fingerprint), person, duty).await?;
    Ok(Told::ok(told(&caller, set).await?))
}

/// Invites a member: a sign-in code that opens once
#[utoipa::path(
    post, path = "/v1/members/{person}/invitations", tag = "people",
    params(("person" = String, Path, description = "Who"), Once), request_body = Nothing,
    responses(
        (status = 201, body = Invitation),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn invite(
    caller: Caller,
    PathId(person): PathId<Ref<Party>>,
    asked: Posted<Nothing>,
) -> Result<Told<Invitation>, Problem> {
    let lead = lead(&caller);
    let known = lead.member(person).await?;
    let (made, code) = lead.invite(Some(asked.fingerprint), &known).await?;
    let id = Text(made.value);
    let code = code.map(|code| code.reveal());
    Ok(Told::created(made.with(Invitation { id, code })))
}

/// Ends a member's work at once, with all that they sign in with
#[utoipa::path(
    delete, path = "/v1/members/{person}", tag = "people",
    params(("person" = String, Path, description = "Who")),
    responses(
        (status = 200, body = MemberView),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn end_member(
    caller: Caller,
    PathId(person): PathId<Ref<Party>>,
) -> Result<Told<MemberView>, Problem> {
    let ended = lead(&caller).end(person).await?;
    Ok(Told::ok(told(&caller, ended).await?))
}
