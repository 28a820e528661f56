//! The process stops between each two steps; the next one finds out what became of it by asking.

use std::time::Duration;

use economy::{Command, Request};
use kernel::Actor;
use pay::command::{BeginConnectorPayment, ChargePayment, ConfirmConnectorPaid, RefundPayment};
use pay::state::Shape;
use serde_json::json;
use wechat_counterpart::{Fault, Operation, Payer};

use super::scene::Scene;

impl Scene {
    /// A command of the shop straight to its cell, as if the process stopped right after.
    async fn journaled(&self, command: impl Into<pay::Command>) {
        let actor = Actor::of(self.app.shop.party.number, kernel::Role::Merchant);
        let command = Command::Pay(command.into());
        let request = Request { actor, fingerprint: None, command };
        let outcome = self.app.jp.submit(request).await;
        assert!(matches!(outcome, cell::Outcome::Done { .. }), "{outcome:?}");
    }

    async fn until_code(&self, payment: &str) -> String {
        for _ in 0..1_000 {
            if let Some(code) = self.attempt(payment).await["code"].as_str() {
                return code.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no code");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn written_down_and_not_asked() {
    let mut scene = Scene::start().await;
    // A code that was to be shown is asked for by the next process.
    let payment = scene.requested(3_200).await;
    let id = payment.parse().unwrap();
    scene.gone().await;
    scene
        .journaled(BeginConnectorPayment {
            payment: id,
            connector: "wechat".into(),
            shape: Shape::Shown,
        })
        .await;
    // A payer's number is nowhere any more.
    let taken = scene.requested(700).await;
    let code = scene.platform.show_code(Payer::PaysAtOnce);
    let id = taken.parse().unwrap();
    scene.journaled(ChargePayment { payment: id, request: None, code }).await;
    scene.again().await;
    let code = scene.until_code(&payment).await;
    scene.platform.pay(&code).unwrap();
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.until_asked(Operation::Query).await;
    assert_eq!(scene.attempt(&taken).await["state"], "waiting", "it may be on its way");
    scene.pass(361);
    assert_eq!(scene.ended(&taken).await, "never_arrived");
    scene.assert_owed(3_200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_and_not_answered() {
    let mut scene = Scene::start().await;
    scene.platform.fault(Operation::PayByCode, Fault::SilentAfter);
    let asked = scene.platform.times_asked(Operation::PayByCode);
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    while scene.platform.times_asked(Operation::PayByCode) == asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.again().await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    assert_eq!(scene.platform.times_asked(Operation::PayByCode), 1);
    scene.assert_owed(3_200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answered_and_not_written_down_or_written_and_not_acknowledged() {
    let mut scene = Scene::start().await;
    scene.platform.notify_by_hand(true);
    let (payment, code) = scene.shown(3_200).await;
    scene.gone().await;
    scene.platform.pay(&code).unwrap();
    // The other company's word was here, and went with the process.
    scene.again().await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    // Written down, and the process stopped before it could say thanks: it is told again.
    let notice = scene.notice(&payment);
    scene.again().await;
    assert_eq!(scene.deliver(&notice).await, Some(204));
    scene.assert_owed(3_200).await;
    // And the same word from two sides at once is one payment.
    let (payment, code) = scene.shown(500).await;
    scene.gone().await;
    scene.platform.pay(&code).unwrap();
    let truth = scene.platform.truth(&scene.mchid, payment.strip_prefix("pay_").unwrap()).unwrap();
    let said = ConfirmConnectorPaid {
        payment: payment.parse().unwrap(),
        attempt: 1,
        connector: "wechat".into(),
        amount: 500,
        reference: truth.transaction_id,
        evidence: [7; 32],
    };
    scene.journaled(said).await;
    scene.again().await;
    assert_eq!(scene.deliver(&scene.notice(&payment)).await, Some(204));
    scene.assert_owed(3_700).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cell_that_falls_over_in_the_middle_loses_nothing() {
    let scene = Scene::start().await;
    for yen in [100, 200, 300] {
        let (payment, _) = scene.charged(yen, Payer::PaysAtOnce).await;
        scene.app.jp.crash();
        for _ in 0..1_000 {
            if scene.app.jp.ready() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(scene.ended(&payment).await, "accepted");
    }
    scene.assert_owed(600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_was_written_down_or_asked_for_is_made_once() {
    let mut scene = Scene::start().await;
    scene.platform.refunds_arrive_at_once(true);
    scene.platform.refunds_a_minute_apart(false);
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.gone().await;
    let id = payment.parse().unwrap();
    scene
        .journaled(RefundPayment { id: kernel::Id::new(1 << 100), payment: id, amount: 1_000 })
        .await;
    scene.again().await;
    scene.until_refunded(&payment, 1_000).await;
    scene.platform.fault(Operation::Refund, Fault::SilentAfter);
    let asked = scene.platform.times_asked(Operation::Refund);
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({"amount": {"amount": 500, "currency": "JPY"}});
    scene.app.post(&scene.app.shop.key, &path, &body).await.expect(202);
    while scene.platform.times_asked(Operation::Refund) == asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.again().await;
    scene.until_refunded(&payment, 1_500).await;
    scene.assert_owed(1_700).await;
}
