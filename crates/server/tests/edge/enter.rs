//! The door: a code opens a device, by form or by link, until it is ended.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::{Currency, Role, Timestamp};
use server::cells::{fresh, now};
use server::code::Code;
use server::front::{self, FrontConfig};

use crate::app::{Answer, App, own_form};

async fn served(app: &App) -> Router {
    let config = FrontConfig {
        edge: app.edge.clone(),
        cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
        payers: vec!["cn".into()],
        address: "http://localhost:1".into(),
    };
    server::app(app.edge.clone(), front::router(config))
}

async fn get(app: &App, router: &Router, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header("cookie", cookie);
    app.send_to(router, request.body(Body::empty()).unwrap()).await
}

async fn post(app: &App, router: &Router, path: &str, body: &str) -> Answer {
    let kind = "application/x-www-form-urlencoded";
    let request = own_form(path).header("content-type", kind);
    app.send_to(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

fn page(answer: &Answer) -> String {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("content-security-policy").unwrap().contains("form-action 'self'"));
    String::from_utf8(answer.bytes.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_typed_opens_the_page_of_its_holders_role() {
    let app = App::start().await;
    let router = served(&app).await;
    for (cell, person, role, to) in [
        (&app.cn, &app.li_wei, Role::Traveller, "/w/me?lang=en"),
        (&app.jp, &app.shop, Role::Merchant, "/t/me?lang=en"),
        (&app.jp, &app.bank_jp, Role::Operator, "/o/me?lang=en"),
    ] {
        let code = app.code(cell, person, role).await;
        let typed = code.reveal().to_lowercase().replace('-', "+");
        let entered = post(&app, &router, "/enter?lang=en", &format!("code={typed}")).await;
        assert_eq!((entered.status.as_u16(), entered.header("location")), (303, Some(to)));
        let cookie = entered.header("set-cookie").unwrap();
        assert!(cookie.starts_with(&format!("enishi_code={};", code.reveal())), "{cookie}");
        assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Secure"));

        let kept = cookie.split(';').next().unwrap();
        let door = page(&get(&app, &router, "/enter?lang=en", kept).await);
        assert!(door.contains("This device is signed in"), "{door}");
        assert!(door.contains(&format!("href=\"{to}\"")) && !door.contains(&code.reveal()));
    }
    let left = post(&app, &router, "/leave?lang=ja", "").await;
    assert_eq!(left.header("location"), Some("/enter?lang=ja"));
    assert!(left.header("set-cookie").unwrap().starts_with("enishi_code=; Path=/; Max-Age=0;"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_at_a_secret_link_signs_nobody_in() {
    let app = App::start().await;
    let router = served(&app).await;
    let code = app.code(&app.jp, &app.shop, Role::Merchant).await;
    let link = format!("/enter/{}?lang=en", code.reveal());
    let shown = get(&app, &router, &link, "").await;
    assert_eq!((shown.status.as_u16(), shown.header("set-cookie")), (200, None));
    let shown = page(&shown);
    assert!(shown.contains("a shop’s till") && shown.contains("method=\"post\""), "{shown}");
    let opened = post(&app, &router, &link, "").await;
    assert_eq!(opened.header("location"), Some("/t/me?lang=en"));
    assert!(opened.header("set-cookie").unwrap().contains(&code.reveal()));
    // Another site's page can't sign this browser in to a wallet of its choice.
    for path in [link.as_str(), "/enter?lang=en", "/leave?lang=en"] {
        let request = Request::post(path).header("sec-fetch-site", "cross-site");
        let body = Body::from(format!("code={}", code.reveal()));
        let foreign = app.send_to(&router, request.body(body).unwrap()).await;
        assert_eq!((foreign.status.as_u16(), foreign.header("set-cookie")), (403, None), "{path}");
        assert!(page(&foreign).contains("<code>sign_in_foreign</code>"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_a_code_is_given_another_by_the_operator() {
    let app = App::start().await;
    let router = served(&app).await;
    let bank = &app.bank_jp.key;
    let body = serde_json::json!({"party": app.shop.party.to_string(), "form": "code"});
    let issued = app.post_once(bank, "/v1/keys", &body, "k").await.expect(201);
    assert!(issued.get("key").is_none(), "{issued}");
    let form = format!("code={}", issued["code"].as_str().unwrap());
    let opened = post(&app, &router, "/enter?lang=en", &form).await;
    assert_eq!(opened.header("location"), Some("/t/me?lang=en"));
    let again = app.post_once(bank, "/v1/keys", &body, "k").await.expect(201);
    assert_eq!(again["id"], issued["id"]);
    assert!(again.get("code").is_none(), "a secret is told once");
    let path = format!("/v1/keys/{}", issued["id"].as_str().unwrap());
    app.method(bank, axum::http::Method::DELETE, &path).await.expect(200);
    let ended = post(&app, &router, "/enter?lang=en", &form).await;
    assert!(page(&ended).contains("<code>sign_in_ended</code>"));
    let odd = serde_json::json!({"party": app.shop.party.to_string(), "form": "cookie"});
    assert_eq!(app.post(bank, "/v1/keys", &odd).await.problem(), (422, "field_invalid".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_does_not_open_says_why() {
    let app = App::start().await;
    let router = served(&app).await;
    let (jp, party) = (&app.jp, app.shop.party);
    let ended = Code::generate("jp");
    let (key, old) = (fresh(), Code::generate("jp"));
    app.issue(jp, ended.issue(key, party, Role::Merchant)).await;
    let soon = Timestamp(now().0 + 200_000);
    let expires = Some(soon);
    let short = economy::IssueKey { expires, ..old.issue(fresh(), party, Role::Merchant) };
    app.issue(jp, short).await;
    let path = format!("/v1/keys/{key}");
    app.method(&app.bank_jp.key, axum::http::Method::DELETE, &path).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    for (typed, why) in [
        (ended.reveal(), "sign_in_ended"),
        (old.reveal(), "sign_in_expired"),
        (Code::generate("jp").reveal(), "sign_in_unknown"),
        // A code of the other cell, and of one that is not here.
        (ended.reveal().replacen("jp", "cn", 1), "sign_in_unknown"),
        (ended.reveal().replacen("jp", "us", 1), "sign_in_unknown"),
        ("jp-ABC".to_owned(), "sign_in_malformed"),
        ("%3Cscript%3E".to_owned(), "sign_in_malformed"),
        (String::new(), "sign_in_malformed"),
        ("x".repeat(3_000), "sign_in_malformed"),
    ] {
        for lang in ["zh-CN", "ja", "en"] {
            let path = format!("/enter?lang={lang}");
            let refused = post(&app, &router, &path, &format!("code={typed}")).await;
            assert_eq!((refused.status.as_u16(), refused.header("set-cookie")), (401, None));
            let said = page(&refused);
            assert!(said.contains(&format!("<code>{why}</code>")), "{typed} {why}: {said}");
            assert!(!said.contains("<script>"), "{said}");
        }
        if !typed.is_empty() {
            let link = get(&app, &router, &format!("/enter/{typed}?lang=en"), "").await;
            assert_eq!(link.status, 401, "{typed}");
            assert!(page(&link).contains(&format!("<code>{why}</code>")), "{typed}");
        }
    }
}
