//! For who watches the process.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::metrics::exposition;

/// Whether the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
}

/// Whether the cells decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether all do.
    pub ready: bool,
    /// Each cell.
    pub cells: Vec<CellReadiness>,
}

/// Whether a cell decides.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellReadiness {
    /// Its name.
    pub cell: String,
    /// Whether it decides; it does not while it comes back from its journal.
    pub ready: bool,
    /// Its newest durable position.
    pub position: u64,
}

/// The process answers
#[utoipa::path(
    get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, body = Health))
)]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// All cells decide
#[utoipa::path(
    get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub async fn readyz(State(edge): State<Edge>) -> impl IntoResponse {
    let cells = edge.cells().all().iter().map(|site| CellReadiness {
        cell: site.name().to_owned(),
        ready: site.handle.ready(),
        position: site.handle.durable(),
    });
    let cells: Vec<_> = cells.collect();
    let ready = cells.iter().all(|cell| cell.ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, cells }))
}

/// Figures in Prometheus' text format
#[utoipa::path(
    get, path = "/metrics", tag = "health", security(()),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn metrics(State(edge): State<Edge>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], exposition(&edge))
}
