//! A shop changes its bank account: decided first, then kept, looked at by staff, and only then
//! paid to; whatever stops in between, nothing is paid to another's account.

use economy::Fingerprint;
use kernel::{Actor, Role};
use serde_json::{Value, json};
use server::payee::change::{self, Change};
use server::payee::{BankAccount, Kind};

use crate::app::{Answer, App};
use crate::bank_files::{made, sold};
use crate::desk::{Pages, code, field};

fn account(number: &str, replaces: u32) -> Value {
    json!({
        "bank": "２４７６", "branch": "002", "kind": "savings", "account": number,
        "holder": "やまぼしそば", "replaces": replaces,
    })
}

fn path(app: &App, what: &str) -> String {
    format!("/v1/merchants/{}/{what}", app.merchant)
}

async fn set(app: &App, body: &Value, key: &str) -> Answer {
    app.post_once(&app.shop.key, &path(app, "bank-account"), body, key).await
}

async fn shown(app: &App) -> Value {
    app.get(&app.shop.key, &path(app, "bank-account")).await.expect(200)
}

async fn waits(app: &App) -> Option<String> {
    let tonight = app.get(&app.shop.key, &path(app, "tonight")).await.expect(200);
    tonight["waits"].as_str().map(str::to_owned)
}

async fn approve(app: &App, number: u32) -> Answer {
    let body = json!({"decision": "approve", "account": number});
    app.post(&app.bank_jp.key, &path(app, "review"), &body).await
}

async fn row(app: &App) -> Value {
    let list = app.get(&app.bank_jp.key, "/v1/reviews").await.expect(200);
    list["reviews"][0].clone()
}

/// The numbers of the accounts that a file pays to.
async fn paid_to(app: &App, file: &str) -> Vec<String> {
    let path = format!("/v1/bank-files/{file}/content");
    let content = app.get(&app.bank_jp.key, &path).await;
    assert_eq!(content.status, 200);
    let read = bankfile::read(&content.bytes).unwrap();
    read.file.transfers().map(|transfer| transfer.account.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_is_paid_to_once_staff_looked_at_it() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    let before = shown(&app).await;
    assert_eq!((&before["number"], &before["standing"]), (&json!(0), &json!("approved")));
    assert_eq!(before["bank_account"]["ending"], "4174");
    // A file that was made before pays to the account of then.
    let old = made(&app).await;
    sold_more(&app).await;

    let told = set(&app, &account("0005678", 0), "one").await.expect(200);
    assert_eq!((&told["number"], &told["standing"]), (&json!(1), &json!("new")));
    assert_eq!(
        (&told["bank_account"]["kind"], &told["bank_account"]["ending"]),
        (&json!("savings"), &json!("5678"))
    );
    assert_eq!(waits(&app).await.as_deref(), Some("merchant_not_approved"));
    let none = app.post(&app.bank_jp.key, "/v1/bank-files", &json!({})).await;
    assert_eq!(none.problem(), (409, "nothing_to_pay".into()));
    let row = row(&app).await;
    assert_eq!(row["flags"], json!(["account_changed"]));
    assert_eq!(
        (&row["bank_account"]["ending"], &row["account_before"]["ending"]),
        (&json!("5678"), &json!("4174"))
    );
    for secret in ["0005678", "1234174"] {
        assert!(!format!("{told}{row}").contains(secret), "the whole number is shown nowhere");
    }
    // Staff who looked at the page of before decide nothing.
    assert_eq!(approve(&app, 0).await.problem().1, "review_outdated");
    approve(&app, 1).await.expect(200);
    let new = made(&app).await;
    assert_eq!(paid_to(&app, &new).await, ["0005678"]);
    assert_eq!(paid_to(&app, &old).await, ["1234174"]);
}

async fn sold_more(app: &App) {
    let code = app.get(&app.shop.key, &format!("/v1/stores/{}/code", app.store)).await.expect(200);
    let amount = json!({"amount": 5_000, "currency": "JPY"});
    let wallet = app.yen_wallet.to_string();
    let body = json!({"wallet": wallet, "code": code["code"], "amount": amount, "again": true});
    app.post(&app.resident.key, "/v1/payments/here", &body).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_request_never_replaces_a_newer_account() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    set(&app, &account("0000001", 0), "one").await.expect(200);
    let again = set(&app, &account("0000001", 0), "one").await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));
    assert_eq!(again.expect(200)["number"], 1);
    let newer = set(&app, &account("0002222", 1), "two").await.expect(200);
    assert_eq!(newer["number"], 2);
    approve(&app, 2).await.expect(200);
    // The first again: under its key, and under another after that was forgotten.
    assert_eq!(set(&app, &account("0000001", 0), "one").await.expect(200)["number"], 2);
    let late = set(&app, &account("0000001", 0), "three").await;
    assert_eq!(late.problem(), (409, "payout_account_outdated".into()));
    let other = set(&app, &account("0000003", 1), "two").await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused".into()));
    let known = shown(&app).await;
    assert_eq!((&known["number"], &known["standing"]), (&json!(2), &json!("approved")));
    let file = made(&app).await;
    assert_eq!(paid_to(&app, &file).await, ["0002222"]);
    // Two at once: one of them has looked at what it replaces.
    let (a, b) = tokio::join!(
        async { set(&app, &account("0000007", 2), "a").await.status.as_u16() },
        async { set(&app, &account("0000008", 2), "b").await.status.as_u16() },
    );
    assert_eq!((a.min(b), a.max(b)), (200, 409));
    let kept = shown(&app).await["bank_account"]["ending"].clone();
    assert_eq!(kept, if a == 200 { "0007" } else { "0008" });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_between_decision_and_vault_pays_nobody_and_is_told() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    let change = Change {
        actor: Actor::of(app.shop.party.number, Role::Merchant),
        merchant: app.merchant,
        fingerprint: Fingerprint { key: 7, content: 7 },
        replaces: 0,
        account: BankAccount::try_new("2476", "002", Kind::Ordinary, "5678", "ヤマボシ").unwrap(),
        proof: None,
    };
    let site = app.edge.cells().named("jp").unwrap();
    let decided = change::decide(site, &change).await.unwrap();
    assert_eq!(decided.value, 1);
    // Here it stopped.
    let known = shown(&app).await;
    assert_eq!((&known["number"], &known["bank_account"]), (&json!(1), &Value::Null));
    assert!(known["wrong"].as_str().unwrap().contains("enter it again"), "{known}");
    assert_eq!(waits(&app).await.as_deref(), Some("bank_account_unfit"));
    assert_eq!(row(&app).await["flags"], json!(["account_not_stored"]));
    let none = app.post(&app.bank_jp.key, "/v1/bank-files", &json!({})).await;
    assert_eq!(none.problem(), (409, "nothing_to_pay".into()));
    // Nobody says yes to what nobody can see.
    assert_eq!(approve(&app, 1).await.problem(), (409, "bank_account_not_stored".into()));
    // The same request finishes it, once; then staff look.
    let mut last = None;
    for _ in 0..2 {
        last = Some(change::set(site, change.clone()).await.unwrap());
    }
    assert!(last.unwrap().repeated);
    let known = shown(&app).await;
    assert_eq!((&known["number"], &known["wrong"]), (&json!(1), &Value::Null));
    assert_eq!(waits(&app).await.as_deref(), Some("merchant_not_approved"));
    approve(&app, 1).await.expect(200);
    let file = made(&app).await;
    assert_eq!(paid_to(&app, &file).await, ["0005678"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_account_is_said_field_by_field() {
    let app = App::start().await;
    let before = app.jp.durable();
    for (field, value) in
        [("bank", "9999"), ("branch", "999"), ("account", "12345678"), ("holder", "山星")]
    {
        let mut body = account("0000001", 0);
        body[field] = value.into();
        let refused = set(&app, &body, field).await;
        assert_eq!(refused.problem(), (422, "bank_account_unfit".into()));
        assert_eq!(refused.json()["errors"][0]["pointer"], format!("/{field}"));
    }
    let mut body = account("0000001", 0);
    body["kind"] = "gold".into();
    assert_eq!(set(&app, &body, "kind").await.status.as_u16() / 100, 4);
    assert_eq!(app.jp.durable(), before, "nothing was decided");
    // The operator may do it for the shop.
    let path = path(&app, "bank-account");
    let told = app.post(&app.bank_jp.key, &path, &account("0000001", 0)).await.expect(200);
    assert_eq!(told["number"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_changes_its_account_on_its_till() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let code = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let base = format!("/t/{code}");
    sold(app, 10_000).await;
    let card = pages.until(&format!("{base}/tonight?lang=en"), "Change the account").await;
    assert!(card.contains(&format!("href=\"{base}/account?lang=en\"")), "{card}");
    let path = format!("{base}/account");
    let form = pages.page(&format!("{path}?lang=en")).await;
    for words in ["飛騨信組", "ending 4174", "Is paid", "still pays to the old account"] {
        assert!(form.contains(words), "no {words} in {form}");
    }
    assert!(!form.contains("1234174") && form.len() < 100_000);
    for lang in ["ja", "zh-CN"] {
        let page = pages.page(&format!("{path}?lang={lang}")).await;
        assert!(!page.contains("account-") || !page.contains(">account-"), "{page}");
    }
    let (key, replaces) = (field(&form, "key"), field(&form, "replaces"));
    let mut fields = [
        ("key", key.as_str()),
        ("replaces", replaces.as_str()),
        ("bank", "2476"),
        ("branch", "002"),
        ("kind", "current"),
        ("account", "005678"),
        ("holder", "ヤマボシ"),
    ];
    let short = pages.post(&format!("{path}?lang=en"), &fields).await;
    assert!(short.contains("put zeros before it: 0005678"), "{short}");
    assert!(short.contains(&format!("value=\"{key}\"")), "the form keeps its key");
    fields[5].1 = "0005678";
    for _ in 0..2 {
        pages.post(&format!("{path}?lang=en"), &fields).await;
    }
    let done = pages.page(&format!("{path}?done=1&lang=en")).await;
    for words in ["The account was changed.", "Current account ending 5678", "Waits for a look"] {
        assert!(done.contains(words), "no {words} in {done}");
    }
    assert_eq!(shown(app).await["number"], 1, "sent twice is done once");
    // A form that was open in another tab since before.
    let fresh = field(&done, "key");
    fields[0].1 = &fresh;
    fields[5].1 = "0009999";
    let late = pages.post(&format!("{path}?lang=en"), &fields).await;
    assert!(late.contains("payout_account_outdated") && late.contains("ending 5678"), "{late}");
}
