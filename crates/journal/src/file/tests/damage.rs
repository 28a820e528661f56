//! Cuts, flips, zeros: never a silent loss of what was durable, never a wrong byte.

use std::fs;
use std::io::IoSlice;
use std::os::unix::fs::FileExt;

use super::super::files::{Files, RealFiles};
use super::super::format::{GroupHeader, HEADER, Seed};
use super::super::layout::Segment;
use super::*;
use crate::group::Header;
use crate::{Damage, GENESIS};

const SEGMENT: u64 = 8192;

/// A journal of `last` groups, of which `anchored` are.
fn journal(anchored: u64, last: u64) -> TempDir {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(SEGMENT)).unwrap();
    journal.claim(1).unwrap();
    append(&mut journal, 1..=anchored);
    journal.idle().unwrap();
    append(&mut journal, anchored + 1..=last);
    folder
}

/// The last segment, and where in it the groups end.
fn live(folder: &Path) -> (std::path::PathBuf, u64) {
    let segments = super::super::walk::segments(folder).unwrap();
    let path = Segment::path(folder, segments.last().unwrap().first);
    let bytes = fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1;
    (path, used)
}

/// Opens a damaged journal and checks that it refuses, or has the groups up to the anchor, each as
/// it was written; answers how many it has, and that it goes on from there.
fn survives(folder: &Path, anchored: u64) -> Option<u64> {
    let beside = read_only(folder);
    let opened = open(folder, SEGMENT);
    assert_eq!(beside.is_ok(), opened.is_ok(), "{:?} {:?}", beside.err(), opened.err());
    let mut journal = opened.ok()?;
    let found = all(&journal);
    assert_prefix(&found);
    assert_eq!(beside.unwrap(), found);
    let count = found.len() as u64;
    assert!(count >= anchored, "{count} groups, {anchored} anchored");
    append(&mut journal, count + 1..=count + 2);
    drop(journal);
    let journal = open(folder, SEGMENT).unwrap();
    assert_eq!(all(&journal).len() as u64, count + 2);
    assert_eq!(journal.opened().torn_bytes, 0);
    Some(count)
}

#[test]
fn cut_at_every_byte_of_the_last_groups() {
    let (anchored, last) = (21, 24);
    let whole = journal(anchored, last);
    let (path, used) = live(whole.path());
    let name = path.file_name().unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for cut in (HEADER as u64..=used).rev() {
        let folder = copy(whole.path());
        fs::File::options()
            .write(true)
            .open(folder.path().join(name))
            .unwrap()
            .set_len(cut)
            .unwrap();
        *seen.entry(survives(folder.path(), anchored)).or_insert(0) += 1;
    }
    // From all groups down to the anchor, and refused below it.
    let kinds: Vec<Option<u64>> = seen.keys().copied().collect();
    assert_eq!(kinds, [None, Some(21), Some(22), Some(23), Some(24)], "{seen:?}");
}

#[test]
fn a_torn_write_is_cut_wherever_it_tore() {
    let (anchored, last) = (20, 22);
    let whole = journal(anchored, last);
    let (path, used) = live(whole.path());
    let name = path.file_name().unwrap();
    let start = used.saturating_sub(group(last).bytes() as u64 + HEADER as u64);
    // Any of its parts of 32 bytes may have stayed zero, the header as well.
    let parts = (used - start).div_ceil(32);
    for lost in 1..(1_u64 << parts.min(9)) {
        let folder = copy(whole.path());
        let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
        for part in (0..parts).filter(|part| lost >> (part % 9) & 1 == 1) {
            let offset = start + part * 32;
            file.write_all_at(&vec![0; (used - offset).min(32) as usize], offset).unwrap();
        }
        let found = survives(folder.path(), anchored);
        assert!(found == Some(last - 1) || found == Some(last), "{lost:b}: {found:?}");
    }
}

#[test]
fn no_flipped_bit_is_silent() {
    for (anchored, last) in [(60, 60), (55, 60)] {
        let whole = journal(anchored, last);
        let mut refused = 0;
        let mut cut = 0;
        for entry in fs::read_dir(whole.path()).unwrap() {
            let path = entry.unwrap().path();
            let file = fs::File::options().read(true).write(true).open(&path).unwrap();
            let bytes = fs::read(&path).unwrap();
            for (offset, byte) in bytes.iter().enumerate() {
                // Of the zeros behind the end, some will do.
                if *byte == 0 && offset % 7 > 0 {
                    continue;
                }
                let bit = 1 << ((offset * 5 + 3) % 8);
                file.write_all_at(&[byte ^ bit], offset as u64).unwrap();
                match read_only(whole.path()) {
                    Err(_) => refused += 1,
                    Ok(found) => {
                        assert_prefix(&found);
                        let count = found.len() as u64;
                        // Only the last group may look unfinished, and only behind the anchor.
                        assert!(count == last || (count == last - 1 && anchored < last));
                        cut += u64::from(count < last);
                        if offset % 61 == 0 {
                            assert_eq!(survives(copy(whole.path()).path(), anchored), Some(count));
                        }
                    }
                }
                file.write_all_at(&[*byte], offset as u64).unwrap();
            }
        }
        assert_eq!(read_only(whole.path()).unwrap().len() as u64, last);
        assert!(refused > 1000 && (cut > 0) == (anchored < last), "{refused} refused, {cut} cut");
    }
}

#[test]
fn damage_says_where_it_is() {
    let whole = journal(100, 100);
    let segments = super::super::walk::segments(whole.path()).unwrap();
    let second = segments[1];
    let path = Segment::path(whole.path(), second.first);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"?", HEADER as u64 + 30).unwrap();
    let damage = Damage {
        segment: path,
        offset: HEADER as u64,
        position: second.first,
        what: "a group is missing or damaged",
    };
    assert_eq!(open(whole.path(), SEGMENT).err(), Some(OpenError::Damaged(damage.clone())));
    assert_eq!(read_only(whole.path()).err(), Some(OpenError::Damaged(damage)));
}

#[test]
fn damage_to_the_last_anchored_group_is_no_torn_end() {
    let whole = journal(20, 20);
    let (path, used) = live(whole.path());
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"??", used - 2).unwrap();
    for error in [open(whole.path(), SEGMENT).err(), read_only(whole.path()).err()] {
        let Some(OpenError::Damaged(damage)) = error else { panic!("{error:?}") };
        assert_eq!((damage.position, damage.segment.as_path()), (20, path.as_path()));
    }
}

/// Two journals of one cell that part at group 6; both end at group 9.
fn forks() -> (TempDir, TempDir) {
    let one = journal(5, 5);
    let other = copy(one.path());
    append(&mut open(one.path(), SEGMENT).unwrap(), 6..=9);
    let mut journal = open(other.path(), SEGMENT).unwrap();
    for n in 6..=9 {
        let mut other = group(n);
        other.set_time(1);
        journal.append(n, 1, &other).unwrap();
    }
    drop(journal);
    for folder in [one.path(), other.path()] {
        open(folder, SEGMENT).unwrap().idle().unwrap();
    }
    (one, other)
}

#[test]
fn another_history_of_the_same_cell_is_not_taken_for_this_one() {
    let (one, other) = forks();
    assert!(read_only(one.path()).is_ok() && read_only(other.path()).is_ok());
    fs::copy(other.path().join("anchor"), one.path().join("anchor")).unwrap();
    let forked = OpenError::Forked { folder: one.path().to_owned(), position: 9 };
    assert_eq!(open(one.path(), SEGMENT).err(), Some(forked.clone()));
    assert_eq!(read_only(one.path()).err(), Some(forked));
}

#[test]
fn a_group_of_another_history_breaks_the_chain() {
    let (one, other) = forks();
    let segments = super::super::walk::segments(one.path()).unwrap();
    let path = |folder: &Path| Segment::path(folder, segments.last().unwrap().first);
    assert_eq!(segments.last().unwrap().first, 6);
    let bytes = fs::read(path(other.path())).unwrap();
    let file = fs::File::options().write(true).open(path(one.path())).unwrap();
    // Groups 6 and 7 are whole, and 6 continues what is before it.
    let length: u64 = (6..=7).map(|n| super::super::format::group_bytes(group(n).bytes())).sum();
    file.write_all_at(&bytes[HEADER..HEADER + length as usize], HEADER as u64).unwrap();
    let refused = open(one.path(), SEGMENT).err();
    let Some(OpenError::Damaged(damage)) = refused else { panic!("{refused:?}") };
    assert_eq!((damage.position, damage.what), (8, "a group does not continue the chain"));
}

#[test]
fn missing_files_are_missed() {
    let whole = journal(100, 100);
    for entry in fs::read_dir(whole.path()).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_str().unwrap();
        let folder = copy(whole.path());
        fs::remove_file(folder.path().join(name)).unwrap();
        let is_spare = name == "lock" || name.ends_with(".tmp");
        assert_eq!(open(folder.path(), SEGMENT).is_ok(), is_spare, "{name}");
    }
}

#[test]
fn an_altered_group_with_a_fitting_checksum_is_found_by_the_full_check() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(SEGMENT)).unwrap();
    let mut group = GroupBuf::new();
    group.push(b"pay 100");
    let appended = journal.append(1, 0, &group).unwrap();
    journal.idle().unwrap();
    drop(journal);

    let header = appended.stored(&group).header();
    let mut forged = GroupBuf::new();
    forged.push(b"pay 900");
    let seed = Seed::of(&identity().id);
    let bytes = GroupHeader::encode(&header, forged.body(), seed);
    let file = fs::File::options().write(true).open(Segment::path(folder.path(), 1)).unwrap();
    file.write_all_at(&bytes, HEADER as u64).unwrap();
    file.write_all_at(forged.body(), 2 * HEADER as u64).unwrap();
    assert!(matches!(read_only(folder.path()), Err(OpenError::Damaged(_))));
}

/// Writes a group of a deposed writer behind the end, as an engine may that compares no epochs.
fn write_void(folder: &Path, group: &GroupBuf, position: u64, epoch: u64, at: u64) -> u64 {
    let header = Header::of(group, position, epoch, [0xee; 32]);
    let bytes = GroupHeader::encode(&header, group.body(), Seed::of(&identity().id));
    let (path, _) = live(folder);
    let file = RealFiles.open(&path, true).unwrap();
    let mut parts = [IoSlice::new(&bytes), IoSlice::new(group.body())];
    RealFiles.write(&file, at, &mut parts).unwrap();
    super::super::format::group_bytes(group.bytes())
}

#[test]
fn a_void_group_is_counted_and_outside_the_chain() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(SEGMENT)).unwrap();
    journal.claim(2).unwrap();
    append(&mut journal, 1..=1);
    journal.idle().unwrap();
    drop(journal);
    let end = HEADER as u64 + super::super::format::group_bytes(group(1).bytes());
    let voids = write_void(folder.path(), &group(9), 2, 1, end);
    // A group of the chain behind it, so that the void one is in the middle.
    let chain = read_only(folder.path()).unwrap();
    let second = group(2);
    let header = Header::of(&second, 2, 2, chain[0].hash);
    let bytes = GroupHeader::encode(&header, second.body(), Seed::of(&identity().id));
    let file = RealFiles.open(&Segment::path(folder.path(), 1), true).unwrap();
    let mut parts = [IoSlice::new(&bytes), IoSlice::new(second.body())];
    RealFiles.write(&file, end + voids, &mut parts).unwrap();

    let beside = ReadOnly::open(folder.path(), Verify::Full).unwrap();
    assert_eq!((beside.opened().voids, beside.head().position), (1, 2));
    let mut reader = beside.reader();
    let found: Vec<Stored> = reader.groups(1).map(Result::unwrap).collect();
    assert_prefix(&found);
    assert_eq!((found.len(), reader.voids()), (2, 1));
    assert_eq!(reader.read_at(2).unwrap().unwrap().hash, header.hash());
    assert_ne!(found[0].hash, GENESIS);

    let mut journal = open(folder.path(), SEGMENT).unwrap();
    assert_eq!(journal.opened().voids, 1);
    append(&mut journal, 3..=5);
    assert_prefix(&all(&journal));
}
