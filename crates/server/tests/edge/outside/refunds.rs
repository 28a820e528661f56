//! Given back through the other company, in parts.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_counterpart::{Fault, Operation, Payer, RefundStatus};

use super::scene::Scene;

async fn refund(scene: &Scene, payment: &str, yen: u64) -> Value {
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({"amount": {"amount": yen, "currency": "JPY"}});
    scene.app.post(&scene.app.shop.key, &path, &body).await.expect(202)
}

async fn attempts(scene: &Scene) -> Vec<Value> {
    let path = "/v1/connectors/wechat/attempts";
    let known = scene.app.get(&scene.app.bank_jp.key, path).await.expect(200);
    known["attempts"].as_array().unwrap().clone()
}

async fn until_said(scene: &Scene, said: &str) -> Value {
    for _ in 0..1_000 {
        if let Some(of) = attempts(scene).await.into_iter().find(|of| of["said"] == said) {
            return of;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody says {said}: {:?}", attempts(scene).await);
}

async fn paid(scene: &Scene) -> String {
    scene.platform.refunds_a_minute_apart(false);
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    payment
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_made_in_parts_each_once_whatever_is_cut() {
    let scene = Scene::start().await;
    scene.platform.refunds_arrive_at_once(true);
    let payment = paid(&scene).await;
    let mut so_far = 0;
    for fault in [
        None,
        Some(Fault::CutAfter),
        Some(Fault::CutBefore),
        Some(Fault::DoneButRefused(500, "SYSTEM_ERROR")),
    ] {
        if let Some(fault) = fault {
            scene.platform.fault(Operation::Refund, fault);
        }
        let told = refund(&scene, &payment, 500).await;
        assert_eq!(
            (&told["state"], &told["payment"]["refunded"]["amount"]),
            (&json!("begun"), &json!(so_far))
        );
        so_far += 500;
        scene.until_refunded(&payment, so_far).await;
        scene.assert_owed(3_200 - i64::try_from(so_far).unwrap()).await;
    }
    let path = format!("/v1/payments/{payment}/refunds");
    let more = json!({"amount": {"amount": 1_201, "currency": "JPY"}});
    let told = scene.app.post(&scene.app.shop.key, &path, &more).await;
    assert_eq!(told.problem().1, "refund_exceeds_rest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_stuck_says_what_to_do_and_goes_on_by_itself() {
    let scene = Scene::start().await;
    let payment = paid(&scene).await;
    scene.platform.out_of_funds(&scene.mchid, true);
    refund(&scene, &payment, 1_200).await;
    let task = until_said(&scene, "balance_too_low").await;
    assert!(task["task"].as_str().unwrap().contains("pay in"), "{task}");
    // One at a time, and the shop is told so.
    let path = format!("/v1/payments/{payment}/refunds");
    let more = json!({"amount": {"amount": 1, "currency": "JPY"}});
    let told = scene.app.post(&scene.app.shop.key, &path, &more).await;
    assert_eq!(told.problem().1, "refund_under_way");
    scene.platform.out_of_funds(&scene.mchid, false);
    let waits = until_said(&scene, "waits").await;
    let number = waits["number"].as_str().unwrap();
    assert!(scene.platform.end_refund(&scene.mchid, number, RefundStatus::Abnormal));
    let task = until_said(&scene, "needs_staff").await;
    assert!(task["task"].as_str().unwrap().contains("page for merchants"), "{task}");
    assert!(scene.platform.end_refund(&scene.mchid, number, RefundStatus::Success));
    scene.until_refunded(&payment, 1_200).await;
    assert_eq!(attempts(&scene).await.len(), 0);
    scene.assert_owed(2_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_closed_there_gives_the_shop_its_money_back() {
    let scene = Scene::start().await;
    let payment = paid(&scene).await;
    let before = merchant(&scene).await;
    refund(&scene, &payment, 1_200).await;
    let waits = until_said(&scene, "waits").await;
    let number = waits["number"].as_str().unwrap();
    let known = scene.app.get(&scene.app.bank_jp.key, "/v1/connectors").await.expect(200);
    assert_eq!(known["connectors"][0]["held"]["amount"], 1_200, "{known}");
    assert!(scene.platform.end_refund(&scene.mchid, number, RefundStatus::Closed));
    for _ in 0..500 {
        if attempts(&scene).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(merchant(&scene).await, before);
    scene.until_refunded(&payment, 0).await;
}

/// What the shop can be paid out.
async fn merchant(scene: &Scene) -> u64 {
    let path = format!("/v1/merchants/{}", scene.app.merchant);
    let view = scene.app.get(&scene.app.shop.key, &path).await.expect(200);
    view["balance"]["amount"].as_u64().unwrap()
}
