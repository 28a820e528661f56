//! People who leave: they are paid out and ask to be forgotten; whoever keeps the vault beside a
//! cell destroys their keys and tells it, and is cut off on the way now and then.

use std::collections::BTreeSet;
use std::rc::Rc;

use cell::Outcome;
use economy::{Answer, Command, Query, Request, State};
use kernel::{Actor, Ref};
use ledger::{Flags, Transfer};
use pay::command::ForgetParty;

use crate::Broken;
use crate::process::{Ask, Ticket, Work};
use crate::world::{Event, World};

/// How long the keeper waits for an answer, and between two looks.
const PATIENCE_US: u64 = 20_000_000;
const PAUSE_US: u64 = 100_000;

/// Who keeps the vault of a cell, and what became of it. Outlives the cell's processes.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    /// Whether it looks for what is to be done.
    awake: bool,
    /// Counts its questions, so that an old answer is known.
    asked: u32,
    /// The parties whose keys are destroyed.
    shredded: BTreeSet<u32>,
}

/// The parties that asked to be forgotten, or were.
pub(crate) fn leaving(state: &State) -> impl Iterator<Item = u32> {
    let market = &state.pay.market;
    market.to_forget.keys().chain(market.forgotten.keys()).copied()
}

impl World {
    /// Now and then somebody goes, mostly after the operator has paid out what is left. The first of
    /// a cell stays, so that there is somebody who pays.
    pub fn leave(&mut self, cell: usize) {
        let wallets = self.markets[cell].wallets.len() as u64;
        if wallets < 2 || !self.rng.workload.chance(200) {
            return;
        }
        let at = self.rng.workload.within(1, wallets - 1) as usize;
        let (actor, wallet) = self.markets[cell].wallets[at];
        let operator = self.markets[cell].operator;
        let Some(process) = &self.cells[cell].live else { return };
        let state = process.core.state();
        let left = state.book.account(wallet.number).map_or(0, ledger::Account::available);
        let Some(party) = state.pay.party_numbered(actor.party) else { return };
        let party = Ref::new(state.cell, actor.party, party.id.tag());
        let left = u64::try_from(left).unwrap_or(0);
        if left > 0 && self.rng.workload.chance(800) {
            let id = self.id::<kernel::id::Transfer>(cell).0;
            let (debit, credit) = (wallet.number, self.markets[cell].plain[0].number);
            let flags = Flags::default();
            let out = Transfer { id, debit, credit, amount: left, timeout_s: 0, code: 2, flags };
            self.ask(cell, operator, Command::Transfers([out].into()));
        }
        let asks = if self.rng.workload.chance(700) { actor } else { operator };
        self.ask(cell, asks, pay::Command::from(ForgetParty { party }));
    }

    /// Wakes the keeper of a cell if there is something to be done.
    pub fn keep_soon(&mut self, cell: usize) {
        if !self.cells[cell].keeper.awake && self.has_to_forget(cell) {
            self.cells[cell].keeper.awake = true;
            let life = self.cells[cell].keeper.asked;
            self.at(self.now + 1, Event::Keep { cell, life });
        }
    }

    fn has_to_forget(&self, cell: usize) -> bool {
        let process = self.cells[cell].live.as_ref();
        process.is_some_and(|process| !process.core.state().pay.market.to_forget.is_empty())
    }

    /// Whether nothing is left to be done in any cell.
    pub fn all_forgotten(&self) -> bool {
        (0..2).all(|cell| !self.has_to_forget(cell))
    }

    /// Whether anybody has asked to be forgotten.
    pub fn somebody_left(&self) -> bool {
        let live = self.cells.iter().filter_map(|cell| cell.live.as_ref());
        live.into_iter().any(|process| leaving(process.core.state()).next().is_some())
    }

    /// The keeper asks what is to be done.
    pub fn keep(&mut self, cell: usize, life: u32) {
        if self.cells[cell].keeper.asked != life {
            return;
        }
        let idle = self.cells[cell].live.is_some() && !self.has_to_forget(cell);
        if idle || self.gone == Some(cell) {
            self.cells[cell].keeper.awake = false;
            return;
        }
        self.cells[cell].keeper.asked += 1;
        let life = life + 1;
        let ask = Ask::Query(Rc::new(Query::ToForget));
        self.arrive(cell, Work { ask, ticket: Ticket::Keeper(cell, life) });
        self.at(self.now + PATIENCE_US, Event::Keep { cell, life });
    }

    /// It hears, destroys keys, and says so; or is cut off in between, and looks again.
    pub fn kept(&mut self, cell: usize, life: u32, outcome: &Outcome) {
        if self.cells[cell].keeper.asked != life {
            return;
        }
        if let Outcome::Answered { answer: Answer::Parties(parties), .. } = outcome {
            for party in parties {
                self.cells[cell].keeper.shredded.insert(party.party.number);
                self.rare.hit("a key is destroyed");
                if !self.calm && self.rng.process.chance(300) {
                    self.rare.hit("a keeper is cut off before it tells");
                    break;
                }
                let command = Command::ConfirmForgotten(party.party);
                let request = Request { actor: Actor::CELL, fingerprint: None, command };
                let ask = Ask::Do(Rc::new(request));
                self.arrive(cell, Work { ask, ticket: Ticket::Nobody });
            }
        }
        self.at(self.now + PAUSE_US, Event::Keep { cell, life });
    }

    /// Nobody is said to be forgotten whose key is there, and no key is destroyed of one who did
    /// not ask, as far as the journal knows.
    pub fn keys_and_journal(&self, cell: usize) -> Result<(), Broken> {
        let Some(process) = &self.cells[cell].live else { return Ok(()) };
        let (state, shredded) = (process.core.state(), &self.cells[cell].keeper.shredded);
        let mut forgotten = state.pay.market.forgotten.keys();
        if let Some(party) = forgotten.find(|party| !shredded.contains(party)) {
            return Err(Broken(format!("party {party} of cell {cell} is forgotten with its key")));
        }
        let mut destroyed = shredded.iter().filter(|_| self.promises_hold);
        match destroyed.find(|party| !state.pay.is_leaving(**party)) {
            Some(party) => {
                Err(Broken(format!("party {party} of cell {cell} lost its key and never asked")))
            }
            None => Ok(()),
        }
    }
}
