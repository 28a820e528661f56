//! A till on an old tablet, all day: without a network, asleep, and through many payments; and a
//! wallet that is shown a bad photo.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::time::Duration;

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::{Value, json};

/// Longer than a glance, and than a till waits before it catches up.
const CALM: Duration = Duration::from_millis(1500);
const BANNER: &str = "document.querySelector('#offline:not([hidden])')";

/// A sale of the first shop, paid by the first visitor, while no page looks.
fn sell(api: &Api, market: &Market, yen: u64) {
    let (visitor, shop) = (&market.visitors[0], &market.shops[0]);
    let post = |key: &str, path: &str, body: &Value| {
        let reply = api.post(key, path, &format!("{path}-{yen}"), body).unwrap();
        assert!(reply.is_done(), "{path}: {:?}", reply.body);
        reply.body
    };
    let price = json!({ "amount": yen, "currency": "JPY" });
    let sale = post(&shop.key, "/v1/payments", &json!({ "store": shop.store, "amount": price }));
    let asked = json!({ "wallet": visitor.wallet, "code": sale["code"] });
    let quote = post(&visitor.key, "/v1/quotes", &asked);
    let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    post(&visitor.key, &confirm, &json!({}));
}

async fn asked_for(till: &Window, part: &str) -> i64 {
    let count = format!(
        "performance.getEntriesByType('resource').filter((e) => e.name.includes('/{part}?')).length"
    );
    till.value(&count).await.as_i64().unwrap()
}

#[tokio::test]
async fn a_till_without_network_says_so_and_catches_up_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    let path = format!("/t/{}?lang=ja", market.shops[0].code);
    let mut till = chromium.open(served.address(), &path, 390).await;
    till.wait("navigator.serviceWorker.ready && navigator.serviceWorker.controller").await;
    till.click("#till [data-key='9']").await;
    let typed = till.value("document.querySelector('#amount').value").await;
    till.is_well().await;

    till.offline(true).await;
    till.wait(BANNER).await;
    assert_eq!(till.count("#till form button:not(:disabled)").await, 0, "nothing can be sent");
    assert_eq!(till.value("document.querySelector('#amount').value").await, typed);
    till.shoot("offline-till-ja-390").await;
    till.dark(true).await;
    till.shoot("offline-till-ja-390-dark").await;
    till.dark(false).await;
    let api = Api::new(served.address());
    for yen in 501..511 {
        sell(&api, &market, yen);
    }
    tokio::time::sleep(CALM).await;
    let before = asked_for(&till, "today").await;
    till.offline(false).await;
    till.wait("document.querySelectorAll('#today ul.rows > li').length >= 10").await;
    till.wait(&format!("!{BANNER}")).await;
    tokio::time::sleep(CALM).await;
    assert!(till.count("#till form button:not(:disabled)").await > 0, "it goes on");
    assert_eq!(till.value("document.querySelector('#amount').value").await, typed, "and it stays");
    assert_eq!(asked_for(&till, "today").await - before, 1, "for ten payments one request");

    // What is kept is of the build and nothing else.
    let kept = "caches.keys()
        .then((names) => Promise.all(names.map((name) => caches.open(name))))
        .then((caches) => Promise.all(caches.map((cache) => cache.keys())))
        .then((all) => all.flat().map((request) => new URL(request.url).pathname))";
    let kept = till.value(kept).await;
    let kept: Vec<&str> =
        kept.as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    assert!(kept.len() > 8);
    assert!(
        kept.iter()
            .all(|path| path.starts_with("/assets/") || ["/offline", "/code"].contains(path)),
        "{kept:?}"
    );
    till.close().await;
    chromium.close().await;
    is_calm(&served.stop().1);
}

#[tokio::test]
async fn a_till_that_slept_catches_up_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    let path = format!("/t/{}?lang=ja", market.shops[0].code);
    let till = chromium.open(served.address(), &path, 390).await;
    let counted = "(() => {
        window.streams = 0;
        window.EventSource = new Proxy(EventSource, { construct(of, args) {
            window.streams += 1;
            return new of(...args);
        } });
    })()";
    till.value(counted).await;
    let api = Api::new(served.address());
    let rows = |count: usize| {
        format!("document.querySelectorAll('#today ul.rows > li').length === {count}")
    };
    // As another tab in front hides this one.
    let shown = |is: bool| {
        format!(
            "(() => {{
                const state = {{ hidden: {}, visibilityState: '{}' }};
                for (const [name, value] of Object.entries(state)) {{
                    Object.defineProperty(document, name, {{ value, configurable: true }});
                }}
                document.dispatchEvent(new Event('visibilitychange'));
            }})()",
            !is,
            if is { "visible" } else { "hidden" }
        )
    };
    sell(&api, &market, 500);
    till.wait(&rows(1)).await;
    tokio::time::sleep(CALM).await;

    // A glance at another tab asks for nothing.
    let before = asked_for(&till, "today").await;
    till.value(&shown(false)).await;
    till.value(&shown(true)).await;
    tokio::time::sleep(CALM).await;
    assert_eq!(asked_for(&till, "today").await, before);
    assert_eq!(till.value("window.streams").await, 0);

    // Hidden for longer: it listens anew, and asks once.
    till.value(&shown(false)).await;
    tokio::time::sleep(CALM).await;
    till.value(&shown(true)).await;
    tokio::time::sleep(CALM).await;
    assert_eq!(till.value("window.streams").await, 1, "a stream that slept may be dead");
    assert_eq!(asked_for(&till, "today").await - before, 1);

    // The tablet itself slept with the page in front: nothing says so but the clock.
    let jump = "(() => { const real = Date.now; Date.now = () => real() + 60000; })()";
    till.value(jump).await;
    till.wait("window.streams === 2").await;
    tokio::time::sleep(CALM).await;
    assert_eq!(asked_for(&till, "today").await - before, 2);

    // And the new stream is heard.
    sell(&api, &market, 501);
    till.wait(&rows(2)).await;
    till.is_well().await;
    till.close().await;
    chromium.close().await;
    is_calm(&served.stop().1);
}

#[tokio::test]
async fn a_window_is_installed_without_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    for (kind, code) in [("t", &market.shops[0].code), ("w", &market.visitors[0].code)] {
        let path = format!("/{kind}/{code}?lang=ja");
        let window = chromium.open(served.address(), &path, 390).await;
        window.wait("navigator.serviceWorker.controller").await;
        let (start, errors) = window.installs().await;
        assert_eq!(errors, [""; 0], "nothing keeps the browser from it");
        assert_eq!(start, Some(format!("{}/{kind}/me?lang=ja", served.address())));
        window.is_well().await;
        window.close().await;
    }
    chromium.close().await;
    is_calm(&served.stop().1);
}

#[tokio::test]
async fn a_day_of_events_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    let path = format!("/t/{}?lang=en", market.shops[0].code);
    let till = chromium.open(served.address(), &path, 390).await;
    // Each event puts another till in the place of the one before.
    let events = |count: u32| {
        format!(
            "(async () => {{
                const own = document.querySelector('script[type=module]').src;
                const swap = await import(own.replace('enishi.js', 'swap.js'));
                const real = window.fetch;
                const page = await (await real(document.querySelector('#till').dataset.src,
                    {{ headers: {{ 'X-Fragment': '1' }} }})).text();
                let n = 0;
                window.fetch = async () => {{
                    const answer = new Response(page + '<!--' + n++ + '-->');
                    Object.defineProperty(answer, 'url', {{ value: location.href }});
                    return answer;
                }};
                for (let at = 0; at < {count}; at++) await swap.refresh('till');
                window.fetch = real;
                return n;
            }})()"
        )
    };
    let warm = till.value(&events(100)).await;
    assert_eq!(warm, 100);
    let before = till.weight().await;
    assert_eq!(till.value(&events(2000)).await, 2000);
    let after = till.weight().await;
    for ((what, before), after) in ["heap", "nodes", "listeners"].iter().zip(before).zip(after) {
        assert!(after < before * 1.5 + 100.0, "{what}: {before} and then {after}");
    }
    till.is_well().await;
    till.close().await;
    chromium.close().await;
    is_calm(&served.stop().1);
}

#[tokio::test]
async fn a_dark_slanted_photo_of_a_poster_is_read_by_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let chromium = Chromium::launch().await;
    let path = format!("/w/{}/scan?lang=en", market.visitors[0].code);
    let phone = chromium.open(served.address(), &path, 390).await;
    phone.wait("document.querySelector('#camera-why:not([hidden])')").await;
    let shop = &market.shops[0];
    let photo = format!(
        "(async () => {{
            const reply = await fetch('/v1/stores/{}/code.svg',
                {{ headers: {{ Authorization: 'Bearer {}' }} }});
            const svg = (await reply.text()).replace('<svg ', '<svg width=\"600\" height=\"600\" ');
            const image = new Image();
            image.src = URL.createObjectURL(new Blob([svg], {{ type: 'image/svg+xml' }}));
            await image.decode();
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [1400, 1100];
            const paint = canvas.getContext('2d');
            paint.fillStyle = '#999';
            paint.fillRect(0, 0, 1400, 1100);
            paint.setTransform(0.85, 0.3, -0.2, 0.9, 400, 150);
            paint.drawImage(image, 0, 0);
            paint.resetTransform();
            paint.fillStyle = 'rgba(0, 0, 0, 0.85)';
            paint.fillRect(0, 0, 1400, 1100);
            const file = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.8));
            const files = new DataTransfer();
            files.items.add(new File([file], 'poster.jpg', {{ type: 'image/jpeg' }}));
            const input = document.querySelector('form[data-photo] input[type=file]');
            input.files = files.files;
            input.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()",
        shop.store, shop.key
    );
    phone.value(&photo).await;
    phone.wait_for("#pay-amount").await;
    phone.is_well().await;
    phone.close().await;
    chromium.close().await;
    is_calm(&served.stop().1);
}
