//! The demo's stage: the first page, on which a wallet of one cell pays a till of another.
//!
//! Its phone and its till are ordinary windows of the [`crate::desk`]; between them stands what
//! only a process with both cells can show: the bridge with its beads, what each side wrote, the
//! audit, the figures, and a button that breaks a cell.
//!
//! **Invariants.** A bead is lit because a record is durable, with the time that passed between
//! two moments that were measured; no timer lights one.
//!
//! **Absent.** No right that the desk does not give to whoever holds the two codes.

mod agree;
mod bridge;
mod curl;
mod events;
mod figures;
mod home;
mod stop;

use std::sync::{Arc, Mutex, Weak};

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::Id;
use kernel::Ref;
use kernel::id::{Payment, Wallet};
use tokio::task::JoinHandle;

use crate::code::Code;
use crate::desk::answer::{self, Asked};
use crate::desk::events::{Listener, Seat};
use crate::desk::trace::Phase;
use crate::desk::window::{NoWindow, TillWindow, WalletWindow};
use crate::desk::{Desk, Home};
use crate::problem::Problem;
use crate::session::Session;
use crate::web::view::{self, Chrome, Nav, NavItem, Zone};
use agree::Agree;
use stop::Stops;

/// What the first page's curl lines carry.
#[derive(Clone, Debug)]
pub struct CurlConfig {
    /// `http://localhost:8080`.
    pub base: String,
    /// The API key of the wallet's holder, whole. It belongs to the demo and is shown.
    pub payer_key: String,
    /// The API key of the till's merchant, whole.
    pub seller_key: String,
}

/// What the stage is given.
pub struct StageConfig {
    /// The desk over two cells: first the payer's, then the seller's.
    pub desk: Arc<Desk>,
    /// Who holds the phone: a wallet of the first cell.
    pub wallet: Code,
    /// Whose till it pays: a store of the second cell.
    pub till: Code,
    /// What the till asks for, in minor units.
    pub usual: u64,
    /// The same with curl.
    pub curl: CurlConfig,
    /// The path of the operator's window.
    pub operator: Option<String>,
}

/// Which side of the bridge, as an index.
const PAYER: usize = 0;
/// See [`PAYER`].
const SELLER: usize = 1;

/// How long a paid code stays on the first page before the next stranger gets a new one.
const REST_US: u64 = 60_000_000;

/// The running stage. Its tasks end with it.
pub struct Stage {
    desk: Arc<Desk>,
    /// The session of the phone; its window is looked up for each page, as names are forgotten.
    payer: Session,
    wallet: Ref<Wallet>,
    wallet_zone: Zone,
    till: TillWindow,
    usual: u64,
    curl: CurlConfig,
    operator: Option<String>,
    stops: Stops,
    agree: Agree,
    /// The page is always open: its payments are always followed.
    _seat: Seat,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Stage {
    /// Puts the first page before a desk.
    ///
    /// # Errors
    /// A code that opens no window of its side.
    pub async fn start(config: StageConfig) -> Result<Arc<Self>, Problem> {
        let desk = config.desk;
        let payer = session(&desk, "w", &config.wallet)?;
        let seller = session(&desk, "t", &config.till)?;
        let wallet = desk.wallet_window(&payer).await.map_err(no_window)?;
        let till = desk.till_window(&seller).await.map_err(no_window)?;
        let listener =
            Listener { wallet: Some((wallet.wallet, wallet.actor.party)), till: Some(till.store) };
        let stage = Arc::new(Self {
            payer,
            wallet: wallet.wallet,
            wallet_zone: wallet.home_zone,
            till,
            usual: config.usual,
            curl: config.curl,
            operator: config.operator,
            stops: Stops::default(),
            agree: Agree::default(),
            _seat: desk.channel.take_seat(listener),
            tasks: Mutex::default(),
            desk,
        });
        let home: Weak<dyn Home> = Arc::downgrade(&stage) as Weak<dyn Home>;
        stage.desk.stands_on(home);
        let tasks = [
            tokio::spawn(figures::tell(Arc::downgrade(&stage))),
            tokio::spawn(agree::keep(Arc::downgrade(&stage))),
        ];
        stage.tasks.lock().expect("no holder of this lock panics").extend(tasks);
        Ok(stage)
    }

    /// The phone's window as it is now.
    async fn wallet_window(&self) -> Result<WalletWindow, NoWindow> {
        self.desk.wallet_window(&self.payer).await
    }

    /// The payment on the till's screen.
    fn shown(&self) -> Option<Id<Payment>> {
        self.desk.on_screen(self.till.device()).payment
    }

    /// What stands around a page with a bar.
    async fn chrome(
        &self,
        asked: &Asked,
        path: &str,
        current: NavItem,
        events: Option<&str>,
    ) -> Chrome {
        let nav = Nav {
            current,
            wallet: self.payer.base.clone(),
            till: self.till.base.clone(),
            operator: self.operator.clone(),
        };
        let events = events.map(str::to_owned);
        Chrome { nav: Some(nav), ..self.desk.chrome(asked, path, None, events).await }
    }

    /// A stranger who opens the first page finds a code that can be paid: the till asks anew when
    /// the last one ended a while ago, or nobody paid it in time.
    async fn ready_for_a_stranger(&self) {
        let stands = match self.shown().and_then(|id| self.desk.traces.get(id)) {
            None => false,
            Some(trace) => match trace.phase {
                Phase::Open | Phase::Held | Phase::Captured | Phase::Declined => true,
                Phase::Authorized | Phase::Posted | Phase::Voided => trace.age() < REST_US,
                Phase::Cancelled | Phase::Expired => false,
            },
        };
        if !stands {
            let key = self.desk.next_key(&self.till);
            if let Err(problem) = self.desk.ask_for(&self.till, self.usual, &key).await {
                tracing::warn!(code = problem.code, "the first page's till can't ask");
            }
        }
    }
}

fn session(desk: &Desk, window: &str, code: &Code) -> Result<Session, Problem> {
    let unknown =
        |_| Problem::new("key_invalid", "The code of the first page's window does not open.");
    Session::of_code(&desk.edge, window, code).map_err(unknown)
}

fn no_window(why: NoWindow) -> Problem {
    match why {
        NoWindow::Failed(problem) => problem,
        _ => Problem::new("key_invalid", "The code of the first page's window opens none."),
    }
}

impl Home for Stage {
    fn till(&self) -> Option<(TillWindow, u64)> {
        Some((self.till.clone(), self.usual))
    }

    fn with_phone(
        self: Arc<Self>,
        asked: Asked,
        phone: view::Phone,
    ) -> BoxFuture<'static, Response> {
        async move { home::with_phone(&self, &asked, phone).await }.boxed()
    }

    fn with_till(self: Arc<Self>, asked: Asked, till: view::Till) -> BoxFuture<'static, Response> {
        async move { home::with_till(&self, &asked, till).await }.boxed()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().expect("no holder of this lock panics");
        tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The first page, the audit, and their fragments; the windows are the desk's.
pub fn router(stage: Arc<Stage>) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/audit", get(agree::page))
        .route("/events", get(events::stream))
        .route("/fragments/bridge", get(bridge::fragment))
        .route("/fragments/books", get(bridge::books_fragment))
        .route("/fragments/map", get(figures::map_fragment))
        .route("/fragments/corridor", get(figures::corridor_fragment))
        .route("/fragments/tiles", get(figures::tiles_fragment))
        .route("/fragments/agree", get(agree::fragment))
        .route("/fragments/break", get(stop::fragment).post(stop::stop))
        .layer(axum::middleware::map_response(answer::headers))
        .layer(axum::extract::DefaultBodyLimit::max(qr::MAX_BYTES))
        .with_state(stage)
}
