//! Simulated years are journals like any other: the audit finds nothing, lists are built from them,
//! and the seed alone says what is in them.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use journal::memory::{Disk, Memory};
use journal::{Hash, Journal};
use views::{Month, Sum, Views};
use years::{CELLS, Model, Options, Written, YearsError};

/// 1 November 2026, as days since 1970.
const UNTIL: u32 = 20_758;

fn options(seed: u64, years: u32, payments: u64) -> Options {
    Options { seed, years, until: UNTIL, payments, model: Model::default() }
}

/// Written without a disk: what it says, and the journals.
fn written(options: &Options) -> (Written, [Disk; 2]) {
    let journals = [Memory::new(), Memory::new()];
    let disks = [journals[0].disk().clone(), journals[1].disk().clone()];
    let journals = journals.map(|journal| Box::new(journal) as Box<dyn Journal>);
    (years::write_to(journals, options, |_, _| {}).unwrap(), disks)
}

fn hashes(disks: &[Disk; 2]) -> [Hash; 2] {
    [Memory::open(&disks[0]).head().hash, Memory::open(&disks[1]).head().hash]
}

#[test]
fn the_seed_alone_says_what_is_written() {
    let (first, disks) = written(&options(1, 1, 1_500));
    let (again, same) = written(&options(1, 1, 1_500));
    let (_, other) = written(&options(2, 1, 1_500));
    assert_eq!((&first, hashes(&disks)), (&again, hashes(&same)));
    assert_ne!(hashes(&disks), hashes(&other));
    let about = 1_500 * 8 / 10..=1_500 * 12 / 10;
    assert!(about.contains(&first.payments), "{first:?}");
    assert!(first.refunds > 0 && first.residents_payments > 0, "{first:?}");
}

#[test]
fn the_audit_finds_nothing_in_a_folder_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let written = years::write(folder.path(), &options(1, 1, 60), |_, _| {}).unwrap();
    assert!(written.payments > 30, "{written:?}");
    let report = audit::run_all(&[folder.path()]).unwrap();
    assert!(report.is_ok(), "{report}");
}

#[test]
fn lists_of_two_years_say_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (written, disks) = written(&options(3, 2, 3_000));
    let views = |cell: usize| {
        let (name, _) = CELLS[cell];
        let views = Views::open(&folder.path().join(name), name).unwrap();
        views.catch_up(Memory::open(&disks[cell]).reader().as_mut()).unwrap();
        views
    };
    let (cn, jp) = (views(0), views(1));
    let months = jp.months().unwrap().unwrap();
    assert_eq!(months, (Month::of(2024, 11), Month::of(2026, 10)));
    let sold = jp.sold(months).unwrap();
    let mut all = Sum::default();
    sold.iter().for_each(|of| all += of.sum);
    assert_eq!((all.payments, all.refunds), (written.payments, written.refunds));
    let of_visitors = written.payments - written.residents_payments;
    let trips = &cn.trips(months).unwrap()[0];
    assert_eq!(trips.all.payments, of_visitors);
    // A visitor rests longer between trips than a trip may rest, so that trips are as drawn; the
    // last ones may not have begun to buy.
    assert!(trips.all.trips <= written.trips && trips.all.trips + 20 > written.trips);
    assert!(cn.travellers(months).unwrap().0 <= written.visitors);
    // Shops open as months go by, and are everywhere in the end.
    let places = |month: Month| {
        let mut of: Vec<u8> =
            sold.iter().filter(|of| of.month <= month).map(|of| of.prefecture).collect();
        of.sort_unstable();
        of.dedup();
        of.len()
    };
    assert!(places(months.0) < places(months.1));
}

#[test]
fn nothing_is_written_into_a_folder_that_has_a_journal_or_before_there_were_rates() {
    let folder = tempfile::tempdir().unwrap();
    years::write(folder.path(), &options(1, 1, 20), |_, _| {}).unwrap();
    let again = years::write(folder.path(), &options(1, 1, 20), |_, _| {});
    assert!(matches!(again, Err(YearsError::NotEmpty(_))), "{again:?}");
    let empty = tempfile::tempdir().unwrap();
    let early = years::write(empty.path(), &options(1, 3, 20), |_, _| {});
    assert!(matches!(early, Err(YearsError::NoRates { .. })), "{early:?}");
    let nothing = years::write(empty.path(), &options(1, 0, 20), |_, _| {});
    assert!(matches!(nothing, Err(YearsError::Nothing)), "{nothing:?}");
    assert!(!empty.path().join("cn").exists(), "nothing is left of what was refused");
}
