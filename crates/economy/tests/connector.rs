//! Wallets of other companies: what is journaled before they are asked, what their word does, and
//! what no word of theirs can do.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod support;

use corridor::CaptureMode;
use economy::{Answer, ConnectorsView, Query, Refusal, Reply};
use kernel::id::{Merchant, Payment, Refund};
use kernel::{Currency, Id, Ref, Refuse, Role, Span};
use pay::command::{
    ApproveProposal, BeginConnectorPayment, BeginConnectorRefund, CancelPayment, ChargePayment,
    ConfirmConnectorFailed, ConfirmConnectorPaid, EndConnectorRefund, ImportStatement,
    RefundPayment, RequestPayment, RestConnector, ReturnStray, SetCodeTerms, SetConnector,
    SetSplit, SettleConnector,
};
use pay::costs::ShareKind;
use pay::event::{BankLine, Claim, ConnectorFailed, ConnectorStray};
use pay::state::{AskEnd, RefundEnd, Shape, StrayReason};
use pay::{ConnectorAskView, PaymentView, Purpose, Status};
use support::*;

fn wechat() -> SetConnector {
    SetConnector {
        name: "wechat".to_owned(),
        kind: "wechat".to_owned(),
        currency: Currency::JPY,
        refund_parts: 2,
        refund_days: 30,
        source: "the contract, article 4".to_owned(),
    }
}

fn open() -> (World, Market) {
    let (mut w, m) = World::open();
    w.done(JP, m.operator, wechat());
    (w, m)
}

fn begin(payment: Id<Payment>) -> BeginConnectorPayment {
    BeginConnectorPayment { payment, connector: "wechat".to_owned(), shape: Shape::Shown }
}

fn begun(w: &mut World, m: &Market, payment: Id<Payment>) -> ConnectorAskView {
    match w.done(JP, m.soba, begin(payment)) {
        Reply::Pay(pay::Reply::ConnectorAsk(view)) => *view,
        other => panic!("{other:?}"),
    }
}

fn said(payment: Id<Payment>, attempt: u16, amount: u64) -> ConfirmConnectorPaid {
    ConfirmConnectorPaid {
        payment,
        attempt,
        connector: "wechat".to_owned(),
        amount,
        reference: "4200000000002104083200000488".to_owned(),
        evidence: [7; 32],
    }
}

fn failed(payment: Id<Payment>, attempt: u16) -> ConfirmConnectorFailed {
    let (connector, end) = ("wechat".to_owned(), AskEnd::CodeExpired);
    ConfirmConnectorFailed { payment, attempt, connector, end }
}

fn ended(refund: Id<Refund>, end: RefundEnd) -> EndConnectorRefund {
    EndConnectorRefund { refund, connector: "wechat".to_owned(), end, evidence: [8; 32] }
}

/// Paid by WeChat: 3,200, of which the shop has 3,168.
fn paid() -> (World, Market, Id<Payment>) {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.done(JP, m.operator, said(payment, 1, 3_200));
    (w, m, payment)
}

fn ask(
    w: &mut World,
    actor: kernel::Actor,
    command: impl Into<pay::Command>,
) -> Result<Reply, Refusal> {
    w.ask(JP, actor, command.into())
}

fn view(w: &World, m: &Market, payment: Id<Payment>) -> PaymentView {
    w.cells[JP].state.world().payment(m.soba, payment).unwrap()
}

fn connectors(w: &World) -> ConnectorsView {
    match w.cells[JP].state.answer(&Query::Connectors) {
        Ok(Answer::Connectors(view)) => *view,
        other => panic!("{other:?}"),
    }
}

/// What the shop has, the fee account, suspense, and what the other company owes.
#[track_caller]
fn assert_stand(w: &World, m: &Market, expected: [i128; 4]) {
    let state = &w.cells[JP].state;
    let book = state.pay.book(Currency::JPY).unwrap();
    let balance = |number| state.book.account(number).map_or(0, ledger::Account::balance);
    let [shop, fee, suspense] = [m.merchant.number, book.fee, book.suspense].map(balance);
    assert_eq!([shop, fee, suspense, connectors(w).connectors[0].owed], expected);
}

#[test]
fn what_another_company_says_is_paid_reaches_the_shop() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    let ask = begun(&mut w, &m, payment);
    assert_eq!((ask.attempt, ask.amount, ask.cancel), (1, 3_200, false));
    assert_eq!(view(&w, &m, payment).connector, Some(0));
    assert_eq!(connectors(&w).asks, [ask]);
    assert_stand(&w, &m, [0, 0, 0, 0]);
    let Reply::Pay(pay::Reply::Payment(told)) = w.done(JP, m.operator, said(payment, 1, 3_200))
    else {
        panic!("the payment is told")
    };
    assert_eq!(*told, view(&w, &m, payment));
    assert_eq!(
        (told.status, told.captured, told.merchant_fee),
        (Status::Captured, 3_200, Some(32))
    );
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);
    assert_eq!(connectors(&w).asks, []);
}

#[test]
fn the_same_said_again_late_or_by_halves_changes_nothing() {
    let (mut w, m, payment) = paid();
    let records = w.cells[JP].records.len();
    for again in 0..2 {
        let answer = ask(&mut w, m.operator, said(payment, 1, 3_200));
        assert_eq!(code(answer), "already_done", "{again}");
        assert_eq!(code(ask(&mut w, m.operator, failed(payment, 1))), "already_done");
    }
    assert_eq!(w.cells[JP].records.len(), records);
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);
}

#[test]
fn begin_is_refused_in_its_order() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    let no = |w: &mut World, actor, command: BeginConnectorPayment| code(ask(w, actor, command));
    assert_eq!(no(&mut w, m.soba, begin(Id::new(7))), "payment_not_found");
    assert_eq!(no(&mut w, m.hana, begin(payment)), "payment_not_found");
    let other = BeginConnectorPayment { connector: "alipay".to_owned(), ..begin(payment) };
    assert_eq!(no(&mut w, m.soba, other), "connector_not_found");
    let yuan = SetConnector { name: "cn".to_owned(), currency: Currency::CNY, ..wechat() };
    w.done(JP, m.operator, yuan);
    let other = BeginConnectorPayment { connector: "cn".to_owned(), ..begin(payment) };
    assert_eq!(no(&mut w, m.soba, other), "connector_currency_differs");
    let later = w.requested_later(&m, 3_200);
    assert_eq!(no(&mut w, m.soba, begin(later)), "connector_captures_at_once");
    begun(&mut w, &m, payment);
    assert_eq!(no(&mut w, m.soba, begin(payment)), "payment_under_way");
    let expired = w.requested(&m, 100);
    w.pass(Span::hours(2));
    assert_eq!(no(&mut w, m.soba, begin(expired)), "payment_expired");
}

#[test]
fn a_connector_keeps_its_name_for_one_wallet_and_may_change_its_terms() {
    let (mut w, m) = open();
    for wrong in [
        SetConnector { currency: Currency::CNY, ..wechat() },
        SetConnector { kind: "alipay".to_owned(), ..wechat() },
    ] {
        assert_eq!(code(ask(&mut w, m.operator, wrong)), "connector_exists");
    }
    for wrong in ["", "We", "a-name-that-is-too-long"] {
        let wrong = SetConnector { name: wrong.to_owned(), ..wechat() };
        assert_eq!(code(ask(&mut w, m.operator, wrong)), "out_of_range");
    }
    w.done(JP, m.operator, SetConnector { refund_parts: 50, ..wechat() });
    assert_eq!(connectors(&w).connectors[0].connector.refund_parts, 50);
    assert_eq!(connectors(&w).connectors.len(), 1);
}

#[test]
fn nobody_else_pays_what_another_company_is_being_asked_for() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    let quote = w.quote_for(&m, payment, 3_200);
    let quote = w.quoted(&m, quote).unwrap().quote;
    w.confirm(&m, quote).unwrap();
    w.settle();
    let payer = w.cells[CN].state.world().payment(m.li, payment).unwrap();
    assert_eq!(payer.status, Status::Declined, "the wallet is whole again");
    let here = pay::command::PayHere {
        payment,
        wallet: m.yen_wallet,
        store: m.store,
        amount: 3_200,
        requested: true,
        again: false,
        place: None,
    };
    assert_eq!(code(ask(&mut w, m.hana, here)), "payment_under_way");
}

#[test]
fn what_is_asked_elsewhere_outlives_its_deadline_until_there_is_an_end() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.pass(Span::days(3));
    w.tick(JP);
    assert_eq!(view(&w, &m, payment).status, Status::Requested, "the other company may have it");
    w.done(JP, m.operator, said(payment, 1, 3_200));
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);

    let payment = w.requested(&m, 500);
    begun(&mut w, &m, payment);
    w.pass(Span::days(3));
    w.done(JP, m.operator, failed(payment, 1));
    w.tick(JP);
    assert_eq!(view(&w, &m, payment).status, Status::Expired);
}

#[test]
fn a_failed_attempt_lets_any_wallet_try_again() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.done(JP, m.operator, failed(payment, 1));
    assert_eq!(view(&w, &m, payment).connector, None);
    assert_eq!(begun(&mut w, &m, payment).attempt, 2, "a new number for the other company");
    // The outcome of the first comes late: it is of nothing that is asked now.
    assert_eq!(code(ask(&mut w, m.operator, failed(payment, 1))), "already_done");
    w.done(JP, m.operator, failed(payment, 2));
    let quote = w.quote_for(&m, payment, 3_200);
    let quote = w.quoted(&m, quote).unwrap().quote;
    w.confirm(&m, quote).unwrap();
    w.settle();
    assert_eq!(view(&w, &m, payment).status, Status::Captured);
    assert_stand(&w, &m, [3_168, 32, 0, 0]);
}

#[test]
fn a_till_that_cancels_waits_for_the_other_companys_word() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    for _ in 0..2 {
        let Reply::Pay(pay::Reply::Payment(told)) = w.done(JP, m.soba, CancelPayment { payment })
        else {
            panic!("the payment is told")
        };
        assert_eq!((told.status, told.cancel_asked), (Status::Requested, true));
    }
    assert!(connectors(&w).asks[0].cancel);
    w.done(JP, m.operator, failed(payment, 1));
    let fact = w.cells[JP].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::ConnectorFailed(ConnectorFailed { cancelled, .. })) => {
            Some(*cancelled)
        }
        _ => None,
    });
    assert_eq!(fact, Some(true));
    assert_eq!(view(&w, &m, payment).status, Status::Cancelled);

    // What was paid before that word stays paid.
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.done(JP, m.soba, CancelPayment { payment });
    w.done(JP, m.operator, said(payment, 1, 3_200));
    assert_eq!(view(&w, &m, payment).status, Status::Captured);
}

fn stray(w: &World) -> Option<ConnectorStray> {
    w.cells[JP].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::ConnectorStray(stray)) => Some(stray.clone()),
        _ => None,
    })
}

#[test]
fn another_amount_stands_in_suspense_once_and_the_payment_waits_again() {
    let (mut w, m) = open();
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.done(JP, m.operator, said(payment, 1, 32));
    assert_eq!(stray(&w).unwrap().reason, StrayReason::AmountDiffers);
    assert_stand(&w, &m, [0, 0, 32, 32]);
    let told = view(&w, &m, payment);
    assert_eq!((told.status, told.connector), (Status::Requested, None));
    assert_eq!(code(ask(&mut w, m.operator, said(payment, 1, 32))), "already_done");
    assert_stand(&w, &m, [0, 0, 32, 32]);
}

#[test]
fn money_that_nobody_waits_for_stands_in_suspense_once() {
    let (mut w, m, _) = paid();
    let unknown = Id::new(7);
    let cancelled = w.requested(&m, 900);
    w.done(JP, m.soba, CancelPayment { payment: cancelled });
    let mut suspense = 0;
    for (payment, amount, reference) in [(unknown, 11, "a"), (cancelled, 900, "b")] {
        let reference = reference.to_owned();
        let said = ConfirmConnectorPaid { reference, ..said(payment, 1, amount) };
        w.done(JP, m.operator, said.clone());
        assert_eq!(stray(&w).unwrap().reason, StrayReason::NotOpen);
        suspense += i128::from(amount);
        assert_stand(&w, &m, [3_168, 32, suspense, 3_200 + suspense]);
        assert_eq!(code(ask(&mut w, m.operator, said)), "already_done");
    }
}

fn refund(w: &mut World, payment: Id<Payment>, amount: u64) -> BeginConnectorRefund {
    BeginConnectorRefund { id: w.id(), payment, amount }
}

#[test]
fn a_refund_is_held_first_and_given_when_the_other_company_says_so() {
    let (mut w, m, payment) = paid();
    let first = refund(&mut w, payment, 1_200);
    let reply = w.done(JP, m.soba, first.clone());
    let Reply::Pay(pay::Reply::ConnectorRefund(under_way)) = &reply else { panic!("{reply:?}") };
    assert_eq!((under_way.amount, under_way.fee, under_way.paid), (1_200, 12, 3_200));
    assert_eq!(connectors(&w).refunds, [(**under_way).clone()]);
    assert_eq!(connectors(&w).connectors[0].held, 1_200);
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);
    assert_eq!(w.done(JP, m.soba, first.clone()), reply, "asked again: the same");
    let other = refund(&mut w, payment, 100);
    assert_eq!(code(ask(&mut w, m.soba, other)), "refund_under_way");

    w.done(JP, m.operator, ended(first.id, RefundEnd::Done));
    assert_stand(&w, &m, [1_980, 20, 0, 2_000]);
    let told = view(&w, &m, payment);
    assert_eq!((told.status, told.refunded), (Status::PartlyRefunded, 1_200));
    let again = ended(first.id, RefundEnd::Done);
    assert_eq!(code(ask(&mut w, m.operator, again)), "already_done");
    let found = w.done(JP, m.soba, first);
    assert!(matches!(found, Reply::Pay(pay::Reply::Refund(_))), "found as it was made: {found:?}");

    let rest = refund(&mut w, payment, 2_000);
    w.done(JP, m.soba, rest.clone());
    w.done(JP, m.operator, ended(rest.id, RefundEnd::Done));
    assert_stand(&w, &m, [0, 0, 0, 0]);
    assert_eq!(view(&w, &m, payment).status, Status::Refunded);
}

#[test]
fn money_that_nobody_waited_for_is_a_task_until_it_went_back() {
    let (mut w, m, payment) = paid();
    w.done(
        JP,
        m.operator,
        ConfirmConnectorPaid { attempt: 7, amount: 500, ..said(payment, 7, 500) },
    );
    assert_stand(&w, &m, [3_168, 32, 500, 3_700]);
    let strays = connectors(&w).strays;
    let [(number, stray)] = &strays[..] else { panic!("{strays:?}") };
    assert_eq!((stray.payment, stray.attempt, stray.amount), (payment, 7, 500));
    let back = |stray, connector: &str| ReturnStray { connector: connector.to_owned(), stray };
    assert_eq!(code(ask(&mut w, m.operator, back(*number, "alipay"))), "connector_not_found");
    assert_eq!(code(ask(&mut w, m.operator, back(7, "wechat"))), "already_done");
    w.done(JP, m.operator, back(*number, "wechat"));
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);
    assert_eq!(code(ask(&mut w, m.operator, back(*number, "wechat"))), "already_done");
    // Told once more, it does not come again.
    assert_eq!(code(ask(&mut w, m.operator, said(payment, 7, 500))), "already_done");
}

#[test]
fn a_shops_refund_goes_the_way_the_money_came() {
    let (mut w, m, payment) = paid();
    let all = RefundPayment { id: w.id(), payment, amount: 4_000 };
    assert_eq!(code(ask(&mut w, m.soba, all)), "refund_exceeds_rest");
    let part = RefundPayment { id: w.id(), payment, amount: 1_000 };
    let Reply::Pay(pay::Reply::ConnectorRefund(begun)) = w.done(JP, m.soba, part.clone()) else {
        panic!("the other company is asked first");
    };
    assert_eq!((begun.amount, begun.paid, begun.payment.refunded), (1_000, 3_200, 0));
    w.done(JP, m.operator, ended(part.id, RefundEnd::Done));
    // Asked for again, it is the same one.
    let Reply::Pay(pay::Reply::Refund(done)) = w.done(JP, m.soba, part) else {
        panic!("it was given back");
    };
    assert_eq!((done.amount, done.payment.refunded), (1_000, 1_000));
}

#[test]
fn a_scanned_number_of_another_wallet_is_asked_for_through_its_connector() {
    let (mut w, m) = open();
    let (from, terms) = (w.now, support::code_terms());
    w.done(JP, m.operator, SetCodeTerms { from, terms });
    let scanned = |payment, text: &str| ChargePayment { payment, request: None, code: text.into() };
    let payment = w.requested(&m, 3_200);
    let alipay = scanned(payment, "281234567890123456");
    assert_eq!(code(ask(&mut w, m.soba, alipay)), "wallet_not_connected");
    let number = scanned(payment, "134650720866361395");
    let Reply::Pay(pay::Reply::Charge(charge)) = w.done(JP, m.soba, number.clone()) else {
        panic!("a charge is answered as one");
    };
    assert_eq!((charge.answer, charge.payment.connector), (None, Some(0)));
    let asks = connectors(&w).asks;
    assert_eq!((asks.len(), asks[0].shape, asks[0].attempt), (1, Shape::Taken, 1));
    assert_eq!(code(ask(&mut w, m.soba, number.clone())), "payment_under_way");
    w.done(JP, m.operator, failed(payment, 1));
    // Set aside in the configuration, nothing new goes through it; set again, it does.
    let rest = RestConnector { name: "wechat".to_owned() };
    w.done(JP, m.operator, rest.clone());
    assert_eq!(code(ask(&mut w, m.operator, rest)), "already_done");
    assert_eq!(code(ask(&mut w, m.soba, number.clone())), "wallet_not_connected");
    assert_eq!(code(ask(&mut w, m.soba, begin(payment))), "wallet_not_connected");
    w.done(JP, m.operator, wechat());
    w.done(JP, m.soba, number);
    assert_eq!(connectors(&w).asks[0].attempt, 2);
    // With the sale at once.
    let id = w.id();
    let request = RequestPayment {
        id,
        store: m.store,
        amount: 800,
        valid_for: Span::seconds(300),
        capture: CaptureMode::Now,
        purpose: Purpose::Sale,
    };
    let request = Some(Box::new(request));
    let code = "134650720866361396".to_owned();
    w.done(JP, m.soba, ChargePayment { payment: id, request, code });
    w.done(JP, m.operator, said(id, 1, 800));
    assert_eq!(view(&w, &m, id).status, Status::Captured);
}

#[test]
fn a_refund_that_is_refused_gives_its_holds_back_and_may_be_asked_for_again() {
    let (mut w, m, payment) = paid();
    let first = refund(&mut w, payment, 3_200);
    w.done(JP, m.soba, first.clone());
    w.done(JP, m.operator, ended(first.id, RefundEnd::NotPermitted));
    assert_stand(&w, &m, [3_168, 32, 0, 3_200]);
    assert_eq!(connectors(&w).connectors[0].held, 0);
    assert_eq!(view(&w, &m, payment).status, Status::Captured);
    w.done(JP, m.soba, first.clone());
    w.done(JP, m.operator, ended(first.id, RefundEnd::Done));
    assert_stand(&w, &m, [0, 0, 0, 0]);
}

#[test]
fn a_refund_is_refused_in_its_order_and_the_contract_is_named() {
    let (mut w, m, payment) = paid();
    let no = |w: &mut World, actor, payment, amount| {
        let command = refund(w, payment, amount);
        code(ask(w, actor, command))
    };
    assert_eq!(no(&mut w, m.soba, payment, 0), "amount_must_not_be_zero");
    assert_eq!(no(&mut w, m.soba, Id::new(7), 1), "payment_not_found");
    assert_eq!(no(&mut w, m.hana, payment, 1), "payment_not_found");
    assert_eq!(no(&mut w, m.soba, payment, 3_201), "refund_exceeds_rest");
    let ours = w.paid(&m, 500);
    assert_eq!(no(&mut w, m.soba, ours, 1), "not_paid_through_connector");
    // Two parts are allowed; one that was refused counts, as it has its number there.
    for end in [RefundEnd::Done, RefundEnd::NotPermitted] {
        let part = refund(&mut w, payment, 100);
        w.done(JP, m.soba, part.clone());
        w.done(JP, m.operator, ended(part.id, end));
    }
    let third = refund(&mut w, payment, 100);
    let refusal = ask(&mut w, m.soba, third).unwrap_err();
    assert_eq!(refusal.code(), "connector_refund_too_many_parts");
    assert!(refusal.to_string().contains("at most 2 parts (the contract, article 4)"), "{refusal}");
    w.pass(Span::days(31));
    let late = refund(&mut w, payment, 100);
    let refusal = ask(&mut w, m.soba, late).unwrap_err();
    assert_eq!(refusal.code(), "connector_refund_too_late");
    assert!(refusal.to_string().contains("within 30 days"), "{refusal}");
}

#[test]
fn a_payment_that_is_being_refunded_is_not_forgotten() {
    let (mut w, m, payment) = paid();
    let part = refund(&mut w, payment, 100);
    w.done(JP, m.soba, part.clone());
    w.pass(Span::days(400));
    w.tick(JP);
    w.tick(JP);
    w.done(JP, m.operator, ended(part.id, RefundEnd::Done));
    assert_eq!(view(&w, &m, payment).refunded, 100);
    w.tick(JP);
    assert!(w.cells[JP].state.world().payment(m.soba, payment).is_err(), "and then it is");
}

#[test]
fn the_operators_bank_settles_what_is_owed_once_for_each_reference() {
    let (mut w, m, _) = paid();
    let settle = |reference: &str| SettleConnector {
        connector: "wechat".to_owned(),
        received: 3_180,
        kept: 20,
        reference: reference.to_owned(),
    };
    let reply = w.done(JP, m.operator, settle("20261104-1"));
    assert_eq!(reply, Reply::Pay(pay::Reply::Balance(0)));
    assert_stand(&w, &m, [3_168, 12, 0, 0]);
    assert_eq!(code(ask(&mut w, m.operator, settle("20261104-1"))), "reference_already_used");
    let kept = SettleConnector { kept: 13, ..settle("20261104-2") };
    assert_eq!(code(ask(&mut w, m.operator, kept)), "fees_too_low");
}

#[test]
fn the_banks_line_of_a_settlement_is_found_by_its_reference() {
    let (mut w, m, _) = paid();
    let settle = SettleConnector {
        connector: "wechat".to_owned(),
        received: 3_168,
        kept: 32,
        reference: "WX-20261104".to_owned(),
    };
    w.done(JP, m.operator, settle);
    let reference = pay::reference_hash(Currency::JPY.numeric(), "WX-20261104");
    let line = |key, amount, claim| BankLine { key, day: 20_261_104, amount, claim };
    let lines =
        [line(1, 3_168, Claim::Reference(reference)), line(2, 3_168, Claim::Reference(reference))];
    let page = ImportStatement {
        currency: Currency::JPY,
        account: "2476-001-0000001".to_owned(),
        hash: [1; 32],
        page: 0,
        pages: 1,
        from: 20_261_104,
        to: 20_261_104,
        opening: 0,
        closing: 6_336,
        lines: lines.into(),
    };
    let Reply::Pay(pay::Reply::Statement(seen)) = w.done(JP, m.operator, page) else {
        panic!("a statement is answered as one");
    };
    assert_eq!((seen.lines, seen.open), (2, 1), "the first is it, the second is a task");
}

/// The shop shares 5 % of its sales with a platform.
fn shared(w: &mut World, m: &Market) -> Ref<Merchant> {
    let party = w.party(JP, m.operator, Role::Merchant);
    let platform = w.merchant(JP, m.operator, party, "Kai Market", Currency::JPY);
    let (id, from, note) = (w.id(), w.now, String::new());
    let (merchant, source) = (m.merchant, "contract 8".to_owned());
    let shares = vec![(platform, ShareKind::Platform, 500)];
    let split = SetSplit { id, from, merchant, shares, source, note };
    let Reply::Pay(pay::Reply::Proposal(waits)) = w.done(JP, m.operator, split) else {
        panic!("what takes from sales needs a second person")
    };
    w.done(JP, m.operator.by(99), ApproveProposal { proposal: waits.id });
    platform
}

#[test]
fn a_sale_through_a_connector_is_shared_and_unwound_to_nothing() {
    let (mut w, m) = open();
    w.done(JP, m.operator, SetConnector { refund_parts: 9, ..wechat() });
    let platform = shared(&mut w, &m);
    let payment = w.requested(&m, 3_200);
    begun(&mut w, &m, payment);
    w.done(JP, m.operator, said(payment, 1, 3_200));
    assert_stand(&w, &m, [3_200 - 32 - 160, 32, 0, 3_200]);
    let share = |w: &World| w.account(JP, platform.number).balance();
    assert_eq!(share(&w), 160);
    // Its share is held like the shop's part; nothing is lost if the other company refuses.
    let part = refund(&mut w, payment, 1_000);
    w.done(JP, m.soba, part.clone());
    assert_eq!(share(&w), 110);
    w.done(JP, m.operator, ended(part.id, RefundEnd::Closed));
    assert_stand(&w, &m, [3_008, 32, 0, 3_200]);
    assert_eq!(share(&w), 160);
    w.done(JP, m.soba, part.clone());
    w.done(JP, m.operator, ended(part.id, RefundEnd::Done));
    assert_stand(&w, &m, [3_008 - 1_000 + 10 + 50, 22, 0, 2_200]);
    assert_eq!(share(&w), 110);
    // Who has spent its share is named before the other company is asked.
    let bank = w.cells[JP].state.pay.book(Currency::JPY).unwrap().bank;
    w.by_hand(JP, platform.number, bank, 110);
    let rest = refund(&mut w, payment, 2_200);
    assert_eq!(code(ask(&mut w, m.soba, rest.clone())), "share_balance_too_low");
    w.by_hand(JP, bank, platform.number, 110);
    w.done(JP, m.soba, rest.clone());
    w.done(JP, m.operator, ended(rest.id, RefundEnd::Done));
    assert_stand(&w, &m, [0, 0, 0, 0]);
    assert_eq!(share(&w), 0);
    assert_agreed(&w);
}
