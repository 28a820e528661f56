//! The file of a snapshot: a header that is written last, and the blocks of the state.
//!
//! ```text
//! magic [8] | format u32 | cell u16 | name [64] | position u64 | group's hash [32] | time u64
//! length of the blocks u64 | hash of the state [32] | zeros | BLAKE3 of all before [32]
//! blocks, from byte 512 on
//! ```

use std::path::{Path, PathBuf};

use economy::snapshot::FORMAT;
use journal::Hash;
use kernel::fixed::{Corrupt, Reader, Writer};

use crate::handle::CellInfo;

/// Bytes before the first block.
pub(super) const HEADER: usize = 512;
const CHECKED: usize = HEADER - 32;
const MAGIC: [u8; 8] = *b"ENISHI-S";
const NAME: usize = 64;
const FIELDS: usize = 8 + 4 + 2 + NAME + 8 + 32 + 8 + 8 + 32;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Whose state it is.
    pub cell: CellInfo,
    /// The group after which it was begun.
    pub position: u64,
    /// That group's hash.
    pub group: Hash,
    /// That group's time.
    pub time: u64,
    /// Bytes of all blocks.
    pub length: u64,
    /// The state's hash, [`economy::State::state_hash`].
    pub state: [u8; 32],
}

impl Header {
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        Writer::new(&mut bytes[..FIELDS])
            .bytes(&MAGIC)
            .u32(FORMAT)
            .u16(self.cell.number)
            .bytes(&name(&self.cell))
            .u64(self.position)
            .bytes(&self.group)
            .u64(self.time)
            .u64(self.length)
            .bytes(&self.state)
            .end();
        let sum = blake3::hash(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(sum.as_bytes());
        bytes
    }

    /// Reads the header of a snapshot of this cell.
    pub fn decode(bytes: &[u8; HEADER], cell: &CellInfo) -> Result<Self, Corrupt> {
        let (checked, sum) = bytes.split_at(CHECKED);
        if blake3::hash(checked).as_bytes() != sum {
            return Err(Corrupt("the header is damaged, or was never finished"));
        }
        let mut r = Reader::new(checked);
        if r.bytes(8)? != MAGIC || r.u32()? != FORMAT {
            return Err(Corrupt("the format is not the one of this version"));
        }
        if r.u16()? != cell.number || r.bytes(NAME)? != name(cell) {
            return Err(Corrupt("it is of another cell"));
        }
        Ok(Self {
            cell: cell.clone(),
            position: r.u64()?,
            group: r.get()?,
            time: r.u64()?,
            length: r.u64()?,
            state: r.get()?,
        })
    }
}

/// A cell's name in its field: what is longer is cut.
fn name(cell: &CellInfo) -> [u8; NAME] {
    let mut field = [0; NAME];
    let bytes = cell.name.as_bytes();
    let length = bytes.len().min(NAME);
    field[..length].copy_from_slice(&bytes[..length]);
    field
}

const EXTENSION: &str = "snapshot";

/// Where the snapshot at a position lies.
pub(super) fn path(folder: &Path, position: u64) -> PathBuf {
    folder.join(format!("{position:020}.{EXTENSION}"))
}

/// Where it lies while it is written.
pub(super) fn temporary(folder: &Path, position: u64) -> PathBuf {
    folder.join(format!("{position:020}.tmp"))
}

/// Where one that is no longer wanted waits to be written over.
pub(super) fn spare(folder: &Path) -> PathBuf {
    folder.join("spare.tmp")
}

/// The snapshots of a folder, newest first, and what unfinished ones left behind.
pub(super) fn list(folder: &Path) -> std::io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut whole, mut leftover) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(EXTENSION) => whole.push(path),
            Some("tmp") => leftover.push(path),
            _ => {}
        }
    }
    // Positions have the same number of digits.
    whole.sort_unstable_by(|a, b| b.cmp(a));
    Ok((whole, leftover))
}
