//! Server-sent events and lists: what is told to whom, and from where on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::app::App;
use crate::app::derived::FakeLists;
use crate::app::told::{Events, names};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_side_is_told_its_own_leg_and_nobody_anothers() {
    let app = App::start().await;
    let mut payer = Events::open(&app, &app.li_wei.key, None).await;
    let mut seller = Events::open(&app, &app.shop.key, None).await;
    let mut stranger = Events::open(&app, &app.other_shop.key, None).await;
    let mut operator = Events::open(&app, &app.bank_jp.key, None).await;
    let paid = app.paid(3_200).await;
    let (payer, seller) = (payer.take(2).await, seller.take(2).await);
    assert_eq!(names(&payer), ["payment.confirmed", "payment.captured"]);
    assert_eq!(names(&seller), ["payment.requested", "payment.captured"]);
    for event in payer.iter().chain(&seller) {
        assert_eq!(event.data["payment"], paid["id"], "{event:?}");
        assert_eq!(event.data["event"], event.name);
        let place = format!(
            "{}:{}.{}",
            event.data["cell"].as_str().unwrap(),
            event.data["position"],
            event.data["index"]
        );
        assert_eq!(event.id, place);
    }
    assert_eq!(payer[0].data["sent"]["message"], "authorize");
    assert!(payer[1].data["received"]["number"].is_u64());
    assert_eq!(seller[1].data["merchant_fee"], 51);
    assert!(!payer.iter().any(|event| event.data.to_string().contains("merchant_fee")));
    let operator = operator.take(2).await;
    assert_eq!(operator, seller);

    // The stranger's own request is the first that it hears of.
    let body =
        json!({"store": app.other_store.to_string(), "amount": {"amount": 7, "currency": "JPY"}});
    let own = app.post(&app.other_shop.key, "/v1/payments", &body).await.expect(201);
    let heard = stranger.take(1).await;
    assert_eq!(heard[0].data["payment"], own["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice() {
    let app = App::start().await;
    let mut first = Events::open(&app, &app.shop.key, None).await;
    for yen in [100, 200, 300] {
        app.paid(yen).await;
    }
    let all = first.take(6).await;
    for (at, seen) in all.iter().enumerate() {
        let mut again = Events::open(&app, &app.shop.key, Some(&seen.id)).await;
        assert_eq!(again.take(all.len() - at - 1).await, all[at + 1..], "from {}", seen.id);
    }
    // What happened before this edge began to follow is read from the journal.
    let mut operator = Events::open(&app, &app.bank_jp.key, Some("jp:0.0")).await;
    let early = operator.take(8).await;
    assert_eq!(early[0].name, "book.opened");
    assert!(early.windows(2).all(|pair| pair[0].id != pair[1].id));

    for (last, expected) in [
        ("jp:999999999.0", (400, "cursor_invalid")),
        ("cn:1.0", (400, "cursor_invalid")),
        ("x", (400, "cursor_invalid")),
    ] {
        let request = Request::get("/v1/events")
            .header("authorization", format!("Bearer {}", app.shop.key))
            .header("last-event-id", last);
        let refused = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.problem(), (expected.0, expected.1.to_owned()), "{last}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_key() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let body = json!({"party": app.shop.party.to_string()});
    let key = app.post(bank, "/v1/keys", &body).await.expect(201);
    let mut events = Events::open(&app, key["key"].as_str().unwrap(), None).await;
    app.request(100).await;
    events.take(1).await;
    let path = format!("/v1/keys/{}", key["id"].as_str().unwrap());
    app.method(bank, axum::http::Method::DELETE, &path).await.expect(200);
    app.request(200).await;
    assert_eq!(events.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_on_when_a_cell_comes_back() {
    let app = App::start().await;
    let mut events = Events::open(&app, &app.shop.key, None).await;
    app.paid(100).await;
    events.take(2).await;
    app.jp.crash();
    let body = json!({"store": app.store.to_string(), "amount": {"amount": 5, "currency": "JPY"}});
    let once = app.new_key();
    for _ in 0..200 {
        let told = app.post_once(&app.shop.key, "/v1/payments", &body, &once).await;
        if told.status.is_success() {
            let heard = events.take(1).await;
            assert_eq!(heard[0].data["payment"], told.json()["id"]);
            return;
        }
        assert_eq!(told.problem().0, 503);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the cell did not come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_have_pages_and_say_when_they_are_stale() {
    let lists = Arc::new(FakeLists::default());
    let app = App::build(|edge| edge.lists(Arc::clone(&lists) as _)).await;
    let path = format!("/v1/wallets/{}/statement?limit=2", app.wallet);
    let (mut pages, mut next) = (Vec::new(), None::<String>);
    loop {
        let cursor = next.as_ref().map(|next| format!("&cursor={next}")).unwrap_or_default();
        let page = app.get(&app.li_wei.key, &format!("{path}{cursor}")).await.expect(200);
        pages.push(page["lines"].as_array().unwrap().len());
        next = page["next"].as_str().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(pages, [2, 2, 1]);
    let stale = app.get(&app.li_wei.key, &format!("{path}&at_least=cn:9")).await;
    assert_eq!(stale.header("enishi-position"), Some("cn:0"));
    let stale = stale.expect(200);
    assert_eq!((&stale["stale"], &stale["position"]), (&json!(true), &json!(0)));
    lists.position.store(9, Ordering::SeqCst);
    let fresh = app.get(&app.li_wei.key, &format!("{path}&at_least=cn:9")).await.expect(200);
    assert!(fresh.get("stale").is_none(), "{fresh}");
    let wrong = app.get(&app.li_wei.key, &format!("{path}&at_least=jp:9")).await;
    assert_eq!(wrong.problem(), (400, "query_invalid".into()));
    let totals = app.get(&app.bank_jp.key, "/v1/totals?by=day&day=2026-11-22").await.expect(200);
    assert_eq!(totals["lines"][0]["of"], "2026-11-22");
    let wrong = app.get(&app.bank_jp.key, "/v1/totals?by=week").await;
    assert_eq!(wrong.problem(), (400, "query_invalid".into()));
}

/// A friend pays what was declined: each is told of his own attempt, also who comes back later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_payer_of_one_code_is_told_his_own_attempt() {
    let app = App::start().await;
    let friend = &app.other_traveller;
    let yuan = kernel::Currency::CNY;
    let founder = server::setup::Founder::new(&app.cn);
    let opened = founder.open_wallet("friend", friend.party, yuan, 50_000).await;
    let (wallet, from) = (opened.unwrap(), app.cn.durable());
    let requested = app.request(3_200).await;
    let quote = app.quote(&requested["code"]).await;
    let open = |open: &str| format!("/v1/stores/{}/{open}", app.store);
    app.post(&app.shop.key, &open("pause"), &json!({})).await.expect(200);
    assert_eq!(app.confirm(&quote).await["status"], "declined");
    app.post(&app.shop.key, &open("open"), &json!({})).await.expect(200);
    let body = json!({"wallet": wallet.to_string(), "code": requested["code"]});
    let quote = app.post(&friend.key, "/v1/quotes", &body).await.expect(201);
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let paid = app.post(&friend.key, &path, &json!({})).await.expect(200);
    assert_eq!(paid["status"], "captured");
    let last = Some(format!("cn:{from}.0"));
    let mut first = Events::open(&app, &app.li_wei.key, last.as_deref()).await;
    let mut second = Events::open(&app, &friend.key, last.as_deref()).await;
    assert_eq!(names(&first.take(2).await), ["payment.confirmed", "payment.declined"]);
    assert_eq!(names(&second.take(2).await), ["payment.confirmed", "payment.captured"]);
    let declined = format!("/v1/payments/{}", requested["id"].as_str().unwrap());
    let mine = app.get(&app.li_wei.key, &declined).await.expect(200);
    assert_eq!(mine["status"], "declined", "the first payer keeps his answer");
}
