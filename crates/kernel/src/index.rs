//! Look-up by public id over entries that have numbers.
//!
//! An index maps the 64-bit hash of an id to the entry's number. It keeps no ids: whoever looks
//! up compares the id of each candidate (there is nearly always just one).

/// Parts of an index. Each grows alone, so that growing never stops the caller for long.
const PARTS: usize = 4096;
/// A part is at most 27/32 full before it grows.
const FULL: (usize, usize) = (27, 32);
/// The number of home slots of a part that gets its first entry.
const SMALLEST: usize = 8;
/// Slots behind the last home slot, for entries that are pushed beyond it.
const SLACK: usize = 8;
/// Entries that are sorted by part together when many are added.
const BATCH: usize = 1 << 20;
const EMPTY: u64 = u64::MAX;

/// Numbers by hash; rebuilt at start, never in a snapshot, never iterated.
#[derive(Clone, Debug)]
pub struct Index {
    seed: u64,
    len: usize,
    parts: Box<[Part]>,
}

impl Index {
    /// An empty index. The seed is drawn at start and kept secret: without it nobody can choose
    /// ids that collide.
    pub fn new(seed: u64) -> Self {
        Index { seed, len: 0, parts: vec![Part::default(); PARTS].into() }
    }

    /// The hash of an id under this index's seed.
    #[inline]
    pub fn hash(&self, id: u128) -> u64 {
        hash_id(self.seed, id)
    }

    /// The number under this hash for which `is_it` says yes.
    #[inline]
    pub fn find(&self, hash: u64, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.parts[part_of(hash)].find(fingerprint(hash), is_it)
    }

    /// Adds a number that is not there. Numbers of one id, if there are several, are all shown to
    /// the question of [`Self::find`].
    pub fn insert(&mut self, hash: u64, number: u32) {
        let part = part_of(hash);
        self.parts[part].insert(part, slot(fingerprint(hash), number));
        self.len += 1;
    }

    /// Removes a number; says whether it was there.
    pub fn remove(&mut self, hash: u64, number: u32) -> bool {
        let removed = self.parts[part_of(hash)].remove(slot(fingerprint(hash), number));
        self.len -= usize::from(removed);
        removed
    }

    /// Reads the home slot of a hash to bring its cache line near, some commands before it is
    /// needed; give the result to `black_box`.
    #[inline]
    pub fn touch(&self, hash: u64) -> u64 {
        let part = &self.parts[part_of(hash)];
        part.slots.get(part.home(fingerprint(hash))).copied().unwrap_or(EMPTY)
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes the index occupies.
    pub fn bytes(&self) -> usize {
        let slots: usize = self.parts.iter().map(|part| part.slots.capacity()).sum();
        size_of::<Self>() + size_of_val(&self.parts[..]) + slots * size_of::<u64>()
    }
}

/// Adds many numbers that are not there and differ: sorts them by part first, which is far
/// faster than adding one after the other to a large index.
impl Extend<(u64, u32)> for Index {
    fn extend<I: IntoIterator<Item = (u64, u32)>>(&mut self, entries: I) {
        let mut entries = entries.into_iter();
        // They grow with what comes: a small state comes back often where many are tested.
        let (mut batch, mut sorted) = (Vec::new(), Vec::new());
        loop {
            batch.clear();
            batch.extend(entries.by_ref().take(BATCH));
            if batch.is_empty() {
                return;
            }
            if sorted.len() < batch.len() {
                sorted.resize(batch.len(), (0, 0));
            }
            sort_by_part(&batch, &mut sorted);
            for &(hash, number) in &sorted[..batch.len()] {
                self.insert(hash, number);
            }
        }
    }
}

/// Writes the entries over the front of `sorted`, those of one part next to each other.
fn sort_by_part(entries: &[(u64, u32)], sorted: &mut [(u64, u32)]) {
    let mut next = [0; PARTS + 1];
    for &(hash, _) in entries {
        next[part_of(hash) + 1] += 1;
    }
    for part in 0..PARTS {
        next[part + 1] += next[part];
    }
    for &(hash, number) in entries {
        let place = &mut next[part_of(hash)];
        sorted[*place] = (hash, number);
        *place += 1;
    }
}

/// The slots of a part, in ascending order with gaps: fingerprint above, number below.
///
/// A slot's home is its fingerprint scaled to the number of homes, so homes ascend with the
/// fingerprints, an entry stands at its home or behind it with no gap between, growing is one pass
/// from left to right, and a search ends at the first slot that is not smaller.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Never shorter than `homes`; its last slot is always empty.
    slots: Vec<u64>,
    homes: u32,
    len: u32,
}

impl Part {
    #[inline]
    fn home(&self, fingerprint: u32) -> usize {
        ((u64::from(fingerprint) * u64::from(self.homes)) >> 32) as usize
    }

    /// Where the first slot stands, or would stand, that is not smaller than `wanted`.
    #[inline]
    fn position(&self, wanted: u64) -> usize {
        let mut at = self.home((wanted >> 32) as u32);
        while at < self.slots.len() && self.slots[at] < wanted {
            at += 1;
        }
        at
    }

    #[inline]
    fn find(&self, fingerprint: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.position(slot(fingerprint, 0));
        while let Some(&slot) = self.slots.get(at) {
            if slot == EMPTY || (slot >> 32) as u32 != fingerprint {
                return None;
            }
            if is_it(slot as u32) {
                return Some(slot as u32);
            }
            at += 1;
        }
        None
    }

    fn insert(&mut self, part: usize, slot: u64) {
        if (self.len as usize + 1) * FULL.1 > self.homes as usize * FULL.0 {
            self.grow(part);
        }
        // Walks to the gap and carries along what the new slot pushes on: one loop without a
        // branch on what it finds, because a mispredicted one costs more than the moves.
        let mut carried = slot;
        let mut gap = self.home((slot >> 32) as u32);
        while carried != EMPTY {
            let here = self.slots.get_mut(gap).expect("the last is empty");
            (*here, carried) = (carried.min(*here), carried.max(*here));
            gap += 1;
        }
        let gap = gap - 1;
        self.end_with_gap(gap);
        self.len += 1;
    }

    fn remove(&mut self, slot: u64) -> bool {
        let at = self.position(slot);
        if self.slots.get(at) != Some(&slot) {
            return false;
        }
        let rest = self.slots[at + 1..].iter().enumerate();
        let moved =
            rest.take_while(|&(i, &s)| s != EMPTY && self.home((s >> 32) as u32) <= at + i).count();
        self.slots.copy_within(at + 1..at + 1 + moved, at);
        self.slots[at + moved] = EMPTY;
        self.len -= 1;
        true
    }

    /// Half as many homes again, every entry moved to its new place.
    fn grow(&mut self, part: usize) {
        self.homes = match self.homes {
            // Parts start at different sizes, so that they do not all grow at the same time.
            0 => (SMALLEST + SMALLEST * part / (2 * PARTS)) as u32,
            homes => homes + homes / 2,
        };
        let slots = vec![EMPTY; self.homes as usize + SLACK];
        let old = std::mem::replace(&mut self.slots, slots);
        let mut next = 0;
        for slot in old.into_iter().filter(|&s| s != EMPTY) {
            let at = next.max(self.home((slot >> 32) as u32));
            self.slots[at] = slot;
            self.end_with_gap(at);
            next = at + 1;
        }
    }

    /// Adds room when the last slot was filled.
    fn end_with_gap(&mut self, filled: usize) {
        if filled + 1 == self.slots.len() {
            self.slots.reserve_exact(SLACK);
            self.slots.resize(filled + 1 + SLACK, EMPTY);
        }
    }
}

#[inline]
fn part_of(hash: u64) -> usize {
    (hash >> 52) as usize
}

/// The highest is not used, so that no slot with a number is [`EMPTY`].
#[inline]
fn fingerprint(hash: u64) -> u32 {
    (hash as u32).min(u32::MAX - 1)
}

#[inline]
fn slot(fingerprint: u32, number: u32) -> u64 {
    u64::from(fingerprint) << 32 | u64::from(number)
}

/// Mixes an id with a secret seed: every bit of the result depends on every bit of both.
///
/// Two folded multiplications with secret words. Fast, and good enough where an attacker chooses
/// ids without ever seeing a hash; it is not a cryptographic hash.
#[inline]
pub fn hash_id(seed: u64, id: u128) -> u64 {
    let secret = |odd: u64| fold(seed ^ odd, 0x9E37_79B9_7F4A_7C15);
    let low = id as u64 ^ secret(0xA076_1D64_78BD_642F);
    let high = (id >> 64) as u64 ^ secret(0xE703_7ED1_A0B4_28DB);
    fold(fold(low, high) ^ seed, 0x8EBC_6AF0_9C88_C6E3)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}
