//! A snapshot that is not what the journal gives is found, however well its hashes fit.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::{Report, run};
use cell::{CellInfo, Config, Outcome, SnapshotConfig, SystemClock};
use economy::Request;
use journal::file::{FileJournal, Identity, Options};
use kernel::{Actor, Currency, Id, Role, Timestamp};
use pay::command::{OpenBook, RegisterParty};

/// A cell that has run for a moment, and the snapshot it left.
async fn a_cell_with_a_snapshot(data: &Path) -> PathBuf {
    let (journal, snapshots) = (data.join("jp/journal"), data.join("jp/snapshots"));
    std::fs::create_dir_all(data.join("jp")).unwrap();
    let identity = Identity { name: "jp".to_owned(), id: [2; 16] };
    let options = Options { segment_bytes: 1 << 16, ..Options::default() };
    let handle = cell::start(Config {
        info: CellInfo { number: 2, name: "jp".to_owned() },
        open: Box::new(move || {
            Ok(Box::new(FileJournal::open_or_create(&journal, &identity, options.clone())?))
        }),
        clock: Arc::new(SystemClock),
        seed: 1,
        accept_clock_jumps: true,
        codes: None,
        snapshots: Some(SnapshotConfig { every_bytes: 1, ..SnapshotConfig::new(&snapshots) }),
        on_fatal: Arc::new(|why| panic!("{why}")),
        runtime: None,
    })
    .unwrap();
    let began = Instant::now();
    let mut random = 0;
    let found = || {
        let files = std::fs::read_dir(&snapshots).into_iter().flatten();
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|extension| extension == "snapshot"))
    };
    let mut commands: Vec<pay::Command> = vec![OpenBook { currency: Currency::JPY }.into()];
    while found().is_none() {
        assert!(began.elapsed() < Duration::from_secs(20));
        random += 1;
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
        let id = Id::from_parts(Timestamp(now), random);
        commands.push(RegisterParty { id, role: Role::Traveller }.into());
        for command in commands.drain(..) {
            let actor = Actor::of(0, Role::Operator);
            let command = economy::Command::Pay(command);
            let outcome = handle.submit(Request { actor, fingerprint: None, command }).await;
            assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    handle.stop();
    let path = found().unwrap();
    // The others go, so that there is one to speak of.
    for file in std::fs::read_dir(&snapshots).unwrap() {
        let other = file.unwrap().path();
        if other != path {
            std::fs::remove_file(other).unwrap();
        }
    }
    path
}

fn differences(report: &Report) -> Vec<(&'static str, &str)> {
    report.differences.iter().map(|found| (found.code, found.what.as_str())).collect()
}

#[tokio::test]
async fn snapshots_are_compared_with_the_journal() {
    let data = tempfile::tempdir().unwrap();
    let path = a_cell_with_a_snapshot(data.path()).await;
    let report = run(data.path()).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[0].snapshots, 1);
    let whole = std::fs::read(&path).unwrap();

    // A bit of a block flips.
    let mut bytes = whole.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let report = run(data.path()).unwrap();
    let broken = "the snapshot's blocks are not those of its hash";
    assert_eq!(differences(&report), [("snapshot_differs", broken)]);

    // Somebody makes the hashes fit: state at byte 134, the header's own at the end of it.
    let mut hasher = economy::snapshot::hasher();
    hasher.update(&bytes[512..]);
    bytes[134..166].copy_from_slice(hasher.finalize().as_bytes());
    let sum = blake3::hash(&bytes[..480]);
    bytes[480..512].copy_from_slice(sum.as_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let report = run(data.path()).unwrap();
    let forged = "the snapshot is not the state that the journal gives";
    assert_eq!(differences(&report), [("snapshot_differs", forged)]);

    // One that was never finished is no finding: no start would believe it.
    std::fs::write(&path, &whole[..400]).unwrap();
    let report = run(data.path()).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[0].snapshots, 0);
}
