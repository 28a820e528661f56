//! Which window a request comes from, a wallet's or a till's: its session says for whom it acts,
//! and its path which of their wallets or stores is meant when they have several. A path that
//! leads to no window is answered before a handler sees it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query};
use kernel::id::{Key, Merchant, Store, Wallet};
use kernel::{Actor, Currency, Id, Ref, Role};
use views::{StoreRow, Views, ViewsError, WalletRow};

use super::answer::{Asked, html, lost};
use super::{Desk, Device, unit};
use crate::cells::Site;
use crate::people::{NAME, with_vault};
use crate::problem::Problem;
use crate::referrers;
use crate::session::{Session, see_other};
use crate::web::view::{Choice, ChoosePage, Foreign, Unit, Zone};
use crate::web::{choose, error};

/// A window that acts for a wallet.
#[derive(Clone, Debug)]
pub(crate) struct WalletWindow {
    /// Its path.
    pub base: String,
    /// For whom it acts.
    pub actor: Actor,
    /// On which side the wallet is.
    pub side: usize,
    /// How far that side's journal went when the window was asked for.
    pub seen: u64,
    /// The wallet.
    pub wallet: Ref<Wallet>,
    /// What it holds.
    pub currency: Currency,
    /// The holder's name; none once the holder was forgotten, or where none was given.
    pub holder: Option<Foreign>,
    /// The payer's clock, where the phone is.
    pub zone: Zone,
    /// The clock at home.
    pub home_zone: Zone,
    /// The holder's other wallets, with their paths.
    pub others: Vec<Choice>,
}

/// A window that acts for a till.
#[derive(Clone, Debug)]
pub(crate) struct TillWindow {
    /// Its path.
    pub base: String,
    /// For whom it acts: the merchant.
    pub actor: Actor,
    /// By which code: each device has its own screen.
    pub key: Id<Key>,
    /// On which side the store is.
    pub side: usize,
    /// How far that side's journal went when the window was asked for.
    pub seen: u64,
    /// The store.
    pub store: Ref<Store>,
    /// Whose it is.
    pub merchant: Ref<Merchant>,
    /// What it is paid in.
    pub currency: Currency,
    /// The shop's name as the shop writes it.
    pub shop: Foreign,
    /// What the shop calls its first till, if it has one.
    pub name: Option<String>,
    /// The shop's clock.
    pub zone: Zone,
    /// The merchant's fee in basis points, as the terms in force have it.
    pub fee_bp: u32,
    /// The merchant's other stores, with their paths.
    pub others: Vec<Choice>,
}

impl TillWindow {
    pub fn device(&self) -> Device {
        (self.store, self.key)
    }

    pub fn unit(&self) -> Unit {
        unit(self.currency)
    }
}

impl WalletWindow {
    pub fn unit(&self) -> Unit {
        unit(self.currency)
    }
}

/// A request of a wallet's window.
pub(crate) struct AtWallet {
    pub desk: Arc<Desk>,
    pub window: WalletWindow,
    pub session: Session,
    pub asked: Asked,
}

/// A request of a till's window.
pub(crate) struct AtTill {
    pub desk: Arc<Desk>,
    pub window: TillWindow,
    pub session: Session,
    pub asked: Asked,
}

/// Why a session has no window to show.
#[derive(Debug)]
pub(crate) enum NoWindow {
    /// Its cell has no pages here, or what the path names is not theirs.
    Lost,
    /// There is nothing yet to act for.
    Nothing(&'static str),
    /// There are several stores, and the path names none.
    Choose(Vec<Choice>),
    /// It can't be said now.
    Failed(Problem),
}

impl From<Problem> for NoWindow {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl FromRequestParts<Arc<Desk>> for AtWallet {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let (session, asked) = session(parts, desk, Role::Traveller).await?;
        match desk.wallet_window(&session).await {
            Ok(window) => Ok(Self { desk: Arc::clone(desk), window, session, asked }),
            Err(why) => Err(desk.no_window(&asked, &session, why)),
        }
    }
}

impl FromRequestParts<Arc<Desk>> for AtTill {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let (session, asked) = session(parts, desk, Role::Merchant).await?;
        match desk.till_window(&session).await {
            Ok(window) => Ok(Self { desk: Arc::clone(desk), window, session, asked }),
            // Who brings visitors and has no store begins with what came of it.
            Err(NoWindow::Nothing(_)) if desk.brings_in(&session.site, session.actor).await => {
                Err(see_other(&format!("{}/brought?lang={}", session.base, asked.lang.tag())))
            }
            Err(why) => Err(desk.no_window(&asked, &session, why)),
        }
    }
}

async fn session(
    parts: &mut Parts,
    desk: &Arc<Desk>,
    role: Role,
) -> Result<(Session, Asked), Response> {
    let Ok(asked) = Asked::from_request_parts(parts, desk).await;
    let session = Session::from_request_parts(parts, desk).await?;
    let session = session.acting_as(role, parts).map_err(|refusal| *refusal)?;
    Ok((session, asked))
}

impl Desk {
    fn no_window(&self, asked: &Asked, session: &Session, why: NoWindow) -> Response {
        let chrome = |path: &str| self.bare_chrome(asked, path);
        match why {
            NoWindow::Lost => lost(asked.lang, self.demo, "not_found"),
            NoWindow::Nothing(code) => {
                let page = error::locked(&chrome("/enter"), &super::answer::unfit(code));
                (StatusCode::NOT_FOUND, html(&page)).into_response()
            }
            NoWindow::Choose(stores) => {
                let page = ChoosePage { chrome: chrome(&session.base), choices: stores };
                html(&choose::page(&page))
            }
            NoWindow::Failed(problem) => {
                let page = error::page(&chrome(&session.base), &super::answer::told(&problem));
                (StatusCode::SERVICE_UNAVAILABLE, html(&page)).into_response()
            }
        }
    }

    /// Whether somebody has a share of what comes of their links.
    async fn brings_in(&self, site: &Site, actor: Actor) -> bool {
        referrers::known(site, actor).await.is_ok_and(|known| !known.is_empty())
    }

    /// The same on a side.
    pub(super) async fn brings(&self, side: usize, actor: Actor) -> bool {
        self.brings_in(self.site(side), actor).await
    }

    /// Asks the views of a side, and once more when they have caught up if they know nothing: who
    /// signed up a moment ago is not told that they did not.
    async fn listed<T: Send + 'static>(
        &self,
        side: usize,
        question: impl Fn(&Views) -> Result<Vec<T>, ViewsError> + Clone + Send + 'static,
    ) -> Result<Vec<T>, Problem> {
        let known = self.read(side, question.clone()).await?;
        if !known.is_empty() {
            return Ok(known);
        }
        self.caught_up(side, self.site(side).handle.durable()).await;
        self.read(side, question).await
    }

    /// The wallet that a session acts for: the one its path names, or the newest.
    pub(crate) async fn wallet_window(&self, session: &Session) -> Result<WalletWindow, NoWindow> {
        let side = self.side_of_site(session).ok_or(NoWindow::Lost)?;
        let seen = self.site(side).handle.durable();
        let party = session.actor.party;
        let mut all = self.listed(side, move |views| views.wallets_of(party)).await?;
        all.sort_by_key(|wallet| std::cmp::Reverse(wallet.reference.number));
        let chosen = match session.chosen() {
            None => all.first().ok_or(NoWindow::Nothing("wallet_none"))?.clone(),
            Some(text) => {
                let named: Ref<Wallet> = text.parse().map_err(|_| NoWindow::Lost)?;
                let known = all.iter().find(|wallet| wallet.reference == named);
                known.ok_or(NoWindow::Lost)?.clone()
            }
        };
        let others = all.iter().filter(|wallet| wallet.reference != chosen.reference);
        let others = others.map(|wallet| wallet_choice(session, wallet)).collect();
        let (home_zone, abroad) = (self.zone(side), self.shore(side).abroad);
        Ok(WalletWindow {
            base: session.base.clone(),
            actor: session.actor,
            side,
            seen,
            wallet: chosen.reference,
            currency: chosen.currency,
            holder: self.holder(side, party).await,
            zone: abroad.and_then(zone_of).unwrap_or(home_zone),
            home_zone,
            others,
        })
    }

    /// The store that a session acts for: the one its path names, or the only one.
    pub(crate) async fn till_window(&self, session: &Session) -> Result<TillWindow, NoWindow> {
        let side = self.side_of_site(session).ok_or(NoWindow::Lost)?;
        let seen = self.site(side).handle.durable();
        let party = session.actor.party;
        let all = self.listed(side, move |views| stores_of(views, party)).await?;
        let lang = self.own_language(side);
        let choice = |store: &StoreRow| store_choice(session, store, lang);
        let chosen = match (session.chosen(), all.as_slice()) {
            (None, []) => return Err(NoWindow::Nothing("store_none")),
            (None, [only]) => only.clone(),
            (None, many) => return Err(NoWindow::Choose(many.iter().map(choice).collect())),
            (Some(text), _) => {
                let named: Ref<Store> = text.parse().map_err(|_| NoWindow::Lost)?;
                let known = all.iter().find(|store| store.reference == named);
                known.ok_or(NoWindow::Lost)?.clone()
            }
        };
        let store = chosen.reference;
        let others = all.iter().filter(|other| other.reference != store).map(choice).collect();
        let tills = self.read(side, move |views| views.tills_of(store)).await?;
        let fees = self.fees(side).await;
        Ok(TillWindow {
            base: session.base.clone(),
            actor: session.actor,
            key: session.key,
            side,
            seen,
            store,
            merchant: chosen.merchant,
            currency: chosen.currency,
            shop: Foreign { text: chosen.name, lang },
            name: tills.into_iter().next().map(|till| till.name),
            zone: self.zone(side),
            fee_bp: fees.merchant(chosen.category),
            others,
        })
    }

    fn side_of_site(&self, session: &Session) -> Option<usize> {
        self.side_of(session.site.handle.info().number)
    }

    /// The name of a party, for as long as the vault has it.
    pub(crate) async fn holder(&self, side: usize, party: u32) -> Option<Foreign> {
        let site = self.site(side);
        let answer = site.ask(Query::Party(party)).await.ok()?;
        let Answer::Party(Some(known)) = answer.value else { return None };
        let name = with_vault(site, move |vault| {
            let name = vault.get(known.id.0, NAME)?;
            Ok(name.map(|name| name.as_str().to_owned()))
        });
        let named = |text| Foreign { text, lang: self.own_language(side) };
        // Who gave no name is not one who was forgotten.
        let unnamed = || Foreign { text: known.party.to_string(), lang: "en" };
        match (name.await.ok()?, known.forgotten) {
            (Some(text), None) => Some(named(text)),
            (_, Some(_)) => None,
            (None, None) => Some(unnamed()),
        }
    }

    /// What a side takes, as it is in force now.
    pub(crate) async fn fees(&self, side: usize) -> pay::Fees {
        let site = self.site(side);
        let none =
            pay::Fees { spread_bps: 0, payer_bps: 0, merchant_bps: 0, by_category: Vec::new() };
        match site.ask(Query::Fees(site.handle.now())).await.map(|settled| settled.value) {
            Ok(Answer::Fees(Some(fees))) => *fees,
            _ => none,
        }
    }

    fn zone(&self, side: usize) -> Zone {
        zone_of(self.shore(side).currency).unwrap_or(Zone("Etc/UTC"))
    }
}

fn stores_of(views: &Views, party: u32) -> Result<Vec<StoreRow>, ViewsError> {
    let mut all = Vec::new();
    for merchant in views.merchants_of(party)? {
        all.extend(views.stores_of(merchant.reference)?);
    }
    Ok(all)
}

fn wallet_choice(session: &Session, wallet: &WalletRow) -> Choice {
    Choice {
        href: session.naming(&wallet.reference.to_string()),
        name: None,
        amount: Some(unit(wallet.currency).of(wallet.balance)),
        city: None,
    }
}

fn store_choice(session: &Session, store: &StoreRow, lang: &'static str) -> Choice {
    Choice {
        href: session.naming(&store.reference.to_string()),
        name: Some(Foreign { text: store.name.clone(), lang }),
        amount: None,
        city: Some(store.city.clone()),
    }
}

/// The clock of those who count in a currency.
fn zone_of(currency: Currency) -> Option<Zone> {
    match currency {
        Currency::JPY => Some(Zone("Asia/Tokyo")),
        Currency::CNY => Some(Zone("Asia/Shanghai")),
        _ => None,
    }
}
