//! What the devices of people do to the pages: clocks that are a day off, tabs that are hidden,
//! updates, answers that come late.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::time::{Duration, Instant};

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than a glance at another tab, and than a till waits before it catches up.
const CALM: Duration = Duration::from_millis(1500);
/// Longer than an update waits for a page that nobody touches.
const QUIET: Duration = Duration::from_secs(8);
const DAY_MS: i64 = 86_400_000;
const PAY: &str = "#phone form[action*='/pay?'] button";
const PAID: &str = "#phone .split [data-state=\"paid\"]";

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

    /// A tab with the first shop's till.
    async fn till(&self) -> Window {
        let path = format!("/t/{}?lang=ja", self.market.shops[0].code);
        self.chromium.open(self.served.address(), &path, 390).await
    }

    /// A sale of that shop while no page looks.
    fn sell(&self, yen: u64) {
        let (visitor, shop) = (&self.market.visitors[0], &self.market.shops[0]);
        let post = |key: &str, path: &str, body: &Value| {
            let reply = self.api.post(key, path, &format!("{path}-{yen}"), body).unwrap();
            assert!(reply.is_done(), "{path}: {:?}", reply.body);
            reply.body
        };
        let price = json!({ "amount": yen, "currency": "JPY" });
        let sale = json!({ "store": shop.store, "amount": price });
        let sale = post(&shop.key, "/v1/payments", &sale);
        let asked = json!({ "wallet": visitor.wallet, "code": sale["code"] });
        let quote = post(&visitor.key, "/v1/quotes", &asked);
        let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
        post(&visitor.key, &confirm, &json!({}));
    }

    async fn close(self) {
        self.chromium.close().await;
        is_calm(&self.served.stop().1);
    }
}

fn rows(count: usize) -> String {
    format!("document.querySelectorAll('#today ul.rows > li').length === {count}")
}

/// A device whose clock is wrong by so much.
fn clock_off(ms: i64) -> String {
    format!(
        "(() => {{
            const Right = Date;
            globalThis.Date = class extends Right {{
                constructor(...given) {{
                    if (given.length) super(...given);
                    else super(Right.now() + {ms});
                }}
                static now() {{ return Right.now() + {ms}; }}
            }};
        }})()"
    )
}

#[tokio::test]
async fn a_clock_that_is_a_day_off_changes_nothing() {
    let scene = Scene::open().await;
    for (nth, off) in [DAY_MS, -DAY_MS].into_iter().enumerate() {
        let mut till = scene.till().await;
        till.begin_with(clock_off(off)).await;
        let path = format!("/t/{}?lang=en", scene.market.shops[0].code);
        till.goto(&path).await;
        let ahead = format!("(Date.now() - performance.timeOrigin - performance.now()) / {off}");
        assert!(till.value(&ahead).await.as_f64().unwrap() > 0.99, "the clock is wrong");
        for part in ["#till a[data-get*='next=1']", "#till form[action*='/cancel'] button"] {
            assert_eq!(till.count(part).await, 0, "a till that shows nothing yet");
        }
        till.value("document.querySelector('#amount').value = ''").await;
        till.click(&format!("[data-key='{}']", nth + 1)).await;
        till.click("[data-key='00']").await;
        till.value("window.stayed = true").await;
        till.click("#till-request button").await;
        till.wait_for("#till .qr svg").await;
        assert!(till.text("#till").await.contains("15 min"), "{}", till.text("#till").await);
        till.click("details.code-text summary").await;
        let code = till.text("details.code-text .code").await;

        let visitor = &scene.market.visitors[nth].code;
        let mut phone = scene.chromium.open(scene.served.address(), "/", 390).await;
        phone.begin_with(clock_off(-off)).await;
        phone.goto(&format!("/w/{visitor}/scan?lang=en")).await;
        phone.fill("#code", &code).await;
        phone.click("form:has(#code) button").await;
        phone.wait_for(PAY).await;
        // What is left counts down from when the page came, whatever the clock says.
        let left = "Number(document.querySelector('#phone .ring text').textContent)";
        let first = phone.value(left).await.as_i64().unwrap();
        assert!((30..=60).contains(&first), "{first} s are left");
        phone.wait(&format!("{left} < {first}")).await;
        phone.click(PAY).await;
        phone.wait_for(PAID).await;
        till.front().await;
        till.wait_for("#till .result:not(.none)").await;
        till.wait(&rows(nth + 1)).await;
        assert_eq!(till.value("window.stayed").await, true);
        till.click("#till a[data-get*='next=1']").await;
        till.wait_for("#amount").await;
        for window in [till, phone] {
            window.is_well().await;
            window.close().await;
        }
    }
    scene.close().await;
}

#[tokio::test]
async fn a_tab_that_was_hidden_listens_anew() {
    let scene = Scene::open().await;
    let till = scene.till().await;
    till.value(
        "(() => {
            window.streams = 0;
            window.EventSource = new Proxy(EventSource, { construct(of, args) {
                window.streams += 1;
                return new of(...args);
            } });
        })()",
    )
    .await;
    let asked = "performance.getEntriesByType('resource')
        .filter((entry) => entry.name.includes('/today?')).length";
    let before = till.value(asked).await.as_i64().unwrap();
    let other = scene.chromium.open(scene.served.address(), "/offline", 390).await;
    other.front().await;
    till.wait("document.hidden && document.visibilityState === 'hidden'").await;
    tokio::time::sleep(CALM).await;
    assert_eq!(till.value("window.streams").await, 0, "nobody looks");
    till.front().await;
    till.wait("!document.hidden && window.streams === 1").await;
    till.wait(&format!("{asked} === {}", before + 1)).await;
    scene.sell(500);
    till.wait(&rows(1)).await;
    assert_eq!(till.value("window.streams").await, 1);
    other.close().await;
    till.is_well().await;
    till.close().await;
    scene.close().await;
}

#[tokio::test]
async fn an_update_is_taken_when_nobody_uses_the_page() {
    let scene = Scene::open().await;
    let mut till = scene.till().await;
    till.wait("navigator.serviceWorker.controller").await;
    let build = till.value("document.body.dataset.build").await;
    // As a page of the build before, with the cache that it left.
    let older = "(async () => {
        const [own] = await caches.keys();
        await (await caches.open('enishi-older')).put('/assets/older.css', new Response('old'));
        document.body.dataset.build = 'older';
        window.stayed = true;
        const worker = await navigator.serviceWorker.getRegistration();
        await worker.unregister();
        return own;
    })()";
    let own = till.value(older).await;
    till.click("#till [data-key='9']").await;
    let typed = till.value("document.querySelector('#amount').value").await;
    scene.sell(500);
    till.wait(&rows(1)).await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(till.value("window.stayed").await, true, "not while something is typed");
    assert_eq!(till.value("document.querySelector('#amount').value").await, typed);
    till.click("#till [data-key='back']").await;
    let loaded = format!("!window.stayed && document.body.dataset.build === {build}");
    till.wait(&loaded).await;
    till.wait("navigator.serviceWorker.controller").await;
    till.wait(&rows(1)).await;
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        let kept = till.value("caches.keys()").await;
        if kept == json!([own]) {
            break;
        }
        assert!(Instant::now() < until, "what the older build kept is kept still: {kept}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    till.is_well().await;
    till.close().await;
    scene.close().await;
}

#[tokio::test]
async fn a_late_answer_takes_nothing_away() {
    let scene = Scene::open().await;
    scene.sell(500);
    let mut till = scene.till().await;
    till.wait(&rows(1)).await;
    // The till is fetched, and its answer is on the way for as long as the test says.
    let hold = "(async () => {
        const own = document.querySelector('script[type=module]').src;
        const swap = await import(own.replace('enishi.js', 'swap.js'));
        const real = window.real ??= window.fetch;
        window.held = false;
        window.fetch = async (...args) => {
            const answer = await real(...args);
            if (!String(args[0]).includes('/till?')) return answer;
            window.held = true;
            await new Promise((go) => (window.letGo = go));
            return answer;
        };
        window.done = swap.refresh('till');
        return true;
    })()";
    till.value(hold).await;
    till.wait("window.held").await;
    till.click("#till [data-key='9']").await;
    let typed = till.value("document.querySelector('#amount').value").await;
    till.value("(window.letGo(), window.done.then(() => true))").await;
    assert_eq!(till.value("document.querySelector('#amount').value").await, typed);

    let emptied =
        "(() => { const it = document.querySelector('#amount'); it.value = it.defaultValue; })()";
    till.value(emptied).await;
    till.value(hold).await;
    till.wait("window.held").await;
    till.value("document.querySelector(\"#today a[href*='/pay/']\").click()").await;
    till.wait_for("#till .result").await;
    till.value("(window.letGo(), window.done.then(() => true))").await;
    assert_eq!(till.count("#till .result").await, 1, "what was opened is shown still");
    till.is_well().await;
    till.close().await;
    scene.close().await;
}
