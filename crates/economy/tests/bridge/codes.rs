//! A till in the yen cell is shown a code of a phone of the yuan cell.

use corridor::{ChargeAnswer, DeclineReason, FreezeReason, Message};
use economy::{Command, FreezeLink, Refusal, Reply};
use kernel::id::Payment;
use kernel::{Currency, Id, Refuse, Role, Span};
use pay::codes::{Issuer, IssuerRoute};
use pay::command::*;
use pay::event::Event as Fact;
use pay::{Limits, PhoneView, Status};

use crate::support::*;

/// What the till knows of its payment's newest code.
fn till_knows(w: &World, m: &Market, payment: Id<Payment>) -> Option<Option<ChargeAnswer>> {
    w.cells[JP].state.world().charge_of(m.soba, payment)
}

/// Why the phone was told last that nothing was paid for a payment.
fn phone_told(w: &World, payment: Id<Payment>) -> Option<String> {
    let records = w.cells[CN].records.iter().rev();
    let facts = records.flat_map(|record| {
        let record = economy::decode_record(record).expect("a record");
        record.events().map(Result::unwrap).collect::<Vec<_>>()
    });
    let mut told = facts.filter_map(|fact| match fact {
        economy::Event::Pay(Fact::ChargeRefused(it)) if it.payment == payment => Some(it.why),
        _ => None,
    });
    told.next()
}

impl World {
    /// Charges, lets everything cross, and tells the payment and the till's answer.
    fn tried(
        &mut self,
        m: &Market,
        amount: u64,
        code: String,
    ) -> (Id<Payment>, Option<ChargeAnswer>) {
        let charged = self.charges(m, amount, code).expect("the till may ask");
        assert_eq!(charged.answer, None, "the other cell decides");
        self.settle();
        let payment = charged.payment.payment;
        (payment, till_knows(self, m, payment).flatten())
    }
}

#[test]
fn a_code_pays_as_a_scan_would() {
    let (mut w, m, li, _) = World::with_phones();
    let charged = w.charges(&m, 3_200, w.shown(&li, 0, 0)).unwrap();
    let payment = charged.payment.payment;
    assert_eq!(charged.payment.status, Status::Requested);
    assert_eq!(till_knows(&w, &m, payment), Some(None), "on its way");
    w.settle();
    let legs = w.legs(payment);
    assert_eq!(legs.seller.unwrap().status, Status::Captured);
    let payer = legs.payer.unwrap();
    assert_price(&payer, [13_538, 68, 0]);
    assert_eq!((payer.status, payer.wallet), (Status::Captured, Some(m.wallet)));
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 13_606);
    assert_eq!(till_knows(&w, &m, payment), None, "what ended has no code");
    assert!(w.cells[JP].state.pay.market.codes.charges.is_empty());
    assert_eq!(w.cells[CN].state.corridor.links[0].in_flight, 0);
    // It is refunded like any other.
    w.refund(&m, payment, 3_200).unwrap();
    w.settle();
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_agreed(&w);
}

#[test]
fn a_code_is_good_around_its_step_and_once() {
    let (mut w, m, li, _) = World::with_phones();
    for (at, (ahead, counter)) in [(0, 0), (-2, 0), (2, 1), (1, 0), (-1, 1)].into_iter().enumerate()
    {
        let code = w.shown(&li, ahead, counter);
        let (payment, answer) = w.tried(&m, 500 + at as u64, code.clone());
        assert_eq!((answer, w.status(JP, payment)), (None, Some(Status::Captured)), "{ahead}");
        let (payment, answer) = w.tried(&m, 900 + at as u64, code);
        assert_eq!(answer, Some(ChargeAnswer::CodeNotValid), "used twice");
        assert_eq!(w.status(JP, payment), Some(Status::Requested));
        w.pass(Span::seconds(150));
    }
    assert_agreed(&w);
}

/// Late, of another clock, of nobody, ended, guessed or used: the till learns one word, the wallet
/// keeps its money, and no leg is opened.
#[test]
fn whatever_is_wrong_with_a_code_the_answer_is_one() {
    let patient = pay::codes::CodeTerms { misses_most: 99, ..code_terms() };
    let (mut w, m, li, _) = World::with_phones_under(&patient);
    let used = w.shown(&li, 0, 0);
    w.tried(&m, 500, used.clone());
    let nobody = PhoneView { handle: li.handle + 1, ..li.clone() };
    let late = w.shown(&li, -3, 0);
    let other_clock = w.shown(&li, 40, 0);
    let (stranger, guess) = (w.shown(&nobody, 0, 0), w.guessed(&li, 0));
    let before = w.account(CN, m.wallet.number).balance();
    let legs = w.cells[CN].state.pay.all_closed_outgoing().count();
    for code in [used, late, other_clock, stranger, guess] {
        let (payment, answer) = w.tried(&m, 501, code);
        assert_eq!(answer, Some(ChargeAnswer::CodeNotValid));
        assert_eq!(phone_told(&w, payment), None);
        assert_eq!(w.status(CN, payment), None);
    }
    assert_eq!(w.account(CN, m.wallet.number).balance(), before);
    assert_eq!(w.cells[CN].state.pay.all_closed_outgoing().count(), legs);
    // The phone of an earlier enrolment, and one that was ended.
    let anew = w.enrolled(CN, m.li, m.wallet);
    let (_, answer) = w.tried(&m, 502, w.shown(&li, 0, 1));
    assert_eq!(answer, Some(ChargeAnswer::CodeNotValid));
    let (paid, answer) = w.tried(&m, 503, w.shown(&anew, 0, 1));
    assert_eq!((answer, w.status(JP, paid)), (None, Some(Status::Captured)));
    w.done(CN, m.li, EndPhone { wallet: m.wallet });
    let (_, answer) = w.tried(&m, 504, w.shown(&anew, 1, 1));
    assert_eq!(answer, Some(ChargeAnswer::CodeNotValid));
    assert_agreed(&w);
}

#[test]
fn a_till_tries_another_code_for_the_same_payment() {
    let (mut w, m, li, hana) = World::with_phones();
    let (payment, answer) = w.tried(&m, 700, w.guessed(&li, 0));
    assert_eq!(answer, Some(ChargeAnswer::CodeNotValid));
    w.charges_again(&m, payment, w.shown(&li, 0, 0)).unwrap();
    let while_waiting = w.charges_again(&m, payment, w.shown(&hana, 0, 0));
    assert_eq!(code(while_waiting), "payment_under_way");
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    assert_eq!(code(w.charges_again(&m, payment, w.shown(&li, 1, 0))), "payment_not_open");
    assert_agreed(&w);
}

#[test]
fn guesses_stop_a_phones_codes_and_a_shops_charges() {
    let (mut w, m, li, _) = World::with_phones();
    for off in 0..3 {
        w.tried(&m, 500, w.guessed(&li, off));
    }
    // A code that is right is not taken now, is used all the same, and does not lengthen the rest.
    let right = w.shown(&li, 0, 0);
    let (payment, answer) = w.tried(&m, 500, right.clone());
    assert_eq!((answer, w.status(CN, payment)), (Some(ChargeAnswer::CodeNotValid), None));
    let view = w.cells[CN].state.world().phone_view((m.li, w.now), m.wallet).unwrap();
    assert_eq!(view.rests, Some(w.now.plus(Span::seconds(600))));
    w.tried(&m, 500, w.guessed(&li, 7));
    // Five misses of this shop: its tills rest too, whichever code it is.
    let refused = w.charges(&m, 500, w.shown(&li, 0, 1)).unwrap_err();
    assert_eq!((refused.code(), refused.is_transient()), ("too_many_wrong_codes", true));
    w.pass(Span::seconds(599));
    assert_eq!(code(w.charges(&m, 500, w.shown(&li, 0, 0))), "too_many_wrong_codes");
    w.pass(Span::seconds(302));
    let (payment, _) = w.tried(&m, 500, w.shown(&li, 0, 0));
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    assert_agreed(&w);
}

#[test]
fn above_the_bound_the_payer_is_asked() {
    let (mut w, m, li, _) = World::with_phones();
    let (payment, answer) = w.tried(&m, 5_000, w.shown(&li, 0, 0));
    assert_eq!(answer, Some(ChargeAnswer::Asked));
    assert_eq!(w.account(CN, m.wallet.number).debits_pending, 0, "nothing is held yet");
    let asks = w.cells[CN].state.world().asks_of(m.li, m.wallet, w.now).unwrap();
    let [ask] = &asks[..] else { panic!("{asks:?}") };
    let quote = ask.quote.as_ref().unwrap();
    assert_eq!(
        (ask.payment, ask.amount, ask.currency, ask.again),
        (payment, 5_000, Currency::JPY, false)
    );
    assert_eq!((quote.price.principal, quote.price.spread), (21_154, 106));
    assert_eq!((quote.source.as_str(), quote.expires), ("ECB", w.now.plus(Span::seconds(60))));
    // Another's yes is none.
    let other = w.party(CN, m.operator, Role::Traveller);
    let yes = ConfirmPayment { quote: quote.quote, again: false };
    assert_eq!(code(w.ask(CN, other, pay::Command::from(yes))), "quote_not_found");
    let no = w.ask(CN, other, pay::Command::from(RefuseCharge { payment }));
    assert_eq!(code(no), "charge_not_asked");

    let confirmed = w.confirm(&m, quote.quote).unwrap();
    assert_eq!(confirmed.status, Status::Confirmed);
    assert!(w.cells[CN].state.world().asks_of(m.li, m.wallet, w.now).unwrap().is_empty());
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    w.pass(Span::seconds(120));
    w.tick(CN);
    w.settle();
    assert_eq!(phone_told(&w, payment), None, "what was confirmed is not refused by the clock");
    assert_agreed(&w);
}

#[test]
fn who_says_no_or_nothing_is_not_charged() {
    let (mut w, m, li, _) = World::with_phones();
    let (payment, _) = w.tried(&m, 5_000, w.shown(&li, 0, 0));
    w.done(CN, m.li, RefuseCharge { payment });
    assert_eq!(phone_told(&w, payment).as_deref(), Some("charge_refused"));
    let again = w.ask(CN, m.li, pay::Command::from(RefuseCharge { payment }));
    assert_eq!(code(again), "charge_not_asked");
    w.settle();
    assert_eq!(till_knows(&w, &m, payment), Some(Some(ChargeAnswer::NotConfirmed)));
    // Then nothing is said.
    w.charges_again(&m, payment, w.shown(&li, 1, 0)).unwrap();
    w.settle();
    assert_eq!(till_knows(&w, &m, payment), Some(Some(ChargeAnswer::Asked)));
    let quote = w.cells[CN].state.world().asks_of(m.li, m.wallet, w.now).unwrap()[0].quote.clone();
    w.pass(Span::seconds(60));
    assert_eq!(code(w.confirm(&m, quote.unwrap().quote)), "quote_expired");
    w.tick(CN);
    assert_eq!(phone_told(&w, payment).as_deref(), Some("charge_not_confirmed"));
    assert!(w.cells[CN].state.pay.market.codes.asks.is_empty());
    w.settle();
    assert_eq!(till_knows(&w, &m, payment), Some(Some(ChargeAnswer::NotConfirmed)));
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_agreed(&w);
}

/// While one phone is asked the till may try another of the same cell: the first is asked no more.
#[test]
fn another_phone_takes_the_place_of_who_is_asked() {
    let (mut w, m, li, _) = World::with_phones();
    let zhang = w.party(CN, m.operator, Role::Traveller);
    let theirs = w.wallet(CN, m.operator, zhang, Currency::CNY, 100_000);
    let phone = w.enrolled(CN, zhang, theirs);
    assert_ne!(phone.handle, li.handle);
    let (payment, _) = w.tried(&m, 5_000, w.shown(&li, 0, 0));
    w.charges_again(&m, payment, w.shown(&phone, 0, 0)).unwrap();
    w.settle();
    assert_eq!(till_knows(&w, &m, payment), Some(Some(ChargeAnswer::Asked)));
    let world = w.cells[CN].state.world();
    assert!(world.asks_of(m.li, m.wallet, w.now).unwrap().is_empty());
    let quote = world.asks_of(zhang, theirs, w.now).unwrap()[0].quote.clone().unwrap().quote;
    let yes = ConfirmPayment { quote, again: false };
    w.ask(CN, zhang, pay::Command::from(yes)).unwrap();
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    assert_eq!(w.account(CN, theirs.number).balance(), 100_000 - 21_260);
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_agreed(&w);
}

#[test]
fn the_same_once_more_is_asked_although_it_is_little() {
    let (mut w, m, li, _) = World::with_phones();
    w.tried(&m, 500, w.shown(&li, 0, 0));
    let (payment, answer) = w.tried(&m, 500, w.shown(&li, 0, 1));
    assert_eq!(answer, Some(ChargeAnswer::Asked));
    let asks = w.cells[CN].state.world().asks_of(m.li, m.wallet, w.now).unwrap();
    assert!(asks[0].again);
    let quote = asks[0].quote.as_ref().unwrap().quote;
    assert_eq!(code(w.confirm(&m, quote)), "confirm_again");
    w.confirm_again(&m, quote).unwrap();
    w.settle();
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
}

/// The phone is told why, the till only whether to try later; the code is used.
#[test]
fn what_speaks_against_paying_is_the_payers_to_know() {
    let (mut w, m, li, _) = World::with_phones();
    let case = |w: &mut World, amount, why: &str, answer| {
        let shown = w.shown(&li, 0, 0);
        let (payment, told) = w.tried(&m, amount, shown.clone());
        assert_eq!(told, Some(answer), "{why}");
        assert_eq!(phone_told(w, payment).as_deref(), Some(why));
        assert_eq!(w.status(CN, payment), None);
        assert_eq!(w.account(CN, m.wallet.number).debits_pending, 0);
        w.pass(Span::seconds(150));
        assert_agreed(w);
    };
    case(&mut w, 100_000, "insufficient_funds", ChargeAnswer::Declined);
    let limits = |most| Limits {
        currency: Currency::CNY,
        per_payment: most,
        per_day: 0,
        source: "a law".into(),
    };
    w.change(CN, m.operator, SetLimits { from: w.now, limits: limits(1_000) });
    case(&mut w, 800, "limit_per_payment", ChargeAnswer::Declined);
    w.change(CN, m.operator, SetLimits { from: w.now, limits: limits(0) });
    let window = economy::SetWindow { link: LINK, max_unanswered: 0, max_age: Span::seconds(60) };
    w.ask(CN, m.operator, Command::SetWindow(window)).unwrap();
    case(&mut w, 800, "corridor_unavailable", ChargeAnswer::TryLater);
    let window = economy::SetWindow { link: LINK, max_unanswered: 9, max_age: Span::seconds(60) };
    w.ask(CN, m.operator, Command::SetWindow(window)).unwrap();
    w.change(CN, m.operator, SetFees { from: w.now, fees: pay::Fees::default() });
    let (payment, answer) = w.tried(&m, 800, w.shown(&li, 0, 0));
    assert_eq!((answer, w.status(JP, payment)), (None, Some(Status::Captured)));
}

#[test]
fn a_full_corridor_is_no_fault_of_the_code() {
    let (mut w, m, li, _) = World::with_phones();
    // Rich enough, but the prefund is not.
    let reference = "a great transfer".into();
    w.done(CN, m.operator, TopUpWallet { wallet: m.wallet, amount: 900_000_000, reference });
    let (payment, answer) = w.tried(&m, NOSTRO + 1, w.shown(&li, 0, 0));
    assert_eq!((answer, w.status(CN, payment)), (Some(ChargeAnswer::TryLater), None));
    assert_agreed(&w);
}

#[test]
fn a_frozen_link_takes_no_code() {
    let (mut w, m, li, _) = World::with_phones();
    let reason = FreezeReason::ByOperator { note: "a drill".into() };
    w.ask(JP, m.operator, Command::FreezeLink(FreezeLink { link: LINK, reason })).unwrap();
    let payment = w.requested(&m, 500);
    let refused = w.charges_again(&m, payment, w.shown(&li, 0, 0));
    assert_eq!(code(refused), "corridor_unavailable");
    assert!(w.cells[JP].state.pay.charge(payment).is_none(), "a refusal changes nothing");
    assert_eq!(code(w.charges(&m, 500, w.shown(&li, 0, 0))), "corridor_unavailable");
}

#[test]
fn codes_that_wait_fill_the_links_window() {
    let (mut w, m, li, _) = World::with_phones();
    let window = economy::SetWindow { link: LINK, max_unanswered: 2, max_age: Span::seconds(60) };
    w.ask(JP, m.operator, Command::SetWindow(window)).unwrap();
    for amount in [500, 501] {
        w.charges(&m, amount, w.shown(&li, 0, 0)).unwrap();
    }
    assert_eq!(code(w.charges(&m, 502, w.shown(&li, 0, 0))), "corridor_unavailable");
    w.settle();
    w.charges(&m, 503, w.shown(&li, 0, 1)).unwrap();
    w.pass(Span::seconds(61));
    assert_eq!(code(w.charges(&m, 504, w.shown(&li, 0, 0))), "corridor_unavailable");
}

#[test]
fn a_payment_that_ends_meanwhile_is_not_paid() {
    let (mut w, m, li, _) = World::with_phones();
    let charged = w.charges(&m, 500, w.shown(&li, 0, 0)).unwrap();
    let payment = charged.payment.payment;
    w.done(JP, m.soba, CancelPayment { payment });
    w.settle();
    let leg = w.legs(payment).payer.unwrap();
    assert_eq!((leg.status, leg.declined), (Status::Declined, Some(DeclineReason::PaymentNotOpen)));
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    // A code whose deadline has passed by the payer's clock.
    let charged = w.charges(&m, 501, w.shown(&li, 1, 0)).unwrap();
    w.pass(Span::seconds(600));
    w.settle();
    assert_eq!(w.status(CN, charged.payment.payment), None);
    w.tick(JP);
    assert!(w.cells[JP].state.pay.market.codes.charges.is_empty());
    assert_agreed(&w);
}

#[test]
fn a_faulty_neighbour_charges_nobody() {
    let (mut w, m, li, _) = World::with_phones();
    let (payment, valid_until) = (w.id(), w.now.plus(Span::seconds(60)));
    let shown = pay::codes::PayCode::parse(&w.shown(&li, 0, 0)).unwrap().code.number();
    let charge = |store, amount, code| Message::Charge {
        payment,
        store,
        amount,
        valid_until,
        capture: corridor::CaptureMode::Now,
        code,
    };
    let elsewhere = kernel::Ref::new(9, 0, 1);
    for message in [
        charge(m.store, 0, shown),
        charge(elsewhere, 500, shown + 10_000_000),
        charge(m.store, u64::MAX, u64::MAX),
        Message::ChargeAnswered { payment, charge: 1, answer: ChargeAnswer::Asked },
    ] {
        let through = w.handled(JP) + 1;
        assert_eq!(w.forge(JP, Some(NOSTRO), message), Ok(Reply::Received { through }));
    }
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert!(w.cells[CN].state.pay.market.codes.asks.is_empty());
    assert_eq!(w.cells[CN].state.corridor.links[0].frozen, None);
}

#[test]
fn a_till_is_told_what_it_scanned() {
    let (mut w, m, li, _) = World::with_phones();
    let told = |w: &mut World, text: &str| code(w.charges(&m, 500, text.to_owned()));
    let mut misread = w.shown(&li, 0, 0);
    let digit = if misread.ends_with('0') { "1" } else { "0" };
    misread.replace_range(19.., digit);
    assert_eq!(told(&mut w, &misread), "code_misread");
    assert_eq!(told(&mut w, "hello"), "code_unknown");
    assert_eq!(told(&mut w, "000201010211"), "code_of_shop");
    assert_eq!(told(&mut w, "134567890123456789"), "wallet_not_connected");
    assert_eq!(told(&mut w, "99999999999999999999"), "wallet_not_connected");
    let (mut bare, n) = World::open();
    assert_eq!(code(bare.charges(&n, 500, "47104815162000000005".into())), "codes_not_set");
    let enrol = EnrolPhone { wallet: n.wallet, near: 1 };
    assert_eq!(code(bare.ask(CN, n.li, pay::Command::from(enrol))), "codes_not_set");
}

#[test]
fn only_its_holder_enrols_a_phone() {
    let (mut w, m, li, _) = World::with_phones();
    let other = w.party(CN, m.operator, Role::Traveller);
    for command in [
        pay::Command::from(EnrolPhone { wallet: m.wallet, near: 1 }),
        EndPhone { wallet: m.wallet }.into(),
    ] {
        assert_eq!(code(w.ask(CN, other, command)), "wallet_not_found");
    }
    let theirs = w.wallet(CN, m.operator, other, Currency::CNY, 0);
    assert_eq!(
        code(w.ask(CN, other, pay::Command::from(EndPhone { wallet: theirs }))),
        "phone_not_enrolled"
    );
    // Handles begin where the edge says and pass over those that are taken.
    let second = w.enrolled(CN, other, theirs);
    assert_eq!((second.handle, second.generation), (li.handle + 1, li.generation + 1));
    let anew = w.enrolled(CN, m.li, m.wallet);
    assert_eq!((anew.handle, anew.generation), (li.handle + 2, li.generation + 2));
    assert_eq!(w.cells[CN].state.pay.all_phones().count(), 2);
    // Who leaves has no phone any more.
    let party = w.party_of(CN, other);
    w.done(CN, m.operator, ForgetParty { party });
    assert_eq!(w.cells[CN].state.pay.all_phones().count(), 1);
}

#[test]
fn terms_that_can_not_be_used_are_refused() {
    let (mut w, m, ..) = World::with_phones();
    let mut set = |change: &dyn Fn(&mut pay::codes::CodeTerms)| -> Result<Reply, Refusal> {
        let mut terms = code_terms();
        change(&mut terms);
        w.ask(CN, m.operator, pay::Command::from(SetCodeTerms { from: START, terms }))
    };
    let overlap = Issuer {
        name: "Another".into(),
        prefix_digits: 2,
        first: 47,
        last: 47,
        shortest: 16,
        longest: 24,
        route: IssuerRoute::Connector("another".into()),
    };
    assert_eq!(code(set(&|terms| terms.issuers.push(overlap.clone()))), "code_registry_unfit");
    assert_eq!(code(set(&|terms| terms.ask_s = 0)), "out_of_range");
    assert_eq!(code(set(&|terms| terms.wrong_most = 0)), "out_of_range");
    assert_eq!(code(set(&|terms| terms.source.clear())), "text_unfit");
    // What holds is set by one person once, and changed by two.
    assert_eq!(code(set(&|_| ())), "already_done");
    assert_eq!(code(set(&|terms| terms.ask_s = 90)), "approval_needed");
}
