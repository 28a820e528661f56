//! What is taken of sales: fees by schedule and the shares of others, seen before paying and given
//! back with a refund.

use std::sync::Arc;

use kernel::Role;
use serde_json::{Value, json};

use crate::app::App;
use crate::app::derived::RealEvents;
use crate::desk::{Pages, code};

fn yen(amount: u64) -> Value {
    json!({"amount": amount, "currency": "JPY"})
}

/// Another merchant of the shop, and its balance.
pub async fn other(app: &App, name: &str) -> String {
    let new = json!({"name": name, "currency": "JPY"});
    let made = app.post(&app.shop.key, "/v1/merchants", &new).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// The operator proposes, and a colleague agrees, who sees whom it names.
pub async fn agreed(app: &App, path: &str, change: &Value) -> Value {
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
    let views = Arc::new(RealEvents::new());
    let lists = Arc::clone(&views);
    let app = App::build(|edge| edge.lists(lists)).await;
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
    // Who gets a share sees its own, and nobody else does.
    views.catch_up(&app);
    let got = |of: &str| format!("/v1/merchants/{of}/shares");
    let theirs = app.get(shop, &got(&platform)).await.expect(200);
    let [row] = theirs["shares"].as_array().unwrap().as_slice() else { panic!("{theirs}") };
    assert_eq!((&row["payment"], &row["kind"]), (&json!(payment), &json!("platform")));
    assert_eq!((&row["amount"], &row["returned"]), (&yen(160), &yen(80)));
    assert_eq!(row["seller"], merchant.as_str());
    let none = app.get(shop, &got(&merchant)).await.expect(200);
    assert_eq!(none["shares"], json!([]));
    let other = app.get(&app.other_shop.key, &got(&platform)).await;
    assert_eq!(other.problem().0, 404);
    app.post(shop, &refunds, &json!({"amount": yen(1_599)})).await.expect(201);
    for merchant in [&merchant, &platform, &tax] {
        assert_eq!(balance(&app, merchant).await, yen(0), "{merchant}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_till_says_what_goes_to_whom_also_after_a_part_was_given_back() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let (platform, tax) = (other(app, "Kai Market").await, other(app, "Lodging tax").await);
    let split = format!("/v1/merchants/{}/split", app.merchant);
    let shares = json!({"source": "contract 8", "shares": [
        {"merchant": platform, "kind": "platform", "bps": 500},
        {"merchant": tax, "kind": "tax", "bps": 1_000},
    ]});
    agreed(app, &split, &shares).await;
    let code = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let paid = app.paid(3_200).await;
    let id = paid["id"].as_str().unwrap();
    let open = format!("/t/{code}/pay/{id}?lang=en");
    pages.until(&format!("/t/{code}/today?lang=en"), id).await;
    let face = pages.page(&open).await;
    let net = async || {
        let minor = balance(app, &app.merchant.to_string()).await["amount"].as_u64().unwrap();
        format!("{},{:03} JPY", minor / 1_000, minor % 1_000)
    };
    let kept = net().await;
    for words in ["Platform · ", "Kai Market", "160 JPY", "Tax · ", "Lodging tax", "320 JPY", &kept]
    {
        assert!(face.contains(words), "no {words} in {face}");
    }
    let refunds = format!("/v1/payments/{id}/refunds");
    app.post(&app.shop.key, &refunds, &json!({"amount": yen(1_601)})).await.expect(201);
    let face = pages.until(&open, "of it came back").await;
    let kept = net().await;
    for words in ["80 JPY of it came back", "160 JPY of it came back", &kept] {
        assert!(face.contains(words), "no {words} in {face}");
    }
    // Whoever gives nothing away has no such line.
    let plain = Pages::over_both().await;
    let code = crate::desk::code(&plain.app, &plain.app.jp, &plain.app.shop, Role::Merchant).await;
    let paid = plain.app.paid(500).await;
    let id = paid["id"].as_str().unwrap();
    plain.until(&format!("/t/{code}/today?lang=en"), id).await;
    let face = plain.page(&format!("/t/{code}/pay/{id}?lang=en")).await;
    assert!(face.contains("Shop fee ") && !face.contains("Platform"), "{face}");
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
