//! An append-only array in chunks: remembered answers and closed payments in order of arrival.
//!
//! A log lives for ever while its front is dropped, so its numbers start again at 0 after 2³² − 1:
//! a number is told from another by its distance from the first entry, never by `<`.

use std::collections::VecDeque;
use std::sync::Arc;

/// Entries in a chunk: small enough to be copied when one of a shared chunk changes, large enough
/// that sharing 10 M entries takes a fraction of a millisecond.
const CHUNK: usize = 1024;

/// The most entries a log holds: half of all numbers, so that of two numbers near each other it is
/// plain which comes first, also around the end.
pub const MOST: usize = 1 << 31;

/// Entries numbered in order of arrival, seldom changed, dropped only from the front.
///
/// Memory grows by one chunk of 1,024 entries at a time and is never moved, so the dearest push
/// costs one allocation. Full chunks are shared with whoever writes a snapshot.
#[derive(Clone, Debug)]
pub struct Log<T> {
    /// Number of the first entry that has not been dropped.
    first: u32,
    /// Entries at the front of the first chunk that have been dropped.
    skipped: usize,
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
        Log { first, skipped: 0, full: VecDeque::new(), open: Vec::new() }
    }

    /// Appends an entry and returns its number. Panics when [`MOST`] entries are here: who decides
    /// has looked at [`Log::len`] before.
    pub fn push(&mut self, entry: T) -> u32 {
        assert!(self.len() < MOST, "a log has room: judged before");
        let number = self.next_number();
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
        let at = self.place(number)?;
        match self.full.get(at / CHUNK) {
            Some(chunk) => chunk.get(at % CHUNK),
            None => self.open.get(at - self.full.len() * CHUNK),
        }
    }

    /// The entry of that number, to change. A chunk that a snapshot still shares is copied first
    /// (some 20 µs): what changes often belongs in a table.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let at = self.place(number)?;
        match at.checked_sub(self.full.len() * CHUNK) {
            Some(at) => self.open.get_mut(at),
            None => Arc::make_mut(&mut self.full[at / CHUNK]).get_mut(at % CHUNK),
        }
    }

    /// How many entries stand before that of a number which is here. What came later has more: to
    /// know which of two came first, compare these, not the numbers.
    pub fn before(&self, number: u32) -> u32 {
        number.wrapping_sub(self.first)
    }

    /// Where the entry of a number stands in the chunks, or will stand; not if it was dropped.
    #[inline]
    fn place(&self, number: u32) -> Option<usize> {
        let before = self.before(number) as usize;
        (before < MOST).then_some(self.skipped + before)
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
        self.first.wrapping_add(self.len() as u32)
    }

    /// How many entries are here.
    #[inline]
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.open.len() - self.skipped
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
        let entries = self.full.iter().flat_map(|chunk| chunk.iter()).chain(&self.open);
        let numbers = (0..).map(|at| self.first.wrapping_add(at));
        numbers.zip(entries.skip(self.skipped))
    }

    /// The entries up to and including `through` with their numbers, oldest first: those that
    /// [`Log::drop_front`] will drop.
    pub fn front(&self, through: u32) -> impl Iterator<Item = (u32, &T)> {
        self.iter().take(self.count_through(through))
    }

    /// Drops all entries up to and including `through`, as long as it is less than [`MOST`] away.
    /// Their memory goes chunk by chunk: one deallocation for every 1,024 entries, so drop in small
    /// steps.
    pub fn drop_front(&mut self, through: u32) {
        let dropped = self.count_through(through);
        self.first = self.first.wrapping_add(dropped as u32);
        self.skipped += dropped;
        while !self.full.is_empty() && self.skipped >= CHUNK {
            self.full.pop_front();
            self.skipped -= CHUNK;
        }
    }

    /// How many entries are not behind `through`; none if it was dropped before.
    fn count_through(&self, through: u32) -> usize {
        let before = self.before(through) as usize;
        if before < MOST { self.len().min(before + 1) } else { 0 }
    }

    /// The log as it stands, for a thread that writes it out: shares the full chunks, copies the
    /// open one (at most 1,023 entries).
    pub fn share(&self) -> Shared<T> {
        Shared {
            first: self.first,
            skipped: self.skipped,
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

    /// So many entries after the first `skip`, or what there is of them, in slices.
    pub fn range(&self, skip: usize, count: usize) -> impl Iterator<Item = &[T]> {
        let from = self.skipped + skip;
        let to = from + count;
        let chunks = self.full.iter().map(|chunk| &chunk[..]).chain([&self.open[..]]);
        let wanted = chunks.enumerate().skip(from / CHUNK);
        wanted.take_while(move |(at, _)| at * CHUNK < to).map(move |(at, chunk)| {
            let within = |place: usize| place.saturating_sub(at * CHUNK).min(chunk.len());
            &chunk[within(from)..within(to)]
        })
    }
}
