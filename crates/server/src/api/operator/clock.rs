//! A clock that was set while the cell ran.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::values::Nothing;
use crate::authorize::Caller;
use crate::http::asked::Once;
use crate::http::{Posted, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// The cell goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The new time counts from now on.
    #[schema(example = true)]
    pub accepted: bool,
}

/// Accepts the clock as it is now
///
/// A clock that jumped stops new business (`clock_jumped`) until an operator has looked. Does
/// nothing when it did not.
#[utoipa::path(
    post, path = "/v1/clock/accept", tag = "operator", params(Once),
    responses(
        (status = 200, body = Accepted),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn accept_clock(
    caller: Caller,
    _asked: Posted<Nothing>,
) -> Result<Told<Accepted>, Problem> {
    caller.site.handle.accept_clock();
    let cell = caller.cell().to_owned();
    let position = caller.site.handle.durable();
    Ok(Told::ok(Settled { value: Accepted { accepted: true }, cell, position, repeated: false }))
}
