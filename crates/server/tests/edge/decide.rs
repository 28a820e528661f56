//! The page on which staff decide, as two people of an operator use it.

use std::fmt::Write as _;

use axum::body::Body;
use cell::Handle;
use kernel::Role;

use crate::app::{Answer, Person, own_form};
use crate::board::{Scene, code_of};
use crate::desk::text;
use crate::{limits, proposals};

/// Somebody's page of what is to be decided.
struct Desk<'a> {
    scene: &'a Scene,
    path: String,
}

impl<'a> Desk<'a> {
    async fn of(scene: &'a Scene, cell: &Handle, who: &Person) -> Self {
        let code = code_of(&scene.app, cell, who.party, Role::Operator).await;
        Self { scene, path: format!("/o/{}/decide?lang=en", code.reveal()) }
    }

    async fn shows(&self) -> String {
        let page = self.scene.get(&self.path).await;
        assert_eq!(page.status, 200);
        text(&page)
    }

    /// Sends the form of a page that does this to that, with a reason.
    async fn sends(&self, act: &str, id: &str, reason: &str) -> Answer {
        let page = self.shows().await;
        let found = page.split("<form").find(|form| {
            form.contains(&format!("name=\"act\" value=\"{act}\"")) && form.contains(id)
        });
        let form = found.unwrap_or_else(|| panic!("no form to {act} {id}: {page}"));
        let mut body = format!("reason={}", reason.replace(' ', "+"));
        for hidden in form.split("<input type=\"hidden\" ").skip(1) {
            let of = |name: &str| {
                let (_, rest) = hidden.split_once(&format!("{name}=\"")).unwrap();
                rest.split('"').next().unwrap().to_owned()
            };
            write!(body, "&{}={}", of("name"), of("value")).unwrap();
        }
        let kind = "application/x-www-form-urlencoded";
        let request = own_form(&self.path).header("content-type", kind);
        let request = request.body(Body::from(body)).unwrap();
        self.scene.app.send_to(&self.scene.router, request).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_person_agrees_on_the_page_and_the_first_can_not() {
    let scene = Scene::open().await;
    let app = &scene.app;
    let colleague = app.colleague(&app.jp).await;
    let author = Desk::of(&scene, &app.jp, &app.bank_jp).await;
    let second = Desk::of(&scene, &app.jp, &colleague).await;
    assert!(author.shows().await.contains("No change waits"));

    let (agreed, other) = (proposals::fees(app, 70).await, proposals::fees(app, 80).await);
    let page = author.shows().await;
    assert!(page.contains("You proposed this") && page.contains("the contract of May"), "{page}");
    assert!(!page.contains("value=\"agree\""), "who proposed can't agree");
    assert!(page.contains("Take it back"));
    let page = second.shows().await;
    assert!(page.contains("spread_bps") && page.contains(">50<") && page.contains("<b>70</b>"));
    assert_eq!(second.sends("agree", &agreed, "").await.status, 303);
    let page = second.shows().await;
    assert!(page.contains("agreed to by you"), "{page}");

    let silent = second.sends("turn-down", &other, "").await;
    assert_eq!(silent.status, 422);
    assert!(text(&silent).contains("id=\"problem\"") || text(&silent).contains("error"));
    assert_eq!(second.sends("turn-down", &other, "the contract says 50").await.status, 303);
    let page = author.shows().await;
    assert!(page.contains("No change waits") && page.contains("the contract says 50"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_let_a_payment_go_on_or_turn_it_down() {
    let scene = Scene::open().await;
    let app = &scene.app;
    let cases = limits::in_review(app).await;
    let staff = Desk::of(&scene, &app.cn, &app.bank_cn).await;
    let page = staff.shows().await;
    assert!(
        page.contains("102 JPY") && page.contains("103 JPY") && page.contains("look"),
        "{page}"
    );
    assert_eq!(staff.sends("release", &cases[0], "").await.status, 303);
    assert_eq!(staff.sends("reject", &cases[1], "nobody knows this shop").await.status, 303);
    let page = staff.shows().await;
    assert!(page.contains("May be paid once") && page.contains("nobody knows this shop"), "{page}");
    assert!(!page.contains("value=\"release\""), "both are decided: {page}");
}
