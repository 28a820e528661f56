//! Windows whose server was started anew: what a page shows is in its own addresses and in the
//! books, and what is pressed again is done once.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use kernel::id::Wallet;
use kernel::{Ref, Role};

use crate::app::Person;
use crate::charges;
use crate::desk::{Pages, code, field, shown};

/// The path of Li Wei's wallet.
pub async fn phone(pages: &Pages) -> String {
    let app = &pages.app;
    format!("/w/{}", code(app, &app.cn, &app.li_wei, Role::Traveller).await)
}

/// From where a part of a page is fetched.
#[track_caller]
pub fn source(page: &str, part: &str) -> String {
    let from = format!(" id=\"{part}\"");
    let (_, rest) = page.split_once(&from).unwrap_or_else(|| panic!("no {part}: {page}"));
    let (_, rest) = rest.split_once("data-src=\"").unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// Scans a code for a wallet; the sheet to confirm.
pub async fn sheet(pages: &Pages, base: &str, code: &str, typed: Option<&str>) -> String {
    let code = code.replace(' ', "+");
    let mut form = vec![("code", code.as_str())];
    form.extend(typed.map(|typed| ("amount", typed)));
    pages.post(&format!("{base}/scan?lang=en"), &form).await
}

/// The code of a new request of the shop.
pub async fn asked(pages: &Pages, yen: u64) -> String {
    pages.app.request(yen).await["code"].as_str().unwrap().to_owned()
}

/// Presses *Pay* on a sheet, with all that its form has.
pub async fn press(pages: &Pages, base: &str, sheet: &str) -> String {
    let form = sheet.split_once("data-while=\"live\"").unwrap().1;
    let form = form.split_once("</form>").unwrap().0;
    let mut fields = Vec::new();
    for name in ["quote", "key", "again", "code", "amount"] {
        if form.contains(&format!("name=\"{name}\"")) {
            fields.push((name, field(form, name).replace(' ', "+")));
        }
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    pages.post(&format!("{base}/pay?lang=en"), &fields).await
}

pub const PAID: &str = "data-state=\"paid\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_and_a_code_stay_where_they_are() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let base = phone(&pages).await;
    let till = format!("/t/{}", code(app, &app.jp, &app.shop, Role::Merchant).await);
    let confirm = sheet(&pages, &base, &asked(&pages, 3_200).await, None).await;
    let receipt = source(&press(&pages, &base, &confirm).await, "phone");
    let key = field(&pages.page(&format!("{till}?lang=en")).await, "key");
    let fields = [("amount", "1,200"), ("key", key.as_str())];
    let requested = pages.post(&format!("{till}/request?lang=en"), &fields).await;
    let (code, screen) = (shown(&requested), source(&requested, "till"));

    let pages = pages.anew().await;
    let part = pages.until(&receipt, PAID).await;
    assert!(part.contains("136.06") && part.contains("Receipt"), "{part}");
    assert_eq!(shown(&pages.until(&screen, "class=\"code\"").await), code);
    // The other way round: who is back at the balance or at the display stays there.
    let part = pages.until(&format!("{base}/phone?lang=en"), "4,863.94").await;
    assert_eq!(source(&part, "phone").split('?').next(), Some(&*format!("{base}/phone")));
    assert!(!source(&part, "phone").contains("of="), "{part}");
    pages.until(&format!("{till}/till?next=1&lang=en"), "id=\"till-request\"").await;
    pages.until(&screen, "id=\"till-request\"").await;
    // A payment of somebody else is nothing to this wallet.
    let others = pages.app.paid(700).await;
    let app = &pages.app;
    let other = crate::desk::code(app, &app.jp, &app.resident, Role::Traveller).await;
    let path = format!("/w/{other}/phone?of={}&lang=en", others["id"].as_str().unwrap());
    pages.until(&path, "100,000").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_is_followed_to_its_end() {
    let mut pages = Pages::over_both().await;
    let base = phone(&pages).await;
    let sheet = sheet(&pages, &base, &asked(&pages, 3_200).await, None).await;
    pages.app.cut_the_corridor();
    let under = press(&pages, &base, &sheet).await;
    assert!(under.contains("data-again-ms") && !under.contains(PAID), "{under}");
    let of = source(&under, "phone");

    let mut pages = pages.anew().await;
    for path in [of.as_str(), &format!("{base}?lang=en")] {
        let page = pages.until(path, "data-again-ms").await;
        assert_eq!(source(&page, "phone"), of, "{page}");
    }
    let mut events = pages.events(&base).await;
    pages.app.join_the_corridor();
    hears(&mut events, "posted").await;
    let paid = pages.until(&of, PAID).await;
    assert!(paid.contains("136.06"), "{paid}");
}

/// Waits until a page is told of a step.
pub async fn hears(events: &mut BodyDataStream, step: &str) {
    let told = async {
        while let Some(Ok(bytes)) = events.next().await {
            if String::from_utf8_lossy(&bytes).contains(&format!("\"{step}\"")) {
                return;
            }
        }
        panic!("the stream ended");
    };
    let told = tokio::time::timeout(Duration::from_secs(5), told).await;
    told.unwrap_or_else(|_| panic!("the page never hears of {step}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_before_a_page_listened_is_told_at_once() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let till = format!("/t/{}", code(app, &app.jp, &app.shop, Role::Merchant).await);
    let wallet = phone(&pages).await;
    let listens = |page: &str| {
        let (_, rest) = page.split_once("data-events=\"").unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    };
    let mut streams = Vec::new();
    for base in [till, wallet] {
        streams.push(listens(&pages.page(&format!("{base}?lang=en")).await));
    }
    app.paid(700).await;
    for stream in &streams {
        hears(&mut pages.listen(stream).await, "behind").await;
    }
}

type Holder<'a> = (&'a Person, Ref<Wallet>);

/// Shows a code on the page of a wallet, has the till charge it, and waits for the receipt there.
async fn charged_by_its_code(pages: &Pages, base: &str, (holder, wallet): Holder<'_>, paid: &str) {
    let app = &pages.app;
    let enrol = format!("/v1/wallets/{wallet}/phone");
    let phone = app.post(&holder.key, &enrol, &serde_json::json!({})).await.expect(201);
    let page = source(&pages.page(&format!("{base}/code?lang=en")).await, "phone");
    assert!(!pages.part(&page).await.contains(PAID), "nothing was paid yet");
    let mut events = pages.events(base).await;
    let charge = serde_json::json!({"store": app.store.to_string(),
        "customer_code": charges::shown(&phone, 0),
        "amount": {"amount": 3200, "currency": "JPY"}});
    app.post(&app.shop.key, "/v1/charges", &charge).await.expect(201);
    hears(&mut events, "asked").await;
    let receipt = pages.until(&page, PAID).await;
    assert!(receipt.contains(paid), "{receipt}");
    // The next code is for the next payment.
    let page = source(&pages.page(&format!("{base}/code?lang=en")).await, "phone");
    assert!(!pages.part(&page).await.contains(PAID), "shown again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_showed_a_code_shows_what_it_paid() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let base = phone(&pages).await;
    charged_by_its_code(&pages, &base, (&app.li_wei, app.wallet), "136.06").await;
    // And in the shop's own cell.
    let base = format!("/w/{}", code(app, &app.jp, &app.resident, Role::Traveller).await);
    charged_by_its_code(&pages, &base, (&app.resident, app.yen_wallet), "3,200").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_of_an_older_payment_is_there_when_it_is_told() {
    let pages = Pages::over_both().await;
    let base = phone(&pages).await;
    let paid = pages.app.paid(3_200).await;
    let id = paid["id"].as_str().unwrap();
    let pages = pages.anew().await;
    let receipt = format!("{base}/phone?of={id}&lang=en");
    pages.until(&receipt, PAID).await;
    for parts in 1..=5 {
        let mut events = pages.events(&base).await;
        let part = serde_json::json!({ "amount": { "amount": 100, "currency": "JPY" } });
        let path = format!("/v1/payments/{id}/refunds");
        pages.app.post(&pages.app.shop.key, &path, &part).await.expect(201);
        hears(&mut events, "booked").await;
        let shown = pages.part(&receipt).await;
        assert_eq!(shown.matches("tight stack-1 refund").count(), parts, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_is_pressed_again_and_paid_once() {
    let pages = Pages::over_both().await;
    let base = phone(&pages).await;
    let first = sheet(&pages, &base, &asked(&pages, 3_200).await, None).await;
    assert!(press(&pages, &base, &first).await.contains(PAID));
    let second = sheet(&pages, &base, &asked(&pages, 3_200).await, None).await;

    // Paid before; not yet paid, and asked whether it is meant as the wallet just paid the same.
    let pages = pages.anew().await;
    let balance = format!("{base}/phone?lang=en");
    assert!(press(&pages, &base, &first).await.contains(PAID));
    pages.until(&balance, "4,863.94").await;
    let asks = press(&pages, &base, &second).await;
    assert_eq!(field(&asks, "again"), "1", "{asks}");
    assert!(press(&pages, &base, &asks).await.contains(PAID));
    pages.until(&balance, "4,727.88").await;
    let none = [("quote", "quo_nothing"), ("key", "k")];
    let none = pages.post(&format!("{base}/pay?lang=en"), &none).await;
    assert!(none.contains("quote_expired"), "{none}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_inside_one_cell_is_pressed_again_and_paid_once() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let base = format!("/w/{}", code(app, &app.jp, &app.resident, Role::Traveller).await);
    let path = format!("/v1/stores/{}/code", app.store);
    let poster = app.get(&app.shop.key, &path).await.expect(200)["code"].clone();
    let poster = poster.as_str().unwrap();
    let paid = sheet(&pages, &base, &asked(&pages, 980).await, None).await;
    assert!(press(&pages, &base, &paid).await.contains(PAID));
    let of_till = sheet(&pages, &base, &asked(&pages, 2_000).await, None).await;
    let of_poster = sheet(&pages, &base, poster, Some("3,000")).await;
    let twice = sheet(&pages, &base, poster, Some("980")).await;

    let pages = pages.anew().await;
    let balance = format!("{base}/phone?lang=en");
    assert!(press(&pages, &base, &paid).await.contains(PAID));
    pages.until(&balance, "99,020").await;
    let asks = press(&pages, &base, &twice).await;
    assert_eq!(field(&asks, "again"), "1", "{asks}");
    assert!(press(&pages, &base, &asks).await.contains(PAID));
    pages.until(&balance, "98,040").await;
    for (sheet, left) in [(&of_till, "96,040"), (&of_poster, "93,040")] {
        // As often as an impatient thumb presses it.
        for _ in 0..2 {
            let receipt = press(&pages, &base, sheet).await;
            assert!(receipt.contains(PAID), "{receipt}");
            pages.until(&balance, left).await;
        }
    }
    // And once more after another start.
    let pages = pages.anew().await;
    assert!(press(&pages, &base, &of_poster).await.contains(PAID));
    pages.until(&format!("{base}/phone?lang=en"), "93,040").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_goes_on_asking_a_side_that_does_not_answer() {
    let pages = Pages::over_one("cn").await;
    let base = phone(&pages).await;
    let code = asked(&pages, 500).await;
    let away = sheet(&pages, &base, &code, Some("500")).await;
    assert!(away.contains("<code>corridor_unavailable</code>"), "{away}");
    assert!(away.contains("data-retry-ms=\"4000\"") && away.contains("asks again by itself"));
    let (_, form) = away.split_once("data-retry-ms").unwrap();
    assert_eq!((field(form, "code"), field(form, "amount")), (code, "500".to_owned()));
    let wrong = sheet(&pages, &base, "000201XX", None).await;
    assert!(wrong.contains("role=\"alert\"") && !wrong.contains("data-retry-ms"), "{wrong}");
}
