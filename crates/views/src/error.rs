//! Why the views could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

use journal::ReadError;
use kernel::Fault;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the views could not be read or written. None of them concerns the cell or its journal.
#[derive(Debug, Error)]
pub enum ViewsError {
    /// SQLite refused.
    #[error("the views can't be read: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The file could not be made or removed.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// A record names what the file does not have.
    #[error("group {position} does not fit the views: {fault}")]
    Record {
        /// The group it is in.
        position: u64,
        /// What does not fit.
        fault: Fault,
    },
    /// The thread that follows the journal was not started.
    #[error("the thread that keeps the views could not be started: {0}")]
    Thread(io::Error),
}

impl ViewsError {
    /// Whether the file itself is unusable, so that it is to be built anew.
    pub(crate) fn is_broken_file(&self) -> bool {
        match self {
            Self::Sql(error) => is_broken(error),
            // What a record names is not in the file: so the file is not what it should be.
            Self::Record { .. } => true,
            Self::Io { .. } | Self::Journal(_) | Self::Thread(_) => false,
        }
    }
}

/// Damage, or tables that are not ours.
pub(crate) fn is_broken(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || failure.code == ErrorCode::Unknown
        }
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..) => true,
        _ => false,
    }
}

pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> ViewsError + '_ {
    move |source| ViewsError::Io { path: path.to_owned(), source }
}
