//! Wallets of other companies over the API: WeChat Pay's counterpart on this machine, at the till,
//! in trouble, told twice, and after a stop in the middle.

mod bills;
mod lies;
mod page;
mod refunds;
mod scene;
mod stops;
mod till;

use serde_json::json;
use wechat_counterpart::{Fault, Operation, PasswordReply, Payer};

use scene::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanned_number_pays_at_once_or_after_the_password_or_not() {
    let scene = Scene::start().await;
    let (payment, told) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(
        (told["code"].as_str(), told["payment"]["connector"].as_u64()),
        (Some("waiting"), Some(0))
    );
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(3_200).await;

    let (payment, code) = scene.charged_with(700, Payer::NeedsPassword).await;
    scene.until_asked(Operation::Query).await;
    assert_eq!(scene.attempt(&payment).await["state"], "waiting");
    scene.platform.enter_password(&code).unwrap();
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(3_900).await;

    let (payment, code) = scene.charged_with(800, Payer::NeedsPassword).await;
    scene.until_asked(Operation::Query).await;
    scene.platform.cancel_password(&code).unwrap();
    assert_eq!(scene.ended(&payment).await, "payer_declined");
    let (payment, _) = scene.charged(900, Payer::HasNoMoney).await;
    assert_eq!(scene.ended(&payment).await, "no_money");
    // The same payment, by another phone.
    let code = json!({"customer_code": scene.platform.show_code(Payer::PaysAtOnce)});
    let path = format!("/v1/payments/{payment}/charge");
    scene.app.post(&scene.app.shop.key, &path, &code).await.expect(201);
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(4_800).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_shown_paid_and_told_of_once_however_often() {
    let scene = Scene::start().await;
    let (payment, code) = scene.shown(3_200).await;
    assert_eq!(scene.attempt(&payment).await["state"], "waiting");
    scene.platform.pay(&code).unwrap();
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(3_200).await;
    // The postman comes once, and twice, and late.
    let notice = scene.notice(&payment);
    for _ in 0..2 {
        assert_eq!(scene.deliver(&notice).await, Some(204));
    }
    scene.assert_owed(3_200).await;
    let view = scene.app.get(&scene.app.shop.key, &format!("/v1/payments/{payment}")).await;
    assert_eq!(view.expect(200)["captured"]["amount"], 3_200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_answered_is_found_by_asking_and_asked_for_once() {
    for fault in [
        Fault::CutAfter,
        Fault::CutInAnswer,
        Fault::DoneButRefused(500, "SYSTEM_ERROR"),
        Fault::DoneButRefused(502, ""),
    ] {
        let scene = Scene::start().await;
        scene.platform.fault(Operation::PayByCode, fault.clone());
        let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
        assert_eq!(scene.ended(&payment).await, "accepted", "{fault:?}");
        assert_eq!(scene.platform.times_asked(Operation::PayByCode), 1, "{fault:?}");
        scene.assert_owed(3_200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_arrived_is_over_when_it_cannot_arrive_any_more() {
    let scene = Scene::start().await;
    scene.platform.fault(Operation::PayByCode, Fault::CutBefore);
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    scene.until_asked(Operation::Query).await;
    assert_eq!(scene.attempt(&payment).await["state"], "waiting", "nobody guesses");
    let jp = &scene.app.bank_jp.key;
    let open = scene.app.get(jp, "/v1/connectors/wechat/attempts").await.expect(200);
    assert_eq!(open["attempts"][0]["said"], "unknown", "{open}");
    let figures = scene.app.get(jp, "/metrics").await;
    let figures = String::from_utf8(figures.bytes).unwrap();
    assert!(
        figures.contains("enishi_connector_open{cell=\"jp\",what=\"payment\",said=\"unknown\"} 1")
    );
    assert!(figures.contains("question=\"create\",said=\"unknown\"} 1"), "{figures}");
    scene.pass(361);
    assert_eq!(scene.ended(&payment).await, "never_arrived");
    scene.assert_owed(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_that_cancels_hears_what_the_other_company_says() {
    let scene = Scene::start().await;
    // The password is asked for; after fifteen seconds it may be taken back.
    scene.platform.password_reply(PasswordReply::default());
    let (payment, code) = scene.charged_with(800, Payer::NeedsPassword).await;
    scene.until_asked(Operation::Query).await;
    let cancel = format!("/v1/payments/{payment}/cancel");
    scene.app.post(&scene.app.shop.key, &cancel, &json!({})).await.expect(200);
    assert_eq!(scene.attempt(&payment).await["state"], "cancelling");
    scene.pass(16);
    assert_eq!(scene.ended(&payment).await, "ended");
    assert_eq!(scene.platform.times_asked(Operation::Reverse), 1);
    assert!(scene.platform.enter_password(&code).is_err());

    // What was paid before it was closed stays paid.
    let (payment, code) = scene.shown(900).await;
    scene.platform.notify_by_hand(true);
    scene.platform.pay(&code).unwrap();
    let cancel = format!("/v1/payments/{payment}/cancel");
    let told = scene.app.post(&scene.app.shop.key, &cancel, &json!({})).await;
    assert!(told.status == 200 || told.problem().1 == "payment_not_open");
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(900).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_that_is_taken_out_takes_nothing_new_and_keeps_what_is_under_way() {
    let mut scene = Scene::start().await;
    let (payment, code) = scene.shown(3_200).await;
    let left = scene.without().await;
    assert_eq!(left, ["wechat"], "somebody has to know");
    let jp = scene.app.bank_jp.key.clone();
    let known = scene.app.get(&jp, "/v1/connectors").await.expect(200);
    assert_eq!(known["connectors"][0]["runs"], false, "{known}");
    assert_eq!(known["connectors"][0]["tasks"], 1, "{known}");
    let sale = scene.requested(500).await;
    let path = format!("/v1/payments/{sale}/attempt");
    let told = scene.app.post(&scene.app.shop.key, &path, &json!({"connector": "wechat"})).await;
    assert_eq!(told.problem(), (422, "wallet_not_connected".into()));
    scene.platform.pay(&code).unwrap();
    scene.again().await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let known = scene.app.get(&jp, "/v1/connectors").await.expect(200);
    assert_eq!(
        (known["connectors"][0]["runs"].clone(), known["connectors"][0]["owed"].clone()),
        (json!(true), json!(3_200))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_other_company_paid_to_the_bank_is_booked_once() {
    let scene = Scene::start().await;
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let yen = |amount: u64| json!({"amount": amount, "currency": "JPY"});
    let path = "/v1/connectors/wechat/settlements";
    let (app, jp) = (&scene.app, &scene.app.bank_jp.key);
    let came = json!({"received": yen(3_100), "kept": yen(32), "reference": "20261124-WX"});
    assert_eq!(app.post(jp, path, &came).await.expect(201)["owed"], yen(68));
    assert_eq!(app.post(jp, path, &came).await.problem().1, "reference_already_used");
    let yuan =
        json!({"received": {"amount": 1, "currency": "CNY"}, "kept": yen(0), "reference": "x"});
    assert_eq!(app.post(jp, path, &yuan).await.problem().1, "currency_differs");
    let nobody = "/v1/connectors/paypal/settlements";
    assert_eq!(app.post(jp, nobody, &came).await.problem(), (404, "connector_not_found".into()));
}
