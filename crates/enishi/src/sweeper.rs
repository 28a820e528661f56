//! Removes from the vaults what the journals do not know: rows that were written first, for a
//! command that then never came (CORE, vault and journal).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use vault::Vault;
use views::{Follower, Views};

use crate::node::Node;

/// How often the vaults are gone through.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// How old a row must be: younger ones may belong to a command that is still on its way.
const AGE: Duration = Duration::from_secs(60 * 60);

/// Goes through the vaults until it is dropped.
pub struct Sweeper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Room {
    vault: Arc<Vault>,
    views: Views,
    follower: Arc<Follower>,
}

impl Sweeper {
    /// Starts with the vaults of a node.
    pub fn start(node: &Node) -> Result<Self> {
        let rooms = node.places.iter().map(|place| Room {
            vault: Arc::clone(&place.vault),
            views: place.views.clone(),
            follower: Arc::clone(&place.follower),
        });
        let rooms: Vec<Room> = rooms.collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("sweeper".into()).spawn(move || {
            while !stopped.load(Relaxed) {
                std::thread::park_timeout(EVERY);
                if stopped.load(Relaxed) {
                    return;
                }
                for room in &rooms {
                    match room.sweep() {
                        Ok(0) => {}
                        Ok(rows) => tracing::warn!(rows, "rows of unknown parties were removed"),
                        Err(why) => tracing::error!(%why, "a vault could not be swept"),
                    }
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Room {
    fn sweep(&self) -> Result<usize> {
        // A list that is behind does not know the newest parties: nothing is judged by it.
        if self.follower.lag() > 0 || self.follower.is_failing() {
            return Ok(0);
        }
        let mut known = BTreeSet::new();
        let mut after = 0;
        loop {
            let parties = self.views.parties(after, 500)?;
            let Some(last) = parties.last() else { break };
            after = last.reference.number;
            known.extend(parties.iter().map(|party| party.id.0));
        }
        let now = server::cells::now().0 / 1_000;
        let older_than_ms = now.saturating_sub(AGE.as_millis() as u64);
        Ok(self.vault.sweep(|party| known.contains(&party), older_than_ms)?)
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A sweeper that panicked has stopped, too.
            let _stopped = thread.join();
        }
    }
}
