//! What the operator of a cell does.

use crate::app::App;
use kernel::fixed::Fixed;
use ledger::{Flags, Transfer};
use serde_json::{Value, json};
use server::cells::fresh;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_works_when_it_is_told_and_not_when_its_end_is_told() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let party = app.post(bank, "/v1/parties", &json!({"role": "merchant"})).await.expect(201);
    let issued = app.post_once(bank, "/v1/keys", &json!({"party": party["id"]}), "k").await;
    let issued = issued.expect(201);
    let key = issued["key"].as_str().unwrap();
    let me = app.get(key, "/v1/me").await.expect(200);
    assert_eq!(
        (&me["role"], &me["party"], &me["cell"]),
        (&json!("merchant"), &party["id"], &json!("jp"))
    );
    let again = app.post_once(bank, "/v1/keys", &json!({"party": party["id"]}), "k").await;
    let again = again.expect(201);
    assert_eq!(again["id"], issued["id"]);
    assert!(again.get("key").is_none(), "a secret is told once");
    let path = format!("/v1/keys/{}", issued["id"].as_str().unwrap());
    app.method(bank, axum::http::Method::DELETE, &path).await.expect(200);
    assert_eq!(app.get(key, "/v1/me").await.problem(), (401, "key_revoked".into()));
    app.method(bank, axum::http::Method::DELETE, &path).await.expect(200);

    let past = json!({"party": party["id"], "expires": "2020-01-01T00:00:00Z"});
    let expired = app.post(bank, "/v1/keys", &past).await.expect(201);
    let told = app.get(expired["key"].as_str().unwrap(), "/v1/me").await;
    assert_eq!(told.problem(), (401, "key_expired".into()));
    let stranger = json!({"party": app.li_wei.party.to_string()});
    let refused = app.post(bank, "/v1/keys", &stranger).await;
    assert_eq!(refused.problem(), (404, "party_not_found".into()));
}

/// Two accounts and the bank of the yen book.
async fn accounts(app: &App) -> (Value, Value) {
    let open = json!({"currency": "JPY", "rule": "never_overdrawn"});
    let one = app.post(&app.bank_jp.key, "/v1/accounts", &open).await.expect(201);
    let open = json!({"currency": "JPY"});
    let two = app.post(&app.bank_jp.key, "/v1/accounts", &open).await.expect(201);
    (one, two)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_move_hold_and_refuse_by_name() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let (guarded, free) = accounts(&app).await;
    let id = fresh::<kernel::id::Transfer>().to_string();
    let batch = json!([
        {"id": id, "debit": free["id"], "credit": guarded["id"], "amount": 500, "code": 1},
        {"debit": guarded["id"], "credit": free["id"], "amount": 200, "code": 2, "pending": true, "timeout_s": 60},
        {"debit": guarded["id"], "credit": free["id"], "amount": 301, "code": 3},
        {"debit": guarded["id"], "credit": guarded["id"], "amount": 1, "code": 3},
        {"debit": guarded["id"], "credit": free["id"], "amount": 100, "code": 4, "linked": true},
        {"debit": guarded["id"], "credit": free["id"], "amount": 900, "code": 4},
    ]);
    let told = app.post_once(bank, "/v1/transfers", &batch, "b").await;
    let result = told.expect(200);
    assert_eq!(
        (&result["count"], &result["made"], &result["held"], &result["refused"]),
        (&json!(6), &json!(1), &json!(1), &json!(4))
    );
    let words: Vec<_> = result["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["result"].as_str().unwrap())
        .collect();
    assert_eq!(
        words,
        [
            "held",
            "exceeds_credits",
            "accounts_must_be_different",
            "linked_event_failed",
            "exceeds_credits"
        ]
    );
    let again = app.post_once(bank, "/v1/transfers", &batch, "b").await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));

    let hold = &result["results"][0]["hold"];
    let capture = json!([{"capture": hold, "amount": 150, "code": 5}]);
    let told = app.post(bank, "/v1/transfers", &capture).await.expect(200);
    assert_eq!(told["made"], 1, "{told}");
    let path = format!("/v1/accounts/{}", guarded["id"].as_str().unwrap());
    let account = app.get(bank, &path).await.expect(200);
    assert_eq!(account["credits_posted"]["amount"], 500);
    assert_eq!(account["debits_posted"]["amount"], 150);
    assert_eq!(account["debits_pending"]["amount"], 0);
    let made = app.get(bank, &format!("/v1/transfers/{id}")).await.expect(200);
    assert_eq!(
        (&made["kind"], &made["credit"], &made["amount"]),
        (&json!("moved"), &guarded["id"], &json!(500))
    );
    let none = format!("/v1/transfers/{}", fresh::<kernel::id::Transfer>());
    assert_eq!(app.get(bank, &none).await.problem(), (404, "transfer_not_found".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_batch_of_octets_is_taken_and_more_is_refused() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let (one, two) = accounts(&app).await;
    let number = |account: &Value| account["number"].as_u64().unwrap() as u32;
    let octets = |count: usize| {
        let mut bytes = vec![0; count * Transfer::SIZE];
        for room in bytes.chunks_exact_mut(Transfer::SIZE) {
            let transfer = Transfer {
                id: fresh::<kernel::id::Transfer>().0,
                debit: number(&two),
                credit: number(&one),
                amount: 3,
                timeout_s: 0,
                code: 1,
                flags: Flags(0),
            };
            transfer.put(room);
        }
        bytes
    };
    let kind = "application/octet-stream";
    let told = app.post_bytes(bank, "/v1/transfers", kind, octets(8_190), "o").await.expect(200);
    assert_eq!((&told["made"], &told["results"]), (&json!(8_190), &json!([])));
    let path = format!("/v1/accounts/{}", one["id"].as_str().unwrap());
    assert_eq!(app.get(bank, &path).await.expect(200)["credits_posted"]["amount"], 3 * 8_190);

    for (bytes, expected) in [
        (octets(8_191), (422, "batch_size")),
        (Vec::new(), (422, "batch_size")),
        (octets(1)[..39].to_vec(), (400, "body_malformed")),
        (vec![0; (4 << 20) + 40], (413, "body_too_large")),
    ] {
        let refused = app.post_bytes(bank, "/v1/transfers", kind, bytes, &app.new_key()).await;
        assert_eq!(refused.problem(), (expected.0, expected.1.to_owned()));
    }
    for (batch, expected) in [
        (json!([]), (422, "batch_size")),
        (json!({}), (422, "field_invalid")),
        (json!([{"code": 1}]), (422, "field_invalid")),
        (
            json!([{"debit": one["id"], "credit": app.wallet.to_string(), "code": 1}]),
            (422, "field_invalid"),
        ),
        (
            json!([{"debit": one["id"], "credit": "acc_00000G00000000000000000", "amount": 1, "code": 1}]),
            (404, "account_not_found"),
        ),
    ] {
        let refused = app.post(bank, "/v1/transfers", &batch).await;
        assert_eq!(refused.problem(), (expected.0, expected.1.to_owned()), "{batch}");
    }
    let form = app.post_bytes(bank, "/v1/transfers", "text/csv", b"1".to_vec(), "f").await;
    assert_eq!(form.problem(), (415, "media_type_not_supported".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terms_are_set_and_links_are_frozen_and_reopened() {
    let app = App::start().await;
    let (cn, jp) = (&app.bank_cn.key, &app.bank_jp.key);
    let rates = json!({"date": "2026-11-02", "source": "ECB", "rates": {"EUR": "1", "CNY": "7.5", "JPY": "175"}});
    app.post(cn, "/v1/rates", &rates).await.expect(201);
    let old = json!({"date": "2026-10-01", "source": "ECB", "rates": {"CNY": "7.5"}});
    assert_eq!(app.post(cn, "/v1/rates", &old).await.problem().0, 422);
    let odd = json!({"date": "2026-11-03", "source": "ECB", "rates": {"CNY": "-7.5"}});
    assert_eq!(app.post(cn, "/v1/rates", &odd).await.problem(), (422, "field_invalid".into()));
    let fees = json!({"spread_bps": 100, "merchant_bps": 0});
    app.change(&app.cn, cn, "/v1/fees", &fees).await;
    let limit = json!({"currency": "CNY", "per_payment": 10_000, "per_day": 0, "source": "test"});
    app.post(cn, "/v1/limits", &limit).await.expect(201);
    app.post(cn, "/v1/rules", &json!({"quote_s": 30})).await.expect(201);
    let requested = app.request(3_500).await;
    let quote = app.quote(&requested["code"]).await;
    assert_eq!(quote["price"]["principal"]["amount"], 15_000);
    assert_eq!(quote["price"]["spread"]["amount"], 150);
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = app.post(&app.li_wei.key, &confirm, &json!({})).await;
    assert_eq!(refused.problem(), (422, "limit_per_payment".into()));
    let free = json!({"currency": "CNY", "per_payment": 0, "per_day": 0, "source": "test"});
    app.change(&app.cn, cn, "/v1/limits", &free).await;

    let frozen = app.post(cn, "/v1/links/0/freeze", &json!({"note": "drill"})).await.expect(200);
    assert_eq!(frozen["frozen"], json!({"reason": "by_operator", "detail": "drill"}));
    let refused = app.post(&app.li_wei.key, &confirm, &json!({})).await;
    assert_eq!(refused.problem(), (503, "corridor_unavailable".into()));
    app.post(cn, "/v1/links/0/reopen", &json!({"note": "both books agree"})).await.expect(200);
    let again = app.post(cn, "/v1/links/0/reopen", &json!({"note": "again"})).await;
    assert_eq!(again.problem(), (409, "link_open".into()));
    let paid = app.post(&app.li_wei.key, &confirm, &json!({})).await.expect(200);
    assert_eq!(paid["status"], "captured");

    let top_up = json!({"amount": {"amount": 5_000, "currency": "JPY"}, "reference": "p-2"});
    let link = app.post(jp, "/v1/links/0/nostro-top-ups", &top_up).await.expect(201);
    assert_eq!(link["nostro"]["balance"]["amount"], 10_000_000 - 3_500 + 5_000);
    let twice = app.post(jp, "/v1/links/0/nostro-top-ups", &top_up).await;
    assert_eq!(twice.problem(), (409, "reference_already_used".into()));
    let nowhere = app.post(jp, "/v1/links/9/nostro-top-ups", &top_up).await;
    assert_eq!(nowhere.problem(), (404, "link_not_found".into()));
    let books = app.get(jp, "/v1/books").await.expect(200);
    let kinds: Vec<_> =
        books["accounts"].as_array().unwrap().iter().map(|a| a["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"nostro") && kinds.contains(&"bank"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told_to_everybody() {
    let app = App::start().await;
    app.paid(100).await;
    assert_eq!(app.get("", "/healthz").await.expect(200), json!({"status": "ok"}));
    assert_eq!(app.get("", "/readyz").await.expect(200)["ready"], true);
    let metrics = app.get("", "/metrics").await;
    let text = String::from_utf8(metrics.bytes).unwrap();
    for line in [
        "enishi_http_requests_total{method=\"POST\",route=\"/v1/payments\",status=\"201\"} 1",
        "enishi_cell_ready{cell=\"cn\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("ek_"), "no key stands in the figures");
    // Prometheus refuses a page that describes a figure twice.
    let mut described: Vec<_> = text.lines().filter(|line| line.starts_with("# HELP")).collect();
    described.sort_unstable();
    assert!(described.windows(2).all(|pair| pair[0] != pair[1]), "{text}");
    let audit = app.get(&app.bank_jp.key, "/v1/audit").await;
    assert_eq!(audit.problem(), (503, "audit_not_available".into()));
    let headers = app.get("", "/healthz").await;
    assert_eq!(headers.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(headers.header("cache-control"), Some("no-store"));
}
