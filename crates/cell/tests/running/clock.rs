//! Clocks that are set while a cell runs, or while it does not.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use cell::{Clock, Handle, Outcome, Rejected, SystemClock};
use journal::memory::Disk;
use kernel::{Id, Refuse, Role, Timestamp};

use crate::support::{Set, look, open, open_book, over, request, until};

const MINUTE_US: i64 = 60_000_000;
const YEARS_US: i64 = 10 * 365 * 86_400 * 1_000_000;

fn is_stopped(cell: &Handle) -> bool {
    matches!(open_book(cell), Outcome::Rejected(Rejected::ClockJumped))
}

/// What finishes something is always taken in, and can be done: its id is fresh by the cell's time.
fn finish(cell: &Handle) {
    let id = Id::from_parts(cell.now(), 1);
    let refund = pay::command::RefundPayment { id, payment: Id::new(7), amount: 1 };
    let outcome = cell.submit_blocking(request(pay::Command::from(refund)));
    let Outcome::Refused { refusal, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.code(), "payment_not_found");
}

/// Whether new business is judged again, and at which time.
fn goes_on(cell: &Handle) -> Timestamp {
    let id = Id::from_parts(cell.now(), u128::from(cell.durable()));
    let party = pay::command::RegisterParty { id, role: Role::Traveller };
    let outcome = cell.submit_blocking(request(pay::Command::from(party)));
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    cell.time()
}

fn true_time() -> Timestamp {
    SystemClock.wall()
}

#[test]
fn a_clock_that_jumped_stops_new_business_until_it_is_accepted() {
    for jump in [YEARS_US, -YEARS_US, 2 * MINUTE_US] {
        let (disk, clock) = (Disk::new(), Arc::new(Set::default()));
        let cell = open(2, over(&disk), clock.clone());
        goes_on(&cell);
        clock.ahead(jump);
        look(&cell);
        assert!(is_stopped(&cell), "by {jump}");
        finish(&cell);
        // Coming back from the journal is no look at the clock.
        cell.crash();
        until("it comes back", || cell.metrics().recoveries.load(Relaxed) == 1 && cell.ready());
        assert!(is_stopped(&cell), "by {jump}");
        finish(&cell);
        let drift = cell.now().0.abs_diff(true_time().0);
        assert!(drift < MINUTE_US as u64, "the cell goes by {:?}", cell.now());

        cell.accept_clock();
        until("it is accepted", || !is_stopped(&cell));
        let time = goes_on(&cell);
        // Time in a cell never goes back.
        let least = true_time().0.saturating_add_signed(jump.max(0) - MINUTE_US);
        assert!(time.0 > least, "{time:?} after {jump}");
        cell.stop();
    }
}

#[test]
fn a_clock_that_is_right_again_needs_no_acceptance() {
    let (disk, clock) = (Disk::new(), Arc::new(Set::default()));
    let cell = open(2, over(&disk), clock.clone());
    clock.ahead(YEARS_US);
    look(&cell);
    assert!(is_stopped(&cell));
    clock.ahead(0);
    look(&cell);
    let time = goes_on(&cell);
    assert!(time.0.abs_diff(true_time().0) < MINUTE_US as u64, "{time:?}");
    cell.stop();
}

#[test]
fn an_acceptance_holds_for_the_jump_that_was_seen() {
    let (disk, clock) = (Disk::new(), Arc::new(Set::default()));
    let cell = open(2, over(&disk), clock.clone());
    cell.accept_clock();
    look(&cell);
    clock.ahead(YEARS_US);
    look(&cell);
    assert!(is_stopped(&cell));
    cell.stop();
}

#[test]
fn a_clock_behind_the_journal_at_a_start_was_set_back() {
    let (disk, clock) = (Disk::new(), Arc::new(Set::default()));
    clock.ahead(YEARS_US);
    let cell = open(2, over(&disk), clock.clone());
    let ahead = goes_on(&cell);
    cell.stop();
    clock.ahead(0);
    let cell = open(2, over(&disk), clock.clone());
    assert!(is_stopped(&cell));
    finish(&cell);
    cell.accept_clock();
    until("it is accepted", || !is_stopped(&cell));
    // Its time stands until the clock has come there; ids are made by it and so are fresh.
    assert!(goes_on(&cell) >= ahead);
    cell.stop();
}
