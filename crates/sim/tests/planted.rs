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

/// One death in a run in which nothing else goes wrong finds it too, at the one step that matters.
#[test]
fn a_death_at_the_right_step_finds_an_early_acknowledgement() {
    let dies = |after| sim::run_once(1, 40, sim::Death { after, of_all: true });
    let steps = dies(0).expect("well without a death").points;
    plant(Some(Bug::AcknowledgeBeforeDurable));
    let found = (1..=steps).find(|after| dies(*after).is_err());
    plant(None);
    let after = found.unwrap_or_else(|| panic!("{steps} deaths found nothing"));
    assert_eq!(dies(after).map(|_| ()), Ok(()), "without the bug");
}
