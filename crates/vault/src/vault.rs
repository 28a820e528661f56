//! The vault itself: three tables of sealed rows, and the sum over them.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use zeroize::{Zeroize, Zeroizing};

use crate::database::{connect, create_tables, truncate_log};
use crate::error::VaultError;
use crate::key::{KeyFile, io, sync_folder};
use crate::rows::{Rows, blob, party_of, without_key};
use crate::seal::{Key, Place, What};
use crate::summary::Summary;

/// The personal data of one cell. Share it behind an `Arc`; calls wait for one another.
///
/// Every write costs some syncs of the disk (a few milliseconds): call it where waiting is allowed.
pub struct Vault {
    cell: String,
    key: Key,
    connection: Mutex<Connection>,
}

/// So many rows at least are opened by one thread: fewer take less than a thread costs.
const LEAST_SHARE: usize = 500;

/// A value as it is stored, with its party's key as that is stored.
struct SealedRow {
    party: u128,
    seq: i64,
    sealed: Vec<u8>,
    key: Vec<u8>,
}

impl Vault {
    /// The longest value that [`put`](Self::put) takes, in bytes of UTF-8.
    pub const MAX_VALUE_BYTES: usize = 64 * 1024;

    /// Opens `folder/vault.db` with the key `folder/keys/vault.key`, making both at the first start
    /// (key and file readable by their owner only), and reads every row once to see that it is whole.
    ///
    /// # Errors
    /// Each says what to do: another process has it, the key is missing, too widely readable or
    /// another vault's, a row is damaged or gone, the folder can't be written.
    pub fn open(folder: &Path, cell: &str) -> Result<Self, VaultError> {
        check_name(cell)?;
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let path = folder.join("vault.db");
        let is_empty = path.metadata().map_or(true, |file| file.len() == 0);
        let key_file = KeyFile::of(folder);
        match key_file.read()? {
            Some(_) if is_empty => {
                Err(VaultError::Damaged(format!("{} is missing or empty", path.display())))
            }
            Some(key) => {
                let vault = Self::connected(&path, cell, key)?;
                vault.verify()?;
                Ok(vault)
            }
            None => {
                let key = key_file.read_or_create_unborn(is_empty)?;
                let vault = Self::connected(&path, cell, key)?;
                vault.create()?;
                vault.verify()?;
                sync_folder(folder)?;
                key_file.complete()?;
                Ok(vault)
            }
        }
    }

    fn connected(path: &Path, cell: &str, key: Key) -> Result<Self, VaultError> {
        Ok(Self { cell: cell.into(), key, connection: Mutex::new(connect(path)?) })
    }

    /// Stores `value` as `field` of `party`, in place of what stood there. On the disk when it
    /// returns. Call it before the command that makes the party: see [`sweep`](Self::sweep).
    ///
    /// # Errors
    /// [`VaultError::Forgotten`] after [`shred`](Self::shred); a bad name; a value too long; the disk.
    pub fn put(&self, party: u128, field: &str, value: &str) -> Result<(), VaultError> {
        self.put_all(party, &[(field, value)])
    }

    /// Stores several fields of a party together: all of them, or none.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_all(&self, party: u128, fields: &[(&str, &str)]) -> Result<(), VaultError> {
        fields.iter().try_for_each(|(field, value)| check(field, value))?;
        self.change(|rows| {
            let key = rows.key_for_writing(party)?;
            fields.iter().try_for_each(|(field, value)| rows.put(&key, party, field, value))
        })
    }

    /// Stores one field of many parties together, each with its value: all of them, or none. What
    /// [`put`](Self::put) would sync for each of them is synced once.
    ///
    /// # Errors
    /// As [`put`](Self::put), of any of them.
    pub fn put_all_of<'a>(
        &self,
        field: &str,
        values: impl IntoIterator<Item = (u128, &'a str)>,
    ) -> Result<(), VaultError> {
        self.change(|rows| {
            for (party, value) in values {
                check(field, value)?;
                let key = rows.key_for_writing(party)?;
                rows.put(&key, party, field, value)?;
            }
            Ok(())
        })
    }

    /// The value of a field; `None` if there is none, or the party was forgotten. The text is wiped
    /// from memory when dropped.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if the row does not open as this field of this party.
    pub fn get(&self, party: u128, field: &str) -> Result<Option<Zeroizing<String>>, VaultError> {
        let connection = self.connection();
        let row: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("SELECT seq, sealed FROM field WHERE party = ?1 AND name = ?2")?
            .query_row(params![blob(party), field], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((seq, sealed)) = row else { return Ok(None) };
        let key = self.party_key(&connection, party)?.ok_or_else(|| without_key(party))?;
        self.open_field(&key, party, field, seq, &sealed).map(Some)
    }

    /// What `read` makes of one field of every party that has it, in the order of their ids: one
    /// pass over the file, where [`get`](Self::get) would ask for each. Others wait for that pass
    /// alone; what it found is opened and read by all cores, and wiped.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if a row does not open as this field of its party.
    pub fn all_of<T: Send>(
        &self,
        field: &str,
        read: impl Fn(&str) -> T + Sync,
    ) -> Result<Vec<(u128, T)>, VaultError> {
        let rows = self.sealed_rows(field)?;
        let open = |row: &SealedRow| {
            let key = self.open_party_key(row.party, &row.key)?;
            let value = self.open_field(&key, row.party, field, row.seq, &row.sealed)?;
            Ok((row.party, read(&value)))
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = rows.len().div_ceil(cores).max(LEAST_SHARE);
        std::thread::scope(|scope| {
            let open = &open;
            let shares = rows.chunks(share);
            let opened = shares.map(|share| {
                scope.spawn(move || share.iter().map(open).collect::<Result<Vec<_>, VaultError>>())
            });
            let opened: Vec<_> = opened.collect();
            let mut all = Vec::with_capacity(rows.len());
            for share in opened {
                all.extend(share.join().unwrap_or_else(|why| std::panic::resume_unwind(why))?);
            }
            Ok(all)
        })
    }

    /// One field of every party that has it as it is stored, in the order of their ids.
    fn sealed_rows(&self, field: &str) -> Result<Vec<SealedRow>, VaultError> {
        let connection = self.connection();
        let mut rows = connection.prepare_cached(
            "SELECT f.party, f.seq, f.sealed, k.sealed FROM field f \
             LEFT JOIN party_key k ON k.party = f.party WHERE f.name = ?1 ORDER BY f.party",
        )?;
        let mut rows = rows.query([field])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let party: Vec<u8> = row.get(0)?;
            let party = party_of(&party)?;
            let key: Option<Vec<u8>> = row.get(3)?;
            let key = key.ok_or_else(|| without_key(party))?;
            all.push(SealedRow { party, seq: row.get(1)?, sealed: row.get(2)?, key });
        }
        Ok(all)
    }

    /// The names of the fields that a party has, sorted.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn fields(&self, party: u128) -> Result<Vec<String>, VaultError> {
        let connection = self.connection();
        let mut names =
            connection.prepare_cached("SELECT name FROM field WHERE party = ?1 ORDER BY name")?;
        let names = names.query_map([blob(party)], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Whether a party has a key: whether its values can be opened.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn has_key(&self, party: u128) -> Result<bool, VaultError> {
        let connection = self.connection();
        let mut key = connection.prepare_cached("SELECT 1 FROM party_key WHERE party = ?1")?;
        Ok(key.exists([blob(party)])?)
    }

    /// Takes back what was stored for a party that was never made. Returns whether there was
    /// anything.
    ///
    /// # Errors
    /// If the disk refuses; then it is still there, until it is swept.
    pub fn discard(&self, party: u128) -> Result<bool, VaultError> {
        self.change(|rows| rows.delete(party))
    }

    /// Forgets a party for good: its key and values are overwritten in the file, the log is
    /// truncated, and nothing can be stored for it again. To repeat it does no harm. Returns whether
    /// there was anything.
    ///
    /// # Errors
    /// If the disk refuses; then call it again, nothing is forgotten until it returned `Ok`.
    pub fn shred(&self, party: u128) -> Result<bool, VaultError> {
        self.change(|rows| {
            let was_there = rows.delete(party)?;
            rows.remember_forgotten(party)?;
            Ok(was_there)
        })
    }

    /// Removes what was first stored before `older_than_ms` (Unix time) for a party that `known`
    /// denies: the rows whose command never came, because the edge died between the two. Pass a time
    /// an hour ago, so that a command under way keeps its row. Returns how many parties went.
    ///
    /// # Errors
    /// If the disk refuses; then none went.
    pub fn sweep(
        &self,
        known: impl Fn(u128) -> bool,
        older_than_ms: u64,
    ) -> Result<usize, VaultError> {
        let before = i64::try_from(older_than_ms).unwrap_or(i64::MAX);
        let swept = self.change(|rows| {
            let strangers: Vec<u128> =
                rows.parties_before(before)?.into_iter().filter(|party| !known(*party)).collect();
            for party in &strangers {
                rows.delete(*party)?;
            }
            Ok(strangers.len())
        })?;
        if swept > 0 {
            tracing::info!(cell = self.cell, swept, "vault: removed rows of parties never made");
        }
        Ok(swept)
    }

    /// Runs `body` in one transaction that keeps the summary, and folds SQLite's log into the main
    /// file before returning: what was acknowledged, and what was deleted, stands there alone.
    fn change<T>(
        &self,
        body: impl FnOnce(&mut Rows<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = self.read_summary(&transaction)?;
        let mut rows = Rows::new(self, transaction, before);
        let done = body(&mut rows)?;
        rows.commit()?;
        truncate_log(&connection)?;
        Ok(done)
    }

    fn create(&self) -> Result<(), VaultError> {
        let connection = self.connection();
        create_tables(&connection)?;
        let sealed = self.seal(What::Summary, &Summary::default().to_bytes())?;
        connection.execute("INSERT OR IGNORE INTO summary VALUES (1, ?1)", [sealed])?;
        truncate_log(&connection)
    }

    pub(crate) fn read_summary(&self, connection: &Connection) -> Result<Summary, VaultError> {
        let sealed: Vec<u8> =
            connection.query_row("SELECT sealed FROM summary", [], |row| row.get(0))?;
        let bytes = self.unseal(What::Summary, &sealed).ok_or(VaultError::WrongKey)?;
        Summary::try_from_slice(&bytes).ok_or(VaultError::WrongKey)
    }

    pub(crate) fn party_key(
        &self,
        connection: &Connection,
        party: u128,
    ) -> Result<Option<Key>, VaultError> {
        let sealed: Option<Vec<u8>> = connection
            .prepare_cached("SELECT sealed FROM party_key WHERE party = ?1")?
            .query_row([blob(party)], |row| row.get(0))
            .optional()?;
        sealed.map(|sealed| self.open_party_key(party, &sealed)).transpose()
    }

    pub(crate) fn open_party_key(&self, party: u128, sealed: &[u8]) -> Result<Key, VaultError> {
        self.unseal(What::PartyKey { party }, sealed)
            .and_then(|bytes| Key::try_from_slice(&bytes))
            .ok_or_else(|| VaultError::Damaged(format!("key of party {party:032x}")))
    }

    pub(crate) fn open_field(
        &self,
        key: &Key,
        party: u128,
        field: &str,
        seq: i64,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, VaultError> {
        let damaged = || VaultError::Damaged(format!("{field} of party {party:032x}"));
        let place = self.place(What::Field { party, field, seq });
        let mut bytes = key.open(&place, sealed).ok_or_else(damaged)?;
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(damaged())
            }
        }
    }

    pub(crate) fn seal(&self, what: What<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.key.seal(&self.place(what), plain)
    }

    pub(crate) fn unseal(&self, what: What<'_>, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.key.open(&self.place(what), sealed)
    }

    pub(crate) fn place<'a>(&'a self, what: What<'a>) -> Place<'a> {
        Place { cell: &self.cell, what }
    }

    /// A panic while the lock was held rolled its transaction back: the connection is sound.
    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("cell", &self.cell).finish_non_exhaustive()
    }
}

fn check(field: &str, value: &str) -> Result<(), VaultError> {
    check_name(field)?;
    let (found, max) = (value.len(), Vault::MAX_VALUE_BYTES);
    if found > max { Err(VaultError::TooLong { found, max }) } else { Ok(()) }
}

fn check_name(name: &str) -> Result<(), VaultError> {
    let is_allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_-".contains(&c);
    if (1..=64).contains(&name.len()) && name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(VaultError::BadName(name.chars().take(64).collect()))
    }
}
