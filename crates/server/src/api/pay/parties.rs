//! People and businesses: made known, looked at, forgotten.

use std::time::Duration;

use economy::{Answer, Query};
use kernel::id::Party as PartyKind;
use kernel::{Ref, Role};
use pay::PartyView;
use pay::command::{ForgetParty, RegisterParty};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use crate::api::values::{Moment, Nothing, RoleName, Text};
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::http::asked::Once;
use crate::http::{PathId, Posted, Told};
use crate::outcome::Settled;
use crate::people::{NAME, with_vault};
use crate::problem::Problem;

/// How long a caller waits for the vault to forget.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Asks for a party to be known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParty {
    /// What it does here: `traveller`, `merchant`, `host`, `partner` or `operator`.
    #[schema(value_type = String, example = "traveller")]
    role: Text<RoleName>,
    /// Its name, if it is a person: kept encrypted in the vault, never in the journal.
    #[schema(example = "Li Wei")]
    name: Option<String>,
}

/// A party that is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownParty {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<PartyKind>>,
    /// What it does here.
    #[schema(value_type = String)]
    pub role: Text<RoleName>,
}

/// Whether a party is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is.
    Known,
    /// It asked to be forgotten: nothing new is done for it, and its name is about to be destroyed.
    Forgetting,
    /// Nothing that would say who it was can be read any more.
    Forgotten,
}

/// A party as itself and the operator see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Party {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<PartyKind>>,
    /// What it does here.
    #[schema(value_type = String, example = "traveller")]
    pub role: Text<RoleName>,
    /// When it became known.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
    /// Its name, as long as the vault has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Li Wei")]
    pub name: Option<String>,
    /// Whether it is there.
    pub standing: Standing,
    /// When it was asked to be forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub asked: Option<Text<Moment>>,
    /// Since when nothing of it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub forgotten: Option<Text<Moment>>,
}

impl Party {
    fn new(view: &PartyView, name: Option<String>) -> Self {
        Self {
            id: Text(view.party),
            role: Text(RoleName(view.role)),
            since: Text(Moment(view.since)),
            name,
            standing: match (view.asked, view.forgotten) {
                (None, _) => Standing::Known,
                (Some(_), None) => Standing::Forgetting,
                (Some(_), Some(_)) => Standing::Forgotten,
            },
            asked: view.asked.map(|at| Text(Moment(at))),
            forgotten: view.forgotten.map(|at| Text(Moment(at))),
        }
    }
}

/// Makes a person or business known
///
/// The name goes to the vault first, then the command; a name whose command never came is
/// removed after an hour.
#[utoipa::path(
    post, path = "/v1/parties", tag = "pay", params(Once), request_body = NewParty,
    responses(
        (status = 201, body = KnownParty),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn register_party(
    caller: Caller,
    asked: Posted<NewParty>,
) -> Result<Told<KnownParty>, Problem> {
    let NewParty { role: Text(RoleName(role)), name } = asked.body;
    let id = fresh();
    let named = name.is_some();
    if let Some(name) = name {
        keep_name(&caller, id.0, name).await?;
    }
    let settled = caller.pay(asked.fingerprint, RegisterParty { id, role }).await?;
    let pay::Reply::Party(party) = settled.value else { return Err(Problem::internal()) };
    if named && party.tag != id.tag() {
        // A repeat: the name stands under the first id. What fails here is swept later.
        let _swept_later = with_vault(&caller.site, move |vault| vault.discard(id.0)).await;
    }
    Ok(Told::created(settled.with(known(party, role))))
}

fn known(party: Ref<PartyKind>, role: Role) -> KnownParty {
    KnownParty { id: Text(party), role: Text(RoleName(role)) }
}

async fn keep_name(caller: &Caller, party: u128, name: String) -> Result<(), Problem> {
    let length = name.chars().count();
    if !(1..=60).contains(&length) || name.chars().any(char::is_control) {
        let detail = "A name has 1 to 60 characters and no control characters.";
        let problem = Problem::new("text_unfit", detail);
        return Err(problem.in_field("/name".to_owned(), detail.to_owned()));
    }
    with_vault(&caller.site, move |vault| vault.put(party, NAME, &name)).await
}

/// A party: who it is, and whether it is being forgotten
#[utoipa::path(
    get, path = "/v1/parties/{party}", tag = "pay",
    params(("party" = String, Path, description = "The party's id")),
    responses(
        (status = 200, body = Party),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn party(
    caller: Caller,
    PathId(party): PathId<Ref<PartyKind>>,
) -> Result<Told<Party>, Problem> {
    let settled = look(&caller, party).await?;
    let id = settled.value.id.0;
    let name = match (&caller.site.vault, settled.value.forgotten) {
        (Some(_), None) => with_vault(&caller.site, move |vault| vault.get(id, NAME)).await?,
        _ => None,
    };
    let name = name.map(|name| name.as_str().to_owned());
    Ok(Told::ok(settled.map(|view| Party::new(&view, name))))
}

async fn look(caller: &Caller, party: Ref<PartyKind>) -> Result<Settled<PartyView>, Problem> {
    let settled = caller.ask(Query::PartyOf(caller.actor, party)).await?;
    match settled.value.clone() {
        Answer::Party(Some(view)) => Ok(settled.with(view)),
        _ => Err(Problem::internal()),
    }
}

/// Forgets a party: destroys what says who it is
///
/// Asked by the party itself or by the operator, when its wallets and merchants hold nothing, no
/// payment of it is open and its stores are paused. From then on nothing new is done for it. Its
/// key in the vault is destroyed, and its API keys end; what the books say stays, and says a number.
/// Answered with 200 when it is done, with 202 when the vault is still at it; then
/// `GET /v1/parties/{party}` tells. It can't be undone. A party that repeats this after its end is
/// told `key_revoked`.
#[utoipa::path(
    post, path = "/v1/parties/{party}/forget", tag = "pay",
    params(Once, ("party" = String, Path, description = "The party's id")),
    responses(
        (status = 200, body = Party, description = "Nothing of it can be read any more"),
        (status = 202, body = Party, description = "Asked for, and not done yet"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn forget_party(
    caller: Caller,
    PathId(party): PathId<Ref<PartyKind>>,
    asked: Posted<Nothing>,
) -> Result<Told<Party>, Problem> {
    let repeated = caller.pay(asked.fingerprint, ForgetParty { party }).await?.repeated;
    let seen = until_forgotten(&caller, party).await?;
    let done = seen.value.forgotten.is_some();
    if done {
        // Nobody may use a key of it once this is answered.
        caller.site.stream.reached(seen.position).await;
    }
    let settled = Settled { repeated, ..seen.map(|view| Party::new(&view, None)) };
    Ok(if done { Told::ok(settled) } else { Told::accepted(settled) })
}

/// The party once it is forgotten, or as it is when patience ends.
async fn until_forgotten(
    caller: &Caller,
    party: Ref<PartyKind>,
) -> Result<Settled<PartyView>, Problem> {
    let until = Instant::now() + PATIENCE;
    let mut head = caller.site.stream.watch();
    loop {
        head.borrow_and_update();
        let seen = look(caller, party).await?;
        let over = timeout_at(until, head.changed());
        if seen.value.forgotten.is_some() || over.await.is_err() {
            return Ok(seen);
        }
        // Other groups wake it, too: a busy cell is not asked after each.
        tokio::time::sleep(PAUSE).await;
    }
}
