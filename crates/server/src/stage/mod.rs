//! The demo's stage: the designed pages over two running cells.
//!
//! A window is a page whose address is its key: whoever opens `/w/<token>` acts for that wallet,
//! whoever opens `/t/<token>` for that till. What a window does goes the way of every caller: a
//! command with the window's actor and an idempotency key, decided by the cell. What a page shows
//! is read from the cell and its views; when something becomes durable, a follower of each cell
//! tells the pages.
//!
//! **Invariants.** A bead is lit because a record is durable, with the time that passed between
//! two moments that were measured; no timer lights one. A form sent twice is done once. A cell
//! that is down makes a page say so and nothing more.
//!
//! **Absent.** No rule about money, no right that an API key with the same actor would not have,
//! no markup.

mod agree;
mod answer;
mod asking;
mod bridge;
mod curl;
mod events;
mod faces;
mod figures;
mod follow;
mod home;
mod offers;
mod paying;
mod phone;
mod picture;
mod stop;
mod submit;
mod till;
mod today;
mod trace;
mod window;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::id::{Payment, Store, Wallet};
use kernel::{Actor, Currency, Id, Ref};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use views::Views;

use crate::cells::{Site, random};
use crate::edge::Edge;
use crate::enter::{self, Door};
use crate::web::view::{Foreign, Unit, Zone};
use agree::Agree;
use events::Channel;
use offers::{Offers, Shown};
use stop::Stops;
use trace::Traces;

/// A window that acts for a wallet.
#[derive(Clone, Debug)]
pub struct WalletWindow {
    /// The unguessable part of its path; see [`token`].
    pub token: String,
    /// For whom it acts.
    pub actor: Actor,
    /// The wallet: a visitor's in the payer's cell, a resident's in the seller's.
    pub wallet: Ref<Wallet>,
    /// The holder's name as the page shows it; none once the holder was forgotten.
    pub holder: Option<String>,
    /// The language of that name, BCP 47.
    pub holder_lang: &'static str,
    /// The visitor's clock, where the phone is.
    pub zone: Zone,
    /// The clock at home.
    pub home_zone: Zone,
}

/// A window that acts for a till.
#[derive(Clone, Debug)]
pub struct TillWindow {
    /// The unguessable part of its path; see [`token`].
    pub token: String,
    /// For whom it acts: the merchant.
    pub actor: Actor,
    /// The store it stands in, in the seller's cell.
    pub store: Ref<Store>,
    /// The shop's name as the shop writes it.
    pub shop: String,
    /// The language of that name, BCP 47.
    pub shop_lang: &'static str,
    /// The till's number in the shop.
    pub number: u32,
    /// The shop's clock.
    pub zone: Zone,
    /// What its display starts with, in minor units.
    pub usual: u64,
    /// The merchant's fee in basis points, as the terms it trades on have it.
    pub fee_bp: u32,
}

/// One side of the bridge.
pub struct Shore {
    /// The cell.
    pub site: Arc<Site>,
    /// What lists are read from.
    pub views: Views,
    /// The currency it is named by.
    pub currency: Currency,
}

/// What the first page's curl lines carry.
#[derive(Clone, Debug)]
pub struct CurlConfig {
    /// `http://localhost:8080`.
    pub base: String,
    /// The API key of the first wallet's holder, whole. It belongs to the demo and is shown.
    pub payer_key: String,
    /// The API key of the first till's merchant, whole.
    pub seller_key: String,
}

/// What the stage is given.
pub struct StageConfig {
    /// The edge over both cells.
    pub edge: Edge,
    /// The payer's side.
    pub payer: Shore,
    /// The seller's side.
    pub seller: Shore,
    /// The wallets' windows; the first is the phone of the first page.
    pub wallets: Vec<WalletWindow>,
    /// The tills' windows; the first is the till of the first page.
    pub tills: Vec<TillWindow>,
    /// What a payer pays above the mid rate, in basis points, as the terms have it.
    pub spread_bp: u32,
    /// The same with curl.
    pub curl: CurlConfig,
}

/// The unguessable part of a window's path: 128 random bits.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<16>())
}

/// Which side of the bridge, as an index.
pub(crate) const PAYER: usize = 0;
/// See [`PAYER`].
pub(crate) const SELLER: usize = 1;

/// What a till shows: its newest payment, until it is put aside.
#[derive(Clone, Copy, Debug, Default)]
struct OnScreen {
    payment: Option<Id<Payment>>,
    /// Counts requests: part of the next one's key.
    count: u64,
}

/// The running stage. Its tasks end with it.
pub struct Stage {
    edge: Edge,
    shores: [Shore; 2],
    /// Without the names of their holders, which stand in `holders` until they are forgotten.
    wallets: Vec<WalletWindow>,
    holders: Mutex<Vec<Option<String>>>,
    tills: Vec<TillWindow>,
    spread_bp: u32,
    curl: CurlConfig,
    traces: Arc<Traces>,
    channel: Arc<Channel>,
    screens: Mutex<Vec<OnScreen>>,
    offers: Offers,
    shown: Shown,
    stops: Stops,
    agree: Agree,
    /// Something that figures count has changed.
    changed: Arc<Notify>,
    /// Pictures being read: each costs some tens of megabytes and a thread.
    pictures: Semaphore,
    /// Makes the keys of this start different from those of another.
    nonce: String,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Stage {
    /// Begins to follow both cells. Call it in a runtime.
    ///
    /// # Panics
    /// Without a wallet's and a till's window there is no first page.
    pub fn start(mut config: StageConfig) -> Arc<Self> {
        assert!(!config.wallets.is_empty() && !config.tills.is_empty(), "a stage has two windows");
        let screens = vec![OnScreen::default(); config.tills.len()];
        let holders = config.wallets.iter_mut().map(|window| window.holder.take()).collect();
        let stage = Arc::new(Self {
            edge: config.edge,
            shores: [config.payer, config.seller],
            wallets: config.wallets,
            holders: Mutex::new(holders),
            tills: config.tills,
            spread_bp: config.spread_bp,
            curl: config.curl,
            traces: Arc::new(Traces::default()),
            channel: Arc::new(Channel::default()),
            screens: Mutex::new(screens),
            offers: Offers::default(),
            shown: Shown::default(),
            stops: Stops::default(),
            agree: Agree::default(),
            changed: Arc::new(Notify::new()),
            pictures: Semaphore::new(2),
            nonce: token(),
            tasks: Mutex::default(),
        });
        let tasks = [
            tokio::spawn(follow::follow(&stage)),
            tokio::spawn(figures::tell(Arc::downgrade(&stage))),
            tokio::spawn(agree::keep(Arc::downgrade(&stage))),
        ];
        stage.tasks.lock().expect("no holder of this lock panics").extend(tasks);
        stage
    }

    /// The path of a wallet's window.
    pub fn wallet_path(&self, at: usize) -> Option<String> {
        self.wallets.get(at).map(|window| format!("/w/{}", window.token))
    }

    /// The path of a till's window.
    pub fn till_path(&self, at: usize) -> Option<String> {
        self.tills.get(at).map(|window| format!("/t/{}", window.token))
    }

    /// On which side a window's wallet is: a resident pays a shop of the own cell.
    fn side_of_wallet(&self, at: usize) -> usize {
        self.side_of(self.wallets[at].wallet.cell)
    }

    fn shore(&self, side: usize) -> &Shore {
        &self.shores[side]
    }

    fn site(&self, side: usize) -> &Arc<Site> {
        &self.shores[side].site
    }

    fn unit(&self, side: usize) -> Unit {
        unit(self.shores[side].currency)
    }

    /// The name of a wallet window's holder, until it is forgotten.
    fn holder(&self, wallet: usize) -> Option<Foreign> {
        let holders = self.holders.lock().expect("no holder of this lock panics");
        let text = holders.get(wallet)?.clone()?;
        Some(Foreign { text, lang: self.wallets[wallet].holder_lang })
    }

    /// Drops the name of a party that was forgotten: the vault does not have it any more either.
    fn forget(&self, side: usize, party: u32) {
        let mut holders = self.holders.lock().expect("no holder of this lock panics");
        for (window, holder) in self.wallets.iter().zip(holders.iter_mut()) {
            if self.side_of(window.wallet.cell) == side && window.actor.party == party {
                *holder = None;
            }
        }
    }

    fn screens(&self) -> MutexGuard<'_, Vec<OnScreen>> {
        self.screens.lock().expect("no holder of this lock panics")
    }

    fn on_screen(&self, till: usize) -> OnScreen {
        self.screens()[till]
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().expect("no holder of this lock panics");
        tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A currency as pages write it.
fn unit(currency: Currency) -> Unit {
    Unit { code: currency.code(), exponent: currency.exponent() }
}

/// The pages, the fragments and the stream of events. Assets are served beside it
/// ([`crate::web::assets::router`]).
pub fn router(stage: Arc<Stage>) -> Router {
    let till = Router::new()
        .route("/t/{token}", get(till::page))
        .route("/t/{token}/till", get(till::fragment))
        .route("/t/{token}/today", get(till::today))
        .route("/t/{token}/request", post(till::request))
        .route("/t/{token}/cancel", post(till::cancel))
        .route("/t/{token}/refund", get(till::refunding).post(till::refund));
    let wallet = Router::new()
        .route("/w/{token}", get(phone::page))
        .route("/w/{token}/phone", get(phone::fragment))
        .route("/w/{token}/statement", get(phone::statement))
        .route("/w/{token}/scan", get(phone::finder).post(phone::scan))
        .route("/w/{token}/pay", post(phone::pay))
        .route("/w/{token}/pay/{payment}", get(phone::receipt));
    let fragments = Router::new()
        .route("/fragments/bridge", get(bridge::fragment))
        .route("/fragments/books", get(bridge::books_fragment))
        .route("/fragments/map", get(figures::map_fragment))
        .route("/fragments/corridor", get(figures::corridor_fragment))
        .route("/fragments/tiles", get(figures::tiles_fragment))
        .route("/fragments/agree", get(agree::fragment))
        .route("/fragments/break", get(stop::fragment).post(stop::stop));
    let door = Door { edge: stage.edge.clone(), demo: true };
    Router::new()
        .route("/", get(home::page))
        .route("/audit", get(agree::page))
        .route("/events", get(events::stream))
        .merge(till)
        .merge(wallet)
        .merge(fragments)
        .layer(axum::middleware::map_response(answer::headers))
        .layer(axum::extract::DefaultBodyLimit::max(qr::MAX_BYTES))
        .with_state(stage)
        .merge(enter::router(door))
}
