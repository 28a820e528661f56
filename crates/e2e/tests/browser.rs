//! The pages in a real browser: played by their buttons, by keyboard, and in two tabs. Pictures
//! stay in `target/screenshots`; `UPDATE_PICTURES=1` also renews the one of the README.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use e2e::api::Api;
use e2e::binary::workspace;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use tempfile::TempDir;

const LANGUAGES: [&str; 3] = ["zh-CN", "ja", "en"];
const WIDTHS: [u32; 2] = [1280, 390];
/// 3,200 JPY at the shipped rates of 30 October 2026 and the sample market's spread.
const PRICE: &str = "136.06";
/// What a press on *Scan this code*, and on *Pay*, presses.
const SCAN: &str = "#phone form[data-scan] button";
const PAY: &str = "#phone form[action*='/pay?'] button";
const REFUND: &str = "#till form[action*='/refund'] button";
const AGAIN: &str = "#phone form[action*='/request'] button";
const LIT: &str = "document.querySelectorAll('#bridge li.lit').length === 5";

struct Scene {
    _folder: TempDir,
    served: Served,
    market: Market,
    chromium: Chromium,
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let served = Served::demo(&data);
        let market = Market::of(&data);
        Self { _folder: folder, served, market, chromium: Chromium::launch().await }
    }

    async fn window(&self, path: &str, width: u32) -> Window {
        self.chromium.open(self.served.address(), path, width).await
    }

    async fn close(self) {
        self.chromium.close().await;
        let (status, said) = self.served.stop();
        assert!(status.success(), "{said}");
        is_calm(&said);
    }
}

#[tokio::test]
async fn a_stranger_pays_by_the_buttons_alone() {
    let scene = Scene::open().await;
    for lang in LANGUAGES {
        for width in WIDTHS {
            let mut window = scene.window(&format!("/?lang={lang}"), width).await;
            play(&mut window, &format!("home-{lang}-{width}")).await;
            window.close().await;
        }
    }
    let mut window = scene.window("/?lang=en", 1280).await;
    if window.count(AGAIN).await == 1 {
        window.click(AGAIN).await;
    }
    listen(&window).await;
    pay(&mut window).await;
    window.wait("!document.querySelector('#offline:not([hidden])')").await;
    window.wait("window.told.some((event) => event.step === 'figures')").await;
    window.wait("!document.querySelector('[aria-busy]')").await;
    let picture = window.shoot_down_to("#books", "first-page").await;
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        let to = workspace().join("docs/pictures/first-page.png");
        std::fs::copy(picture, to).unwrap();
    }
    window.dark(true).await;
    for width in WIDTHS {
        window.resize(width).await;
        // Anew, so that no colour is caught on its way from light to dark.
        window.goto("/?lang=en").await;
        window.shoot(&format!("home-en-{width}-dark")).await;
    }
    window.close().await;
    pages(&scene).await;
    scene.close().await;
}

/// The whole first page, once.
async fn play(window: &mut Window, name: &str) {
    window.value("window.stayed = true").await;
    if window.count(AGAIN).await == 1 {
        window.click(AGAIN).await;
    }
    window.wait_for(SCAN).await;
    window.shoot(&format!("{name}-1-asked")).await;

    let before = window.clicks();
    listen(window).await;
    window.click(SCAN).await;
    window.wait_for(PAY).await;
    let sheet = window.text("#phone").await;
    for words in ["3,200", PRICE, "135.38", "0.68", "7.", "2026"] {
        assert!(sheet.contains(words), "{words:?} is not on the sheet: {sheet}");
    }
    window.shoot(&format!("{name}-2-confirm")).await;
    say_yes(window).await;
    assert!(window.clicks() - before <= 3, "paid in three clicks");
    beads_are_events(window, &["quoted", "held", "captured", "posted"]).await;
    window.wait("document.querySelectorAll('#books table.ledger').length >= 2").await;
    books_are_equal(window).await;
    // The till may know before the phone does.
    window.wait_for("#phone .chip[data-state='paid']").await;
    let left = left(window).await;
    window.shoot(&format!("{name}-3-paid")).await;

    window.click(REFUND).await;
    window.wait("document.querySelector('#bridge[data-back]')").await;
    window.wait(LIT).await;
    window.wait("window.told.some((event) => event.step === 'booked')").await;
    let came = "(window.fen = (text) => Math.round(100 * text.replace(/[^0-9.]/g, '')))";
    window.value(came).await;
    window.wait(&format!("fen({LEFT}) > {left}")).await;
    let came = window.value(&format!("fen({LEFT}) - {left}")).await;
    assert_eq!(came, 4_251, "1,000 of 3,200 yen of 136.06 yuan, never more than was paid");
    books_are_equal(window).await;
    window.shoot(&format!("{name}-4-refunded")).await;

    window.click("#break form:has(input[value='jp']) button").await;
    window.wait("window.told.some((event) => event.step === 'cell_down')").await;
    window.wait("window.told.some((event) => event.step === 'cell_up')").await;
    window.wait("!document.querySelector('#break button:disabled')").await;
    window.wait("/[0-9]/.test(document.querySelector('#break p.note-ink').innerText)").await;
    window.shoot(&format!("{name}-5-back")).await;

    window.click(AGAIN).await;
    pay(window).await;
    books_are_equal(window).await;
    let agree = window.text("#agree").await;
    assert!(window.count("#agree:not(.bad)").await == 1, "{agree}");
    assert_eq!(window.value("window.stayed").await, true, "the page was never left");
    window.is_well().await;
}

/// The amount that is left in the wallet, on the receipt.
const LEFT: &str = "document.querySelector('#phone dl.kv > div:last-child dd').innerText";

async fn left(window: &Window) -> i64 {
    let fen = format!("Math.round(100 * {LEFT}.replace(/[^0-9.]/g, ''))");
    window.value(&fen).await.as_i64().unwrap()
}

/// Hears what the page hears, through a stream of its own.
async fn listen(window: &Window) {
    window
        .value(
            "window.told = []; window.ears?.close(); \
             window.ears = new EventSource(document.body.dataset.events); \
             window.ears.onmessage = (message) => window.told.push(JSON.parse(message.data));",
        )
        .await;
    window.wait("window.ears.readyState === 1").await;
}

/// All five beads are lit, and what they show of `steps` is what the events of those steps said.
async fn beads_are_events(window: &Window, steps: &[&str]) {
    window.wait(LIT).await;
    for step in steps {
        let event = format!("window.told.find((event) => event.step === '{step}')");
        window.wait(&event).await;
        let position = window.value(&format!("{event}.position")).await;
        let cell = window.value(&format!("{event}.cell")).await;
        assert!(window.value(&format!("{event}.ms")).await.as_f64().unwrap() >= 0.0);
        let bead = window.text(&format!("#bridge [data-step='{step}']")).await;
        let shown = bead.replace(',', "");
        let place = format!("{} {position}", cell.as_str().unwrap());
        assert!(shown.contains(&place), "{place} is not what the bead shows: {bead}");
        assert!(shown.contains("ms"), "{bead}");
    }
}

/// Debits and credits of every table add up to its two sums, and these are equal.
async fn books_are_equal(window: &Window) {
    let sums = "[...document.querySelectorAll('#books table.ledger')].map((table) => {
        const fen = (cell) => Math.round(100 * (cell.innerText.replace(/,/g, '') || 0));
        const sum = (at) => [...table.tBodies[0].rows]
            .reduce((sum, row) => sum + fen(row.cells[at]), 0);
        const foot = table.tFoot.rows[0].cells;
        return [sum(1), sum(2), fen(foot[1]), fen(foot[2]), table.tBodies[0].rows.length];
    })";
    let tables = window.value(sums).await;
    let tables = tables.as_array().unwrap();
    assert!(tables.len() >= 2, "a table on either side: {tables:?}");
    for table in tables {
        let of: Vec<i64> = table.as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
        assert!(of[0] > 0 && of[..4].iter().all(|sum| *sum == of[0]), "{tables:?}");
        assert!(of[4] >= 2, "an entry has two sides: {tables:?}");
    }
    assert_eq!(window.count("#books .unequal").await, 0);
}

/// Scans and pays.
async fn pay(window: &mut Window) {
    window.click(SCAN).await;
    say_yes(window).await;
    window.wait("!document.querySelector('#bridge[data-back]')").await;
    window.wait(LIT).await;
    window.wait_for("#books table.ledger").await;
}

/// Presses *Pay*, and once more where the wallet paid the same just before and is asked.
async fn say_yes(window: &mut Window) {
    window.click(PAY).await;
    let paid = "document.querySelector('#till .result:not(.back):not(.none)')";
    let asked = "document.querySelector('#phone input[name=again]')";
    window.wait(&format!("{paid} || {asked}")).await;
    if window.value(&format!("!{paid}")).await == true {
        window.click(PAY).await;
        window.wait(paid).await;
    }
}

/// The other pages, seen once in each language.
async fn pages(scene: &Scene) {
    let (visitor, shop) = (&scene.market.visitors[0], &scene.market.shops[0]);
    for lang in LANGUAGES {
        for (name, path) in [
            ("wallet", format!("/w/{}?lang={lang}", visitor.code)),
            ("till", format!("/t/{}?lang={lang}", shop.code)),
            ("audit", format!("/audit?lang={lang}")),
        ] {
            let window = scene.window(&path, 1280).await;
            assert_eq!(window.value("document.documentElement.lang").await, lang);
            for width in WIDTHS {
                window.resize(width).await;
                window.shoot(&format!("{name}-{lang}-{width}")).await;
                window.is_well().await;
            }
            window.close().await;
        }
    }
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let scene = Scene::open().await;
    let mut window = scene.window("/?lang=en", 1280).await;
    window.wait_for(SCAN).await;
    window.press("Tab").await;
    assert!(window.text(":focus").await.starts_with("Skip"), "first a way past the bar");
    window.tab_to(SCAN).await;
    window.press("Enter").await;
    window.wait_for(PAY).await;
    // The focus is where the reader goes on, not lost with the fragment that was there.
    window.wait("document.activeElement.closest('#phone')").await;
    window.tab_to(PAY).await;
    window.shoot("keyboard-focus").await;
    window.press("Enter").await;
    window.wait("document.querySelector('#till .result:not(.back)')").await;
    window.wait(LIT).await;
    // Phone and till say it, one after the other, to who can't see them.
    let said = window.text("#say").await;
    assert!(said.contains(PRICE) || said.contains("3,200"), "{said}");
    window.tab_to(REFUND).await;
    window.press("Enter").await;
    window.wait("document.querySelector('#bridge[data-back]')").await;
    window.wait(LIT).await;
    assert_eq!(window.clicks(), 0);
    window.is_well().await;
    window.goto("/?lang=ja").await;
    window.is_well().await;
    window.close().await;
    scene.close().await;
}

/// The keys of the display on a phone.
async fn type_on(phone: &mut Window, keys: &[&str]) {
    for key in keys {
        phone.click(&format!("#phone [data-key='{key}']")).await;
    }
}

/// A poster leaves the amount open; and a resident pays in the shop's own currency.
#[tokio::test]
async fn a_poster_is_paid_by_a_visitor_and_by_a_resident() {
    let scene = Scene::open().await;
    let (visitor, resident) = (&scene.market.visitors[0], &scene.market.residents[0]);
    let shop = &scene.market.shops[0];
    let api = Api::new(scene.served.address());
    let code = api.get(&shop.key, &format!("/v1/stores/{}/code", shop.store)).unwrap();
    let code = code.body["code"].as_str().unwrap().to_owned();
    let mut phone = scene.window(&format!("/w/{}/scan?lang=zh-CN", visitor.code), 390).await;
    let scan = async |phone: &mut Window| {
        phone.click("#code").await;
        phone.value(&format!("document.querySelector('#code').value = {code:?}")).await;
        phone.click("form:has(#code) button").await;
        phone.wait_for("#pay-amount").await;
    };
    scan(&mut phone).await;
    phone.shoot("poster-1-amount").await;
    phone.is_well().await;
    // Nothing, and what no yen can be, are said at the display, and it stays.
    phone.click("#pay-amount").await;
    phone.value("document.querySelector('#pay-amount').value = '1.5'").await;
    phone.click("#pay-open button").await;
    phone.wait_for("#pay-amount-wrong").await;
    assert!(phone.text("#pay-amount-wrong").await.contains("amount_has_decimals"));
    phone.shoot("poster-2-wrong").await;
    phone.is_well().await;
    type_on(&mut phone, &["back", "back", "back", "3", "2", "00"]).await;
    assert_eq!(phone.value("document.querySelector('#pay-amount').value").await, "3,200");
    phone.click("#pay-open button").await;
    phone.wait_for(PAY).await;
    let sheet = phone.text("#phone").await;
    assert!(sheet.contains(PRICE) && sheet.contains("3,200"), "{sheet}");
    phone.shoot("poster-3-confirm").await;
    phone.click(PAY).await;
    phone.wait("document.querySelector('#phone .split [data-state=\"paid\"]')").await;
    phone.close().await;

    for (lang, width) in [("ja", 390), ("en", 1280)] {
        let path = format!("/w/{}/scan?lang={lang}", resident.code);
        let mut phone = scene.window(&path, width).await;
        let known = phone.count("#statement ul.rows li").await;
        scan(&mut phone).await;
        phone.click("#pay-amount").await;
        type_on(&mut phone, &["9", "8", "0"]).await;
        phone.shoot(&format!("resident-{lang}-1-amount")).await;
        phone.click("#pay-open button").await;
        phone.wait_for(PAY).await;
        let sheet = phone.text("#phone").await;
        assert!(sheet.contains("980"), "{sheet}");
        assert_eq!(phone.count("#phone .ring").await, 0, "nothing runs out");
        phone.shoot(&format!("resident-{lang}-2-confirm")).await;
        phone.is_well().await;
        phone.click(PAY).await;
        let paid = "document.querySelector('#phone .split [data-state=\"paid\"]')";
        let asked = "document.querySelector('#phone input[name=again]')";
        phone.wait(&format!("{paid} || {asked}")).await;
        if phone.value(&format!("!{paid}")).await == true {
            phone.click(PAY).await;
            phone.wait(paid).await;
        }
        let receipt = phone.text("#phone").await;
        assert_eq!(receipt.matches("980").count(), 2, "the amount, and the sum: {receipt}");
        // The statement beside the phone knows it without being asked: one row more.
        let rows = format!("document.querySelectorAll('#statement ul.rows li').length > {known}");
        phone.wait(&rows).await;
        phone.shoot(&format!("resident-{lang}-3-paid")).await;
        phone.is_well().await;
        phone.close().await;
    }
    scene.close().await;
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

#[tokio::test]
async fn phone_and_till_work_in_two_tabs() {
    let scene = Scene::open().await;
    let (visitor, shop) = (&scene.market.visitors[0], &scene.market.shops[0]);
    let mut till = scene.window(&format!("/t/{}?lang=ja", shop.code), 1280).await;
    if till.count("a[data-get*='next=1']").await == 1 {
        till.click("a[data-get*='next=1']").await;
    }
    if till.count("#till form[action*='/cancel'] button").await == 1 {
        // The code of the first page stands there; this shop asks for its own amount.
        till.click("#till form[action*='/cancel'] button").await;
        till.click("#till a[data-get*='next=1']").await;
    }
    till.click("[data-key='back']").await;
    till.value("document.querySelector('#amount').value = ''").await;
    for key in ["1", "2", "00"] {
        till.click(&format!("[data-key='{key}']")).await;
    }
    assert_eq!(till.value("document.querySelector('#amount').value").await, "1,200");
    till.shoot("two-tabs-till-1-typed").await;
    till.click("#till-request button").await;
    till.wait_for("#till .qr svg").await;
    till.click("details.code-text summary").await;
    let code = till.text("details.code-text .code").await;
    till.shoot("two-tabs-till-2-code").await;

    let mut phone = scene.window(&format!("/w/{}?lang=zh-CN", visitor.code), 390).await;
    phone.click("#phone > .inner a.btn.big").await;
    phone.wait_for("#code").await;
    phone.click("#code").await;
    phone.value(&format!("document.querySelector('#code').value = {code:?}")).await;
    phone.shoot("two-tabs-phone-1-scan").await;
    phone.click("form:has(#code) button").await;
    phone.wait_for(PAY).await;
    phone.shoot("two-tabs-phone-2-confirm").await;
    let sheet = phone.text("#phone").await;
    assert!(sheet.contains("1,200") && sheet.contains("そば処 山ぼうし"), "{sheet}");
    phone.click(PAY).await;
    phone.wait("document.querySelector('#phone .split [data-state=\"paid\"]')").await;
    phone.shoot("two-tabs-phone-3-receipt").await;

    till.front().await;
    till.wait_for("#till .result").await;
    till.shoot("two-tabs-till-3-paid").await;
    till.click("#till a[href*='/refund']").await;
    till.wait_for("#till-refund").await;
    till.value("document.querySelector('#amount').value = ''").await;
    for key in ["2", "00"] {
        till.click(&format!("[data-key='{key}']")).await;
    }
    till.shoot("two-tabs-till-4-refund").await;
    till.click("#till-refund button").await;
    till.wait_for("#till-refund:not(:has([name=ask]))").await;
    till.shoot("two-tabs-till-4-sure").await;
    till.click("#till-refund button").await;
    till.wait("document.querySelector('#till .result')").await;
    till.wait("document.querySelector('#today').innerText.includes('200')").await;
    till.shoot("two-tabs-till-5-refunded").await;

    phone.front().await;
    phone.wait("document.querySelector('#phone .refund')").await;
    phone.shoot("two-tabs-phone-4-refunded").await;
    for window in [&till, &phone] {
        window.is_well().await;
    }

    // What is no code at all, and the code of one shop under the name of another, are refused.
    let other = sealed(&code.replace("Yamaboshi Soba", "Yamabuki Sushi"));
    for (bad, why) in [
        ("000201XX", "bad_tag"),
        ("https://example.com/", "code_web_address"),
        (&other, "claim_differs"),
    ] {
        phone.goto(&format!("/w/{}/scan?lang=en", visitor.code)).await;
        phone.click("#code").await;
        phone.value(&format!("document.querySelector('#code').value = {bad:?}")).await;
        phone.click("form:has(#code) button").await;
        phone.wait_for("#phone [role='alert']").await;
        let alert = phone.text("#phone [role='alert']").await;
        assert!(alert.contains(why), "{why}: {alert}");
        assert_eq!(phone.count(PAY).await, 0, "there is nothing to press");
        phone.shoot(&format!("phone-{why}")).await;
    }
    // What nobody gave away opens nothing.
    phone.goto("/w/00000000000000000000000000?lang=en").await;
    phone.shoot("not-found").await;
    assert_eq!(phone.count("#phone").await, 0);
    till.close().await;
    phone.close().await;
    scene.close().await;
}
