//! Payments inside one cell: no quote, no corridor, the same refunds.

use economy::{Refusal, Reply};
use kernel::id::Payment;
use kernel::{Currency, Id, Span};
use pay::command::{PayHere, SetLimits, SetStoreOpen};
use pay::{Limits, PaymentView, Status};

use crate::support::*;

impl World {
    fn pays_here(&mut self, m: &Market, command: PayHere) -> Result<PaymentView, Refusal> {
        match self.ask(JP, m.hana, pay::Command::from(command))? {
            Reply::Pay(pay::Reply::Payment(view)) => Ok(*view),
            other => panic!("{other:?}"),
        }
    }
}

fn here(m: &Market, payment: Id<Payment>, amount: u64, requested: bool) -> PayHere {
    let (wallet, store) = (m.yen_wallet, m.store);
    PayHere { payment, wallet, store, amount, requested, again: false, place: None }
}

#[test]
fn a_resident_pays_and_is_given_back() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 1_250);
    let view = w.pays_here(&m, here(&m, payment, 1_250, true)).unwrap();
    assert_eq!((view.status, view.merchant_fee), (Status::Captured, Some(12)));
    assert_eq!(view.wallet, Some(m.yen_wallet));
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 48_750);
    assert_eq!(w.account(JP, m.merchant.number).balance(), 1_238);
    assert_eq!(w.cells[JP].sent.len(), 1, "nothing crosses but the prefund");
    assert!(w.cells[JP].state.world().payment(m.hana, payment).is_ok(), "its payer may see it");
    assert!(w.cells[JP].state.world().payment(m.soba, payment).is_ok(), "so may its seller");

    for part in [1, 624, 625] {
        w.refund(&m, payment, part).unwrap();
    }
    assert_eq!(code(w.refund(&m, payment, 1)), "refund_exceeds_rest");
    assert_eq!(w.status(JP, payment), Some(Status::Refunded));
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000);
    assert_eq!(w.account(JP, m.merchant.number).balance(), 0);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 0);
    assert_eq!(w.cells[JP].sent.len(), 1);
}

#[test]
fn a_printed_code_inside_the_cell() {
    let (mut w, m) = World::open();
    let payment = w.id();
    w.pays_here(&m, here(&m, payment, 700, false)).unwrap();
    let again = w.pays_here(&m, here(&m, payment, 700, false));
    assert_eq!(code(again), "payment_not_open");
    let stale = Id::from_parts(w.now.minus(Span::hours(49)), 1);
    assert_eq!(code(w.pays_here(&m, here(&m, stale, 700, false))), "id_expired");
}

#[test]
fn what_speaks_against_it() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 700);
    let try_it = |w: &mut World, command: PayHere| code(w.pays_here(&m, command));
    let right = here(&m, payment, 700, true);
    let fresh = w.id();
    assert_eq!(try_it(&mut w, here(&m, fresh, 700, true)), "payment_not_found");
    assert_eq!(try_it(&mut w, PayHere { amount: 701, ..right.clone() }), "amount_differs");
    assert_eq!(try_it(&mut w, PayHere { amount: 0, ..right.clone() }), "amount_must_not_be_zero");
    assert_eq!(try_it(&mut w, PayHere { amount: 1 << 54, ..right.clone() }), "amount_too_large");
    let second = w.store(JP, m.operator, m.merchant, "二号店");
    assert_eq!(try_it(&mut w, PayHere { store: second, ..right.clone() }), "store_differs");
    assert_eq!(try_it(&mut w, PayHere { wallet: m.wallet, ..right.clone() }), "wallet_not_found");
    let yuan = w.wallet(JP, m.operator, m.hana, Currency::CNY, 9);
    assert_eq!(try_it(&mut w, PayHere { wallet: yuan, ..right.clone() }), "currency_differs");
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    assert_eq!(try_it(&mut w, right.clone()), "store_paused");
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    let rich = w.requested(&m, 50_001);
    assert_eq!(try_it(&mut w, here(&m, rich, 50_001, true)), "insufficient_funds");
    let limits =
        Limits { currency: Currency::JPY, per_payment: 600, per_day: 0, source: "a law".into() };
    w.done(JP, m.operator, SetLimits { from: START, limits });
    assert_eq!(try_it(&mut w, right.clone()), "limit_per_payment");
    w.pass(Span::seconds(600));
    assert_eq!(try_it(&mut w, right.clone()), "payment_expired");
    w.tick(JP);
    assert_eq!(try_it(&mut w, right), "payment_not_open");
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000);
}

#[test]
fn one_id_is_one_payment_in_a_cell() {
    let (mut w, m) = World::open();
    let li_pays = w.id();
    w.said_yes(&m, li_pays, 500);
    // A till of the payer's own cell can't ask under the same id.
    let cn_store = {
        let shop = w.party(CN, m.operator, kernel::Role::Merchant);
        let merchant = w.merchant(CN, m.operator, shop, "A shop", Currency::CNY);
        w.store(CN, m.operator, merchant, "店")
    };
    let mut request = m.request(&mut w, 100, corridor::CaptureMode::Now);
    (request.id, request.store) = (li_pays, cn_store);
    let told = w.ask(CN, m.operator, pay::Command::from(request.clone()));
    assert_eq!(code(told), "payment_exists");
    let both = PayHere { wallet: m.wallet, store: cn_store, ..here(&m, li_pays, 100, false) };
    assert_eq!(code(w.ask(CN, m.li, pay::Command::from(both))), "payment_exists");
    request.id = w.id();
    w.done(CN, m.operator, request.clone());
    let quote = w.quote_for(&m, request.id, 100);
    assert_eq!(code(w.quoted(&m, quote)), "payment_exists");
    w.settle();
    assert_agreed(&w);
}

#[test]
fn what_is_asked_for_later_is_held_here_too() {
    let (mut w, m) = World::open();
    let payment = w.requested_later(&m, 3_000);
    let view = w.pays_here(&m, here(&m, payment, 3_000, true)).unwrap();
    assert_eq!(
        (view.status, view.captured, view.wallet),
        (Status::Authorized, 0, Some(m.yen_wallet))
    );
    let wallet = w.account(JP, m.yen_wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (50_000, 3_000));
    assert_eq!(w.account(JP, m.merchant.number).balance(), 0);
    let spent = |w: &World| w.cells[JP].state.pay.wallet(0).unwrap().spent.today[0];
    assert_eq!(spent(&w), 3_000);
    w.capture(&m, payment, 1_000, false).unwrap();
    let theirs = pay::command::CancelPayment { payment };
    let told = w.ask(JP, m.hana, pay::Command::from(theirs.clone()));
    assert_eq!(code(told), "payment_not_open");
    w.release(&m, payment).unwrap();
    assert_eq!(spent(&w), 1_000);
    let wallet = w.account(JP, m.yen_wallet.number);
    assert_eq!((wallet.balance(), wallet.debits_pending), (49_000, 0));
    w.refund(&m, payment, 1_000).unwrap();
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 0);

    // Its payer may have it back before a capture; so does the clock.
    for by_clock in [false, true] {
        let payment = w.requested_later(&m, 2_000);
        w.pays_here(&m, here(&m, payment, 2_000, true)).unwrap();
        match by_clock {
            true => {
                w.pass(Span::days(30));
                w.tick(JP);
            }
            false => {
                let command = pay::command::CancelPayment { payment };
                w.ask(JP, m.hana, pay::Command::from(command)).unwrap();
            }
        }
        let seen = w.cells[JP].state.world().payment(m.hana, payment).unwrap();
        assert_eq!(seen.status, Status::Released);
        assert_eq!(w.account(JP, m.yen_wallet.number).debits_pending, 0);
        // What came back was not paid: the next round's yes is no repeat of it.
    }
    assert_eq!(w.cells[JP].sent.len(), 1, "none of it crosses");
}
