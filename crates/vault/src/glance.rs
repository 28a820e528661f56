//! Which parties have a key, read from the file as it lies: for who must not open the vault.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::VaultError;
use crate::rows::party_of;

/// The parties that have a key in `folder/vault.db`: whose values could still be opened. Takes no
/// lock, needs no key and writes nothing, so that an audit may look while another process runs the
/// vault; what that process is writing just then shows as an error.
///
/// # Errors
/// The file is not there, or can't be read just now.
pub fn parties_with_key(folder: &Path) -> Result<BTreeSet<u128>, VaultError> {
    let path = folder.join("vault.db");
    // `immutable`: neither locks nor the log. What a vault has answered stands in the main file.
    let address = format!("file:{}?immutable=1", escaped(&path.to_string_lossy()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address, flags)?;
    let mut statement = connection.prepare("SELECT party FROM party_key")?;
    let parties = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    parties.map(|party| party_of(&party?)).collect()
}

/// A path as SQLite takes it in an address: what means something there is written as a number.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
