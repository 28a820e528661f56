//! What pages hear of as it happens: one channel, from which each page takes what is its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::sync::broadcast::{self, Receiver};

use super::Stage;
use crate::edge::Edge;
use crate::web::view::StepEvent;

/// The most pages that listen at a time.
const MOST_PAGES: usize = 1_000;
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
pub(super) enum Whom {
    /// Every page.
    All,
    /// The windows of this wallet and of this till.
    Of { wallet: Option<usize>, till: Option<usize> },
}

/// Whose events a page wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// The first wallet's and the first till's.
    Home,
    /// A wallet's.
    Wallet(usize),
    /// A till's.
    Till(usize),
}

impl Page {
    fn wants(self, whom: Whom) -> bool {
        let Whom::Of { wallet, till } = whom else { return true };
        match self {
            Self::Home => wallet == Some(0) || till == Some(0),
            Self::Wallet(at) => wallet == Some(at),
            Self::Till(at) => till == Some(at),
        }
    }
}

/// The channel from the followers to the pages.
pub(super) struct Channel(broadcast::Sender<Told>);

impl Default for Channel {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Channel {
    /// Tells the pages it concerns. Nobody listening is no error.
    pub fn tell(&self, whom: Whom, event: &StepEvent) {
        if self.0.receiver_count() == 0 {
            return;
        }
        let json = serde_json::to_string(event).expect("a step is texts and numbers");
        let _listeners = self.0.send(Told { whom, json: json.into() });
    }
}

/// Whose events: `home`, or the token of a window.
#[derive(Debug, Deserialize)]
pub(super) struct Of {
    of: String,
}

impl Stage {
    fn page_of(&self, of: &str) -> Option<Page> {
        if of == "home" {
            return Some(Page::Home);
        }
        let wallet = self.wallets.iter().position(|window| window.token == of);
        let till = self.tills.iter().position(|window| window.token == of);
        wallet.map(Page::Wallet).or(till.map(Page::Till))
    }
}

/// The stream of a page.
pub(super) async fn stream(State(stage): State<Arc<Stage>>, Query(of): Query<Of>) -> Response {
    let Some(page) = stage.page_of(&of.of) else { return StatusCode::NOT_FOUND.into_response() };
    if stage.channel.0.receiver_count() >= MOST_PAGES {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let receiver = stage.channel.0.subscribe();
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    Sse::new(events(page, receiver, stage.edge.clone())).keep_alive(alive).into_response()
}

/// A page that is too far behind is cut off: it comes back and fetches all its parts anew.
fn events(
    page: Page,
    receiver: Receiver<Told>,
    edge: Edge,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    unfold((receiver, edge), move |(mut receiver, edge)| async move {
        loop {
            let told = tokio::select! {
                told = receiver.recv() => told.ok()?,
                () = edge.stopping() => return None,
            };
            if page.wants(told.whom) {
                return Some((Ok(Event::default().data(&*told.json)), (receiver, edge)));
            }
        }
    })
}
