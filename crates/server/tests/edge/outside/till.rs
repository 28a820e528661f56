//! Wallets of other companies at the shop's till.

use kernel::Role;
use wechat_counterpart::{Operation, Payer, RefundStatus};

use super::scene::Scene;
use crate::desk::{Windows, code, field};

/// The till's pages over a scene, and the till's path.
async fn till(scene: &Scene) -> (Windows, String) {
    let windows = Windows::over(scene.app.edge.clone());
    let code = code(&scene.app, &scene.app.jp, &scene.app.shop, Role::Merchant).await;
    (windows, format!("/t/{code}"))
}

/// The till asks for yen; gives its page, and the payment.
async fn asked_for(windows: &Windows, base: &str, yen: &str) -> (String, String) {
    let page = windows.page(&format!("{base}?lang=en")).await;
    let form = [("amount", yen), ("key", &field(&page, "key"))];
    let shown = windows.post(&format!("{base}/request?lang=en"), &form).await;
    let payment = field(&shown, "payment");
    (shown, payment)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_tap_shows_the_other_wallets_code_and_the_till_hears_that_it_was_paid() {
    let scene = Scene::start().await;
    let (windows, base) = till(&scene).await;
    let (shown, payment) = asked_for(&windows, &base, "3200").await;
    assert!(shown.contains("Show the code of WeChat Pay"), "{shown}");
    assert!(shown.contains("or the number of WeChat Pay"), "{shown}");
    let key = field(&shown, "key");
    let tap = [("payment", payment.as_str()), ("connector", "wechat"), ("key", key.as_str())];
    let asked = windows.post(&format!("{base}/wallet?lang=en"), &tap).await;
    assert!(asked.contains("The customer scans with WeChat Pay"), "{asked}");
    assert!(asked.contains("class=\"qr\""), "{asked}");
    // Two taps are one attempt.
    let again = windows.post(&format!("{base}/wallet?lang=en"), &tap).await;
    assert!(again.contains("The customer scans with WeChat Pay"), "{again}");
    assert_eq!(scene.attempt(&payment).await["attempt"], 1);
    let code = scene.attempt(&payment).await["code"].as_str().unwrap().to_owned();
    scene.platform.pay(&code).unwrap();
    let paid = windows.until(&format!("{base}/till?lang=en"), "class=\"result\"").await;
    assert!(paid.contains("WeChat Pay"), "who paid: {paid}");
    let today = windows.until(&format!("{base}/today?lang=en"), &payment).await;
    assert!(today.contains("WeChat Pay"), "{today}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanned_number_waits_for_the_password_and_a_refusal_says_what_to_do() {
    let scene = Scene::start().await;
    let (windows, base) = till(&scene).await;
    let (_, payment) = asked_for(&windows, &base, "700").await;
    let scan = format!("{base}/charge?payment={payment}&lang=en");
    let number = scene.platform.show_code(Payer::HasNoMoney);
    windows.post(&scan, &[("code", &number)]).await;
    let said = windows.until(&format!("{base}/till?lang=en"), "too little money").await;
    assert!(said.contains("Ask for another way to pay"), "{said}");
    let number = scene.platform.show_code(Payer::NeedsPassword);
    let waits = windows.post(&scan, &[("code", &number)]).await;
    assert!(waits.contains("password in WeChat Pay"), "{waits}");
    scene.until_asked(Operation::Query).await;
    scene.platform.enter_password(&number).unwrap();
    windows.until(&format!("{base}/till?lang=en"), "class=\"result\"").await;

    // Taken back: the till may go on, and the other company's word ends it.
    let next = format!("{base}/till?next=1&lang=en");
    windows.part(&next).await;
    let (_, payment) = asked_for(&windows, &base, "800").await;
    let scan = format!("{base}/charge?payment={payment}&lang=en");
    let number = scene.platform.show_code(Payer::NeedsPassword);
    let waits = windows.post(&scan, &[("code", &number)]).await;
    scene.until_asked(Operation::Query).await;
    let form = [("payment", payment.as_str()), ("key", &field(&waits, "key"))];
    let closing = windows.post(&format!("{base}/cancel?lang=en"), &form).await;
    assert!(closing.contains("being closed at WeChat Pay"), "{closing}");
    scene.pass(16);
    assert_eq!(scene.ended(&payment).await, "ended");
    let ended = windows.until(&format!("{base}/till?lang=en"), "result none").await;
    assert!(ended.contains("Cancelled"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_by_the_same_form_says_how_far_it_is() {
    let scene = Scene::start().await;
    scene.platform.refunds_a_minute_apart(false);
    let (windows, base) = till(&scene).await;
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let form = windows.page(&format!("{base}/refund?payment={payment}&lang=en")).await;
    let key = field(&form, "key");
    let fields = [("payment", payment.as_str()), ("amount", "1,000"), ("key", key.as_str())];
    let begun = windows.post(&format!("{base}/refund?lang=en"), &fields).await;
    assert!(begun.contains("1,000 JPY is being given back: WeChat Pay was asked"), "{begun}");
    assert!(!begun.contains("/refund?payment="), "one at a time: {begun}");
    scene.until_asked(Operation::QueryRefund).await;
    let open = "/v1/connectors/wechat/attempts";
    let open = scene.app.get(&scene.app.bank_jp.key, open).await.expect(200);
    let number = open["attempts"][0]["number"].as_str().unwrap().to_owned();
    let page = format!("{base}/pay/{payment}?lang=en");
    assert!(scene.platform.end_refund(&scene.mchid, &number, RefundStatus::Abnormal));
    windows.until(&page, "the operator has to do something").await;
    assert!(scene.platform.end_refund(&scene.mchid, &number, RefundStatus::Success));
    scene.until_refunded(&payment, 1_000).await;
    let whole = windows.until(&page, "Refunded").await;
    assert!(whole.contains("−1,000 JPY") && whole.contains("/refund?payment="), "{whole}");
}
