//! The folder in which bills are kept as they came, readable by their owner alone.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use connector::BillFile;

/// The names that files of a bill have.
const NAMES: [&str; 2] = ["trade", "funds"];

/// A connector's bills.
#[derive(Clone, Debug)]
pub(super) struct Kept(PathBuf);

impl Kept {
    pub(super) fn new(folder: &Path, connector: &str) -> Self {
        Self(folder.join(connector))
    }

    fn path(&self, day: u32, name: &str) -> PathBuf {
        self.0.join(format!("{day}.{name}"))
    }

    /// The files of a day; none if none was kept.
    pub(super) fn read(&self, day: u32) -> Option<Vec<BillFile>> {
        let read = |name: &'static str| {
            let bytes = fs::read(self.path(day, &format!("{name}.csv"))).ok()?;
            Some(BillFile { name, bytes })
        };
        let files: Vec<BillFile> = NAMES.into_iter().filter_map(read).collect();
        (!files.is_empty()).then_some(files)
    }

    /// Keeps the files of a day: each is whole under its name, or not there.
    pub(super) fn write(&self, day: u32, files: &[BillFile]) -> io::Result<()> {
        files.iter().try_for_each(|file| {
            self.put(self.path(day, &format!("{}.csv", file.name)), &file.bytes)
        })
    }

    fn put(&self, path: PathBuf, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(new, path)
    }

    /// Which of these lines were not told of a day yet; they are from here on.
    pub(super) fn untold(&self, day: u32, lines: &BTreeSet<String>) -> Vec<String> {
        let path = self.path(day, "told");
        let told = fs::read_to_string(&path).unwrap_or_default();
        let told: BTreeSet<&str> = told.lines().collect();
        let untold: Vec<String> =
            lines.iter().filter(|line| !told.contains(line.as_str())).cloned().collect();
        if !untold.is_empty() {
            let all: Vec<&str> =
                told.into_iter().chain(untold.iter().map(String::as_str)).collect();
            if let Err(why) = self.put(path, all.join("\n").as_bytes()) {
                tracing::error!(%why, "what was told of a bill can't be kept: it is told again");
            }
        }
        untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_once_is_told_no_more_and_what_was_kept_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(&folder.path().join("bills"), "wechat");
        let lines = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(kept.untold(20_261_122, &lines(&["a", "b"])), ["a", "b"]);
        assert_eq!(kept.untold(20_261_122, &lines(&["b", "c"])), ["c"]);
        assert_eq!(kept.untold(20_261_123, &lines(&["a"])), ["a"]);
        assert_eq!(kept.read(20_261_122), None);
        let file = BillFile { name: "trade", bytes: b"x".to_vec() };
        kept.write(20_261_122, std::slice::from_ref(&file)).unwrap();
        assert_eq!(kept.read(20_261_122), Some(vec![file]));
    }
}
