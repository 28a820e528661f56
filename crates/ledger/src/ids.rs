//! The look-up of remembered transfers by id.

use kernel::index::{Index, hash_id};

/// Milliseconds that have a part of the index of their own.
const PARTS: usize = 4096;
/// Ids that a part takes of its millisecond, whatever the others have: growing beyond takes 2 ms.
const SHARE: usize = 1 << 17;

/// An index in which fresh ids lie near each other.
///
/// The millisecond an id was made in chooses its part, not its hash: a batch then touches a few
/// parts that stay in the cache, instead of one line of a large index for each transfer (measured
/// at 10 M ids: a third of all time). A caller whose ids all bear one millisecond would let one
/// part grow without end, and growing is a pause; so what goes beyond a part's fair share is
/// spread by the hash, and only where there are such ids are they looked for.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    index: Index,
    /// How many ids each millisecond has in its part.
    near: Box<[u32]>,
    /// How many ids lie where their hash says.
    far: usize,
}

impl Ids {
    /// No ids. `seed` is drawn at start and kept secret.
    pub fn new(seed: u64) -> Self {
        Self { seed, index: Index::new(seed), near: vec![0; PARTS].into(), far: 0 }
    }

    /// The hash of an id.
    #[inline]
    pub fn hash(&self, id: u128) -> u64 {
        self.index.hash(id)
    }

    /// Reads what a look for an id that is not near will need; give the result to `black_box`.
    #[inline]
    pub fn touch(&self, hash: u64) -> u64 {
        if self.far == 0 { 0 } else { self.index.touch(hash) }
    }

    /// The number under an id and its hash for which `is_it` says yes.
    #[inline]
    pub fn find(&self, id: u128, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let near = self.index.find(near_hash(id, hash), &mut is_it);
        if near.is_some() || self.far == 0 {
            return near;
        }
        self.index.find(hash, is_it)
    }

    /// Adds a number; the id is absent.
    #[inline]
    pub fn insert(&mut self, id: u128, number: u32) {
        let Self { index, near, far, .. } = self;
        let hash = place(near, far, id, index.hash(id), index.len());
        index.insert(hash, number);
    }

    /// Adds many numbers, whose ids are absent and differ.
    pub fn extend(&mut self, ids: impl Iterator<Item = (u32, u128)>) {
        let Self { index, near, far, seed } = self;
        let known = index.len();
        index.extend(ids.enumerate().map(|(more, (number, id))| {
            (place(near, far, id, hash_id(*seed, id), known + more), number)
        }));
    }

    /// Removes a number.
    pub fn remove(&mut self, id: u128, number: u32) {
        let hash = self.index.hash(id);
        if self.index.remove(near_hash(id, hash), number) {
            self.near[part(id)] -= 1;
        } else if self.index.remove(hash, number) {
            self.far -= 1;
        }
    }
}

/// Where an id goes when `known` others are there.
#[inline]
fn place(near: &mut [u32], far: &mut usize, id: u128, hash: u64, known: usize) -> u64 {
    let own = &mut near[part(id)];
    let share = SHARE + 4 * known / PARTS;
    if (*own as usize) < share {
        *own += 1;
        near_hash(id, hash)
    } else {
        *far += 1;
        hash
    }
}

/// The low 12 bits of the millisecond in a UUIDv7.
#[inline]
fn part(id: u128) -> usize {
    (id >> 80) as usize % PARTS
}

/// A hash whose upper 12 bits, which choose the part, are those of the millisecond.
#[inline]
fn near_hash(id: u128, hash: u64) -> u64 {
    (part(id) as u64) << 52 | hash >> 12
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids of one millisecond, and of many.
    fn id(number: u32) -> u128 {
        let millisecond = if number.is_multiple_of(3) { u128::from(number) } else { 7 };
        millisecond << 80 | u128::from(number)
    }

    fn assert_holds(ids: &Ids, range: std::ops::Range<u32>, there: bool) {
        for number in range {
            let found = ids.find(id(number), ids.hash(id(number)), |n| n == number);
            assert_eq!(found, there.then_some(number));
        }
    }

    #[test]
    fn ids_beyond_a_fair_share_are_found_and_removed() {
        let mut ids = Ids::new(3);
        (0..300_000).for_each(|number| ids.insert(id(number), number));
        assert!(ids.far > 50_000, "one millisecond has more than its share");
        assert!(ids.near.iter().all(|own| *own < SHARE as u32 + 300));
        assert_holds(&ids, 0..300_000, true);
        assert_holds(&ids, 300_000..400_000, false);
        (0..290_000).for_each(|number| ids.remove(id(number), number));
        assert_holds(&ids, 0..290_000, false);
        assert_holds(&ids, 290_000..300_000, true);
        (290_000..300_000).for_each(|number| ids.remove(id(number), number));
        assert_eq!((ids.far, ids.near.iter().sum(), ids.index.len()), (0, 0u32, 0));
    }

    #[test]
    fn many_at_once_lie_as_one_by_one() {
        let (mut bulk, mut single) = (Ids::new(3), Ids::new(3));
        bulk.extend((0..250_000).map(|number| (number, id(number))));
        (0..250_000).for_each(|number| single.insert(id(number), number));
        assert!(bulk.far > 0);
        assert_eq!((bulk.far, &bulk.near), (single.far, &single.near));
        assert_holds(&bulk, 0..250_000, true);
    }
}
