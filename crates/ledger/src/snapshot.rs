//! The book in a snapshot: accounts, holds and remembered transfers. What can be told from these
//! (the index of ids, what falls due) is not written but made again.

use kernel::fixed::Corrupt;
use kernel::index::{Index, hash_id};
use kernel::snapshot::{self, DenseRestorer, LogRestorer, Part, Piece, TableRestorer};

use crate::ids::Ids;
use crate::state::due;
use crate::{Account, Hold, State, Transfer};

/// Tags of the blocks; stored.
const ACCOUNTS: u8 = 1;
const HOLDS: u8 = 2;
const TRANSFERS: u8 = 3;

impl State {
    /// Fixes the moment of a snapshot; gives the pieces that are there at once. Panics when one
    /// is under way.
    pub fn begin_snapshot(&mut self) -> Vec<Piece> {
        snapshot::begin(&mut self.parts())
    }

    /// Copies some `budget` entries as they were when the snapshot began; `None` when all are
    /// copied, or no snapshot is under way.
    pub fn copy_step(&mut self, budget: usize) -> Option<Piece> {
        snapshot::step(&mut self.parts(), budget)
    }

    /// Ends a snapshot that will not be finished.
    pub fn abandon_snapshot(&mut self) {
        snapshot::abandon(&mut self.parts());
    }

    fn parts(&mut self) -> [Part<'_>; 3] {
        [(ACCOUNTS, &mut self.accounts), (HOLDS, &mut self.holds), (TRANSFERS, &mut self.transfers)]
    }
}

/// Builds a book from the blocks of a snapshot, in the order in which they were written.
#[derive(Debug, Default)]
pub struct Restorer {
    accounts: DenseRestorer<Account>,
    holds: TableRestorer<Hold>,
    transfers: LogRestorer<Transfer>,
}

impl Restorer {
    /// Takes the next block; see [`snapshot::blocks`].
    pub fn read(&mut self, tag: u8, block: &[u8]) -> Result<(), Corrupt> {
        match tag {
            ACCOUNTS => self.accounts.read(block),
            HOLDS => self.holds.read(block),
            TRANSFERS => self.transfers.read(block),
            _ => Err(Corrupt("a block of no part of the ledger")),
        }
    }

    /// Ends the book; all blocks must have come. `seed` spreads the look-up of ids, as in
    /// [`State::new`].
    pub fn finish(self, seed: u64) -> Result<State, Corrupt> {
        let accounts = self.accounts.finish()?;
        let holds = self.holds.finish()?;
        let transfers = self.transfers.finish()?;
        for (_, hold) in holds.iter() {
            let known = accounts.get(hold.debit).is_some() && accounts.get(hold.credit).is_some();
            if !known {
                return Err(Corrupt("a hold between accounts that are not there"));
            }
        }
        let mut ids = Ids::new(seed);
        ids.extend(transfers.iter().map(|(number, made)| (number, made.id)));
        let by_id = accounts.iter().filter(|(_, account)| account.kind.is_opened_by_id());
        let mut opened = Index::new(seed);
        opened.extend(by_id.map(|(n, account)| (hash_id(seed, account.tag.into()), n)));
        let due = holds.iter().filter_map(|(number, hold)| due(hold, number)).collect();
        Ok(State { accounts, holds, transfers, ids, opened, due })
    }
}
