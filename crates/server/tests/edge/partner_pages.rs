//! The operator's page of partners: how one begins, what its forms refuse and do, who may what, and
//! whether both books have the same day.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use economy::IssueKey;
use kernel::id::Party;
use kernel::{Currency, Ref, Role};
use partner::Partners;
use serde_json::json;
use server::code::Code;
use server::front::{self, FrontConfig};

use crate::app::{Answer, App, own_form};
use crate::board::code_of;
use crate::desk::text;
use crate::partners::{Other, a_key, serve};

/// The pages of an operator whose cell has partners.
struct Desk {
    router: Router,
    base: String,
}

impl Desk {
    async fn of(app: &App, cell: &str, partners: &Arc<Partners>, role: Role) -> Self {
        let known = vec![Arc::clone(partners)];
        let edge = app.edge_again(|edge| edge.partners(known)).await;
        let config = FrontConfig {
            edge: edge.clone(),
            cells: vec![("cn".into(), Currency::CNY), ("jp".into(), Currency::JPY)],
            payers: vec!["cn".into()],
            address: "http://localhost:1".into(),
        };
        let router = server::app(edge.clone(), front::router(config));
        let (handle, person) =
            if cell == "cn" { (&app.cn, &app.bank_cn) } else { (&app.jp, &app.bank_jp) };
        let person = if role == Role::Operator { person } else { &app.shop };
        let code = code_of(app, handle, person.party, role).await;
        let site = edge.cells().named(cell).unwrap();
        site.stream.reached(handle.durable()).await;
        Self { router, base: format!("/o/{}", code.reveal()) }
    }

    async fn get(&self, app: &App, rest: &str) -> Answer {
        let request = Request::get(format!("{}/{rest}", self.base)).body(Body::empty()).unwrap();
        app.send_to(&self.router, request).await
    }

    async fn page(&self, app: &App) -> String {
        let answer = self.get(app, "partners?lang=en").await;
        assert_eq!(answer.status, 200, "{}", text(&answer));
        text(&answer)
    }

    async fn post(&self, app: &App, part: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |value: &str| value.replace('%', "%25").replace('&', "%26").replace(' ', "+");
        let key = app.new_key();
        let body = fields.iter().fold(format!("key={key}"), |body, (name, value)| {
            format!("{body}&{name}={}", encode(value))
        });
        let kind = "application/x-www-form-urlencoded";
        let path = format!("{}/partners{part}?lang=en", self.base);
        let request = own_form(&path).header("content-type", kind);
        app.send_to(&self.router, request.body(Body::from(body)).unwrap()).await
    }

    /// A form that does something; the page says so.
    async fn does(&self, app: &App, part: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(app, part, fields).await;
        assert_eq!(answer.status, 303, "{fields:?}: {}", text(&answer));
        let at = answer.header("location").unwrap().to_owned();
        assert!(at.contains("&done="), "{at}");
        let request = Request::get(at).body(Body::empty()).unwrap();
        text(&app.send_to(&self.router, request).await)
    }

    /// A form that is refused with a code, beside it.
    async fn refuses(&self, app: &App, part: &str, fields: &[(&str, &str)], code: &str) {
        let answer = self.post(app, part, fields).await;
        let page = text(&answer);
        assert!(answer.status.is_client_error(), "{code}: {}", answer.status);
        assert!(page.contains(&format!("<code>{code}</code>")), "{code}: {page}");
        assert_eq!(page.matches("role=\"alert\"").count(), 1, "{code}: {page}");
    }
}

const MIDORI: [(&str, &str); 8] = [
    ("act", "set"),
    ("wallet", "Midori Pay"),
    ("name", "mdr"),
    ("number", "900"),
    ("pays_here", "JPY"),
    ("most", "50,000"),
    ("url", ""),
    ("source", "contract of 20 November, §4"),
];

/// The same with another value.
fn but<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    let with =
        |(field, was): (&'static str, &'a str)| (field, if field == name { value } else { was });
    MIDORI.into_iter().map(with).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_joins_a_partner_on_its_page() {
    let app = App::start().await;
    let home = tempfile::tempdir().unwrap();
    let served = serve(&app, &app.jp, &home).await;
    let desk = Desk::of(&app, "jp", &served.partners, Role::Operator).await;
    let own = served.keys.own().unwrap().to_string();
    let empty = desk.page(&app).await;
    assert!(empty.contains("No partners yet") && empty.contains(&own), "{empty}");

    for (field, value, code) in [
        ("wallet", "", "partner_wallet_unfit"),
        ("name", "Midori", "partner_name_unfit"),
        ("number", "0", "partner_number_unfit"),
        ("number", "2", "partner_taken"),
        ("name", "jp", "partner_taken"),
        ("pays_here", "", "partner_direction_missing"),
        ("most", "many", "amount_not_a_number"),
        ("url", "ftp://midori.example", "partner_url_unfit"),
        ("source", "", "partner_source_unfit"),
    ] {
        desk.refuses(&app, "", &but(field, value), code).await;
    }
    let page = desk.does(&app, "", &MIDORI).await;
    for words in ["Midori Pay", "Address missing", "50,000 JPY", "None is believed yet"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    desk.refuses(&app, "", &MIDORI, "partner_fixed").await;

    let agreed = [
        ("act", "set"),
        ("partner", "900"),
        ("wallet", "Midori"),
        ("most", ""),
        ("url", "https://pay.midori.example/enishi/"),
        ("source", "annex 2"),
    ];
    let page = desk.does(&app, "", &agreed).await;
    for words in ["Key missing", "without a bound", "https://pay.midori.example/enishi<", "annex 2"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }

    let key = a_key();
    for (typed, code) in
        [("epk_mdr_12", "partner_key_unfit"), (own.as_str(), "partner_key_of_another")]
    {
        let form = [("act", "trust"), ("partner", "900"), ("trust", typed)];
        desk.refuses(&app, "", &form, code).await;
    }
    let page = desk.does(&app, "", &[("act", "trust"), ("partner", "900"), ("trust", &key)]).await;
    assert!(page.contains("Not heard yet") && page.contains("End it for good"), "{page}");

    let note = |act, note| [("act", act), ("partner", "900"), ("note", note)];
    desk.refuses(&app, "/suspend", &note("suspend", " "), "partner_note_missing").await;
    let page = desk.does(&app, "/suspend", &note("suspend", "a look at its books")).await;
    for words in ["Suspended", "a look at its books", "No new payment passes"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = desk.does(&app, "/suspend", &note("resume", "all is well")).await;
    assert!(page.contains("Not heard yet"), "{page}");

    let page = desk.does(&app, "", &[("act", "end"), ("partner", "900"), ("trust", &key)]).await;
    assert!(page.contains("Key missing") && !page.contains("End it for good"), "{page}");
    let again = [("act", "trust"), ("partner", "900"), ("trust", key.as_str())];
    desk.refuses(&app, "", &again, "partner_key_ended").await;
    let known = app.get(&app.bank_jp.key, "/v1/partners").await.expect(200);
    let known = &known["partners"][0];
    assert_eq!((&known["wallet"], &known["number"]), (&json!("Midori"), &json!(900)));
    assert!(known["keys"][0]["until"].is_string() && known.get("suspended").is_none(), "{known}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_its_operator_sees_partners_and_forms_of_others_do_nothing() {
    let app = App::start().await;
    let home = tempfile::tempdir().unwrap();
    let served = serve(&app, &app.jp, &home).await;
    let shop = Desk::of(&app, "jp", &served.partners, Role::Merchant).await;
    assert_eq!(shop.get(&app, "partners").await.status, 403);
    assert_eq!(shop.post(&app, "", &MIDORI).await.status, 403);
    let desk = Desk::of(&app, "jp", &served.partners, Role::Operator).await;
    // What belongs to one form is not done by the other, which others may send.
    let suspend = [("act", "suspend"), ("partner", "900"), ("note", "why")];
    assert_eq!(desk.post(&app, "", &suspend).await.status, 400);
    assert_eq!(desk.post(&app, "/suspend", &MIDORI).await.status, 400);
    assert_eq!(desk.post(&app, "/suspend", &suspend).await.status, 404);
    let kind = "application/x-www-form-urlencoded";
    let foreign = Request::post(format!("{}/partners?lang=en", desk.base))
        .header("content-type", kind)
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("act=make&key=1"))
        .unwrap();
    assert_eq!(app.send_to(&desk.router, foreign).await.status, 403);
    assert!(desk.page(&app).await.contains("No partners yet"));
}

/// The window of a member of the operator's staff.
async fn staff(app: &App, desk: &Desk, duty: &str) -> Desk {
    let party = app.bank_jp.party;
    let member = json!({"party": party.to_string(), "name": "Member", "duty": duty});
    let added = app.post(&app.bank_jp.key, "/v1/members", &member).await.expect(201);
    let person: Ref<Party> = added["person"].as_str().unwrap().parse().unwrap();
    let code = Code::generate("jp");
    let issue = IssueKey {
        person: person.number,
        ..code.issue(server::cells::fresh(), party, Role::Operator)
    };
    app.issue(&app.jp, issue).await;
    Desk { router: desk.router.clone(), base: format!("/o/{}", code.reveal()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_duty_does_on_the_page_what_it_may_by_the_api() {
    let app = App::start().await;
    let home = tempfile::tempdir().unwrap();
    let served = serve(&app, &app.jp, &home).await;
    let desk = Desk::of(&app, "jp", &served.partners, Role::Operator).await;
    desk.does(&app, "", &MIDORI).await;
    let suspend = [("act", "suspend"), ("partner", "900"), ("note", "why")];
    let resume = [("act", "resume"), ("partner", "900"), ("note", "why")];
    for (duty, may_suspend) in [("clerk", true), ("auditor", false)] {
        let of = staff(&app, &desk, duty).await;
        let page = of.page(&app).await;
        assert!(page.contains("Midori Pay") && !page.contains("Open the link"), "{duty}: {page}");
        assert_eq!(page.contains("New payments end at once"), may_suspend, "{duty}: {page}");
        assert_eq!(of.post(&app, "", &but("number", "901")).await.status, 403, "{duty}");
        let status = if may_suspend { 303 } else { 403 };
        for form in [suspend, resume] {
            assert_eq!(of.post(&app, "/suspend", &form).await.status, status, "{duty}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_held_against_the_partners_file() {
    let mut app = App::start().await;
    app.cut_the_corridor();
    let home = tempfile::tempdir().unwrap();
    let other = Other::start(&mut app, &home).await;
    let desk = Desk::of(&app, "cn", &other.served[0].partners, Role::Operator).await;
    other.pay(&app, 1_500).await;
    let page = desk.page(&app).await;
    for words in ["Working", "Midori Pay", "98,500 JPY", "We hold with it"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let at = page.find("/partners/900/").unwrap() + "/partners/900/".len();
    let day = &page[at..at + 10];
    let shown = text(&desk.get(&app, &format!("partners/900/{day}?lang=en")).await);
    assert!(shown.contains("Both books have the same"), "{shown}");
    let file = desk.get(&app, &format!("partners/900/{day}/theirs.csv")).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let theirs = text(&file);
    let kinds: Vec<_> = theirs.lines().filter_map(|line| line.split(',').nth(1)).collect();
    assert_eq!(kinds, ["kind", "nostro_changed", "captured", "2"], "{theirs}");
    let ours = text(&desk.get(&app, &format!("partners/900/{day}/ours.csv")).await);
    assert!(ours.contains(",authorize,"), "{ours}");
    assert_eq!(desk.get(&app, &format!("partners/901/{day}")).await.status, 404);
    // The page of settlement leads here: a partner's days are closed by nobody.
    let settled = text(&desk.get(&app, "settlement?lang=en").await);
    assert!(settled.contains("/partners?cell=cn&amp;lang=en\">Its days are files"), "{settled}");
    assert!(!settled.contains("Nobody has set how this link is settled"), "{settled}");
    assert_eq!(desk.get(&app, "partners/900/someday").await.status, 422);
}
