//! A reply with the position it rests on.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::outcome::Settled;

/// `<cell>:<position>`: what the reply rests on.
pub const POSITION: HeaderName = HeaderName::from_static("enishi-position");
/// `true` on a reply that was given before.
pub const REPEATED: HeaderName = HeaderName::from_static("enishi-repeated");

/// A body with its status and position.
#[derive(Debug)]
pub struct Told<T> {
    status: StatusCode,
    settled: Settled<T>,
}

impl<T> Told<T> {
    /// 200.
    pub fn ok(settled: Settled<T>) -> Self {
        Self { status: StatusCode::OK, settled }
    }

    /// 201: something was made.
    pub fn created(settled: Settled<T>) -> Self {
        Self { status: StatusCode::CREATED, settled }
    }

    /// 202: it is under way.
    pub fn accepted(settled: Settled<T>) -> Self {
        Self { status: StatusCode::ACCEPTED, settled }
    }
}

/// Puts the position on a reply.
pub fn position_header(headers: &mut HeaderMap, cell: &str, position: u64) {
    if let Ok(value) = HeaderValue::from_str(&format!("{cell}:{position}")) {
        headers.insert(POSITION, value);
    }
}

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        let Settled { value, cell, position, repeated } = self.settled;
        let mut response = (self.status, Json(value)).into_response();
        position_header(response.headers_mut(), &cell, position);
        if repeated {
            response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
        }
        response
    }
}
