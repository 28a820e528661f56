//! Tells an open page that something changed: at most once a second, and when nothing happens,
//! nothing.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::select_all;
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Board, Desk, Watched};
use crate::session::Session;
use crate::web::view::StepEvent;

/// Between two messages.
const BETWEEN: Duration = Duration::from_secs(1);
/// How long lists may need to know what happened.
const PATIENCE: Duration = Duration::from_secs(1);

struct Listening {
    board: Board,
    session: Session,
    cells: Vec<Watched>,
    heads: Vec<watch::Receiver<u64>>,
    _room: OwnedSemaphorePermit,
}

/// The stream of a page. What happened after the page was made, and before it listened, is told at
/// once.
pub(super) async fn stream(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    let Ok(room) = Arc::clone(&desk.board.0.room).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    if desk.cells.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let heads = desk.cells.iter().map(|cell| cell.site.handle.feed().watch());
    let mut heads: Vec<watch::Receiver<u64>> = heads.collect();
    let seen = query.get("seen").and_then(|seen| seen.parse::<u64>().ok());
    let newest = desk.cells.iter().map(|cell| cell.site.handle.durable()).sum();
    if seen.is_none_or(|seen| seen < newest) {
        heads.iter_mut().for_each(watch::Receiver::mark_changed);
    }
    let Desk { board, session, cells, .. } = desk;
    let listening = Listening { board, session, cells, heads, _room: room };
    let events = unfold(listening, |mut listening| async move {
        let event = listening.next().await?;
        Some((Ok::<_, Infallible>(event), listening))
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    Sse::new(events).keep_alive(alive).into_response()
}

impl Listening {
    /// Waits until something was made durable, and its lists know it; none when the server stops,
    /// or the session was ended.
    async fn next(&mut self) -> Option<Event> {
        tokio::time::sleep(BETWEEN).await;
        let edge = self.board.edge().clone();
        {
            let changed = self.heads.iter_mut().map(|head| Box::pin(head.changed()));
            tokio::select! {
                (changed, _, _) = select_all(changed) => changed.ok()?,
                () = edge.stopping() => return None,
            }
        }
        if !self.session.is_live() {
            return None;
        }
        for (cell, head) in self.cells.iter().zip(&mut self.heads) {
            let position = *head.borrow_and_update();
            if let Some(views) = &cell.views
                && views.stale_at(position, PATIENCE).await
            {
                // Told as far as it is known, and once more when the lists have caught up.
                head.mark_changed();
            }
        }
        let event = StepEvent { step: "figures", ..StepEvent::default() };
        Event::default().json_data(&event).ok()
    }
}
