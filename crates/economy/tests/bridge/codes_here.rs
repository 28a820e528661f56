//! A till is shown a code of a phone of its own cell: all of it is one decision.

use corridor::ChargeAnswer;
use kernel::{Currency, Role, Span};
use pay::Status;
use pay::command::*;
use pay::event::Event as Fact;

use crate::support::*;

fn told_phone(w: &World) -> Option<&str> {
    w.cells[JP].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(Fact::ChargeRefused(refused)) => Some(refused.why.as_str()),
        _ => None,
    })
}

#[test]
fn a_resident_shows_a_code_and_has_paid() {
    let (mut w, m, _, hana) = World::with_phones();
    let sent = w.cells[JP].sent.len();
    let shown = w.shown(&hana, 0, 0);
    let charged = w.charges(&m, 1_250, shown.clone()).unwrap();
    assert_eq!((charged.payment.status, charged.answer), (Status::Captured, None));
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 48_750);
    assert_eq!(w.account(JP, m.merchant.number).balance(), 1_238);
    assert_eq!(w.cells[JP].sent.len(), sent, "nothing crosses");
    let twice = w.charges(&m, 1_251, shown).unwrap();
    assert_eq!(
        (twice.payment.status, twice.answer),
        (Status::Requested, Some(ChargeAnswer::CodeNotValid))
    );
    let anew = w.charges_again(&m, twice.payment.payment, w.shown(&hana, 0, 1)).unwrap();
    assert_eq!(anew.payment.status, Status::Captured);
    w.refund(&m, anew.payment.payment, 1_251).unwrap();
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 48_750);
}

#[test]
fn above_the_bound_a_resident_is_asked_and_says_yes_no_or_nothing() {
    let (mut w, m, _, hana) = World::with_phones();
    let charged = w.charges(&m, 5_000, w.shown(&hana, 0, 0)).unwrap();
    let payment = charged.payment.payment;
    assert_eq!(charged.answer, Some(ChargeAnswer::Asked));
    let asks = w.cells[JP].state.world().asks_of(m.hana, m.yen_wallet, w.now).unwrap();
    assert_eq!((asks[0].payment, asks[0].amount, asks[0].quote.is_none()), (payment, 5_000, true));
    // A no, and a wrong one before it.
    let refuse = RefuseCharge { payment };
    let stranger = w.ask(JP, m.soba, pay::Command::from(refuse.clone()));
    assert_eq!(code(stranger), "charge_not_asked");
    w.done(JP, m.hana, refuse);
    assert_eq!(told_phone(&w), Some("charge_refused"));
    let knows = |w: &World| w.cells[JP].state.world().charge_of(m.soba, payment);
    assert_eq!(knows(&w), Some(Some(ChargeAnswer::NotConfirmed)));
    // Nothing.
    w.charges_again(&m, payment, w.shown(&hana, 0, 1)).unwrap();
    w.pass(Span::seconds(60));
    assert!(w.cells[JP].state.world().asks_of(m.hana, m.yen_wallet, w.now).unwrap().is_empty());
    assert_eq!(w.tick(JP), [1]);
    assert_eq!(knows(&w), Some(Some(ChargeAnswer::NotConfirmed)));
    // A yes.
    w.charges_again(&m, payment, w.shown(&hana, 0, 0)).unwrap();
    let (wallet, store) = (m.yen_wallet, m.store);
    let yes = PayHere {
        payment,
        wallet,
        store,
        amount: 5_000,
        requested: true,
        again: false,
        place: None,
    };
    w.done(JP, m.hana, yes);
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    let codes = &w.cells[JP].state.pay.market.codes;
    assert!(codes.asks.is_empty() && codes.charges.is_empty());
    w.pass(Span::seconds(600));
    assert_eq!(w.tick(JP), [0_u32; 0], "nothing is left that falls due");
}

#[test]
fn an_ask_ends_with_its_payment() {
    let (mut w, m, _, hana) = World::with_phones();
    let mut request = m.request(&mut w, 5_000, corridor::CaptureMode::Now);
    request.valid_for = Span::seconds(20);
    let payment = request.id;
    w.done(JP, m.soba, request);
    w.charges_again(&m, payment, w.shown(&hana, 0, 0)).unwrap();
    w.pass(Span::seconds(20));
    w.tick(JP);
    assert_eq!(w.status(JP, payment), Some(Status::Expired));
    // The till takes it back while the phone asks.
    let charged = w.charges(&m, 5_000, w.shown(&hana, 0, 1)).unwrap();
    w.done(JP, m.soba, CancelPayment { payment: charged.payment.payment });
    assert!(w.cells[JP].state.pay.market.codes.asks.is_empty());
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000);
}

#[test]
fn what_speaks_against_it_is_told_the_phone() {
    let (mut w, m, _, hana) = World::with_phones();
    let charged = w.charges(&m, 50_001, w.shown(&hana, 0, 0)).unwrap();
    assert_eq!(charged.answer, Some(ChargeAnswer::Declined));
    assert_eq!(told_phone(&w), Some("insufficient_funds"));
    // A wallet of another currency in the same cell.
    let yuan = w.wallet(JP, m.operator, m.hana, Currency::CNY, 9_000);
    let phone = w.enrolled(JP, m.hana, yuan);
    let charged = w.charges(&m, 500, w.shown(&phone, 0, 0)).unwrap();
    assert_eq!(charged.answer, Some(ChargeAnswer::Declined));
    assert_eq!(told_phone(&w), Some("currency_differs"));
}

#[test]
fn guesses_stop_here_too() {
    let (mut w, m, _, hana) = World::with_phones();
    for off in 0..5 {
        let charged = w.charges(&m, 500, w.guessed(&hana, off)).unwrap();
        assert_eq!(charged.answer, Some(ChargeAnswer::CodeNotValid));
    }
    assert_eq!(code(w.charges(&m, 500, w.shown(&hana, 0, 0))), "too_many_wrong_codes");
    // Another shop's tills go on; the phone's codes rest.
    let owner = w.party(JP, m.operator, Role::Merchant);
    let merchant = w.merchant(JP, m.operator, owner, "Another", Currency::JPY);
    let store = w.store(JP, m.operator, merchant, "別");
    let mut request = m.request(&mut w, 500, corridor::CaptureMode::Now);
    request.store = store;
    let (payment, code) = (request.id, w.shown(&hana, 0, 0));
    let charge = ChargePayment { payment, request: Some(Box::new(request)), code };
    match w.done(JP, owner, charge) {
        economy::Reply::Pay(pay::Reply::Charge(view)) => {
            assert_eq!(view.answer, Some(ChargeAnswer::CodeNotValid), "it rests");
        }
        other => panic!("{other:?}"),
    }
    w.pass(Span::seconds(901));
    let charged = w.charges(&m, 500, w.shown(&hana, 0, 0)).unwrap();
    assert_eq!(charged.payment.status, Status::Captured);
}

#[test]
fn a_code_holds_what_is_captured_later() {
    let (mut w, m, _, hana) = World::with_phones();
    let payment = w.requested_later(&m, 2_000);
    let charged = w.charges_again(&m, payment, w.shown(&hana, 0, 0)).unwrap();
    assert_eq!(charged.payment.status, Status::Authorized);
    w.capture(&m, payment, 1_500, true).unwrap();
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 48_500);
}
