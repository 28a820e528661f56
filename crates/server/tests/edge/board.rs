//! The operator's page: for whom it opens, what it shows, and what its forms do once.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::id::Party;
use kernel::{Currency, Ref, Role};
use server::cells::fresh;
use server::code::Code;
use server::front::{self, FrontConfig};

use crate::app::derived::RealEvents;
use crate::app::{Answer, App, own_form};

/// The pages of the seller's operator.
pub struct Scene {
    pub app: App,
    views: Arc<RealEvents>,
    pub router: Router,
    /// The path of the operator's window.
    pub base: String,
}

pub async fn code_of(app: &App, cell: &cell::Handle, party: Ref<Party>, role: Role) -> Code {
    let code = Code::generate(&cell.info().name);
    let command = economy::Command::IssueKey(code.issue(fresh(), party, role));
    let request = economy::Request { actor: kernel::Actor::CELL, fingerprint: None, command };
    cell.submit(request).await;
    let site = app.edge.cells().named(&cell.info().name).unwrap();
    site.stream.reached(cell.durable()).await;
    code
}

impl Scene {
    pub async fn open() -> Self {
        let views = Arc::new(RealEvents::new());
        let lists = Arc::clone(&views);
        let app = App::build(|edge| edge.lists(lists)).await;
        let config = FrontConfig {
            edge: app.edge.clone(),
            cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
            payers: vec!["cn".into()],
            address: "http://localhost:1".into(),
        };
        let router = server::app(app.edge.clone(), front::router(config));
        let code = code_of(&app, &app.jp, app.bank_jp.party, Role::Operator).await;
        views.catch_up(&app);
        Self { app, views, router, base: format!("/o/{}", code.reveal()) }
    }

    pub fn catch_up(&self) {
        self.views.catch_up(&self.app);
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.app.send_to(&self.router, request).await
    }

    pub async fn page(&self, query: &str) -> String {
        let answer = self.get(&format!("{}{query}", self.base)).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.bytes.len() <= 100_000, "{} bytes", answer.bytes.len());
        String::from_utf8(answer.bytes).unwrap()
    }

    pub async fn post(&self, form: &str, body: String) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        let path = format!("{}/{form}?lang=en", self.base);
        let request = own_form(&path).header("content-type", kind);
        self.app.send_to(&self.router, request.body(Body::from(body)).unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_its_own_cell_with_nothing_and_with_payments() {
    let scene = Scene::open().await;
    for lang in ["zh-CN", "ja", "en"] {
        let page = scene.page(&format!("?lang={lang}")).await;
        assert!(page.contains("id=\"now\"") && page.contains("id=\"payments\""), "{lang}");
        // The other cell of the process is not this operator's.
        assert!(!page.contains("cell=cn"), "{lang}");
    }
    let empty = scene.page("?lang=en").await;
    assert!(empty.contains("id=\"agree\"") && empty.contains("href=\"/audit?lang=en\""));
    assert!(empty.contains("No payments found"));
    for yen in [1_000, 3_200] {
        scene.app.paid(yen).await;
    }
    scene.views.catch_up(&scene.app);
    let page = scene.page("?lang=en").await;
    assert!(page.contains("4,200 JPY since midnight") && page.contains("3,200 JPY"));
    let found = scene.page("?lang=en&least=3000").await;
    assert!(found.contains("3,200 JPY") && !found.contains(">1,000 JPY<"));
    let wrong = scene.page("?lang=en&from=soon&first=x&last=y").await;
    assert_eq!(wrong.matches("form_unfit").count(), 2);
    let at = page.find("/pay/").unwrap() + "/pay/".len();
    let id: String = page[at..].chars().take_while(|letter| *letter != '?').collect();
    let detail = scene.get(&format!("{}/pay/{id}?lang=en", scene.base)).await;
    let detail = String::from_utf8(detail.bytes).unwrap();
    assert!(detail.contains("The shop was paid") && detail.contains(&id), "{detail}");
    let file = scene.get(&format!("{}/payments.csv?least=3000", scene.base)).await;
    assert_eq!(String::from_utf8(file.bytes).unwrap().lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_loads_its_styles_and_nothing_from_elsewhere() {
    let scene = Scene::open().await;
    let mut pages = 0;
    for (path, ..) in server::pages::PAGES {
        let Some(rest) = path.strip_prefix("/o/{token}").filter(|rest| !rest.contains('{')) else {
            continue;
        };
        if rest == "/events" {
            continue;
        }
        let answer = scene.get(&format!("{}{rest}?lang=en", scene.base)).await;
        if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("style-src 'self'"), "{path}: {policy}");
            pages += 1;
        }
    }
    assert!(pages >= 8, "{pages}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_opens_for_operators_alone() {
    let scene = Scene::open().await;
    let app = &scene.app;
    let shop = code_of(app, &app.jp, app.shop.party, Role::Merchant).await;
    for (token, status) in [("me".to_owned(), 303), (shop.reveal(), 403), ("jp-1".to_owned(), 404)]
    {
        for path in ["", "/payments.csv", "/figures.csv?by=hour", "/events", "/pay/x"] {
            let answer = scene.get(&format!("/o/{token}{path}")).await;
            assert_eq!(answer.status, status, "{token}{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_does_its_work_once_and_says_why_it_can_not() {
    let scene = Scene::open().await;
    let wallet = scene.app.yen_wallet.to_string();
    let balance = async || {
        let path = format!("/v1/wallets/{wallet}");
        let wallet = scene.app.get(&scene.app.resident.key, &path).await.expect(200);
        wallet["balance"]["amount"].as_u64().unwrap()
    };
    let before = balance().await;
    let body = |amount: &str, key: &str| {
        format!("cell=jp&key={key}&wallet={wallet}&amount={amount}&reference=bank-{key}")
    };
    for _ in 0..2 {
        let done = scene.post("top-up", body("1%2C500", "a")).await;
        assert_eq!(done.status, 303);
        assert!(done.header("location").unwrap().contains("done=topped-up"));
    }
    assert_eq!(balance().await, before + 1_500);
    for (amount, key) in [("x", "b"), ("0", "c"), ("", "d"), ("5", "")] {
        let refused = scene.post("top-up", body(amount, key)).await;
        assert!(refused.status.is_client_error(), "{amount} {key}");
        let page = String::from_utf8(refused.bytes).unwrap();
        assert!(page.contains("role=\"alert\"") && page.contains(&wallet));
    }
    assert_eq!(balance().await, before + 1_500);
    let link = |act: &str| format!("cell=jp&key={act}&link=0&act={act}&note=seen");
    assert_eq!(scene.post("link", link("freeze")).await.status, 303);
    let frozen = scene.page("?lang=en").await;
    assert!(frozen.contains("Frozen by jp") && frozen.contains("Reopen the link"));
    assert!(frozen.contains("enishi corridor reconcile --cell jp --neighbour cn"));
    assert_eq!(scene.post("link", link("reopen")).await.status, 303);
    assert!(!scene.page("?lang=en").await.contains("Frozen by jp"));
    let nostro = "cell=jp&key=n&link=0&amount=100&reference=n1".to_owned();
    assert_eq!(scene.post("nostro", nostro).await.status, 303);
}
