//! What is held and captured later: in parts, with the rest given back, or not at all.

use kernel::{Currency, Span};
use pay::command::{CapturePayment, RefundPayment, SetFees};
use pay::{Fees, Status};

use crate::support::*;

#[test]
fn a_capture_of_all_takes_all() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    assert_eq!((w.nostro().balance(), w.nostro().debits_pending), (11_000_000, 3_200));
    assert_eq!(w.cells[CN].state.corridor.links[0].in_flight, 0, "the seller has decided");
    let view = w.capture(&m, payment, 3_200, false).unwrap();
    assert_eq!(
        (view.status, view.captured, view.merchant_fee),
        (Status::Captured, 3_200, Some(32))
    );
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606);
    assert_eq!(w.account(JP, m.merchant.number).balance(), 3_168);
    assert_agreed(&w);
    assert_eq!(code(w.capture(&m, payment, 1, true)), "payment_not_open");
}

#[test]
fn parts_and_the_rest_given_back() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    let parts = [(1_000, 4_230, 21), (1, 4_234, 21), (999, 8_461, 42)];
    let mut captured = 0;
    for (part, principal, spread) in parts {
        w.capture(&m, payment, part, false).unwrap();
        captured += part;
        w.settle();
        let yuan = w.kept(CN, Currency::CNY);
        assert_eq!((yuan.fx, yuan.spread), (principal, spread), "shares of {captured}");
        assert_eq!(w.legs(payment).payer.unwrap().captured, captured);
        assert_eq!(w.nostro().balance(), w.mirror().balance());
        assert_eq!(w.mirror().debits_pending, 3_200 - captured);
    }
    assert_eq!(code(w.capture(&m, payment, 1_201, true)), "capture_exceeds_hold");
    let view = w.release(&m, payment).unwrap();
    assert_eq!(view.status, Status::Captured, "what was captured stays");
    w.settle();
    assert_agreed(&w);
    let leg = w.legs(payment).payer.unwrap();
    assert_eq!((leg.status, leg.captured, leg.amount), (Status::Captured, 2_000, 2_000));
    assert_price(&leg, [8_461, 42, 0]);
    let wallet = w.account(CN, m.wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (252_251 - 8_503, 0));
    // Refunds are shares of what was captured; together they return that and no more.
    assert_eq!(code(w.refund(&m, payment, 2_001)), "refund_exceeds_rest");
    for part in [1, 998, 1_001] {
        w.refund(&m, payment, part).unwrap();
    }
    w.settle();
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(w.account(JP, m.merchant.number).balance(), 0);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 0);
    assert_agreed(&w);
}

#[test]
fn the_last_part_ends_it() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    w.capture(&m, payment, 1_000, true).unwrap();
    assert_eq!(w.nostro().debits_pending, 0);
    w.settle();
    assert_eq!(w.mirror().debits_pending, 0);
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 4_251);
    assert_eq!(code(w.release(&m, payment)), "payment_not_open");
    assert_agreed(&w);
}

#[test]
fn released_before_a_capture() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    assert_eq!(w.release(&m, payment).unwrap().status, Status::Released);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Released));
    let wallet = w.account(CN, m.wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (i128::from(WALLET), 0));
    assert_agreed(&w);
    assert_eq!(code(w.refund(&m, payment, 1)), "payment_not_open");
}

#[test]
fn what_is_not_captured_in_time_goes_back() {
    for captured in [0, 700] {
        let (mut w, m) = World::open();
        let payment = w.held(&m, 3_200);
        if captured > 0 {
            w.capture(&m, payment, captured, false).unwrap();
        }
        w.settle();
        w.pass(Span::days(30));
        // The decision compares the time itself, before the clock has cleaned up.
        assert_eq!(code(w.capture(&m, payment, 1, false)), "payment_expired");
        assert_eq!(w.tick(JP), [1]);
        w.settle();
        let end = if captured > 0 { Status::Captured } else { Status::Released };
        assert_eq!((w.status(JP, payment), w.status(CN, payment)), (Some(end), Some(end)));
        assert_eq!(w.account(CN, m.wallet.number).debits_pending, 0);
        assert_eq!(w.nostro().debits_pending, 0);
        assert_agreed(&w);
    }
}

#[test]
fn each_part_pays_the_fee_of_its_day() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 10_000);
    w.capture(&m, payment, 150, false).unwrap();
    // 1.5 and 3.5 round to even, 2 and 4: the parts pay what the whole would.
    assert_eq!(w.kept(JP, Currency::JPY).fee, 2);
    w.capture(&m, payment, 200, false).unwrap();
    assert_eq!(w.kept(JP, Currency::JPY).fee, 4);
    let bps = |merchant_bps| Fees { merchant_bps, ..Fees::default() };
    w.change(JP, m.operator, SetFees { from: w.now, fees: bps(2_000) });
    // A part of one yen pays no more than itself, however the fees have risen.
    let view = w.capture(&m, payment, 1, false).unwrap();
    assert_eq!(view.merchant_fee, Some(4));
    w.change(JP, m.operator, SetFees { from: w.now, fees: bps(0) });
    let view = w.capture(&m, payment, 9_649, false).unwrap();
    assert_eq!(view.merchant_fee, Some(4), "nothing is given back by a lower fee");
    w.settle();
    assert_agreed(&w);
}

#[test]
fn only_what_is_held_is_captured_or_released() {
    let (mut w, m) = World::open();
    let asked = w.requested_later(&m, 500);
    assert_eq!(code(w.capture(&m, asked, 1, false)), "payment_not_open");
    assert_eq!(code(w.release(&m, asked)), "payment_not_open");
    let held = w.held(&m, 600);
    assert_eq!(code(w.capture(&m, held, 0, true)), "amount_must_not_be_zero");
    assert_eq!(code(w.capture(&m, held, u64::MAX, true)), "amount_too_large");
    let stranger = CapturePayment { id: w.id(), payment: held, amount: 1, last: false };
    let told = w.ask(JP, m.hana, pay::Command::from(stranger));
    assert_eq!(code(told), "payment_not_found");
    let nothing = w.id();
    assert_eq!(code(w.capture(&m, nothing, 1, false)), "payment_not_found");
}

#[test]
fn the_day_gets_back_what_was_not_captured() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    let spent = |w: &World| w.cells[CN].state.pay.wallet(0).unwrap().spent.today[1];
    assert_eq!(spent(&w), 13_606);
    w.capture(&m, payment, 1_000, true).unwrap();
    w.settle();
    assert_eq!(spent(&w), 4_251);
}

/// Keys are forgotten after 72 hours, names of captures and refunds are not.
#[test]
fn the_same_part_is_found_for_the_payments_life() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    let first = CapturePayment { id: w.id(), payment, amount: 1_000, last: false };
    let made = w.captured(&m, first.clone()).unwrap();
    assert_eq!((made.capture, made.amount, made.payment.captured), (first.id, 1_000, 1_000));
    w.pass(Span::days(10));
    assert_eq!(w.captured(&m, first.clone()).unwrap(), made, "nothing more is taken");
    assert_eq!(w.account(JP, m.merchant.number).balance(), 990);
    // Any number of parts, each under its own name.
    for _ in 0..20 {
        w.capture(&m, payment, 100, false).unwrap();
    }
    let now = w.captured(&m, first.clone()).unwrap();
    assert_eq!((now.amount, now.payment.captured), (1_000, 3_000), "the payment as it is now");
    let other = [(999, false), (1_000, true), (1, false)];
    for (amount, last) in other {
        let changed = CapturePayment { amount, last, ..first.clone() };
        assert_eq!(code(w.captured(&m, changed)), "capture_exists");
    }
    let rest = CapturePayment { id: w.id(), payment, amount: 200, last: false };
    let ended = w.captured(&m, rest.clone()).unwrap();
    assert_eq!(ended.payment.status, Status::Captured);
    // What took the rest ended it, and is found either way; and after the end.
    for last in [false, true] {
        assert_eq!(w.captured(&m, CapturePayment { last, ..rest.clone() }).unwrap(), ended);
    }
    assert_eq!(w.captured(&m, first.clone()).unwrap().payment.status, Status::Captured);
    w.settle();

    let back = RefundPayment { id: w.id(), payment, amount: 700 };
    let refunded = w.refunded(&m, back.clone()).unwrap();
    w.pass(Span::days(100));
    assert_eq!(w.refunded(&m, back.clone()).unwrap(), refunded, "nothing more is given back");
    let changed = RefundPayment { amount: 701, ..back.clone() };
    assert_eq!(code(w.refunded(&m, changed)), "refund_exists");
    // A name is a name within its payment and its kind.
    let as_refund = RefundPayment { id: first.id.cast(), payment, amount: 1_000 };
    assert_eq!(code(w.refunded(&m, as_refund)), "refund_exists");
    let elsewhere = w.paid(&m, 900);
    w.refunded(&m, RefundPayment { payment: elsewhere, amount: 300, ..back.clone() }).unwrap();
    w.settle();
    assert_agreed(&w);
    // Nobody else is told of it.
    for stranger in [m.hana, kernel::Actor::of(99, kernel::Role::Merchant)] {
        let told = w.ask(JP, stranger, pay::Command::from(first.clone()));
        assert_eq!(code(told), "payment_not_found");
        let told = w.ask(JP, stranger, pay::Command::from(back.clone()));
        assert_eq!(code(told), "payment_not_found");
    }

    // When the payment leaves the state, so do the names of its parts.
    assert_eq!(w.cells[JP].state.pay.all_parts().count(), 24);
    w.pass(Span::days(81));
    w.tick(JP);
    assert_eq!(code(w.captured(&m, first)), "payment_not_found");
    assert_eq!(code(w.refunded(&m, back)), "refund_window_closed");
    assert_eq!(w.cells[JP].state.pay.all_parts().count(), 1, "of the younger payment");
}

/// A capture from before captures had names is not found, and takes nothing from those that do.
#[test]
fn old_captures_have_no_names() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    w.capture(&m, payment, 1_000, false).unwrap();
    w.release(&m, payment).unwrap();
    let names: Vec<_> = w.cells[JP].state.pay.all_parts().map(|(_, part)| part.amount).collect();
    assert_eq!(names, [1_000], "what is given back is no capture");
}
