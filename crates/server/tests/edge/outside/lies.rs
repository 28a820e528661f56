//! Notifications that are forged, late, of another sum, or come before the answer.

use std::time::Duration;

use serde_json::json;
use wechat_counterpart::{Lie, Operation, Spoilt};

use super::scene::Scene;

/// Paid there, and nobody here knows yet.
async fn paid_unheard(scene: &Scene) -> (String, String) {
    scene.platform.notify_by_hand(true);
    let (payment, code) = scene.shown(3_200).await;
    // Asking is answered by nobody for a while.
    scene.platform.faults(Operation::Query, wechat_counterpart::Fault::CutBefore, 10_000);
    scene.platform.pay(&code).unwrap();
    (payment.clone(), scene.notice(&payment))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_proven_is_not_taken_and_what_is_comes_before_any_answer() {
    let scene = Scene::start().await;
    let (payment, notice) = paid_unheard(&scene).await;
    let spoilt = |spoilt| Lie { spoilt: Some(spoilt), ..Lie::default() };
    for lie in [
        spoilt(Spoilt::WrongSignature),
        spoilt(Spoilt::Probe),
        spoilt(Spoilt::UnknownSerial),
        spoilt(Spoilt::Stale),
        spoilt(Spoilt::ChangedBody),
        spoilt(Spoilt::Unsigned),
        Lie { sealed_by_another: true, ..Lie::default() },
    ] {
        assert_eq!(scene.deliver_lying(&notice, lie.clone()).await, Some(500), "{lie:?}");
        assert_eq!(scene.attempt(&payment).await["state"], "waiting", "{lie:?}");
    }
    for (connector, body, status) in
        [("wechat", "{}", 500), ("wechat", "no json", 500), ("alipay", "{}", 404)]
    {
        assert_eq!(scene.told(connector, body).await, status, "{connector} {body}");
    }
    assert_eq!(scene.told("wechat", &"x".repeat(65 << 10)).await, 413);
    scene.assert_owed_here(0).await;
    // The true one is enough, though every question failed.
    assert_eq!(scene.deliver(&notice).await, Some(204));
    assert_eq!(
        scene.attempt(&payment).await["state"],
        "accepted",
        "durable before it was answered"
    );
    scene.assert_owed(3_200).await;
    // The very same bytes once more are a copy, and change nothing.
    assert_eq!(scene.deliver_lying(&notice, spoilt(Spoilt::Replayed)).await, Some(500));
    scene.assert_owed(3_200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sum_is_asked_about_before_it_is_believed() {
    let scene = Scene::start().await;
    let (payment, notice) = paid_unheard(&scene).await;
    let lie = Lie { total: Some(3_100), ..Lie::default() };
    assert_eq!(scene.deliver_lying(&notice, lie).await, Some(204), "it will be asked about");
    assert_eq!(scene.attempt(&payment).await["state"], "waiting");
    scene.assert_owed_here(0).await;
    scene.platform.no_more_faults();
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(3_200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_for_a_payment_that_nobody_waits_for_stands_in_suspense() {
    let scene = Scene::start().await;
    let (payment, notice) = paid_unheard(&scene).await;
    // A well proven word about a number that is no payment of ours.
    let strange = "01KAPXJ8ZC7K3T0V9E5R2M4QDW".to_owned();
    let lie = Lie { out_trade_no: Some(strange), ..Lie::default() };
    for _ in 0..2 {
        assert_eq!(scene.deliver_lying(&notice, lie.clone()).await, Some(204));
        scene.assert_owed_here(3_200).await;
    }
    // It waits for a person, who has it given back there and says so.
    let (app, jp) = (&scene.app, &scene.app.bank_jp.key);
    let open = app.get(jp, "/v1/connectors/wechat/attempts").await.expect(200);
    let task = &open["attempts"][0];
    assert_eq!(
        (&task["what"], &task["amount"]["amount"]),
        (&json!("stray"), &json!(3_200)),
        "{open}"
    );
    assert!(task["task"].as_str().unwrap().contains("Give it back"), "{task}");
    let back = format!("/v1/connectors/wechat/strays/{}/returned", task["stray"].as_str().unwrap());
    app.post(jp, &back, &json!({})).await.expect(201);
    assert_eq!(app.post(jp, &back, &json!({})).await.problem().1, "already_done");
    scene.assert_owed_here(0).await;
    // What is another's altogether is nobody's business here.
    let lie = Lie { out_trade_no: Some("another-shops-17".to_owned()), ..Lie::default() };
    assert_eq!(scene.deliver_lying(&notice, lie).await, Some(204));
    assert_eq!(scene.attempt(&payment).await["state"], "waiting");
    scene.assert_owed_here(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_rotate_while_payments_go_on() {
    let scene = Scene::start().await;
    let (first, code) = scene.shown(1_000).await;
    scene.platform.pay(&code).unwrap();
    assert_eq!(scene.ended(&first).await, "accepted");
    scene.platform.rotate_certificate();
    scene.platform.withdraw_former_certificates();
    scene.pass(11);
    let (second, code) = scene.shown(2_000).await;
    scene.platform.pay(&code).unwrap();
    assert_eq!(scene.ended(&second).await, "accepted");
    assert!(scene.platform.times_asked(Operation::Certificates) >= 2);
    scene.assert_owed(3_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_forges_is_slowed() {
    let scene = Scene::start().await;
    let mut slowed = 0;
    for _ in 0..600 {
        if scene.told("wechat", &json!({"event_type": "TRANSACTION.SUCCESS"}).to_string()).await
            == 429
        {
            slowed += 1;
        }
    }
    assert!(slowed > 0, "nobody was slowed");
    tokio::time::sleep(Duration::from_millis(1)).await;
}
