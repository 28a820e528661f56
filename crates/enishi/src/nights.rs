//! Makes tonight's file of each cell at its cutoff, once: also after sleep, or a missed night.
//!
//! Which cutoff was the last one to be served stands in `files.night` beside the cell's journal. A
//! cell that has none begins with the next one: nothing of the time before is paid in the middle of
//! a day. A file that was made when the note was not yet written is not made again, for its shops
//! have nothing any more.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use bankfile::{Office, Originator, OriginatorName, OwnAccountKind};
use kernel::Timestamp;
use server::bank_files::{Asks, Desk, Made};
use server::edge::Edge;
use server::problem::Problem;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::config::{Bank, Config};
use crate::market_setup::write_private;
use crate::node::Node;

/// Between two looks at the clock.
const PAUSE: Duration = Duration::from_secs(20);

/// Where the files of each cell are made that has a bank in the configuration.
pub fn desks(node: &Node, config: &Config) -> Result<BTreeMap<String, Arc<Desk>>> {
    let with_bank =
        node.places.iter().filter_map(|place| Some((place, place.config.bank.as_ref()?)));
    let desks = with_bank.map(|(place, bank)| {
        let name = place.config.name.clone();
        let originator = originator(bank).with_context(|| format!("[cell.bank] of '{name}'"))?;
        let files = config.data.join(&name).join("files");
        let (handle, vault) = (place.handle.clone(), Arc::clone(&place.vault));
        Ok((name, Arc::new(Desk::new(handle, vault, files, originator))))
    });
    desks.collect()
}

/// Who pays, as the configuration says it.
pub fn originator(bank: &Bank) -> Result<Originator> {
    let known = banks::shipped().bank(bank.bank.parse().context("bank")?).context("bank")?;
    let branch = known.branch(bank.branch.parse().context("branch")?).context("branch")?;
    Ok(Originator {
        code: bank.code.parse().context("code")?,
        name: OriginatorName::read(&bank.name).context("name")?,
        office: Office::of(known, branch),
        account_kind: match bank.kind {
            crate::config::BankAccountKind::Ordinary => OwnAccountKind::Ordinary,
            crate::config::BankAccountKind::Current => OwnAccountKind::Current,
        },
        account: bank.account.parse().context("account")?,
    })
}

/// Keeps the nights of the cells of a node, each in a thread of its own, until it is dropped.
pub struct Nights {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Nights {
    /// Starts with what was cut off.
    pub fn start(edge: &Edge, config: &Config) -> Result<Self> {
        let mut nights = Self { stop: watch::Sender::new(false), threads: Vec::new() };
        for cell in &config.cells {
            let Some(desk) = edge.desk(&cell.name) else { continue };
            let night = Night::new(desk, &config.data.join(&cell.name));
            let mut stop = nights.stop.subscribe();
            let waits = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            let thread = std::thread::Builder::new().name(format!("night {}", cell.name));
            nights.threads.push(thread.spawn(move || {
                waits.block_on(async {
                    tokio::select! {
                        // The sender lives as long as the threads.
                        _ = stop.wait_for(|stop| *stop) => {}
                        () = night.keep() => {}
                    }
                });
            })?);
        }
        Ok(nights)
    }
}

impl Drop for Nights {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // One that panicked has stopped, too; what it left is done at the next start.
            let _stopped = thread.join();
        }
    }
}

/// The cell can't be asked just now, as while it starts: no fault, and over at a later look.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotNow(String);

/// The nights of one cell.
pub struct Night {
    desk: Arc<Desk>,
    note: PathBuf,
}

impl Night {
    /// A cell's nights, with the note of the last one beside its journal.
    pub fn new(desk: &Arc<Desk>, folder: &Path) -> Self {
        Self { desk: Arc::clone(desk), note: folder.join("files.night") }
    }

    /// Forgets which cutoff was served: the last one is made at the next look.
    pub fn owes_all(&self) -> Result<()> {
        write(&self.note, Timestamp(0))
    }

    async fn keep(&self) {
        let cell = self.desk.handle().info().name.clone();
        let mut recovered = false;
        loop {
            if !recovered {
                recovered = self.recovers(&cell).await;
            }
            if let Err(why) = self.look().await {
                const WHAT: &str = "tonight's file was not made; it is tried again";
                match why.is::<NotNow>() {
                    true => tracing::warn!(cell, why = %why, "{WHAT}"),
                    false => tracing::error!(cell, why = %why, "{WHAT}"),
                }
                // A name that could not be given is given at the next look.
                recovered = false;
            }
            sleep(PAUSE).await;
        }
    }

    async fn recovers(&self, cell: &str) -> bool {
        match self.desk.recover().await {
            Ok(missing) => {
                for missing in missing {
                    let (file, why) = (missing.file.to_string(), missing.why);
                    tracing::error!(cell, file, why, "a bank file is not on the disk");
                }
                true
            }
            Err(why) => {
                const WHAT: &str = "bank files could not be looked for";
                match why.retryable {
                    true => tracing::warn!(cell, why = why.detail, "{WHAT}"),
                    false => tracing::error!(cell, why = why.detail, "{WHAT}"),
                }
                false
            }
        }
    }

    /// Makes the files of the last cutoff unless that was done, and tells what it made.
    pub async fn look(&self) -> Result<Option<Made>> {
        let told = |why: Problem| match why.retryable {
            true => NotNow(why.detail).into(),
            false => anyhow::anyhow!("{}", why.detail),
        };
        let Some(cutoff) = self.desk.last_cutoff().await.map_err(told)? else { return Ok(None) };
        let Some(done) = read(&self.note)? else {
            return write(&self.note, cutoff).map(|()| None);
        };
        if done >= cutoff {
            return Ok(None);
        }
        let made = self.desk.make(Asks::CELL).await.map_err(told)?;
        let cell = &self.desk.handle().info().name;
        let (files, left) = (made.files.len(), made.left.len());
        match files {
            0 => tracing::warn!(cell, left, "nothing was to be paid: there is no file tonight"),
            _ => tracing::warn!(cell, files, left, "tonight's file was made; send it to the bank"),
        }
        write(&self.note, cutoff)?;
        Ok(Some(made))
    }
}

fn read(note: &Path) -> Result<Option<Timestamp>> {
    match std::fs::read_to_string(note) {
        Ok(text) => {
            let micros = text.trim().parse().with_context(|| format!("{}", note.display()))?;
            Ok(Some(Timestamp(micros)))
        }
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why).with_context(|| format!("{}", note.display())),
    }
}

fn write(note: &Path, cutoff: Timestamp) -> Result<()> {
    write_private(note, cutoff.0.to_string().as_bytes())
}

#[cfg(test)]
mod tests;
