//! The day on one demonstration, in two tabs of one browser.

use std::fs;
use std::path::Path;

use e2e::api::Api;
use e2e::binary::run;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Member, Served, is_calm};
use serde_json::{Value, json};

use crate::acts::{self, NewShop, Opened, PAY};

const SHOPS: [(&str, NewShop); 3] = [
    (
        "zh-CN",
        NewShop {
            name: "そば処 風待ち",
            latin: "Kazemachi Soba",
            category: "restaurant",
            account: "0044174",
            holder: "そばどころ かぜまち",
            kana: "ｿﾊﾞﾄﾞｺﾛ ｶｾﾞﾏﾁ",
        },
    ),
    (
        "ja",
        NewShop {
            name: "喫茶 つむぎ",
            latin: "Kissa Tsumugi",
            category: "restaurant",
            account: "0100200",
            holder: "キッサツムギ",
            kana: "ｷﾂｻﾂﾑｷﾞ",
        },
    ),
    (
        "en",
        NewShop {
            name: "木工房 ひのき",
            latin: "Hinoki Woodwork",
            category: "daily_needs",
            account: "7654321",
            holder: "ﾓｸｺｳﾎﾞｳ ﾋﾉｷ",
            kana: "ﾓｸｺｳﾎﾞｳ ﾋﾉｷ",
        },
    ),
];

struct Scene {
    folder: tempfile::TempDir,
    served: Served,
    market: Market,
    api: Api,
    chromium: Chromium,
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let served = Served::demo(&data);
        let (market, api) = (Market::of(&data), Api::new(served.address()));
        Self { folder, served, market, api, chromium: Chromium::launch().await }
    }

    async fn window(&self, path: &str, width: u32) -> Window {
        self.chromium.open(self.served.address(), path, width).await
    }

    /// The operator of jp.
    fn staff(&self) -> &Member {
        &self.market.operators[1]
    }

    fn told(&self, key: &str, path: &str) -> Value {
        let reply = self.api.get(key, path).unwrap();
        assert!(reply.is_done(), "{path}: {reply:?}");
        reply.body
    }

    fn done(&self, path: &str, once: &str, body: &Value) -> Value {
        let reply = self.api.post(&self.staff().key, path, once, body).unwrap();
        assert!(reply.is_done(), "{path} {body}: {reply:?}");
        reply.body
    }

    /// All payments of a store that its cell knows, the newest first.
    fn sales(&self, store: &str) -> Vec<Value> {
        let found = self.told(&self.staff().key, "/v1/payments?limit=100");
        let lines = found["lines"].as_array().unwrap().iter();
        lines.filter(|line| line["store"] == store).cloned().collect()
    }

    /// Ends it; what the books say then.
    async fn close(self) {
        self.chromium.close().await;
        let (status, said) = self.served.stop();
        assert!(status.success(), "{said}");
        is_calm(&said);
        let data = self.folder.path().join("data");
        let ran = run(self.folder.path(), &["audit", "--json", "--data", data.to_str().unwrap()]);
        let report: Value = serde_json::from_str(ran.succeeds()).unwrap();
        assert_eq!(report["ok"], true, "{report:#}");
    }
}

#[tokio::test]
async fn a_shop_signs_up_and_is_paid_and_its_money_is_in_tonights_file() {
    let scene = Scene::open().await;
    for (nth, (lang, shop)) in SHOPS.iter().enumerate() {
        day(&scene, lang, shop, nth).await;
    }
    scene.close().await;
}

async fn day(scene: &Scene, lang: &str, new: &NewShop, nth: usize) {
    let (visitor, resident) = (&scene.market.visitors[nth], &scene.market.residents[nth]);
    let name = |step: &str| format!("day-{lang}-{step}");
    // The owner signs up on a phone; the same tab becomes the till.
    let mut till = scene.window(&format!("/?lang={lang}"), 390).await;
    let shop = acts::sign_up(&mut till, lang, new, &name("shop")).await;
    acts::looks(&mut till, &format!("{}?lang={lang}", shop.poster), lang, &name("poster")).await;
    let picture = scene.window(&format!("{}.svg", shop.poster), 700).await;
    let photo = acts::photograph(picture, scene.folder.path(), &name("photo")).await;
    assert!(shop.code.starts_with("jp-"), "{}", shop.code);
    till.goto(&shop.till).await;
    till.resize(390).await;
    till.wait_for("#today").await;
    acts::mark(&till).await;

    // A visitor photographs the poster.
    let wallet = format!("/w/{}", visitor.code);
    let mut phone = scene.window(&format!("{wallet}?lang={lang}"), 390).await;
    acts::scan(&mut phone, &wallet, lang, &photo).await;
    acts::mark(&phone).await;
    acts::amount(&mut phone, "3200").await;
    let sheet = phone.text("#phone").await;
    for words in ["3,200", "136.06", new.name] {
        assert!(sheet.contains(words), "{words:?} is not on the sheet: {sheet}");
    }
    phone.shoot(&name("phone-1-confirm")).await;
    acts::confirm(&mut phone).await;
    phone.shoot(&name("phone-2-paid")).await;
    till.front().await;
    till.wait(&today_has("3,200", "paid")).await;
    acts::stayed(&phone).await;
    acts::stayed(&till).await;

    refused(scene, &mut phone, &wallet, lang, &shop, new).await;
    asks(scene, &mut till, &mut phone, &wallet, lang, new).await;
    by_resident(scene, resident, lang, &photo, &mut till).await;
    let sale = scene.sales(&shop.store)[1]["id"].as_str().unwrap().to_owned();
    gives_back(&mut till, &mut phone, &sale, &name("till")).await;
    statements(scene, visitor, &mut phone, &till, lang, &shop).await;
    acts::looks(&mut till, &shop.till, lang, &name("till-day")).await;
    acts::looks(&mut phone, &format!("{wallet}?lang={lang}"), lang, &name("wallet-day")).await;
    tonight(scene, new, &shop, nth);
    till.close().await;
    phone.close().await;
}

/// The till's list has an amount in a state.
fn today_has(amount: &str, state: &str) -> String {
    format!(
        "[...document.querySelectorAll('#today li')].some((row) => \
         row.innerText.includes('{amount}') && row.querySelector('[data-state=\"{state}\"]'))"
    )
}

/// A poster of this shop that bears another's name, and one that says nothing to us.
async fn refused(
    scene: &Scene,
    phone: &mut Window,
    wallet: &str,
    lang: &str,
    shop: &Opened,
    new: &NewShop,
) {
    let code = scene.told(&scene.staff().key, &format!("/v1/stores/{}/code", shop.store));
    let code = code["code"].as_str().unwrap();
    let other = &"Yamabuki Sushi Bar"[..new.latin.len()];
    let forged = sealed(&code.replace(new.latin, other));
    assert_ne!(forged, code, "the code carries the name");
    let folder = scene.folder.path();
    let picture = qr::png(&forged, 8).unwrap();
    let photo = acts::photo_of(&picture, folder, &format!("forged-{lang}"));
    acts::scan(phone, wallet, lang, &photo).await;
    phone.wait_for("#phone [role='alert']").await;
    let alert = phone.text("#phone [role='alert']").await;
    assert!(alert.contains("claim_differs"), "{alert}");
    assert_eq!(phone.count(PAY).await, 0, "there is nothing to press");
    phone.shoot(&format!("day-{lang}-phone-3-other-name")).await;
    phone.is_well().await;
}

/// A code with its last field, the check value (CRC-16/CCITT-FALSE), made anew.
fn sealed(code: &str) -> String {
    let text = &code[..code.len() - 4];
    let crc = text.bytes().fold(0xffff_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    });
    format!("{text}{crc:04X}")
}

/// The till shows a code for an amount of its own; the phone photographs the till.
async fn asks(
    scene: &Scene,
    till: &mut Window,
    phone: &mut Window,
    wallet: &str,
    lang: &str,
    new: &NewShop,
) {
    let name = |step: &str| format!("day-{lang}-till-{step}");
    till.front().await;
    acts::keys(till, &["1", "2", "00"]).await;
    till.click("#till-request button").await;
    till.wait_for("#till .qr svg").await;
    let shown = till.shoot_down_to("#till .qr", &name("1-code")).await;
    till.is_well().await;
    let photo = acts::photo_of(&fs::read(shown).unwrap(), scene.folder.path(), &name("photo"));
    acts::scan(phone, wallet, lang, &photo).await;
    acts::mark(phone).await;
    phone.wait_for(PAY).await;
    let sheet = phone.text("#phone").await;
    assert!(sheet.contains("1,200") && sheet.contains(new.name), "{sheet}");
    acts::confirm(phone).await;
    till.front().await;
    till.wait_for("#till .result:not(.none)").await;
    till.shoot(&name("2-paid")).await;
    acts::stayed(phone).await;
    acts::stayed(till).await;
}

/// Somebody with a yen wallet pays by the same photo, without a quote.
async fn by_resident(
    scene: &Scene,
    resident: &Member,
    lang: &str,
    photo: &Path,
    till: &mut Window,
) {
    let wallet = format!("/w/{}", resident.code);
    let mut phone = scene.window(&format!("{wallet}?lang={lang}"), 390).await;
    acts::scan(&mut phone, &wallet, lang, photo).await;
    acts::mark(&phone).await;
    acts::amount(&mut phone, "980").await;
    assert_eq!(phone.count("#phone .ring").await, 0, "nothing runs out");
    acts::confirm(&mut phone).await;
    phone.shoot(&format!("day-{lang}-resident-paid")).await;
    phone.is_well().await;
    acts::stayed(&phone).await;
    phone.close().await;
    till.front().await;
    till.wait(&today_has("980", "paid")).await;
    acts::stayed(till).await;
}

/// The till gives 500 of 1,200 yen back, and the phone's receipt says it by itself.
async fn gives_back(till: &mut Window, phone: &mut Window, payment: &str, name: &str) {
    acts::refund(till, payment, &["5", "00"], &format!("{name}-3-refund")).await;
    till.wait("document.querySelector('#today').innerText.includes('500')").await;
    till.shoot(&format!("{name}-4-refunded")).await;
    phone.front().await;
    phone.wait("document.querySelector('#phone .refund')").await;
    phone.shoot(&format!("{name}-5-refund-on-the-phone")).await;
    acts::stayed(phone).await;
    acts::stayed(till).await;
}

fn minor(of: &Value) -> i64 {
    of["amount"].as_i64().unwrap_or_else(|| panic!("no amount: {of}"))
}

/// What both pages show, and what either cell tells, is one and the same.
async fn statements(
    scene: &Scene,
    visitor: &Member,
    phone: &mut Window,
    till: &Window,
    lang: &str,
    shop: &Opened,
) {
    let sales = scene.sales(&shop.store);
    let of = |field: &str| sales.iter().map(|sale| minor(&sale[field])).sum::<i64>();
    let shown: Vec<i64> = sales.iter().map(|sale| minor(&sale["amount"])).collect();
    assert_eq!(shown, [980, 1_200, 3_200], "{sales:#?}");
    let (taken, back, fee) = (of("captured"), of("refunded"), of("fee"));
    assert_eq!((taken, back), (5_380, 500));
    let today = till.text("#today dl.kv").await;
    for amount in [taken, back, fee, taken - back - fee] {
        assert!(today.contains(&grouped(amount)), "{amount} is not in today's sums: {today}");
    }
    // The payer's cell has the same of the two that came over the bridge.
    let abroad = scene.told(&scene.market.operators[0].key, "/v1/payments?limit=100");
    for sale in &sales[1..] {
        let mut lines = abroad["lines"].as_array().unwrap().iter();
        let same = lines.find(|line| line["id"] == sale["id"]).unwrap();
        for field in ["amount", "captured", "refunded"] {
            assert_eq!(same[field], sale[field], "{field}: {same} {sale}");
        }
    }
    let path = format!("/v1/wallets/{}/statement?limit=3", visitor.wallet);
    let told = scene.told(&visitor.key, &path);
    let lines = told["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 3, "{told:#}");
    assert_eq!(lines[2]["amount"], -13_606, "{told:#}");
    phone.goto(&format!("/w/{}?lang={lang}", visitor.code)).await;
    let rows = phone.text("#statement").await;
    for line in lines {
        let fen = line["amount"].as_i64().unwrap().abs();
        let yuan = format!("{}.{:02}", grouped(fen / 100), fen % 100);
        assert!(rows.contains(&yuan), "{yuan} is not on the statement: {rows}");
    }
    assert!(rows.contains("1,200") && rows.contains("3,200"), "what the shop asked: {rows}");
    let left = minor(&lines[0]["balance"]);
    let balance = format!("{}.{:02}", grouped(left / 100), left % 100);
    let shown = phone.text("#phone").await;
    assert!(shown.contains(&balance), "{balance} is not the balance: {shown}");
}

/// Digits in groups of three.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Staff approve the shop; tonight's file pays it what it has, to its own account.
fn tonight(scene: &Scene, new: &NewShop, shop: &Opened, nth: usize) {
    let key = &scene.staff().key;
    let reviews = scene.told(key, "/v1/reviews");
    let waits = |review: &&Value| review["stores"][0]["id"] == shop.store;
    let review = reviews["reviews"].as_array().unwrap().iter().find(waits).unwrap();
    let merchant = review["merchant"].as_str().unwrap();
    let unpaid = scene.told(key, "/v1/bank-files/tonight");
    assert!(!unpaid["paid"].to_string().contains(merchant), "nobody has looked at it: {unpaid}");
    let decision = json!({ "decision": "approve", "account": review["account"] });
    let path = format!("/v1/merchants/{merchant}/review");
    scene.done(&path, &format!("approve-{nth}"), &decision);

    let builds = scene.told(key, "/v1/bank-files/tonight");
    let paid = builds["paid"].as_array().unwrap().iter();
    let own = paid.clone().find(|paid| paid["merchant"] == merchant);
    let own = own.unwrap_or_else(|| panic!("not in tonight's file: {builds:#}"));
    let net: i64 = scene
        .sales(&shop.store)
        .iter()
        .map(|sale| minor(&sale["captured"]) - minor(&sale["refunded"]) - minor(&sale["fee"]))
        .sum();
    assert_eq!(minor(&own["amount"]), net, "{own}");

    let made = scene.done("/v1/bank-files", &format!("file-{nth}"), &json!({}));
    let file = &made["files"][0];
    let path = format!("/v1/bank-files/{}/content", file["id"].as_str().unwrap());
    let bytes = scene.api.bytes(key, &path).unwrap();
    let read = bankfile::read(&bytes).unwrap();
    assert_eq!(read.notices, []);
    let [batch] = read.file.batches() else { panic!("one batch: {read:?}") };
    assert_eq!(batch.total(), minor(&file["total"]).unsigned_abs());
    assert_eq!(file["total"], builds["total"], "what was visible is what was made");
    assert_eq!(
        batch.transfers().len(),
        usize::try_from(builds["transfers"].as_u64().unwrap()).unwrap()
    );
    let to_shop = |it: &&bankfile::Transfer| it.account.to_string() == new.account;
    let transfer = batch.transfers().iter().find(to_shop).unwrap();
    assert_eq!(transfer.amount.number(), net.unsigned_abs());
    assert_eq!(transfer.holder.kana().to_string(), new.kana);
    assert_eq!(transfer.office.bank.to_string(), "2476");
    // Made twice, it pays nobody twice.
    let again = scene.api.post(key, "/v1/bank-files", &format!("again-{nth}"), &json!({})).unwrap();
    assert_eq!(again.code(), "nothing_to_pay", "{again:?}");
}
