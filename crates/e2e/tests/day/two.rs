//! The places of a day in two processes, each cell in its own, joined by signed HTTP.

use std::thread;
use std::time::{Duration, Instant};

use e2e::browser::{Chromium, Window};
use e2e::served::is_calm;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::acts::{self, NewShop, Opened};
use crate::place::{Place, audit, joined, two_at};

/// From where jp's shops are paid: an invented account at Hida Credit Union.
pub const BANK: &str = r#"[cell.bank]
code = "2476000001"
name = "エニシ"
bank = "2476"
branch = "001"
kind = "ordinary"
account = "0000001"
"#;

pub const SHOP: NewShop = NewShop {
    name: "そば処 山なみ",
    latin: "Yamanami Soba",
    category: "restaurant",
    account: "0345678",
    holder: "そばどころ やまなみ",
    kana: "ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾅﾐ",
};
pub const VISITOR: &str = "欧阳明月";
/// The bank's own word for the visitor's transfer.
pub const REFERENCE: &str = "ICBC-20261102-77310";

/// Both processes, and a browser with a tab at each.
pub struct Scene {
    pub home: TempDir,
    pub cn: Place,
    pub jp: Place,
    chromium: Chromium,
}

impl Scene {
    /// Two places that ask each other through `doors` where there are some; else directly.
    pub async fn open(ports: [u16; 2], doors: [u16; 2]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (cn, mut jp) = joined(two_at(home.path(), ports, doors, BANK));
        let (at_cn, at_jp) = (cn.operator.clone(), jp.operator.clone());
        let yen = |amount: u64| json!({ "amount": amount, "currency": "JPY" });
        let prefund = json!({ "amount": yen(5_000_000), "reference": "P-1" });
        jp.made(&at_jp, "/v1/links/0/nostro-top-ups", prefund);
        let terms = json!({
            "currency": "JPY", "minimum": 1_000, "fee_same_bank": 0, "fee_other_bank": 220,
            "cutoff_min": 1_320,
        });
        jp.made(&at_jp, "/v1/payout-terms", terms);
        cn.link_until("prefunded", |link| link["mirror"]["balance"]["amount"] == 5_000_000);
        assert_eq!(cn.get(&at_cn, "/v1/links").status, 200);
        Self::of(home, cn, jp).await
    }

    /// Two places that are served, and a browser.
    pub async fn of(home: TempDir, cn: Place, jp: Place) -> Self {
        Self { home, cn, jp, chromium: Chromium::launch().await }
    }

    /// A tab at jp's process. Cookies know no ports, so each process has a name of its own.
    pub async fn at_jp(&self, path: &str, width: u32) -> Window {
        let origin = format!("http://localhost:{}", self.jp.port);
        self.chromium.open(&origin, path, width).await
    }

    /// A tab at cn's process.
    pub async fn at_cn(&self, path: &str, width: u32) -> Window {
        let origin = format!("http://127.0.0.1:{}", self.cn.port);
        self.chromium.open(&origin, path, width).await
    }

    /// The shop signs up in jp's process; its tab with the till, and a photo of its poster.
    pub async fn signed_up(&self, lang: &str) -> (Window, Opened, std::path::PathBuf) {
        let mut till = self.at_jp(&format!("/?lang={lang}"), 390).await;
        let shop = acts::sign_up(&mut till, lang, &SHOP, "two-shop").await;
        let picture = self.at_jp(&format!("{}.svg", shop.poster), 700).await;
        let photo = acts::photograph(picture, self.home.path(), "two-photo").await;
        till.goto(&shop.till).await;
        till.wait_for("#today").await;
        (till, shop, photo)
    }

    /// The visitor opens a wallet in cn's process; the operator tops it up. The code is the second.
    pub async fn opened_wallet(&mut self, lang: &str) -> (Window, String, String) {
        let mut phone = self.at_cn(&format!("/open?lang={lang}"), 390).await;
        phone.fill("#name", VISITOR).await;
        phone.shoot("two-wallet-1-open").await;
        phone.click("form[action*='/open'] button").await;
        phone.wait_for("#new-code").await;
        let code = phone.text("#new-code").await;
        phone.shoot("two-wallet-2-opened").await;
        phone.is_well().await;
        phone.goto(&format!("/w/me/me?lang={lang}")).await;
        let wallet = phone.text("#phone dd.mono.long").await;
        let money =
            json!({ "amount": { "amount": 200_000, "currency": "CNY" }, "reference": REFERENCE });
        let operator = self.cn.operator.clone();
        self.cn.made(&operator, &format!("/v1/wallets/{wallet}/top-ups"), money);
        phone.goto(&format!("/w/me?lang={lang}")).await;
        phone.wait("document.querySelector('#phone').innerText.includes('2,000.00')").await;
        (phone, wallet, code)
    }

    /// Somebody with a yen wallet in jp's process; its path. Not by cookie: the till has that.
    pub fn resident(&mut self) -> String {
        let operator = self.jp.operator.clone();
        let (party, key) = self.jp.person("traveller");
        let wallet = json!({ "party": party, "currency": "JPY" });
        let wallet = self.jp.made(&key, "/v1/wallets", wallet)["id"].as_str().unwrap().to_owned();
        let money =
            json!({ "amount": { "amount": 50_000, "currency": "JPY" }, "reference": "H-1" });
        self.jp.made(&operator, &format!("/v1/wallets/{wallet}/top-ups"), money);
        let code = self.jp.made(&operator, "/v1/keys", json!({ "party": party, "form": "code" }));
        format!("/w/{}", code["code"].as_str().unwrap())
    }

    /// Both ends are open, and what was sent was handled.
    pub fn settled(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let (here, there) = (self.cn.link(), self.jp.link());
            let drained = here["sent"] == there["received"] && there["sent"] == here["received"];
            if drained && here["in_flight"] == 0 {
                return;
            }
            assert!(Instant::now() < until, "something never ends: {here:#} {there:#}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Every payment of the shop, the newest first.
    pub fn sales(&self) -> Vec<Value> {
        payments(&self.jp)
    }

    /// Staff approve the shop, and tonight's file pays it what it has.
    pub fn tonight(&mut self) {
        let key = self.jp.operator.clone();
        let reviews = self.jp.get(&key, "/v1/reviews").body;
        let review = &reviews["reviews"][0];
        let merchant = review["merchant"].as_str().unwrap();
        let decision = json!({ "decision": "approve", "account": review["account"] });
        self.jp.made(&key, &format!("/v1/merchants/{merchant}/review"), decision);
        let minor = |of: &Value| of["amount"].as_u64().unwrap();
        let net: u64 = self
            .sales()
            .iter()
            .map(|sale| minor(&sale["captured"]) - minor(&sale["refunded"]) - minor(&sale["fee"]))
            .sum();
        let made = self.jp.made(&key, "/v1/bank-files", json!({}));
        let file = &made["files"][0];
        let path = format!("/v1/bank-files/{}/content", file["id"].as_str().unwrap());
        let read = bankfile::read(&self.jp.api().bytes(&key, &path).unwrap()).unwrap();
        let [batch] = read.file.batches() else { panic!("one batch: {read:?}") };
        assert_eq!(batch.total(), net, "{made:#}");
        let [transfer] = batch.transfers() else { panic!("one shop: {batch:?}") };
        assert_eq!(transfer.account.to_string(), SHOP.account);
        assert_eq!(transfer.holder.kana().to_string(), SHOP.kana);
    }

    /// Ends both, and has their folders audited together.
    pub async fn close(mut self) {
        self.chromium.close().await;
        for said in [self.cn.stop(), self.jp.stop()] {
            is_calm(&said);
        }
        let report = audit(&self.cn, &self.jp);
        assert_eq!(report["ok"], true, "{report:#}");
        assert_eq!(report["cells"].as_array().unwrap().len(), 2, "{report:#}");
    }
}

/// Every payment that a place knows, the newest first.
pub fn payments(place: &Place) -> Vec<Value> {
    let found = place.get(&place.operator, "/v1/payments?limit=200");
    found.body["lines"].as_array().unwrap_or_else(|| panic!("{found:?}")).clone()
}

/// Gives a part back at the till, and waits for it on the phone.
pub async fn refund(till: &mut Window, phone: &mut Window, payment: &str) {
    acts::refund(till, payment, &["4", "00"], "two-refund").await;
    till.wait("document.querySelector('#today').innerText.includes('400')").await;
    phone.front().await;
    phone.wait("document.querySelector('#phone .refund')").await;
}
