//! One row is one transfer (or linked list) on the given book, and what becomes of it. Refusals
//! stand in order of precedence: a row that breaks several rules is told the first.

mod given;

use std::collections::BTreeSet;

use given::*;
use kernel::{Span, Timestamp};
use ledger::Refusal::*;
use ledger::{Draft, Event, Flags, Outcome, Refusal, Transfer, hold_tag};

/// The holds of the given book, by number.
const HELD: u32 = 0;
const RUN_OUT: u32 = 1;
const OF_A_PAYMENT: u32 = 2;
const ENDED: u32 = 3;

/// The ids that the given book knows.
const OLD_POST: u128 = 101;
const OLD_HOLD: u128 = 102;
const OLD_SHORT_HOLD: u128 = 103;
const OLD_CAPTURE: u128 = 105;
const OLD_LINKED: u128 = 107;

/// An id that no transfer has.
const NEW: u128 = 1;

fn old_post() -> Transfer {
    post(OLD_POST, BANK, WALLET, 1_000)
}

fn old_hold() -> Transfer {
    Transfer { timeout_s: 600, ..pending(OLD_HOLD, WALLET, MERCHANT, 300) }
}

fn old_capture() -> Transfer {
    let part = capture(OLD_CAPTURE, HELD, tag(OLD_HOLD), 50);
    Transfer { flags: Flags(Flags::CAPTURE | Flags::KEEP), ..part }
}

fn tag(number: u128) -> u32 {
    hold_tag(id(number))
}

/// The wallet has 950 of which 250 are held, so 700 to give; the debtor may still be given 80.
fn given_book() -> Book {
    let mut book = Book::new();
    book.make(&[
        old_post(),
        old_hold(),
        Transfer { timeout_s: 5, ..pending(OLD_SHORT_HOLD, BANK, MERCHANT, 10) },
    ]);
    book.draft.hold(&book.state, BANK, MERCHANT, 10).expect("the bank is free");
    book.evolve();
    book.make(&[pending(104, BANK, MERCHANT, 10)]);
    book.make(&[
        old_capture(),
        void(106, ENDED, tag(104)),
        linked(post(OLD_LINKED, DEBTOR, BANK, 100)),
        post(108, BANK, DEBTOR, 20),
    ]);
    book.now = NOW.plus(Span::seconds(10));
    book
}

type Row = (&'static str, Transfer, Outcome);

fn refused(what: &'static str, why: Refusal, transfer: Transfer) -> Row {
    (what, transfer, Outcome::Refused(why))
}

fn made(what: &'static str, transfer: Transfer) -> Row {
    (what, transfer, Outcome::Made)
}

fn held(what: &'static str, number: u32, transfer: Transfer) -> Row {
    (what, transfer, Outcome::Held(number))
}

fn flagged(flags: u16, transfer: Transfer) -> Transfer {
    Transfer { flags: Flags(flags), ..transfer }
}

/// From a transfer in which everything is wrong to one that is made, one correction a row.
#[rustfmt::skip]
fn corrections() -> Vec<Row> {
    let all = flagged(1 << 15 | Flags::CAPTURE | Flags::VOID, post(0, 99, 99, 0));
    let old = NOW.minus(Span::hours(48));
    let all = Transfer { id: 0, code: 0, timeout_s: 1, ..all };
    let named = Transfer { id: id_at(old, NEW), ..all };
    let known = flagged(Flags::CAPTURE | Flags::VOID, named);
    let plain = flagged(0, known);
    let fresh = Transfer { id: id(NEW), ..plain };
    let coded = Transfer { code: 1, ..fresh };
    let at_once = Transfer { timeout_s: 0, ..coded };
    let huge = Transfer { amount: u64::MAX, ..at_once };
    let debited = Transfer { debit: MIRROR, ..huge };
    let itself = Transfer { credit: MIRROR, ..debited };
    let across = Transfer { credit: NOSTRO, ..debited };
    let reserved = Transfer { debit: WALLET, ..across };
    let open = Transfer { credit: DEBTOR, ..reserved };
    let poor = Transfer { amount: 701, ..open };
    let enough = Transfer { amount: 700, ..poor };
    vec![
        refused("no id", IdMustNotBeZero, all),
        refused("a flag without a meaning", ReservedFlag, named),
        refused("two ways at once", FlagsAreMutuallyExclusive, known),
        refused("an id of two days ago", IdExpired, plain),
        refused("no code", CodeMustNotBeZero, fresh),
        refused("a timeout on what does not wait", TimeoutReservedForPendingTransfer, coded),
        refused("nothing to move", AmountMustNotBeZero, at_once),
        refused("no debit account", DebitAccountNotFound, huge),
        refused("no credit account", CreditAccountNotFound, debited),
        refused("to itself", AccountsMustBeDifferent, itself),
        refused("yuan to yen", AccountsMustHaveTheSameCurrency, across),
        refused("to the nostro", AccountReservedForCorridor, reserved),
        refused("beyond 64 bits", OverflowsAccount, open),
        refused("one more than there is", ExceedsCredits, poor),
        refused("more than the debtor is owed", ExceedsDebits, enough),
        made("80, what the debtor may be given", Transfer { amount: 80, ..enough }),
    ]
}

/// Rows that stand on their own.
#[rustfmt::skip]
fn posts() -> Vec<Row> {
    let at = |made: Timestamp| Transfer { id: id_at(made, NEW), ..post(NEW, WALLET, MERCHANT, 1) };
    let now = NOW.plus(Span::seconds(10));
    let ms = Span(1_000);
    vec![
        made("all that the wallet may give", post(NEW, WALLET, MERCHANT, 700)),
        refused("what the hold holds", ExceedsCredits, post(NEW, WALLET, MERCHANT, 701)),
        refused("pending money is no money", ExceedsCredits, post(NEW, MERCHANT, BANK, 51)),
        made("a free account has no floor", post(NEW, BANK, WALLET, 1 << 40)),
        refused("from the nostro", AccountReservedForCorridor, post(NEW, NOSTRO, BANK, 1)),
        refused("from the mirror", AccountReservedForCorridor, post(NEW, MIRROR, FX, 1)),
        refused("to the mirror", AccountReservedForCorridor, post(NEW, FX, MIRROR, 1)),
        refused("the debit side is full", OverflowsAccount, post(NEW, BANK, WALLET, u64::MAX)),
        refused("the credit side is full", OverflowsAccount,
            post(NEW, BANK, WALLET, u64::MAX - 1_020)),
        made("an id of just 48 hours", at(now.minus(Span::hours(48)))),
        refused("an id older than 48 hours", IdExpired, at(now.minus(Span::hours(48)).minus(ms))),
        made("an id 5 minutes ahead", at(now.plus(Span::seconds(300)))),
        refused("an id further ahead", IdExpired, at(now.plus(Span::seconds(300)).plus(ms))),
        refused("not a UUIDv7", IdExpired, Transfer { id: 77, ..post(NEW, WALLET, MERCHANT, 1) }),
        refused("keep without capture", FlagsAreMutuallyExclusive,
            flagged(Flags::KEEP, post(NEW, WALLET, MERCHANT, 1))),
        refused("pending and void", FlagsAreMutuallyExclusive,
            flagged(Flags::PENDING | Flags::VOID, post(NEW, WALLET, MERCHANT, 1))),
    ]
}

#[rustfmt::skip]
fn holds() -> Vec<Row> {
    let held_tag = tag(OLD_HOLD);
    let keep = |transfer| flagged(Flags::CAPTURE | Flags::KEEP, transfer);
    vec![
        held("gets the number that ended last", ENDED, pending(NEW, WALLET, MERCHANT, 700)),
        refused("held money can't be held again", ExceedsCredits,
            pending(NEW, WALLET, MERCHANT, 701)),
        refused("nor may it be too much to give", ExceedsDebits, pending(NEW, BANK, DEBTOR, 81)),
        refused("nothing to hold", AmountMustNotBeZero, pending(NEW, WALLET, MERCHANT, 0)),
        made("captures the rest", capture(NEW, HELD, held_tag, 250)),
        made("captures a part", capture(NEW, HELD, held_tag, 1)),
        made("captures a part and keeps the rest", keep(capture(NEW, HELD, held_tag, 1))),
        made("captures all and keeps nothing", keep(capture(NEW, HELD, held_tag, 250))),
        refused("captures more than is left", ExceedsPendingTransferAmount,
            capture(NEW, HELD, held_tag, 251)),
        refused("captures nothing", AmountMustNotBeZero, capture(NEW, HELD, held_tag, 0)),
        made("voids", void(NEW, HELD, held_tag)),
        made("a void's amount says nothing", Transfer { amount: 999, ..void(NEW, HELD, held_tag) }),
        refused("a guessed tag", PendingTransferNotFound, capture(NEW, HELD, held_tag ^ 2, 999)),
        refused("a hold that ended", PendingTransferNotFound, void(NEW, ENDED, tag(104))),
        refused("a number that no hold has", PendingTransferNotFound, void(NEW, 99, held_tag)),
        refused("a payment's hold", PendingTransferNotFound, capture(NEW, OF_A_PAYMENT, 0, 1)),
        refused("a hold that has run out, captured", PendingTransferExpired,
            capture(NEW, RUN_OUT, tag(OLD_SHORT_HOLD), 999)),
        refused("a hold that has run out, voided", PendingTransferExpired,
            void(NEW, RUN_OUT, tag(OLD_SHORT_HOLD))),
    ]
}

#[rustfmt::skip]
fn repeats() -> Vec<Row> {
    let late = NOW.minus(Span::hours(60));
    let again = old_post();
    vec![
        refused("flags", ExistsWithDifferentFlags,
            flagged(Flags::PENDING, Transfer { debit: 99, ..again })),
        refused("linked is a flag", ExistsWithDifferentFlags, post(OLD_LINKED, DEBTOR, BANK, 100)),
        refused("hold", ExistsWithDifferentHold, Transfer { debit: 9, amount: 9, ..old_capture() }),
        refused("tag", ExistsWithDifferentHold, Transfer { credit: 9, amount: 9, ..old_capture() }),
        refused("debit", ExistsWithDifferentDebitAccount,
            Transfer { debit: 99, credit: 99, ..again }),
        refused("credit", ExistsWithDifferentCreditAccount,
            Transfer { credit: 99, amount: 0, ..again }),
        refused("amount", ExistsWithDifferentAmount, Transfer { amount: 0, timeout_s: 9, ..again }),
        refused("amount of a capture", ExistsWithDifferentAmount,
            Transfer { amount: 9, ..old_capture() }),
        refused("timeout", ExistsWithDifferentTimeout, Transfer { timeout_s: 9, code: 0, ..again }),
        refused("timeout of a hold", ExistsWithDifferentTimeout,
            Transfer { timeout_s: 9, ..old_hold() }),
        refused("code", ExistsWithDifferentCode, Transfer { code: 0, ..again }),
        refused("nothing differs", Exists, again),
        refused("a capture again", Exists, old_capture()),
        refused("a hold again", Exists, old_hold()),
        refused("another id of another time", IdExpired,
            Transfer { id: id_at(late, OLD_POST), ..again }),
    ]
}

/// A batch on the given book and what becomes of each of its transfers.
type ListRow = (&'static str, Vec<(Transfer, Outcome)>);

#[rustfmt::skip]
fn lists() -> Vec<ListRow> {
    use Outcome::{Held, Made, Refused};
    let a = post(1, WALLET, MERCHANT, 1);
    let b = post(2, WALLET, MERCHANT, 2);
    let all = post(3, WALLET, MERCHANT, 700);
    let hold = |number| pending(number, BANK, WALLET, 1);
    let end = void(5, HELD, tag(OLD_HOLD));
    let rest = capture(6, HELD, tag(OLD_HOLD), 250);
    let poor = post(9, WALLET, MERCHANT, 951);
    let (failed, exceeds) = (Refused(LinkedEventFailed), Refused(ExceedsCredits));
    let gone = Refused(PendingTransferNotFound);
    vec![
        ("all are made", vec![(linked(a), Made), (linked(b), Made), (hold(3), Held(ENDED))]),
        ("the first fails", vec![(linked(poor), exceeds), (a, failed)]),
        ("the last fails", vec![(linked(a), failed), (poor, exceeds), (b, Made)]),
        ("the middle fails", vec![(linked(a), failed), (linked(poor), exceeds), (b, failed)]),
        ("the list is open", vec![(a, Made), (linked(b), failed),
            (linked(all), Refused(LinkedEventChainOpen))]),
        ("open comes first", vec![(linked(poor), Refused(LinkedEventChainOpen))]),
        ("a later one sees the earlier", vec![(linked(all), Made),
            (post(2, MERCHANT, BANK, 750), Made)]),
        ("what failed took nothing", vec![(linked(all), failed), (poor, exceeds),
            (post(1, WALLET, BANK, 700), Made)]),
        ("what failed took no id", vec![(linked(a), failed), (poor, exceeds), (a, Made)]),
        ("an id twice in a list", vec![(linked(a), failed),
            (a, Refused(ExistsWithDifferentFlags))]),
        ("an id twice in a batch", vec![(a, Made), (a, Refused(Exists)),
            (Transfer { amount: 9, ..a }, Refused(ExistsWithDifferentAmount))]),
        ("what failed freed no number", vec![(linked(end), failed), (poor, exceeds),
            (hold(1), Held(ENDED)), (hold(2), Held(4))]),
        ("what failed took no number", vec![(linked(hold(1)), failed), (poor, exceeds),
            (hold(2), Held(ENDED))]),
        ("what failed gave a freed number back", vec![(end, Made), (linked(hold(1)), failed),
            (poor, exceeds), (hold(2), Held(HELD)), (hold(3), Held(ENDED))]),
        ("a number freed is given at once", vec![(end, Made), (hold(1), Held(HELD)),
            (hold(2), Held(ENDED))]),
        ("a hold is gone after its void", vec![(end, Made), (rest, gone)]),
        ("its number does not answer to the old tag", vec![(end, Made), (hold(1), Held(HELD)),
            (rest, gone), (capture(2, HELD, tag(1), 1), Made)]),
        ("a hold taken back leaves no ghost", vec![(end, Made), (linked(hold(1)), failed),
            (poor, exceeds), (capture(2, HELD, tag(1), 1), gone), (rest, gone)]),
        ("a void taken back holds again", vec![(linked(end), failed), (poor, exceeds),
            (rest, Made)]),
        ("a hold is captured in its batch", vec![(hold(1), Held(ENDED)),
            (capture(2, ENDED, tag(1), 2), Refused(ExceedsPendingTransferAmount)),
            (capture(3, ENDED, tag(1), 1), Made)]),
    ]
}

fn rows() -> Vec<Row> {
    [corrections(), posts(), holds(), repeats()].concat()
}

#[test]
fn each_transfer_has_its_outcome() {
    for (what, transfer, expected) in rows() {
        let mut book = given_book();
        assert_eq!(book.batch(&[transfer]), [expected], "{what}: {transfer:?}");
    }
}

#[test]
fn each_list_has_its_outcomes() {
    for (what, row) in lists() {
        let (transfers, expected): (Vec<_>, Vec<_>) = row.into_iter().unzip();
        assert_eq!(given_book().batch(&transfers), expected, "{what}");
    }
}

#[test]
fn corrections_ascend() {
    let numbers: Vec<_> = corrections()
        .into_iter()
        .filter_map(|(_, _, outcome)| match outcome {
            Outcome::Refused(why) => Some(why as u8),
            _ => None,
        })
        .collect();
    assert!(numbers.is_sorted(), "precedence is the order of the numbers: {numbers:?}");
}

#[test]
fn every_refusal_has_a_row() {
    let singles = rows().into_iter().map(|(_, _, outcome)| outcome);
    let listed = lists().into_iter().flat_map(|(_, row)| row).map(|(_, outcome)| outcome);
    let seen: BTreeSet<Refusal> = singles
        .chain(listed)
        .filter_map(|outcome| match outcome {
            Outcome::Refused(why) => Some(why),
            _ => None,
        })
        .collect();
    let missing: Vec<_> = Refusal::ALL.iter().filter(|why| !seen.contains(why)).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}

#[test]
fn a_module_is_refused_by_the_same_rules() {
    let book = given_book();
    let state = &book.state;
    let mut draft = Draft::<Event>::default();
    assert_eq!(draft.post(state, 99, WALLET, 1), Err(DebitAccountNotFound));
    assert_eq!(draft.post(state, WALLET, 99, 1), Err(CreditAccountNotFound));
    assert_eq!(draft.post(state, WALLET, WALLET, 1), Err(AccountsMustBeDifferent));
    assert_eq!(draft.post(state, WALLET, FX, 1), Err(AccountsMustHaveTheSameCurrency));
    assert_eq!(draft.post(state, WALLET, MERCHANT, 0), Err(AmountMustNotBeZero));
    assert_eq!(draft.hold(state, WALLET, MERCHANT, 701), Err(ExceedsCredits));
    assert_eq!(draft.hold(state, BANK, DEBTOR, 81), Err(ExceedsDebits));
    assert_eq!(draft.post(state, BANK, WALLET, u64::MAX), Err(OverflowsAccount));
    assert_eq!(draft.capture(state, 99, 1, true), Err(PendingTransferNotFound));
    assert_eq!(draft.capture(state, OF_A_PAYMENT, 11, true), Err(ExceedsPendingTransferAmount));
    assert_eq!(draft.void(state, ENDED), Err(PendingTransferNotFound));
    assert_eq!(draft.events, [], "what was refused is no fact");
    assert_eq!(draft.post(state, BANK, NOSTRO, 5), Ok(()), "the corridor's own accounts");
}

#[test]
fn a_module_sees_what_its_draft_did() {
    let mut book = given_book();
    let (state, draft) = (&book.state, &mut book.draft);
    draft.clear();
    let opened = draft.open_account(state, accounts()[WALLET as usize]);
    assert_eq!(opened, state.account_count());
    assert_eq!(draft.open_account(state, accounts()[WALLET as usize]), opened + 1);
    draft.post(state, WALLET, opened, 700).unwrap();
    assert_eq!(draft.balance(state, opened), 700);
    assert_eq!(draft.post(state, WALLET, opened, 1), Err(ExceedsCredits));
    let hold = draft.hold(state, opened, MERCHANT, 700).unwrap();
    assert_eq!(draft.hold(state, opened, MERCHANT, 1), Err(ExceedsCredits));
    draft.capture(state, hold, 300, false).unwrap();
    assert_eq!(draft.balance(state, opened), 400);
    assert_eq!(draft.capture(state, hold, 401, true), Err(ExceedsPendingTransferAmount));
    draft.void(state, hold).unwrap();
    assert_eq!(draft.void(state, hold), Err(PendingTransferNotFound));
    assert_eq!((draft.next_in_series(1, 7), draft.next_in_series(1, 7)), (8, 9));
    assert_eq!(draft.next_in_series(2, 7), 8);
    assert_eq!(draft.balance(state, 99), 0);
    book.evolve();
    let account = book.state.account(opened).unwrap();
    assert_eq!((account.balance(), account.available()), (400, 400));
    assert_eq!(book.state.hold(hold), None);
}

#[test]
#[should_panic(expected = "one batch a draft")]
fn a_draft_judges_one_batch() {
    let mut book = given_book();
    let context = book.context();
    book.draft.clear();
    book.draft.batch(&book.state, &context, &[post(NEW, WALLET, MERCHANT, 1)]);
    book.draft.batch(&book.state, &context, &[post(NEW, WALLET, MERCHANT, 1)]);
}
