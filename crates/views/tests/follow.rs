//! Following a running cell: soon, idle when there is nothing, cured by itself.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cell::{CellInfo, Config, Handle, Outcome, SystemClock};
use economy::Request;
use journal::memory::{Disk, Memory};
use kernel::id::Party;
use kernel::{Actor, Currency, Id, Role, Timestamp};
use pay::command::{OpenBook, RegisterParty};
use rusqlite::Connection;
use views::{Events, Listener, Views};

fn cell_on(disk: &Disk) -> Handle {
    let disk = disk.clone();
    cell::start(Config {
        info: CellInfo { number: 2, name: "jp".to_owned() },
        open: Box::new(move || Ok(Box::new(Memory::open(&disk)))),
        clock: Arc::new(SystemClock),
        seed: 1,
        accept_clock_jumps: true,
        codes: None,
        snapshots: None,
        on_fatal: Arc::new(|why| panic!("{why}")),
        runtime: None,
    })
    .unwrap()
}

async fn run(cell: &Handle, command: impl Into<pay::Command>) -> u64 {
    let actor = Actor::of(0, Role::Operator);
    let command = economy::Command::Pay(command.into());
    match cell.submit(Request { actor, fingerprint: None, command }).await {
        Outcome::Done { position, .. } => position,
        other => panic!("{other:?}"),
    }
}

async fn register(cell: &Handle, random: u128) -> u64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
    let id: Id<Party> = Id::from_parts(Timestamp(now), random);
    run(cell, RegisterParty { id, role: Role::Traveller }).await
}

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn lists_follow_a_cell_and_go_on_where_they_stopped() {
    let (disk, folder) = (Disk::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("views.db");
    let cell = cell_on(&disk);
    let views = Views::open(&path, "jp").unwrap();
    let follower = views.follow(cell.feed()).unwrap();
    for random in 1..=20 {
        let position = register(&cell, random).await;
        assert!(!views.stale_at(position, SOON).await);
        assert_eq!(views.parties(0, 500).unwrap().len(), random as usize);
    }
    assert_eq!((follower.lag(), follower.rebuilds(), follower.is_failing()), (0, 0, false));
    // What will not come soon is told as stale, after no more than the wait.
    assert!(views.stale_at(u64::MAX, Duration::from_millis(20)).await);
    follower.stop();
    let position = register(&cell, 21).await;
    assert!(views.stale_at(position, Duration::from_millis(50)).await);
    let follower = views.follow(cell.feed()).unwrap();
    assert!(!views.stale_at(position, SOON).await);
    assert_eq!(views.parties(0, 500).unwrap().len(), 21);
    assert_eq!(follower.rebuilds(), 0);
    drop(follower);
    cell.stop();
    // Another start: the ring is empty, older groups come from the journal.
    let cell = cell_on(&disk);
    std::fs::remove_file(&path).unwrap();
    let views = Views::open(&path, "jp").unwrap();
    let _follower = views.follow(cell.feed()).unwrap();
    assert!(!views.stale_at(position, SOON).await);
    assert_eq!(views.parties(0, 500).unwrap().len(), 21);
    cell.stop();
}

#[tokio::test]
async fn a_file_that_breaks_under_its_readers_is_built_anew() {
    let (disk, folder) = (Disk::new(), tempfile::tempdir().unwrap());
    let path = folder.path().join("views.db");
    let cell = cell_on(&disk);
    let views = Views::open(&path, "jp").unwrap();
    let follower = views.follow(cell.feed()).unwrap();
    let position = register(&cell, 1).await;
    assert!(!views.stale_at(position, SOON).await);
    drop_table(&path, "party");
    // The cell does not notice; the next record finds the file unfit.
    let position = register(&cell, 2).await;
    assert!(!views.stale_at(position, SOON).await);
    assert_eq!(views.parties(0, 10).unwrap().len(), 2);
    assert_eq!(follower.rebuilds(), 1);
    // A reader finds it first: nothing new has to happen.
    drop_table(&path, "store");
    assert!(views.stores().is_err());
    let began = Instant::now();
    while views.stores().is_err() || views.parties(0, 10).unwrap().len() < 2 {
        assert!(began.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(follower.rebuilds(), 2);
    let position = run(&cell, OpenBook { currency: Currency::JPY }).await;
    assert!(!views.stale_at(position, SOON).await);
    assert!(!follower.is_failing());
    cell.stop();
}

fn drop_table(path: &Path, table: &str) {
    let file = Connection::open(path).unwrap();
    file.busy_timeout(SOON).unwrap();
    file.execute_batch(&format!("DROP TABLE {table}")).unwrap();
}

#[tokio::test]
async fn nothing_runs_when_there_is_nothing_to_follow() {
    let (disk, folder) = (Disk::new(), tempfile::tempdir().unwrap());
    let cell = cell_on(&disk);
    let views = Views::open(&folder.path().join("views.db"), "idle").unwrap();
    let _follower = views.follow(cell.feed()).unwrap();
    let position = register(&cell, 1).await;
    assert!(!views.stale_at(position, SOON).await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = switches_of("views idle");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(switches_of("views idle"), before);
    let Events::Found { events, .. } = views.events_after(0, Listener::All, 10).unwrap() else {
        panic!("nothing was dropped")
    };
    assert!(events.iter().all(|event| event.kind == "party_registered"));
    cell.stop();
}

/// How often the system has switched away from the threads of a name: each time one woke up.
fn switches_of(name: &str) -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let mut sum = 0;
    for thread in threads {
        let path = thread.unwrap().path();
        let Ok(found) = std::fs::read_to_string(path.join("comm")) else { continue };
        if found.trim() == name {
            let status = std::fs::read_to_string(path.join("status")).unwrap();
            let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
            sum += lines
                .filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok())
                .sum::<u64>();
        }
    }
    sum
}
