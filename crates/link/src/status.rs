//! How a neighbour is reached, for its operator.

use std::sync::Mutex;

use kernel::Timestamp;
use tracing::{info, warn};

use crate::Fault;

/// Something that does not work now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub fault: Fault,
    /// Since when it is so, by this machine's clock.
    pub since: Timestamp,
    /// How often it was so since.
    pub times: u64,
}

/// One direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// When it worked last.
    pub last_success: Option<Timestamp>,
    /// What is wrong since; none while it works.
    pub trouble: Option<Trouble>,
    /// How often it worked.
    pub done: u64,
    /// How often it did not.
    pub failed: u64,
}

impl Direction {
    /// Notes what came of one request. Whether it is something else than before.
    fn note(&mut self, now: Timestamp, came: Result<(), &Fault>) -> bool {
        match (came, &mut self.trouble) {
            (Ok(()), trouble) => {
                self.done += 1;
                self.last_success = Some(now);
                trouble.take().is_some()
            }
            (Err(fault), Some(known)) if known.fault.code == fault.code => {
                self.failed += 1;
                known.times += 1;
                known.fault = fault.clone();
                false
            }
            (Err(fault), trouble) => {
                self.failed += 1;
                *trouble = Some(Trouble { fault: fault.clone(), since: now, times: 1 });
                true
            }
        }
    }
}

/// Both directions of one end.
#[derive(Debug, Default)]
pub struct Status {
    asking: Mutex<Direction>,
    asked: Mutex<Direction>,
}

impl Status {
    /// What we ask of the neighbour.
    pub fn asking(&self) -> Direction {
        self.asking.lock().expect("no holder of this lock panics").clone()
    }

    /// What the neighbour, or somebody in its name, asks of us.
    pub fn asked(&self) -> Direction {
        self.asked.lock().expect("no holder of this lock panics").clone()
    }

    /// Notes what came of what we asked.
    pub fn note_asking(&self, peer: &str, now: Timestamp, came: Result<(), &Fault>) {
        let changed = self.asking.lock().expect("no holder of this lock panics").note(now, came);
        match came {
            Err(fault) if changed => {
                warn!(peer, code = fault.code, theirs = fault.theirs, "{fault}");
            }
            Ok(()) if changed => info!(peer, "the other side answers again"),
            _ => {}
        }
    }

    /// Notes what came of what we were asked.
    pub fn note_asked(&self, peer: &str, now: Timestamp, came: Result<(), &Fault>) {
        let changed = self.asked.lock().expect("no holder of this lock panics").note(now, came);
        match came {
            Err(fault) if changed => warn!(peer, code = fault.code, "refused: {fault}"),
            Ok(()) if changed => info!(peer, "the other side is understood again"),
            _ => {}
        }
    }
}
