//! The pages of `serve`: what this server is and where to go on, and the audit for who holds an
//! operator's key.
//!
//! **Invariants.** Without a key these pages tell no more than `/readyz` does. An API key that is
//! typed is used for that one request: no cookie keeps it, and it stands in no address.
//!
//! **Absent.** Wallets and tills: they have pages of their own, for whoever has a sign-in code
//! ([`crate::desk`]).

mod audit;
mod index;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Currency;
use maud::Markup;

use crate::board::{Board, BoardConfig};
use crate::edge::Edge;
use crate::enter::{self, Door};
use crate::sign_up::{self, page::Counter};
use crate::web::text::Lang;
use crate::web::view::{Chrome, Shore, Unit};
use crate::web::{assets, security_headers};

/// A key and the name of its field are shorter.
const MOST_FORM: usize = 4 << 10;

/// What the pages are given.
pub struct FrontConfig {
    /// The edge over the cells.
    pub edge: Edge,
    /// Each cell's name with the currency that it is named by, in the order they are shown.
    pub cells: Vec<(String, Currency)>,
    /// The names of the cells whose wallets pay over a bridge.
    pub payers: Vec<String>,
    /// `http://localhost:8080`.
    pub address: String,
}

impl FrontConfig {
    fn face(&self, cell: &str) -> (Unit, Shore) {
        let known = self.cells.iter().find(|(name, _)| name == cell);
        let unit = known.map_or(Unit { code: "", exponent: 0 }, |it| Unit::of_currency(it.1));
        let pays = self.payers.iter().any(|name| name == cell);
        (unit, if pays { Shore::From } else { Shore::To })
    }
}

/// The pages and their assets.
pub fn router(config: FrontConfig) -> Router {
    let counter = Counter { edge: config.edge.clone(), demo: false };
    let board = Board::new(BoardConfig {
        edge: config.edge.clone(),
        cells: config.cells.clone(),
        payers: config.payers.clone(),
        together: Vec::new(),
        windows: None,
    });
    let door = Door { edge: config.edge.clone(), demo: false };
    Router::new()
        .route("/", get(index::page))
        .route("/audit", get(audit::door).post(audit::page))
        .layer(map_response(headers))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .with_state(Arc::new(config))
        .merge(enter::router(door))
        .merge(sign_up::page::router(counter))
        .merge(assets::router())
        .merge(crate::board::router(board))
}

async fn headers(mut response: Response) -> Response {
    security_headers(response.headers_mut());
    response
}

fn html(markup: &Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], markup.0.clone()).into_response()
}

fn chrome(lang: Lang, path: &str) -> Chrome {
    let path = path.to_owned();
    Chrome { lang, path, nav: None, whose: None, events: None, rate: None, demo: false }
}
