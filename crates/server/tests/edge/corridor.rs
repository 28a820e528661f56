//! The corridor's own routes on loopback: a relay's transport over them, and each bad thing that may
//! come: another's key, another clock, an altered body, a request twice, another version.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cell::{Clock, SystemClock, Transport};
use corridor::{FreezeReason, Message, Witness};
use economy::Receive;
use kernel::{Id, Timestamp};
use link::keys::{KeyFolder, Keys};
use link::signature::{self, Params};
use link::wire::{self, AskStanding, Delivery, Operation, Stands};
use link::{Corridor, End, Who, Wire};
use serde_json::Value;
use server::{Edge, app};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::{Answer, App};

/// The machine's clocks, the wall's moved by what a test says.
#[derive(Default)]
struct Set(AtomicI64);

impl Clock for Set {
    fn wall(&self) -> Timestamp {
        Timestamp(SystemClock.wall().0.saturating_add_signed(self.0.load(Relaxed) * 1_000_000))
    }

    fn running_us(&self) -> u64 {
        SystemClock.running_us()
    }
}

/// `jp` behind a real server, and the end of `cn` that asks it.
struct Bridge {
    app: App,
    /// The server of jp.
    edge: Edge,
    router: Router,
    /// What cn asks with, and its clock.
    asking: Arc<End>,
    clock: Arc<Set>,
    cn: KeyFolder,
    jp: KeyFolder,
    _home: TempDir,
}

fn who(number: u16, name: &str) -> Who {
    Who { number, name: name.into() }
}

impl Bridge {
    async fn start() -> Self {
        let mut app = App::start().await;
        app.cut_the_corridor();
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| KeyFolder::new(&home.path().join(name), name);
        let (cn, jp) = (folder("cn"), folder("jp"));
        cn.trust("jp", &jp.own().unwrap()).unwrap();
        jp.trust("cn", &cn.own().unwrap()).unwrap();
        let keys = |folder: &KeyFolder| Arc::new(Keys::over(folder.clone()));
        let nowhere = "http://127.0.0.1:1";
        let own = End::new(who(2, "jp"), who(1, "cn"), nowhere, keys(&jp), Arc::new(SystemClock));
        let corridor = Corridor::over(vec![Arc::new(own)]);
        let edge = app.edge_again(|edge| edge.corridor(corridor)).await;
        let router = app_of(&edge);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (served, of) = (router.clone(), edge.clone());
        tokio::spawn(async move {
            server::serve(listener, &of, served, std::future::pending()).await;
        });
        let clock = Arc::new(Set::default());
        let asking = End::new(who(1, "cn"), who(2, "jp"), &url, keys(&cn), clock.clone());
        Self { app, edge, router, asking: Arc::new(asking), clock, cn, jp, _home: home }
    }

    /// Asks as the relay does.
    async fn standing(&self) -> Result<Stands, &'static str> {
        let end = Arc::clone(&self.asking);
        let came = tokio::task::spawn_blocking(move || end.standing(0)).await.unwrap();
        came.map_err(|fault| fault.code)
    }

    /// What the server of jp knows is wrong with what is asked in the name of cn.
    fn trouble_at_jp(&self) -> Option<&'static str> {
        let end = self.edge.corridor().between(2, 1).unwrap();
        end.status.asked().trouble.map(|it| it.fault.code)
    }

    async fn send(&self, signed: Signed) -> Answer {
        self.app.send_to(&self.router, signed.request()).await
    }

    fn signed(&self, operation: Operation, body: Vec<u8>) -> Signed {
        let created = SystemClock.wall().seconds();
        Signed::new(&self.cn, operation.path(), "1 cn jp", body, created, &signature::nonce())
    }

    fn ask(&self) -> Signed {
        self.signed(Operation::Standing, wire::write(&AskStanding { seen: 0 }))
    }
}

fn app_of(edge: &Edge) -> Router {
    app(edge.clone(), Router::new())
}

/// A signed request, to be spoilt.
#[derive(Clone)]
struct Signed {
    path: String,
    body: Vec<u8>,
    fields: Vec<(&'static str, String)>,
}

impl Signed {
    fn new(
        keys: &KeyFolder,
        path: &str,
        corridor: &str,
        body: Vec<u8>,
        created: u64,
        nonce: &str,
    ) -> Self {
        let key = keys.read().unwrap().current.unwrap();
        let keyid = keys.own().unwrap().id();
        let digest = signature::digest(&body);
        let components = [
            ("\"@method\"", "POST"),
            ("\"@path\"", path),
            ("\"content-digest\"", &digest),
            ("\"enishi-corridor\"", corridor),
        ];
        let params = Params { created, keyid, nonce: nonce.to_owned() };
        let made = signature::sign(&key, &components, &params);
        let fields = vec![
            ("enishi-corridor", corridor.to_owned()),
            ("content-digest", digest),
            ("signature-input", made.input),
            ("signature", made.signature),
        ];
        Self { path: path.to_owned(), body, fields }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| *known == name).unwrap();
        field.1 = value.to_owned();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::post(&self.path);
        for (name, value) in &self.fields {
            request = request.header(*name, value);
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transport_asks_hands_over_and_freezes() {
    let bridge = Bridge::start().await;
    let before = bridge.standing().await.unwrap();
    assert_eq!((before.received, before.frozen), (0, None));
    assert!(before.sent >= 1 && before.nostro == Some(10_000_000), "{before:?}");
    assert_eq!(before.newest.position, bridge.app.jp.durable());
    let mut wire = Wire::over(Arc::clone(&bridge.asking));
    let message = |number| Receive {
        link: 9,
        number,
        position: number,
        hash: Some([7; 32]),
        nostro_balance_after: None,
        message: Message::CancelAsked { payment: Id::new(5) },
    };
    let delivered = tokio::task::spawn_blocking(move || {
        let nothing = Witness::default();
        let twice = vec![message(1), message(1), message(2)];
        let first = wire.deliver(nothing, twice.clone());
        // The same again changes nothing: messages are handled by their number.
        let again = wire.deliver(nothing, twice);
        let gap = wire.deliver(nothing, vec![message(9)]);
        let standing = wire.standing();
        let frozen = wire.freeze(FreezeReason::MessageFaults { number: 3 });
        (first, again, gap, standing, frozen, wire.standing())
    });
    let (first, again, gap, standing, frozen, after) = delivered.await.unwrap();
    assert_eq!((first, again), (Ok(()), Ok(())));
    assert_eq!(gap, Err(cell::Undelivered::NotHandled));
    assert_eq!(standing.unwrap().received, 2);
    assert_eq!((frozen, after.unwrap().stopped), (Ok(()), true));
    let there = bridge.standing().await.unwrap();
    assert_eq!(there.frozen.map(wire::reason_code), Some("message_faults"));
    assert_eq!(there.seen, Witness { position: 2, hash: [7; 32] });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_not_signed_as_it_must_be_is_refused_by_name() {
    let bridge = Bridge::start().await;
    bridge.send(bridge.ask()).await;
    let nonce = signature::nonce();
    let now = SystemClock.wall().seconds();
    let path = Operation::Standing.path();
    let body = wire::write(&AskStanding { seen: 0 });
    let made = |corridor: &str, created| {
        Signed::new(&bridge.cn, path, corridor, body.clone(), created, &signature::nonce())
    };
    let once = Signed::new(&bridge.cn, path, "1 cn jp", body.clone(), now, &nonce);
    assert_eq!(bridge.send(once.clone()).await.status, 200);
    let stranger = KeyFolder::new(&bridge._home.path().join("stranger"), "cn");
    stranger.own().unwrap();
    let strange = Signed::new(&stranger, path, "1 cn jp", body.clone(), now, &nonce);
    let other = bridge.ask();
    let input = other.fields[2].1.clone();
    let forged = bridge.ask().with("signature", &other.fields[3].1);
    let elsewhere = Signed { path: Operation::Freeze.path().into(), ..bridge.ask() };
    let altered = Signed { body: wire::write(&AskStanding { seen: 1 }), ..bridge.ask() };
    let digest = signature::digest(&altered.body);
    let redigested = altered.clone().with("content-digest", &digest);
    let shapeless = bridge.signed(Operation::Deliver, vec![0x80]);
    let behind = bridge.signed(Operation::Standing, [body.clone(), vec![0]].concat());
    let huge = bridge.signed(Operation::Standing, vec![0; wire::MOST_ELSE + 1]);
    for (what, signed, status, code) in [
        ("a replay", once, 409, "corridor_replayed"),
        ("a key of nobody", strange, 401, "corridor_key_unknown"),
        ("another's signature", forged, 401, "corridor_signature_invalid"),
        (
            "another's input",
            bridge.ask().with("signature-input", &input),
            401,
            "corridor_signature_invalid",
        ),
        ("another path", elsewhere, 401, "corridor_signature_invalid"),
        ("an altered body", altered, 400, "corridor_body_differs"),
        ("with its digest", redigested, 401, "corridor_signature_invalid"),
        ("no digest", bridge.ask().without("content-digest"), 401, "corridor_signature_missing"),
        ("no signature", bridge.ask().without("signature"), 401, "corridor_signature_missing"),
        ("no cells", bridge.ask().without("enishi-corridor"), 401, "corridor_signature_missing"),
        ("no such cells", bridge.ask().with("enishi-corridor", "1"), 400, "corridor_malformed"),
        ("another cell", made("1 cn kr", now), 421, "corridor_wrong_cell"),
        ("another sender", made("1 kr jp", now), 421, "corridor_wrong_cell"),
        ("another version", made("2 cn jp", now), 400, "corridor_version"),
        ("too old", made("1 cn jp", now - 62), 401, "corridor_clock"),
        ("of tomorrow", made("1 cn jp", now + 62), 401, "corridor_clock"),
        ("another shape", shapeless, 400, "corridor_malformed"),
        ("more behind it", behind, 400, "corridor_malformed"),
        ("a huge body", huge, 413, "body_too_large"),
    ] {
        let answer = bridge.send(signed).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{what}");
        // Nothing of it stays: the next good one passes.
        let good = bridge.send(bridge.ask()).await;
        assert_eq!(good.status, 200, "{what}");
        assert_eq!(bridge.trouble_at_jp(), None, "{what}");
    }
    // What is refused is signed, so that the asking side knows who says so.
    let refused = bridge.send(made("1 cn jp", now - 62)).await;
    assert!(refused.header("signature").is_some() && bridge.trouble_at_jp().is_some());
    let twice = bridge.ask().request();
    let (mut parts, body) = twice.into_parts();
    let again = parts.headers["signature"].clone();
    parts.headers.append("signature", again);
    let doubled = bridge.app.send_to(&bridge.router, Request::from_parts(parts, body)).await;
    assert_eq!(doubled.problem().1, "corridor_signature_missing");
    for (_, standing) in [(0, bridge.standing().await), (1, bridge.standing().await)] {
        assert_eq!(standing.map(|it| it.received), Ok(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_side_says_what_is_wrong_with_keys_and_clocks() {
    let bridge = Bridge::start().await;
    assert!(bridge.standing().await.is_ok());
    for ahead in [-600, 600] {
        bridge.clock.0.store(ahead, Relaxed);
        assert_eq!(bridge.standing().await.err(), Some("corridor_clock"));
        assert_eq!(bridge.trouble_at_jp(), Some("corridor_clock"));
        let known = bridge.asking.status.asking().trouble.unwrap();
        // What the reply took on its way adds to the one and takes from the other.
        let said = known.fault.detail.split_whitespace().find_map(|word| word.parse::<u64>().ok());
        assert!(said.is_some_and(|s| (540..660).contains(&s)), "{}", known.fault.detail);
    }
    bridge.clock.0.store(0, Relaxed);
    assert!(bridge.standing().await.is_ok());
    assert_eq!(bridge.trouble_at_jp(), None);
    // Revoked there.
    let id = bridge.cn.own().unwrap().id();
    bridge.jp.distrust("cn", &id).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(bridge.standing().await.err(), Some("corridor_key_revoked"));
    assert_eq!(bridge.trouble_at_jp(), Some("corridor_key_revoked"));
    let next = bridge.cn.next().unwrap();
    bridge.jp.trust("cn", &next).unwrap();
    bridge.cn.activate().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(bridge.standing().await.is_ok());
    // Not believed here: the answer of a key that was never shown to us.
    bridge.jp.next().unwrap();
    bridge.jp.activate().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(bridge.standing().await.err(), Some("corridor_key_unknown"));
    assert!(!bridge.asking.status.asking().trouble.unwrap().fault.theirs);
}

/// A freeze has no number by which it is handled once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freeze_from_before_the_start_is_asked_anew() {
    let bridge = Bridge::start().await;
    let stop = wire::write(&wire::Stop::MessageFaults { number: 1 });
    let created = SystemClock.wall().seconds() - 30;
    let path = Operation::Freeze.path();
    let old = Signed::new(&bridge.cn, path, "1 cn jp", stop, created, &signature::nonce());
    assert_eq!(bridge.send(old).await.problem(), (409, "corridor_replayed".into()));
    assert_eq!(bridge.standing().await.unwrap().frozen, None);
}

/// An answer proves to be one to this very request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_bound_to_what_was_asked() {
    let bridge = Bridge::start().await;
    let delivery = Delivery { shown: Witness::default(), messages: Vec::new() };
    let asked = bridge.signed(Operation::Deliver, wire::write(&delivery));
    let answer = bridge.send(asked.clone()).await;
    let fields = |name: &str| answer.header(name).unwrap().to_owned();
    let (digest, corridor) = (fields("content-digest"), fields("enishi-corridor"));
    let signed =
        signature::Signed { input: fields("signature-input"), signature: fields("signature") };
    let key = bridge.jp.own().unwrap();
    let is_to = |asked: &Signed| {
        let components = [
            ("\"@status\"", "200"),
            ("\"content-digest\"", digest.as_str()),
            ("\"enishi-corridor\"", corridor.as_str()),
            ("\"signature\";req", asked.fields[3].1.as_str()),
        ];
        signed.is_by(key.key(), &components)
    };
    assert!(is_to(&asked) && !is_to(&bridge.ask()));
    assert_eq!((corridor.as_str(), digest), ("1 jp cn", signature::digest(&answer.bytes)));
}

/// The page of the operator shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_sees_how_the_bridge_goes() {
    let bridge = Bridge::start().await;
    bridge.standing().await.unwrap();
    bridge.send(bridge.ask().without("signature")).await;
    let request = Request::get("/v1/links")
        .header("authorization", format!("Bearer {}", bridge.app.bank_jp.key))
        .body(Body::empty())
        .unwrap();
    let links = bridge.app.send_to(&bridge.router, request).await.expect(200);
    let asked: &Value = &links["links"][0]["transport"]["asked"];
    assert_eq!(asked["trouble"]["code"], "corridor_signature_missing", "{links}");
    assert!(asked["last_success"].is_string() && asked["trouble"]["since"].is_string());
}
