//! Codes in a real browser: a phone shows one, with and without a network, a till charges it, both show
//! what was paid; tables printed four to a sheet are read back from the screen.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::json;

const CODE: &str = "#customer-code";
/// Whether all of each card is on its paper.
const WHOLE: &str = "[...document.querySelectorAll('.poster')].every((card) => \
    [...card.querySelectorAll('.in > *')].every((part) => \
      part.getBoundingClientRect().height <= card.getBoundingClientRect().height) && \
    card.querySelector('.in').scrollHeight <= card.clientHeight + 1)";
const CHARGE: &str = "#till form[data-charge] button";

/// The digits on the phone's page, once they are there.
async fn shown(phone: &Window) -> String {
    phone.wait("(document.querySelector('[data-digits]')?.textContent ?? '').length === 24").await;
    phone.text("[data-digits]").await
}

async fn ask(till: &mut Window, amount: &str) {
    till.wait_for("#till-request").await;
    till.fill("#amount", amount).await;
    till.click("#till-request button").await;
    till.wait_for("#till form[action*='/cancel']").await;
}

#[tokio::test]
async fn a_phone_shows_a_code_and_the_till_charges_it() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    let (wallet, shop) = (&market.visitors[0].code, &market.shops[0].code);
    let path = format!("/w/{wallet}/code?lang=en");
    let mut phone = chromium.open(served.address(), &path, 390).await;
    phone.click("form[data-enrol] button").await;
    let first = shown(&phone).await;
    phone.shoot("paycode-phone").await;
    let mut till = chromium.open(served.address(), &format!("/t/{shop}?lang=en"), 1280).await;
    ask(&mut till, "1200").await;
    till.fill(CODE, &first).await;
    till.click(CHARGE).await;
    till.wait_for("#till .chip[data-state='paid'], #till .result h2").await;
    assert!(till.text("#till").await.contains("1,200"), "the till shows what was paid");
    till.shoot("paycode-till-paid").await;
    phone.front().await;
    phone.wait("document.querySelector('#phone').textContent.includes('1,200')").await;
    phone.shoot("paycode-phone-paid").await;
    till.front().await;

    // The same code again is not taken, and the till is told what to do.
    till.click("a.btn.big[data-get]").await;
    ask(&mut till, "300").await;
    till.fill(CODE, &first).await;
    till.click(CHARGE).await;
    till.wait(
        "document.querySelector('#till').textContent.includes('code_not_valid') || \
               document.querySelector('#till .error')",
    )
    .await;
    till.shoot("paycode-till-again").await;

    // Without a network the page comes from what the device keeps, and its code pays.
    phone.front().await;
    phone.goto(&path).await;
    shown(&phone).await;
    phone.wait("navigator.serviceWorker.controller !== null").await;
    phone.offline(true).await;
    phone.goto(&path).await;
    let mut alone = shown(&phone).await;
    if alone == first {
        // Half a minute has not passed: the next one is a press away.
        phone.click("[data-next]").await;
        alone = shown(&phone).await;
    }
    assert_ne!(alone, first);
    phone.shoot("paycode-offline").await;
    till.front().await;
    till.fill(CODE, &alone).await;
    till.click(CHARGE).await;
    till.wait_for("#till .result h2").await;
    phone.offline(false).await;
    phone.forgive("ERR_INTERNET_DISCONNECTED");
    phone.close().await;
    till.close().await;
    chromium.close().await;
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");
    is_calm(&said);
}

#[tokio::test]
async fn tables_are_printed_four_to_a_sheet_and_read_back() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let (api, shop) = (Api::new(served.address()), &market.shops[0]);
    let path = format!("/v1/stores/{}/places", shop.store);
    let set = json!({"range": "1-4"});
    let made = api.post(&shop.key, &path, "places", &set).unwrap();
    assert!(made.is_done(), "{made:?}");
    // As much as fits a code.
    let long = json!({"label": "飛騨高山観光案内所前特別展望庭園の入口受付の窓口",
        "amount": {"amount": 1_250, "currency": "JPY"}, "reference": "大人ひとり一日券"});
    let made = api.post(&shop.key, &path, "long", &json!({"set": [long]})).unwrap();
    assert!(made.is_done(), "{made:?}");
    let chromium = Chromium::launch().await;
    let page = format!("/poster/{}?place=all&format=sheet&lang=en", shop.store);
    let window = chromium.open(served.address(), &page, 1280).await;
    assert!(window.value(WHOLE).await == json!(true), "a card of the sheet is cut off");
    let picture = window.shoot_down_to(".leaf", "posters-sheet").await;
    let found = qr::decode(&std::fs::read(picture).unwrap()).unwrap();
    let codes = (1..=4).map(|place| {
        let path = format!("/v1/stores/{}/code?place={place}", shop.store);
        api.get(&shop.key, &path).unwrap().body["code"].as_str().unwrap().to_owned()
    });
    for code in codes {
        assert!(found.contains(&code), "{code} is not on the sheet: {found:?}");
    }
    for (place, format) in [(2, "a5"), (2, "a4"), (2, "tent"), (5, "a5"), (5, "a4"), (5, "tent")] {
        let page = format!("/poster/{}?place={place}&format={format}&lang=en", shop.store);
        let window = chromium.open(served.address(), &page, 1280).await;
        assert!(window.value(WHOLE).await == json!(true), "{place} is cut off: {format}");
        window.shoot(&format!("posters-{format}-{place}")).await;
        window.close().await;
    }
    window.close().await;
    chromium.close().await;
    served.kill();
}
