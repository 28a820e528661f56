//! The evening: one person of the operator makes the bank file, another approves it, the bank pays it
//! and sends a transfer back, and its statement says so.

use std::path::{Path, PathBuf};

use e2e::api::Api;
use e2e::browser::{Chromium, Window};
use e2e::served::Market;
use iso20022::{
    AccountId, Balance, BankCode, Detail, Entry, ReturnReason, StatementHead, StatementVersion,
    StatementWriter, Text,
};
use kernel::{Currency, Money};
use serde_json::{Value, json};

use crate::WIDTH;

/// From how many yen on a file needs a second person.
const ALONE: u64 = 1_000;

/// Pays the shop, has its bank send the money back, and reads that in the statement.
pub async fn day_ends(api: &Api, origin: &str, market: &Market, folder: &Path) {
    let operator = &market.operators[1];
    let rules = json!({"currency": "JPY", "approval_above": ALONE, "source": "the board"});
    let set = api.post(&operator.key, "/v1/payout-rules", "rules", &rules).unwrap();
    assert!(set.is_done(), "{set:?}");
    let chromium = Chromium::launch().await;
    let board = |part: &str| format!("/o/{}/{part}?lang=en", operator.code);
    let mut first = chromium.open(origin, &board("bank-files"), WIDTH).await;
    let mut second = invited(&chromium, origin, &board("staff"), &mut first).await;

    first.front().await;
    first.goto(&board("bank-files")).await;
    first.click("#builds form button").await;
    first.wait_for("#made tbody tr a").await;
    first.click("#made tbody tr:first-child a").await;
    first.wait("location.pathname.includes('/bank-files/')").await;
    let main = first.text("#main").await;
    assert!(main.contains("ask somebody else to approve it"), "{main}");
    assert_eq!(first.count("a[download]").await, 0, "not to be had before it is approved");
    assert_eq!(first.count("a[href*='step=approve']").await, 0, "not by who made it");
    first.shoot("file-waits").await;
    let file = first.value("location.pathname.split('/').pop()").await;
    let file = file.as_str().unwrap().to_owned();

    second.front().await;
    second.goto(&format!("/o/me/bank-files/{file}?lang=en")).await;
    second.click("a[href*='step=approve']").await;
    second.wait_for("main form[data-sign]").await;
    // Above the bound the person signs what is shown: as a form alone it is not done.
    let plain = "(async () => { const form = document.querySelector('main form[data-sign]');
        const told = await fetch(form.action, { method: 'POST', credentials: 'same-origin',
          body: new URLSearchParams(new FormData(form)) });
        return await told.text(); })()";
    let told = second.value(plain).await;
    assert!(told.as_str().unwrap().contains("sign_needed"), "{told}");
    second.forgive("403");
    second.click("main form button").await;
    second.wait("location.search.includes('done=approved')").await;
    second.shoot("file-approved").await;
    second.is_well().await;
    first.front().await;
    first.goto(&format!("/o/{}/bank-files/{file}?lang=en", operator.code)).await;
    first.wait_for("a[download]").await;

    let paid = api.get(&operator.key, &format!("/v1/bank-files/{file}")).unwrap().body;
    let total = paid["total"]["amount"].as_u64().unwrap();
    let statement = statement(folder, &file, total);
    first.goto(&board("bank")).await;
    first.upload("#f-statement", &statement).await;
    first.click("form[enctype] button").await;
    first.wait("location.search.includes('taken=2')").await;
    let page = first.text("#main").await;
    assert!(page.contains("A payout returned"), "{page}");
    assert!(first.value("location.search.includes('open=0')").await == json!(true), "{page}");
    for (dark, width) in [(false, 390), (true, 390), (true, WIDTH), (false, WIDTH)] {
        first.dark(dark).await;
        first.resize(width).await;
        first.shoot(&format!("bank-{width}-{dark}")).await;
        first.is_well().await;
    }
    shop_is_told(api, market).await;
    for window in [first, second] {
        window.close().await;
    }
    chromium.close().await;
}

/// A second person, with a passkey of their own.
async fn invited(chromium: &Chromium, origin: &str, staff: &str, first: &mut Window) -> Window {
    first.goto(staff).await;
    first.fill("#name", "Ken Mori").await;
    first.choose("#duty", "approver").await;
    first.click("form[action*='/staff?'] button").await;
    first.wait_for("#invitation").await;
    let link = format!("/enter/{}?lang=en", first.text("#invitation").await.trim());
    let mut second = chromium.open(origin, &link, WIDTH).await;
    second.passkeys().await;
    second.click("form[action^='/enter/'] button").await;
    second.wait("location.pathname === '/me'").await;
    second.fill("#label", "Ken's phone").await;
    second.click("[data-passkey-add] button").await;
    second.wait("location.search.includes('done=added')").await;
    second
}

fn text<const MOST: usize>(from: &str) -> Text<MOST> {
    Text::try_new(from).unwrap()
}

/// What the bank says the next morning: it paid the file, and the shop's bank sent the money back.
fn statement(folder: &Path, file: &str, total: u64) -> PathBuf {
    let day = jiff::civil::date(2026, 12, 1);
    let head = StatementHead {
        id: text("STATEMENT-1"),
        account: AccountId::Other(text("7654321")),
        currency: Currency::JPY,
        opening: Balance { minor: 1_000_000, day },
        closing: Balance { minor: 1_000_000, day },
    };
    let created = day.at(5, 0, 0, 0);
    let version = StatementVersion::V09;
    let mut writer = StatementWriter::begin(version, created, &head, Vec::new()).unwrap();
    let paid = Detail { message: Some(text(file)), ..Detail::default() };
    let reason = ReturnReason { code: Some(text("AC04")), info: None };
    let came_back = Detail {
        end_to_end: Some(text(&format!("{file}-0000"))),
        returned: Some(reason),
        ..Detail::default()
    };
    for (ordinal, is_credit, detail) in [(1, false, paid), (2, true, came_back)] {
        let entry = Entry {
            ordinal,
            amount: Money::new(total, Currency::JPY),
            is_credit,
            is_reversal: false,
            is_booked: true,
            booked_on: Some(day),
            value_on: None,
            reference: Some(text(&format!("R{ordinal}"))),
            code: BankCode::default(),
            details: vec![detail],
            info: None,
        };
        writer.entry(&entry).unwrap();
    }
    let path = folder.join("statement.xml");
    std::fs::write(&path, writer.finish().unwrap()).unwrap();
    path
}

/// The shop has its money back, and knows why.
async fn shop_is_told(api: &Api, market: &Market) {
    let shop = &market.shops[0];
    for _ in 0..100 {
        let path = format!("/v1/merchants/{}/payouts", shop.merchant);
        let payouts = api.get(&shop.key, &path).unwrap().body;
        let newest: &Value = &payouts["payouts"][0];
        if newest["return_reason"] == "AC04" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the shop is not told");
}
