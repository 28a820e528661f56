//! The conformance kit against our own server, which passes, and against one that is wrong in one way
//! at a time, which fails that rule and no other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use cell::{Handle, SystemClock};
use ed25519_dalek::SigningKey;
use kernel::{Actor, Role};
use link::keys::{KeyFolder, Keys, PublicKey};
use partner::Partners;
use partner::ask::named;
use partner::body::{Delivery, Sent};
use partner::chain::Chain;
use partner::kit::{Checked, Report, check};
use partner::message::Flat;
use partner::signature::{ANSWERED, Params, sign};
use serde_json::{Value, json};
use server::api::partner_sandbox::SandboxAt;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::{App, Person};

const NUMBER: u16 = 901;

/// Says something else in a body.
type Change = fn(&mut Value);

/// What a wrong partner does.
#[derive(Clone, Debug, Default)]
struct Fault {
    /// Takes what it should refuse with this code.
    takes: Option<&'static str>,
    /// Does not sign its answers.
    unsigned: bool,
    /// Says another word, amount or balance in messages of a kind.
    says: Option<fn(&mut Flat)>,
    /// Says something else in the bodies of a path.
    shows: Option<(&'static str, Change)>,
    /// Writes another file of the day.
    writes: Option<fn(&str) -> String>,
}

struct Wrong {
    fault: Fault,
    cell: String,
    key: SigningKey,
    /// How far its messages go as it tells them.
    told: Mutex<BTreeMap<u64, Chain>>,
}

/// A sandbox over one cell of an app, wrong in one way or in none.
async fn sandbox(app: &App, home: &TempDir, cell: &Handle, fault: Fault) -> Checked {
    let name = cell.info().name.clone();
    let is_seller = name == "jp";
    let folder = home.path().join(&name);
    let keys = KeyFolder::new(&folder, &name);
    let trusted = keys.own().unwrap();
    let own = Arc::new(Keys::over(keys.clone()));
    let clock = Arc::new(SystemClock);
    let partners = Arc::new(Partners::of(cell.clone(), own, clock, Some(&folder)));
    let key = SigningKey::from_bytes(&[42; 32]);
    let bank = if is_seller { &app.bank_jp } else { &app.bank_cn };
    let (pays_here, paid_there) =
        if is_seller { ("pays_here", "JPY") } else { ("paid_there", "JPY") };
    let agreed = json!({
        "number": NUMBER, "name": "kit", "wallet": "Conformance kit", pays_here: paid_there,
        "source": "a sandbox",
    });
    app.post(&bank.key, "/v1/partners", &agreed).await.expect(201);
    let trust = json!({"key": PublicKey::of("kit", &key).to_string(), "trusted": true});
    app.post(&bank.key, "/v1/partners/901/keys", &trust).await.expect(200);
    partners.refresh_now().await;
    let actor = |person: &Person, role| Actor::of(person.party.number, role);
    let at = SandboxAt {
        store: is_seller.then(|| (actor(&app.shop, Role::Merchant), app.store)),
        wallet: (!is_seller).then(|| (actor(&app.li_wei, Role::Traveller), app.wallet)),
    };
    let known = vec![Arc::clone(&partners)];
    let edge = app.edge_again(|edge| edge.partners(known).sandbox(at)).await;
    let signs = keys.read().unwrap().current.unwrap();
    let wrong = Wrong { fault, cell: name.clone(), key: signs, told: Mutex::default() };
    let router = server::app(edge.clone(), Router::new());
    let router = router.layer(from_fn_with_state(Arc::new(wrong), spoilt));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        server::serve(listener, &edge, router, std::future::pending()).await;
    });
    Checked { url, name, trusted, own: "kit".to_owned(), number: NUMBER, key }
}

/// Does to an answer what the fault says.
async fn spoilt(State(wrong): State<Arc<Wrong>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let asked = request.headers().get("signature").cloned();
    let is_get = request.method() == "GET";
    let (mut parts, body) = next.run(request).await.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let mut status = parts.status.as_u16();
    let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let fault = &wrong.fault;
    if fault.takes.is_some() && said["code"].as_str() == fault.takes {
        (status, bytes) = (200, b"{}".to_vec());
    }
    if let (Some(says), "/partner/v1/messages", true) = (fault.says, path.as_str(), is_get)
        && let Ok(sent) = serde_json::from_slice::<Sent>(&bytes)
    {
        bytes = serde_json::to_vec(&wrong.told(sent, says)).unwrap();
    }
    if let Some((of, change)) = fault.shows
        && path == of
        && status == 200
    {
        let mut said = said;
        change(&mut said);
        bytes = said.to_string().into_bytes();
    }
    if let (Some(writes), "/partner/v1/day") = (fault.writes, path.as_str()) {
        bytes = writes(&String::from_utf8(bytes).unwrap()).into_bytes();
    }
    parts.status = status.try_into().unwrap();
    parts.headers.remove("content-length");
    if let Some(asked) = asked.filter(|_| parts.headers.contains_key("signature")) {
        let (digest, field) = (link::signature::digest(&bytes), named(&wrong.cell, "kit"));
        let status = status.to_string();
        let values = [status.as_str(), &digest, &field, asked.to_str().unwrap()];
        let components: Vec<_> = ANSWERED.into_iter().zip(values).collect();
        let params = Params {
            created: cell::Clock::wall(&SystemClock).seconds(),
            expires: None,
            keyid: PublicKey::of(&wrong.cell, &wrong.key).id(),
            nonce: link::signature::nonce(),
        };
        let signed = sign(&wrong.key, &components, &params);
        for (name, value) in [
            ("content-digest", digest.clone()),
            ("signature-input", signed.input),
            ("signature", signed.signature),
        ] {
            parts.headers.insert(name, value.parse().unwrap());
        }
    }
    if fault.unsigned {
        parts.headers.remove("signature");
    }
    Response::from_parts(parts, Body::from(bytes))
}

impl Wrong {
    /// What was sent as it tells it, always the same way.
    fn told(&self, sent: Sent, says: fn(&mut Flat)) -> Sent {
        let mut told = self.told.lock().unwrap();
        let after = sent.delivery.after;
        let after = told.get(&after.number).copied().unwrap_or(after);
        let mut messages = sent.delivery.messages;
        let mut chain = after;
        for message in &mut messages {
            says(message);
            chain.push(message);
            told.insert(message.number, chain);
        }
        Sent { delivery: Delivery::of(after, messages), more: sent.more }
    }
}

async fn report(app: &App, cell: &Handle, fault: Fault) -> Report {
    let home = tempfile::tempdir().unwrap();
    let checked = sandbox(app, &home, cell, fault).await;
    tokio::task::spawn_blocking(move || check(checked, &mut |_| {})).await.unwrap()
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.findings.iter().filter(|it| it.instead.is_some()).map(|it| it.rule).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_server_keeps_every_rule() {
    let app = App::start().await;
    for (cell, rules) in [(&app.jp, 38), (&app.cn, 28)] {
        let home = tempfile::tempdir().unwrap();
        let checked = sandbox(&app, &home, cell, Fault::default()).await;
        // It remembers nothing between two runs, and leaves the partner fit for the next.
        let twice = move || [checked.clone(), checked].map(|it| check(it, &mut |_| {}));
        let (first, second) = tokio::task::spawn_blocking(move || {
            let [first, second] = twice();
            (first, second)
        })
        .await
        .unwrap();
        for report in [first, second] {
            let wrong: Vec<_> = report.findings.iter().filter(|it| it.instead.is_some()).collect();
            assert!(wrong.is_empty(), "{wrong:#?}");
            assert_eq!(report.findings.len(), rules);
        }
    }
}

/// One switch for each fault, and what the kit finds.
fn faults() -> Vec<(Fault, Vec<&'static str>)> {
    let takes = |code| Fault { takes: Some(code), ..Fault::default() };
    let says = |says| Fault { says: Some(says), ..Fault::default() };
    let shows = |of, change| Fault { shows: Some((of, change)), ..Fault::default() };
    let day = "the file of the day says what passed";
    vec![
        (
            Fault { unsigned: true, ..Fault::default() },
            vec!["a signed request is answered, signed"],
        ),
        (
            takes("partner_signature_invalid"),
            vec![
                "another key's signature is refused",
                "the digest is covered by the signature",
                "the path is covered by the signature",
                "the query is covered by the signature",
            ],
        ),
        (takes("partner_key_unknown"), vec!["a key that is not known is refused"]),
        (
            takes("partner_clock"),
            vec![
                "a request signed too long ago is refused",
                "a request signed too far ahead is refused",
                "a request that has expired is refused",
            ],
        ),
        (takes("partner_replayed"), vec!["the very same request is taken once"]),
        (
            takes("partner_body_differs"),
            vec!["a body that is not the one that was signed is refused"],
        ),
        (takes("partner_version"), vec!["another version of the protocol is refused"]),
        (takes("body_too_large"), vec!["a body that is too large is refused"]),
        (
            takes("partner_malformed"),
            vec![
                "a body that is not JSON is refused",
                "a member that the protocol does not name is refused",
                "a witness that is not that of the lines is refused",
                "a message with a member that its kind does not have is refused",
                "a message of a kind that is not known is refused",
            ],
        ),
        (
            takes("partner_out_of_order"),
            vec!["a message that is not the next is refused with the number that is"],
        ),
        (
            takes("partner_witness_differs"),
            vec!["another past than the one that was seen stops the link"],
        ),
        (takes("store_not_found"), vec!["a store that is not known is not told"]),
        (
            shows("/partner/v1/lookup", |said| said["open"] = json!(false)),
            vec!["a store is told before it is paid"],
        ),
        (
            Fault {
                writes: Some(|file| file.replacen("captured", "released", 1)),
                ..Fault::default()
            },
            vec![day],
        ),
        (
            says(|message| {
                if message.word.as_deref() == Some("expired") {
                    message.word = Some("store_paused".to_owned());
                }
            }),
            vec!["an `authorize` that has expired is declined", day],
        ),
        (
            says(|message| {
                if message.word.as_deref() == Some("already_paid") {
                    message.kind = "released".to_owned();
                    message.word = None;
                }
            }),
            vec!["a payment is taken once, under whatever number it comes", day],
        ),
        (
            says(|message| {
                if let (Some(amount), Some(false)) = (&mut message.amount, message.last) {
                    amount.amount -= 1;
                }
            }),
            vec!["what is held is captured in parts, each by its total so far", day],
        ),
        (
            says(|message| {
                if message.kind == "refunded"
                    && let Some(after) = &mut message.nostro_after
                {
                    after.amount += 1;
                }
            }),
            vec!["a refund in parts is told by its total so far", day],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_partner_fails_the_rule_that_it_breaks_and_no_other() {
    for (fault, expected) in faults() {
        let app = App::start().await;
        let report = report(&app, &app.jp, fault.clone()).await;
        assert_eq!(failed(&report), expected, "{fault:?}\n{:#?}", report.findings);
    }
}
