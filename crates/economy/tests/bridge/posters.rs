//! What hangs in a store: ids of other networks, places with codes of their own, and what is paid at
//! a place, with its amount held to.

use corridor::DeclineReason;
use kernel::{Id, Span};
use pay::command::{MakeQuote, PayHere, PlaceWords, SetAcceptance, SetPlaces};
use pay::emvco::{self, EnishiCode, JpqrId};
use pay::event::{PlacesSet, SalePlaced};
use pay::{Acceptance, Network, Place, PostersView, Status};

use crate::support::*;

fn words(label: &str, amount: Option<u64>) -> PlaceWords {
    PlaceWords { label: label.to_owned(), amount, reference: None }
}

fn set(m: &Market, set: Vec<PlaceWords>, end: &[&str]) -> SetPlaces {
    SetPlaces { store: m.store, set, end: end.iter().map(|&label| label.to_owned()).collect() }
}

fn posters(w: &World, m: &Market) -> PostersView {
    w.cells[JP].state.world().posters(w.now, m.store).expect("the store is there")
}

fn labels(w: &World, m: &Market) -> Vec<(u16, String)> {
    posters(w, m).places.into_iter().map(|place| (place.number, place.label)).collect()
}

/// Where a payment was made, by the facts of the seller's cell.
fn placed(w: &World) -> Option<Place> {
    w.cells[JP].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::SalePlaced(SalePlaced { place, .. })) => {
            Some(place.clone())
        }
        _ => None,
    })
}

fn jpqr() -> Network {
    Network::Jpqr(["0000000000001", "0001", "000001", "000001"].map(str::to_owned))
}

fn number(tag: u8, value: &str) -> Network {
    Network::Number { tag, value: value.to_owned(), name: "UnionPay".to_owned() }
}

fn template(scheme: &str) -> Network {
    let entries = vec![(1, "2088123412341234".to_owned())];
    Network::Template { scheme: scheme.to_owned(), entries, name: "Alipay+".to_owned() }
}

fn accepts(w: &World, m: &Market, networks: Vec<Network>) -> SetAcceptance {
    let (postal, source) = (Some("506-0001".to_owned()), "contract 17".to_owned());
    let acceptance = Acceptance { networks, postal, source };
    SetAcceptance { store: m.store, from: w.now, acceptance }
}

#[test]
fn a_place_keeps_its_number_until_its_words_change() {
    let (mut w, m) = World::open();
    w.done(JP, m.soba, set(&m, vec![words("1", None), words("2", None), words("入口", None)], &[]));
    let three = [(1, "1".to_owned()), (2, "2".to_owned()), (3, "入口".to_owned())];
    assert_eq!(labels(&w, &m), three);
    // The same once more is the same, and nothing is written.
    let records = w.cells[JP].records.len();
    w.done(JP, m.soba, set(&m, vec![words("2", None)], &[]));
    assert_eq!(w.cells[JP].records.len(), records);
    // Another amount is another code: the one that hangs there says nothing any more.
    w.done(JP, m.soba, set(&m, vec![words("入口", Some(500))], &["1"]));
    assert_eq!(labels(&w, &m), [(2, "2".to_owned()), (4, "入口".to_owned())]);
    // A number that was given is never given again.
    w.done(JP, m.soba, set(&m, vec![words("1", None)], &[]));
    assert_eq!(labels(&w, &m).last(), Some(&(5, "1".to_owned())));
}

#[test]
fn what_speaks_against_places() {
    let (mut w, m) = World::open();
    let mut try_it = |command: SetPlaces| code(w.ask(JP, m.soba, pay::Command::from(command)));
    let twice = vec![words("1", None), words("1", Some(5))];
    assert_eq!(try_it(set(&m, twice, &[])), "place_twice");
    assert_eq!(try_it(set(&m, vec![words("", None)], &[])), "text_unfit");
    assert_eq!(try_it(set(&m, vec![words("***", None)], &[])), "text_unfit");
    assert_eq!(try_it(set(&m, vec![words(&"x".repeat(26), None)], &[])), "text_unfit");
    assert_eq!(try_it(set(&m, vec![words("1\u{202e}", None)], &[])), "text_not_plain");
    assert_eq!(try_it(set(&m, vec![words("1", Some(0))], &[])), "amount_must_not_be_zero");
    let most = Some(10_000_000_000);
    assert_eq!(try_it(set(&m, vec![words("1", most)], &[])), "amount_too_large");
    assert_eq!(try_it(set(&m, vec![], &["9"])), "place_not_found");
    let many = (0..=500).map(|n| words(&n.to_string(), None)).collect();
    assert_eq!(try_it(set(&m, many, &[])), "too_many_places");
    let most: Vec<_> = (1..=500).map(|n| words(&n.to_string(), None)).collect();
    w.done(JP, m.soba, set(&m, most, &[]));
    let one_more = pay::Command::from(set(&m, vec![words("501", None)], &[]));
    assert_eq!(code(w.ask(JP, m.soba, one_more.clone())), "too_many_places");
    assert_eq!(code(w.ask(JP, m.hana, one_more)), "store_not_found", "another's");
    let swap = set(&m, vec![words("501", None)], &["7"]);
    w.done(JP, m.soba, swap);
    let by = w.cells[JP].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::PlacesSet(PlacesSet { by, .. })) => Some(*by),
        _ => None,
    });
    assert_eq!(by.map(|by| by.person), Some(m.soba.person), "who said so is written down");
}

#[test]
fn a_table_is_paid_across_the_bridge_and_named() {
    let (mut w, m) = World::open();
    let seven = PlaceWords { reference: Some("2F".to_owned()), ..words("7", None) };
    w.done(JP, m.soba, set(&m, vec![seven], &[]));
    let payment = w.id();
    let quote = MakeQuote { place: Some(1), ..w.quote_for(&m, payment, 980) };
    let quote = w.quoted(&m, quote).unwrap().quote;
    w.confirm(&m, quote).unwrap();
    w.deliver(CN);
    let place = placed(&w).expect("the sale says where");
    assert_eq!((place.label.as_str(), place.reference.as_deref()), ("7", Some("2F")));
    w.settle();
    assert_eq!(w.status(CN, payment), Some(Status::Captured));
    assert_agreed(&w);
}

/// The amount is the store's to say, and its cell holds every payer's cell to it.
#[test]
fn another_amount_than_the_places_own_is_declined() {
    let (mut w, m) = World::open();
    w.done(JP, m.soba, set(&m, vec![words("入口", Some(500))], &[]));
    let pays = |w: &mut World, amount, place| {
        let payment: Id<kernel::id::Payment> = w.id();
        let quote = MakeQuote { place: Some(place), ..w.quote_for(&m, payment, amount) };
        let quote = w.quoted(&m, quote).unwrap().quote;
        w.confirm_again(&m, quote).unwrap();
        w.settle();
        let leg = w.legs(payment).payer.unwrap();
        (leg.status, leg.declined)
    };
    let differs = Some(DeclineReason::AmountDiffers);
    assert_eq!(pays(&mut w, 499, 1), (Status::Declined, differs));
    assert_eq!(pays(&mut w, 501, 1), (Status::Declined, differs));
    assert_eq!(pays(&mut w, 500, 1), (Status::Captured, None));
    let gone = Some(DeclineReason::PlaceWithdrawn);
    assert_eq!(pays(&mut w, 500, 2), (Status::Declined, gone), "never given");
    w.done(JP, m.soba, set(&m, vec![], &["入口"]));
    assert_eq!(pays(&mut w, 500, 1), (Status::Declined, gone), "withdrawn");
    assert_agreed(&w);
}

#[test]
fn the_same_holds_inside_one_cell() {
    let (mut w, m) = World::open();
    w.done(JP, m.soba, set(&m, vec![words("入口", Some(500))], &[]));
    let here = |w: &mut World, amount, place| {
        let (payment, wallet, store) = (w.id(), m.yen_wallet, m.store);
        let again = true;
        let pay = PayHere { payment, wallet, store, amount, requested: false, again, place };
        w.ask(JP, m.hana, pay::Command::from(pay))
    };
    assert_eq!(code(here(&mut w, 499, Some(1))), "amount_differs");
    assert_eq!(code(here(&mut w, 500, Some(2))), "place_withdrawn");
    here(&mut w, 500, Some(1)).unwrap();
    assert_eq!(placed(&w).map(|place| place.amount), Some(Some(500)));
    here(&mut w, 499, None).unwrap();
    assert_eq!(placed(&w), None, "the store's own poster names no place");
}

/// Ids stand on the code beside ours from the day they hold, and JPQR's rules are kept.
#[test]
fn ids_of_other_networks_hold_from_their_day() {
    let (mut w, m) = World::open();
    let all = vec![number(15, "1234567812345678"), jpqr(), template("com.alipay")];
    let mut later = accepts(&w, &m, all);
    later.from = w.now.plus(Span::days(2));
    w.done(JP, m.soba, later);
    assert_eq!(posters(&w, &m).acceptance, None);
    assert!(posters(&w, &m).next.is_some(), "they are seen before they hold");
    w.pass(Span::days(2));
    let ids = posters(&w, &m).acceptance.unwrap();
    let mut board = board();
    ids.onto(&mut board).unwrap();
    let text = emvco::encode(&board.static_code("jp", "store1").unwrap()).unwrap();
    assert!(text.contains("15161234567812345678"), "{text}");
    assert!(text.contains("26680019jp.or.paymentsjapan"), "{text}");
    assert!(text.contains("0010enishi.pay"), "{text}");
    let code = emvco::decode(&text).unwrap();
    let tags = |scheme| code.accounts_of(scheme).map(|it| it.tag).collect::<Vec<u8>>();
    assert_eq!(tags("jp.or.paymentsjapan"), [26]);
    assert_eq!(tags("enishi.pay"), [27], "ours moves where JPQR takes 26");
    assert_eq!(tags("com.alipay"), [28]);
    assert!(JpqrId::find(&code).unwrap().is_some());
    assert_eq!(EnishiCode::find(&code).unwrap().unwrap().place(), None);
    let end = accepts(&w, &m, vec![]);
    let acceptance = Acceptance { postal: None, ..end.acceptance.clone() };
    w.done(JP, m.soba, SetAcceptance { acceptance, ..end });
    assert_eq!(posters(&w, &m).acceptance, None);
}

fn board() -> emvco::Signboard {
    let language = "JA".to_owned();
    let name = "そば処 山ぼうし".to_owned();
    let local = emvco::LocalText { language, name, city: None, reserved: Vec::new() };
    emvco::Signboard {
        category: 5812,
        currency: 392,
        exponent: 0,
        country: "JP".to_owned(),
        name: "Yamaboshi Soba".to_owned(),
        city: "Takayama".to_owned(),
        postal: None,
        local: Some(local),
        terminal: None,
        jpqr: None,
        others: Vec::new(),
    }
}

#[test]
fn what_speaks_against_ids() {
    let (mut w, m) = World::open();
    let mut refused = |networks: Vec<Network>| {
        let command = accepts(&w, &m, networks);
        match w.ask(JP, m.soba, pay::Command::from(command)) {
            Err(economy::Refusal::Pay(pay::Refusal::AcceptanceUnfit { problem })) => problem,
            other => panic!("{other:?}"),
        }
    };
    let short = Network::Jpqr(["1", "0001", "000001", "000001"].map(str::to_owned));
    assert!(refused(vec![short]).contains("13, 4, 6 and 6"));
    assert!(refused(vec![jpqr(), jpqr()]).contains("twice"));
    assert!(refused(vec![number(15, "1"), number(15, "2")]).contains("one tag"));
    assert!(refused(vec![number(26, "1")]).contains("2 to 25"));
    assert!(refused(vec![number(15, "1 2")]).contains("without spaces"));
    assert!(refused(vec![template("com.a"), template("com.a")]).contains("one name"));
    assert!(refused(vec![template("enishi.pay")]).contains("by itself"));
    assert!(refused(vec![template("")]).contains("1 to 32"));
    let long = |scheme: &str| Network::Template {
        scheme: scheme.to_owned(),
        entries: vec![(1, "9".repeat(70))],
        name: "Long".to_owned(),
    };
    let many = ["com.a", "com.b", "com.c", "com.d"].map(long).to_vec();
    assert!(refused(many).contains("512"), "all that may come must fit");
    // JPQR asks for a postal code.
    let mut bare = accepts(&w, &m, vec![jpqr()]);
    bare.acceptance.postal = None;
    assert_eq!(code(w.ask(JP, m.soba, pay::Command::from(bare))), "acceptance_unfit");
    let good = pay::Command::from(accepts(&w, &m, vec![jpqr()]));
    assert_eq!(code(w.ask(JP, m.hana, good.clone())), "store_not_found", "another's");
    w.ask(JP, m.soba, good).unwrap();
}
