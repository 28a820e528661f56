//! A payment that staff look at, on its payer's phone: it waits and says so, goes on with one tap once
//! it is released, and is somebody else's business never.

use kernel::Role;
use serde_json::json;

use crate::desk::{Pages, code};
use crate::desk_anew::{PAID, asked, hears, phone, press, sheet, source};
use crate::limits::looks;

/// A payment of 2,000 yen that was sent to the staff: the phone as it is then, where it is fetched
/// anew, and the case.
async fn stopped(pages: &Pages, base: &str) -> (String, String, String) {
    pages.app.paid(100).await;
    looks(&pages.app, "review").await;
    let sheet = sheet(pages, base, &asked(pages, 2_000).await, None).await;
    let face = press(pages, base, &sheet).await;
    assert!(face.contains("The operator looks at this payment"), "{face}");
    assert!(face.contains("Nothing was taken") && !face.contains(PAID), "{face}");
    let at = source(&face, "phone");
    let case = at.split_once("case=").unwrap().1.split('&').next().unwrap().to_owned();
    (face, at, case)
}

/// Sends the form by which the phone asks the price of what was released.
async fn priced(pages: &Pages, base: &str, face: &str) -> String {
    let form = face.split_once("data-retry-ms").unwrap().1;
    let code = crate::desk::field(form, "code");
    sheet(pages, base, &code, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_released_is_paid_with_one_tap_and_once() {
    let pages = Pages::over_both().await;
    let base = phone(&pages).await;
    let (face, at, case) = stopped(&pages, &base).await;
    assert!(face.contains("data-on=\"reviewed\"") && face.contains("data-again-ms"), "{face}");
    let again = pages.part(&at).await;
    assert!(again.contains("If nobody has decided by"), "{again}");
    // Who comes back to the first page of the wallet finds it there.
    let first = pages.page(&format!("{base}?lang=en")).await;
    assert!(first.contains(&format!("?case={case}")) && first.contains("2,000 JPY"), "{first}");
    // It is nothing to another wallet.
    let app = &pages.app;
    let other = code(app, &app.jp, &app.resident, Role::Traveller).await;
    let theirs = pages.part(&format!("/w/{other}/phone?case={case}&lang=en")).await;
    assert!(theirs.contains("100,000") && !theirs.contains("looks at this"), "{theirs}");

    let mut events = pages.events(&base).await;
    let release = format!("/v1/cases/{case}/release");
    app.post(&app.bank_cn.key, &release, &json!({})).await.expect(200);
    hears(&mut events, "reviewed").await;
    let face = pages.part(&at).await;
    for words in ["Released: pay now", "up to 2,000 JPY", "data-retry-ms=\"200\""] {
        assert!(face.contains(words), "no {words} in {face}");
    }
    // Looking at it took nothing, and no price was asked by looking.
    let before = app.cn.durable();
    pages.part(&at).await;
    assert_eq!(app.cn.durable(), before);
    let sheet = priced(&pages, &base, &face).await;
    assert!(sheet.contains("85.0"), "{sheet}");
    let paid = press(&pages, &base, &sheet).await;
    assert!(paid.contains(PAID), "{paid}");
    // It was for one payment.
    let over = pages.part(&at).await;
    assert!(!over.contains("Released") && !over.contains("data-retry-ms"), "{over}");
    let code = asked(&pages, 1_900).await;
    let sheet = crate::desk_anew::sheet(&pages, &base, &code, None).await;
    let next = press(&pages, &base, &sheet).await;
    assert!(next.contains("The operator looks at this payment"), "{next}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_outlives_the_process_and_a_no_says_why() {
    let pages = Pages::over_both().await;
    let base = phone(&pages).await;
    let (_, at, case) = stopped(&pages, &base).await;
    let pages = pages.anew().await;
    let app = &pages.app;
    let release = format!("/v1/cases/{case}/release");
    app.post(&app.bank_cn.key, &release, &json!({})).await.expect(200);
    // The page that stands open has the code; a new one says what may be paid, and until when.
    let open = pages.part(&at).await;
    assert!(open.contains("data-retry-ms"), "{open}");
    let fresh = pages.page(&format!("{base}?case={case}&lang=en")).await;
    assert!(fresh.contains("up to 2,000 JPY") && fresh.contains("/scan?lang=en"), "{fresh}");
    assert!(!fresh.contains("data-retry-ms"), "{fresh}");
    let paid = press(&pages, &base, &priced(&pages, &base, &open).await).await;
    assert!(paid.contains(PAID), "{paid}");

    let sheet = sheet(&pages, &base, &asked(&pages, 1_200).await, None).await;
    let at = source(&press(&pages, &base, &sheet).await, "phone");
    let case = at.split_once("case=").unwrap().1.split('&').next().unwrap();
    let no = json!({"reason": "The shop does not know of this sale."});
    app.post(&app.bank_cn.key, &format!("/v1/cases/{case}/reject"), &no).await.expect(200);
    let face = pages.part(&at).await;
    for words in ["did not release", "The shop does not know of this sale.", "Nothing was taken"] {
        assert!(face.contains(words), "no {words} in {face}");
    }
}
