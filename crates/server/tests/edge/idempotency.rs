//! A request sent again gets its first reply; a key means one request.

use crate::app::App;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_gets_the_same_reply_and_changes_nothing() {
    let app = App::start().await;
    let requested = app.request(800).await;
    let quote_body = json!({"wallet": app.wallet.to_string(), "code": requested["code"]});
    let quote = app.post_once(&app.li_wei.key, "/v1/quotes", &quote_body, "q").await;
    let quoted = quote.expect(201);
    let confirm = format!("/v1/quotes/{}/confirm", quoted["id"].as_str().unwrap());
    let refunds = format!("/v1/payments/{}/refunds", requested["id"].as_str().unwrap());
    let yen = |amount: u64| json!({"amount": {"amount": amount, "currency": "JPY"}});
    let top_ups = format!("/v1/wallets/{}/top-ups", app.wallet);
    let top_up = json!({"amount": {"amount": 5, "currency": "CNY"}, "reference": "r-1"});
    let shop = json!({"name": "Kura", "currency": "JPY"});
    let steps: [(&str, &str, Value); 5] = [
        (&app.li_wei.key, &confirm, json!({})),
        (&app.shop.key, &refunds, yen(300)),
        (&app.bank_cn.key, &top_ups, top_up),
        (&app.shop.key, "/v1/merchants", shop),
        (&app.bank_jp.key, "/v1/accounts", json!({"currency": "JPY"})),
    ];
    for (key, path, body) in &steps {
        let once = app.new_key();
        let first = app.post_once(key, path, body, &once).await;
        assert!(first.status.is_success(), "{path}: {}", first.json());
        assert_eq!(first.header("enishi-repeated"), None, "{path}");
        for quoted in [once.clone(), format!("\"{once}\"")] {
            let again = app.post_once(key, path, body, &quoted).await;
            assert_eq!(again.status, first.status, "{path}");
            assert_eq!(again.header("enishi-repeated"), Some("true"), "{path}");
            assert_eq!(again.json(), first.json(), "{path}");
        }
        let mut other = body.clone();
        match path.contains("confirm") {
            true => other["again"] = json!(true),
            false => other = serde_json::from_str(&body.to_string().replace('}', " }")).unwrap(),
        }
        let bytes = if other == *body {
            // The same meaning in other bytes is another request.
            format!("{body} ").into_bytes()
        } else {
            other.to_string().into_bytes()
        };
        let reused = app.post_bytes(key, path, "application/json", bytes, &once).await;
        assert_eq!(reused.problem(), (422, "idempotency_key_reused".into()), "{path}");
    }
    // What was quoted is paid by now; its quote can still be repeated.
    let again = app.post_once(&app.li_wei.key, "/v1/quotes", &quote_body, "q").await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));
    assert_eq!(again.expect(201), quoted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_the_callers_and_the_operations_own() {
    let app = App::start().await;
    let shop = json!({"name": "Kura", "currency": "JPY"});
    let one = app.post_once(&app.shop.key, "/v1/merchants", &shop, "same").await.expect(201);
    let two = app.post_once(&app.other_shop.key, "/v1/merchants", &shop, "same").await.expect(201);
    assert_ne!(one["id"], two["id"]);
    let till = json!({"store": app.store.to_string(), "name": "1"});
    let till = app.post_once(&app.shop.key, "/v1/tills", &till, "same").await;
    assert_eq!(till.header("enishi-repeated"), None);
    till.expect(201);
    // Pausing one store and then another under one key is a mistake that is told.
    let pause = format!("/v1/stores/{}/pause", app.store);
    app.post_once(&app.bank_jp.key, &pause, &json!({}), "p").await.expect(200);
    let pause = format!("/v1/stores/{}/pause", app.other_store);
    let reused = app.post_once(&app.bank_jp.key, &pause, &json!({}), "p").await;
    assert_eq!(reused.problem(), (422, "idempotency_key_reused".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_tap_pays_once_and_a_refusal_is_not_remembered() {
    let app = App::start().await;
    let requested = app.request(640).await;
    let quote = app.quote(&requested["code"]).await;
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let (yes, key) = (json!({}), app.li_wei.key.clone());
    let taps = (0..8).map(|_| app.post_once(&key, &path, &yes, "tap"));
    for tap in futures_util::future::join_all(taps).await {
        assert_eq!(tap.expect(200)["status"], "captured");
    }
    let wallet = app.get(&key, &format!("/v1/wallets/{}", app.wallet)).await.expect(200);
    assert_eq!(wallet["balance"]["amount"], 500_000 - 2_722);
    // Confirmed under another key, the quote is gone.
    let twice = app.post_once(&key, &path, &yes, "other").await;
    assert_eq!(twice.problem(), (404, "quote_not_found".into()));

    let body = json!({"store": app.store.to_string(), "amount": {"amount": 9, "currency": "JPY"}});
    let pause = format!("/v1/stores/{}/pause", app.store);
    app.post(&app.shop.key, &pause, &json!({})).await.expect(200);
    let refused = app.post_once(&app.shop.key, "/v1/payments", &body, "again").await;
    assert_eq!(refused.problem(), (409, "store_paused".into()));
    let open = format!("/v1/stores/{}/open", app.store);
    app.post(&app.shop.key, &open, &json!({})).await.expect(200);
    app.post_once(&app.shop.key, "/v1/payments", &body, "again").await.expect(201);
}
