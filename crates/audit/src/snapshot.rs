//! Snapshots beside a journal: each must be what the journal gives at its position. Their header
//! is read here apart from the code that writes it.
//!
//! ```text
//! magic [8] | format u32 | cell u16 | name [64] | position u64 | group's hash [32] | time u64
//! length of the blocks u64 | hash of the state [32] | zeros | BLAKE3 of all before [32]
//! blocks, from byte 512 on
//! ```

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use economy::snapshot::{FORMAT, hasher};
use journal::Hash;
use kernel::fixed::{Corrupt, Reader};

const HEADER: usize = 512;
const CHECKED: usize = HEADER - 32;
const NAME: usize = 64;

/// What a snapshot says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    path: PathBuf,
    pub position: u64,
    pub group: Hash,
    pub state: Hash,
    length: u64,
}

/// The snapshots in a folder that a start would believe by their header. One that is of another
/// format or was never finished is no finding: a start deletes it and replays the journal.
pub(crate) fn list(folder: &Path) -> Vec<Snapshot> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let whole = paths.filter(|path| path.extension().is_some_and(|ext| ext == "snapshot"));
    let mut found: Vec<Snapshot> = whole.filter_map(|path| read(path).ok()?).collect();
    found.sort_by_key(|snapshot| snapshot.position);
    found
}

fn read(path: PathBuf) -> io::Result<Option<Snapshot>> {
    let mut bytes = [0; HEADER];
    File::open(&path)?.read_exact(&mut bytes)?;
    Ok(header(&bytes, path).ok())
}

fn header(bytes: &[u8; HEADER], path: PathBuf) -> Result<Snapshot, Corrupt> {
    let (checked, sum) = bytes.split_at(CHECKED);
    if blake3::hash(checked).as_bytes() != sum {
        return Err(Corrupt("the header is not whole"));
    }
    let mut r = Reader::new(checked);
    if r.bytes(8)? != b"ENISHI-S" || r.u32()? != FORMAT {
        return Err(Corrupt("another format"));
    }
    let (_cell, _name) = (r.u16()?, r.bytes(NAME)?);
    let (position, group) = (r.u64()?, r.get()?);
    let (_time, length) = (r.u64()?, r.u64()?);
    Ok(Snapshot { path, position, group, state: r.get()?, length })
}

impl Snapshot {
    /// Whether the blocks in the file are those of its hash; `None` when it is gone meanwhile: a
    /// running cell keeps the newest few.
    pub fn is_whole(&self) -> Option<bool> {
        let mut file = File::open(&self.path).ok()?;
        let mut skipped = [0; HEADER];
        file.read_exact(&mut skipped).ok()?;
        let mut hasher = hasher();
        let copied = io::copy(&mut file.take(self.length), &mut hasher).ok()?;
        let hash: Hash = hasher.finalize().into();
        Some(copied == self.length && hash == self.state)
    }
}
