//! Deep links of referrers: what they open, whom they bring, and what comes of it.

use axum::body::Body;
use axum::http::Request;
use kernel::Role;
use serde_json::{Value, json};

use crate::app::{Answer, App, own_form, person};
use crate::board::{Scene, code_of};
use crate::desk::{Pages, code, text};
use crate::sign_up::pages;

/// A referrer in the payer's cell: its key, and its merchant.
pub async fn guide(app: &App) -> (String, String) {
    let owner = person(&app.cn, Role::Merchant).await;
    let site = app.edge.cells().named("cn").unwrap();
    site.stream.reached(app.cn.durable()).await;
    let merchant = json!({"name": "Fuji Guide", "currency": "CNY"});
    let made = app.post(&owner.key, "/v1/merchants", &merchant).await.expect(201);
    let merchant = made["id"].as_str().unwrap().to_owned();
    let terms = json!({"word": "fuji-guide", "ppm": 200_000, "days": 90,
        "opens": ["/open", "/w/"], "source": "contract 9"});
    let path = format!("/v1/merchants/{merchant}/referrer");
    app.change(&app.cn, &app.bank_cn.key, &path, &terms).await;
    (owner.key, merchant)
}

async fn follow(app: &App, path: &str) -> Answer {
    app.send_to(&pages(app), Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_opens_what_its_terms_name_and_nothing_else() {
    let app = App::start().await;
    guide(&app).await;
    let good = follow(&app, "/ja/from/fuji-guide?to=/open%3Fx=1").await;
    assert_eq!(good.status, 303);
    assert_eq!(good.header("location"), Some("/open?x=1&lang=ja"));
    let cookie = good.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("from=fuji-guide; Path=/;") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    for to in
        ["//evil.example", "/%5Cevil.example", "https://evil.example/", "/o/me", "/opened", "open"]
    {
        let told = follow(&app, &format!("/en/from/fuji-guide?to={to}")).await;
        assert!(told.status.is_client_error(), "{to}: {}", told.status);
        assert_eq!(told.header("location"), None, "{to}");
        assert_eq!(told.header("set-cookie"), None, "{to}");
    }
    assert_eq!(follow(&app, "/en/from/nobody?to=/open").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_brought_is_told_and_its_referrer_sees_what_it_earned() {
    let app = App::start().await;
    let (owner, merchant) = guide(&app).await;
    let path = format!("/v1/wallets/{}/referral", app.wallet);
    let none = app.get(&app.li_wei.key, &path).await.expect(200);
    assert!(none.get("name").is_none(), "{none}");
    let begin = json!({"referrer": "fuji-guide"});
    let strange = app.post(&app.other_traveller.key, &path, &begin).await;
    assert_eq!(strange.problem(), (404, "wallet_not_found".into()));
    let told = app.post(&app.li_wei.key, &path, &begin).await.expect(200);
    assert_eq!((&told["name"], &told["ppm"]), (&json!("Fuji Guide"), &json!(200_000)));
    let paid = app.paid(3_200).await;
    assert_eq!(paid["status"], "captured");
    let position = app.cn.durable();
    let earned = format!("/v1/merchants/{merchant}/earned?at_least=cn:{position}");
    let balance = app.get(&owner, &format!("/v1/merchants/{merchant}")).await.expect(200);
    assert_eq!(balance["balance"], json!({"amount": 13, "currency": "CNY"}));
    if app.edge.lists().is_some() {
        let days = app.get(&owner, &earned).await.expect(200);
        let day = &days["days"][0];
        assert_eq!(day["payments"], 1);
        assert!(day["day"].as_str().unwrap().starts_with("20"), "{day}");
        assert_eq!((&day["earned"]["amount"], &day["given"]["amount"]), (&json!(68), &json!(13)));
    }
    let end = format!("{path}/end");
    app.post(&app.li_wei.key, &end, &json!({})).await.expect(200);
    let again = app.post(&app.li_wei.key, &end, &json!({})).await;
    assert_eq!(again.problem(), (409, "not_referred".into()));
    app.paid(3_200).await;
    let after: Value = app.get(&owner, &format!("/v1/merchants/{merchant}")).await.expect(200);
    assert_eq!(after["balance"], balance["balance"], "the holder pays for nobody any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_who_gets_what_and_lets_go() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let (owner, _) = guide(app).await;
    // Who brings visitors and has no till begins with what came of it.
    let me = app.get(&owner, "/v1/me").await.expect(200);
    let party = me["party"].as_str().unwrap().parse().unwrap();
    let window = format!("/t/{}", code_of(app, &app.cn, party, Role::Merchant).await.reveal());
    let first = pages.get(&format!("{window}?lang=en"), "").await;
    assert_eq!(first.status, 303);
    assert_eq!(first.header("location"), Some(format!("{window}/brought?lang=en").as_str()));
    let (shown, none) = ("from=fuji-guide", "");
    let open = pages.get("/open?lang=en", shown).await;
    let open = String::from_utf8(open.bytes).unwrap();
    assert!(open.contains("Fuji Guide brought you. It gets 20 % of our fee for 90 days"), "{open}");
    let plain = String::from_utf8(pages.get("/open?lang=en", none).await.bytes).unwrap();
    assert!(!plain.contains("brought you"), "{plain}");
    let token = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let me = format!("/w/{token}/me?lang=en");
    let offered = String::from_utf8(pages.get(&me, shown).await.bytes).unwrap();
    assert!(offered.contains("All right"), "{offered}");
    let send = async |act: &str| {
        let request = Request::post(format!("/w/{token}/from?lang=en"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", shown);
        let body = Body::from(format!("act={act}"));
        assert_eq!(pages.send(request.body(body).unwrap()).await.status, 303);
    };
    send("begin").await;
    let brought = String::from_utf8(pages.get(&me, none).await.bytes).unwrap();
    assert!(
        brought.contains("Who brought you") && brought.contains("you pay the same"),
        "{brought}"
    );
    send("end").await;
    let gone = String::from_utf8(pages.get(&me, none).await.bytes).unwrap();
    assert!(!gone.contains("Who brought you"), "{gone}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referrer_without_a_store_sees_its_link_and_what_came_of_it() {
    let scene = Scene::open().await;
    let app = &scene.app;
    let (owner, merchant) = guide(app).await;
    let me = app.get(&owner, "/v1/me").await.expect(200);
    let party = me["party"].as_str().unwrap().parse().unwrap();
    let code = code_of(app, &app.cn, party, Role::Merchant).await.reveal();
    let own = format!("/t/{code}/brought");
    let page = async || text(&scene.get(&format!("{own}?lang=en")).await);
    scene.catch_up();
    let empty = page().await;
    for words in ["Fuji Guide", "Nothing came yet", "/en/from/fuji-guide?to=/open", "<svg"] {
        assert!(empty.contains(words), "{words}: {empty}");
    }
    assert!(empty.contains("20 % of our fee, for 90 days"), "{empty}");
    let begin = json!({"referrer": "fuji-guide"});
    let path = format!("/v1/wallets/{}/referral", app.wallet);
    app.post(&app.li_wei.key, &path, &begin).await.expect(200);
    app.paid(3_200).await;
    scene.catch_up();
    let shown = page().await;
    for words in ["0.13 CNY", "0.68 CNY", "By month"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("Li Wei") && !shown.contains(&app.wallet.to_string()), "{shown}");
    let file = text(&scene.get(&format!("{own}.csv")).await);
    let row = file.lines().nth(1).unwrap();
    assert!(
        row.starts_with("Fuji Guide,20") && row.ends_with(",CNY,1,0.68,0.13,0.00,0.13"),
        "{file}"
    );
    // Who brings nobody is told how to begin, and sees nothing of others.
    let shop = code_of(app, &app.jp, app.shop.party, Role::Merchant).await.reveal();
    let none = text(&scene.get(&format!("/t/{shop}/brought?lang=en")).await);
    assert!(none.contains("You have no link yet") && !none.contains("Fuji"), "{none}");
    operators_list(&scene, &merchant).await;
}

async fn operators_list(scene: &Scene, merchant: &str) {
    let app = &scene.app;
    let code = code_of(app, &app.cn, app.bank_cn.party, Role::Operator).await.reveal();
    let at = format!("/o/{code}/referrers?lang=en");
    let list = text(&scene.get(&at).await);
    for words in ["Fuji Guide", "0.13 CNY", "fuji-guide", merchant] {
        assert!(list.contains(words), "{words}: {list}");
    }
    let send = async |changed: (&str, &str)| {
        let fields = [
            ("merchant", merchant),
            ("word", "fuji-guide"),
            ("share", "10"),
            ("days", "30"),
            ("from", ""),
            ("source", "annex+2"),
            ("keeps", "1"),
        ];
        let of =
            |(name, value)| format!("{name}={}", if changed.0 == name { changed.1 } else { value });
        let body = fields.map(of).join("&");
        let request = own_form(&at).header("content-type", "application/x-www-form-urlencoded");
        let body = Body::from(format!("key={}&cell=cn&{body}", app.new_key()));
        app.send_to(&scene.router, request.body(body).unwrap()).await
    };
    for (field, value, code) in [
        ("merchant", "sto_1", "referrer_merchant_unfit"),
        ("word", "Fuji", "referrer_word_unfit"),
        ("share", "a+lot", "referrer_share_unfit"),
        ("days", "0", "referrer_days_unfit"),
        ("from", "soon", "referrer_from_unfit"),
    ] {
        let refused = send((field, value)).await;
        assert_eq!(refused.status, 422, "{code}");
        assert!(text(&refused).contains(code), "{code}: {}", text(&refused));
    }
    let done = send(("", "")).await;
    assert_eq!(done.status, 303, "{}", text(&done));
    assert!(done.header("location").unwrap().contains("done=waits"));
    let waiting = app.get(&app.bank_cn.key, "/v1/proposals").await.expect(200);
    assert_eq!(waiting["proposals"].as_array().unwrap().len(), 1, "{waiting}");
}
