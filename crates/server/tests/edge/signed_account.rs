//! Where a shop is paid is changed by a person who saw both accounts and signed them: by nobody with
//! a stolen cookie, an answer of before, or one that was given to another text or session.

use std::sync::Arc;

use axum::Router;
use kernel::Role;
use passkey::soft::SoftPasskey;
use serde_json::{Value, json};

use crate::app::derived::RealEvents;
use crate::app::{Answer, App};
use crate::bank_files::sold;
use crate::desk::{Windows, field, text};
use crate::people::{Browser, ORIGIN, invited, served_with};

const ACCOUNT: &str = "/t/me/account?lang=en";
const SIGN: &str = "/t/me/account/sign?lang=en";

/// The pages of a server with tills.
struct Scene {
    app: App,
    windows: Windows,
    router: Router,
    views: Arc<RealEvents>,
}

impl Scene {
    async fn start() -> Self {
        let views = Arc::new(RealEvents::new());
        let lists = Arc::clone(&views);
        let app = App::build(|edge| edge.lists(lists)).await;
        let windows = Windows::over(app.edge.clone());
        let router = served_with(&app, windows.router());
        Self { app, windows, router, views }
    }

    fn browser(&self) -> Browser<'_> {
        Browser::new(&self.app, &self.router)
    }

    /// A manager with a passkey, signed in, and the account's page of then.
    async fn manager(&self) -> (Browser<'_>, SoftPasskey) {
        let (_, code) = invited(&self.app, "manager").await;
        let mut till = self.browser();
        till.post(&format!("/enter/{code}"), "").await;
        let mut soft = SoftPasskey::new(1, ORIGIN);
        till.add(&mut soft).await.expect(200);
        (till, soft)
    }

    /// What staff are told to look at.
    async fn flags(&self) -> Value {
        self.views.catch_up(&self.app);
        let list = self.app.get(&self.app.bank_jp.key, "/v1/reviews").await.expect(200);
        list["reviews"][0]["flags"].clone()
    }

    async fn set(&self) -> Value {
        let path = format!("/v1/merchants/{}/bank-account", self.app.merchant);
        self.app.get(&self.app.shop.key, &path).await.expect(200)["number"].clone()
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The form of a page for an account, with what the passkey said.
fn form(page: &str, number: &str, proof: &str) -> String {
    let (key, replaces) = (field(page, "key"), field(page, "replaces"));
    let (holder, proof) = (encoded("ヤマボシ"), encoded(proof));
    format!(
        "key={key}&replaces={replaces}&bank=2476&branch=002&kind=current&account={number}\
         &holder={holder}&proof={proof}"
    )
}

fn says(answer: &Answer, status: u16, code: &str) {
    let page = text(answer);
    assert!(answer.status == status && page.contains(code), "{} {page}", answer.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_cookie_alone_sends_the_money_nowhere() {
    let scene = Scene::start().await;
    let (till, _) = scene.manager().await;
    let mut thief = scene.browser();
    thief.cookies = till.cookies.clone();
    let page = text(&thief.get(ACCOUNT).await);
    says(&thief.post(ACCOUNT, &form(&page, "0005678", "")).await, 403, "sign_needed");
    // A passkey of the thief's own: it is asked for with the one that there is.
    let mut own = SoftPasskey::new(9, ORIGIN);
    let asked = thief.post("/me/passkeys/options?lang=en", "").await.expect(200);
    assert!(asked["sign"]["challenge"].is_string() && asked["user"].is_null(), "{asked}");
    let answer = own.get(&asked["sign"]);
    let told = thief.post("/me/passkeys/options?lang=en", &answer).await;
    assert_eq!((told.status.as_u16(), &told.json()["code"]), (404, &json!("passkey_not_found")));
    // Nor does it sign, known to nobody.
    let options = thief.post(SIGN, &form(&page, "0005678", "")).await.expect(200);
    let proof = own.get(&options);
    says(&thief.post(ACCOUNT, &form(&page, "0005678", &proof)).await, 404, "passkey_not_found");
    // The API knows keys and no cookies.
    let path = format!("/v1/merchants/{}/bank-account", scene.app.merchant);
    assert_eq!(thief.post(&path, "{}").await.problem(), (401, "key_missing".into()));
    // The owner's code of old opens the till; where others sign, it does not do for this.
    let code = scene.app.code(&scene.app.jp, &scene.app.shop, Role::Merchant).await.reveal();
    let by_code = format!("/t/{code}/account?lang=en");
    let page = text(&thief.get(&by_code).await);
    says(&thief.post(&by_code, &form(&page, "0005678", "")).await, 403, "passkey_needed");
    assert_eq!(scene.set().await, 0, "nothing was changed");

    // The shop sees who tried, and another shop does not.
    let (_, code) = invited(&scene.app, "cashier").await;
    let mut cashier = scene.browser();
    cashier.post(&format!("/enter/{code}"), "").await;
    for _ in 0..2 {
        says(&cashier.post(ACCOUNT, "").await, 403, "scope_missing");
    }
    let app = &scene.app;
    let tried = app.get(&app.shop.key, "/v1/trail/refused").await.expect(200);
    let row = |what: &str, code: &str| {
        let mut rows = tried["refused"].as_array().unwrap().iter();
        let row = rows.find(|row| row["what"] == what && row["code"] == code);
        row.unwrap_or_else(|| panic!("no {what} {code} in {tried}"))
    };
    for code in ["sign_needed", "passkey_needed", "passkey_not_found"] {
        row("SetPayoutAccount", code);
    }
    row("AddPasskey", "passkey_not_found");
    let slip = row("POST /t/{token}/account", "scope_missing");
    assert_eq!((&slip["times"], &slip["duty"]), (&json!(2), &json!("cashier")));
    assert!(!tried.to_string().contains("0005678"), "nothing that was typed: {tried}");
    let others = app.get(&app.other_shop.key, "/v1/trail/refused").await.expect(200);
    assert_eq!(others["refused"], json!([]));
    let page = text(&thief.get("/t/me/trail?lang=en").await);
    assert!(page.contains("refusals lately") && page.contains("Tried: "), "{page}");
    assert!(page.contains("POST /t/{token}/account") && page.contains("2 times"), "{page}");
    drop(scene.windows);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_is_for_one_text_of_one_session_once() {
    let scene = Scene::start().await;
    sold(&scene.app, 10_000).await;
    let (mut till, mut soft) = scene.manager().await;
    let mut second = scene.browser();
    second.enter(&mut soft).await.1.expect(200);
    let page = text(&till.get(ACCOUNT).await);
    let look = format!("{}&ask=1", form(&page, "0005678", ""));
    let sure = text(&till.post(ACCOUNT, &look).await);
    for words in
        ["Is this the right account?", "0005678", "ﾔﾏﾎﾞｼ", "You sign exactly this", "data-sign"]
    {
        assert!(sure.contains(words), "no {words} in {sure}");
    }
    assert_eq!(scene.set().await, 0, "looking does nothing");

    // Signed on another device, for the same text.
    let there = second.post(SIGN, &form(&page, "0005678", "")).await.expect(200);
    let theirs = soft.get(&there);
    says(&till.post(ACCOUNT, &form(&page, "0005678", &theirs)).await, 403, "sign_needed");
    till.post(SIGN, &form(&page, "0005678", "")).await.expect(200);
    says(&till.post(ACCOUNT, &form(&page, "0005678", &theirs)).await, 401, "passkey_unproven");
    // Signed for another account.
    let options = till.post(SIGN, &form(&page, "0005678", "")).await.expect(200);
    let proof = soft.get(&options);
    says(&till.post(ACCOUNT, &form(&page, "0009999", &proof)).await, 403, "sign_needed");
    assert_eq!(scene.set().await, 0);
    // What was signed is done, and the form that is sent again finds it.
    for _ in 0..2 {
        let done = till.post(ACCOUNT, &form(&page, "0005678", &proof)).await;
        assert_eq!(
            done.header("location"),
            Some("/t/me/account?done=1&lang=en"),
            "{}",
            text(&done)
        );
    }
    assert_eq!(scene.set().await, 1);
    // A passkey of today says less than one of long ago: whoever had themselves invited has one, too.
    assert_eq!(scene.flags().await, json!(["account_changed", "account_newly_signed"]));
    // The same answer under the next account.
    let next = text(&till.get(ACCOUNT).await);
    says(&till.post(ACCOUNT, &form(&next, "0009999", &proof)).await, 403, "sign_needed");
    till.post(SIGN, &form(&next, "0009999", "")).await.expect(200);
    says(&till.post(ACCOUNT, &form(&next, "0009999", &proof)).await, 401, "passkey_unproven");
    // A form of before the change is looked at anew.
    let late = form(&page, "0007777", "").replacen("key=", "key=x", 1);
    says(&till.post(ACCOUNT, &late).await, 409, "payout_account_outdated");
    assert_eq!(scene.set().await, 1);
    let by_key = json!({"bank": "2476", "branch": "002", "kind": "savings", "account": "0000001",
        "holder": "ヤマボシ", "replaces": 1});
    let path = format!("/v1/merchants/{}/bank-account", scene.app.merchant);
    scene.app.post(&scene.app.shop.key, &path, &by_key).await.expect(200);
    assert_eq!(scene.flags().await, json!(["account_changed", "account_unsigned"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_more_is_signed_for_with_one_that_there_is() {
    let scene = Scene::start().await;
    let (mut till, mut soft) = scene.manager().await;
    let asked = till.post("/me/passkeys/options?lang=en", "").await.expect(200);
    let answer = soft.get(&asked["sign"]);
    let options = till.post("/me/passkeys/options?lang=en", &answer).await.expect(200);
    let mut phone = SoftPasskey::new(2, ORIGIN);
    let body = json!({ "label": "Phone", "answer": phone.create(&options) });
    till.post("/me/passkeys?lang=en", &body.to_string()).await.expect(200);
    let again = till.post("/me/passkeys/options?lang=en", &answer).await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (403, &json!("sign_needed")));
    scene.browser().enter(&mut phone).await.1.expect(200);
    // Who lost all of them is invited anew, and adds one: an invitation is one passkey.
    let members = scene.app.get(&scene.app.shop.key, "/v1/members").await.expect(200);
    let person = members["members"][0]["person"].as_str().unwrap();
    let path = format!("/v1/members/{person}/invitations");
    let made = scene.app.post(&scene.app.shop.key, &path, &json!({})).await.expect(201);
    let mut back = scene.browser();
    back.post(&format!("/enter/{}", made["code"].as_str().unwrap()), "").await;
    let mut new = SoftPasskey::new(3, ORIGIN);
    back.add(&mut new).await.expect(200);
    let asked = back.post("/me/passkeys/options?lang=en", "").await.expect(200);
    assert!(asked["sign"]["challenge"].is_string(), "{asked}");
}
