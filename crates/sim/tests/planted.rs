//! Bugs on purpose: each must be found within a few seeds.

use kernel::plant::{Bug, plant};

/// Seeds within which a planted bug must show, and the steps of each.
const SEEDS: u64 = 200;
const STEPS: u64 = 500;

/// The first seed that finds a planted bug.
fn found(bug: Bug) -> Option<sim::Violation> {
    plant(Some(bug));
    let found = (1..=SEEDS).find_map(|seed| sim::run(seed, STEPS).err());
    plant(None);
    found
}

fn assert_found(bug: Bug) {
    let violation = found(bug).unwrap_or_else(|| panic!("{bug:?} was not found in {SEEDS} seeds"));
    println!("{bug:?}: {violation}");
    // The same seed without the bug is well: the bug was found, and nothing else.
    let well = sim::run(violation.seed, STEPS);
    assert!(well.is_ok(), "without the bug: {well:?}");
}

#[test]
fn an_acknowledgement_before_the_disk_has_it_is_found() {
    assert_found(Bug::AcknowledgeBeforeDurable);
}

#[test]
fn a_message_applied_twice_is_found() {
    assert_found(Bug::MessageTwice);
}

#[test]
fn a_refund_rounded_up_is_found() {
    assert_found(Bug::RefundRoundsUp);
}

#[test]
fn an_old_writer_that_is_accepted_is_found() {
    assert_found(Bug::OldWriterAccepted);
}
