//! Every operation of the document by every kind of caller: its owner, another party of the same
//! role, every other role, and nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use economy::IssueKey;
use economy::people::{Duty, KeyForm};

use crate::app::cases::{Case, cases, operations, request};
use crate::app::derived::{FakeAudit, FakeLists};
use crate::app::{App, Person};
use kernel::id::Party;
use kernel::{Ref, Role};
use serde_json::{Value, json};
use server::auth::KeyText;
use server::authorize::{Access, TABLE};

#[test]
fn every_operation_of_the_document_stands_in_the_table() {
    // The document does not describe itself.
    let own = ("GET".to_owned(), "/openapi.json".to_owned());
    let table: BTreeSet<_> =
        TABLE.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    let mut operations = operations();
    operations.insert(own);
    assert_eq!(operations, table);
}

/// Which roles may ask, said here a second time and in other words than the table's: a slip in
/// one of the two shows.
fn expected(case: &Case) -> &'static [Role] {
    use Role::{Merchant, Operator, Traveller};
    match (case.method, case.route.split('/').nth(2).unwrap(), case.route) {
        ("GET", "payments", "/v1/payments") | (_, "payments.csv", _) => &[Operator],
        (_, "me" | "codes" | "referrers", _) | ("GET", "stores", _) => {
            &[Traveller, Merchant, Operator]
        }
        (_, _, "/v1/payments/{payment}" | "/v1/payments/{payment}/cancel") => {
            &[Traveller, Merchant, Operator]
        }
        (_, _, "/v1/parties/{party}" | "/v1/parties/{party}/forget") => {
            &[Traveller, Merchant, Operator]
        }
        (_, _, "/v1/wallets/{wallet}/top-ups" | "/v1/merchants/{merchant}/credit-line")
        | (_, _, "/v1/merchants/{merchant}/review" | "/v1/merchants/{merchant}/split")
        | (_, _, "/v1/merchants/{merchant}/referrer") => &[Operator],
        (_, _, "/v1/cases/{payment}") => &[Traveller, Operator],
        (_, "wallets" | "quotes", _) | (_, _, "/v1/payments/here") => &[Traveller, Operator],
        (
            _,
            "merchants" | "stores" | "tills" | "payments" | "charges" | "members" | "trail"
            | "trail.csv",
            _,
        ) => &[Merchant, Operator],
        _ => &[Operator],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_its_owners_alone() {
    let app =
        App::build(|edge| edge.lists(Arc::new(FakeLists::default())).audit(Arc::new(FakeAudit)))
            .await;
    let cases = cases(&app).await;
    // A stream has no end and no owner; what it tells is tested with the events.
    let mut tested: BTreeSet<_> =
        cases.iter().map(|case| (case.method.to_owned(), case.route.to_owned())).collect();
    tested.insert(("GET".into(), "/v1/events".into()));
    // What is signed instead has tests of its own.
    let other = [Access::Open, Access::Signed];
    let open = TABLE.iter().filter(|(_, _, access, _)| other.contains(access));
    let open: BTreeSet<_> = open.map(|(m, p, ..)| ((*m).to_owned(), (*p).to_owned())).collect();
    let needed: BTreeSet<_> = operations().difference(&open).cloned().collect();
    assert_eq!(tested, needed, "an operation has no authorization case");

    for case in &cases {
        let what = format!("{} {}", case.method, case.path);
        let nobody = app.send(request(case, None, &app.new_key())).await;
        assert_eq!(nobody.problem(), (401, "key_missing".into()), "{what}");
        let roles = expected(case);
        let keys = [
            (Role::Traveller, &app.resident.key),
            (Role::Merchant, &app.shop.key),
            (Role::Operator, &app.bank_jp.key),
        ];
        for (role, key) in keys.iter().filter(|(role, _)| !roles.contains(role)) {
            let refused = app.send(request(case, Some(key), &app.new_key())).await;
            assert_eq!(refused.problem(), (403, "role_not_allowed".into()), "{what} as {role:?}");
        }
        if let Some(stranger) = &case.stranger {
            let refused = app.send(request(case, Some(stranger), &app.new_key())).await;
            let (status, code) = refused.problem();
            assert_eq!(status, 404, "{what} by a stranger: {code}");
            assert!(code.ends_with("_not_found"), "{what} by a stranger: {code}");
        }
    }
    for case in &cases {
        let what = format!("{} {}", case.method, case.path);
        let owner = app.send(request(case, Some(&case.owner), &app.new_key())).await;
        let body = String::from_utf8_lossy(&owner.bytes);
        assert!(owner.status.is_success(), "{what} by its owner: {} {body}", owner.status);
    }
}

/// What others prepared.
const APPROVED: [&str; 7] = [
    "/v1/merchants/{merchant}/review",
    "/v1/proposals/{proposal}/approve",
    "/v1/proposals/{proposal}/reject",
    "/v1/cases/{payment}/release",
    "/v1/cases/{payment}/reject",
    "/v1/bank-files/{file}/approve",
    "/v1/top-ups/{top_up}/approve",
];
/// What the operator's daily work is, beside what a till does.
const DAILY: [&str; 23] = [
    "/v1/connectors/{connector}/strays/{stray}/returned",
    "/v1/connectors/{connector}/settlements",
    "/v1/partners/{partner}/suspension",
    "/v1/parties",
    "/v1/wallets/{wallet}/top-ups",
    "/v1/merchants/{merchant}/credit-line",
    "/v1/bank-files",
    "/v1/bank-files/{file}/sent",
    "/v1/bank-files/{file}/withdraw",
    "/v1/links/{link}/nostro-top-ups",
    "/v1/links/{link}/days",
    "/v1/links/{link}/top-ups",
    "/v1/top-ups/{top_up}/paid",
    "/v1/top-ups/{top_up}/end",
    "/v1/links/{link}/freeze",
    "/v1/links/{link}/reopen",
    "/v1/accounts",
    "/v1/transfers",
    "/v1/clock/accept",
    "/v1/statements",
    "/v1/bank-lines/{line}/resolve",
    "/v1/bank-lines/{line}/undo",
    "/v1/parties/{party}/class",
];

/// What each duty may do, said here a second time and in other words than the tables': by what the
/// operation is about.
fn may(duty: Duty, case: &Case) -> bool {
    use Duty::{Admin, Approver, Auditor, Bookkeeper, Cashier, Clerk, Manager, Owner};
    let looks = case.method == "GET";
    let about = case.route.split('/').nth(2).unwrap();
    let last = case.route.rsplit('/').next().unwrap();
    // What everybody may ask who is known.
    if matches!(about, "me" | "codes" | "referrers") || (looks && about == "stores") {
        return true;
    }
    let sells = (about == "payments" && !looks && last != "refunds" && last != "here")
        || about == "charges";
    let shows = looks && case.route.starts_with("/v1/payments/{payment}");
    match duty {
        Owner | Admin => true,
        Cashier => sells || shows,
        Bookkeeper | Auditor => looks && about != "members",
        Manager => {
            let lends = last == "review" || last == "credit-line";
            (looks && about != "keys")
                || sells
                || last == "refunds"
                || matches!(about, "members" | "stores" | "tills")
                || (about == "merchants" && !lends)
        }
        Approver => (looks && about != "members") || APPROVED.contains(&case.route),
        Clerk => {
            (looks && about != "members")
                || sells
                || last == "refunds"
                || DAILY.contains(&case.route)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_tried_with_every_duty() {
    let app =
        App::build(|edge| edge.lists(Arc::new(FakeLists::default())).audit(Arc::new(FakeAudit)))
            .await;
    let cases = cases(&app).await;
    let mut keys = Vec::new();
    for duty in Duty::ALL {
        let of = if duty.role() == Role::Merchant { &app.shop } else { &app.bank_jp };
        keys.push((duty, member(&app, of, duty).await));
    }
    let mut wrong = Vec::new();
    for case in &cases {
        for (duty, key) in keys.iter().filter(|(duty, _)| expected(case).contains(&duty.role())) {
            let told = app.send(request(case, Some(key), &app.new_key())).await;
            let refused = !told.status.is_success() && told.problem().1 == "scope_missing";
            if refused == may(*duty, case) {
                let (method, route) = (case.method, case.route);
                wrong.push(format!("{method} {route} by {duty:?}: {}", told.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Another cell's key finds nothing of this one's.
    let elsewhere = [(Role::Operator, &app.bank_cn.key), (Role::Traveller, &app.li_wei.key)];
    let named =
        cases.iter().filter(|case| case.route.contains('{') && case.owner == app.bank_jp.key);
    for case in named {
        for (role, key) in elsewhere.iter().filter(|(role, _)| expected(case).contains(role)) {
            // Each cell numbers its links, and this one's is the other's too.
            if case.route.contains("{link}") {
                continue;
            }
            let told = app.send(request(case, Some(key), &app.new_key())).await;
            let what = format!("{} {} by a {role:?} of another cell", case.method, case.path);
            assert!(!told.status.is_success(), "{what}: {}", told.status);
        }
    }
}

/// A key of a member with a duty.
pub async fn member(app: &App, of: &Person, duty: Duty) -> String {
    let body = json!({ "party": of.party.to_string(), "name": "Member", "duty": duty.word() });
    let added = app.post(&of.key, "/v1/members", &body).await.expect(201);
    let person: Ref<Party> = added["person"].as_str().unwrap().parse().unwrap();
    let key = KeyText::generate("jp");
    let (id, hash, party, person) = (key.id, key.hash(), of.party.number, person.number);
    let (role, form, scopes) = (duty.role(), KeyForm::Api, economy::ANY_SCOPE);
    let issue = IssueKey { id, hash, party, role, expires: None, person, form, scopes };
    app.issue(&app.jp, issue).await;
    key.reveal()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_does_what_its_scopes_say_until_it_expires() {
    let app = App::start().await;
    let party = app.shop.party.to_string();
    let ask = |scopes: Value| json!({ "party": party, "scopes": scopes });
    let made = app.post(&app.bank_jp.key, "/v1/keys", &ask(json!(["till"]))).await.expect(201);
    assert_eq!(made["scopes"], json!(["till"]));
    let key = made["key"].as_str().unwrap();
    let sale =
        json!({ "store": app.store.to_string(), "amount": {"amount": 9, "currency": "JPY"} });
    app.post(key, "/v1/payments", &sale).await.expect(201);
    for path in ["/v1/members", "/v1/trail"] {
        assert_eq!(app.get(key, path).await.problem(), (403, "scope_missing".into()), "{path}");
    }
    assert_eq!(app.get(key, "/v1/me").await.status, 200);
    let unknown = app.post(&app.bank_jp.key, "/v1/keys", &ask(json!(["everything"]))).await;
    assert_eq!(unknown.problem(), (422, "scope_unknown".into()));
    // A member gives no key more than they may do themselves.
    let clerk = member(&app, &app.bank_jp, Duty::Clerk).await;
    let refused = app.post(&clerk, "/v1/keys", &ask(json!(["read"]))).await;
    assert_eq!(refused.problem(), (403, "scope_missing".into()));
    let own = app.bank_jp.party.to_string();
    let body = json!({ "party": own, "scopes": ["staff", "read"] });
    let narrow = app.post(&app.bank_jp.key, "/v1/keys", &body).await.expect(201);
    let narrow = narrow["key"].as_str().unwrap().to_owned();
    let made = app.post(&narrow, "/v1/keys", &ask(json!(["till", "read"]))).await.expect(201);
    assert_eq!(made["scopes"], json!(["read"]));
}
