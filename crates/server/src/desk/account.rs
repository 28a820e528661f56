//! Where a till's shop is paid: shown masked, and changed in two steps. What was typed is shown beside
//! the account that it replaces, whole, and only that is done; where anybody of the shop has a passkey,
//! only with their signature under both ([`crate::signing`]). Whoever has nothing but somebody's
//! cookie changes nothing there. Signed or not, staff look at the account before it is paid to.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query};
use kernel::id::Quote;
use pay::Standing;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Desk;
use super::answer::{Asked, html, told, unfit};
use super::faces::micros;
use super::shop::account_line;
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::cells::now;
use crate::devices::Told as ToldScript;
use crate::http::form::read_form;
use crate::payee::change::{self, Change, Known};
use crate::payee::{AccountError, BankAccount, Kind};
use crate::problem::Problem;
use crate::session;
use crate::sign_up::{Fields, Wrong};
use crate::signing::{Proof, Shown, What};
use crate::web::account as markup;
use crate::web::error;
use crate::web::view::{AccountNow, AccountPage, AccountSure, Missing, Problem as Told};

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
    /// `1`: what was typed is to be looked at. `edit`: it is to be typed anew.
    ask: String,
    /// What the passkey answered.
    proof: String,
}

/// What a person looks at before they say yes, and signs.
struct Content {
    /// Of which merchant, and the number of the account that is replaced.
    object: String,
    before: Zeroizing<String>,
    after: Zeroizing<String>,
}

impl Content {
    fn shown<'a>(&'a self, window: &'a TillWindow, typed: &'a Typed) -> Shown<'a> {
        let what = What::Account { before: &self.before, after: &self.after };
        let (session, actor, object) = (window.key, window.actor, self.object.as_str());
        Shown { session, actor, operation: "SetPayoutAccount", object, what, key: &typed.key }
    }
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

    fn account(&self) -> Result<BankAccount, Vec<Wrong>> {
        self.fields().account_of(Kind::from_word(&self.kind).unwrap_or(Kind::Ordinary))
    }

    fn replaces(&self) -> Result<u32, Refused> {
        let unread = |_| Refused::Problem(StatusCode::BAD_REQUEST, unfit("form_unfit"));
        self.replaces.parse().map_err(unread)
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
            sure: None,
            problem: None,
            done: asked.parameter("done").is_some(),
        })
    }

    /// What is asked with a form: both accounts, if the one that it replaces is still the shop's.
    async fn content(
        &self,
        window: &TillWindow,
        replaces: u32,
        account: &BankAccount,
    ) -> Result<Content, Problem> {
        let known = change::known(self.site(window.side), window.actor, window.merchant).await?;
        let Known { review, account: before, .. } = known.value;
        if review.accounts != replaces {
            let outdated = pay::Refusal::PayoutAccountOutdated;
            return Err(Problem::refused(&economy::Refusal::Pay(outdated)));
        }
        let before = before.and_then(Result::ok).map(|before| before.to_row().1);
        Ok(Content {
            object: format!("{} {replaces}", window.merchant),
            before: before.unwrap_or_default(),
            after: account.to_row().1,
        })
    }

    async fn change(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        typed: &Typed,
    ) -> Result<(), Refused> {
        let account = typed.account().map_err(Refused::Wrong)?;
        let replaces = typed.replaces()?;
        let site = self.site(window.side);
        // With the key, so that nobody who reads the journal can try numbers until one fits.
        let (_, row) = account.to_row();
        let content = [typed.key.as_str(), typed.replaces.as_str(), row.as_str()];
        let (key, operation) = (&typed.key, "bank-account");
        let form = Form { actor: window.actor, operation, key, content: &content };
        let fingerprint = form.fingerprint(site)?;
        // What was done under this key is told again, or finished: nothing of it is new.
        let answered = site.ask(Query::Answered(fingerprint)).await?.value;
        let proof = match answered {
            Answer::Answered(None) => {
                let content = self.content(window, replaces, &account).await?;
                self.proof(window, headers, typed, &content).await?
            }
            _ => None,
        };
        let (actor, merchant) = (window.actor, window.merchant);
        change::set(site, Change { actor, merchant, fingerprint, replaces, account, proof })
            .await?;
        Ok(())
    }

    /// The signature under a change, where it is asked for.
    async fn proof(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        typed: &Typed,
        content: &Content,
    ) -> Result<Option<Proof>, Problem> {
        let (site, shown) = (self.site(window.side), content.shown(window, typed));
        if !shown.is_needed(site) {
            return Ok(None);
        }
        shown.proved(&self.edge, site, headers, &typed.proof).await.map(Some)
    }

    /// What was typed, to be looked at.
    async fn sure(&self, window: &TillWindow, typed: &Typed) -> Result<AccountSure, Refused> {
        let account = typed.account().map_err(Refused::Wrong)?;
        let content = self.content(window, typed.replaces()?, &account).await?;
        Ok(AccountSure {
            account: account_line(&account),
            number: account.number().to_string(),
            holder: account.holder().kana().to_string(),
            signs: content.shown(window, typed).is_needed(self.site(window.side)),
        })
    }

    /// What a browser is asked to sign before a change; none where nobody of the shop can.
    async fn account_to_sign(
        &self,
        window: &TillWindow,
        headers: &HeaderMap,
        typed: &Typed,
    ) -> Result<Option<Value>, Problem> {
        let unfit = |_| Problem::new("bank_account_unfit", "The account has something to mend.");
        let account = typed.account().map_err(unfit)?;
        let unread = |_| Problem::new("form_unfit", "The form can't be read; open the page again.");
        let replaces = typed.replaces.parse().map_err(unread)?;
        let content = self.content(window, replaces, &account).await?;
        let (site, shown) = (self.site(window.side), content.shown(window, typed));
        if !shown.is_needed(site) {
            return Ok(None);
        }
        shown.begin(&self.edge, site, headers).map(Some)
    }
}

/// The page.
pub(crate) async fn page(AtTill { desk, window, asked, .. }: AtTill) -> Response {
    match desk.account_page(&asked, &window).await {
        Ok(page) => html(&markup::page(&page)),
        Err(problem) => failed(&desk, &asked, &window, &problem),
    }
}

/// What a browser is asked to sign.
pub(crate) async fn sign(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ToldScript> {
    let typed: Typed = read_form(&body).unwrap_or_default();
    let options = desk.account_to_sign(&window, &headers, &typed).await;
    let options = options.map_err(|problem| ToldScript(asked.lang, problem))?;
    Ok(Json(options.unwrap_or_else(|| json!({}))))
}

/// Shows what was typed beside the account that it replaces, or does it.
pub(crate) async fn send(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let typed: Typed = read_form(&body).unwrap_or_default();
    // Another site's page sends this shop's money nowhere.
    let told = if session::is_foreign(&headers) {
        Err(Refused::Problem(StatusCode::FORBIDDEN, unfit("sign_up_foreign")))
    } else {
        match typed.ask.as_str() {
            "1" => desk.sure(&window, &typed).await.map(Some),
            "edit" => Ok(None),
            _ => match desk.change(&window, &headers, &typed).await {
                Ok(()) => return done(&asked, &window),
                Err(refused) => Err(refused),
            },
        }
    };
    let page = match desk.account_page(&asked, &window).await {
        Ok(page) => page,
        Err(problem) => return failed(&desk, &asked, &window, &problem),
    };
    // What only lacks a signature is looked at again and signed.
    let unsigned = matches!(&told, Err(Refused::Problem(..))) && typed.ask.is_empty();
    let again = if unsigned { desk.sure(&window, &typed).await.ok() } else { None };
    let (status, sure, wrong, problem) = match told {
        Ok(sure) => (StatusCode::OK, sure, Vec::new(), None),
        Err(Refused::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, None, wrong, None),
        Err(Refused::Problem(status, problem)) => (status, again, Vec::new(), Some(problem)),
    };
    let kind = Kind::from_word(&typed.kind).unwrap_or(Kind::Ordinary);
    // The same key and number: what was cut off is finished, once. What is outdated is looked at.
    let outdated = problem.as_ref().is_some_and(|it| it.code == "payout_account_outdated");
    let (key, replaces) = match typed.replaces.parse() {
        Ok(replaces) if !outdated => (typed.key.clone(), replaces),
        _ => (page.key, page.replaces),
    };
    let fields = typed.fields();
    let sent = typed.ask != "edit";
    let page = AccountPage { fields, kind, wrong, sent, sure, problem, key, replaces, ..page };
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
