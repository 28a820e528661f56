//! Giving back: how much, until when, and from whose account.

use kernel::{Currency, Span};
use pay::command::{RefundPayment, SetFees, SetRules};
use pay::{Fees, Rules, Status};

use crate::support::*;

#[test]
fn never_more_than_was_paid() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    assert_eq!(code(w.refund(&m, payment, 3_201)), "refund_exceeds_rest");
    assert_eq!(code(w.refund(&m, payment, 0)), "amount_must_not_be_zero");
    assert_eq!(code(w.refund(&m, payment, u64::MAX)), "amount_too_large");
    w.refund(&m, payment, 3_000).unwrap();
    let refusal = w.refund(&m, payment, 201).unwrap_err();
    assert!(refusal.to_string().contains("200"), "{refusal}");
    w.refund(&m, payment, 200).unwrap();
    assert_eq!(code(w.refund(&m, payment, 1)), "refund_exceeds_rest");
    let never = w.id();
    assert_eq!(code(w.refund(&m, never, 1)), "payment_not_found");
    let asked = w.requested(&m, 10);
    assert_eq!(code(w.refund(&m, asked, 1)), "payment_not_open");
    let old = kernel::Id::from_parts(w.now.minus(Span::hours(49)), 1);
    let stale = RefundPayment { id: old, payment, amount: 1 };
    let told = w.ask(JP, m.soba, pay::Command::from(stale));
    assert_eq!(code(told), "refund_exceeds_rest", "a name may be of any age");
}

#[test]
fn until_the_window_closes() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    w.pass(Span::days(180));
    w.refund(&m, payment, 1_000).expect("the last moment");
    w.settle();
    w.pass(Span::seconds(1));
    assert_eq!(code(w.refund(&m, payment, 1_000)), "refund_window_closed");
    // The closed legs leave both cells, and the answer stays the same.
    assert_eq!((w.tick(CN), w.tick(JP)), (vec![1], vec![1]));
    assert_eq!((w.status(CN, payment), w.status(JP, payment)), (None, None));
    assert_eq!(code(w.refund(&m, payment, 1_000)), "refund_window_closed");
    assert_eq!(w.cells[JP].state.next_deadline(), None);
}

/// The seller's window is the longer one: what comes back later has no leg to go to, and waits in
/// suspense. Messages carry totals, and still only what moved now is booked.
#[test]
fn what_comes_back_after_the_payer_has_forgotten() {
    let (mut w, m) = World::open();
    let rules = Rules { refund_days: 365, ..Rules::default() };
    w.change(JP, m.operator, SetRules { from: w.now, rules });
    let payment = w.paid(&m, 3_200);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    w.pass(Span::days(200));
    assert_eq!(w.tick(CN), [1]);
    for (part, waits) in [(700, 700), (1_500, 2_200)] {
        w.refund(&m, payment, part).unwrap();
        w.settle();
        assert_eq!(w.kept(CN, Currency::JPY).suspense, -waits);
        assert_eq!(w.nostro().balance(), w.mirror().balance());
    }
    assert_eq!(w.frozen(CN), None);
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606 + 4_251);
}

#[test]
fn a_shorter_window_that_is_still_to_come_does_not_keep_the_clock_busy() {
    let (mut w, m) = World::open();
    let rules = Rules { refund_days: 10, ..Rules::default() };
    let from = w.now.plus(Span::days(100));
    w.change(JP, m.operator, SetRules { from, rules });
    w.paid(&m, 3_200);
    w.pass(Span::days(11));
    assert_eq!(w.tick(JP), Vec::<u32>::new(), "180 days hold today");
    let next = w.cells[JP].state.next_deadline().unwrap();
    assert!(next > w.now, "the cell would wake again and again");
    w.now = next;
    assert_eq!(w.tick(JP), [1]);
}

#[test]
fn the_merchant_and_the_fee_account_pay_their_shares() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    let jp = w.cells[JP].state.pay.book(Currency::JPY).unwrap().clone();
    // What was earned has left through the bank.
    w.by_hand(JP, m.merchant.number, jp.bank, 3_168 - 989);
    assert_eq!(code(w.refund(&m, payment, 1_000)), "merchant_balance_too_low");
    w.by_hand(JP, jp.bank, m.merchant.number, 1);
    w.by_hand(JP, jp.fee, jp.bank, 23);
    assert_eq!(code(w.refund(&m, payment, 1_000)), "merchant_balance_too_low");
    w.by_hand(JP, jp.bank, jp.fee, 1);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    assert_eq!(w.account(JP, m.merchant.number).balance(), 0);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 0);
    assert_agreed(&w);
}

#[test]
fn suspense_advances_what_earnings_no_longer_hold() {
    let (mut w, m) = World::open();
    let payer_bps = Fees { spread_bps: 50, payer_bps: 100, ..Fees::default() };
    w.change(CN, m.operator, SetFees { from: w.now, fees: payer_bps });
    let payment = w.paid(&m, 3_200);
    assert_price(&w.legs(payment).payer.unwrap(), [13_538, 68, 135]);
    let cn = w.cells[CN].state.pay.book(Currency::CNY).unwrap().clone();
    w.by_hand(CN, cn.spread, cn.bank, 68);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    let yuan = w.kept(CN, Currency::CNY);
    assert_eq!((yuan.spread, yuan.fee, yuan.suspense), (0, 135 - 42, -21));
    assert_eq!(w.legs(payment).payer.unwrap().price.unwrap().returned, 4_230 + 21 + 42);
    w.refund(&m, payment, 2_200).unwrap();
    w.settle();
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(w.kept(CN, Currency::CNY).suspense, -68);
    assert_agreed(&w);
}

#[test]
fn the_fee_comes_back_as_it_was_taken() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    let fees = Fees { merchant_bps: 2_000, ..Fees::default() };
    w.change(JP, m.operator, SetFees { from: w.now, fees });
    let fees = [1_067, 1_067, 1_066].map(|part| w.refund(&m, payment, part).unwrap().fee);
    assert_eq!(fees, [10, 11, 11]);
    assert_eq!(w.status(JP, payment), Some(Status::Refunded));
}
