//! Every page of a window, as [`server::pages::PAGES`] lists them: nothing is done for a page of another
//! site, nor for whoever does not say where they come from; and nothing changes by being looked at.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use kernel::Role;
use server::Bounds;
use server::bounds::Rate;
use server::pages::PAGES;

use crate::app::derived::RealEvents;
use crate::app::{Answer, App, own_form};
use crate::desk::{Windows, text};
use crate::people::served_with;

const HOST: &str = "localhost:8080";

/// The pages that are opened before anybody is signed in, and change something.
const DOORS: [&str; 8] = [
    "/enter",
    "/enter/x",
    "/enter/passkey",
    "/enter/passkey/options",
    "/leave",
    "/open",
    "/sign-up",
    "/sign-up/check",
];

struct Scene {
    app: App,
    router: Router,
    /// The codes of a wallet, a till and an operator.
    codes: [(&'static str, String); 3],
    payment: String,
    _windows: Windows,
}

impl Scene {
    async fn start() -> Self {
        let views = Arc::new(RealEvents::new());
        let lists = Arc::clone(&views);
        // All pages are asked for at once, and none of that is to be slowed.
        let none = Rate { per_s: 0, burst: 1 };
        let bounds = Bounds { per_address: none, ..Bounds::default() };
        let app = App::build(|edge| edge.lists(lists).bounds(bounds)).await;
        let windows = Windows::over(app.edge.clone());
        let router = served_with(&app, windows.router());
        let wallet = app.code(&app.cn, &app.li_wei, Role::Traveller).await.reveal();
        let till = app.code(&app.jp, &app.shop, Role::Merchant).await.reveal();
        let operator = app.code(&app.jp, &app.bank_jp, Role::Operator).await.reveal();
        let payment = app.paid(3_200).await["id"].as_str().unwrap().to_owned();
        let codes = [("/w/", wallet), ("/t/", till), ("/o/", operator)];
        let scene = Self { app, router, codes, payment, _windows: windows };
        scene.rests().await;
        views.catch_up(&scene.app);
        scene
    }

    /// Waits until what was paid has crossed and nothing more is under way.
    async fn rests(&self) {
        let mut before = self.durable();
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = self.durable();
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// A page's path for whoever may open it, and the cookie of who does so by it.
    fn path(&self, of: &str) -> (String, String) {
        let window = self.codes.iter().find(|(window, _)| of.starts_with(window));
        let (_, code) = window.unwrap_or(&self.codes[1]);
        let filled = of.replace("{token}", "me").replace("{payment}", &self.payment);
        let mut path = String::new();
        for part in filled.split_inclusive('/') {
            match part.strip_prefix('{') {
                Some(named) => path += if named.ends_with('/') { "1/" } else { "1" },
                None => path += part,
            }
        }
        (format!("{path}?lang=en"), format!("enishi_code={code}"))
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        self.app.send_to(&self.router, request).await
    }

    fn durable(&self) -> [u64; 2] {
        [self.app.cn.durable(), self.app.jp.durable()]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_does_anything_for_another_site() {
    let scene = Scene::start().await;
    let before = scene.durable();
    let foreign: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://localhost:9090")],
        &[("origin", "null")],
        // It says nothing of where it stands.
        &[],
    ];
    let pages = PAGES.iter().map(|(path, ..)| *path).chain(DOORS);
    // Those that have no form.
    let mut looked_at = BTreeSet::new();
    for of in pages {
        let (path, cookie) = scene.path(of);
        for headers in foreign {
            let mut request = Request::post(&path).header("cookie", &cookie).header("host", HOST);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let told = scene.send(request.body(Body::empty()).unwrap()).await;
            if told.status == 405 {
                looked_at.insert(of);
                continue;
            }
            let page = text(&told);
            assert_eq!(told.status, 403, "{path} {headers:?}: {page}");
            assert!(page.contains("<code>sign_in_foreign</code>"), "{path} {headers:?}: {page}");
            assert!(told.header("set-cookie").is_none(), "{path}");
            assert!(told.header("content-security-policy").is_some(), "{path}");
        }
    }
    assert_eq!(scene.durable(), before);
    // The same from a page of this server comes to who judges it.
    let mut own = 0;
    for (of, ..) in PAGES {
        let (path, cookie) = scene.path(of);
        let request = own_form(&path).header("cookie", cookie).header("host", HOST);
        let told = scene.send(request.body(Body::empty()).unwrap()).await;
        assert!(!text(&told).contains("sign_in_foreign"), "{path}");
        assert!(told.status == 405 || !looked_at.contains(of), "{path} has a form");
        own += usize::from(told.status != 405);
    }
    assert!(own > 25 && looked_at.iter().all(|of| !DOORS.contains(of)), "{own}: {looked_at:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_changes_by_being_looked_at() {
    let scene = Scene::start().await;
    let before = scene.durable();
    let mut seen = 0;
    for (of, ..) in PAGES.iter().filter(|(path, ..)| !path.ends_with("/events")) {
        let (path, cookie) = scene.path(of);
        // As a whole page and as a part of one; and by whoever follows a link of another site.
        for fragment in [false, true] {
            let mut request = Request::get(&path)
                .header("cookie", &cookie)
                .header("host", HOST)
                .header("sec-fetch-site", "cross-site");
            if fragment {
                request = request.header("x-fragment", "1");
            }
            let told = scene.send(request.body(Body::empty()).unwrap()).await;
            assert!(told.status.as_u16() < 500 || told.status == 503, "{path}: {}", text(&told));
            assert_eq!(scene.durable(), before, "{path} changed something");
            seen += usize::from(told.status == 200);
        }
    }
    assert!(seen > 40, "{seen} pages were looked at");
    let head = Request::builder().method(Method::HEAD).uri("/sign-up");
    scene.send(head.body(Body::empty()).unwrap()).await;
    assert_eq!(scene.durable(), before);
}
