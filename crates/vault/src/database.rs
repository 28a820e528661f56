//! The SQLite file: how it is opened, its tables, its log.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::Connection;

use crate::error::VaultError;
use crate::key::io;

/// `party` is the big-endian bytes of its 128-bit id; `sealed` is nonce ‖ ciphertext ‖ tag.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS party_key (
        party BLOB PRIMARY KEY, created_ms INTEGER NOT NULL, sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS field (
        party BLOB NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (party, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS forgotten (
        party BLOB PRIMARY KEY, sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS summary (
        one INTEGER PRIMARY KEY CHECK (one = 1), sealed BLOB NOT NULL
    ) STRICT;";

/// Opens the file for this process alone, making an empty one that only its owner may read.
///
/// `secure_delete` overwrites what is deleted, `FULL` syncs each commit, `EXCLUSIVE` keeps others
/// out (and the log's index in memory), `temp_store` keeps sorting out of files.
pub(crate) fn connect(path: &Path) -> Result<Connection, VaultError> {
    // SQLite would make it readable by everyone that the umask allows.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        // Closing a file that exists would drop the locks that this process may have on it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => drop(made.map_err(io(path))?),
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(1))?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    Ok(connection)
}

pub(crate) fn create_tables(connection: &Connection) -> Result<(), VaultError> {
    Ok(connection.execute_batch(TABLES)?)
}

/// Copies the log into the main file, syncs it, and cuts the log to nothing.
pub(crate) fn truncate_log(connection: &Connection) -> Result<(), VaultError> {
    let blocked: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if blocked == 0 { Ok(()) } else { Err(VaultError::InUse) }
}
