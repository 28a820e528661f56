//! Who the caller is.

use economy::{Answer, Query};
use kernel::Ref;
use kernel::id::Party;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::{RoleName, Text};
use crate::authorize::Caller;
use crate::http::Told;
use crate::problem::Problem;

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The cell that the key belongs to.
    #[schema(example = "jp")]
    pub cell: String,
    /// The party.
    #[schema(value_type = String)]
    pub party: Text<Ref<Party>>,
    /// What the key acts as.
    #[schema(value_type = String, example = "merchant")]
    pub role: Text<RoleName>,
}

/// Who the caller is
#[utoipa::path(
    get, path = "/v1/me", tag = "pay",
    responses(
        (status = 200, body = Me),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn me(caller: Caller) -> Result<Told<Me>, Problem> {
    let settled = caller.ask(Query::Party(caller.actor.party)).await?;
    let Answer::Party(Some(known)) = settled.value.clone() else { return Err(Problem::internal()) };
    let role = Text(RoleName(caller.actor.role));
    let me = Me { cell: caller.cell().to_owned(), party: Text(known.party), role };
    Ok(Told::ok(settled.with(me)))
}
