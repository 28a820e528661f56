//! The book against a naive ledger that answers the same questions without any cleverness.

mod given;
mod naive;
mod random;

use given::Book;
use ledger::{Event, Movement, Outcome};
use naive::Naive;
use proptest::prelude::*;
use random::{Asked, Step, steps};

/// Ends the holds that have run out, as the cell does when time has passed.
fn tick(book: &mut Book, naive: &mut Naive) {
    let due = book.state.expired(book.now, 3);
    book.draft.clear();
    for number in &due {
        book.draft.void(&book.state, *number).expect("a hold that is due lasts");
        naive.expire(*number);
    }
    let facts = book.evolve();
    assert!(facts.iter().all(|fact| matches!(fact, Event::Moved(Movement::Void { .. }))));
    assert_eq!(facts.len(), due.len());
}

fn assert_equal(book: &Book, naive: &Naive) {
    assert!(book.state.accounts().map(|(_, account)| account).eq(&naive.accounts));
    assert!(book.state.holds().eq(naive.holds.iter().map(|(number, hold)| (*number, hold))));
    assert_eq!(book.state.transfer_count(), naive.made.len() as u64);
    assert!(naive.made.iter().all(|made| book.state.transfer(made.id) == Some(made)));
}

fn run(steps: &[Step]) -> Vec<Outcome> {
    let mut book = Book::new();
    let mut naive = Naive::new(given::accounts());
    let mut asked = Asked::default();
    asked.start(&mut book);
    naive.batch(book.now, &asked.0);
    let mut all = Vec::new();
    for step in steps {
        let transfers = asked.batch(&book, &step.asks);
        let outcomes = book.batch(&transfers);
        let expected = naive.batch(book.now, &transfers);
        assert_eq!(outcomes, expected, "{transfers:#?}");
        assert_equal(&book, &naive);
        book.now = book.now.plus(step.wait);
        tick(&mut book, &mut naive);
        assert_equal(&book, &naive);
        all.extend(outcomes);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_book_answers_as_a_naive_ledger_does(steps in steps(12)) {
        run(&steps);
    }
}

/// The comparison says little if the random batches are all refused, or never.
#[test]
fn random_batches_reach_every_kind_of_outcome() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..300 {
        let steps = steps(12).new_tree(&mut runner).expect("steps can be drawn").current();
        for outcome in run(&steps) {
            let kind = match outcome {
                Outcome::Held(_) => "Held".to_owned(),
                other => format!("{other:?}"),
            };
            *seen.entry(kind).or_default() += 1;
        }
    }
    let total: usize = seen.values().sum();
    for usual in ["Made", "Held"] {
        assert!(seen[usual] * 20 > total, "too few are {usual}: {seen:#?}");
    }
    for refusal in ledger::Refusal::ALL {
        let rare = *refusal == ledger::Refusal::IdMustNotBeZero;
        assert!(rare || seen.contains_key(&format!("Refused({refusal:?})")), "no {refusal:?}");
    }
}
