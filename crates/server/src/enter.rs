//! The door: a page to type a sign-in code, a secret link that opens a device, and signing out.
//!
//! **Invariants.** Looking at a secret link changes nothing: only its button signs in, so a
//! preview of the link in a chat opens nobody's purse. A code never stands in an answer other
//! than to who showed it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::{get, post};
use economy::Command;
use economy::people::KeyForm;
use economy::people::command::{EndSession, Shown};
use serde::Deserialize;

use crate::auth::Holder;
use crate::code::{Code, NoEntry};
use crate::edge::Edge;
use crate::http::form::read_form;
use crate::passkeys;
use crate::session::{self, Session, see_other};
use crate::web::enter as markup;
use crate::web::security_headers;
use crate::web::text::Lang;
use crate::web::view::{Chrome, EnterPage, OpenPage, Problem};
use crate::{devices, referrers, staff, throttle};

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
    pub(crate) fn chrome(&self, lang: Lang, path: &str) -> Chrome {
        let path = path.to_owned();
        Chrome { lang, path, nav: None, whose: None, events: None, rate: None, demo: self.demo }
    }

    /// Signs in with a code: its cookie, and on to the page of its holder's role.
    /// An invitation opens once: it becomes a session, and the page on which a passkey is added.
    async fn sign_in(
        &self,
        lang: Lang,
        headers: &HeaderMap,
        code: &Code,
    ) -> Result<Response, &'static str> {
        let known = session::holder(&self.edge, code).map_err(NoEntry::code)?;
        let (site, Holder { key, actor, .. }, form) = known;
        if form == KeyForm::Invitation {
            let opened = devices::open(&site, actor, Shown::Code(key), headers).await;
            let cookie = [(header::SET_COOKIE, opened.map_err(|problem| problem.code)?)];
            let to = format!("/me?new=1&lang={}", lang.tag());
            return Ok((cookie, see_other(&to)).into_response());
        }
        let to = format!("{}?lang={}", session::first_page(actor.role), lang.tag());
        let cookie = [(header::SET_COOKIE, session::keep(code, headers))];
        Ok((cookie, see_other(&to)).into_response())
    }

    fn enter(&self, lang: Lang, headers: &HeaderMap, typed: &str, why: Option<&str>) -> Response {
        let kept = Session::of_device(&self.edge, headers);
        let page = EnterPage {
            chrome: self.chrome(lang, "/enter"),
            typed: typed.chars().take(MOST_TYPED).collect(),
            problem: why.map(problem),
            passkeys: passkeys::relying(&self.edge, headers).is_ok(),
            kept: kept.ok().map(|known| session::first_page_of(known.actor.role, known.scopes)),
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
        .with_state(door.clone())
        .merge(devices::router(door.clone()))
        .merge(referrers::router(door.clone()))
        .merge(staff::router(door))
}

pub(crate) async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

async fn page(State(door): State<Door>, lang: Lang, headers: HeaderMap) -> Response {
    door.enter(lang, &headers, "", None)
}

async fn typed(
    State(door): State<Door>,
    lang: Lang,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Response {
    if session::is_foreign(&headers) {
        return door.enter(lang, &headers, "", Some("sign_in_foreign"));
    }
    if let Err(problem) = throttle::sign_ins(&door.edge, &headers, &extensions) {
        return problem.into_response();
    }
    let typed = read_form::<Typed>(&body).unwrap_or_default().code;
    let code: Result<Code, _> = typed.parse();
    let entered = match &code {
        Ok(code) => door.sign_in(lang, &headers, code).await,
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
        Ok((site, Holder { actor, .. }, _)) => {
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
        Ok(code) => door.sign_in(lang, &headers, &code).await,
        Err(_) => Err("sign_in_malformed"),
    };
    entered.unwrap_or_else(|why| lost(&door, lang, why))
}

/// Ends this device's session and forgets its code. The code itself stays valid.
async fn leave(State(door): State<Door>, lang: Lang, headers: HeaderMap) -> Response {
    if session::is_foreign(&headers) {
        return door.enter(lang, &headers, "", Some("sign_in_foreign"));
    }
    if let Some(own) = Session::of_cookie(&door.edge, &headers) {
        let end = EndSession { person: own.actor.person, id: own.key };
        if let Err(problem) = devices::done(&own.site, own.actor, Command::EndSession(end)).await {
            return door.enter(lang, &headers, "", Some(problem.code));
        }
    }
    let to = see_other(&format!("/enter?lang={}", lang.tag()));
    let forget = [session::forget(&headers), session::forget_token(&headers)];
    (AppendHeaders(forget.map(|cookie| (header::SET_COOKIE, cookie))), to).into_response()
}
