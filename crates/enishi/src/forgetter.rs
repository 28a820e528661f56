//! Forgets who asked to be forgotten: destroys the party's key in the vault, then tells the cell.
//!
//! What is left to be done stands in the state of the cell, from the record of the asking to that
//! of the confirming: there this begins again, however often it is cut off, and each step may be
//! taken twice. An answer of the cell rests on durable groups, so that no key is destroyed for a
//! record that is then lost.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cell::{Handle, Outcome};
use economy::{Answer, Command, Query, Request};
use kernel::Actor;
use pay::PartyView;
use tokio::sync::watch;
use tokio::time::sleep;
use vault::Vault;

use crate::node::{Node, Place};

#[cfg(test)]
mod tests;

/// Between two looks while the cell is busy.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a failure is waited out at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LAST_WAIT: Duration = Duration::from_secs(60);

/// Follows the cells of a node, each in a thread of its own, until it is dropped.
pub struct Forgetter {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Forgetter {
    /// Starts with what is left to be done.
    pub fn start(node: &Node) -> Result<Self> {
        let mut forgetter = Self { stop: watch::Sender::new(false), threads: Vec::new() };
        for place in &node.places {
            let thread = follow(place, forgetter.stop.subscribe())?;
            forgetter.threads.push(thread);
        }
        Ok(forgetter)
    }
}

impl Drop for Forgetter {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // One that panicked has stopped, too; what it left is done at the next start.
            let _stopped = thread.join();
        }
    }
}

fn follow(place: &Place, mut stop: watch::Receiver<bool>) -> Result<JoinHandle<()>> {
    let room = Room { handle: place.handle.clone(), vault: Arc::clone(&place.vault) };
    let waits = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let thread = std::thread::Builder::new().name(format!("forget {}", place.config.name));
    Ok(thread.spawn(move || {
        waits.block_on(async {
            tokio::select! {
                // The sender lives as long as the threads.
                _ = stop.wait_for(|stop| *stop) => {}
                () = room.follow() => {}
            }
        });
    })?)
}

struct Room {
    handle: Handle,
    vault: Arc<Vault>,
}

impl Room {
    /// Looks after each group for what is to be done.
    async fn follow(&self) {
        let mut heads = self.handle.feed().watch();
        let (mut wait, mut seen_through) = (FIRST_WAIT, false);
        loop {
            heads.borrow_and_update();
            match self.work(&mut seen_through).await {
                Ok(()) => {
                    wait = FIRST_WAIT;
                    if heads.changed().await.is_err() {
                        return;
                    }
                    sleep(PAUSE).await;
                }
                Err(why) => {
                    let cell = &self.handle.info().name;
                    tracing::error!(cell, %why, "forgetting does not go on; it is tried again");
                    sleep(wait).await;
                    wait = (wait * 2).min(LAST_WAIT);
                }
            }
        }
    }

    async fn work(&self, seen_through: &mut bool) -> Result<()> {
        if !*seen_through {
            self.forget_again().await?;
            *seen_through = true;
        }
        for party in self.ask(Query::ToForget).await? {
            self.vault.shred(party.id.0).context("the vault")?;
            self.confirm(&party).await?;
        }
        Ok(())
    }

    /// A vault that was restored from a copy knows people whom the journal knows to be forgotten.
    async fn forget_again(&self) -> Result<()> {
        for party in self.ask(Query::Forgotten).await? {
            if self.vault.has_key(party.id.0)? && self.vault.shred(party.id.0)? {
                let (cell, party) = (&self.handle.info().name, party.party.to_string());
                tracing::warn!(cell, party, "the vault knew a party that was forgotten before");
            }
        }
        Ok(())
    }

    async fn confirm(&self, party: &PartyView) -> Result<()> {
        let command = Command::ConfirmForgotten(party.party);
        let request = Request { actor: Actor::CELL, fingerprint: None, command };
        match self.handle.submit(request).await {
            Outcome::Done { .. } => Ok(()),
            other => bail!("{} was not confirmed: {other:?}", party.party),
        }
    }

    async fn ask(&self, query: Query) -> Result<Vec<PartyView>> {
        match self.handle.ask(query).await {
            Outcome::Answered { answer: Answer::Parties(parties), .. } => Ok(parties),
            other => bail!("the cell does not answer: {other:?}"),
        }
    }
}
