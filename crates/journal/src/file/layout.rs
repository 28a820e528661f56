//! Where the groups are: the segments, and a sparse index of places in them. Shared by the writer
//! and all its readers; what is behind its end is not durable yet.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::format::Seed;
use super::scan::Cursor;
use super::walk::Walked;
use crate::{GENESIS, Head};

/// A place is remembered for each so many groups.
const EACH: u64 = 16;

/// A file of the journal. The inode tells it from another file that took its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The number of its first group: its name.
    pub(crate) first: u64,
    pub(crate) inode: u64,
}

impl Segment {
    pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
        folder.join(format!("{first:020}.seg"))
    }

    /// The number in the name of a segment.
    pub(crate) fn parse(name: &str) -> Option<u64> {
        let digits = name.strip_suffix(".seg")?;
        (digits.len() == 20).then(|| digits.parse().ok())?
    }
}

/// A place in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) segment: Segment,
    pub(crate) at: Cursor,
}

#[derive(Debug)]
pub(crate) struct Layout {
    segments: Vec<Segment>,
    marks: Vec<Mark>,
    /// Where the next group goes; every group before it is durable.
    pub(crate) end: Mark,
    /// The epoch claimed last, as far as known.
    pub(crate) epoch: u64,
}

impl Layout {
    pub(crate) fn new(start: Mark) -> Layout {
        Layout { segments: vec![start.segment], marks: vec![start], end: start, epoch: 0 }
    }

    /// Whether the place of group number `position` is remembered.
    pub(crate) fn is_marked(position: u64) -> bool {
        position.is_multiple_of(EACH)
    }

    /// Says that a group of the chain is, or is about to be, at `mark`.
    pub(crate) fn note(&mut self, mark: Mark) {
        if self.segments.last() != Some(&mark.segment) {
            self.segments.push(mark.segment);
            self.marks.push(mark);
        } else if Layout::is_marked(mark.at.position)
            && self.marks.last().is_none_or(|last| last.at.position < mark.at.position)
        {
            self.marks.push(mark);
        }
    }

    /// Takes over what a walk found up to `end`.
    pub(crate) fn take(&mut self, walked: &Walked, end: Mark, epoch: u64) {
        for mark in &walked.marks {
            self.note(*mark);
        }
        self.note(end);
        self.end = end;
        self.epoch = epoch;
    }

    /// From where to walk again, now that the segments are `all`: the index of a segment, and the
    /// place in it.
    pub(crate) fn resume(&self, all: &[Segment]) -> (usize, Cursor) {
        let same = self.segments.iter().zip(all).take_while(|(a, b)| a == b).count();
        let index = same.saturating_sub(1);
        if same == self.segments.len() && same == all.len() {
            return (index, self.end.at);
        }
        (index, self.start_of(index).at)
    }

    /// Forgets what is behind the place that [`Layout::resume`] named.
    pub(crate) fn rewind(&mut self, all: &[Segment], from: &Cursor) {
        let same = self.segments.iter().zip(all).take_while(|(a, b)| a == b).count();
        self.segments.truncate(same);
        let kept = |mark: &Mark| same > 0 && mark.at.position <= from.position;
        self.marks.retain(kept);
    }

    fn start_of(&self, index: usize) -> Mark {
        let first = self.segments[index].first;
        self.marks[self.marks.partition_point(|mark| mark.segment.first < first)]
    }

    /// The segment that group number `position` is in, or would be.
    pub(crate) fn segment_of(&self, position: u64) -> Segment {
        let behind = self.segments.partition_point(|segment| segment.first <= position);
        self.segments[behind.max(1) - 1]
    }

    /// The nearest place known at or before group number `position`.
    pub(crate) fn locate(&self, position: u64) -> Mark {
        let behind = self.marks.partition_point(|mark| mark.at.position <= position);
        self.marks[behind.max(1) - 1]
    }

    pub(crate) fn head(&self) -> Head {
        let Cursor { position, prev, .. } = self.end.at;
        Head { position: position - 1, epoch: self.epoch, hash: prev }
    }
}

/// What writer and readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) seed: Seed,
    layout: RwLock<Layout>,
}

impl Shared {
    pub(crate) fn new(folder: PathBuf, seed: Seed, layout: Layout) -> Shared {
        Shared { folder, seed, layout: RwLock::new(layout) }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Layout> {
        self.layout.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Layout> {
        self.layout.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the very first group goes, in a segment whose header was not judged yet.
pub(crate) const BEGINNING: Cursor = Cursor { position: 1, epoch: 0, prev: GENESIS, offset: 0 };
