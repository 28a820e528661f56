//! Reading everything once, so that damage is found at the door.

use rusqlite::Connection;

use crate::error::VaultError;
use crate::rows::{party_of, without_key};
use crate::seal::{Key, TAG_BYTES, What};
use crate::summary::Summary;
use crate::vault::Vault;

impl Vault {
    /// Opens every row and compares their sum with the sealed one.
    pub(crate) fn verify(&self) -> Result<(), VaultError> {
        let connection = self.connection();
        let expected = self.read_summary(&connection)?;
        let mut found = Summary::default();
        self.verify_forgotten(&connection, &mut found)?;
        self.verify_keys(&connection, &mut found)?;
        self.verify_fields(&connection, &mut found)?;
        if found == expected {
            Ok(())
        } else {
            Err(VaultError::Damaged("rows are missing, or are there twice".into()))
        }
    }

    fn verify_forgotten(
        &self,
        connection: &Connection,
        found: &mut Summary,
    ) -> Result<(), VaultError> {
        let mut statement = connection.prepare("SELECT party, sealed FROM forgotten")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (party, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let party = party_of(&party)?;
            count(found, &sealed)?;
            self.unseal(What::Forgotten { party }, &sealed)
                .ok_or_else(|| VaultError::Damaged(format!("note of forgotten {party:032x}")))?;
        }
        Ok(())
    }

    fn verify_keys(&self, connection: &Connection, found: &mut Summary) -> Result<(), VaultError> {
        let mut statement = connection.prepare("SELECT party, sealed FROM party_key")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (party, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            count(found, &sealed)?;
            self.open_party_key(party_of(&party)?, &sealed)?;
        }
        Ok(())
    }

    fn verify_fields(
        &self,
        connection: &Connection,
        found: &mut Summary,
    ) -> Result<(), VaultError> {
        let order = "SELECT party, name, seq, sealed FROM field ORDER BY party, name";
        let mut statement = connection.prepare(order)?;
        let mut rows = statement.query([])?;
        let mut current: Option<(u128, Key)> = None;
        while let Some(row) = rows.next()? {
            let (party, name): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
            let (seq, sealed): (i64, Vec<u8>) = (row.get(2)?, row.get(3)?);
            let party = party_of(&party)?;
            count(found, &sealed)?;
            let key = match current.take() {
                Some((of, key)) if of == party => key,
                _ => self.party_key(connection, party)?.ok_or_else(|| without_key(party))?,
            };
            self.open_field(&key, party, &name, seq, &sealed)?;
            current = Some((party, key));
        }
        Ok(())
    }
}

fn count(found: &mut Summary, sealed: &[u8]) -> Result<(), VaultError> {
    if sealed.len() < TAG_BYTES {
        return Err(VaultError::Damaged("a row is too short".into()));
    }
    found.add(sealed);
    Ok(())
}
