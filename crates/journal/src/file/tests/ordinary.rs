//! Appending, reading, opening again, rivals.

use proptest::prelude::*;

use super::*;
use crate::{AppendError, ClaimError, GENESIS, Head, MAX_GROUP_BYTES};

#[test]
fn what_is_appended_is_read_and_opened_again() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    assert_eq!(journal.head(), Head::EMPTY);
    journal.claim(1).unwrap();
    append(&mut journal, 1..=100);
    let head = journal.head();
    let live = all(&journal);
    assert_prefix(&live);
    assert_eq!((live.len(), live[99].hash, head.position), (100, head.hash, 100));
    assert_eq!(read_only(folder.path()).unwrap(), live);
    drop(journal);

    // Nothing is anchored but the claim: all is written anew.
    let mut journal = open(folder.path(), 4096).unwrap();
    assert_eq!((journal.opened().groups, journal.opened().rewritten), (100, 100));
    assert_eq!((journal.head(), all(&journal)), (head, live.clone()));
    append(&mut journal, 101..=120);
    journal.idle().unwrap();
    drop(journal);

    let journal = open(folder.path(), 4096).unwrap();
    assert_eq!((journal.opened().groups, journal.opened().rewritten), (120, 0));
    assert_prefix(&all(&journal));
    assert_eq!(read_only(folder.path()).unwrap().len(), 120);
    assert!(!folder.path().join("recovered.tmp").exists());
}

#[test]
fn groups_are_found_by_their_number() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    append(&mut journal, 1..=150);
    let live = all(&journal);
    let beside = ReadOnly::open(folder.path(), Verify::Chain).unwrap();
    for mut reader in [journal.reader(), beside.reader()] {
        assert_eq!(reader.head().unwrap().position, 150);
        for n in (1..=150_u64).rev() {
            let expected = &live[n as usize - 1];
            assert_eq!(reader.read_at(n).unwrap().as_ref(), Some(expected));
            assert_eq!(reader.hash_at(n).unwrap(), Some(expected.hash));
        }
        assert_eq!(reader.read_from(17).unwrap().as_ref(), Some(&live[16]));
        assert_eq!(reader.read_at(90).unwrap().as_ref(), Some(&live[89]));
        assert_eq!(reader.read_from(18).unwrap().as_ref(), Some(&live[17]));
        assert_eq!((reader.read_at(0), reader.hash_at(0)), (Ok(None), Ok(Some(GENESIS))));
        assert_eq!((reader.read_at(151), reader.hash_at(151)), (Ok(None), Ok(None)));
        assert_eq!(reader.groups(149).count(), 2);
    }
}

#[test]
fn only_the_next_position_of_the_claimed_epoch_is_taken() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    journal.claim(4).unwrap();
    append(&mut journal, 1..=3);
    let head = journal.head();
    for (expected, epoch) in [(3, 4), (5, 4), (0, 4), (4, 3), (4, 5)] {
        let refused = journal.append(expected, epoch, &group(4));
        assert_eq!(refused, Err(AppendError::Conflict { head }));
    }
    for epoch in [0, 3, 4] {
        assert_eq!(journal.claim(epoch), Err(ClaimError::Stale { head }));
    }
    journal.claim(5).unwrap();
    assert!(matches!(journal.append(4, 4, &group(4)), Err(AppendError::Conflict { .. })));
    append(&mut journal, 4..=4);
    drop(journal);

    let journal = open(folder.path(), 4096).unwrap();
    assert_eq!(journal.head().epoch, 5);
    let epochs: Vec<u64> = all(&journal).iter().map(|group| group.epoch).collect();
    assert_eq!(epochs, [4, 4, 4, 5]);
}

#[test]
fn a_claim_holds_without_a_group() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    journal.claim(7).unwrap();
    drop(journal);
    assert_eq!(open(folder.path(), 4096).unwrap().head(), Head { epoch: 7, ..Head::EMPTY });
}

#[test]
fn large_and_empty_groups_have_their_place() {
    let folder = folder();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    let empty = GroupBuf::new();
    let mut large = GroupBuf::new();
    large.push(&vec![7; 300_000]);
    for n in 1..=6 {
        journal.append(n, 0, if n % 2 == 0 { &large } else { &empty }).unwrap();
    }
    drop(journal);
    let journal = open(folder.path(), 4096).unwrap();
    let bytes: Vec<usize> = all(&journal).iter().map(Stored::bytes).collect();
    assert_eq!(bytes, [0, 300_004, 0, 300_004, 0, 300_004]);

    let mut journal = journal;
    large.push_with(|out| out.resize(MAX_GROUP_BYTES + 1, 0));
    let refused = journal.append(7, 0, &large);
    assert_eq!(refused, Err(AppendError::TooLarge { bytes: large.bytes() }));
    journal.append(7, 0, &group(7)).unwrap();
}

#[test]
fn a_folder_has_one_writer_and_one_cell() {
    let folder = folder();
    let absent = OpenError::Absent { folder: folder.path().to_owned() };
    assert_eq!(open(folder.path(), 4096).err(), Some(absent.clone()));
    assert_eq!(read_only(folder.path()).err(), Some(absent));
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    append(&mut journal, 1..=3);

    let locked = OpenError::Locked { folder: folder.path().to_owned() };
    assert_eq!(open(folder.path(), 4096).err(), Some(locked.clone()));
    assert!(locked.to_string().contains(&folder.path().display().to_string()));
    assert_eq!(read_only(folder.path()).unwrap().len(), 3);
    drop(journal);

    let created = FileJournal::create(folder.path(), &identity(), options(4096));
    assert_eq!(created.err(), Some(OpenError::Exists { folder: folder.path().to_owned() }));
    let other = Identity { name: "cn".to_owned(), ..identity() };
    let opened = FileJournal::open(folder.path(), &other, options(4096));
    assert!(matches!(opened.err(), Some(OpenError::OtherCell { .. })));
    let found = ReadOnly::open(folder.path(), Verify::Chain).unwrap();
    assert_eq!(found.identity(), &identity());
    let unnamed = Identity { name: "a\nb".to_owned(), ..identity() };
    assert!(FileJournal::create(folder.path(), &unnamed, options(4096)).is_err());
}

#[test]
fn an_interrupted_creation_is_made_anew_but_no_groups_are_lost() {
    let folder = folder();
    drop(FileJournal::create(folder.path(), &identity(), options(4096)).unwrap());
    std::fs::remove_file(folder.path().join(super::super::MARKER)).unwrap();
    let mut journal = FileJournal::create(folder.path(), &identity(), options(4096)).unwrap();
    append(&mut journal, 1..=3);
    drop(journal);
    let marker = folder.path().join(super::super::MARKER);
    std::fs::remove_file(&marker).unwrap();
    let refused = Some(OpenError::Marker { path: marker });
    let created = FileJournal::create(folder.path(), &identity(), options(4096));
    assert_eq!(created.err(), refused);
    assert_eq!(open(folder.path(), 4096).err(), refused);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the sizes, the anchors and the openings in between: what was appended is there.
    #[test]
    fn nothing_is_lost_nor_changed(
        steps in prop::collection::vec((0..3000_usize, 0..8_u8), 1..60),
        segment_bytes in 1..20_000_u64,
    ) {
        let folder = folder();
        let mut journal =
            FileJournal::create(folder.path(), &identity(), options(segment_bytes)).unwrap();
        let mut written = Vec::new();
        for (bytes, then) in steps {
            let mut group = GroupBuf::new();
            group.set_time(bytes as u64);
            group.push(&vec![then; bytes]);
            let position = written.len() as u64 + 1;
            let epoch = journal.head().epoch;
            let appended = journal.append(position, epoch, &group).unwrap();
            written.push(appended.stored(&group));
            match then {
                0 => journal.idle().unwrap(),
                1 => journal.claim(epoch + 1).unwrap(),
                2 => {
                    drop(journal);
                    journal = open(folder.path(), segment_bytes).unwrap();
                }
                _ => {}
            }
        }
        prop_assert_eq!(&all(&journal), &written);
        prop_assert_eq!(&read_only(folder.path()).unwrap(), &written);
        drop(journal);
        prop_assert_eq!(&all(&open(folder.path(), segment_bytes).unwrap()), &written);
    }
}
