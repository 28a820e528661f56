//! Signs the days of corridors that both sides agree about, with each cell's key. The key is beside
//! the journal and not in it: the cell keeps what was signed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cell::{Handle, Outcome};
use corridor::DayAnswer;
use economy::{Answer, Command, Query, Request};
use kernel::{Actor, Currency};
use link::keys::KeyFolder;
use link::statement::Statement;
use pay::SettlementView;
use pay::command::SignDay;
use server::edge::Edge;
use server::foresight::{self, Level};
use views::Views;

use crate::node::Node;

/// How often it is looked whether there is something to sign.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is looked how long prefunds last.
const LOOK: Duration = Duration::from_secs(60);
/// So many days of a nostro are looked at; those before them were signed long ago.
const DAYS: u16 = 10;

/// Looks for days to sign until it is dropped.
pub struct Signer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Desk {
    handle: Handle,
    folder: PathBuf,
    /// The position at which there was nothing to sign.
    seen: u64,
    views: Views,
    currency: Option<Currency>,
}

impl Signer {
    /// Starts with the cells of a node, whose folders stand in this one.
    pub fn start(node: &Node, data: &std::path::Path, edge: &Edge) -> Result<Self> {
        let desks = node.places.iter().map(|place| Desk {
            handle: place.handle.clone(),
            folder: data.join(&place.config.name),
            seen: 0,
            views: place.views.clone(),
            currency: place.config.currencies.first().and_then(|own| own.parse().ok()),
        });
        let mut desks: Vec<Desk> = desks.collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let edge = edge.clone();
        let thread = std::thread::Builder::new().name("signer".into()).spawn(move || {
            let mut looked: Option<Instant> = None;
            while !stopped.load(Relaxed) {
                for desk in &mut desks {
                    if let Err(why) = desk.sign_all() {
                        tracing::warn!(%why, "days of a corridor could not be signed");
                    }
                }
                if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                    looked = Some(Instant::now());
                    for desk in &desks {
                        if let Err(why) = desk.look_ahead(&edge) {
                            tracing::warn!(%why, "how long a prefund lasts could not be told");
                        }
                    }
                }
                std::thread::park_timeout(EVERY);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Desk {
    fn sign_all(&mut self) -> Result<()> {
        let position = self.handle.durable();
        if position == self.seen {
            return Ok(());
        }
        let name = self.handle.info().name.clone();
        let links = self.links(DAYS)?;
        for view in &links {
            for half in &view.halves {
                let [keeper, other] =
                    if half.keeper { [&name, &view.name] } else { [&view.name, &name] };
                // The oldest first, as they were closed.
                for known in half.days.iter().rev().filter(|known| known.ours.is_none()) {
                    let Some(DayAnswer::Agreed(seen)) = known.answer else { continue };
                    let statement = Statement {
                        keeper: keeper.clone(),
                        other: other.clone(),
                        currency: half.currency.code().to_owned(),
                        day: known.day,
                        seen,
                    };
                    let (link, keeper, day) = (view.link, half.keeper, known.day.number);
                    self.sign(&statement, &name, (link, keeper, day))?;
                }
            }
        }
        self.seen = position;
        Ok(())
    }

    fn links(&self, most: u16) -> Result<Vec<SettlementView>> {
        let asked = Query::Settlement { now: self.handle.now(), before: u32::MAX, most };
        match self.handle.ask_blocking(asked) {
            Outcome::Answered { answer: Answer::Settlement(links), .. } => Ok(links),
            other => bail!("the cell '{}' does not answer: {other:?}", self.handle.info().name),
        }
    }

    /// Says once when a prefund becomes more or less urgent.
    fn look_ahead(&self, edge: &Edge) -> Result<()> {
        let (name, Some(own)) = (&self.handle.info().name, self.currency) else { return Ok(()) };
        for view in &self.links(0)? {
            for half in &view.halves {
                let now = self.handle.now();
                let Some(seen) = foresight::outlook(&self.views, view, half, own, now) else {
                    continue;
                };
                let Some(before) = edge.metrics().prefund(name, view.link, seen.level) else {
                    continue;
                };
                let (link, level) = (view.link, seen.level.word());
                let before = before.map_or("unknown", Level::word);
                if seen.level >= Level::Act {
                    tracing::warn!(cell = %name, link, level, before, "a prefund runs out");
                } else {
                    tracing::info!(cell = %name, link, level, before, "how long a prefund lasts");
                }
            }
        }
        Ok(())
    }

    fn sign(
        &self,
        statement: &Statement,
        name: &str,
        (link, keeper, day): (u8, bool, u32),
    ) -> Result<()> {
        let keys = KeyFolder::new(&self.folder, name);
        // Made now if there is none: cells of one process need it for nothing else.
        keys.own()?;
        let key = keys.read()?.current.context("the key was made")?;
        let signature = statement.sign(&key);
        let command = pay::Command::from(SignDay { link, keeper, day, signature });
        let command = Command::Pay(command);
        let request = Request { actor: Actor::CELL, fingerprint: None, command };
        match self.handle.submit_blocking(request) {
            Outcome::Refused { refusal, .. } => bail!("day {day} of link {link}: {refusal}"),
            _ => Ok(()),
        }
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A signer that panicked has stopped, too.
            let _stopped = thread.join();
        }
    }
}
