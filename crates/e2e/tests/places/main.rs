//! Two cells in two processes, joined by signed HTTP: the same payments, whatever happens to either.
//!
//! `ENISHI_KILLS` sets how often one is killed, `ENISHI_SEED` draws the same again.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

#[allow(dead_code, reason = "the days of places use the rest")]
mod place;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use e2e::api::Api;
use e2e::random::Random;
use e2e::served::is_calm;
use place::{Market, Place, audit, market, two, two_joined};
use rustix::process::Signal;
use serde_json::{Value, json};

fn agrees(cn: &Place, jp: &Place) -> Value {
    let report = audit(cn, jp);
    assert_eq!(report["ok"], true, "{report:#}");
    report
}

/// Both ends are open, and what was sent was handled.
fn settled(cn: &Place, jp: &Place) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let (here, there) = (cn.link(), jp.link());
        let drained = here["sent"] == there["received"] && there["sent"] == here["received"];
        if drained && here["in_flight"] == 0 {
            assert!(
                here.get("frozen").is_none() && there.get("frozen").is_none(),
                "{here} {there}"
            );
            return;
        }
        assert!(Instant::now() < until, "something never ends: {here:#} {there:#}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn balance(place: &Place, key: &str, path: &str) -> u64 {
    let reply = place.get(key, path);
    reply.body["balance"]["amount"].as_u64().unwrap_or_else(|| panic!("{reply:?}"))
}

#[test]
fn a_payment_and_its_refund_cross_between_two_processes() {
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two_joined(home.path());
    let market = market(&mut cn, &mut jp);
    let paid = market.pay(&mut cn, &mut jp, 3_200);
    assert_eq!(paid["status"], "captured", "{paid}");
    let shop = format!("/v1/merchants/{}", market.merchant);
    assert_eq!(balance(&jp, &market.shop, &shop), 3_200);
    // A printed code leaves the amount open; the look says who is paid, as its own cell has it.
    let poster = jp.get(&market.shop, &format!("/v1/stores/{}/code", market.store)).body;
    let looked = cn.made(&market.visitor, "/v1/codes/look", json!({ "code": poster["code"] }));
    assert_eq!((&looked["cell"], &looked["payee"]["name"]), (&json!("jp"), &json!("山ぼうし")));
    assert_eq!(looked["payee"]["latin_name"], "Yamaboshi Soba");
    // A camera that fails: the number below the code leads to the same store.
    let store = jp.get(&market.shop, &format!("/v1/stores/{}", market.store)).body;
    let typed = cn.made(&market.visitor, "/v1/codes/look", json!({ "code": store["number"] }));
    assert_eq!(typed["payee"], looked["payee"]);
    // Part of it comes back.
    let before = balance(&cn, &market.visitor, &format!("/v1/wallets/{}", market.wallet));
    let path = format!("/v1/payments/{}/refunds", paid["id"].as_str().unwrap());
    let part = json!({ "amount": { "amount": 1_200, "currency": "JPY" } });
    jp.made(&market.shop.clone(), &path, part);
    settled(&cn, &jp);
    assert!(balance(&cn, &market.visitor, &format!("/v1/wallets/{}", market.wallet)) > before);
    let link = cn.link();
    assert_eq!(link["mirror"]["balance"]["amount"], 50_000_000 - 2_000, "{link:#}");
    assert!(link["transport"]["asking"]["last_success"].is_string(), "{link:#}");
    assert!(link["transport"]["asking"].get("trouble").is_none(), "{link:#}");
    let both =
        cn.told(&["corridor", "reconcile", "--neighbour", "jp", "--json", "--key", &cn.operator]);
    assert_eq!(both["standing"]["agree"], true, "{both:#}");
    let metrics = cn.api().page("/metrics").unwrap();
    assert!(
        metrics.contains("enishi_corridor_troubled{cell=\"cn\",neighbour=\"jp\",way=\"asking\"} 0")
    );
    for said in [cn.stop(), jp.stop()] {
        is_calm(&said);
    }
    let report = agrees(&cn, &jp);
    assert_eq!(report["cells"].as_array().unwrap().len(), 2, "{report:#}");
}

#[test]
fn a_key_that_nobody_knows_says_so_on_both_sides() {
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two(home.path());
    cn.start();
    jp.start();
    // Neither has a key.
    let asking = |link: &Value| link["transport"]["asking"]["trouble"]["code"].clone();
    cn.link_until("without a key", |link| asking(link) == "corridor_key_missing");
    let (of_cn, of_jp) = (cn.public_key(), jp.public_key());
    cn.trust("jp", &of_jp);
    // Now jp does not know the key of cn, and says so signed; and shows it at home.
    let link = cn.link_until("refused", |link| asking(link) == "corridor_key_unknown");
    let trouble = &link["transport"]["asking"]["trouble"];
    assert_eq!(trouble["said_by"], "jp", "{link:#}");
    assert!(trouble["detail"].as_str().unwrap().contains("enishi corridor trust"), "{link:#}");
    let asked = |link: &Value| link["transport"]["asked"]["trouble"]["code"].clone();
    jp.link_until("refusing", |link| asked(link) == "corridor_key_unknown");
    let told = cn.run(&["corridor", "status"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("corridor_key_unknown (jp)"), "{told:?}");
    jp.trust("cn", &of_cn);
    let market = market(&mut cn, &mut jp);
    assert_eq!(market.pay(&mut cn, &mut jp, 500)["status"], "captured");
    cn.run(&["corridor", "status"]).succeeds();
    // Distrusted while it serves: said, with another word.
    let name = of_cn_name(&cn);
    jp.run(&["corridor", "distrust", "--neighbour", "cn", &name]).succeeds();
    cn.link_until("revoked", |link| asking(link) == "corridor_key_revoked");
    jp.run(&["corridor", "trust", "--neighbour", "cn", &of_cn]).refuses(&["distrusted", "rotate"]);
    // Another key brings it back.
    let next = cn.told(&["corridor", "rotate", "--json"]);
    jp.trust("cn", next["public_key"].as_str().unwrap());
    cn.run(&["corridor", "rotate", "--activate"]).succeeds();
    cn.link_until("open again", |link| asking(link).is_null());
    assert_eq!(market.pay(&mut cn, &mut jp, 600)["status"], "captured");
}

fn of_cn_name(cn: &Place) -> String {
    let told = cn.told(&["corridor", "key", "--json"]);
    told["key"].as_str().unwrap().to_owned()
}

/// A client that pays until it is told to stop; how often it succeeded.
fn load(
    at: u64,
    cn: u16,
    jp: u16,
    market: Market,
    stop: Arc<AtomicBool>,
) -> thread::JoinHandle<u64> {
    static ASKED: AtomicU64 = AtomicU64::new(1);
    thread::spawn(move || {
        let [cn, jp] = [cn, jp].map(|port| Api::new(&format!("http://127.0.0.1:{port}")));
        let mut paid = 0;
        while !stop.load(Relaxed) {
            let once = || format!("load-{at}-{}", ASKED.fetch_add(1, Relaxed));
            let amount = json!({ "amount": 100 + at, "currency": "JPY" });
            let offer = json!({ "wallet": market.wallet, "store": market.store, "amount": amount });
            let ask = |api: &Api, key: &str, path: &str, body: &Value| {
                api.post(key, path, &once(), body).ok().filter(|reply| reply.is_done())
            };
            let done = ask(&cn, &market.visitor, "/v1/quotes", &offer).and_then(|quote| {
                let path = format!("/v1/quotes/{}/confirm", quote.body["id"].as_str()?);
                let paid = ask(&cn, &market.visitor, &path, &json!({ "again": true }))?;
                let id = paid.body["id"].as_str()?.to_owned();
                let refunds = format!("/v1/payments/{id}/refunds");
                let part = json!({ "amount": { "amount": 30, "currency": "JPY" } });
                ask(&jp, &market.shop, &refunds, &part)
            });
            match done {
                Some(_) => paid += 1,
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
        paid
    })
}

#[test]
fn either_is_killed_or_paused_at_any_moment_and_everything_ends() {
    let kills = std::env::var("ENISHI_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(12);
    let mut random = Random::drawn();
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two_joined(home.path());
    let market = market(&mut cn, &mut jp);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..3).map(|at| load(at, cn.port, jp.port, market.clone(), Arc::clone(&stop))).collect();
    for _ in 0..kills {
        thread::sleep(Duration::from_millis(random.between(100, 900)));
        let place = if random.below(2) == 0 { &mut cn } else { &mut jp };
        if random.below(4) == 0 {
            place.signal(Signal::STOP);
            thread::sleep(Duration::from_millis(random.between(100, 6_000)));
            place.signal(Signal::CONT);
        } else {
            is_calm(&place.kill());
            thread::sleep(Duration::from_millis(random.below(400)));
            place.start();
        }
    }
    thread::sleep(Duration::from_millis(500));
    stop.store(true, Relaxed);
    let paid: u64 = clients.into_iter().map(|client| client.join().unwrap()).sum();
    eprintln!("{paid} payments with a refund under {kills} troubles");
    assert!(paid > kills, "there was load: {paid}");
    settled(&cn, &jp);
    for said in [cn.stop(), jp.stop()] {
        is_calm(&said);
    }
    agrees(&cn, &jp);
}

#[test]
fn a_key_is_rotated_while_payments_run() {
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two_joined(home.path());
    let market = market(&mut cn, &mut jp);
    let stop = Arc::new(AtomicBool::new(false));
    let client = load(7, cn.port, jp.port, market.clone(), Arc::clone(&stop));
    for _ in 0..2 {
        let old = of_cn_name(&cn);
        cn.run(&["corridor", "rotate", "--activate"]).refuses(&["no next key"]);
        let next = cn.told(&["corridor", "rotate", "--json"]);
        jp.trust("cn", next["public_key"].as_str().unwrap());
        // As long as both are believed, nothing is refused.
        thread::sleep(Duration::from_millis(1_200));
        cn.run(&["corridor", "rotate", "--activate"]).succeeds();
        thread::sleep(Duration::from_millis(1_200));
        jp.run(&["corridor", "distrust", "--neighbour", "cn", &old]).succeeds();
        thread::sleep(Duration::from_millis(600));
    }
    stop.store(true, Relaxed);
    assert!(client.join().unwrap() > 5);
    settled(&cn, &jp);
    let metrics = jp.api().page("/metrics").unwrap();
    let refused = "enishi_corridor_requests_total{cell=\"jp\",neighbour=\"cn\",way=\"asked\",\
                   came=\"failed\"} 0";
    assert!(metrics.contains(refused), "{metrics}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let into = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &into);
        } else {
            fs::copy(entry.path(), into).unwrap();
        }
    }
}

#[test]
fn an_old_copy_freezes_the_bridge_says_why_and_is_reconciled() {
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two_joined(home.path());
    let market = market(&mut cn, &mut jp);
    market.pay(&mut cn, &mut jp, 500);
    settled(&cn, &jp);
    cn.stop();
    let (data, old) = (cn.home.join("data"), cn.home.join("old"));
    copy(&data, &old);
    cn.start();
    let lost = market.pay(&mut cn, &mut jp, 700);
    assert_eq!(lost["status"], "captured", "{lost}");
    market.pay(&mut cn, &mut jp, 800);
    settled(&cn, &jp);
    cn.kill();
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&old, &data).unwrap();
    cn.start();
    let there = jp.link_until("frozen", |link| link["frozen"]["reason"] == "witness_differs");
    assert!(there["frozen"]["detail"].as_str().unwrap().contains("another hash"), "{there:#}");
    cn.link_until("frozen", |link| link["frozen"]["reason"] == "forked_here");
    // Nothing new crosses.
    let amount = json!({ "amount": 900, "currency": "JPY" });
    let offer = json!({ "wallet": market.wallet, "store": market.store, "amount": amount });
    let quote = cn.made(&market.visitor, "/v1/quotes", offer);
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = cn.api().post(&market.visitor, &path, "frozen", &json!({})).unwrap();
    assert_eq!(refused.code(), "corridor_unavailable", "{refused:?}");
    // Each operator is told what was lost, in words.
    let ran = jp.run(&["corridor", "reconcile", "--neighbour", "cn", "--key", &jp.operator]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for words in ["restored from an old copy", "the last 2 are lost there", "--reopen"] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let silent = ["corridor", "reconcile", "--neighbour", "cn", "--key", &jp.operator, "--reopen"];
    let refused = jp.run(&silent);
    assert!(refused.code == Some(2) && refused.err.contains("--note"), "{refused:?}");
    for (place, other) in [(&jp, "cn"), (&cn, "jp")] {
        let told = place.told(&[
            "corridor",
            "reconcile",
            "--neighbour",
            other,
            "--key",
            &place.operator,
            "--reopen",
            "--note",
            "cn was restored from the copy of this morning",
            "--json",
        ]);
        assert_eq!(told["reopened"], true, "{told:#}");
    }
    // What jp had answered comes again, and is booked in suspense: cn does not know those payments.
    settled(&cn, &jp);
    let paid = market.pay(&mut cn, &mut jp, 1_100);
    assert_eq!(paid["status"], "captured", "{paid}");
    settled(&cn, &jp);
    let (here, there) = (cn.link(), jp.link());
    assert_eq!(here["mirror"]["balance"], there["nostro"]["balance"], "{here:#} {there:#}");
}
