//! Arrays of mutable entries indexed by number: accounts, holds, open payments.
//!
//! [`Dense`] is for what is never removed (an entry is its slot, nothing beside it); [`Table`]
//! gives removed numbers out again. Both grow by chunks of 4,096 slots and move nothing, and both
//! hand out a snapshot step by step while they go on changing:
//!
//! 1. `begin_snapshot` fixes the moment;
//! 2. each `copy_step` hands over the next slots *as they were at that moment*: a slot that is
//!    changed before its turn leaves its before-image, and slots born later do not appear;
//! 3. after the last slot, `copy_step` returns `None` and changing costs nothing extra again.

mod free;
mod slots;

pub use free::FreeList;
pub use slots::Block;
use slots::Slots;

use crate::fixed::Corrupt;

/// An array that only grows; entries are changed in place and numbered in order of arrival.
///
/// A slot is exactly a `T`: a 64-byte `#[repr(align(64))]` entry is one cache line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense<T> {
    slots: Slots<T>,
}

impl<T: Clone> Dense<T> {
    /// An empty array.
    pub fn new() -> Self {
        Dense { slots: Slots::new() }
    }

    /// Appends an entry and returns its number. Panics when all 2³² − 1 numbers are used.
    pub fn push(&mut self, entry: T) -> u32 {
        self.slots.push(entry)
    }

    /// The entry of that number.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number)
    }

    /// The entry of that number, to change.
    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slots.get_mut(number)
    }

    /// Reads one field of an entry (0 when there is none) to bring its cache line near, some
    /// commands before it is needed; give the result to `black_box`.
    #[inline]
    pub fn touch(&self, number: u32, read: impl FnOnce(&T) -> u64) -> u64 {
        self.slots.get(number).map_or(0, read)
    }

    /// The number the next entry will get, after `ahead` others.
    pub fn next_number(&self, ahead: usize) -> u32 {
        number(self.slots.len() + ahead)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes the array occupies, without what a snapshot keeps meanwhile.
    pub fn bytes(&self) -> usize {
        self.slots.bytes()
    }

    /// The entries with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter()
    }

    /// Fixes the moment of a snapshot; returns how many entries it will hand over. Panics when
    /// one is under way.
    pub fn begin_snapshot(&mut self) -> usize {
        self.slots.begin_snapshot();
        self.slots.len()
    }

    /// Hands over the next `budget` entries (rounded up to whole chunks) as they were when the
    /// snapshot began; `None` when all are handed over or none is under way.
    pub fn copy_step(&mut self, budget: usize) -> Option<Block<T>> {
        self.slots.copy_step(budget)
    }

    /// Ends a snapshot that will not be finished.
    pub fn abandon_snapshot(&mut self) {
        self.slots.abandon_snapshot();
    }
}

impl<T: Clone> Default for Dense<T> {
    fn default() -> Self {
        Dense::new()
    }
}

/// What a snapshot holds of a [`Dense`] is its entries in order.
impl<T: Clone> Extend<T> for Dense<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        for entry in entries {
            self.push(entry);
        }
    }
}

/// An array with removal: the number freed last is given out first.
///
/// Which number an entry gets is part of the state: replay and a restored snapshot give the same.
/// A slot is an `Option<T>`, which costs nothing where `T` has a niche (an enum, a `bool`, a
/// `NonZero`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T> {
    slots: Slots<Option<T>>,
    free: FreeList,
}

impl<T: Clone> Table<T> {
    /// An empty table.
    pub fn new() -> Self {
        Table { slots: Slots::new(), free: FreeList::default() }
    }

    /// Puts an entry into the slot freed last, or into a new one, and returns its number. Panics
    /// when all 2³² − 1 numbers are used.
    pub fn insert(&mut self, entry: T) -> u32 {
        let Some(number) = self.free.pop() else {
            return self.slots.push(Some(entry));
        };
        let slot = self.slots.get_mut(number).expect("a freed number has a slot");
        assert!(slot.replace(entry).is_none(), "a freed slot is vacant");
        number
    }

    /// Takes an entry out and frees its number. Panics when there is none: who removes has
    /// looked before.
    pub fn remove(&mut self, number: u32) -> T {
        let slot = self.slots.get_mut(number).and_then(Option::take);
        self.free.push(number);
        slot.expect("the removed entry is in the table")
    }

    /// The entry of that number.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number)?.as_ref()
    }

    /// The entry of that number, to change.
    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slots.get_mut(number)?.as_mut()
    }

    /// Reads whether the slot is taken (1 or 0) to bring its cache line near, some commands before
    /// it is needed; give the result to `black_box`.
    #[inline]
    pub fn touch(&self, number: u32) -> u64 {
        self.get(number).is_some().into()
    }

    /// The number that the insert after `ahead` other inserts will get, if nothing is removed
    /// meanwhile: `next_number(0)` is that of the very next one.
    pub fn next_number(&self, ahead: usize) -> u32 {
        match self.free.peek(ahead) {
            Some(number) => number,
            None => number(self.slots.len() + ahead - self.free.len()),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes the table occupies, without what a snapshot keeps meanwhile.
    pub fn bytes(&self) -> usize {
        self.slots.bytes() + self.free.len() * size_of::<u32>()
    }

    /// The entries in order of their numbers (not of arrival).
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }

    /// Fixes the moment of a snapshot and returns what belongs to it besides the slots: the free
    /// numbers, shared, not copied. Panics when a snapshot is under way.
    pub fn begin_snapshot(&mut self) -> FreeList {
        self.slots.begin_snapshot();
        self.free.clone()
    }

    /// Hands over the next `budget` slots (rounded up to whole chunks), vacant ones included, as
    /// they were when the snapshot began; `None` when all are handed over or none is under way.
    pub fn copy_step(&mut self, budget: usize) -> Option<Block<Option<T>>> {
        self.slots.copy_step(budget)
    }

    /// Ends a snapshot that will not be finished.
    pub fn abandon_snapshot(&mut self) {
        self.slots.abandon_snapshot();
    }

    /// Starts building a table from a snapshot.
    pub fn restorer() -> Restorer<T> {
        Restorer { slots: Slots::new() }
    }
}

impl<T: Clone> Default for Table<T> {
    fn default() -> Self {
        Table::new()
    }
}

/// Builds a [`Table`] from the slots and the free numbers of a snapshot.
#[derive(Debug)]
pub struct Restorer<T> {
    slots: Slots<Option<T>>,
}

impl<T: Clone> Restorer<T> {
    /// Adds the next slot.
    pub fn push(&mut self, slot: Option<T>) {
        self.slots.push(slot);
    }

    /// Ends the table with the free numbers in the order of [`FreeList::iter`]. They must be
    /// the vacant slots, each once.
    pub fn finish(self, free: impl IntoIterator<Item = u32>) -> Result<Table<T>, Corrupt> {
        let mut listed = vec![false; self.slots.len()];
        let mut list = FreeList::default();
        for number in free {
            match self.slots.get(number) {
                Some(None) => {}
                Some(Some(_)) => return Err(Corrupt("a free number is taken")),
                None => return Err(Corrupt("a free number has no slot")),
            }
            if std::mem::replace(&mut listed[number as usize], true) {
                return Err(Corrupt("a number is free twice"));
            }
            list.push(number);
        }
        let vacant = self.slots.iter().filter(|(_, slot)| slot.is_none()).count();
        if vacant != list.len() {
            return Err(Corrupt("a vacant slot is missing from the free numbers"));
        }
        Ok(Table { slots: self.slots, free: list })
    }
}

/// A slot's position as its number.
fn number(position: usize) -> u32 {
    u32::try_from(position).ok().filter(|&n| n < u32::MAX).expect("table is full")
}
