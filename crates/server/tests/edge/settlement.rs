//! Days of a corridor as its operators see them: closed, agreed, signed, handed out; and top-ups.

use std::time::Duration;

use link::statement::{Document, SigningKey, Statement, Wrong};
use serde_json::{Value, json};

use crate::app::App;

/// Closes a day of the yen cell's nostro; how it is asked for.
pub async fn closed(app: &App, number: u32) -> String {
    let path = "/v1/links/0/days";
    let day = app.post(&app.bank_jp.key, path, &json!({"number": number})).await.expect(201);
    day["day"].as_str().unwrap().to_owned()
}

/// Asks for a top-up of what the yuan cell holds; its id.
pub async fn asked(app: &App, amount: u64) -> String {
    let path = "/v1/links/0/top-ups";
    let top_up = app.post(&app.bank_cn.key, path, &json!({"amount": amount})).await.expect(201);
    top_up["id"].as_str().unwrap().to_owned()
}

async fn day_when(app: &App, key: &str, day: &str, state: &str) -> Value {
    for _ in 0..200 {
        let told = app.get(key, &format!("/v1/links/0/days/{day}")).await;
        if told.status == 200 {
            let told = told.expect(200);
            if told["statements"][0]["state"] == state {
                return told;
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("day {day} does not become {state}");
}

fn document(day: &Value) -> Document {
    let bytes = serde_json::to_vec(&day["statements"][0]["statement"]).unwrap();
    Document::read(&bytes).unwrap()
}

/// What a signer at the edge does for a cell.
async fn sign(cell: &::cell::Handle, key: &SigningKey, statement: &Statement) {
    let keeper = cell.info().name == statement.keeper;
    let signature = statement.sign(key);
    let day = statement.day.number;
    let command = pay::command::SignDay { link: 0, keeper, day, signature };
    let command = economy::Command::Pay(command.into());
    let actor = kernel::Actor::CELL;
    cell.submit(economy::Request { actor, fingerprint: None, command }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_closed_agreed_and_signed_by_both() {
    let app = App::start().await;
    let (cn, jp) = (&app.bank_cn.key, &app.bank_jp.key);
    let open = app.get(jp, "/v1/links/0/days").await.expect(200);
    assert_eq!((&open["sides"][0]["count"], &open["netted"]), (&json!(0), &json!([])));
    app.paid(3_200).await;
    let day = closed(&app, 1).await;
    let told = day_when(&app, jp, &day, "agreed").await;
    let of = &told["statements"][0];
    assert_eq!((&of["keeper"], &of["moves"]["captured"]), (&json!("jp"), &json!(3_200)));
    assert_eq!(
        (&of["opening"]["amount"], &of["closing"]["amount"]),
        (&json!(0), &json!(9_996_800))
    );
    // The other side has the same, by its own books.
    let there = day_when(&app, cn, &day, "agreed").await;
    assert_eq!(there["statements"][0]["statement"], of["statement"]);
    let statement = document(&told).statement().unwrap();
    assert_eq!(document(&told).verify(), Err(Wrong::Unsigned("jp".to_owned())));
    let keys = [SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32])];
    sign(&app.jp, &keys[0], &statement).await;
    sign(&app.cn, &keys[1], &statement).await;
    for key in [cn, jp] {
        let signed = day_when(&app, key, &day, "signed").await;
        assert_eq!(signed["statements"][0]["signed_by"], json!(["jp", "cn"]));
        assert!(document(&signed).verify().is_ok());
    }
    // A signature over something else counts for nothing.
    app.paid(100).await;
    let next = closed(&app, 2).await;
    assert_eq!(next, format!("{day}-2"));
    let told = day_when(&app, jp, &next, "agreed").await;
    sign(&app.jp, &keys[0], &document(&told).statement().unwrap()).await;
    let other =
        Statement { seen: corridor::Witness::default(), ..document(&told).statement().unwrap() };
    sign(&app.cn, &keys[1], &other).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let told = day_when(&app, jp, &next, "agreed").await;
    assert_eq!(told["statements"][0]["signed_by"], json!(["jp"]));
    let list = app.get(jp, "/v1/links/0/days").await.expect(200);
    let numbers: Vec<&Value> =
        list["sides"][0]["days"].as_array().unwrap().iter().map(|day| &day["number"]).collect();
    assert_eq!(numbers, [2, 1]);
    let net = &list["netted"][0];
    assert_eq!(
        (&net["gross"], &net["net"], &net["owed_by"]),
        (&json!(3_300), &json!(3_300), &json!("cn"))
    );
    let prefund = 9_996_700;
    let owes = json!([{"cell": "cn", "amount": 3_300, "paid_in": 10_000_000, "transfers": [], "left": prefund}]);
    assert_eq!((&net["owes"], &net["saved"]), (&owes, &json!(0)));
    for wrong in ["2026-13-01", "yesterday", "1999-01-01-0", "2026-11-02-x"] {
        let path = format!("/v1/links/0/days/{wrong}");
        let problem = app.get(jp, &path).await.expect(404);
        assert_eq!(problem["code"], "day_not_found", "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_top_up_needs_a_second_person() {
    let app = App::start().await;
    let (cn, jp) = (&app.bank_cn.key, &app.bank_jp.key);
    let id = asked(&app, 900_000).await;
    let cost = json!({"amount": 3_800_000, "currency": "CNY"});
    let paid = json!({"reference": "ICBC 1", "cost": cost});
    let path = format!("/v1/top-ups/{id}/paid");
    let problem = app.post(cn, &path, &paid).await.expect(409);
    assert_eq!(problem["code"], "second_person_needed");
    let colleague = app.colleague(&app.cn).await.key;
    app.post(&colleague, &format!("/v1/top-ups/{id}/approve"), &json!({})).await.expect(200);
    let told = app.post(cn, &path, &paid).await.expect(200);
    assert_eq!(told["state"], "paid");
    let remittance = told["remittance"].as_str().unwrap().to_owned();
    let announced = loop {
        let told = app.get(jp, "/v1/links/0/top-ups").await.expect(200);
        if told["announced"] != json!([]) {
            break told["announced"][0].clone();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    };
    assert_eq!(announced["remittance"], remittance);
    let books = json!({"amount": {"amount": 900_000, "currency": "JPY"}, "reference": remittance});
    app.post(jp, "/v1/links/0/nostro-top-ups", &books).await.expect(201);
    for _ in 0..200 {
        let told = app.get(cn, "/v1/links/0/top-ups").await.expect(200);
        if told["top_ups"][0]["state"] == "arrived" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the top-up does not arrive");
}
