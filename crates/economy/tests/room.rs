//! A cell in which one more entry of a kind would have no number: it refuses what would add one,
//! and finishes what it has begun.

mod support;

use corridor::CaptureMode;
use economy::{Command, OpenAccount};
use kernel::{Currency, Role, Span};
use ledger::{Flags, SideRule, Transfer};
use pay::command::*;
use pay::{Category, Status};
use support::*;

/// Every command that adds an entry, of sellers and of payers.
fn adding(w: &mut World, m: &Market) -> Vec<(usize, Command)> {
    let currency = Currency::JPY;
    let transfer = Transfer {
        id: w.id::<kernel::id::Transfer>().0,
        debit: m.yen_wallet.number,
        credit: m.merchant.number,
        amount: 1,
        timeout_s: 0,
        code: 1,
        flags: Flags::default(),
    };
    let pay_here = PayHere {
        payment: w.id(),
        wallet: m.yen_wallet,
        store: m.store,
        amount: 10,
        requested: false,
        again: true,
        place: None,
    };
    let requested = w.requested(m, 700);
    let quote = w.quote_for(m, requested, 700);
    let quoted = w.quoted(m, quote.clone()).expect("a quote").quote;
    let link = OpenLink {
        peer: 9,
        name: "us".into(),
        nostro: None,
        mirror: None,
        max_unanswered: 1,
        max_age: Span::seconds(1),
    };
    let store = OpenStore {
        id: w.id(),
        merchant: m.merchant,
        name: "二号店".into(),
        latin_name: None,
        city: "Kyoto".into(),
        category: Category::Restaurant,
        prefecture: 26,
    };
    let (party, merchant) = (w.party_of(JP, m.soba), "茶".to_owned());
    let of_jp: Vec<pay::Command> = vec![
        OpenBook { currency: Currency::USD }.into(),
        link.into(),
        RegisterParty { id: w.id(), role: Role::Merchant }.into(),
        OpenWallet { id: w.id(), party, currency }.into(),
        RegisterMerchant { id: w.id(), party, name: merchant, currency }.into(),
        store.into(),
        AddTill { id: w.id(), store: m.store, name: "2".into() }.into(),
        m.request(w, 10, CaptureMode::Now).into(),
        pay_here.into(),
    ];
    let of_cn: Vec<pay::Command> = vec![
        MakeQuote { id: w.id(), ..quote }.into(),
        ConfirmPayment { quote: quoted, again: true }.into(),
    ];
    let account = OpenAccount { id: w.id(), currency, rule: SideRule::Free };
    let own = [Command::OpenAccount(account), Command::Transfers([transfer].into())];
    let of_jp = of_jp.into_iter().map(Command::Pay).chain(own).map(|command| (JP, command));
    of_jp.chain(of_cn.into_iter().map(|command| (CN, Command::Pay(command)))).collect()
}

#[test]
fn what_would_add_an_entry_is_refused() {
    let (mut w, m) = World::open();
    let commands = adding(&mut w, &m);
    for cell in &mut w.cells {
        cell.state.max_entries = 0;
    }
    for (cell, command) in &commands {
        let before = w.cells[*cell].observe();
        assert_eq!(code(w.ask(*cell, m.operator, command.clone())), "cell_full", "{command:?}");
        assert_eq!(w.cells[*cell].observe(), before);
    }
    // With room again each of them is done.
    for cell in &mut w.cells {
        cell.state.max_entries = 1_000;
    }
    for (cell, command) in commands {
        w.ask(cell, m.operator, command.clone()).unwrap_or_else(|why| panic!("{command:?}: {why}"));
    }
}

#[test]
fn what_was_begun_is_finished() {
    let (mut w, m) = World::open();
    let paid: Vec<_> = (0..12).map(|_| w.paid(&m, 500)).collect();
    let held = w.held(&m, 3_200);
    let requested = w.requested(&m, 700);
    w.said_yes(&m, requested, 700);
    let printed = w.id();
    w.said_yes(&m, printed, 90);
    // As many legs of sellers, open and closed, as there may be.
    w.cells[JP].state.max_entries = 14;
    let more = m.request(&mut w, 10, CaptureMode::Now);
    assert_eq!(code(w.ask(JP, m.soba, pay::Command::from(more))), "cell_full");
    w.settle();
    assert_eq!(w.status(JP, requested), Some(Status::Captured), "it was asked for before");
    assert_eq!(w.status(CN, requested), Some(Status::Captured));
    let declined = w.legs(printed).payer.expect("the payer's leg");
    assert_eq!(declined.status, Status::Declined);
    assert_eq!(declined.declined, Some(corridor::DeclineReason::StorePaused));
    w.capture(&m, held, 3_200, true).expect("captured");
    w.refund(&m, paid[0], 500).expect("given back");
    w.settle();
    for cell in &w.cells {
        assert_laws(&cell.state);
    }
}
