//! What cells of other processes ask of the cells of this one. There are no keys of the API here: who
//! asks is known by the signature of the message (RFC 9421), and each answer is signed, too. A relay
//! and a look before paying come this way; the bodies are those of [`link::wire`].

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use corridor::{FreezeReason, Witness};
use economy::{Answer, Command, FreezeLink, LinkView, Query};
use kernel::id::Store;
use kernel::{Actor, Ref};
use link::wire::{
    self, AskLook, AskStanding, Delivery, Done, FIELD, MEDIA, MOST_ELSE, Operation, Seen, Stands,
    Stop,
};
use link::{End, Fault, Head, Met, Seal};

use crate::cells::Site;
use crate::edge::Edge;
use crate::http::body::was_too_slow;
use crate::problem::Problem;
use crate::throttle;

const CORRIDOR: HeaderName = HeaderName::from_static(FIELD);
const DIGEST: HeaderName = HeaderName::from_static("content-digest");
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// Where this side stands
#[utoipa::path(
    post, path = "/corridor/v1/standing", tag = "corridor", security(()),
    request_body(content_type = "application/cbor", content = Vec<u8>),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn standing(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Standing, request).await
}

/// Messages in order
///
/// Each is handled once, by its number, however often it comes.
#[utoipa::path(
    post, path = "/corridor/v1/deliver", tag = "corridor", security(()),
    request_body(content_type = "application/cbor", content = Vec<u8>),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn deliver(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Deliver, request).await
}

/// The other side saw what must not be
#[utoipa::path(
    post, path = "/corridor/v1/freeze", tag = "corridor", security(()),
    request_body(content_type = "application/cbor", content = Vec<u8>),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn freeze(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Freeze, request).await
}

/// What a store is, before it is paid
///
/// A question: nothing is journaled.
#[utoipa::path(
    post, path = "/corridor/v1/look", tag = "corridor", security(()),
    request_body(content_type = "application/cbor", content = Vec<u8>),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/cbor"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn look(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Look, request).await
}

async fn answered(edge: &Edge, operation: Operation, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = operation.path();
    let met = match edge.corridor().meet(&head(&parts)) {
        Ok(met) => met,
        Err(turned) => {
            // Whoever can't sign is slowed like anybody without a key.
            if let Err(problem) = throttle::by_address(edge, &parts.headers, &parts.extensions) {
                return problem.into_response();
            }
            return refusal(of_fault(&turned.fault).on(path), turned.seal.as_ref()).await;
        }
    };
    match done(edge, operation, &met, body).await {
        Ok(bytes) => {
            met.came(Ok(()));
            let kind = HeaderValue::from_static(MEDIA);
            let mut response = sealed(&met.seal, StatusCode::OK, bytes);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(problem) => refusal(problem.on(path), Some(&met.seal)).await,
    }
}

fn head(parts: &Parts) -> Head {
    let one = |name: &HeaderName| once(&parts.headers, name);
    Head {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        corridor: one(&CORRIDOR),
        digest: one(&DIGEST),
        input: one(&INPUT),
        signature: one(&SIGNATURE),
    }
}

/// A field that stands once.
fn once(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let one = values.next()?.to_str().ok()?.to_owned();
    values.next().is_none().then_some(one)
}

fn of_fault(fault: &Fault) -> Problem {
    Problem::new(fault.code, fault.detail.clone())
}

/// What the body asks for, done.
async fn done(
    edge: &Edge,
    operation: Operation,
    met: &Met,
    body: Body,
) -> Result<Vec<u8>, Problem> {
    let bytes = whole(body, operation.most()).await?;
    met.read(operation, &bytes).map_err(|fault| of_fault(&fault))?;
    let site = edge.cells().numbered(met.end.own.number).ok_or_else(Problem::internal)?;
    let malformed = |why: wire::Malformed| {
        let fault = Fault::ours("corridor_malformed", format!("{why}; compare the versions."));
        met.came(Err(&fault));
        of_fault(&fault)
    };
    match operation {
        Operation::Standing => {
            let asked: AskStanding = wire::read(&bytes).map_err(malformed)?;
            Ok(wire::write(&stands(site, &met.end, asked).await?))
        }
        Operation::Deliver => {
            let delivery: Delivery = wire::read(&bytes).map_err(malformed)?;
            handle(site, met, delivery).await
        }
        Operation::Freeze => {
            let stop: Stop = wire::read(&bytes).map_err(malformed)?;
            let link = number(site, &met.end).await?;
            let freeze = FreezeLink { link, reason: stop.reason() };
            taken(site, met, vec![Command::FreezeLink(freeze)]).await
        }
        Operation::Look => {
            let asked: AskLook = wire::read(&bytes).map_err(malformed)?;
            let store = if asked.by_number() { numbered(site, asked).await? } else { asked.store };
            let settled = site
                .ask(Query::Look(
                    store,
                    asked.payment,
                    Some((site.handle.time(), met.end.peer.number)),
                ))
                .await?;
            let Answer::Look(view) = &settled.value else { return Err(Problem::internal()) };
            let said = [site.country.as_str(), site.language.as_str()];
            let place = placed(site, store, asked.place).await?;
            let time = site.handle.time();
            Ok(wire::write(&Seen::of(settled.position, time, said, asked, view, place)))
        }
    }
}

/// The place of a store that a printed code names.
pub(crate) async fn placed(
    site: &Site,
    store: Ref<Store>,
    place: Option<u16>,
) -> Result<Option<pay::Place>, Problem> {
    let Some(number) = place else { return Ok(None) };
    match site.ask(Query::Place(store, number)).await?.value {
        Answer::Place(place) => Ok(Some(*place)),
        _ => Err(Problem::internal()),
    }
}

/// The store that has a number.
async fn numbered(site: &Site, asked: AskLook) -> Result<Ref<Store>, Problem> {
    if asked.store.cell != site.handle.info().number {
        return Err(Problem::refused(&economy::Refusal::from(pay::Refusal::StoreNotFound)));
    }
    match site.ask(Query::StoreNumbered(asked.store.number)).await?.value {
        Answer::Store(store) => Ok(store),
        _ => Err(Problem::internal()),
    }
}

async fn whole(body: Body, most: usize) -> Result<Bytes, Problem> {
    to_bytes(body, most).await.map_err(|error| {
        if was_too_slow(&error) {
            return Problem::new("body_too_slow", "The body came too slowly; send it again.");
        }
        let words = format!("The body is cut off, or has more than {most} bytes.");
        Problem::new("body_too_large", words)
    })
}

async fn handle(site: &Site, met: &Met, delivery: Delivery) -> Result<Vec<u8>, Problem> {
    let link = number(site, &met.end).await?;
    let greet = Command::Greet { link, shown: delivery.shown };
    let receive = |it: wire::Handed| Command::Receive(Box::new(it.over(link)));
    let commands = std::iter::once(greet).chain(delivery.messages.into_iter().map(receive));
    taken(site, met, commands.collect()).await
}

async fn taken(site: &Site, met: &Met, commands: Vec<Command>) -> Result<Vec<u8>, Problem> {
    let request = |command| economy::Request { actor: Actor::CELL, fingerprint: None, command };
    let done = site.handle.submit_all(commands.into_iter().map(request).collect()).await;
    if done.unwrap_or(false) {
        return Ok(wire::write(&Done {}));
    }
    let words = "The cell did not come to an end with it; ask where it stands, and send again.";
    let fault = Fault::ours("corridor_not_handled", words);
    met.came(Err(&fault));
    Err(of_fault(&fault))
}

/// The number of the link to the neighbour.
async fn number(site: &Site, end: &End) -> Result<u8, Problem> {
    match end.link.get() {
        Some(link) => Ok(*link),
        None => Ok(view(site, end).await?.0),
    }
}

async fn view(site: &Site, end: &End) -> Result<(u8, LinkView), Problem> {
    let settled = site.ask(Query::Links).await?;
    let Answer::Links(links) = settled.value else { return Err(Problem::internal()) };
    let ours =
        |view: &LinkView| view.link.peer == end.peer.number && view.link.name == end.peer.name;
    let found = links.into_iter().enumerate().find(|(_, view)| ours(view));
    let Some((at, view)) = found else {
        return Err(Problem::refused(&economy::Refusal::LinkNotFound));
    };
    Ok((*end.link.get_or_init(|| at as u8), view))
}

/// Where a cell of this process stands towards a neighbour.
///
/// # Errors
/// No link between them, or no answer of the cell.
pub async fn stands(site: &Arc<Site>, end: &End, asked: AskStanding) -> Result<Stands, Problem> {
    stands_on(site, view(site, end).await?.1, asked.seen).await
}

/// The same for a link that is known.
///
/// # Errors
/// When the journal can't be read.
pub async fn stands_on(site: &Arc<Site>, view: LinkView, seen: u64) -> Result<Stands, Problem> {
    let reading = Arc::clone(site);
    let read = move || -> Option<[Witness; 2]> {
        let newest = reading.handle.durable();
        let mut reader = reading.handle.feed().reader().ok()?;
        let mut at = |position| Some(Witness { position, hash: reader.hash_at(position).ok()?? });
        Some([at(newest)?, at(seen.min(newest))?])
    };
    let read = tokio::task::spawn_blocking(read).await.ok().flatten();
    let [newest, at] = read.ok_or_else(Problem::internal)?;
    let link = view.link;
    Ok(Stands {
        received: link.received,
        sent: link.sent,
        seen: link.seen,
        newest,
        at,
        frozen: link.frozen.as_ref().map(wire::reason_number),
        stopped: link.frozen.as_ref().is_some_and(FreezeReason::stops_messages),
        nostro: view.nostro.map(|(balance, _, _)| balance),
        mirror: view.mirror.map(|(balance, _, _)| balance),
    })
}

/// A problem as the API answers it, signed.
async fn refusal(problem: Problem, seal: Option<&Seal>) -> Response {
    match seal {
        Some(seal) => signed_problem(problem, |status, bytes| sealed(seal, status, bytes)).await,
        None => problem.into_response(),
    }
}

fn sealed(seal: &Seal, status: StatusCode, bytes: Vec<u8>) -> Response {
    let closed = seal.close(status.as_u16(), &bytes);
    let signed = closed.signed.map(|signed| (signed.input, signed.signature));
    with_fields((status, bytes), [(CORRIDOR, closed.corridor), (DIGEST, closed.digest)], signed)
}

/// A problem as the API answers it, sealed by who asks for it.
pub(crate) async fn signed_problem(
    problem: Problem,
    seal: impl FnOnce(StatusCode, Vec<u8>) -> Response,
) -> Response {
    let (parts, body) = problem.into_response().into_parts();
    // It was just written: texts and numbers.
    let bytes = to_bytes(body, MOST_ELSE).await.unwrap_or_default();
    let mut response = seal(parts.status, bytes.into());
    response.headers_mut().extend(parts.headers);
    response
}

/// An answer with the fields that its signature covers, and the signature.
pub(crate) fn with_fields(
    (status, bytes): (StatusCode, Vec<u8>),
    fields: [(HeaderName, String); 2],
    signed: Option<(String, String)>,
) -> Response {
    let mut response = (status, bytes).into_response();
    let signed = signed.map(|(input, signature)| [(INPUT, input), (SIGNATURE, signature)]);
    for (name, text) in fields.into_iter().chain(signed.into_iter().flatten()) {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
