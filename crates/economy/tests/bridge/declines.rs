//! Every reason for which a seller's cell does not take a payment, and what the payer keeps.

use corridor::{CaptureMode, DeclineReason, Message};
use kernel::{Currency, Ref, Span, Timestamp};
use pay::Status;
use pay::command::{MakeQuote, SetStoreOpen};

use crate::support::*;

/// Confirms what the quote says, lets the seller's cell decide, and expects a decline for this
/// reason: the wallet is whole again, nothing crossed, and nothing is left under way.
fn declined(w: &mut World, m: &Market, quote: MakeQuote, reason: DeclineReason) {
    let (id, payment) = (quote.id, quote.payment);
    w.quoted(m, quote).expect("the payer's cell knows nothing of the reason");
    w.confirm_again(m, id).expect("nor does it at the yes");
    w.settle();
    told(w, payment, reason);
    assert_agreed(w);
}

fn told(w: &World, payment: kernel::Id<kernel::id::Payment>, reason: DeclineReason) {
    let leg = w.legs(payment).payer.expect("a leg that ended is remembered");
    assert_eq!((leg.status, leg.declined), (Status::Declined, Some(reason)));
    let Some((_, ended)) = w.cells[CN].state.pay.closed_outgoing(payment) else {
        panic!("the leg is closed");
    };
    let wallet = w.cells[CN].state.pay.wallet(ended.wallet).expect("a leg has its wallet").account;
    assert_eq!(w.account(CN, wallet).debits_pending, 0, "the wallet is whole again");
    assert_eq!(w.mirror().debits_pending, 0);
    assert_eq!(w.cells[CN].state.corridor.links[0].in_flight, 0);
}

#[test]
fn an_unknown_store() {
    let (mut w, m) = World::open();
    let payment = w.id();
    let right = w.quote_for(&m, payment, 500);
    for store in
        [Ref::new(2, 99, right.store.tag), Ref::new(2, right.store.number, right.store.tag + 1)]
    {
        let (payment, id) = (w.id(), w.id());
        let quote = MakeQuote { id, payment, store, ..right.clone() };
        declined(&mut w, &m, quote, DeclineReason::StoreUnknown);
        assert_eq!(w.legs(payment).seller, None, "what was declined has no leg there");
    }
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
}

#[test]
fn a_paused_store() {
    let (mut w, m) = World::open();
    let asked = w.requested(&m, 500);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    for payment in [asked, w.id()] {
        let quote = w.quote_for(&m, payment, 500);
        declined(&mut w, &m, quote, DeclineReason::StorePaused);
    }
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.paid(&m, 500);
}

#[test]
fn past_its_deadline_by_the_sellers_time() {
    let (mut w, m) = World::open();
    // A request whose time runs out while the message is on its way, cleaned up or not.
    for cleaned_up in [false, true] {
        let payment = w.requested(&m, 500);
        w.said_yes(&m, payment, 500);
        w.pass(Span::seconds(600));
        if cleaned_up {
            w.tick(JP);
            assert_eq!(w.status(JP, payment), Some(Status::Expired));
        }
        w.settle();
        told(&w, payment, DeclineReason::Expired);
    }
    // A payer's edge that claims more time than the till gave.
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&m, payment, 500);
    let deadline = Some(w.now.plus(Span::hours(9)));
    let quote = w.quoted(&m, MakeQuote { deadline, ..quote }).unwrap().quote;
    w.confirm_again(&m, quote).unwrap();
    w.pass(Span::seconds(600));
    w.settle();
    told(&w, payment, DeclineReason::Expired);
    // A printed code has no request: the message itself ends after a minute.
    let payment = w.id();
    w.said_yes(&m, payment, 500);
    w.pass(Span::seconds(60));
    w.settle();
    told(&w, payment, DeclineReason::Expired);
    // Its id can still be paid by somebody whose message comes in time.
    assert_eq!(w.legs(payment).seller, None);
    assert_agreed(&w);
}

#[test]
fn paid_before() {
    let (mut w, m) = World::open();
    let other = w.party(CN, m.operator, kernel::Role::Traveller);
    let wallet = w.wallet(CN, m.operator, other, Currency::CNY, 100_000);
    let shared = Market { li: other, wallet, ..m };
    // Two payers of one cell can't say yes to one request.
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&shared, payment, 500);
    let second = w.quoted(&shared, quote).unwrap();
    w.said_yes(&m, payment, 500);
    assert_eq!(code(w.confirm(&shared, second.quote)), "payment_under_way");
    w.settle();
    assert_eq!(code(w.confirm(&shared, second.quote)), "payment_not_open");
    // Two payers of two cells can: the seller's cell takes one of them.
    for capture in [CaptureMode::Now, CaptureMode::Later] {
        let request = m.request(&mut w, 700, capture);
        let payment = request.id;
        w.done(JP, m.soba, request);
        let here = w.quote_for(&m, payment, 700);
        w.done(JP, m.hana, pay_here(&m, payment, 700));
        declined(&mut w, &m, here, DeclineReason::AlreadyPaid);
    }
}

fn pay_here(
    m: &Market,
    payment: kernel::Id<kernel::id::Payment>,
    amount: u64,
) -> pay::command::PayHere {
    let (wallet, store) = (m.yen_wallet, m.store);
    pay::command::PayHere {
        payment,
        wallet,
        store,
        amount,
        requested: true,
        again: true,
        place: None,
    }
}

#[test]
fn another_amount() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&m, payment, 499);
    declined(&mut w, &m, quote, DeclineReason::AmountDiffers);
    assert_eq!(w.status(JP, payment), Some(Status::Requested), "the till still waits");
    // So does another way of taking it.
    let payment = w.requested_later(&m, 500);
    let quote = MakeQuote { capture: CaptureMode::Now, ..w.quote_for(&m, payment, 500) };
    declined(&mut w, &m, quote, DeclineReason::AmountDiffers);
}

#[test]
fn another_store() {
    let (mut w, m) = World::open();
    let second = w.store(JP, m.operator, m.merchant, "二号店");
    let payment = w.requested(&m, 500);
    let quote = MakeQuote { store: second, ..w.quote_for(&m, payment, 500) };
    declined(&mut w, &m, quote, DeclineReason::StoreDiffers);
    assert_eq!(w.status(JP, payment), Some(Status::Requested));
}

#[test]
fn a_nostro_that_does_not_cover_it() {
    let (mut w, m) = World::open();
    // The mirror follows the nostro, so this takes a message that the mirror did not pay for.
    let forged = |w: &mut World, amount| {
        let payment = w.id();
        let message = Message::Authorize {
            payment,
            store: m.store,
            amount,
            valid_until: Timestamp(u64::MAX),
            capture: CaptureMode::Now,
            requested: false,
            payer: 7,
            place: None,
        };
        w.forge(CN, None, message).unwrap();
        payment
    };
    forged(&mut w, NOSTRO + 1);
    forged(&mut w, u64::MAX);
    forged(&mut w, 0);
    forged(&mut w, NOSTRO);
    let told: Vec<_> = w.cells[JP].messages().into_iter().skip(1).cloned().collect();
    let reasons = told.iter().map(|message| match message {
        Message::Declined { reason, .. } => reason.code(),
        other => other.word(),
    });
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["nostro_too_low", "nostro_too_low", "amount_not_bookable", "captured"],
    );
    assert_eq!(w.nostro().balance(), 0);
}

#[test]
fn a_request_that_its_till_took_back() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    w.said_yes(&m, payment, 500);
    w.cancel(JP, &m, payment).unwrap();
    w.settle();
    told(&w, payment, DeclineReason::PaymentNotOpen);
    // And one that was never made.
    let payment = w.id();
    let quote = w.quote_for(&m, payment, 500);
    let deadline = Some(w.now.plus(Span::seconds(300)));
    let quote = MakeQuote { deadline, ..quote };
    declined(&mut w, &m, quote, DeclineReason::PaymentNotOpen);
}
