//! What a draft has changed so far, over a state it only reads.

/// Places of an overlay that has been used once; grows by doubling.
const SMALLEST: usize = 64;

/// Working copies of numbered entries, made at the first touch.
///
/// A copy is found through a small table by number, which stays in the cache of one core even
/// for a batch that touches 16,000 of many millions of accounts. Starting anew costs nothing:
/// marks at or below `base` belong to earlier drafts and count as vacant.
#[derive(Debug)]
pub(crate) struct Overlay<T> {
    /// Open addressing, at most half full; a power of two.
    places: Vec<Place>,
    base: u32,
    copies: Vec<T>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    number: u32,
    /// `base` and the copy's slot and one.
    mark: u32,
}

impl<T> Default for Overlay<T> {
    fn default() -> Self {
        Self { places: Vec::new(), base: 0, copies: Vec::new() }
    }
}

impl<T: Copy> Overlay<T> {
    pub fn clear(&mut self) {
        self.base += self.copies.len() as u32;
        self.copies.clear();
        if self.base > u32::MAX / 2 {
            self.places.fill(Place::default());
            self.base = 0;
        }
    }

    /// The slot of an entry's working copy, made from `original` at the first touch.
    #[inline]
    pub fn slot(&mut self, number: u32, original: impl FnOnce() -> Option<T>) -> Option<usize> {
        if self.copies.len() * 2 >= self.places.len() {
            self.grow();
        }
        let at = self.place(number);
        let mark = self.places[at].mark;
        if mark > self.base {
            return Some((mark - self.base - 1) as usize);
        }
        self.copies.push(original()?);
        self.places[at] = Place { number, mark: self.base + self.copies.len() as u32 };
        Some(self.copies.len() - 1)
    }

    #[inline]
    pub fn at(&self, slot: usize) -> &T {
        &self.copies[slot]
    }

    #[inline]
    pub fn at_mut(&mut self, slot: usize) -> &mut T {
        &mut self.copies[slot]
    }

    /// Where a number stands, or the vacant place where it would.
    #[inline]
    fn place(&self, number: u32) -> usize {
        let last = self.places.len() - 1;
        let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (mixed >> 32) as usize & last;
        while self.places[at].mark > self.base && self.places[at].number != number {
            at = (at + 1) & last;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.places.len() * 2).max(SMALLEST);
        let old = std::mem::replace(&mut self.places, vec![Place::default(); room]);
        for place in old.into_iter().filter(|place| place.mark > self.base) {
            let at = self.place(place.number);
            self.places[at] = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_made_once_and_gone_after_clear() {
        let mut overlay = Overlay::default();
        for round in 0..3u64 {
            for number in (0..5_000).rev() {
                let slot = overlay.slot(number, || Some(round)).unwrap();
                assert_eq!(*overlay.at(slot), round);
                *overlay.at_mut(slot) = u64::from(number);
            }
            for number in 0..5_000 {
                let slot = overlay.slot(number, || panic!("it was copied before")).unwrap();
                assert_eq!(*overlay.at(slot), u64::from(number));
            }
            overlay.clear();
        }
        assert_eq!(overlay.slot(7, || None), None);
        assert!(overlay.slot(7, || Some(1)).is_some());
    }

    #[test]
    fn marks_start_again_before_they_run_out() {
        let mut overlay = Overlay::default();
        overlay.slot(1, || Some(1));
        overlay.base = u32::MAX / 2;
        overlay.slot(2, || Some(2));
        overlay.clear();
        assert_eq!(overlay.base, 0);
        assert_eq!(overlay.slot(2, || None::<i32>), None);
    }
}
