//! Forgetting a party: who may ask and when, what is refused from then on, what ends with it, and
//! what becomes of money that comes back too late.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod support;

use corridor::CaptureMode;
use economy::{Answer, Command, Decision, IssueKey, Query, Refusal, Reply};
use kernel::{Actor, Currency, Id, Ref, Refuse, Role, Span};
use pay::command::*;
use pay::{Category, PartyView};
use support::*;

/// A market in which Li Wei's wallet is empty.
fn spent() -> (World, Market) {
    let (mut w, m) = World::open();
    pay_out(&mut w, CN, m.wallet.number);
    (w, m)
}

/// The operator moves all that an account holds to the bank.
fn pay_out(w: &mut World, cell: usize, account: u32) {
    let known = w.account(cell, account);
    let bank = w.cells[cell].state.pay.book(known.currency).unwrap().bank;
    let left = u64::try_from(known.balance()).unwrap();
    if left > 0 {
        w.by_hand(cell, account, bank, left);
    }
}

fn forget(w: &World, cell: usize, who: Actor) -> pay::Command {
    ForgetParty { party: w.party_of(cell, who) }.into()
}

fn forgotten(w: &mut World, cell: usize, by: Actor, who: Actor) {
    let asked = forget(w, cell, who);
    w.done(cell, by, asked);
    let party = w.party_of(cell, who);
    assert_eq!(w.ask(cell, Actor::CELL, Command::ConfirmForgotten(party)), Ok(Reply::Done));
}

fn view(w: &World, cell: usize, who: Actor) -> PartyView {
    match w.cells[cell].state.answer(&Query::Party(who.party)) {
        Ok(Answer::Party(Some(view))) => view,
        other => panic!("{other:?}"),
    }
}

fn listed(w: &World, query: &Query) -> Vec<u32> {
    match w.cells[CN].state.answer(query) {
        Ok(Answer::Parties(parties)) => parties.iter().map(|view| view.party.number).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn asked_then_done_each_once() {
    let (mut w, m) = spent();
    let party = w.party_of(CN, m.li);
    let confirm = || Command::ConfirmForgotten(party);
    assert_eq!(code(w.ask(CN, Actor::CELL, confirm())), "forget_not_asked");
    assert_eq!((view(&w, CN, m.li).asked, listed(&w, &Query::ToForget)), (None, vec![]));

    let asked = w.now;
    let ask = forget(&w, CN, m.li);
    let first = w.ask_keyed(CN, m.li, (7, 7), ask.clone()).unwrap();
    assert_eq!(first, Decision::New(Reply::Pay(pay::Reply::Party(party))));
    let position = w.cells[CN].records.len() as u64;
    w.pass(Span::seconds(5));
    let again = w.ask_keyed(CN, m.li, (7, 7), ask.clone());
    assert_eq!(again, Ok(Decision::Repeat { position, index: 0 }));
    // Under another key it is answered, and nothing is written.
    assert_eq!(w.done(CN, m.operator, ask.clone()), Reply::Pay(pay::Reply::Party(party)));
    assert!(w.cells[CN].facts.is_empty());
    assert_eq!((view(&w, CN, m.li).asked, view(&w, CN, m.li).forgotten), (Some(asked), None));
    assert_eq!(listed(&w, &Query::ToForget), [m.li.party]);

    assert_eq!(w.ask(CN, Actor::CELL, confirm()), Ok(Reply::Done));
    assert_eq!(w.cells[CN].facts.len(), 1);
    assert_eq!(w.ask(CN, Actor::CELL, confirm()), Ok(Reply::Done), "said twice");
    assert!(w.cells[CN].facts.is_empty(), "done once");
    let seen = view(&w, CN, m.li);
    assert_eq!((seen.asked, seen.forgotten), (Some(asked), Some(w.now)));
    assert_eq!(listed(&w, &Query::ToForget), [0; 0]);
    assert_eq!(listed(&w, &Query::Forgotten), [m.li.party]);
    w.done(CN, m.operator, ask);
    assert!(w.cells[CN].facts.is_empty(), "and asked for no more");
    assert_eq!(w.cells[CN].state.wallets_in_order(m.li), [m.wallet.number]);
}

trait Wallets {
    fn wallets_in_order(&self, who: Actor) -> Vec<u32>;
}

impl Wallets for economy::State {
    fn wallets_in_order(&self, who: Actor) -> Vec<u32> {
        self.pay.wallets_of(who.party).map(|(_, wallet)| wallet.account).collect()
    }
}

#[test]
fn only_the_party_itself_or_an_operator_asks() {
    let (mut w, m) = spent();
    let other = w.party(CN, m.operator, Role::Traveller);
    let ask = forget(&w, CN, m.li);
    assert_eq!(code(w.ask(CN, other, ask.clone())), "party_not_found");
    let party = w.party_of(CN, m.li);
    for party in [
        Ref::new(1, party.number, party.tag ^ 1),
        Ref::new(1, 99, party.tag),
        // The cell itself.
        Ref::new(1, 0, Id::<kernel::id::Party>::new(0).tag()),
    ] {
        let guess = pay::Command::from(ForgetParty { party });
        assert_eq!(code(w.ask(CN, m.operator, guess)), "party_not_found");
        let looked = w.cells[CN].state.answer(&Query::PartyOf(m.operator, party));
        assert_eq!(code(looked), "party_not_found");
        let confirm = w.ask(CN, Actor::CELL, Command::ConfirmForgotten(party));
        assert!(matches!(code(confirm), "party_not_found" | "forget_not_asked"));
    }
    let look = |actor| w.cells[CN].state.answer(&Query::PartyOf(actor, party));
    assert_eq!(code(look(other)), "party_not_found");
    for actor in [m.li, m.operator] {
        assert!(matches!(look(actor), Ok(Answer::Party(Some(view))) if view.party == party));
    }
    w.done(CN, m.li, ask);
}

/// One operator is always left, also when two want to forget each other at once.
#[test]
fn an_operator_is_forgotten_by_another_one() {
    let (mut w, m) = spent();
    let second = w.party(CN, m.operator, Role::Operator);
    let itself = forget(&w, CN, m.operator);
    assert_eq!(code(w.ask(CN, m.operator, itself.clone())), "operator_needs_another");
    w.done(CN, second, itself);
    let back = forget(&w, CN, second);
    assert_eq!(code(w.ask(CN, m.operator, back)), "party_forgotten");
}

#[test]
fn not_while_there_is_money_or_a_payment() {
    let (mut w, m) = World::open();
    let ask = forget(&w, CN, m.li);
    let refusal = w.ask(CN, m.li, ask.clone()).unwrap_err();
    assert_eq!(refusal.code(), "party_has_money");
    assert!(refusal.to_string().contains("252251 in minor units of CNY"), "{refusal}");

    let held = w.held(&m, 3_200);
    assert_eq!(code(w.ask(CN, m.li, ask.clone())), "party_has_open_payments");
    // Whatever else is in the wallet: a payment comes first.
    let rest = u64::try_from(w.account(CN, m.wallet.number).available()).unwrap();
    let bank = w.cells[CN].state.pay.book(Currency::CNY).unwrap().bank;
    w.by_hand(CN, m.wallet.number, bank, rest);
    assert_eq!(code(w.ask(CN, m.li, ask.clone())), "party_has_open_payments");
    w.release(&m, held).unwrap();
    w.settle();
    assert_eq!(code(w.ask(CN, m.li, ask.clone())), "party_has_money");
    pay_out(&mut w, CN, m.wallet.number);

    // An older wallet counts as much as the newest.
    let yen = w.wallet(CN, m.operator, m.li, Currency::JPY, 0);
    let more = w.wallet(CN, m.operator, m.li, Currency::CNY, 70);
    let numbers = [more, yen, m.wallet].map(|wallet| wallet.number);
    assert_eq!(w.cells[CN].state.wallets_in_order(m.li), numbers);
    assert_eq!(code(w.ask(CN, m.li, ask.clone())), "party_has_money");
    let newest = w.wallet(CN, m.operator, m.li, Currency::CNY, 0);
    assert_eq!(w.cells[CN].state.wallets_in_order(m.li)[0], newest.number);
    assert_eq!(code(w.ask(CN, m.li, ask.clone())), "party_has_money");
    pay_out(&mut w, CN, more.number);
    w.done(CN, m.li, ask);
}

#[test]
fn a_merchant_closes_its_shop_first() {
    let (mut w, m) = World::open();
    let ask = forget(&w, JP, m.soba);
    let asked = w.requested(&m, 500);
    assert_eq!(code(w.ask(JP, m.soba, ask.clone())), "party_has_open_store");
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    assert_eq!(code(w.ask(JP, m.soba, ask.clone())), "party_has_open_payments");
    w.done(JP, m.soba, CancelPayment { payment: asked });
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: true });
    w.paid(&m, 3_200);
    w.done(JP, m.soba, SetStoreOpen { store: m.store, open: false });
    let refusal = w.ask(JP, m.soba, ask.clone()).unwrap_err();
    assert!(refusal.to_string().contains("3168 in minor units of JPY"), "{refusal}");
    pay_out(&mut w, JP, m.merchant.number);
    w.done(JP, m.soba, ask);

    let open = SetStoreOpen { store: m.store, open: true };
    let store = OpenStore {
        id: w.id(),
        merchant: m.merchant,
        name: "二号店".into(),
        latin_name: None,
        city: "Nara".into(),
        category: Category::Other,
        prefecture: 29,
    };
    let party = w.party_of(JP, m.soba);
    let (id, name) = (w.id(), "Again".to_owned());
    let merchant = RegisterMerchant { id, party, name, currency: Currency::JPY };
    let till = AddTill { id: w.id(), store: m.store, name: "2".into() };
    let request = m.request(&mut w, 5, CaptureMode::Now);
    let rows: [pay::Command; 5] =
        [open.into(), store.into(), merchant.into(), till.into(), request.into()];
    for command in rows {
        assert_eq!(code(w.ask(JP, m.operator, command.clone())), "party_forgotten", "{command:?}");
    }
}

#[test]
fn nothing_new_is_done_from_the_asking_on() {
    let (mut w, m) = World::open();
    // A quote that was made before is worth nothing after.
    let payment = w.requested(&m, 500);
    let before = w.quote_for(&m, payment, 500);
    let before = w.quoted(&m, before).unwrap().quote;
    pay_out(&mut w, CN, m.wallet.number);
    let ask = forget(&w, CN, m.li);
    w.done(CN, m.li, ask);
    let party = w.party_of(CN, m.li);
    let key = Command::IssueKey(IssueKey {
        id: w.id(),
        hash: [1; 32],
        party: m.li.party,
        role: Role::Traveller,
        expires: None,
        person: m.li.party,
        form: economy::people::KeyForm::Api,
        scopes: economy::ANY_SCOPE,
    });
    let quote = w.quote_for(&m, payment, 500);
    let top_up = TopUpWallet { wallet: m.wallet, amount: 5, reference: "bank 99".into() };
    let rows: [Command; 6] = [
        Command::Pay(OpenWallet { id: w.id(), party, currency: Currency::CNY }.into()),
        Command::Pay(top_up.into()),
        Command::Pay(quote.into()),
        Command::Pay(ConfirmPayment { quote: before, again: true }.into()),
        Command::Pay(
            PayHere {
                payment: w.id(),
                wallet: m.wallet,
                store: m.store,
                amount: 5,
                requested: false,
                again: true,
                place: None,
            }
            .into(),
        ),
        key,
    ];
    for done in [false, true] {
        for command in &rows {
            for actor in [m.li, m.operator] {
                let told = code(w.ask(CN, actor, command.clone()));
                assert_eq!(told, "party_forgotten", "{command:?} by {actor:?}, done: {done}");
            }
        }
        w.ask(CN, Actor::CELL, Command::ConfirmForgotten(party)).unwrap();
    }
    // What there was can still be looked at, and the books stay.
    let wallet = w.cells[CN].state.answer(&Query::Wallet(m.li, m.wallet));
    assert!(matches!(wallet, Ok(Answer::Wallet(view)) if view.balance == 0));
}

#[test]
fn all_keys_of_the_party_end_with_it() {
    let (mut w, m) = spent();
    let issue = |w: &mut World, party: u32| {
        let (id, role) = (w.id(), Role::Traveller);
        let key = IssueKey {
            id,
            hash: [party as u8; 32],
            party,
            role,
            expires: None,
            person: party,
            form: economy::people::KeyForm::Api,
            scopes: economy::ANY_SCOPE,
        };
        w.ask(CN, m.operator, Command::IssueKey(key)).unwrap();
        id.0
    };
    let keys = [issue(&mut w, m.li.party), issue(&mut w, m.li.party)];
    let other = w.party(CN, m.operator, Role::Traveller);
    let others = issue(&mut w, other.party);
    let ask = forget(&w, CN, m.li);
    w.done(CN, m.li, ask);
    let ended = |w: &World, id: u128| w.cells[CN].state.keys()[&id].revoked;
    assert!(!ended(&w, keys[0]), "it may look until it is done");
    let party = w.party_of(CN, m.li);
    w.ask(CN, Actor::CELL, Command::ConfirmForgotten(party)).unwrap();
    assert!(keys.iter().all(|id| ended(&w, *id)) && !ended(&w, others));
}

/// A refund across comes too late: it is owed to nobody who is known, and stands in suspense for
/// the operator. Both books still agree.
#[test]
fn what_comes_back_for_a_forgotten_payer_stands_in_suspense() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    w.refund(&m, payment, 1_000).unwrap();
    w.settle();
    pay_out(&mut w, CN, m.wallet.number);
    let ask = forget(&w, CN, m.li);
    w.done(CN, m.li, ask);
    // 3,200 JPY cost 136.06 CNY; the second part comes between asked and done, the third after.
    w.refund(&m, payment, 500).unwrap();
    w.settle();
    let party = w.party_of(CN, m.li);
    w.ask(CN, Actor::CELL, Command::ConfirmForgotten(party)).unwrap();
    w.refund(&m, payment, 1_700).unwrap();
    w.settle();
    let back = 13_606 - 4_251;
    assert_eq!(w.kept(CN, Currency::CNY).suspense, back);
    assert_eq!(w.account(CN, m.wallet.number).balance(), 0);
    assert_eq!(w.kept(CN, Currency::CNY).fx, 0);
    assert_eq!((w.kept(CN, Currency::CNY).spread, w.frozen(CN)), (0, None));
    assert_eq!(w.nostro().balance(), w.mirror().balance());
    assert_eq!(w.legs(payment).payer.unwrap().refunded, 3_200);
}

/// What the accounts can't give any more is still owed, by suspense to itself.
#[test]
fn a_refund_that_is_stranded_when_the_earnings_are_gone() {
    let (mut w, m) = World::open();
    let payment = w.paid(&m, 3_200);
    pay_out(&mut w, CN, m.wallet.number);
    let spread = w.cells[CN].state.pay.book(Currency::CNY).unwrap().spread;
    pay_out(&mut w, CN, spread);
    forgotten(&mut w, CN, m.operator, m.li);
    w.refund(&m, payment, 3_200).unwrap();
    w.settle();
    let stranded = w.cells[CN].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::RefundStranded(fact)) => Some(fact.clone()),
        _ => None,
    });
    let fact = stranded.expect("the last message of the yen cell");
    assert_eq!((fact.returned, fact.from_suspense), (13_606, 68));
    assert_eq!(w.kept(CN, Currency::CNY).suspense, 13_606 - 68);
}

/// Inside one cell the shop hears of it at once, and the money stays with the shop.
#[test]
fn a_shop_can_not_refund_a_forgotten_payer_of_its_own_cell() {
    let (mut w, m) = World::open();
    let payment = w.id();
    let (wallet, store) = (m.yen_wallet, m.store);
    let pays = PayHere {
        payment,
        wallet,
        store,
        amount: 800,
        requested: false,
        again: false,
        place: None,
    };
    w.done(JP, m.hana, pays);
    pay_out(&mut w, JP, m.yen_wallet.number);
    forgotten(&mut w, JP, m.hana, m.hana);
    let refund = pay::Command::from(RefundPayment { id: w.id(), payment, amount: 800 });
    assert_eq!(w.ask(JP, m.soba, refund), Err(Refusal::Pay(pay::Refusal::PayerForgotten)));
}
