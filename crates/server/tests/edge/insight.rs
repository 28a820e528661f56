//! Figures over months: what the API, the page and the files say of a demonstration's payments,
//! and of a simulated past.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::App;
use crate::app::derived::RealEvents;
use crate::board::Scene;

async fn sold() -> App {
    let views = Arc::new(RealEvents::new());
    let lists = Arc::clone(&views);
    let app = App::build(|edge| edge.lists(lists)).await;
    for yen in [1_000, 2_000, 3_200] {
        app.paid(yen).await;
    }
    let home = json!({"store": app.other_store.to_string(), "wallet": app.yen_wallet.to_string(),
        "amount": {"amount": 450, "currency": "JPY"}});
    app.post(&app.resident.key, "/v1/payments/here", &home).await.expect(201);
    views.catch_up(&app);
    app
}

async fn asked(app: &App, key: &str, path: &str) -> Value {
    app.get(key, path).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_breakdown_of_months_adds_up_and_growth_is_not_invented() {
    let app = sold().await;
    for by in ["month", "prefecture", "category", "wallet"] {
        let found = asked(&app, &app.bank_jp.key, &format!("/v1/insight/sales?by={by}")).await;
        let lines = found["lines"].as_array().unwrap();
        for key in ["payments", "captured", "refunded", "fees"] {
            let sum: i64 = lines.iter().map(|line| line["now"][key].as_i64().unwrap()).sum();
            assert_eq!(sum, found["all"][0]["now"][key].as_i64().unwrap(), "{by} {key}");
        }
        let all = &found["all"][0];
        assert_eq!((&all["now"]["payments"], &all["now"]["captured"]), (&json!(4), &json!(6_650)));
        assert_eq!(
            (&all["prefectures"], &all["own_people"]),
            (&json!(lines_of(&found, by)), &json!(1))
        );
        // The month has not ended: half of one stands beside no whole one.
        assert_eq!(all["payments_grown"], json!({"no_data": "not_ended"}));
        assert_eq!(found.get("simulated"), None);
    }
    let narrow = "/v1/insight/sales?by=month&wallet=cn";
    let narrow = asked(&app, &app.bank_jp.key, narrow).await;
    assert_eq!(narrow["all"][0]["now"]["captured"], 6_200);
    let trips = asked(&app, &app.bank_cn.key, "/v1/insight/trips").await;
    let all = &trips["wallets"][0]["all"];
    assert_eq!(
        (&all["payments"], &all["trips"], &all["people"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!((&all["trips_open"], &all["mean"]), (&json!(1), &all["median"]));
    assert_eq!(trips["trip_gap_days"], views::TRIP_GAP_DAYS);
    // The shops' cell has nobody abroad.
    let none = asked(&app, &app.bank_jp.key, "/v1/insight/trips").await;
    assert_eq!(none["wallets"], json!([]));
}

/// In how many prefectures was paid: as many lines as there are, where it is broken down by them.
fn lines_of(found: &Value, by: &str) -> usize {
    let lines = found["lines"].as_array().unwrap().len();
    if by == "prefecture" {
        lines
    } else {
        found["all"][0]["prefectures"].as_u64().unwrap() as usize
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn months_that_can_not_be_told_are_refused_in_words() {
    let app = sold().await;
    for (query, words) in [
        ("by=month&from=2026-13", "A month is written as 2026-11."),
        ("by=month&from=2026-10&to=2026-09", "The last month is before the first."),
        ("by=month&from=2001-01&to=2026-01", "Ask for 60 months at most."),
        ("by=month&from=9999-01&to=9999-02", "That month has not come yet."),
        ("by=month&category=casino", "No trade has this word."),
        ("by=hour", "unknown variant"),
        ("by=month&prefecture=300", "The query can't be read"),
    ] {
        let answer = app.get(&app.bank_jp.key, &format!("/v1/insight/sales?{query}")).await;
        let refused = answer.expect(400);
        assert_eq!(refused["code"], "query_invalid", "{query}");
        assert!(refused["detail"].as_str().unwrap().contains(words), "{query}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_months_are_as_spreadsheets_want_them() {
    let app = sold().await;
    let answer = app.get(&app.bank_jp.key, "/v1/insight/sales.csv?by=prefecture&lang=ja").await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let saved = answer.header("content-disposition").unwrap().to_owned();
    assert!(saved.starts_with("attachment; filename=\"insight-jp-prefecture-20"), "{saved}");
    let text = String::from_utf8(answer.bytes).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}from,to,by,of,name,currency,payments,"), "{text}");
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.contains(",prefecture,")), "{text}");
    // No growth is told: nothing stands in its place, neither 0 nor a word.
    assert!(lines[1].ends_with(",,"), "{text}");
    let trips = app.get(&app.bank_cn.key, "/v1/insight/trips.csv").await;
    let trips = String::from_utf8(trips.bytes).unwrap();
    assert!(trips.starts_with("\u{feff}month,currency,payments,paid,"), "{trips}");
    assert_eq!(trips.lines().count(), 2, "{trips}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_has_what_was_reported_beside_what_is_computed() {
    let scene = Scene::open().await;
    scene.app.paid(3_200).await;
    scene.catch_up();
    for (lang, title, cited) in [
        ("en", "Insight", "nearly 3,900 CNY (562 USD), +52 % on the year"),
        ("ja", "分析", "約3,900元（562米ドル）、前年比+52%"),
        ("zh-CN", "洞察", "近 3,900 元（562 美元），同比 +52%"),
    ] {
        let page = scene.page(&format!("/insight?lang={lang}")).await;
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{lang}");
        assert!(page.contains(cited) && page.contains("China Daily"), "{lang}: {page}");
        assert!(page.contains("3,200"), "{lang}");
        assert!(!page.contains("NaN") && !page.contains('∞'));
    }
    let page = scene.page("/insight?lang=en").await;
    // What was not recorded is said to be so; no figure of the report stands in its place.
    assert!(page.contains("no data: not recorded for all of these months"), "{page}");
    assert_eq!(page.matches("3,900").count(), 1);
    let wrong = scene.page("/insight?lang=en&first=2026-13&prefecture=99").await;
    assert!(wrong.contains("form_unfit"));
    for by in ["month", "prefecture", "category", "wallet"] {
        let file = scene.get(&format!("{}/insight.csv?by={by}", scene.base)).await;
        assert_eq!(file.status, 200, "{by}");
        assert!(file.header("content-type").unwrap().starts_with("text/csv"));
    }
    let file = scene.get(&format!("{}/insight.csv?by=moon", scene.base)).await;
    assert_eq!(file.status, 400);
}
