//! What the operator of a cell looks at and does: figures, payments, cells and corridor.
//!
//! The API ([`crate::api::operator`]) and the page at `/o/{token}` ask the same functions, so that
//! both say the same. The token is a sign-in code of an operator, or `me` for the one that this
//! device keeps ([`crate::session`]).
//!
//! **Invariants.** Figures and lists are read from the views and decide nothing. What the page
//! changes goes the way of every command, with the operator as its actor and the form's key, so
//! that a form sent twice is done once. A page shows the session's own cell; a demonstration names
//! the operators of both of its cells, and shows both.
//!
//! **Absent.** No right that an API key of the same operator would not have; no markup.

mod act;
mod agree;
mod bank_files;
mod banking;
mod connectors;
pub mod days;
mod decide;
mod detail;
pub mod figures;
pub mod file;
pub mod insight;
mod list;
mod live;
mod now;
mod page;
mod partners;
mod referrers;
mod review;
mod sales;
pub mod search;
mod settlement;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kernel::{Actor, Currency, Role, Timestamp};
use maud::Markup;
use tokio::sync::Semaphore;
use views::Views;

use crate::cells::{Site, now};
use crate::edge::Edge;
use crate::problem::Problem;
use crate::session::Session;
use crate::web::security_headers;
use crate::web::text::Lang;
use crate::web::view::{self, Amount, Chrome, Nav, NavItem, Shore, Unit, Zone};

/// A form is shorter.
const MOST_FORM: usize = 8 << 10;
/// The most pages that listen at a time.
const MOST_PAGES: usize = 100;

/// What the operator's pages are given.
pub struct BoardConfig {
    /// The edge over the cells.
    pub edge: Edge,
    /// Each cell's name with the currency that it is named by, in the order they are shown.
    pub cells: Vec<(String, Currency)>,
    /// The names of the cells whose wallets pay over a bridge.
    pub payers: Vec<String>,
    /// In a demonstration the operators of its cells, by cell: whoever has the window of one looks
    /// at all of them. Empty elsewhere.
    pub together: Vec<(String, Actor)>,
    /// The other windows of a demonstration: wallet and till.
    pub windows: Option<(String, String)>,
}

struct Parted {
    config: BoardConfig,
    since: Timestamp,
    agree: agree::Agree,
    room: Arc<Semaphore>,
}

/// The operator's pages. Cheap to clone.
#[derive(Clone)]
pub struct Board(Arc<Parted>);

impl FromRef<Board> for Edge {
    fn from_ref(board: &Board) -> Self {
        board.0.config.edge.clone()
    }
}

/// A cell that a page may look at, with the operator who does.
#[derive(Clone)]
struct Watched {
    site: Arc<Site>,
    views: Option<Views>,
    actor: Actor,
    unit: Unit,
    currency: Currency,
    shore: Shore,
    zone: Zone,
}

/// Who looks: an operator's session and the cells that it shows.
struct Desk {
    board: Board,
    session: Session,
    cells: Vec<Watched>,
    lang: Lang,
    fragment: bool,
    /// When the request came.
    began: Instant,
}

impl FromRequestParts<Board> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, board: &Board) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, board).await?;
        let session = session.acting_as(Role::Operator, parts).map_err(|refusal| *refusal)?;
        let cells = board.watched(&session);
        Ok(Self {
            board: board.clone(),
            session,
            cells,
            lang: Lang::of_request(&parts.uri, &parts.headers),
            fragment: parts.headers.contains_key("x-fragment"),
            began: Instant::now(),
        })
    }
}

impl Board {
    /// The pages of these cells.
    pub fn new(config: BoardConfig) -> Self {
        Self(Arc::new(Parted {
            config,
            since: now(),
            agree: agree::Agree::default(),
            room: Arc::new(Semaphore::new(MOST_PAGES)),
        }))
    }

    fn edge(&self) -> &Edge {
        &self.0.config.edge
    }

    fn watched(&self, session: &Session) -> Vec<Watched> {
        let config = &self.0.config;
        let own = session.site.name();
        let together =
            config.together.iter().any(|(cell, actor)| cell == own && *actor == session.actor);
        let actor_in = |cell: &str| match together {
            true => config.together.iter().find(|(name, _)| name == cell).map(|(_, actor)| *actor),
            false => (cell == own).then_some(session.actor),
        };
        let cells = config.cells.iter().filter_map(|(name, currency)| {
            let (site, actor) = (config.edge.cells().named(name)?.clone(), actor_in(name)?);
            Some(Watched {
                views: config.edge.lists().and_then(|lists| lists.views(name)),
                actor,
                unit: Unit::of_currency(*currency),
                currency: *currency,
                shore: if config.payers.contains(name) { Shore::From } else { Shore::To },
                zone: zone(&site.country),
                site,
            })
        });
        cells.collect()
    }
}

impl Desk {
    /// The cell that is asked for; else the seller's, else the first. There is always one: the
    /// session's own.
    fn chosen(&self, asked: Option<&str>) -> Result<&Watched, Problem> {
        let named = asked.and_then(|name| self.cells.iter().find(|it| it.site.name() == name));
        let sells = || self.cells.iter().find(|it| it.shore == Shore::To);
        named.or_else(sells).or(self.cells.first()).ok_or_else(Problem::internal)
    }

    fn base(&self) -> &str {
        &self.session.base
    }

    /// How far the page knows its cells, added up: as no position ever falls, a larger sum later
    /// means that something happened since.
    fn seen(&self) -> u64 {
        let known = self.cells.iter().map(|cell| {
            let durable = cell.site.handle.durable();
            cell.views.as_ref().map_or(durable, |views| views.position().min(durable))
        });
        known.sum()
    }

    /// What stands around a page that stays as it is: what is typed there is not to go because
    /// something was paid.
    fn still_chrome(&self, path: &str) -> Chrome {
        Chrome { events: None, ..self.chrome(path) }
    }

    /// What stands around a page that is shown anew when something happens.
    fn chrome(&self, path: &str) -> Chrome {
        let config = &self.board.0.config;
        let nav = config.windows.as_ref().map(|(wallet, till)| Nav {
            current: NavItem::Operator,
            wallet: wallet.clone(),
            till: till.clone(),
            operator: Some(self.base().to_owned()),
        });
        Chrome {
            lang: self.lang,
            path: path.to_owned(),
            nav,
            whose: None,
            events: Some(format!("{}/events?seen={}", self.base(), self.seen())),
            rate: None,
            demo: config.windows.is_some(),
        }
    }

    /// Sends a plain request for a part to its page.
    fn back(&self, query: &str) -> Response {
        let to = format!("{}?{query}&lang={}", self.base(), self.lang.tag());
        see_other(&to)
    }
}

/// The pages, mounted beside the others.
pub fn router(board: Board) -> Router {
    Router::new()
        .route("/o/{token}", get(page::page))
        .route("/o/{token}/now", get(now::fragment))
        .route("/o/{token}/agree", get(agree::fragment))
        .route("/o/{token}/figures", get(sales::fragment))
        .route("/o/{token}/figures.csv", get(sales::csv))
        .route("/o/{token}/insight", get(insight::page))
        .route("/o/{token}/insight.csv", get(insight::csv))
        .route("/o/{token}/payments", get(list::fragment))
        .route("/o/{token}/payments.csv", get(list::csv))
        .route("/o/{token}/pay/{payment}", get(detail::page))
        .route("/o/{token}/top-up", post(act::top_up))
        .route("/o/{token}/nostro", post(act::nostro))
        .route("/o/{token}/link", post(act::link))
        .route("/o/{token}/review", get(review::page).post(review::decide))
        .route("/o/{token}/decide", get(decide::page).post(decide::decide))
        .route("/o/{token}/bank-files", get(bank_files::page).post(bank_files::make))
        .route("/o/{token}/bank-files/tonight", get(bank_files::tonight))
        .route("/o/{token}/bank-files/list", get(bank_files::list))
        .route("/o/{token}/bank-files/{file}", get(bank_files::file).post(bank_files::end))
        .route("/o/{token}/bank-files/{file}/approve", post(bank_files::approve))
        .route("/o/{token}/bank-files/{file}/approve/sign", post(bank_files::sign))
        .route("/o/{token}/bank-files/{file}/content", get(bank_files::content))
        .route("/o/{token}/bank/{line}", get(banking::line).post(banking::decide))
        .route("/o/{token}/settlement", get(settlement::page).post(settlement::decide))
        .route("/o/{token}/settlement/approve", post(settlement::approve))
        .route("/o/{token}/settlement/{link}/{day}", get(settlement::day))
        .route("/o/{token}/settlement/{link}/{day}/statement.json", get(settlement::file))
        .route("/o/{token}/settlement/{link}/{day}/entries.csv", get(settlement::entries))
        .route("/o/{token}/partners", get(partners::page).post(partners::agree))
        .route("/o/{token}/partners/suspend", post(partners::suspend))
        .route("/o/{token}/partners/{partner}/{day}", get(partners::day))
        .route("/o/{token}/partners/{partner}/{day}/ours.csv", get(partners::ours))
        .route("/o/{token}/partners/{partner}/{day}/theirs.csv", get(partners::theirs))
        .route("/o/{token}/referrers", get(referrers::page).post(referrers::set))
        .route("/o/{token}/connectors", get(connectors::page).post(connectors::decide))
        .route("/o/{token}/safe.csv", get(banking::safe_csv))
        .route("/o/{token}/events", get(live::stream))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .route(
            "/o/{token}/bank",
            get(banking::page)
                .post(banking::take_in)
                .layer(DefaultBodyLimit::max(banking::MOST_STATEMENT)),
        )
        .layer(map_response(headers))
        .with_state(board)
}

async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

fn html(markup: &Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], markup.0.clone()).into_response()
}

fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// The clock of a country's people.
pub(crate) fn zone(country: &str) -> Zone {
    Zone(match country {
        "JP" => "Asia/Tokyo",
        "CN" => "Asia/Shanghai",
        _ => "Etc/UTC",
    })
}

/// The language of the names that a cell's stores give themselves.
fn own_language(site: &Site) -> &'static str {
    match site.language.as_str() {
        "JA" => "ja",
        "ZH" => "zh-CN",
        _ => "en",
    }
}

fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn amount(minor: u64, currency: Currency) -> Amount {
    Unit::of_currency(currency).of(i64::try_from(minor).unwrap_or(i64::MAX))
}

/// A problem as a page shows it.
fn told(problem: &Problem) -> view::Problem {
    view::Problem { code: problem.code.to_owned(), sentence: Some(problem.detail.clone()) }
}

/// A problem as an answer of its own.
fn failed(desk: &Desk, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let chrome = desk.still_chrome(desk.base());
    (status, html(&crate::web::error::page(&chrome, &told(problem)))).into_response()
}

/// Asks a cell's views where waiting is allowed.
async fn read<T: Send + 'static>(
    cell: &Watched,
    question: impl FnOnce(&Views) -> Result<T, views::ViewsError> + Send + 'static,
) -> Result<T, Problem> {
    let unavailable = || Problem::new("lists_not_available", "Lists are being rebuilt.");
    let views = cell.views.clone().ok_or_else(unavailable)?;
    match tokio::task::spawn_blocking(move || question(&views)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => {
            tracing::error!(%why, "a view can't be read");
            Err(unavailable())
        }
        Err(_) => Err(Problem::internal()),
    }
}
