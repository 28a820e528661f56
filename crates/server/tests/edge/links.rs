//! A link that stops, and how its operators open it again.

use std::time::Duration;

use crate::app::App;
use serde_json::{Value, json};

/// The only link of a cell, as its operator sees it, once it is as asked.
async fn link_until(app: &App, key: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut link = Value::Null;
    for _ in 0..1_000 {
        link = app.get(key, "/v1/links").await.expect(200)["links"][0].clone();
        if is(&link) {
            return link;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the link is never {what}: {link}");
}

async fn frozen(app: &App, key: &str, reason: &str) -> Value {
    link_until(app, key, reason, |link| link["frozen"]["reason"] == reason).await
}

async fn status_until(app: &App, payment: &Value, status: &str) {
    let path = format!("/v1/payments/{}", payment["id"].as_str().unwrap());
    for _ in 0..1_000 {
        if app.get(&app.li_wei.key, &path).await.expect(200)["status"] == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the payment is never {status}");
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Before, the older side knew of nothing and took payments until its window was full.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_that_is_only_greeted_stops_both_sides() {
    let mut app = App::start().await;
    app.paid(500).await;
    let position = app.cn.durable();
    app.paid(600).await;
    app.cut_the_corridor();
    app.restore_cn(position).await;
    let jp = frozen(&app, &app.bank_jp.key, "witness_differs").await;
    let cn = frozen(&app, &app.bank_cn.key, "forked_here").await;
    assert!(cn["frozen"]["detail"].as_str().unwrap().contains("Reopen the other side first"));
    assert!(jp["seen"]["position"].as_u64().unwrap() > position, "{jp}");
    let requested = app.request(700).await;
    let quote = app.quote(&requested["code"]).await;
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = app.post(&app.li_wei.key, &path, &json!({})).await;
    assert_eq!(refused.problem(), (503, "corridor_unavailable".into()));
}

/// What the operator names may be newer than the message that is due: it is still handed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_reopened_at_a_newer_position_misses_no_message() {
    let mut app = App::start().await;
    let first = app.paid(500).await;
    assert_eq!(first["status"], "captured");
    app.cut_the_corridor();
    let jp = app.bank_jp.key.clone();
    app.post(&jp, "/v1/links/0/freeze", &json!({"note": "a look"})).await.expect(200);
    let requested = app.request(700).await;
    let quote = app.quote(&requested["code"]).await;
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let yes = json!({});
    let asked = app.post(&app.li_wei.key, &confirm, &yes);
    // The route waits for the other side's answer; here it matters that it was asked.
    let _ = tokio::time::timeout(Duration::from_millis(300), asked).await;
    let fees = json!({"spread_bps": 100, "merchant_bps": 0});
    app.change(&app.cn, &app.bank_cn.key, "/v1/fees", &fees).await;
    let newest = app.disks[0].head();
    let seen = json!({"position": newest.position, "hash": hex(newest.hash)});
    let note = json!({"note": "both books agree", "seen": seen});
    app.post(&jp, "/v1/links/0/reopen", &note).await.expect(200);
    app.join_the_corridor();
    status_until(&app, &requested, "captured").await;
    let link = link_until(&app, &jp, "up to date", |link| link["received"] == 2).await;
    assert!(link.get("frozen").is_none(), "{link}");
}
