//! One end of the bridge: a cell of this process, and a neighbour that is not.

use std::sync::{Arc, Mutex, OnceLock};

use cell::Clock;
use kernel::Timestamp;
use ureq::Agent;

use crate::keys::Keys;
use crate::nonces::Nonces;
use crate::status::Status;

/// A cell by number and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
}

/// One end of the bridge.
pub struct End {
    /// The cell of this process.
    pub own: Who,
    /// The neighbour.
    pub peer: Who,
    /// Where the neighbour's server is: `http://…` without a path.
    pub url: String,
    /// How it goes.
    pub status: Status,
    /// The number of the link in the cell of this process, once it was looked up: links are never
    /// renumbered.
    pub link: OnceLock<u8>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) agent: Agent,
    pub(crate) nonces: Mutex<Nonces>,
    /// Since when nonces are known.
    pub(crate) began: Timestamp,
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "End({} to {} at {})", self.own.name, self.peer.name, self.url)
    }
}

impl End {
    /// An end at `own`, whose neighbour's server is at `url`.
    pub fn new(own: Who, peer: Who, url: &str, keys: Arc<Keys>, clock: Arc<dyn Clock>) -> Self {
        let agent = Agent::config_builder()
            // What is signed is meant for this address and no other; no proxy of the environment.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        let (nonces, began) = (Mutex::default(), clock.wall());
        let url = url.trim_end_matches('/').to_owned();
        let agent = agent.into();
        let (status, link) = (Status::default(), OnceLock::new());
        Self { own, peer, url, status, link, keys, clock, agent, nonces, began }
    }
}
