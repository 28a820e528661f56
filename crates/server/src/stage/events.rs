//! The stream of the first page: what concerns its phone, its till, or everybody.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Stage;
use crate::desk::events::Listener;

/// Whose events; the first page's are the only ones that are asked for here.
#[derive(Debug, Deserialize)]
pub(super) struct Of {
    of: String,
}

/// The stream.
pub(super) async fn stream(State(stage): State<Arc<Stage>>, Query(of): Query<Of>) -> Response {
    if of.of != "home" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let wallet = Some((stage.wallet, stage.payer.actor.party));
    stage.desk.stream(Listener { wallet, till: Some(stage.till.store) }, None, None)
}
