//! A cell's state in a snapshot: the blocks of each module one after the other, and the hash by
//! which two states are known to be the same.
//!
//! A block's tag says the module in its upper half ([`kernel::Module::KIND`], 0 for the economy
//! itself) and the part of it in the lower. The order of blocks and where each ends follow from
//! the state alone, so that the hash of all blocks is a hash of the state.

use std::collections::BTreeMap;

use kernel::Module;
use kernel::fixed::Corrupt;
use kernel::snapshot::{self, LogRestorer, Piece, Saved};

use crate::people::People;
use crate::remembered::{Answered, Remembered};
use crate::{Key, State};

/// The format of all blocks together; stored. One that is unknown is not read: what was written
/// by another version is made again from the journal.
pub const FORMAT: u32 = 18;

/// Entries in each step of a copy: always the same, so that equal states have equal blocks.
const STEP: usize = 32_768;

/// The state of the economy itself, beside its modules.
const OWN: u8 = 0;
const KEYS: u8 = 1;
const REMEMBERED: u8 = 2;
const PEOPLE: u8 = 3;

const LEDGER: u8 = ledger::State::KIND;
const CORRIDOR: u8 = corridor::State::KIND;
const PAY: u8 = pay::State::KIND;

impl State {
    /// Fixes the moment of a snapshot; gives the pieces that are there at once. Panics when one
    /// is under way.
    pub fn begin_snapshot(&mut self) -> Vec<Piece> {
        let mut pieces = of(LEDGER, self.book.begin_snapshot());
        pieces.extend(of(CORRIDOR, [snapshot::whole(1, written(&self.corridor))]));
        pieces.extend(of(PAY, self.pay.begin_snapshot()));
        pieces.extend(of(OWN, [snapshot::whole(KEYS, written(&self.keys))]));
        pieces.extend(of(OWN, [snapshot::whole(PEOPLE, written(&self.people))]));
        pieces.extend(of(OWN, self.remembered.log.begin(REMEMBERED)));
        pieces
    }

    /// Copies some 32,000 entries as they were when the snapshot began; `None` when all are
    /// copied, or no snapshot is under way.
    pub fn copy_step(&mut self) -> Option<Piece> {
        let step = self.book.copy_step(STEP).map(|piece| tagged(LEDGER, piece));
        step.or_else(|| self.pay.copy_step(STEP).map(|piece| tagged(PAY, piece)))
    }

    /// Ends a snapshot that will not be finished.
    pub fn abandon_snapshot(&mut self) {
        self.book.abandon_snapshot();
        self.pay.abandon_snapshot();
    }

    /// BLAKE3 over all blocks: equal for states that records brought about in whatever way, by
    /// deciding, by replay, or from a snapshot and what came after. Panics when a snapshot is
    /// under way. Takes a second for each gigabyte or two.
    pub fn state_hash(&mut self) -> [u8; 32] {
        let mut hasher = hasher();
        let mut block = Vec::new();
        let mut write = |piece: Piece| {
            block.clear();
            piece(&mut block);
            hasher.update(&block);
        };
        self.begin_snapshot().into_iter().for_each(&mut write);
        while let Some(piece) = self.copy_step() {
            write(piece);
        }
        hasher.finalize().into()
    }
}

/// What hashes the blocks of a snapshot, in order.
pub fn hasher() -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FORMAT.to_le_bytes());
    hasher
}

fn of(module: u8, pieces: impl IntoIterator<Item = Piece>) -> Vec<Piece> {
    pieces.into_iter().map(|piece| tagged(module, piece)).collect()
}

/// The same block, its tag marked as one of a module's.
fn tagged(module: u8, piece: Piece) -> Piece {
    Box::new(move |out| {
        let tag = out.len();
        piece(out);
        assert!(out[tag] < 16, "a module has fewer than 16 parts");
        out[tag] |= module << 4;
    })
}

fn written(value: &impl minicbor::Encode<()>) -> Vec<u8> {
    minicbor::to_vec(value).expect("memory takes whatever is written")
}

/// Reads what was [`written`] into `place`, which must be empty.
fn read_whole<T>(place: &mut Option<T>, block: &[u8]) -> Result<(), Corrupt>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let value = minicbor::decode(block).map_err(|_| Corrupt("a part that is written whole"))?;
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Corrupt("a part stands twice")),
    }
}

/// Builds a cell's state from the blocks of a snapshot, in the order in which they were written.
#[derive(Debug, Default)]
pub struct Restorer {
    book: ledger::Restorer,
    corridor: Option<corridor::State>,
    pay: pay::Restorer,
    keys: Option<BTreeMap<u128, Key>>,
    people: Option<People>,
    remembered: LogRestorer<Answered>,
}

impl Restorer {
    /// Takes the next block; see [`snapshot::blocks`].
    pub fn read(&mut self, tag: u8, block: &[u8]) -> Result<(), Corrupt> {
        match (tag >> 4, tag & 15) {
            (LEDGER, part) => self.book.read(part, block),
            (CORRIDOR, 1) => read_whole(&mut self.corridor, block),
            (PAY, part) => self.pay.read(part, block),
            (OWN, KEYS) => read_whole(&mut self.keys, block),
            (OWN, PEOPLE) => read_whole(&mut self.people, block),
            (OWN, REMEMBERED) => self.remembered.read(block),
            _ => Err(Corrupt("a block of no part of the economy")),
        }
    }

    /// Ends the state of the cell of this number; all blocks must have come. `seed` spreads the
    /// look-ups of ids, as in [`State::new`].
    pub fn finish(self, cell: u16, seed: u64) -> Result<State, Corrupt> {
        const MISSING: Corrupt = Corrupt("a part is missing");
        Ok(State {
            book: self.book.finish(seed)?,
            corridor: self.corridor.ok_or(MISSING)?,
            pay: self.pay.finish(seed)?,
            keys: self.keys.ok_or(MISSING)?,
            people: self.people.ok_or(MISSING)?,
            remembered: Remembered::restored(seed, self.remembered.finish()?),
            ..State::new(cell, seed)
        })
    }
}
