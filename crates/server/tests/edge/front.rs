//! The pages of a server that is no demo: everybody is told what it is, and only an operator what
//! stands in the books.

use std::sync::Arc;

use crate::app::derived::FakeAudit;
use crate::app::{Answer, App, own_form};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::Currency;
use server::desk::{self, Desk, DeskConfig};
use server::edge::{Edge, EdgeBuilder};
use server::front::{self, FrontConfig};

async fn served(app: &App, more: impl FnOnce(EdgeBuilder) -> EdgeBuilder) -> Router {
    let edge: Edge = app.edge_again(more).await;
    let config = FrontConfig {
        edge: edge.clone(),
        cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
        payers: vec!["cn".into()],
        address: "http://localhost:1".into(),
    };
    let shores = Vec::new();
    let desk = DeskConfig { edge: edge.clone(), shores, usual: None, demo: false };
    let desk = desk::router(Desk::start(desk));
    server::app(edge, front::router(config).merge(desk))
}

async fn get(app: &App, router: &Router, path: &str) -> Answer {
    app.send_to(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn open(app: &App, router: &Router, body: String) -> Answer {
    let request = own_form("/audit?lang=en")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body));
    app.send_to(router, request.unwrap()).await
}

fn text(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("content-security-policy").unwrap().contains("form-action 'self'"));
    String::from_utf8(answer.bytes.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_page_says_what_it_is_and_every_link_leads_somewhere() {
    let app = App::start().await;
    let router = served(&app, |edge| edge).await;
    for (lang, word) in [("en", "An Enishi server"), ("ja", "サーバー"), ("zh-CN", "服务器")]
    {
        let page = get(&app, &router, &format!("/?lang={lang}")).await;
        assert_eq!(page.status, 200);
        let page = text(&page);
        assert!(page.contains(word) && page.contains("/v1/me"), "{page}");
        assert!(!page.contains("Demonstration") && !page.contains("ek_"), "{page}");
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let links: Vec<_> = links.filter(|link| !link.starts_with('#')).collect();
        assert!(links.len() > 8, "{links:?}");
        for link in links {
            let path = format!("/{}", link.trim_start_matches('/').replace("&amp;", "&"));
            assert_eq!(get(&app, &router, &path).await.status, 200, "{path}");
        }
    }
    // A cell that comes back is said to start, as at /readyz.
    app.jp.stop();
    let page = text(&get(&app, &router, "/?lang=en").await);
    assert!(page.contains("starting"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_shown_to_an_operators_key_alone() {
    let app = App::start().await;
    let router = served(&app, |edge| edge.audit(Arc::new(FakeAudit))).await;
    let door = get(&app, &router, "/audit?lang=en").await;
    assert_eq!(door.status, 200);
    let door = text(&door);
    assert!(door.contains("type=\"password\"") && !door.contains("both books agree"), "{door}");

    let key = &app.bank_jp.key;
    let books = open(&app, &router, format!("key={key}")).await;
    assert_eq!(books.status, 200);
    let page = text(&books);
    assert!(page.contains("Both books agree") && !page.contains(key.as_str()), "{page}");
    let spaced = open(&app, &router, format!("key=+{key}+")).await;
    assert_eq!(spaced.status, 200);

    let shop = &app.shop.key;
    for (body, status, code) in [
        (format!("key={shop}"), 403, "role_not_allowed"),
        ("key=ek_jp_x_y".to_owned(), 401, "key_invalid"),
        ("key=%3Cscript%3E".to_owned(), 401, "key_invalid"),
        ("other=1".to_owned(), 401, "key_invalid"),
        (format!("key={key}&key={key}"), 401, "key_invalid"),
        (String::new(), 401, "key_invalid"),
        (format!("key={}", "x".repeat(10_000)), 401, "key_invalid"),
    ] {
        let refused = open(&app, &router, body).await;
        assert_eq!(refused.status, status, "{code}");
        let page = text(&refused);
        assert!(page.contains(&format!("<code>{code}</code>")), "{page}");
        assert!(!page.contains("<script>") && !page.contains(shop.as_str()), "{page}");
        assert!(!page.contains("Both books agree"), "{page}");
    }
    let without = served(&app, |edge| edge).await;
    let refused = open(&app, &without, format!("key={key}")).await;
    assert_eq!(refused.status, 503);
    assert!(text(&refused).contains("audit_not_available"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_the_demos_first_page_is_here() {
    let app = App::start().await;
    let router = served(&app, |edge| edge).await;
    for path in ["/events?of=home", "/fragments/agree", "/fragments/break"] {
        assert_eq!(get(&app, &router, path).await.problem().1, "path_not_found", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_type_of_a_problem_leads_to_what_it_means() {
    let app = App::start().await;
    let refused = app.get("ek_no", "/v1/me").await.json();
    let meaning = app.get("", refused["type"].as_str().unwrap()).await.expect(200);
    assert_eq!(meaning["code"], refused["code"]);
    assert_eq!((&meaning["status"], &meaning["title"]), (&refused["status"], &refused["title"]));
    let all = app.get("", "/problems").await.expect(200);
    assert!(all["problems"].as_array().unwrap().contains(&meaning));
    let unknown = app.get("", "/problems/no_such_code").await;
    assert_eq!(unknown.problem(), (404, "path_not_found".into()));
}
