//! A state written down as it was at one moment, while it goes on changing.
//!
//! A state is a row of [`Saved`] parts, each with a tag. The thread that decides begins the
//! snapshot and takes a bounded step after each group; every step gives a [`Piece`] of work. The
//! thread that writes runs the pieces in the order in which they came: each appends one *block*,
//! `tag u8, length u32, bytes`, little-endian. Reading hands the blocks to one restorer for each
//! part; a restorer knows from its first block how much must come, so that a lost block is found.
//!
//! ```
//! use kernel::snapshot::{self, DenseRestorer, Part, Piece};
//! use kernel::table::Dense;
//!
//! struct State { lots: Dense<u64> }
//!
//! impl State {
//!     fn parts(&mut self) -> [Part<'_>; 1] {
//!         [(1, &mut self.lots)]
//!     }
//!     fn begin_snapshot(&mut self) -> Vec<Piece> {
//!         snapshot::begin(&mut self.parts())
//!     }
//!     fn copy_step(&mut self, budget: usize) -> Option<Piece> {
//!         snapshot::step(&mut self.parts(), budget)
//!     }
//! }
//!
//! let mut state = State { lots: Dense::new() };
//! state.lots.extend([7, 8]);
//! let mut pieces = state.begin_snapshot();
//! state.lots.push(9);
//! *state.lots.get_mut(0).unwrap() = 0;
//! pieces.extend(std::iter::from_fn(|| state.copy_step(1_000)));
//!
//! let mut file = Vec::new();
//! pieces.into_iter().for_each(|write| write(&mut file));
//! let mut lots = DenseRestorer::default();
//! for block in snapshot::blocks(&file) {
//!     let (tag, bytes) = block?;
//!     assert_eq!(tag, 1);
//!     lots.read(bytes)?;
//! }
//! let lots: Dense<u64> = lots.finish()?;
//! assert_eq!(lots.iter().map(|(_, lot)| *lot).collect::<Vec<_>>(), [7, 8]);
//! # Ok::<(), kernel::fixed::Corrupt>(())
//! ```

use std::sync::Arc;

use crate::fixed::{Corrupt, Fixed, Reader};
use crate::log::{self, Log};
use crate::table::{Block, Dense, FreeList, Restorer, Table};

/// Work for the thread that writes a snapshot: appends one block.
pub type Piece = Box<dyn FnOnce(&mut Vec<u8>) + Send>;

/// A part of a state with the tag of its blocks.
pub type Part<'a> = (u8, &'a mut dyn Saved);

/// Entries of a log in one block. Blocks end at multiples of it, so that equal logs have equal
/// blocks, however their entries lie in memory.
const BLOCK: u32 = 1 << 16;

/// A part of a state that a snapshot can hold.
pub trait Saved {
    /// Fixes the moment; gives the work that is there at once, at least one piece. Panics when a
    /// snapshot of the part is under way.
    fn begin(&mut self, tag: u8) -> Vec<Piece>;

    /// Copies some `budget` entries as they were at that moment; `None` when all are copied.
    fn step(&mut self, tag: u8, budget: usize) -> Option<Piece>;

    /// Ends a snapshot that will not be finished.
    fn abandon(&mut self);
}

/// Fixes the moment of all parts.
pub fn begin(parts: &mut [Part<'_>]) -> Vec<Piece> {
    parts.iter_mut().flat_map(|(tag, part)| part.begin(*tag)).collect()
}

/// Copies some `budget` entries of the first part that is not copied; `None` when all are.
pub fn step(parts: &mut [Part<'_>], budget: usize) -> Option<Piece> {
    parts.iter_mut().find_map(|(tag, part)| part.step(*tag, budget))
}

/// Ends a snapshot that will not be finished.
pub fn abandon(parts: &mut [Part<'_>]) {
    parts.iter_mut().for_each(|(_, part)| part.abandon());
}

/// A piece for what is small enough to be written whole: its bytes become one block.
pub fn whole(tag: u8, bytes: Vec<u8>) -> Piece {
    Box::new(move |out| block(out, tag, |out| out.extend(bytes)))
}

/// The blocks of a snapshot in order, each with its tag. Ends after the first corrupt one.
pub fn blocks(mut bytes: &[u8]) -> impl Iterator<Item = Result<(u8, &[u8]), Corrupt>> {
    std::iter::from_fn(move || {
        let rest = std::mem::take(&mut bytes);
        let (head, rest) = match rest.split_first_chunk::<5>() {
            Some((head, rest)) => (head, rest),
            None if rest.is_empty() => return None,
            None => return Some(Err(CUT)),
        };
        let [tag, length @ ..] = *head;
        let block = rest.split_at_checked(u32::from_le_bytes(length) as usize);
        Some(block.ok_or(CUT).map(|(block, rest)| {
            bytes = rest;
            (tag, block)
        }))
    })
}

/// Appends one block whose bytes `fill` writes.
fn block(out: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    let length = out.len();
    out.extend([0; 4]);
    fill(out);
    let bytes = u32::try_from(out.len() - length - 4).expect("a block is shorter than 4 GB");
    out[length..length + 4].copy_from_slice(&bytes.to_le_bytes());
}

/// Writes the number of the first entry, then the entries.
fn entries<T: Fixed>(out: &mut Vec<u8>, first: u32, slices: &[&[T]]) {
    first.append(out);
    let mut at = out.len();
    let count: usize = slices.iter().map(|slice| slice.len()).sum();
    out.resize(at + count * T::SIZE, 0);
    for entry in slices.iter().copied().flatten() {
        entry.put(&mut out[at..at + T::SIZE]);
        at += T::SIZE;
    }
}

/// Reads what [`entries`] wrote; `next` is the number that the first must have.
fn read_entries<T: Fixed>(block: &[u8], next: u32, mut take: impl FnMut(T)) -> Result<(), Corrupt> {
    let (first, bytes) = block.split_first_chunk().ok_or(CUT)?;
    if u32::from_le_bytes(*first) != next {
        return Err(Corrupt("a block of entries is missing"));
    }
    if bytes.is_empty() {
        return Err(Corrupt("a block of no entries"));
    }
    bytes.chunks(T::SIZE).try_for_each(|bytes| T::get(bytes).map(&mut take))
}

fn piece_of<T: Fixed + Send + 'static>(tag: u8, Block { first, slots }: Block<T>) -> Piece {
    Box::new(move |out| block(out, tag, |out| entries(out, first, &[&slots])))
}

impl<T: Fixed + Clone + Send + 'static> Saved for Dense<T> {
    fn begin(&mut self, tag: u8) -> Vec<Piece> {
        let count = self.begin_snapshot() as u32;
        vec![Box::new(move |out| block(out, tag, |out| count.append(out)))]
    }

    fn step(&mut self, tag: u8, budget: usize) -> Option<Piece> {
        self.copy_step(budget).map(|block| piece_of(tag, block))
    }

    fn abandon(&mut self) {
        self.abandon_snapshot();
    }
}

impl<T: Fixed + Clone + Send + 'static> Saved for Table<T> {
    fn begin(&mut self, tag: u8) -> Vec<Piece> {
        let free: FreeList = self.begin_snapshot();
        let slots = (self.len() + free.len()) as u32;
        let head = move |out: &mut Vec<u8>| {
            slots.append(out);
            free.iter().for_each(|number| number.append(out));
        };
        vec![Box::new(move |out| block(out, tag, head))]
    }

    fn step(&mut self, tag: u8, budget: usize) -> Option<Piece> {
        self.copy_step(budget).map(|block| piece_of(tag, block))
    }

    fn abandon(&mut self) {
        self.abandon_snapshot();
    }
}

/// A log never changes what it holds: all of its work is there at once.
impl<T: Fixed + Copy + Send + Sync + 'static> Saved for Log<T> {
    fn begin(&mut self, tag: u8) -> Vec<Piece> {
        let shared = Arc::new(self.share());
        let (first, count) = (shared.first(), shared.len() as u32);
        let head = move |out: &mut Vec<u8>| {
            first.append(out);
            count.append(out);
        };
        let mut pieces: Vec<Piece> = vec![Box::new(move |out| block(out, tag, head))];
        let mut written = 0;
        while written < count {
            let from = first.wrapping_add(written);
            let some = (BLOCK - from % BLOCK).min(count - written);
            let (shared, skip) = (Arc::clone(&shared), written as usize);
            pieces.push(Box::new(move |out| {
                let slices: Vec<&[T]> = shared.range(skip, some as usize).collect();
                block(out, tag, |out| entries(out, from, &slices));
            }));
            written += some;
        }
        pieces
    }

    fn step(&mut self, _: u8, _: usize) -> Option<Piece> {
        None
    }

    fn abandon(&mut self) {}
}

/// Builds a [`Dense`] from its blocks.
#[derive(Debug)]
pub struct DenseRestorer<T> {
    count: Option<u32>,
    entries: Dense<T>,
}

impl<T: Clone> Default for DenseRestorer<T> {
    fn default() -> Self {
        Self { count: None, entries: Dense::new() }
    }
}

impl<T: Fixed + Clone> DenseRestorer<T> {
    /// Takes the next block.
    pub fn read(&mut self, block: &[u8]) -> Result<(), Corrupt> {
        if self.count.is_none() {
            self.count = Some(u32::get(block)?);
            return Ok(());
        }
        let Self { entries, .. } = self;
        read_entries(block, entries.len() as u32, |entry| _ = entries.push(entry))
    }

    /// Ends the array; all blocks must have come.
    pub fn finish(self) -> Result<Dense<T>, Corrupt> {
        match self.count == Some(self.entries.len() as u32) {
            true => Ok(self.entries),
            false => Err(INCOMPLETE),
        }
    }
}

/// Builds a [`Table`] from its blocks.
#[derive(Debug)]
pub struct TableRestorer<T> {
    head: Option<(u32, Vec<u32>)>,
    read: u32,
    slots: Restorer<T>,
}

impl<T: Clone> Default for TableRestorer<T> {
    fn default() -> Self {
        Self { head: None, read: 0, slots: Table::restorer() }
    }
}

impl<T: Fixed + Clone> TableRestorer<T> {
    /// Takes the next block.
    pub fn read(&mut self, block: &[u8]) -> Result<(), Corrupt> {
        if self.head.is_none() {
            let mut numbers = block.chunks(4).map(u32::get);
            let slots = numbers.next().ok_or(CUT)??;
            self.head = Some((slots, numbers.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let Self { read, slots, .. } = self;
        let next = *read;
        read_entries(block, next, |slot| {
            slots.push(slot);
            *read += 1;
        })
    }

    /// Ends the table; all blocks must have come.
    pub fn finish(self) -> Result<Table<T>, Corrupt> {
        match self.head {
            Some((slots, free)) if slots == self.read => self.slots.finish(free),
            _ => Err(INCOMPLETE),
        }
    }
}

/// Builds a [`Log`] from its blocks.
#[derive(Debug)]
pub struct LogRestorer<T> {
    count: u32,
    log: Option<Log<T>>,
}

impl<T> Default for LogRestorer<T> {
    fn default() -> Self {
        Self { count: 0, log: None }
    }
}

impl<T: Fixed + Copy> LogRestorer<T> {
    /// Takes the next block.
    pub fn read(&mut self, block: &[u8]) -> Result<(), Corrupt> {
        let Some(log) = &mut self.log else {
            let mut r = Reader::new(block);
            let first = r.u32()?;
            self.count = r.u32()?;
            r.end()?;
            if self.count as usize > log::MOST {
                return Err(Corrupt("a log with more entries than a log holds"));
            }
            self.log = Some(Log::starting_at(first));
            return Ok(());
        };
        if block.len().saturating_sub(4) / T::SIZE > self.count as usize - log.len() {
            return Err(Corrupt("more entries than were announced"));
        }
        read_entries(block, log.next_number(), |entry| _ = log.push(entry))
    }

    /// Ends the log; all blocks must have come.
    pub fn finish(self) -> Result<Log<T>, Corrupt> {
        match self.log {
            Some(log) if log.len() as u32 == self.count => Ok(log),
            _ => Err(INCOMPLETE),
        }
    }
}

const CUT: Corrupt = Corrupt("a block is cut off");
const INCOMPLETE: Corrupt = Corrupt("a block is missing at the end");
