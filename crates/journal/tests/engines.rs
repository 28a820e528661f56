#![allow(clippy::unwrap_used, reason = "this is a test, with helpers outside its functions")]
//! Both engines keep the same promises and, for the same groups, the same hashes.

use journal::file::{FileJournal, Identity, Options};
use journal::memory::{Disk, Memory};
use journal::{AppendError, ClaimError, GENESIS, GroupBuf, Head, Journal, ReadError, Stored};
use proptest::prelude::*;
use tempfile::TempDir;

fn file(folder: &TempDir) -> FileJournal {
    let identity = Identity { name: "jp".to_owned(), id: [9; 16] };
    let options = Options { segment_bytes: 4096, ..Options::default() };
    FileJournal::open_or_create(&folder.path().join("journal"), &identity, options).unwrap()
}

fn group(n: u64) -> GroupBuf {
    let mut group = GroupBuf::new();
    group.set_time(n);
    group.push(format!("record {n}").as_bytes());
    group.push(b"");
    group
}

fn all(journal: &dyn Journal) -> Vec<Stored> {
    journal.reader().groups(0).map(Result::unwrap).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Claim(u64),
    /// Position and epoch, relative to those that would be right.
    Append(i64, i64),
    Idle,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0..9_u64).prop_map(Step::Claim),
        6 => Just(Step::Append(0, 0)),
        1 => (-2..3_i64, -1..2_i64).prop_map(|(position, epoch)| Step::Append(position, epoch)),
        1 => Just(Step::Idle),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_engines_answer_alike(steps in steps()) {
        let folder = TempDir::new().unwrap();
        let mut file = Some(file(&folder));
        let disk = Disk::new();
        let mut memory = Memory::open(&disk);
        for step in steps {
            let open = file.as_mut().unwrap();
            match step {
                Step::Claim(epoch) => prop_assert_eq!(open.claim(epoch), memory.claim(epoch)),
                Step::Append(position, epoch) => {
                    let head = memory.head();
                    let position = (head.position + 1).saturating_add_signed(position);
                    let epoch = head.epoch.saturating_add_signed(epoch);
                    let group = group(position);
                    let appended = open.append(position, epoch, &group);
                    prop_assert_eq!(&appended, &memory.append(position, epoch, &group));
                    if let Ok(appended) = appended {
                        let read = open.reader().read_at(position).unwrap();
                        prop_assert_eq!(read, Some(appended.stored(&group)));
                    }
                }
                Step::Idle => prop_assert_eq!(open.idle(), memory.idle()),
                Step::Reopen => {
                    drop(file.take());
                    file = Some(self::file(&folder));
                    memory = Memory::open(&disk);
                }
            }
            let open = file.as_ref().unwrap();
            prop_assert_eq!(open.head(), memory.head());
        }
        let (open, n) = (file.unwrap(), memory.head().position);
        prop_assert_eq!(all(&open), all(&memory));
        let (mut one, mut other) = (open.reader(), memory.reader());
        for position in 0..=n + 1 {
            prop_assert_eq!(one.read_at(position).unwrap(), other.read_at(position).unwrap());
            prop_assert_eq!(one.hash_at(position).unwrap(), other.hash_at(position).unwrap());
        }
    }
}

#[test]
fn rivals_on_one_disk_fence_each_other() {
    let disk = Disk::new();
    let (mut old, mut new) = (Memory::open(&disk), Memory::open(&disk));
    old.claim(1).unwrap();
    old.append(1, 1, &group(1)).unwrap();
    new.claim(2).unwrap();
    let head = Head { epoch: 2, ..disk.head() };
    assert_eq!(old.append(2, 1, &group(2)), Err(AppendError::Conflict { head }));
    assert_eq!(old.claim(2), Err(ClaimError::Stale { head }));
    new.append(2, 2, &group(2)).unwrap();
    assert_eq!(all(&old), all(&new));
}

#[test]
fn the_second_append_of_an_old_writer_is_void_in_an_engine_that_compares_positions_only() {
    let disk = Disk::new();
    let mut new = Memory::open(&disk);
    new.claim(1).unwrap();
    new.append(1, 1, &group(1)).unwrap();
    // The old writer has numbers 2 and 3 in flight …
    let elsewhere = disk.fork();
    let mut old = Memory::open(&elsewhere);
    old.append(2, 1, &group(20)).unwrap();
    let second = old.append(3, 1, &group(30)).unwrap().stored(&group(30));
    // … the new one takes the place of the first, and the second lands behind it.
    new.claim(2).unwrap();
    new.append(2, 2, &group(2)).unwrap();
    assert!(!disk.append_unfenced(second));

    let mut reader = new.reader();
    assert_eq!((reader.head().unwrap().position, reader.voids()), (2, 1));
    new.append(3, 2, &group(3)).unwrap();
    let times: Vec<u64> = all(&new).iter().map(|group| group.time).collect();
    assert_eq!(times, [1, 2, 3]);
}

#[test]
fn a_memory_disk_can_be_cut_copied_and_damaged() {
    let disk = Disk::new();
    let mut journal = Memory::open(&disk);
    for n in 1..=5 {
        journal.append(n, 0, &group(n)).unwrap();
    }
    let backup = disk.fork();
    disk.truncate(3);
    assert_eq!((disk.head().position, backup.head().position), (3, 5));
    journal.append(4, 0, &group(40)).unwrap();
    assert_ne!(disk.groups()[3].hash, backup.groups()[3].hash);
    assert_eq!(disk.groups()[0].prev, GENESIS);

    disk.rot(2, |group| group.time += 1);
    let mut reader = journal.reader();
    assert_eq!(reader.groups(1).filter(Result::is_ok).count(), 1);
    assert!(matches!(reader.read_at(2), Err(ReadError::Damaged(damage)) if damage.position == 2));
}
