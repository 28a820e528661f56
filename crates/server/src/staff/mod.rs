//! The staff of a shop and the people of an operator: who is a member, with which duty; invitations;
//! and the page of who did what.
//!
//! **Invariants.** Who may give or take which duty is judged by the cell. An invitation is shown once
//! and opens once. The vault has the names; a member's name is there before the cell knows them.

mod page;
pub mod trail;
pub mod work;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post};

use crate::enter::Door;

/// A form is shorter.
const MOST_FORM: usize = 8 << 10;

/// The pages.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/t/{token}/staff", get(page::page).post(page::add))
        .route("/t/{token}/staff/{person}", post(page::change))
        .route("/o/{token}/staff", get(page::page).post(page::add))
        .route("/o/{token}/staff/{person}", post(page::change))
        .route("/t/{token}/trail", get(trail::page))
        .route("/t/{token}/trail.csv", get(trail::file))
        .route("/o/{token}/trail", get(trail::page))
        .route("/o/{token}/trail.csv", get(trail::file))
        .layer(map_response(crate::enter::headers))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .with_state(door)
}
