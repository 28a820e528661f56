//! Partners: the same corridor to another operator, who is known by commands, and may be suspended,
//! or gone.

use corridor::DeclineReason;
use economy::{Answer, PartnerView, Query};
use kernel::{Currency, Span};
use pay::Status;
use pay::command::{SetPartner, SetPartnerKey, SuspendPartner, TopUpNostro};

use crate::support::*;

fn view(w: &World, cell: usize) -> PartnerView {
    let Ok(Answer::Partners(views)) = w.cells[cell].state.answer(&Query::Partners) else {
        panic!("partners are told");
    };
    let [view] = &views[..] else { panic!("{views:?}") };
    view.clone()
}

fn suspend(w: &mut World, m: &Market, cell: usize, suspended: bool) {
    let peer = [2, 1][cell];
    let note = "a look at its books".to_owned();
    w.done(cell, m.operator, SuspendPartner { peer, suspended, note });
}

#[test]
fn the_same_laws_hold_towards_a_partner() {
    let (mut w, m) = World::partners();
    let paid = w.paid(&m, 3_200);
    assert_eq!(w.nostro().balance(), i128::from(NOSTRO - 3_200));
    w.refund(&m, paid, 3_200).unwrap();
    w.settle();
    assert_eq!(w.status(CN, paid), Some(Status::Refunded));
    assert_agreed(&w);
}

#[test]
fn a_suspended_partner_begins_nothing_and_ends_what_is_under_way() {
    let (mut w, m) = World::partners();
    let before = w.paid(&m, 1_000);
    // Its user said yes before it was suspended here: declined, and the money is back.
    let under_way = w.requested(&m, 500);
    w.said_yes(&m, under_way, 500);
    suspend(&mut w, &m, JP, true);
    w.settle();
    let leg = w.legs(under_way).payer.unwrap();
    let told = (leg.status, leg.declined);
    assert_eq!(told, (Status::Declined, Some(DeclineReason::PartnerSuspended)));
    w.refund(&m, before, 1_000).unwrap();
    w.settle();
    assert_eq!(w.status(CN, before), Some(Status::Refunded));
    suspend(&mut w, &m, JP, false);
    w.paid(&m, 700);
    // Suspended by the payer's side, nothing is sent.
    suspend(&mut w, &m, CN, true);
    let payment = w.requested(&m, 800);
    let quote = w.quote_for(&m, payment, 800);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm(&m, quote)), "corridor_unavailable");
    suspend(&mut w, &m, CN, false);
    w.confirm_again(&m, quote).unwrap();
    w.settle();
    assert_agreed(&w);
}

/// The other end dies for good: what it was asked stays held and in doubt, and is shown; nothing
/// new begins; nothing is lost. Should it come back after all, everything ends.
#[test]
fn money_that_waits_for_a_partner_that_vanished_is_held_and_shown() {
    let (mut w, m) = World::partners();
    let sent = w.now;
    let waits: Vec<_> = (0..3)
        .map(|_| {
            let payment = w.id();
            w.said_yes(&m, payment, 1_000);
            payment
        })
        .collect();
    for _ in 0..30 {
        w.pass(Span::days(1));
        w.tick(CN);
    }
    let held = w.mirror().debits_pending;
    assert_eq!(held, 3_000, "what may have been taken there is not spent twice");
    for payment in &waits {
        assert_eq!(w.status(CN, *payment), Some(Status::Confirmed));
    }
    let link = view(&w, CN).link.link;
    assert_eq!((link.in_flight, link.unanswered.front().map(|it| it.sent)), (3, Some(sent)));
    let payment = w.id();
    w.done(CN, m.operator, rates(20_261_129, "7.4326", "175.68"));
    let quote = w.quote_for(&m, payment, 100);
    let quote = w.quoted(&m, quote).unwrap().quote;
    assert_eq!(code(w.confirm(&m, quote)), "corridor_unavailable");
    w.settle();
    for payment in &waits {
        assert_eq!(w.status(CN, *payment), Some(Status::Declined), "it came too late");
    }
    assert_eq!((w.mirror().debits_pending, view(&w, CN).link.link.in_flight), (0, 0));
    assert_agreed(&w);
}

#[test]
fn what_is_agreed_has_an_author_and_bounds() {
    let (mut w, m) = World::partners();
    let agreed = || partner(1, "cn", Some(Currency::JPY), None);
    let most = Some(NOSTRO + 100);
    let then = w.now;
    w.pass(Span::days(1));
    let renamed = SetPartner { wallet: "Ryokucha Pay".to_owned(), most_prefund: most, ..agreed() };
    w.done(JP, m.operator, renamed);
    let known = view(&w, JP).partner;
    // A receipt says what the wallet was called when it paid.
    assert_eq!((known.wallet_at(then), known.wallet_at(w.now)), ("cn Pay", "Ryokucha Pay"));
    let top_up = |amount| {
        let reference = format!("bank of {amount}");
        pay::Command::from(TopUpNostro { link: LINK, amount, reference })
    };
    assert_eq!(code(w.ask(JP, m.operator, top_up(101))), "out_of_range");
    w.ask(JP, m.operator, top_up(100)).unwrap();
    for (wrong, refused) in [
        (SetPartner { pays_here: Some(Currency::CNY), ..agreed() }, "already_done"),
        (SetPartner { name: "other".to_owned(), ..agreed() }, "already_done"),
        (SetPartner { wallet: String::new(), ..agreed() }, "text_unfit"),
        (SetPartner { url: "ftp://x".to_owned(), ..agreed() }, "out_of_range"),
        (SetPartner { url: "https://x/".to_owned(), ..agreed() }, "out_of_range"),
        (SetPartner { peer: 9, name: "Name!".to_owned(), ..agreed() }, "out_of_range"),
        (SetPartner { peer: 9, pays_here: None, ..agreed() }, "out_of_range"),
        (SetPartner { peer: 2, ..agreed() }, "out_of_range"),
    ] {
        let told = format!("{wrong:?}");
        let command = pay::Command::from(wrong);
        assert_eq!(code(w.ask(JP, m.operator, command)), refused, "{told}");
    }
}

#[test]
fn a_key_that_was_ended_is_never_believed_again() {
    let (mut w, m) = World::partners();
    let key = |trusted| SetPartnerKey { peer: 1, key: [5; 32], trusted };
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(key(false)))), "out_of_range");
    w.done(JP, m.operator, key(true));
    w.done(JP, m.operator, key(true));
    assert_eq!(view(&w, JP).partner.keys.len(), 1, "once");
    w.pass(Span::days(1));
    w.done(JP, m.operator, key(false));
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(key(true)))), "already_done");
    let other = SetPartnerKey { key: [6; 32], ..key(true) };
    w.done(JP, m.operator, other);
    let keys = view(&w, JP).partner.keys;
    let believed: Vec<_> = keys.iter().map(|key| key.until.is_none()).collect();
    assert_eq!(believed, [false, true]);
    let nobody = SetPartnerKey { peer: 77, ..key(true) };
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(nobody))), "link_not_found");
}
