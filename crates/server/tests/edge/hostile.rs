//! Every operation of the document under input that no client should send: whatever it is, the
//! answer is a problem with a stable code, no cell falls over, and the next payment goes through.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::app::cases::{Case, cases, operations, request};
use crate::app::derived::{FakeAudit, FakeLists};
use crate::app::{Answer, App};
use axum::body::Body;
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use server::bounds::Rate;
use server::{Bounds, statuses};

/// No bound on how fast this test may ask.
async fn app() -> App {
    let none = Rate { per_s: 0, burst: 1 };
    let bounds = Bounds { per_key: none, per_address: none, ..Bounds::default() };
    let (lists, audit) = (Arc::new(FakeLists::default()), Arc::new(FakeAudit));
    App::build(|edge| edge.bounds(bounds).lists(lists).audit(audit)).await
}

/// A refusal as every refusal must be; gives its status.
#[track_caller]
fn refused(answer: &Answer, what: &str) -> u16 {
    let body = String::from_utf8_lossy(&answer.bytes);
    let shown = format!("{what}: {} {body}", answer.status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{shown}");
    let (status, code) = answer.problem();
    assert!(statuses::all().contains(&code.as_str()), "{shown}");
    assert_eq!(statuses::of(&code).as_u16(), status, "{shown}");
    assert!(body.len() < 4_000, "{what}: a problem of {} bytes", body.len());
    for inside in ["panicked", ".rs:", "src/", "Option", "unwrap"] {
        assert!(!body.contains(inside), "{shown}");
    }
    status
}

/// Asks for what can't be meant: refused as the caller's own slip.
#[track_caller]
fn must_refuse(answer: &Answer, what: &str) {
    let status = refused(answer, what);
    assert!((400..500).contains(&status), "{what}: {status}");
}

/// Asks for what may be meant: done, refused, or put off.
#[track_caller]
fn may_refuse(answer: &Answer, what: &str) {
    if answer.status.is_success() {
        return;
    }
    let status = refused(answer, what);
    let put_off = status == 503 && answer.header("retry-after").is_some();
    assert!((400..500).contains(&status) || put_off, "{what}: {status}");
}

/// Nothing fell over, and business goes on.
async fn is_well(app: &App) {
    for cell in [&app.cn, &app.jp] {
        assert_eq!(cell.metrics().recoveries.load(Ordering::Relaxed), 0, "a cell came down");
    }
    app.get("", "/readyz").await.expect(200);
}

fn with(case: &Case, app: &App, body: Vec<u8>) -> Request<Body> {
    let mut asked = request(case, Some(&case.owner), &app.new_key());
    *asked.body_mut() = Body::from(body);
    let kind = HeaderValue::from_static("application/json");
    asked.headers_mut().insert("content-type", kind);
    asked
}

fn named(case: &Case, what: &str) -> String {
    format!("{} {} {what}", case.method, case.route)
}

fn posts(all: &[Case]) -> impl Iterator<Item = (&Case, &Value)> {
    all.iter().filter_map(|case| Some((case, case.body.as_ref()?)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_none_of_it() {
    let app = app().await;
    let all = cases(&app).await;
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let long = "x".repeat(100_000);
    for (case, body) in posts(&all) {
        let text = body.to_string();
        let mut bodies: Vec<(&str, Vec<u8>)> = vec![
            ("null", b"null".to_vec()),
            ("a number", b"1".to_vec()),
            ("a text", b"\"x\"".to_vec()),
            ("truth", b"true".to_vec()),
            ("a number beyond floats", b"1e999".to_vec()),
            ("cut off", text.as_bytes()[..text.len() - 1].to_vec()),
            ("twice", format!("{text}{text}").into_bytes()),
            ("junk behind", format!("{text} x").into_bytes()),
            ("a comment", format!("{text} // x").into_bytes()),
            ("a byte order mark", format!("\u{feff}{text}").into_bytes()),
            ("NUL", b"\0".to_vec()),
            ("not UTF-8", [text.as_bytes(), b"\xff"].concat()),
            ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("half a surrogate", br#"{"note":"\ud800"}"#.to_vec()),
            ("deep arrays", deep("[", "]").into_bytes()),
            ("deep objects", deep("{\"a\":", "}").into_bytes()),
            ("unclosed", "[".repeat(100_000).into_bytes()),
            ("huge", [text.as_bytes(), &b" ".repeat(4 << 20)].concat()),
            ("XML", b"<a/>".to_vec()),
            ("single quotes", b"{'a':1}".to_vec()),
        ];
        bodies.push(match body {
            Value::Array(_) => ("an object", b"{}".to_vec()),
            _ => ("a list", b"[]".to_vec()),
        });
        if body.is_object() {
            let stranger = format!("{{\"no_such_field\":1,{}", &text[1..]).replace(",}", "}");
            bodies.push(("a long field", stranger.replace("such", &long).into_bytes()));
            bodies.push(("an unknown field", stranger.into_bytes()));
        }
        // A bank's statement is long, and blanks behind one mean nothing.
        bodies.retain(|(what, _)| case.route != "/v1/statements" || *what != "huge");
        for (what, bytes) in bodies {
            let answer = app.send(with(case, &app, bytes)).await;
            must_refuse(&answer, &named(case, what));
        }
    }
    is_well(&app).await;
    app.paid(100).await;
}

/// What may stand in place of a value.
fn absurd() -> Vec<(&'static str, String)> {
    let text = |text: &str| Value::from(text).to_string();
    vec![
        ("null", "null".into()),
        ("true", "true".into()),
        ("0", "0".into()),
        ("-1", "-1".into()),
        ("-0", "-0".into()),
        ("1.5", "1.5".into()),
        ("1e2", "1e2".into()),
        ("2^53 + 1", "9007199254740993".into()),
        ("the most of 64 bits", u64::MAX.to_string()),
        ("more than 64 bits", "18446744073709551616".into()),
        ("more than 128 bits", "9".repeat(60)),
        ("a small exponent", "1e-400".into()),
        ("nothing in quotes", text("")),
        ("a space", text(" ")),
        ("NUL", text("\0")),
        ("controls", text("\u{1b}[2J\u{202e}")),
        ("a number in quotes", text("1")),
        ("markup", text("<script>alert(1)</script>")),
        ("SQL", text("'; DROP TABLE wallet; --")),
        ("a path", text("../../etc/passwd")),
        ("Chinese", text("\u{4e2d}\u{6587}")),
        ("many letters", text(&"x".repeat(100_000))),
        ("many signs", text(&"\u{1f600}".repeat(20_000))),
        ("an id of nobody", text("wal_00000000000000000000000000")),
        ("an empty list", "[]".into()),
        ("an empty object", "{}".into()),
        ("a list of itself", "[[[[[[1]]]]]]".into()),
        ("a money of nothing", r#"{"amount":1,"currency":"XXX"}"#.into()),
        ("a money without end", r#"{"amount":1e30,"currency":"JPY"}"#.into()),
    ]
}

/// Every place in a body, as a JSON pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                places(value, &format!("{at}/{number}"), into);
            }
        }
        _ => {}
    }
}

/// A body with another text in one place.
fn replaced(body: &Value, place: &str, text: &str) -> String {
    const MARK: &str = "\u{1}here\u{1}";
    let mut body = body.clone();
    *body.pointer_mut(place).unwrap() = MARK.into();
    body.to_string().replacen(&Value::from(MARK).to_string(), text, 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_every_wrong_kind_in_every_place() {
    let app = app().await;
    let all = cases(&app).await;
    let mut asked = 0;
    for (case, body) in posts(&all) {
        let mut all_places = Vec::new();
        places(body, "", &mut all_places);
        for place in all_places.iter().filter(|place| !place.is_empty()) {
            for (what, text) in absurd() {
                let bytes = replaced(body, place, &text).into_bytes();
                let answer = app.send(with(case, &app, bytes)).await;
                may_refuse(&answer, &named(case, &format!("{place} is {what}")));
                asked += 1;
            }
            let (parent, name) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(fields)) = body.pointer(parent) {
                let (mut without, value) = (body.clone(), fields[name].to_string());
                without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
                let answer = app.send(with(case, &app, without.to_string().into_bytes())).await;
                may_refuse(&answer, &named(case, &format!("without {place}")));
                let twice = format!("{value},{}:{value}", Value::from(name));
                let bytes = replaced(body, place, &twice).into_bytes();
                let answer = app.send(with(case, &app, bytes)).await;
                must_refuse(&answer, &named(case, &format!("{place} twice")));
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    is_well(&app).await;
}

/// Numbers that look drawn and are the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % most
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_with_bytes_changed_anywhere() {
    let app = app().await;
    let all = cases(&app).await;
    let mut drawn = Drawn(7);
    for (case, body) in posts(&all) {
        let whole = body.to_string().into_bytes();
        for round in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..=drawn.below(3) {
                let at = drawn.below(bytes.len());
                match drawn.below(4) {
                    0 => bytes[at] = drawn.below(256) as u8,
                    1 => bytes.insert(at, b"{}[]\",:0-e\\\xff"[drawn.below(12)]),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at + 1),
                }
                if bytes.is_empty() {
                    bytes.push(b'{');
                }
            }
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let answer = app.send(with(case, &app, bytes)).await;
            may_refuse(&answer, &named(case, &format!("round {round}: {shown}")));
        }
    }
    is_well(&app).await;
}

/// A header in place of what stood there: none, or each of these.
fn headed(mut asked: Request<Body>, name: &HeaderName, values: &[&[u8]]) -> Request<Body> {
    asked.headers_mut().remove(name);
    for value in values {
        asked.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
    }
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_are_absent_doubled_or_unreadable() {
    let app = app().await;
    let all = cases(&app).await;
    let authorization = HeaderName::from_static("authorization");
    let once = HeaderName::from_static("idempotency-key");
    let kind = HeaderName::from_static("content-type");
    for case in &all {
        let own = format!("Bearer {}", case.owner);
        let other = format!("Bearer {}", app.other_shop.key);
        let long = format!("Bearer {}", "x".repeat(50_000));
        let (longer, listed) = (format!("{own}x"), format!("{own}, {other}"));
        let keys: &[&[&[u8]]] = &[
            &[],
            &[b""],
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Basic ZWs6"],
            &[case.owner.as_bytes()],
            &[b"Bearer ek_jp_\xff"],
            &[long.as_bytes()],
            &[own.as_bytes(), own.as_bytes()],
            &[own.as_bytes(), other.as_bytes()],
            &[longer.as_bytes()],
            &[listed.as_bytes()],
        ];
        for values in keys {
            let asked = request(case, Some(&case.owner), &app.new_key());
            let answer = app.send(headed(asked, &authorization, values)).await;
            let what = named(case, &format!("{} keys", values.len()));
            must_refuse(&answer, &what);
            assert_eq!(answer.status, 401, "{what}");
        }
    }
    for (case, _) in posts(&all) {
        let long = b"x".repeat(50_000);
        let names: &[&[&[u8]]] =
            &[&[], &[b""], &[b"a", b"a"], &[b"\xe4\xb8\xad"], &[b"\"a\"b\""], &[b"a\tb"], &[&long]];
        for values in names {
            let asked = request(case, Some(&case.owner), &app.new_key());
            let answer = app.send(headed(asked, &once, values)).await;
            must_refuse(&answer, &named(case, &format!("Idempotency-Key {values:.20?}")));
        }
        let kinds: &[&[&[u8]]] = &[
            &[],
            &[b""],
            &[b"text/plain"],
            &[b"application/x-www-form-urlencoded"],
            &[b"multipart/form-data; boundary=x"],
            &[b"application/jsonp"],
            &[b"\xff"],
            &[b"application/json", b"text/plain"],
            &[b"text/plain", b"application/json"],
        ];
        for values in kinds {
            let mut asked = request(case, Some(&case.owner), &app.new_key());
            if *values == [b"text/plain"] {
                // Without a body, too: what is said counts, not what is there.
                *asked.body_mut() = Body::from("x");
            } else if case.body == Some(json!({})) {
                *asked.body_mut() = Body::from(" {} ");
            }
            let answer = app.send(headed(asked, &kind, values)).await;
            must_refuse(&answer, &named(case, &format!("Content-Type {values:?}")));
        }
    }
    is_well(&app).await;
    app.paid(100).await;
}

/// In place of an id in a path.
const IDS: [&str; 16] = [
    "x",
    "%00",
    "%FF",
    "%E4%B8%AD",
    "%2e%2e%2f%2e%2e",
    "..",
    "-1",
    "99999999999999999999",
    "wal_",
    "wal_0",
    "pay_00000000000000000000000000x",
    "pay_OOOOOOOOOOOOOOOOOOOOOOOOOO",
    "%27%20OR%201%3D1",
    "%3Cscript%3E",
    "%25",
    "%F0%9F%98%80",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_in_paths_that_are_none() {
    let app = app().await;
    let all = cases(&app).await;
    let long = "9".repeat(10_000);
    for case in all.iter().filter(|case| case.route.contains('{')) {
        let (before, rest) = case.route.split_once('{').unwrap();
        let after = rest.split_once('}').unwrap().1;
        for id in IDS.into_iter().chain([long.as_str()]) {
            let mut asked = request(case, Some(&case.owner), &app.new_key());
            let path = format!("{before}{id}{after}");
            *asked.uri_mut() = path.parse().unwrap();
            let answer = app.send(asked).await;
            must_refuse(&answer, &named(case, &path[..path.len().min(100)]));
        }
    }
    let code = app.get("", "/problems/%FF").await;
    must_refuse(&code, "/problems/%FF");
    is_well(&app).await;
}

/// Queries that no list understands.
const QUERIES: [&str; 24] = [
    "limit=0",
    "limit=-1",
    "limit=201",
    "limit=1.5",
    "limit=x",
    "limit=",
    "limit=18446744073709551616",
    "limit=1&limit=2",
    "cursor=",
    "cursor=x",
    "cursor=%FF%FE",
    "cursor=AAAAAAAAAAAAAAAAAAAAAAAA",
    "cursor=a&cursor=b",
    "at_least=",
    "at_least=1",
    "at_least=zz:1",
    "at_least=jp:",
    "at_least=jp:-1",
    "at_least=jp:18446744073709551616",
    "at_least=cn:0x1",
    "no_such=1",
    "%FF=%FF",
    "=",
    "limit[]=1",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_that_can_not_be_read() {
    let app = app().await;
    let all = cases(&app).await;
    let mut lists = 0;
    for case in all.iter().filter(|case| case.method == "GET") {
        let list = case.route.ends_with("/statement") || case.route.ends_with("}/payments");
        for query in QUERIES {
            let path = case.path.split('?').next().unwrap();
            let answer = app.get(&case.owner, &format!("{path}?{query}")).await;
            match list {
                true => must_refuse(&answer, &named(case, query)),
                // What takes no query reads none.
                false => may_refuse(&answer, &named(case, query)),
            }
        }
        lists += u32::from(list);
    }
    assert_eq!(lists, 3);
    let long = format!("cursor={}", "A".repeat(60_000));
    let path = format!("/v1/wallets/{}/statement", app.wallet);
    must_refuse(&app.get(&app.li_wei.key, &format!("{path}?{long}")).await, "a long cursor");
    for query in [
        "",
        "by=",
        "by=week",
        "by=day&by=day",
        "by=day&day=",
        "by=day&day=x",
        "by=day&day=2026-02-30",
        "by=day&day=-2026-01-01",
        "by=day&day=99999-01-01",
        "by=day&day=20261122",
        "by=day&no=1",
    ] {
        let answer = app.get(&app.bank_jp.key, &format!("/v1/totals?{query}")).await;
        must_refuse(&answer, &format!("totals {query}"));
        let answer = app.get(&app.bank_jp.key, &format!("/v1/figures?{query}")).await;
        must_refuse(&answer, &format!("figures {query}"));
    }
    for query in [
        "by=hour&day=2999-01-01",
        "by=hour&from=2026-11-01",
        "by=hour&to=2026-11-01",
        "by=hour&day=2026-11-01&from=2026-11-01&to=2026-11-01",
        "by=hour&from=2026-11-02&to=2026-11-01",
        "by=hour&from=2020-01-01&to=2026-01-01",
        "by=hour&at_least=cn:1",
    ] {
        for path in ["/v1/figures", "/v1/figures.csv"] {
            let answer = app.get(&app.bank_jp.key, &format!("{path}?{query}")).await;
            must_refuse(&answer, &format!("{path} {query}"));
        }
    }
    let long = format!("shop={}", "a".repeat(101));
    for query in [
        "status=paid",
        "payment=1",
        "prefecture=48",
        "prefecture=-1",
        "category=food",
        "currency=yen",
        "at_least_minor=-1",
        "at_most_minor=99999999999999999999",
        "at_least_minor=1.5",
        "from=now",
        "to=2026-02-30",
        "to=2026-11-22T25:00",
        "cursor=x",
        "limit=0",
        "limit=201",
        "shop=%00",
        "shop=a&shop=b",
        "at_least=cn:1",
        "no=1",
        &long,
    ] {
        let answer = app.get(&app.bank_jp.key, &format!("/v1/payments?{query}")).await;
        must_refuse(&answer, &format!("payments {query}"));
    }
    is_well(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_in_the_stream_that_are_none() {
    let app = app().await;
    let last = HeaderName::from_static("last-event-id");
    let long = format!("jp:{}.0", "9".repeat(10_000));
    for values in [
        &[&b""[..]][..],
        &[b"x"],
        &[b"jp"],
        &[b"jp:"],
        &[b"jp:."],
        &[b"jp:x.0"],
        &[b"jp:1.x"],
        &[b"jp:-1.0"],
        &[b"jp:1.-1"],
        &[b"jp:1.4294967296"],
        &[b"jp:18446744073709551616.0"],
        &[b"jp:18446744073709551615.4294967295"],
        &[b"cn:1.0"],
        &[b"zz:1.0"],
        &[b"\xff"],
        &[b"jp:1.0\xff"],
        &[long.as_bytes()],
        &[b"jp:1.0", b"jp:2.0"],
    ] {
        let asked = Request::get("/v1/events")
            .header("authorization", format!("Bearer {}", app.shop.key))
            .body(Body::empty())
            .unwrap();
        // A stream that is opened has no end.
        let answer = app.send(headed(asked, &last, values));
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await;
        must_refuse(&answer.expect("it is refused"), &format!("Last-Event-ID {values:.40?}"));
    }
    is_well(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_and_addresses_that_are_none() {
    let app = app().await;
    let taken = operations();
    let mut routes: Vec<_> = taken.iter().map(|(_, route)| route.clone()).collect();
    routes.dedup();
    for route in routes {
        let path = route.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"] {
            if taken.contains(&(method.to_owned(), route.clone())) {
                continue;
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let what = format!("{method} {path}");
            let answer = app.method(&app.bank_jp.key, method, &path).await;
            must_refuse(&answer, &what);
            let wrong = answer.status == 405 && answer.header("allow").is_some();
            assert!(wrong || answer.status == 404, "{what}: {}", answer.status);
        }
    }
    for path in [
        "//",
        "/v1",
        "/v1/",
        "/v1/me/",
        "/v1//me",
        "/V1/me",
        "/v1/wallets/x/y/z",
        "/v1/%2e%2e/healthz",
        "/%00",
        "/%FF",
        "/.env",
        "/index.php",
        "/problems/",
        "/openapi.yaml",
    ] {
        let answer = app.get(&app.bank_jp.key, path).await;
        must_refuse(&answer, path);
        assert_eq!(answer.status, 404, "{path}");
    }
    is_well(&app).await;
}
