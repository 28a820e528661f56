//! What can go wrong, each with what to do.

use std::io;
use std::path::PathBuf;

/// Why the vault could not do what it was asked. Never holds a value or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is a vault, but not the key that opens it.
    #[error(
        "the vault's key {} is missing: put it back from where you keep it, \
         without it the personal data cannot be read", .0.display()
    )]
    KeyMissing(PathBuf),

    /// The key file is there and is not a key, or others may read it.
    #[error("the vault's key {}: {why}", path.display())]
    KeyUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: &'static str,
    },

    /// The key is whole but belongs to another vault or another cell.
    #[error(
        "the key does not open this vault: either it is another vault's key, or the vault \
         belongs to another cell, or its first row is damaged"
    )]
    WrongKey,

    /// Something stored is not what was stored.
    #[error("the vault is damaged ({0}): restore its file from a backup")]
    Damaged(String),

    /// Another process, or another `Vault` of this one, has the file.
    #[error("the vault is in use: only one process at a time may open it")]
    InUse,

    /// The party was shredded; nothing is stored for it ever again.
    #[error("this party was forgotten, nothing more is stored for it")]
    Forgotten,

    /// Field and cell names are 1 to 64 of `a`–`z`, `0`–`9`, `_` and `-`.
    #[error("`{0}` is not a name for a field or a cell: use 1 to 64 of a-z, 0-9, _ and -")]
    BadName(String),

    /// A value is at most [`MAX_VALUE_BYTES`](crate::Vault::MAX_VALUE_BYTES) long.
    #[error("a value may have at most {max} bytes, this one has {found}")]
    TooLong {
        /// Bytes of the value.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },

    /// The operating system gave no random numbers; nothing is stored with a guessable key.
    #[error("the operating system gave no random numbers: {0}")]
    NoRandomness(String),

    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// SQLite refused for another reason, such as a full disk.
    #[error("the vault's file could not be used: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::InUse,
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            // A bit flipped in the schema shows as a table or a column that is not there, one in
            // a row's header as a value of another type.
            _ if is_about_the_schema(&error) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

fn is_about_the_schema(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::Utf8Error(..) => true,
        rusqlite::Error::SqliteFailure(code, _) => {
            code.extended_code == rusqlite::ffi::SQLITE_ERROR
        }
        rusqlite::Error::SqlInputError { .. } => true,
        _ => false,
    }
}
