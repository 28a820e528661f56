//! After shredding, nothing of a person is left in any file; needs to see the keys.

use std::fs;
use std::path::Path;

use crate::Vault;
use crate::rows::blob;

const PARTY: u128 = 42;
const NAME: &str = "李伟 of the long and unmistakable name";

/// Files of the folder, at any depth, that hold `needle`.
fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if fs::read(&path).unwrap().windows(needle.len()).any(|part| part == needle) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn sealed(vault: &Vault, sql: &str) -> Vec<u8> {
    vault.connection().query_row(sql, [blob(PARTY)], |row| row.get(0)).unwrap()
}

#[test]
fn no_file_holds_name_or_key_after_shredding() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path(), "cn").unwrap();
    for party in 0..200 {
        vault.put(party, "name", &format!("neighbour {party}")).unwrap();
    }
    vault.put(PARTY, "name", NAME).unwrap();
    let first_version = sealed(&vault, "SELECT sealed FROM field WHERE party = ?1");
    vault.put(PARTY, "name", NAME).unwrap();
    let value = sealed(&vault, "SELECT sealed FROM field WHERE party = ?1");
    let wrapped = sealed(&vault, "SELECT sealed FROM party_key WHERE party = ?1");
    let key = vault.party_key(&vault.connection(), PARTY).unwrap().unwrap();

    let bare = [NAME.as_bytes(), key.as_bytes(), first_version.as_slice()];
    for needle in bare {
        assert_eq!(files_with(folder.path(), needle), [""; 0], "before shredding");
    }
    for needle in [&value, &wrapped] {
        assert_eq!(files_with(folder.path(), needle).len(), 1, "the search finds what is there");
    }

    assert!(vault.shred(PARTY).unwrap());
    for needle in bare.into_iter().chain([value.as_slice(), &wrapped]) {
        assert_eq!(files_with(folder.path(), needle), [""; 0], "while it is open");
        // A part of it would be enough to hurt.
        assert_eq!(files_with(folder.path(), &needle[needle.len() - 16..]), [""; 0]);
    }
    drop(vault);
    for needle in bare.into_iter().chain([value.as_slice(), &wrapped]) {
        assert_eq!(files_with(folder.path(), needle), [""; 0], "after closing");
    }
    let vault = Vault::open(folder.path(), "cn").unwrap();
    assert_eq!(vault.get(41, "name").unwrap().unwrap().as_str(), "neighbour 41");
}

/// Thieves with the file but not the key try another person's row, while the vault is open.
#[test]
fn a_row_moved_to_another_party_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path(), "cn").unwrap();
    vault.put(1, "name", "one").unwrap();
    vault.put(2, "name", "two").unwrap();
    let move_row = |table: &str| {
        let sql = format!(
            "UPDATE {table} SET sealed = (SELECT sealed FROM {table} WHERE party = ?1) \
             WHERE party = ?2"
        );
        assert_eq!(vault.connection().execute(&sql, [blob(1), blob(2)]).unwrap(), 1);
    };
    move_row("field");
    assert!(matches!(vault.get(2, "name"), Err(crate::VaultError::Damaged(_))));
    move_row("party_key");
    assert!(matches!(vault.get(2, "name"), Err(crate::VaultError::Damaged(_))));
    assert_eq!(vault.get(1, "name").unwrap().unwrap().as_str(), "one");
}
