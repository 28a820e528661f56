//! The free numbers of a table: a stack that a snapshot can share without copying it.

use std::sync::Arc;

const CHUNK: usize = 4096;

/// Numbers of vacant slots; the one freed last is given out first.
///
/// Cloning shares all but the top chunk (at most 4,096 numbers are copied).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreeList {
    full: Vec<Arc<Vec<u32>>>,
    /// The top of the stack, never full.
    open: Vec<u32>,
}

impl FreeList {
    pub(super) fn push(&mut self, number: u32) {
        self.open.push(number);
        if self.open.len() == CHUNK {
            self.full.push(Arc::new(std::mem::take(&mut self.open)));
        }
    }

    pub(super) fn pop(&mut self) -> Option<u32> {
        if self.open.is_empty() {
            self.open = Arc::unwrap_or_clone(self.full.pop()?);
        }
        self.open.pop()
    }

    /// The number that is given out after `ahead` others.
    pub(super) fn peek(&self, ahead: usize) -> Option<u32> {
        let at = self.len().checked_sub(ahead + 1)?;
        match self.full.get(at / CHUNK) {
            Some(chunk) => chunk.get(at % CHUNK).copied(),
            None => self.open.get(at - self.full.len() * CHUNK).copied(),
        }
    }

    /// How many numbers are free.
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.open.len()
    }

    /// Whether none is free.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers, the one freed first coming first: the order in which to restore them.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.full.iter().flat_map(|chunk| chunk.iter()).chain(&self.open).copied()
    }
}
