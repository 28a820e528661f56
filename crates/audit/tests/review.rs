//! Reviews of merchants: one that staff paused sells nothing, and a forger is found at the place.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Report, Source, run_live};
use economy::Event;
use given::{Market, find, rewritten};
use journal::Journal;
use journal::memory::{Disk, Memory};
use pay::command::{ReviewMerchant, SetPayoutAccount, Verdict};
use pay::{Event as Pay, PauseReason, Standing};

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

/// A shop is approved, sets its account, is approved again, sells, is paused and captures what was
/// held.
fn reviewed() -> Market {
    let mut market = Market::new();
    let merchant = market.merchant;
    market.jp.run(SetPayoutAccount { merchant, replaces: 0 });
    market.jp.run(ReviewMerchant { merchant, verdict: Verdict::Approve, account: 1 });
    market.pay(500);
    let held = market.request(900, corridor::CaptureMode::Later);
    market.confirm(held, 900, corridor::CaptureMode::Later);
    market.settle();
    let verdict = Verdict::Pause(PauseReason::Complaints);
    market.jp.run(ReviewMerchant { merchant, verdict, account: 1 });
    market.capture(held, 900, true);
    market.settle();
    market
}

#[test]
fn reviews_that_were_kept_agree() {
    let market = reviewed();
    let report = audited(&market.cn.disk(), &market.jp.disk());
    assert!(report.is_ok(), "{report}");
    let facts = &report.cells[1].facts;
    assert_eq!(["MerchantReviewed", "PayoutAccountSet"].map(|word| facts[word]), [2, 1]);
}

fn found(is: fn(&Pay) -> bool, change: fn(&mut Pay), code: &str) {
    let market = reviewed();
    let disk = market.jp.disk();
    let position = find(&disk, |fact| matches!(fact, Event::Pay(fact) if is(fact)));
    let all = |facts: Vec<Event>| {
        let forged = facts.into_iter().map(|mut fact| {
            if let Event::Pay(fact) = &mut fact {
                change(fact);
            }
            fact
        });
        forged.collect()
    };
    let report = audited(&market.cn.disk(), &rewritten(&disk, position, all));
    assert!(report.differences.iter().any(|known| known.code == code), "no {code} in\n{report}");
}

#[test]
fn a_sale_of_a_paused_shop_is_found() {
    let approved =
        |fact: &Pay| matches!(fact, Pay::MerchantReviewed(of) if of.standing == Standing::Approved);
    let pause = |fact: &mut Pay| {
        if let Pay::MerchantReviewed(of) = fact {
            of.standing = Standing::Paused(PauseReason::Law);
        }
    };
    found(approved, pause, "paused_merchant_paid");
}

#[test]
fn an_account_out_of_its_turn_is_found() {
    let is_set = |fact: &Pay| matches!(fact, Pay::PayoutAccountSet(_));
    let skip = |fact: &mut Pay| {
        if let Pay::PayoutAccountSet(of) = fact {
            of.number += 1;
        }
    };
    found(is_set, skip, "account_number_differs");
}
