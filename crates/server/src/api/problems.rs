//! What the codes of refusals mean: where the `type` of a problem leads.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::PathId;
use crate::meanings;
use crate::problem::{Problem, title};
use crate::statuses;

/// A code that a refusal may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meaning {
    /// The stable word; it never changes its meaning.
    #[schema(example = "insufficient_funds")]
    pub code: &'static str,
    /// The HTTP status that it comes with.
    #[schema(example = 422)]
    pub status: u16,
    /// The code in words.
    #[schema(example = "Insufficient funds")]
    pub title: String,
    /// What it means and what to do.
    pub means: &'static str,
}

/// All codes that a refusal may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meanings {
    /// By code.
    pub problems: Vec<Meaning>,
}

fn meaning(code: &'static str) -> Option<Meaning> {
    let status = statuses::of(code).as_u16();
    Some(Meaning { code, status, title: title(code), means: meanings::of(code)? })
}

/// What every code of a refusal means
#[utoipa::path(
    get, path = "/problems", tag = "problems", security(()),
    responses((status = 200, body = Meanings))
)]
pub async fn problems() -> Json<Meanings> {
    Json(Meanings { problems: statuses::all().into_iter().filter_map(meaning).collect() })
}

/// What a code of a refusal means
#[utoipa::path(
    get, path = "/problems/{code}", tag = "problems", security(()),
    params(("code" = String, Path, example = "insufficient_funds")),
    responses(
        (status = 200, body = Meaning),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn problem(PathId(code): PathId<String>) -> Result<Json<Meaning>, Problem> {
    let known = statuses::all().into_iter().find(|known| *known == code);
    known.and_then(meaning).map(Json).ok_or_else(|| {
        Problem::new("path_not_found", "No refusal has this code; see /problems for all of them.")
    })
}
