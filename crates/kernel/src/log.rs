//! An append-only array in chunks: ids in order of opening, keys in order of arrival.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Entries in a chunk: small enough to be copied when one of a shared chunk changes, large enough
/// that sharing 10 M entries takes a fraction of a millisecond.
const CHUNK: usize = 1024;

/// Entries numbered in order of arrival, seldom changed, dropped only from the front.
///
/// Memory grows by one chunk of 1,024 entries at a time and is never moved, so the dearest push
/// costs one allocation. Full chunks are shared with whoever writes a snapshot.
#[derive(Clone, Debug)]
pub struct Log<T> {
    /// Number of the first entry of the first chunk.
    base: u32,
    /// Number of the first entry that has not been dropped.
    first: u32,
    /// A `Vec` behind the `Arc`, so that a chunk that has become full is not copied once more.
    full: VecDeque<Arc<Vec<T>>>,
    open: Vec<T>,
}

impl<T: Copy> Log<T> {
    /// An empty log whose first entry gets the number 0.
    pub fn new() -> Self {
        Log::starting_at(0)
    }

    /// An empty log whose first entry gets the number `first`: push what a snapshot holds.
    pub fn starting_at(first: u32) -> Self {
        Log { base: first, first, full: VecDeque::new(), open: Vec::new() }
    }

    /// Appends an entry and returns its number. Panics when all 2³² − 1 numbers are used.
    pub fn push(&mut self, entry: T) -> u32 {
        let number = self.next_number();
        assert!(number < u32::MAX, "log is full");
        if self.open.capacity() == 0 {
            self.open.reserve_exact(CHUNK);
        }
        self.open.push(entry);
        if self.open.len() == CHUNK {
            self.full.push_back(Arc::new(std::mem::take(&mut self.open)));
        }
        number
    }

    /// The entry of that number, unless it was dropped or does not exist yet.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        if number < self.first {
            return None;
        }
        let at = (number - self.base) as usize;
        match self.full.get(at / CHUNK) {
            Some(chunk) => chunk.get(at % CHUNK),
            None => self.open.get(at - self.full.len() * CHUNK),
        }
    }

    /// The entry of that number, to change. A chunk that a snapshot still shares is copied first
    /// (some 20 µs): what changes often belongs in a table.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        if number < self.first {
            return None;
        }
        let at = (number - self.base) as usize;
        match at.checked_sub(self.full.len() * CHUNK) {
            Some(at) => self.open.get_mut(at),
            None => Arc::make_mut(&mut self.full[at / CHUNK]).get_mut(at % CHUNK),
        }
    }

    /// Reads one field of an entry (0 when there is none) to bring its cache line near, some
    /// commands before it is needed; give the result to `black_box`.
    #[inline]
    pub fn touch(&self, number: u32, read: impl FnOnce(&T) -> u64) -> u64 {
        self.get(number).map_or(0, read)
    }

    /// The number of the oldest entry that is still here; of the next one when there is none.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// The number the next entry will get.
    #[inline]
    pub fn next_number(&self) -> u32 {
        self.base + (self.full.len() * CHUNK + self.open.len()) as u32
    }

    /// How many entries are here.
    pub fn len(&self) -> usize {
        (self.next_number() - self.first) as usize
    }

    /// Whether no entry is here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes the log occupies.
    pub fn bytes(&self) -> usize {
        let chunks = self.full.capacity() * size_of::<Arc<Vec<T>>>()
            + self.full.len() * (CHUNK * size_of::<T>() + size_of::<Vec<T>>());
        size_of::<Self>() + chunks + self.open.capacity() * size_of::<T>()
    }

    /// The entries with their numbers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let skipped = (self.first - self.base) as usize;
        let entries = self.full.iter().flat_map(|chunk| chunk.iter()).chain(&self.open);
        entries.zip(self.base..).map(|(entry, number)| (number, entry)).skip(skipped)
    }

    /// Drops all entries up to and including `through`. Their memory goes chunk by chunk: one
    /// deallocation for every 1,024 entries, so drop in small steps.
    pub fn drop_front(&mut self, through: u32) {
        let first = through.saturating_add(1).min(self.next_number());
        self.first = self.first.max(first);
        while !self.full.is_empty() && (self.first - self.base) as usize >= CHUNK {
            self.full.pop_front();
            self.base += CHUNK as u32;
        }
    }

    /// The log as it stands, for a thread that writes it out: shares the full chunks, copies the
    /// open one (at most 1,023 entries).
    pub fn share(&self) -> Shared<T> {
        Shared {
            first: self.first,
            skipped: (self.first - self.base) as usize,
            full: self.full.iter().cloned().collect(),
            open: self.open.clone(),
        }
    }
}

impl<T: Copy> Default for Log<T> {
    fn default() -> Self {
        Log::new()
    }
}

/// What a snapshot holds of a [`Log`] is its entries in order.
impl<T: Copy> Extend<T> for Log<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        for entry in entries {
            self.push(entry);
        }
    }
}

/// Equal numbers and equal entries; how they lie in chunks does not count.
impl<T: Copy + PartialEq> PartialEq for Log<T> {
    fn eq(&self, other: &Self) -> bool {
        self.first == other.first && self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Copy + Eq> Eq for Log<T> {}

/// A [`Log`] at one moment, cheap to send to another thread.
#[derive(Clone, Debug)]
pub struct Shared<T> {
    first: u32,
    /// Entries at the front of the first chunk that had been dropped.
    skipped: usize,
    full: Vec<Arc<Vec<T>>>,
    open: Vec<T>,
}

impl<T: Copy> Shared<T> {
    /// The number of the first entry.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.open.len() - self.skipped
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries in order of their numbers, in slices.
    pub fn slices(&self) -> impl Iterator<Item = &[T]> {
        let chunks = self.full.iter().map(|chunk| &chunk[..]).chain([&self.open[..]]);
        chunks.enumerate().map(|(i, chunk)| &chunk[if i == 0 { self.skipped } else { 0 }..])
    }

    /// The entries whose numbers are in `numbers`, in slices.
    pub fn range(&self, numbers: Range<u32>) -> impl Iterator<Item = &[T]> {
        let base = self.first - self.skipped as u32;
        let from = (numbers.start.max(self.first) - base) as usize;
        let to = numbers.end.saturating_sub(base) as usize;
        let chunks = self.full.iter().map(|chunk| &chunk[..]).chain([&self.open[..]]);
        let wanted = chunks.enumerate().skip(from / CHUNK);
        wanted.take_while(move |(at, _)| at * CHUNK < to).map(move |(at, chunk)| {
            let within = |number: usize| number.saturating_sub(at * CHUNK).min(chunk.len());
            &chunk[within(from)..within(to)]
        })
    }
}
