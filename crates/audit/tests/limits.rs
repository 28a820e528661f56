//! Limits: what was paid within them agrees, and a payment over one that held then is found at its
//! place, whoever wrote it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Difference, Report, Source, run_live};
use corridor::CaptureMode;
use economy::{Command, Event};
use given::{Cell, Market, OPERATOR, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::{Currency, Span};
use pay::Event as Pay;
use pay::command::{ApproveProposal, Propose, SetClass};
use pay::event::{ClassesSet, LimitRuleSet};
use pay::terms::{Classes, LimitRule, Reach, Window};

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

/// One person proposes what holds from some seconds on, another agrees.
fn agreed(cell: &mut Cell, change: pay::event::Change) {
    let (id, note) = (cell.id(), String::new());
    let pay::Reply::Proposal(waits) = cell.run(Propose { id, change, note }) else {
        unreachable!("limits need a second person")
    };
    let yes = pay::Command::from(ApproveProposal { proposal: waits.id });
    cell.ask(OPERATOR.by(99), Command::Pay(yes)).unwrap();
}

fn limit(cell: &mut Cell, id: &str, currency: Currency, window: Window, most: u64) {
    let source = "a test".to_owned();
    let (id, section, reach, classes) = (id.to_owned(), String::new(), Reach::Everywhere, 0b10);
    let rule = LimitRule { id, currency, classes, reach, window, most, source, section };
    agreed(cell, LimitRuleSet { from: cell.now, rule }.into());
}

/// Two classes; the visitor is in the upper one, and pays within the limits of a day and of a payment;
/// later, within what is left of the day. Somebody pays at home as much as may be.
fn limited() -> Market {
    let mut market = Market::new();
    let party = market.traveller;
    for cell in [&mut market.cn, &mut market.jp] {
        let words = vec!["known".to_owned(), "visitor".to_owned()];
        let classes = Classes { words, default: 1, source: "a test".to_owned() };
        agreed(cell, ClassesSet { from: cell.now, classes }.into());
    }
    let (class, source) = ("visitor".to_owned(), "passport".to_owned());
    market.cn.run(SetClass { party, class, source });
    limit(&mut market.cn, "one", Currency::CNY, Window::Payment, 14_000);
    limit(&mut market.cn, "day", Currency::CNY, Window::Day, 20_000);
    limit(&mut market.jp, "month", Currency::JPY, Window::Month, 2_400);
    market.pass(1);
    market.pay(3_200);
    market.pass(60);
    market.pay(1_100);
    market.pay_home(market.museum, 1_500);
    market.pay_home(market.store, 900);
    let held = market.request(200, CaptureMode::Later);
    market.confirm(held, 200, CaptureMode::Later);
    market.settle();
    market
}

fn limit_exceeded(report: &Report) -> &Difference {
    let found = report.differences.iter().find(|found| found.code == "limit_exceeded");
    found.unwrap_or_else(|| panic!("no limit_exceeded in\n{report}"))
}

#[test]
fn what_was_paid_within_limits_agrees() {
    let market = limited();
    let report = audited(&market.cn.disk(), &market.jp.disk());
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[0].facts["LimitRuleSet"], 2);
}

fn is_rule(fact: &Event, name: &str) -> bool {
    matches!(fact, Event::Pay(Pay::LimitRuleSet(of)) if of.rule.id == name)
}

/// The same journals with a limit of one cell lowered; where the payment stands that is over it.
fn lowered(at: usize, name: &str, most: u64) -> (Report, u64) {
    let market = limited();
    let mut disks = [market.cn.disk(), market.jp.disk()];
    let position = find(&disks[at], |fact| is_rule(fact, name));
    let last = find(&disks[at], |fact| {
        matches!(fact, Event::Pay(Pay::PaymentConfirmed(_) | Pay::PaidHere(_)))
    });
    disks[at] = rewritten(&disks[at], position, |facts| {
        let lower = |mut fact| {
            if let Event::Pay(Pay::LimitRuleSet(of)) = &mut fact {
                of.rule.most = most;
            }
            fact
        };
        facts.into_iter().map(lower).collect()
    });
    (audited(&disks[0], &disks[1]), last)
}

#[test]
fn a_payment_over_what_was_left_of_the_day_is_found() {
    // The last one of 200 yen goes over; what came before it was within.
    let (report, last) = lowered(0, "day", 18_700);
    let found = limit_exceeded(&report);
    assert_eq!((found.place.cell.as_str(), found.place.position), ("cn", Some(last)), "{report}");
}

#[test]
fn a_payment_over_the_limit_of_one_is_found() {
    let (report, _) = lowered(0, "one", 13_000);
    assert_eq!(limit_exceeded(&report).place.cell, "cn");
}

#[test]
fn a_payment_inside_a_cell_over_its_limit_is_found() {
    let (report, last) = lowered(1, "month", 2_399);
    let found = limit_exceeded(&report);
    assert_eq!((found.place.cell.as_str(), found.place.position), ("jp", Some(last)), "{report}");
}

#[test]
fn a_limit_counts_for_its_class_and_from_its_day() {
    // Of another class, or from tomorrow on, it is none of theirs: those payments stay as they were.
    let changes: [fn(&mut LimitRuleSet); 2] =
        [|of| of.rule.classes = 0b1, |of| of.from = of.from.plus(Span::days(1))];
    for change in changes {
        let market = limited();
        let disk = market.cn.disk();
        let forged = rewritten(&disk, find(&disk, |fact| is_rule(fact, "day")), |facts| {
            let forge = |mut fact| {
                if let Event::Pay(Pay::LimitRuleSet(of)) = &mut fact {
                    change(of);
                    of.rule.most = 1;
                }
                fact
            };
            facts.into_iter().map(forge).collect()
        });
        let report = audited(&forged, &market.jp.disk());
        let over = |found: &&Difference| found.code == "limit_exceeded";
        assert!(!report.differences.iter().any(|found| over(&found)), "{report}");
    }
}
