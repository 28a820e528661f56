//! The pages of the sign-up and of the posters. Open to everybody.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, Path, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use economy::{Answer, Query as CellQuery};
use kernel::Ref;
use kernel::id::Store;
use serde::{Deserialize, Serialize};

use super::open::{Opened, open};
use super::{Fields, Ticket};
use crate::api::pay::posters::posters_of;
use crate::cells::Site;
use crate::edge::{Edge, SignUpAt};
use crate::http::form::read_form;
use crate::posters::{badges, card, marks, wallets_line};
use crate::problem::Problem;
use crate::referral;
use crate::session;
use crate::throttle;
use crate::web::text::Lang;
use crate::web::view::{self, Chrome, Format, PosterPage, ShopOpenPage, SignUpPage, Unit};
use crate::web::{error, poster as poster_markup, security_headers, sign_up as markup};

/// Nine fields of what people type are shorter.
const MOST_FORM: usize = 16 << 10;
/// The most banks or branches that are offered while one types.
const MOST_OFFERED: usize = 12;

/// What the pages are given.
#[derive(Clone)]
pub struct Counter {
    /// The edge over the cells.
    pub edge: Edge,
    /// Whether the pages say that this is a demonstration.
    pub demo: bool,
}

impl FromRef<Counter> for Edge {
    fn from_ref(counter: &Counter) -> Self {
        counter.edge.clone()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    ticket: String,
    name: String,
    latin_name: String,
    category: String,
    prefecture: String,
    city: String,
    bank: String,
    branch: String,
    account: String,
    holder: String,
}

impl Typed {
    fn fields(self) -> (String, Fields) {
        let Self { ticket, name, latin_name, category, prefecture, city, .. } = self;
        let Self { bank, branch, account, holder, .. } = self;
        let fields =
            Fields { name, latin_name, category, prefecture, city, bank, branch, account, holder };
        (ticket, fields)
    }
}

/// The sign-up, where it is open, and the posters of all stores.
pub fn router(counter: Counter) -> Router {
    Router::new()
        .route("/sign-up", get(form).post(sent))
        .route("/sign-up/check", post(check))
        .route("/poster/{store}", get(poster))
        .route("/{lang}/from/{word}", get(from))
        .layer(map_response(headers))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .with_state(counter)
}

async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

impl Counter {
    fn chrome(&self, lang: Lang, path: &str) -> Chrome {
        let path = path.to_owned();
        Chrome { lang, path, nav: None, whose: None, events: None, rate: None, demo: self.demo }
    }

    fn lost(&self, lang: Lang, path: &str, problem: &Problem) -> Response {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::NOT_FOUND);
        let page = error::locked(&self.chrome(lang, path), &shown(problem));
        (status, Html(page.into_string())).into_response()
    }

    async fn page(&self, lang: Lang) -> Result<(Arc<Site>, SignUpAt, SignUpPage), Problem> {
        let (site, at) = place(&self.edge)?;
        let fields = Fields::default();
        let category = pay::Category::Restaurant;
        let answer = site.ask(CellQuery::Fees(site.handle.now())).await?;
        let Answer::Fees(fees) = answer.value else { return Err(Problem::internal()) };
        let page = SignUpPage {
            chrome: self.chrome(lang, "/sign-up"),
            ticket: Ticket::generate().reveal().to_owned(),
            fields,
            wrong: Vec::new(),
            sent: false,
            problem: None,
            fee_bps: fees.map_or(0, |fees| fees.merchant(category)),
            unit: Unit::of_currency(at.currency),
        };
        Ok((site, at, page))
    }
}

fn shown(problem: &Problem) -> view::Problem {
    view::Problem { code: problem.code.to_owned(), sentence: Some(problem.detail.clone()) }
}

/// The cell in which shops sign up.
///
/// # Errors
/// `sign_up_closed`.
pub fn place(edge: &Edge) -> Result<(Arc<Site>, SignUpAt), Problem> {
    let at = edge.sign_up().cloned();
    let found = at.and_then(|at| Some((Arc::clone(edge.cells().named(&at.cell)?), at)));
    found.ok_or_else(|| {
        Problem::new("sign_up_closed", "No shop can sign up at this server; ask its operator.")
    })
}

async fn form(State(counter): State<Counter>, lang: Lang) -> Response {
    match counter.page(lang).await {
        Ok((_, _, page)) => Html(markup::page(&page).into_string()).into_response(),
        Err(problem) => counter.lost(lang, "/sign-up", &problem),
    }
}

async fn sent(
    State(counter): State<Counter>,
    lang: Lang,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Response {
    let typed = read_form::<Typed>(&body).unwrap_or_default();
    let (ticket, fields) = typed.fields();
    let (site, at, mut page) = match counter.page(lang).await {
        Ok(found) => found,
        Err(problem) => return counter.lost(lang, "/sign-up", &problem),
    };
    let known: Option<Ticket> = ticket.parse().ok();
    (page.fields, page.sent) = (fields, true);
    if let Some(ticket) = &known {
        page.ticket = ticket.reveal().to_owned();
    }
    let checked = match page.fields.check() {
        Ok(checked) => checked,
        Err(wrong) => {
            page.wrong = wrong;
            return unfit(&page, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    // Another site's page opens no shop in this browser.
    let Some(ticket) = known.filter(|_| !session::is_foreign(&headers)) else {
        let detail = "This form is not from this page; look over it and send it again.";
        page.problem = Some(shown(&Problem::new("sign_up_foreign", detail)));
        return unfit(&page, StatusCode::FORBIDDEN);
    };
    let opened = match throttle::openings(&counter.edge, &headers, &extensions) {
        Ok(()) => open(&site, at.currency, &ticket, &checked).await,
        Err(slowed) => Err(slowed),
    };
    match opened {
        Ok(settled) => counter.opened(lang, &headers, &checked.name, settled.value),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            if problem.code == "idempotency_key_reused" {
                // This form opened another shop before: the next sending opens this one.
                page.ticket = Ticket::generate().reveal().to_owned();
            }
            page.problem = Some(shown(&problem));
            unfit(&page, status)
        }
    }
}

fn unfit(page: &SignUpPage, status: StatusCode) -> Response {
    (status, Html(markup::page(page).into_string())).into_response()
}

impl Counter {
    fn opened(&self, lang: Lang, headers: &HeaderMap, name: &str, opened: Opened) -> Response {
        let cookie = opened.code.as_ref().map(|code| session::keep(code, headers));
        let code = opened.code.as_ref().map(|code| code.reveal());
        // A till of its own address: a phone and a till work in two tabs of one browser.
        let till = match (&code, self.demo) {
            (Some(code), true) => format!("/t/{code}"),
            _ => session::first_page(kernel::Role::Merchant).to_owned(),
        };
        let page = ShopOpenPage {
            chrome: self.chrome(lang, "/sign-up"),
            name: name.to_owned(),
            code,
            number: opened.number.map(|number| number.to_string()),
            account_shared: opened.account_shared,
            poster: format!("/poster/{}", opened.store),
            till,
        };
        let mut response = Html(markup::opened(&page).into_string()).into_response();
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// What is said of each field, and what may be meant by a name of a bank.
#[derive(Serialize)]
struct Checks {
    fields: std::collections::BTreeMap<&'static str, Told>,
    banks: Vec<Offer>,
    branches: Vec<Offer>,
}

#[derive(Serialize)]
struct Told {
    wrong: bool,
    text: String,
}

#[derive(Serialize)]
struct Offer {
    code: String,
    name: String,
}

/// Checks what was typed so far; nothing is kept.
async fn check(lang: Lang, body: Bytes) -> Json<Checks> {
    let (_, fields) = read_form::<Typed>(&body).unwrap_or_default().fields();
    let mut told = std::collections::BTreeMap::new();
    for field in FIELDS {
        let text = markup::note(lang, &fields, field).unwrap_or_default();
        told.insert(field, Told { wrong: false, text });
    }
    for wrong in fields.check().err().unwrap_or_default().iter().rev() {
        told.insert(wrong.field, Told { wrong: true, text: wrong.sentence(lang) });
    }
    let bank = fields.bank.trim();
    let banks = match bank.is_empty() {
        true => Vec::new(),
        false => banks::shipped().search(bank, MOST_OFFERED),
    };
    let branches = match fields.bank_of() {
        Ok(bank) => bank.search(fields.branch.trim(), MOST_OFFERED),
        Err(_) => Vec::new(),
    };
    let banks = banks.iter().map(|it| Offer { code: it.code.to_string(), name: it.name.clone() });
    let branches =
        branches.iter().map(|it| Offer { code: it.code.to_string(), name: it.name.clone() });
    Json(Checks { fields: told, banks: banks.collect(), branches: branches.collect() })
}

/// The fields of the form, in its order.
const FIELDS: [&str; 9] =
    ["name", "latin_name", "category", "prefecture", "city", "bank", "branch", "account", "holder"];

/// Which posters, and on what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    place: String,
    format: String,
    from: usize,
}

/// The most posters of one page.
const MOST_CARDS: usize = 48;

/// Where a referrer's link leads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Leads {
    to: Option<String>,
}

/// A referrer's link: the browser keeps who it came from, and opens what the link names.
async fn from(
    State(counter): State<Counter>,
    Path((lang, word)): Path<(String, String)>,
    Query(leads): Query<Leads>,
    headers: HeaderMap,
) -> Response {
    let lang = Lang::parse(&lang).unwrap_or(Lang::En);
    let to = leads.to.as_deref().unwrap_or("/open");
    let found = match referral::referrer(&counter.edge, &word).await {
        Ok((_, view)) if referral::may_open(to, &view.terms.opens) => Ok(view),
        Ok(_) => {
            let words = "The link leads to no page that its referrer may open.";
            Err(Problem::new("link_unfit", words))
        }
        Err(problem) => Err(problem),
    };
    match found {
        Ok(view) => {
            let kept = referral::keep(&view.terms.word, &headers);
            let to = crate::web::parts::link(lang, to);
            ((StatusCode::SEE_OTHER), [(header::SET_COOKIE, kept), (header::LOCATION, to)])
                .into_response()
        }
        Err(problem) => counter.lost(lang, "/", &problem),
    }
}

/// A store's posters, as a page or as a picture.
async fn poster(
    State(counter): State<Counter>,
    lang: Lang,
    Path(asked): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let (text, as_picture) = match asked.strip_suffix(".svg") {
        Some(store) => (store, true),
        None => (asked.as_str(), false),
    };
    let path = format!("/poster/{text}");
    match poster_of(&counter.edge, lang, text, &wanted).await {
        Ok(page) => match page.cards.first().filter(|_| as_picture) {
            Some(card) => {
                let kind = HeaderValue::from_static("image/svg+xml");
                let picture = poster_markup::svg(&page, card).into_string();
                ([(header::CONTENT_TYPE, kind)], picture).into_response()
            }
            None => Html(poster_markup::page(&page).into_string()).into_response(),
        },
        Err(problem) => counter.lost(lang, &path, &problem),
    }
}

async fn poster_of(
    edge: &Edge,
    lang: Lang,
    text: &str,
    wanted: &Wanted,
) -> Result<PosterPage, Problem> {
    let refused = |refusal| move || Problem::refused(&economy::Refusal::from(refusal));
    let unknown = refused(pay::Refusal::StoreNotFound);
    let store: Ref<Store> = text.parse().map_err(|_| unknown())?;
    let site =
        edge.cells().numbered(store.cell).ok_or_else(refused(pay::Refusal::StoreNotFound))?;
    let answer = site.ask(CellQuery::Look(store, None, None)).await?;
    let Answer::Look(view) = answer.value else { return Err(Problem::internal()) };
    let known = posters_of(site, store).await?.value;
    let marks = marks(edge, site, &known, view.currency).await?;
    let badges = badges(&marks);
    let of = |place| card(site, &view, &known, place, &badges);
    let (mut cards, mut next) = (Vec::new(), None);
    match wanted.place.as_str() {
        "" => cards.push(of(None)?),
        "all" => {
            let rest = known.places.iter().skip(wanted.from);
            for place in rest.take(MOST_CARDS) {
                cards.push(of(Some(place))?);
            }
            let through = wanted.from.saturating_add(cards.len());
            next = (through < known.places.len()).then_some(through);
        }
        number => {
            let place = known.places.iter().find(|place| place.number.to_string() == number);
            cards.push(of(Some(place.ok_or_else(refused(pay::Refusal::PlaceWithdrawn))?))?);
        }
    }
    Ok(PosterPage {
        lang,
        path: format!("/poster/{store}"),
        which: wanted.place.clone(),
        format: Format::of_word(&wanted.format),
        cards,
        open: view.open,
        places: !known.places.is_empty(),
        next,
        wallets: wallets_line(&marks),
    })
}
