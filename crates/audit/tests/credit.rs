//! Merchants' credit lines: reckoned from the facts alone, and a forger is found at the place.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Report, Source, run_live};
use economy::{Command, Event};
use given::{Market, OPERATOR, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::Currency;
use ledger::{Flags, Movement, Transfer};
use pay::Event as Pay;
use pay::command::SetCreditLine;

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

fn granted(market: &mut Market, limit: u64) {
    let (merchant, source) = (market.merchant, "contract 7".to_owned());
    market.jp.run(SetCreditLine { merchant, limit, source });
}

/// A shop that was paid out but for 300, refunds on its line, and repays; the line is lowered in
/// between.
fn lent() -> Market {
    let mut market = Market::new();
    let payment = market.pay(3_200);
    let bank = market.jp.state.pay.book(Currency::JPY).unwrap().bank;
    let debit = market.merchant.number;
    let amount = market.jp.state.book.account(debit).unwrap().balance() as u64 - 300;
    let id = market.jp.id::<kernel::id::Transfer>().0;
    let flags = Flags::default();
    let out = Transfer { id, debit, credit: bank, amount, timeout_s: 0, code: 1, flags };
    market.jp.ask(OPERATOR, Command::Transfers([out].into())).unwrap();
    granted(&mut market, 1_000);
    market.refund(payment, 900);
    granted(&mut market, 400);
    market.pay(500);
    granted(&mut market, 2_000);
    market.refund(payment, 1_000);
    market.settle();
    market
}

#[test]
fn lines_that_were_kept_agree() {
    let market = lent();
    let report = audited(&market.cn.disk(), &market.jp.disk());
    assert!(report.is_ok(), "{report}");
    let facts = &report.cells[1].facts;
    let counted = ["CreditLineSet", "CreditDrawn", "CreditRepaid"].map(|word| facts[word]);
    assert_eq!(counted, [3, 2, 1]);
}

/// Changes the facts of the last record with a fact that passes; the audit finds this there.
#[track_caller]
fn forged(is: fn(&Pay) -> bool, change: impl Fn(Event) -> Option<Event>, code: &str) {
    let market = lent();
    let disk = market.jp.disk();
    let position = find(&disk, |fact| matches!(fact, Event::Pay(fact) if is(fact)));
    let all = |facts: Vec<Event>| facts.into_iter().filter_map(&change).collect();
    let report = audited(&market.cn.disk(), &rewritten(&disk, position, all));
    let found = report.differences.iter().find(|found| found.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in\n{report}"));
    assert_eq!((found.place.cell.as_str(), found.place.position), ("jp", Some(position)));
}

const fn is_drawn(fact: &Pay) -> bool {
    matches!(fact, Pay::CreditDrawn(_))
}

const fn is_repaid(fact: &Pay) -> bool {
    matches!(fact, Pay::CreditRepaid(_))
}

#[test]
fn a_sale_that_repays_nothing_is_found() {
    let market = lent();
    let lines = market.jp.state.pay.market.credit_lines.clone();
    let credit = *lines.values().next().unwrap();
    let repays = move |fact: &Event| match fact {
        Event::Pay(fact) => is_repaid(fact),
        Event::Ledger(ledger::Event::Moved(Movement::Post { credit: to, .. })) => {
            [credit.line, credit.receivable].contains(to)
        }
        _ => false,
    };
    forged(is_repaid, move |fact| (!repays(&fact)).then_some(fact), "credit_differs");
}

#[test]
fn a_draw_that_leaves_the_shop_its_money_is_found() {
    let market = lent();
    let shop = market.merchant.number;
    let lines = market.jp.state.pay.market.credit_lines.clone();
    let line = lines.values().next().unwrap().line;
    // The last refund found the shop without a balance: let it find 5 that it keeps.
    let is_sale = |fact: &Pay| is_repaid(fact);
    let keep = move |fact: Event| {
        Some(match fact {
            Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, amount }))
                if debit == shop && credit == line =>
            {
                Event::Ledger(Movement::Post { debit, credit, amount: amount - 5 }.into())
            }
            Event::Pay(Pay::CreditRepaid(mut fact)) => {
                fact.amount -= 5;
                Event::Pay(fact.into())
            }
            other => other,
        })
    };
    forged(is_sale, keep, "credit_differs");
}

#[test]
fn more_drawn_than_moved_is_found() {
    let more = |fact| {
        Some(match fact {
            Event::Pay(Pay::CreditDrawn(mut fact)) => {
                fact.amount += 1;
                Event::Pay(fact.into())
            }
            other => other,
        })
    };
    forged(is_drawn, more, "statement_differs");
}

#[test]
fn a_draw_without_a_refund_is_found() {
    let other = |fact| match fact {
        Event::Pay(Pay::SaleRefunded(mut fact)) => {
            fact.refund = kernel::Id::new(1);
            Some(Event::Pay(fact.into()))
        }
        other => Some(other),
    };
    forged(is_drawn, other, "credit_differs");
}

#[test]
fn a_limit_that_nobody_put_up_is_found() {
    let is_set = |fact: &Pay| matches!(fact, Pay::CreditLineSet(_));
    let higher = |fact| {
        Some(match fact {
            Event::Pay(Pay::CreditLineSet(mut fact)) => {
                fact.limit += 1_000;
                Event::Pay(fact.into())
            }
            other => other,
        })
    };
    forged(is_set, higher, "statement_differs");
}
