//! A finished day's bill of the other company, fetched and held against the books.

use std::time::Duration;

use serde_json::{Value, json};
use server::outside::{BillsAt, Outside};
use tempfile::TempDir;
use wechat_counterpart::{Fault, Operation, Payer, Spoilt};

use super::scene::{PAUSES, Scene};

const DAY: u64 = 24 * 60 * 60;

impl Scene {
    /// The process starts anew with somebody who fetches bills into a folder.
    async fn billed(&mut self, folder: &TempDir) {
        self.with_outside(|jp, wallets, clock| {
            let mut outside = Outside::start([(jp, wallets)], PAUSES);
            let look = Duration::from_millis(30);
            let folder = folder.path().join("bills");
            outside.keep_bills("jp", BillsAt { folder, clock, look });
            outside
        })
        .await;
    }

    /// The days, once one of them is as asked; those that are about nothing are left out.
    async fn bills(&self, what: &str, is: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut last = Value::Null;
        for _ in 0..1_000 {
            let told = self.app.get(&self.app.bank_jp.key, "/v1/connectors/wechat/bills").await;
            last = told.expect(200);
            let days = last["days"].as_array().unwrap();
            if days.iter().any(&is) {
                let of = |day: &&Value| day["lines"] != 0 || day["ours"]["amount"] != 0;
                return days.iter().filter(of).cloned().collect();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {what}: {last:#} {:?}", self.platform.asked().last());
    }
}

fn yen(amount: u64) -> Value {
    json!({"amount": amount, "currency": "JPY"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_days_bill_is_held_against_the_books_and_kept() {
    let (mut scene, folder) = (Scene::start().await, tempfile::tempdir().unwrap());
    let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&payment).await, "accepted");
    let (second, _) = scene.charged(1_800, Payer::PaysAtOnce).await;
    assert_eq!(scene.ended(&second).await, "accepted");
    scene.platform.refunds_arrive_at_once(true);
    let path = format!("/v1/payments/{payment}/refunds");
    let part = json!({"amount": yen(400)});
    scene.app.post(&scene.app.shop.key, &path, &part).await.expect(202);
    scene.until_refunded(&payment, 400).await;

    // Nothing is asked before the day is over and its bill is there.
    scene.billed(&folder).await;
    let told = scene.bills("looked for", |day| day["state"] == "agrees").await;
    assert!(told.is_empty(), "the day is not over: {told:#?}");
    scene.pass(2 * DAY);
    let told = scene.bills("there", |day| day["lines"] == 3).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((&told[0]["state"], &told[0]["differences"]), (&json!("agrees"), &json!([])));
    assert_eq!((&told[0]["paid"], &told[0]["ours"]), (&yen(5_000), &yen(5_000)), "{told:#?}");
    assert_eq!(told[0]["refunded"], yen(400));
    assert_eq!(told[0]["fee_milli"], 4_600 * 6, "0.6 % of what stayed");

    // After a stop it is read from where it was kept, and not asked for again.
    let asked = scene.platform.times_asked(Operation::Bill);
    scene.platform.faults(Operation::Bill, Fault::CutBefore, 10_000);
    scene.billed(&folder).await;
    let again = scene.bills("kept", |day| day["lines"] == 3).await;
    assert_eq!(again, told);
    let name = told[0]["day"].as_str().unwrap().replace('-', "");
    let kept = folder.path().join(format!("bills/wechat/{name}.trade.csv"));
    assert!(kept.exists(), "{kept:?}");
    assert!(scene.platform.times_asked(Operation::Bill) >= asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bill_and_the_books_differ_in_is_said() {
    let (mut scene, folder) = (Scene::start().await, tempfile::tempdir().unwrap());
    let mut numbers = Vec::new();
    for amount in [3_200, 900, 700] {
        let (payment, _) = scene.charged(amount, Payer::PaysAtOnce).await;
        assert_eq!(scene.ended(&payment).await, "accepted");
        numbers.push(payment.strip_prefix("pay_").unwrap().to_owned());
    }
    scene.platform.bills_without(&numbers[0]);
    scene.platform.bills_say(&numbers[1], 901);
    scene.platform.bills_add("SOMEBODY-ELSES", 50);
    scene.pass(2 * DAY);
    scene.billed(&folder).await;
    let told = scene.bills("there", |day| day["lines"] != 0).await;
    assert_eq!(told[0]["state"], "differs", "{told:#?}");
    let differs = told[0]["differences"].as_array().unwrap();
    let of = |what: &str| {
        let of = differs.iter().filter(|of| of["what"] == what);
        let of = of.map(|of| (of["number"].clone(), of["theirs"].clone(), of["ours"].clone()));
        of.collect::<Vec<_>>()
    };
    assert_eq!(of("not_there"), [(json!(numbers[0]), Value::Null, yen(3_200))], "{differs:#?}");
    assert_eq!(of("amount"), [(json!(numbers[1]), yen(901), yen(900))], "{differs:#?}");
    assert_eq!(of("foreign").first().unwrap().1, yen(50), "{differs:#?}");
    scene.assert_owed_here(4_800).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bill_has_and_the_books_have_not_is_asked_about_and_booked() {
    let (mut scene, folder) = (Scene::start().await, tempfile::tempdir().unwrap());
    // Taken there; every question here fails, and the process is gone.
    scene.platform.faults(Operation::Query, Fault::CutBefore, 10_000);
    scene.platform.fault(Operation::PayByCode, Fault::CutAfter);
    let (payment, _) = scene.charged(2_500, Payer::PaysAtOnce).await;
    scene.until_asked(Operation::Query).await;
    scene.gone().await;
    scene.platform.no_more_faults();
    scene.pass(2 * DAY);
    scene.billed(&folder).await;
    let told = scene.bills("there", |day| day["lines"] == 1 && day["state"] == "agrees").await;
    assert_eq!(told[0]["paid"], yen(2_500), "{told:#?}");
    assert_eq!(scene.ended(&payment).await, "accepted");
    scene.assert_owed(2_500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_was_changed_or_did_not_come_is_not_used() {
    for (fault, why) in [
        (Fault::Answered(Spoilt::ChangedBody), "nothing came"),
        (Fault::Answered(Spoilt::WrongSignature), "nothing came"),
        (Fault::CutInAnswer, "nothing came"),
        (Fault::Refused(403, "NO_AUTH"), "refused: NO_AUTH"),
    ] {
        let (mut scene, folder) = (Scene::start().await, tempfile::tempdir().unwrap());
        let (payment, _) = scene.charged(3_200, Payer::PaysAtOnce).await;
        assert_eq!(scene.ended(&payment).await, "accepted");
        scene.pass(2 * DAY);
        scene.platform.faults(Operation::Bill, fault.clone(), 10_000);
        scene.billed(&folder).await;
        let missing =
            |day: &Value| day["missing"].as_str().is_some_and(|missing| missing.contains(why));
        scene.bills(why, missing).await;
        // It is asked for again, and comes.
        scene.platform.no_more_faults();
        scene.pass(601);
        scene.bills("there", |day| day["lines"] == 1 && day["state"] == "agrees").await;
    }
}
