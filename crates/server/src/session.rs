//! Whose page it is: a sign-in code, kept in a cookie or standing in the path.
//!
//! `/w/me` and `/t/me` are the pages of whoever signed in on this device; `/w/<code>` and
//! `/t/<code>` are whole windows of their own, so that a phone and a till work in two tabs of one
//! browser. Such a session is nothing but its code: ended there, it is over everywhere.
//!
//! Whoever signs in with a passkey, or as a member of a staff, gets a session of their own: 256 random
//! bits in a cookie, of which the cell knows the hash. It is new at each sign-in, ends after the time
//! that the cell's access rules say, and does nothing grave after it rested too long ([`Pulse`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{FromRef, FromRequestParts, MatchedPath, RawPathParams, Request};
use axum::http::header::{COOKIE, HOST, LOCATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use economy::people::KeyForm;
use kernel::id::Key;
use kernel::{Actor, Id, Role, Span, Timestamp};

use crate::auth::Holder;
use crate::cells::{Site, now, random};
use crate::code::{Code, NoEntry};
use crate::duty::{Scope, Scopes};
use crate::edge::Edge;
use crate::pages;
use crate::web::text::Lang;
use crate::web::view::{Chrome, Problem};
use crate::web::{error, security_headers};

/// The cookie that keeps the code.
const NAME: &str = "enishi_code";
/// How long a device stays signed in: 400 days, the most a browser keeps.
const MAX_AGE_S: u32 = 34_560_000;
/// The word in a path that stands for the cookie's code.
const ME: &str = "me";

/// The cookies of a session's token: over TLS with the prefix by which browsers give it to this very
/// host alone.
const SID: &str = "sid";
const HOST_SID: &str = "__Host-sid";
/// Keeps the hash of a token apart from everything else that is hashed.
const TOKEN: &str = "enishi 2026-11 token of a session";
/// The most sessions whose last use is remembered.
const MOST_PULSE: usize = 1 << 17;

/// Stands between a window's code and what it acts for.
const TILDE: char = '~';

/// Who a page acts for.
#[derive(Clone)]
pub struct Session {
    /// The cell that knows the code.
    pub site: Arc<Site>,
    /// For whom the page acts.
    pub actor: Actor,
    /// The key of the code: ended, it ends the session.
    pub key: Id<Key>,
    /// The path of the window: `/w/me` or `/w/` and the code, and behind it, after a tilde, which
    /// of several wallets or stores is meant.
    pub base: String,
    /// The last letters of the code; empty where there is none.
    pub ending: String,
    /// What whoever acts may do.
    pub scopes: Scopes,
    /// The session of its own, where it is not a code's.
    pub opened: Option<economy::people::Session>,
}

/// What a browser shows of a session: 256 random bits, never printed by a log.
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub fn generate() -> Self {
        Self(random())
    }

    /// What the journal keeps.
    pub fn hash(&self) -> [u8; 32] {
        blake3::derive_key(TOKEN, &self.0)
    }

    fn of(headers: &HeaderMap) -> Option<Self> {
        let shown = cookie_of(headers, HOST_SID).or_else(|| cookie_of(headers, SID))?;
        URL_SAFE_NO_PAD.decode(shown).ok()?.try_into().ok().map(Self)
    }

    /// The `Set-Cookie` that keeps it on this device for some seconds.
    pub fn keep(&self, headers: &HeaderMap, seconds: u64) -> String {
        sid_cookie(&URL_SAFE_NO_PAD.encode(self.0), seconds, headers)
    }
}

/// The `Set-Cookie` that forgets the token of this device.
pub fn forget_token(headers: &HeaderMap) -> String {
    sid_cookie("", 0, headers)
}

fn sid_cookie(value: &str, seconds: u64, headers: &HeaderMap) -> String {
    let (name, secure) = if came_by_tls(headers) { (HOST_SID, "; Secure") } else { (SID, "") };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// When sessions were used last. It is forgotten when the process ends: then each rests, and its
/// holder signs in again before anything grave.
#[derive(Debug, Default)]
pub struct Pulse {
    last: Mutex<HashMap<u128, Timestamp>>,
}

impl Pulse {
    /// Notes that a session is used, unless it has rested for too long; says whether it is awake.
    pub fn beat(&self, session: Id<Key>, since: Timestamp, idle: Span, now: Timestamp) -> bool {
        let mut last = self.last.lock().expect("no holder of this lock panics");
        let awake = |at: Timestamp| at.plus(idle) > now;
        let before = last.get(&session.0).copied().unwrap_or(since);
        if !awake(before) {
            return false;
        }
        if last.len() >= MOST_PULSE {
            last.retain(|_, at| awake(*at));
        }
        last.insert(session.0, now);
        true
    }
}

/// Who holds a code, in whichever cell of this process.
///
/// # Errors
/// Why it does not open.
pub fn holder(edge: &Edge, code: &Code) -> Result<(Arc<Site>, Holder, KeyForm), NoEntry> {
    let mut why = NoEntry::Unknown;
    for site in edge.cells().all().iter().filter(|site| code.is_of(site.name())) {
        match site.keys.holder(code, now()) {
            Ok((holder, form)) => return Ok((Arc::clone(site), holder, form)),
            Err(NoEntry::Unknown) => {}
            Err(known) => why = known,
        }
    }
    Err(why)
}

/// The page that a role begins with.
pub fn first_page(role: Role) -> &'static str {
    match role {
        Role::Traveller => "/w/me",
        Role::Merchant => "/t/me",
        _ => "/o/me",
    }
}

/// The first page of somebody who may not do everything: who may not use the till reads.
pub fn first_page_of(role: Role, scopes: Scopes) -> &'static str {
    match role {
        Role::Merchant if !scopes.has(Scope::Till) => "/t/me/trail",
        role => first_page(role),
    }
}

/// The code of this device.
///
/// # Errors
/// There is none, or what there is is no code.
pub fn kept(headers: &HeaderMap) -> Result<Code, NoEntry> {
    cookie_of(headers, NAME).ok_or(NoEntry::Missing)?.parse().map_err(|_| NoEntry::Unknown)
}

/// A cookie that is not empty.
pub(crate) fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let kept = pairs.find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim());
    kept.filter(|text| !text.is_empty())
}

/// The `Set-Cookie` that keeps a code on this device; over plain HTTP also without TLS.
pub fn keep(code: &Code, headers: &HeaderMap) -> String {
    cookie(&code.reveal(), MAX_AGE_S, headers)
}

/// The `Set-Cookie` that forgets it.
pub fn forget(headers: &HeaderMap) -> String {
    cookie("", 0, headers)
}

fn cookie(value: &str, max_age_s: u32, headers: &HeaderMap) -> String {
    let secure = if came_by_tls(headers) { "; Secure" } else { "" };
    format!("{NAME}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
}

/// What a proxy says; who makes it up keeps their own cookie back.
pub(crate) fn came_by_tls(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    proto.and_then(|value| value.rsplit(',').next()).is_some_and(|last| last.trim() == "https")
}

/// The address of a path, as whoever asked would open it; the path alone where that is not known.
pub fn address(headers: &HeaderMap, path: &str) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    match host.filter(|host| !host.is_empty() && host.chars().all(plain)) {
        Some(host) if came_by_tls(headers) => format!("https://{host}{path}"),
        Some(host) => format!("http://{host}{path}"),
        None => path.to_owned(),
    }
}

/// Whether another site's page sends this form: nobody is signed in or out from elsewhere.
pub fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    match site {
        Some(site) => site == "cross-site" || site == "same-site",
        // Who does not say it says where the form stood.
        None => other_origin(headers),
    }
}

/// Whether the browser names another origin than the one that was asked.
fn other_origin(headers: &HeaderMap) -> bool {
    let (origin, host) = (headers.get(ORIGIN), headers.get(HOST));
    let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else { return false };
    let host = host.and_then(|host| host.to_str().ok());
    origin.split_once("://").map(|(_, host)| host) != host
}

/// Lets nothing be done by a page but by forms and scripts of this server's own pages, whoever is
/// signed in on the device and by whatever: a request that only looks goes through, as it changes
/// nothing. One that does not say where it comes from is no page's. API keys stand in a header, which
/// no other site can have a browser send, so the API is not behind this.
pub(crate) async fn own_pages_only(request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if looks || is_own(request.headers()) {
        return next.run(request).await;
    }
    let lang = Lang::of_request(request.uri(), request.headers());
    let mut answer = refusal(lang, StatusCode::FORBIDDEN, "sign_in_foreign");
    security_headers(answer.headers_mut());
    answer
}

/// Whether a browser says that its own page of this server sends this.
fn is_own(headers: &HeaderMap) -> bool {
    let named = headers.contains_key(ORIGIN)
        || headers.contains_key(HeaderName::from_static("sec-fetch-site"));
    named && !is_foreign(headers)
}

impl Session {
    /// The session of a path's `{token}`: `me` or a code.
    fn of_token(edge: &Edge, parts: &Parts, token: &str) -> Result<Self, NoEntry> {
        let (token, chosen) = match token.split_once(TILDE) {
            Some((token, chosen)) => (token, Some(chosen)),
            None => (token, None),
        };
        // It stands in addresses that pages are made of.
        if chosen
            .is_some_and(|chosen| !chosen.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()))
        {
            return Err(NoEntry::Unknown);
        }
        let window = parts.uri.path().split('/').nth(1).unwrap_or_default();
        let chosen = chosen.map(|chosen| format!("{TILDE}{chosen}")).unwrap_or_default();
        if token == ME
            && let Some(own) = Self::of_cookie(edge, &parts.headers)
        {
            return Ok(Self { base: format!("/{window}/{ME}{chosen}"), ..own });
        }
        let code: Code = match token {
            ME => kept(&parts.headers)?,
            text => text.parse().map_err(|_| NoEntry::Unknown)?,
        };
        let token = if token == ME { ME.to_owned() } else { code.reveal() };
        Self::of_open_code(edge, &code, format!("/{window}/{token}{chosen}"))
    }

    /// The session whose token this device shows, if it is open.
    pub fn of_cookie(edge: &Edge, headers: &HeaderMap) -> Option<Self> {
        let hash = Token::of(headers)?.hash();
        edge.cells().all().iter().find_map(|site| {
            let (Holder { key, actor, scopes }, opened) = site.keys.session(&hash, now())?;
            Some(Self {
                site: Arc::clone(site),
                actor,
                key,
                base: String::new(),
                ending: String::new(),
                scopes,
                opened: Some(opened),
            })
        })
    }

    /// What a code opens by itself: not an invitation, which is given for a session of its own.
    fn of_open_code(edge: &Edge, code: &Code, base: String) -> Result<Self, NoEntry> {
        let (site, Holder { key, actor, scopes }, form) = holder(edge, code)?;
        if form == KeyForm::Invitation {
            return Err(NoEntry::Unknown);
        }
        Ok(Self { site, actor, key, base, ending: code.ending(), scopes, opened: None })
    }

    /// Whose page it is on this device, by its session or the code that it keeps.
    ///
    /// # Errors
    /// There is neither, or it does not open.
    pub fn of_device(edge: &Edge, headers: &HeaderMap) -> Result<Self, NoEntry> {
        match Self::of_cookie(edge, headers) {
            Some(own) => Ok(own),
            None => Self::of_open_code(edge, &kept(headers)?, String::new()),
        }
    }

    /// The session of a code's window: `w` for a wallet's, `t` for a till's.
    ///
    /// # Errors
    /// Why the code does not open.
    pub fn of_code(edge: &Edge, window: &str, code: &Code) -> Result<Self, NoEntry> {
        Self::of_open_code(edge, code, format!("/{window}/{}", code.reveal()))
    }

    /// Whether this is somebody's of a staff: by its session or, with a code, by the person.
    fn of_staff(&self) -> bool {
        matches!(self.actor.role, Role::Merchant | Role::Operator)
    }

    /// Whether the session may do what a request asks; see [`crate::pages`].
    fn permitted(&self, edge: &Edge, parts: &Parts) -> Result<(), &'static str> {
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        let scope = pages::scope(&parts.method, path.unwrap_or_default());
        // What is not in the table is for those who may do everything.
        let may = scope.map_or(self.scopes == Scopes::ALL, |scope| self.scopes.has(scope));
        if !may {
            return Err("scope_missing");
        }
        let looks = parts.method == Method::GET || parts.method == Method::HEAD;
        let Some(opened) = &self.opened else { return Ok(()) };
        if !looks && !is_own(&parts.headers) {
            return Err("sign_in_foreign");
        }
        let idle = self.site.keys.people(|people| people.rules(now())).idle_min;
        let idle = Span::seconds(u64::from(idle) * 60);
        // What a page asks by itself is no use of it.
        let by_itself = looks && parts.headers.contains_key("x-fragment")
            || path.is_some_and(|path| path.ends_with("/events"));
        let awake = by_itself || edge.pulse().beat(self.key, opened.since, idle, now());
        let grave = scope.is_none_or(pages::is_grave);
        if grave && !awake && self.of_staff() { Err("sign_in_again") } else { Ok(()) }
    }

    /// Whether the code is this device's own, kept in its cookie, and not the path's.
    pub fn is_kept(&self) -> bool {
        self.base.split(['/', TILDE]).nth(2) == Some(ME)
    }

    /// Which of several wallets or stores the path names.
    pub fn chosen(&self) -> Option<&str> {
        self.base.split_once(TILDE).map(|(_, chosen)| chosen)
    }

    /// The path of the same window for another wallet or store.
    pub fn naming(&self, chosen: &str) -> String {
        let base = self.base.split_once(TILDE).map_or(self.base.as_str(), |(base, _)| base);
        format!("{base}{TILDE}{chosen}")
    }

    /// Whether the code still opens; for what outlives a request.
    pub fn is_live(&self) -> bool {
        match self.opened {
            Some(_) => self.site.keys.is_open(self.actor.person, self.key, now()),
            None => self.site.keys.is_live(self.key, now()),
        }
    }

    /// This session, if it acts in a role.
    ///
    /// # Errors
    /// The page that says that another code is needed, with the way to the right window.
    pub fn acting_as(self, role: Role, parts: &Parts) -> Result<Self, Box<Response>> {
        if self.actor.role == role {
            return Ok(self);
        }
        let lang = Lang::of_request(&parts.uri, &parts.headers);
        Err(Box::new(refusal(lang, StatusCode::FORBIDDEN, "sign_in_other_role")))
    }
}

impl<S> FromRequestParts<S> for Session
where
    S: Send + Sync,
    Edge: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let edge = Edge::from_ref(state);
        let named = RawPathParams::from_request_parts(parts, state).await;
        let token = named.iter().flatten().find(|(name, _)| *name == "token");
        let token = token.map_or(String::new(), |(_, token)| token.to_owned());
        let session = if token.is_empty() {
            Self::of_device(&edge, &parts.headers)
        } else {
            Self::of_token(&edge, parts, &token)
        };
        let session = session.map_err(|why| no_entry(why, parts))?;
        match session.permitted(&edge, parts) {
            Ok(()) => Ok(session),
            Err(code) => {
                let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
                let what = format!("{} {}", parts.method, path.unwrap_or_default());
                session.site.refused.note_code(now(), session.actor, &what, code);
                let lang = Lang::of_request(&parts.uri, &parts.headers);
                Err(refusal(lang, StatusCode::FORBIDDEN, code))
            }
        }
    }
}

/// What is answered where no session is: the way to the door, or why the code does not open.
fn no_entry(why: NoEntry, parts: &Parts) -> Response {
    let lang = Lang::of_request(&parts.uri, &parts.headers);
    let is_page = parts.method == Method::GET && !parts.headers.contains_key("x-fragment");
    match why {
        NoEntry::Missing if is_page => see_other(&format!("/enter?lang={}", lang.tag())),
        NoEntry::Unknown => refusal(lang, StatusCode::NOT_FOUND, why.code()),
        _ => refusal(lang, StatusCode::UNAUTHORIZED, why.code()),
    }
}

fn refusal(lang: Lang, status: StatusCode, code: &str) -> Response {
    let path = "/enter".to_owned();
    let chrome =
        Chrome { lang, path, nav: None, whose: None, events: None, rate: None, demo: false };
    let page = error::locked(&chrome, &Problem { code: code.to_owned(), sentence: None });
    (status, axum::response::Html(page.into_string())).into_response()
}

/// An answer that sends a browser on with GET.
pub(crate) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        let row = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_code_is_found_among_other_cookies() {
        let code = Code::generate("jp");
        let line = format!("lang=ja; enishi_code={} ;x=y", code.reveal());
        let found = kept(&headers(&[("cookie", &line)])).unwrap();
        assert_eq!(found.hash(), code.hash());
        for (line, why) in [
            ("lang=ja", NoEntry::Missing),
            ("enishi_code=", NoEntry::Missing),
            ("enishi_code=jp-1", NoEntry::Unknown),
            ("xenishi_code=jp-1", NoEntry::Missing),
        ] {
            assert_eq!(kept(&headers(&[("cookie", line)])).unwrap_err(), why, "{line}");
        }
    }

    #[test]
    fn the_cookie_is_for_the_server_alone_and_secure_where_the_way_is() {
        let code = Code::generate("jp");
        let plain = keep(&code, &headers(&[]));
        assert!(plain.starts_with(&format!("enishi_code={}; Path=/; ", code.reveal())));
        assert!(plain.contains("; HttpOnly; SameSite=Lax") && !plain.contains("Secure"), "{plain}");
        let proxied = headers(&[("x-forwarded-proto", "http, https")]);
        assert!(keep(&code, &proxied).ends_with("; Secure"));
        assert!(forget(&proxied).starts_with("enishi_code=; Path=/; Max-Age=0; "));
    }

    #[test]
    fn a_link_leads_to_where_it_was_asked_for() {
        let own = |rows: &[(&'static str, &str)]| address(&headers(rows), "/enter/x");
        assert_eq!(own(&[("host", "192.0.2.1:8080")]), "http://192.0.2.1:8080/enter/x");
        let proxied = [("host", "pay.example"), ("x-forwarded-proto", "https")];
        assert_eq!(own(&proxied), "https://pay.example/enter/x");
        assert_eq!(own(&[("host", "a b\"<")]), "/enter/x");
        assert_eq!(own(&[]), "/enter/x");
    }

    #[test]
    fn a_form_of_another_site_is_known() {
        assert!(is_foreign(&headers(&[("sec-fetch-site", "cross-site")])));
        for own in ["same-origin", "none"] {
            assert!(!is_foreign(&headers(&[("sec-fetch-site", own)])));
        }
        assert!(!is_foreign(&headers(&[])));
    }
}
