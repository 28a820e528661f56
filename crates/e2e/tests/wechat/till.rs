//! What a till shows of another company's wallet, in a real browser: its code, the customer's number,
//! that nothing was heard, paid, given back. And the operator's page beside it.

use e2e::browser::{Chromium, Window};
use e2e::served::is_calm;
use wechat_counterpart::{Fault, Operation, PasswordReply, Payer, RefundStatus};

use crate::scene::Scene;

const SHOW: &str = "#till form[action*='/wallet'] button";
const NUMBER: &str = "#customer-code";
const CHARGE: &str = "#till form[data-charge] button";
const PAID: &str = "#till .result:not(.none) h2";
const SURE: &str = "#till form[data-sign] button";

/// The till asks for so much; the payment's id.
async fn ask(till: &mut Window, yen: &str) -> String {
    till.front().await;
    if till.count("#till-request").await == 0 {
        till.click("a.btn.big[data-get]").await;
    }
    till.wait_for("#till-request").await;
    till.fill("#amount", yen).await;
    till.click("#till-request button").await;
    till.wait_for("#till form[action*='/cancel']").await;
    let payment = "document.querySelector('#till form[action*=\"/cancel\"] [name=payment]').value";
    till.value(payment).await.as_str().unwrap().to_owned()
}

/// The customer's number is typed, as a scanner types it.
async fn scan(till: &mut Window, code: &str) {
    till.fill(NUMBER, code).await;
    till.click(CHARGE).await;
}

async fn says(till: &Window, words: &str) {
    till.wait(&format!("document.querySelector('#till').innerText.includes({words:?})")).await;
}

/// The page as it is, at both widths, light and dark.
async fn looks(till: &Window, name: &str) {
    for (dark, word) in [(false, ""), (true, "-dark")] {
        till.dark(dark).await;
        for width in [390, 1280] {
            till.resize(width).await;
            till.shoot(&format!("wechat-{name}-{width}{word}")).await;
            till.is_well().await;
        }
    }
    till.dark(false).await;
}

#[tokio::test]
async fn a_till_shows_how_far_another_companys_wallet_is() {
    let mut scene = tokio::task::spawn_blocking(Scene::open).await.unwrap();
    let party = scene.party.clone();
    let code = scene.code_of(&party);
    let chromium = Chromium::launch().await;
    let origin = format!("http://localhost:{}", scene.jp.port);
    let mut till = chromium.open(&origin, &format!("/enter/{code}?lang=en"), 1280).await;
    till.click("form[action^='/enter/'] button").await;
    till.wait("location.pathname === '/t/me' && document.readyState === 'complete'").await;

    // Its code on our screen, paid by the guest.
    let payment = ask(&mut till, "3200").await;
    till.click(SHOW).await;
    till.wait_for("#till .qr svg").await;
    says(&till, "The customer scans with WeChat Pay").await;
    looks(&till, "till-shown").await;
    let shown = scene.get(&format!("/v1/payments/{payment}/attempt"));
    scene.platform.pay(shown["code"].as_str().unwrap()).unwrap();
    till.wait_for(PAID).await;
    says(&till, "WeChat Pay").await;
    looks(&till, "till-paid").await;

    // The guest's number, a password, paid.
    scene.platform.password_reply(PasswordReply::default());
    ask(&mut till, "800").await;
    let number = scene.platform.show_code(Payer::NeedsPassword);
    scan(&mut till, &number).await;
    says(&till, "password").await;
    looks(&till, "till-password").await;
    scene.platform.enter_password(&number).unwrap();
    till.wait_for(PAID).await;

    // Taken there, and nothing was heard: it says that it does not know, and what not to do.
    scene.platform.fault(Operation::PayByCode, Fault::CutAfter);
    scene.platform.faults(Operation::Query, Fault::CutBefore, 10_000);
    ask(&mut till, "4600").await;
    let number = scene.platform.show_code(Payer::PaysAtOnce);
    scan(&mut till, &number).await;
    says(&till, "No answer from WeChat Pay yet").await;
    says(&till, "Do not take the money a second time").await;
    looks(&till, "till-unknown").await;
    let operator = operator(&scene);
    let code = scene.code_of(&operator);
    let mut board = chromium.open(&origin, &format!("/o/{code}/connectors?lang=en"), 1280).await;
    let told = board.text("#main").await;
    assert!(told.contains("In trouble") && told.contains("Unknown, being asked"), "{told}");
    looks(&board, "board-trouble").await;
    scene.platform.no_more_faults();
    till.front().await;
    till.wait_for(PAID).await;
    says(&till, "4,600").await;

    // A part goes back: begun, and then done.
    till.click("#till a[href*='/refund?payment=']").await;
    till.wait_for("#till-refund").await;
    till.fill("#amount", "600").await;
    till.click("#till-refund button").await;
    till.wait_for(SURE).await;
    till.click(SURE).await;
    says(&till, "600").await;
    till.wait("!document.querySelector('#till-refund')").await;
    looks(&till, "till-giving-back").await;
    let asked = scene.platform.asked();
    let body = asked.iter().rev().find(|asked| asked.operation == Some(Operation::Refund));
    let body: serde_json::Value = serde_json::from_str(&body.unwrap().body).unwrap();
    let number = body["out_refund_no"].as_str().unwrap();
    assert!(scene.platform.end_refund(&scene.mchid, number, RefundStatus::Success));
    till.wait("document.querySelector('#till dl').innerText.includes('−600')").await;
    looks(&till, "till-refunded").await;

    board.front().await;
    board.goto(&format!("/o/{code}/connectors?lang=ja")).await;
    looks(&board, "board-calm").await;
    till.close().await;
    board.close().await;
    chromium.close().await;
    is_calm(&scene.jp.stop());
    scene.audited();
}

/// The party of jp's operator.
fn operator(scene: &Scene) -> String {
    let told = scene.jp.get(&scene.jp.operator, "/v1/me").body;
    told["party"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
}
