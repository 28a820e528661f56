//! The bank's side of payouts from outside: a second person's yes, statements taken in, a transfer
//! that comes back, and the way from a line to its payments and back.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use iso20022::{
    AccountId, Balance, BankCode, Detail, Entry, InitiationVersion, ReturnReason, StatementHead,
    StatementVersion, StatementWriter, Text,
};
use jiff::civil::date;
use kernel::{Currency, Money, Role};
use serde_json::{Value, json};

use crate::app::derived::RealEvents;
use crate::app::{App, person};
use crate::bank_files::{made, pays, sold};

pub const ACCOUNT: &str = "2476-001-7654321";

fn text<const N: usize>(text: &str) -> Text<N> {
    Text::try_new(text).unwrap()
}

/// What the bank did: yen in or out, and the names it gave.
pub struct Line {
    pub yen: i64,
    pub detail: Detail,
}

/// A statement of the fourth of a month (November is 11), with a balance of a million before.
pub fn camt(month: i8, opening: i128, lines: &[Line]) -> Vec<u8> {
    let day = date(2026, month, 4);
    let moved: i128 = lines.iter().map(|line| i128::from(line.yen)).sum();
    let head = StatementHead {
        id: text(&format!("S{month}")),
        account: AccountId::Other(text(ACCOUNT)),
        currency: Currency::JPY,
        opening: Balance { minor: opening, day },
        closing: Balance { minor: opening + moved, day },
    };
    let created = day.at(5, 0, 0, 0);
    let version = StatementVersion::V09;
    let mut writer = StatementWriter::begin(version, created, &head, Vec::new()).unwrap();
    for (at, line) in lines.iter().enumerate() {
        let entry = Entry {
            ordinal: at as u64 + 1,
            amount: Money::new(line.yen.unsigned_abs(), Currency::JPY),
            is_credit: line.yen > 0,
            is_reversal: false,
            is_booked: true,
            booked_on: Some(day),
            value_on: None,
            reference: Some(text(&format!("R{at}"))),
            code: BankCode::default(),
            details: vec![line.detail.clone()],
            info: None,
        };
        writer.entry(&entry).unwrap();
    }
    writer.finish().unwrap()
}

/// The bank paid a whole file.
pub fn paid_file(file: &str, yen: i64) -> Line {
    Line { yen: -yen, detail: Detail { block: Some(text(file)), ..Detail::default() } }
}

/// The bank returned the first transfer of a file: the account is closed.
pub fn came_back(file: &str, yen: i64) -> Line {
    let returned = ReturnReason { code: Some(text("AC04")), info: None };
    let end_to_end = Some(text(&format!("{file}-0000")));
    let detail = Detail { end_to_end, returned: Some(returned), ..Detail::default() };
    Line { yen, detail }
}

async fn takes_in(app: &App, bytes: Vec<u8>) -> crate::app::Answer {
    let (key, once) = (&app.bank_jp.key, app.new_key());
    app.post_bytes(key, "/v1/statements", "application/xml", bytes, &once).await
}

/// Another person who works for the operator of the yen cell, by the key.
pub async fn colleague(app: &App) -> String {
    let key = person(&app.jp, Role::Operator).await.key;
    let site = app.edge.cells().named("jp").unwrap();
    site.stream.reached(app.jp.durable()).await;
    key
}

/// Files above a sum need a second person from now on; two people say so.
pub async fn approval_above(app: &App, yen: Option<u64>) {
    let rules = json!({"currency": "JPY", "approval_above": yen, "today_fee": 150,
        "source": "contract"});
    let set = app.post(&app.bank_jp.key, "/v1/payout-rules", &rules).await;
    if set.status == 202 {
        let proposal = set.json()["proposal"]["id"].as_str().unwrap().to_owned();
        let approve = format!("/v1/proposals/{proposal}/approve");
        app.post(&colleague(app).await, &approve, &json!({})).await.expect(200);
    } else {
        set.expect(201);
    }
}

/// A table of one day of November with lines of so much, after a balance.
pub fn table(day: u8, opening: i64, yen: &[i64]) -> Value {
    let mut csv = "day,in,out,balance\n".to_owned().into_bytes();
    let mut balance = opening;
    for amount in yen {
        balance += amount;
        let (credit, debit) = if *amount > 0 { (*amount, 0) } else { (0, -amount) };
        writeln!(csv, "2026/11/{day:02},{credit},{debit},{balance}").unwrap();
    }
    let form = json!({"encoding": "utf-8", "date": "day", "date_format": "%Y/%m/%d",
        "credit": "in", "debit": "out", "balance": "balance"});
    json!({"account": ACCOUNT, "currency": "JPY", "form": form, "content": STANDARD.encode(csv)})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_goes_to_the_bank_when_a_second_person_says_so() {
    let app = App::start().await;
    let (bank, other) = (&app.bank_jp.key, colleague(&app).await);
    approval_above(&app, Some(9_000)).await;
    sold(&app, 10_000).await;
    let file = made(&app).await;
    let path = format!("/v1/bank-files/{file}");
    let shown = app.get(bank, &path).await.expect(200);
    assert_eq!((&shown["state"], &shown["approval"]), (&json!("sealed"), &json!("needed")));
    let content = format!("{path}/content");
    let waits = (409, "bank_file_not_approved".to_owned());
    assert_eq!(app.get(bank, &content).await.problem(), waits);
    let sent = format!("{path}/sent");
    assert_eq!(app.post(bank, &sent, &json!({})).await.problem(), waits);
    let approve = format!("{path}/approve");
    let own = app.post(bank, &approve, &json!({})).await.problem();
    assert_eq!(own, (403, "same_person".to_owned()));
    let approved = app.post(&other, &approve, &json!({})).await.expect(200);
    assert!(approved["approval"].as_str().unwrap().starts_with("20"), "{approved}");

    let zengin = bankfile::read(&app.get(bank, &content).await.bytes).unwrap();
    let transfer = zengin.file.transfers().next().unwrap().clone();
    for (form, version) in
        [("pain.001.001.03", InitiationVersion::V03), ("pain.001.001.09", InitiationVersion::V09)]
    {
        let bytes = app.get(bank, &format!("{content}?form={form}")).await.bytes;
        let read = iso20022::read_initiation(&bytes[..]).unwrap();
        let first = &read.transfers()[0];
        assert_eq!((read.version(), read.total().minor), (version, transfer.amount.number()));
        assert_eq!(first.id.as_str(), format!("{file}-0000"));
        assert_eq!(first.account.id.as_str(), transfer.account.to_string());
        let member = first.agent.member.as_ref().map(|(_, member)| member.as_str().to_owned());
        assert_eq!(member, Some("2476".to_owned()));
    }
    app.post(bank, &sent, &json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_comes_back_and_every_yen_is_traced() {
    let lists = Arc::new(RealEvents::new());
    let app = App::build(|builder| builder.lists(Arc::clone(&lists) as _)).await;
    let (bank, shop) = (&app.bank_jp.key, &app.shop.key);
    sold(&app, 10_000).await;
    pays(&app, 5_000).await;
    let file = made(&app).await;
    let total = 15_000 - 240;
    app.post(bank, &format!("/v1/bank-files/{file}/sent"), &json!({})).await.expect(200);
    pays(&app, 1_000).await;
    let lines = [paid_file(&file, total), came_back(&file, total)];
    let statement = camt(11, 1_000_000, &lines);
    let told = takes_in(&app, statement.clone()).await.expect(201);
    let first = &told["statements"][0];
    assert_eq!((&first["lines"], &first["open"]), (&json!(2), &json!(0)), "{told}");
    assert_eq!(first["balance"]["amount"], 1_000_000);
    let again = takes_in(&app, statement).await.expect(201);
    assert_eq!(again["statements"][0]["lines"], 0, "nothing is taken twice");
    let all = app.get(bank, "/v1/bank-lines").await.expect(200);
    let found = |at: usize| all["lines"][at]["found"].as_str().unwrap();
    assert_eq!([found(0), found(1)], ["returned", "file"]);
    let banking = app.get(bank, "/v1/banking").await.expect(200);
    assert_eq!(
        (&banking["tasks"], &banking["accounts"][0]["account"]),
        (&json!(0), &json!(ACCOUNT))
    );

    lists.catch_up(&app);
    // The shop sees why, and is paid again only to another account.
    let path = format!("/v1/merchants/{}/payouts", app.merchant);
    let payouts = app.get(shop, &path).await.expect(200);
    let payout = &payouts["payouts"][0];
    assert_eq!((&payout["return_reason"], &payout["line"]), (&json!("AC04"), &json!(0)));
    let tonight = app.get(bank, "/v1/bank-files/tonight").await.expect(200);
    assert_eq!(tonight["not_paid"][0]["reason"], "payout_account_returned", "{tonight}");
    assert_eq!(tonight["not_paid"][0]["available"]["amount"], total + 984);

    // From the line to its payments, and back.
    let trace = app.get(bank, "/v1/bank-lines/0/payments").await.expect(200);
    let parts = trace["parts"].as_array().unwrap();
    let amounts: Vec<i64> = parts.iter().map(|it| it["amount"].as_i64().unwrap()).collect();
    assert_eq!(amounts, [9_840, 4_920], "{trace}");
    let transfer = &trace["transfers"][0];
    let sum = transfer["carried"].as_i64().unwrap() + amounts.iter().sum::<i64>();
    let paid = transfer["amount"]["amount"].as_i64().unwrap();
    let fee = transfer["fee"]["amount"].as_i64().unwrap();
    assert_eq!(sum, paid + fee + transfer["left"].as_i64().unwrap());
    let payment = parts[1]["payment"].as_str().unwrap();
    let back = app.get(shop, &format!("/v1/payments/{payment}/payout")).await.expect(200);
    assert_eq!(back["parts"][0]["payout"]["line"], 0, "{back}");
    assert_eq!(back["parts"][0]["part"]["amount"], 4_920);
    let stranger = app.get(&app.other_shop.key, &format!("/v1/payments/{payment}/payout")).await;
    assert_eq!(stranger.problem(), (404, "payment_not_found".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_matched_is_resolved_by_a_person() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let told = app.post(bank, "/v1/statements", &table(4, 0, &[500, 300, -20])).await.expect(201);
    assert_eq!(told["statements"][0]["open"], 3, "{told}");
    let tasks = app.get(bank, "/v1/bank-lines?tasks=true&limit=2").await.expect(200);
    assert_eq!(tasks["lines"].as_array().unwrap().len(), 2);
    let next = tasks["next"].as_str().unwrap();
    let rest = app.get(bank, &format!("/v1/bank-lines?tasks=true&cursor={next}")).await.expect(200);
    assert_eq!(rest["lines"][0]["number"], 0);
    let resolve = |line: u32| format!("/v1/bank-lines/{line}/resolve");
    let wallet = json!({"is": "wallet", "wallet": app.yen_wallet.to_string()});
    let done = app.post(bank, &resolve(0), &wallet).await.expect(200);
    assert_eq!((&done["found"], &done["is_task"]), (&json!("wallet"), &json!(false)));
    let twice = app.post(bank, &resolve(0), &wallet).await.problem();
    assert_eq!(twice, (409, "bank_line_not_open".to_owned()));
    let waits = json!({"is": "suspense", "reason": "who sent it?"});
    let waiting = app.post(bank, &resolve(1), &waits).await.expect(200);
    assert_eq!((&waiting["note"], &waiting["is_task"]), (&json!("who sent it?"), &json!(true)));
    let undone = app.post(bank, "/v1/bank-lines/1/undo", &json!({"reason": "known now"})).await;
    assert_eq!(undone.expect(200)["why"], "undone");
    let charge = app.post(bank, &resolve(1), &json!({"is": "charge"})).await.problem();
    assert_eq!(charge, (422, "bank_line_unfit".to_owned()));
    app.post(bank, &resolve(9), &waits).await.expect(404);
    app.get(bank, "/v1/bank-lines/nine").await.expect(404);
    let rule = json!({"currency": "JPY", "share_bps": 10_000, "source": "a law"});
    app.post(bank, "/v1/safeguard-rules", &rule).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_are_not_taken() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let unread = takes_in(&app, b"<Document/>".to_vec()).await;
    assert_eq!(unread.problem(), (422, "statement_unreadable".to_owned()));
    let (once, body) = (app.new_key(), b"x".to_vec());
    let kind = app.post_bytes(bank, "/v1/statements", "text/plain", body, &once).await;
    assert_eq!(kind.problem(), (415, "media_type_not_supported".to_owned()));
    app.post(bank, "/v1/statements", &table(4, 0, &[500])).await.expect(201);
    let gap = app.post(bank, "/v1/statements", &table(5, 400, &[1])).await.problem();
    assert_eq!(gap, (409, "statement_gap".to_owned()));
    let overlap = app.post(bank, "/v1/statements", &table(4, 500, &[1])).await.problem();
    assert_eq!(overlap, (409, "statement_overlap".to_owned()));
    let mut broken = table(6, 500, &[1]);
    broken["content"] = json!("%%%");
    assert_eq!(app.post(bank, "/v1/statements", &broken).await.problem().1, "field_invalid");
    app.post(bank, "/v1/statements", &table(5, 500, &[1])).await.expect(201);
}
