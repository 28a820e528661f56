//! A shop signs up by itself: what it gets, what is mended, and what staff see and decide.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kernel::{Currency, Role};
use serde_json::{Value, json};
use server::edge::SignUpAt;
use server::front::{self, FrontConfig};

use crate::app::{Answer, App, own_form};
use crate::board::code_of;

async fn app() -> App {
    let at = SignUpAt { cell: "jp".into(), currency: Currency::JPY };
    App::build(|edge| edge.sign_up(at)).await
}

pub(crate) fn pages(app: &App) -> Router {
    let config = FrontConfig {
        edge: app.edge.clone(),
        cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
        payers: vec!["cn".into()],
        address: "http://localhost:1".into(),
    };
    server::app(app.edge.clone(), front::router(config))
}

fn soba() -> Value {
    json!({
        "name": "そば処 山ぼうし", "latin_name": "Yamaboshi Soba", "category": "restaurant",
        "prefecture": "21", "city": "Takayama", "bank": "2476", "branch": "001",
        "account": "0044174", "holder": "ソバドコロ ヤマボウシ",
    })
}

fn with(field: &str, value: &str) -> Value {
    let mut fields = soba();
    fields[field] = value.into();
    fields
}

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const OTHER_KEY: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

async fn sign_up(app: &App, fields: &Value, key: &str) -> Answer {
    app.post_once("", "/v1/sign-ups", fields, key).await
}

pub(crate) async fn page(app: &App, router: &Router, path: &str) -> (u16, String) {
    let answer = app.send_to(router, Request::get(path).body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), String::from_utf8(answer.bytes).unwrap())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn send_form(app: &App, router: &Router, ticket: &str, fields: &Value) -> Answer {
    let mut body = format!("ticket={ticket}");
    for (name, value) in fields.as_object().unwrap() {
        body += &format!("&{name}={}", encoded(value.as_str().unwrap()));
    }
    let request = own_form("/sign-up?lang=en")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body));
    app.send_to(router, request.unwrap()).await
}

fn ticket(page: &str) -> String {
    let rest = page.split_once("name=\"ticket\" value=\"").unwrap().1;
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_signs_up_once_however_often_it_asks() {
    let app = app().await;
    let first = sign_up(&app, &soba(), KEY).await;
    assert_eq!(first.header("enishi-repeated"), None);
    let first = first.expect(201);
    assert_eq!(first["account_shared"], false);
    let again = sign_up(&app, &soba(), KEY).await;
    assert_eq!(again.header("enishi-repeated"), Some("true"));
    assert_eq!(again.expect(201), first, "the same shop and the same code");
    // Twice at once is once.
    let fields = with("account", "0000001");
    let (one, two) =
        tokio::join!(sign_up(&app, &fields, OTHER_KEY), sign_up(&app, &fields, OTHER_KEY));
    assert_eq!(one.expect(201)["store"], two.expect(201)["store"]);
    let changed = sign_up(&app, &with("name", "Other"), KEY).await;
    assert_eq!(changed.problem(), (422, "idempotency_key_reused".into()));
    // A key that can be guessed would show the code to others.
    for guessed in ["1", "00000000-0000-0000-0000-000000000001"] {
        let refused = sign_up(&app, &soba(), guessed).await;
        assert_eq!(refused.problem(), (400, "idempotency_key_invalid".into()));
    }
    // The code opens its till, and only its own.
    let router = pages(&app);
    let path = first["sign_in_path"].as_str().unwrap();
    let opened = app.send_to(&router, own_form(path).body(Body::empty()).unwrap()).await;
    assert_eq!(opened.header("location").map(|to| to.starts_with("/t/me")), Some(true));
    let number = first["store_number"].as_str().unwrap();
    let (status, poster) = page(&app, &router, first["poster"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    for text in ["そば処 山ぼうし", "Yamaboshi Soba", "Takayama", number, "扫码付款", "Scan to pay"]
    {
        assert!(poster.contains(text), "no {text} on the poster");
    }
    let (status, svg) =
        page(&app, &router, &format!("{}.svg", first["poster"].as_str().unwrap())).await;
    assert!(status == 200 && svg.starts_with("<svg") && svg.contains(number));
    assert_eq!(page(&app, &router, "/poster/sto_0").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_field_by_field_and_opens_nothing() {
    let app = app().await;
    let before = app.jp.durable();
    for (field, value, said) in [
        ("account", "044174", "That is 6 digits."),
        ("name", "<script>alert(1)</script>", "can’t stand in a name"),
        ("name", "山\u{202e}星", "turn the direction"),
        ("holder", &"ア".repeat(60), "the bank takes 30"),
        ("branch", "999", "has no branch"),
        ("bank", "9999", "No bank has the code"),
    ] {
        let refused = sign_up(&app, &with(field, value), KEY).await;
        assert_eq!(refused.problem(), (422, "sign_up_unfit".into()));
        let errors = refused.json()["errors"].clone();
        assert_eq!(errors[0]["pointer"], format!("/{field}"));
        assert!(errors[0]["detail"].as_str().unwrap().contains(said), "{errors}");
    }
    let unknown = sign_up(&app, &with("is_admin", "1"), KEY).await;
    assert_eq!(unknown.status.as_u16() / 100, 4);
    assert_eq!(app.jp.durable(), before, "nothing was opened");
    let closed = App::start().await;
    let refused = sign_up(&closed, &soba(), KEY).await;
    assert_eq!(refused.problem(), (404, "sign_up_closed".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_mended_and_shows_the_code_once() {
    let app = app().await;
    let router = pages(&app);
    for (lang, words) in [("en", "Open the shop"), ("ja", "お店を開く"), ("zh-CN", "开店")] {
        let (status, form) = page(&app, &router, &format!("/sign-up?lang={lang}")).await;
        assert!(status == 200 && form.contains(words), "{form}");
        assert!(form.len() < 100_000 && form.contains("1.6") && !form.contains("style="));
    }
    let (_, form) = page(&app, &router, "/sign-up?lang=en").await;
    let ticket = ticket(&form);
    let mut fields = with("account", "044174");
    fields["name"] = "\"><script>x</script>".into();
    let unfit = send_form(&app, &router, &ticket, &fields).await;
    assert_eq!(unfit.status, 422);
    let unfit = String::from_utf8(unfit.bytes).unwrap();
    assert!(unfit.contains("2 things to mend") && unfit.contains("href=\"#account\""), "{unfit}");
    assert!(unfit.contains("0044174.") && !unfit.contains("<script>x"), "{unfit}");
    assert!(
        unfit.contains("aria-invalid=\"true\"")
            && unfit.contains("aria-describedby=\"account-hint account-note\"")
    );
    assert!(unfit.contains(&ticket), "the form keeps its ticket");

    let opened = send_form(&app, &router, &ticket, &soba()).await;
    assert_eq!(opened.status, 200);
    let cookie = opened.header("set-cookie").unwrap().to_owned();
    let shown = String::from_utf8(opened.bytes).unwrap();
    let code =
        shown.split_once("<pre class=\"code\" id=\"sign-in-code\" tabindex=\"0\">").unwrap().1;
    let code = code.split_once('<').unwrap().0;
    assert!(code.starts_with("jp-") && cookie.contains(code), "{code} {cookie}");
    let again = send_form(&app, &router, &ticket, &soba()).await;
    let again = String::from_utf8(again.bytes).unwrap();
    assert!(again.contains(code), "a double click shows the same shop");
    // A form that nobody here handed out opens nothing.
    let foreign = send_form(&app, &router, "1", &with("account", "0000009")).await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_who_waits_and_decide() {
    let app = app().await;
    let shop = sign_up(&app, &soba(), KEY).await.expect(201);
    let twin = sign_up(&app, &with("name", "Twin"), OTHER_KEY).await.expect(201);
    assert_eq!((&shop["account_shared"], &twin["account_shared"]), (&json!(false), &json!(true)));
    assert!(!twin.to_string().contains("山ぼうし"), "it is not told whose account it is");
    let jp = &app.bank_jp.key;
    let list = app.get(jp, "/v1/reviews").await.expect(200);
    let rows = list["reviews"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["merchant"], shop["merchant"]);
    assert_eq!((&rows[0]["standing"], &rows[0]["account"]), (&json!("new"), &json!(1)));
    let account = &rows[0]["bank_account"];
    assert_eq!((&account["bank"], &account["bank_name"]), (&json!("2476"), &json!("飛騨信組")));
    assert_eq!((&account["ending"], &rows[0]["holder"]), (&json!("4174"), &json!("ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾎﾞｳｼ")));
    assert_eq!(rows[1]["flags"], json!(["account_shared"]));
    assert!(!list.to_string().contains("0044174"), "no page shows the whole number");

    let merchant = shop["merchant"].as_str().unwrap();
    let path = format!("/v1/merchants/{merchant}/review");
    let stale = json!({"decision": "approve", "account": 0});
    assert_eq!(app.post(jp, &path, &stale).await.problem().1, "review_outdated");
    for unfit in [
        json!({"decision": "pause", "account": 1}),
        json!({"decision": "approve", "account": 1, "reason": "law"}),
    ] {
        assert_eq!(app.post(jp, &path, &unfit).await.problem(), (422, "out_of_range".into()));
    }
    let pause = json!({"decision": "pause", "account": 1, "reason": "account_in_doubt"});
    let paused = app.post(jp, &path, &pause).await.expect(200);
    assert_eq!(
        (&paused["standing"], &paused["paused_for"]),
        (&json!("paused"), &json!("account_in_doubt"))
    );
    // Both sides are told why nothing can be paid, by the number on the poster, too.
    let number = shop["store_number"].as_str().unwrap();
    let offer = json!({"wallet": app.wallet.to_string(), "code": number, "amount": {"amount": 100, "currency": "JPY"}});
    let declined = app.post(&app.li_wei.key, "/v1/quotes", &offer).await;
    assert_eq!(declined.problem(), (409, "merchant_paused".into()));
    let router = pages(&app);
    let (_, poster) = page(&app, &router, shop["poster"].as_str().unwrap()).await;
    assert!(poster.contains("role=\"alert\""), "the poster says that it is paused");
    let approve = json!({"decision": "approve", "account": 1});
    let approved = app.post(jp, &path, &approve).await.expect(200);
    assert_eq!(approved["standing"], "approved");
    app.post(&app.li_wei.key, "/v1/quotes", &offer).await.expect(201);
    let left = app.get(jp, "/v1/reviews").await.expect(200);
    assert_eq!(left["reviews"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_store_number_leads_to_its_store_and_a_slip_is_said() {
    let app = app().await;
    let shop = sign_up(&app, &soba(), KEY).await.expect(201);
    let number = shop["store_number"].as_str().unwrap();
    let look = |key: String, code: String| {
        let app = &app;
        async move { app.post(&key, "/v1/codes/look", &json!({"code": code})).await }
    };
    for key in [&app.li_wei.key, &app.resident.key] {
        for typed in [number.to_owned(), number.replace(' ', ""), number.replace(' ', "-")] {
            let found = look(key.clone(), typed).await.expect(200);
            assert_eq!(found["payee"]["id"], shop["store"]);
        }
    }
    let last = number.chars().last().unwrap().to_digit(10).unwrap();
    let slip = format!("{}{}", &number[..number.len() - 1], (last + 1) % 10);
    let slip = look(app.li_wei.key.clone(), slip).await;
    assert_eq!(slip.problem(), (422, "store_number_mistyped".into()));
    let short = look(app.li_wei.key.clone(), "2 00".into()).await;
    assert_eq!(short.problem(), (422, "store_number_malformed".into()));
    let stray = pay::StoreNumber::of(2, 4_711).unwrap().to_string();
    assert_eq!(
        look(app.li_wei.key.clone(), stray).await.problem(),
        (404, "store_not_found".into())
    );
    let far = pay::StoreNumber::of(77, 1).unwrap().to_string();
    assert_eq!(look(app.li_wei.key.clone(), far).await.problem().1, "link_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_decide_on_their_page_once_about_what_they_saw() {
    let app = app().await;
    let shop = sign_up(&app, &soba(), KEY).await.expect(201);
    let twin = sign_up(&app, &with("name", "<b>Twin"), OTHER_KEY).await;
    assert_eq!(twin.status, 422);
    let twin = sign_up(&app, &with("name", "Twin & Co"), OTHER_KEY).await.expect(201);
    let router = pages(&app);
    let staff = code_of(&app, &app.jp, app.bank_jp.party, Role::Operator).await.reveal();
    let review = format!("/o/{staff}/review");
    let (status, shown) = page(&app, &router, &format!("{review}?cell=jp&lang=en")).await;
    assert_eq!(status, 200);
    let order = [shown.find("そば処 山ぼうし"), shown.find("Twin &amp; Co")];
    assert!(order[0].is_some() && order[0] < order[1], "the oldest first");
    for words in ["飛騨信組", "本店営業部", "…4174", "ｿﾊﾞﾄﾞｺﾛ ﾔﾏﾎﾞｳｼ", "Another shop has the same"]
    {
        assert!(shown.contains(words), "no {words}");
    }
    assert!(!shown.contains("0044174"), "no page shows the whole number");
    for lang in ["zh-CN", "ja"] {
        let (status, shown) = page(&app, &router, &format!("{review}?cell=jp&lang={lang}")).await;
        assert!(status == 200 && !shown.contains("review-"), "{shown}");
    }
    let merchant = shop["merchant"].as_str().unwrap();
    let decide = async |act: &str, reason: &str, account: u32, key: &str| {
        let body = format!(
            "cell=jp&merchant={merchant}&act={act}&reason={reason}&account={account}&key={key}"
        );
        let request = own_form(&format!("{review}?lang=en"))
            .header("content-type", "application/x-www-form-urlencoded");
        app.send_to(&router, request.body(Body::from(body)).unwrap()).await
    };
    // What was looked at is not the account that the shop has now.
    let stale = decide("approve", "", 0, "k1").await;
    assert_eq!(stale.status, 409);
    assert!(String::from_utf8(stale.bytes).unwrap().contains("review_outdated"));
    assert_eq!(decide("pause", "", 1, "k2").await.status, 422, "a pause has a reason");
    let before = app.jp.durable();
    for _ in 0..2 {
        let paused = decide("pause", "account_in_doubt", 1, "k3").await;
        assert_eq!(paused.status, 303);
    }
    assert_eq!(app.jp.durable(), before + 1, "sent twice is done once");
    let (_, shown) = page(&app, &router, &format!("{review}?cell=jp&done=paused&lang=en")).await;
    assert!(shown.contains("The shop was paused.") && shown.contains("Let the shop be paid again"));
    assert_eq!(decide("approve", "", 1, "k4").await.status, 303);
    let (_, shown) = page(&app, &router, &format!("{review}?cell=jp&lang=en")).await;
    assert!(!shown.contains("そば処 山ぼうし"), "an approved shop waits no more");
    // It is found by a part of its name, and can be paused there, which it must have a reason for.
    let found = async |named: &str| {
        let path = format!("{review}?cell=jp&show=approved&named={named}&lang=en");
        page(&app, &router, &path).await.1
    };
    let shown = found("yamaboshi").await;
    for words in ["そば処 山ぼうし", merchant, "Pause the shop", "Approved"] {
        assert!(shown.contains(words), "no {words} in {shown}");
    }
    assert!(!shown.contains("Approve the shop") && !shown.contains("Twin"), "{shown}");
    assert!(found("nobody").await.contains("No approved shop has that name"));
    // What the operator made was never reviewed: no day is invented for it.
    let all = found("").await;
    assert!(all.matches("Pause the shop").count() > 1 && !all.contains("1 Jan"), "{all}");
    let reason = decide("pause", "law&show=approved&named=yamaboshi", 1, "k5").await;
    assert_eq!(reason.status, 303);
    assert!(!found("yamaboshi").await.contains(merchant));
    let (_, shown) = page(&app, &router, &format!("{review}?cell=jp&lang=en")).await;
    assert!(shown.contains("an authority ordered it"), "{shown}");
    assert_eq!(decide("approve", "", 1, "k6").await.status, 303);
    let by_name = app.get(&app.bank_jp.key, "/v1/reviews?standing=approved&named=YAMA").await;
    assert!(by_name.expect(200).to_string().contains(merchant));
    let strange = app.get(&app.bank_jp.key, "/v1/reviews?standing=perhaps").await;
    assert_eq!(strange.problem(), (400, "query_invalid".into()));
    // A till's code opens no page of staff.
    let till = twin["sign_in_code"].as_str().unwrap();
    let (status, _) = page(&app, &router, &format!("/o/{till}/review")).await;
    assert_ne!(status, 200);
}
