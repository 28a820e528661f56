//! Books that were tampered with: each difference is found, at its place. The forger owns the disk
//! and knows the format, so hashes fit again behind every change.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod given;

use audit::{Difference, Report, Source, run_live};
use corridor::{CaptureMode, Message};
use economy::Event;
use given::{Market, find, rewritten};
use journal::memory::{Disk, Memory};
use journal::{GroupBuf, Journal};
use ledger::Movement;
use pay::Event as Pay;

fn audited(cn: &Disk, jp: &Disk) -> Report {
    let source = |name: &str, disk: &Disk| Source {
        name: name.to_owned(),
        reader: Memory::open(disk).reader(),
    };
    run_live(vec![source("cn", cn), source("jp", jp)])
}

#[track_caller]
fn found<'a>(report: &'a Report, code: &str) -> &'a Difference {
    assert!(!report.is_ok());
    let found = report.differences.iter().find(|difference| difference.code == code);
    found.unwrap_or_else(|| panic!("no {code} in\n{report}"))
}

#[track_caller]
fn at(difference: &Difference, cell: &str, position: u64) {
    assert_eq!(
        (difference.place.cell.as_str(), difference.place.position),
        (cell, Some(position)),
        "{difference}"
    );
}

fn pay(fact: &Event, is: impl Fn(&Pay) -> bool) -> bool {
    matches!(fact, Event::Pay(fact) if is(fact))
}

/// Replaces each fact by what `change` makes of it.
fn each(change: impl Fn(Event) -> Option<Event>) -> impl Fn(Vec<Event>) -> Vec<Event> {
    move |facts| facts.into_iter().filter_map(&change).collect()
}

#[test]
fn a_flipped_bit_is_found_in_its_group() {
    let market = Market::busy();
    let jp = market.jp.disk().fork();
    jp.rot(9, |group| group.time += 1);
    let report = audited(&market.cn.disk(), &jp);
    at(found(&report, "journal_damaged"), "jp", 9);
    assert!(!report.cells[1].complete);
    // The other cell was audited up to what it needs of this one.
    assert!(report.cells[0].groups > 0);
}

#[test]
fn a_neighbour_that_was_cut_back_is_found() {
    let market = Market::busy();
    let jp = market.jp.disk().fork();
    jp.truncate(12);
    // An old backup, say: the yuan cell has received what is gone here.
    let report = audited(&market.cn.disk(), &jp);
    let difference = found(&report, "message_never_sent");
    assert_eq!(difference.place.cell, "cn");
}

#[test]
fn an_altered_top_up_changes_the_hash_that_the_neighbour_saw() {
    let market = Market::busy();
    let position = find(&market.cn.disk(), |f| pay(f, |f| matches!(f, Pay::WalletToppedUp(_))));
    let forged = rewritten(
        &market.cn.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Pay(Pay::WalletToppedUp(mut fact)) => {
                    fact.amount += 1;
                    Event::Pay(Pay::WalletToppedUp(fact))
                }
                other => other,
            })
        }),
    );
    let report = audited(&forged, &market.jp.disk());
    at(found(&report, "statement_differs"), "cn", position);
    assert_eq!(found(&report, "witness_differs").place.cell, "jp");
}

#[test]
fn money_made_from_nothing_is_found() {
    let market = Market::busy();
    let position = find(&market.jp.disk(), |f| pay(f, |f| matches!(f, Pay::SaleCaptured(_))));
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, amount })) => {
                    let amount = if amount == 3_200 { 3_300 } else { amount };
                    Event::Ledger(Movement::Post { debit, credit, amount }.into())
                }
                other => other,
            })
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    at(found(&report, "statement_differs"), "jp", position);
    at(found(&report, "nostro_differs"), "jp", position);
}

#[test]
fn an_overdraft_is_found() {
    let market = Market::busy();
    let position = find(&market.jp.disk(), |f| pay(f, |f| matches!(f, Pay::PaidHere(_))));
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, .. })) => {
                    Event::Ledger(Movement::Post { debit, credit, amount: 1 << 40 }.into())
                }
                other => other,
            })
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    at(found(&report, "account_overdrawn"), "jp", position);
}

#[test]
fn the_books_of_two_partners_agree_and_their_messages_stand_in_their_own_order() {
    let market = Market::lived(Market::partners());
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    let report = audited(&cn, &jp);
    assert!(report.is_ok(), "{report}");
    assert!(report.cells.iter().all(|cell| cell.complete), "{report}");
    let is_received = |fact: &Event| matches!(fact, Event::Corridor(corridor::Event::Received(_)));
    let forged = rewritten(
        &cn,
        find(&cn, is_received),
        each(|fact| {
            Some(match fact {
                Event::Corridor(corridor::Event::Received(mut fact)) => {
                    fact.position += 1;
                    Event::Corridor(corridor::Event::Received(fact))
                }
                other => other,
            })
        }),
    );
    found(&audited(&forged, &jp), "message_misplaced");
}

#[test]
fn a_wrong_nostro_is_found_at_the_message() {
    for market in [Market::busy(), Market::lived(Market::partners())] {
        nostro_differs(&market);
    }
}

fn nostro_differs(market: &Market) {
    let position =
        find(&market.jp.disk(), |fact| matches!(fact, Event::Corridor(corridor::Event::Sent(_))));
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Corridor(corridor::Event::Sent(mut sent)) => {
                    sent.nostro_balance_after = sent.nostro_balance_after.map(|held| held + 5);
                    Event::Corridor(corridor::Event::Sent(sent))
                }
                other => other,
            })
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    at(found(&report, "nostro_differs"), "jp", position);
    // And the mirror does not hold at that number what the message says.
    let mirror = found(&report, "mirror_differs");
    assert_eq!(mirror.place.cell, "cn");
    assert!(mirror.what.contains("message "), "{mirror}");
}

#[test]
fn a_mirror_that_went_astray_is_found_at_the_message() {
    for market in [Market::busy(), Market::lived(Market::partners())] {
        mirror_differs(&market);
    }
}

fn mirror_differs(market: &Market) {
    let position = find(&market.cn.disk(), |f| pay(f, |f| matches!(f, Pay::RefundArrived(_))));
    let mirror = market.cn.state.corridor.links[0].mirror.unwrap();
    let forged = rewritten(
        &market.cn.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Ledger(ledger::Event::Moved(Movement::Post { debit, credit, amount }))
                    if credit == mirror =>
                {
                    Event::Ledger(Movement::Post { debit, credit, amount: amount - 1 }.into())
                }
                other => other,
            })
        }),
    );
    let report = audited(&forged, &market.jp.disk());
    at(found(&report, "mirror_differs"), "cn", position);
}

#[test]
fn a_message_that_was_dropped_is_found() {
    let market = Market::busy();
    // The seller's cell takes the message out of its record after the payer's has received it.
    let position = find(&market.jp.disk(), |fact| {
        matches!(fact, Event::Corridor(corridor::Event::Sent(s))
            if matches!(s.message, Message::Refunded { .. }))
    });
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| match fact {
            Event::Corridor(corridor::Event::Sent(_)) => None,
            other => Some(other),
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    // The next one has a number too high: the audit of that cell ends there.
    let gap = found(&report, "record_impossible");
    assert_eq!(gap.place.cell, "jp");
    assert!(gap.place.position > Some(position), "{gap}");
    assert!(gap.what.contains("is due"), "{gap}");
    // One difference, not one for each message behind it that the yuan cell has received.
    assert_eq!(report.difference_count(), 1, "{report}");
}

#[test]
fn a_message_that_was_reworded_is_found() {
    let market = Market::busy();
    let position = find(&market.jp.disk(), |f| pay(f, |f| matches!(f, Pay::SaleCaptured(_))));
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Corridor(corridor::Event::Sent(mut sent)) => {
                    if let Message::Captured { total_so_far, .. } = &mut sent.message {
                        *total_so_far -= 200;
                    }
                    Event::Corridor(corridor::Event::Sent(sent))
                }
                other => other,
            })
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    assert_eq!(found(&report, "message_effect_differs").place.cell, "cn");
}

#[test]
fn a_refund_of_more_than_was_paid_is_found() {
    let market = Market::busy();
    let position = find(&market.jp.disk(), |f| pay(f, |f| matches!(f, Pay::SaleRefunded(_))));
    let forged = rewritten(
        &market.jp.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Pay(Pay::SaleRefunded(mut fact)) => {
                    fact.amount += 9_000;
                    fact.total_so_far += 9_000;
                    Event::Pay(Pay::SaleRefunded(fact))
                }
                other => other,
            })
        }),
    );
    let report = audited(&market.cn.disk(), &forged);
    at(found(&report, "refund_exceeds_capture"), "jp", position);
}

#[test]
fn a_hold_that_is_short_is_found() {
    let market = Market::busy();
    let position = find(&market.cn.disk(), |f| pay(f, |f| matches!(f, Pay::PaymentConfirmed(_))));
    let mirror = market.cn.state.corridor.links[0].mirror.unwrap();
    let forged = rewritten(
        &market.cn.disk(),
        position,
        each(|fact| {
            Some(match fact {
                Event::Ledger(ledger::Event::Moved(Movement::Hold {
                    debit,
                    credit,
                    amount,
                    expires,
                    tag,
                })) if debit != mirror => {
                    let amount = amount + 1;
                    let held = Movement::Hold { debit, credit, amount, expires, tag };
                    Event::Ledger(held.into())
                }
                other => other,
            })
        }),
    );
    let report = audited(&forged, &market.jp.disk());
    at(found(&report, "hold_differs"), "cn", position);
}

#[test]
fn a_hold_of_nobody_is_found() {
    let mut market = Market::busy();
    let wallet = market.cn.state.pay.wallet(0).unwrap().account;
    let bank = market.cn.state.pay.book(kernel::Currency::CNY).unwrap().bank;
    let last = market.cn.position();
    market.cn.run(pay::command::SetNostroWarning { link: 0, below: 1 });
    let forged = rewritten(&market.cn.disk(), last + 1, |mut facts| {
        let (debit, credit, amount) = (wallet, bank, 7);
        let (expires, tag) = (kernel::Timestamp::default(), 0);
        facts.push(Event::Ledger(Movement::Hold { debit, credit, amount, expires, tag }.into()));
        facts
    });
    let report = audited(&forged, &market.jp.disk());
    at(found(&report, "hold_without_owner"), "cn", last + 1);
}

#[test]
fn a_payment_that_is_captured_twice_is_found() {
    let market = Market::busy();
    let jp = market.jp.disk();
    let position = find(&jp, |f| pay(f, |f| matches!(f, Pay::SaleCaptured(_))));
    // The record once more at the end, as a relay would do that does not know numbers.
    let group = jp.groups()[position as usize - 1].clone();
    let forged = jp.fork();
    let mut again = GroupBuf::new();
    again.set_time(market.jp.now.0);
    again.push(&record_without_corridor(group.record(0).unwrap()));
    let mut writer = Memory::open(&forged);
    let end = writer.head().position + 1;
    writer.append(end, 1, &again).unwrap();
    let report = audited(&market.cn.disk(), &forged);
    at(found(&report, "fact_without_message"), "jp", end);
}

fn record_without_corridor(record: &[u8]) -> Vec<u8> {
    let mut one = Memory::new();
    one.claim(1).unwrap();
    let mut group = GroupBuf::new();
    group.push(record);
    one.append(1, 1, &group).unwrap();
    let changed = rewritten(
        one.disk(),
        1,
        each(|fact| match fact {
            Event::Corridor(_) => None,
            other => Some(other),
        }),
    );
    changed.groups()[0].record(0).unwrap().to_vec()
}

#[test]
fn legs_that_differ_are_found_when_nothing_is_under_way() {
    let mut market = Market::new();
    let payment = market.request(1_000, CaptureMode::Now);
    market.confirm(payment, 1_000, CaptureMode::Now);
    market.settle();
    // The seller's last record, its answer included, is gone, and so is what the payer made of it.
    let (cn, jp) = (market.cn.disk().fork(), market.jp.disk().fork());
    cn.truncate(cn.head().position - 1);
    jp.truncate(jp.head().position - 1);
    assert!(audited(&cn, &jp).is_ok(), "the Authorize is under way again");
    // Here it answers, without having captured: it claims to have received and says nothing.
    let mut writer = Memory::open(&jp);
    let received = corridor::Received {
        link: 0,
        number: market.jp.state.corridor.links[0].received,
        position: market.cn.sent.last().unwrap().0,
        hash: None,
        answers: None,
    };
    let mut group = GroupBuf::new();
    group.set_time(market.jp.now.0);
    let request = economy::Request {
        actor: kernel::Actor::CELL,
        fingerprint: None,
        command: economy::Command::Tick,
    };
    let facts = [Event::Corridor(received.into())];
    group.push_with(|out| {
        economy::encode_record(out, &request, &facts, &economy::Reply::Done);
    });
    let position = jp.head().position + 1;
    writer.append(position, 1, &group).unwrap();
    let report = audited(&cn, &jp);
    at(found(&report, "message_effect_differs"), "jp", position);
    assert_eq!(found(&report, "legs_differ").place.cell, "cn");
}

#[test]
fn what_was_declined_is_tried_again_and_what_was_paid_is_not() {
    let mut market = Market::new();
    let payment = market.declined_once(1_000);
    market.confirm(payment, 1_000, CaptureMode::Now);
    assert!(audited(&market.cn.disk(), &market.jp.disk()).is_ok(), "under way");
    market.settle();
    let other = market.declined_once(900);
    market.confirm(other, 900, CaptureMode::Now);
    market.settle();
    let (cn, jp) = (market.cn.disk(), market.jp.disk());
    assert!(audited(&cn, &jp).is_ok());
    // The newest yes is said to be for what was paid before.
    let confirmed = |fact: &Event| pay(fact, |fact| matches!(fact, Pay::PaymentConfirmed(_)));
    let position = find(&cn, confirmed);
    let change = |fact| match fact {
        Event::Pay(Pay::PaymentConfirmed(fact)) => {
            Event::Pay(pay::event::PaymentConfirmed { payment, ..fact }.into())
        }
        other => other,
    };
    let forged = rewritten(&cn, position, each(|fact| Some(change(fact))));
    at(found(&audited(&forged, &jp), "payment_differs"), "cn", position);
}

#[test]
fn a_record_that_nobody_can_read_ends_the_audit_of_its_cell() {
    let market = Market::busy();
    let forged = market.jp.disk().fork();
    let mut writer = Memory::open(&forged);
    let mut group = GroupBuf::new();
    group.set_time(market.jp.now.0);
    group.push(b"not a record");
    let position = writer.head().position + 1;
    writer.append(position, 1, &group).unwrap();
    let report = audited(&market.cn.disk(), &forged);
    let difference = found(&report, "record_unreadable");
    at(difference, "jp", position);
    assert_eq!(difference.place.record, Some(0));
    assert!(!report.cells[1].complete && report.cells[0].complete);
}
