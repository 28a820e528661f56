//! Messages that come twice, out of order, from a faulty sender, or about nothing known.

use corridor::{CaptureMode, DeclineReason, FreezeReason, Message, Witness};
use economy::{Command, Refusal, ReopenLink, Reply};
use kernel::{Currency, Timestamp};
use pay::Status;

use crate::support::*;

#[test]
fn a_repeat_changes_nothing_and_a_gap_is_told() {
    let (mut w, m) = World::open();
    assert_eq!(w.handled(JP), 1, "the prefund was message 1");
    let first = w.requested(&m, 500);
    w.said_yes(&m, first, 500);
    let second = w.requested(&m, 600);
    w.said_yes(&m, second, 600);
    assert_eq!(w.hand_over(CN, 2), Err(Refusal::OutOfOrder { expected: 1 }));
    w.hand_over(CN, 1).unwrap();
    w.hand_over(CN, 2).unwrap();
    for number in [1, 2, 1] {
        let before = (w.cells[JP].observe(), w.cells[JP].records.len());
        assert_eq!(w.hand_over(CN, number), Ok(Reply::Received { through: 2 }));
        assert_eq!((w.cells[JP].observe(), w.cells[JP].records.len()), before);
    }
    assert_eq!(w.hand_over(JP, 3), Err(Refusal::OutOfOrder { expected: 2 }));
    w.deliver(JP);
    assert_eq!(w.hand_over(JP, 3), Ok(Reply::Received { through: 3 }));
    assert_agreed(&w);
    let message = w.cells[CN].sent[0].clone();
    let nowhere = economy::Receive { link: 9, ..message };
    let told = w.ask(JP, kernel::Actor::CELL, Command::Receive(Box::new(nowhere)));
    assert_eq!(code(told), "link_not_found");
}

#[test]
fn a_difference_of_the_books_books_nothing_and_advances_nothing() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    w.said_yes(&m, payment, 3_200);
    w.deliver(CN);
    let next = w.cells[JP].sent.last_mut().unwrap();
    let right = next.nostro_balance_after;
    next.nostro_balance_after = right.map(|balance| balance + 1);
    let before = w.cells[CN].observe();
    assert_eq!(w.hand_over(JP, 2), Ok(Reply::Received { through: 1 }));
    let theirs = NOSTRO - 3_199;
    let ours = (NOSTRO - 3_200) as i64;
    let reason = FreezeReason::BalancesDiffer { number: 2, ours, theirs };
    assert_eq!(w.frozen(CN), Some(&reason));
    let mut after = w.cells[CN].observe();
    after.links.links[0].frozen = None;
    assert_eq!(after, before, "only the freeze was written");
    assert_eq!(w.hand_over(JP, 2), Err(Refusal::LinkFrozen));
    // The keeper's own side of the link goes on: its merchants are paid.
    assert_eq!(w.status(JP, payment), Some(Status::Captured));
    // An operator has looked; the keeper's message is right now.
    let seen = w.cells[CN].state.corridor.links[0].seen;
    let note = "their clerk's slip".to_owned();
    w.ask(CN, m.operator, Command::ReopenLink(ReopenLink { link: LINK, note, seen, handled: 0 }))
        .unwrap();
    w.cells[JP].sent.last_mut().unwrap().nostro_balance_after = right;
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_agreed(&w);
}

#[test]
fn a_keeper_that_tells_no_balance_moves_no_mirror() {
    let (mut w, _) = World::open();
    w.forge(JP, None, Message::NostroChanged { amount: 5 }).unwrap();
    assert_eq!(w.frozen(CN), Some(&FreezeReason::MessageFaults { number: 2 }));
    assert_eq!((w.mirror().balance(), w.handled(JP)), (i128::from(NOSTRO), 1));
}

#[test]
fn a_neighbour_with_another_past_is_not_believed() {
    let (mut w, m) = World::open();
    let seen = w.cells[CN].state.corridor.links[0].seen;
    let greet = |w: &mut World, shown| {
        w.ask(CN, kernel::Actor::CELL, Command::Greet { link: LINK, shown }).unwrap();
    };
    assert_eq!((seen.position, seen.hash), (w.cells[JP].sent[0].position, hash_at(seen.position)));
    greet(&mut w, seen);
    assert_eq!(w.frozen(CN), None);
    greet(&mut w, Witness { hash: [9; 32], ..seen });
    let reason = FreezeReason::WitnessDiffers { position: seen.position };
    assert_eq!(w.frozen(CN), Some(&reason));
    let payment = w.requested(&m, 500);
    let quote = w.quote_for(&m, payment, 500);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm(&m, quote)), "corridor_unavailable");
    let seen = Witness { hash: [9; 32], ..seen };
    let note = "restored from last night".to_owned();
    w.ask(CN, m.operator, Command::ReopenLink(ReopenLink { link: LINK, note, seen, handled: 0 }))
        .unwrap();
    greet(&mut w, seen);
    assert_eq!(w.frozen(CN), None);
    w.confirm(&m, quote).unwrap();
}

/// What the other side says of payments that we never made, or made long ago.
#[test]
fn strays_keep_nostro_and_mirror_the_same() {
    let (mut w, _) = World::open();
    let payment = w.id();
    let after = |balance| Some(NOSTRO - balance);
    // Totals grow; what moves each time is the difference.
    w.forge(JP, after(100), captured(payment, 100, false)).unwrap();
    w.forge(JP, after(300), captured(payment, 300, true)).unwrap();
    w.forge(JP, after(250), Message::Refunded { payment, total_so_far: 50 }).unwrap();
    w.forge(JP, after(0), Message::Refunded { payment, total_so_far: 300 }).unwrap();
    assert_eq!((w.mirror().balance(), w.handled(JP)), (i128::from(NOSTRO), 5));
    let yen = w.kept(CN, Currency::JPY);
    assert_eq!((yen.suspense, yen.fx), (0, -i128::from(NOSTRO)));
    w.forge(JP, after(7), captured(payment, 300, true)).unwrap();
    assert_eq!(w.kept(CN, Currency::JPY).suspense, 7);
    // Without value there is nothing to move.
    for message in [
        Message::Declined { payment, reason: DeclineReason::Expired },
        Message::Released { payment },
        Message::Authorized { payment },
        Message::CancelAsked { payment },
    ] {
        w.forge(JP, after(7), message).unwrap();
    }
    assert_eq!(w.frozen(CN), None);
    // More than the total says can't have moved.
    w.forge(JP, after(7 + 301), captured(payment, 300, true)).unwrap();
    assert!(matches!(w.frozen(CN), Some(FreezeReason::BalancesDiffer { .. })));
    assert_eq!(w.mirror().balance(), i128::from(NOSTRO) - 7);
}

#[test]
fn totals_that_go_back_or_beyond() {
    for (total, moved, frozen) in [
        (1_000, 1_000, false),
        (999, 999, true),
        (0, 0, true),
        (3_201, 3_201, true),
        (u64::MAX, 3_200, false),
        (1_001, 1_001, false),
    ] {
        let (mut w, m) = World::open();
        let payment = w.held(&m, 3_200);
        w.capture(&m, payment, 1_000, false).unwrap();
        w.settle();
        w.forge(JP, Some(NOSTRO - moved), captured(payment, total, false)).unwrap();
        assert_eq!(w.frozen(CN).is_some(), frozen, "a total of {total}");
    }
}

#[test]
fn nothing_is_given_back_once_a_part_was_taken() {
    let (mut w, m) = World::open();
    let payment = w.held(&m, 3_200);
    w.capture(&m, payment, 1_000, false).unwrap();
    w.settle();
    w.forge(JP, Some(NOSTRO - 1_000), Message::Released { payment }).unwrap();
    let leg = w.legs(payment).payer.unwrap();
    assert_eq!((leg.status, leg.captured), (Status::Captured, 1_000));
    assert_eq!(w.account(CN, m.wallet.number).balance(), 252_251 - 4_251);
}

#[test]
fn what_was_declined_is_not_refunded() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 500);
    w.said_yes(&m, payment, 500);
    w.cancel(JP, &m, payment).unwrap();
    w.settle();
    w.forge(JP, Some(NOSTRO + 500), Message::Refunded { payment, total_so_far: 500 }).unwrap();
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(w.kept(CN, Currency::JPY).suspense, -500);
    assert_eq!(w.legs(payment).payer.unwrap().refunded, 0);
}

#[test]
fn one_neighbour_says_nothing_of_what_another_holds() {
    let (mut w, m) = World::open();
    let link = pay::command::OpenLink {
        peer: 3,
        name: "kr".to_owned(),
        nostro: Some(Currency::JPY),
        mirror: Some(Currency::JPY),
        max_unanswered: 9,
        max_age: kernel::Span::seconds(9),
    };
    w.done(CN, m.operator, link.clone());
    w.done(JP, m.operator, link);
    let payment = w.requested_later(&m, 3_200);
    w.said_yes(&m, payment, 3_200);
    let mut number = 0;
    let mut third = |w: &mut World, cell, nostro_balance_after, message| {
        number += 1;
        let (position, hash) = (0, None);
        let receive =
            economy::Receive { link: 1, number, position, hash, nostro_balance_after, message };
        w.ask(cell, kernel::Actor::CELL, Command::Receive(Box::new(receive))).unwrap();
    };
    let before = w.account(CN, m.wallet.number);
    third(&mut w, CN, Some(0), Message::Authorized { payment });
    third(&mut w, CN, Some(0), Message::Declined { payment, reason: DeclineReason::Expired });
    third(&mut w, CN, Some(0), Message::Released { payment });
    third(&mut w, CN, Some(0), captured(payment, 3_200, true));
    assert_eq!(w.account(CN, m.wallet.number), before);
    assert_eq!(w.status(CN, payment), Some(Status::Confirmed));
    w.settle();
    number = 0;
    let mut third = |w: &mut World, message| {
        number += 1;
        let (position, hash, nostro_balance_after) = (0, None, Some(0));
        let receive =
            economy::Receive { link: 1, number, position, hash, nostro_balance_after, message };
        w.ask(JP, kernel::Actor::CELL, Command::Receive(Box::new(receive))).unwrap();
    };
    third(&mut w, Message::CancelAsked { payment });
    assert_eq!(w.status(JP, payment), Some(Status::Authorized));
    w.capture(&m, payment, 3_200, true).unwrap();
    w.settle();
    assert_agreed(&w);
}

/// Sums beyond 64 bits, which an operator can bring about: the link freezes, the cell lives.
#[test]
fn what_no_account_can_take_freezes_the_link() {
    let full = u64::MAX - 10;
    let (mut w, m) = World::open();
    let jp = w.cells[JP].state.pay.book(Currency::JPY).unwrap().clone();
    let payment = w.requested(&m, 3_200);
    w.said_yes(&m, payment, 3_200);
    w.by_hand(JP, jp.suspense, jp.fee, full);
    let before = w.nostro();
    assert_eq!(w.hand_over(CN, 1), Ok(Reply::Received { through: 0 }));
    assert_eq!(w.frozen(JP), Some(&FreezeReason::MessageFaults { number: 1 }));
    assert_eq!(w.nostro(), before);
    assert_eq!(w.status(JP, payment), Some(Status::Requested));

    // The merchant's own account is full: that is a decline, for the others may go on.
    let (mut w, m) = World::open();
    let suspense = w.cells[JP].state.pay.book(Currency::JPY).unwrap().suspense;
    w.by_hand(JP, suspense, m.merchant.number, full);
    let payment = w.requested(&m, 3_200);
    w.said_yes(&m, payment, 3_200);
    w.settle();
    let leg = w.legs(payment).payer.unwrap();
    assert_eq!(leg.declined, Some(DeclineReason::AmountNotBookable));
    assert_agreed(&w);

    // On the way back: the exchange position, then the wallet itself.
    for wallet in [false, true] {
        let (mut w, m) = World::open();
        let payment = w.paid(&m, 3_200);
        w.refund(&m, payment, 1_000).unwrap();
        let cn = &w.cells[CN].state.pay;
        let yuan = cn.book(Currency::CNY).unwrap().clone();
        let yen = cn.book(Currency::JPY).unwrap().clone();
        match wallet {
            true => w.by_hand(CN, yuan.suspense, m.wallet.number, u64::MAX - 252_251),
            false => w.by_hand(CN, yen.fx, yen.suspense, u64::MAX - NOSTRO),
        }
        assert_eq!(w.hand_over(JP, 3), Ok(Reply::Received { through: 2 }));
        assert_eq!(w.frozen(CN), Some(&FreezeReason::MessageFaults { number: 3 }));
    }
}

fn captured(payment: kernel::Id<kernel::id::Payment>, total_so_far: u64, last: bool) -> Message {
    Message::Captured { payment, total_so_far, last }
}

/// Messages that only one side of this market ever sends, at the other side.
#[test]
fn messages_from_the_wrong_side() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    for message in [
        Message::Authorized { payment },
        captured(payment, 3_200, true),
        Message::Released { payment },
        Message::Refunded { payment, total_so_far: 1 },
        Message::NostroChanged { amount: u64::MAX },
    ] {
        w.forge(CN, None, message).unwrap();
    }
    assert_eq!(w.frozen(JP), None, "the yen cell has no mirror to differ");
    let authorize = Message::Authorize {
        payment: w.id(),
        store: m.store,
        amount: 1,
        valid_until: Timestamp(u64::MAX),
        capture: CaptureMode::Now,
        requested: true,
        payer: 0,
        place: None,
    };
    let after = Some(NOSTRO - 3_200);
    w.forge(JP, after, authorize).unwrap();
    let told = w.cells[CN].messages().last().cloned().cloned();
    assert!(matches!(told, Some(Message::Declined { .. })), "even this is answered");
}

/// A side that was restored from an old copy knows fewer of its messages than the other handled: a
/// number given a second time would be taken for handled, and never be read.
#[test]
fn an_old_copy_gives_no_number_twice_once_it_is_reopened() {
    let (mut w, m) = World::open();
    let sent = w.cells[CN].state.corridor.links[0].sent;
    let seen = w.cells[CN].state.corridor.links[0].seen;
    let freeze = || {
        let reason = FreezeReason::ForkedHere { position: 9 };
        Command::FreezeLink(economy::FreezeLink { link: LINK, reason })
    };
    let reopen = |handled| {
        let note = "restored from last night".to_owned();
        Command::ReopenLink(ReopenLink { link: LINK, note, seen, handled })
    };
    w.ask(CN, m.operator, freeze()).unwrap();
    let beyond = w.ask(CN, m.operator, reopen(u64::MAX));
    assert_eq!(beyond, Err(Refusal::OutOfOrder { expected: sent + 1 }));
    w.ask(CN, m.operator, reopen(sent + 7)).unwrap();
    assert_eq!(w.cells[CN].state.corridor.links[0].sent, sent + 7);
    // What is no news changes nothing.
    w.ask(CN, m.operator, freeze()).unwrap();
    w.ask(CN, m.operator, reopen(sent)).unwrap();
    assert_eq!(w.cells[CN].state.corridor.links[0].sent, sent + 7);
}
