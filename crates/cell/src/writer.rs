//! The thread that makes groups durable and lets out what rests on them.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journal::{AppendError, GroupBuf, Journal};
use tracing::error;

use crate::core::{Built, Told};
use crate::feed::Durable;
use crate::handle::{Handle, Outcome, Ticket};
use crate::queue::Rejected;
use crate::runtime::{Config, End};
use crate::teller::Teller;

/// The journal's thread as the deciding one sees it.
pub(crate) struct Writer {
    groups: mpsc::Sender<Built<Ticket>>,
    teller: Teller,
    spares: mpsc::Receiver<GroupBuf>,
    ended: Arc<Mutex<Option<End>>>,
    thread: JoinHandle<()>,
}

impl Writer {
    pub fn start(
        config: &Config,
        handle: &Handle,
        journal: Box<dyn Journal>,
        epoch: u64,
    ) -> Result<Self, std::io::Error> {
        let (groups, incoming) = mpsc::channel();
        let (give_back, spares) = mpsc::channel();
        let ended = Arc::new(Mutex::new(None));
        let teller = Teller::start(config.runtime.as_ref(), handle.feed())?;
        let mut half = WriterHalf {
            journal,
            epoch,
            handle: handle.clone(),
            teller: teller.clone(),
            give_back,
            ended: Arc::clone(&ended),
        };
        let name = format!("journal-{}", config.info.name);
        let thread = std::thread::Builder::new().name(name).spawn(move || half.run(&incoming))?;
        Ok(Self { groups, teller, spares, ended, thread })
    }

    /// Hands a group over; returns the memory of an earlier one.
    pub fn write(&self, built: Built<Ticket>) -> Option<GroupBuf> {
        // A writer that has ended says why through `ended`; its tickets tell "unknown" as they
        // are dropped.
        drop(self.groups.send(built));
        self.spares.try_recv().ok()
    }

    /// Tells what rests on nothing that is still on its way.
    pub fn tell(&self, told: Vec<(Ticket, Told)>) {
        self.teller.tell(told);
    }

    pub fn ended(&self) -> Option<End> {
        self.ended.lock().expect("no holder of this lock panics").take()
    }

    /// Lets what was handed over become durable, and closes the journal.
    pub fn finish(self) {
        drop(self.groups);
        if self.thread.join().is_err() {
            error!("the journal's thread panicked");
        }
    }
}

struct WriterHalf {
    journal: Box<dyn Journal>,
    epoch: u64,
    handle: Handle,
    teller: Teller,
    give_back: mpsc::Sender<GroupBuf>,
    ended: Arc<Mutex<Option<End>>>,
}

impl WriterHalf {
    fn run(&mut self, incoming: &mpsc::Receiver<Built<Ticket>>) {
        let mut idle = true;
        loop {
            let built = if idle {
                incoming.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                incoming.recv_timeout(Duration::from_millis(5))
            };
            match built {
                Ok(built) => {
                    idle = false;
                    if let Err(end) = self.write(built) {
                        return self.end(end);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    idle = true;
                    if let Err(why) = self.journal.idle() {
                        return self.end(End::Fatal(why.to_string()));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    // The anchor is only a help at the next start.
                    drop(self.journal.idle());
                    return;
                }
            }
        }
    }

    fn end(&self, why: End) {
        *self.ended.lock().expect("no holder of this lock panics") = Some(why);
        self.handle.queue.set_journal_ended();
    }

    /// Makes a group durable, then lets out what rests on it.
    fn write(&mut self, built: Built<Ticket>) -> Result<(), End> {
        let Built { group, position, told, sent } = built;
        if !group.is_empty() {
            let began = Instant::now();
            let appended = match self.journal.append(position, self.epoch, &group) {
                Ok(appended) => appended,
                Err(why) => {
                    if why == AppendError::NoSpace {
                        // Groups behind the anchor would have to be written anew at the next
                        // opening, and there is no room for that either.
                        drop(self.journal.idle());
                    }
                    return Err(end_of(why, told));
                }
            };
            let metrics = &self.handle.metrics;
            metrics.sync_us.store(began.elapsed().as_micros() as u64, Relaxed);
            metrics.groups.fetch_add(1, Relaxed);
            metrics.records.fetch_add(group.len() as u64, Relaxed);
            metrics.durable.store(position, Relaxed);
            self.handle.feed.push(Durable { group: appended.stored(&group), sent: sent.into() });
        }
        self.handle.queue.set_journal_free(true);
        self.teller.tell(told);
        drop(self.give_back.send(group));
        Ok(())
    }
}

fn end_of(why: AppendError, told: Vec<(Ticket, Told)>) -> End {
    let (end, outcome) = match why {
        AppendError::NoSpace => (End::Full, Outcome::Rejected(Rejected::JournalFull)),
        // What became of it is found out by reading the journal again.
        AppendError::Unknown => (End::Drop, Outcome::Unknown),
        other => (End::Fatal(other.to_string()), Outcome::Unknown),
    };
    told.into_iter().for_each(|(ticket, _)| ticket.tell(outcome.clone()));
    end
}
