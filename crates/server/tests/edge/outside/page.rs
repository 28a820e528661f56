//! The operator's page of wallets of other companies: what it shows of each, and what its forms do
//! once.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::{Currency, Role};
use serde_json::json;
use server::front::{self, FrontConfig};
use wechat_counterpart::{Fault, Operation, Payer};

use super::scene::Scene;
use crate::app::{Answer, App, own_form};
use crate::board::{self, code_of};

/// The yen cell's operator at its window.
struct Window {
    router: Router,
    base: String,
}

impl Window {
    async fn open(app: &App) -> Self {
        let config = FrontConfig {
            edge: app.edge.clone(),
            cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
            payers: vec!["cn".into()],
            address: "http://localhost:1".into(),
        };
        let router = server::app(app.edge.clone(), front::router(config));
        let code = code_of(app, &app.jp, app.bank_jp.party, Role::Operator).await;
        Self { router, base: format!("/o/{}", code.reveal()) }
    }

    async fn page(&self, app: &App, lang: &str) -> String {
        let path = format!("{}/connectors?lang={lang}", self.base);
        let answer = app.send_to(&self.router, Request::get(path).body(Body::empty()).unwrap());
        let answer = answer.await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.bytes).unwrap()
    }

    async fn post(&self, app: &App, body: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        let path = format!("{}/connectors?lang=en", self.base);
        let request = own_form(&path).header("content-type", kind);
        app.send_to(&self.router, request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

fn has(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "no {word}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_how_to_begin_where_there_is_none() {
    let scene = board::Scene::open().await;
    for lang in ["zh-CN", "ja", "en"] {
        let page = scene.page(&format!("/connectors?lang={lang}")).await;
        has(&page, &["[[connector]]", "docs/wechat-pay.md", "docs/adding-a-connector.md"]);
        assert!(!page.contains(">conn-"), "{lang}: {page}");
    }
    let answer = scene.post("connectors", "cell=jp&key=k&act=settled&connector=wechat".into());
    assert_eq!(answer.await.status, 404, "there is no such connector");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_what_is_owed_what_ails_and_what_waits() {
    let scene = Scene::start().await;
    let window = Window::open(&scene.app).await;
    let page = window.page(&scene.app, "en").await;
    has(&page, &["WeChat Pay", "Not asked since the start", "Cross-border merchant"]);
    has(&page, &["Nothing is open", "No rule of its own", "50", "365 days"]);

    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let page = window.page(&scene.app, "en").await;
    has(&page, &["Answers", "3,200 JPY", "Their platform certificate", "Our API certificate"]);
    assert!(!page.contains("In trouble"), "{page}");

    // Nothing comes any more: it is unknown, and is said to be.
    scene.platform.fault(Operation::PayByCode, Fault::CutBefore);
    scene.platform.faults(Operation::Query, Fault::CutBefore, 10_000);
    let (unknown, _) = scene.charged(900, Payer::PaysAtOnce).await;
    scene.until_asked(Operation::Query).await;
    let page = window.page(&scene.app, "en").await;
    has(&page, &["In trouble", "No answer", "no_answer", "Unknown, being asked", "900 JPY"]);
    has(&page, &[&format!("/pay/{unknown}?cell=jp")]);
    for lang in ["zh-CN", "ja"] {
        let page = window.page(&scene.app, lang).await;
        assert!(!page.contains(">conn-") && page.contains("no_answer"), "{page}");
    }
    let jp = &scene.app.bank_jp.key;
    let told = scene.app.get(jp, "/v1/connectors").await.expect(200);
    let told = &told["connectors"][0];
    assert_eq!((&told["mode"], &told["trouble"]["what"]), (&json!("global"), &json!("no_answer")));
    assert_eq!(told["keys"][0]["of"], "ours", "{told}");
    assert!(told["keys"][1]["until"].is_string(), "{told}");

    scene.platform.no_more_faults();
    scene.pass(361);
    assert_eq!(scene.ended(&unknown).await, "never_arrived");
    let page = window.page(&scene.app, "en").await;
    assert!(page.contains("Answers") && page.contains("Nothing is open"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stray_is_given_back_and_a_settlement_booked_once_from_the_page() {
    let scene = Scene::start().await;
    let window = Window::open(&scene.app).await;
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let stray = crate::app::stray(&scene.app, 500).await;
    let page = window.page(&scene.app, "en").await;
    has(&page, &["Money without a payment", "500 JPY", "One waits for a person", &stray]);

    let said = format!("cell=jp&key=a&act=returned&connector=wechat&stray={stray}");
    for _ in 0..2 {
        let answer = window.post(&scene.app, &said).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").unwrap().contains("done=returned"));
    }
    let page = window.page(&scene.app, "en").await;
    assert!(!page.contains(&stray), "{page}");
    scene.assert_owed_here(3_200).await;

    let settled = "cell=jp&key=b&act=settled&connector=wechat&received=3%2C100&kept=32&reference=W";
    for _ in 0..2 {
        assert_eq!(window.post(&scene.app, settled).await.status, 303);
    }
    scene.assert_owed_here(68).await;
    // The same reference under another key is another settlement, and refused; what was typed stays.
    let again = window.post(&scene.app, &settled.replace("key=b", "key=c")).await;
    assert_eq!(again.status, 409);
    let page = String::from_utf8(again.bytes).unwrap();
    has(&page, &["reference_already_used", "value=\"3,100\"", "value=\"W\""]);
    for (form, status) in [
        ("key=d&act=settled&connector=wechat&received=&kept=&reference=X", 400),
        ("key=e&act=settled&connector=wechat&received=1.5&kept=&reference=X", 400),
        ("key=f&act=returned&connector=wechat&stray=zz", 400),
        ("key=g&act=elope&connector=wechat", 400),
        ("key=h&act=settled&connector=paypal&received=1&kept=&reference=X", 404),
    ] {
        assert_eq!(window.post(&scene.app, form).await.status, status, "{form}");
    }
    scene.assert_owed_here(68).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_merchants_pay_for_it_is_a_dated_rule() {
    let scene = Scene::start().await;
    let window = Window::open(&scene.app).await;
    let jp = scene.app.bank_jp.key.clone();
    let of = |name: &str| {
        json!({"via": {"connector": name}, "rate": {"bps": 180, "fixed": 5},
            "source": "contract 7"})
    };
    let nobody = scene.app.post(&jp, "/v1/fee-rules", &of("paypal")).await;
    assert_eq!(nobody.problem(), (404, "connector_not_found".into()));
    let cell = scene.app.jp.clone();
    scene.app.change(&cell, &jp, "/v1/fee-rules", &of("wechat")).await;
    let page = window.page(&scene.app, "en").await;
    has(&page, &["1.8 % + 5 JPY"]);
    let known = scene.app.get(&jp, "/v1/connectors").await.expect(200);
    assert_eq!(known["connectors"][0]["fees"][0]["bps"], 180, "{known}");
    let (payment, _) = scene.charged(10_000, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let path = format!("/v1/payments/{payment}");
    let view = scene.app.get(&scene.app.shop.key, &path).await.expect(200);
    assert_eq!(view["merchant_fee"]["amount"], 185, "{view}");
}
