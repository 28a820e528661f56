//! The real server under load, killed at random moments and judged by clients that wrote down
//! what they were promised; and its data folder, cut and flipped.
//!
//! `ENISHI_KILLS` sets how often it is killed, `ENISHI_SEED` draws the same again. The kill itself
//! falls where the machine lets it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod bank_files;
mod damage;
mod diary;
mod judge;
mod load;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use e2e::api::Api;
use e2e::binary::run;
use e2e::random::Random;
use e2e::served::{Market, Served, is_calm};
use judge::Promises;
use load::{Client, Town};
use serde_json::{Value, json};

const CLIENTS: u64 = 4;

#[test]
fn what_was_promised_survives_every_kill() {
    let kills = std::env::var("ENISHI_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(50);
    let mut random = Random::drawn();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut served = Served::demo(&data);
    let town = Arc::new(settle_in(&data, served.address()));
    let mut promises = Promises::begin(&town, &Api::new(served.address()));
    let mut ready_ms = Vec::new();
    for round in 1..=kills {
        let diaries: Vec<_> =
            (1..=CLIENTS).map(|at| home.path().join(format!("diary-{round}-{at}"))).collect();
        let clients: Vec<_> = diaries
            .iter()
            .enumerate()
            .map(|(at, path)| {
                let (town, name) = (Arc::clone(&town), format!("r{round}c{at}"));
                let seed = Random::new(random.bits());
                let client = Client::new(town, served.address(), path, seed, name);
                thread::spawn(move || client.work())
            })
            .collect();
        thread::sleep(Duration::from_millis(random.between(20, 700)));
        let said = served.kill();
        is_calm(&said);
        clients.into_iter().for_each(|client| client.join().unwrap());
        promises.note_positions(&diaries);
        promises.reach(&audit(home.path()));
        if round % 5 == 0 {
            // Once more while it is coming up, wherever it is then.
            let starting = Served::begin_demo(&data, &[]);
            thread::sleep(Duration::from_micros(random.below(250_000)));
            starting.kill();
            promises.reach(&audit(home.path()));
        }
        let began = Instant::now();
        served = Served::demo(&data);
        ready_ms.push(began.elapsed().as_millis());
        promises.take(&town, &Api::new(served.address()), &diaries, &mut random);
    }
    let (status, said) = served.stop();
    assert!(status.success(), "{status}: {said}");
    is_calm(&said);
    audit(home.path());
    ready_ms.sort_unstable();
    let (middle, longest) = (ready_ms[ready_ms.len() / 2], ready_ms.last().unwrap());
    eprintln!("{kills} kills: {}", promises.summary());
    eprintln!("ready again after {middle} ms in the middle, {longest} ms at most");
    assert!(promises.counted.1 > kills * CLIENTS, "there was load");
}

/// Two accounts of the operator, beside the sample market.
fn settle_in(data: &Path, address: &str) -> Town {
    let (market, api) = (Market::of(data), Api::new(address));
    let operator = &market.operators[1].key;
    let open = |once: &str| {
        let opened = api.post(operator, "/v1/accounts", once, &json!({ "currency": "JPY" }));
        let opened = opened.unwrap();
        assert!(opened.is_done(), "{opened:?}");
        opened.body["id"].as_str().unwrap().to_owned()
    };
    let accounts = [open("from"), open("to")];
    Town { market, accounts, sales: Mutex::default() }
}

/// Audits the folder of a server that is dead.
fn audit(home: &Path) -> Value {
    let ran = run(home, &["audit", "--json"]);
    let report: Value = serde_json::from_str(ran.succeeds()).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    report
}

#[test]
fn no_cut_and_no_flipped_bit_passes_unseen() {
    let mut random = Random::drawn();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let town = Arc::new(settle_in(&data, served.address()));
    let diary = home.path().join("diary");
    let seed = Random::new(random.bits());
    let client = Client::new(town, served.address(), &diary, seed, "only".to_owned());
    let client = thread::spawn(move || client.work());
    thread::sleep(Duration::from_millis(1_500));
    served.kill();
    client.join().unwrap();
    damage::all(&data, &mut random);
}
