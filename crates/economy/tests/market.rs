//! What builds a market, with everything that may be wrong about it; and looking before paying.

mod support;

use corridor::CaptureMode;
use economy::{Answer, Query, Refusal};
use kernel::{Actor, Currency, Id, Ref, Refuse, Role, Span};
use pay::command::*;
use pay::{Category, Fees, Limits, Purpose, Rules, Status};
use support::*;

/// Each row is a command and the word it is refused with, in order of precedence.
fn refused(w: &mut World, cell: usize, actor: Actor, rows: Vec<(pay::Command, &str)>) {
    for (command, word) in rows {
        let before = w.cells[cell].observe();
        let told = format!("{command:?}");
        let refusal = w.ask(cell, actor, command).expect_err(&told);
        assert_eq!(refusal.code(), word, "{told}");
        assert!(refusal.to_string().len() > 10, "a sentence: {refusal}");
        assert_eq!(w.cells[cell].observe(), before);
    }
}

#[test]
fn books_links_and_terms() {
    let (mut w, m) = World::open();
    let link = OpenLink {
        peer: 3,
        name: "kr".to_owned(),
        nostro: None,
        mirror: None,
        max_unanswered: 1,
        max_age: Span::seconds(1),
    };
    let long = "x".repeat(9);
    let rows: Vec<(pay::Command, _)> = vec![
        (OpenBook { currency: Currency::JPY }.into(), "already_done"),
        (OpenLink { name: String::new(), ..link.clone() }.into(), "text_unfit"),
        (OpenLink { name: long, ..link.clone() }.into(), "text_unfit"),
        (OpenLink { name: "a\u{7}".into(), ..link.clone() }.into(), "text_unfit"),
        (OpenLink { peer: 2, ..link.clone() }.into(), "out_of_range"),
        (OpenLink { peer: 1, ..link.clone() }.into(), "already_done"),
        (OpenLink { name: "cn".into(), ..link.clone() }.into(), "already_done"),
        (OpenLink { nostro: Some(Currency::USD), ..link.clone() }.into(), "currency_not_kept"),
        (OpenLink { mirror: Some(Currency::USD), ..link }.into(), "currency_not_kept"),
        (SetNostroWarning { link: 9, below: 1 }.into(), "link_not_found"),
        (SetFees { from: w.now, fees: fees(2_001) }.into(), "out_of_range"),
        (SetRules { from: w.now, rules: rules(|r| r.quote_s = 4) }.into(), "out_of_range"),
        (SetRules { from: w.now, rules: rules(|r| r.refund_days = 0) }.into(), "out_of_range"),
        (SetRules { from: w.now, rules: rules(|r| r.capture_days = 366) }.into(), "out_of_range"),
        (SetRules { from: w.now, rules: rules(|r| r.utc_offset_min = 841) }.into(), "out_of_range"),
        (SetRules { from: w.now, rules: rules(|r| r.request_max_s = 0) }.into(), "out_of_range"),
        (SetLimits { from: w.now, limits: limits("") }.into(), "text_unfit"),
    ];
    refused(&mut w, JP, m.operator, rows);
    w.done(JP, m.operator, SetNostroWarning { link: 0, below: 500_000 });
    let Ok(Answer::Links(links)) = w.cells[JP].state.answer(&Query::Links) else { panic!() };
    assert_eq!(links[0].nostro, Some((NOSTRO, 0, "JPY")));
    assert_eq!((links[0].warn_below, links[0].mirror), (Some(500_000), None));
}

fn fees(merchant_bps: u32) -> Fees {
    Fees { by_category: vec![(Category::Lodging, merchant_bps)], ..Fees::default() }
}

fn rules(change: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = Rules::default();
    change(&mut rules);
    rules
}

fn limits(source: &str) -> Limits {
    let source = source.to_owned();
    Limits { currency: Currency::JPY, per_payment: 1, per_day: 1, source }
}

#[test]
fn published_rates() {
    let (mut w, m) = World::open();
    let good = rates(20_261_030, "7.4326", "175.68");
    let older = rates(20_261_029, "7.4", "175");
    let zero = rates(20_261_031, "0", "175");
    let long = rates(20_261_031, "0.0000000000001", "175");
    let mut twice = rates(20_261_031, "7.4", "175");
    twice.rates.push(twice.rates[0]);
    let none = PublishRates { rates: vec![], ..good.clone() };
    let nobody = PublishRates { source: " ECB".into(), ..good.clone() };
    let rows: Vec<(pay::Command, _)> = vec![
        (nobody.into(), "text_unfit"),
        (none.into(), "out_of_range"),
        (zero.into(), "out_of_range"),
        (long.into(), "out_of_range"),
        (twice.into(), "out_of_range"),
        (older.into(), "out_of_range"),
        (good.into(), "already_done"),
    ];
    refused(&mut w, CN, m.operator, rows);
    w.done(CN, m.operator, rates(20_261_030, "7.4327", "175.68"));
    let newest = w.cells[CN].state.pay.rates().unwrap();
    assert_eq!((newest.0, newest.1.of(Currency::CNY).unwrap().to_string()), (1, "7.4327".into()));
}

#[test]
fn wallets_and_their_bank() {
    let (mut w, m) = World::open();
    let (id, party) = (w.id(), w.party_of(CN, m.li));
    let open = OpenWallet { id, party, currency: Currency::CNY };
    let guess = Ref::new(1, party.number, party.tag ^ 1);
    let other = w.party(CN, m.operator, Role::Traveller);
    let theirs = w.party_of(CN, other);
    let rows: Vec<(pay::Command, _)> = vec![
        (OpenWallet { id: Id::new(9), ..open.clone() }.into(), "id_expired"),
        (OpenWallet { currency: Currency::USD, ..open.clone() }.into(), "currency_not_kept"),
        (OpenWallet { party: guess, ..open.clone() }.into(), "party_not_found"),
        (OpenWallet { party: theirs, ..open }.into(), "party_not_found"),
    ];
    refused(&mut w, CN, m.li, rows);
    let top_up = TopUpWallet { wallet: m.wallet, amount: 5, reference: "bank 9".into() };
    let guess = Ref::new(1, m.wallet.number, m.wallet.tag ^ 1);
    let bank = w.cells[CN].state.pay.book(Currency::CNY).unwrap().bank;
    let no_wallet = Ref::new(1, bank, u64::from(Currency::CNY.numeric()));
    w.done(CN, m.operator, top_up.clone());
    let rows: Vec<(pay::Command, _)> = vec![
        (TopUpWallet { amount: 0, ..top_up.clone() }.into(), "amount_must_not_be_zero"),
        (TopUpWallet { amount: (1 << 53) + 1, ..top_up.clone() }.into(), "amount_too_large"),
        (TopUpWallet { reference: "x".repeat(65), ..top_up.clone() }.into(), "text_unfit"),
        (TopUpWallet { wallet: guess, ..top_up.clone() }.into(), "wallet_not_found"),
        (TopUpWallet { wallet: no_wallet, ..top_up.clone() }.into(), "wallet_not_found"),
        (top_up.into(), "reference_already_used"),
    ];
    refused(&mut w, CN, m.operator, rows);
    let nostro = TopUpNostro { link: LINK, amount: 1, reference: "n".into() };
    let rows: Vec<(pay::Command, _)> = vec![
        // The yuan cell keeps no nostro for anybody.
        (nostro.clone().into(), "link_not_found"),
        (TopUpNostro { link: 7, ..nostro }.into(), "link_not_found"),
    ];
    refused(&mut w, CN, m.operator, rows);
    assert_eq!(w.account(CN, m.wallet.number).balance(), i128::from(WALLET) + 5);
}

#[test]
fn merchants_stores_and_tills() {
    let (mut w, m) = World::open();
    let party = w.party_of(JP, m.soba);
    let name = "A shop".to_owned();
    let merchant = RegisterMerchant { id: w.id(), party, name, currency: Currency::JPY };
    let store = OpenStore {
        id: w.id(),
        merchant: m.merchant,
        name: "二号店".into(),
        latin_name: None,
        city: "Nara".into(),
        category: Category::Other,
        prefecture: 29,
    };
    let till = AddTill { id: w.id(), store: m.store, name: "入口".into() };
    let stray = Ref::new(2, 0, 1);
    let rows: Vec<(pay::Command, _)> = vec![
        (RegisterMerchant { name: "x".repeat(61), ..merchant.clone() }.into(), "text_unfit"),
        (
            RegisterMerchant { currency: Currency::USD, ..merchant.clone() }.into(),
            "currency_not_kept",
        ),
        (OpenStore { name: "そ".repeat(26), ..store.clone() }.into(), "text_unfit"),
        (OpenStore { latin_name: Some(String::new()), ..store.clone() }.into(), "text_unfit"),
        (OpenStore { city: "x".repeat(16), ..store.clone() }.into(), "text_unfit"),
        (OpenStore { prefecture: 48, ..store.clone() }.into(), "out_of_range"),
        (OpenStore { merchant: Ref::new(2, 0, 1), ..store.clone() }.into(), "merchant_not_found"),
        (SetStoreOpen { store: stray, open: true }.into(), "store_not_found"),
        (AddTill { store: stray, ..till.clone() }.into(), "store_not_found"),
        (AddTill { name: "a\nb".into(), ..till.clone() }.into(), "text_unfit"),
    ];
    refused(&mut w, JP, m.soba, rows);
    // Another's merchant and store are as good as none.
    let rows: Vec<(pay::Command, _)> = vec![
        (merchant.into(), "party_not_found"),
        (store.into(), "merchant_not_found"),
        (SetStoreOpen { store: m.store, open: false }.into(), "store_not_found"),
        (till.clone().into(), "store_not_found"),
    ];
    refused(&mut w, JP, m.hana, rows);
    w.done(JP, m.soba, till);
}

#[test]
fn requests_of_a_till() {
    let (mut w, m) = World::open();
    let request = m.request(&mut w, 500, CaptureMode::Now);
    w.done(JP, m.soba, request.clone());
    let day = Span::seconds(86_400);
    let rows: Vec<(pay::Command, _)> = vec![
        (RequestPayment { id: Id::new(1), ..request.clone() }.into(), "id_expired"),
        (RequestPayment { amount: 0, ..request.clone() }.into(), "amount_must_not_be_zero"),
        (RequestPayment { amount: u64::MAX, ..request.clone() }.into(), "amount_too_large"),
        (RequestPayment { valid_for: Span(0), ..request.clone() }.into(), "out_of_range"),
        (RequestPayment { valid_for: Span(day.0 + 1), ..request.clone() }.into(), "out_of_range"),
        (RequestPayment { valid_for: Span(u64::MAX), ..request.clone() }.into(), "out_of_range"),
        (request.clone().into(), "payment_exists"),
        (
            RequestPayment { id: w.id(), store: Ref::new(2, 9, 9), ..request.clone() }.into(),
            "store_not_found",
        ),
    ];
    refused(&mut w, JP, m.soba, rows);
    let others = RequestPayment { id: w.id(), ..request.clone() };
    refused(&mut w, JP, m.hana, vec![(others.clone().into(), "store_not_found")]);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    refused(&mut w, JP, m.soba, vec![(others.into(), "store_paused")]);
    assert_eq!(request.purpose, Purpose::Sale);
}

#[test]
fn a_look_shows_what_is_registered_and_what_is_due() {
    let (mut w, m) = World::open();
    let payment = w.requested(&m, 3_200);
    let look = |w: &World, store, payment| match w.cells[JP]
        .state
        .answer(&Query::Look(store, payment, None))
    {
        Ok(Answer::Look(view)) => Ok(*view),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(refusal),
    };
    let shown = look(&w, m.store, Some(payment)).unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.latin_name.as_deref()),
        ("山法師そば", Some("Yamaboshi Soba"))
    );
    assert!(shown.open);
    let due = shown.due.unwrap();
    assert_eq!((due.amount, due.status, due.price), (3_200, Status::Requested, None));
    assert_eq!(look(&w, m.store, None).unwrap().due, None);
    // The sticker of another store over this one's, and codes that were made up.
    let second = w.store(JP, m.operator, m.merchant, "二号店");
    assert_eq!(code(look(&w, second, Some(payment))), "store_differs");
    assert_eq!(code(look(&w, Ref::new(2, 0, 1), Some(payment))), "store_not_found");
    assert_eq!(code(look(&w, m.store, Some(Id::new(1)))), "payment_not_found");
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    assert!(!look(&w, m.store, None).unwrap().open);
}

#[test]
fn questions_about_one_thing() {
    let (mut w, m) = World::open();
    w.paid(&m, 3_200);
    let ask = |cell: usize, query: Query| w.cells[cell].state.answer(&query);
    let Ok(Answer::Wallet(view)) = ask(CN, Query::Wallet(m.li, m.wallet)) else { panic!() };
    assert_eq!((view.balance, view.held), (WALLET - 13_606, 0));
    let Ok(Answer::Merchant(view)) = ask(JP, Query::Merchant(m.soba, m.merchant)) else { panic!() };
    assert_eq!(view.balance, 3_168);
    let not_theirs = [
        (JP, Query::Wallet(m.hana, Ref::new(1, m.wallet.number, m.wallet.tag)), "wallet_not_found"),
        (JP, Query::Merchant(m.hana, m.merchant), "merchant_not_found"),
        (CN, Query::Account(Ref::new(1, 0, 1)), "account_not_found"),
        (CN, Query::Payment(m.li, Id::new(1)), "payment_not_found"),
    ];
    for (cell, query, word) in not_theirs {
        let told = format!("{query:?}");
        assert_eq!(code(ask(cell, query)), word, "{told}");
    }
    assert!(matches!(ask(CN, Query::Transfer(1)), Ok(Answer::Transfer(None))));
}

/// Every word a caller may meet is listed once, for the API's document and the message files.
#[test]
fn words_of_refusals_are_listed() {
    let mut words: Vec<_> = pay::Refusal::CODES.to_vec();
    words.sort_unstable();
    let count = words.len();
    words.dedup();
    assert_eq!(words.len(), count, "a word stands for one thing");
    for refusal in [
        Refusal::IdempotencyKeyReused,
        Refusal::TooManyKeys,
        Refusal::CellFull,
        Refusal::OutOfOrder { expected: 1 },
        Refusal::LinkFrozen,
        Refusal::LinkNotFound,
        Refusal::LinkOpen,
        Refusal::BatchSize,
        Refusal::IdExpired,
        Refusal::CurrencyNotKept,
        Refusal::KeyNotFound,
        Refusal::KeyExists,
        Refusal::PartyNotFound,
        Refusal::AccountNotFound,
    ] {
        assert!(Refusal::CODES.contains(&refusal.code()), "{refusal}");
    }
}
