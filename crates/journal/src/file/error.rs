//! Why a journal did not open.

use std::path::PathBuf;

use thiserror::Error;

use crate::Damage;

/// Why a journal did not open. Nothing was changed, unless it says so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Another process, or another writer in this one, has it open.
    #[error("the journal in {} is in use by another process: stop that one first", folder.display())]
    Locked {
        /// The folder of the journal.
        folder: PathBuf,
    },
    /// There is no journal.
    #[error("there is no journal in {}", folder.display())]
    Absent {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// There is a journal already, so none was created.
    #[error("there is already a journal in {}", folder.display())]
    Exists {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// The folder belongs to another cell, or to an earlier life of this one.
    #[error("the journal in {} is that of cell {found:?}, not of {wanted:?}", folder.display())]
    OtherCell {
        /// The folder that was asked for.
        folder: PathBuf,
        /// Name and id of the cell whose journal it is.
        found: String,
        /// Name and id of the cell that was asked for.
        wanted: String,
    },
    /// The journal was written by a version that this one does not understand.
    #[error("the journal in {} has format {found}, this version reads format 1", folder.display())]
    Format {
        /// The folder of the journal.
        folder: PathBuf,
        /// The format it has.
        found: String,
    },
    /// The file that names the cell is missing, damaged or not ours, but there are segments.
    #[error("{} is missing or damaged: restore it from a backup", path.display())]
    Marker {
        /// The marker.
        path: PathBuf,
    },
    /// Neither slot of the anchor can be read, so nothing says how far the journal was durable.
    #[error("{} is missing or damaged: restore it from a backup", path.display())]
    Anchor {
        /// The anchor.
        path: PathBuf,
    },
    /// Groups are missing that were durable once.
    #[error(
        "the journal in {} ends at group {found}, but was durable up to {anchored}: \
         restore it from a backup", folder.display()
    )]
    Short {
        /// The folder of the journal.
        folder: PathBuf,
        /// The number of the last group there is.
        found: u64,
        /// The number of the last group the anchor knows.
        anchored: u64,
    },
    /// The anchored group is there, but is another one.
    #[error("group {position} of the journal in {} is not the one that was anchored", folder.display())]
    Forked {
        /// The folder of the journal.
        folder: PathBuf,
        /// The number of the group.
        position: u64,
    },
    /// A group that was durable is not what was written.
    #[error("{0}; restore it from a backup")]
    Damaged(#[from] Damage),
    /// There is no room for a segment.
    #[error("no space left for the journal in {}", folder.display())]
    NoSpace {
        /// The folder of the journal.
        folder: PathBuf,
    },
    /// The operating system refused something; the sentence says what.
    #[error("{0}")]
    Io(String),
}
