//! Refunds beyond what a shop has: from the operator's line, and repaid by the next sales.

use crate::app::App;
use serde_json::{Value, json};

fn yen(amount: u64) -> Value {
    json!({"amount": amount, "currency": "JPY"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_grants_a_line_and_a_shop_refunds_on_it() {
    let app = App::start().await;
    let (bank, shop) = (&app.bank_jp.key, &app.shop.key);
    let paid = app.paid(3_200).await;
    let refunds = format!("/v1/payments/{}/refunds", paid["id"].as_str().unwrap());
    // 3,200 less 1.6 % is paid out.
    let books = app.get(bank, "/v1/books").await.expect(200);
    let own = books["accounts"].as_array().unwrap().iter();
    let is_bank = |a: &&Value| a["kind"] == "bank" && a["credits_posted"]["currency"] == "JPY";
    let house = own.clone().find(is_bank).unwrap_or_else(|| panic!("{books}"));
    let merchant = format!("/v1/merchants/{}", app.merchant);
    assert!(app.get(shop, &merchant).await.expect(200).get("credit").is_none());
    let account = app.merchant.to_string().replace("mer_", "acc_");
    let out = json!([{"debit": account, "credit": house["id"], "amount": 3_149, "code": 1}]);
    assert_eq!(app.post(bank, "/v1/transfers", &out).await.expect(200)["made"], 1);
    let part = json!({"amount": yen(1_000)});
    let refused = app.post(shop, &refunds, &part).await;
    assert_eq!(refused.problem(), (409, "merchant_balance_too_low".into()));

    let line = format!("{merchant}/credit-line");
    let yuan = json!({"limit": {"amount": 1, "currency": "CNY"}, "source": "contract 7"});
    assert_eq!(app.post(bank, &line, &yuan).await.problem(), (422, "currency_differs".into()));
    let asked = json!({"limit": yen(1_000), "source": "contract 7"});
    let by_shop = app.post(shop, &line, &asked).await;
    assert_eq!(by_shop.problem(), (403, "role_not_allowed".into()));
    let once = app.new_key();
    let granted = app.post_once(bank, &line, &asked, &once).await.expect(200);
    let credit = json!({"limit": yen(1_000), "owed": yen(0), "left": yen(1_000)});
    assert_eq!((&granted["credit"], &granted["balance"]), (&credit, &yen(0)));
    let again = app.post_once(bank, &line, &asked, &once).await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));

    app.post(shop, &refunds, &part).await.expect(201);
    let seen = app.get(shop, &merchant).await.expect(200);
    let credit = json!({"limit": yen(1_000), "owed": yen(985), "left": yen(15)});
    assert_eq!((&seen["credit"], &seen["balance"]), (&credit, &yen(0)));
    let refused = app.post(shop, &refunds, &part).await;
    assert_eq!(refused.problem(), (409, "credit_line_used_up".into()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("15 in minor units of your credit line is left"), "{detail}");
    assert!(detail.contains("ask the operator for a larger line"), "{detail}");

    // Sold 2,000: 1,968 are the shop's, and 985 of them it owes.
    app.paid(2_000).await;
    let seen = app.get(shop, &merchant).await.expect(200);
    let credit = json!({"limit": yen(1_000), "owed": yen(0), "left": yen(1_000)});
    assert_eq!((&seen["credit"], &seen["balance"]), (&credit, &yen(1_968 - 985)));
}
