//! Clients that are too slow, too many or too late, over real sockets: they are cut, told or
//! answered, and a client that behaves notices none of it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::app::App;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use server::Bounds;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_millis(400);
/// Within this a client that must be cut is cut, however busy the machine.
const SOON: Duration = Duration::from_secs(5);

struct Served {
    app: App,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Pages of the tests' own: one that takes its time, one that never ends, one that floods.
fn pages() -> Router {
    let slow = async || {
        tokio::time::sleep(PATIENCE).await;
        "late"
    };
    let flood = async || {
        let chunk = Ok::<_, Infallible>(Bytes::from(vec![b'x'; 1 << 16]));
        Body::from_stream(futures_util::stream::repeat(chunk))
    };
    Router::new()
        .route("/slow", get(slow))
        .route("/never", get(std::future::pending::<()>))
        .route("/flood", get(flood))
}

impl Served {
    async fn start(connections: usize) -> Self {
        Self::patient(connections, PATIENCE).await
    }

    /// The same, with more patience for heads.
    async fn patient(connections: usize, head: Duration) -> Self {
        let bounds = Bounds {
            connections,
            head,
            body: PATIENCE,
            stalled: PATIENCE,
            farewell: PATIENCE * 4,
            ..Bounds::default()
        };
        let app = App::build(|edge| edge.bounds(bounds)).await;
        let listener = server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let edge = app.edge.clone();
        let router = server::app(edge.clone(), pages());
        let task = tokio::spawn(async move {
            server::serve(listener, &edge, router, async { drop(stopped.await) }).await;
        });
        Self { app, address, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A request on a connection of its own; gives all that comes back.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    async fn healthy(&self) {
        let answer = self.ask(&get_of("/healthz")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// The figure of a name, from `/metrics`.
    async fn figure(&self, name: &str) -> u64 {
        let answer = self.ask(&get_of("/metrics")).await;
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in {answer}")).trim().parse().unwrap()
    }
}

fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
}

/// What comes until the end; a connection that breaks has ended, too.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut bytes)).await;
    read.expect("the connection does not end").ok();
    String::from_utf8(bytes).unwrap()
}

/// Writes byte by byte until the other end has enough of it; tells for how long that went.
async fn drip(stream: &mut TcpStream, bytes: impl IntoIterator<Item = u8>) -> Duration {
    let began = Instant::now();
    for byte in bytes {
        if stream.write_all(&[byte]).await.is_err() || began.elapsed() > SOON {
            break;
        }
        let mut first = [0];
        let wait = tokio::time::timeout(Duration::from_millis(20), stream.peek(&mut first));
        if wait.await.is_ok() {
            break;
        }
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_drips_is_cut_and_others_are_answered_meanwhile() {
    let served = Served::start(100).await;
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..20 {
        slow.push(served.connect().await);
    }
    let endless = || b"GET /healthz HTTP/1.1\r\n".iter().copied().chain(b"x: y\r\n".repeat(9_999));
    let dripping = slow.into_iter().map(|mut stream| async move {
        let lasted = drip(&mut stream, endless()).await;
        (lasted, rest(&mut stream).await)
    });
    let dripping = tokio::spawn(futures_util::future::join_all(dripping));
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        served.healthy().await;
    }
    for (lasted, answer) in dripping.await.unwrap() {
        assert!(lasted >= PATIENCE / 2 && lasted < SOON, "{lasted:?}");
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    // One that says nothing at all, and one that says nothing more.
    let mut silent = served.connect().await;
    assert_eq!(rest(&mut silent).await, "");
    let kept = served.ask("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert!(kept.starts_with("HTTP/1.1 200 "), "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_drips_is_refused_with_a_code() {
    let served = Served::start(100).await;
    let key = &served.app.shop.key;
    let head = |length: usize| {
        format!(
            "POST /v1/payments HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\nidempotency-key: a\r\n\
             content-length: {length}\r\n\r\n"
        )
    };
    let mut stream = served.connect().await;
    stream.write_all(head(100_000).as_bytes()).await.unwrap();
    let lasted = drip(&mut stream, b" ".repeat(100_000)).await;
    assert!(lasted >= PATIENCE && lasted < SOON, "{lasted:?}");
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains("\"code\":\"body_too_slow\""), "{answer}");

    // In two halves, with a pause: it is in time.
    let body = serde_json::json!({
        "store": served.app.store.to_string(), "amount": {"amount": 7, "currency": "JPY"},
    });
    let body = body.to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let mut stream = served.connect().await;
    stream.write_all((head(body.len()) + first).as_bytes()).await.unwrap();
    tokio::time::sleep(PATIENCE / 2).await;
    stream.write_all(second.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_nothing_is_let_go() {
    let served = Served::start(100).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut deaf = socket.connect(served.address).await.unwrap();
    deaf.write_all(get_of("/flood").as_bytes()).await.unwrap();
    let began = Instant::now();
    // The connection that asks is one.
    while served.figure("enishi_http_connections").await > 1 {
        assert!(began.elapsed() < SOON, "it is still connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() >= PATIENCE, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_there_is_no_room_it_is_said_and_passes() {
    let served = Served::start(3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = served.connect().await;
        stream.write_all(get_of("/never").as_bytes()).await.unwrap();
        held.push(stream);
    }
    let answer = served.ask(&get_of("/healthz")).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    for part in [
        "\"code\":\"too_many_connections\"",
        "application/problem+json",
        "retry-after: 1",
        "connection: close",
        "\"instance\":\"/healthz\"",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    held.pop();
    let began = Instant::now();
    let figures = loop {
        let answer = served.ask(&get_of("/metrics")).await;
        if answer.starts_with("HTTP/1.1 200 ") {
            break answer;
        }
        assert!(began.elapsed() < SOON, "there is still no room");
    };
    assert!(figures.contains("\nenishi_http_connections 3\n"), "{figures}");
    assert!(!figures.contains("\nenishi_http_connections_turned_away_total 0\n"), "{figures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_when_all_is_answered_and_streams_have_ended() {
    let mut served = Served::patient(100, SOON * 2).await;
    let mut events = served.connect().await;
    let key = served.app.shop.key.clone();
    let request =
        format!("GET /v1/events HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {key}\r\n\r\n");
    events.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    events.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let mut slow = served.connect().await;
    slow.write_all(get_of("/slow").as_bytes()).await.unwrap();
    let mut idle = served.connect().await;
    tokio::time::sleep(PATIENCE / 4).await;

    let began = Instant::now();
    drop(served.stop.take());
    // A stream ends as a body that is whole.
    let told = rest(&mut events).await;
    assert!(told.ends_with("0\r\n\r\n"), "{told}");
    let late = rest(&mut slow).await;
    assert!(late.ends_with("late"), "{late}");
    rest(&mut idle).await;
    served.task.await.unwrap();
    assert!(began.elapsed() < PATIENCE * 3, "{:?}", began.elapsed());
    assert!(TcpStream::connect(served.address).await.is_err(), "it still listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_end_is_cut_at_last() {
    let mut served = Served::start(100).await;
    let mut never = served.connect().await;
    never.write_all(get_of("/never").as_bytes()).await.unwrap();
    tokio::time::sleep(PATIENCE / 4).await;
    let began = Instant::now();
    drop(served.stop.take());
    tokio::time::timeout(SOON, served.task).await.unwrap().unwrap();
    assert!(began.elapsed() >= PATIENCE * 4, "{:?}", began.elapsed());
    assert_eq!(rest(&mut never).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_http_ends_the_connection_and_nothing_else() {
    let served = Served::start(100).await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: t\r\n\r\n", "x".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    for junk in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\nzz\r\n",
        b"\0\0\0\0\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let mut stream = served.connect().await;
        // The other end may have enough before all is written.
        stream.write_all(junk).await.ok();
        let answer = rest(&mut stream).await;
        let status = answer.split(' ').nth(1).unwrap_or("400");
        let junk = String::from_utf8_lossy(&junk[..junk.len().min(40)]);
        assert!(status.starts_with('4'), "{junk}: {answer}");
    }
    served.healthy().await;
}
