//! What partners ask: other operators whose systems stand at the other end of a link. There are no
//! keys of the API here: who asks is known by the signature of the message (RFC 9421), and each
//! answer is signed, too. The protocol is docs/partner-protocol.md; what passes becomes the
//! corridor's messages and nothing else.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use corridor::{CaptureMode, FreezeReason};
use economy::{Answer, Command, FreezeLink, PartnerView, Query};
use link::Fault;
use partner::body::{
    self, AskLookup, Delivery, FIELD, Lookup, LookupDue, LookupPlace, MEDIA, MOST_MESSAGES,
    Operation, Sent, Standing, Stop, StopReason,
};
use partner::kit::Act;
use partner::message::Money;
use partner::{Head, Met, Partner, Partners, Seal, for_whom};

use crate::api::corridor::{placed, signed_problem, with_fields};
use crate::api::pay::looking::Target;
use crate::api::values::Day;
use crate::board::days;
use crate::cells::Site;
use crate::edge::Edge;
use crate::http::body::was_too_slow;
use crate::problem::Problem;
use crate::throttle;

const PARTNER: HeaderName = HeaderName::from_static(FIELD);
const DIGEST: HeaderName = HeaderName::from_static("content-digest");
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// Where this side stands
#[utoipa::path(
    get, path = "/partner/v1/standing", tag = "partner", security(()),
    responses(
        (status = 200, body = serde_json::Value),
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
    post, path = "/partner/v1/messages", tag = "partner", security(()),
    request_body = serde_json::Value,
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn deliver(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Deliver, request).await
}

/// What this side has sent, behind a number
#[utoipa::path(
    get, path = "/partner/v1/messages", tag = "partner", security(()),
    params(("after" = u64, Query, description = "The number behind which messages are told")),
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sent(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Sent, request).await
}

/// What a store is, before it is paid
///
/// A question: nothing is journaled.
#[utoipa::path(
    post, path = "/partner/v1/lookup", tag = "partner", security(()),
    request_body = serde_json::Value,
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn lookup(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Lookup, request).await
}

/// The other side saw what must not be
#[utoipa::path(
    post, path = "/partner/v1/freeze", tag = "partner", security(()),
    request_body = serde_json::Value,
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn freeze(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Freeze, request).await
}

/// What this side sent on a day
#[utoipa::path(
    get, path = "/partner/v1/day", tag = "partner", security(()),
    params(("date" = String, Query, description = "The day by UTC, such as 2026-11-23")),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn day_file(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Day, request).await
}

/// What a sandbox has to try; not there on any other server
#[utoipa::path(
    get, path = "/partner/v1/sandbox", tag = "partner", security(()),
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sandbox(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Sandbox, request).await
}

/// Has a sandbox do what a person does; not there on any other server
#[utoipa::path(
    post, path = "/partner/v1/sandbox", tag = "partner", security(()),
    request_body = serde_json::Value,
    responses(
        (status = 200, body = serde_json::Value),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn act(State(edge): State<Edge>, request: Request) -> Response {
    answered(&edge, Operation::Act, request).await
}

async fn answered(edge: &Edge, operation: Operation, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = operation.path();
    let met = match meet(edge, &head(&parts)).await {
        Ok(met) => met,
        Err((fault, seal)) => {
            // Whoever can't sign is slowed like anybody without a key.
            if let Err(problem) = throttle::by_address(edge, &parts.headers, &parts.extensions) {
                return problem.into_response();
            }
            return refusal(of_fault(&fault).on(path), seal.as_ref()).await;
        }
    };
    match done(edge, operation, &parts, &met, body).await {
        Ok((media, bytes)) => {
            met.came(Ok(()));
            let mut response = sealed(&met.seal, StatusCode::OK, bytes);
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
            response
        }
        Err(problem) => refusal(problem.on(path), Some(&met.seal)).await,
    }
}

async fn meet(edge: &Edge, head: &Head) -> Result<Met, (Fault, Option<Seal>)> {
    let (from, to) = for_whom(head).map_err(|fault| (fault, None))?;
    let found = edge.partners().iter().find(|of| of.cell().info().name == to);
    let Some(partners) = found else {
        let words = "The request is for another cell than those of this server.";
        return Err((Fault::ours("partner_unknown", words), None));
    };
    partners.refresh().await;
    partners.meet(&from, head).map_err(|turned| (turned.fault, turned.seal))
}

fn head(parts: &Parts) -> Head {
    let one = |name: &HeaderName| once(&parts.headers, name);
    Head {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: format!("?{}", parts.uri.query().unwrap_or_default()),
        field: one(&PARTNER),
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

/// A refusal that is noted for the operator, too.
fn noted(met: &Met, fault: &Fault) -> Problem {
    met.came(Err(fault));
    of_fault(fault)
}

fn malformed(met: &Met, what: impl std::fmt::Display) -> Problem {
    let words = format!("The request was refused: {what}; see docs/partner-protocol.md.");
    noted(met, &Fault::ours("partner_malformed", words))
}

/// What the request asks for, done.
async fn done(
    edge: &Edge,
    operation: Operation,
    parts: &Parts,
    met: &Met,
    body: Body,
) -> Result<(&'static str, Vec<u8>), Problem> {
    let bytes = whole(body, operation.most()).await?;
    met.read(&bytes).map_err(|fault| of_fault(&fault))?;
    let partner = &met.partner;
    let site = edge.cells().numbered(partner.own.number).ok_or_else(Problem::internal)?;
    let query = parts.uri.query().unwrap_or_default();
    if !matches!(operation, Operation::Sent | Operation::Day) && !query.is_empty() {
        return Err(malformed(met, "this path takes no query"));
    }
    let answer = match operation {
        Operation::Standing => body::write(&stands(site, partner).await?),
        Operation::Deliver => {
            let delivery: Delivery = body::read(&bytes).map_err(|why| malformed(met, why))?;
            body::write(&handle(site, met, &delivery).await?)
        }
        Operation::Sent => {
            let after = query.strip_prefix("after=").and_then(|number| number.parse().ok());
            let after = after.ok_or_else(|| malformed(met, "the query is `after=<number>`"))?;
            body::write(&tell(partner, after).await?)
        }
        Operation::Lookup => {
            let asked: AskLookup = body::read(&bytes).map_err(|why| malformed(met, why))?;
            body::write(&look(site, met, &asked).await?)
        }
        Operation::Freeze => {
            let stop: Stop = body::read(&bytes).map_err(|why| malformed(met, why))?;
            let reason = match stop.reason {
                StopReason::WitnessDiffers => {
                    FreezeReason::WitnessDiffers { position: stop.number }
                }
                StopReason::MessageFaults => FreezeReason::MessageFaults { number: stop.number },
            };
            let freeze = FreezeLink { link: partner.link, reason };
            taken(site, met, vec![Command::FreezeLink(freeze)]).await?;
            body::write(&stands(site, partner).await?)
        }
        Operation::Day => {
            let date = query.strip_prefix("date=").and_then(|date| date.parse::<Day>().ok());
            let date = date.ok_or_else(|| malformed(met, "the query is `date=2026-11-23`"))?;
            return Ok((
                "text/csv; charset=utf-8",
                sent_on(partner, date).await?.write().into_bytes(),
            ));
        }
        Operation::Sandbox => {
            body::write(&edge.sandbox().ok_or_else(no_sandbox)?.told(partner.own.number))
        }
        Operation::Act => {
            let sandbox = edge.sandbox().ok_or_else(no_sandbox)?;
            let act: Act = body::read(&bytes).map_err(|why| malformed(met, why))?;
            sandbox.act(site, partner, &act).await?;
            body::write(&stands(site, partner).await?)
        }
    };
    Ok((MEDIA, answer))
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

/// A partner as the cell has it now.
async fn view(site: &Site, partner: &Partner) -> Result<PartnerView, Problem> {
    let Answer::Partners(views) = site.ask(Query::Partners).await?.value else {
        return Err(Problem::internal());
    };
    let found = views.into_iter().find(|view| view.number == partner.link);
    found.ok_or_else(Problem::internal)
}

async fn stands(site: &Arc<Site>, partner: &Arc<Partner>) -> Result<Standing, Problem> {
    let view = view(site, partner).await?;
    let (partner, now) = (Arc::clone(partner), site.handle.now());
    let stands = tokio::task::spawn_blocking(move || partner.stands(&view, now)).await;
    stands.ok().and_then(Result::ok).ok_or_else(Problem::internal)
}

async fn tell(partner: &Arc<Partner>, after: u64) -> Result<Sent, Problem> {
    let of = Arc::clone(partner);
    let read = tokio::task::spawn_blocking(move || of.outbox.after(after, MOST_MESSAGES)).await;
    let read = read.ok().and_then(Result::ok).ok_or_else(Problem::internal)?;
    let Some((before, told, more)) = read else {
        let words = format!("Nothing was sent with the number {after} or behind it.");
        return Err(Problem::new("partner_out_of_order", words));
    };
    let messages = told.into_iter().map(|told| told.message).collect();
    Ok(Sent { delivery: Delivery::of(before, messages), more })
}

fn no_sandbox() -> Problem {
    Problem::new("path_not_found", "This server is no sandbox.")
}

/// What this side sent on a day, by UTC.
pub(crate) async fn sent_on(
    partner: &Arc<Partner>,
    day: Day,
) -> Result<partner::day::Day, Problem> {
    let day = days::read(day).ok_or_else(Problem::internal)?;
    let (from, until) = (days::begins(day, 0), days::begins(day + 1, 0));
    let of = Arc::clone(partner);
    let read = tokio::task::spawn_blocking(move || of.outbox.day(from, until)).await;
    read.ok().and_then(Result::ok).ok_or_else(Problem::internal)
}

async fn handle(site: &Arc<Site>, met: &Met, delivery: &Delivery) -> Result<Standing, Problem> {
    let partner = &met.partner;
    let before = view(site, partner).await?;
    let link = &before.link.link;
    let taken_in = partner.take(delivery, link).map_err(|fault| {
        let problem = noted(met, &fault);
        if fault.code == "partner_out_of_order" {
            problem.expecting(link.received + 1)
        } else {
            problem
        }
    })?;
    let stopped = |reason: Option<&FreezeReason>| reason.is_some_and(FreezeReason::stops_messages);
    let greet = Command::Greet { link: partner.link, shown: taken_in.shown };
    let receive = |message| Command::Receive(Box::new(message));
    let commands = std::iter::once(greet).chain(taken_in.messages.into_iter().map(receive));
    taken(site, met, commands.collect()).await?;
    let stands = stands(site, partner).await?;
    let after = view(site, partner).await?;
    match after.link.link.frozen.as_ref() {
        Some(reason @ FreezeReason::WitnessDiffers { .. }) if !stopped(link.frozen.as_ref()) => {
            let words = format!(
                "The witness shown is not the one that was computed here for message {}: one side \
                 has another past. The link stands still until both operators have looked ({}).",
                stands.received.number,
                reason.code()
            );
            Err(noted(met, &Fault::ours("partner_witness_differs", words)))
        }
        Some(reason) if reason.stops_messages() => {
            let words = format!(
                "The link stands still ({}) until the operator has looked; nothing was taken \
                 behind message {}.",
                reason.code(),
                stands.received.number
            );
            Err(noted(met, &Fault::ours("partner_stopped", words)))
        }
        _ => Ok(stands),
    }
}

async fn taken(site: &Site, met: &Met, commands: Vec<Command>) -> Result<(), Problem> {
    let actor = kernel::Actor::CELL;
    let request = |command| economy::Request { actor, fingerprint: None, command };
    let done = site.handle.submit_all(commands.into_iter().map(request).collect()).await;
    if done.unwrap_or(false) {
        return Ok(());
    }
    let words = "The cell did not come to an end with it; ask where it stands, and send again.";
    Err(noted(met, &Fault::ours("partner_not_handled", words)))
}

async fn look(site: &Arc<Site>, met: &Met, asked: &AskLookup) -> Result<Lookup, Problem> {
    let target = match asked {
        AskLookup { code: Some(code), store: None, payment: None, place: None } => {
            Target::of_code(code)?
        }
        AskLookup { code: None, store: Some(store), payment, place } => {
            let wrong = |what: &str| malformed(met, format!("`{what}` is no id of a {what}"));
            let store = store.parse().map_err(|_| wrong("store"))?;
            let payment = payment.as_deref().map(str::parse).transpose();
            let mut named = Target::named(store, payment.map_err(|_| wrong("payment"))?);
            named.place = *place;
            named
        }
        _ => return Err(malformed(met, "it asks by `code`, or by `store` and perhaps `payment`")),
    };
    let payer = Some((site.handle.time(), met.partner.peer.number));
    let settled = site.ask(Query::Look(target.store, target.payment, payer)).await?;
    let Answer::Look(view) = settled.value else { return Err(Problem::internal()) };
    let place = placed(site, target.store, target.place).await?;
    target.check_here(site, &view, place.as_ref())?;
    let due = view.due.as_ref().map(|due| LookupDue {
        payment: due.payment.to_string(),
        status: due.status.word().to_owned(),
        amount: Money::new(due.amount, view.currency),
        valid_until: due.deadline.map(kernel::Timestamp::seconds),
        capture: if due.capture == CaptureMode::Later { "later" } else { "now" }.to_owned(),
    });
    Ok(Lookup {
        store: view.store.to_string(),
        name: view.name.clone(),
        latin_name: view.latin_name.clone(),
        city: view.city.clone(),
        category: view.category.word().to_owned(),
        prefecture: view.prefecture,
        country: site.country.clone(),
        language: site.language.clone(),
        open: view.open && view.stopped_by.is_none() && !met.partner.agreed().suspended,
        currency: view.currency.code().to_owned(),
        due,
        place: place.map(|place| LookupPlace {
            number: place.number,
            label: place.label,
            amount: place.amount.map(|amount| Money::new(amount, view.currency)),
            reference: place.reference,
        }),
    })
}

/// The partners of a caller's cell.
pub(crate) fn partners_of<'a>(edge: &'a Edge, site: &Site) -> Option<&'a Arc<Partners>> {
    let number = site.handle.info().number;
    edge.partners().iter().find(|of| of.cell().info().number == number)
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
    with_fields((status, bytes), [(PARTNER, closed.field), (DIGEST, closed.digest)], signed)
}
