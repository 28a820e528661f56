//! The first page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{PAYER, SELLER, Stage};
use crate::desk::answer::{Asked, html, told, unfit};
use crate::desk::window::NoWindow;
use crate::web::home as markup;
use crate::web::view::{Face, HomePage, NavItem, Phone, Place, Till};

/// The first page. Whoever opens it finds a code on the till that can be paid.
pub(super) async fn page(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    stage.ready_for_a_stranger().await;
    let asked = asked.on(Place::Home);
    let phone = stage.phone_now(&asked).await;
    let till = stage.desk.till_now(&asked, &stage.till).await;
    html(&markup::page(&stage.home(&asked, phone, till).await))
}

/// The first page with what a plain form's answer is on the phone.
pub(super) async fn with_phone(stage: &Arc<Stage>, asked: &Asked, phone: Phone) -> Response {
    let till = stage.desk.till_now(asked, &stage.till).await;
    html(&markup::page(&stage.home(asked, phone, till).await))
}

/// The first page with what a plain form's answer is on the till.
pub(super) async fn with_till(stage: &Arc<Stage>, asked: &Asked, till: Till) -> Response {
    let phone = stage.phone_now(asked).await;
    html(&markup::page(&stage.home(asked, phone, till).await))
}

impl Stage {
    async fn phone_now(&self, asked: &Asked) -> Phone {
        let problem = match self.wallet_window().await {
            Ok(window) => return self.desk.phone_now(asked, &window, None).await,
            Err(NoWindow::Failed(problem)) => told(&problem),
            Err(_) => unfit("wallet_none"),
        };
        Phone {
            base: self.payer.base.clone(),
            place: Place::Home,
            now: crate::desk::faces::now_us(),
            zone: self.till.zone,
            home_zone: self.wallet_zone,
            holder: None,
            unit: self.desk.unit(PAYER),
            face: Face::Problem(problem),
            shown_code: None,
            again: None,
        }
    }

    async fn home(&self, asked: &Asked, phone: Phone, till: Till) -> HomePage {
        HomePage {
            chrome: self.chrome(asked, "/", NavItem::Home, Some("/events?of=home")).await,
            from: self.desk.unit(PAYER),
            to: self.desk.unit(SELLER),
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
