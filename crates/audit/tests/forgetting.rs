//! A party that asks to be forgotten: counted, followed, and held to it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Report, Source, run_live};
use economy::Event;
use given::{Market, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use pay::Event as Pay;
use pay::event::{ForgetAsked, PartyForgotten};

fn audited(market: &Market, cn: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", &market.jp.disk())])
}

/// The facts of the yuan cell's last record with a fact that passes, changed.
fn forged(
    market: &Market,
    is: impl Fn(&Pay) -> bool,
    change: impl Fn(Vec<Event>) -> Vec<Event>,
) -> Report {
    let disk = market.cn.disk();
    let position = find(&disk, |fact| matches!(fact, Event::Pay(fact) if is(fact)));
    audited(market, &rewritten(&disk, position, change))
}

#[track_caller]
fn has(report: &Report, code: &str) {
    assert!(report.differences.iter().any(|found| found.code == code), "no {code} in\n{report}");
}

#[test]
fn what_is_asked_is_pending_and_what_is_done_is_counted() {
    let mut market = Market::left_behind();
    let (number, id) = {
        let party = market.cn.state.world().party(market.traveller.number).unwrap();
        (party.party.number, party.id)
    };
    let mut report = audited(&market, &market.cn.disk());
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.cells[0].facts["RefundStranded"], 1);
    let text = report.to_string();
    assert!(text.contains("1 parties to forget") && text.contains("was not looked into"), "{text}");
    for (key, words) in [(Some(true), "its key is still there"), (Some(false), "its key is gone")] {
        report.ask_vault("cn", |asked| key.filter(|_| asked == id));
        assert!(report.is_ok(), "pending is no difference: {report}");
        assert!(report.to_string().contains(words), "{report}");
    }
    let json = format!("\"pending\":[{{\"party\":{number},\"key\":false}}]");
    assert!(report.to_json().contains(&json), "{}", report.to_json());

    market.forget();
    let mut report = audited(&market, &market.cn.disk());
    assert!(report.is_ok(), "{report}");
    assert!(report.to_string().contains("1 parties forgotten"), "{report}");
    assert!(!report.to_string().contains("pending"), "{report}");
    assert!(report.to_string().contains("no vault was asked"), "{report}");
    report.ask_vault("jp", |_| Some(true));
    report.ask_vault("cn", |_| Some(false));
    assert!(report.is_ok() && !report.to_string().contains("vault"), "{report}");
    report.ask_vault("cn", |asked| Some(asked == id));
    has(&report, "forgotten_party_opens");
    assert_eq!(report.differences[0].place.cell, "cn");
}

#[test]
fn a_party_that_never_asked_is_not_forgotten() {
    let mut market = Market::left_behind();
    market.forget();
    let asked = |fact: &Pay| matches!(fact, Pay::ForgetAsked(_));
    has(&forged(&market, asked, |_| Vec::new()), "forgotten_unasked");
    let twice = |facts: Vec<Event>| [facts.clone(), facts].concat();
    has(&forged(&market, asked, twice), "forgotten_twice");
    let nobody = |_| vec![Event::Pay(ForgetAsked { party: 99 }.into())];
    has(&forged(&market, asked, nobody), "forgotten_twice");
    let done = |fact: &Pay| matches!(fact, Pay::PartyForgotten(_));
    let other = |_| vec![Event::Pay(PartyForgotten { party: 0 }.into())];
    has(&forged(&market, done, other), "forgotten_unasked");
}

#[test]
fn a_party_is_not_forgotten_with_money_and_gets_none_after() {
    let market = Market::left_behind();
    let party = market.traveller.number;
    let ask = || Event::Pay(ForgetAsked { party }.into());
    let also = |facts: Vec<Event>| facts.into_iter().chain([ask()]).collect();
    let topped_up = |fact: &Pay| matches!(fact, Pay::WalletToppedUp(_));
    let report = forged(&market, topped_up, also);
    has(&report, "forgotten_with_money");
    // It asked long before it paid: nothing of what it did may stand.
    has(&report, "forgotten_party_acts");
    let before = |facts: Vec<Event>| [ask()].into_iter().chain(facts).collect();
    let opened = |fact: &Pay| matches!(fact, Pay::WalletOpened(_));
    has(&forged(&market, opened, before), "forgotten_party_acts");
}

/// Money that is withheld from a payer who is there, and money that reaches one who is not.
#[test]
fn a_refund_goes_where_it_belongs() {
    let market = Market::left_behind();
    let stranded = |fact: &Pay| matches!(fact, Pay::RefundStranded(_));
    let to_the_wallet = |facts: Vec<Event>| {
        let change = |fact| match fact {
            Event::Pay(Pay::RefundStranded(f)) => Event::Pay(
                pay::event::RefundArrived {
                    closed: f.closed,
                    total_so_far: f.total_so_far,
                    returned: f.returned,
                    from_suspense: f.from_suspense,
                    payment: f.payment,
                }
                .into(),
            ),
            other => other,
        };
        facts.into_iter().map(change).collect()
    };
    has(&forged(&market, stranded, to_the_wallet), "forgotten_party_acts");
    let asked = |fact: &Pay| matches!(fact, Pay::ForgetAsked(_));
    has(&forged(&market, asked, |_| Vec::new()), "payment_differs");
    let less = |facts: Vec<Event>| {
        let change = |fact| match fact {
            Event::Pay(Pay::RefundStranded(mut f)) => {
                f.returned -= 1;
                Event::Pay(f.into())
            }
            other => other,
        };
        facts.into_iter().map(change).collect()
    };
    has(&forged(&market, stranded, less), "payment_differs");
}
