//! Where a till's shop is paid: shown masked, and changed.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id::Quote;
use pay::Standing;
use serde::Deserialize;

use super::Desk;
use super::answer::{Asked, html, told, unfit};
use super::faces::micros;
use super::shop::account_line;
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::cells::now;
use crate::http::form::read_form;
use crate::payee::change::{self, Change};
use crate::payee::{AccountError, Kind};
use crate::problem::Problem;
use crate::session;
use crate::sign_up::{Fields, Wrong};
use crate::web::account as markup;
use crate::web::error;
use crate::web::view::{AccountNow, AccountPage, Missing, Problem as Told};

/// The fields of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    key: String,
    replaces: String,
    bank: String,
    branch: String,
    kind: String,
    account: String,
    holder: String,
}

/// Why a form was not done.
enum Refused {
    Wrong(Vec<Wrong>),
    Problem(StatusCode, Told),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
        Self::Problem(status, told(&problem))
    }
}

impl Typed {
    fn fields(&self) -> Fields {
        let Self { bank, branch, account, holder, .. } = self;
        let [bank, branch, account, holder] = [bank, branch, account, holder].map(String::clone);
        Fields { bank, branch, account, holder, ..Fields::default() }
    }
}

impl Desk {
    async fn account_page(
        &self,
        asked: &Asked,
        window: &TillWindow,
    ) -> Result<AccountPage, Problem> {
        let site = self.site(window.side);
        let known = change::known(site, window.actor, window.merchant).await?.value;
        let path = format!("{}/account", window.base);
        let (account, missing) = match known.account {
            Some(Ok(account)) => (Some(account_line(&account)), None),
            Some(Err(AccountError::NotStored)) => (None, Some(Missing::Lost)),
            None if known.review.accounts > 0 => (None, Some(Missing::Lost)),
            Some(Err(_)) => (None, Some(Missing::Unfit)),
            None => (None, Some(Missing::Never)),
        };
        Ok(AccountPage {
            chrome: self.chrome(asked, &path, Some(window.shop.clone()), None).await,
            base: window.base.clone(),
            now: micros(now()),
            zone: window.zone,
            account: AccountNow {
                account,
                missing,
                set: known.review.account_set.map(micros),
                new: known.review.standing == Standing::New,
                paused: known.review.standing.reason().is_some(),
            },
            key: site.fresh::<Quote>().to_string(),
            replaces: known.review.accounts,
            fields: Fields::default(),
            kind: Kind::Ordinary,
            wrong: Vec::new(),
            sent: false,
            problem: None,
            done: asked.parameter("done").is_some(),
        })
    }

    async fn change(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        typed: &Typed,
    ) -> Result<(), Refused> {
        // Another site's page sends this shop's money nowhere.
        if session::is_foreign(headers) {
            return Err(Refused::Problem(StatusCode::FORBIDDEN, unfit("sign_up_foreign")));
        }
        let kind = Kind::from_word(&typed.kind).unwrap_or(Kind::Ordinary);
        let account = typed.fields().account_of(kind).map_err(Refused::Wrong)?;
        let replaces = typed
            .replaces
            .parse()
            .map_err(|_| Refused::Problem(StatusCode::BAD_REQUEST, unfit("form_unfit")))?;
        let site = self.site(window.side);
        // With the key, so that nobody who reads the journal can try numbers until one fits.
        let (_, row) = account.to_row();
        let content = [typed.key.as_str(), typed.replaces.as_str(), row.as_str()];
        let (key, operation) = (&typed.key, "bank-account");
        let form = Form { actor: window.actor, operation, key, content: &content };
        let fingerprint = form.fingerprint(site)?;
        let (actor, merchant) = (window.actor, window.merchant);
        change::set(site, Change { actor, merchant, fingerprint, replaces, account }).await?;
        Ok(())
    }
}

/// The page.
pub(crate) async fn page(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    match desk.account_page(&asked, &window).await {
        Ok(page) => html(&markup::page(&page)),
        Err(problem) => failed(&desk, &asked, &window, &problem),
    }
}

/// Sets the account that was typed.
pub(crate) async fn send(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let typed: Typed = read_form(&body).unwrap_or_default();
    let refused = match desk.change(&window, &headers, &typed).await {
        Ok(()) => return done(&asked, &window),
        Err(refused) => refused,
    };
    let page = match desk.account_page(&asked, &window).await {
        Ok(page) => page,
        Err(problem) => return failed(&desk, &asked, &window, &problem),
    };
    let (status, wrong, problem) = match refused {
        Refused::Wrong(wrong) => (StatusCode::UNPROCESSABLE_ENTITY, wrong, None),
        Refused::Problem(status, problem) => (status, Vec::new(), Some(problem)),
    };
    let kind = Kind::from_word(&typed.kind).unwrap_or(Kind::Ordinary);
    // The same key and number: what was cut off is finished, once. What is outdated is looked at.
    let outdated = problem.as_ref().is_some_and(|it| it.code == "payout_account_outdated");
    let (key, replaces) = match typed.replaces.parse() {
        Ok(replaces) if !outdated => (typed.key.clone(), replaces),
        _ => (page.key, page.replaces),
    };
    let fields = typed.fields();
    let page = AccountPage { fields, kind, wrong, sent: true, problem, key, replaces, ..page };
    (status, html(&markup::page(&page))).into_response()
}

fn done(asked: &Asked, window: &TillWindow) -> Response {
    let to = format!("{}/account?done=1&lang={}", window.base, asked.lang.tag());
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

fn failed(desk: &Desk, asked: &Asked, window: &TillWindow, problem: &Problem) -> Response {
    let chrome = desk.bare_chrome(asked, &format!("{}/account", window.base));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, html(&error::page(&chrome, &told(problem)))).into_response()
}
