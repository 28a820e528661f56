//! What the file journal promises, tried against damage, faults, power cuts and rivals.

mod damage;
mod disk;
mod faults;
mod follow;
mod ordinary;

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::{FileJournal, Identity, OpenError, Options, ReadOnly, Verify};
use crate::{GroupBuf, Journal, Stored};

fn identity() -> Identity {
    Identity { name: "jp".to_owned(), id: [3; 16] }
}

/// A folder in memory where there is one: what is tested here is not the device.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

/// Small segments, and an anchor that is synced only when told.
fn options(segment_bytes: u64) -> Options {
    Options {
        segment_bytes,
        verify: Verify::Full,
        anchor_groups: u32::MAX,
        anchor_every: Duration::MAX,
    }
}

/// Group number `n` of every test: one to four records, of many lengths.
fn group(n: u64) -> GroupBuf {
    let mut group = GroupBuf::new();
    group.set_time(1_000 + n);
    for record in 0..1 + n % 4 {
        group.push_with(|out| out.resize(out.len() + (n * 7 + record * 31) as usize % 90, n as u8));
    }
    group
}

fn append(journal: &mut FileJournal, groups: std::ops::RangeInclusive<u64>) {
    let epoch = journal.head().epoch;
    for n in groups {
        journal.append(n, epoch, &group(n)).unwrap();
    }
}

fn all(journal: &dyn Journal) -> Vec<Stored> {
    journal.reader().groups(1).map(Result::unwrap).collect()
}

/// Checks that `found` is the chain of the first groups, unchanged.
fn assert_prefix(found: &[Stored]) {
    let mut prev = crate::GENESIS;
    for (index, stored) in found.iter().enumerate() {
        let n = index as u64 + 1;
        assert_eq!((stored.position, stored.prev, stored.time), (n, prev, 1_000 + n));
        assert!(stored.is_genuine());
        assert!(stored.records().eq(group(n).records()), "group {n} is another one");
        prev = stored.hash;
    }
}

fn read_only(folder: &Path) -> Result<Vec<Stored>, OpenError> {
    let journal = ReadOnly::open(folder, Verify::Full)?;
    Ok(journal.reader().groups(1).map(Result::unwrap).collect())
}

fn open(folder: &Path, segment_bytes: u64) -> Result<FileJournal, OpenError> {
    FileJournal::open(folder, &identity(), options(segment_bytes))
}

fn copy(from: &Path) -> TempDir {
    let to = folder();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The segment being prepared may get its name, or go, meanwhile.
        let _gone = std::fs::copy(entry.path(), to.path().join(entry.file_name()));
    }
    to
}
