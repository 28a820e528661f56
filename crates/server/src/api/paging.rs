//! Pages of lists: cursors, positions, and how long a list waits for its view.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use views::{Views, ViewsError};

use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::Told;
use crate::lists::{Cursor, Lists, ListsError, MAX_LIMIT, Page};
use crate::outcome::Settled;
use crate::problem::Problem;

/// How long a list waits for its view.
const PATIENCE: Duration = Duration::from_secs(1);

/// The query of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// The most lines, 1 to 200; 50 when left out.
    pub limit: Option<u32>,
    /// `<cell>:<position>` of a reply that must be in it: waits up to a second for that, else
    /// the page says `stale`.
    #[param(example = "jp:1042")]
    pub at_least: Option<String>,
}

/// Where a page stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed {
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The position that the list rests on.
    pub position: u64,
    /// Whether it is older than what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub stale: bool,
}

impl Listed {
    /// A reply at the page's position.
    pub fn told<T>(self, caller: &Caller, make: impl FnOnce(Self) -> T) -> Told<T> {
        let position = self.position;
        Told::ok(Settled {
            value: make(self),
            cell: caller.cell().to_owned(),
            position,
            repeated: false,
        })
    }
}

impl PageQuery {
    /// The cursor and the limit.
    ///
    /// # Errors
    /// A cursor that was not handed out, a limit out of range.
    pub fn bounds(&self) -> Result<(Option<Cursor>, u32), Problem> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let detail = format!("A page has 1 to {MAX_LIMIT} lines; ask for fewer.");
            return Err(Problem::new("query_invalid", detail));
        }
        let cursor = self.cursor.as_deref().map(read_cursor).transpose()?;
        Ok((cursor, limit))
    }

    fn awaited(&self, caller: &Caller) -> Result<u64, Problem> {
        awaited(self.at_least.as_deref(), caller)
    }
}

fn awaited(at_least: Option<&str>, caller: &Caller) -> Result<u64, Problem> {
    let Some(text) = at_least else { return Ok(0) };
    let of_cell = text.strip_prefix(caller.cell()).and_then(|rest| rest.strip_prefix(':'));
    of_cell.and_then(|position| position.parse().ok()).ok_or_else(|| {
        let cell = caller.cell();
        let detail = format!("at_least is a position of your cell, such as {cell}:42.");
        Problem::new("query_invalid", detail)
    })
}

/// A cursor as it is handed out.
pub fn cursor_text(cursor: Cursor) -> String {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&cursor[0].to_be_bytes());
    bytes[8..].copy_from_slice(&cursor[1].to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let bytes: Option<[u8; 16]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let number = u128::from_be_bytes(bytes.ok_or_else(|| {
        let detail = "This cursor was not handed out here; begin at the first page.";
        Problem::new("cursor_invalid", detail)
    })?);
    Ok([(number >> 64) as u64, number as u64])
}

/// Reads a list where waiting is allowed, once its view has come far enough or a second has
/// passed; says whether it is stale.
///
/// # Errors
/// When there are no views, or they can't be read.
pub async fn listed<T: Send + 'static>(
    edge: &Edge,
    caller: &Caller,
    query: &PageQuery,
    read: impl FnOnce(&dyn Lists) -> Result<Page<T>, ListsError> + Send + 'static,
) -> Result<(Page<T>, bool), Problem> {
    let lists = edge.lists().ok_or_else(unavailable)?;
    let awaited = query.awaited(caller)?;
    reached(lists.as_ref(), caller, awaited).await;
    let lists = Arc::clone(lists);
    let page = tokio::task::spawn_blocking(move || read(lists.as_ref())).await;
    match page {
        Ok(Ok(page)) => {
            let stale = page.position < awaited;
            Ok((page, stale))
        }
        Ok(Err(why)) => {
            tracing::error!(%why, "a list can't be read");
            Err(unavailable())
        }
        Err(_) => Err(Problem::internal()),
    }
}

pub(crate) fn unavailable() -> Problem {
    Problem::new(
        "lists_not_available",
        "Lists are being rebuilt; single wallets and payments can be asked for meanwhile.",
    )
}

/// Waits until a cell's views know a group, for a second at most.
async fn reached(lists: &dyn Lists, caller: &Caller, awaited: u64) {
    let until = Instant::now() + PATIENCE;
    while lists.position(caller.cell()) < awaited && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The same for what is asked of the views themselves: the answer, the position it rests on, and
/// whether that is stale.
///
/// # Errors
/// When there are no views, or they can't be read; the problem that `read` finds.
pub async fn viewed<T: Send + 'static>(
    edge: &Edge,
    caller: &Caller,
    at_least: Option<&str>,
    read: impl FnOnce(&Views) -> Result<Result<T, Problem>, ViewsError> + Send + 'static,
) -> Result<(T, u64, bool), Problem> {
    let lists = edge.lists().ok_or_else(unavailable)?;
    let views = lists.views(caller.cell()).ok_or_else(unavailable)?;
    let awaited = awaited(at_least, caller)?;
    reached(lists.as_ref(), caller, awaited).await;
    let position = views.position();
    match tokio::task::spawn_blocking(move || read(&views)).await {
        Ok(Ok(found)) => Ok((found?, position, position < awaited)),
        Ok(Err(why)) => {
            tracing::error!(%why, "a view can't be read");
            Err(unavailable())
        }
        Err(_) => Err(Problem::internal()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_others_do_not() {
        for cursor in [[0, 0], [1, u64::MAX], [u64::MAX, 7]] {
            assert_eq!(read_cursor(&cursor_text(cursor)).unwrap(), cursor);
        }
        for text in ["", "abc", "AAAA", "é", &"A".repeat(50)] {
            assert_eq!(read_cursor(text).unwrap_err().code, "cursor_invalid", "{text}");
        }
    }
}
