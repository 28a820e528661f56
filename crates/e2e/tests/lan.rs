//! `demo --lan`: a phone on the same network opens a wallet over plain HTTP and pays by photo.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use e2e::browser::Chromium;
use e2e::served::{Market, Served, is_calm};

#[tokio::test]
async fn a_phone_opens_the_wallet_that_the_terminal_draws() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::begin_demo(&data, &["--lan"]);
    let Some(network) = served.await_line("On this network: ") else {
        // Nobody could open it, and whoever started it is told so.
        assert!(served.said().contains("this machine is in no network"), "{}", served.said());
        return;
    };
    let wallet =
        served.await_line("Scan it with your phone's camera: it opens a visitor's wallet, ");
    let wallet = wallet.unwrap();
    assert!(served.await_line("Warning: no TLS.").is_some());
    let market = Market::of(&data);
    let path = wallet.strip_prefix(&network).unwrap();
    assert_eq!(path, format!("/w/{}", market.visitors[0].code));

    let chromium = Chromium::launch().await;
    let mut phone = chromium.open(&network, &format!("{path}?lang=en"), 390).await;
    phone.wait_for("#phone").await;
    assert_eq!(phone.value("window.isSecureContext").await, false);
    phone.goto(&format!("{path}/scan?lang=en")).await;
    phone.wait("document.querySelector('#camera-why:not([hidden])')").await;
    let why = phone.text("#camera-why").await;
    assert!(why.contains("plain HTTP") && why.contains("photo"), "{why}");
    phone.wait_for("form[data-photo]:not([hidden]) input[type=file]").await;
    phone.shoot("lan-scan-en-390").await;
    // What needs encryption is not tried, so nothing fails; one header the browser puts aside.
    for error in phone.errors() {
        assert!(
            error.starts_with("The Cross-Origin-Opener-Policy header has been ignored"),
            "{error}"
        );
    }
    phone.close().await;
    chromium.close().await;
    is_calm(&served.stop().1);
}
