//! What holds after every decision, whatever was asked.

mod given;
mod random;

use std::collections::BTreeMap;

use given::{Book, NOW, assert_same};
use kernel::{Module, Span, Timestamp};
use ledger::{Draft, Event, Flags, Movement, Outcome, SideRule, State, Transfer, hold_tag};
use proptest::collection::vec;
use proptest::prelude::*;
use random::{Asked, steps};

/// Debits equal credits in each currency, side rules hold, and pending is what holds hold.
fn assert_laws(book: &State) {
    for (currency, [debits, credits, debits_pending, credits_pending]) in book.sums() {
        assert_eq!(debits, credits, "posted {currency}");
        assert_eq!(debits_pending, credits_pending, "pending {currency}");
    }
    let mut held = BTreeMap::<(u32, bool), u64>::new();
    for (_, hold) in book.holds() {
        *held.entry((hold.debit, true)).or_default() += hold.remaining;
        *held.entry((hold.credit, false)).or_default() += hold.remaining;
    }
    let held = |number, side| held.get(&(number, side)).copied().unwrap_or(0);
    for (number, account) in book.accounts() {
        let taken = u128::from(account.debits_posted) + u128::from(account.debits_pending);
        let given = u128::from(account.credits_posted) + u128::from(account.credits_pending);
        match account.rule {
            SideRule::NeverOverdrawn => assert!(taken <= account.credits_posted.into()),
            SideRule::NeverOverpaid => assert!(given <= account.debits_posted.into()),
            SideRule::Free => {}
        }
        assert_eq!(account.debits_pending, held(number, true), "held of account {number}");
        assert_eq!(account.credits_pending, held(number, false), "held for account {number}");
    }
}

/// A fact as it comes back from the journal.
fn stored(event: &Event) -> Event {
    let mut bytes = Vec::new();
    State::encode(event, &mut bytes);
    State::decode(&bytes).expect("what was written can be read")
}

/// Follows each hold from its birth by the facts alone.
#[derive(Default)]
struct Holds(BTreeMap<u32, (u64, u64)>);

impl Holds {
    fn born(&mut self, number: u32, amount: u64) {
        assert_eq!(self.0.insert(number, (amount, 0)), None, "hold {number} was not over");
    }

    fn captured(&mut self, number: u32, amount: u64, last: bool) {
        let (whole, taken) = self.0.get_mut(&number).expect("a hold ends once");
        *taken += amount;
        assert!(taken <= whole, "hold {number} gave more than its amount");
        if last {
            self.0.remove(&number);
        }
    }

    fn follow(&mut self, transfers: &[Transfer], outcomes: &[Outcome]) {
        for (transfer, outcome) in transfers.iter().zip(outcomes) {
            let keep = transfer.flags.has(Flags::KEEP);
            match outcome {
                Outcome::Held(number) => self.born(*number, transfer.amount),
                Outcome::Made if transfer.flags.has(Flags::CAPTURE) => {
                    self.captured(transfer.debit, transfer.amount, !keep);
                }
                Outcome::Made if transfer.flags.has(Flags::VOID) => {
                    self.captured(transfer.debit, 0, true);
                }
                _ => {}
            }
        }
    }
}

/// A linked list is made whole or refused whole.
fn assert_lists_are_whole(transfers: &[Transfer], outcomes: &[Outcome]) {
    let mut at = 0;
    for list in transfers.split_inclusive(|transfer| !transfer.flags.has(Flags::LINKED)) {
        let answers = &outcomes[at..at + list.len()];
        let refused = answers.iter().filter(|a| matches!(a, Outcome::Refused(_))).count();
        assert!(refused == 0 || refused == list.len(), "{answers:?}");
        at += list.len();
    }
}

/// The accepted transfers of a batch, one fact each: a book that gets these one after the other
/// gives the numbers that the draft foretold.
fn evolve_singly(book: &mut State, now: Timestamp, transfers: &[Transfer], outcomes: &[Outcome]) {
    for (transfer, outcome) in transfers.iter().zip(outcomes) {
        match outcome {
            Outcome::Refused(_) => continue,
            Outcome::Made => book.evolve(now, &Event::Batch([*transfer].into())),
            Outcome::Held(number) => {
                assert_eq!(book.hold(*number), None, "the number is not free");
                book.evolve(now, &Event::Batch([*transfer].into()));
                let hold = book.hold(*number).expect("the number was given");
                assert_eq!((hold.tag, hold.remaining), (hold_tag(transfer.id), transfer.amount));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_after_every_batch(steps in steps(10)) {
        let mut book = Book::new();
        let mut asked = Asked::default();
        asked.start(&mut book);
        let mut replayed = Book::new();
        replayed.make(&asked.0);
        let mut single = Book::new();
        single.make(&asked.0);
        let mut holds = Holds::default();
        for step in &steps {
            let transfers = asked.batch(&book, &step.asks);
            let context = book.context();
            book.draft.clear();
            let outcomes = book.draft.batch(&book.state, &context, &transfers);

            let mut fresh = Draft::<Event>::default();
            prop_assert_eq!(&fresh.batch(&book.state, &context, &transfers), &outcomes);
            prop_assert_eq!(&fresh.events, &book.draft.events, "a used draft is a fresh one");

            let made: Vec<_> = transfers.iter().zip(&outcomes)
                .filter(|(_, outcome)| !matches!(outcome, Outcome::Refused(_)))
                .map(|(transfer, outcome)| (*transfer, *outcome)).collect();
            let (made, answers): (Vec<_>, Vec<_>) = made.into_iter().unzip();
            fresh.clear();
            prop_assert_eq!(fresh.batch(&book.state, &context, &made), answers);
            prop_assert_eq!(&fresh.events, &book.draft.events, "what was refused left a trace");

            assert_lists_are_whole(&transfers, &outcomes);
            holds.follow(&transfers, &outcomes);
            evolve_singly(&mut single.state, book.now, &transfers, &outcomes);
            for event in book.evolve() {
                replayed.state.evolve(book.now, &stored(&event));
            }
            assert_laws(&book.state);
            let ids = || asked.0.iter().map(|transfer| transfer.id);
            assert_same(&book.state, &replayed.state, ids());
            assert_same(&book.state, &single.state, ids());
            book.now = book.now.plus(step.wait);
        }
    }
}

/// What a module may ask of a draft.
#[derive(Clone, Debug)]
enum Ask {
    Open,
    Post(u32, u32, u64),
    Hold(u32, u32, u64),
    Capture(usize, u64, bool),
    Void(usize),
}

fn ask() -> impl Strategy<Value = Ask> {
    let pair = || (0..9u32, 0..9u32, 0..200u64);
    prop_oneof![
        1 => Just(Ask::Open),
        6 => pair().prop_map(|(debit, credit, amount)| Ask::Post(debit, credit, amount)),
        6 => pair().prop_map(|(debit, credit, amount)| Ask::Hold(debit, credit, amount)),
        4 => (any::<usize>(), 0..200u64, any::<bool>())
            .prop_map(|(hold, amount, last)| Ask::Capture(hold, amount, last)),
        2 => any::<usize>().prop_map(Ask::Void),
    ]
}

/// Asks one thing of a draft; the hold it foretold, if it is a hold.
fn decide(book: &mut Book, ask: &Ask, holds: &mut Vec<u32>) -> Option<u32> {
    let named = |which: usize| holds.get(which % holds.len().max(1)).copied().unwrap_or(7);
    let (draft, state) = (&mut book.draft, &book.state);
    // A refusal is an answer too: the laws must hold after it.
    match *ask {
        Ask::Open => _ = draft.open_account(state, given::accounts()[1]),
        Ask::Post(debit, credit, amount) => _ = draft.post(state, debit, credit, amount),
        Ask::Hold(debit, credit, amount) => {
            let number = draft.hold(state, debit, credit, amount).ok()?;
            holds.push(number);
            return Some(number);
        }
        Ask::Capture(which, amount, last) => _ = draft.capture(state, named(which), amount, last),
        Ask::Void(which) => _ = draft.void(state, named(which)),
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_module_s_draft_is_applied_as_it_was_judged(drafts in vec(vec(ask(), 0..20), 1..10)) {
        let mut book = Book::new();
        let mut replayed = Book::new();
        let mut holds = Vec::new();
        for asks in &drafts {
            book.draft.clear();
            let foretold: Vec<u32> =
                asks.iter().filter_map(|ask| decide(&mut book, ask, &mut holds)).collect();
            let balances: Vec<i128> =
                (0..12).map(|account| book.draft.balance(&book.state, account)).collect();
            let mut foretold = foretold.into_iter();
            for event in std::mem::take(&mut book.draft.events) {
                let number = match event {
                    Event::Moved(Movement::Hold { .. }) => foretold.next(),
                    _ => None,
                };
                prop_assert!(number.is_none_or(|number| book.state.hold(number).is_none()));
                book.state.evolve(NOW, &event);
                prop_assert!(number.is_none_or(|number| book.state.hold(number).is_some()));
                replayed.state.evolve(NOW, &stored(&event));
            }
            for (account, balance) in (0..12).zip(balances) {
                prop_assert_eq!(book.state.account(account).map_or(0, |a| a.balance()), balance);
            }
            assert_laws(&book.state);
            assert_same(&book.state, &replayed.state, []);
        }
    }
}

#[test]
fn an_id_is_forgotten_after_72_hours_and_usable_once_more() {
    let mut book = Book::new();
    let transfers: Vec<_> =
        (0..10_000).map(|number| given::post(number, given::BANK, given::WALLET, 1)).collect();
    for batch in transfers.chunks(5_000) {
        book.make(batch);
    }
    let after = NOW.plus(Span::hours(72));
    assert_eq!(book.state.forgettable(after, 9_000), None, "not before 72 hours are over");
    let through = book.state.forgettable(after.plus(Span(1)), 9_000).unwrap();
    assert_eq!(through, 8_999);
    let forgotten = stored(&Event::Forgotten { through });
    book.state.evolve(after, &forgotten);
    assert_eq!(book.state.transfer_count(), 1_000);
    for (number, transfer) in transfers.iter().enumerate() {
        assert_eq!(book.state.transfer(transfer.id).is_some(), number >= 9_000);
    }
    // The clock of the cell can't go back; that of this test can, to use such an id again.
    assert_eq!(book.make(&transfers[..1]), [Outcome::Made]);
    assert_eq!(book.state.transfer(transfers[0].id), Some(&transfers[0]));
    let known = ledger::Refusal::Exists;
    assert_eq!(book.batch(&transfers[9_999..]), [Outcome::Refused(known)]);
    assert_eq!(book.state.forgettable(after.plus(Span(1)), 9_000), Some(10_000));
}

#[test]
fn a_late_repeat_is_told_so_while_the_id_is_known() {
    let mut book = Book::new();
    let transfer = given::post(1, given::BANK, given::WALLET, 1);
    book.make(&[transfer]);
    book.now = NOW.plus(Span::hours(71));
    let exists = Outcome::Refused(ledger::Refusal::Exists);
    assert_eq!(book.batch(&[transfer]), [exists]);
    book.state.evolve(book.now, &Event::Forgotten { through: 0 });
    let expired = Outcome::Refused(ledger::Refusal::IdExpired);
    assert_eq!(book.batch(&[transfer]), [expired], "forgotten, so it may not create again");
}

#[test]
fn holds_fall_due_in_order_of_deadline_and_number() {
    let mut book = Book::new();
    let hold = |number, timeout_s| Transfer {
        timeout_s,
        ..given::pending(number, given::BANK, given::WALLET, 1)
    };
    assert_eq!(book.state.next_deadline(), None);
    book.make(&[hold(1, 9), hold(2, 0), hold(3, 5), hold(4, 5), hold(5, 7)]);
    let at = |seconds| NOW.plus(Span::seconds(seconds));
    assert_eq!(book.state.next_deadline(), Some(at(5)));
    assert_eq!(book.state.expired(at(4), 9), [] as [u32; 0]);
    assert_eq!(book.state.expired(at(5), 9), [2, 3]);
    assert_eq!(book.state.expired(at(99), 3), [2, 3, 4]);
    assert_eq!(book.state.expired(at(99), 9), [2, 3, 4, 0]);
    book.make(&[given::void(6, 2, hold_tag(given::id(3)))]);
    assert_eq!(book.state.expired(at(99), 9), [3, 4, 0], "what ended falls due no more");
}
