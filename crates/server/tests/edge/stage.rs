//! The first page over two real cells, by its forms alone: scan, confirm, pay, refund, break.

use std::time::Duration;

use crate::app::{Answer, App};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use kernel::{Currency, Role};
use server::desk::{self, Desk, DeskConfig, Shore};
use server::stage::{self, CurlConfig, Stage, StageConfig};
use tempfile::TempDir;
use tower::ServiceExt;
use views::{Follower, Views};

struct World {
    app: App,
    /// The ends of the windows' paths: codes.
    wallet: String,
    resident: String,
    till: String,
    pages: Router,
    _followers: Vec<Follower>,
    _folder: TempDir,
}

impl World {
    async fn start() -> Self {
        let app = App::start().await;
        let folder = tempfile::tempdir().unwrap();
        let mut followers = Vec::new();
        let mut shore = |name: &str, currency| {
            let site = app.edge.cells().named(name).unwrap().clone();
            let views = Views::open(&folder.path().join(format!("{name}.db")), name).unwrap();
            followers.push(views.follow(site.handle.feed()).unwrap());
            let abroad = (name == "cn").then_some(Currency::JPY);
            Shore { site, views, currency, abroad }
        };
        let shores = vec![shore("cn", Currency::CNY), shore("jp", Currency::JPY)];
        app.name(&app.cn, &app.li_wei, "李伟").await;
        app.name(&app.jp, &app.resident, "山田花").await;
        let wallet = app.code(&app.cn, &app.li_wei, Role::Traveller).await;
        let resident = app.code(&app.jp, &app.resident, Role::Traveller).await;
        let till = app.code(&app.jp, &app.shop, Role::Merchant).await;
        let edge = app.edge.clone();
        let desk = Desk::start(DeskConfig { edge, shores, usual: Some(3_200), demo: true });
        let config = StageConfig {
            desk: desk.clone(),
            wallet: wallet.clone(),
            till: till.clone(),
            usual: 3_200,
            operator: None,
            curl: CurlConfig {
                base: "http://localhost:8080".to_owned(),
                payer_key: app.li_wei.key.clone(),
                seller_key: app.shop.key.clone(),
            },
        };
        let stage = Stage::start(config).await.unwrap();
        let pages = stage::router(stage).merge(desk::router(desk));
        let [wallet, resident, till] = [wallet, resident, till].map(|code| code.reveal());
        Self { app, wallet, resident, till, pages, _followers: followers, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        text(&answer)
    }

    async fn part(&self, path: &str) -> String {
        let request = Request::get(path).header("x-fragment", "1");
        let answer = self.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        text(&answer)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = Request::post(path)
            .header("x-fragment", "1")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form(fields))).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        text(&answer)
    }

    async fn scan(&self, code: &str) -> String {
        let wallet = &self.wallet;
        self.post(&format!("/w/{wallet}/scan?view=home"), &[("code", code)]).await
    }

    async fn pay(&self, sheet: &str, again: &str) -> String {
        let (quote, key) = (field(sheet, "quote"), field(sheet, "key"));
        let fields = [("quote", quote.as_str()), ("key", &key), ("again", again)];
        let wallet = &self.wallet;
        self.post(&format!("/w/{wallet}/pay?view=home"), &fields).await
    }

    /// Waits until a part says something.
    async fn until(&self, path: &str, words: &str) -> String {
        for _ in 0..400 {
            let part = self.part(path).await;
            if part.contains(words) {
                return part;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} never said {words}: {}", self.part(path).await);
    }
}

fn text(answer: &Answer) -> String {
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    assert!(!text.contains("style="), "a page has an inline style");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    text
}

fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let pairs: Vec<_> = fields.iter().map(|(k, v)| format!("{k}={}", escaped(v))).collect();
    pairs.join("&")
}

/// The value of the first field of a name.
#[track_caller]
fn field(page: &str, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&from).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split_once('"').unwrap().0.replace("&amp;", "&").replace("&quot;", "\"")
}

/// The steps that a stream tells until one of them.
async fn steps_until(body: Body, last: &str) -> Vec<serde_json::Value> {
    let (mut stream, mut steps) = (body.into_data_stream(), Vec::new());
    while let Ok(Some(chunk)) = tokio::time::timeout(Duration::from_secs(10), stream.next()).await {
        for line in String::from_utf8(chunk.unwrap().to_vec()).unwrap().lines() {
            let Some(json) = line.strip_prefix("data: ") else { continue };
            let step: serde_json::Value = serde_json::from_str(json).unwrap();
            let is_last = step["step"] == last;
            steps.push(step);
            if is_last {
                return steps;
            }
        }
    }
    panic!("the stream ended before {last}: {steps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_pays_gets_a_part_back_and_breaks_a_cell() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let till_at = world.till.clone();
    let home = world.page("/?lang=en").await;
    assert!(home.contains("data-events=\"/events?of=home&amp;lang=en\""));
    let request = Request::get("/events?of=home").body(Body::empty()).unwrap();
    let stream = world.pages.clone().oneshot(request).await.unwrap().into_body();

    // The picture on the till's screen, as a camera sees it.
    let code = field(&home, "code");
    let picture = qr::png(&code, 4).unwrap();
    let request = Request::post(format!("/w/{wallet}/scan?view=home&lang=en"))
        .header("x-fragment", "1")
        .header("content-type", "image/png");
    let sheet = text(&world.send(request.body(Body::from(picture)).unwrap()).await);
    assert!(sheet.contains("Yamaboshi Soba") && sheet.contains("136.06"), "{sheet}");
    let bridge = world.until("/fragments/bridge", "data-step=\"quoted\"").await;
    assert!(!bridge.contains("class=\"shore-from lit\" data-step=\"held\""));

    let paid = world.pay(&sheet, "").await;
    assert!(paid.contains("data-state=\"paid\"") && paid.contains("136.06"), "{paid}");
    let again = world.pay(&sheet, "").await;
    assert!(again.contains("data-state=\"paid\""), "a second tap is the same payment: {again}");

    let steps = steps_until(stream, "posted").await;
    let names: Vec<_> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    let names: Vec<_> = names.into_iter().filter(|name| *name != "figures").collect();
    assert_eq!(names, ["quoted", "held", "captured", "posted"]);
    let captured = steps.iter().find(|step| step["step"] == "captured").unwrap();
    assert_eq!((&captured["cell"], &captured["prefecture"]), (&"jp".into(), &21.into()));
    assert!(captured["position"].as_u64().unwrap() > 0 && captured["ms"].as_f64().is_some());

    let bridge = world.part("/fragments/bridge?lang=en").await;
    assert_eq!(bridge.matches(" lit\"").count(), 5, "{bridge}");
    let books = world.part("/fragments/books?lang=en").await;
    assert_eq!(books.matches("class=\"eq\"").count(), 3, "{books}");
    assert!(!books.contains("class=\"unequal\"") && books.contains("李伟"), "{books}");
    let till = world.part(&format!("/t/{till_at}/till?view=home&lang=en")).await;
    assert!(till.contains("<div class=\"result\">"), "{till}");

    // A part goes back.
    let fields = ["payment", "amount", "key"].map(|name| (name, field(&till, name)));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let path = format!("/t/{till_at}/refund?view=home&lang=en");
    let back = world.post(&path, &fields).await;
    assert_eq!(back, world.post(&path, &fields).await, "a second tap is the same refund");
    assert!(back.contains("1,000"), "{back}");
    let bridge = world.part("/fragments/bridge?lang=en").await;
    assert!(bridge.contains("data-back"), "{bridge}");
    assert_eq!(bridge.matches(" lit\"").count(), 5, "{bridge}");
    let books = world.part("/fragments/books?lang=en").await;
    assert!(books.contains("class=\"eq\"") && !books.contains("class=\"unequal\""), "{books}");
    let phone = world.part(&format!("/w/{wallet}/phone?view=home&lang=en")).await;
    assert!(phone.contains("42.5"), "{phone}");

    // A cell is taken down, comes back, and the next payment goes through.
    let down = world.post("/fragments/break?lang=en", &[("cell", "jp")]).await;
    assert!(down.contains("jp"));
    let asked = [("amount", "3,200"), ("key", "next-one")];
    let till = world.post(&format!("/t/{till_at}/request?view=home"), &asked).await;
    let svg = till.matches("<svg").count();
    assert!(svg > 0, "{till}");
    world.until("/fragments/break?lang=en", "is back after").await;
    let phone = world.part(&format!("/w/{wallet}/phone?view=home&lang=en")).await;
    let sheet = world.scan(&field(&phone, "code")).await;
    let sheet = world.pay(&sheet, "").await;
    assert_eq!(field(&sheet, "again"), "1", "the same amount asks once more");
    let paid = world.pay(&sheet, "1").await;
    assert!(paid.contains("data-state=\"paid\""), "{paid}");

    let audit = world.page("/audit?lang=en").await;
    assert!(audit.contains("class=\"audit\"") && !audit.contains("class=\"error\""), "{audit}");
    let map = world.until("/fragments/map?lang=en", "5,400").await;
    assert!(map.contains("data-prefecture=\"21\""));
    let corridor = world.part("/fragments/corridor?lang=en").await;
    assert!(corridor.contains("9,994,600"), "{corridor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_stands_in_three_languages_and_works_without_script() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let till_at = world.till.clone();
    for lang in ["zh-CN", "ja", "en"] {
        let paths = ["/", "/audit", &format!("/w/{wallet}"), &format!("/t/{till_at}")];
        for path in paths {
            let page = world.page(&format!("{path}?lang={lang}")).await;
            assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{path}");
        }
        for part in ["bridge", "books", "map", "corridor", "agree", "tiles", "break"] {
            let part = world.part(&format!("/fragments/{part}?lang={lang}")).await;
            assert!(!part.contains("<html"));
        }
    }
    // Plain forms: the answer is a whole page, or the way to one.
    let home = world.page("/").await;
    let plain = |path: String, fields: &[(&str, &str)]| {
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(form(fields))).unwrap()
    };
    let code = field(&home, "code");
    let path = format!("/w/{wallet}/scan?view=own&lang=en");
    let sheet = text(&world.send(plain(path, &[("code", &code)])).await);
    assert!(sheet.contains("<html") && sheet.contains("name=\"quote\""), "{sheet}");
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let path = format!("/w/{wallet}/pay?view=own&lang=en");
    let paid = text(&world.send(plain(path, &[("quote", &quote), ("key", &key)])).await);
    assert!(paid.contains("<html") && paid.contains("data-state=\"paid\""), "{paid}");
    let statement = world.until(&format!("/w/{wallet}/statement?lang=en"), "136.06").await;
    let (_, rest) = statement.split_once(&format!("/w/{wallet}/pay/")).unwrap();
    let payment = rest.split_once('?').unwrap().0;
    let receipt = world.page(&format!("/w/{wallet}/pay/{payment}?lang=en")).await;
    assert!(receipt.contains(payment) && receipt.contains("136.06"));
    world.until(&format!("/t/{till_at}/today?lang=en"), "3,200").await;
    let refunding = world.page(&format!("/t/{till_at}/refund?payment={payment}&lang=en")).await;
    assert!(refunding.contains("id=\"till-refund\""), "{refunding}");
    let path = format!("/t/{till_at}/request?view=home&lang=en");
    let to = world.send(plain(path, &[("amount", "500"), ("key", "k")])).await;
    assert_eq!((to.status.as_u16(), to.header("location")), (303, Some("/?lang=en")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_said_with_its_code_and_changes_nothing() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let till_at = world.till.clone();
    let home = world.page("/?lang=en").await;
    let code = field(&home, "code");
    let wrong_crc = format!("{}0000", &code[..code.len() - 4]);
    for (text, says) in [
        ("", "not_a_payment_code"),
        ("hello", "not_a_payment_code"),
        (wrong_crc.as_str(), "wrong_crc"),
        (&"0".repeat(5_000), "too_long"),
    ] {
        let face = world.scan(text).await;
        assert!(face.contains(&format!("<code>{says}</code>")), "{says}: {face}");
    }
    for (kind, body, says) in [
        ("image/png", b"no picture".to_vec(), "not_a_picture"),
        ("application/x-www-form-urlencoded", b"code=\xff".to_vec(), "text_unfit"),
    ] {
        let request = Request::post(format!("/w/{wallet}/scan?view=home"))
            .header("x-fragment", "1")
            .header("content-type", kind);
        let face = text(&world.send(request.body(Body::from(body)).unwrap()).await);
        assert!(face.contains(&format!("<code>{says}</code>")), "{says}: {face}");
    }
    for (amount, says) in [
        ("", "amount_missing"),
        ("0", "amount_not_positive"),
        ("-5", "amount_not_a_number"),
        ("1.5", "amount_has_decimals"),
        ("99999999999999999999", "amount_too_large"),
    ] {
        let fields = [("amount", amount), ("key", "bad")];
        let face = world.post(&format!("/t/{till_at}/request?view=own"), &fields).await;
        assert!(face.contains(&format!("<code>{says}</code>")), "{says}: {face}");
    }
    let path = format!("/t/{till_at}/request?view=own");
    let face = world.post(&path, &[("amount", "100"), ("key", "")]).await;
    assert!(face.contains("idempotency_key_invalid"), "{face}");
    let path = format!("/w/{wallet}/pay?view=own");
    let face = world.post(&path, &[("quote", "quo_none"), ("key", "k")]).await;
    assert!(face.contains("quote_expired"), "{face}");
    let path = format!("/t/{till_at}/refund?view=own");
    for payment in ["", "pay_none", "pay_00000000000000000000000000"] {
        let fields = [("payment", payment), ("amount", "1"), ("key", "k")];
        let face = world.post(&path, &fields).await;
        assert!(face.contains("payment_not_found"), "{face}");
    }
    let sheet = world.scan(&code).await;
    world.pay(&sheet, "").await;
    let till = world.until(&format!("/t/{till_at}/till?view=home"), "name=\"payment\"").await;
    let payment = field(&till, "payment");
    let fields = [("payment", payment.as_str()), ("amount", "3201"), ("key", "too-much")];
    let face = world.post(&path, &fields).await;
    assert!(face.contains("refund_exceeds_rest"), "{face}");
    let face = world.scan(&code).await;
    assert!(face.contains("payment_not_open"), "{face}");
    let face = world.post("/fragments/break", &[("cell", "us")]).await;
    assert!(face.contains("not_found"), "{face}");
    for path in ["/w/guess", "/t/guess", "/t/guess/today", "/w/guess/pay/pay_1", "/events?of=guess"]
    {
        let answer = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

/// Nobody's name is kept for pages longer than the vault keeps it: the phone, the books of an old
/// payment and the heads of pages say that there was somebody.
#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_holder_has_no_name_on_any_page() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let home = world.page("/?lang=en").await;
    let sheet = world.scan(&field(&home, "code")).await;
    world.pay(&sheet, "").await;
    world.until("/fragments/bridge", "data-step=\"posted\"").await;
    let (window, books) = (format!("/w/{wallet}?lang="), "/fragments/books?lang=");
    let shown = |page: &str| page.contains("李伟");
    assert!(shown(&world.page(&format!("{window}en")).await));
    assert!(shown(&world.part(&format!("{books}en")).await));
    world.app.forget_li_wei().await;
    for (lang, words) in
        [("zh-CN", "已注销用户"), ("ja", "削除済みの利用者"), ("en", "Forgotten person")]
    {
        let books = world.until(&format!("{books}{lang}"), words).await;
        let home = world.page(&format!("/?lang={lang}")).await;
        assert!(home.contains(words), "{lang}: {home}");
        assert!(!shown(&books) && !shown(&home), "{lang}: {home}");
        // With the holder the code has ended.
        let path = format!("{window}{lang}");
        let window = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(window.status, 401);
        let window = text(&window);
        assert!(window.contains("sign_in_ended") && !shown(&window), "{lang}: {window}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_the_phone_says_that_the_money_is_safe() {
    let mut world = World::start().await;
    let home = world.page("/?lang=en").await;
    world.app.cut_the_corridor();
    let sheet = world.scan(&field(&home, "code")).await;
    let face = world.pay(&sheet, "").await;
    assert!(face.contains("data-state=\"doubt\"") && face.contains("data-again-ms"), "{face}");
    let bridge = world.part("/fragments/bridge").await;
    assert_eq!(bridge.matches(" lit\"").count(), 3, "{bridge}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declined_is_paid_by_scanning_the_same_code_again() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let home = world.page("/?lang=en").await;
    let code = field(&home, "code");
    let sheet = world.scan(&code).await;
    let open = |open: &str| format!("/v1/stores/{}/{open}", world.app.store);
    let shop = &world.app.shop.key;
    world.app.post(shop, &open("pause"), &serde_json::json!({})).await.expect(200);
    let face = world.pay(&sheet, "").await;
    assert!(face.contains("<code>store_paused</code>"), "{face}");
    assert_eq!(field(&face, "code"), code, "the till still shows it");
    world.app.post(shop, &open("open"), &serde_json::json!({})).await.expect(200);

    let sheet = world.scan(&code).await;
    let bridge = world.until("/fragments/bridge?lang=en", " lit\" data-step=\"quoted\"").await;
    assert_eq!(bridge.matches(" lit\"").count(), 2, "the beads begin anew: {bridge}");
    let face = world.pay(&sheet, "").await;
    assert!(face.contains("data-state=\"paid\"") && face.contains("136.06"), "{face}");
    let bridge = world.part("/fragments/bridge?lang=en").await;
    assert_eq!(bridge.matches(" lit\"").count(), 5, "{bridge}");
    // The statement tells of both.
    let statement = world.until(&format!("/w/{wallet}/statement?lang=en"), "136.06").await;
    assert!(statement.contains("data-state=\"declined\""), "{statement}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_holds_says_so_until_it_ends() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let (app, yen) = (&world.app, serde_json::json!({"amount": 5000, "currency": "JPY"}));
    let body =
        serde_json::json!({"store": app.store.to_string(), "amount": yen, "capture": "later"});
    let requested = app.post(&app.shop.key, "/v1/payments", &body).await.expect(201);
    let scan = format!("/w/{wallet}/scan?view=own&lang=en");
    let sheet = world.post(&scan, &[("code", requested["code"].as_str().unwrap())]).await;
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let path = format!("/w/{wallet}/pay?view=own&lang=en");
    let held = world.post(&path, &[("quote", quote.as_str()), ("key", &key)]).await;
    assert!(held.contains("Held for the shop") && held.contains("at most"), "{held}");
    let id = requested["id"].as_str().unwrap();
    let receipt = format!("/w/{wallet}/pay/{id}?lang=en");
    assert!(world.page(&receipt).await.contains("Held for the shop"));
    world.until(&format!("/w/{wallet}/statement?lang=en"), &format!("/pay/{id}")).await;
    // Its holder asks to cancel; the shop's side lets go.
    let cancel = format!("/v1/payments/{id}/cancel");
    app.post(&app.li_wei.key, &cancel, &serde_json::json!({})).await.expect(200);
    let over = world.until(&receipt, "<code>cancelled_by_payer</code>").await;
    assert!(over.contains("You have cancelled"), "{over}");
}

impl World {
    /// What a wallet's own window answers to a form.
    async fn own(&self, wallet: &str, path: &str, fields: &[(&str, &str)]) -> String {
        self.post(&format!("/w/{wallet}/{path}?view=own&lang=en"), fields).await
    }

    /// The text of the store's poster.
    async fn poster(&self) -> String {
        let path = format!("/v1/stores/{}/code", self.app.store);
        let code = self.app.get(&self.app.shop.key, &path).await.expect(200);
        code["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_types_what_a_poster_leaves_open() {
    let world = World::start().await;
    let wallet = world.wallet.clone();
    let code = world.poster().await;
    let asks = world.own(&wallet, "scan", &[("code", &code)]).await;
    assert!(asks.contains("How much do you pay?") && asks.contains("そば処 山ぼうし"), "{asks}");
    assert!(asks.contains("inputmode=\"numeric\"") && asks.contains("data-keypad"), "{asks}");
    assert!(!asks.contains("role=\"alert\""), "nothing is wrong yet: {asks}");
    for (typed, says) in [
        ("", "amount_missing"),
        ("0", "amount_not_positive"),
        ("-5", "amount_not_a_number"),
        ("twelve", "amount_not_a_number"),
        ("1.5", "amount_has_decimals"),
        ("99999999999999999999", "amount_too_large"),
        // What can be read and not be booked is said by the cell, at the same place.
        ("9007199254740993", "amount_too_large"),
    ] {
        let face = world.own(&wallet, "scan", &[("code", &code), ("amount", typed)]).await;
        assert!(face.contains(&format!("<code>{says}</code>")), "{says}: {face}");
        assert!(face.contains("aria-invalid=\"true\""), "{face}");
        assert_eq!(field(&face, "code"), code, "the payer may type again");
        assert!(face.contains(&format!("value=\"{typed}\"")), "{typed}: {face}");
    }
    let fields = [("code", code.as_str()), ("amount", "３,２００")];
    let sheet = world.own(&wallet, "scan", &fields).await;
    assert!(sheet.contains("136.06") && sheet.contains("3,200"), "{sheet}");
    assert_eq!(field(&sheet, "amount"), "３,２００", "a new rate is asked for the same amount");
    let yes = ["quote", "key"].map(|name| (name, field(&sheet, name)));
    let yes: Vec<_> = yes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let paid = world.own(&wallet, "pay", &yes).await;
    assert!(paid.contains("data-state=\"paid\"") && paid.contains("136.06"), "{paid}");
    assert_eq!(world.own(&wallet, "pay", &yes).await, paid, "a second tap is the same payment");

    // Without script: whole pages, from the finder to the receipt.
    let plain = async |path: &str, fields: &[(&str, &str)]| {
        let request = Request::post(format!("/w/{wallet}/{path}?view=own&lang=zh-CN"))
            .header("content-type", "application/x-www-form-urlencoded");
        text(&world.send(request.body(Body::from(form(fields))).unwrap()).await)
    };
    let asks = plain("scan", &[("code", &code)]).await;
    assert!(asks.contains("<html") && asks.contains("付多少？"), "{asks}");
    let sheet = plain("scan", &[("code", &code), ("amount", "980")]).await;
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let paid = plain("pay", &[("quote", &quote), ("key", &key)]).await;
    assert!(paid.contains("<html") && paid.contains("data-state=\"paid\""), "{paid}");
    // What a till asks for is not typed over.
    let till = field(&world.page("/?lang=en").await, "code");
    let sheet = world.own(&wallet, "scan", &[("code", &till), ("amount", "5")]).await;
    assert!(sheet.contains("3,200") && sheet.contains("name=\"quote\""), "{sheet}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_pays_the_shop_next_door() {
    let world = World::start().await;
    let resident = world.resident.clone();
    let till_at = world.till.clone();
    let balance = world.page(&format!("/w/{resident}?lang=en")).await;
    assert!(balance.contains("100,000") && balance.contains("山田花"), "{balance}");
    let till = field(&world.page("/?lang=en").await, "code");
    let sheet = world.own(&resident, "scan", &[("code", &till)]).await;
    assert!(sheet.contains("3,200") && sheet.contains("JPY"), "{sheet}");
    for word in ["CNY", "class=\"ring\"", "rate is held", "data-while=\"over\" "] {
        assert!(word == "data-while=\"over\" " || !sheet.contains(word), "{word}: {sheet}");
    }
    let yes = ["quote", "key"].map(|name| (name, field(&sheet, name)));
    let yes: Vec<_> = yes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let began = std::time::Instant::now();
    let paid = world.own(&resident, "pay", &yes).await;
    assert!(paid.contains("data-state=\"paid\"") && paid.contains("3,200"), "{paid}");
    assert!(began.elapsed() < Duration::from_secs(1), "it waits for no other side");
    assert_eq!(world.own(&resident, "pay", &yes).await, paid, "a second tap is the same payment");
    let till = world.part(&format!("/t/{till_at}/till?view=home&lang=en")).await;
    assert!(till.contains("class=\"result\""), "{till}");

    // A part comes back to the wallet.
    let fields = ["payment", "amount", "key"].map(|name| (name, field(&till, name)));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let back = world.post(&format!("/t/{till_at}/refund?view=home&lang=en"), &fields).await;
    assert!(back.contains("1,000"), "{back}");
    let payment = field(&till, "payment");
    let receipt = format!("/w/{resident}/pay/{payment}?lang=en");
    let receipt = world.until(&receipt, "class=\"card tight stack-1 refund\"").await;
    assert!(receipt.contains("1,000 JPY"), "{receipt}");

    // A poster, with an amount that the wallet does not hold, and one that it does.
    let code = world.poster().await;
    let sheet = world.own(&resident, "scan", &[("code", &code), ("amount", "100,000")]).await;
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let refused = world.own(&resident, "pay", &[("quote", &quote), ("key", &key)]).await;
    assert!(refused.contains("<code>insufficient_funds</code>"), "{refused}");
    let sheet = world.own(&resident, "scan", &[("code", &code), ("amount", "700")]).await;
    let (quote, key) = (field(&sheet, "quote"), field(&sheet, "key"));
    let paid = world.own(&resident, "pay", &[("quote", &quote), ("key", &key)]).await;
    assert!(paid.contains("data-state=\"paid\"") && paid.contains("700"), "{paid}");
    let path = format!("/v1/wallets/{}", world.app.yen_wallet);
    let wallet = world.app.get(&world.app.resident.key, &path).await.expect(200);
    assert_eq!(wallet["balance"]["amount"], 100_000 - 3_200 + 1_000 - 700);
    // The visitor's window knows nothing of it.
    let path = format!("/w/{wallet}/pay/{payment}?lang=en");
    let answer = world.send(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 404);
}
