//! Codes that customers show and codes that hang in stores: each forged use is found.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Report, Source, run_live};
use economy::Event;
use given::{Market, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::id::Wallet;
use kernel::{Currency, Ref, Timestamp};
use pay::Event as Pay;
use pay::codes::{CodeTerms, Issuer, IssuerRoute};
use pay::command::{
    ApproveProposal, EnrolPhone, MakeQuote, PayHere, PlaceWords, Refer, RegisterMerchant,
    RegisterParty, SetCodeTerms, SetPlaces,
};
use pay::event::{CodeJudged, CodeOutcome};

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

fn has(report: &Report, code: &str) -> bool {
    report.differences.iter().any(|difference| difference.code == code)
}

fn terms() -> CodeTerms {
    let issuer = Issuer {
        name: "Enishi cn".to_owned(),
        prefix_digits: 3,
        first: 471,
        last: 471,
        shortest: 20,
        longest: 20,
        route: IssuerRoute::Cell(1),
    };
    CodeTerms {
        issuers: vec![issuer],
        confirm_above: vec![(Currency::CNY, 20_000)],
        ask_s: 60,
        wrong_most: 5,
        rest_s: 600,
        misses_most: 30,
        misses_s: 900,
        source: "a test".to_owned(),
    }
}

#[test]
fn a_code_that_paid_twice_is_found() {
    let mut market = Market::new();
    market.cn.run(SetCodeTerms { from: Timestamp(0), terms: terms() });
    let wallet = market.wallet;
    market.cn.run(EnrolPhone { wallet, near: 7 });
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    let enrolled = |fact: &Event| matches!(fact, Event::Pay(Pay::PhoneEnrolled(_)));
    let position = find(&cn, enrolled);
    let used = |times: &[(u64, u8)]| {
        let times = times.to_vec();
        let forged = rewritten(&cn, position, move |mut facts| {
            let wallet = facts.iter().find_map(|fact| match fact {
                Event::Pay(Pay::PhoneEnrolled(fact)) => Some(fact.wallet),
                _ => None,
            });
            for (step, counter) in &times {
                let outcome = CodeOutcome::Used { step: *step, counter: *counter };
                let judged = CodeJudged { wallet: wallet.unwrap(), outcome };
                facts.push(Event::Pay(judged.into()));
            }
            facts
        });
        audited(&forged, &jp)
    };
    let honest = used(&[(60_000_000, 0), (60_000_000, 1), (60_000_001, 0)]);
    assert!(!has(&honest, "code_used_twice"), "{honest}");
    for forged in [
        vec![(60_000_000, 0), (60_000_000, 0)],
        vec![(60_000_000, 1), (60_000_002, 0), (60_000_000, 1)],
        // Older than what is remembered is as good as used.
        vec![(60_000_009, 0), (60_000_000, 0)],
    ] {
        let report = used(&forged);
        assert!(has(&report, "code_used_twice"), "{forged:?}: {report}");
    }
}

#[test]
fn a_sale_at_a_place_of_another_amount_is_found() {
    let mut market = Market::new();
    let store = market.store;
    let words =
        |label: &str, amount| PlaceWords { label: label.to_owned(), amount, reference: None };
    let set = vec![words("入口", Some(500)), words("7", None)];
    market.jp.run(SetPlaces { store, set, end: Vec::new() });
    let (payment, wallet) = (market.jp.id(), market.home_wallet);
    let place = Some(1);
    let again = true;
    market.jp.run(PayHere { payment, wallet, store, amount: 500, requested: false, again, place });
    let (id, payment) = (market.cn.id(), market.cn.id());
    market.cn.run(MakeQuote {
        id,
        wallet: market.wallet,
        payment,
        store,
        amount: 900,
        currency: Currency::JPY,
        deadline: None,
        capture: corridor::CaptureMode::Now,
        place: Some(2),
    });
    market.cn.run(pay::command::ConfirmPayment { quote: id, again: true });
    market.settle();
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    let report = audited(&cn, &jp);
    assert!(report.is_ok(), "{report}");
    let forge = |is: fn(&Pay) -> bool, change: fn(&mut Pay)| {
        let position = find(&jp, move |fact| matches!(fact, Event::Pay(fact) if is(fact)));
        let forged = rewritten(&jp, position, move |facts| {
            let changed = facts.into_iter().map(|fact| match fact {
                Event::Pay(mut fact) => {
                    change(&mut fact);
                    Event::Pay(fact)
                }
                other => other,
            });
            changed.collect()
        });
        audited(&cn, &forged)
    };
    let placed = |fact: &Pay| matches!(fact, Pay::SalePlaced(_));
    let other_amount = forge(placed, |fact| {
        if let Pay::SalePlaced(fact) = fact {
            fact.place.amount = Some(400);
        }
    });
    assert!(has(&other_amount, "place_differs"), "{other_amount}");
    let twice = forge(
        |fact| matches!(fact, Pay::PlacesSet(_)),
        |fact| {
            if let Pay::PlacesSet(fact) = fact {
                fact.set[1].number = 1;
            }
        },
    );
    assert!(has(&twice, "place_differs"), "{twice}");
}

/// A referrer that has a fifth of what its cell earns on a wallet.
fn brings(cell: &mut given::Cell, currency: Currency, wallet: Ref<Wallet>) {
    let (id, name, owner) = (cell.id(), "Fuji Guide".to_owned(), cell.id());
    let owner = cell.run(RegisterParty { id: owner, role: kernel::Role::Merchant });
    let pay::Reply::Party(party) = owner else { panic!("{owner:?}") };
    let made = cell.run(RegisterMerchant { id, party, name, currency });
    let pay::Reply::Merchant(view) = made else { panic!("{made:?}") };
    let (word, source) = ("fuji-guide".to_owned(), "contract 9".to_owned());
    let terms = pay::ReferrerTerms {
        word: word.clone(),
        ppm: 200_000,
        days: 90,
        keeps: false,
        opens: Vec::new(),
        source,
    };
    let (id, merchant, from) = (cell.id(), view.merchant, Timestamp(0));
    let set = Refer::Set { id, merchant, from, terms, note: String::new() };
    if let pay::Reply::Proposal(known) = cell.run(set) {
        let person = kernel::Actor { person: 1, ..given::OPERATOR };
        let approve = pay::Command::from(ApproveProposal { proposal: known.id });
        cell.ask(person, approve.into()).unwrap();
    }
    cell.run(Refer::Begin { wallet, word });
}

/// The last share that was given, with one minor unit more.
fn with_more(disk: &Disk) -> Disk {
    let shared =
        |fact: &Event| matches!(fact, Event::Pay(Pay::Referred(pay::event::Referred::Shared(_))));
    rewritten(disk, find(disk, shared), |facts| {
        let changed = facts.into_iter().map(|fact| match fact {
            Event::Pay(Pay::Referred(pay::event::Referred::Shared(mut fact))) => {
                fact.given += 1;
                Event::Pay(pay::event::Referred::Shared(fact).into())
            }
            other => other,
        });
        changed.collect()
    })
}

#[test]
fn a_referrers_share_that_is_not_its_own_is_found() {
    let mut market = Market::new();
    let wallet = market.wallet;
    brings(&mut market.cn, Currency::CNY, wallet);
    let payment = market.pay(20_000);
    market.refund(payment, 9_000);
    market.settle();
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    let report = audited(&cn, &jp);
    assert!(report.is_ok(), "{report}");
    let report = audited(&with_more(&cn), &jp);
    assert!(has(&report, "referral_differs"), "{report}");
}

#[test]
fn a_referrers_share_of_what_one_cell_captures_in_parts_is_reckoned_too() {
    let mut market = Market::new();
    let (wallet, store) = (market.home_wallet, market.store);
    brings(&mut market.jp, Currency::JPY, wallet);
    let payment = market.request(20_000, corridor::CaptureMode::Later);
    let (amount, again) = (20_000, true);
    market.jp.run(PayHere { payment, wallet, store, amount, requested: true, again, place: None });
    market.capture(payment, 5_000, false);
    market.capture(payment, 7_777, true);
    market.refund(payment, 6_000);
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    let report = audited(&cn, &jp);
    assert!(report.is_ok(), "{report}");
    let report = audited(&cn, &with_more(&jp));
    assert!(has(&report, "referral_differs"), "{report}");
}
