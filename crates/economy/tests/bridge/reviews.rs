//! Staff and shops: who registers itself is paid at once and looked at later; who is paused is not
//! paid until staff say otherwise; a new bank account is a new question.

use corridor::DeclineReason;
use economy::{Answer, Query, Reply};
use kernel::{Actor, Currency, Ref, Role};
use pay::command::{
    ForgetParty, PayHere, RegisterMerchant, ReviewMerchant, SetPayoutAccount, SetStoreOpen, Verdict,
};
use pay::{PauseReason, Review, Standing, Status, StoppedBy};

use crate::support::*;

const PAUSE: Verdict = Verdict::Pause(PauseReason::Complaints);

/// The review of the first merchant, which the operator registered.
fn review(w: &World) -> Review {
    w.cells[JP].state.pay.review(0)
}

fn reviewed(w: &mut World, m: &Market, verdict: Verdict) {
    let account = review(w).accounts;
    let reply = w.done(JP, m.operator, ReviewMerchant { merchant: m.merchant, verdict, account });
    let Reply::Pay(pay::Reply::Merchant(view)) = reply else { panic!("{reply:?}") };
    assert_eq!(view.review, Some(review(w)), "the reply is how it stands");
}

fn here(w: &mut World, m: &Market) -> PayHere {
    let (wallet, store) = (m.yen_wallet, m.store);
    let payment = w.id();
    PayHere { payment, wallet, store, amount: 500, requested: false, again: true, place: None }
}

#[test]
fn who_registers_itself_is_new_and_who_the_operator_registers_is_approved() {
    let (mut w, m) = World::open();
    assert_eq!(review(&w), Review::UNASKED);
    let owner = w.party(JP, m.operator, Role::Merchant);
    let (id, party) = (w.id(), w.party_of(JP, owner));
    let name = "Miso and more".to_owned();
    let register = RegisterMerchant { id, party, name, currency: Currency::JPY };
    let reply = w.done(JP, owner, register.clone());
    let Reply::Pay(pay::Reply::Merchant(view)) = reply else { panic!("{reply:?}") };
    let told = view.review.expect("it awaits a review");
    assert_eq!((told.standing, told.accounts, told.account_set), (Standing::New, 0, None));
    assert_eq!(told, w.cells[JP].state.pay.review(1));
    // Asked again it is found, with its review as it is.
    let account = 0;
    let (merchant, verdict) = (view.merchant, Verdict::Approve);
    w.done(JP, m.operator, ReviewMerchant { merchant, verdict, account });
    let reply = w.done(JP, owner, register);
    let Reply::Pay(pay::Reply::Merchant(view)) = reply else { panic!("{reply:?}") };
    assert_eq!(view.review.map(|of| of.standing), Some(Standing::Approved));
    // One that is new is paid at once.
    let store = w.store(JP, m.operator, merchant, "味噌");
    let paid = PayHere { store, ..here(&mut w, &m) };
    w.done(JP, m.hana, paid);
}

#[test]
fn a_paused_shop_is_not_paid_and_may_refund() {
    let (mut w, m) = World::open();
    let before = w.paid(&m, 3_200);
    let held = w.held(&m, 1_000);
    let asked = w.requested(&m, 700);
    reviewed(&mut w, &m, PAUSE);
    assert_eq!(review(&w).standing.reason(), Some(PauseReason::Complaints));

    // The till asks for nothing new, a wallet next door is refused.
    let request = m.request(&mut w, 100, corridor::CaptureMode::Now);
    let refused = w.ask(JP, m.soba, pay::Command::from(request));
    assert_eq!(code(refused), "merchant_paused");
    let here = here(&mut w, &m);
    assert_eq!(code(w.ask(JP, m.hana, pay::Command::from(here))), "merchant_paused");
    // A payer of the other side is declined, by poster and by request, and keeps the money.
    for payment in [asked, w.id()] {
        let amount = if payment == asked { 700 } else { 500 };
        let quote = w.quote_for(&m, payment, amount);
        let id = quote.id;
        w.quoted(&m, quote).expect("the payer's cell knows nothing of it");
        w.confirm_again(&m, id).expect("nor does it at the yes");
        w.settle();
        let leg = w.legs(payment).payer.expect("a leg that ended is remembered");
        let declined = Some(DeclineReason::MerchantPaused);
        assert_eq!((leg.status, leg.declined), (Status::Declined, declined));
    }
    // Its own pause is another thing: opening the store does not undo the staff's.
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    let look =
        w.cells[JP].state.answer(&Query::Look(m.store, None, None)).expect("the store is known");
    let Answer::Look(look) = look else { panic!("{look:?}") };
    assert!(!look.open && look.stopped_by == Some(StoppedBy::Operator));
    // What was held is captured, what was sold is given back.
    w.capture(&m, held, 1_000, true).expect("captured");
    w.refund(&m, before, 1_000).expect("given back");
    w.settle();
    assert_agreed(&w);

    reviewed(&mut w, &m, Verdict::Approve);
    let look =
        w.cells[JP].state.answer(&Query::Look(m.store, None, None)).expect("the store is known");
    let Answer::Look(look) = look else { panic!("{look:?}") };
    assert!(look.open && look.stopped_by.is_none());
    w.paid(&m, 700);
    assert_agreed(&w);
}

#[test]
fn a_new_bank_account_is_reviewed_anew() {
    let (mut w, m) = World::open();
    w.done(JP, m.soba, SetPayoutAccount { merchant: m.merchant, replaces: 0 });
    let now = w.now;
    let standing = Standing::New;
    assert_eq!(review(&w), Review { standing, since: now, accounts: 1, account_set: Some(now) });
    // Staff who looked at the account before it was changed decide nothing.
    let merchant = m.merchant;
    let stale = ReviewMerchant { merchant, verdict: Verdict::Approve, account: 0 };
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(stale))), "review_outdated");
    reviewed(&mut w, &m, Verdict::Approve);
    assert_eq!(review(&w).standing, Standing::Approved);
    // A request that is older than the account replaces nothing.
    for replaces in [0, 2] {
        let old = pay::Command::from(SetPayoutAccount { merchant, replaces });
        assert_eq!(code(w.ask(JP, m.soba, old)), "payout_account_outdated");
    }
    assert_eq!(review(&w).standing, Standing::Approved);
    // Whoever is paused stays paused.
    reviewed(&mut w, &m, PAUSE);
    w.done(JP, m.soba, SetPayoutAccount { merchant, replaces: 1 });
    let after = review(&w);
    assert_eq!((after.standing.word(), after.accounts), ("paused", 2));
    let here = here(&mut w, &m);
    let refused = w.ask(JP, m.hana, pay::Command::from(here));
    assert_eq!(code(refused), "merchant_paused");
}

/// The vault has one account of a party: all of its merchants are paid to it.
#[test]
fn all_merchants_of_a_party_set_their_account_together() {
    let (mut w, m) = World::open();
    let party = w.party_of(JP, m.soba);
    let (id, name, currency) = (w.id(), "二号店".to_owned(), Currency::JPY);
    let second = w.done(JP, m.soba, RegisterMerchant { id, party, name, currency });
    let Reply::Pay(pay::Reply::Merchant(second)) = second else { panic!("{second:?}") };
    let second = second.merchant;
    w.done(
        JP,
        m.operator,
        ReviewMerchant { merchant: second, verdict: Verdict::Approve, account: 0 },
    );
    w.done(JP, m.soba, SetPayoutAccount { merchant: m.merchant, replaces: 0 });
    let known = |w: &World, actor| {
        let Answer::PayoutAccounts(known) =
            w.cells[JP].state.answer(&Query::PayoutAccounts(actor, second))?
        else {
            panic!("another answer");
        };
        let numbers = known.merchants.into_iter().map(|(of, review)| (of, review.accounts));
        Ok::<_, economy::Refusal>(numbers.collect::<Vec<_>>())
    };
    assert_eq!(known(&w, m.soba).expect("its own"), [(m.merchant, 1), (second, 1)]);
    assert!(known(&w, m.hana).is_err(), "another's");
    let reviews = &w.cells[JP].state.pay.market.reviews;
    assert!(reviews.values().all(|review| review.standing == Standing::New), "{reviews:?}");
    w.done(JP, m.soba, SetPayoutAccount { merchant: second, replaces: 1 });
    assert_eq!(known(&w, m.operator).expect("the operator's"), [(m.merchant, 2), (second, 2)]);
}

#[test]
fn reviews_are_the_staffs_alone() {
    let (mut w, m) = World::open();
    let merchant = m.merchant;
    let approve = ReviewMerchant { merchant, verdict: Verdict::Approve, account: 0 };
    for actor in [m.soba, m.hana, Actor::of(1, Role::Merchant)] {
        let refused = w.ask(JP, actor, pay::Command::from(approve.clone()));
        assert_eq!(code(refused), "merchant_not_found");
    }
    let refused = w.ask(JP, m.operator, pay::Command::from(approve.clone()));
    assert_eq!(code(refused), "already_done", "it is approved");
    let stray = ReviewMerchant { merchant: Ref::new(2, 0, 1), ..approve };
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(stray))), "merchant_not_found");
    let stray = SetPayoutAccount { merchant: Ref::new(2, 0, 1), replaces: 0 };
    assert_eq!(code(w.ask(JP, m.soba, pay::Command::from(stray))), "merchant_not_found");
    let others = pay::Command::from(SetPayoutAccount { merchant, replaces: 0 });
    assert_eq!(code(w.ask(JP, m.hana, others)), "merchant_not_found");
}

#[test]
fn staff_see_who_waits_in_the_order_of_registering() {
    let (mut w, m) = World::open();
    let mut waiting = Vec::new();
    for name in ["a", "b", "c"] {
        let owner = w.party(JP, m.operator, Role::Merchant);
        let (id, party) = (w.id(), w.party_of(JP, owner));
        let (name, currency) = (name.to_owned(), Currency::JPY);
        let reply = w.done(JP, owner, RegisterMerchant { id, party, name, currency });
        let Reply::Pay(pay::Reply::Merchant(view)) = reply else { panic!("{reply:?}") };
        w.store(JP, m.operator, view.merchant, "店");
        waiting.push((owner, view.merchant));
    }
    let listed = |w: &World, after, limit| {
        let query = Query::Reviews { of: pay::Shops::Waiting, after, limit };
        let Ok(Answer::Reviews(rows)) = w.cells[JP].state.answer(&query) else {
            panic!("a list is always answered");
        };
        assert!(rows.iter().all(|row| row.stores.len() == 1));
        rows.into_iter().map(|row| row.merchant.name).collect::<String>()
    };
    assert_eq!(listed(&w, None, 9), "abc");
    assert_eq!(listed(&w, None, 2), "ab");
    assert_eq!(listed(&w, Some(2), 2), "c");
    assert_eq!(listed(&w, Some(u32::MAX), 2), "");
    let mut decide = |at: usize, verdict| {
        let (_, merchant): (Actor, _) = waiting[at];
        w.done(JP, m.operator, ReviewMerchant { merchant, verdict, account: 0 });
    };
    decide(0, Verdict::Approve);
    decide(1, PAUSE);
    assert_eq!(listed(&w, None, 9), "bc", "whoever is paused stays in sight");
    // Who is approved is found by a part of its name, or of a store's, in any letters.
    let approved = |w: &World, named: &str, after| {
        let of = pay::Shops::Approved { named: named.to_owned() };
        let query = Query::Reviews { of, after, limit: 9 };
        let Ok(Answer::Reviews(rows)) = w.cells[JP].state.answer(&query) else {
            panic!("a list is always answered");
        };
        rows.into_iter().map(|row| row.entry).collect::<Vec<_>>()
    };
    assert_eq!(approved(&w, "", None), [0, 1]);
    assert_eq!(approved(&w, "", Some(0)), [1]);
    assert_eq!(approved(&w, " A", Some(0)), [1], "b and c are not approved");
    assert_eq!(approved(&w, "店", None).last(), Some(&1));
    assert_eq!(approved(&w, "no such shop", None), [0_u32; 0]);
    // Who leaves is nobody's question any more.
    let (owner, merchant) = waiting[2];
    let stores: Vec<_> = w.cells[JP].state.pay.market.stores.iter().map(|s| s.reference).collect();
    w.done(JP, m.operator, SetStoreOpen { store: stores[3], open: false });
    let party = w.party_of(JP, owner);
    w.done(JP, owner, ForgetParty { party });
    assert_eq!(listed(&w, None, 9), "b");
    let approve = ReviewMerchant { merchant, verdict: Verdict::Approve, account: 0 };
    assert_eq!(code(w.ask(JP, m.operator, pay::Command::from(approve))), "party_forgotten");
    let set = pay::Command::from(SetPayoutAccount { merchant, replaces: 0 });
    assert_eq!(code(w.ask(JP, owner, set)), "party_forgotten");
}

#[test]
fn a_name_that_hides_something_is_refused() {
    let (mut w, m) = World::open();
    let party = w.party_of(JP, m.soba);
    for name in ["a\u{202e}b", "a\u{200b}b", "\u{feff}ab", "a\u{2066}b", "a\u{ad}b"] {
        let (id, name, currency) = (w.id(), name.to_owned(), Currency::JPY);
        let register = pay::Command::from(RegisterMerchant { id, party, name, currency });
        assert_eq!(code(w.ask(JP, m.soba, register)), "text_not_plain");
    }
    let number = Query::StoreNumbered(0);
    let Ok(Answer::Store(store)) = w.cells[JP].state.answer(&number) else { panic!("store 0") };
    assert_eq!(store, m.store);
    assert!(w.cells[JP].state.answer(&Query::StoreNumbered(1)).is_err());
}
