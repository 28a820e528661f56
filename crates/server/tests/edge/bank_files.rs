//! Tonight's bank file from outside: while it builds, made, found again, sent, withdrawn.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bankfile::{Originator, OriginatorName, OwnAccountKind};
use serde_json::{Value, json};
use server::bank_files::Asks;
use server::payee::{BANK_ACCOUNT, BankAccount, Kind};
use server::setup::Founder;

use crate::app::{App, soba};

/// The account that pays: of Hida Credit Union, with invented numbers.
pub fn originator() -> Originator {
    let hida = banks::shipped().bank("2476".parse().unwrap()).unwrap();
    let branch = hida.branch("001".parse().unwrap()).unwrap();
    Originator {
        code: "1234567890".parse().unwrap(),
        name: OriginatorName::read("エニシ").unwrap(),
        office: bankfile::Office::of(hida, branch),
        account_kind: OwnAccountKind::Ordinary,
        account: "7654321".parse().unwrap(),
    }
}

pub fn account(bank: &str, branch: &str) -> BankAccount {
    BankAccount::try_new(bank, branch, Kind::Ordinary, "1234174", "ヤマボシソバ").unwrap()
}

/// The shop gave its account and sold for some yen.
pub async fn sold(app: &App, yen: u64) {
    account("2476", "001").keep(app.vault_jp(), app.party_id(&app.shop).await).unwrap();
    pays(app, yen).await;
}

pub async fn pays(app: &App, yen: u64) {
    let code = app.get(&app.shop.key, &format!("/v1/stores/{}/code", app.store)).await.expect(200);
    let body = json!({
        "wallet": app.yen_wallet.to_string(),
        "code": code["code"],
        "amount": {"amount": yen, "currency": "JPY"},
        "again": true,
    });
    app.post(&app.resident.key, "/v1/payments/here", &body).await.expect(201);
}

/// Makes a file and gives its id.
pub async fn made(app: &App) -> String {
    let made = app.post(&app.bank_jp.key, "/v1/bank-files", &json!({})).await.expect(201);
    made["files"][0]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

pub fn names(app: &App) -> Vec<String> {
    let entries = fs::read_dir(app.files()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn only_file(app: &App) -> PathBuf {
    app.files().join(&names(app)[0])
}

async fn tonight(app: &App) -> Value {
    let path = format!("/v1/merchants/{}/tonight", app.merchant);
    app.get(&app.shop.key, &path).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_builds_is_made_and_reaches_the_bank() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    let (bank, shop) = (&app.bank_jp.key, &app.shop.key);
    let shown = tonight(&app).await;
    assert_eq!((&shown["goes_out"]["amount"], &shown["fee"]["amount"]), (&json!(9_840), &json!(0)));
    assert_eq!(
        (&shown["account"]["ending"], &shown["account"]["bank"]),
        (&json!("4174"), &json!("2476"))
    );
    assert!(!shown.to_string().contains("1234174"), "the number is masked: {shown}");
    let builds = app.get(bank, "/v1/bank-files/tonight").await.expect(200);
    assert_eq!((&builds["transfers"], &builds["total"]["amount"]), (&json!(1), &json!(9_840)));
    assert!(!builds.to_string().contains("1234174"), "{builds}");

    let id = made(&app).await;
    assert_eq!(tonight(&app).await["available"]["amount"], 0);
    let path = format!("/v1/bank-files/{id}");
    let file = app.get(bank, &path).await.expect(200);
    assert_eq!((&file["state"], &file["total"]["amount"]), (&json!("sealed"), &json!(9_840)));
    let content = app.get(bank, &format!("{path}/content")).await;
    assert_eq!(content.status, 200);
    assert_eq!(file["hash"], blake3::hash(&content.bytes).to_hex().to_string());
    assert_eq!(content.bytes, fs::read(only_file(&app)).unwrap());
    let read = bankfile::read(&content.bytes).unwrap();
    let transfer = read.file.transfers().next().unwrap();
    assert_eq!(transfer.amount.number(), 9_840);
    assert_eq!(
        (transfer.account.to_string(), transfer.holder.kana().to_string()),
        ("1234174".into(), "ﾔﾏﾎﾞｼｿﾊﾞ".into())
    );
    assert_eq!(
        content.header("content-disposition"),
        Some(format!("attachment; filename=\"{}\"", names(&app)[0]).as_str())
    );

    // Made twice, nothing is paid twice.
    let again = app.post(bank, "/v1/bank-files", &json!({})).await;
    assert_eq!(again.problem(), (409, "nothing_to_pay".into()));
    assert!(again.json()["detail"].as_str().unwrap().contains("No shop has anything"));
    let sent = app.post(bank, &format!("{path}/sent"), &json!({})).await.expect(200);
    assert_eq!(sent["state"], "sent");
    let late = app.post(bank, &format!("{path}/withdraw"), &json!({"reason": "late"})).await;
    assert_eq!(late.problem(), (409, "bank_file_not_open".into()));
    let books = app.get(bank, "/v1/books").await.expect(200);
    let payout = books["accounts"].as_array().unwrap().iter();
    let mut payout = payout.filter(|a| a["kind"] == "payout" && a.to_string().contains("JPY"));
    let payout = payout.next().unwrap();
    assert_eq!(payout["credits_posted"], payout["debits_posted"], "{books}");
    assert_eq!(payout["debits_posted"]["amount"], 9_840);
    assert_eq!(app.get(shop, &path).await.problem(), (403, "role_not_allowed".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_file_gives_back_and_loses_its_name() {
    let app = App::start().await;
    sold(&app, 5_000).await;
    account("1610", "001").keep(app.vault_jp(), app.party_id(&app.shop).await).unwrap();
    assert_eq!(tonight(&app).await["fee"]["amount"], 220);
    let path = format!("/v1/bank-files/{}", made(&app).await);
    let body = json!({"reason": "wrong night"});
    let back = app.post(&app.bank_jp.key, &format!("{path}/withdraw"), &body).await.expect(200);
    assert_eq!((&back["state"], &back["fees"]["amount"]), (&json!("withdrawn"), &json!(220)));
    assert_eq!(tonight(&app).await["available"]["amount"], 4_920);
    assert!(names(&app)[0].ends_with("-001.withdrawn.txt"), "{:?}", names(&app));
    let content = app.get(&app.bank_jp.key, &format!("{path}/content")).await;
    assert_eq!(content.problem(), (409, "bank_file_not_open".into()));
    made(&app).await;
    assert!(names(&app)[1].ends_with("-002.zengin.txt"), "{:?}", names(&app));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_left_out_is_told_why_and_keeps_its_money() {
    let app = App::start().await;
    pays(&app, 10_000).await;
    let (bank, party) = (&app.bank_jp.key, app.party_id(&app.shop).await);
    let waits = |shown: &Value| shown["waits"].as_str().map(str::to_owned);
    assert_eq!(waits(&tonight(&app).await).as_deref(), Some("no_bank_account"));
    app.vault_jp().put(party, BANK_ACCOUNT, "2476 001 ordinary 1234174 山法師").unwrap();
    let shown = tonight(&app).await;
    assert_eq!(waits(&shown).as_deref(), Some("bank_account_unfit"));
    assert!(shown["detail"].as_str().unwrap().contains("kanji"), "{shown}");
    let made = app.post(bank, "/v1/bank-files", &json!({})).await;
    assert_eq!(made.problem(), (409, "nothing_to_pay".into()));
    assert!(made.json()["detail"].as_str().unwrap().contains("1 have something"), "{made:?}");
    let builds = app.get(bank, "/v1/bank-files/tonight").await.expect(200);
    assert_eq!(
        (&builds["transfers"], &builds["not_paid"][0]["reason"]),
        (&json!(0), &json!("bank_account_unfit"))
    );
    let terms = json!({
        "currency": "JPY", "minimum": 9_841, "fee_same_bank": 0, "fee_other_bank": 0, "cutoff_min": 0,
    });
    app.change(&app.jp, bank, "/v1/payout-terms", &terms).await;
    account("2476", "001").keep(app.vault_jp(), party).unwrap();
    assert_eq!(waits(&tonight(&app).await).as_deref(), Some("below_minimum"));
    assert_eq!(tonight(&app).await["available"]["amount"], 9_840);
}

/// Cut off anywhere, the file is found: under its other name, or made again from what was sealed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_cut_off_is_found_again() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    // Written, and never sealed: nobody's.
    let desk = Arc::clone(app.edge.desk("jp").unwrap());
    let id = made(&app).await;
    let (path, name) = (only_file(&app), names(&app)[0].clone());
    let bytes = fs::read(&path).unwrap();
    // Sealed, and the name not given yet.
    fs::rename(&path, app.files().join(name.replace("zengin.txt", "new"))).unwrap();
    assert_eq!(desk.recover().await.unwrap(), []);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    // Gone, or damaged.
    fs::remove_file(&path).unwrap();
    assert_eq!(desk.recover().await.unwrap(), []);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    fs::write(&path, "half").unwrap();
    let content = app.get(&app.bank_jp.key, &format!("/v1/bank-files/{id}/content")).await;
    assert_eq!((content.bytes, fs::read(&path).unwrap()), (bytes.clone(), bytes.clone()));
    // Another account meanwhile makes another file: said, not written.
    account("2476", "002").keep(app.vault_jp(), app.party_id(&app.shop).await).unwrap();
    fs::remove_file(&path).unwrap();
    let missing = desk.recover().await.unwrap();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].why.contains("an account has changed"), "{missing:?}");
    assert!(!path.exists());
    let content = app.get(&app.bank_jp.key, &format!("/v1/bank-files/{id}/content")).await;
    assert_eq!(content.problem(), (410, "bank_file_missing".into()));
    app.post(&app.bank_jp.key, &format!("/v1/bank-files/{id}/sent"), &json!({})).await.expect(200);
    let missing = desk.recover().await.unwrap();
    assert!(missing[0].why.contains("backup"), "{missing:?}");
}

/// Also when shops have sold meanwhile, and after a request that found nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_gives_the_files_that_it_made() {
    let app = App::start().await;
    let bank = &app.bank_jp.key;
    let make = async |once: &str| app.post_once(bank, "/v1/bank-files", &json!({}), once).await;
    assert_eq!(make("early").await.problem(), (409, "nothing_to_pay".into()));
    sold(&app, 10_000).await;
    let first = make("night").await;
    assert_eq!(
        (first.header("enishi-repeated"), first.expect(201)["left_out"].as_u64()),
        (None, Some(0))
    );
    pays(&app, 5_000).await;
    let again = make("night").await;
    assert!(again.header("enishi-repeated").is_some(), "{again:?}");
    assert_eq!(again.expect(201)["files"], first.json()["files"]);
    assert_eq!(tonight(&app).await["available"]["amount"], 4_920, "nothing was made for it");
    let other = app.post_once(bank, "/v1/bank-files", &json!({"of": 1}), "night").await;
    assert_ne!(other.status, 201, "{other:?}");
    // What was refused was not done, so its key is free.
    assert_eq!(make("early").await.expect(201)["files"][0]["number"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_in_pages_and_each_is_looked_for() {
    let app = App::start().await;
    sold(&app, 2_000).await;
    let mut ids = vec![made(&app).await];
    for _ in 0..4 {
        pays(&app, 2_000).await;
        ids.insert(0, made(&app).await);
    }
    let (bank, mut path, mut pages) = (&app.bank_jp.key, String::new(), Vec::new());
    loop {
        let page = app.get(bank, &format!("/v1/bank-files?limit=2{path}")).await.expect(200);
        let files = page["files"].as_array().unwrap().iter();
        pages.push(files.map(|file| file["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("&cursor={next}");
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), ids);
    for (query, code) in [("limit=0", "query_invalid"), ("cursor=abc", "cursor_invalid")] {
        let refused = app.get(bank, &format!("/v1/bank-files?{query}")).await;
        assert_eq!(refused.problem(), (400, code.into()));
    }
    // The oldest was sent: its name is missed, its bytes are the audit's matter.
    let oldest = ids.last().unwrap();
    app.post(bank, &format!("/v1/bank-files/{oldest}/sent"), &json!({})).await.expect(200);
    let desk = Arc::clone(app.edge.desk("jp").unwrap());
    assert_eq!(desk.recover().await.unwrap(), []);
    fs::remove_file(only_file(&app)).unwrap();
    let missing = desk.recover().await.unwrap();
    assert_eq!((missing.len(), &missing[0].file.to_string()), (1, oldest));
}

/// Two merchants of one party are paid to the account that it gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merchants_of_one_party_share_its_account() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    let second =
        Founder::new(&app.jp).open_shop("second", app.shop.party, &soba()).await.unwrap().1;
    let body = json!({
        "wallet": app.yen_wallet.to_string(),
        "store": second.to_string(),
        "amount": {"amount": 5_000, "currency": "JPY"},
    });
    app.post(&app.resident.key, "/v1/payments/here", &body).await.expect(201);
    let builds = app.get(&app.bank_jp.key, "/v1/bank-files/tonight").await.expect(200);
    assert_eq!((&builds["transfers"], &builds["left_out"]), (&json!(2), &json!(0)), "{builds}");
    made(&app).await;
    let read = bankfile::read(&fs::read(only_file(&app)).unwrap()).unwrap();
    let paid = read.file.transfers().map(|it| (it.account.to_string(), it.amount.number()));
    assert_eq!(paid.collect::<Vec<_>>(), [("1234174".into(), 9_840), ("1234174".into(), 4_920)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_that_are_made_at_once_pay_once() {
    let app = App::start().await;
    sold(&app, 10_000).await;
    let desk = Arc::clone(app.edge.desk("jp").unwrap());
    let (a, b) = tokio::join!(desk.make(Asks::CELL), desk.make(Asks::CELL));
    assert_eq!(a.unwrap().files.len() + b.unwrap().files.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bank_the_answer_says_what_to_set() {
    let app = App::start().await;
    let refused = app.get(&app.bank_cn.key, "/v1/bank-files/tonight").await;
    assert_eq!(refused.problem(), (409, "bank_not_configured".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("[cell.bank]"));
}
