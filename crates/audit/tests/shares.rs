//! Sales that are shared with others: reckoned from the facts alone, and a forger is found at the
//! place.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Report, Source, run_live};
use economy::{Command, Event};
use given::{Cell, Market, OPERATOR, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use kernel::Currency;
use ledger::Movement;
use pay::Event as Pay;
use pay::command::{ApproveProposal, RegisterMerchant, SetFeeRule, SetSplit};
use pay::costs::{FeeRate, ShareKind};

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

/// One person proposes, another agrees.
fn agreed(cell: &mut Cell, command: impl Into<pay::Command>) {
    let pay::Reply::Proposal(waits) = cell.run(command) else {
        unreachable!("what takes from sales needs a second person")
    };
    let yes = pay::Command::from(ApproveProposal { proposal: waits.id });
    cell.ask(OPERATOR.by(99), Command::Pay(yes)).unwrap();
}

/// A shop that shares 10 % with a platform and pays a fee of its own; one sale was given back in
/// part.
fn shared() -> Market {
    let mut market = Market::new();
    let (cell, shop) = (&mut market.jp, market.merchant);
    let owner = cell.state.pay.merchant(shop).unwrap().1.party;
    let owner = cell.state.pay.party_numbered(owner).unwrap();
    let party =
        kernel::Ref::new(shop.cell, cell.state.pay.merchant(shop).unwrap().1.party, owner.id.tag());
    let (id, name) = (cell.id(), "Kai Market".to_owned());
    let pay::Reply::Merchant(platform) =
        cell.run(RegisterMerchant { id, party, name, currency: Currency::JPY })
    else {
        unreachable!("a merchant was registered")
    };
    let source = "contract 8".to_owned();
    let shares = vec![(platform.merchant, ShareKind::Platform, 1_000)];
    let (id, from, note) = (cell.id(), cell.now, String::new());
    let split = SetSplit { id, from, merchant: shop, shares, source: source.clone(), note };
    agreed(cell, split);
    let rate = Some(FeeRate { bps: 150, fixed: 7, most: 0 });
    let (id, from, merchant) = (cell.id(), cell.now, Some(shop));
    let (category, via, note) = (None, None, String::new());
    agreed(cell, SetFeeRule { id, from, merchant, category, via, rate, source, note });
    let payment = market.pay(3_200);
    market.refund(payment, 901);
    market.pay(500);
    market.refund(payment, 99);
    market.settle();
    market
}

#[test]
fn shares_that_were_kept_agree() {
    let market = shared();
    let report = audited(&market.cn.disk(), &market.jp.disk());
    assert!(report.is_ok(), "{report}");
    let facts = &report.cells[1].facts;
    let counted =
        ["FeeRuleSet", "SplitSet", "SaleShared", "SharesReturned"].map(|word| facts[word]);
    assert_eq!(counted, [1, 1, 2, 2]);
}

/// Changes the facts of the last record with a fact that passes; the audit finds this there.
#[track_caller]
fn forged(is: fn(&Pay) -> bool, change: impl Fn(Event) -> Option<Event>, code: &str) {
    let market = shared();
    let disk = market.jp.disk();
    let position = find(&disk, |fact| matches!(fact, Event::Pay(fact) if is(fact)));
    let all = |facts: Vec<Event>| facts.into_iter().filter_map(&change).collect();
    let report = audited(&market.cn.disk(), &rewritten(&disk, position, all));
    let found = report.differences.iter().find(|found| found.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in\n{report}"));
    assert_eq!((found.place.cell.as_str(), found.place.position), ("jp", Some(position)));
}

const fn is_shared(fact: &Pay) -> bool {
    matches!(fact, Pay::SaleShared(_))
}

const fn is_returned(fact: &Pay) -> bool {
    matches!(fact, Pay::SharesReturned(_))
}

/// The platform's account, to which a sale's share goes.
fn platform() -> u32 {
    let market = shared();
    market.jp.state.pay.market.merchants.last().unwrap().reference.number
}

#[test]
fn a_share_that_is_less_than_agreed_is_found() {
    let platform = platform();
    let less = move |fact| {
        Some(match fact {
            Event::Pay(Pay::SaleShared(mut fact)) => {
                fact.amounts[0] -= 1;
                Event::Pay(fact.into())
            }
            Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, amount }))
                if credit == platform =>
            {
                Event::Ledger(Movement::Post { debit, credit, amount: amount - 1 }.into())
            }
            other => other,
        })
    };
    forged(is_shared, less, "shares_differ");
}

#[test]
fn a_share_that_moved_and_is_not_told_is_found() {
    let untold = |fact| (!matches!(&fact, Event::Pay(fact) if is_shared(fact))).then_some(fact);
    forged(is_shared, untold, "statement_differs");
}

#[test]
fn a_refund_that_leaves_others_their_shares_is_found() {
    let platform = platform();
    let keeps = move |fact: &Event| match fact {
        Event::Pay(fact) => is_returned(fact),
        Event::Ledger(ledger::Event::Moved(Movement::Post { debit, .. })) => *debit == platform,
        _ => false,
    };
    forged(is_returned, move |fact| (!keeps(&fact)).then_some(fact), "shares_differ");
}

#[test]
fn a_fee_that_no_rule_says_is_found() {
    let less = |fact| {
        Some(match fact {
            Event::Pay(Pay::SaleCaptured(mut fact)) => {
                fact.fee -= 1;
                Event::Pay(fact.into())
            }
            other => other,
        })
    };
    forged(|fact| matches!(fact, Pay::SaleCaptured(_)), less, "fee_differs");
}
