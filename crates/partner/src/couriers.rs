//! A relay to each partner, from when it is known where that is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use cell::Relay;

use crate::partner::Partners;
use crate::wire::Wire;

/// How often a look is taken at who is a partner.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is seen whether all is to end.
const STEP: Duration = Duration::from_millis(50);

/// The relays of one cell to its partners. They end with it.
pub struct Couriers {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Couriers {
    /// Starts to carry what a cell sends to its partners, those of today and those to come.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(partners: Arc<Partners>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let name = format!("couriers-{}", partners.cell().info().name);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            let mut relays = BTreeMap::new();
            while !stopped.load(Relaxed) {
                partners.refresh_blocking();
                for partner in partners.all() {
                    let link = partner.link;
                    if relays.contains_key(&link) || partner.agreed().url.is_empty() {
                        continue;
                    }
                    let wire = Box::new(Wire::to(partner));
                    match Relay::start(partners.cell().clone(), link, wire) {
                        Ok(relay) => drop(relays.insert(link, relay)),
                        Err(why) => tracing::error!(%why, "no relay to a partner was started"),
                    }
                }
                let mut waited = Duration::ZERO;
                while waited < LOOK && !stopped.load(Relaxed) {
                    std::thread::sleep(STEP);
                    waited += STEP;
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Couriers {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a courier's thread panicked");
        }
    }
}
