//! Terms are changed by two people of the operator.

use serde_json::{Value, json};

use crate::app::App;

/// Proposes other fees in the yen cell; the proposal's id.
pub async fn fees(app: &App, spread_bps: u32) -> String {
    let fees =
        json!({"spread_bps": spread_bps, "merchant_bps": 160, "note": "the contract of May"});
    let waiting = app.post(&app.bank_jp.key, "/v1/fees", &fees).await.expect(202);
    assert_eq!(waiting["done"], false);
    waiting["proposal"]["id"].as_str().unwrap().to_owned()
}

fn value<'a>(proposal: &'a Value, name: &str) -> &'a Value {
    let values = proposal["values"].as_array().unwrap();
    values.iter().find(|value| value["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_holds_is_changed_by_two_people() {
    let app = App::start().await;
    let author = &app.bank_jp;
    let colleague = app.colleague(&app.jp).await;
    let fees = json!({
        "spread_bps": 60, "merchant_bps": 160, "by_category": {"lodging": 120}, "note": "as agreed",
    });
    let sent = app.post_once(&author.key, "/v1/fees", &fees, "may").await;
    let proposal = &sent.expect(202)["proposal"];
    let again = app.post_once(&author.key, "/v1/fees", &fees, "may").await;
    assert_eq!(again.expect(202)["proposal"]["id"], proposal["id"], "a repeat proposes no second");

    let listed = app.get(&colleague.key, "/v1/proposals").await.expect(200);
    let waiting = &listed["proposals"][0];
    assert_eq!(listed["proposals"].as_array().unwrap().len(), 1);
    assert_eq!((&waiting["state"], &waiting["change"]), (&json!("waiting"), &json!("fees")));
    assert_eq!((&waiting["note"], &waiting["id"]), (&json!("as agreed"), &proposal["id"]));
    assert_eq!(waiting["by"]["person"], author.party.to_string());
    let spread = json!({"name": "spread_bps", "old": "50", "new": "60"});
    assert_eq!(value(waiting, "spread_bps"), &spread, "old and new side by side");
    let lodging = json!({"name": "by_category.lodging", "new": "120"});
    assert_eq!(value(waiting, "by_category.lodging"), &lodging);

    let approve = format!("/v1/proposals/{}/approve", proposal["id"].as_str().unwrap());
    let own = app.post(&author.key, &approve, &json!({})).await;
    assert_eq!(own.problem(), (409, "second_person_needed".into()));
    let approved = app.post(&colleague.key, &approve, &json!({})).await.expect(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["decided_by"]["person"], colleague.party.to_string());
    let again = app.post(&colleague.key, &approve, &json!({})).await;
    assert_eq!(again.problem(), (409, "proposal_not_open".into()));
    let same = app.post(&author.key, "/v1/fees", &fees).await;
    assert_eq!(same.problem(), (409, "already_done".into()), "they hold now");
    let listed = app.get(&author.key, "/v1/proposals").await.expect(200);
    assert_eq!(listed["proposals"], json!([]));
    let decided = app.get(&author.key, "/v1/proposals?state=decided").await.expect(200);
    assert_eq!(decided["proposals"][0]["id"], proposal["id"]);
    let odd = app.get(&author.key, "/v1/proposals?state=odd").await;
    assert_eq!(odd.problem(), (400, "query_invalid".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_change_says_why() {
    let app = App::start().await;
    let proposal = fees(&app, 70).await;
    let reject = format!("/v1/proposals/{proposal}/reject");
    let silent = app.post(&app.bank_jp.key, &reject, &json!({"reason": ""})).await;
    assert_eq!(silent.problem(), (422, "text_unfit".into()));
    let reason = json!({"reason": "the contract says 50"});
    let rejected = app.post(&app.bank_jp.key, &reject, &reason).await.expect(200);
    assert_eq!(rejected["state"], "rejected");
    assert_eq!(rejected["reason"], reason["reason"]);
    let late = app.post(&app.bank_jp.key, &reject, &reason).await;
    assert_eq!(late.problem(), (409, "proposal_not_open".into()));
    let strange = "/v1/proposals/pro_01KAPXJ8ZC7K3T0V9E5R2M4QDW/approve";
    let none = app.post(&app.bank_jp.key, strange, &json!({})).await;
    assert_eq!(none.problem(), (404, "proposal_not_found".into()));
}

/// A decimal point in the wrong place quotes nothing: the last rates go on until a person looked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rates_that_jump_wait_for_a_person() {
    let app = App::start().await;
    let (cn, colleague) = (&app.bank_cn.key, app.colleague(&app.cn).await);
    let terms = json!({"max_move_bps": 1_000, "max_age_s": 604_800, "source": "a desk"});
    app.post(cn, "/v1/rate-terms", &terms).await.expect(201);
    let lot = |yen: &str| {
        let rates = json!({"EUR": "1", "CNY": "7.4326", "JPY": yen});
        json!({"date": "2026-11-02", "source": "ECB", "rates": rates})
    };
    let quoted = async || {
        let requested = app.request(3_500).await;
        app.quote(&requested["code"]).await["price"]["principal"]["amount"].as_u64().unwrap()
    };
    let before = quoted().await;
    let waiting = app.post(cn, "/v1/rates", &lot("228.384")).await.expect(202);
    let jump = &waiting["proposal"];
    let yen = json!({"name": "rates.JPY", "old": "175.68", "new": "228.384"});
    assert_eq!(value(jump, "rates.JPY"), &yen);
    assert_eq!(quoted().await, before);
    let approve = format!("/v1/proposals/{}/approve", jump["id"].as_str().unwrap());
    let own = app.post(cn, &approve, &json!({})).await;
    assert_eq!(own.problem(), (409, "second_person_needed".into()));
    app.post(&colleague.key, &approve, &json!({})).await.expect(200);
    assert!(quoted().await < before);
    app.post(cn, "/v1/rates", &lot("228.5")).await.expect(201);
}
