//! Ids that make something: asked for again it is found, with other particulars it is refused, and
//! nothing is ever made twice.

mod support;

use economy::{Command, OpenAccount, Refusal, Reply, Restorer};
use kernel::id::{Account, Merchant, Party, Store, Till, Wallet};
use kernel::snapshot::blocks;
use kernel::{Actor, Currency, Id, Ref, Role, Span};
use ledger::SideRule;
use pay::Category;
use pay::command::*;
use support::*;

/// Asks and says what came of it: the reply, or the word of the refusal.
fn told(w: &mut World, actor: Actor, command: impl Into<Command>) -> Result<Reply, &'static str> {
    w.ask(JP, actor, command).map_err(|refusal: Refusal| kernel::Refuse::code(&refusal))
}

/// The first makes something; asked for again, it is the same and nothing is written; each of the
/// others is another thing under the same id.
#[track_caller]
fn once(w: &mut World, actor: Actor, first: pay::Command, others: Vec<(pay::Command, &str)>) {
    let made = told(w, actor, first.clone());
    assert!(made.is_ok(), "{first:?}: {made:?}");
    let before = w.cells[JP].observe();
    // Also after the id has become too old to make anything.
    for days in [0, 3] {
        w.pass(Span::days(days));
        assert_eq!(told(w, actor, first.clone()), made, "{first:?}");
        for (other, word) in &others {
            assert_eq!(told(w, actor, other.clone()), Err(*word), "{other:?}");
        }
    }
    assert_eq!(w.cells[JP].observe(), before, "nothing was made");
    // A state from a snapshot knows it as well.
    let state = &mut w.cells[JP].state;
    let mut written = Vec::new();
    let mut pieces = state.begin_snapshot();
    pieces.extend(std::iter::from_fn(|| state.copy_step()));
    pieces.into_iter().for_each(|piece| piece(&mut written));
    let mut restorer = Restorer::default();
    for block in blocks(&written) {
        let (tag, block) = block.expect("a whole block");
        restorer.read(tag, block).expect("a block of a state");
    }
    let live = std::mem::replace(state, restorer.finish(2, 99).expect("all blocks have come"));
    assert_eq!(told(w, actor, first.clone()), made, "from a snapshot: {first:?}");
    let (other, word) = &others[0];
    assert_eq!(told(w, actor, other.clone()), Err(*word), "from a snapshot");
    w.cells[JP].state = live;
}

#[test]
fn a_party() {
    let (mut w, m) = World::open();
    let id: Id<Party> = w.id();
    let first = RegisterParty { id, role: Role::Merchant };
    let other = RegisterParty { role: Role::Traveller, ..first.clone() };
    once(&mut w, m.operator, first.into(), vec![(other.into(), "party_exists")]);
}

#[test]
fn a_wallet() {
    let (mut w, m) = World::open();
    let (id, party): (Id<Wallet>, _) = (w.id(), w.party_of(JP, m.hana));
    let first = OpenWallet { id, party, currency: Currency::JPY };
    let yuan = OpenWallet { currency: Currency::CNY, ..first.clone() };
    let nobody = OpenWallet { party: Ref::new(2, 99, 1), ..first.clone() };
    let shop = OpenWallet { party: w.party_of(JP, m.soba), ..first.clone() };
    let others = vec![
        (yuan.into(), "wallet_exists"),
        (nobody.into(), "party_not_found"),
        (shop.into(), "party_not_found"),
    ];
    once(&mut w, m.hana, first.clone().into(), others);
    // Who may act for both is told so as well; a stranger is told nothing.
    let shop = OpenWallet { party: w.party_of(JP, m.soba), ..first.clone() };
    assert_eq!(told(&mut w, m.operator, pay::Command::from(shop)), Err("wallet_exists"));
    assert_eq!(told(&mut w, m.soba, pay::Command::from(first.clone())), Err("party_not_found"));
    // What is in it meanwhile is told as it is.
    let Ok(Reply::Pay(pay::Reply::Wallet(view))) =
        told(&mut w, m.hana, pay::Command::from(first.clone()))
    else {
        panic!("a wallet")
    };
    let top_up = TopUpWallet { wallet: view.wallet, amount: 700, reference: "jcb 7".into() };
    w.done(JP, m.operator, top_up);
    let Ok(Reply::Pay(pay::Reply::Wallet(now))) = told(&mut w, m.hana, pay::Command::from(first))
    else {
        panic!("a wallet")
    };
    assert_eq!((now.wallet, now.balance), (view.wallet, 700));
}

#[test]
fn a_merchant() {
    let (mut w, m) = World::open();
    let (id, party): (Id<Merchant>, _) = (w.id(), w.party_of(JP, m.soba));
    let first = RegisterMerchant { id, party, name: "A".into(), currency: Currency::JPY };
    let other_name = RegisterMerchant { name: "B".into(), ..first.clone() };
    let yuan = RegisterMerchant { currency: Currency::CNY, ..first.clone() };
    let nobody = RegisterMerchant { party: Ref::new(2, 99, 1), ..first.clone() };
    let others = vec![
        (other_name.into(), "merchant_exists"),
        (yuan.into(), "merchant_exists"),
        (nobody.into(), "party_not_found"),
    ];
    once(&mut w, m.soba, first.clone().into(), others);
    let theirs = RegisterMerchant { party: w.party_of(JP, m.hana), ..first };
    assert_eq!(told(&mut w, m.operator, pay::Command::from(theirs)), Err("merchant_exists"));
}

#[test]
fn a_store() {
    let (mut w, m) = World::open();
    let second = w.merchant(JP, m.operator, m.soba, "Second", Currency::JPY);
    let id: Id<Store> = w.id();
    let first = OpenStore {
        id,
        merchant: m.merchant,
        name: "店".into(),
        latin_name: None,
        city: "Kyoto".into(),
        category: Category::Restaurant,
        prefecture: 26,
    };
    let others = [
        OpenStore { name: "二号店".into(), ..first.clone() },
        OpenStore { latin_name: Some("Mise".into()), ..first.clone() },
        OpenStore { city: "Nara".into(), ..first.clone() },
        OpenStore { category: Category::Other, ..first.clone() },
        OpenStore { prefecture: 29, ..first.clone() },
        OpenStore { merchant: second, ..first.clone() },
    ];
    let others = others.map(|other| (other.into(), "store_exists")).to_vec();
    once(&mut w, m.soba, first.clone().into(), others);
    assert_eq!(told(&mut w, m.hana, pay::Command::from(first)), Err("merchant_not_found"));
}

#[test]
fn a_till() {
    let (mut w, m) = World::open();
    let second = w.store(JP, m.operator, m.merchant, "二号店");
    let id: Id<Till> = w.id();
    let first = AddTill { id, store: m.store, name: "1".into() };
    let others =
        [AddTill { name: "2".into(), ..first.clone() }, AddTill { store: second, ..first.clone() }];
    let others = others.map(|other| (other.into(), "till_exists")).to_vec();
    once(&mut w, m.soba, first.clone().into(), others);
    assert_eq!(told(&mut w, m.hana, pay::Command::from(first)), Err("store_not_found"));
}

#[test]
fn an_account_of_the_operators() {
    let (mut w, m) = World::open();
    let id: Id<Account> = w.id();
    let first = OpenAccount { id, currency: Currency::JPY, rule: SideRule::NeverOverdrawn };
    let made = told(&mut w, m.operator, Command::OpenAccount(first.clone()));
    assert!(made.is_ok());
    let count = w.cells[JP].state.book.account_count();
    w.pass(Span::days(3));
    assert_eq!(told(&mut w, m.operator, Command::OpenAccount(first.clone())), made);
    for other in [
        OpenAccount { currency: Currency::CNY, ..first.clone() },
        OpenAccount { rule: SideRule::Free, ..first },
    ] {
        let told = told(&mut w, m.operator, Command::OpenAccount(other));
        assert_eq!(told, Err("account_exists"));
    }
    assert_eq!(w.cells[JP].state.book.account_count(), count);
}

/// One id may make one thing of each kind: kinds are told apart by what is asked for.
#[test]
fn kinds_do_not_meet() {
    let (mut w, m) = World::open();
    let id: Id<Party> = w.id();
    let party = w.party_of(JP, m.soba);
    w.done(JP, m.operator, RegisterParty { id, role: Role::Merchant });
    w.done(JP, m.soba, OpenWallet { id: id.cast(), party, currency: Currency::JPY });
    let (name, currency) = ("M".to_owned(), Currency::JPY);
    w.done(JP, m.soba, RegisterMerchant { id: id.cast(), party, name, currency });
    w.done(JP, m.soba, AddTill { id: id.cast(), store: m.store, name: "T".into() });
}
