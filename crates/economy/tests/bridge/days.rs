//! Days of the corridor: closed by the keeper, agreed to from the other side's own books, signed by
//! both; and what fills a nostro.

use corridor::{Day, DayAnswer, DayField, DaySignature, FreezeReason, Message, Sums};
use economy::{Command, Refusal, ReopenLink, Reply};
use kernel::{Currency, Id, Span};
use pay::command::*;
use pay::event::{BankLine, Claim, Found, Why};
use pay::state::{Half, SettledDay, TopUp, remittance};
use pay::terms::{Closing, SettlementTerms, Supply};

use crate::support::*;

fn with_terms() -> (World, Market) {
    let (mut w, m) = World::open();
    settled(&mut w, m.operator);
    (w, m)
}

fn half(w: &World, cell: usize) -> Half {
    let halves = w.cells[cell].state.pay.settlement().halves(LINK).cloned();
    let halves = halves.unwrap_or_default();
    if cell == JP { halves.nostro } else { halves.mirror }
}

fn day(w: &World, cell: usize, number: u32) -> SettledDay {
    half(w, cell).day(number).cloned().expect("the day is closed")
}

fn signature(by: u8) -> DaySignature {
    DaySignature { key: [by; 32], signature: [by; 64] }
}

#[test]
fn a_day_is_closed_agreed_and_signed_by_both() {
    let (mut w, m) = with_terms();
    let first = w.paid(&m, 3_200);
    w.paid(&m, 800);
    let id = w.id();
    w.done(JP, m.soba, RefundPayment { id, payment: first, amount: 200 });
    w.settle();
    // The day ends at midnight in Japan, 14 hours from now.
    w.pass(Span::hours(14));
    assert_eq!(w.tick(JP), [1]);
    let closed = day(&w, JP, 1);
    let sums = Sums {
        captured: 4_000,
        captures: 2,
        refunded: 200,
        refunds: 1,
        topped_up: NOSTRO,
        top_ups: 1,
    };
    let Day { number, date, part, opening, closing, sent_after, .. } = closed.day;
    assert_eq!((number, date, part, sent_after), (1, 20_261_102, 1, 0));
    assert_eq!((opening, closing, closed.day.sums), (0, NOSTRO - 3_800, sums));
    assert_eq!(closed.word(), "closed");
    w.settle();
    assert_eq!((day(&w, JP, 1).word(), day(&w, CN, 1).word()), ("agreed", "agreed"));
    assert_eq!(day(&w, CN, 1).day, closed.day);
    // A refund after the closing stands in the next day, and changes nothing of the closed one.
    let id = w.id();
    w.done(JP, m.soba, RefundPayment { id, payment: first, amount: 300 });
    w.settle();
    for cell in [JP, CN] {
        assert_eq!((half(&w, cell).running.refunded, day(&w, cell, 1).day), (300, closed.day));
    }
    for (cell, by) in [(CN, 1), (JP, 2)] {
        let keeper = cell == JP;
        let sign = SignDay { link: LINK, keeper, day: 1, signature: signature(by) };
        w.done(cell, m.operator, sign.clone());
        // The same once more sends nothing.
        let sent = w.cells[cell].sent.len();
        w.done(cell, m.operator, sign);
        assert_eq!(w.cells[cell].sent.len(), sent);
    }
    w.settle();
    for (cell, ours, theirs) in [(CN, 1, 2), (JP, 2, 1)] {
        let known = day(&w, cell, 1);
        assert_eq!(known.word(), "signed");
        assert_eq!((known.ours, known.theirs), (Some(signature(ours)), Some(signature(theirs))));
    }
    w.pass(Span::days(1));
    assert_eq!(w.tick(JP), [1]);
    w.settle();
    let next = day(&w, CN, 2);
    assert_eq!((next.word(), next.day.date, next.day.opening), ("agreed", 20_261_103, closing));
    assert_eq!((next.day.sent_after, next.day.sums.refunded), (closed.day.sent_through, 300));
    // A cell that slept for two days closes what there is once.
    w.pass(Span::days(3));
    assert_eq!(w.tick(JP), [1]);
    assert_eq!(day(&w, JP, 3).day.date, 20_261_106);
    assert_eq!(w.frozen(CN), None);
}

#[test]
fn a_day_is_closed_early_by_a_person_once() {
    let (mut w, m) = with_terms();
    w.paid(&m, 3_200);
    let close = CloseDay { link: LINK, day: 1 };
    let refused = w.ask(JP, m.operator, pay::Command::from(CloseDay { link: LINK, day: 2 }));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::DayNotFound)));
    let refused = w.ask(CN, m.operator, pay::Command::from(close.clone()));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::LinkNotFound)));
    let told = w.done(JP, m.operator, close.clone());
    let records = w.cells[JP].records.len();
    assert_eq!(w.done(JP, m.operator, close), told);
    assert_eq!(w.cells[JP].records.len(), records, "asked for again, it is answered");
    // Not before both agree.
    let sign = SignDay { link: LINK, keeper: true, day: 1, signature: signature(1) };
    let refused = w.ask(JP, m.operator, pay::Command::from(sign));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::DayNotAgreed { state: "closed" })));
    w.done(JP, m.operator, CloseDay { link: LINK, day: 2 });
    w.pass(Span::hours(14));
    assert_eq!(w.tick(JP), [1]);
    w.settle();
    let parts = [1, 2, 3].map(|number| day(&w, CN, number).day);
    assert_eq!(parts.map(|day| (day.date, day.part)), [1, 2, 3].map(|part| (20_261_102, part)));
}

/// The keeper says something else than our books: nothing is booked, the link stands still, and
/// both know in what they differ.
#[test]
fn a_day_that_differs_freezes_and_says_in_what() {
    let (mut w, m) = with_terms();
    w.paid(&m, 3_200);
    w.done(JP, m.operator, CloseDay { link: LINK, day: 1 });
    let Some(Message::DayClosed { day: told }) =
        w.cells[JP].sent.last().map(|sent| sent.message.clone())
    else {
        panic!("the day is closed by a message")
    };
    let sums = Sums { captured: 3_100, topped_up: NOSTRO - 100, ..told.sums };
    let wrong = Day { sums, ..*told };
    let nostro = Some(wrong.closing);
    let reply = w.forge(JP, nostro, Message::DayClosed { day: Box::new(wrong) });
    let number = w.handled(JP) + 1;
    assert_eq!(reply, Ok(Reply::Received { through: number - 1 }), "it was not handled");
    let Some(FreezeReason::DayDiffers { day: 1, difference, .. }) = w.frozen(CN) else {
        panic!("{:?}", w.frozen(CN))
    };
    let expected = (DayField::Captured, 3_200, 3_100);
    assert_eq!((difference.field, difference.ours, difference.theirs), expected);
    assert_eq!(half(&w, CN).days, []);
    let answer = Message::DayAnswered { day: 1, answer: Box::new(DayAnswer::Differs(*difference)) };
    assert_eq!(w.cells[CN].messages().last(), Some(&&answer));
    w.deliver(CN);
    assert_eq!(day(&w, JP, 1).word(), "differs");
    // Once a person has looked, the right one is agreed to.
    let (note, seen) = ("both books were read".to_owned(), corridor::Witness::default());
    let reopen = ReopenLink { link: LINK, note, seen, handled: 0 };
    w.ask(CN, m.operator, Command::ReopenLink(reopen)).unwrap();
    w.settle();
    assert_eq!((day(&w, JP, 1).word(), day(&w, CN, 1).day), ("agreed", *told));
}

fn top_up(reply: Reply) -> TopUp {
    match reply {
        Reply::Pay(pay::Reply::TopUp(top_up)) => *top_up,
        other => panic!("{other:?}"),
    }
}

fn line(key: u64, amount: i64, reference: u64) -> BankLine {
    let hash = pay::reference_hash(Currency::JPY.numeric(), &remittance(reference));
    BankLine { key, day: 20_261_102, amount, claim: Claim::Reference(hash) }
}

/// Takes a day's statement of the yen bank in, and says what its lines were found to be.
fn statement(w: &mut World, m: &Market, lines: &[BankLine]) -> Vec<Found> {
    let banking = &w.cells[JP].state.pay.market.banking;
    let known = banking.account(Currency::JPY, "2476-001").map(|(_, known)| known.balance);
    let (first, opening) = (banking.next_line, known.unwrap_or(0));
    let page = ImportStatement {
        currency: Currency::JPY,
        account: "2476-001".to_owned(),
        hash: [first as u8; 32],
        page: 0,
        pages: 1,
        from: lines[0].day,
        to: lines[0].day,
        opening,
        closing: opening + lines.iter().map(|line| line.amount).sum::<i64>(),
        lines: lines.into(),
    };
    w.done(JP, m.operator, page);
    let lines = &w.cells[JP].state.pay.market.banking.lines;
    lines.range(first..).map(|(_, known)| known.found.clone()).collect()
}

#[test]
fn a_top_up_goes_from_one_bank_to_the_other_and_arrives() {
    let (mut w, m) = with_terms();
    let (id, amount) = (w.id(), 2_000_000);
    let ask = AskTopUp { id, link: LINK, amount };
    assert_eq!(top_up(w.done(CN, m.operator, ask.clone())).word(), "asked");
    assert_eq!(top_up(w.done(CN, m.operator, ask)).word(), "asked", "once");
    let (cost, currency) = (8_462_000, Currency::CNY);
    let paid = TopUpWord::Paid { reference: "ICBC 1".to_owned(), cost, currency };
    let go = |word: &TopUpWord| pay::Command::from(MoveTopUp { top_up: id, word: word.clone() });
    let refused = w.ask(CN, m.operator, go(&paid));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::SecondPersonNeeded)));
    let refused = w.ask(CN, m.operator, go(&TopUpWord::Approve));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::SamePerson)));
    let another = m.operator.by(COLLEAGUE);
    let ready = top_up(w.ask(CN, another, go(&TopUpWord::Approve)).unwrap());
    assert_eq!(ready.word(), "ready");
    let yuan = w.kept(CN, currency);
    top_up(w.ask(CN, m.operator, go(&paid)).unwrap());
    let records = w.cells[CN].records.len();
    top_up(w.ask(CN, m.operator, go(&paid)).unwrap());
    assert_eq!(w.cells[CN].records.len(), records, "the same twice changes nothing");
    let after = w.kept(CN, currency);
    assert_eq!((after.fx, after.bank), (yuan.fx - 8_462_000, yuan.bank + 8_462_000));
    w.settle();
    let announced = &w.cells[JP].state.pay.settlement().announced;
    assert_eq!(announced.values().map(|sent| sent.amount).collect::<Vec<_>>(), [amount]);
    // The yen bank says it: a line of another sum is a task, the right one is money.
    let number = ready.number();
    let nostro = w.nostro().balance();
    let found = statement(&mut w, &m, &[line(1, 1_999_000, number), line(2, 2_000_000, number)]);
    let hash = pay::reference_hash(Currency::JPY.numeric(), &remittance(number));
    assert_eq!(found, [Found::Open(Why::AmountDiffers), Found::Booked(hash)]);
    assert_eq!(w.nostro().balance(), nostro + 2_000_000);
    w.settle();
    assert_eq!(w.mirror().balance(), w.nostro().balance());
    let known = w.cells[CN].state.pay.settlement().top_up(id).cloned().unwrap();
    assert_eq!(known.word(), "arrived");
    // The same line of another day is a task and no money.
    let found =
        statement(&mut w, &m, &[BankLine { day: 20_261_103, ..line(3, 2_000_000, number) }]);
    assert_eq!(found, [Found::Open(Why::MatchedBefore)]);
    assert_eq!(w.nostro().balance(), nostro + 2_000_000);
}

/// The bank took something on the way: a person says that the line is this top-up.
#[test]
fn a_top_up_of_another_sum_is_matched_by_a_person() {
    let (mut w, m) = with_terms();
    let id: Id<kernel::id::TopUp> = w.id();
    let small = top_up(w.done(CN, m.operator, AskTopUp { id, link: LINK, amount: 900_000 }));
    assert_eq!(small.word(), "ready", "it is below what needs a second person");
    let (reference, currency) = ("ICBC 2".to_owned(), Currency::CNY);
    let word = TopUpWord::Paid { reference, cost: 3_807_900, currency };
    w.done(CN, m.operator, MoveTopUp { top_up: id, word });
    w.settle();
    let found = statement(&mut w, &m, &[line(1, 899_000, small.number())]);
    assert_eq!(found, [Found::Open(Why::AmountDiffers)]);
    let resolution = Resolution::Nostro(LINK);
    w.done(JP, m.operator, ResolveBankLine { line: 0, resolution });
    w.settle();
    assert!(w.cells[JP].state.pay.settlement().announced.is_empty());
    assert_eq!(w.mirror().balance(), i128::from(NOSTRO + 899_000));
    let word = TopUpWord::End("the bank kept 1,000".to_owned());
    let ended = top_up(w.done(CN, m.operator, MoveTopUp { top_up: id, word }));
    assert_eq!(ended.word(), "ended");
    let again = pay::Command::from(MoveTopUp { top_up: id, word: TopUpWord::Approve });
    let refused = w.ask(CN, m.operator.by(COLLEAGUE), again);
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::TopUpNotOpen { state: "ended" })));
}

#[test]
fn terms_are_of_the_side_that_needs_them() {
    let (mut w, m) = World::open();
    let ask = AskTopUp { id: w.id(), link: LINK, amount: 1 };
    let refused = w.ask(CN, m.operator, pay::Command::from(ask));
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::SettlementTermsNotSet)));
    let close = pay::Command::from(CloseDay { link: LINK, day: 1 });
    let refused = w.ask(JP, m.operator, close);
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::SettlementTermsNotSet)));
    for (cell, closing, supply) in [
        (JP, None, None),
        (CN, Some(Closing { minute: 0, utc_offset_min: 480 }), Some(SUPPLY)),
        (JP, Some(Closing { minute: 1_440, utc_offset_min: 540 }), None),
        (CN, None, Some(Supply { target_days: 0, ..SUPPLY })),
    ] {
        let terms = SettlementTerms { link: LINK, closing, supply, source: "x".to_owned() };
        let set = pay::Command::from(SetSettlementTerms { from: w.now, terms });
        let refused = w.ask(cell, m.operator, Command::from(set)).unwrap_err();
        let told = matches!(refused, Refusal::Pay(pay::Refusal::OutOfRange { .. }));
        assert!(told, "{refused:?}");
    }
    settled(&mut w, m.operator);
    // What holds is changed by two people.
    let closing = Some(Closing { minute: 18 * 60, utc_offset_min: 540 });
    let source = "a new contract".to_owned();
    let terms = SettlementTerms { link: LINK, closing, supply: None, source };
    let set = pay::Command::from(SetSettlementTerms { from: w.now, terms: terms.clone() });
    let refused = w.ask(JP, m.operator, set);
    assert_eq!(refused, Err(Refusal::Pay(pay::Refusal::ApprovalNeeded)));
    let from = w.now.plus(Span::hours(24));
    w.change(JP, m.operator, pay::event::SettlementTermsSet { from, terms });
    w.pass(Span::hours(14));
    assert_eq!(w.tick(JP), [1]);
    w.pass(Span::hours(18));
    assert_eq!(w.tick(JP), [0; 0], "the next closing was fixed before the new hour held");
}
