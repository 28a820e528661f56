//! `kill -9` in the middle of payments and refunds by another company's wallet: whatever the other
//! company did is found by asking, and is done once.

use std::time::Duration;

use e2e::api::Api;
use e2e::random::Random;
use e2e::served::is_calm;
use serde_json::{Value, json};
use wechat_counterpart::{Fault, Operation, Payer, RefundStatus, TradeState};

use crate::scene::Scene;

/// What never comes: the program is killed before it gives up waiting.
const LATE: Duration = Duration::from_millis(2_500);

/// A till that scans payers' numbers.
#[derive(Clone)]
struct Scanner {
    api: Api,
    shop: String,
    store: String,
}

impl Scanner {
    /// The payment; nothing, where the process ended before it answered.
    fn charge(&self, once: &str, yen: u64, code: &str) -> Option<String> {
        let body = json!({ "store": self.store, "customer_code": code,
            "amount": { "amount": yen, "currency": "JPY" } });
        let told = self.api.post(&self.shop, "/v1/charges", once, &body).ok()?;
        assert!(told.is_done(), "{told:?}");
        Some(told.body["payment"]["id"].as_str().unwrap().to_owned())
    }
}

impl Scene {
    fn scanner(&self) -> Scanner {
        let (shop, store) = (self.shop.clone(), self.store.clone());
        Scanner { api: self.jp.api(), shop, store }
    }

    /// The till scans a payer's number, and it was written down.
    fn charged(&self, once: &str, yen: u64, code: &str) -> String {
        self.scanner().charge(once, yen, code).unwrap()
    }

    /// The till shows the other company's code.
    fn shown(&mut self, yen: u64) -> (String, String) {
        let shop = self.shop.clone();
        let amount = json!({ "amount": yen, "currency": "JPY" });
        let asked = json!({ "store": self.store, "amount": amount });
        let asked = self.jp.made(&shop, "/v1/payments", asked);
        let payment = asked["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/payments/{payment}/attempt");
        let told = self.jp.made(&shop, &path, json!({ "connector": "wechat" }));
        (payment, told["code"].as_str().unwrap().to_owned())
    }

    fn kill(&mut self) {
        is_calm(&self.jp.kill());
    }

    /// How often the other company was asked to take money for a payment.
    fn takings(&self, payment: &str) -> usize {
        let bare = payment.strip_prefix("pay_").unwrap();
        let asked = self.platform.asked();
        let of = |asked: &&wechat_counterpart::Asked| {
            asked.operation == Some(Operation::PayByCode) && asked.body.contains(bare)
        };
        asked.iter().filter(of).count()
    }
}

#[test]
fn what_is_under_way_at_a_kill_is_found_by_asking_and_taken_once() {
    let mut scene = Scene::open();
    let mut due = 0;

    // Taken, and the answer never came: the process is gone before it hears anything.
    scene.platform.fault(Operation::PayByCode, Fault::SilentAfter);
    let code = scene.platform.show_code(Payer::PaysAtOnce);
    let payment = scene.charged("taken", 3_200, &code);
    scene.until_asked(Operation::PayByCode, 0);
    scene.kill();
    scene.jp.start();
    assert_eq!(scene.ended(&payment), "accepted");
    assert_eq!(scene.takings(&payment), 1, "a number is sent once");
    due += 3_200;
    assert_eq!((scene.kept(), scene.owed()), (due, due));

    // On its way, and taken only after the next process has begun to ask.
    let before = scene.platform.times_asked(Operation::PayByCode);
    scene.platform.fault(Operation::PayByCode, Fault::EffectLater(LATE));
    let code = scene.platform.show_code(Payer::PaysAtOnce);
    let late = scene.charged("late", 1_100, &code);
    scene.until_asked(Operation::PayByCode, before);
    scene.kill();
    scene.jp.start();
    let asked = scene.platform.times_asked(Operation::Query);
    scene.until_asked(Operation::Query, asked);
    assert_eq!(scene.state(&late), "waiting", "that nobody knows it is no end");
    assert_eq!(scene.ended(&late), "accepted");
    assert_eq!(scene.takings(&late), 1);
    due += 1_100;
    assert_eq!((scene.kept(), scene.owed()), (due, due));

    // A code is on the till's screen; the guest pays while the process is away.
    let (shown, code) = scene.shown(900);
    scene.kill();
    scene.platform.pay(&code).unwrap();
    scene.jp.start();
    assert_eq!(scene.ended(&shown), "accepted");
    due += 900;
    assert_eq!((scene.kept(), scene.owed()), (due, due));

    // It never arrived: until it can't arrive any more nobody says so.
    let before = scene.platform.times_asked(Operation::PayByCode);
    scene.platform.fault(Operation::PayByCode, Fault::SilentBefore);
    let code = scene.platform.show_code(Payer::PaysAtOnce);
    let lost = scene.charged("lost", 5_000, &code);
    scene.until_asked(Operation::PayByCode, before);
    scene.kill();
    scene.jp.start();
    let asked = scene.platform.times_asked(Operation::Query);
    scene.until_asked(Operation::Query, asked + 1);
    assert_eq!(scene.state(&lost), "waiting");
    let open = scene.attempts();
    assert_eq!((open.len(), &open[0]["said"]), (1, &json!("unknown")), "{open:?}");

    // Given back, and the answer never came.
    let path = format!("/v1/payments/{payment}/refunds");
    let part = json!({ "amount": { "amount": 400, "currency": "JPY" } });
    scene.platform.fault(Operation::Refund, Fault::SilentAfter);
    let told = scene.jp.api().post(&scene.shop, &path, "refund", &part).unwrap();
    assert_eq!(told.status, 202, "{told:?}");
    scene.until_asked(Operation::Refund, 0);
    scene.kill();
    scene.jp.start();
    scene.until_asked(Operation::Refund, 1);
    let number = refund_number(&scene);
    assert!(scene.platform.end_refund(&scene.mchid, &number, RefundStatus::Success));
    for _ in 0..3_000 {
        if scene.get(&format!("/v1/payments/{payment}"))["refunded"]["amount"] == 400 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let view = scene.get(&format!("/v1/payments/{payment}"));
    assert_eq!(view["refunded"]["amount"], 400, "{view}");
    due -= 400;
    assert_eq!((scene.kept(), scene.owed()), (due, due));

    is_calm(&scene.jp.stop());
    scene.audited();
}

/// The number under which a refund was asked for; the same however often.
fn refund_number(scene: &Scene) -> String {
    let asked = scene.platform.asked();
    let bodies = asked.iter().filter(|asked| asked.operation == Some(Operation::Refund));
    let mut numbers: Vec<String> = bodies
        .filter_map(|asked| {
            let body: Value = serde_json::from_str(&asked.body).ok()?;
            body["out_refund_no"].as_str().map(str::to_owned)
        })
        .collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "one number for one refund: {numbers:?}");
    numbers.remove(0)
}

#[test]
fn a_kill_at_any_moment_takes_each_payment_once_or_not_at_all() {
    let kills = std::env::var("ENISHI_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(6);
    let mut random = Random::drawn();
    let mut scene = Scene::open();
    let mut sold = Vec::new();
    for round in 0..kills {
        let yen = 1_000 + round;
        match random.below(5) {
            0 => scene.platform.fault(Operation::PayByCode, Fault::CutAfter),
            1 => scene.platform.fault(Operation::PayByCode, Fault::CutInAnswer),
            2 => scene.platform.fault(Operation::PayByCode, Fault::SilentAfter),
            3 => {
                let late = Duration::from_millis(random.below(900));
                scene.platform.fault(Operation::PayByCode, Fault::EffectLater(late));
            }
            _ => {}
        }
        let code = scene.platform.show_code(Payer::PaysAtOnce);
        let (once, after) = (format!("kill-{round}"), random.below(120));
        let asking = {
            let (scanner, once, code) = (scene.scanner(), once.clone(), code.clone());
            std::thread::spawn(move || scanner.charge(&once, yen, &code))
        };
        std::thread::sleep(Duration::from_millis(after));
        scene.kill();
        let told = asking.join().unwrap();
        eprintln!("{yen} yen: killed after {after} ms, told {}", told.is_some());
        scene.jp.start();
        // Whoever heard nothing asks the same again; it is done once.
        let payment = told.unwrap_or_else(|| scene.charged(&once, yen, &code));
        scene.platform.no_more_faults();
        sold.push((payment, yen));
    }
    let mut due = 0;
    for (payment, yen) in &sold {
        // What never arrived waits for as long as it could: that is no end, and nothing was taken.
        let taken = scene.takings(payment);
        assert!(taken <= 1, "{payment} was sent {taken} times");
        if taken == 1 {
            assert_eq!(scene.ended(payment), "accepted", "{yen}");
            due += i64::try_from(*yen).unwrap();
        } else {
            assert_eq!(scene.state(payment), "waiting", "{yen}");
        }
    }
    assert_eq!((scene.kept(), scene.owed()), (due, due), "{sold:?}");
    let states: Vec<_> = sold.iter().filter_map(|(payment, _)| truth(&scene, payment)).collect();
    assert!(states.iter().all(|state| *state == TradeState::Success), "{states:?}");
    is_calm(&scene.jp.stop());
    scene.audited();
}

/// Where the order of a payment stands at the other company.
fn truth(scene: &Scene, payment: &str) -> Option<TradeState> {
    let bare = payment.strip_prefix("pay_")?;
    let asked = scene.platform.asked();
    let number = asked.iter().find_map(|asked| {
        let body: Value = serde_json::from_str(&asked.body).ok()?;
        body["out_trade_no"].as_str().filter(|number| number.starts_with(bare)).map(str::to_owned)
    })?;
    scene.platform.truth(&scene.mchid, &number).map(|truth| truth.state)
}
