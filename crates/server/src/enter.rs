//! The door: a page to type a sign-in code, a secret link that opens a device, and signing out.
//!
//! **Invariants.** Looking at a secret link changes nothing: only its button signs in, so a
//! preview of the link in a chat opens nobody's purse. A code never stands in an answer other
//! than to who showed it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::code::{Code, NoEntry};
use crate::edge::Edge;
use crate::http::form::read_form;
use crate::session::{self, see_other};
use crate::web::enter as markup;
use crate::web::security_headers;
use crate::web::text::Lang;
use crate::web::view::{Chrome, EnterPage, OpenPage, Problem};

/// A code and the name of its field are shorter.
const MOST_FORM: usize = 4 << 10;
/// The most characters of what was typed that are shown again.
const MOST_TYPED: usize = 120;

/// What the door is given.
#[derive(Clone)]
pub struct Door {
    /// The edge over the cells.
    pub edge: Edge,
    /// Whether the pages say that this is a demonstration.
    pub demo: bool,
}

impl FromRef<Door> for Edge {
    fn from_ref(door: &Door) -> Self {
        door.edge.clone()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
}

impl Door {
    fn chrome(&self, lang: Lang, path: &str) -> Chrome {
        let path = path.to_owned();
        Chrome { lang, path, nav: None, whose: None, events: None, rate: None, demo: self.demo }
    }

    /// Signs in with a code: its cookie, and on to the page of its holder's role.
    fn sign_in(&self, lang: Lang, headers: &HeaderMap, code: &Code) -> Result<Response, NoEntry> {
        let (_, _, actor) = session::holder(&self.edge, code)?;
        let to = format!("{}?lang={}", session::first_page(actor.role), lang.tag());
        let cookie = [(header::SET_COOKIE, session::keep(code, headers))];
        Ok((cookie, see_other(&to)).into_response())
    }

    fn enter(&self, lang: Lang, headers: &HeaderMap, typed: &str, why: Option<&str>) -> Response {
        let kept = session::kept(headers).and_then(|code| session::holder(&self.edge, &code));
        let page = EnterPage {
            chrome: self.chrome(lang, "/enter"),
            typed: typed.chars().take(MOST_TYPED).collect(),
            problem: why.map(problem),
            kept: kept.ok().map(|(_, _, actor)| session::first_page(actor.role)),
        };
        let status = if why.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        (status, Html(markup::page(&page).into_string())).into_response()
    }
}

fn problem(code: &str) -> Problem {
    Problem { code: code.to_owned(), sentence: None }
}

/// The door with its link and the way out.
pub fn router(door: Door) -> Router {
    Router::new()
        .route("/enter", get(page).post(typed))
        .route("/enter/{code}", get(link).post(open))
        .route("/leave", post(leave))
        .layer(map_response(headers))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .with_state(door)
}

async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

async fn page(State(door): State<Door>, lang: Lang, headers: HeaderMap) -> Response {
    door.enter(lang, &headers, "", None)
}

async fn typed(State(door): State<Door>, lang: Lang, headers: HeaderMap, body: Bytes) -> Response {
    if session::is_foreign(&headers) {
        return door.enter(lang, &headers, "", Some("sign_in_foreign"));
    }
    let typed = read_form::<Typed>(&body).unwrap_or_default().code;
    let code: Result<Code, _> = typed.parse();
    let entered = match &code {
        Ok(code) => door.sign_in(lang, &headers, code).map_err(NoEntry::code),
        Err(_) => Err("sign_in_malformed"),
    };
    entered.unwrap_or_else(|why| door.enter(lang, &headers, typed.trim(), Some(why)))
}

/// Shows what a secret link would open, and nothing more.
async fn link(State(door): State<Door>, lang: Lang, Path(code): Path<String>) -> Response {
    let code = match code.parse::<Code>() {
        Ok(code) => code,
        Err(_) => return lost(&door, lang, "sign_in_malformed"),
    };
    match session::holder(&door.edge, &code) {
        Ok((site, _, actor)) => {
            let path = format!("/enter/{}", code.reveal());
            let page = OpenPage {
                chrome: door.chrome(lang, &path),
                action: path,
                role: actor.role,
                cell: site.name().to_owned(),
            };
            Html(markup::open(&page).into_string()).into_response()
        }
        Err(why) => lost(&door, lang, why.code()),
    }
}

fn lost(door: &Door, lang: Lang, why: &str) -> Response {
    door.enter(lang, &HeaderMap::new(), "", Some(why))
}

async fn open(
    State(door): State<Door>,
    lang: Lang,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    if session::is_foreign(&headers) {
        return lost(&door, lang, "sign_in_foreign");
    }
    let entered = match code.parse::<Code>() {
        Ok(code) => door.sign_in(lang, &headers, &code).map_err(NoEntry::code),
        Err(_) => Err("sign_in_malformed"),
    };
    entered.unwrap_or_else(|why| lost(&door, lang, why))
}

/// Forgets the code of this device. The code itself stays valid.
async fn leave(State(door): State<Door>, lang: Lang, headers: HeaderMap) -> Response {
    if session::is_foreign(&headers) {
        return door.enter(lang, &headers, "", Some("sign_in_foreign"));
    }
    let to = see_other(&format!("/enter?lang={}", lang.tag()));
    ([(header::SET_COOKIE, session::forget(&headers))], to).into_response()
}
