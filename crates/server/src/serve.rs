//! Connections: taken in up to a bound, given up when their client is too slow, and brought to
//! an end when the edge stops.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;
use tracing::warn;

use crate::bounds::Bounds;
use crate::edge::Edge;
use crate::http::stalling::Stalling;
use crate::problem::Problem;

/// The most bytes of a request's head.
const MOST_HEAD: usize = 64 << 10;
/// How many connections beyond the bound are told so at a time; others are closed unheard.
const TOLD: usize = 64;
/// How long such a one may take to say what it wants.
const BRIEFLY: Duration = Duration::from_secs(1);

/// Who is at the other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    NotYet,
    /// What is being answered is answered; nothing new is taken in.
    Begun,
    /// Whatever is left is cut.
    Now,
}

/// Serves until `stop` completes. Then nothing is taken in any more, event streams end, and what
/// is being answered has [`Bounds::farewell`] to come to an end.
pub async fn serve(
    listener: TcpListener,
    edge: &Edge,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let bounds = edge.bounds();
    let room = Arc::new(Semaphore::new(bounds.connections));
    let brief_room = Arc::new(Semaphore::new(TOLD));
    let (ending, told) = watch::channel(Ending::NotYet);
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
        };
        let metrics = edge.metrics();
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            let (router, open) = (router.clone(), metrics.opened());
            let answer = move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                router.clone().oneshot(request.map(Body::new))
            };
            let connection = connection(stream, bounds.clone(), told.clone(), answer);
            tokio::spawn(async move {
                connection.await;
                drop((open, permit));
            });
        } else {
            metrics.turned_away();
            let Ok(permit) = Arc::clone(&brief_room).try_acquire_owned() else { continue };
            tokio::spawn(turn_away(stream, bounds.clone(), told.clone(), permit));
        }
    }
    drop(listener);
    edge.stop();
    ending.send_replace(Ending::Begun);
    let all = room.acquire_many(u32::try_from(bounds.connections).unwrap_or(u32::MAX));
    if tokio::time::timeout(bounds.farewell, all).await.is_err() {
        warn!("connections are cut that did not come to an end");
    }
    ending.send_replace(Ending::Now);
}

/// The next connection. One that broke off is passed over; when the system has no room for more,
/// the others end meanwhile.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without it a small answer may wait for the acknowledgement of the last one.
                if stream.set_nodelay(true).is_ok() {
                    return (stream, peer);
                }
            }
            Err(error) if is_its_own(&error) => {}
            Err(error) => {
                warn!(%error, "no connection can be taken in; trying again");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of a connection until it ends. Why it ended is its client's concern.
async fn connection<A, F>(
    stream: TcpStream,
    bounds: Bounds,
    mut ending: watch::Receiver<Ending>,
    answer: A,
) where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response, Infallible>>,
{
    let io = TokioIo::new(Stalling::new(stream, bounds.stalled));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(MOST_HEAD);
    let mut served = pin!(http.serve_connection(io, service_fn(answer)));
    tokio::select! {
        _ = served.as_mut() => return,
        _ = ending.wait_for(|ending| *ending >= Ending::Begun) => {}
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served => {}
        _ = ending.wait_for(|ending| *ending == Ending::Now) => {}
    }
}

/// Tells a client that there are too many, and lets it go.
async fn turn_away(
    stream: TcpStream,
    bounds: Bounds,
    ending: watch::Receiver<Ending>,
    permit: OwnedSemaphorePermit,
) {
    let answer = |request: Request<Incoming>| async move {
        let problem = Problem::new(
            "too_many_connections",
            "Too many connections are open; try again in a moment, and use one for many requests.",
        );
        let mut response = problem.on(request.uri().path()).into_response();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        Ok(response)
    };
    let bounds = Bounds { head: BRIEFLY, stalled: BRIEFLY, ..bounds };
    let told = connection(stream, bounds, ending, answer);
    // Late or not: it has no place here.
    let _late = tokio::time::timeout(BRIEFLY, told).await;
    drop(permit);
}
