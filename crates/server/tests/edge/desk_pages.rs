//! What stands on a wallet's pages beside paying: statement, file, receipt on paper, me.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Currency, Role};
use server::setup::{Founder, Shop};

use crate::app::derived::RealEvents;
use crate::app::{App, soba};
use crate::desk::{Pages, code, text};

/// The rows of a file, without its mark.
fn rows(file: &[u8]) -> Vec<Vec<String>> {
    let plain = file
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or_else(|| panic!("no mark: {}", String::from_utf8_lossy(file)));
    assert!(plain.ends_with(b"\r\n"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(plain);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statement_is_a_file_that_no_spreadsheet_runs() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let founder = Founder::new(&app.jp);
    let name = "=HYPERLINK(\"x\";\"y\")";
    let shop = Shop { merchant: "Evil", name, latin_name: Some("=1+1"), ..soba() };
    let (_, evil) = founder.open_shop("evil", app.shop.party, &shop).await.unwrap();
    let here = serde_json::json!({"wallet": app.yen_wallet.to_string(), "store": evil.to_string(),
        "amount": {"amount": 700, "currency": "JPY"}});
    app.post(&app.resident.key, "/v1/payments/here", &here).await.expect(201);
    let code = code(app, &app.jp, &app.resident, Role::Traveller).await;
    let base = format!("/w/{code}");
    pages.until(&format!("{base}/statement?lang=en"), "700").await;

    let page = pages.page(&format!("{base}/statement?lang=ja")).await;
    assert!(page.contains(&format!("href=\"{base}/statement.csv?lang=ja\"")), "{page}");
    let file = pages.get(&format!("{base}/statement.csv?lang=ja"), "").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename="));
    let of_page = rows(&file.bytes);
    let own = |word: &str| {
        let at = of_page[0].iter().position(|name| name == word).unwrap();
        of_page[1..].iter().map(|row| row[at].clone()).collect::<Vec<_>>()
    };
    assert_eq!(own("amount"), ["-700", "100000"]);
    assert_eq!(own("balance"), ["99300", "100000"]);
    assert_eq!(own("kind"), ["paid", "topped_up"]);
    assert_eq!(own("shop"), [format!("'{name}"), String::new()]);
    let english = pages.get(&format!("{base}/statement.csv?lang=en"), "").await;
    assert!(text(&english).contains(",'=1+1,"), "{}", text(&english));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_gives_the_same_file_to_the_same_holder() {
    let views = Arc::new(RealEvents::new());
    let lists = Arc::clone(&views);
    let app = App::build(|edge| edge.lists(lists)).await;
    app.paid(3_200).await;
    views.catch_up(&app);
    let path = format!("/v1/wallets/{}/statement.csv", app.wallet);
    let file = app.get(&app.li_wei.key, &path).await;
    assert_eq!(file.header("enishi-next"), None);
    let file = rows(&file.bytes);
    assert_eq!(file[1][3..7], ["paid", "-136.06", "4863.94", "CNY"], "{file:?}");
    // A shop of the other cell is a number to this one.
    assert_eq!(file[1][7..11], ["", &app.store.to_string(), "3200", "JPY"], "{file:?}");
    // Behind the newest group stands what was there before it.
    let mut cursor = [0; 16];
    cursor[..8].copy_from_slice(&app.cn.durable().to_be_bytes());
    let cursor = URL_SAFE_NO_PAD.encode(cursor);
    let rest = app.get(&app.li_wei.key, &format!("{path}?cursor={cursor}")).await;
    assert_eq!(rows(&rest.bytes)[1..], file[2..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_page_of_the_statement_stays_as_it_is() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let founder = Founder::new(&app.jp);
    let wallet = founder.open_wallet("many", app.resident.party, Currency::JPY, 90_000);
    let wallet = wallet.await.unwrap();
    for _ in 0..55 {
        let here = serde_json::json!({"wallet": wallet.to_string(), "again": true,
            "store": app.store.to_string(), "amount": {"amount": 10, "currency": "JPY"}});
        app.post(&app.resident.key, "/v1/payments/here", &here).await.expect(201);
    }
    let code = code(app, &app.jp, &app.resident, Role::Traveller).await;
    let base = format!("/w/{code}~{wallet}");
    let newest = pages.until(&format!("{base}/statement?lang=en"), "Older payments").await;
    assert!(newest.contains("Older payments") && !newest.contains("Newest payments"));
    let (_, rest) = newest.split_once(&format!("href=\"{base}/statement?before=")).unwrap();
    let before = rest.split('&').next().unwrap();
    let older = pages.page(&format!("{base}/statement?before={before}&lang=en")).await;
    assert!(older.contains("data-on=\"\"") && older.contains("Newest payments"), "{older}");
    assert!(older.contains(&format!("data-src=\"{base}/statement?before={before}&amp;lang=en\"")));
    let file = pages.get(&format!("{base}/statement.csv?before={before}&lang=en"), "").await;
    assert_eq!(rows(&file.bytes).len(), 1 + 6);
    let whole = pages.get(&format!("{base}/statement.csv?lang=en"), "").await;
    assert_eq!(rows(&whole.bytes).len(), 1 + 56);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_four_tabs_and_a_receipt_on_paper() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    app.name(&app.cn, &app.li_wei, "李伟").await;
    let code = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let cookie = format!("enishi_code={code}");
    for base in ["/w/me".to_owned(), format!("/w/{code}")] {
        for (path, word) in
            [("", "Wallet"), ("/scan", "Scan"), ("/statement", "Statement"), ("/me", "Me")]
        {
            let page = text(&pages.get(&format!("{base}{path}?lang=en"), &cookie).await);
            let (_, tabs) = page.split_once("<nav class=\"tabs\"").unwrap();
            assert_eq!(tabs.matches("aria-current=\"page\"").count(), 1, "{path}");
            let (_, current) = tabs.split_once("aria-current=\"page\"").unwrap();
            assert!(current.split_once("</a>").unwrap().0.ends_with(word), "{path}: {tabs}");
        }
        let me = text(&pages.get(&format!("{base}/me?lang=en"), &cookie).await);
        assert!(me.contains("李伟") && me.contains(&app.wallet.to_string()), "{me}");
        let ending = code.rsplit('-').next().unwrap();
        assert!(me.contains(&format!("cn-…-{ending}")), "{me}");
        let (kept, shown) = (base == "/w/me", me.contains("action=\"/leave?lang=en\""));
        assert_eq!(kept, shown, "only a device that is signed in signs out");
        assert_eq!(kept, !me.contains(&code), "the cookie's code stands on no page");
        assert!(me.contains(&format!("href=\"{base}/me?lang=ja\"")), "{me}");
    }
    let paid = app.paid(3_200).await;
    let path = format!("/w/{code}/pay/{}", paid["id"].as_str().unwrap());
    let receipt = pages.until(&format!("{path}?lang=en"), "Both books agree").await;
    assert!(receipt.contains(&format!("href=\"{path}?print=1&amp;lang=en\"")), "{receipt}");
    assert!(receipt.contains("Proof in the yen book"), "{receipt}");
    let paper = pages.page(&format!("{path}?print=1&lang=en")).await;
    assert!(paper.contains("136.06") && paper.contains("3,200") && paper.contains("李伟"));
    assert!(!paper.contains("id=\"statement\"") && !paper.contains("class=\"tabs\""), "{paper}");
}
