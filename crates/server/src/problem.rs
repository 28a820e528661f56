//! What the API answers when it says no: RFC 9457 problem details, one stable code each.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cell::Rejected;
use kernel::Refuse;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::http::told::position_header;
use crate::over::Over;
use crate::statuses;

/// The most characters of one text in a problem.
const MOST_TOLD: usize = 300;

/// One fault in a request's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: a JSON pointer into the body (RFC 6901).
    #[schema(example = "/amount/currency")]
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// Why a request was not done. `code` never changes its meaning; `detail` says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable word for programs.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// One sentence: what is wrong and what to do.
    pub detail: String,
    /// Whether the same request, sent again later under the same key, may succeed.
    pub retryable: bool,
    /// Seconds after which a retry makes sense.
    pub retry_after_s: Option<u32>,
    /// The path that was asked.
    pub instance: Option<Box<str>>,
    /// What is wrong with the body, place by place.
    pub errors: Vec<FieldError>,
    /// What only some problems tell.
    pub beside: Option<Box<Beside>>,
    /// The cell and the position that the answer rests on.
    pub position: Option<Box<(String, u64)>>,
}

/// What only some problems tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Where to begin again, when a cursor is too old.
    pub cursor: Option<String>,
    /// The limit that a payment went over.
    pub limit: Option<Over>,
    /// The payment that waits for the operator's staff, in place of one that was made.
    pub case: Option<String>,
    /// The number of the message that is due.
    pub expected: Option<u64>,
}

/// A problem as it stands in the body (RFC 9457). `code` never changes its meaning; `detail`
/// says what to do.
#[derive(Serialize, ToSchema)]
struct Written<'a> {
    /// `/problems/` and the code: what it means is said there.
    #[serde(rename = "type")]
    #[schema(example = "/problems/insufficient_funds")]
    kind: String,
    /// The code in words.
    #[schema(example = "Insufficient funds")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// One sentence: what is wrong and what to do.
    detail: &'a str,
    /// The stable word for programs: one of those at `/problems`, to which others may be added.
    #[schema(example = "insufficient_funds")]
    code: &'static str,
    /// Whether the same request, sent again later under the same key, may succeed.
    retryable: bool,
    /// The path that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    /// What is wrong with the body, place by place.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// Where to begin again, when a cursor is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    /// The limit that a payment went over.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a Over>,
    /// The payment that waits for the operator's staff, at `/v1/cases/{payment}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'a str>,
    /// The number of the message that is due, where another came.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Written::schema()
    }
}

impl Beside {
    /// One of these, the others not there.
    pub fn boxed(set: impl FnOnce(&mut Self)) -> Box<Self> {
        let mut beside = Self::default();
        set(&mut beside);
        Box::new(beside)
    }
}

impl ToSchema for Problem {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Written::schemas(schemas);
    }
}

impl Problem {
    /// A problem of one of the codes in [`statuses`].
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let status = statuses::of(code);
        let passes =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        Self {
            code,
            status: status.as_u16(),
            detail: shortened(detail.into()),
            retryable: passes || status == StatusCode::REQUEST_TIMEOUT,
            instance: None,
            errors: Vec::new(),
            beside: None,
            retry_after_s: passes.then_some(1),
            position: None,
        }
    }

    /// The same, with the number of the message that is due.
    pub fn expecting(self, number: u64) -> Self {
        Self { beside: Some(Beside::boxed(|beside| beside.expected = Some(number))), ..self }
    }

    /// The economy's refusal.
    pub fn refused(refusal: &economy::Refusal) -> Self {
        let mut problem = Self::new(refusal.code(), sentence(&refusal.to_string()));
        problem.retryable = refusal.is_transient();
        if let economy::Refusal::Pay(refusal) = refusal {
            let limit = refusal.limit().map(Over::from);
            problem.beside = limit.map(|limit| Beside::boxed(|beside| beside.limit = Some(limit)));
        }
        if problem.retry_after_s.is_some() {
            problem.retry_after_s = Some(statuses::retry_after_s(refusal.code()));
        }
        problem
    }

    /// A refusal of the book, as the whole answer to a request.
    pub fn rejected(why: Rejected) -> Self {
        let mut problem = Self::new(why.code(), sentence(&why.to_string()));
        problem.retry_after_s = Some(why.retry_after_s());
        problem
    }

    /// A code that can't be read or paid.
    pub fn of_code(error: &pay::emvco::Error) -> Self {
        let code = match error {
            pay::emvco::Error::ClaimDiffers { claim: "currency", .. } => "wrong_currency",
            pay::emvco::Error::ClaimDiffers { .. } => "payee_differs",
            other => other.code(),
        };
        Self::new(code, sentence(&error.to_string()))
    }

    /// A slip in this program.
    pub fn internal() -> Self {
        Self::new(
            "internal",
            "something went wrong here, and it is not your request's fault; \
             send it again with the same Idempotency-Key, and tell the operator if it stays",
        )
    }

    /// The same, resting on a position of a cell.
    #[must_use]
    pub fn at(mut self, cell: &str, position: u64) -> Self {
        self.position = Some(Box::new((cell.to_owned(), position)));
        self
    }

    /// The same with one fault in the body.
    #[must_use]
    pub fn in_field(mut self, pointer: String, detail: String) -> Self {
        self.errors.push(FieldError { pointer: shortened(pointer), detail: shortened(detail) });
        self
    }

    /// The same for a path.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        self.instance = Some(shortened(path.to_owned()).into());
        self
    }
}

impl Problem {
    fn written(&self) -> Written<'_> {
        Written {
            kind: format!("/problems/{}", self.code),
            title: title(self.code),
            status: self.status,
            detail: &self.detail,
            code: self.code,
            retryable: self.retryable,
            instance: self.instance.as_deref(),
            errors: &self.errors,
            cursor: self.beside.as_ref().and_then(|beside| beside.cursor.as_deref()),
            limit: self.beside.as_ref().and_then(|beside| beside.limit.as_ref()),
            case: self.beside.as_ref().and_then(|beside| beside.case.as_deref()),
            expected: self.beside.as_ref().and_then(|beside| beside.expected),
        }
    }
}

/// What a caller sent is told back, but not all of it when it is long.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_TOLD) {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}

/// `insufficient_funds` as "Insufficient funds".
pub fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A refusal's words as a sentence of its own.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let Some(first) = letters.next() else { return String::new() };
    let stop = if words.ends_with('.') { "" } else { "." };
    first.to_uppercase().chain(letters).chain(stop.chars()).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.written()).expect("a problem is texts and numbers");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(known) = &self.position {
            position_header(headers, &known.0, known.1);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_becomes_a_problem_with_its_own_sentence() {
        let refusal = economy::Refusal::from(pay::Refusal::InsufficientFunds { available: 12 });
        let problem = Problem::refused(&refusal).at("cn", 7);
        assert_eq!((problem.status, problem.code), (422, "insufficient_funds"));
        assert_eq!(problem.written().title, "Insufficient funds");
        assert_eq!(
            problem.detail,
            "The wallet holds too little: 12 in minor units can be spent; top it up."
        );
        let response = problem.into_response();
        assert_eq!(response.headers()["enishi-position"], "cn:7");
        assert!(!response.headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn what_passes_says_when_to_come_back() {
        let busy = Problem::rejected(Rejected::Busy).into_response();
        assert_eq!(busy.status(), 503);
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
    }
}
