//! The scene of DESIGN §5, to the fen.

use kernel::{Currency, Span};
use pay::Status;

use crate::support::*;

#[test]
fn a_yuan_wallet_pays_a_yen_till() {
    let (mut w, m) = World::open();
    assert_eq!((w.nostro().balance(), w.mirror().balance()), (11_000_000, 11_000_000));

    let payment = w.requested(&m, 3_200);
    let quote = w.quote_for(&m, payment, 3_200);
    let quote = w.quoted(&m, quote).unwrap();
    assert_eq!((quote.price.principal, quote.price.spread, quote.price.fee), (13_538, 68, 0));
    assert_eq!((quote.rate_store.to_string(), quote.rate_wallet.to_string()).0, "175.68");
    assert_eq!((quote.source.as_str(), quote.date), ("ECB", 20_261_030));
    assert_eq!(quote.expires, w.now.plus(Span::seconds(60)));

    let confirmed = w.confirm(&m, quote.quote).unwrap();
    assert_eq!(confirmed.status, Status::Confirmed);
    assert_price(&confirmed, [13_538, 68, 0]);
    let wallet = w.account(CN, m.wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (252_251, 13_606));
    assert_eq!((w.mirror().balance(), w.mirror().debits_pending), (11_000_000, 3_200));

    w.deliver(CN);
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    assert_eq!(w.status(CN, payment), Some(Status::Confirmed), "the answer is on its way");
    assert_eq!(w.nostro().balance(), 11_000_000 - 3_200);
    assert_eq!(w.account(JP, m.merchant.number).balance(), 3_168);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 32);

    w.deliver(JP);
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    let wallet = w.account(CN, m.wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (252_251 - 13_606, 0));
    let yuan = w.kept(CN, Currency::CNY);
    assert_eq!((yuan.fx, yuan.spread, yuan.fee), (13_538, 68, 0));
    assert_eq!(w.kept(CN, Currency::JPY).fx, -11_000_000 + 3_200);
    assert_agreed(&w);
    assert_eq!(w.cells[CN].state.corridor.links[0].in_flight, 0);
}

#[test]
fn a_part_comes_back_at_the_payments_own_rate() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    // Tomorrow's rate is another one; it must not matter.
    w.pass(Span::days(1));
    w.done(CN, m.operator, rates(20_261_031, "9.9999", "100.01"));
    w.done(JP, m.operator, rates(20_261_031, "9.9999", "100.01"));

    let refund = w.refund(&m, payment, 1_000).unwrap();
    assert_eq!((refund.amount, refund.fee), (1_000, 10));
    assert_eq!(refund.payment.status, Status::PartlyRefunded);
    w.settle();
    let leg = w.legs(payment).payer.unwrap();
    assert_eq!(leg.status, Status::PartlyRefunded);
    assert_eq!(leg.price.unwrap().returned, 4_251);
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606 + 4_251);
    let yuan = w.kept(CN, Currency::CNY);
    assert_eq!((yuan.fx, yuan.spread), (13_538 - 4_230, 68 - 21));
    assert_eq!(w.account(JP, m.merchant.number).balance(), 3_168 - 990);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 22);
    assert_agreed(&w);
}

#[test]
fn all_parts_together_return_all() {
    for parts in [vec![3_200], vec![1_000, 1, 1, 1_199, 999], vec![1; 3], vec![3_199, 1]] {
        let (mut w, m) = World::open();
        let payment = w.paid(&m, 3_200);
        let total: u64 = parts.iter().sum();
        for part in parts {
            w.refund(&m, payment, part).unwrap();
        }
        if total < 3_200 {
            w.refund(&m, payment, 3_200 - total).unwrap();
        }
        w.settle();
        assert_eq!(w.status(CN, payment), Some(Status::Refunded));
        assert_eq!(w.status(JP, payment), Some(Status::Refunded));
        assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
        assert_eq!(w.account(JP, m.merchant.number).balance(), 0);
        assert_eq!(w.kept(JP, Currency::JPY).fee, 0);
        let yuan = w.kept(CN, Currency::CNY);
        assert_eq!((yuan.fx, yuan.spread, yuan.fee), (0, 0, 0));
        assert_eq!(w.nostro().balance(), i128::from(NOSTRO));
        assert_agreed(&w);
    }
}

#[test]
fn a_printed_code_is_paid_without_a_request() {
    let (mut w, m) = World::open();
    let payment = w.id();
    let quote = w.quote_for(&m, payment, 980);
    assert_eq!(quote.deadline, None);
    let quote = w.quoted(&m, quote).unwrap();
    w.confirm(&m, quote.quote).unwrap();
    assert_eq!(w.status(JP, payment), None, "it is born by its message");
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_agreed(&w);
}

/// What crosses of the payer is another number for each payment: the seller's side can't put two
/// payments of one person together.
#[test]
fn a_payer_is_nobody_twice() {
    let (mut w, m) = World::open();
    for _ in 0..2 {
        let payment = w.requested(&m, 500);
        w.said_yes(&m, payment, 500);
    }
    let payers = w.cells[CN].messages().into_iter().map(|message| match message {
        corridor::Message::Authorize { payer, .. } => *payer,
        other => panic!("{other:?}"),
    });
    let payers: Vec<_> = payers.collect();
    assert_ne!(payers[0], payers[1]);
    let known = [u64::from(m.li.party), m.wallet.tag, u64::from(m.wallet.number)];
    assert!(payers.iter().all(|payer| !known.contains(payer)));
}
