//! A shop's day in a real browser: staff sign in with a passkey of Chromium's virtual authenticator, charge
//! the code that a customer's phone shows, sign a refund; a second person of the operator approves
//! what the bank is to pay, and the bank sends a transfer back. And what a stolen cookie and a
//! repeated answer come to.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod payout;

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::{Value, json};

/// From how many yen on a person signs in this test.
const BOUND: u64 = 1_000;
const WIDTH: u32 = 1280;
/// What the customer buys for, in yen: under the bound from which the phone asks first.
const SOLD: u64 = 4_600;

/// Keeps what the page sends to sign in, so that it can be sent again.
const LISTEN: &str = "(() => { const send = window.fetch; window.sent = [];
    window.fetch = (url, options) => { window.sent.push([String(url), options?.body]);
      return send(url, options); }; })()";

/// Sends the same again from the page: its status.
const REPLAY: &str = "(async () => { const last = JSON.parse(sessionStorage.sent);
    const [url, body] = last.filter(([url]) => !url.includes('/options')).pop();
    return (await fetch(url, { method: 'POST', body, credentials: 'same-origin' })).status; })()";

async fn sign_in(window: &mut Window) {
    window.goto("/enter?lang=en").await;
    window.value(LISTEN).await;
    // What was sent is kept beyond the page that it leads to.
    window
        .value(
            "addEventListener('pagehide', () => \
             sessionStorage.sent = JSON.stringify(window.sent))",
        )
        .await;
    window.click("[data-passkey-enter] button").await;
    window.wait("location.pathname === '/t/me' && document.readyState === 'complete'").await;
}

#[tokio::test]
async fn a_shops_day_from_the_passkey_to_the_bank() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::demo(&data);
    let market = Market::of(&data);
    let api = Api::new(served.address());
    let (shop, operator) = (&market.shops[0], &market.operators[1]);
    let rules = json!({ "staff_session_min": 720, "own_session_min": 576_000, "idle_min": 15,
        "sign_from": { "JPY": BOUND } });
    let set = api.post(&operator.key, "/v1/access-rules", "rules", &rules).unwrap();
    assert!(set.is_done(), "{set:?}");

    // Browsers have passkeys for names, not for numbers.
    let origin = served.address().replace("127.0.0.1", "localhost");
    let chromium = Chromium::launch().await;
    let staff = format!("/t/{}/staff?lang=en", shop.code);
    let mut owner = chromium.open(&origin, &staff, WIDTH).await;
    owner.fill("#name", "Hana Takahashi").await;
    owner.choose("#duty", "manager").await;
    owner.click("form[action*='/staff?'] button").await;
    owner.wait_for("#invitation").await;
    let invitation = owner.text("#invitation").await;
    owner.shoot("staff-invited").await;
    owner.is_well().await;

    let link = format!("/enter/{}?lang=en", invitation.trim());
    let mut till = chromium.open(&origin, &link, WIDTH).await;
    till.passkeys().await;
    till.click("form[action^='/enter/'] button").await;
    till.wait("location.pathname === '/me'").await;
    till.fill("#label", "Till at the door").await;
    till.click("[data-passkey-add] button").await;
    till.wait("location.search.includes('done=added')").await;
    assert!(till.text("#main").await.contains("Till at the door"));
    till.shoot("devices").await;
    for (dark, width) in [(false, 390), (true, 390), (true, WIDTH)] {
        till.dark(dark).await;
        till.resize(width).await;
        till.shoot(&format!("devices-{width}-{dark}")).await;
        till.is_well().await;
    }
    till.dark(false).await;
    till.resize(WIDTH).await;
    let stolen = till.cookie("sid").await.expect("a session is a cookie");
    till.click("form[action^='/leave'] button").await;
    till.wait("location.pathname === '/enter'").await;
    // Whoever has the cookie of a session that was ended is sent to the door.
    for (cookie, to) in [(stolen, "/enter"), (String::from("x"), "/enter")] {
        let told = api.page_with("/t/me/staff?lang=en", &format!("sid={cookie}")).unwrap();
        assert_eq!(told.0, 303, "{}", told.1);
        assert!(told.1.starts_with(to), "{}", told.1);
    }

    sign_in(&mut till).await;
    assert_eq!(till.value(REPLAY).await, Value::from(409), "an answer is taken once");
    till.forgive("409");
    let sold = sale(&chromium, &origin, &market, &mut till).await;
    refund(&mut till, &sold).await;

    let given = given_back(&api, &operator.key).await;
    assert_eq!((&given["name"], &given["duty"]), (&json!("Hana Takahashi"), &json!("manager")));
    assert_eq!((&given["signed"], &given["object"]), (&json!(true), &json!(sold)));
    till.goto("/t/me/trail?lang=en").await;
    let page = till.text("#main").await;
    assert!(page.contains("Gave money back") && page.contains("Signed"), "{page}");
    till.shoot("trail").await;
    till.is_well().await;
    for window in [owner, till] {
        window.close().await;
    }
    chromium.close().await;
    payout::day_ends(&api, &origin, &market, folder.path()).await;
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");
    is_calm(&said);
}

/// The row of the refund, as soon as lists have it.
async fn given_back(api: &Api, key: &str) -> Value {
    for _ in 0..100 {
        let trail = api.get(key, "/v1/trail?limit=5").unwrap();
        let done = trail.body["done"].as_array().cloned().unwrap_or_default();
        if let Some(given) = done.into_iter().find(|it| it["command"] == "RefundPayment") {
            return given;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nobody gave anything back");
}

/// A customer shows the code of their phone and the till charges it: the payment.
async fn sale(chromium: &Chromium, origin: &str, market: &Market, till: &mut Window) -> String {
    let path = format!("/w/{}/code?lang=en", market.visitors[0].code);
    let mut phone = chromium.open(origin, &path, 390).await;
    phone.click("form[data-enrol] button").await;
    let digits = "document.querySelector('[data-digits]').innerText";
    phone.wait(&format!("{digits}.length > 20")).await;
    let code = phone.value(digits).await;
    till.front().await;
    till.fill("#amount", &SOLD.to_string()).await;
    till.click("#till form[action*='/request'] button").await;
    till.wait_for("#till form[action*='/cancel']").await;
    till.fill("#customer-code", code.as_str().unwrap()).await;
    till.click("#till form[data-charge] button").await;
    till.wait_for("#till form[action*='/refund'], #till a[href*='/refund']").await;
    // The phone says so too, on the page that showed the code.
    phone.front().await;
    phone.wait_for("#phone [data-state=paid]").await;
    assert!(phone.text("#phone").await.contains("4,600 JPY"));
    phone.shoot("code-paid").await;
    phone.is_well().await;
    phone.close().await;
    till.front().await;
    let refund = "document.querySelector('#till [name=payment]')?.value
        ?? new URL(document.querySelector('#till a[href*=\"/refund\"]').href).searchParams.get('payment')";
    till.value(refund).await.as_str().unwrap().to_owned()
}

/// Gives some of it back: above the bound the person signs what is shown.
async fn refund(till: &mut Window, payment: &str) {
    till.goto(&format!("/t/me/refund?payment={payment}&lang=en")).await;
    // First as a form without a signature: it is not done.
    let plain = "(async () => { const form = new URLSearchParams(new FormData(
        document.querySelector('#till-refund'))); form.set('amount', '3200'); form.set('ask', '');
        const told = await fetch(document.querySelector('#till-refund').action,
          { method: 'POST', body: form, credentials: 'same-origin' });
        return await told.text(); })()";
    let told = till.value(plain).await;
    assert!(told.as_str().unwrap().contains("sign_needed"), "{told}");
    till.fill("#amount", "3200").await;
    till.click("#till-refund button").await;
    till.wait_for("#till-refund[data-sign]").await;
    till.shoot("refund-to-sign").await;
    till.click("#till-refund[data-sign] button").await;
    till.wait("!document.querySelector('#till-refund')").await;
    let shown = till.text("#till").await;
    assert!(shown.contains("3,200"), "{shown}");
}
