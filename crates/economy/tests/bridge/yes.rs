//! The quote and the yes: what is judged before anything crosses.

use corridor::FreezeReason;
use economy::{Command, FreezeLink, ReopenLink, SetWindow};
use kernel::{Currency, Refuse, Role, Span};
use pay::command::*;
use pay::{Limits, Rules};

use crate::support::*;

#[test]
fn a_quote_ends_after_its_minute() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    let quote = w.quote_for(&m, payment, 3_200);
    let view = w.quoted(&m, quote.clone()).unwrap();
    assert_eq!(code(w.quoted(&m, quote)), "quote_exists");
    w.pass(Span::seconds(59));
    w.tick(CN);
    w.pass(Span::seconds(1));
    // The decision compares the time itself; the clock's work only cleans up.
    assert_eq!(code(w.confirm(&m, view.quote)), "quote_expired");
    assert_eq!(w.cells[CN].state.next_deadline(), Some(w.now));
    assert_eq!(w.tick(CN), [1]);
    assert_eq!(code(w.confirm(&m, view.quote)), "quote_not_found");
    assert_eq!(w.cells[CN].state.next_deadline(), None);
    w.paid(&m, 3_200);
}

#[test]
fn a_quote_never_outlives_its_payment() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    w.pass(Span::seconds(590));
    let quote = w.quote_for(&m, payment, 3_200);
    let deadline = quote.deadline.unwrap();
    assert_eq!(w.quoted(&m, quote).unwrap().expires, deadline);
    w.pass(Span::seconds(10));
    let quote = w.quote_for(&m, payment, 3_200);
    assert_eq!(code(w.quoted(&m, quote)), "payment_expired");
}

#[test]
fn a_yes_is_said_once() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    let (first, second) = (w.quote_for(&m, payment, 3_200), w.quote_for(&m, payment, 3_200));
    let (first, second) = (w.quoted(&m, first).unwrap(), w.quoted(&m, second).unwrap());
    w.confirm(&m, first.quote).unwrap();
    assert_eq!(code(w.confirm(&m, first.quote)), "quote_not_found");
    assert_eq!(code(w.confirm(&m, second.quote)), "payment_under_way");
    let third = w.quote_for(&m, payment, 3_200);
    assert_eq!(code(w.quoted(&m, third)), "payment_under_way");
    w.settle();
    assert_eq!(code(w.confirm_again(&m, second.quote)), "payment_not_open");
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606);
}

#[test]
fn the_same_again_within_two_minutes_is_asked_for() {
    let (mut w, m) = World::open();
    let yes = |w: &mut World, amount, again| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, amount);
        let quote = w.quoted(&m, quote).unwrap().quote;
        if again { w.confirm_again(&m, quote) } else { w.confirm(&m, quote) }
    };
    yes(&mut w, 3_200, false).unwrap();
    assert_eq!(code(yes(&mut w, 3_200, false)), "confirm_again");
    yes(&mut w, 3_201, false).expect("another amount is another purchase");
    assert_eq!(code(yes(&mut w, 3_200, false)), "confirm_again");
    yes(&mut w, 3_200, true).expect("it was meant");
    w.pass(Span::seconds(120));
    assert_eq!(code(yes(&mut w, 3_200, false)), "confirm_again");
    w.pass(Span::seconds(1));
    yes(&mut w, 3_200, false).unwrap();
    // Only the last two are remembered.
    yes(&mut w, 1, false).unwrap();
    yes(&mut w, 2, false).unwrap();
    yes(&mut w, 3_200, false).unwrap();
}

#[test]
fn limits_of_a_payment_and_of_a_day() {
    let (mut w, m) = World::open();
    let limits = |currency, per_payment, per_day| SetLimits {
        from: START,
        limits: Limits { currency, per_payment, per_day, source: "a law".to_owned() },
    };
    w.done(CN, m.operator, limits(Currency::CNY, 13_606, 20_000));
    // Of another currency, from the same moment: it must not take the place of the first.
    w.done(CN, m.operator, limits(Currency::JPY, 1, 1));
    let rules = Rules { utc_offset_min: 480, ..Rules::default() };
    w.done(CN, m.operator, SetRules { from: START, rules });
    let yes = |w: &mut World, amount| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, amount);
        let quote = w.quoted(&m, quote).unwrap().quote;
        w.confirm_again(&m, quote)
    };
    let refusal = yes(&mut w, 3_201).unwrap_err();
    assert_eq!(refusal.code(), "limit_per_payment");
    assert!(refusal.to_string().contains("13606") && refusal.to_string().contains("a law"));
    yes(&mut w, 3_200).unwrap();
    w.settle();
    let refusal = yes(&mut w, 3_200).unwrap_err();
    assert_eq!(refusal.code(), "limit_per_day");
    assert!(refusal.to_string().contains("6394"), "{refusal}");
    // The cell's own midnight, in China: 16:00 UTC. It is 01:00 UTC now.
    w.pass(Span::seconds(15 * 3_600 - 1));
    assert_eq!(code(yes(&mut w, 3_200)), "limit_per_day");
    w.pass(Span::seconds(1));
    yes(&mut w, 3_200).unwrap();
    w.settle();
}

#[test]
fn what_was_not_taken_does_not_count_for_the_day() {
    let (mut w, m) = World::open();
    let limits =
        Limits { currency: Currency::CNY, per_payment: 0, per_day: 13_606, source: "a law".into() };
    w.done(CN, m.operator, SetLimits { from: START, limits });
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    let payment = w.id();
    w.said_yes(&m, payment, 3_200);
    let second = w.id();
    let quote = w.quote_for(&m, second, 3_200);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm_again(&m, quote)), "limit_per_day");
    w.settle();
    assert_eq!(w.status(CN, payment), Some(pay::Status::Declined));
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.confirm_again(&m, quote).expect("nothing was spent");
    w.settle();
    assert_eq!(w.status(CN, second), Some(pay::Status::Captured));
    let third = w.id();
    let quote = w.quote_for(&m, third, 3_200);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm_again(&m, quote)), "limit_per_day");
}

#[test]
fn too_little_in_the_wallet_and_in_the_nostro() {
    let (mut w, m) = World::open();
    let yes = |w: &mut World, amount| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, amount);
        let quote = w.quoted(&m, quote).unwrap().quote;
        w.confirm_again(&m, quote)
    };
    let refusal = yes(&mut w, 60_000).unwrap_err();
    assert_eq!(refusal.code(), "insufficient_funds");
    assert!(refusal.to_string().contains("252251"));
    // Both are short: capacity is told first, and nothing was sent.
    assert_eq!(code(yes(&mut w, NOSTRO + 1)), "corridor_capacity_exhausted");
    assert!(w.cells[CN].sent.is_empty());
    assert_eq!(w.mirror().debits_pending, 0);
    // What is held of the nostro counts as gone.
    let reference = "more".to_owned();
    let amount = 100_000_000;
    w.done(CN, m.operator, TopUpWallet { wallet: m.wallet, amount, reference });
    yes(&mut w, NOSTRO - 99).unwrap();
    assert_eq!(code(yes(&mut w, 100)), "corridor_capacity_exhausted");
    yes(&mut w, 99).unwrap();
    w.settle();
    assert_eq!((w.nostro().balance(), w.mirror().balance()), (0, 0));
}

#[test]
fn a_window_that_is_full_or_too_old() {
    let (mut w, m) = World::open();
    let yes = |w: &mut World| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, 100);
        let quote = w.quoted(&m, quote).unwrap().quote;
        w.confirm_again(&m, quote)
    };
    let window = SetWindow { link: LINK, max_unanswered: 2, max_age: Span::seconds(10) };
    w.ask(CN, m.operator, Command::SetWindow(window)).unwrap();
    let old = w.paid(&m, 3_200);
    yes(&mut w).unwrap();
    yes(&mut w).unwrap();
    assert_eq!(code(yes(&mut w)), "corridor_unavailable");
    // A refund passes though no new payment may.
    w.refund(&m, old, 1).unwrap();
    while w.deliver_one(JP) {}
    assert_eq!(w.legs(old).payer.unwrap().refunded, 1);
    // The answer to the second makes room; the first keeps it from being new.
    w.deliver(CN);
    w.deliver_one(JP);
    yes(&mut w).unwrap();
    w.pass(Span::seconds(10));
    yes(&mut w).expect_err("two wait");
    w.deliver_one(JP);
    w.pass(Span::seconds(1));
    assert_eq!(code(yes(&mut w)), "corridor_unavailable", "the oldest waits too long");
    w.settle();
    yes(&mut w).unwrap();
}

#[test]
fn a_link_that_an_operator_stopped() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    let quote = w.quote_for(&m, payment, 3_200);
    let quote = w.quoted(&m, quote).unwrap().quote;
    let reason = FreezeReason::ByOperator { note: "a drill".to_owned() };
    let freeze = |w: &mut World, reason| {
        w.ask(CN, m.operator, Command::FreezeLink(FreezeLink { link: LINK, reason })).unwrap();
    };
    freeze(&mut w, reason.clone());
    assert_eq!(code(w.confirm(&m, quote)), "corridor_unavailable");
    // Messages still pass, until there is a reason against them; the weaker one is kept behind.
    w.prefund(m.operator, 1);
    freeze(&mut w, FreezeReason::MessageFaults { number: 3 });
    freeze(&mut w, reason);
    assert_eq!(w.frozen(CN), Some(&FreezeReason::MessageFaults { number: 3 }));
    let seen = w.cells[CN].state.corridor.links[0].seen;
    let reopen = ReopenLink { link: LINK, note: "all is well".to_owned(), seen, handled: 0 };
    w.ask(CN, m.operator, Command::ReopenLink(reopen.clone())).unwrap();
    assert_eq!(code(w.ask(CN, m.operator, Command::ReopenLink(reopen))), "link_open");
    w.confirm(&m, quote).unwrap();
    w.settle();
}

#[test]
fn another_persons_wallet_quote_and_payment() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    let quote = w.quote_for(&m, payment, 3_200);
    let thief = w.party(CN, m.operator, Role::Traveller);
    let theirs = Market { li: thief, soba: m.hana, ..m };
    assert_eq!(code(w.quoted(&theirs, quote.clone())), "wallet_not_found");
    let view = w.quoted(&m, quote).unwrap();
    assert_eq!(code(w.confirm(&theirs, view.quote)), "quote_not_found");
    w.confirm(&m, view.quote).unwrap();
    assert_eq!(code(w.cancel(CN, &theirs, payment)), "payment_not_found");
    assert_eq!(code(w.cancel(JP, &theirs, payment)), "payment_not_found");
    w.settle();
    assert_eq!(code(w.refund(&theirs, payment, 1)), "payment_not_found");
    let state = &w.cells[CN].state;
    assert!(state.world().payment(thief, payment).is_err());
    assert!(state.world().payment(m.li, payment).is_ok());
}

#[test]
fn ids_rates_and_currencies_that_do_not_fit() {
    let (mut w, m) = World::open();
    let payment = w.id();
    let quote = w.quote_for(&m, payment, 500);
    let asked = |w: &mut World, quote: MakeQuote| code(w.quoted(&m, quote));
    let id = w.id();
    let stale = kernel::Id::from_parts(w.now.minus(Span::hours(49)), 1);
    let ahead = kernel::Id::from_parts(w.now.plus(Span::seconds(301)), 1);
    for payment in [stale, ahead, kernel::Id::new(7)] {
        assert_eq!(asked(&mut w, MakeQuote { payment, ..quote.clone() }), "id_expired");
        let id = payment.cast();
        assert_eq!(asked(&mut w, MakeQuote { id, ..quote.clone() }), "id_expired");
    }
    let currency = Currency::USD;
    assert_eq!(asked(&mut w, MakeQuote { currency, ..quote.clone() }), "link_not_found");
    for (amount, told) in [(0, "amount_must_not_be_zero"), (u64::MAX, "amount_too_large")] {
        assert_eq!(asked(&mut w, MakeQuote { amount, ..quote.clone() }), told);
    }
    // The largest amount is judged without a panic, whatever the rate.
    let odd = [("999999999999999999", "0.000000000001", 1 << 53), ("0.000000000001", "1", 1)];
    for (yuan, yen, amount) in odd {
        w.done(CN, m.operator, rates(20_261_101, yuan, yen));
        let told = asked(&mut w, MakeQuote { id, amount, ..quote.clone() });
        assert!(["amount_too_large", "amount_must_not_be_zero"].contains(&told), "{told}");
    }
    let mut only_yuan = rates(20_261_102, "7.4326", "1");
    only_yuan.rates.truncate(1);
    w.done(CN, m.operator, only_yuan);
    assert_eq!(asked(&mut w, quote), "rate_not_published");
}
