//! Who brought a wallet's holder: told on the page of the wallet, accepted there or removed.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query};
use pay::command::Refer;
use serde::Deserialize;

use super::Desk;
use super::answer::told;
use super::faces::micros;
use super::submit::Form;
use super::window::{AtWallet, WalletWindow};
use crate::cells::random;
use crate::http::form::read_form;
use crate::referral;
use crate::session;
use crate::web::view::{BroughtBy, Face, Place};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BroughtForm {
    act: String,
}

impl Desk {
    /// Who has a share of what we earn on a wallet's payments, and until when.
    pub(super) async fn brought(&self, window: &WalletWindow) -> Option<(BroughtBy, i64)> {
        let site = self.site(window.side);
        let query = Query::Referral(window.actor, window.wallet, site.handle.now());
        let Answer::Referral(view) = site.ask(query).await.ok()?.value else { return None };
        let view = view?;
        let days = view.until.0.saturating_sub(view.since.0) / 86_400_000_000;
        let (share_bp, days) = (view.ppm / 100, u16::try_from(days).unwrap_or(u16::MAX));
        Some((BroughtBy { name: view.name, share_bp, days }, micros(view.until)))
    }

    /// By whose link the browser came, where that is another and of the wallet's own cell.
    pub(super) async fn offered(
        &self,
        window: &WalletWindow,
        headers: &HeaderMap,
    ) -> Option<BroughtBy> {
        let (cell, view) = referral::came_by(&self.edge, headers).await?;
        let known = self.brought(window).await;
        let same = known.is_some_and(|(by, _)| by.name == view.name);
        let of_here = cell == self.site(window.side).name() && !same;
        let (share_bp, days) = (view.terms.ppm / 100, view.terms.days);
        of_here.then_some(BroughtBy { name: view.name, share_bp, days })
    }
}

/// Says yes to who brought the holder, or removes who did.
pub(crate) async fn send(
    AtWallet { desk, window, asked, .. }: AtWallet,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form: BroughtForm = read_form(&body).unwrap_or_default();
    let wallet = window.wallet;
    let command = match form.act.as_str() {
        "end" => Some(Refer::End { wallet }),
        _ => referral::came_by(&desk.edge, &headers)
            .await
            .map(|(_, by)| Refer::Begin { wallet, word: by.terms.word }),
    };
    let key = u128::from_le_bytes(random()).to_string();
    let foreign = session::is_foreign(&headers);
    if let Some(command) = command.filter(|_| !foreign) {
        let of = Form { actor: window.actor, operation: "brought", key: &key, content: &[] };
        if let Err(problem) = desk.submit(window.side, &of, command).await {
            let face = Face::Problem(told(&problem));
            return desk.show_phone(&asked.on(Place::Own), &window, face).await;
        }
    }
    let to = format!("{}/me?lang={}", window.base, asked.lang.tag());
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&referral::forget(&headers)) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}
