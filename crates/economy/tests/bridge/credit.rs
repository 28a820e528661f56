//! Refunds beyond a merchant's balance: from the operator's line, up to its limit; the next sales
//! repay it first.

use economy::{Command, Reply, TransferOutcome};
use kernel::{Currency, Ref};
use ledger::{Flags, Transfer};
use pay::CreditView;
use pay::command::{ForgetParty, PayHere, SetCreditLine, SetStoreOpen};

use crate::support::*;

/// A sale of 3,200 was paid, and all that the shop had of it is paid out.
fn paid_out() -> (World, Market, kernel::Id<kernel::id::Payment>) {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    let bank = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").bank;
    w.by_hand(JP, m.merchant.number, bank, 3_168);
    (w, m, payment)
}

fn granted(w: &mut World, m: &Market, limit: u64) -> CreditView {
    let command = SetCreditLine { merchant: m.merchant, limit, source: "contract 7".to_owned() };
    match w.done(JP, m.operator, command) {
        Reply::Pay(pay::Reply::Merchant(view)) => {
            assert_eq!(Some(&view), shown(w, m).as_ref(), "the reply is how it stands");
            view.credit.expect("a line was granted")
        }
        other => panic!("{other:?}"),
    }
}

fn shown(w: &World, m: &Market) -> Option<pay::MerchantView> {
    let state = &w.cells[JP].state;
    let (_, merchant) = state.pay.merchant(m.merchant)?;
    Some(state.world().merchant_view(merchant))
}

/// Balance, owed and left.
#[track_caller]
fn assert_stands(w: &World, m: &Market, [balance, owed, left]: [u64; 3]) {
    let view = shown(w, m).expect("the merchant is there");
    let credit = view.credit.expect("a line was granted");
    assert_eq!([view.balance, credit.owed, credit.left], [balance, owed, left]);
}

#[test]
fn a_refund_beyond_the_balance_draws_the_line_and_the_next_sales_repay_it() {
    let (mut w, m, payment) = paid_out();
    assert_eq!(code(w.refund(&m, payment, 1_000)), "merchant_balance_too_low");
    assert_eq!(granted(&mut w, &m, 1_000), CreditView { limit: 1_000, owed: 0, left: 1_000 });
    w.refund(&m, payment, 1_000).unwrap();
    assert_stands(&w, &m, [0, 990, 10]);
    let before = w.cells[JP].observe();
    let refusal = w.refund(&m, payment, 12).unwrap_err();
    assert!(refusal.to_string().contains("10 in minor units of your credit line"), "{refusal}");
    assert_eq!(code::<()>(Err(refusal)), "credit_line_used_up");
    assert_eq!(w.cells[JP].observe(), before);
    w.refund(&m, payment, 10).unwrap();
    assert_stands(&w, &m, [0, 1_000, 0]);
    assert_eq!(code(w.refund(&m, payment, 1)), "credit_line_used_up");
    w.settle();
    assert_agreed(&w);

    w.paid(&m, 500);
    assert_stands(&w, &m, [0, 505, 495]);
    w.paid(&m, 3_200);
    assert_stands(&w, &m, [3_168 - 505, 0, 1_000]);
    assert_agreed(&w);
}

#[test]
fn the_balance_goes_first() {
    let (mut w, m, payment) = paid_out();
    let bank = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").bank;
    w.by_hand(JP, bank, m.merchant.number, 300);
    granted(&mut w, &m, 1_000);
    w.refund(&m, payment, 100).unwrap();
    assert_stands(&w, &m, [201, 0, 1_000]);
    w.refund(&m, payment, 1_000).unwrap();
    assert_stands(&w, &m, [0, 789, 211]);
}

/// What is held of the merchant's balance is not there for a refund.
#[test]
fn what_the_operator_holds_of_the_balance_is_kept() {
    let (mut w, m, payment) = paid_out();
    let bank = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").bank;
    w.by_hand(JP, bank, m.merchant.number, 300);
    granted(&mut w, &m, 1_000);
    let id = w.id::<kernel::id::Transfer>().0;
    let flags = Flags(Flags::PENDING);
    let (debit, amount) = (m.merchant.number, 250);
    let hold = Transfer { id, debit, credit: bank, amount, timeout_s: 0, code: 1, flags };
    w.ask(JP, m.operator, Command::Transfers([hold].into())).unwrap();
    w.refund(&m, payment, 1_000).unwrap();
    assert_stands(&w, &m, [250, 940, 60]);
}

#[test]
fn a_lower_limit_ends_drawing_at_once_and_is_reached_by_repayment() {
    let (mut w, m, payment) = paid_out();
    granted(&mut w, &m, 1_000);
    w.refund(&m, payment, 1_000).unwrap();
    assert_eq!(granted(&mut w, &m, 400), CreditView { limit: 400, owed: 990, left: 0 });
    assert_eq!(code(w.refund(&m, payment, 1)), "credit_line_used_up");
    w.paid(&m, 500);
    assert_stands(&w, &m, [0, 495, 0]);
    w.paid(&m, 300);
    // 95 above the limit go back to the operator, the rest may be drawn again.
    assert_stands(&w, &m, [0, 495 - 297, 400 - (495 - 297)]);
    assert_eq!(granted(&mut w, &m, 0), CreditView { limit: 0, owed: 198, left: 0 });
    w.paid(&m, 3_200);
    assert_stands(&w, &m, [3_168 - 198, 0, 0]);
    assert_eq!(granted(&mut w, &m, 50), CreditView { limit: 50, owed: 0, left: 50 });
    w.settle();
    assert_agreed(&w);
}

#[test]
fn parts_and_payments_inside_the_cell_repay_too() {
    let (mut w, m, payment) = paid_out();
    granted(&mut w, &m, 3_200);
    w.refund(&m, payment, 3_200).unwrap();
    assert_stands(&w, &m, [0, 3_168, 32]);
    let held = w.held(&m, 1_000);
    w.capture(&m, held, 300, false).unwrap();
    assert_stands(&w, &m, [0, 3_168 - 297, 32 + 297]);
    w.capture(&m, held, 700, true).unwrap();
    assert_stands(&w, &m, [0, 3_168 - 990, 32 + 990]);
    let here = PayHere {
        payment: w.id(),
        wallet: m.yen_wallet,
        store: m.store,
        amount: 500,
        requested: false,
        again: false,
        place: None,
    };
    w.done(JP, m.hana, here);
    assert_stands(&w, &m, [0, 3_168 - 990 - 495, 32 + 990 + 495]);
    w.settle();
    assert_agreed(&w);
}

#[test]
fn nobody_moves_a_line_by_hand_and_limits_are_judged() {
    let (mut w, m, _) = paid_out();
    granted(&mut w, &m, 1_000);
    let state = &w.cells[JP].state;
    let credit = *state.pay.market.credit_lines.values().next().unwrap();
    let bank = state.pay.book(Currency::JPY).expect("a book in yen").bank;
    for (debit, credit) in [
        (credit.line, bank),
        (bank, credit.line),
        (bank, credit.receivable),
        (credit.receivable, m.merchant.number),
    ] {
        let id = w.id::<kernel::id::Transfer>().0;
        let flags = Flags::default();
        let transfer = Transfer { id, debit, credit, amount: 1, timeout_s: 0, code: 1, flags };
        let reply = w.ask(JP, m.operator, Command::Transfers([transfer].into()));
        let refused = ledger::Refusal::AccountReservedForCorridor as u8;
        let outcomes = vec![(0, TransferOutcome::Refused(refused))];
        assert_eq!(reply, Ok(Reply::Transfers { count: 1, outcomes }));
    }
    let mut set = |merchant: Ref<_>, limit, source: &str| {
        let command = SetCreditLine { merchant, limit, source: source.to_owned() };
        code(w.ask(JP, m.operator, pay::Command::from(command)))
    };
    assert_eq!(set(m.merchant, u64::MAX, "contract"), "amount_too_large");
    assert_eq!(set(m.merchant, 1, ""), "text_unfit");
    assert_eq!(set(m.merchant, 1, &"x".repeat(121)), "text_unfit");
    assert_eq!(set(Ref::new(2, 0, 1), 1, "contract"), "merchant_not_found");
}

#[test]
fn who_owes_is_not_forgotten_and_who_leaves_gets_no_line() {
    let (mut w, m, payment) = paid_out();
    granted(&mut w, &m, 1_000);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    let party = w.party_of(JP, m.soba);
    let ask = pay::Command::from(ForgetParty { party });
    assert_eq!(code(w.ask(JP, m.soba, ask.clone())), "party_owes");
    let bank = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").bank;
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.paid(&m, 3_200);
    w.by_hand(JP, m.merchant.number, bank, 3_168 - 990);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    w.ask(JP, m.soba, ask).unwrap();
    let (merchant, source) = (m.merchant, "contract 8".to_owned());
    let more = pay::Command::from(SetCreditLine { merchant, limit: 2_000, source });
    assert_eq!(code(w.ask(JP, m.operator, more)), "party_forgotten");
}
