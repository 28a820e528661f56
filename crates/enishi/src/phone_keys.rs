//! The secret from which the keys of phones are derived: `keys/codes.key` in a cell's folder.
//! Who has it can make codes of every phone; lost, phones are enrolled anew.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cell::{Codes, PhoneKeys};

/// The cell's secret, made at the first start.
pub fn open(folder: &Path) -> Result<Arc<dyn Codes>> {
    let keys = folder.join("keys");
    let path = keys.join("codes.key");
    let told = || format!("{} can't be used", path.display());
    match fs::read(&path) {
        Ok(bytes) => {
            if fs::metadata(&path).with_context(told)?.permissions().mode() & 0o077 != 0 {
                bail!("{} can be read by others than its owner; `chmod 600` it", path.display());
            }
            let secret: [u8; 32] = bytes.try_into().ok().with_context(|| {
                format!("{} holds no key; put it back from a copy, or remove it and have all phones enrolled anew", path.display())
            })?;
            Ok(Arc::new(PhoneKeys::new(&secret)))
        }
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret)
                .map_err(|why| anyhow::anyhow!("no random numbers: {why}"))?;
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&keys).with_context(told)?;
            let fresh = keys.join("codes.key.new");
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&fresh)
                .with_context(told)?;
            file.write_all(&secret).and_then(|()| file.sync_all()).with_context(told)?;
            fs::rename(&fresh, &path).with_context(told)?;
            Ok(Arc::new(PhoneKeys::new(&secret)))
        }
        Err(why) => Err(why).with_context(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let made = open(folder.path()).unwrap().key(1, 1);
        assert_eq!(open(folder.path()).unwrap().key(1, 1), made);
        let path = folder.path().join("keys/codes.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(open(folder.path()).is_err_and(|why| why.to_string().contains("chmod 600")));
        fs::remove_file(&path).unwrap();
        fs::write(&path, [1; 31]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(open(folder.path()).is_err_and(|why| why.to_string().contains("holds no key")));
    }
}
