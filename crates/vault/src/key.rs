//! The cell's key: 32 bytes in a file that only its owner may read.
//!
//! A key comes into the world as `vault.key.new`, and gets its name once the vault it opens is on
//! the disk. So a key under its own name always has a vault, and a vault file that is missing or
//! empty beside it is damage, not a first start.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::seal::Key;

/// Where the key of a vault lies, and whether the vault beside it was completed.
pub(crate) struct KeyFile {
    path: PathBuf,
    unborn: PathBuf,
}

impl KeyFile {
    pub(crate) fn of(folder: &Path) -> Self {
        let keys = folder.join("keys");
        Self { path: keys.join("vault.key"), unborn: keys.join("vault.key.new") }
    }

    /// The key under its own name, or `None` if no vault was completed here.
    pub(crate) fn read(&self) -> Result<Option<Key>, VaultError> {
        read_key(&self.path)
    }

    /// The key of a first start: a new one, or the one an interrupted first start left.
    pub(crate) fn read_or_create_unborn(&self, vault_is_empty: bool) -> Result<Key, VaultError> {
        match read_key(&self.unborn) {
            Ok(Some(key)) => return Ok(key),
            Ok(None) if !vault_is_empty => return Err(VaultError::KeyMissing(self.path.clone())),
            // Cut short while it was written: nothing can have been sealed with it yet.
            Err(VaultError::KeyUnusable { .. }) if vault_is_empty => {
                fs::remove_file(&self.unborn).map_err(io(&self.unborn))?;
            }
            Ok(None) => {}
            Err(error) => return Err(error),
        }
        let keys = self.unborn.parent().expect("the key lies in the folder keys");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(keys).map_err(io(keys))?;
        let key = Key::generate()?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.unborn)
            .map_err(io(&self.unborn))?;
        file.write_all(key.as_bytes()).map_err(io(&self.unborn))?;
        file.sync_all().map_err(io(&self.unborn))?;
        sync_folder(keys)?;
        Ok(key)
    }

    /// The vault is on the disk: its key gets its name.
    pub(crate) fn complete(&self) -> Result<(), VaultError> {
        fs::rename(&self.unborn, &self.path).map_err(io(&self.path))?;
        sync_folder(self.path.parent().expect("the key lies in the folder keys"))
    }
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), VaultError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
}

pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::Io { path, source }
}

fn read_key(path: &Path) -> Result<Option<Key>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path)(error)),
    };
    let unusable = |why| VaultError::KeyUnusable { path: path.to_owned(), why };
    let mode = file.metadata().map_err(io(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(unusable("others may read it: take that away with chmod 600"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    file.take(64).read_to_end(&mut bytes).map_err(io(path))?;
    let wrong_length = "it is not a key of 32 bytes: put it back from where you keep it";
    Key::try_from_slice(&bytes).map(Some).ok_or_else(|| unusable(wrong_length))
}
