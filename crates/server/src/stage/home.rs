//! The first page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::answer::{Asked, html};
use super::{PAYER, SELLER, Stage};
use crate::web::home as markup;
use crate::web::view::{HomePage, NavItem, Phone, Place, Till};

/// The first page. Whoever opens it finds a code on the till that can be paid.
pub(super) async fn page(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    stage.ready_for_a_stranger().await;
    let asked = asked.on(Place::Home);
    let phone = stage.phone_now(&asked, 0, None).await;
    let till = stage.till_now(&asked, 0).await;
    html(&markup::page(&stage.home(&asked, phone, till).await))
}

/// The first page with what a plain form's answer is on the phone.
pub(super) async fn with_phone(stage: &Arc<Stage>, asked: &Asked, phone: Phone) -> Response {
    let till = stage.till_now(asked, 0).await;
    html(&markup::page(&stage.home(asked, phone, till).await))
}

/// The first page with what a plain form's answer is on the till.
pub(super) async fn with_till(stage: &Arc<Stage>, asked: &Asked, till: Till) -> Response {
    let phone = stage.phone_now(asked, 0, None).await;
    html(&markup::page(&stage.home(asked, phone, till).await))
}

impl Stage {
    async fn home(&self, asked: &Asked, phone: Phone, till: Till) -> HomePage {
        HomePage {
            chrome: self.chrome(asked, "/", Some(NavItem::Home), None, Some("home")).await,
            from: self.unit(PAYER),
            to: self.unit(SELLER),
            agreement: self.agreement().await,
            phone,
            bridge: self.bridge(),
            till,
            books: self.books().await,
            map: self.map().await,
            corridor: self.corridor().await,
            tiles: self.tiles().await,
            curl: self.curl_lines(),
            break_it: self.break_it(None),
        }
    }
}
