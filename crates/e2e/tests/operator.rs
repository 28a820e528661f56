//! The operator's page in a real browser: an operator finds a payment, looks at it from both
//! cells, tops a wallet up, and stops and reopens the link. Pictures stay in
//! `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::{Value, json};
use tempfile::TempDir;

const LANGUAGES: [&str; 3] = ["zh-CN", "ja", "en"];
const WIDTHS: [u32; 2] = [1280, 390];
/// What the two payments of the scene ask.
const YEN: [u64; 2] = [1_180, 3_200];
/// The second of them in yuan, at the shipped rates and with the sample market's spread.
const YUAN: &str = "136.06 CNY";

struct Scene {
    _folder: TempDir,
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
        Self { _folder: folder, served, market, api, chromium: Chromium::launch().await }
    }

    fn path(&self, query: &str) -> String {
        format!("/o/{}?{query}", self.market.operators[1].code)
    }

    fn files(&self, lang: &str) -> String {
        format!("/o/{}/bank-files?lang={lang}", self.market.operators[1].code)
    }

    /// A visitor pays a shop over the bridge, by the API; the payment's id.
    fn paid(&self, yen: u64) -> String {
        let (visitor, shop) = (&self.market.visitors[0], &self.market.shops[0]);
        let post = |key: &str, path: &str, body: Value| {
            let reply = self.api.post(key, path, &format!("{path}-{yen}"), &body).unwrap();
            assert!(reply.is_done(), "{path}: {:?}", reply.body);
            reply.body
        };
        let asked = json!({ "store": shop.store, "amount": money(yen) });
        let asked = post(&shop.key, "/v1/payments", asked);
        let offer = json!({ "wallet": visitor.wallet, "code": asked["code"] });
        let quote = post(&visitor.key, "/v1/quotes", offer);
        let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
        post(&visitor.key, &path, json!({ "again": true }));
        asked["id"].as_str().unwrap().to_owned()
    }
}

fn money(yen: u64) -> Value {
    json!({ "amount": yen, "currency": "JPY" })
}

/// Types into a field as a person would who first empties it.
async fn type_in(window: &mut Window, selector: &str, text: &str) {
    window.click(selector).await;
    window.value(&format!("document.querySelector({selector:?}).value = {text:?}")).await;
}

/// The page says what a form did.
async fn said(window: &Window, what: &str) {
    let note = "document.querySelector('main > p.note-ink[role=status]')";
    window.wait(&format!("{note}?.innerText.includes({what:?})")).await;
}

#[tokio::test]
async fn an_operator_finds_a_payment_and_stops_the_link() {
    let scene = Scene::open().await;
    let ids: Vec<String> = YEN.iter().map(|yen| scene.paid(*yen)).collect();
    let mut window =
        scene.chromium.open(scene.served.address(), &scene.path("lang=en"), 1280).await;
    window.wait("document.querySelectorAll('#payments tbody tr').length >= 2").await;
    let nostro = window.text("#now").await;
    assert!(nostro.contains("corridor_capacity_exhausted"), "what happens at zero: {nostro}");
    for part in ["#payments-part", "#operate", "/audit"] {
        assert!(window.count(&format!("main nav a[href*='{part}']")).await >= 1, "{part}");
    }

    finds(&mut window, &ids).await;
    tops_up(&scene, &mut window).await;
    stops_and_reopens(&scene, &mut window).await;
    pays_out(&scene, &mut window).await;
    window.is_well().await;
    window.close().await;
    looks(&scene).await;
    scene.chromium.close().await;
    let (status, said) = scene.served.stop();
    assert!(status.success(), "{said}");
    is_calm(&said);
}

/// By the least amount only the larger one is found; its page tells what both cells know.
async fn finds(window: &mut Window, ids: &[String]) {
    type_in(window, "#f-least", "3,000").await;
    window.click("form[role='search'] button").await;
    window.wait("new URLSearchParams(location.search).get('least') === '3,000'").await;
    window.wait_for("#payments tbody tr").await;
    let found = window.text("#payments").await;
    assert!(found.contains("3,200 JPY") && !found.contains("1,180 JPY"), "{found}");
    window.click(&format!("#payments a[href*='{}']", ids[1])).await;
    window.wait("location.pathname.includes('/pay/')").await;
    window.wait_for("h1").await;
    let page = window.text("main").await;
    for words in [ids[1].as_str(), YUAN, "3,200 JPY", "Yuan cell", "Yen cell"] {
        assert!(page.contains(words), "{words:?} is not on the payment's page: {page}");
    }
    for width in WIDTHS {
        window.resize(width).await;
        window.shoot(&format!("operator-payment-en-{width}")).await;
        window.is_well().await;
    }
    window.resize(1280).await;
}

/// A wallet's balance grows once, and a form that can't be done keeps what was typed.
async fn tops_up(scene: &Scene, window: &mut Window) {
    let resident = &scene.market.residents[0];
    let balance = || {
        let path = format!("/v1/wallets/{}", resident.wallet);
        let wallet = scene.api.get(&resident.key, &path).unwrap();
        wallet.body["balance"]["amount"].as_u64().unwrap()
    };
    let before = balance();
    let form = "form[action*='/top-up']";
    let send = format!("{form} button");
    let fill = async |window: &mut Window, amount: &str| {
        window.goto(&scene.path("lang=en&cell=jp")).await;
        type_in(window, "#o-wallet", &resident.wallet).await;
        type_in(window, "#o-amount", amount).await;
        type_in(window, "#o-reference", "Hida 0001").await;
        window.click(&send).await;
    };
    // In a window of its own: that the answer is an error stands in the console, too.
    let origin = scene.served.address();
    let mut wrong = scene.chromium.open(origin, &scene.path("lang=en"), 390).await;
    fill(&mut wrong, "12.5").await;
    wrong.wait_for(&format!("{form} [role='alert']")).await;
    let kept = wrong.value("document.querySelector('#o-wallet').value").await;
    assert_eq!(kept, resident.wallet.as_str());
    assert_eq!(balance(), before);
    wrong.shoot("operator-top-up-wrong").await;
    wrong.close().await;
    fill(window, "12,500").await;
    said(window, "The wallet was topped up.").await;
    assert_eq!(balance(), before + 12_500);
}

/// While the link is frozen the page says why and what to do; reopened, money crosses again.
async fn stops_and_reopens(scene: &Scene, window: &mut Window) {
    let note = "#operate form[action*='/link'] input[name='note']";
    let act = "#operate form[action*='/link'] button";
    type_in(window, note, "the bank called").await;
    window.click(act).await;
    window.wait_for("#now [role='alert']").await;
    let frozen = window.text("#now [role='alert']").await;
    let command = "enishi corridor reconcile --cell jp --neighbour cn";
    for words in ["Frozen by jp", "the bank called", command, "by_operator"] {
        assert!(frozen.contains(words), "{words:?}: {frozen}");
    }
    for width in WIDTHS {
        window.resize(width).await;
        window.shoot(&format!("operator-frozen-en-{width}")).await;
    }
    window.resize(1280).await;
    type_in(window, note, "the bank was wrong").await;
    window.click(act).await;
    said(window, "The link is open again.").await;
    window.wait("!document.querySelector('#now [role=\"alert\"]')").await;
    // The page goes on by itself: a payment comes, and is the first row.
    let before = window.text("#payments tbody tr:first-child").await;
    let id = scene.paid(2_640);
    window.wait(&format!("document.querySelector('#payments a[href*=\"{id}\"]')")).await;
    assert_ne!(window.text("#payments tbody tr:first-child").await, before);
}

/// Tonight's file grows by itself; it is made, withdrawn, made again and said to be sent.
async fn pays_out(scene: &Scene, window: &mut Window) {
    const TOTAL: &str = "document.querySelector('#builds .amount .n').innerText";
    window.goto(&scene.files("en")).await;
    let before = window.value(TOTAL).await;
    scene.paid(40_000);
    window.wait(&format!("{TOTAL} !== {before}")).await;
    let total = window.text("#builds .amount .n").await;
    pictures(scene, window, "operator-files").await;
    window.goto(&scene.files("en")).await;
    for act in ["withdraw", "sent"] {
        window.click("#builds form button").await;
        said(window, "The file was made.").await;
        let rest = window.text("#builds .amount .n").await;
        assert!(rest.starts_with('0'), "all of it went out: {rest}");
        window.click("#made tbody tr:first-child a").await;
        window.wait("location.pathname.includes('/bank-files/')").await;
        window.wait_for("a[download]").await;
        assert_eq!(window.text("main .amount .n").await, total, "nothing is lost");
        window.shoot(&format!("operator-file-en-{act}")).await;
        window.click(&format!("a[href*='step={act}']")).await;
        window.wait_for("main form").await;
        if act == "withdraw" {
            window.fill("#f-reason", "the bank was closed").await;
            window.resize(390).await;
            window.shoot("operator-file-withdraw-en-390").await;
            window.is_well().await;
            window.resize(1280).await;
        }
        window.click("main form button").await;
        let words = ["It is noted that the bank has the file.", "The file was withdrawn;"];
        said(window, words[usize::from(act == "withdraw")]).await;
        assert_eq!(window.count("main form").await, 0, "nothing is left to do with it");
        window.goto(&scene.files("en")).await;
    }
    pictures(scene, window, "operator-files-made").await;
}

/// The page of bank files in all languages, widths and themes.
async fn pictures(scene: &Scene, window: &mut Window, name: &str) {
    for lang in LANGUAGES {
        window.goto(&scene.files(lang)).await;
        for dark in [false, true] {
            window.dark(dark).await;
            for width in WIDTHS {
                window.resize(width).await;
                let shade = if dark { "dark" } else { "light" };
                window.shoot(&format!("{name}-{lang}-{width}-{shade}")).await;
                window.is_well().await;
            }
        }
    }
    window.dark(false).await;
    window.resize(1280).await;
}

/// The page in all languages, widths and themes.
async fn looks(scene: &Scene) {
    for lang in LANGUAGES {
        let path = scene.path(&format!("lang={lang}"));
        let mut window = scene.chromium.open(scene.served.address(), &path, 1280).await;
        assert_eq!(window.value("document.documentElement.lang").await, lang);
        for dark in [false, true] {
            window.dark(dark).await;
            for width in WIDTHS {
                window.resize(width).await;
                window.goto(&path).await;
                let shade = if dark { "dark" } else { "light" };
                window.shoot(&format!("operator-{lang}-{width}-{shade}")).await;
                window.is_well().await;
            }
        }
        window.close().await;
    }
}
