//! How much a wallet may pay, and how fast.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use economy::{Answer, Command, Query, Refusal, Reply};
use kernel::id::Payment;
use kernel::{Actor, Currency, Id, Refuse, Span, Timestamp};
use pay::command::*;
use pay::event::{ClassesSet, LimitRuleSet, VelocityRuleSet};
use pay::state::{Case, CaseState};
use pay::terms::{Classes, Counts, Effect, LimitRule, Reach, VelocityRule, Window};
use pay::{Rules, WalletLimits};
use support::{CN, COLLEAGUE, JP, Market, START, World, code};

/// What 3,200 JPY cost: 136.06 CNY.
const COST: u64 = 13_606;
const ALL: u16 = u16::MAX;

fn limit(window: Window, most: u64) -> LimitRule {
    LimitRule {
        id: format!("test.{}", window.word()),
        currency: Currency::CNY,
        classes: ALL,
        reach: Reach::Everywhere,
        window,
        most,
        source: "a law".to_owned(),
        section: "Art. 11".to_owned(),
    }
}

fn set(w: &mut World, m: &Market, rule: LimitRule) {
    w.change(CN, m.operator, LimitRuleSet { from: w.now, rule });
}

/// In China it is nine in the morning of 2 November.
fn market() -> (World, Market) {
    let (mut w, m) = World::open();
    let rules = Rules { utc_offset_min: 480, ..Rules::default() };
    w.done(CN, m.operator, SetRules { from: START, rules });
    (w, m)
}

/// Says yes to an amount by a printed code.
fn yes(w: &mut World, m: &Market, amount: u64) -> Result<Reply, Refusal> {
    let payment = w.id();
    let quote = w.quote_for(m, payment, amount);
    let quote = w.quoted(m, quote)?.quote;
    let confirm = ConfirmPayment { quote, again: true };
    w.ask(CN, m.li, Command::Pay(confirm.into()))
}

/// The same, and what the other side says to it.
fn paid(w: &mut World, m: &Market, amount: u64) -> Result<Id<Payment>, Refusal> {
    match yes(w, m, amount)? {
        Reply::Pay(pay::Reply::Payment(view)) => {
            w.settle();
            Ok(view.payment)
        }
        other => panic!("{other:?}"),
    }
}

fn limits_of(w: &World, m: &Market) -> WalletLimits {
    match w.cells[CN].state.answer(&Query::WalletLimits(m.li, m.wallet, w.now)) {
        Ok(Answer::WalletLimits(limits)) => limits,
        other => panic!("{other:?}"),
    }
}

fn left(w: &World, m: &Market) -> Vec<u64> {
    limits_of(w, m).limits.iter().map(|limit| limit.left).collect()
}

#[test]
fn a_refusal_says_the_rule_its_source_what_is_left_and_when_it_resets() {
    for (window, expected, resets) in [
        (Window::Payment, "limit_per_payment", None),
        (Window::Day, "limit_per_day", Some(20_261_103)),
        (Window::Month, "limit_per_month", Some(20_261_201)),
        (Window::Year, "limit_per_year", Some(20_270_101)),
        (Window::StaticDay, "limit_printed_codes", Some(20_261_103)),
    ] {
        let (mut w, m) = market();
        let most = if window == Window::Payment { COST } else { COST + 5_000 };
        set(&mut w, &m, limit(window, most));
        paid(&mut w, &m, 3_200).unwrap();
        let refusal = yes(&mut w, &m, 3_300).unwrap_err();
        assert_eq!(refusal.code(), expected);
        let Refusal::Pay(refusal) = refusal else { panic!("{refusal}") };
        let hit = refusal.limit().unwrap();
        let rule = limit(window, most);
        assert_eq!((&hit.rule, &hit.source, &hit.section), (&rule.id, &rule.source, &rule.section));
        let left = if window == Window::Payment { COST } else { 5_000 };
        assert_eq!((hit.left, hit.most, hit.currency), (left, most, Currency::CNY));
        let eight = Span::seconds(8 * 3_600);
        assert_eq!(hit.resets.map(|at| at.date(eight)), resets, "{window:?}");
        let begins = |at: Timestamp| at.plus(eight).0 % Span::days(1).0;
        assert_eq!(hit.resets.map_or(0, begins), 0, "at midnight in China");
        assert_eq!(limits_of(&w, &m).limits[0].left, left);
    }
}

#[test]
fn windows_begin_anew_by_the_cells_own_calendar() {
    let (mut w, m) = market();
    set(&mut w, &m, limit(Window::Day, COST));
    set(&mut w, &m, limit(Window::Month, 2 * COST));
    set(&mut w, &m, limit(Window::Year, 3 * COST));
    paid(&mut w, &m, 3_200).unwrap();
    assert_eq!(left(&w, &m), [0, COST, 2 * COST]);
    // 16:00 UTC is midnight in China; it is 01:00 UTC.
    w.pass(Span::hours(15));
    paid(&mut w, &m, 3_200).expect("another day");
    w.pass(Span::days(1));
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_month");
    w.pass(Span::days(27));
    paid(&mut w, &m, 3_200).expect("1 December");
    w.pass(Span::days(1));
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_year");
    w.pass(Span::days(30));
    assert_eq!(left(&w, &m), [COST, 2 * COST, 3 * COST], "1 January");
}

#[test]
fn a_limit_counts_what_it_reaches_and_binds_whom_it_names() {
    let (mut w, m) = market();
    set(&mut w, &m, LimitRule { reach: Reach::Inside, ..limit(Window::Day, 1) });
    paid(&mut w, &m, 3_200).expect("a limit of payments inside says nothing of those across");
    set(&mut w, &m, LimitRule { reach: Reach::Across, ..limit(Window::Month, COST) });
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_month");
    set(&mut w, &m, LimitRule { most: 0, ..limit(Window::Month, 0) });
    paid(&mut w, &m, 3_200).expect("a limit of nothing is none");

    let words = ["basic", "full"].map(str::to_owned).to_vec();
    let classes = Classes { words, default: 0, source: "a law".to_owned() };
    let put = |class: &str| SetClass {
        party: pay_party(&w, &m),
        class: class.to_owned(),
        source: "a passport".to_owned(),
    };
    let (full, none) = (put("full"), put("gold"));
    w.change(CN, m.operator, ClassesSet { from: w.now, classes });
    set(&mut w, &m, LimitRule { classes: 1, ..limit(Window::Payment, 1) });
    assert_eq!(limits_of(&w, &m).class.as_deref(), Some("basic"), "whom nobody has classed");
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_payment");
    let unknown = w.ask(CN, m.operator, Command::Pay(none.into()));
    assert_eq!(code(unknown), "class_not_found");
    w.done(CN, m.operator, full);
    assert_eq!(limits_of(&w, &m).class.as_deref(), Some("full"));
    paid(&mut w, &m, 3_200).expect("the limit names the class below");
    let later = w.wallet(CN, m.operator, m.li, Currency::CNY, 0);
    let entry = w.cells[CN].state.world().wallet(m.li, later).unwrap().1.class;
    assert_eq!(entry, 1, "a wallet opened later is of the party's class");
}

fn pay_party(w: &World, m: &Market) -> kernel::Ref<kernel::id::Party> {
    w.party_of(CN, m.li)
}

#[test]
fn the_tightest_limit_is_named() {
    let (mut w, m) = market();
    set(&mut w, &m, limit(Window::Day, 9_000));
    set(&mut w, &m, limit(Window::Year, 5_000));
    set(&mut w, &m, limit(Window::Month, 7_000));
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_year");
}

/// What came back can be spent again, in those windows that hold the payment; a printed code's
/// limit is against codes that somebody pasted over, and stays used.
#[test]
fn a_refund_gives_its_room_back_but_for_printed_codes() {
    let (mut w, m) = market();
    for window in [Window::Day, Window::Month, Window::Year, Window::StaticDay] {
        set(&mut w, &m, limit(window, 20_000));
    }
    let payment = paid(&mut w, &m, 3_200).unwrap();
    w.refund(&m, payment, 1_600).unwrap();
    w.settle();
    let half = 20_000 - COST / 2;
    assert_eq!(left(&w, &m), [half, half, 20_000 - COST, half]);
    w.pass(Span::days(1));
    w.refund(&m, payment, 1_600).unwrap();
    w.settle();
    assert_eq!(left(&w, &m), [20_000; 4], "the day is another, month and year are the same");
}

#[test]
fn what_was_not_taken_leaves_its_room_also_for_printed_codes() {
    let (mut w, m) = market();
    set(&mut w, &m, limit(Window::StaticDay, 20_000));
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    yes(&mut w, &m, 3_200).unwrap();
    assert_eq!(left(&w, &m), [20_000 - COST]);
    w.settle();
    assert_eq!(left(&w, &m), [20_000], "declined");
}

/// From the yes on, the seller's cell alone decides: what changes meanwhile binds the next one.
#[test]
fn a_limit_changed_while_a_payment_is_under_way_binds_the_next() {
    let (mut w, m) = market();
    set(&mut w, &m, limit(Window::Day, 50_000));
    let before = w.account(CN, m.wallet.number).balance();
    let Ok(Reply::Pay(pay::Reply::Payment(under_way))) = yes(&mut w, &m, 3_200) else { panic!() };
    set(&mut w, &m, limit(Window::Day, 1_000));
    w.settle();
    assert_eq!(w.account(CN, m.wallet.number).balance(), before - i128::from(COST), "it was paid");
    let state = &w.cells[CN].state;
    assert!(state.pay.closed_outgoing(under_way.payment).is_some());
    assert_eq!(left(&w, &m), [0], "never below nothing");
    assert_eq!(code(yes(&mut w, &m, 3_200)), "limit_per_day");
}

fn velocity(counts: Counts, most: u8, effect: Effect) -> VelocityRule {
    VelocityRule {
        id: counts.word().to_owned(),
        classes: ALL,
        counts,
        most,
        minutes: 10,
        effect,
        source: "a desk".to_owned(),
    }
}

#[test]
fn one_payment_more_than_a_velocity_rule_allows_is_refused_until_time_has_passed() {
    let (mut w, m) = market();
    let rule = velocity(Counts::Payments, 2, Effect::Refuse);
    w.change(CN, m.operator, VelocityRuleSet { from: w.now, rule });
    paid(&mut w, &m, 1_000).unwrap();
    w.pass(Span::seconds(60));
    paid(&mut w, &m, 1_001).unwrap();
    let refusal = yes(&mut w, &m, 1_002).unwrap_err();
    assert_eq!((refusal.code(), refusal.is_transient()), ("too_fast", true));
    w.pass(Span::seconds(539));
    assert_eq!(code(yes(&mut w, &m, 1_002)), "too_fast", "to the last second of ten minutes");
    w.pass(Span::seconds(1));
    paid(&mut w, &m, 1_002).unwrap();
}

#[test]
fn the_same_amount_declines_and_stores_are_counted() {
    let (mut w, m) = market();
    let rule = velocity(Counts::Same, 1, Effect::Refuse);
    w.change(CN, m.operator, VelocityRuleSet { from: w.now, rule });
    paid(&mut w, &m, 1_000).unwrap();
    assert_eq!(code(yes(&mut w, &m, 1_000)), "too_fast");
    paid(&mut w, &m, 1_001).expect("another amount is another");

    let (mut w, m) = market();
    let rule = velocity(Counts::Declines, 2, Effect::Refuse);
    w.change(CN, m.operator, VelocityRuleSet { from: w.now, rule });
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    for amount in [1_000, 1_001] {
        yes(&mut w, &m, amount).unwrap();
        w.settle();
    }
    assert_eq!(code(yes(&mut w, &m, 1_002)), "too_fast", "two were declined");

    let (mut w, m) = market();
    let rule = velocity(Counts::Stores, 1, Effect::Refuse);
    w.change(CN, m.operator, VelocityRuleSet { from: w.now, rule });
    paid(&mut w, &m, 1_000).unwrap();
    paid(&mut w, &m, 1_001).expect("the same store");
    let other = w.store(JP, m.operator, m.merchant, "支店");
    let elsewhere = Market { store: other, ..m };
    assert_eq!(code(yes(&mut w, &elsewhere, 1_002)), "too_fast");
}

/// A market in which a second payment within ten minutes is looked at.
fn reviewed() -> (World, Market, Id<Payment>) {
    let (mut w, m) = market();
    let effect = Effect::Review { wait_min: 60, release_min: 30 };
    let rule = velocity(Counts::Payments, 1, effect);
    w.change(CN, m.operator, VelocityRuleSet { from: w.now, rule });
    paid(&mut w, &m, 1_000).unwrap();
    let case = waits(yes(&mut w, &m, 2_000));
    (w, m, case.payment)
}

#[track_caller]
fn waits(reply: Result<Reply, Refusal>) -> Case {
    match reply {
        Ok(Reply::Pay(pay::Reply::Case(case))) => *case,
        other => panic!("{other:?}"),
    }
}

fn staff(w: &mut World, actor: Actor, command: impl Into<pay::Command>) -> Result<Reply, Refusal> {
    w.ask(CN, actor, Command::Pay(command.into()))
}

#[test]
fn what_is_sent_to_review_is_not_paid_until_it_is_released_and_then_once() {
    let (mut w, m, case) = reviewed();
    let before = w.account(CN, m.wallet.number).balance();
    let again = waits(yes(&mut w, &m, 2_000));
    assert_eq!((again.payment, &again.state), (case, &CaseState::Waiting), "one case, asked twice");
    assert_eq!(w.account(CN, m.wallet.number).balance(), before, "nothing was taken");
    let release = ReleaseCase { payment: case };
    assert_eq!(code(staff(&mut w, m.li, release.clone())), "case_not_found", "not by the payer");
    staff(&mut w, m.operator.by(COLLEAGUE), release.clone()).unwrap();
    assert_eq!(code(staff(&mut w, m.operator, release)), "case_not_open");
    let other = w.store(JP, m.operator, m.merchant, "支店");
    waits(yes(&mut w, &Market { store: other, ..m }, 2_000));
    waits(yes(&mut w, &m, 2_001));
    let released = w.cells[CN].state.pay.market.cases.of(case).unwrap();
    assert!(matches!(released.state, CaseState::Released { .. }), "of no other store, no more");
}

#[test]
fn a_released_payment_goes_on_once_and_in_time() {
    let (mut w, m, case) = reviewed();
    staff(&mut w, m.operator, ReleaseCase { payment: case }).unwrap();
    paid(&mut w, &m, 1_999).expect("up to the amount");
    waits(yes(&mut w, &m, 1_998));

    assert_eq!(w.cells[CN].state.pay.market.cases.of(case).unwrap().state, CaseState::Used);
}

#[test]
fn a_rejected_payment_says_why_and_what_waits_too_long_leaves() {
    let (mut w, m, case) = reviewed();
    let reason = "the shop did not answer".to_owned();
    staff(&mut w, m.operator, RejectCase { payment: case, reason }).unwrap();
    let refusal = yes(&mut w, &m, 2_000).unwrap_err();
    assert_eq!(refusal.code(), "review_rejected");
    assert!(refusal.to_string().contains("did not answer"), "{refusal}");

    let (mut w, m, case) = reviewed();
    w.pass(Span::seconds(3_600));
    assert_eq!(code(staff(&mut w, m.operator, ReleaseCase { payment: case })), "case_not_open");
    w.tick(CN);
    assert!(w.cells[CN].state.pay.market.cases.known.is_empty());
    paid(&mut w, &m, 2_000).expect("ten minutes are over");
}

#[test]
fn rules_that_do_not_fit_are_refused() {
    let (mut w, m) = market();
    let day = |most| limit(Window::Day, most);
    let rule = velocity(Counts::Payments, 2, Effect::Refuse);
    let slow = Effect::Review { wait_min: 0, release_min: 30 };
    let words = |words: &[&str], default| ClassesSet {
        from: START,
        classes: Classes {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            default,
            source: "a law".to_owned(),
        },
    };
    let from = w.now;
    let limits = |rule| pay::event::Change::from(LimitRuleSet { from, rule });
    let speed = |rule| pay::event::Change::from(VelocityRuleSet { from, rule });
    for (change, expected) in [
        (limits(LimitRule { id: String::new(), ..day(1) }), "text_unfit"),
        (limits(LimitRule { source: String::new(), ..day(1) }), "text_unfit"),
        (limits(LimitRule { classes: 0, ..day(1) }), "class_not_found"),
        (limits(LimitRule { currency: Currency::EUR, ..day(1) }), "currency_not_kept"),
        (limits(day(u64::MAX)), "amount_too_large"),
        (speed(VelocityRule { most: 8, ..rule.clone() }), "out_of_range"),
        (speed(VelocityRule { minutes: 0, ..rule.clone() }), "out_of_range"),
        (speed(VelocityRule { effect: slow, ..rule.clone() }), "out_of_range"),
        (words(&[], 0).into(), "out_of_range"),
        (words(&["basic", "basic"], 0).into(), "out_of_range"),
        (words(&["basic"], 1).into(), "class_not_found"),
    ] {
        let (id, note) = (w.id(), String::new());
        let told = format!("{change:?}");
        let refused = w.ask(CN, m.operator, Command::Pay(Propose { id, change, note }.into()));
        assert_eq!(code(refused), expected, "{told}");
    }
}
