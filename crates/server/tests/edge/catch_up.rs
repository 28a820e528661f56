//! A reader that was away: what it missed comes from the ring, from where the views point to, or
//! from the journal alone, and over each seam without a gap, a repeat or a foreign event.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::app::App;
use crate::app::derived::{FakeLists, RealEvents};
use crate::app::told::{Events, Told};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

/// One of everything that is told.
async fn busy(app: &App) {
    let yen = |amount: u64| json!({"amount": amount, "currency": "JPY"});
    let shop = &app.shop.key;
    let paid = app.paid(2_000).await;
    let refunds = format!("/v1/payments/{}/refunds", paid["id"].as_str().unwrap());
    app.post(shop, &refunds, &json!({"amount": yen(500)})).await.expect(201);

    let cancelled = app.request(300).await;
    let path = format!("/v1/payments/{}/cancel", cancelled["id"].as_str().unwrap());
    app.post(shop, &path, &json!({})).await.expect(200);

    // A deposit: part of it taken, the rest let go.
    let store = app.store.to_string();
    let later = json!({"store": store, "amount": yen(900), "capture": "later"});
    let deposit = app.post(shop, "/v1/payments", &later).await.expect(201);
    let quote = app.quote(&deposit["code"]).await;
    app.confirm(&quote).await;
    let path = |word: &str| format!("/v1/payments/{}/{word}", deposit["id"].as_str().unwrap());
    app.post(shop, &path("captures"), &json!({"amount": yen(400)})).await.expect(201);
    app.post(shop, &path("release"), &json!({})).await.expect(200);

    // Declined: the shop closes between quote and yes.
    let dropped = app.request(700).await;
    let quote = app.quote(&dropped["code"]).await;
    app.post(shop, &format!("/v1/stores/{store}/pause"), &json!({})).await.expect(200);
    app.confirm(&quote).await;
    app.post(shop, &format!("/v1/stores/{store}/open"), &json!({})).await.expect(200);
    app.post(shop, "/v1/tills", &json!({"store": store, "name": "1"})).await.expect(201);

    // Inside one cell, and money put into a wallet.
    let here = app.request(80).await;
    let wallet = app.yen_wallet.to_string();
    let body = json!({"wallet": wallet, "code": here["code"]});
    app.post(&app.resident.key, "/v1/payments/here", &body).await.expect(201);
    let top_up = json!({"amount": yen(1_000), "reference": "jcb-2"});
    app.post(&app.bank_jp.key, &format!("/v1/wallets/{wallet}/top-ups"), &top_up).await.expect(201);
    let other = json!({"store": app.other_store.to_string(), "amount": yen(50)});
    app.post(&app.other_shop.key, "/v1/payments", &other).await.expect(201);
}

fn everybody(app: &App) -> [(&'static str, &str, &'static str); 7] {
    [
        ("the operator of cn", &app.bank_cn.key, "cn:0.0"),
        ("the operator of jp", &app.bank_jp.key, "jp:0.0"),
        ("Li Wei", &app.li_wei.key, "cn:0.0"),
        ("another traveller", &app.other_traveller.key, "cn:0.0"),
        ("the shop", &app.shop.key, "jp:0.0"),
        ("another shop", &app.other_shop.key, "jp:0.0"),
        ("a resident", &app.resident.key, "jp:0.0"),
    ]
}

fn ids(told: &[Told]) -> Vec<&str> {
    told.iter().map(|event| event.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_views_lead_everybody_to_what_the_journal_says() {
    let app = App::start().await;
    busy(&app).await;
    let views = Arc::new(RealEvents::new());
    views.catch_up(&app);
    // Both have an empty ring: all that happened is behind them.
    let by_journal = app.again(|edge| edge).await;
    let by_views = app.again(|edge| edge.lists(views.clone() as _)).await;
    let mut counts = Vec::new();
    for (who, key, first) in everybody(&app) {
        let journal = Events::at(&by_journal, key, Some(first)).await.drain().await;
        let views = Events::at(&by_views, key, Some(first)).await.drain().await;
        assert_eq!(ids(&journal), ids(&views), "{who}");
        assert_eq!(journal, views, "{who}");
        counts.push(journal.len());
    }
    // What concerns one party concerns the others not.
    let [_, jp, li_wei, stranger, shop, other_shop, resident] = counts[..] else { panic!() };
    assert!(li_wei > 10 && shop > 10 && stranger == 0, "{counts:?}");
    assert!(shop + other_shop + resident > jp / 2 && shop < jp, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_seams_nothing_is_missed_and_nothing_comes_twice() {
    let app = App::start().await;
    let mut live = Events::open(&app, &app.shop.key, None).await;
    let mut payer = Events::open(&app, &app.li_wei.key, None).await;
    let (views, yen) = (Arc::new(RealEvents::new()), [110, 120, 130]);
    for amount in yen {
        app.paid(amount).await;
    }
    // The views know the first payments, the ring of the new edge the last ones, and only the
    // journal those between.
    views.catch_up(&app);
    for amount in yen {
        app.paid(amount + 100).await;
    }
    let edge = app.again(|edge| edge.lists(views.clone() as _)).await;
    for amount in yen {
        app.paid(amount + 200).await;
    }
    for (key, reader) in [(&app.shop.key, &mut live), (&app.li_wei.key, &mut payer)] {
        let all = reader.take(18).await;
        for (at, seen) in all.iter().enumerate() {
            let mut again = Events::at(&edge, key, Some(&seen.id)).await;
            let rest = all.len() - at - 1;
            assert_eq!(again.take(rest).await, all[at + 1..], "from {}", seen.id);
        }
    }
    // While it catches up, the shop goes on selling and the views go on following.
    let mut again = Events::at(&edge, &app.shop.key, Some("jp:0.0")).await;
    let selling = async {
        for amount in 400..410 {
            app.paid(amount).await;
            views.catch_up(&app);
        }
    };
    let reading = async {
        let mut heard = Vec::new();
        while heard.iter().filter(|told: &&Told| told.name == "payment.captured").count() < 19 {
            heard.push(again.next().await.expect("ten more sales are told"));
        }
        heard
    };
    let ((), heard) = tokio::join!(selling, reading);
    let later = live.take(20).await;
    assert_eq!(heard[heard.len() - 20..], later);
    let mut once = ids(&heard);
    once.dedup();
    assert_eq!(once.len(), heard.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_kept_is_said_with_what_to_do() {
    let lists = Arc::new(FakeLists::default());
    let app = App::start().await;
    app.paid(100).await;
    let head = app.jp.durable();
    lists.position.store(head, Ordering::SeqCst);
    lists.gone.store(head - 2, Ordering::SeqCst);
    let edge = app.again(|edge| edge.lists(lists.clone() as _)).await;
    let ask = |last: String| {
        Request::get("/v1/events")
            .header("authorization", format!("Bearer {}", app.shop.key))
            .header("last-event-id", last)
            .body(Body::empty())
            .unwrap()
    };
    let gone = app.send_to(&edge, ask(format!("jp:{}.0", head - 4))).await;
    assert_eq!(gone.problem(), (410, "cursor_too_old".into()));
    let problem: Value = gone.json();
    assert_eq!(problem["cursor"], format!("jp:{head}.0"));
    assert_eq!(problem["retryable"], false);
    assert!(problem["detail"].as_str().unwrap().contains(&format!("at_least=jp:{head},")));
    // The cursor that it names leads on.
    let cursor = problem["cursor"].as_str().unwrap();
    let mut on = Events::at(&edge, &app.shop.key, Some(cursor)).await;
    let next = app.request(55).await;
    assert_eq!(on.take(1).await[0].data["payment"], next["id"]);

    // A reader that falls behind what is kept is cut off, to come back and be told so.
    let slow = Events::at(&edge, &app.shop.key, Some(&format!("jp:{}.0", head - 1))).await;
    lists.gone.store(u64::MAX, Ordering::SeqCst);
    assert!(slow.ends().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_the_past_brings_no_ended_key_back() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let body = json!({"party": app.shop.party.to_string()});
    let key = app.post(bank, "/v1/keys", &body).await.expect(201);
    // More groups than are read at a time lie between its issue and its end.
    for yen in 1..=300 {
        app.request(yen).await;
    }
    let path = format!("/v1/keys/{}", key["id"].as_str().unwrap());
    app.method(bank, Method::DELETE, &path).await.expect(200);
    let edge = app.again(|edge| edge).await;
    let mut reader = Events::at(&edge, bank, Some("jp:0.0")).await;
    reader.take(1).await;
    let request = Request::get("/v1/me")
        .header("authorization", format!("Bearer {}", key["key"].as_str().unwrap()));
    let refused = app.send_to(&edge, request.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.problem(), (401, "key_revoked".into()));
}
