//! The operator's figures and search of payments, over the views themselves.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::App;
use crate::app::derived::RealEvents;

/// Three payments over the bridge, one at home, one part given back.
async fn sold() -> App {
    let views = Arc::new(RealEvents::new());
    let lists = Arc::clone(&views);
    let app = App::build(|edge| edge.lists(lists)).await;
    let mut last = Value::Null;
    for yen in [1_000, 2_000, 3_200] {
        last = app.paid(yen).await;
    }
    let refunds = format!("/v1/payments/{}/refunds", last["id"].as_str().unwrap());
    let part = json!({"amount": {"amount": 1_000, "currency": "JPY"}});
    app.post(&app.shop.key, &refunds, &part).await.expect(201);
    let store = app.other_store.to_string();
    let wallet = app.yen_wallet.to_string();
    let home = json!({"store": store, "wallet": wallet,
        "amount": {"amount": 450, "currency": "JPY"}});
    app.post(&app.resident.key, "/v1/payments/here", &home).await.expect(201);
    views.catch_up(&app);
    app
}

async fn figures(app: &App, query: &str) -> Value {
    app.get(&app.bank_jp.key, &format!("/v1/figures?{query}")).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_breakdown_adds_up_to_the_same() {
    let app = sold().await;
    let keys = ["payments", "captured", "refunds", "refunded", "fees"];
    let mut all = None;
    for by in ["prefecture", "category", "hour", "wallet", "day"] {
        let found = figures(&app, &format!("by={by}")).await;
        assert_eq!(found["by"], by);
        assert!(found["until"].as_str().is_some_and(|until| until.len() == 5), "{found}");
        let lines = found["lines"].as_array().unwrap();
        for key in keys {
            let sum: i64 = lines.iter().map(|line| line["now"][key].as_i64().unwrap()).sum();
            assert_eq!(sum, found["all"][0]["now"][key].as_i64().unwrap(), "{by} {key}");
            assert_eq!(found["all"][0]["week_before"][key], 0);
        }
        let told = all.get_or_insert_with(|| found["all"].clone());
        assert_eq!(told, &found["all"], "{by}");
    }
    let all = &all.unwrap()[0]["now"];
    assert_eq!((&all["payments"], &all["captured"]), (&json!(4), &json!(6_650)));
    assert_eq!((&all["refunds"], &all["refunded"]), (&json!(1), &json!(1_000)));
    let wallets = figures(&app, "by=wallet").await;
    let of = |key: &str| {
        let lines = wallets["lines"].as_array().unwrap();
        lines.iter().find(|line| line["of"] == key).map(|line| line["now"]["captured"].clone())
    };
    // What is known here of a payer from over the bridge is the cell, not the currency.
    assert_eq!((of("JPY"), of("cn")), (Some(json!(450)), Some(json!(6_200))));
    // The same days a week on: what is now is the week before then.
    let day = wallets["from"].as_str().unwrap();
    assert_eq!(
        figures(&app, &format!("by=hour&day={day}")).await["all"],
        figures(&app, "by=hour").await["all"]
    );
    let earlier = figures(&app, "by=hour&day=2026-01-01").await;
    assert_eq!((&earlier["lines"], earlier.get("until")), (&json!([]), None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_figures_is_as_spreadsheets_want_it() {
    let app = sold().await;
    let answer = app.get(&app.bank_jp.key, "/v1/figures.csv?by=wallet&lang=ja").await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let saved = answer.header("content-disposition").unwrap();
    assert!(saved.starts_with("attachment; filename=\"figures-jp-wallet-20"), "{saved}");
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    let found = figures(&app, "by=wallet").await;
    let (day, until) = (found["from"].as_str().unwrap(), found["until"].as_str().unwrap());
    let (home, over) = (&found["lines"][0]["now"], &found["lines"][1]["now"]);
    let expected = format!(
        "\u{feff}from,to,until,by,of,name,currency,payments,captured,refunds,refunded,net,fees,\
         week_before_payments,week_before_captured,week_before_refunds,week_before_refunded,\
         week_before_net,week_before_fees\r\n\
         {day},{day},{until},wallet,JPY,JPY,JPY,1,450,0,0,450,{},0,0,0,0,0,0\r\n\
         {day},{day},{until},wallet,cn,cn,JPY,3,6200,1,1000,5200,{},0,0,0,0,0,0\r\n",
        home["fees"], over["fees"],
    );
    assert_eq!(text, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_are_found_by_what_they_are() {
    let app = sold().await;
    let found = async |query: &str| {
        let found = app.get(&app.bank_jp.key, &format!("/v1/payments?{query}")).await.expect(200);
        let lines = found["lines"].as_array().unwrap();
        lines.iter().map(|line| line["amount"]["amount"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, [450, 3_200, 2_000, 1_000]);
    assert_eq!(found("status=partly_refunded").await, [3_200]);
    assert_eq!(found("at_least_minor=1000&at_most_minor=2000").await, [2_000, 1_000]);
    assert_eq!(found("to=2026-01-01").await, [0_u64; 0]);
    assert_eq!(found("from=2026-01-01").await.len(), 4);
    assert_eq!(found("shop=no+such+shop").await, [0_u64; 0]);
    let first = app.get(&app.bank_jp.key, "/v1/payments?limit=3").await.expect(200);
    let line = &first["lines"][0];
    assert_eq!((&line["side"], &line["status"]), (&json!("both"), &json!("captured")));
    let (id, shop) = (line["id"].as_str().unwrap(), line["shop"].as_str().unwrap());
    assert_eq!(found(&format!("payment={id}")).await, [450]);
    let shop: String = shop.chars().take(3).collect();
    let shop = shop.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    assert!(found(&format!("shop={shop}")).await.contains(&450));
    let next = first["next"].as_str().unwrap();
    assert_eq!(found(&format!("limit=3&cursor={next}")).await, [1_000]);
    // The payer's cell has its own legs, with what left the wallet.
    let cn = app.get(&app.bank_cn.key, "/v1/payments").await.expect(200);
    assert_eq!(cn["lines"].as_array().unwrap().len(), 3);
    assert_eq!(cn["lines"][0]["paid"]["currency"], "CNY");
    let file = app.get(&app.bank_jp.key, "/v1/payments.csv?status=captured").await;
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert!(text.starts_with("\u{feff}payment,side,status,"), "{text}");
    assert_eq!(text.lines().count(), 4);
    assert_eq!(file.header("enishi-next"), None);
}
