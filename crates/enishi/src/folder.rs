//! The data folder and its marker: what may be deleted, and what must not.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The file by which a folder is known to be Enishi's.
const MARKER: &str = "enishi-data";

/// What the marker says.
const TEXT: &str = "Enishi keeps its data here. `enishi demo --fresh` may delete this folder.\n";

/// Opens a data folder: makes it when absent, and refuses a folder that holds something else.
pub fn open(path: &Path) -> Result<PathBuf> {
    if !path.exists() {
        fs::create_dir_all(path)
            .with_context(|| format!("the folder {} can't be made", path.display()))?;
    }
    let marker = path.join(MARKER);
    if !marker.exists() {
        let mut entries = fs::read_dir(path)
            .with_context(|| format!("the folder {} can't be read", path.display()))?;
        if entries.next().is_some() {
            bail!(
                "{} holds something that is not Enishi's; choose an empty folder with --data",
                path.display()
            );
        }
        fs::write(&marker, TEXT)
            .with_context(|| format!("the folder {} can't be written to", path.display()))?;
    }
    Ok(path.to_owned())
}

/// Deletes a data folder, if it bears the marker.
pub fn delete(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    if !path.join(MARKER).is_file() {
        bail!(
            "{} does not bear Enishi's marker, so it is not deleted; delete it yourself, or \
             choose another folder with --data",
            path.display()
        );
    }
    fs::remove_dir_all(path).with_context(|| format!("{} can't be deleted", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_folder_is_deleted() {
        let outside = tempfile::tempdir().unwrap();
        let theirs = outside.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("thesis.txt"), "years of work").unwrap();
        assert!(delete(&theirs).is_err());
        assert!(open(&theirs).is_err());
        assert!(theirs.join("thesis.txt").exists());

        let ours = outside.path().join("ours");
        open(&ours).unwrap();
        open(&ours).unwrap();
        delete(&ours).unwrap();
        assert!(!ours.exists());
        delete(&ours).unwrap();
    }
}
