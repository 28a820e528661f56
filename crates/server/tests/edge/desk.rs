//! Wallets' and tills' windows for whoever holds a code: by cookie and by path, and in a process
//! that has one of the two cells alone.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request};
use cell::Handle;
use kernel::{Currency, Role};
use server::cells::fresh;
use server::code::Code;
use server::desk::{self, Desk, DeskConfig, Shore};
use server::edge::Edge;
use server::setup::{Founder, Shop};
use tempfile::TempDir;
use views::{Follower, Views};

use crate::app::{Answer, App, soba};

/// The pages over some of the cells, with the market behind them.
pub struct Pages {
    pub app: App,
    windows: Windows,
}

/// The pages alone.
pub struct Windows {
    router: Router,
    _followers: Vec<Follower>,
    _folder: TempDir,
}

impl std::ops::Deref for Pages {
    type Target = Windows;

    fn deref(&self) -> &Windows {
        &self.windows
    }
}

impl Pages {
    pub async fn over_both() -> Self {
        let app = App::start().await;
        let edge = app.edge.clone();
        Self::over(app, edge)
    }

    /// Over the cell of this name alone; what crosses still does, in the other process.
    pub async fn over_one(cell: &str) -> Self {
        let app = App::start().await;
        let edge = app.edge_of(if cell == "cn" { &app.cn } else { &app.jp }).await;
        Self::over(app, edge)
    }

    /// The same pages of a process that was started anew: of what was shown it knows nothing.
    pub async fn anew(self) -> Self {
        let edge = self.app.edge_again(|builder| builder).await;
        Self::over(self.app, edge)
    }

    fn over(app: App, edge: Edge) -> Self {
        Self { app, windows: Windows::over(edge) }
    }
}

impl Windows {
    /// Beside other pages.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What a page hears.
    pub async fn events(&self, base: &str) -> BodyDataStream {
        self.listen(&format!("{base}/events")).await
    }

    /// What is heard at an address.
    pub async fn listen(&self, path: &str) -> BodyDataStream {
        let asked = Request::get(path).body(Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(self.router.clone(), asked).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().into_data_stream()
    }

    pub fn over(edge: Edge) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut followers = Vec::new();
        let shores = edge.cells().all().iter().map(|site| {
            let (name, is_cn) = (site.name(), site.name() == "cn");
            let views = Views::open(&folder.path().join(format!("{name}.db")), name).unwrap();
            followers.push(views.follow(site.handle.feed()).unwrap());
            let currency = if is_cn { Currency::CNY } else { Currency::JPY };
            let abroad = is_cn.then_some(Currency::JPY);
            Shore { site: site.clone(), views, currency, abroad }
        });
        let shores = shores.collect();
        let config = DeskConfig { edge, shores, usual: None, demo: false };
        let router = desk::router(Desk::start(config));
        Self { router, _followers: followers, _folder: folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        crate::app::send(&self.router, request).await
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path).header("cookie", cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path, "").await;
        let page = text(&answer);
        assert_eq!(answer.status, 200, "{path}: {page}");
        page
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::post(path)
            .header("x-fragment", "1")
            .header("content-type", "application/x-www-form-urlencoded");
        text(&self.send(request.body(Body::from(pairs.join("&"))).unwrap()).await)
    }

    /// A part of a page, as its script fetches it.
    pub async fn part(&self, path: &str) -> String {
        let request = Request::get(path).header("x-fragment", "1");
        text(&self.send(request.body(Body::empty()).unwrap()).await)
    }

    /// Waits until a page says something.
    pub async fn until(&self, path: &str, words: &str) -> String {
        for _ in 0..400 {
            let part = self.part(path).await;
            if part.contains(words) {
                return part;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} never said {words}: {}", text(&self.get(path, "").await));
    }
}

pub fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.clone()).unwrap()
}

#[track_caller]
pub fn field(page: &str, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&from).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split_once('"').unwrap().0.to_owned()
}

/// The text of the code on a till's screen.
#[track_caller]
pub fn shown(till: &str) -> String {
    let (_, rest) = till.split_once("<p class=\"code\">").unwrap_or_else(|| panic!("{till}"));
    rest.split_once('<').unwrap().0.to_owned()
}

pub async fn code(app: &App, cell: &Handle, person: &crate::app::Person, role: Role) -> String {
    app.code(cell, person, role).await.reveal()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_opened_by_cookie_or_by_path_and_by_nothing_else() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let wallet = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let till = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let [with_wallet, with_till] = [&wallet, &till].map(|code| format!("enishi_code={code}"));
    let by_cookie = pages.get("/w/me?lang=en", &with_wallet).await;
    assert_eq!(by_cookie.status, 200);
    let by_cookie = text(&by_cookie);
    assert!(by_cookie.contains("5,000.00") && by_cookie.contains("/w/me/scan"), "{by_cookie}");
    assert!(!by_cookie.contains(&wallet), "the cookie's code stands on no page");
    // Both windows in one browser, whatever its cookie.
    for cookie in ["", with_till.as_str()] {
        let page = text(&pages.get(&format!("/w/{wallet}?lang=en"), cookie).await);
        assert!(page.contains("5,000.00") && page.contains(&format!("/w/{wallet}/scan")));
    }
    let spelled = format!("/t/{}?lang=en", till.to_lowercase().replace('-', ""));
    assert!(pages.page(&spelled).await.contains(&format!("data-src=\"/t/{till}/till")));

    let strange = Code::generate("jp").reveal();
    for (path, cookie, status) in [
        ("/w/me", "", 303),
        ("/t/me", "lang=ja", 303),
        ("/w/me/events", with_till.as_str(), 403),
        ("/w/me", with_till.as_str(), 403),
        ("/t/me/today", with_wallet.as_str(), 403),
        (&format!("/t/{wallet}"), "", 403),
        (&format!("/w/{strange}"), "", 404),
        (&format!("/t/{strange}/events"), "", 404),
        ("/w/me", &format!("enishi_code={strange}"), 404),
        ("/w/me~wal_1", with_wallet.as_str(), 404),
        ("/w/me~%22%3E", with_wallet.as_str(), 404),
        (&format!("/w/me~{}", app.yen_wallet), with_wallet.as_str(), 404),
        (&format!("/t/me~{}", app.other_store), with_till.as_str(), 404),
    ] {
        let answer = pages.get(&format!("{path}?lang=en"), cookie).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {cookie} {}", text(&answer));
        assert!(!text(&answer).contains("5,000.00") && !text(&answer).contains("~\""), "{path}");
        if status == 303 {
            assert_eq!(answer.header("location"), Some("/enter?lang=en"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_ended_closes_its_windows() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let (key, code) = (fresh(), Code::generate("jp"));
    app.issue(&app.jp, code.issue(key, app.shop.party, Role::Merchant)).await;
    let code = code.reveal();
    assert!(pages.page(&format!("/t/{code}?lang=en")).await.contains("till-request"));
    let stream = Request::get(format!("/t/{code}/events")).body(Body::empty()).unwrap();
    let stream = tower::ServiceExt::oneshot(pages.router.clone(), stream).await.unwrap();
    assert_eq!(stream.status(), 200);
    let path = format!("/v1/keys/{key}");
    app.method(&app.bank_jp.key, Method::DELETE, &path).await.expect(200);
    for path in [format!("/t/{code}"), format!("/t/{code}/till"), format!("/t/{code}/events")] {
        let answer = pages.get(&format!("{path}?lang=en"), "").await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(text(&answer).contains("sign_in_ended"), "{path}");
    }
    let asked = pages.post(&format!("/t/{code}/request"), &[("amount", "5"), ("key", "k")]).await;
    assert!(asked.contains("sign_in_ended"), "{asked}");
    // A page that was open hears nothing more.
    app.paid(700).await;
    let heard = axum::body::to_bytes(stream.into_body(), 10_000);
    let heard = tokio::time::timeout(Duration::from_secs(5), heard).await;
    assert!(heard.expect("its stream ends").unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_is_made_while_it_runs_has_its_till_and_chooses_among_its_stores() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let owner = crate::app::person(&app.jp, Role::Merchant).await;
    let code = code(app, &app.jp, &owner, Role::Merchant).await;
    let none = pages.get(&format!("/t/{code}?lang=en"), "").await;
    assert_eq!((none.status.as_u16(), text(&none).contains("store_none")), (404, true));
    let founder = Founder::new(&app.jp);
    let (_, first) = founder.open_shop("new", owner.party, &soba()).await.unwrap();
    let till = pages.page(&format!("/t/{code}?lang=en")).await;
    assert!(till.contains("そば処 山ぼうし") && till.contains("till-request"), "{till}");

    let name = "山ぼうし 古川店";
    let shop = Shop { merchant: name, name, city: "Hida", ..soba() };
    let (_, second) = founder.open_shop("second", owner.party, &shop).await.unwrap();
    let choice = pages.until(&format!("/t/{code}?lang=en"), name).await;
    assert!(choice.contains("Which store"), "{choice}");
    for (store, shop) in [(first, "そば処 山ぼうし"), (second, name)] {
        let path = format!("/t/{code}~{store}");
        assert!(choice.contains(&format!("href=\"{path}?lang=en\"")), "{choice}");
        let till = pages.page(&format!("{path}?lang=en")).await;
        assert!(till.contains("Your other stores"), "{till}");
        let key = field(&till, "key");
        let asked = [("amount", "900"), ("key", key.as_str())];
        let asked = pages.post(&format!("{path}/request?lang=en"), &asked).await;
        assert!(asked.contains(shop) && asked.contains("900"), "{asked}");
        let look = app.quote(&serde_json::json!(shown(&asked))).await;
        assert!(look.to_string().contains(&store.to_string()), "{look}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_of_several_wallets_is_shown_and_the_others_are_one_press_away() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let code = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let one = pages.page(&format!("/w/{code}?lang=en")).await;
    assert!(!one.contains("Your other wallets"));
    let founder = Founder::new(&app.cn);
    let newest = founder.open_wallet("second", app.li_wei.party, Currency::CNY, 7_700);
    let newest = newest.await.unwrap();
    let page = pages.until(&format!("/w/{code}?lang=en"), "Your other wallets").await;
    assert!(page.contains("77.00"), "{page}");
    let older = format!("/w/{code}~{}", app.wallet);
    assert!(page.contains(&format!("href=\"{older}?lang=en\"")), "{page}");
    let page = pages.page(&format!("{older}?lang=en")).await;
    assert!(page.contains("5,000.00") && page.contains(&format!("{code}~{newest}")), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_needs_the_sellers_cell_alone() {
    let pages = Pages::over_one("jp").await;
    let app = &pages.app;
    let code = code(app, &app.jp, &app.shop, Role::Merchant).await;
    let site = pages.app.edge.cells().named("jp").unwrap();
    site.stream.reached(app.jp.durable()).await;
    let base = format!("/t/{code}");
    let till = pages.until(&format!("{base}?lang=en"), "till-request").await;
    let asked = [("amount", "3,200"), ("key", &field(&till, "key"))];
    let till = pages.post(&format!("{base}/request?lang=en"), &asked).await;
    let quote = app.quote(&serde_json::json!(shown(&till))).await;
    app.confirm(&quote).await;
    let paid = pages.until(&format!("{base}/till?lang=en"), "class=\"result\"").await;
    assert!(paid.contains("from abroad") && paid.contains("Shop fee 1.6"), "{paid}");
    pages.until(&format!("{base}/today?lang=en"), "from abroad").await;
    let (_, rest) = paid.split_once("refund?payment=").unwrap();
    let payment = rest.split(['&', '"']).next().unwrap();
    let form = pages.page(&format!("{base}/refund?payment={payment}&lang=en")).await;
    let key = field(&form, "key");
    let fields = [("payment", payment), ("amount", "1000"), ("key", key.as_str())];
    let began = Instant::now();
    let back = pages.post(&format!("{base}/refund?lang=en"), &fields).await;
    assert!(back.contains("1,000"), "{back}");
    assert!(
        began.elapsed() < Duration::from_millis(1_200),
        "it waits for no side that is not here"
    );
    // What is paid by the poster is on the day's list as well.
    app.paid(4_500).await;
    pages.until(&format!("{base}/today?lang=en"), "4,500").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_needs_the_payers_cell_alone() {
    let pages = Pages::over_one("cn").await;
    let app = &pages.app;
    app.name(&app.cn, &app.li_wei, "李伟").await;
    let code = code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let base = format!("/w/{code}");
    let page = pages.until(&format!("{base}?lang=en"), "5,000.00").await;
    assert!(page.contains("李伟") && page.contains("JPY"), "about so many yen: {page}");
    let paid = app.paid(3_200).await;
    let id = paid["id"].as_str().unwrap();
    let statement = pages.until(&format!("{base}/statement?lang=en"), "136.06").await;
    assert!(statement.contains(&format!("{base}/pay/{id}")), "{statement}");
    // The shop's cell does not answer: its number stands for its name, and nothing is claimed of
    // a book that can't be read here.
    let store = app.store.to_string();
    assert!(statement.contains(&store), "{statement}");
    let receipt = pages.until(&format!("{base}/pay/{id}?lang=en"), "data-state=\"paid\"").await;
    assert!(receipt.contains("136.06") && receipt.contains("3,200"), "{receipt}");
    assert!(!receipt.contains("Both books") && !receipt.contains("one book"), "{receipt}");
    let requested = app.request(500).await;
    let form = [("code", requested["code"].as_str().unwrap().replace(' ', "+"))];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let scanned = pages.post(&format!("{base}/scan?lang=en"), &form).await;
    assert!(scanned.contains("role=\"alert\"") && !scanned.contains("name=\"quote\""), "{scanned}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_one_book_an_amount_is_said_once_and_no_second_book_is_claimed() {
    let pages = Pages::over_both().await;
    let app = &pages.app;
    let code = code(app, &app.jp, &app.resident, Role::Traveller).await;
    let base = format!("/w/{code}");
    let requested = app.request(980).await;
    let shown = requested["code"].as_str().unwrap().replace(' ', "+");
    let sheet = pages.post(&format!("{base}/scan?lang=en"), &[("code", &shown)]).await;
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let fields = [("quote", quote.as_str()), ("key", &key)];
    let receipt = pages.post(&format!("{base}/pay?lang=en"), &fields).await;
    assert!(!receipt.contains("class=\"twin\""), "the amount stands alone: {receipt}");
    assert!(receipt.contains("You and the shop stand in one book"), "{receipt}");
    assert!(!receipt.contains("Both books"), "{receipt}");
    let statement = pages.until(&format!("{base}/statement?lang=en"), "980").await;
    assert_eq!(statement.matches("980").count(), 1, "{statement}");
    assert!(statement.contains("data-on=\"held captured "), "{statement}");
    // A payment over the bridge says both amounts and both books.
    let abroad = self::code(app, &app.cn, &app.li_wei, Role::Traveller).await;
    let paid = app.paid(3_200).await;
    let path = format!("/w/{abroad}/pay/{}?lang=en", paid["id"].as_str().unwrap());
    let receipt = pages.until(&path, "Both books agree").await;
    assert!(receipt.contains("136.06") && receipt.contains("3,200"), "{receipt}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_opens_a_wallet_and_comes_back_with_its_code() {
    let pages = Pages::over_both().await;
    let send = async |body: &str, site: &str| {
        let request = Request::post("/open?lang=en").header("sec-fetch-site", site);
        pages.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let form = pages.page("/open?lang=en").await;
    assert!(form.contains("Yuan wallet") && form.contains("Yen wallet"), "{form}");
    let key = field(&form, "key");
    let asked = format!("name=%E6%9D%8E%E4%BC%9F&cell=jp&key={key}");
    let opened = send(&asked, "same-origin").await;
    assert_eq!(opened.status, 200, "{}", text(&opened));
    let cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let code = cookie.strip_prefix("enishi_code=").unwrap();
    assert!(text(&opened).contains(&format!("<p class=\"code\" id=\"new-code\">{code}</p>")));
    let wallet = text(&pages.get("/w/me?lang=en", &cookie).await);
    assert!(wallet.contains("李伟") && wallet.contains("Yen wallet"), "{wallet}");
    // A double tap opens one, and shows the same code.
    let again = send(&asked, "same-origin").await;
    assert!(again.header("set-cookie").unwrap().starts_with(&cookie));
    let wallet = text(&pages.get("/w/me?lang=en", &cookie).await);
    assert!(!wallet.contains("Your other wallets"), "{wallet}");
    for (body, site, status, why) in [
        (format!("name=%20&cell=jp&key={key}1"), "same-origin", 422, "text_unfit"),
        (format!("name=a%E2%80%AEb&cell=jp&key={key}2"), "same-origin", 422, "text_unfit"),
        (format!("name=a&cell=us&key={key}3"), "same-origin", 422, "text_unfit"),
        ("name=a&cell=jp".to_owned(), "same-origin", 422, "idempotency_key_invalid"),
        (format!("name=a&cell=jp&key={key}4"), "cross-site", 422, "sign_in_foreign"),
    ] {
        let refused = send(&body, site).await;
        assert_eq!((refused.status.as_u16(), refused.header("set-cookie")), (status, None));
        assert!(text(&refused).contains(&format!("<code>{why}</code>")), "{}", text(&refused));
    }
    for number in 0..40 {
        send(&format!("name=a&cell=us&key=more{number}"), "same-origin").await;
    }
    let refused = send(&format!("name=a&cell=jp&key={key}5"), "same-origin").await;
    assert_eq!(refused.status, 429);
    assert!(text(&refused).contains("<code>rate_limited</code>"));
}
