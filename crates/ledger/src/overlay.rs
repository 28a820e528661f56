//! What a draft has changed so far, over a state it only reads.

/// Working copies of numbered entries. A copy is found through an array of marks, so that a
/// batch that touches thousands of accounts costs no hashing; starting anew costs nothing,
/// because marks at or below `base` belong to earlier drafts.
#[derive(Debug)]
pub(crate) struct Overlay<T> {
    marks: Vec<u32>,
    base: u32,
    copies: Vec<(u32, T)>,
}

impl<T> Default for Overlay<T> {
    fn default() -> Self {
        Self { marks: Vec::new(), base: 0, copies: Vec::new() }
    }
}

impl<T: Copy> Overlay<T> {
    pub fn clear(&mut self) {
        self.base += self.copies.len() as u32;
        self.copies.clear();
        if self.base > u32::MAX / 2 {
            self.marks.fill(0);
            self.base = 0;
        }
    }

    /// The slot of an entry's working copy, made from `original` at the first touch.
    pub fn slot(&mut self, number: u32, original: impl FnOnce() -> Option<T>) -> Option<usize> {
        let at = number as usize;
        if let Some(mark) = self.marks.get(at)
            && *mark > self.base
        {
            return Some((*mark - self.base - 1) as usize);
        }
        let copy = original()?;
        if at >= self.marks.len() {
            // In steps, so that the array grows seldom and only after accounts were opened.
            self.marks.resize((at + 1).next_multiple_of(65_536), 0);
        }
        self.copies.push((number, copy));
        self.marks[at] = self.base + self.copies.len() as u32;
        Some(self.copies.len() - 1)
    }

    pub fn at(&self, slot: usize) -> &T {
        &self.copies[slot].1
    }

    pub fn at_mut(&mut self, slot: usize) -> &mut T {
        &mut self.copies[slot].1
    }

    /// The mark's cache line, to be read ahead of its use.
    pub fn touch(&self, number: u32) -> u64 {
        self.marks.get(number as usize).map_or(0, |mark| u64::from(*mark))
    }
}
