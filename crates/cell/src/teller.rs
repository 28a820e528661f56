//! The task or thread that tells callers what became durable.

use std::sync::Arc;
use std::sync::mpsc;

use economy::reply_of;

use crate::core::Told;
use crate::feed::Feed;
use crate::handle::{Outcome, Ticket};

/// Tells outcomes: one hand-over a group, so that the journal's thread wakes one task and not
/// every caller.
#[derive(Clone)]
pub(crate) enum Teller {
    Task(tokio::sync::mpsc::UnboundedSender<Vec<(Ticket, Told)>>),
    Thread(mpsc::Sender<Vec<(Ticket, Told)>>),
}

impl Teller {
    pub fn start(
        runtime: Option<&tokio::runtime::Handle>,
        feed: &Arc<Feed>,
    ) -> Result<Self, std::io::Error> {
        let feed = Arc::clone(feed);
        if let Some(runtime) = runtime {
            let (sender, mut receiver) =
                tokio::sync::mpsc::unbounded_channel::<Vec<(Ticket, Told)>>();
            runtime.spawn(async move {
                while let Some(told) = receiver.recv().await {
                    tell_in_task(&feed, told);
                }
            });
            return Ok(Self::Task(sender));
        }
        let (sender, receiver) = mpsc::channel::<Vec<(Ticket, Told)>>();
        std::thread::Builder::new().name("teller".into()).spawn(move || {
            for told in receiver {
                told.into_iter().for_each(|(ticket, told)| ticket.tell(outcome(&feed, told)));
            }
        })?;
        Ok(Self::Thread(sender))
    }

    pub fn tell(&self, told: Vec<(Ticket, Told)>) {
        if told.is_empty() {
            return;
        }
        // A teller that has gone drops the tickets, and each tells "unknown".
        match self {
            Self::Task(sender) => drop(sender.send(told)),
            Self::Thread(sender) => drop(sender.send(told)),
        }
    }
}

fn tell_in_task(feed: &Arc<Feed>, told: Vec<(Ticket, Told)>) {
    for (ticket, told) in told {
        if let Told::Repeat { .. } = told {
            // The reply is read from the disk: not in the task that all others wait for.
            let feed = Arc::clone(feed);
            tokio::task::spawn_blocking(move || ticket.tell(outcome(&feed, told)));
        } else {
            ticket.tell(outcome(feed, told));
        }
    }
}

fn outcome(feed: &Feed, told: Told) -> Outcome {
    match told {
        Told::Done { reply, position, index } => Outcome::Done { reply, position, index },
        Told::Refused { refusal, position } => Outcome::Refused { refusal, position },
        Told::Answered { answer, position } => Outcome::Answered { answer, position },
        Told::Repeat { position, index } => match first_reply(feed, position, index) {
            Some(reply) => Outcome::Repeated { reply, position, index },
            None => Outcome::Unknown,
        },
    }
}

fn first_reply(feed: &Feed, position: u64, index: u32) -> Option<economy::Reply> {
    let group = match feed.recent(position, 1).and_then(|mut groups| groups.pop()) {
        Some(durable) => durable.group,
        None => feed.reader().ok()?.read_at(position).ok()??,
    };
    reply_of(group.record(index as usize)?).ok()
}
