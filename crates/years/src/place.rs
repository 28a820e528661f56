//! One cell: the deciding half over its journal, without threads and with the model's clock.

use std::path::Path;

use cell::{Core, Told};
use corridor::{Sent, Witness};
use economy::{Command, Receive, Reply, Request, State};
use journal::file::{FileJournal, Identity, Options};
use journal::{Hash, Head, Journal};
use kernel::{Actor, Id, Role, Timestamp};

use crate::YearsError;
use crate::random::Rng;

/// The cells that are written, with their numbers: those of the demo.
pub const CELLS: [(&str, u16); 2] = [("cn", 1), ("jp", 2)];
/// Each has one link.
pub(crate) const LINK: u8 = 0;
/// Who commands where nobody else does.
pub(crate) const FOUNDER: Actor = Actor::of(0, Role::Operator);

const EPOCH: u64 = 1;

/// A message with where it stands in its sender's journal.
pub(crate) struct Carried {
    position: u64,
    hash: Option<Hash>,
    sent: Sent,
}

/// Makes the journal of a cell in its folder.
pub(crate) fn create(
    data: &Path,
    (name, number): (&'static str, u16),
) -> Result<Box<dyn Journal>, YearsError> {
    let folder = data.join(name).join("journal");
    let said = |error| YearsError::Io { path: folder.display().to_string(), error };
    std::fs::create_dir_all(&folder).map_err(said)?;
    if std::fs::read_dir(&folder).map_err(said)?.next().is_some() {
        return Err(YearsError::NotEmpty(folder.display().to_string()));
    }
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let identity = Identity { name: name.to_owned(), id };
    Ok(Box::new(FileJournal::create_late(&folder, &identity, Options::default())?))
}

pub(crate) struct Place {
    pub name: &'static str,
    core: Core<()>,
    journal: Box<dyn Journal>,
    out: Vec<Carried>,
    ids: Rng,
}

impl Place {
    /// Begins a cell in an empty journal.
    pub fn begin(
        (name, number): (&'static str, u16),
        mut journal: Box<dyn Journal>,
        seed: u64,
    ) -> Result<Self, YearsError> {
        journal.claim(EPOCH)?;
        let core = Core::new(State::new(number, seed), Head::EMPTY, 0);
        let ids = Rng::new(seed, 1_000 + u64::from(number));
        Ok(Self { name, core, journal, out: Vec::new(), ids })
    }

    /// A fresh id of a moment.
    pub fn id<K>(&mut self, at: Timestamp) -> Id<K> {
        Id::from_parts(at, self.ids.bits())
    }

    /// Decides commands in one group and makes it durable; what each was answered.
    pub fn run(
        &mut self,
        at: Timestamp,
        asked: impl IntoIterator<Item = (Actor, Command)>,
    ) -> Result<Vec<Result<Reply, economy::Refusal>>, YearsError> {
        self.core.stamp(at);
        while self.core.next_deadline().is_some_and(|due| due <= self.core.now()) {
            if !self.core.tick() {
                break;
            }
        }
        for (actor, command) in asked {
            self.core.submit(&Request { actor, fingerprint: None, command }, ());
        }
        let built = self.core.seal();
        if !built.group.is_empty() {
            let appended = self.journal.append(built.position, EPOCH, &built.group)?;
            let last = built.sent.len().saturating_sub(1);
            self.out.extend(built.sent.into_iter().enumerate().map(|(place, sent)| Carried {
                position: built.position,
                hash: (place == last).then_some(appended.hash),
                sent,
            }));
        }
        self.core.reuse(built.group);
        let told = built.told.into_iter().map(|(_, told)| match told {
            Told::Done { reply, .. } => Ok(Ok(reply)),
            Told::Refused { refusal, .. } => Ok(Err(refusal)),
            other => Err(self.refused(format!("{other:?}"))),
        });
        told.collect()
    }

    /// The same, where nothing may be refused.
    pub fn must(
        &mut self,
        at: Timestamp,
        asked: impl IntoIterator<Item = (Actor, Command)>,
    ) -> Result<Vec<Reply>, YearsError> {
        let told = self.run(at, asked)?;
        told.into_iter().map(|told| told.map_err(|why| self.refused(why.to_string()))).collect()
    }

    /// Commands of `pay` by the operator, one after the other.
    pub fn found(
        &mut self,
        at: Timestamp,
        commands: impl IntoIterator<Item = pay::Command>,
    ) -> Result<Vec<pay::Reply>, YearsError> {
        let asked = commands.into_iter().map(|command| (FOUNDER, Command::Pay(command)));
        let replies = self.must(at, asked)?.into_iter();
        replies.map(|reply| self.of_pay(reply)).collect()
    }

    /// A reply of `pay`.
    pub fn of_pay(&self, reply: Reply) -> Result<pay::Reply, YearsError> {
        match reply {
            Reply::Pay(reply) => Ok(reply),
            other => Err(self.refused(format!("{other:?}"))),
        }
    }

    pub fn refused(&self, what: String) -> YearsError {
        YearsError::Refused { cell: self.name, what }
    }

    /// What the other cell is to be handed, shown first what it saw last.
    pub fn deliveries(&mut self, to: &Place) -> Vec<(Actor, Command)> {
        let carried = std::mem::take(&mut self.out);
        if carried.is_empty() {
            return Vec::new();
        }
        let link = to.core.state().corridor.link(LINK);
        let shown: Witness = link.map(|link| link.seen).unwrap_or_default();
        let greet = Command::Greet { link: LINK, shown };
        let receive = carried.into_iter().map(|Carried { position, hash, sent }| {
            Command::Receive(Box::new(Receive {
                link: LINK,
                number: sent.number,
                position,
                hash,
                nostro_balance_after: sent.nostro_balance_after,
                message: sent.message,
            }))
        });
        let commands = std::iter::once(greet).chain(receive);
        commands.map(|command| (Actor::CELL, command)).collect()
    }

    /// Closes the window behind the anchor: nothing more follows.
    pub fn close(mut self) -> Result<Head, YearsError> {
        self.journal.idle()?;
        Ok(self.journal.head())
    }

    /// What the other side holds with us, after the newest decision.
    pub fn nostro(&self) -> u64 {
        let link = self.core.state().corridor.link(LINK);
        let account = link.and_then(|link| link.nostro);
        let held = account.and_then(|number| self.core.state().book.account(number));
        held.and_then(|account| u64::try_from(account.balance()).ok()).unwrap_or(0)
    }
}

/// Hands messages over, there and back, until none is under way.
pub(crate) fn settle(a: &mut Place, b: &mut Place, at: Timestamp) -> Result<(), YearsError> {
    loop {
        let (there, back) = (a.deliveries(b), b.deliveries(a));
        if there.is_empty() && back.is_empty() {
            return Ok(());
        }
        b.must(at, there)?;
        a.must(at, back)?;
    }
}
