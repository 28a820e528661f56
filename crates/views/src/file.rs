//! The file: opened by one writer, read through connections of its own, deleted when unfit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};

use crate::error::{ViewsError, io};
use crate::schema::{TABLES, VERSION};

/// Opens the file for the one writer; makes it anew when it is missing, of another version or
/// cell, or no database.
pub(crate) fn open_writer(path: &Path, cell: &str) -> Result<Connection, ViewsError> {
    match try_open(path, cell) {
        Ok(Some(connection)) => return Ok(connection),
        Ok(None) => tracing::info!(path = %path.display(), "the views are built anew"),
        Err(error) if error.is_broken_file() => {
            tracing::warn!(path = %path.display(), %error, "the views are damaged: built anew");
        }
        Err(error) => return Err(error),
    }
    delete(path)?;
    let connection = connect(path)?;
    create(&connection, cell)?;
    Ok(connection)
}

/// The file as it is, if it may be used.
fn try_open(path: &Path, cell: &str) -> Result<Option<Connection>, ViewsError> {
    let connection = connect(path)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    let found: String = connection.query_row("SELECT cell FROM cursor", [], |row| row.get(0))?;
    Ok((found == cell).then_some(connection))
}

/// `NORMAL` syncs at checkpoints alone: what a power cut takes from the end is followed again.
fn connect(path: &Path) -> Result<Connection, ViewsError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    // In KiB: the ends of a dozen tables and indexes that grow at once.
    connection.pragma_update(None, "cache_size", -16_384)?;
    plan_once(&connection)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn create(connection: &Connection, cell: &str) -> Result<(), ViewsError> {
    let tx = connection.unchecked_transaction()?;
    tx.execute_batch(TABLES)?;
    tx.execute(
        "INSERT INTO cursor VALUES (1, ?, 0, ?, 0, 0, 0, 1)",
        params![cell, journal::GENESIS],
    )?;
    tx.pragma_update(None, "user_version", VERSION)?;
    Ok(tx.commit()?)
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, ViewsError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    plan_once(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A statement keeps its plan whatever is bound to it (`sqlite.org/queryplanner-ng.html`, the
/// stability guarantee). Else most are planned anew for each execution, which was a third of what
/// following costs.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Removes the file with its log.
pub(crate) fn delete(path: &Path) -> Result<(), ViewsError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = PathBuf::from(name);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(&file)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
