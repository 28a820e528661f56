//! Connections on loopback, and what has to happen to some of them.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot::Receiver;

use crate::desk::{Heard, answer};
use crate::notice::Shared;
use crate::speak::{Ending, Spoken};

/// The most bytes of a body.
const MOST_BODY: usize = 1 << 20;
/// How long nothing is said before the connection is let go after all.
const SILENCE: Duration = Duration::from_secs(300);

/// Serves on a free port until `end`; the port goes to `bound`.
pub(crate) fn serve(shared: &Arc<Shared>, bound: &Sender<io::Result<u16>>, end: Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .thread_name("wechat-counterpart")
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return bound.send(Err(error)).unwrap_or_default(),
    };
    let shared = Arc::clone(shared);
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = match listener.and_then(|l| Ok((l.local_addr()?.port(), l))) {
            Ok((port, listener)) => {
                bound.send(Ok(port)).unwrap_or_default();
                listener
            }
            Err(error) => return bound.send(Err(error)).unwrap_or_default(),
        };
        tokio::select! {
            () = accept(listener, shared) => {}
            _ = end => {}
        }
    });
    runtime.shutdown_background();
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

/// Answers a connection's requests until it ends, or is ended.
async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let said = |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move {
            let heard = hear(request).await?;
            let spoken = tokio::task::spawn_blocking(move || answer(&shared, &heard)).await;
            say(spoken.map_err(io::Error::other)?).await
        }
    };
    // How a connection ends is its client's concern, or was asked for.
    let _ended =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(said)).await;
}

async fn hear(request: Request<Incoming>) -> io::Result<Heard> {
    let (head, body) = request.into_parts();
    let header = |name: &str| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    Ok(Heard {
        method: head.method.as_str().to_owned(),
        target: target.to_owned(),
        authorization: header("authorization"),
        accept: header("accept"),
        user_agent: header("user-agent"),
        content_type: header("content-type"),
        wechatpay_serial: header("wechatpay-serial"),
        host: header("host"),
        body: to_bytes(Body::new(body), MOST_BODY).await.map_err(io::Error::other)?.to_vec(),
    })
}

/// An error here ends the connection without a byte.
async fn say(spoken: Spoken) -> io::Result<Response<Body>> {
    let cut = || io::Error::new(io::ErrorKind::ConnectionAborted, "cut, as a test asked for");
    match spoken.ending {
        Ending::Cut => return Err(cut()),
        Ending::Silence => {
            tokio::time::sleep(SILENCE).await;
            return Err(cut());
        }
        Ending::Whole | Ending::CutInside => {}
    }
    let status = StatusCode::from_u16(spoken.status).map_err(io::Error::other)?;
    let mut response = Response::builder().status(status);
    for (name, value) in &spoken.headers {
        response = response.header(*name, value);
    }
    let body = if spoken.ending == Ending::CutInside {
        response = response.header(header::CONTENT_LENGTH, spoken.body.len().max(2));
        Body::new(Half { sent: spoken.body.into() })
    } else {
        Body::from(spoken.body)
    };
    response.body(body).map_err(io::Error::other)
}

/// A body that breaks off in its middle.
struct Half {
    sent: Bytes,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let whole = std::mem::take(&mut self.sent);
        let next = if whole.is_empty() {
            Err(io::Error::other("cut, as a test asked for"))
        } else {
            Ok(Frame::data(whole.slice(..whole.len().div_ceil(2))))
        };
        std::task::Poll::Ready(Some(next))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
