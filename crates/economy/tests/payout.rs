//! Tonight's file: what it takes from merchants, what the bank gets, and the undo.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod support;

use economy::{Answer, Query};
use kernel::{Currency, Id, Ref, Refuse, Role, Span};
use pay::command::{
    ConfirmBankFileSent, ForgetParty, PayHere, ReviewMerchant, SealBankFile, SetCreditLine,
    SetPayoutAccount, SetPayoutTerms, SetStoreOpen, Verdict, WithdrawBankFile,
};
use pay::{BankFileEntry, BankFileView, PauseReason, PayoutTerms};
use support::*;

#[test]
fn a_file_takes_what_it_pays_and_its_fees_and_the_bank_gets_it() {
    let (mut w, m) = sold();
    assert_stand(&w, &m, [3_168, 0, 32, 0]);
    let command = file(&mut w, &[all_of(&m)]);
    let view = ask(&mut w, &m, command.clone()).unwrap();
    assert_eq!((view.count, view.total, view.fees), (1, 3_058, 110));
    assert_eq!((view.day, view.number, view.hash), (DAY, 1, [7; 32]));
    assert_stand(&w, &m, [0, 3_058, 142, 0]);
    assert_eq!(w.cells[JP].facts.len(), 4, "two movements, the file, and who made it");
    // Made again by whoever lost the answer: found.
    assert_eq!(ask(&mut w, &m, command.clone()), Ok(view.clone()));
    assert_stand(&w, &m, [0, 3_058, 142, 0]);
    let other = SealBankFile { hash: [8; 32], ..command };
    assert_eq!(
        ask(&mut w, &m, other),
        Err(pay::Refusal::BankFileExists { file: view.file }.into())
    );

    let kept = w.cells[JP].state.world().bank_file(view.file).unwrap();
    assert_eq!((kept.0, kept.1.len(), kept.1[0].amount), (view.clone(), 1, 3_058));
    w.pass(Span::hours(1));
    let sent = ask(&mut w, &m, ConfirmBankFileSent { file: view.file }).unwrap();
    assert_eq!(sent, BankFileView { sent: Some(w.now), ..view.clone() });
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
    assert_eq!(ask(&mut w, &m, ConfirmBankFileSent { file: view.file }), Ok(sent));
    assert_stand(&w, &m, [0, 0, 142, 3_058]);
    let (_, transfers) = w.cells[JP].state.world().bank_file(view.file).unwrap();
    assert_eq!(transfers.len(), 1, "one may still come back");
    let back = WithdrawBankFile { file: view.file, reason: "too late".to_owned() };
    assert_eq!(code(ask(&mut w, &m, back)), "bank_file_not_open");
}

#[test]
fn a_file_withdrawn_gives_everything_back() {
    let (mut w, m) = sold();
    let file = sealed(&mut w, &m);
    let withdraw = |reason: &str| WithdrawBankFile { file, reason: reason.to_owned() };
    assert_eq!(code(ask(&mut w, &m, withdraw(""))), "text_unfit");
    assert_eq!(code(ask(&mut w, &m, withdraw(&"x".repeat(121)))), "text_unfit");
    let view = ask(&mut w, &m, withdraw("the bank is closed")).unwrap();
    assert_eq!((view.withdrawn, view.sent), (Some(w.now), None));
    assert_stand(&w, &m, [3_168, 0, 32, 0]);
    assert_eq!(code(ask(&mut w, &m, withdraw("again"))), "bank_file_not_open");
    assert_eq!(code(ask(&mut w, &m, ConfirmBankFileSent { file })), "bank_file_not_open");
    // Its number stays taken; the next file has the next one.
    let again = self::file(&mut w, &[all_of(&m)]);
    let exists = pay::Refusal::BankFileExists { file };
    assert_eq!(ask(&mut w, &m, again.clone()), Err(exists.into()));
    ask(&mut w, &m, SealBankFile { number: 2, ..again }).unwrap();
    assert_stand(&w, &m, [0, 3_058, 142, 0]);
}

#[test]
fn what_comes_back_first_repays_what_was_drawn_meanwhile() {
    let (mut w, m) = World::open();
    w.change(JP, m.operator, SetPayoutTerms { from: w.now, terms: terms() });
    let payment = w.paid(&m, 3_200);
    let line = SetCreditLine { merchant: m.merchant, limit: 1_000, source: "contract".to_owned() };
    w.done(JP, m.operator, line);
    let file = sealed(&mut w, &m);
    w.refund(&m, payment, 1_000).unwrap();
    ask(&mut w, &m, WithdrawBankFile { file, reason: "wrong account".to_owned() }).unwrap();
    let state = &w.cells[JP].state;
    let (_, merchant) = state.pay.merchant(m.merchant).unwrap();
    let view = state.world().merchant_view(merchant);
    assert_eq!((view.balance, view.credit.unwrap().owed), (3_168 - 990, 0));
}

#[test]
fn a_refund_meanwhile_outdates_a_file_that_was_written() {
    let (mut w, m) = World::open();
    w.change(JP, m.operator, SetPayoutTerms { from: w.now, terms: terms() });
    let payment = w.paid(&m, 3_200);
    let command = file(&mut w, &[all_of(&m)]);
    w.refund(&m, payment, 1).unwrap();
    let before = w.cells[JP].observe();
    let refusal = ask(&mut w, &m, command).unwrap_err();
    assert!(refusal.is_transient());
    assert_eq!(refusal, pay::Refusal::BankFileOutdated { merchant: m.merchant }.into());
    assert_eq!(w.cells[JP].observe(), before);
}

#[test]
fn the_fee_is_of_the_bank_and_counts_with_the_amount() {
    let (mut w, m) = sold();
    let entry = BankFileEntry { same_bank: false, amount: 2_948, ..all_of(&m) };
    let too_much = file(&mut w, &[BankFileEntry { amount: 2_949, ..entry }]);
    assert_eq!(code(ask(&mut w, &m, too_much)), "bank_file_outdated");
    let fits = file(&mut w, &[entry]);
    assert_eq!(ask(&mut w, &m, fits).unwrap().fees, 220);
    assert_stand(&w, &m, [0, 2_948, 252, 0]);
}

#[test]
fn terms_hold_from_their_date_and_without_a_fee_nothing_moves_to_it() {
    let (mut w, m) = sold();
    let free = PayoutTerms { fee_same_bank: 0, minimum: 0, ..terms() };
    let from = w.now.plus(Span::hours(1));
    w.change(JP, m.operator, SetPayoutTerms { from, terms: free });
    let whole = BankFileEntry { amount: 3_168, ..all_of(&m) };
    let now = file(&mut w, &[whole]);
    assert_eq!(code(ask(&mut w, &m, now)), "bank_file_outdated");
    w.pass(Span::hours(1));
    let then = file(&mut w, &[whole]);
    assert_eq!(ask(&mut w, &m, then).unwrap().fees, 0);
    assert_stand(&w, &m, [0, 3_168, 32, 0]);
}

#[test]
fn a_file_that_can_not_be_is_refused() {
    let (mut w, m) = sold();
    let yuan = {
        let owner = w.party(JP, m.operator, Role::Merchant);
        w.merchant(JP, m.operator, owner, "Yuan shop", Currency::CNY)
    };
    let entry = all_of(&m);
    let good = file(&mut w, &[entry]);
    let nobody = Ref::new(2, m.merchant.number, 1);
    let with = |merchant| vec![BankFileEntry { merchant, ..entry }].into();
    let id = Id::from_parts(w.now.minus(Span::hours(49)), 5);
    let cases: Vec<(SealBankFile, &str)> = vec![
        (SealBankFile { id, ..good.clone() }, "id_expired"),
        (SealBankFile { day: 20_261_302, ..good.clone() }, "out_of_range"),
        (SealBankFile { day: 20_261_132, ..good.clone() }, "out_of_range"),
        // The cell's own day, which begins at 15:00 UTC of the day before.
        (SealBankFile { day: 20_261_102, ..good.clone() }, "out_of_range"),
        (SealBankFile { number: 0, ..good.clone() }, "out_of_range"),
        (SealBankFile { number: 1_000, ..good.clone() }, "out_of_range"),
        (SealBankFile { entries: [].into(), ..good.clone() }, "out_of_range"),
        (SealBankFile { entries: vec![entry; 4_001].into(), ..good.clone() }, "out_of_range"),
        (SealBankFile { currency: Currency::EUR, ..good.clone() }, "currency_not_kept"),
        (SealBankFile { currency: Currency::CNY, ..good.clone() }, "payout_terms_not_set"),
        (SealBankFile { entries: with(nobody), ..good.clone() }, "merchant_not_found"),
        (SealBankFile { entries: with(yuan), ..good.clone() }, "currency_differs"),
        (SealBankFile { entries: [entry, entry].into(), ..good.clone() }, "merchant_twice_in_file"),
    ];
    let before = w.cells[JP].observe();
    for (command, expected) in cases {
        assert_eq!(code(ask(&mut w, &m, command.clone())), expected, "{command:?}");
    }
    for (amount, expected) in [
        (0, "amount_must_not_be_zero"),
        (u64::MAX, "amount_too_large"),
        (999, "payout_below_minimum"),
        (3_059, "bank_file_outdated"),
    ] {
        let entries = vec![BankFileEntry { amount, ..entry }].into();
        let command = SealBankFile { entries, ..good.clone() };
        assert_eq!(code(ask(&mut w, &m, command)), expected, "{amount}");
    }
    assert_eq!(w.cells[JP].observe(), before, "nothing happened");
    let none = w.id();
    assert_eq!(code(ask(&mut w, &m, ConfirmBankFileSent { file: none })), "bank_file_not_found");
    let withdraw = WithdrawBankFile { file: none, reason: "why not".to_owned() };
    assert_eq!(code(ask(&mut w, &m, withdraw)), "bank_file_not_found");
    for (terms, expected) in [
        (PayoutTerms { cutoff_min: 1_440, ..terms() }, "out_of_range"),
        (PayoutTerms { minimum: u64::MAX, ..terms() }, "amount_too_large"),
        (PayoutTerms { currency: Currency::EUR, ..terms() }, "currency_not_kept"),
    ] {
        let command = pay::Command::from(SetPayoutTerms { from: w.now, terms });
        assert_eq!(code(w.ask(JP, m.operator, command)), expected);
    }
}

#[test]
fn what_was_moved_by_hand_must_come_back_first() {
    let (mut w, m) = sold();
    let file = sealed(&mut w, &m);
    let book = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").clone();
    w.by_hand(JP, book.payout, book.suspense, 1);
    assert_eq!(code(ask(&mut w, &m, ConfirmBankFileSent { file })), "payout_money_missing");
    let withdraw = WithdrawBankFile { file, reason: "wrong".to_owned() };
    assert_eq!(code(ask(&mut w, &m, withdraw.clone())), "payout_money_missing");
    w.by_hand(JP, book.suspense, book.payout, 1);
    w.by_hand(JP, book.fee, book.suspense, 142);
    assert_eq!(code(ask(&mut w, &m, withdraw)), "payout_money_missing");
    ask(&mut w, &m, ConfirmBankFileSent { file }).unwrap();
}

#[test]
fn who_leaves_is_not_paid_and_who_has_nothing_is_not_listed() {
    let (mut w, m) = sold();
    let payable = |w: &World| {
        let (now, currency) = (w.now, Currency::JPY);
        let query = Query::PayableNow { now, currency, from: 0, most: 10 };
        match w.cells[JP].state.answer(&query).unwrap() {
            Answer::PayableNow(known) => *known,
            other => panic!("{other:?}"),
        }
    };
    let known = payable(&w);
    assert_eq!((known.terms, known.next), (Some(terms()), None));
    assert_eq!((known.merchants.len(), known.merchants[0].available), (1, 3_168));
    let file = sealed(&mut w, &m);
    assert!(payable(&w).merchants.is_empty());
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    let party = w.party_of(JP, m.soba);
    let leave = pay::Command::from(ForgetParty { party });
    // Its money is in a file that may still come back.
    assert_eq!(code(w.ask(JP, m.soba, leave.clone())), "party_has_open_payments");
    ask(&mut w, &m, ConfirmBankFileSent { file }).unwrap();
    w.ask(JP, m.soba, leave).unwrap();
    let suspense = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").suspense;
    w.by_hand(JP, suspense, m.merchant.number, 5_000);
    assert_eq!(payable(&w).merchants[0].refused, Some("party_forgotten"));
    let again = SealBankFile { number: 2, ..self::file(&mut w, &[all_of(&m)]) };
    assert_eq!(code(ask(&mut w, &m, again)), "party_forgotten");
}

/// Whoever signed up is paid out once staff have looked at it, and again at each new account.
#[test]
fn only_who_is_approved_and_not_paused_is_paid_out() {
    let (mut w, m) = sold();
    w.done(JP, m.soba, SetPayoutAccount { merchant: m.merchant, replaces: 0 });
    // A file that names the account of before is made anew.
    let old = file(&mut w, &[all_of(&m)]);
    let command = file(&mut w, &[BankFileEntry { account: 1, ..all_of(&m) }]);
    assert_eq!(code(ask(&mut w, &m, command.clone())), "merchant_not_approved");
    let review = |verdict| ReviewMerchant { merchant: m.merchant, account: 1, verdict };
    w.done(JP, m.operator, review(Verdict::Pause(PauseReason::AccountInDoubt)));
    assert_eq!(code(ask(&mut w, &m, command.clone())), "merchant_paused");
    w.done(JP, m.operator, review(Verdict::Approve));
    assert_eq!(code(ask(&mut w, &m, old)), "bank_file_outdated");
    ask(&mut w, &m, command).unwrap();
}

#[test]
fn four_thousand_transfers_are_one_record() {
    let (mut w, m) = World::open();
    w.change(JP, m.operator, SetPayoutTerms { from: w.now, terms: terms() });
    let book = w.cells[JP].state.pay.book(Currency::JPY).expect("a book in yen").clone();
    let mut entries = Vec::new();
    let owner = w.party(JP, m.operator, Role::Merchant);
    for at in 0..40_u64 {
        let merchant = w.merchant(JP, m.operator, owner, "Shop", Currency::JPY);
        w.by_hand(JP, book.suspense, merchant.number, 2_000 + at);
        entries.push(BankFileEntry {
            merchant,
            amount: 1_780 + at,
            same_bank: at % 2 == 0,
            account: 0,
        });
    }
    let command = file(&mut w, &entries);
    let view = ask(&mut w, &m, command).unwrap();
    assert_eq!((view.count, view.fees), (40, 20 * 110 + 20 * 220));
    // A transfer takes two movements of 23 bytes and a line of the file.
    let record = w.cells[JP].records.last().expect("it was written").len();
    assert!(record < 40 * 100, "4,000 transfers take {} bytes", record * 100);
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
}
