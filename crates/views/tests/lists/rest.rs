//! Totals, events, the corridor, the directory.

use corridor::CaptureMode;
use kernel::Span;
use views::{By, Events, Listener, PaymentFilter};

use crate::given::{Market, START};
use crate::views_of;

#[test]
fn totals_are_net_and_by_the_days_of_the_cell() {
    let mut market = Market::busy();
    let (_folder, jp) = views_of(&market.jp);
    let today = jp.day(START).unwrap();
    assert_eq!(today, START.day(Span::hours(9)));
    let by_prefecture = jp.totals(By::Prefecture, (today, today)).unwrap();
    let numbers: Vec<_> = by_prefecture
        .iter()
        .map(|total| (total.key.as_str(), total.payments, total.refunds, total.net()))
        .collect();
    assert_eq!(numbers, [("13", 1, 1, 800), ("26", 2, 2, 6_333)]);
    let merchant = &jp.totals(By::Merchant, (0, u32::MAX)).unwrap()[0];
    assert_eq!(merchant.key, market.merchant.to_string());
    let account = market.jp.state.book.account(market.merchant.number).unwrap();
    assert_eq!(i128::from(merchant.net() - merchant.fee), account.balance());
    assert_eq!(jp.payments_captured().unwrap(), 3);
    // In the night of Japan it is the next day there, and still the same one in UTC.
    market.pass(13 * 3_600);
    market.pay_home(market.museum, 100);
    let (_folder, jp) = views_of(&market.jp);
    let tomorrow = jp.totals(By::Category, (today + 1, today + 1)).unwrap();
    assert_eq!((tomorrow.len(), tomorrow[0].key.as_str()), (1, "attraction"));
    assert_eq!(jp.totals(By::Day, (today, today + 1)).unwrap().len(), 2);
}

#[test]
fn events_are_told_to_whom_they_concern() {
    let market = Market::busy();
    let (_folder, cn) = views_of(&market.cn);
    let asked = |after, listener, limit| match cn.events_after(after, listener, limit).unwrap() {
        Events::Found { events, through } => (events, through),
        Events::Gone { oldest } => panic!("gone before {oldest}"),
    };
    let told = |after, listener, limit| asked(after, listener, limit).0;
    let hers = Listener::Party(market.traveller.number);
    let everything = told(0, Listener::All, 500);
    let found = told(0, hers, 500);
    assert!(!found.is_empty() && found.len() < everything.len());
    assert!(found.iter().all(|event| event.wallet == Some(market.wallet)));
    assert_eq!(told(0, Listener::Wallet(market.wallet.number), 500), found);
    // Resumed in the middle, it goes on behind.
    let (seen, rest) = found.split_at(3);
    assert!(seen[2].at.position < rest[0].at.position, "two groups");
    assert_eq!(told(seen[2].at.position, hers, 500), rest);
    // In parts, by whole groups, it is the same.
    let (mut parts, mut after) = (Vec::new(), 0);
    while after < cn.position() {
        let (some, through) = asked(after, hers, 2);
        assert!(through > after && some.iter().all(|event| event.at.position <= through));
        (after, parts) = (through, [parts, some].concat());
    }
    assert_eq!(parts, found);
    let payment = found.iter().find_map(|event| event.payment).unwrap();
    let its = told(0, Listener::Payment(payment), 500);
    assert!(!its.is_empty() && its.iter().all(|event| event.payment == Some(payment)));
    let (_folder, jp) = views_of(&market.jp);
    let store = jp.events_after(0, Listener::Store(market.store.number), 500).unwrap();
    let Events::Found { events: store, .. } = store else { panic!("nothing was dropped") };
    let declined = store.iter().find(|event| event.kind == "sale_declined").unwrap();
    assert_eq!(declined.detail.as_deref(), Some("store_paused"));
}

#[test]
fn the_corridor_shows_what_is_under_way() {
    let mut market = Market::new();
    let payment = market.request(1_000, CaptureMode::Now);
    market.confirm(payment, 1_000, CaptureMode::Now);
    let (_folder, cn) = views_of(&market.cn);
    let waiting = cn.in_flight(10).unwrap();
    assert_eq!(waiting.iter().map(|row| row.payment).collect::<Vec<_>>(), [payment]);
    let link = &cn.links().unwrap()[0];
    assert_eq!((link.name.as_str(), link.in_flight, link.frozen.as_deref()), ("jp", 1, None));
    let ours = market.cn.state.corridor.links[0].clone();
    assert_eq!((link.sent, link.received), (ours.sent, ours.received));
    let mirror = market.cn.state.book.account(ours.mirror.unwrap()).unwrap().balance();
    assert_eq!(link.mirror.map(i128::from), Some(mirror));
    market.settle();
    let (_folder, cn) = views_of(&market.cn);
    assert!(cn.in_flight(10).unwrap().is_empty());
}

#[test]
fn a_party_that_asked_to_be_forgotten() {
    let mut market = Market::left_behind();
    let number = market.traveller.number;
    let asked = market.cn.now;
    let (_folder, cn) = views_of(&market.cn);
    let party = cn.party(number).unwrap().unwrap();
    assert_eq!((party.asked, party.forgotten), (Some(asked), None));
    market.forget();
    let (_folder, cn) = views_of(&market.cn);
    let party = cn.party(number).unwrap().unwrap();
    assert_eq!((party.asked, party.forgotten), (Some(asked), Some(market.cn.now)));
    // Its payments stay in the books: what came back too late is known, and in no wallet.
    let wallet = cn.wallet(market.wallet).unwrap().unwrap();
    let lines = cn.statement(market.wallet, None, 10).unwrap();
    assert_eq!((wallet.balance, lines.len()), (0, 4));
    let paid = &cn.payments(&PaymentFilter::default(), None, 10).unwrap()[0];
    assert_eq!((paid.captured, paid.refunded), (3_200, 1_200));
    let events = cn.events_after(0, Listener::All, 500).unwrap();
    let Events::Found { events, .. } = events else { panic!("{events:?}") };
    let told = |kind: &str| events.iter().find(|event| event.kind == kind).unwrap();
    assert_eq!(told("forget_asked").detail, Some(market.traveller.to_string()));
    assert_eq!(told("party_forgotten").time, market.cn.now);
    assert_eq!(told("refund_stranded").wallet, Some(market.wallet));
}

#[test]
fn the_directory_knows_the_market() {
    let market = Market::busy();
    let (_folder, jp) = views_of(&market.jp);
    let stores = jp.stores().unwrap();
    assert_eq!(stores.len(), 2);
    assert_eq!(jp.store(market.store).unwrap().as_ref(), Some(&stores[0]));
    assert_eq!(jp.stores_of(market.merchant).unwrap(), stores);
    assert!(stores[0].open && stores[0].prefecture == 26);
    let guess = kernel::Ref::new(market.store.cell, market.store.number, market.store.tag ^ 1);
    assert_eq!(jp.store(guess).unwrap(), None);
    assert_eq!(jp.tills_of(market.store).unwrap()[0].reference, market.till);
    assert_eq!(jp.till(market.till).unwrap().unwrap().store, market.store);
    let merchant = &jp.merchants().unwrap()[0];
    let account = market.jp.state.book.account(market.merchant.number).unwrap();
    assert_eq!(i128::from(merchant.balance), account.balance());
    assert_eq!(jp.merchants_of(merchant.party.number).unwrap(), jp.merchants().unwrap());
    let (_folder, cn) = views_of(&market.cn);
    let wallets = cn.wallets_of(market.traveller.number).unwrap();
    assert_eq!(wallets[0].reference, market.wallet);
    assert_eq!(cn.wallet(market.wallet).unwrap().unwrap(), wallets[0]);
    assert_eq!(cn.parties(0, 10).unwrap()[0].reference, market.traveller);
    assert_eq!(cn.party(market.traveller.number).unwrap().unwrap().role, "traveller");
}
