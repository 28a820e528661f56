//! The wish to cancel, in every state of a payment.

use corridor::CaptureMode;
use pay::Status;

use crate::support::*;

#[test]
fn a_till_takes_its_request_back() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    assert_eq!(w.cancel(JP, &m, payment).unwrap().status, Status::Cancelled);
    assert_eq!(w.status(JP, payment), Some(Status::Cancelled));
    assert_eq!(code(w.cancel(JP, &m, payment)), "payment_not_open");
    assert_eq!(code(w.refund(&m, payment, 1)), "payment_not_open");
    assert_eq!(w.cells[JP].state.next_deadline(), w.cells[JP].state.pay.next_forget());
}

#[test]
fn a_payer_before_the_yes() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&m, payment, 500);
    w.quoted(&m, quote).unwrap();
    assert_eq!(code(w.cancel(CN, &m, payment)), "payment_not_found");
}

/// The wish crosses behind the yes; the seller's cell has decided when it arrives.
#[test]
fn a_payer_after_the_yes_may_only_ask() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    w.said_yes(&m, payment, 500);
    let view = w.cancel(CN, &m, payment).unwrap();
    assert_eq!((view.status, view.cancel_asked), (Status::Confirmed, true));
    let held = w.account(CN, m.wallet.number).debits_pending;
    assert!(held > 0, "asking gives nothing back");
    w.cancel(CN, &m, payment).unwrap();
    assert_eq!(w.cells[CN].sent.len(), 2, "asked twice, sent once");
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_eq!(code(w.cancel(CN, &m, payment)), "payment_not_open");
    assert_agreed(&w);
}

#[test]
fn what_is_held_goes_back_when_its_payer_asks() {
    let (mut w, m) = World::open();
    // Asked before the seller's hold is known, and after.
    for known in [false, true] {
        let payment = w.requested_later(&m, 500);
        w.said_yes(&m, payment, 500);
        if known {
            w.settle();
        }
        w.cancel(CN, &m, payment).unwrap();
        w.settle();
        assert_eq!(w.status(CN, payment), Some(Status::Released));
        assert_eq!(w.status(JP, payment), Some(Status::Released));
        assert_agreed(&w);
    }
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
}

/// A wish to cancel changes nothing of what is known: who holds the money, and how it is taken.
#[test]
fn the_wish_hides_nothing() {
    let (mut w, m) = World::open();
    let payment = w.requested_later(&m, 500);
    w.said_yes(&m, payment, 500);
    let seen = |w: &World| {
        let leg = w.legs(payment).payer.unwrap();
        assert_eq!(leg.capture, CaptureMode::Later, "the request's own");
        (leg.status, leg.cancel_asked, leg.deadline.is_some())
    };
    assert_eq!(seen(&w), (Status::Confirmed, false, true));
    // Asked before it is known that the seller holds it.
    w.cancel(CN, &m, payment).unwrap();
    assert_eq!(seen(&w), (Status::Confirmed, true, true));
    w.deliver(CN);
    assert!(w.deliver_one(JP));
    assert_eq!(seen(&w), (Status::Authorized, true, false), "the wish stands");
    w.settle();
    assert_eq!(seen(&w), (Status::Released, true, false));
    // And after.
    let payment = w.held(&m, 600);
    let leg = w.cancel(CN, &m, payment).unwrap();
    let told = (leg.status, leg.cancel_asked, leg.deadline, leg.capture);
    assert_eq!(told, (Status::Authorized, true, None, CaptureMode::Later));
    assert_eq!(w.legs(payment).payer, Some(leg));
    w.cancel(CN, &m, payment).unwrap();
    assert_eq!(w.cells[CN].sent.len(), 4, "asked twice, sent once");
    w.settle();
    assert_agreed(&w);
}

/// What was taken at once says so in both cells, also long after.
#[test]
fn how_it_is_captured_is_told_on_both_sides() {
    let (mut w, m) = World::open();
    let (now, later) = (w.paid(&m, 700), w.held(&m, 800));
    let captures = |w: &World, payment| {
        let legs = w.legs(payment);
        [legs.payer, legs.seller].map(|leg| leg.unwrap().capture)
    };
    assert_eq!(captures(&w, now), [CaptureMode::Now; 2]);
    assert_eq!(captures(&w, later), [CaptureMode::Later; 2]);
    w.capture(&m, later, 800, true).unwrap();
    w.settle();
    assert_eq!(w.status(CN, later), Some(Status::Captured));
    assert_eq!(captures(&w, later), [CaptureMode::Later; 2]);
    let too_late = w.cancel(CN, &m, later);
    assert_eq!(code(too_late), "payment_not_open");
}

#[test]
fn what_was_captured_in_part_stays_with_the_seller() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 500);
    w.capture(&m, payment, 1, false).unwrap();
    w.cancel(CN, &m, payment).unwrap();
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Authorized));
    assert!(w.legs(payment).payer.unwrap().cancel_asked);
    w.capture(&m, payment, 9, true).unwrap();
    w.settle();
    assert_eq!(w.legs(payment).payer.unwrap().captured, 10);
    assert_agreed(&w);
}

#[test]
fn a_seller_cancels_what_it_holds() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 500);
    assert_eq!(w.cancel(JP, &m, payment).unwrap().status, Status::Released);
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Released));
    let payment = w.held(&m, 600);
    w.capture(&m, payment, 100, false).unwrap();
    assert_eq!(w.cancel(JP, &m, payment).unwrap().status, Status::Captured);
    w.settle();
    assert_eq!(w.legs(payment).payer.unwrap().captured, 100);
    assert_agreed(&w);
    let payment = w.paid(&m, 700);
    assert_eq!(code(w.cancel(JP, &m, payment)), "payment_not_open");
}
