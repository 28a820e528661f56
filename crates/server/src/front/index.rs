//! What this server is.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{FrontConfig, chrome, html};
use crate::web::front;
use crate::web::text::Lang;
use crate::web::view::{FrontCell, FrontPage};

/// The first page.
pub(super) async fn page(State(config): State<Arc<FrontConfig>>, lang: Lang) -> Response {
    let cells = config.edge.cells();
    let cells = config.cells.iter().map(|(name, _)| {
        let (unit, shore) = config.face(name);
        let ready = cells.named(name).is_some_and(|site| site.handle.ready());
        FrontCell { name: name.clone(), unit, shore, ready }
    });
    let page = FrontPage {
        chrome: chrome(lang, "/"),
        cells: cells.collect(),
        sign_up: config.edge.sign_up().is_some(),
        curl: format!("curl -H \"Authorization: Bearer $KEY\" {}/v1/me", config.address),
    };
    html(&front::page(&page))
}
