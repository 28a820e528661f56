//! A till's page beside asking for money: payments opened and given back in parts, the switch,
//! tonight's bank file.

use kernel::Role;
use serde_json::json;

use crate::bank_files::sold;
use crate::desk::{Pages, code, field};

/// The path of the shop's till.
async fn till(pages: &Pages) -> String {
    let app = &pages.app;
    let code = code(app, &app.jp, &app.shop, Role::Merchant).await;
    format!("/t/{code}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_of_the_day_is_opened_and_given_back_in_parts_that_are_confirmed() {
    let pages = Pages::over_both().await;
    let base = till(&pages).await;
    let paid = pages.app.paid(3_200).await;
    let id = paid["id"].as_str().unwrap();
    let open = format!("{base}/pay/{id}");
    let today = pages.until(&format!("{base}/today?lang=en"), &open).await;
    assert!(today.contains("Paid, 1 payment<"), "{today}");
    let face = pages.page(&format!("{open}?lang=en")).await;
    assert!(face.contains("from a yuan wallet") && face.contains("class=\"result\""), "{face}");

    let refund = format!("{base}/refund?lang=en");
    let give_back = async |amount: &str| {
        let form = pages.page(&format!("{base}/refund?payment={id}&lang=en")).await;
        let key = field(&form, "key");
        let asked = [("payment", id), ("amount", amount), ("key", &key), ("ask", "1")];
        let sure = pages.post(&refund, &asked).await;
        let nothing = pages.page(&format!("{base}/refund?payment={id}&lang=en")).await;
        assert_eq!(field(&nothing, "key"), key, "asking gives nothing back");
        (sure, key)
    };
    for (amount, left) in [("1,000", "2,200 JPY can still"), ("2,200", "0 JPY can still")] {
        let (sure, key) = give_back(amount).await;
        assert!(sure.contains(&format!("Refund {amount} JPY")) && sure.contains(left), "{sure}");
        assert!(!sure.contains("name=\"ask\""), "{sure}");
        let confirmed = [("payment", id), ("amount", amount), ("key", key.as_str())];
        let done = pages.post(&refund, &confirmed).await;
        assert!(done.contains("class=\"result"), "{done}");
    }
    let whole = pages.page(&format!("{open}?lang=en")).await;
    assert_eq!(whole.matches("Refunded, ").count(), 2, "each part stands there: {whole}");
    assert!(whole.contains("−1,000 JPY") && whole.contains("−2,200 JPY"), "{whole}");
    assert!(!whole.contains("/refund?payment="), "nothing is left to give back: {whole}");
    let view = pages.app.get(&pages.app.shop.key, &format!("/v1/payments/{id}")).await.expect(200);
    assert_eq!(view["refunded"]["amount"], 3_200, "{view}");

    // More than there is says so where it was typed, and a payment of another shop is not found.
    let more = pages.app.paid(500).await;
    let id = more["id"].as_str().unwrap();
    pages.until(&format!("{base}/today?lang=en"), id).await;
    let form = pages.page(&format!("{base}/refund?payment={id}&lang=en")).await;
    assert!(form.contains("All of it: 500 JPY"), "{form}");
    let key = field(&form, "key");
    let asked = [("payment", id), ("amount", "501"), ("key", key.as_str()), ("ask", "1")];
    let refused = pages.post(&refund, &asked).await;
    assert!(refused.contains("refund_exceeds_rest") && refused.contains("value=\"501\""));
    let strange = pages.page(&format!("{base}/pay/pay_01JBM4S8TQ5ZK8NW5204581253?lang=en")).await;
    assert!(strange.contains("payment_not_found"), "{strange}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_closes_its_store_and_hears_why_staff_paused_it() {
    let pages = Pages::over_both().await;
    let (app, base) = (&pages.app, till(&pages).await);
    let card = pages.page(&format!("{base}?lang=en")).await;
    assert!(card.contains("Takes payments") && card.contains("Close for now"), "{card}");
    assert!(card.contains(&format!("href=\"/poster/{}?lang=en\"", app.store)), "{card}");
    let press = async |open: &str| {
        let (_, card) = pages
            .page(&format!("{base}?lang=en"))
            .await
            .split_once("id=\"shop\"")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let fields = [("open", open), ("key", &field(&card, "key"))];
        pages.post(&format!("{base}/open?lang=en"), &fields).await
    };
    let ask = async || {
        let page = pages.page(&format!("{base}?lang=en")).await;
        let (_, form) = page.split_once("id=\"till-request\"").unwrap();
        let fields = [("amount", "900"), ("key", &field(form, "key"))];
        pages.post(&format!("{base}/request?lang=en"), &fields).await
    };
    let closed = press("0").await;
    assert!(closed.contains("Closed for now") && closed.contains("Take payments again"));
    let refused = ask().await;
    assert!(refused.contains("store_paused"), "{refused}");
    assert!(refused.contains("Open the store again"), "the shop is told what it can do: {refused}");
    assert!(press("1").await.contains("Takes payments"));
    let unread = press("perhaps").await;
    assert!(unread.contains("text_unfit") && unread.contains("Takes payments"), "{unread}");

    let path = format!("/v1/merchants/{}/review", app.merchant);
    let paused = json!({"decision": "pause", "reason": "complaints", "account": 0});
    app.post(&app.bank_jp.key, &path, &paused).await.expect(200);
    let card = pages.page(&format!("{base}?lang=en")).await;
    assert!(card.contains("Customers have complained.") && card.contains("refunds work"), "{card}");
    let refused = ask().await;
    assert!(refused.contains("merchant_paused") && refused.contains("Ask the operator"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tonights_file_stands_beside_the_till_and_its_sum_is_right() {
    let pages = Pages::over_both().await;
    let (app, base) = (&pages.app, till(&pages).await);
    sold(app, 10_000).await;
    let path = format!("/v1/merchants/{}/tonight", app.merchant);
    let known = app.get(&app.shop.key, &path).await.expect(200);
    let out = known["goes_out"]["amount"].as_u64().unwrap();
    assert!(out > 9_000, "{known}");
    let written = format!("{},{:03} JPY", out / 1_000, out % 1_000);
    let card = pages.until(&format!("{base}/tonight?lang=en"), &written).await;
    assert!(card.contains("飛騨信組") && card.contains("ending 4174"), "{card}");
    assert!(card.contains("Closes at") && !card.contains("1234174"), "{card}");
    // A shop that staff paused gets nothing, and is told why.
    let path = format!("/v1/merchants/{}/review", app.merchant);
    let paused = json!({"decision": "pause", "reason": "law", "account": 0});
    app.post(&app.bank_jp.key, &path, &paused).await.expect(200);
    let card = pages.until(&format!("{base}/tonight?lang=ja"), "停止しています").await;
    assert!(card.contains("今夜の振込はありません") && card.contains(">0<"), "{card}");
}
