//! People and businesses.

use kernel::id::Party;
use kernel::{Ref, Role};
use pay::command::RegisterParty;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{RoleName, Text};
use crate::authorize::Caller;
use crate::cells::fresh;
use crate::http::asked::Once;
use crate::http::{Posted, Told};
use crate::problem::Problem;

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
    pub id: Text<Ref<Party>>,
    /// What it does here.
    #[schema(value_type = String)]
    pub role: Text<RoleName>,
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
    if let Some(name) = name {
        keep_name(&caller, id.0, name).await?;
    }
    let settled = caller.pay(asked.fingerprint, RegisterParty { id, role }).await?;
    let pay::Reply::Party(party) = settled.value else { return Err(Problem::internal()) };
    Ok(Told::created(settled.with(known(party, role))))
}

fn known(party: Ref<Party>, role: Role) -> KnownParty {
    KnownParty { id: Text(party), role: Text(RoleName(role)) }
}

async fn keep_name(caller: &Caller, party: u128, name: String) -> Result<(), Problem> {
    let length = name.chars().count();
    if !(1..=60).contains(&length) || name.chars().any(char::is_control) {
        let detail = "A name has 1 to 60 characters and no control characters.";
        let problem = Problem::new("text_unfit", detail);
        return Err(problem.in_field("/name".to_owned(), detail.to_owned()));
    }
    let unavailable = || {
        Problem::new(
            "vault_not_available",
            "The vault does not take the name right now; nothing was stored, try again later.",
        )
    };
    let vault = caller.site.vault.clone().ok_or_else(unavailable)?;
    let kept = tokio::task::spawn_blocking(move || vault.put(party, "name", &name)).await;
    match kept {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => {
            tracing::error!(%why, "the vault did not take a name");
            Err(unavailable())
        }
        Err(_) => Err(unavailable()),
    }
}
