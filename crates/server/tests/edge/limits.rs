//! How much and how fast a wallet may pay, as callers meet it.

use kernel::Role;
use serde_json::{Value, json};

use crate::app::{Answer, App};
use crate::desk::{Pages, code};

fn rule(window: &str, most: u64) -> Value {
    json!({
        "id": format!("test.{window}"), "currency": "CNY", "reach": "across", "window": window,
        "most": most, "source": "a law", "section": "Art. 11",
    })
}

/// Li Wei says yes to a till's request of an amount.
async fn pays(app: &App, amount: u64) -> Answer {
    let requested = app.request(amount).await;
    let quote = app.quote(&requested["code"]).await;
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    app.post(&app.li_wei.key, &confirm, &json!({"again": true})).await
}

/// Two payments of Li Wei's that wait for the staff; the rule that sent them is ended again.
pub async fn in_review(app: &App) -> [String; 2] {
    looks(app, "review").await;
    pays(app, 101).await.expect(200);
    let waits = async |amount| {
        let waits = pays(app, amount).await;
        assert_eq!(waits.problem(), (409, "payment_in_review".into()));
        waits.json()["case"].as_str().unwrap().to_owned()
    };
    let cases = [waits(102).await, waits(103).await];
    looks(app, "none").await;
    cases
}

/// From now on staff look at each payment of an hour but the first, or nobody does.
pub async fn looks(app: &App, effect: &str) {
    let rule = json!({
        "id": "look", "counts": "payments", "most": 1, "minutes": 60, "effect": effect,
        "source": "a desk",
    });
    app.change(&app.cn, &app.bank_cn.key, "/v1/velocity-rules", &rule).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_says_what_may_still_be_paid() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let code = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let me = async || pages.page(&format!("/w/{code}/me?lang=en")).await;
    assert!(!me().await.contains("What you may pay"), "there is no rule yet");
    let day = rule("day", 13_606);
    let printed = rule("static_day", 0);
    for limit in [&rule("year", 20_000), &rule("payment", 19_000), &day, &printed] {
        app.change(&app.cn, &app.bank_cn.key, "/v1/limit-rules", limit).await;
    }
    let page = me().await;
    assert!(page.contains("Your next payment abroad can be up to 136.06 CNY"), "{page}");
    assert!(page.contains("a law: Art. 11") && page.contains("up to 190.00 CNY"), "{page}");
    pays(app, 3_200).await.expect(200);
    let page = me().await;
    assert!(page.contains("Nothing is left of your limit abroad; it begins anew"), "{page}");
    assert!(page.contains("63.94 CNY left"), "of the year's: {page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_the_rule_and_what_is_left_and_the_wallet_knows_before() {
    let app = App::start().await;
    let limits = format!("/v1/wallets/{}/limits", app.wallet);
    let none = app.get(&app.li_wei.key, &limits).await.expect(200);
    assert_eq!(none, json!({"limits": []}));
    app.change(&app.cn, &app.bank_cn.key, "/v1/limit-rules", &rule("year", 20_000)).await;
    pays(&app, 3_500).await.expect(200);
    let known = app.get(&app.li_wei.key, &limits).await.expect(200);
    let year = &known["limits"][0];
    let left = 20_000 - 14_882;
    assert_eq!(year["left"], json!({"amount": left, "currency": "CNY"}));
    assert_eq!((&year["rule"], &year["window"]), (&json!("test.year"), &json!("year")));
    let refused = pays(&app, 3_500).await;
    assert_eq!(refused.problem(), (422, "limit_per_year".into()));
    let told = &refused.json()["limit"];
    assert_eq!((&told["rule"], &told["source"]), (&json!("test.year"), &json!("a law")));
    assert_eq!((&told["section"], &told["left"]), (&json!("Art. 11"), &year["left"]));
    assert_eq!(told["resets_at"], year["resets_at"]);
    assert!(told["resets_at"].as_str().unwrap().contains("-01-01T"), "{told}");
    let odd = json!({"id": "x", "currency": "CNY", "reach": "far", "window": "day", "most": 1, "source": "x"});
    let odd = app.post(&app.bank_cn.key, "/v1/limit-rules", &odd).await;
    assert_eq!(odd.problem(), (422, "field_invalid".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_is_looked_at_goes_on_once_it_is_released() {
    let app = App::start().await;
    looks(&app, "review").await;
    pays(&app, 100).await.expect(200);
    let waits = pays(&app, 2_000).await;
    assert_eq!(waits.problem(), (409, "payment_in_review".into()));
    let case = waits.json()["case"].as_str().unwrap().to_owned();
    let listed = app.get(&app.bank_cn.key, "/v1/cases").await.expect(200);
    let row = &listed["cases"][0];
    assert_eq!((&row["state"], &row["payment"]), (&json!("waiting"), &json!(case)));
    assert_eq!(row["amount"], json!({"amount": 2_000, "currency": "JPY"}));
    assert_eq!(row["wallet"], app.wallet.to_string());
    let release = format!("/v1/cases/{case}/release");
    let released = app.post(&app.bank_cn.key, &release, &json!({})).await.expect(200);
    assert_eq!(released["state"], "released");
    let seen = app.get(&app.li_wei.key, &format!("/v1/cases/{case}")).await.expect(200);
    assert_eq!(seen["state"], "released", "the payer sees it");
    let paid = pays(&app, 2_000).await.expect(200);
    assert_eq!(paid["status"], "captured");
    let again = app.post(&app.bank_cn.key, &release, &json!({})).await;
    assert_eq!(again.problem(), (409, "case_not_open".into()));
}
