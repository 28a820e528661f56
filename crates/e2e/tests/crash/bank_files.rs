//! A process killed at each step of making a bank file: while it is written, before and after it is
//! sealed, before and after it has its name. Whatever was cut off, file and journal agree, and each
//! shop is paid once.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use e2e::api::Api;
use e2e::random::Random;
use e2e::served::{Market, Served, is_calm};
use serde_json::{Value, json};

/// Nothing here takes as long on a machine that works at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is waited for before the kill.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A file under its temporary name: it is being written, or about to be sealed.
    Written,
    /// A file under its own name: it was sealed.
    Named,
    /// Nothing: some time passes.
    Some,
}

struct Night {
    data: PathBuf,
    market: Market,
    served: Served,
}

impl Night {
    fn api(&self) -> Api {
        Api::new(self.served.address())
    }

    fn bank(&self, path: &str) -> Value {
        let told = self.api().get(&self.market.operators[1].key, path).unwrap();
        assert!(told.is_done(), "{path}: {told:?}");
        told.body
    }

    /// Some shops sell.
    fn sells(&self, random: &mut Random, round: u64) {
        for sale in 0..3 {
            let (payer, shop) = (&self.market.residents[0], random.of(&self.market.shops));
            let amount = json!({ "amount": random.between(1_300, 1_900), "currency": "JPY" });
            let offer = json!({
                "wallet": payer.wallet, "store": shop.store, "amount": amount, "again": true,
            });
            let once = format!("sale-{round}-{sale}");
            let paid = self.api().post(&payer.key, "/v1/payments/here", &once, &offer).unwrap();
            assert!(paid.is_done(), "{paid:?}");
        }
    }

    /// What shops have that no file paid, and what files took.
    fn stands(&self) -> (u64, u64) {
        let builds = self.bank("/v1/bank-files/tonight");
        let of = |list: &Value, fields: &[&str]| -> u64 {
            let all = list.as_array().unwrap().iter();
            all.map(|it| fields.iter().map(|at| it[at]["amount"].as_u64().unwrap()).sum::<u64>())
                .sum()
        };
        let left =
            of(&builds["paid"], &["amount", "fee"]) + of(&builds["not_paid"], &["available"]);
        (left, of(&self.bank("/v1/bank-files?limit=200")["files"], &["total", "fees"]))
    }

    /// Asks for a file, and kills the process at a step or a little later.
    fn dies(mut self, once: &str, step: Step, later: Duration) -> Self {
        let (api, key) = (self.api(), self.market.operators[1].key.clone());
        let files = self.data.join("jp/files");
        let before = named(&files);
        let asked = once.to_owned();
        let asks = thread::spawn(move || api.post(&key, "/v1/bank-files", &asked, &json!({})));
        let until = Instant::now() + PATIENCE;
        let is_there = |name: &String| match step {
            Step::Written => name.ends_with(".new.txt") || name.ends_with(".new"),
            Step::Named => name.ends_with(".zengin.txt") && !before.contains(name),
            Step::Some => true,
        };
        // It may have come and gone between two looks.
        while !asks.is_finished() && !named(&files).iter().any(is_there) {
            assert!(Instant::now() < until, "no file is made");
        }
        if matches!(step, Step::Some) || !later.is_zero() {
            thread::sleep(later);
        }
        is_calm(&self.served.kill());
        // The answer may have been on its way.
        let _lost = asks.join().unwrap();
        self.served = Served::demo(&self.data);
        self
    }

    /// Every sealed file comes to have its name, and its bytes are those that were sealed.
    fn agrees(&self) {
        let files = self.bank("/v1/bank-files?limit=200");
        let folder = self.data.join("jp/files");
        let until = Instant::now() + PATIENCE;
        for file in files["files"].as_array().unwrap() {
            let day = file["day"].as_str().unwrap().replace('-', "");
            let path =
                folder.join(format!("{day}-{:03}.zengin.txt", file["number"].as_u64().unwrap()));
            while !path.exists() {
                assert!(Instant::now() < until, "{} is not found again", path.display());
                thread::sleep(Duration::from_millis(10));
            }
            let hash = blake3::hash(&fs::read(path).unwrap()).to_hex().to_string();
            assert_eq!(file["hash"], hash, "{file}");
        }
        let kept = named(&folder).iter().filter(|name| name.ends_with(".zengin.txt")).count();
        assert_eq!(kept, files["files"].as_array().unwrap().len(), "a name that nobody sealed");
    }
}

fn named(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[test]
fn a_bank_file_that_was_cut_off_is_found_again_and_pays_once() {
    let mut random = Random::drawn();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let mut night = Night { market: Market::of(&data), data, served };
    let steps = [Step::Written, Step::Written, Step::Named, Step::Some, Step::Some];
    let (mut all, mut files) = (0, 0);
    for round in 0..10 {
        night.sells(&mut random, round);
        let (left, taken) = night.stands();
        assert!(left + taken > all, "shops sold");
        all = left + taken;
        let step = steps[round as usize % steps.len()];
        let later = Duration::from_micros(if round % 2 == 0 { 0 } else { random.below(30_000) });
        let once = format!("night-{round}");
        night = night.dies(&once, step, later);
        let (left, taken) = night.stands();
        assert_eq!(left + taken, all, "{step:?}: what shops have and what files took");
        night.agrees();
        // Asked again by whoever got no answer: what was made, or made now.
        let again =
            night.api().post(&night.market.operators[1].key, "/v1/bank-files", &once, &json!({}));
        let again = again.unwrap();
        assert!(again.is_done(), "{step:?}: {again:?}");
        assert_eq!(again.body["files"].as_array().unwrap().len(), 1, "{again:?}");
        files += u64::from(!again.repeated);
        assert_eq!(
            night.bank("/v1/bank-files?limit=200")["files"].as_array().unwrap().len() as u64,
            round + 1
        );
        let (left, taken) = night.stands();
        assert_eq!(
            (left + taken, night.bank("/v1/bank-files/tonight")["transfers"].as_u64()),
            (all, Some(0))
        );
        night.agrees();
    }
    let (status, said) = night.served.stop();
    assert!(status.success(), "{status}: {said}");
    is_calm(&said);
    let report = super::audit(home.path());
    let jp = &report["cells"].as_array().unwrap()[1];
    eprintln!("of 10 files {files} were made by the second request: {jp}");
}
