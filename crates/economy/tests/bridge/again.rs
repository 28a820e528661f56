//! A declined payment is tried again by the same code: each attempt is a leg of its own, and at
//! most one is ever captured.

use corridor::DeclineReason;
use kernel::{Actor, Currency, Ref, Role};
use pay::Status;
use pay::command::{MakeQuote, SetStoreOpen};

use crate::support::*;

/// The ends of the payer's legs under an id, oldest first.
fn attempts(w: &World, payment: kernel::Id<kernel::id::Payment>) -> Vec<pay::state::End> {
    let legs = w.cells[CN].state.pay.all_closed_outgoing();
    let own = legs.filter(|(_, leg)| pay::state::whole(leg.id) == payment);
    own.map(|(_, leg)| leg.end).collect()
}

/// A payer confirms and is told that the store is paused; then the store is open again.
fn declined_once(w: &mut World, m: &Market, amount: u64) -> kernel::Id<kernel::id::Payment> {
    let payment = w.requested(m, amount);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    w.said_yes(m, payment, amount);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Declined));
    assert_eq!(w.status(JP, payment), Some(Status::Requested), "the till still waits");
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    payment
}

/// Another traveller of the yuan cell.
fn friend(w: &mut World, m: &Market) -> Market {
    let li = w.party(CN, m.operator, Role::Traveller);
    let wallet = w.wallet(CN, m.operator, li, Currency::CNY, 100_000);
    Market { li, wallet, ..*m }
}

fn shown(w: &World, actor: Actor, payment: kernel::Id<kernel::id::Payment>) -> Option<Status> {
    let view = w.cells[CN].state.world().payment(actor, payment);
    view.ok().map(|view| view.status)
}

#[test]
fn a_declined_payer_pays_the_same_code() {
    use pay::state::End::{Captured, Declined};
    let (mut w, m) = World::open();
    let payment = declined_once(&mut w, &m, 3_200);
    // What was declined was not paid, so the same once more is no repeat: no second yes is asked.
    let quote = w.quote_for(&m, payment, 3_200);
    let quote = w.quoted(&m, quote).unwrap();
    w.confirm(&m, quote.quote).unwrap();
    assert_eq!(w.status(CN, payment), Some(Status::Confirmed));
    w.settle();
    assert_eq!(
        (w.status(CN, payment), w.status(JP, payment)),
        (Some(Status::Captured), Some(Status::Captured))
    );
    assert_eq!(attempts(&w, payment), [Declined, Captured]);
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606, "paid once");
    assert_eq!(w.cells[CN].state.pay.wallet(0).unwrap().spent.today[1], 13_606);
    // A refund finds the attempt that was captured.
    w.refund(&m, payment, 3_200).unwrap();
    w.settle();
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(w.legs(payment).payer.unwrap().status, Status::Refunded);
    assert_agreed(&w);
}

#[test]
fn as_often_as_it_is_declined() {
    let (mut w, m) = World::open();
    let payment = declined_once(&mut w, &m, 700);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    for _ in 0..3 {
        w.said_yes(&m, payment, 700);
        w.settle();
        assert_eq!(w.legs(payment).payer.unwrap().declined, Some(DeclineReason::StorePaused));
    }
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.said_yes(&m, payment, 700);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_eq!(attempts(&w, payment).len(), 5);
    assert_agreed(&w);
}

#[test]
fn a_friend_pays_it_and_each_sees_his_own() {
    let (mut w, m) = World::open();
    let other = friend(&mut w, &m);
    let payment = declined_once(&mut w, &m, 3_200);
    w.said_yes(&other, payment, 3_200);
    assert_eq!(shown(&w, other.li, payment), Some(Status::Confirmed));
    assert_eq!(shown(&w, m.li, payment), Some(Status::Declined), "the first keeps his answer");
    w.settle();
    assert_eq!(shown(&w, other.li, payment), Some(Status::Captured));
    assert_eq!(shown(&w, m.li, payment), Some(Status::Declined));
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(w.account(CN, other.wallet.number).balance(), 100_000 - 13_606);
    assert_agreed(&w);
}

#[test]
fn never_twice_at_the_same_time() {
    let (mut w, m) = World::open();
    let other = friend(&mut w, &m);
    let payment = declined_once(&mut w, &m, 500);
    let mut quote = |m: &Market| {
        let quote = w.quote_for(m, payment, 500);
        w.quoted(m, quote).unwrap().quote
    };
    let (first, second) = (quote(&m), quote(&other));
    w.confirm(&m, first).unwrap();
    assert_eq!(code(w.confirm(&other, second)), "payment_under_way");
    let third = w.quote_for(&other, payment, 500);
    assert_eq!(code(w.quoted(&other, third)), "payment_under_way");
    // A wish to cancel an earlier attempt never meets a later one: it crossed before it.
    w.cancel(CN, &m, payment).unwrap();
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_eq!(code(w.confirm(&other, second)), "payment_not_open");
    assert_eq!(w.account(CN, other.wallet.number).balance(), 100_000);
    assert_agreed(&w);
}

/// What ended any other way than by a decline is over for good; so is an id that no seller asked
/// for.
#[test]
fn only_what_was_requested_and_declined() {
    let (mut w, m) = World::open();
    let asked = w.requested(&m, 500);
    let deadline = w.quote_for(&m, asked, 500).deadline;
    let again = |w: &mut World, payment, amount, deadline| {
        let quote = MakeQuote { deadline, ..w.quote_for(&m, payment, amount) };
        code(w.quoted(&m, quote))
    };
    let paid = w.paid(&m, 600);
    assert_eq!(again(&mut w, paid, 600, deadline), "payment_not_open");
    let released = w.held(&m, 700);
    w.release(&m, released).unwrap();
    w.settle();
    assert_eq!(again(&mut w, released, 700, deadline), "payment_not_open");
    let printed = w.id();
    let unknown = Ref::new(2, 99, 1);
    let quote = MakeQuote { store: unknown, ..w.quote_for(&m, printed, 800) };
    let quote = w.quoted(&m, quote).unwrap().quote;
    w.confirm(&m, quote).unwrap();
    w.settle();
    assert_eq!(w.status(CN, printed), Some(Status::Declined));
    assert_eq!(again(&mut w, printed, 800, None), "payment_exists");
    // A seller of the own cell asked for it: it is paid there, not over a link.
    let own = m.request(&mut w, 900, corridor::CaptureMode::Now);
    let id = own.id;
    w.done(JP, m.soba, own);
    let quote = MakeQuote { wallet: m.yen_wallet, ..w.quote_for(&m, id, 900) };
    assert_eq!(code(w.ask(JP, m.hana, pay::Command::from(quote))), "payment_exists");
}

/// The seller's cell judges each attempt anew: what was paid meanwhile is declined.
#[test]
fn somebody_else_was_faster() {
    let (mut w, m) = World::open();
    let payment = declined_once(&mut w, &m, 500);
    let quote = w.quote_for(&m, payment, 500);
    let quote = w.quoted(&m, quote).unwrap().quote;
    let here = pay::command::PayHere {
        payment,
        wallet: m.yen_wallet,
        store: m.store,
        amount: 500,
        requested: true,
        again: false,
        place: None,
    };
    w.done(JP, m.hana, here);
    w.confirm(&m, quote).unwrap();
    w.settle();
    assert_eq!(w.legs(payment).payer.unwrap().declined, Some(DeclineReason::AlreadyPaid));
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_agreed(&w);
}

/// Only the wish to pay the declined payment is forgotten, not another one like it.
#[test]
fn what_was_paid_is_still_asked_about() {
    let (mut w, m) = World::open();
    w.paid(&m, 500);
    declined_once(&mut w, &m, 500);
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&m, payment, 500);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm(&m, quote)), "confirm_again");
}
