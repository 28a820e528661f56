//! How a page is asked for, and how it is answered: whole or a part of it, in one of three
//! languages.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;

use super::Desk;
use crate::problem;
use crate::web::text::Lang;
use crate::web::view::{Chrome, Foreign, Place, Problem};
use crate::web::{error, security_headers};

/// A request for a page or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// In which language.
    pub lang: Lang,
    /// On which page the part stands.
    pub place: Place,
    /// Whether a script asks for the part alone.
    pub fragment: bool,
    parameters: HashMap<String, String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let parameters = Query::<HashMap<String, String>>::try_from_uri(&parts.uri);
        let parameters = parameters.map(|Query(all)| all).unwrap_or_default();
        Ok(Self {
            lang: Lang::of_request(&parts.uri, &parts.headers),
            place: Place::parse(parameters.get("view").map_or("", String::as_str)),
            fragment: parts.headers.contains_key("x-fragment"),
            parameters,
        })
    }
}

impl Asked {
    /// A parameter of the address.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The same for a whole page of this kind.
    pub fn on(self, place: Place) -> Self {
        Self { place, fragment: false, ..self }
    }

    /// Sends a plain form to the page its part belongs to.
    pub fn back_to(&self, base: &str) -> Response {
        let path = if self.place == Place::Home { "/" } else { base };
        let to = format!("{path}?lang={}", self.lang.tag());
        let to = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/"));
        (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
    }
}

/// Markup as an answer.
pub(crate) fn html(markup: &Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], markup.0.clone()).into_response()
}

/// The security headers of every page.
pub(crate) async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

/// A problem as a page shows it. The message files know the same things under the names that
/// people's words go by.
pub(crate) fn told(problem: &problem::Problem) -> Problem {
    let code = match problem.code {
        "payee_differs" => "claim_differs",
        "not_enishi_code" => "code_not_enishi",
        code => code,
    };
    Problem { code: code.to_owned(), sentence: Some(problem.detail.clone()) }
}

/// A problem of the form itself.
pub(crate) fn unfit(code: &str) -> Problem {
    Problem { code: code.to_owned(), sentence: None }
}

/// The page of an address where nothing is.
pub(crate) fn lost(lang: Lang, demo: bool, code: &str) -> Response {
    let chrome = Chrome {
        lang,
        path: "/".to_owned(),
        nav: None,
        whose: None,
        events: None,
        rate: None,
        demo,
    };
    let page = error::page(&chrome, &unfit(code));
    (StatusCode::NOT_FOUND, html(&page)).into_response()
}

impl Desk {
    /// What stands around a page of a window; `events` is the address of its stream.
    pub(crate) async fn chrome(
        &self,
        asked: &Asked,
        path: &str,
        whose: Option<Foreign>,
        events: Option<String>,
    ) -> Chrome {
        Chrome { whose, events, rate: self.rate().await, ..self.bare_chrome(asked, path) }
    }

    /// The page of an address where nothing is.
    pub(crate) fn lost(&self, asked: &Asked) -> Response {
        lost(asked.lang, self.demo, "not_found")
    }

    /// The same where there is no window.
    pub(crate) fn bare_chrome(&self, asked: &Asked, path: &str) -> Chrome {
        Chrome {
            lang: asked.lang,
            path: path.to_owned(),
            nav: None,
            whose: None,
            events: None,
            rate: None,
            demo: self.demo,
        }
    }
}
