//! Every operation of the document by every kind of caller: its owner, another party of the same
//! role, every other role, and nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::App;
use crate::app::cases::{Case, cases, operations, request};
use crate::app::derived::{FakeAudit, FakeLists};
use kernel::Role;
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
        (_, "me" | "codes", _) | ("GET", "stores", _) => &[Traveller, Merchant, Operator],
        (_, _, "/v1/payments/{payment}" | "/v1/payments/{payment}/cancel") => {
            &[Traveller, Merchant, Operator]
        }
        (_, _, "/v1/parties/{party}" | "/v1/parties/{party}/forget") => {
            &[Traveller, Merchant, Operator]
        }
        (_, _, "/v1/wallets/{wallet}/top-ups" | "/v1/merchants/{merchant}/credit-line")
        | (_, _, "/v1/merchants/{merchant}/review") => &[Operator],
        (_, _, "/v1/cases/{payment}") => &[Traveller, Operator],
        (_, "wallets" | "quotes", _) | (_, _, "/v1/payments/here") => &[Traveller, Operator],
        (
            _,
            "merchants" | "stores" | "tills" | "payments" | "members" | "trail" | "trail.csv",
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
