//! The vault from outside: keeping, forgetting, sweeping, and every kind of damage.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tempfile::TempDir;
use vault::{Vault, VaultError, parties_with_key};

const LI_WEI: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;
const SATO: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0002;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Result<Vault, VaultError> {
    Vault::open(folder.path(), "cn")
}

fn text(vault: &Vault, party: u128, field: &str) -> Option<String> {
    vault.get(party, field).unwrap().map(|value| value.to_string())
}

/// Changes the file behind the vault's back, as a thief or a disk would.
fn sql(folder: &TempDir, sql: &str) {
    rusqlite::Connection::open(folder.path().join("vault.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn keeps_values_over_a_restart() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    vault.put_all(SATO, &[("name", "佐藤 結衣"), ("handle", "yui"), ("note", "")]).unwrap();
    vault.put(LI_WEI, "name", "李伟 (Li Wei)").unwrap();
    drop(vault);

    let vault = open(&folder).unwrap();
    assert_eq!(text(&vault, LI_WEI, "name").as_deref(), Some("李伟 (Li Wei)"));
    assert_eq!(text(&vault, SATO, "note").as_deref(), Some(""));
    assert_eq!(text(&vault, SATO, "email"), None);
    assert_eq!(text(&vault, 9, "name"), None);
    assert_eq!(vault.fields(SATO).unwrap(), ["handle", "name", "note"]);
    assert_eq!(vault.fields(9).unwrap(), [""; 0]);
}

#[test]
fn many_are_stored_together_or_none_of_them() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    vault.put_all_of("name", [(SATO, "佐藤 結衣"), (LI_WEI, "Li Wei")]).unwrap();
    let all = vault.all_of("name", str::to_owned).unwrap();
    assert_eq!(all, [(LI_WEI, "Li Wei".to_owned()), (SATO, "佐藤 結衣".to_owned())]);

    vault.shred(SATO).unwrap();
    let long = "x".repeat(Vault::MAX_VALUE_BYTES + 1);
    for second in [(SATO, "佐藤 結衣"), (9, long.as_str())] {
        vault.put_all_of("name", [(LI_WEI, "李伟"), second]).unwrap_err();
        assert_eq!(text(&vault, LI_WEI, "name").as_deref(), Some("Li Wei"));
    }
    drop(vault);
    open(&folder).unwrap();
}

#[test]
fn an_acknowledged_value_stands_in_the_main_file_alone() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    let log = fs::metadata(folder.path().join("vault.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0);

    // What a `kill -9` leaves: the file as it is now, without the vault having been closed.
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("keys")).unwrap();
    for name in ["vault.db", "keys/vault.key"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    assert_eq!(text(&open(&copy).unwrap(), LI_WEI, "name").as_deref(), Some("李伟"));
}

#[test]
fn files_are_for_their_owner_only() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    let mode =
        |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("vault.db"), mode("keys/vault.key"), mode("keys")), (0o600, 0o600, 0o700));
    drop(vault);

    let key = folder.path().join("keys/vault.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = open(&folder).unwrap_err();
    assert!(matches!(error, VaultError::KeyUnusable { .. }), "{error}");
    assert!(error.to_string().contains("chmod 600"), "{error}");
}

#[test]
fn refuses_names_and_values_out_of_bounds() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    for name in ["", "Name", "na|me", "名", &"n".repeat(65)] {
        assert!(matches!(vault.put(LI_WEI, name, "x"), Err(VaultError::BadName(_))), "{name}");
    }
    let longest = "x".repeat(Vault::MAX_VALUE_BYTES);
    vault.put(LI_WEI, "note", &longest).unwrap();
    assert_eq!(text(&vault, LI_WEI, "note"), Some(longest.clone()));
    let too_long = vault.put_all(LI_WEI, &[("name", "x"), ("note", &(longest + "x"))]);
    assert!(matches!(too_long, Err(VaultError::TooLong { found: 65537, max: 65536 })));
    assert_eq!(text(&vault, LI_WEI, "name"), None, "all fields of a call, or none");
    assert!(matches!(Vault::open(folder.path(), "c|n"), Err(VaultError::BadName(_))));
}

#[test]
fn forgets_for_good() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    vault.put(SATO, "name", "佐藤 結衣").unwrap();
    assert!(vault.shred(LI_WEI).unwrap());
    assert!(!vault.shred(LI_WEI).unwrap(), "repeating it does no harm");
    assert!(!vault.shred(77).unwrap(), "nor does forgetting whom nobody knew");
    let mut vault = Some(vault);
    for _restart in 0..2 {
        let vault = vault.take().unwrap_or_else(|| open(&folder).unwrap());
        assert_eq!(text(&vault, LI_WEI, "name"), None);
        assert_eq!(vault.fields(LI_WEI).unwrap(), [""; 0]);
        assert!(matches!(vault.put(LI_WEI, "name", "李伟"), Err(VaultError::Forgotten)));
        assert!(matches!(vault.put(77, "name", "?"), Err(VaultError::Forgotten)));
        assert_eq!(text(&vault, SATO, "name").as_deref(), Some("佐藤 結衣"));
    }
}

/// How many locks the system knows on the vault's file.
fn locks(folder: &Path) -> usize {
    let inode = format!(":{} ", fs::metadata(folder.join("vault.db")).unwrap().ino());
    fs::read_to_string("/proc/locks").unwrap().matches(&inode).count()
}

/// Beside the process that runs the vault, and in the same one: its locks stay its own.
#[test]
fn who_has_a_key_is_seen_without_opening_it() {
    let folder = folder();
    let strange = folder.path().join("50% off? #1");
    assert!(parties_with_key(&strange).is_err(), "there is none yet");
    assert!(!strange.exists(), "and looking makes none");
    let vault = Vault::open(&strange, "cn").unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    vault.put(SATO, "name", "佐藤 結衣").unwrap();
    vault.put(77, "name", "never made").unwrap();
    let locked = locks(&strange);
    assert!(locked > 0, "or this test sees nothing");
    assert_eq!(parties_with_key(&strange).unwrap(), [LI_WEI, SATO, 77].into());
    assert!(vault.has_key(LI_WEI).unwrap() && !vault.has_key(78).unwrap());
    vault.shred(LI_WEI).unwrap();
    assert!(vault.discard(77).unwrap() && !vault.discard(77).unwrap());
    vault.put(77, "name", "made after all").unwrap();
    assert!(!vault.has_key(LI_WEI).unwrap());
    assert_eq!(parties_with_key(&strange).unwrap(), [SATO, 77].into());
    assert_eq!(locks(&strange), locked, "closing what looked must not drop the vault's own locks");
    drop(vault);
    let files = || std::fs::read_dir(&strange).unwrap().count();
    let before = files();
    assert_eq!(parties_with_key(&strange).unwrap(), [SATO, 77].into());
    assert_eq!(files(), before, "nothing is written");
}

#[test]
fn one_field_of_everybody_is_read_in_one_pass() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    let all = |field: &str| vault.all_of(field, str::to_owned).unwrap();
    assert_eq!(all("bank"), []);
    for party in (1..=40).rev() {
        let (field, value) = (["name", "bank"][(party % 2) as usize], format!("value {party}"));
        vault.put_all(party, &[(field, &value), ("note", "another field")]).unwrap();
    }
    vault.put(SATO, "bank", "").unwrap();
    // Parties without the field are left out, forgotten ones and discarded ones too.
    vault.shred(7).unwrap();
    vault.discard(9).unwrap();
    let odd = (1..=40).filter(|party| party % 2 == 1 && ![7, 9].contains(party));
    let expected: Vec<_> = odd.map(|party| (party, format!("value {party}"))).collect();
    assert_eq!(all("bank"), [expected, vec![(SATO, String::new())]].concat());
    for (party, value) in all("bank") {
        assert_eq!(text(&vault, party, "bank"), Some(value));
    }
}

/// More of them than one thread opens.
#[test]
fn values_of_many_parties_are_read_in_the_order_of_their_ids() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    let names: Vec<(u128, String)> = (0..2_345).map(|id| (id, format!("name {id}"))).collect();
    vault.put_all_of("name", names.iter().map(|(id, name)| (*id, name.as_str()))).unwrap();
    vault.put(7, "email", "seven@example.com").unwrap();
    assert_eq!(vault.all_of("name", str::to_owned).unwrap(), names);
    assert_eq!(vault.all_of("email", str::len).unwrap(), [(7, 17)]);
}

#[test]
fn sweeps_what_the_journal_never_knew() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    for party in 1..=5 {
        vault.put_all(party, &[("name", "x"), ("handle", "y")]).unwrap();
    }
    let knows_even = |party: u128| party.is_multiple_of(2);
    assert_eq!(vault.sweep(knows_even, 0).unwrap(), 0, "none is that old");
    assert_eq!(vault.sweep(knows_even, u64::MAX).unwrap(), 3);
    assert_eq!(vault.sweep(knows_even, u64::MAX).unwrap(), 0);
    assert_eq!(text(&vault, 1, "name"), None);
    assert_eq!(text(&vault, 2, "name").as_deref(), Some("x"));
    vault.put(1, "name", "came again").unwrap();
    drop(vault);
    assert_eq!(text(&open(&folder).unwrap(), 1, "name").as_deref(), Some("came again"));
}

#[test]
fn only_one_may_have_it_open() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    let error = open(&folder).unwrap_err();
    assert!(matches!(error, VaultError::InUse), "{error}");
    drop(vault);
    open(&folder).unwrap();
}

#[test]
fn a_wrong_key_a_missing_key_and_a_missing_file_are_told_apart() {
    let (one, other) = (folder(), folder());
    open(&one).unwrap().put(LI_WEI, "name", "李伟").unwrap();
    open(&other).unwrap().put(LI_WEI, "name", "王芳").unwrap();
    let key = one.path().join("keys/vault.key");

    assert!(matches!(Vault::open(one.path(), "jp"), Err(VaultError::WrongKey)), "another cell");

    let own = fs::read(&key).unwrap();
    fs::write(&key, fs::read(other.path().join("keys/vault.key")).unwrap()).unwrap();
    assert!(matches!(open(&one), Err(VaultError::WrongKey)));

    fs::write(&key, &own[..31]).unwrap();
    assert!(matches!(open(&one), Err(VaultError::KeyUnusable { .. })));

    fs::remove_file(&key).unwrap();
    assert!(matches!(open(&one), Err(VaultError::KeyMissing(_))));
    assert!(!key.exists(), "no new key is made over old data");

    fs::write(&key, &own).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(text(&open(&one).unwrap(), LI_WEI, "name").as_deref(), Some("李伟"));

    for emptied in [true, false] {
        let file = other.path().join("vault.db");
        if emptied {
            fs::write(&file, "").unwrap()
        } else {
            fs::remove_file(&file).unwrap()
        }
        let error = open(&other).unwrap_err();
        assert!(matches!(error, VaultError::Damaged(_)), "{error}");
    }
}

#[test]
fn a_first_start_that_was_cut_short_is_finished_by_the_next() {
    let folder = folder();
    let keys = folder.path().join("keys");
    open(&folder).unwrap().put(LI_WEI, "name", "李伟").unwrap();

    fs::rename(keys.join("vault.key"), keys.join("vault.key.new")).unwrap();
    assert_eq!(text(&open(&folder).unwrap(), LI_WEI, "name").as_deref(), Some("李伟"));
    assert!(!keys.join("vault.key.new").exists());

    let before_the_file = tempfile::tempdir().unwrap();
    fs::create_dir(before_the_file.path().join("keys")).unwrap();
    let unborn = before_the_file.path().join("keys/vault.key.new");
    fs::write(&unborn, [1; 12]).unwrap();
    fs::set_permissions(&unborn, fs::Permissions::from_mode(0o600)).unwrap();
    open(&before_the_file).unwrap().put(LI_WEI, "name", "李伟").unwrap();
}

/// Rows put where they do not belong, or taken away: found when opened.
#[test]
fn a_moved_a_missing_and_a_doubled_row_are_found() {
    let swap = |table: &str| {
        format!(
            "UPDATE {table} SET sealed = (SELECT sealed FROM {table} AS o WHERE o.party <> \
             {table}.party)"
        )
    };
    let cases = [
        swap("field"),
        swap("party_key"),
        "UPDATE field SET seq = seq + 1".into(),
        "UPDATE field SET name = 'email'".into(),
        "DELETE FROM field".into(),
        "DELETE FROM party_key".into(),
        "DELETE FROM field; DELETE FROM party_key".into(),
        "DELETE FROM forgotten".into(),
        "UPDATE forgotten SET party = x'00000000000000000000000000000009'".into(),
        "DELETE FROM summary".into(),
        "UPDATE field SET sealed = x'00'".into(),
        "UPDATE field SET party = x'00' WHERE party = (SELECT min(party) FROM field)".into(),
        "DROP TABLE forgotten".into(),
    ];
    for case in cases {
        let folder = folder();
        let vault = open(&folder).unwrap();
        vault.put(LI_WEI, "name", "李伟").unwrap();
        vault.put(SATO, "name", "佐藤 結衣").unwrap();
        vault.shred(5).unwrap();
        drop(vault);
        sql(&folder, &case);
        let error = open(&folder).err().unwrap_or_else(|| panic!("{case}: opened"));
        assert!(matches!(error, VaultError::Damaged(_)), "{case}: {error}");
        assert!(!error.to_string().contains("李伟"), "{error}");
    }
}

#[test]
fn every_flipped_bit_is_an_error_or_changes_nothing() {
    let original = folder();
    let vault = open(&original).unwrap();
    vault.put_all(LI_WEI, &[("name", "李伟"), ("handle", "liwei")]).unwrap();
    vault.put(SATO, "name", "佐藤 結衣").unwrap();
    vault.shred(5).unwrap();
    drop(vault);

    let bytes = fs::read(original.path().join("vault.db")).unwrap();
    let mut refused = 0;
    // Every used byte once, one of its bits; pages are mostly empty, zeros are tried sparsely.
    let places = (0..bytes.len()).filter(|at| bytes[*at] != 0 || at % 61 == 0);
    for at in places {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(original.path().join("vault.db"), &flipped).unwrap();
        match open(&original) {
            Err(error) => {
                assert!(
                    matches!(error, VaultError::Damaged(_) | VaultError::WrongKey),
                    "byte {at}: {error:?}"
                );
                refused += 1;
            }
            Ok(vault) => assert_whole(&vault, at),
        }
        remove_log(original.path());
    }
    assert!(refused > 300, "only {refused} flips were noticed");
}

fn assert_whole(vault: &Vault, at: usize) {
    assert_eq!(text(vault, LI_WEI, "name").as_deref(), Some("李伟"), "byte {at}");
    assert_eq!(text(vault, LI_WEI, "handle").as_deref(), Some("liwei"), "byte {at}");
    assert_eq!(text(vault, SATO, "name").as_deref(), Some("佐藤 結衣"), "byte {at}");
    assert!(matches!(vault.put(5, "name", "x"), Err(VaultError::Forgotten)), "byte {at}");
}

fn remove_log(folder: &Path) {
    for log in ["vault.db-wal", "vault.db-shm", "vault.db-journal"] {
        let _ = fs::remove_file(folder.join(log));
    }
}

#[test]
fn every_truncation_is_an_error() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    for party in 0..40 {
        vault.put(party, "name", &"x".repeat(300)).unwrap();
    }
    drop(vault);
    let bytes = fs::read(folder.path().join("vault.db")).unwrap();
    for length in (0..bytes.len()).step_by(509) {
        fs::write(folder.path().join("vault.db"), &bytes[..length]).unwrap();
        let error = open(&folder).err().unwrap_or_else(|| panic!("opened at {length}"));
        let is_clear = matches!(error, VaultError::Damaged(_) | VaultError::WrongKey);
        assert!(is_clear, "cut to {length}: {error:?}");
        remove_log(folder.path());
    }
}

#[test]
fn nothing_secret_is_printed() {
    let folder = folder();
    let vault = open(&folder).unwrap();
    vault.put(LI_WEI, "name", "李伟").unwrap();
    assert_eq!(format!("{vault:?}"), r#"Vault { cell: "cn", .. }"#);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = folder();
    fs::write(folder.path().join("file"), "x").unwrap();
    let error = Vault::open(&folder.path().join("file"), "cn").unwrap_err();
    assert!(matches!(error, VaultError::Io { .. }), "{error}");
    assert!(error.to_string().contains("file"), "{error}");
}
