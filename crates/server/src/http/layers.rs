//! What stands around every handler.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::error;

use crate::desk::answer;
use crate::edge::Edge;
use crate::http::body;
use crate::problem::Problem;
use crate::web::text::Lang;

/// How long a request may take until its head is answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts, gives up after a while, puts the path into problems and the security headers on what is
/// no page.
pub async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("(none)", MatchedPath::as_str).to_owned();
    let patience = edge.bounds().body;
    let request = request.map(|body| body::in_time(body, patience));
    let response = match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            "outcome_unknown",
            "This took longer than half a minute; \
             send the same request with the same Idempotency-Key again.",
        )
        .into_response(),
    };
    let response = secured(located(response, &path));
    // Methods are bounded, too: one that nobody knows is counted as such.
    let known = matches!(method.as_str(), "GET" | "HEAD" | "POST" | "DELETE" | "PUT" | "PATCH");
    let method = if known { method.as_str() } else { "(other)" };
    edge.metrics().count(method, &route, response.status().as_u16(), began.elapsed());
    response
}

/// The same problem with the path that was asked.
fn located(mut response: Response, path: &str) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if problem.instance.is_none() => problem.on(path).into_response(),
        _ => response,
    }
}

/// The security headers of an answer that is no page: pages bring their own.
fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        return response;
    }
    let rows = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in rows {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A handler panicked: the log has the place, the caller a sentence.
pub fn panicked(what: Box<dyn Any + Send>) -> Response {
    let words = what.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| what.downcast_ref::<&str>().copied()).unwrap_or("no message");
    error!(panic = words, "a handler panicked");
    Problem::internal().into_response()
}

/// No such path: people get a page, programs a problem.
pub async fn not_found(lang: Lang, headers: HeaderMap, uri: Uri) -> Response {
    let takes = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if takes.is_some_and(|kinds| kinds.contains("text/html")) && !uri.path().starts_with("/v1/") {
        return answer::headers(answer::lost(lang, false, "path_not_found")).await;
    }
    let words = "There is nothing at this address; see /openapi.json.";
    Problem::new("path_not_found", words).into_response()
}

/// The path exists, the method does not.
pub async fn wrong_method() -> Response {
    let problem =
        Problem::new("method_not_allowed", "This address does not take that method; see Allow.");
    debug_assert_eq!(problem.status, StatusCode::METHOD_NOT_ALLOWED.as_u16());
    problem.into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_tells_the_caller_nothing_of_the_inside() {
        async fn fails() {
            panic!("the inside");
        }
        let router = Router::new().route("/", get(fails));
        let router = router.layer(CatchPanicLayer::custom(panicked));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("\"code\":\"internal\"") && !body.contains("inside"), "{body}");
    }
}
