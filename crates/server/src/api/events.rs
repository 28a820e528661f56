//! Server-sent events: what happens to what is the caller's own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use pay::event::Event as Fact;
use serde_json::{Map, Value, json};

use crate::api::values::Moment;
use crate::authorize::{Caller, ShownKey};
use crate::cells::now;
use crate::edge::Edge;
use crate::http::asked::once;
use crate::http::told::position_header;
use crate::problem::Problem;
use crate::stream::{Cursor, EventId, Released};

/// What happens, as it becomes durable
///
/// Server-sent events: the payments of the caller's own wallets and stores; everything in the
/// cell for its operator. `id` is `<cell>:<position>.<index>`; a reader that comes back sends
/// the last one as `Last-Event-ID` and misses nothing: at least the cell's newest 100,000 events are
/// kept. One that is older is answered `410` with the cursor to go on from once the lists are read. A comment comes every 15 seconds when nothing happens.
/// The stream ends when the key does.
#[utoipa::path(
    get, path = "/v1/events", tag = "pay",
    params((
        "Last-Event-ID" = Option<String>, Header,
        description = "The last event that was seen", example = "jp:1042.0"
    )),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = crate::problem::Problem,
            content_type = "application/problem+json"),
    )
)]
pub async fn events(
    State(edge): State<Edge>,
    caller: Caller,
    Extension(ShownKey(key)): Extension<ShownKey>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_seen(&caller, &headers)?;
    let room = edge.streams().room(key)?;
    let position = caller.site.stream.head();
    let site = Arc::clone(&caller.site);
    let lists = edge.lists().cloned();
    let cursor = Cursor::open(Arc::clone(&site), lists, caller.actor, after).await?;
    let events = stream::unfold((cursor, room), move |(mut cursor, room)| {
        let (site, edge) = (Arc::clone(&site), edge.clone());
        async move {
            let released = tokio::select! {
                released = cursor.next() => released?,
                () = edge.stopping() => return None,
            };
            // A key that was ended meanwhile hears nothing more.
            let live = site.keys.is_live(key, now());
            live.then(|| (Ok::<_, Infallible>(event(&released)), (cursor, room)))
        }
    });
    let heartbeat = KeepAlive::new().interval(Duration::from_secs(15)).text("still here");
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    position_header(response.headers_mut(), caller.cell(), position);
    Ok(response)
}

fn last_seen(caller: &Caller, headers: &HeaderMap) -> Result<Option<EventId>, Problem> {
    let shown = once(headers, "last-event-id");
    if shown == Ok(None) {
        return Ok(None);
    }
    let value = shown.ok().flatten();
    let read = value.and_then(|value| value.to_str().ok()).and_then(EventId::read);
    match read {
        Some((cell, id)) if cell == caller.cell() => Ok(Some(id)),
        _ => Err(Problem::new(
            "cursor_invalid",
            "Last-Event-ID stands once and is an id that this cell gave, such as jp:1042.0.",
        )),
    }
}

fn event(released: &Released) -> Event {
    let id = format!("{}:{}", released.cell, released.id);
    Event::default().id(id).event(released.name()).data(data(released).to_string())
}

/// What a fact tells, as JSON. No more than its kind needs: whose it is was judged before, but
/// each side of a payment is told its own leg only.
pub fn data(released: &Released) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        told.insert(name.to_owned(), value);
    };
    tell("event", released.name().into());
    tell("cell", (*released.cell).into());
    tell("position", released.id.position.into());
    tell("index", released.id.index.into());
    tell("record", released.record.into());
    tell("at", Moment(released.at).to_string().into());
    if let Some(payment) = released.payment {
        tell("payment", payment.to_string().into());
    }
    if let Some((number, message)) = released.sent {
        tell("sent", json!({ "number": number, "message": message }));
    }
    if let Some(number) = released.received {
        tell("received", json!({ "number": number }));
    }
    facts(&released.fact, &mut tell);
    Value::Object(told)
}

fn facts(fact: &Fact, tell: &mut impl FnMut(&str, Value)) {
    let until = |at: kernel::Timestamp| Value::from(Moment(at).to_string());
    match fact {
        Fact::PaymentRequested(f) => {
            tell("amount", f.amount.into());
            tell("deadline", until(f.deadline));
        }
        Fact::QuoteMade(f) => {
            tell("quote", f.quote.to_string().into());
            tell("amount", f.amount.into());
            tell("total", (f.principal + f.spread + f.fee).into());
            tell("expires", until(f.expires));
        }
        Fact::PaymentConfirmed(f) => {
            tell("amount", f.amount.into());
            tell("total", (f.principal + f.spread + f.fee).into());
            tell("store", f.store.to_string().into());
        }
        Fact::PaymentTaken(f) => tell("captured", f.total_so_far.into()),
        Fact::PaymentReturned(f) => {
            if let Some(reason) = f.reason {
                tell("declined", reason.code().into());
            }
        }
        Fact::RefundArrived(f) => {
            tell("refunded", f.total_so_far.into());
            tell("returned", f.returned.into());
        }
        Fact::RefundStranded(f) => {
            tell("refunded", f.total_so_far.into());
            tell("returned", f.returned.into());
        }
        Fact::SaleCaptured(f) => {
            tell("captured", f.amount.into());
            tell("merchant_fee", f.fee.into());
        }
        Fact::SaleHeld(f) => {
            tell("amount", f.amount.into());
            tell("deadline", until(f.deadline));
        }
        Fact::SalePartCaptured(f) => {
            tell("captured", f.total_so_far.into());
            if let Some(capture) = f.capture {
                tell("capture", capture.to_string().into());
            }
        }
        Fact::SaleDeclined(f) => {
            tell("amount", f.amount.into());
            tell("declined", f.reason.code().into());
        }
        Fact::PaidHere(f) => tell("captured", f.amount.into()),
        Fact::SaleRefunded(f) => {
            tell("refund", f.refund.to_string().into());
            tell("amount", f.amount.into());
            tell("refunded", f.total_so_far.into());
        }
        Fact::WalletOpened(f) => tell("wallet", f.wallet.to_string().into()),
        Fact::WalletToppedUp(f) => tell("amount", f.amount.into()),
        Fact::NostroToppedUp(f) => {
            tell("link", f.link.into());
            tell("amount", f.amount.into());
        }
        Fact::MirrorRaised(f) => {
            tell("link", f.link.into());
            tell("amount", f.amount.into());
        }
        Fact::MerchantRegistered(f) => tell("merchant", f.merchant.to_string().into()),
        Fact::StoreOpened(f) => tell("store", f.store.to_string().into()),
        Fact::Proposed(f) => {
            tell("proposal", f.proposal.to_string().into());
            tell("change", f.change.word().into());
        }
        Fact::ProposalApproved(f) => tell("proposal", f.proposal.to_string().into()),
        Fact::ProposalRejected(f) => tell("proposal", f.proposal.to_string().into()),
        Fact::RatesPublished(f) => {
            tell("source", f.source.as_str().into());
            tell("date", crate::api::values::Day(f.date).to_string().into());
        }
        _ => {}
    }
}
