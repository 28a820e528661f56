//! What is taken of sales: fees by schedule and the shares of others, seen before paying and given
//! back with a refund.

use serde_json::{Value, json};

use crate::app::App;

fn yen(amount: u64) -> Value {
    json!({"amount": amount, "currency": "JPY"})
}

/// Another merchant of the shop, and its balance.
async fn other(app: &App, name: &str) -> String {
    let new = json!({"name": name, "currency": "JPY"});
    let made = app.post(&app.shop.key, "/v1/merchants", &new).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// The operator proposes, and a colleague agrees, who sees whom it names.
async fn agreed(app: &App, path: &str, change: &Value) -> Value {
    let waits = app.post(&app.bank_jp.key, path, change).await.expect(202)["proposal"].clone();
    let approve = format!("/v1/proposals/{}/approve", waits["id"].as_str().unwrap());
    let alone = app.post(&app.bank_jp.key, &approve, &json!({})).await;
    assert_eq!(alone.problem(), (409, "second_person_needed".into()));
    let colleague = app.colleague(&app.jp).await;
    app.post(&colleague.key, &approve, &json!({})).await.expect(200);
    waits
}

async fn balance(app: &App, merchant: &str) -> Value {
    app.get(&app.bank_jp.key, &format!("/v1/merchants/{merchant}")).await.expect(200)["balance"]
        .clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payer_sees_what_is_taken_and_a_refund_gives_it_back() {
    let app = App::start().await;
    let shop = &app.shop.key;
    let (platform, tax) = (other(&app, "Kai Market").await, other(&app, "Lodging tax").await);
    let merchant = app.merchant.to_string();
    let rule = json!({"merchant": merchant, "via": {"link": 0}, "source": "contract 7",
        "rate": {"bps": 100, "fixed": 5}});
    agreed(&app, "/v1/fee-rules", &rule).await;
    let split = format!("/v1/merchants/{merchant}/split");
    let shares = json!({"source": "contract 8", "shares": [
        {"merchant": platform, "kind": "platform", "bps": 500},
        {"merchant": tax, "kind": "tax", "bps": 1_000},
    ]});
    let waits = agreed(&app, &split, &shares).await;
    let named = format!("share.{tax}");
    let told = waits["values"].as_array().unwrap();
    assert!(
        told.iter().any(|it| it["name"] == named.as_str() && it["new"] == "tax 1000"),
        "{waits}"
    );
    let by_shop = app.post(shop, &split, &shares).await;
    assert_eq!(by_shop.problem(), (403, "role_not_allowed".into()));

    let requested = app.request(3_200).await;
    let scanned = json!({"code": requested["code"]});
    let looked = app.post(&app.li_wei.key, "/v1/codes/look", &scanned).await.expect(200);
    let expected = json!({"fee_bps": 100, "fee_fixed": 5, "net": yen(3_200 - 37 - 160 - 320),
        "shares": [{"kind": "platform", "bps": 500}, {"kind": "tax", "bps": 1_000}]});
    assert_eq!(looked["costs"], expected);

    let quote = app.quote(&requested["code"]).await;
    let paid = app.confirm(&quote).await;
    let payment = paid["id"].as_str().unwrap();
    let shares = format!("/v1/payments/{payment}/shares");
    let seen = app.get(shop, &shares).await.expect(200);
    assert_eq!(
        (&seen["shares"][0]["amount"], &seen["shares"][1]["amount"]),
        (&yen(160), &yen(320))
    );
    assert_eq!(seen["shares"][1]["name"], "Lodging tax");
    let payer = app.get(&app.li_wei.key, &shares).await;
    assert_eq!(payer.problem(), (403, "role_not_allowed".into()));
    assert_eq!(balance(&app, &merchant).await, yen(3_200 - 37 - 160 - 320));

    let refunds = format!("/v1/payments/{payment}/refunds");
    app.post(shop, &refunds, &json!({"amount": yen(1_601)})).await.expect(201);
    let seen = app.get(shop, &shares).await.expect(200);
    assert_eq!(seen["shares"][0]["returned"], yen(80));
    app.post(shop, &refunds, &json!({"amount": yen(1_599)})).await.expect(201);
    for merchant in [&merchant, &platform, &tax] {
        assert_eq!(balance(&app, merchant).await, yen(0), "{merchant}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_that_was_spent_is_told_and_a_split_that_can_t_be_is_refused() {
    let app = App::start().await;
    let (bank, shop) = (&app.bank_jp.key, &app.shop.key);
    let platform = other(&app, "Kai Market").await;
    let split = format!("/v1/merchants/{}/split", app.merchant);
    let share = |bps: u32| json!([{"merchant": platform, "kind": "partner", "bps": bps}]);
    let too_much = json!({"source": "contract 8", "shares": share(10_001)});
    let refused = app.post(bank, &split, &too_much).await;
    assert_eq!(refused.problem(), (422, "split_unfit".into()));
    agreed(&app, &split, &json!({"source": "contract 8", "shares": share(2_000)})).await;
    let paid = app.paid(1_000).await;
    let books = app.get(bank, "/v1/books").await.expect(200);
    let own = books["accounts"].as_array().unwrap().iter();
    let is_bank = |a: &&Value| a["kind"] == "bank" && a["credits_posted"]["currency"] == "JPY";
    let house = own.clone().find(is_bank).unwrap_or_else(|| panic!("{books}"));
    let account = platform.replace("mer_", "acc_");
    let out = json!([{"debit": account, "credit": house["id"], "amount": 200, "code": 1}]);
    assert_eq!(app.post(bank, "/v1/transfers", &out).await.expect(200)["made"], 1);
    let refunds = format!("/v1/payments/{}/refunds", paid["id"].as_str().unwrap());
    let refused = app.post(shop, &refunds, &json!({"amount": yen(500)})).await;
    assert_eq!(refused.problem(), (409, "share_balance_too_low".into()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&platform), "{detail} names {platform}");
    let nothing = json!({"rate": {"bps": 1}, "source": "contract 7"});
    let refused = app.post(bank, "/v1/fee-rules", &nothing).await;
    assert_eq!(refused.problem(), (422, "out_of_range".into()));
}
