//! A visitor's day: two operators join as partners on their pages; the visitor of one pays at the poster
//! of the other's shop, sees the whole price before, and is given a part back; then the shop's
//! operator suspends the partner, and the visitor is told so.

use e2e::browser::Window;
use serde_json::json;

use crate::acts::{self, PAID, PAY};
use crate::place::{Place, two_apart};
use crate::two::{BANK, SHOP, Scene, refund};

const WIDTH: u32 = 1280;

/// The form of the page that does something, for the partner of a number.
fn form(act: &str, partner: &str) -> String {
    let of = match partner {
        "" => ":not(:has([name=partner]))".to_owned(),
        number => format!(":has([name=partner][value='{number}'])"),
    };
    format!("#main form:has([name=act][value={act}]){of}")
}

async fn done(page: &Window, act: &str) {
    page.wait(&format!(
        "location.search.includes('done={act}') && document.readyState === 'complete'"
    ))
    .await;
}

/// The operator's page of partners, opened by its sign-in code, and the key that it makes there.
async fn opened(scene: &Scene, of: &Place) -> (Window, String) {
    let path = format!("/o/{}/partners?lang=en", of.code);
    let mut page = match of.name {
        "cn" => scene.at_cn(&path, WIDTH).await,
        _ => scene.at_jp(&path, WIDTH).await,
    };
    assert!(page.text("#main").await.contains("No partners yet"));
    page.shoot(&format!("partners-{}-empty", of.name)).await;
    page.is_well().await;
    if page.count("#ownkey").await == 0 {
        page.click(&format!("{} button", form("make", ""))).await;
        done(&page, "make").await;
    }
    let key = page.text("#ownkey").await;
    assert!(key.starts_with(&format!("epk_{}_", of.name)), "{key}");
    (page, key)
}

/// Agrees with the other operator, and believes its key.
async fn joined(page: &mut Window, other: (&Place, u16, &str), way: &str, key: &str) {
    page.front().await;
    let (place, number, wallet) = other;
    let url = format!("http://127.0.0.1:{}", place.port);
    let number = number.to_string();
    for (field, text) in [
        ("#pwallet", wallet),
        ("#pname", place.name),
        ("#pnumber", &number),
        ("#purl", &url),
        ("#psource", "contract of 20 November 2026, §4"),
    ] {
        page.fill(field, text).await;
    }
    page.choose(&format!("#p{way}"), "JPY").await;
    page.click(&format!("{} button", form("set", ""))).await;
    done(page, "set").await;
    assert!(page.text("#main").await.contains("Key missing"));
    page.fill(&format!("#ptrust{number}"), key).await;
    page.click(&format!("{} button", form("trust", &number))).await;
    done(page, "trust").await;
    page.is_well().await;
}

async fn says(phone: &Window, words: &str) {
    phone.wait(&format!("document.querySelector('#phone').innerText.includes({words:?})")).await;
}

#[tokio::test]
async fn a_visitor_of_one_operator_pays_at_the_poster_of_anothers_shop() {
    let home = tempfile::tempdir().unwrap();
    let (mut cn, mut jp) = two_apart(home.path(), BANK);
    cn.start();
    jp.start();
    let mut scene = Scene::of(home, cn, jp).await;
    let (mut at_cn, key_of_cn) = opened(&scene, &scene.cn).await;
    let (mut at_jp, key_of_jp) = opened(&scene, &scene.jp).await;
    joined(&mut at_jp, (&scene.cn, 1, "Yuanlu Pay"), "pays_here", &key_of_cn).await;
    joined(&mut at_cn, (&scene.jp, 2, "Enishi Japan"), "paid_there", &key_of_jp).await;
    let operator = scene.jp.operator.clone();
    let prefund =
        json!({ "amount": { "amount": 5_000_000, "currency": "JPY" }, "reference": "P-1" });
    scene.jp.made(&operator, "/v1/links/0/nostro-top-ups", prefund);
    scene.cn.link_until("prefunded", |link| link["mirror"]["balance"]["amount"] == 5_000_000);

    // The poster of jp's shop names the partner's wallet; its photo is paid from cn's wallet.
    let (mut till, shop, photo) = scene.signed_up("en").await;
    let poster = scene.at_jp(&format!("{}?lang=en", shop.poster), WIDTH).await;
    assert!(poster.text("#main, body").await.contains("Yuanlu Pay"));
    poster.shoot("partners-poster").await;
    poster.close().await;
    let (mut phone, ..) = scene.opened_wallet("en").await;
    acts::scan(&mut phone, "/w/me", "en", &photo).await;
    acts::amount(&mut phone, "3200").await;
    let price = phone.text("#phone").await;
    for words in [SHOP.name, "3,200", "CNY", "At the mid rate", "Fee"] {
        assert!(price.contains(words), "{words}: {price}");
    }
    phone.shoot("partners-price").await;
    acts::confirm(&mut phone).await;
    phone.shoot("partners-paid").await;
    phone.is_well().await;

    // The till asks, too: it turns green and names the wallet that paid.
    till.front().await;
    acts::keys(&mut till, &["1", "2", "00"]).await;
    till.click("#till-request button").await;
    till.wait_for("#till .qr svg").await;
    till.click("details.code-text summary").await;
    let code = till.text("details.code-text .code").await;
    phone.front().await;
    phone.goto("/w/me/scan?lang=en").await;
    phone.fill("#code", &code).await;
    phone.click("form:has(#code) button").await;
    phone.wait_for(PAY).await;
    acts::confirm(&mut phone).await;
    till.front().await;
    till.wait("document.querySelector('#till')?.innerText.includes('Yuanlu Pay')").await;
    till.wait_for("#till .result h2").await;
    till.shoot("partners-till-paid").await;
    let today = till.text("#today").await;
    assert!(today.contains("Yuanlu Pay"), "{today}");
    till.is_well().await;

    scene.settled();
    let sales = scene.sales();
    let newest = sales.iter().find(|sale| sale["captured"]["amount"] == 1_200);
    let sale = newest.unwrap()["id"].as_str().unwrap().to_owned();
    refund(&mut till, &mut phone, &sale).await;
    says(&phone, "400 JPY was refunded").await;
    phone.shoot("partners-refunded").await;
    scene.settled();

    // Both operators see how it goes, and that they have the same day.
    let paths = [&scene.jp, &scene.cn].map(|of| format!("/o/{}/partners?lang=en", of.code));
    let both =
        [(&mut at_jp, &paths[0], "It holds with us"), (&mut at_cn, &paths[1], "We hold with it")];
    for (mark, (page, path, left)) in both.into_iter().enumerate() {
        page.front().await;
        page.goto(path).await;
        let shown = page.text("#main").await;
        for words in ["Working", left, "4,996,000 JPY"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        for (dark, width) in [(false, 500), (true, WIDTH), (false, WIDTH)] {
            page.dark(dark).await;
            page.resize(width).await;
            page.shoot(&format!("partners-{mark}-{width}-{dark}")).await;
        }
        page.is_well().await;
        let day = page
            .value("document.querySelector('#main a[href*=\"/partners/\"]').getAttribute('href')");
        let day = day.await.as_str().unwrap().to_owned();
        page.goto(&day).await;
        assert!(page.text("#main").await.contains("Both books have the same"));
        page.shoot(&format!("partners-day-{mark}")).await;
        page.is_well().await;
    }
    suspended(&mut at_jp, &paths[0], &mut phone, &photo).await;
    for window in [at_cn, at_jp, phone, till] {
        window.close().await;
    }
    scene.settled();
    assert_eq!(scene.cn.link()["mirror"]["balance"], scene.jp.link()["nostro"]["balance"]);
    scene.close().await;
}

/// Suspends the visitor's operator; the visitor is told what it is, and pays again after it ended.
async fn suspended(at_jp: &mut Window, path: &str, phone: &mut Window, photo: &std::path::Path) {
    at_jp.front().await;
    at_jp.goto(path).await;
    let suspend = form("suspend", "1");
    at_jp.click("details:has(#pnote1) summary").await;
    at_jp.fill("#pnote1", "a look at its books").await;
    at_jp.click(&format!("{suspend} button")).await;
    done(at_jp, "suspend").await;
    let shown = at_jp.text("#main").await;
    assert!(shown.contains("Suspended") && shown.contains("a look at its books"), "{shown}");
    at_jp.shoot("partners-suspended").await;
    at_jp.is_well().await;

    acts::scan(phone, "/w/me", "en", photo).await;
    says(phone, "takes no payments from your wallet").await;
    phone.shoot("partners-visitor-suspended").await;

    at_jp.front().await;
    let resume = form("resume", "1");
    at_jp.click("details:has(#pnote1) summary").await;
    at_jp.fill("#pnote1", "all is well").await;
    at_jp.click(&format!("{resume} button")).await;
    done(at_jp, "resume").await;
    acts::scan(phone, "/w/me", "en", photo).await;
    acts::amount(phone, "500").await;
    acts::confirm(phone).await;
    phone.wait(PAID).await;
}
