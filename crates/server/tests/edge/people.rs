//! People sign in: an invitation becomes a session and a passkey, a passkey opens a session, and what
//! was ended, stolen, sent twice or made for another site opens nothing.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use kernel::{Currency, Role};
use passkey::soft::SoftPasskey;
use serde_json::{Value, json};
use server::front::{self, FrontConfig};

use crate::app::{Answer, App};

const HOST: &str = "localhost:8080";
pub const ORIGIN: &str = "http://localhost:8080";

/// A browser: it keeps cookies and says where its pages stand.
pub struct Browser<'a> {
    app: &'a App,
    router: &'a Router,
    pub cookies: Vec<(String, String)>,
    origin: Option<&'static str>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a App, router: &'a Router) -> Self {
        Self { app, router, cookies: Vec::new(), origin: Some(ORIGIN) }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        pairs.join("; ")
    }

    fn learn(&mut self, headers: &HeaderMap) {
        for line in headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header("cookie", self.cookie()).header("host", HOST);
        let answer = self.app.send_to(self.router, request.body(Body::empty()).unwrap()).await;
        self.learn(&answer.headers);
        answer
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Answer {
        let mut request = Request::post(path)
            .header("cookie", self.cookie())
            .header("host", HOST)
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = self.origin {
            request = request.header("origin", origin);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.app.send_to(self.router, request).await;
        self.learn(&answer.headers);
        answer
    }

    /// Adds a passkey of an authenticator.
    pub async fn add(&mut self, soft: &mut SoftPasskey) -> Answer {
        let options = self.post("/me/passkeys/options?lang=en", "").await.expect(200);
        let body = json!({ "label": "Till 1", "answer": soft.create(&options) });
        self.post("/me/passkeys?lang=en", &body.to_string()).await
    }

    /// Signs in with it; what the authenticator answered, and what that came to.
    pub async fn enter(&mut self, soft: &mut SoftPasskey) -> (String, Answer) {
        let options = self.post("/enter/passkey/options?lang=en", "").await.expect(200);
        let answer = soft.get(&options);
        let told = self.post("/enter/passkey?lang=en", &answer).await;
        (answer, told)
    }
}

/// The pages of a server that is no demo, with others beside them.
pub fn served_with(app: &App, more: Router) -> Router {
    let config = FrontConfig {
        edge: app.edge.clone(),
        cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
        payers: vec!["cn".into()],
        address: ORIGIN.into(),
    };
    server::app(app.edge.clone(), front::router(config).merge(more))
}

async fn served(app: &App) -> Router {
    served_with(app, Router::new())
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.clone()).unwrap()
}

/// A member of the shop with an invitation: the reference, and the code.
pub async fn invited(app: &App, duty: &str) -> (String, String) {
    let member = json!({ "name": "高橋 花", "duty": duty });
    let added = app.post(&app.shop.key, "/v1/members", &member).await.expect(201);
    let person = added["person"].as_str().unwrap().to_owned();
    let path = format!("/v1/members/{person}/invitations");
    let made = app.post(&app.shop.key, &path, &json!({})).await.expect(201);
    (person, made["code"].as_str().unwrap().to_owned())
}

fn code_of(told: &Value) -> &str {
    told["code"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_becomes_a_passkey_and_a_passkey_a_session() {
    let app = App::start().await;
    let router = served(&app).await;
    // The owner invites on the page.
    let code = app.code(&app.jp, &app.shop, Role::Merchant).await.reveal();
    let mut owner = Browser::new(&app, &router);
    let staff = format!("/t/{code}/staff?lang=en");
    let page = text(&owner.get(&staff).await);
    let key = page.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("key={key}&name=Takahashi&duty=manager");
    let shown = owner.post(&staff, &form).await;
    let shown = text(&shown);
    assert!(shown.contains("An invitation for Takahashi"), "{shown}");
    let invitation = shown.split("id=\"invitation\">").nth(1).unwrap().split('<').next().unwrap();
    let invitation = invitation.to_owned();
    // Sent twice, the form adds nobody twice.
    owner.post(&staff, &form).await;
    let members = app.get(&app.shop.key, "/v1/members").await.expect(200);
    assert_eq!(members["members"].as_array().unwrap().len(), 1, "{members}");
    assert_eq!(members["members"][0]["name"], "Takahashi");

    // Looking at the link opens nothing; its button does, once.
    let mut till = Browser::new(&app, &router);
    let link = format!("/enter/{invitation}?lang=en");
    till.get(&link).await;
    assert_eq!(till.cookies, []);
    let opened = till.post(&link, "").await;
    assert_eq!(opened.header("location"), Some("/me?new=1&lang=en"));
    let cookie = opened.header("set-cookie").unwrap();
    assert!(cookie.starts_with("sid=") && cookie.contains("; Path=/; "), "{cookie}");
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let mut second = Browser::new(&app, &router);
    let again = second.post(&link, "").await;
    assert!(again.status == 401 && text(&again).contains("sign_in_ended"), "{}", text(&again));
    assert!(text(&till.get("/me?new=1&lang=en").await).contains("Welcome"));

    // A passkey is added, and signs in on its own.
    let mut soft = SoftPasskey::new(1, ORIGIN);
    let added = till.add(&mut soft).await.expect(200);
    assert_eq!(added["to"], "/me?done=added&lang=en");
    let devices = text(&till.get("/me?lang=en").await);
    assert!(devices.contains("Till 1") && devices.contains("This device"), "{devices}");
    let before = till.cookie();
    till.post("/leave?lang=en", "").await;
    assert_eq!(till.cookie().matches("sid=").count(), 0);
    // A stolen cookie of a session that was ended opens nothing, on whatever device.
    let mut thief = Browser::new(&app, &router);
    thief.cookies = vec![("sid".into(), before.split("sid=").nth(1).unwrap().into())];
    let refused = thief.get("/t/me/staff?lang=en").await;
    assert_eq!(refused.header("location"), Some("/enter?lang=en"));
    let (answer, entered) = till.enter(&mut soft).await;
    assert_eq!(entered.expect(200)["to"], "/t/me?lang=en");
    assert_eq!(till.get("/t/me/staff?lang=en").await.status, 200);
    // The same answer again, from whichever browser, was used.
    for browser in [&mut till, &mut Browser::new(&app, &router)] {
        let replayed = browser.post("/enter/passkey?lang=en", &answer).await;
        assert_eq!((replayed.status.as_u16(), code_of(&replayed.json())), (409, "passkey_late"));
    }
    // Nor does it fit what another browser was asked.
    let mut other = Browser::new(&app, &router);
    other.post("/enter/passkey/options?lang=en", "").await.expect(200);
    let told = other.post("/enter/passkey?lang=en", &answer).await;
    assert_eq!((told.status.as_u16(), code_of(&told.json())), (401, "passkey_unproven"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_ended_or_made_elsewhere_opens_nothing() {
    let app = App::start().await;
    let router = served(&app).await;
    let (person, code) = invited(&app, "manager").await;
    let mut till = Browser::new(&app, &router);
    till.post(&format!("/enter/{code}"), "").await;
    let mut soft = SoftPasskey::new(1, ORIGIN);
    till.add(&mut soft).await.expect(200);
    let mut unknown = SoftPasskey::new(2, ORIGIN);
    let (_, told) = Browser::new(&app, &router).enter(&mut unknown).await;
    assert_eq!((told.status.as_u16(), code_of(&told.json())), (404, "passkey_not_found"));
    type Wrong = fn(&mut SoftPasskey);
    let wrongs: [(&str, Wrong); 3] = [
        ("another site", |soft| soft.origin = "https://evil.example".into()),
        ("nobody verified", |soft| soft.verifies = false),
        ("another key", |soft| {
            let id = std::mem::take(&mut soft.id);
            *soft = SoftPasskey::new(3, ORIGIN);
            soft.id = id;
        }),
    ];
    for (what, wrong) in wrongs {
        let mut other = soft.clone();
        wrong(&mut other);
        let (_, told) = Browser::new(&app, &router).enter(&mut other).await;
        assert_eq!(code_of(&told.json()), "passkey_unproven", "{what}");
    }
    // It counts on, then back, as a copy would.
    for (counter, status) in [(5, 200), (4, 401), (6, 200)] {
        soft.counter = counter;
        let (_, told) = Browser::new(&app, &router).enter(&mut soft).await;
        assert_eq!(told.status.as_u16(), status, "{counter}: {}", text(&told));
    }
    // A form of another site does nothing with the session, nor one that does not say where it stood.
    for origin in [Some("https://evil.example"), None] {
        till.origin = origin;
        let told = till.post("/t/me/staff?lang=en", "name=x&duty=cashier").await;
        assert_eq!(told.status, 403, "{origin:?}");
    }
    till.origin = Some(ORIGIN);
    // A manager gives no duty of their own height.
    let above = till.post("/t/me/staff?lang=en", &form(&app, "owner")).await;
    assert!(above.status == 403 && text(&above).contains("duty_above_own"), "{}", text(&above));
    assert_eq!(till.post("/t/me/staff?lang=en", &form(&app, "cashier")).await.status, 200);
    // What a member may not do is refused; what belongs to the operator is another page.
    assert_eq!(till.get("/o/me?lang=en").await.status, 403);
    // Ended, all is over at once.
    let path = format!("/v1/members/{person}");
    app.method(&app.shop.key, axum::http::Method::DELETE, &path).await.expect(200);
    assert_eq!(till.get("/t/me/staff?lang=en").await.header("location"), Some("/enter?lang=en"));
    soft.counter = 7;
    let (_, told) = till.enter(&mut soft).await;
    assert_eq!(code_of(&told.json()), "passkey_not_found");
}

fn form(app: &App, duty: &str) -> String {
    let site = app.edge.cells().named("jp").unwrap();
    let key = site.fresh::<kernel::id::Party>();
    format!("key={key}&name=Somebody&duty={duty}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_rested_does_nothing_grave() {
    let app = App::start().await;
    let router = served(&app).await;
    let (_, code) = invited(&app, "manager").await;
    let mut till = Browser::new(&app, &router);
    till.post(&format!("/enter/{code}"), "").await;
    assert_eq!(till.get("/t/me/staff?lang=en").await.status, 200);
    // Another edge does not know when it was used; the session is as old as its opening.
    let site = app.edge.cells().named("jp").unwrap();
    let (_, id, session) = site.keys.people(|people| {
        people.sessions().map(|(person, id, it)| (person, id, *it)).next().unwrap()
    });
    let pulse = server::session::Pulse::default();
    let idle = kernel::Span::seconds(900);
    let late = session.since.plus(kernel::Span::seconds(901));
    assert!(!pulse.beat(id, session.since, idle, late), "it rested");
    let used = session.since.plus(kernel::Span::seconds(600));
    assert!(pulse.beat(id, session.since, idle, used));
    assert!(pulse.beat(id, session.since, idle, late), "it was used meanwhile");
    let rested = late.plus(kernel::Span::seconds(900));
    assert!(!pulse.beat(id, session.since, idle, rested));
    assert!(!pulse.beat(id, session.since, idle, rested), "and does not wake by being asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_ends_what_they_lost() {
    let app = App::start().await;
    let router = served(&app).await;
    let (_, code) = invited(&app, "cashier").await;
    let mut till = Browser::new(&app, &router);
    till.post(&format!("/enter/{code}"), "").await;
    let mut soft = SoftPasskey::new(1, ORIGIN);
    till.add(&mut soft).await.expect(200);
    let mut phone = Browser::new(&app, &router);
    phone.enter(&mut soft).await.1.expect(200);
    let page = text(&till.get("/me?lang=en").await);
    let passkey =
        page.split("name=\"passkey\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    // Nobody ends another's.
    let (_, other) = invited(&app, "cashier").await;
    let mut stranger = Browser::new(&app, &router);
    stranger.post(&format!("/enter/{other}"), "").await;
    let mut theirs = SoftPasskey::new(2, ORIGIN);
    stranger.add(&mut theirs).await.expect(200);
    stranger.enter(&mut theirs).await.1.expect(200);
    let told = stranger.post("/me/end?lang=en", &format!("passkey={passkey}")).await;
    assert!(text(&told).contains("passkey_not_found"), "{}", text(&told));
    assert_eq!(phone.get("/me?lang=en").await.status, 200);
    // Nor does a session that a code opened end one's own.
    let told = till.post("/me/end?lang=en", &format!("passkey={passkey}")).await;
    assert!(text(&told).contains("passkey_session"), "{}", text(&told));
    assert_eq!(phone.get("/me?lang=en").await.status, 200);
    let ended = phone.post("/me/end?lang=en", &format!("passkey={passkey}")).await;
    assert_eq!(ended.header("location"), Some("/enter?lang=en"));
    // What it opened is over.
    assert_eq!(phone.get("/me?lang=en").await.header("location"), Some("/enter?lang=en"));
    assert_eq!(till.get("/me?lang=en").await.status, 200);
    let mine = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let out = till.post("/me/end?lang=en", &format!("session={mine}")).await;
    assert_eq!(out.header("location"), Some("/enter?lang=en"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_guesses_is_slowed_and_learns_nothing() {
    let app = App::start().await;
    let router = served(&app).await;
    let mut guesser = Browser::new(&app, &router);
    let mut slowed = 0;
    for _ in 0..80 {
        let code = server::code::Code::generate("jp").reveal();
        let told = guesser.post("/enter?lang=en", &format!("code={code}")).await;
        match told.status.as_u16() {
            401 => assert!(text(&told).contains("sign_in_unknown")),
            429 => slowed += 1,
            other => panic!("{other}"),
        }
    }
    assert!(slowed >= 15, "{slowed}");
    assert_eq!(guesser.post("/enter/passkey/options", "").await.status, 429);
}
