//! Going over the books.

use std::sync::Arc;

use axum::extract::State;

use crate::audit::AuditReport;
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
    let unavailable = |detail: String| Problem::new("audit_not_available", detail);
    let audit = edge.audit().ok_or_else(|| unavailable("This server has no audit.".to_owned()))?;
    let audit = Arc::clone(audit);
    let report = tokio::task::spawn_blocking(move || audit.report()).await;
    let value = report.map_err(|_| Problem::internal())?.map_err(unavailable)?;
    let cell = caller.cell().to_owned();
    let position = caller.site.handle.durable();
    Ok(Told::ok(Settled { value, cell, position, repeated: false }))
}
