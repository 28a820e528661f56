//! A cell comes back from a snapshot as it would from its journal alone, or does without it.

mod gated;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use economy::{Command, Fingerprint, IssueKey, OpenAccount, Request, State};
use journal::file::{FileJournal, Identity, Options};
use journal::memory::{Disk, Memory};
use journal::{Journal, Reader};
use kernel::{Actor, Currency, Id, Role, Timestamp};
use ledger::{Flags, SideRule, Transfer};
use tempfile::TempDir;

use self::gated::{Gate, Gated, Open};
use super::{SnapshotConfig, newest};
use crate::{
    Ask, CellInfo, Clock, Config, Handle, OpenJournal, Outcome, SystemClock, Ticket, replay, start,
};

const OPERATOR: Actor = Actor::of(0, Role::Operator);
/// The first plain account: a book has six of its own before it.
const FIRST: u32 = 6;

/// Where a cell keeps its things.
struct Place {
    folder: TempDir,
    every_bytes: u64,
}

impl Place {
    fn new(every_bytes: u64) -> Self {
        Self { folder: TempDir::new().expect("a folder"), every_bytes }
    }

    fn snapshots(&self) -> SnapshotConfig {
        let folder = self.folder.path().join("snapshots");
        SnapshotConfig { every_bytes: self.every_bytes, ..SnapshotConfig::new(folder) }
    }

    fn journal(&self) -> FileJournal {
        journal_in(self.folder.path())
    }

    fn start(&self) -> Handle {
        let folder = self.folder.path().to_owned();
        self.start_over(Box::new(move || Ok(Box::new(journal_in(&folder)))))
    }

    fn start_over(&self, open: OpenJournal) -> Handle {
        start(Config {
            info: info(),
            open,
            clock: Arc::new(SystemClock),
            codes: None,
            seed: 7,
            accept_clock_jumps: true,
            on_fatal: Arc::new(|why| panic!("the cell can't go on: {why}")),
            runtime: None,
            snapshots: Some(self.snapshots()),
        })
        .expect("the cell starts")
    }

    /// The snapshots that lie there, newest first.
    fn files(&self) -> Vec<PathBuf> {
        super::file::list(&self.snapshots().folder).map(|(whole, _)| whole).unwrap_or_default()
    }
}

fn journal_in(folder: &Path) -> FileJournal {
    let identity = Identity { name: "jp".to_owned(), id: [9; 16] };
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    FileJournal::open_or_create(&folder.join("journal"), &identity, options).expect("the journal")
}

fn info() -> CellInfo {
    CellInfo { number: 2, name: "jp".to_owned() }
}

/// Gives a cell one thing after the other to do.
struct Client {
    made: u128,
}

impl Client {
    fn id<K>(&mut self) -> Id<K> {
        self.made += 1;
        Id::from_parts(SystemClock.wall(), self.made)
    }

    fn done(&mut self, cell: &Handle, command: impl Into<Command>) {
        self.made += 1;
        let fingerprint = Some(Fingerprint { key: self.made, content: 1 });
        let request = Request { actor: OPERATOR, fingerprint, command: command.into() };
        let outcome = cell.submit_blocking(request);
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }

    /// Books, accounts and wallets.
    fn open(&mut self, cell: &Handle) {
        self.done(cell, pay::Command::from(pay::command::OpenBook { currency: Currency::JPY }));
        for _ in 0..40 {
            let (id, currency, rule) = (self.id(), Currency::JPY, SideRule::Free);
            self.done(cell, Command::OpenAccount(OpenAccount { id, currency, rule }));
        }
        let id = self.id();
        let role = Role::Traveller;
        self.done(cell, pay::Command::from(pay::command::RegisterParty { id, role }));
    }

    /// Batches of transfers and of holds, and a key.
    fn work(&mut self, cell: &Handle, rounds: u32) {
        for round in 0..rounds {
            let transfers = (0..100u32).map(|at| Transfer {
                id: self.id::<kernel::id::Transfer>().0,
                debit: FIRST + at % 40,
                credit: FIRST + (at + 1 + round % 38) % 40,
                amount: u64::from(1 + at),
                timeout_s: at % 2 * 3_600,
                code: 1,
                flags: if at % 10 == 0 { Flags(Flags::PENDING) } else { Flags::default() },
            });
            let transfers = transfers.collect();
            self.done(cell, Command::Transfers(transfers));
            let (id, hash) = (self.id(), [round as u8; 32]);
            let key = IssueKey {
                id,
                hash,
                party: 1,
                role: Role::Traveller,
                expires: None,
                person: 1,
                form: economy::people::KeyForm::Api,
                scopes: economy::ANY_SCOPE,
            };
            self.done(cell, Command::IssueKey(key));
        }
    }
}

fn client() -> Client {
    Client { made: 0 }
}

/// Waits for a snapshot at a position or later.
fn published(cell: &Handle, from: u64) -> u64 {
    let began = Instant::now();
    loop {
        let position = cell.metrics().snapshot.load(Relaxed);
        if position >= from {
            return position;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no snapshot in 20 seconds");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The state's hash from the journal alone.
fn replayed(reader: &mut dyn Reader) -> [u8; 32] {
    let mut state = State::new(2, 99);
    replay(&mut state, reader, 1).expect("the journal is replayed");
    state.state_hash()
}

/// The position of the snapshot that a start would come from, and the state's hash then.
fn restored(place: &Place, reader: &mut dyn Reader) -> Option<(u64, [u8; 32])> {
    let mut found = newest(&place.snapshots(), &info(), 5, reader)?;
    Some((found.position, found.state.state_hash()))
}

#[test]
fn what_comes_back_is_what_a_replay_gives() {
    let place = Place::new(40_000);
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    client.work(&cell, 30);
    let first = published(&cell, 1);
    client.work(&cell, 3);
    cell.crash();
    while cell.metrics().recoveries.load(Relaxed) == 0 || !cell.ready() {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(cell.metrics().snapshot.load(Relaxed) >= first, "it came back from a snapshot");
    client.work(&cell, 40);
    published(&cell, first + 1);
    client.work(&cell, 2);
    let end = cell.durable();
    cell.stop();
    assert!(place.files().len() <= 2, "{:?}", place.files());

    let journal = place.journal();
    let (position, hash) = restored(&place, journal.reader().as_mut()).expect("a snapshot");
    assert!(first < position && position < end, "{first} < {position} < {end}");
    assert_eq!(hash, replayed(journal.reader().as_mut()));
    drop(journal);
    let cell = place.start();
    assert_eq!(cell.metrics().snapshot.load(Relaxed), position);
    assert_eq!(cell.time(), newest_time(&cell));
    client.work(&cell, 1);
    cell.stop();
}

fn newest_time(cell: &Handle) -> Timestamp {
    let mut reader = cell.feed().reader().expect("a reader");
    let head = reader.head().expect("a head").position;
    Timestamp(reader.read_at(head).expect("readable").expect("there").time)
}

#[test]
fn an_idle_cell_takes_one_when_asked() {
    let place = Place::new(u64::MAX);
    let (cell, mut client) = (place.start(), client());
    cell.snapshot_now();
    std::thread::sleep(Duration::from_millis(50));
    client.open(&cell);
    let end = cell.durable();
    cell.snapshot_now();
    assert_eq!(published(&cell, 1), end);
    cell.snapshot_now();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(cell.metrics().snapshots.load(Relaxed), 1, "nothing changed since");
    cell.stop();
    let journal = place.journal();
    let (position, hash) = restored(&place, journal.reader().as_mut()).expect("a snapshot");
    assert_eq!((position, hash), (end, replayed(journal.reader().as_mut())));
    let newest = newest(&place.snapshots(), &info(), 5, journal.reader().as_mut());
    let replayed = newest.expect("a snapshot").replayed;
    assert_eq!(replayed.groups, 0);
    let last = journal.reader().read_at(end).expect("readable").expect("there");
    assert_eq!(replayed.time, last.time, "time does not go back without a group to say it");
}

/// A stopped cell with one snapshot and something after it.
fn stopped() -> (Place, FileJournal, PathBuf) {
    let place = Place::new(u64::MAX);
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    client.work(&cell, 6);
    cell.snapshot_now();
    published(&cell, 1);
    client.work(&cell, 1);
    cell.stop();
    let (journal, files) = (place.journal(), place.files());
    assert_eq!(files.len(), 1);
    let path = files[0].clone();
    (place, journal, path)
}

/// Fails unless a snapshot of these bytes is not used, and gone.
fn assert_refused(place: &Place, journal: &FileJournal, path: &Path, bytes: &[u8], what: &str) {
    fs::write(path, bytes).expect("written");
    assert_eq!(restored(place, journal.reader().as_mut()), None, "{what}");
    assert!(!path.exists(), "{what}: it is deleted");
}

#[test]
fn a_damaged_one_is_deleted_and_not_used() {
    let (place, journal, path) = stopped();
    let good = fs::read(&path).expect("readable");
    assert!(good.len() > 10_000);
    let check = |bytes: &[u8], what: &str| assert_refused(&place, &journal, &path, bytes, what);
    let header = 0..super::file::HEADER;
    let blocks = (super::file::HEADER..good.len()).step_by(61);
    for at in header.chain(blocks).chain([good.len() - 1]) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        check(&bytes, &format!("bit {} of byte {at}", at % 8));
    }
    for end in [0, 1, 100, 511, 512, 513, 600, good.len() / 2, good.len() - 1] {
        check(&good[..end], &format!("cut at {end}"));
    }
    check(&[&good[..], &[0]].concat(), "a byte too long");
    check(&vec![0; good.len()], "zeros");
    fs::write(&path, &good).expect("written");
    assert!(restored(&place, journal.reader().as_mut()).is_some(), "undamaged it is used");
}

#[test]
fn an_older_one_helps_when_the_newest_is_damaged() {
    let place = Place::new(u64::MAX);
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    for _ in 0..3 {
        client.work(&cell, 2);
        let at = cell.durable();
        cell.snapshot_now();
        published(&cell, at);
    }
    client.work(&cell, 1);
    cell.stop();
    let files = place.files();
    assert_eq!(files.len(), 2, "two are kept");
    let mut bytes = fs::read(&files[0]).expect("readable");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&files[0], bytes).expect("written");
    fs::write(place.snapshots().folder.join("7.tmp"), "unfinished").expect("written");
    let journal = place.journal();
    let (_, hash) = restored(&place, journal.reader().as_mut()).expect("the older one");
    assert_eq!(hash, replayed(journal.reader().as_mut()));
    assert_eq!(place.files(), [files[1].clone()]);
    assert!(!place.snapshots().folder.join("7.tmp").exists());
}

#[test]
fn one_is_written_over_one_that_is_no_longer_wanted() {
    let place = Place::new(u64::MAX);
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    let spare = super::file::spare(&place.snapshots().folder);
    for round in 0..5 {
        client.work(&cell, 2);
        let at = cell.durable();
        if round == 3 {
            // Longer than what comes to lie there.
            let file = fs::OpenOptions::new().write(true).open(&spare).expect("a spare file");
            file.set_len(10 << 20).expect("lengthened");
        }
        cell.snapshot_now();
        published(&cell, at);
        // It is put aside after the newest is published.
        let began = Instant::now();
        while spare.exists() != (round >= 2) {
            assert!(began.elapsed() < Duration::from_secs(20), "round {round}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    cell.stop();
    assert_eq!(place.files().len(), 2);
    let journal = place.journal();
    let (position, hash) = restored(&place, journal.reader().as_mut()).expect("the newest");
    assert_eq!(place.files()[0], super::file::path(&place.snapshots().folder, position));
    assert_eq!(hash, replayed(journal.reader().as_mut()));
    fs::remove_file(&place.files()[0]).expect("removed");
    let (_, hash) = restored(&place, journal.reader().as_mut()).expect("the one before");
    assert_eq!(hash, replayed(journal.reader().as_mut()));
}

#[test]
fn the_larger_the_state_the_rarer_they_are() {
    let place = Place::new(1);
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    client.work(&cell, 40);
    let at = cell.durable();
    cell.snapshot_now();
    published(&cell, at);
    let taken = cell.metrics().snapshots.load(Relaxed);
    for _ in 0..20 {
        // Each a group of its own, and far less than the state.
        client.work(&cell, 1);
    }
    assert!(cell.metrics().snapshots.load(Relaxed) < taken + 4, "as many as there are groups");
    let mut rounds = 0;
    while cell.metrics().snapshot.load(Relaxed) <= at {
        client.work(&cell, 10);
        rounds += 10;
        assert!(rounds < 5_000, "they end");
    }
    cell.stop();
}

#[test]
fn one_of_another_cell_is_not_used() {
    let (place, journal, _) = stopped();
    let other = CellInfo { number: 3, ..info() };
    let mut reader = journal.reader();
    assert!(newest(&place.snapshots(), &other, 5, reader.as_mut()).is_none());
    assert!(place.files().is_empty());
}

/// A cell over a journal in memory, with a snapshot at its end; stopped.
fn stopped_in_memory() -> (Place, Disk, Client) {
    let (place, disk, mut client) = (Place::new(u64::MAX), Disk::new(), client());
    let cell = over(&place, &disk);
    client.open(&cell);
    client.work(&cell, 2);
    cell.snapshot_now();
    published(&cell, 1);
    cell.stop();
    (place, disk, client)
}

fn over(place: &Place, disk: &Disk) -> Handle {
    let disk = disk.clone();
    place.start_over(Box::new(move || Ok(Box::new(Memory::open(&disk)))))
}

#[test]
fn one_that_is_newer_than_the_journal_is_not_used() {
    let (place, disk, _) = stopped_in_memory();
    let end = disk.head().position;
    disk.truncate(end - 1);
    let reader = || Memory::open(&disk).reader();
    assert_eq!(restored(&place, reader().as_mut()), None);
    assert!(place.files().is_empty());
}

#[test]
fn one_of_another_history_is_not_used() {
    let (place, disk, mut client) = stopped_in_memory();
    let end = disk.head().position;
    disk.truncate(end - 1);
    let kept = fs::read(&place.files()[0]).expect("readable");
    let path = place.files()[0].clone();
    let cell = over(&place, &disk);
    client.work(&cell, 3);
    cell.stop();
    assert!(disk.head().position > end);
    fs::write(path, kept).expect("written");
    let reader = || Memory::open(&disk).reader();
    assert_eq!(restored(&place, reader().as_mut()), None, "its group is another one");
    assert!(place.files().is_empty());
}

#[test]
fn a_folder_that_can_not_be_made_costs_the_cell_nothing() {
    let place = Place::new(10_000);
    fs::write(place.folder.path().join("snapshots"), "in the way").expect("written");
    let (cell, mut client) = (place.start(), client());
    client.open(&cell);
    client.work(&cell, 20);
    assert_eq!(cell.metrics().snapshots.load(Relaxed), 0);
    assert_eq!(cell.metrics().recoveries.load(Relaxed), 0);
    cell.stop();
}

#[test]
fn none_is_published_of_a_group_that_never_became_durable() {
    let (place, disk, gate) = (Place::new(u64::MAX), Disk::new(), Arc::new(Gate::default()));
    let (on, through) = (disk.clone(), Arc::clone(&gate));
    let cell = place.start_over(Box::new(move || {
        Ok(Box::new(Gated { inner: Memory::open(&on), gate: Arc::clone(&through) }))
    }));
    let mut client = client();
    client.open(&cell);
    gate.set(Open::No);
    let (id, currency, rule) = (client.id(), Currency::JPY, SideRule::Free);
    let command = Command::OpenAccount(OpenAccount { id, currency, rule });
    let request = Request { actor: OPERATOR, fingerprint: None, command };
    cell.put(Ask::Do(Box::new(request)), Ticket::None);
    std::thread::sleep(Duration::from_millis(50));
    cell.snapshot_now();
    std::thread::sleep(Duration::from_millis(200));
    let folder = place.snapshots().folder;
    let (whole, unfinished) = super::file::list(&folder).expect("it was begun");
    assert_eq!((whole.len(), unfinished.len()), (0, 1), "it waits for its position");

    let lost = Instant::now();
    gate.set(Open::Lost);
    while cell.metrics().recoveries.load(Relaxed) == 0 || !cell.ready() {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(lost.elapsed() < Duration::from_secs(10), "an idle cell notices, too");
    // Other groups take the position that was lost.
    client.work(&cell, 2);
    std::thread::sleep(Duration::from_millis(100));
    let (whole, unfinished) = super::file::list(&folder).expect("listed");
    assert_eq!((whole.len(), unfinished.len()), (0, 0), "its state was dropped");
    assert_eq!(cell.metrics().snapshots.load(Relaxed), 0);
    cell.stop();
}
