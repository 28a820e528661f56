//! A shop of jp's whose guests pay by WeChat Pay.

use std::fs::{self, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::binary::run;
use serde_json::{Value, json};
use tempfile::TempDir;
use wechat_counterpart::{Counterpart, Operation};

use crate::place::{Place, alone, free_port};

/// How long another company's word may take, with a start on its way.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Scene {
    pub platform: Counterpart,
    pub jp: Place,
    pub mchid: String,
    /// The shop's key, and its store.
    pub shop: String,
    pub store: String,
    /// The shop's party, for its window.
    pub party: String,
    _home: TempDir,
}

impl Scene {
    /// With everything running.
    pub fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        let platform = Counterpart::start().unwrap();
        let own = platform.japan();
        for (name, text) in [("own.key", &own.private_key_pem), ("v3.key", &own.api_v3_key)] {
            let path = home.path().join(name);
            fs::write(&path, text).unwrap();
            set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        let (port, keys) = (free_port(), home.path().display());
        let words = format!(
            "[[connector]]\ncell = \"jp\"\nname = \"wechat\"\nkind = \"wechat\"\n\
             region = \"global\"\ncurrency = \"JPY\"\nbase_url = \"{}\"\nappid = \"{}\"\n\
             mchid = \"{}\"\nmerchant_category_code = \"5812\"\nserial = \"{}\"\n\
             key_file = \"{keys}/own.key\"\napi_v3_key_file = \"{keys}/v3.key\"\n\
             notify_url = \"http://127.0.0.1:{port}/v1/connectors/wechat/notifications\"\n",
            platform.base_url(),
            own.appid,
            own.mchid,
            own.serial_no
        );
        let mut jp = alone(home.path(), port, &words);
        jp.start();
        let (party, shop) = jp.person("merchant");
        let merchant = json!({ "party": party, "name": "山ぼうし", "currency": "JPY" });
        let merchant = jp.made(&shop, "/v1/merchants", merchant)["id"].as_str().unwrap().to_owned();
        let store = json!({
            "merchant": merchant, "name": "そば処 山ぼうし", "latin_name": "Yamaboshi Soba",
            "city": "Takayama", "category": "restaurant",
        });
        let store = jp.made(&shop, "/v1/stores", store)["id"].as_str().unwrap().to_owned();
        Self { platform, jp, mchid: own.mchid, shop, store, party, _home: home }
    }

    /// Asks as the shop; again while the process or its cell comes back.
    pub fn get(&self, path: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let told = self.jp.api().get(&self.shop, path);
            if let Ok(told) = &told
                && told.is_done()
            {
                return told.body.clone();
            }
            assert!(Instant::now() < until, "{path} is not answered: {told:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How the newest attempt of a payment stands.
    pub fn state(&self, payment: &str) -> String {
        let told = self.get(&format!("/v1/payments/{payment}/attempt"));
        told["state"].as_str().unwrap().to_owned()
    }

    /// The same once it has an end.
    pub fn ended(&self, payment: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let state = self.state(payment);
            if !["waiting", "cancelling"].contains(&&*state) {
                return state;
            }
            let last = self.platform.asked().last().cloned();
            assert!(Instant::now() < until, "{payment} is {state} for ever: {last:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the other company was asked for something more often than that.
    pub fn until_asked(&self, operation: Operation, before: usize) {
        let until = Instant::now() + PATIENCE;
        while self.platform.times_asked(operation) <= before {
            assert!(Instant::now() < until, "nobody asks: {operation:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the other company kept, by its own books, of all that it was ever asked for.
    pub fn kept(&self) -> i64 {
        let mut numbers: Vec<String> = Vec::new();
        for asked in self.platform.asked() {
            let body: Value = serde_json::from_str(&asked.body).unwrap_or(Value::Null);
            numbers.extend(body["out_trade_no"].as_str().map(str::to_owned));
        }
        numbers.sort();
        numbers.dedup();
        let truths = numbers.iter().filter_map(|it| self.platform.truth(&self.mchid, it));
        truths.map(|truth| truth.kept).sum()
    }

    /// What our books say that it owes.
    pub fn owed(&self) -> i64 {
        let told = self.jp.get(&self.jp.operator, "/v1/connectors").body;
        told["connectors"][0]["owed"].as_i64().unwrap()
    }

    /// What is under way, as the operator sees it.
    pub fn attempts(&self) -> Vec<Value> {
        let told = self.jp.get(&self.jp.operator, "/v1/connectors/wechat/attempts").body;
        told["attempts"].as_array().unwrap().clone()
    }

    /// A code that opens a window of a party.
    pub fn code_of(&mut self, party: &str) -> String {
        let operator = self.jp.operator.clone();
        let body = json!({ "party": party, "form": "code" });
        let code = self.jp.made(&operator, "/v1/keys", body);
        code["code"].as_str().unwrap().to_owned()
    }

    /// What the folder says, with the process away or not.
    pub fn audited(&self) {
        let data = self.jp.home.join("data");
        let args = ["audit", "--data", data.to_str().unwrap(), "--json"];
        let ran = run(Path::new("."), &args);
        let told: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:#?}"));
        assert_eq!(told["ok"], true, "{told:#}");
    }
}
