//! What a request asks: its path, its query, its key and its body.

use std::fmt::Display;
use std::str::FromStr;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Path, Query, Request};
use axum::http::header::AsHeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use economy::Fingerprint;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::authorize::{Caller, role_word};
use crate::http::{body, json};
use crate::problem::Problem;

/// The most bytes of an ordinary body, and of a batch of transfers.
pub const MAX_BODY: usize = 1 << 20;
/// See [`MAX_BODY`].
pub const MAX_BATCH_BODY: usize = 4 << 20;

/// The most bytes of a bank's statement.
pub const MAX_STATEMENT: usize = 64 << 20;

/// The caller's name for a request: sent again, it gets the first reply and changes nothing.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of every POST, for the API's document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // read by the macro alone
pub struct Once {
    /// Your name for this request, up to 255 visible characters, quoted or not. Sent again
    /// within 72 hours with the same body, it gets the first reply and changes nothing; with
    /// another body it is refused. After 72 hours a key is forgotten, and the same request is a
    /// new one; a capture or refund is found by it for as long as its payment is known. A refusal
    /// is not remembered.
    #[param(rename = "Idempotency-Key", example = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"")]
    idempotency_key: String,
}

/// An id in the path.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err: Display>> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new("id_malformed", "The id in the path is not UTF-8."))?;
        let id = text.parse().map_err(|error| {
            Problem::new("id_malformed", format!("The id in the path is {error}."))
        })?;
        Ok(Self(id))
    }
}

/// Two ids in the path.
#[derive(Debug)]
pub struct PathIds<A, B>(pub A, pub B);

impl<S, A, B> FromRequestParts<S> for PathIds<A, B>
where
    S: Send + Sync,
    A: FromStr<Err: Display>,
    B: FromStr<Err: Display>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new("id_malformed", "The ids in the path are not UTF-8."))?;
        let first = first.parse().map_err(|error| {
            Problem::new("id_malformed", format!("The first id in the path is {error}."))
        })?;
        let second = second.parse().map_err(|error| {
            Problem::new("id_malformed", format!("The second id in the path is {error}."))
        })?;
        Ok(Self(first, second))
    }
}

/// The query of the address.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(value) = Query::try_from_uri(&parts.uri).map_err(|error| {
            let words = std::error::Error::source(&error)
                .map_or(error.to_string(), |source| source.to_string());
            Problem::new("query_invalid", format!("The query can't be read: {words}."))
        })?;
        Ok(Self(value))
    }
}

/// A POST as it came: its fingerprint and its bytes.
#[derive(Debug)]
pub struct PostedBytes {
    /// Under what it is answered once.
    pub fingerprint: Fingerprint,
    /// The media type of the body, without parameters, in small letters.
    pub media_type: Option<String>,
    /// The body.
    pub bytes: Bytes,
}

/// The same for a statement of a bank.
#[derive(Debug)]
pub struct StatementBytes {
    /// The media type of the body, without parameters, in small letters.
    pub media_type: Option<String>,
    /// The body.
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for StatementBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let PostedBytes { media_type, bytes, .. } =
            PostedBytes::read(request, MAX_STATEMENT).await?;
        Ok(Self { media_type, bytes })
    }
}

/// A POST with a JSON body of the operation's shape.
#[derive(Debug)]
pub struct Posted<T> {
    /// Under what it is answered once.
    pub fingerprint: Fingerprint,
    /// The body.
    pub body: T,
}

impl PostedBytes {
    async fn read(request: Request, most: usize) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let media_type = media_type(request.headers());
        let extensions = request.extensions();
        let caller = extensions.get::<Caller>().cloned().ok_or_else(Problem::internal)?;
        let operation = extensions.get::<MatchedPath>().ok_or_else(Problem::internal)?;
        let operation = operation.as_str().to_owned();
        let target = request.uri().path().to_owned();
        let bytes = to_bytes(request.into_body(), most).await;
        let bytes = bytes.map_err(|error| unread(&error, most))?;
        let fingerprint = fingerprint(&caller, &operation, &key, &target, &bytes);
        Ok(Self { fingerprint, media_type, bytes })
    }
}

impl<S: Send + Sync> FromRequest<S> for PostedBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Self::read(request, MAX_BATCH_BODY).await
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let posted = PostedBytes::read(request, MAX_BODY).await?;
        let empty = posted.bytes.is_empty();
        if !empty && posted.media_type.as_deref() != Some("application/json") {
            return Err(not_json());
        }
        // An operation that needs nothing may be asked without a body.
        let bytes: &[u8] = if empty { b"{}" } else { &posted.bytes };
        Ok(Self { fingerprint: posted.fingerprint, body: json::read(bytes)? })
    }
}

/// A POST that needs no key of the API: the caller's name for it, and its JSON body.
#[derive(Debug)]
pub struct OpenPosted<T> {
    /// The `Idempotency-Key`.
    pub key: String,
    /// The body.
    pub body: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OpenPosted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        if media_type(request.headers()).as_deref() != Some("application/json") {
            return Err(not_json());
        }
        let bytes = to_bytes(request.into_body(), MAX_BODY).await;
        let bytes = bytes.map_err(|error| unread(&error, MAX_BODY))?;
        Ok(Self { key, body: json::read(&bytes)? })
    }
}

fn unread(error: &axum::Error, most: usize) -> Problem {
    if body::was_too_slow(error) {
        return Problem::new(
            "body_too_slow",
            "The body came too slowly, and nothing was done; send the request again when the \
             connection is better.",
        );
    }
    let kilobytes = most >> 10;
    Problem::new(
        "body_too_large",
        format!("The body is cut off or has more than {kilobytes} KB; send less at once."),
    )
}

/// The answer to a body of another media type.
pub fn not_json() -> Problem {
    Problem::new("media_type_not_supported", "Send the body with Content-Type: application/json.")
}

/// The value of a header that may stand once. Of two, a proxy and this server might believe
/// another one each, so neither is.
pub fn once(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&HeaderValue>, Twice> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() { Err(Twice) } else { Ok(value) }
}

/// A header that may stand once stands twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice;

fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = once(headers, CONTENT_TYPE).ok()??.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The key as the caller means it: a structured string is unquoted (RFC 8941 §3.3.3), anything
/// else is taken as it stands.
fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let value = values.next().ok_or_else(|| {
        Problem::new(
            "idempotency_key_missing",
            "Send the header Idempotency-Key with a value of your own, new for each request \
             that means something new, the same when you repeat one.",
        )
    })?;
    let invalid = || {
        Problem::new(
            "idempotency_key_invalid",
            "An Idempotency-Key stands once and has 1 to 255 visible ASCII characters.",
        )
    };
    let text = value.to_str().map_err(|_| invalid())?;
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = match quoted {
        Some(inner) => unescaped(inner).ok_or_else(invalid)?,
        None => text.to_owned(),
    };
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|b| matches!(b, b' '..=b'~'));
    if fits && values.next().is_none() { Ok(key) } else { Err(invalid()) }
}

fn unescaped(inner: &str) -> Option<String> {
    let mut key = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => key.push(letters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            _ => key.push(letter),
        }
    }
    Some(key)
}

/// Key: cell, actor, operation, and the caller's key. Content: path and body as they came,
/// nothing that the edge added (CORE §3); and the caller's key, which the journal does not have:
/// so nobody who reads the journal can try names until one fits the hash of a body.
fn fingerprint(
    caller: &Caller,
    operation: &str,
    key: &str,
    target: &str,
    body: &[u8],
) -> Fingerprint {
    let party = caller.actor.party.to_le_bytes();
    let role = role_word(caller.actor.role);
    let parts = [
        caller.site.name().as_bytes(),
        &party,
        role.as_bytes(),
        operation.as_bytes(),
        key.as_bytes(),
    ];
    let content = [key.as_bytes(), target.as_bytes(), body];
    Fingerprint { key: hash(&parts), content: hash(&content) }
}

/// 128 bits of BLAKE3 over parts, each behind its length.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: &[u8]) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        idempotency_key(&headers).map_err(|problem| problem.code)
    }

    #[test]
    fn keys_are_read_quoted_or_not() {
        assert_eq!(key(b"\"abc\""), Ok("abc".into()));
        assert_eq!(key(b"abc"), Ok("abc".into()));
        assert_eq!(key(br#""a\"b\\c""#), Ok("a\"b\\c".into()));
        assert_eq!(key(&[b'x'; 255]), Ok("x".repeat(255)));
        for bad in [&b""[..], b"\"\"", b"\"a\\b\"", b"\"a\"b\"", b"\xe7\x9c\x9f", &[b'x'; 256]] {
            assert_eq!(key(bad), Err("idempotency_key_invalid"), "{bad:?}");
        }
        let missing = idempotency_key(&HeaderMap::new()).unwrap_err();
        assert_eq!(missing.code, "idempotency_key_missing");
        let mut twice = HeaderMap::new();
        twice.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
        twice.append(IDEMPOTENCY_KEY, HeaderValue::from_static("b"));
        assert_eq!(idempotency_key(&twice).unwrap_err().code, "idempotency_key_invalid");
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_eq!(hash(&[b"ab", b"c"]), hash(&[b"ab", b"c"]));
    }
}
