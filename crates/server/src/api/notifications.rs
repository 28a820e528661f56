//! What other companies tell by themselves. There are no keys of the API here: who tells is known by
//! the proof that the connector asks for, over the very bytes that came.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector::Connector;

use crate::edge::Edge;
use crate::http::body::was_too_slow;
use crate::outside::{Counter, Told};
use crate::problem::Problem;
use crate::throttle;

/// The most bytes of a notification.
const MOST: usize = 64 << 10;

/// The other company tells what became of a payment or a refund
///
/// It is answered as that company asks for, once what it tells is durable here. What can't be
/// proven to be theirs changes nothing, and is answered as not taken.
#[utoipa::path(
    post, path = "/v1/connectors/{connector}/notifications", tag = "connectors", security(()),
    params(("connector" = String, Path, description = "The connector's name")),
    request_body(content_type = "application/json", content = String),
    responses(
        (status = 204, description = "It is durable here, or was before"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn notified(
    State(edge): State<Edge>,
    Path(connector): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // Whoever can't prove who they are is slowed like anybody without a key.
    let slowed = || throttle::by_address(&edge, &parts.headers, &parts.extensions).err();
    let Some((counter, wallet)) = edge.outside().named(&connector) else {
        let refusal = economy::Refusal::from(pay::Refusal::ConnectorNotFound);
        return slowed().unwrap_or_else(|| Problem::refused(&refusal)).into_response();
    };
    let bytes = match whole(body).await {
        Ok(bytes) => bytes,
        Err(problem) => return slowed().unwrap_or(problem).into_response(),
    };
    match heard(counter, wallet, &connector, &parts.headers, bytes).await {
        Some(told) => acknowledged(&**wallet, told != Told::NotNow),
        None => match slowed() {
            Some(problem) => problem.into_response(),
            None => acknowledged(&**wallet, false),
        },
    }
}

async fn whole(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, MOST).await.map_err(|error| {
        if was_too_slow(&error) {
            return Problem::new("body_too_slow", "The body came too slowly; send it again.");
        }
        let words = format!("The body is cut off, or has more than {MOST} bytes.");
        Problem::new("body_too_large", words)
    })
}

/// What became of it; nothing if it is not believed.
async fn heard(
    counter: &Arc<Counter>,
    wallet: &Arc<dyn Connector>,
    connector: &str,
    headers: &HeaderMap,
    bytes: Bytes,
) -> Option<Told> {
    let (wallet, headers) = (Arc::clone(wallet), headers.clone());
    // It may have to ask for newer certificates.
    let read = tokio::task::spawn_blocking(move || {
        let header = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let one = values.next()?.to_str().ok()?.to_owned();
            values.next().is_none().then_some(one)
        };
        wallet.notification(&header, &bytes)
    });
    match counter.hear(connector, read.await.ok()?).await {
        Ok(told) => Some(told),
        Err(why) => {
            tracing::warn!(connector, %why, "a notification is not believed");
            None
        }
    }
}

fn acknowledged(wallet: &dyn Connector, taken: bool) -> Response {
    let told = wallet.acknowledgement(taken);
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if told.body.is_empty() {
        return status.into_response();
    }
    let mut response = (status, told.body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
