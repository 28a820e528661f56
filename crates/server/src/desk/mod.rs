//! The desk: wallets' and tills' pages over the cells of this process, whichever they are.
//!
//! A window acts for whoever holds its sign-in code ([`crate::session`]): for a traveller's wallet
//! in the cell that keeps it, for a merchant's store in the cell that is paid. A wallet's pages
//! need the payer's cell alone, a till's the seller's; who is paid is learned by looking at a
//! store as any caller of the API does. What a window does goes the way of every caller: a command
//! with the window's actor and an idempotency key, decided by the cell. What a page shows is read
//! from the cell and its views; when something becomes durable, a follower of the cells tells the
//! pages.
//!
//! **Invariants.** A step is told because a record is durable, with the time that passed between
//! two moments that were measured. A form sent twice is done once. A cell that is down makes a
//! page say so and nothing more. Nobody's name is kept: it is read from the vault for each page.
//!
//! **Absent.** No rule about money, no right that an API key with the same actor would not have,
//! no markup. No list of windows: who is signed up while the process runs has one at once.

mod account;
pub(crate) mod answer;
pub(crate) mod asking;
mod brought;
pub(crate) mod events;
pub(crate) mod faces;
mod follow;
pub(crate) mod limits;
mod names;
mod network_ids;
mod offers;
mod opening;
mod outside;
mod paycode;
mod paying;
pub(crate) mod phone;
mod picture;
mod posters;
mod shop;
mod stopped;
mod submit;
pub(crate) mod till;
mod today;
pub(crate) mod trace;
pub(crate) mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use axum::Router;
use axum::extract::FromRef;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use kernel::id::{Key, Payment, Store};
use kernel::{Currency, Id, Ref, Timestamp};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use views::Views;

use crate::cells::{Site, now, random};
use crate::edge::Edge;
use crate::web::view::{Phone, Till, Unit};
use answer::Asked;
use events::Channel;
use names::Names;
use offers::Offers;
use trace::Traces;

/// A cell whose wallets and tills have pages here.
pub struct Shore {
    /// The cell.
    pub site: Arc<Site>,
    /// What lists are read from.
    pub views: Views,
    /// The currency it is named by.
    pub currency: Currency,
    /// What its wallets pay over a bridge, where they do.
    pub abroad: Option<Currency>,
}

/// What the desk is given.
pub struct DeskConfig {
    /// The edge over the cells.
    pub edge: Edge,
    /// The cells with pages.
    pub shores: Vec<Shore>,
    /// What a till's display starts with, in minor units.
    pub usual: Option<u64>,
    /// Whether the pages say that this is a demonstration.
    pub demo: bool,
}

/// The till of one device: a store, by one sign-in code.
pub(crate) type Device = (Ref<Store>, Id<Key>);

/// What a till shows: its newest payment, until it is put aside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OnScreen {
    pub payment: Option<Id<Payment>>,
    /// Counts requests: part of the next one's key.
    count: u64,
}

/// The page on which a phone and a till stand beside each other; its phone follows its till.
pub(crate) trait Home: Send + Sync {
    /// Its till, and what that asks for.
    fn till(&self) -> Option<(window::TillWindow, u64)>;
    /// The page with what a plain form's answer is on the phone.
    fn with_phone(self: Arc<Self>, asked: Asked, phone: Phone) -> BoxFuture<'static, Response>;
    /// The page with what a plain form's answer is on the till.
    fn with_till(self: Arc<Self>, asked: Asked, till: Till) -> BoxFuture<'static, Response>;
}

/// The running desk. Its tasks end with it.
pub struct Desk {
    pub(crate) edge: Edge,
    pub(crate) shores: Vec<Shore>,
    usual: Option<u64>,
    demo: bool,
    pub(crate) traces: Arc<Traces>,
    pub(crate) channel: Arc<Channel>,
    screens: Mutex<HashMap<Device, OnScreen>>,
    offers: Offers,
    names: Names,
    /// Something that figures count has changed.
    pub(crate) changed: Arc<Notify>,
    /// Pictures being read: each costs some tens of megabytes and a thread.
    pictures: Semaphore,
    /// When it began: of what is older the lists know, and nothing else here.
    began: Timestamp,
    /// Makes the keys of this start different from those of another.
    nonce: String,
    home: OnceLock<Weak<dyn Home>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Desk {
    /// Begins to follow the cells. Call it in a runtime.
    pub fn start(config: DeskConfig) -> Arc<Self> {
        let desk = Arc::new(Self {
            edge: config.edge,
            shores: config.shores,
            usual: config.usual,
            demo: config.demo,
            traces: Arc::new(Traces::default()),
            channel: Arc::new(Channel::default()),
            screens: Mutex::default(),
            offers: Offers::default(),
            names: Names::default(),
            changed: Arc::new(Notify::new()),
            pictures: Semaphore::new(2),
            began: now(),
            nonce: URL_SAFE_NO_PAD.encode(random::<16>()),
            home: OnceLock::new(),
            tasks: Mutex::default(),
        });
        let following = tokio::spawn(follow::follow(&desk));
        let sides = 0..desk.shores.len();
        let listening =
            sides.map(|side| tokio::spawn(outside::listen(Arc::downgrade(&desk), side)));
        let mut tasks = desk.tasks.lock().expect("no holder of this lock panics");
        tasks.extend(listening.chain([following]));
        drop(tasks);
        desk
    }

    /// Gives the desk its first page; once.
    pub(crate) fn stands_on(&self, home: Weak<dyn Home>) {
        assert!(self.home.set(home).is_ok(), "a desk stands on one page");
    }

    fn home(&self) -> Option<Arc<dyn Home>> {
        self.home.get()?.upgrade()
    }

    pub(crate) fn shore(&self, side: usize) -> &Shore {
        &self.shores[side]
    }

    pub(crate) fn site(&self, side: usize) -> &Arc<Site> {
        &self.shores[side].site
    }

    pub(crate) fn unit(&self, side: usize) -> Unit {
        unit(self.shores[side].currency)
    }

    /// The side of a cell's number, where that cell has pages here.
    pub(crate) fn side_of(&self, cell: u16) -> Option<usize> {
        self.shores.iter().position(|shore| shore.site.handle.info().number == cell)
    }

    fn screens(&self) -> MutexGuard<'_, HashMap<Device, OnScreen>> {
        self.screens.lock().expect("no holder of this lock panics")
    }

    pub(crate) fn on_screen(&self, device: Device) -> OnScreen {
        self.screens().get(&device).copied().unwrap_or_default()
    }

    /// What a device showed before this process began is shown again; what it put aside is not.
    fn show_as_before(&self, device: Device, payment: Option<Id<Payment>>) {
        if let Some(payment) = payment {
            let before = OnScreen { payment: Some(payment), ..OnScreen::default() };
            self.screens().entry(device).or_insert(before);
        }
    }

    fn put_aside(&self, device: Device) {
        if let Some(screen) = self.screens().get_mut(&device) {
            screen.payment = None;
        }
    }

    /// Shows a payment that was asked for before.
    fn show_again(&self, device: Device, payment: Id<Payment>) {
        self.screens().entry(device).or_default().payment = Some(payment);
    }

    fn show(&self, device: Device, payment: Id<Payment>) {
        let mut screens = self.screens();
        let screen = screens.entry(device).or_default();
        screen.payment = Some(payment);
        screen.count += 1;
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().expect("no holder of this lock panics");
        tasks.iter().for_each(JoinHandle::abort);
    }
}

/// By hand: a session's extractor asks for the edge.
impl FromRef<Arc<Desk>> for Edge {
    fn from_ref(desk: &Arc<Desk>) -> Self {
        desk.edge.clone()
    }
}

/// A currency as pages write it.
pub(crate) fn unit(currency: Currency) -> Unit {
    Unit { code: currency.code(), exponent: currency.exponent() }
}

/// The pages with their fragments and streams. Assets are served beside it
/// ([`crate::web::assets::router`]).
pub fn router(desk: Arc<Desk>) -> Router {
    let till = Router::new()
        .route("/t/{token}", get(till::page))
        .route("/t/{token}/events", get(events::of_till))
        .route("/t/{token}/till", get(till::fragment))
        .route("/t/{token}/today", get(till::today))
        .route("/t/{token}/tonight", get(shop::tonight_fragment))
        .route("/t/{token}/shop", get(shop::fragment))
        .route("/t/{token}/account", get(account::page).post(account::send))
        .route("/t/{token}/account/sign", post(account::sign))
        .route("/t/{token}/open", post(shop::set_open))
        .route("/t/{token}/payouts", post(shop::set_payouts))
        .route("/t/{token}/pay/{payment}", get(till::payment))
        .route("/t/{token}/request", post(till::request))
        .route("/t/{token}/cancel", post(till::cancel))
        .route("/t/{token}/posters", get(posters::page).post(posters::send))
        .route("/t/{token}/posters/ids", post(network_ids::send))
        .route("/t/{token}/charge", post(paycode::scanned))
        .route("/t/{token}/wallet", post(outside::begin))
        .route("/t/{token}/refund", get(till::refunding).post(till::refund))
        .route("/t/{token}/refund/sign", post(till::sign_refund));
    let wallet = Router::new()
        .route("/w/{token}", get(phone::page))
        .route("/w/{token}/events", get(events::of_wallet))
        .route("/w/{token}/phone", get(phone::fragment))
        .route("/w/{token}/statement", get(phone::statement))
        .route("/w/{token}/statement.csv", get(phone::statement_file))
        .route("/w/{token}/me", get(phone::me))
        .route("/w/{token}/from", post(brought::send))
        .route("/w/{token}/code", get(paycode::page).post(paycode::enrol))
        .route("/w/{token}/refuse", post(paycode::refuse))
        .route("/w/{token}/scan", get(phone::finder).post(phone::scan))
        .route("/w/{token}/pay", post(phone::pay))
        .route("/w/{token}/pay/{payment}", get(phone::receipt));
    Router::new()
        .route("/open", get(opening::page).post(opening::open))
        .merge(till)
        .merge(wallet)
        .layer(axum::middleware::map_response(answer::headers))
        .layer(axum::extract::DefaultBodyLimit::max(qr::MAX_BYTES))
        .with_state(desk)
}
