//! Nights of a cell whose clock is set: before its cutoff, at it, and after a night that was missed.

use std::sync::atomic::{AtomicU64, Ordering};

use cell::{CellInfo, Clock, Handle, Outcome};
use economy::{Command, Reply, Request};
use journal::memory::{Disk, Memory};
use kernel::id::{Store, Wallet};
use kernel::{Actor, Currency, Id, Ref, Role};
use pay::command as c;
use pay::{Category, PayoutTerms, Rules};
use server::cells::random;
use server::payee::{BankAccount, Kind};
use tempfile::TempDir;
use vault::Vault;

use super::*;

/// A clock that stands where a test sets it.
struct Set(AtomicU64);

impl Clock for Set {
    fn wall(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn running_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn at(text: &str) -> u64 {
    let moment: jiff::Timestamp = text.parse().unwrap();
    moment.as_microsecond().unsigned_abs()
}

/// A cell with a shop that has a bank account, and somebody who buys.
struct Scene {
    clock: Arc<Set>,
    disk: Disk,
    handle: Handle,
    night: Night,
    vault: Arc<Vault>,
    buyer: Actor,
    wallet: Ref<Wallet>,
    store: Ref<Store>,
    folder: TempDir,
}

fn start(disk: &Disk, clock: &Arc<Set>) -> Handle {
    let disk = disk.clone();
    cell::start(cell::Config {
        info: CellInfo { number: 2, name: "jp".into() },
        open: Box::new(move || Ok(Box::new(Memory::open(&disk)))),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        seed: 7,
        accept_clock_jumps: true,
        codes: None,
        snapshots: None,
        on_fatal: Arc::new(|why| panic!("{why}")),
        runtime: None,
    })
    .unwrap()
}

fn night(handle: &Handle, vault: &Arc<Vault>, folder: &Path) -> Night {
    let bank = Bank {
        code: "1234567890".into(),
        name: "エニシ".into(),
        bank: "2476".into(),
        branch: "001".into(),
        kind: crate::config::BankAccountKind::Ordinary,
        account: "1".into(),
    };
    let (files, payer) = (folder.join("files"), originator(&bank).unwrap());
    let desk = Desk::new(handle.clone(), Arc::clone(vault), files, payer);
    Night::new(&Arc::new(desk), folder)
}

fn fresh<K>(handle: &Handle) -> Id<K> {
    Id::from_parts(handle.now(), u128::from_le_bytes(random()))
}

async fn done(handle: &Handle, actor: Actor, command: impl Into<pay::Command>) -> pay::Reply {
    let command = Command::Pay(command.into());
    match handle.submit(Request { actor, fingerprint: None, command }).await {
        Outcome::Done { reply: Reply::Pay(reply), .. } => reply,
        other => panic!("{other:?}"),
    }
}

async fn party(handle: &Handle, role: Role) -> (Id<kernel::id::Party>, Ref<kernel::id::Party>) {
    let id = fresh(handle);
    match done(handle, Actor::CELL, c::RegisterParty { id, role }).await {
        pay::Reply::Party(party) => (id, party),
        other => panic!("{other:?}"),
    }
}

impl Scene {
    /// No terms of payouts are set yet.
    async fn begins(now: &str) -> Self {
        let (clock, disk) = (Arc::new(Set(at(now).into())), Disk::new());
        let handle = start(&disk, &clock);
        let folder = tempfile::tempdir().unwrap();
        let vault = Arc::new(Vault::open(folder.path(), "jp").unwrap());
        let (cell, currency) = (Actor::CELL, Currency::JPY);
        done(&handle, cell, c::OpenBook { currency }).await;
        let rules = Rules { utc_offset_min: 540, ..Rules::default() };
        done(&handle, cell, c::SetRules { from: Timestamp(0), rules }).await;
        let (_, of_buyer) = party(&handle, Role::Traveller).await;
        let open = c::OpenWallet { id: fresh(&handle), party: of_buyer, currency };
        let pay::Reply::Wallet(wallet) = done(&handle, cell, open).await else { panic!("wallet") };
        let wallet = wallet.wallet;
        let top_up = c::TopUpWallet { wallet, amount: 500_000, reference: "OPENING".into() };
        done(&handle, cell, top_up).await;
        let (owner, of_shop) = party(&handle, Role::Merchant).await;
        let account = BankAccount::try_new("2476", "001", Kind::Ordinary, "1234174", "ヤマボシ");
        account.unwrap().keep(&vault, owner.0).unwrap();
        let (id, name) = (fresh(&handle), "Yamaboshi".to_owned());
        let register = c::RegisterMerchant { id, party: of_shop, name, currency };
        let pay::Reply::Merchant(merchant) = done(&handle, cell, register).await else {
            panic!("merchant")
        };
        let open = c::OpenStore {
            id: fresh(&handle),
            merchant: merchant.merchant,
            name: "山法師".into(),
            latin_name: None,
            city: "Takayama".into(),
            category: Category::Restaurant,
            prefecture: 21,
        };
        let pay::Reply::Store(store) = done(&handle, cell, open).await else { panic!("store") };
        let night = night(&handle, &vault, folder.path());
        let buyer = Actor::of(of_buyer.number, Role::Traveller);
        Self { clock, disk, handle, night, vault, buyer, wallet, store, folder }
    }

    async fn has_terms(&self) {
        let (minimum, fee_same_bank, fee_other_bank, cutoff_min) = (1_000, 0, 220, 22 * 60);
        let currency = Currency::JPY;
        let terms = PayoutTerms { currency, minimum, fee_same_bank, fee_other_bank, cutoff_min };
        done(&self.handle, Actor::CELL, c::SetPayoutTerms { from: Timestamp(0), terms }).await;
    }

    /// Has terms, was looked at before the first cutoff, and sold.
    async fn sold(now: &str, yen: u64) -> Self {
        let scene = Self::begins(now).await;
        scene.has_terms().await;
        scene.night.look().await.unwrap();
        scene.sells(yen).await;
        scene
    }

    async fn sells(&self, amount: u64) {
        let (payment, wallet, store) = (fresh(&self.handle), self.wallet, self.store);
        let (requested, again) = (false, true);
        let pays = c::PayHere { payment, wallet, store, amount, requested, again, place: None };
        done(&self.handle, self.buyer, pays).await;
    }

    async fn looks(&self, now: &str) {
        self.clock.0.store(at(now), Ordering::Relaxed);
        self.night.look().await.unwrap();
    }

    /// The process ends and another begins at a later moment.
    fn restarts(&mut self, now: &str) {
        self.handle.stop();
        self.clock.0.store(at(now), Ordering::Relaxed);
        self.handle = start(&self.disk, &self.clock);
        self.night = night(&self.handle, &self.vault, self.folder.path());
    }

    /// Day, number and total of each file, the oldest first.
    async fn files(&self) -> Vec<(u32, u16, u64)> {
        let query = economy::Query::BankFiles { before: u32::MAX, most: 100 };
        match self.handle.ask(query).await {
            Outcome::Answered { answer: economy::Answer::BankFiles { files, .. }, .. } => {
                files.iter().rev().map(|file| (file.day, file.number, file.total)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn note(&self) -> Option<u64> {
        read(&self.night.note).unwrap().map(|at| at.0)
    }
}

#[tokio::test]
async fn the_file_is_made_at_the_cutoff_and_once() {
    let scene = Scene::sold("2026-10-29T21:50:00+09:00", 4_000).await;
    scene.looks("2026-10-29T21:59:59+09:00").await;
    assert_eq!(scene.files().await, [], "not before its time");
    scene.looks("2026-10-29T22:00:00+09:00").await;
    assert_eq!(scene.files().await, [(20_261_030, 1, 4_000)]);
    scene.sells(2_000).await;
    scene.looks("2026-10-29T22:00:20+09:00").await;
    scene.looks("2026-10-30T21:59:59+09:00").await;
    assert_eq!(scene.files().await.len(), 1, "one a night");
    scene.looks("2026-10-30T22:00:05+09:00").await;
    // Friday: the bank pays on Monday.
    assert_eq!(scene.files().await[1..], [(20_261_102, 1, 2_000)]);
    let kept = scene.folder.path().join("files").join("20261102-001.zengin.txt");
    assert!(bankfile::read(&std::fs::read(kept).unwrap()).is_ok());
}

#[tokio::test]
async fn a_night_that_was_missed_is_made_up_for_once() {
    let mut scene = Scene::sold("2026-10-29T20:00:00+09:00", 4_000).await;
    scene.restarts("2026-10-30T09:00:00+09:00");
    scene.night.look().await.unwrap();
    // Of three missed nights one file is made, by the newest of them.
    scene.sells(3_000).await;
    scene.restarts("2026-11-02T09:00:00+09:00");
    scene.night.look().await.unwrap();
    // The 3rd is a holiday.
    assert_eq!(scene.files().await, [(20_261_102, 1, 4_000), (20_261_104, 1, 3_000)]);
    scene.sells(1_000).await;
    scene.restarts("2026-11-02T12:00:00+09:00");
    scene.night.look().await.unwrap();
    assert_eq!(scene.files().await.len(), 2, "the note outlives the process");
}

#[tokio::test]
async fn what_is_made_before_holidays_is_paid_after_them() {
    let scene = Scene::sold("2027-04-28T21:00:00+09:00", 4_000).await;
    // The 29th is a holiday, and so are the 3rd to the 5th after a weekend.
    for (night, day) in [
        ("2027-04-28T22:00:00+09:00", 20_270_430),
        ("2027-04-30T22:00:00+09:00", 20_270_506),
        ("2027-05-01T22:00:00+09:00", 20_270_506),
        ("2027-05-05T22:00:00+09:00", 20_270_506),
    ] {
        scene.looks(night).await;
        let files = scene.files().await;
        assert_eq!(files.last().map(|file| file.0), Some(day), "{night}");
        scene.sells(1_500).await;
    }
    let numbers: Vec<u16> = scene.files().await.iter().map(|file| file.1).collect();
    assert_eq!(numbers, [1, 1, 2, 3], "files of one day are told apart");
}

#[tokio::test]
async fn a_night_without_sales_has_no_file_and_is_done() {
    let scene = Scene::sold("2026-10-29T21:50:00+09:00", 999).await;
    scene.looks("2026-10-29T22:00:00+09:00").await;
    assert_eq!(scene.files().await, [], "too little waits");
    assert_eq!(scene.note(), Some(at("2026-10-29T22:00:00+09:00")));
    // What is sold after it is not paid in the middle of the next day.
    scene.sells(5_000).await;
    scene.looks("2026-10-30T12:00:00+09:00").await;
    assert_eq!(scene.files().await, []);
    scene.looks("2026-10-30T22:00:00+09:00").await;
    assert_eq!(scene.files().await, [(20_261_102, 1, 5_999)]);
}

#[tokio::test]
async fn without_terms_nothing_is_made_and_with_them_from_the_next_cutoff_on() {
    let scene = Scene::begins("2026-10-29T21:50:00+09:00").await;
    scene.sells(4_000).await;
    scene.looks("2026-10-29T22:10:00+09:00").await;
    assert_eq!((scene.files().await, scene.note()), (Vec::new(), None));
    scene.has_terms().await;
    scene.looks("2026-10-29T22:10:20+09:00").await;
    assert_eq!(scene.files().await, [], "that cutoff passed before there were terms");
    scene.looks("2026-10-30T22:00:00+09:00").await;
    assert_eq!(scene.files().await, [(20_261_102, 1, 4_000)]);
}

/// Cut off after the file was sealed and before the night was noted.
#[tokio::test]
async fn a_file_whose_night_was_not_noted_is_not_made_twice() {
    let mut scene = Scene::sold("2026-10-29T21:50:00+09:00", 4_000).await;
    let before = std::fs::read(&scene.night.note).unwrap();
    scene.looks("2026-10-29T22:00:00+09:00").await;
    std::fs::write(&scene.night.note, before).unwrap();
    scene.restarts("2026-10-29T22:05:00+09:00");
    scene.night.look().await.unwrap();
    assert_eq!(scene.files().await.len(), 1);
    assert_eq!(scene.note(), Some(at("2026-10-29T22:00:00+09:00")));
}

#[tokio::test]
async fn a_note_that_can_not_be_read_makes_nothing_and_says_which() {
    let scene = Scene::sold("2026-10-29T21:50:00+09:00", 4_000).await;
    std::fs::write(&scene.night.note, "half a nigh").unwrap();
    scene.clock.0.store(at("2026-10-29T22:00:00+09:00"), Ordering::Relaxed);
    let why = scene.night.look().await.unwrap_err();
    assert!(format!("{why:#}").contains("files.night"), "{why:#}");
    assert!(!why.is::<NotNow>(), "somebody has to look");
    assert_eq!(scene.files().await, []);
}

#[tokio::test]
async fn a_cell_that_can_not_be_asked_is_asked_later() {
    let mut scene = Scene::sold("2026-10-29T21:50:00+09:00", 4_000).await;
    scene.handle.stop();
    scene.clock.0.store(at("2026-10-29T22:00:00+09:00"), Ordering::Relaxed);
    let why = scene.night.look().await.unwrap_err();
    assert!(why.is::<NotNow>(), "{why:#}");
    scene.restarts("2026-10-29T22:00:20+09:00");
    scene.looks("2026-10-29T22:00:20+09:00").await;
    assert_eq!(scene.files().await.len(), 1);
}
