//! The rows of one transaction: every change here also changes the summary.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::error::VaultError;
use crate::seal::{Key, TAG_BYTES, What};
use crate::summary::Summary;
use crate::vault::Vault;

/// A transaction under way, with the sum as it stands in it.
pub(crate) struct Rows<'a> {
    vault: &'a Vault,
    transaction: Transaction<'a>,
    before: Summary,
    summary: Summary,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(vault: &'a Vault, transaction: Transaction<'a>, before: Summary) -> Self {
        Self { vault, transaction, before, summary: before }
    }

    pub(crate) fn commit(self) -> Result<(), VaultError> {
        if self.summary != self.before {
            let sealed = self.vault.seal(What::Summary, &self.summary.to_bytes())?;
            self.transaction.execute("UPDATE summary SET sealed = ?1", [sealed])?;
        }
        Ok(self.transaction.commit()?)
    }

    /// The party's key, made if this is its first value.
    pub(crate) fn key_for_writing(&mut self, party: u128) -> Result<Key, VaultError> {
        if self.is_forgotten(party)? {
            return Err(VaultError::Forgotten);
        }
        if let Some(key) = self.vault.party_key(&self.transaction, party)? {
            return Ok(key);
        }
        let key = Key::generate()?;
        let sealed = self.vault.seal(What::PartyKey { party }, key.as_bytes())?;
        self.transaction.execute(
            "INSERT INTO party_key (party, created_ms, sealed) VALUES (?1, ?2, ?3)",
            params![blob(party), now_ms(), sealed],
        )?;
        self.summary.add(&sealed);
        Ok(key)
    }

    pub(crate) fn put(
        &mut self,
        key: &Key,
        party: u128,
        field: &str,
        value: &str,
    ) -> Result<(), VaultError> {
        let old: Option<(i64, Vec<u8>)> = self
            .transaction
            .prepare_cached("SELECT seq, sealed FROM field WHERE party = ?1 AND name = ?2")?
            .query_row(params![blob(party), field], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let seq = old.as_ref().map_or(1, |(seq, _)| seq.wrapping_add(1));
        if let Some((_, sealed)) = old {
            self.subtract(&sealed)?;
        }
        let place = self.vault.place(What::Field { party, field, seq });
        let sealed = key.seal(&place, value.as_bytes())?;
        self.transaction
            .prepare_cached(
                "REPLACE INTO field (party, name, seq, sealed) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![blob(party), field, seq, sealed])?;
        self.summary.add(&sealed);
        Ok(())
    }

    /// Deletes the party's key and values; returns whether there were any.
    pub(crate) fn delete(&mut self, party: u128) -> Result<bool, VaultError> {
        let mut was_there = false;
        for sql in [
            "DELETE FROM field WHERE party = ?1 RETURNING sealed",
            "DELETE FROM party_key WHERE party = ?1 RETURNING sealed",
        ] {
            for sealed in self.sealed_of(sql, party)? {
                self.subtract(&sealed)?;
                was_there = true;
            }
        }
        Ok(was_there)
    }

    /// Notes that the party was forgotten. Its number says nothing about a person any more.
    pub(crate) fn remember_forgotten(&mut self, party: u128) -> Result<(), VaultError> {
        if self.is_forgotten(party)? {
            return Ok(());
        }
        let sealed = self.vault.seal(What::Forgotten { party }, &[])?;
        self.transaction.execute(
            "INSERT INTO forgotten (party, sealed) VALUES (?1, ?2)",
            params![blob(party), sealed],
        )?;
        self.summary.add(&sealed);
        Ok(())
    }

    /// The parties first stored before a time, in the order of their ids.
    pub(crate) fn parties_before(&self, before_ms: i64) -> Result<Vec<u128>, VaultError> {
        let mut statement = self
            .transaction
            .prepare("SELECT party FROM party_key WHERE created_ms < ?1 ORDER BY party")?;
        let parties = statement.query_map([before_ms], |row| row.get::<_, Vec<u8>>(0))?;
        parties.map(|party| party_of(&party?)).collect()
    }

    fn is_forgotten(&self, party: u128) -> Result<bool, VaultError> {
        let sql = "SELECT sealed FROM forgotten WHERE party = ?1";
        Ok(!self.sealed_of(sql, party)?.is_empty())
    }

    fn sealed_of(&self, sql: &str, party: u128) -> Result<Vec<Vec<u8>>, VaultError> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let sealed = statement.query_map([blob(party)], |row| row.get(0))?;
        Ok(sealed.collect::<Result<_, _>>()?)
    }

    fn subtract(&mut self, sealed: &[u8]) -> Result<(), VaultError> {
        if sealed.len() < TAG_BYTES {
            return Err(VaultError::Damaged("a row is too short".into()));
        }
        self.summary.remove(sealed);
        Ok(())
    }
}

/// A party's id as it is stored: big-endian, so that rows stand in the order of the ids.
pub(crate) fn blob(party: u128) -> [u8; 16] {
    party.to_be_bytes()
}

pub(crate) fn party_of(blob: &[u8]) -> Result<u128, VaultError> {
    let bytes = blob.try_into();
    bytes
        .map(u128::from_be_bytes)
        .map_err(|_| VaultError::Damaged("a party's id is not 16 bytes".into()))
}

pub(crate) fn without_key(party: u128) -> VaultError {
    VaultError::Damaged(format!("party {party:032x} has values and no key"))
}

/// The wall clock, for the sweeper alone; a clock before 1970 counts as 1970.
fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}
