//! What pages hear of as it happens: one channel, from which each page takes what is its own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use kernel::Ref;
use kernel::id::{Store, Wallet};
use tokio::sync::broadcast::{self, Receiver};

use super::Desk;
use super::answer::Asked;
use super::window::{AtTill, AtWallet};
use crate::edge::Edge;
use crate::session::Session;
use crate::web::view::StepEvent;

/// The most pages that listen at a time.
const MOST_PAGES: usize = 10_000;
/// How many events a slow page may be behind before it has to begin anew.
const BEHIND: usize = 1_024;

/// An event with whom it concerns.
#[derive(Clone, Debug)]
struct Told {
    whom: Whom,
    json: Arc<str>,
}

/// Whom an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Every page.
    All,
    /// The windows of this wallet and of this store's tills.
    Of { wallet: Option<Ref<Wallet>>, till: Option<Ref<Store>> },
}

/// Whose events a page wants; the first page wants both's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    /// A wallet with its holder's number.
    pub wallet: Option<(Ref<Wallet>, u32)>,
    /// A store.
    pub till: Option<Ref<Store>>,
}

impl Listener {
    fn wants(&self, whom: Whom) -> bool {
        let Whom::Of { wallet, till } = whom else { return true };
        let own = self.wallet.map(|(own, _)| own);
        (own.is_some() && own == wallet) || (self.till.is_some() && self.till == till)
    }
}

/// Pages by cell, number (a wallet's holder, a store), and reference.
type Pages<K> = BTreeMap<(u16, u32, Ref<K>), usize>;

/// Who has a page open: only what concerns them is followed.
#[derive(Default)]
struct Present {
    wallets: Pages<Wallet>,
    stores: Pages<Store>,
}

fn count<K: Ord>(of: &mut Pages<K>, number: u32, key: Ref<K>, comes: bool) {
    let place = (key.cell, number, key);
    let pages = of.entry(place).or_default();
    match comes {
        true => *pages += 1,
        false => *pages = pages.saturating_sub(1),
    }
    if *pages == 0 {
        of.remove(&place);
    }
}

fn find<K: Ord>(of: &Pages<K>, cell: u16, number: u32) -> Option<Ref<K>> {
    let from = (cell, number, Ref::new(cell, 0, 0));
    let (found, _) = of.range(from..).next()?;
    ((found.0, found.1) == (cell, number)).then_some(found.2)
}

/// The channel from the follower to the pages.
pub(crate) struct Channel {
    sender: broadcast::Sender<Told>,
    present: Mutex<Present>,
}

impl Default for Channel {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BEHIND), present: Mutex::default() }
    }
}

/// A page that is open; dropped, it is not any more.
pub(crate) struct Seat {
    channel: Arc<Channel>,
    listener: Listener,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.channel.seat(&self.listener, false);
    }
}

impl Channel {
    /// Tells the pages it concerns. Nobody listening is no error.
    pub fn tell(&self, whom: Whom, event: &StepEvent) {
        if self.sender.receiver_count() == 0 {
            return;
        }
        let json = serde_json::to_string(event).expect("a step is texts and numbers");
        let _listeners = self.sender.send(Told { whom, json: json.into() });
    }

    /// From now on somebody wants these events.
    pub fn take_seat(self: &Arc<Self>, listener: Listener) -> Seat {
        self.seat(&listener, true);
        Seat { channel: Arc::clone(self), listener }
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().expect("no holder of this lock panics")
    }

    fn seat(&self, listener: &Listener, comes: bool) {
        let mut present = self.present();
        if let Some(wallet) = listener.wallet {
            count(&mut present.wallets, wallet.1, wallet.0, comes);
        }
        if let Some(store) = listener.till {
            count(&mut present.stores, store.number, store, comes);
        }
    }

    /// The wallet of a cell's party that has a page open.
    pub fn wallet_of(&self, cell: u16, party: u32) -> Option<Ref<Wallet>> {
        find(&self.present().wallets, cell, party)
    }

    /// The wallet of a number that has a page open.
    pub fn wallet_numbered(&self, cell: u16, number: u32) -> Option<Ref<Wallet>> {
        let present = self.present();
        let mut open = present.wallets.keys().map(|(_, _, wallet)| *wallet);
        open.find(|wallet| (wallet.cell, wallet.number) == (cell, number))
    }

    /// The store of a cell's number that has a page open.
    pub fn store_of(&self, cell: u16, number: u32) -> Option<Ref<Store>> {
        find(&self.present().stores, cell, number)
    }

    /// Whether a page of a wallet or of a store in a cell is open.
    pub fn is_present_in(&self, cell: u16) -> bool {
        let present = self.present();
        present.wallets.keys().any(|page| page.0 == cell)
            || present.stores.keys().any(|page| page.0 == cell)
    }
}

/// The stream of a wallet's window.
pub(crate) async fn of_wallet(at: AtWallet) -> Response {
    let AtWallet { desk, window, session, asked } = at;
    let wallet = Some((window.wallet, window.actor.party));
    let seen = seen(&asked).map(|seen| (window.side, seen));
    desk.stream(Listener { wallet, till: None }, Some(session), seen)
}

/// The stream of a till's window.
pub(crate) async fn of_till(AtTill { desk, window, session, asked }: AtTill) -> Response {
    let seen = seen(&asked).map(|seen| (window.side, seen));
    desk.stream(Listener { wallet: None, till: Some(window.store) }, Some(session), seen)
}

/// What the page that listens has seen.
fn seen(asked: &Asked) -> Option<u64> {
    asked.parameter("seen")?.parse().ok()
}

impl Desk {
    /// A stream of events; it ends with its session. A page that has `seen` less than there is,
    /// on its side, is told so at once: between its making and its listening it heard nothing.
    pub(crate) fn stream(
        &self,
        listener: Listener,
        session: Option<Session>,
        seen: Option<(usize, u64)>,
    ) -> Response {
        if self.channel.sender.receiver_count() >= MOST_PAGES {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let receiver = self.channel.sender.subscribe();
        let seat = self.channel.take_seat(listener);
        let behind = seen.is_some_and(|(side, seen)| seen < self.site(side).handle.durable());
        let reader = Reader { seat, behind, receiver, edge: self.edge.clone(), session };
        let alive = KeepAlive::new().interval(Duration::from_secs(15));
        Sse::new(events(reader)).keep_alive(alive).into_response()
    }
}

struct Reader {
    seat: Seat,
    /// Has to be told that something happened before.
    behind: bool,
    receiver: Receiver<Told>,
    edge: Edge,
    session: Option<Session>,
}

/// A page that is too far behind is cut off: it comes back and fetches all its parts anew.
fn events(reader: Reader) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    unfold(reader, |mut reader| async move {
        if std::mem::take(&mut reader.behind) {
            let event = StepEvent { step: "behind", ..StepEvent::default() };
            return Some((Ok(Event::default().json_data(&event).ok()?), reader));
        }
        loop {
            let told = tokio::select! {
                told = reader.receiver.recv() => told.ok()?,
                () = reader.edge.stopping() => return None,
            };
            if reader.session.as_ref().is_some_and(|session| !session.is_live()) {
                return None;
            }
            if reader.seat.listener.wants(told.whom) {
                return Some((Ok(Event::default().data(&*told.json)), reader));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_closes_their_last_page_is_not_followed_any_more() {
        let channel = Arc::new(Channel::default());
        let (wallet, store) = (Ref::new(1, 7, 9), Ref::new(2, 3, 4));
        let phone = Listener { wallet: Some((wallet, 5)), till: None };
        let first = channel.take_seat(phone);
        let second = channel.take_seat(phone);
        let till = channel.take_seat(Listener { wallet: None, till: Some(store) });
        assert_eq!(channel.wallet_of(1, 5), Some(wallet));
        assert_eq!((channel.wallet_of(2, 5), channel.wallet_of(1, 6)), (None, None));
        assert_eq!(channel.store_of(2, 3), Some(store));
        assert!(phone.wants(Whom::Of { wallet: Some(wallet), till: None }));
        assert!(!phone.wants(Whom::Of { wallet: None, till: Some(store) }));
        assert!(!phone.wants(Whom::Of { wallet: None, till: None }) && phone.wants(Whom::All));
        drop(first);
        assert_eq!(channel.wallet_of(1, 5), Some(wallet));
        drop((second, till));
        assert_eq!((channel.wallet_of(1, 5), channel.store_of(2, 3)), (None, None));
        assert!(!channel.is_present_in(1));
    }
}
