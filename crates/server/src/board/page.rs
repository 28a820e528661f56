//! The operator's page, whole.

use std::collections::HashMap;

use axum::extract::Query;
use axum::response::Response;

use super::{Desk, Watched, failed, html, micros, now};
use crate::cells::now as wall;
use crate::code::Code;
use crate::web::board as markup;
use crate::web::view::{BoardFailed, BoardLink, BoardOperate, BoardPage, Unit};

/// How long the page waits for its lists after something was done.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
/// What a form can have done.
const DONE: [&str; 4] = ["topped-up", "nostro", "frozen", "reopened"];

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    whole(&desk, &query, None).await
}

/// The page, perhaps with a form that failed.
pub(super) async fn whole(
    desk: &Desk,
    query: &HashMap<String, String>,
    form: Option<BoardFailed>,
) -> Response {
    let cell = match desk.chosen(query.get("cell").map(String::as_str)) {
        Ok(cell) => cell,
        Err(problem) => return failed(desk, &problem),
    };
    let done = query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word));
    if done.is_some()
        && let Some(views) = &cell.views
    {
        views.stale_at(cell.site.handle.durable(), PATIENCE).await;
    }
    let other = desk.cells.iter().find(|it| it.site.name() != cell.site.name());
    let name = cell.site.name().to_owned();
    let page = BoardPage {
        chrome: desk.chrome(&format!("{}?cell={name}", desk.base())),
        base: desk.base().to_owned(),
        at: micros(wall()),
        zones: (cell.zone, other.map_or(cell.zone, |it| it.zone)),
        agreement: desk.agreement(cell.zone),
        cells: desk.cells.iter().map(|it| (it.site.name().to_owned(), it.unit)).collect(),
        cell: name,
        done,
        now: desk.now().await,
        figures: desk.figures(cell, query).await,
        payments: desk.payments(cell, query).await,
        operate: desk.operate(cell, form).await,
    };
    let rendered = html(&markup::page(&page));
    tracing::debug!(took = ?desk.began.elapsed(), "the operator's page");
    rendered
}

impl Desk {
    async fn operate(&self, cell: &Watched, failed: Option<BoardFailed>) -> BoardOperate {
        let links = now::links(cell).await.into_iter().zip(0_u8..).map(|(view, number)| {
            let nostro = view.nostro.and_then(|(_, _, code)| code.parse().ok());
            BoardLink {
                number,
                peer: view.link.name,
                frozen: view.link.frozen.is_some(),
                nostro: nostro.map(Unit::of_currency),
            }
        });
        BoardOperate {
            base: self.base().to_owned(),
            cell: cell.site.name().to_owned(),
            unit: cell.unit,
            links: links.collect(),
            key: Code::generate("form").reveal(),
            failed,
        }
    }
}
