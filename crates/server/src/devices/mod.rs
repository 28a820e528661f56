//! The devices of a person: signing in with a passkey, adding one, and ending what is lost.
//!
//! **Invariants.** Whoever is not signed in learns nothing of who has a passkey: the request to sign
//! in is the same for everybody, and an answer that proves nothing says only that. What a browser is
//! asked to sign is bound to it by a cookie that no script reads. Ending a passkey, a session or a code
//! counts before its answer leaves.

mod answer;
mod list;

pub(crate) use answer::{Told, vault_id};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::middleware::map_response;
use axum::routing::{get, post};
use economy::people::command::{OpenSession, Shown};
use economy::{Command, Request};
use kernel::Actor;

use crate::cells::{Site, now};
use crate::enter::Door;
use crate::outcome::Settled;
use crate::problem::Problem;
use crate::session::Token;

/// An answer of an authenticator with its attestation is shorter.
const MOST_BODY: usize = 64 << 10;

/// The pages.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/enter/passkey/options", post(answer::ask_to_enter))
        .route("/enter/passkey", post(answer::enter))
        .route("/me", get(list::page))
        .route("/me/passkeys/options", post(answer::ask_to_add))
        .route("/me/passkeys", post(answer::add))
        .route("/me/end", post(list::end))
        .layer(map_response(crate::enter::headers))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .with_state(door)
}

/// Asks a cell for what a person does with their devices; it counts when this returns.
pub(crate) async fn done(
    site: &Site,
    actor: Actor,
    command: Command,
) -> Result<Settled<economy::Reply>, Problem> {
    let request = Request { actor, fingerprint: None, command };
    let settled = site.submit(request).await?;
    site.stream.reached(settled.position).await;
    Ok(settled)
}

/// Opens a session of somebody's own with what they showed: the `Set-Cookie` that keeps it.
pub(crate) async fn open(
    site: &Site,
    actor: Actor,
    shown: Shown,
    headers: &HeaderMap,
) -> Result<String, Problem> {
    let token = Token::generate();
    let command = OpenSession { id: site.fresh(), hash: token.hash(), shown };
    done(site, actor, Command::OpenSession(command)).await?;
    let (_, session) = site.keys.session(&token.hash(), now()).ok_or_else(Problem::internal)?;
    let seconds = session.expires.0.saturating_sub(now().0) / 1_000_000;
    Ok(token.keep(headers, seconds))
}
