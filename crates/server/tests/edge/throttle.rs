//! Who asks too fast is told when to ask again, by a code, and nobody else notices.

use std::time::Duration;

use crate::app::{Answer, App};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use kernel::Currency;
use serde_json::json;
use server::Bounds;
use server::bounds::Rate;
use server::edge::SignUpAt;

const FEW: Rate = Rate { per_s: 1, burst: 3 };

async fn strict() -> App {
    let bounds = Bounds { per_key: FEW, per_address: FEW, ..Bounds::default() };
    App::build(|edge| edge.bounds(bounds)).await
}

/// A request without a key, as a proxy hands it on.
async fn ask(app: &App, router: &Router, path: &str, forwarded_for: &str) -> Answer {
    let request = Request::get(path).header("x-forwarded-for", forwarded_for);
    app.send_to(router, request.body(Body::empty()).unwrap()).await
}

/// Seconds after which to come back.
#[track_caller]
fn slowed(answer: &Answer) -> u64 {
    assert_eq!(answer.problem(), (429, "rate_limited".into()));
    assert_eq!(answer.json()["retryable"], true);
    let seconds = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    seconds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_asks_too_fast_waits_and_no_other_does() {
    let app = strict().await;
    let body = json!({"store": app.store.to_string(), "amount": {"amount": 9, "currency": "JPY"}});
    for _ in 0..3 {
        app.get(&app.shop.key, "/v1/me").await.expect(200);
    }
    let refused = app.post_once(&app.shop.key, "/v1/payments", &body, "once").await;
    let wait = slowed(&refused);
    assert!(refused.json()["detail"].as_str().unwrap().contains("1 times a second, and 3"));
    app.get(&app.other_shop.key, "/v1/me").await.expect(200);
    // An operator's batches are not counted, and neither is what watches the process.
    for _ in 0..50 {
        app.get(&app.bank_jp.key, "/v1/me").await.expect(200);
        app.get("", "/healthz").await.expect(200);
    }
    tokio::time::sleep(Duration::from_secs(wait)).await;
    // Nothing was remembered of the one that came too soon.
    app.post_once(&app.shop.key, "/v1/payments", &body, "once").await.expect(201);
    let text = String::from_utf8(app.get("", "/metrics").await.bytes).unwrap();
    assert!(text.contains("enishi_http_rate_limited_total{by=\"key\"} 1\n"), "{text}");
    assert!(text.contains("enishi_http_rate_limited_total{by=\"address\"} 0\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_that_opens_it_goes_by_the_address() {
    let app = strict().await;
    for _ in 0..3 {
        assert_eq!(app.get("ek_jp_guess", "/v1/me").await.problem().1, "key_invalid");
    }
    slowed(&app.get("ek_jp_guess", "/v1/me").await);
    slowed(&app.get("", "/openapi.json").await);
    slowed(&app.get("", "/nothing/here").await);
    // A key that opens asks in its own name, wherever it comes from.
    app.get(&app.shop.key, "/v1/me").await.expect(200);
    app.get("", "/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_each_address_counts_by_itself_and_pages_count_too() {
    let app = App::start().await;
    let pages = || Router::new().route("/page", get(async || "a page"));
    let over = async |forwarded_for| {
        let bounds = Bounds { per_address: FEW, forwarded_for, ..Bounds::default() };
        app.edge_again(|edge| edge.bounds(bounds)).await
    };
    let behind = server::app(over(true).await, pages());
    for address in ["203.0.113.1", "203.0.113.2"] {
        for _ in 0..3 {
            assert_eq!(ask(&app, &behind, "/page", address).await.status, 200);
        }
        slowed(&ask(&app, &behind, "/page", &format!("10.0.0.1, {address}")).await);
    }
    // Without a proxy the header is anybody's word.
    let alone = server::app(over(false).await, pages());
    for last in 1..=3 {
        let address = format!("203.0.113.{last}");
        assert_eq!(ask(&app, &alone, "/page", &address).await.status, 200);
    }
    slowed(&ask(&app, &alone, "/page", "203.0.113.4").await);
}

/// Each sign-up makes entries that stay: strangers get fewer of them than of pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_up_shop_after_shop_from_one_address_waits() {
    let app =
        App::build(|edge| edge.sign_up(SignUpAt { cell: "jp".into(), currency: Currency::JPY }));
    let app = app.await;
    let before = app.jp.durable();
    let mut told = Vec::new();
    for number in 0..60 {
        let fields = json!({
            "name": "Soba", "latin_name": "Soba", "category": "restaurant", "prefecture": "21",
            "city": "Takayama", "bank": "2476", "branch": "001",
            "account": format!("{number:07}"), "holder": "ソバ",
        });
        let key = format!("8e03978e-40d5-43dd-bc93-6894a57f93{number:02}");
        told.push(app.post_once("", "/v1/sign-ups", &fields, &key).await);
    }
    let opened = told.iter().filter(|answer| answer.status == 201).count();
    assert!((40..=45).contains(&opened) && app.jp.durable() > before, "{opened}");
    let refused = told.last().unwrap();
    assert_eq!(refused.problem(), (429, "rate_limited".into()));
    assert!(refused.header("retry-after").is_some());
    // The look at a form that was mended, and the shops that are open, are as before.
    app.get("", "/healthz").await.expect(200);
}
