//! Going over the books.

use axum::extract::State;

use crate::audit::{self, AuditReport};
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::Told;
use crate::outcome::Settled;
use crate::problem::Problem;

/// What the newest audit of the books counted and found
#[utoipa::path(
    get, path = "/v1/audit", tag = "operator",
    responses(
        (status = 200, body = AuditReport),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn audit(State(edge): State<Edge>, caller: Caller) -> Result<Told<AuditReport>, Problem> {
    let value = AuditReport::of(&audit::run(&edge).await?);
    let cell = caller.cell().to_owned();
    let position = caller.site.handle.durable();
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}
