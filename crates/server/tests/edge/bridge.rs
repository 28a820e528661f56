//! The scene: a visitor's yuan wallet pays a yen till, and a part comes back.

use std::time::Duration;

use crate::app::App;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yuan_wallet_pays_a_yen_till_and_gets_a_part_back() {
    let app = App::start().await;
    let requested = app.request(3_200).await;
    assert_eq!(requested["status"], "requested");
    assert_eq!(requested["amount"], json!({"amount": 3200, "currency": "JPY"}));
    let code = requested["code"].as_str().unwrap();
    assert!(code.starts_with("000201010212"), "{code}");

    let looked = app.post(&app.li_wei.key, "/v1/codes/look", &json!({"code": code})).await;
    assert!(looked.header("enishi-position").unwrap().starts_with("jp:"));
    let looked = looked.expect(200);
    assert_eq!(looked["payee"]["name"], "そば処 山ぼうし");
    assert_eq!(looked["payee"]["latin_name"], "Yamaboshi Soba");
    assert_eq!(looked["amount"], json!({"amount": 3200, "currency": "JPY"}));
    assert_eq!(looked["presentation"], "dynamic");

    let quote = app.quote(&requested["code"]).await;
    assert_eq!(quote["payment"], requested["id"]);
    assert_eq!(quote["price"]["principal"], json!({"amount": 13538, "currency": "CNY"}));
    assert_eq!(quote["price"]["spread"], json!({"amount": 68, "currency": "CNY"}));
    assert_eq!(quote["price"]["total"], json!({"amount": 13606, "currency": "CNY"}));
    assert_eq!(quote["rate"]["store"], "175.68");
    assert_eq!(quote["rate"]["wallet"], "7.4326");
    assert_eq!(quote["rate"]["date"], "2026-10-30");

    let paid = app.confirm(&quote).await;
    assert_eq!(paid["status"], "captured", "{paid}");
    assert_eq!(paid["captured"]["amount"], 3200);
    assert!(paid.get("merchant_fee").is_none(), "the payer is not told the merchant's fee");

    let wallet = app.get(&app.li_wei.key, &format!("/v1/wallets/{}", app.wallet)).await;
    let wallet = wallet.expect(200);
    assert_eq!(wallet["balance"]["amount"], 500_000 - 13_606);
    assert_eq!(wallet["held"]["amount"], 0);
    let merchant = app.get(&app.shop.key, &format!("/v1/merchants/{}", app.merchant)).await;
    assert_eq!(merchant.expect(200)["balance"]["amount"], 3_200 - 51);

    let path = format!("/v1/payments/{}/refunds", requested["id"].as_str().unwrap());
    let part = json!({"amount": {"amount": 1000, "currency": "JPY"}});
    let refund = app.post(&app.shop.key, &path, &part).await.expect(201);
    assert_eq!(refund["payment"]["status"], "partly_refunded");
    assert_eq!(refund["payment"]["merchant_fee"]["amount"], 51);
    assert!(refund["payment"].get("price").is_none(), "the shop is not told the yuan");
    let path = format!("/v1/payments/{}", requested["id"].as_str().unwrap());
    for _ in 0..500 {
        let payer = app.get(&app.li_wei.key, &path).await.expect(200);
        if payer["status"] == "partly_refunded" {
            assert_eq!(payer["price"]["returned"]["amount"], 4_230 + 21);
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the refund did not reach the wallet");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printed_code_is_paid_with_a_typed_amount() {
    let app = App::start().await;
    let path = format!("/v1/stores/{}/code", app.store);
    let code = app.get(&app.shop.key, &path).await.expect(200);
    assert!(code["code"].as_str().unwrap().starts_with("000201010211"));
    let svg = app.get(&app.shop.key, code["svg"].as_str().unwrap()).await;
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert!(svg.bytes.starts_with(b"<svg"));
    let open = json!({"wallet": app.wallet.to_string(), "code": code["code"]});
    let refused = app.post(&app.li_wei.key, "/v1/quotes", &open).await;
    assert_eq!(refused.problem(), (422, "amount_missing".into()));
    let mut offer = open.clone();
    offer["amount"] = json!({"amount": 900, "currency": "JPY"});
    let quote = app.post(&app.li_wei.key, "/v1/quotes", &offer).await.expect(201);
    assert_eq!(app.confirm(&quote).await["status"], "captured");
    // The same amount to the same store a moment later asks for a second yes.
    let quote = app.post(&app.li_wei.key, "/v1/quotes", &offer).await.expect(201);
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let refused = app.post(&app.li_wei.key, &path, &json!({})).await;
    assert_eq!(refused.problem(), (409, "confirm_again".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_payer_types_must_be_an_amount_of_the_stores_currency() {
    let app = App::start().await;
    let path = format!("/v1/stores/{}/code", app.store);
    let code = app.get(&app.shop.key, &path).await.expect(200)["code"].take();
    let yen = |amount: serde_json::Value| json!({"amount": amount, "currency": "JPY"});
    let huge: serde_json::Value = serde_json::from_str("99999999999999999999999").unwrap();
    for (amount, status, word) in [
        (json!(null), 422, "amount_missing"),
        (yen(json!(0)), 422, "amount_must_not_be_zero"),
        (yen(json!(-5)), 422, "field_invalid"),
        (yen(json!(1.5)), 422, "field_invalid"),
        (yen(json!("1200")), 422, "field_invalid"),
        (yen(huge), 422, "field_invalid"),
        (yen(json!(u64::MAX)), 422, "amount_too_large"),
        (yen(json!((1_u64 << 53) + 1)), 422, "amount_too_large"),
        (json!({"amount": 1200, "currency": "CNY"}), 422, "currency_differs"),
        (json!({"amount": 1200}), 422, "field_invalid"),
    ] {
        for (key, wallet, path) in [
            (&app.li_wei.key, app.wallet, "/v1/quotes"),
            (&app.resident.key, app.yen_wallet, "/v1/payments/here"),
        ] {
            let body = json!({"wallet": wallet.to_string(), "code": code, "amount": amount});
            let told = app.post(key, path, &body).await.problem();
            assert_eq!(told, (status, word.to_owned()), "{path}: {amount}");
        }
    }
    let body = json!({"wallet": app.wallet.to_string(), "code": code, "amount": yen(json!(1))});
    let quote = app.post(&app.li_wei.key, "/v1/quotes", &body).await.expect(201);
    assert_eq!(quote["price"]["total"]["amount"], 4, "one yen is four fen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_and_a_phone_without_events_wait_for_the_outcome() {
    let app = App::start().await;
    let requested = app.request(3_200).await;
    let path = format!("/v1/payments/{}", requested["id"].as_str().unwrap());
    let wait = format!("{path}?wait=captured");
    // A till's payment is asked for before anybody has scanned it.
    let till = app.get(&app.shop.key, &wait);
    let phone = async {
        let quote = app.quote(&requested["code"]).await;
        let confirm = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
        let early = format!("{confirm}?wait=confirmed");
        let early = app.post(&app.li_wei.key, &early, &json!({})).await.expect(202);
        assert_eq!(early["status"], "confirmed");
        app.get(&app.li_wei.key, &wait).await.expect(200)
    };
    let (till, phone) = tokio::join!(till, phone);
    assert_eq!(till.expect(200)["status"], "captured");
    assert_eq!(phone["status"], "captured");
    // What has its outcome is answered at once; what can't be waited for is refused.
    let began = std::time::Instant::now();
    assert_eq!(app.get(&app.shop.key, &wait).await.expect(200)["status"], "captured");
    assert!(began.elapsed() < Duration::from_secs(5), "it waited for what had happened");
    let odd = app.get(&app.shop.key, &format!("{path}?wait=refunded")).await.problem();
    assert_eq!(odd, (400, "query_invalid".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_code_is_paid_at_the_second_attempt() {
    let app = App::start().await;
    let requested = app.request(3_200).await;
    let quote = app.quote(&requested["code"]).await;
    let pause = format!("/v1/stores/{}/pause", app.store);
    app.post(&app.shop.key, &pause, &json!({})).await.expect(200);
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let declined = app.post(&app.li_wei.key, &path, &json!({})).await.expect(200);
    assert_eq!(
        (&declined["status"], &declined["declined"]),
        (&json!("declined"), &json!("store_paused"))
    );
    let open = format!("/v1/stores/{}/open", app.store);
    app.post(&app.shop.key, &open, &json!({})).await.expect(200);

    // The same code, without a second yes: nothing was paid.
    let quote = app.quote(&requested["code"]).await;
    assert_eq!(quote["payment"], requested["id"]);
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let paid = app.post(&app.li_wei.key, &path, &json!({})).await.expect(200);
    assert_eq!((&paid["status"], &paid["id"]), (&json!("captured"), &requested["id"]));
    let wallet = app.get(&app.li_wei.key, &format!("/v1/wallets/{}", app.wallet)).await;
    assert_eq!(wallet.expect(200)["balance"]["amount"], 500_000 - 13_606, "paid once");
    let body = json!({"wallet": app.wallet.to_string(), "code": requested["code"]});
    let refused = app.post(&app.li_wei.key, "/v1/quotes", &body).await;
    assert_eq!(refused.problem(), (409, "payment_not_open".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_one_cell_there_is_no_quote() {
    let app = App::start().await;
    let requested = app.request(1_200).await;
    let offer = json!({"wallet": app.yen_wallet.to_string(), "code": requested["code"]});
    let refused = app.post(&app.resident.key, "/v1/quotes", &offer).await;
    assert_eq!(refused.problem(), (409, "quote_not_needed".into()));
    let once = app.new_key();
    let paid = app.post_once(&app.resident.key, "/v1/payments/here", &offer, &once).await;
    let paid = paid.expect(201);
    assert_eq!((&paid["status"], &paid["id"]), (&json!("captured"), &requested["id"]));
    let again = app.post_once(&app.resident.key, "/v1/payments/here", &offer, &once).await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));
    assert_eq!(again.expect(201), paid);
    // Another visitor who scans the same code is told that it is paid.
    let late = json!({"wallet": app.wallet.to_string(), "code": requested["code"]});
    let refused = app.post(&app.li_wei.key, "/v1/quotes", &late).await;
    assert_eq!(refused.problem(), (409, "payment_not_open".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_is_captured_in_parts_or_released() {
    let app = App::start().await;
    let body = json!({
        "store": app.store.to_string(),
        "amount": {"amount": 5000, "currency": "JPY"},
        "capture": "later",
    });
    let requested = app.post(&app.shop.key, "/v1/payments", &body).await.expect(201);
    let quote = app.quote(&requested["code"]).await;
    assert_eq!(app.confirm(&quote).await["status"], "authorized");
    let path = format!("/v1/payments/{}", requested["id"].as_str().unwrap());
    let part = json!({"amount": {"amount": 2000, "currency": "JPY"}});
    let parts = format!("{path}/captures");
    let once = app.new_key();
    let captured = app.post_once(&app.shop.key, &parts, &part, &once).await.expect(201);
    assert!(captured["id"].as_str().unwrap().starts_with("cap_"), "{captured}");
    assert_eq!(captured["amount"]["amount"], 2000);
    assert_eq!(
        (&captured["payment"]["status"], &captured["payment"]["captured"]["amount"]),
        (&json!("authorized"), &json!(2000))
    );
    let again = app.post_once(&app.shop.key, &parts, &part, &once).await;
    assert_eq!(
        (again.header("enishi-repeated"), again.expect(201)),
        (Some("true"), captured.clone())
    );
    // After 72 hours the key is forgotten, and the cell is asked anew: it knows the name.
    let command = pay::command::CapturePayment {
        id: captured["id"].as_str().unwrap().parse().unwrap(),
        payment: requested["id"].as_str().unwrap().parse().unwrap(),
        amount: 2_000,
        last: false,
    };
    let actor = kernel::Actor::of(app.shop.party.number, kernel::Role::Merchant);
    let command = economy::Command::Pay(command.into());
    let told = app.jp.submit(economy::Request { actor, fingerprint: None, command }).await;
    assert!(matches!(told, cell::Outcome::Done { index: None, .. }), "{told:?}");
    assert_eq!(app.get(&app.shop.key, &path).await.expect(200)["captured"]["amount"], 2000);
    let too_much = json!({"amount": {"amount": 3001, "currency": "JPY"}});
    let refused = app.post(&app.shop.key, &parts, &too_much).await;
    assert_eq!(refused.problem(), (422, "capture_exceeds_hold".into()));
    let rest = json!({"amount": {"amount": 1000, "currency": "JPY"}, "final": true});
    let captured = app.post(&app.shop.key, &parts, &rest).await.expect(201)["payment"].take();
    assert_eq!(
        (&captured["status"], &captured["captured"]["amount"]),
        (&json!("captured"), &json!(3000))
    );
    let refused = app.post(&app.shop.key, &format!("{path}/release"), &json!({})).await;
    assert_eq!(refused.problem(), (409, "payment_not_open".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payer_who_cancels_is_told_where_the_money_is() {
    let mut app = App::start().await;
    let body = json!({
        "store": app.store.to_string(),
        "amount": {"amount": 5000, "currency": "JPY"},
        "capture": "later",
    });
    let held = async |app: &App| {
        let requested = app.post(&app.shop.key, "/v1/payments", &body).await.expect(201);
        let quote = app.quote(&requested["code"]).await;
        let held = app.confirm(&quote).await;
        assert_eq!((&held["status"], &held["capture"]), (&json!("authorized"), &json!("later")));
        assert!(held.get("notice").is_none() && held.get("deadline").is_none(), "{held}");
        format!("/v1/payments/{}", requested["id"].as_str().unwrap())
    };
    let (back, silent) = (held(&app).await, held(&app).await);
    app.post(&app.li_wei.key, &format!("{back}/cancel"), &json!({})).await.expect(200);
    let mut now = json!({});
    for _ in 0..500 {
        now = app.get(&app.li_wei.key, &back).await.expect(200);
        if now["status"] == "released" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((&now["status"], &now["cancel_asked"]), (&json!("released"), &json!(true)), "{now}");
    assert!(now["notice"].as_str().unwrap().contains("back in the wallet"), "{now}");

    app.cut_the_corridor();
    let path = format!("{silent}/cancel");
    let asked = app.post(&app.li_wei.key, &path, &json!({})).await.expect(200);
    assert_eq!(asked, app.get(&app.li_wei.key, &silent).await.expect(200));
    let told = (&asked["status"], &asked["cancel_asked"], &asked["capture"]);
    assert_eq!(told, (&json!("authorized"), &json!(true), &json!("later")));
    assert!(asked["notice"].as_str().unwrap().contains("as soon as"), "{asked}");
    let shop = app.get(&app.shop.key, &silent).await.expect(200);
    assert!(shop.get("notice").is_none(), "the shop is told nothing of the payer's: {shop}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_other_side_is_silent_the_payment_is_in_doubt_and_the_money_safe() {
    let mut app = App::start().await;
    let requested = app.request(700).await;
    let quote = app.quote(&requested["code"]).await;
    app.cut_the_corridor();
    let path = format!("/v1/quotes/{}/confirm", quote["id"].as_str().unwrap());
    let began = std::time::Instant::now();
    let told = app.post(&app.li_wei.key, &path, &json!({})).await.expect(202);
    assert!(began.elapsed() >= Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(told["status"], "confirmed");
    assert!(told["notice"].as_str().unwrap().contains("Your money is safe"), "{told}");
    let wallet = app.get(&app.li_wei.key, &format!("/v1/wallets/{}", app.wallet)).await.expect(200);
    assert_eq!(wallet["balance"]["amount"], 500_000);
    assert_ne!(wallet["held"]["amount"], 0);
}
