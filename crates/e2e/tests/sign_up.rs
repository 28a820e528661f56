//! A shop signs up in a real browser on a phone-sized window, with a slip that it mends on the way;
//! then its poster, and its till in a second tab. Pictures stay in `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use e2e::browser::{Chromium, Window};
use e2e::served::{Served, is_calm};

const SEND: &str = "form[data-signup] button[type=submit]";

/// What is typed, but for the account number.
const TYPED: [(&str, &str); 8] = [
    ("name", "そば処 山ぼうし"),
    ("latin_name", "Yamaboshi Soba"),
    ("category", "restaurant"),
    ("prefecture", "21"),
    ("city", "Takayama"),
    ("bank", "2476"),
    ("branch", "001"),
    ("holder", "ソバドコロ ヤマボウシ"),
];

/// Types into a field and leaves it.
async fn fill(window: &Window, field: &str, text: &str) {
    let typed = format!(
        "(() => {{ const it = document.getElementById({field:?}); it.focus(); it.value = {text:?};
           for (const kind of ['input', 'change'])
             it.dispatchEvent(new Event(kind, {{ bubbles: true }})); }})()"
    );
    window.value(&typed).await;
}

/// Signs up, and returns the code that is shown this once.
async fn sign_up(window: &mut Window, lang: &str, short: &str, name: &str) -> String {
    window.goto(&format!("/sign-up?lang={lang}")).await;
    window.shoot(&format!("{name}-1-form")).await;
    for (field, text) in TYPED {
        fill(window, field, text).await;
    }
    window.wait("document.getElementById('branch-note').innerText.includes('本店')").await;
    window.wait("document.getElementById('holder-note').innerText.includes('ﾔﾏﾎﾞｳｼ')").await;
    assert_eq!(window.text("#poster-name").await, "そば処 山ぼうし");
    // Six digits: told before it is sent, and again when it is.
    fill(window, "account", short).await;
    window.wait("document.querySelector('#account[aria-invalid=true]')").await;
    let padded = format!("0{short}");
    assert!(window.text("#account-note").await.contains(&padded));
    window.is_well().await;
    window.click(SEND).await;
    window.wait("document.activeElement?.id === 'mend'").await;
    assert!(window.text("#mend").await.contains(&padded));
    window.shoot(&format!("{name}-2-mend")).await;
    window.click("#mend a").await;
    window.wait("location.hash === '#account'").await;
    fill(window, "account", &padded).await;
    window.wait("document.querySelector('#account:not([aria-invalid])')").await;
    window.click(SEND).await;
    window.wait_for("#sign-in-code").await;
    window.shoot(&format!("{name}-3-open")).await;
    let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(window.value(over).await, 0, "the page is wider than the screen");
    window.text("#sign-in-code").await
}

/// Has the shop paid to another account, after a slip, on the till's page.
async fn change_account(till: &mut Window, name: &str) {
    assert!(till.text("[aria-labelledby=account-now]").await.contains("本店営業部"));
    for (field, text) in [("bank", "2476"), ("branch", "002"), ("holder", "ヤマボウシ")] {
        fill(till, field, text).await;
    }
    till.wait("document.getElementById('branch-note').innerText.includes('古川')").await;
    fill(till, "kind", "current").await;
    fill(till, "account", "5678").await;
    till.click(SEND).await;
    till.wait("document.activeElement?.id === 'mend'").await;
    fill(till, "account", "0005678").await;
    till.click(SEND).await;
    till.wait_for("#account-sure").await;
    let sure = till.text("[aria-labelledby=account-sure]").await;
    assert!(
        sure.contains("本店営業部") && sure.contains("古川") && sure.contains("0005678"),
        "{sure}"
    );
    for is_dark in [false, true] {
        till.dark(is_dark).await;
        till.shoot(&format!("{name}-6-sure{}", if is_dark { "-dark" } else { "" })).await;
    }
    till.dark(false).await;
    till.click("form[data-sign] button").await;
    till.wait("location.search.includes('done=1')").await;
    let now = till.text("[aria-labelledby=account-now]").await;
    assert!(now.contains("古川") && now.contains("5678") && !now.contains("0005678"), "{now}");
    for is_dark in [false, true] {
        till.dark(is_dark).await;
        till.shoot(&format!("{name}-6-account{}", if is_dark { "-dark" } else { "" })).await;
    }
    till.dark(false).await;
    let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(till.value(over).await, 0, "the page is wider than the screen");
}

#[tokio::test]
async fn a_shop_signs_up_on_a_phone_and_its_till_opens_in_a_second_tab() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::demo(&folder.path().join("data"));
    let chromium = Chromium::launch().await;
    for (lang, short) in [("zh-CN", "044171"), ("ja", "044172"), ("en", "044173")] {
        let mut window = chromium.open(served.address(), "/healthz", 390).await;
        let name = format!("sign-up-{lang}-390");
        let code = sign_up(&mut window, lang, short, &name).await;
        assert!(code.starts_with("jp-"), "{code}");

        let mut till =
            chromium.open(served.address(), &format!("/t/{code}?lang={lang}"), 390).await;
        let shown = till.text("body").await;
        assert!(shown.contains("そば処 山ぼうし"), "{shown}");
        till.is_well().await;
        till.shoot(&format!("{name}-5-till")).await;
        // A window of its own: its console tells of the slip, and the till's is to be calm.
        let path = format!("/t/{code}/account?lang={lang}");
        let mut account = chromium.open(served.address(), &path, 390).await;
        change_account(&mut account, &name).await;
        account.close().await;

        window.front().await;
        let number = window.text("dl.kv dd").await;
        window.click("a[href^='/poster/']").await;
        window.wait_for("main.leaves .qr svg").await;
        let poster = window.text("main.leaves").await;
        for words in ["扫码付款", "Scan to pay", "そば処 山ぼうし", &number] {
            assert!(poster.contains(words), "no {words:?} on the poster: {poster}");
        }
        window.shoot(&format!("{name}-4-poster")).await;
        if lang == "en" {
            till.front().await;
            looks(&mut till, &window.value("location.pathname").await).await;
        }
        till.close().await;
        window.close().await;
    }
    chromium.close().await;
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");
    is_calm(&said);
}

/// Pictures to look at beside the design's.
async fn looks(window: &mut Window, poster: &serde_json::Value) {
    for is_dark in [false, true] {
        window.dark(is_dark).await;
        for width in [390, 1280] {
            window.resize(width).await;
            let shade = if is_dark { "dark" } else { "light" };
            window.goto("/sign-up?lang=en").await;
            window.is_well().await;
            window.shoot(&format!("sign-up-en-{width}-{shade}")).await;
            window.goto(&format!("{}?lang=en", poster.as_str().unwrap())).await;
            window.is_well().await;
            window.shoot(&format!("poster-en-{width}-{shade}")).await;
        }
    }
}
