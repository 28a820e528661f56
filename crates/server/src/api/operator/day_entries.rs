//! The entries of a settled day, as a table.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use kernel::Currency;
use pay::SettlementView;
use pay::state::SettledDay;

use super::settlement::{day_name, found, sides};
use crate::api::paging::unavailable;
use crate::api::values::Moment;
use crate::authorize::Caller;
use crate::edge::Edge;
use crate::http::{PathIds, csv};
use crate::problem::Problem;

/// So many entries are read at once.
const ENTRIES: u32 = 10_000;

/// The entries of a day as a table
///
/// One row for each movement, in the order of the keeper's messages.
#[utoipa::path(
    get, path = "/v1/links/{link}/days/{day}/entries.csv", tag = "operator",
    params(
        ("link" = u8, Path, description = "The link's number"),
        ("day" = String, Path, description = "The date, as `2026-11-02`; a later part as `2026-11-02-2`"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn entries_csv(
    State(edge): State<Edge>,
    caller: Caller,
    PathIds(number, name): PathIds<u8, String>,
) -> Result<Response, Problem> {
    let (view, date, part) = found(&caller, number, &name).await?.value;
    let views = edge.lists().and_then(|lists| lists.views(caller.cell()));
    let views = views.ok_or_else(unavailable)?;
    let own = caller.cell().to_owned();
    entries_file(views, &own, &view, (date, part))
}

/// One nostro's part of a file of entries that is still to be read.
struct Ahead {
    side: (u8, bool),
    keeper: String,
    currency: Currency,
    after: u64,
    through: u64,
}

/// The entries of a day, read while they are sent.
pub(crate) fn entries_file(
    views: views::Views,
    own: &str,
    view: &SettlementView,
    (date, part): (u32, u8),
) -> Result<Response, Problem> {
    let header = ["keeper", "message", "at", "payment", "kind", "amount", "balance", "currency"];
    let first = csv::Table::new(&header)?.bytes()?;
    let mut ahead: Vec<Ahead> = Vec::new();
    for half in &view.halves {
        let is_it = |it: &&SettledDay| (it.day.date, it.day.part) == (date, part);
        if let Some(known) = half.days.iter().find(is_it) {
            ahead.push(Ahead {
                side: (view.link, half.keeper),
                keeper: sides(own, view, half)[0].to_owned(),
                currency: half.currency,
                after: known.day.sent_after,
                through: known.day.sent_through,
            });
        }
    }
    ahead.reverse();
    let rest = stream::try_unfold((views, ahead), |(views, mut ahead)| async move {
        let Some(mut next) = ahead.pop() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || {
            let rows = views.nostro_entries(next.side, (next.after, next.through), ENTRIES);
            (views, rows.map(|rows| (rows, next)))
        });
        let (views, read) = read.await.map_err(std::io::Error::other)?;
        let (rows, known) = read.map_err(std::io::Error::other)?;
        next = known;
        let bytes = rows_of(&next, &rows).map_err(|_| std::io::Error::other("a table"))?;
        if rows.len() == ENTRIES as usize
            && let Some(last) = rows.last()
        {
            next.after = last.number;
            ahead.push(next);
        }
        Ok::<_, std::io::Error>(Some((Bytes::from(bytes), (views, ahead))))
    });
    let first = stream::once(async move { Ok::<_, std::io::Error>(Bytes::from(first)) });
    let body = Body::from_stream(futures_util::StreamExt::chain(first, rest));
    let name = format!("settlement-{own}-{}-{}.csv", view.name, day_name(date, part));
    let name = format!("attachment; filename=\"{name}\"");
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).map_err(|_| Problem::internal())?,
    );
    Ok(response)
}

fn rows_of(of: &Ahead, rows: &[views::NostroEntry]) -> Result<Vec<u8>, Problem> {
    let mut table = csv::Table::bare();
    for row in rows {
        table.row([
            of.keeper.clone(),
            row.number.to_string(),
            Moment(row.at).to_string(),
            row.payment.map(|payment| payment.to_string()).unwrap_or_default(),
            row.kind.clone(),
            csv::decimal(row.amount, of.currency),
            csv::decimal(row.balance, of.currency),
            of.currency.code().to_owned(),
        ])?;
    }
    table.bytes()
}
