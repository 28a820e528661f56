//! The disk fails, fills up, loses its power.

use std::io::ErrorKind;
use std::sync::Arc;

use super::disk::{Call, Plan, TestDisk};
use super::*;
use crate::AppendError;

const SEGMENT: u64 = 2048;

fn create(disk: &Arc<TestDisk>, folder: &Path) -> Result<FileJournal, OpenError> {
    FileJournal::create_with(disk.clone(), folder, &identity(), options(SEGMENT))
}

fn reopen(disk: &Arc<TestDisk>, folder: &Path) -> Result<FileJournal, OpenError> {
    FileJournal::open_with(disk.clone(), folder, &identity(), options(SEGMENT))
}

/// Appends, anchors, claims; answers how many groups were acknowledged before the first error, and
/// counts the claims in `epoch`.
fn life(journal: &mut FileJournal, groups: u64, epoch: &mut u64) -> (u64, Option<AppendError>) {
    for _ in 0..groups {
        let head = journal.head();
        let n = head.position + 1;
        if n.is_multiple_of(13) {
            match journal.claim(head.epoch + 1) {
                Ok(()) => *epoch = head.epoch + 1,
                Err(error) => return (head.position, Some(AppendError::Io(error.to_string()))),
            }
        }
        match journal.append(n, journal.head().epoch, &group(n)) {
            Ok(appended) => assert_eq!(appended.position, n),
            // The group itself may be durable: then the anchor failed.
            Err(error) => return (journal.head().position, Some(error)),
        }
        if n.is_multiple_of(7)
            && let Err(error) = journal.idle()
        {
            return (n, Some(error));
        }
    }
    (journal.head().position, None)
}

#[test]
fn each_call_fails_once_and_nothing_acknowledged_is_lost() {
    let mut clean = 0;
    for after in 0.. {
        let folder = folder();
        let disk = Arc::new(TestDisk::default());
        disk.plan(Some(Plan { after, once: true, call: None, error: ErrorKind::Other }));
        let Ok(mut journal) = create(&disk, folder.path()) else {
            // What a failed creation leaves can be created again, or is a whole journal.
            drop(create(&disk, folder.path()));
            assert_eq!(all(&open(folder.path(), SEGMENT).unwrap()), []);
            continue;
        };
        let (acknowledged, error) = life(&mut journal, 60, &mut 0);
        if let Some(error) = &error {
            assert!(matches!(error, AppendError::Io(_)), "{error:?}");
            let head = journal.head();
            // The disk works again, this writer does not.
            let again = journal.append(head.position + 1, head.epoch, &group(1));
            assert!(matches!(again, Err(AppendError::Io(_))), "{again:?}");
            assert!(matches!(journal.idle(), Err(AppendError::Io(_))));
            assert!(journal.claim(head.epoch + 1).is_err());
        }
        drop(journal);
        let found = all(&open(folder.path(), SEGMENT).unwrap());
        assert_prefix(&found);
        let count = found.len() as u64;
        assert!(count == acknowledged || count == acknowledged + 1, "{count} {acknowledged}");
        // The preparing thread's calls come at no fixed time: several clean runs end it.
        clean = if disk.failed() == 0 { clean + 1 } else { 0 };
        if clean == 3 {
            assert!(after > 100, "only {after} calls");
            return;
        }
    }
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    for after in 0..40 {
        let folder = folder();
        let disk = Arc::new(TestDisk::default());
        let mut journal = create(&disk, folder.path()).unwrap();
        let plan = Plan { after, once: true, call: Some(Call::Sync), error: ErrorKind::Other };
        disk.plan(Some(plan));
        let (acknowledged, error) = life(&mut journal, 60, &mut 0);
        drop(journal);
        // The pages of that sync are called clean, and gone with the power.
        disk.power_cut(&mut |bound| bound / 2);
        disk.plan(None);
        let found = all(&reopen(&disk, folder.path()).unwrap());
        assert_prefix(&found);
        assert!(found.len() as u64 >= acknowledged, "{acknowledged} of {error:?}");
    }
}

#[test]
fn a_full_disk_refuses_cleanly_and_recovers_by_itself() {
    let folder = folder();
    let disk = Arc::new(TestDisk::default());
    let mut journal = create(&disk, folder.path()).unwrap();
    append(&mut journal, 1..=2);
    let full =
        Plan { after: 0, once: false, call: Some(Call::Reserve), error: ErrorKind::StorageFull };
    for round in 1..=4 {
        disk.plan(Some(full));
        let head = loop {
            let head = journal.head();
            let n = head.position + 1;
            match journal.append(n, head.epoch, &group(n)) {
                Ok(_) => {}
                Err(AppendError::NoSpace) => break head,
                Err(error) => panic!("{error}"),
            }
        };
        let n = head.position + 1;
        assert_eq!(journal.append(n, head.epoch, &group(n)), Err(AppendError::NoSpace));
        assert_eq!(journal.head(), head);
        journal.idle().unwrap();
        assert_prefix(&all(&journal));
        assert_eq!(read_only(folder.path()).unwrap().len() as u64, head.position);
        disk.plan(None);
        append(&mut journal, n..=n + 12 * round);
    }
    let found = all(&journal);
    drop(journal);
    assert_eq!(all(&open(folder.path(), SEGMENT).unwrap()), found);
}

#[test]
fn a_full_disk_at_opening_changes_nothing() {
    let folder = folder();
    let disk = Arc::new(TestDisk::default());
    let mut journal = create(&disk, folder.path()).unwrap();
    append(&mut journal, 1..=40);
    drop(journal);
    let full =
        Plan { after: 0, once: false, call: Some(Call::Reserve), error: ErrorKind::StorageFull };
    disk.plan(Some(full));
    let refused = Some(OpenError::NoSpace { folder: folder.path().to_owned() });
    assert_eq!(reopen(&disk, folder.path()).err(), refused);
    assert_eq!(read_only(folder.path()).unwrap().len(), 40);
    disk.plan(None);
    assert_eq!(all(&reopen(&disk, folder.path()).unwrap()).len(), 40);
    let elsewhere = TempDir::new_in(folder.path()).unwrap();
    disk.plan(Some(full));
    let refused = Some(OpenError::NoSpace { folder: elsewhere.path().to_owned() });
    assert_eq!(create(&disk, elsewhere.path()).err(), refused);
}

#[test]
fn an_interrupted_opening_can_be_opened_again() {
    for after in 0.. {
        let folder = folder();
        let disk = Arc::new(TestDisk::default());
        let mut journal = create(&disk, folder.path()).unwrap();
        // Nothing is anchored, and the groups fill several segments.
        append(&mut journal, 1..=60);
        drop(journal);
        let dead = Plan { after, once: false, call: None, error: ErrorKind::Other };
        disk.plan(Some(dead));
        let opened = reopen(&disk, folder.path()).is_ok();
        disk.plan(None);
        if after % 2 == 0 {
            disk.power_cut(&mut |_| 0);
        }
        assert_prefix(&read_only(folder.path()).unwrap());
        let found = all(&reopen(&disk, folder.path()).unwrap());
        assert_eq!(found.len(), 60, "after {after} calls");
        if opened {
            assert!(after > 30, "only {after} calls");
            return;
        }
    }
}

#[test]
fn what_cannot_be_made_durable_is_not_shown_beside_a_writer() {
    let folder = folder();
    let disk = Arc::new(TestDisk::default());
    let mut journal = create(&disk, folder.path()).unwrap();
    append(&mut journal, 1..=5);
    let show = || ReadOnly::open_with(disk.clone(), folder.path(), Verify::Chain);
    let failing = Plan { after: 0, once: false, call: Some(Call::Sync), error: ErrorKind::Other };
    disk.plan(Some(failing));
    assert!(matches!(show().err(), Some(OpenError::Io(_))));
    disk.plan(None);
    journal.idle().unwrap();
    disk.plan(Some(failing));
    assert_eq!(show().unwrap().head().position, 5);
}

#[test]
fn a_name_that_was_never_synced_is_before_groups_go_into_its_segment() {
    let folder = folder();
    let disk = Arc::new(TestDisk::default());
    let mut journal = create(&disk, folder.path()).unwrap();
    let failing = Plan { after: 0, once: false, call: Some(Call::Folder), error: ErrorKind::Other };
    disk.plan(Some(failing));
    let mut acknowledged = 0;
    // All of it is anchored, so that opening has nothing to write anew.
    while journal.append(acknowledged + 1, 0, &group(acknowledged + 1)).is_ok() {
        journal.idle().unwrap();
        acknowledged += 1;
    }
    drop(journal);
    assert!(matches!(reopen(&disk, folder.path()).err(), Some(OpenError::Io(_))));
    disk.plan(None);
    // Only the process died: the empty segment that it named last is there.
    let mut journal = reopen(&disk, folder.path()).unwrap();
    append(&mut journal, acknowledged + 1..=acknowledged + 3);
    drop(journal);
    disk.power_cut(&mut |bound| bound - 1);
    let found = all(&reopen(&disk, folder.path()).unwrap());
    assert_prefix(&found);
    assert_eq!(found.len() as u64, acknowledged + 3);
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_all_that_was_not_synced() {
    let mut seen = 0;
    for seed in 1..=300_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = move |bound: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(17) % bound
        };
        let folder = folder();
        let disk = Arc::new(TestDisk::default());
        drop(create(&disk, folder.path()).unwrap());
        let (mut acknowledged, mut epoch) = (0, 0);
        for _life in 0..4 {
            // The machine dies at some call: nothing works any more; sometimes only the process.
            let after = random(90);
            let dead = Plan { after, once: false, call: None, error: ErrorKind::Other };
            disk.plan(Some(dead));
            if let Ok(mut journal) = reopen(&disk, folder.path()) {
                let found = journal.head();
                assert!(found.position >= acknowledged, "seed {seed}: {found:?}, {acknowledged}");
                assert!(found.epoch >= epoch, "seed {seed}: {found:?}, {epoch}");
                // What an opened journal shows is promised as well.
                epoch = found.epoch;
                acknowledged = life(&mut journal, random(80), &mut epoch).0;
            }
            disk.plan(None);
            if random(3) > 0 {
                disk.power_cut(&mut random);
            }
        }
        let journal =
            reopen(&disk, folder.path()).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let found = all(&journal);
        assert_prefix(&found);
        assert!(found.len() as u64 >= acknowledged, "seed {seed}");
        assert!(journal.head().epoch >= epoch, "seed {seed}");
        seen += found.len();
    }
    assert!(seen > 3000, "the lives were too short: {seen} groups");
}
