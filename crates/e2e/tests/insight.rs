//! Two simulated years: written, audited, told in a report that needs nothing else, and looked at
//! on the operator's page. Pictures stay in `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::path::Path;

use e2e::api::Api;
use e2e::binary::run;
use e2e::browser::{Chromium, Window};
use e2e::served::{Market, Served, is_calm};
use serde_json::Value;

const LANGUAGES: [&str; 3] = ["zh-CN", "ja", "en"];
const WIDTHS: [u32; 2] = [1280, 390];

/// Some payments of two years, with seed 7.
fn simulated(home: &Path) -> Value {
    let asked = ["simulate", "--data", "data", "--seed", "7", "--payments", "1500", "--json"];
    let ran = run(home, &asked);
    serde_json::from_str(ran.succeeds()).unwrap()
}

/// Both columns are there, three charts and the map, and each picture has its table.
async fn is_whole(window: &Window, seed: &str) {
    window.wait_for("#heads-title").await;
    assert!(window.text("main").await.contains(seed));
    let rows = "document.querySelectorAll('[aria-labelledby=heads-title] tbody tr').length";
    assert_eq!(window.value(rows).await, Value::from(5));
    assert_eq!(window.count("svg.chart[aria-label]").await, 4);
    assert_eq!(window.count("svg.map path[data-prefecture]").await, 47);
    // Months, prefectures and trades; of few payments not every place has some.
    assert!(window.count("details table tbody tr").await > 12 + 20 + 6);
    assert!(window.text("main").await.contains("China Daily"));
    window.is_well().await;
}

#[tokio::test]
async fn two_simulated_years_are_told_in_a_report_and_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let told = simulated(home);
    assert!(told["payments"].as_u64().unwrap() > 1_200, "{told}");
    run(home, &["audit", "--data", "data"]).succeeds();
    run(home, &["simulate", "--data", "data"]).refuses(&["has cells already", "--data"]);
    let chromium = Chromium::launch().await;
    for lang in LANGUAGES {
        let file = format!("report.{lang}.html");
        run(home, &["report", "--data", "data", "--out", &file, "--lang", lang]).succeeds();
        let text = std::fs::read_to_string(home.join(&file)).unwrap();
        assert!(!text.contains("<script") && !text.contains(" src=\"http"), "{lang}");
        for width in WIDTHS {
            let path = home.join(&file).display().to_string();
            let window = chromium.open("file://", &path, width).await;
            is_whole(&window, "7").await;
            window.shoot(&format!("report-{lang}-{width}")).await;
            window.close().await;
        }
    }
    let early = ["report", "--data", "data", "--from", "2026-10", "--to", "2026-09"];
    run(home, &early).refuses(&["before the first"]);
    on_the_page(home, &chromium).await;
    chromium.close().await;
}

/// The same on the page of a demonstration that was opened on the folder.
async fn on_the_page(home: &Path, chromium: &Chromium) {
    let data = home.join("data");
    let served = Served::demo(&data);
    let base = format!("/o/{}/insight", Market::of(&data).operators[1].code);
    let api = Api::new(served.address());
    for lang in LANGUAGES {
        let page = api.page(&format!("{base}?lang={lang}")).unwrap();
        assert!(page.len() <= 100_000, "{lang}: {} bytes", page.len());
        for width in WIDTHS {
            let path = format!("{base}?lang={lang}");
            let window = chromium.open(served.address(), &path, width).await;
            is_whole(&window, "7").await;
            window.shoot(&format!("insight-{lang}-{width}")).await;
            if lang == "zh-CN" {
                window.dark(true).await;
                window.shoot(&format!("insight-{lang}-{width}-dark")).await;
            }
            window.close().await;
        }
    }
    let mut window = chromium.open(served.address(), "/?lang=en", 1280).await;
    window.click("main a[href*='/insight']").await;
    window.wait_for("select[name=prefecture]").await;
    window.choose("select[name=prefecture]", "13").await;
    window.click("form.days button").await;
    window.wait("location.search.includes('prefecture=13')").await;
    assert!(window.text("#insight-sales + p").await.contains("Tokyo"));
    let file =
        "document.querySelector('a[href*=\"insight.csv?by=prefecture\"]').getAttribute('href')";
    let file = window.value(file).await;
    let csv = api.page(file.as_str().unwrap()).unwrap();
    assert_eq!(csv.lines().count(), 2, "Tokyo alone: {csv}");
    window.is_well().await;
    window.close().await;
    let (status, said) = served.stop();
    assert!(status.success(), "{said}");
    is_calm(&said);
}
