//! What a cell asks of a journal, whichever engine keeps it.

use std::path::PathBuf;

use thiserror::Error;

use crate::{Appended, GroupBuf, Hash, Stored};

/// The end of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last group; 0 when there is none.
    pub position: u64,
    /// The epoch that was claimed last; 0 when none was.
    pub epoch: u64,
    /// The hash of the last group; [`crate::GENESIS`] when there is none.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty journal.
    pub const EMPTY: Head = Head { position: 0, epoch: 0, hash: crate::GENESIS };
}

/// The writer's end. One writer at a time: what fences the others is position and epoch.
pub trait Journal: Send {
    /// The last durable group and the claimed epoch.
    fn head(&self) -> Head;

    /// Takes the journal for `epoch`, durably; every append of an older one fails from here on.
    ///
    /// # Errors
    /// [`ClaimError::Stale`] unless `epoch` is above the one claimed before.
    fn claim(&mut self, epoch: u64) -> Result<(), ClaimError>;

    /// Hashes `group`, chains it as number `expected` and makes it durable before it returns.
    ///
    /// # Errors
    /// Those of [`AppendError`]; each says what may have been written.
    fn append(
        &mut self,
        expected: u64,
        epoch: u64,
        group: &GroupBuf,
    ) -> Result<Appended, AppendError>;

    /// Call it when no group is waiting: closes the window behind the anchor.
    ///
    /// # Errors
    /// [`AppendError::Io`] only.
    fn idle(&mut self) -> Result<(), AppendError>;

    /// A reader of the durable groups, also while this writer goes on, in any thread.
    fn reader(&self) -> Box<dyn Reader>;
}

/// Reads durable groups, and none that is void.
pub trait Reader: Send {
    /// The last durable group, and the highest epoch this reader knows.
    ///
    /// # Errors
    /// Those of [`ReadError`].
    fn head(&mut self) -> Result<Head, ReadError>;

    /// Group number `from`, or `None` while it is not durable. Made for rising numbers: the reader
    /// keeps its place and reads ahead. Ask again later to follow the journal.
    ///
    /// # Errors
    /// Those of [`ReadError`]. There is no group 0.
    fn read_from(&mut self, from: u64) -> Result<Option<Stored>, ReadError>;

    /// Group number `position` alone, without leaving the place of [`Reader::read_from`].
    ///
    /// # Errors
    /// Those of [`ReadError`].
    fn read_at(&mut self, position: u64) -> Result<Option<Stored>, ReadError>;

    /// The hash of group number `position`; that of 0 is [`crate::GENESIS`].
    ///
    /// # Errors
    /// Those of [`ReadError`].
    fn hash_at(&mut self, position: u64) -> Result<Option<Hash>, ReadError>;

    /// How many void groups this reader has passed over: those of a writer that had been deposed.
    fn voids(&self) -> u64;

    /// Another reader of the same journal, at the beginning, for another thread.
    fn fork(&self) -> Box<dyn Reader>;
}

impl dyn Reader + '_ {
    /// The durable groups from number `from` on, up to the end there is when it is reached.
    pub fn groups(&mut self, from: u64) -> Groups<'_> {
        Groups::new(self, from)
    }
}

/// Groups in order, to the end or to the first error.
pub struct Groups<'a> {
    reader: &'a mut (dyn Reader + 'a),
    next: Option<u64>,
}

impl<'a> Groups<'a> {
    /// The durable groups of `reader` from number `from` on.
    pub fn new(reader: &'a mut (dyn Reader + 'a), from: u64) -> Groups<'a> {
        Groups { reader, next: Some(from.max(1)) }
    }
}

impl Iterator for Groups<'_> {
    type Item = Result<Stored, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.next.take()?;
        let found = self.reader.read_from(position).transpose();
        if let Some(Ok(_)) = found {
            self.next = Some(position + 1);
        }
        found
    }
}

/// Why an epoch was not claimed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClaimError {
    /// That epoch, or a higher one, was claimed before. Nothing changed.
    #[error("epoch {} was claimed before (at position {})", head.epoch, head.position)]
    Stale {
        /// The journal's real head.
        head: Head,
    },
    /// The engine failed; whether the claim holds is unknown. The process must end.
    #[error("the journal failed: {0}")]
    Io(String),
}

/// Why a group was not appended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Position or epoch are no longer the writer's: another one leads. Nothing was written.
    #[error("the journal is at position {} of epoch {}", head.position, head.epoch)]
    Conflict {
        /// The journal's real head.
        head: Head,
    },
    /// The group may be durable or not: read the next position, and find out.
    #[error("the journal did not say whether the group was written")]
    Unknown,
    /// No room for the group. Nothing was written; the same append may succeed later.
    #[error("no space left for the journal")]
    NoSpace,
    /// The group is above [`crate::MAX_GROUP_BYTES`]. Nothing was written, nor ever will be.
    #[error("a group of {bytes} bytes is too large")]
    TooLarge {
        /// Bytes of the group's framed records.
        bytes: usize,
    },
    /// A write or sync failed: the group may be durable or not, and this writer appends no more.
    /// The process must end (code 70), and find out when it opens the journal again.
    #[error("the journal failed: {0}")]
    Io(String),
}

/// Why a group could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Stored bytes are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The engine failed.
    #[error("the journal cannot be read: {0}")]
    Io(String),
}

/// Where stored bytes are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}: {}, byte {offset}, where group {position} should be", segment.display())]
pub struct Damage {
    /// The file, or the name of the part of the engine.
    pub segment: PathBuf,
    /// Bytes from its start.
    pub offset: u64,
    /// The number of the group that should be there.
    pub position: u64,
    /// What is wrong with it.
    pub what: &'static str,
}
