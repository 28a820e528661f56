//! A wallet is opened on the phone: a name for the vault, a currency, and a code to come back
//! with, which is shown once.
//!
//! The page acts for the cell's operator, whose offer it is, and for nobody else: it makes one
//! party, one empty wallet and one key for each form, however often the form is sent.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use economy::Command;
use kernel::id::{Party, Wallet};
use kernel::{Actor, Id, Ref, Role};
use pay::Reply;
use pay::command::{OpenWallet, Refer, RegisterParty};
use serde::Deserialize;

use super::answer::{Asked, html, told, unfit};
use super::submit::Form;
use super::{Desk, unit};
use crate::cells::random;
use crate::code::Code;
use crate::http::form::read_form;
use crate::people::{NAME, with_vault};
use crate::problem::Problem;
use crate::referral;
use crate::session;
use crate::throttle;
use crate::web::open as markup;
use crate::web::view::{BroughtBy, OpenedPage, OpeningChoice, OpeningPage, Problem as Told};

/// For whom the page opens wallets.
const CLERK: Actor = Actor::of(0, Role::Operator);
/// The most characters of a name.
const MOST_NAME: usize = 60;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpeningForm {
    name: String,
    cell: String,
    key: String,
    /// `1`: who brought the holder may have its share.
    brought: String,
}

impl Desk {
    async fn opening(
        &self,
        (asked, headers): (&Asked, &HeaderMap),
        form: &OpeningForm,
        wrong: Option<Told>,
    ) -> Response {
        let brought = referral::came_by(&self.edge, headers).await.map(|(_, view)| BroughtBy {
            name: view.name,
            share_bp: view.terms.ppm / 100,
            days: view.terms.days,
        });
        let status =
            if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let choice = |shore: &super::Shore| OpeningChoice {
            cell: shore.site.name().to_owned(),
            unit: unit(shore.currency),
        };
        let page = OpeningPage {
            chrome: self.bare_chrome(asked, "/open"),
            name: form.name.chars().take(MOST_NAME).collect(),
            chosen: form.cell.clone(),
            choices: self.shores.iter().map(choice).collect(),
            key: format!("{:032x}", u128::from_le_bytes(random())),
            problem: wrong,
            brought,
        };
        (status, html(&markup::page(&page))).into_response()
    }

    /// Opens what a form asks for; its code is the same when it is sent again.
    async fn opened(&self, form: &OpeningForm, headers: &HeaderMap) -> Result<Code, Problem> {
        let named = self.shores.iter().position(|shore| shore.site.name() == form.cell);
        let side = named.ok_or_else(|| {
            Problem::new("text_unfit", "There is no such cell here; open the page again.")
        })?;
        let name = fit_name(&form.name)?;
        let site = self.site(side);
        let of = |operation| Form { actor: CLERK, operation, key: &form.key, content: &[] };
        let id: Id<Party> = site.fresh();
        with_vault(site, move |vault| vault.put(id.0, NAME, &name)).await?;
        let register = RegisterParty { id, role: Role::Traveller };
        let registered = self.submit(side, &of("open-party"), register).await?;
        let Reply::Party(party) = registered.value else { return Err(Problem::internal()) };
        if party.tag != id.tag() {
            // Sent again: the name stands under the first id. What fails here is swept later.
            let _swept_later = with_vault(site, move |vault| vault.discard(id.0)).await;
        }
        let wallet: Id<Wallet> = site.fresh();
        let open = OpenWallet { id: wallet, party, currency: self.shore(side).currency };
        let opened = self.submit(side, &of("open-wallet"), open).await?.value;
        if let Reply::Wallet(view) = opened
            && form.brought == "1"
            && let Some((cell, by)) = referral::came_by(&self.edge, headers).await
            && cell == form.cell
        {
            let begin = Refer::Begin { wallet: view.wallet, word: by.terms.word };
            // The wallet is open all the same: whose share it is can be said on its page later.
            if let Err(problem) = self.submit(side, &of("open-referral"), begin).await {
                tracing::debug!(code = problem.code, "nobody has a share of a new wallet");
            }
        }
        let code = Code::derived(site.name(), &[&self.nonce, &form.key]);
        self.issue(side, &of("open-code"), &code, party).await?;
        Ok(code)
    }

    async fn issue(
        &self,
        side: usize,
        form: &Form<'_>,
        code: &Code,
        party: Ref<Party>,
    ) -> Result<(), Problem> {
        let site = self.site(side);
        let issue = code.issue(site.fresh(), party, Role::Traveller);
        let issued = self.submit_any(side, form, Command::IssueKey(issue)).await?;
        // Its holder may use it as soon as it is shown, and finds the wallet.
        site.stream.reached(issued.position).await;
        self.caught_up(side, issued.position).await;
        Ok(())
    }
}

/// A person's name as it is kept: no control characters, and none that turn the text around.
fn fit_name(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = (1..=MOST_NAME).contains(&name.chars().count());
    if !fits || name.chars().any(|c| c.is_control() || turns(c)) {
        return Err(Problem::new(
            "text_unfit",
            "A name has 1 to 60 characters, and none that can't be seen.",
        ));
    }
    Ok(name.to_owned())
}

/// The form.
pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    desk.opening((&asked, &headers), &OpeningForm::default(), None).await
}

/// Opens a wallet, signs this device in, and shows the code.
pub(crate) async fn open(
    State(desk): State<Arc<Desk>>,
    asked: Asked,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Response {
    let form: OpeningForm = match read_form(&body) {
        Ok(form) => form,
        Err(code) => {
            let form = OpeningForm::default();
            return desk.opening((&asked, &headers), &form, Some(unfit(code))).await;
        }
    };
    if session::is_foreign(&headers) {
        return desk.opening((&asked, &headers), &form, Some(unfit("sign_in_foreign"))).await;
    }
    if let Err(problem) = throttle::openings(&desk.edge, &headers, &extensions) {
        let page = desk.opening((&asked, &headers), &form, Some(told(&problem))).await;
        return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
    }
    match desk.opened(&form, &headers).await {
        Ok(code) => {
            let (cookie, code) = (session::keep(&code, &headers), code.reveal());
            let page = OpenedPage {
                chrome: desk.bare_chrome(&asked, "/open"),
                link: session::address(&headers, &format!("/enter/{code}")),
                code,
            };
            let mut shown = html(&markup::opened(&page));
            for cookie in [cookie, referral::forget(&headers)] {
                if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                    shown.headers_mut().append(header::SET_COOKIE, cookie);
                }
            }
            shown
        }
        Err(problem) => desk.opening((&asked, &headers), &form, Some(told(&problem))).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_be_seen() {
        for name in ["李伟", "山田 花子", "Li Wei", " O’Brien-Müller ", &"長".repeat(60)]
        {
            assert_eq!(fit_name(name).unwrap(), name.trim());
        }
        for name in ["", "  ", "a\u{202e}b", "a\nb", "\u{2066}", &"長".repeat(61)] {
            assert_eq!(fit_name(name).unwrap_err().code, "text_unfit", "{name:?}");
        }
    }
}
