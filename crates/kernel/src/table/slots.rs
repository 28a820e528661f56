//! A growing array in chunks whose state at one moment can be copied bit by bit afterwards.

/// Slots in a chunk: what grows, and what a snapshot copies, at one time.
const CHUNK: usize = 4096;

/// Consecutive slots of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<S> {
    /// The number of the first of them.
    pub first: u32,
    /// The slots as they were when the snapshot began.
    pub slots: Vec<S>,
}

#[derive(Clone, Debug)]
pub(super) struct Slots<S> {
    /// All full but the last; each allocated once, in its final size.
    chunks: Vec<Vec<S>>,
    len: usize,
    copying: Option<Box<Copying<S>>>,
}

/// A snapshot under way.
#[derive(Clone, Debug)]
struct Copying<S> {
    /// The first slot that has not been handed over; starts a chunk.
    next: usize,
    /// The number of slots when the snapshot began.
    end: usize,
    /// For each chunk what was changed in it before its turn.
    changed: Vec<Option<Box<Changed<S>>>>,
}

#[derive(Clone, Debug)]
struct Changed<S> {
    /// One bit for each slot of the chunk: its before-image is kept.
    kept: [u64; CHUNK / 64],
    /// Positions within the chunk in the order in which they were kept.
    order: Vec<u16>,
    /// Their before-images, in runs that are never moved: when many chunks change evenly, all
    /// their lists would be moved at the same time.
    runs: Vec<Vec<S>>,
}

/// Before-images in a run.
const RUN: usize = 32;

impl<S: Clone> Slots<S> {
    pub fn new() -> Self {
        Slots { chunks: Vec::new(), len: 0, copying: None }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn push(&mut self, slot: S) -> u32 {
        let number = super::number(self.len);
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks[self.len / CHUNK].push(slot);
        self.len += 1;
        number
    }

    #[inline]
    pub fn get(&self, number: u32) -> Option<&S> {
        let at = number as usize;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Option<&mut S> {
        let at = number as usize;
        let slot = self.chunks.get_mut(at / CHUNK)?.get_mut(at % CHUNK)?;
        if let Some(copying) = &mut self.copying {
            copying.keep(at, slot);
        }
        Some(slot)
    }

    /// Bytes the slots occupy, without what a snapshot keeps meanwhile.
    pub fn bytes(&self) -> usize {
        self.chunks.capacity() * size_of::<Vec<S>>() + self.chunks.len() * CHUNK * size_of::<S>()
    }

    /// The slots with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &S)> {
        self.chunks.iter().flatten().zip(0..).map(|(slot, number)| (number, slot))
    }

    pub fn begin_snapshot(&mut self) {
        assert!(self.copying.is_none(), "one snapshot of a table at a time");
        if self.len > 0 {
            let changed = self.chunks.iter().map(|_| None).collect();
            self.copying = Some(Box::new(Copying { next: 0, end: self.len, changed }));
        }
    }

    pub fn copy_step(&mut self, budget: usize) -> Option<Block<S>> {
        let copying = self.copying.as_mut()?;
        let start = copying.next;
        let stop = copying.end.min((start + budget.max(1)).next_multiple_of(CHUNK));
        let mut slots = Vec::with_capacity(stop - start);
        for chunk in start / CHUNK..stop.div_ceil(CHUNK) {
            let base = slots.len();
            let taken = CHUNK.min(stop - chunk * CHUNK);
            slots.extend_from_slice(&self.chunks[chunk][..taken]);
            if let Some(changed) = copying.changed[chunk].take() {
                for (at, before) in changed.order.iter().zip(changed.runs.into_iter().flatten()) {
                    slots[base + usize::from(*at)] = before;
                }
            }
        }
        copying.next = stop;
        if stop == copying.end {
            self.copying = None;
        }
        Some(Block { first: super::number(start), slots })
    }

    pub fn abandon_snapshot(&mut self) {
        self.copying = None;
    }
}

impl<S: Clone> Copying<S> {
    /// Keeps the slot as it is, if its turn is still to come and it has not been kept before.
    fn keep(&mut self, at: usize, slot: &S) {
        if at < self.next || at >= self.end {
            return;
        }
        let changed = self.changed[at / CHUNK].get_or_insert_default();
        let at = at % CHUNK;
        let (word, bit) = (&mut changed.kept[at / 64], 1 << (at % 64));
        if *word & bit == 0 {
            *word |= bit;
            changed.keep(at as u16, slot.clone());
        }
    }
}

impl<S> Changed<S> {
    fn keep(&mut self, at: u16, before: S) {
        if self.order.len().is_multiple_of(RUN) {
            self.runs.push(Vec::with_capacity(RUN));
        }
        let run = self.order.len() / RUN;
        self.order.push(at);
        self.runs[run].push(before);
    }
}

impl<S> Default for Changed<S> {
    fn default() -> Self {
        Changed { kept: [0; CHUNK / 64], order: Vec::new(), runs: Vec::new() }
    }
}

/// Equal slots; whether a snapshot is under way does not count.
impl<S: PartialEq> PartialEq for Slots<S> {
    fn eq(&self, other: &Self) -> bool {
        self.chunks == other.chunks
    }
}

impl<S: Eq> Eq for Slots<S> {}
