//! Who brought a wallet has a share of what its cell earns: posted with the capture, exact, unwound in
//! proportion.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use kernel::{Currency, Ref, Role, Span};
use pay::ReferrerTerms;
use pay::command::{PayHere, Refer};
use pay::event::{ReferralShared, Referred};

use crate::support::*;

struct Scene {
    w: World,
    m: Market,
    guide: Ref<kernel::id::Merchant>,
    owner: kernel::Actor,
}

fn terms(word: &str, ppm: u32, keeps: bool) -> ReferrerTerms {
    let (word, source) = (word.to_owned(), "contract 9".to_owned());
    ReferrerTerms { word, ppm, days: 90, keeps, opens: Vec::new(), source }
}

/// A referrer in the payer's cell, whose account takes the shares.
fn referrer(
    w: &mut World,
    m: &Market,
    terms: ReferrerTerms,
) -> (Ref<kernel::id::Merchant>, kernel::Actor) {
    referrer_in(w, m, (CN, Currency::CNY), terms)
}

fn referrer_in(
    w: &mut World,
    m: &Market,
    (cell, currency): (usize, Currency),
    terms: ReferrerTerms,
) -> (Ref<kernel::id::Merchant>, kernel::Actor) {
    let owner = w.party(cell, m.operator, Role::Merchant);
    let merchant = w.merchant(cell, m.operator, owner, "Fuji Guide", currency);
    let (id, from) = (w.id(), w.now);
    set(w, m, cell, Refer::Set { id, merchant, from, terms, note: String::new() });
    (merchant, owner)
}

/// A change of terms, approved by another person of the operator.
fn set(w: &mut World, m: &Market, cell: usize, command: Refer) {
    let reply = w.ask(cell, m.operator, pay::Command::from(command)).unwrap();
    if let economy::Reply::Pay(pay::Reply::Proposal(known)) = reply {
        let other = w.party(cell, m.operator, Role::Operator);
        let approve = pay::command::ApproveProposal { proposal: known.id };
        w.ask(cell, other, pay::Command::from(approve)).unwrap();
    }
}

fn scene(ppm: u32) -> Scene {
    let (mut w, m) = World::open();
    let (guide, owner) = referrer(&mut w, &m, terms("fuji-guide", ppm, false));
    begin(&mut w, &m, "fuji-guide").unwrap();
    Scene { w, m, guide, owner }
}

fn begin(w: &mut World, m: &Market, word: &str) -> Result<economy::Reply, economy::Refusal> {
    let begin = Refer::Begin { wallet: m.wallet, word: word.to_owned() };
    w.ask(CN, m.li, pay::Command::from(begin))
}

fn has(s: &Scene) -> i128 {
    s.w.account(CN, s.guide.number).balance()
}

#[test]
fn a_share_of_the_spread_is_posted_with_the_capture_and_unwound_in_proportion() {
    let mut s = scene(200_000);
    // 3,200 JPY: the cell earns a spread of 0.68 and no fee; a fifth of it, rounded down, is 0.13.
    let payment = s.w.paid(&s.m, 3_200);
    assert_eq!(has(&s), 13);
    assert_eq!(s.w.kept(CN, Currency::CNY).spread, 68 - 13);
    let shared = s.w.cells[CN].facts.iter().find_map(|fact| match fact {
        economy::Event::Pay(pay::Event::Referred(Referred::Shared(fact))) => Some(fact.clone()),
        _ => None,
    });
    let ReferralShared { earned, given, of_spread, .. } = shared.unwrap();
    assert_eq!((earned, given, of_spread), (68, 13, 13));
    // The payer pays the same, and gets back the same.
    assert_eq!(s.w.account(CN, s.m.wallet.number).balance(), i128::from(WALLET) - 13_606);
    for (part, left) in [(1_000, 13 - 4), (1_000, 13 - 8), (1_200, 0)] {
        s.w.refund(&s.m, payment, part).unwrap();
        s.w.settle();
        assert_eq!(has(&s), left, "after {part}");
    }
    assert_eq!(s.w.account(CN, s.m.wallet.number).balance(), i128::from(WALLET));
    assert_eq!(s.w.kept(CN, Currency::CNY).spread, 0);
    assert_agreed(&s.w);
}

#[test]
fn what_is_captured_in_parts_is_shared_in_all_as_one() {
    for ppm in [1, 333_333, 1_000_000] {
        let mut s = scene(ppm);
        for amount in [3_200, 777, 1, 12_345] {
            s.w.paid(&s.m, amount);
        }
        let spread = s.w.kept(CN, Currency::CNY).spread + has(&s);
        assert!(has(&s) <= spread * i128::from(ppm) / 1_000_000, "{ppm}");
        assert!(ppm < 1_000_000 || has(&s) == spread);
    }
}

#[test]
fn what_one_cell_holds_and_captures_in_parts_is_shared_as_what_it_takes_at_once() {
    let (mut w, m) = World::open();
    let (guide, _) = referrer_in(&mut w, &m, (JP, Currency::JPY), terms("ropeway", 500_000, false));
    let begin = Refer::Begin { wallet: m.yen_wallet, word: "ropeway".to_owned() };
    w.ask(JP, m.hana, pay::Command::from(begin)).unwrap();
    let has = |w: &World| w.account(JP, guide.number).balance();
    let payment = w.requested_later(&m, 3_000);
    let (wallet, store, amount) = (m.yen_wallet, m.store, 3_000);
    let yes =
        PayHere { payment, wallet, store, amount, requested: true, again: false, place: None };
    w.ask(JP, m.hana, pay::Command::from(yes)).unwrap();
    assert_eq!(has(&w), 0, "nothing is earned on what is only held");
    // The merchant pays 1 % of each part, in all 24 JPY; half of it is the referrer's.
    for (part, share) in [(1_000, 5), (900, 9), (500, 12)] {
        w.capture(&m, payment, part, false).unwrap();
        assert_eq!(has(&w), share, "after {part}");
    }
    w.release(&m, payment).unwrap();
    assert_eq!((has(&w), w.kept(JP, Currency::JPY).fee), (12, 12));
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000 - 2_400);
    for (part, left) in [(800, 8), (1_600, 0)] {
        w.refund(&m, payment, part).unwrap();
        assert_eq!(has(&w), left, "after {part} went back");
    }
    assert_eq!(w.account(JP, m.yen_wallet.number).balance(), 50_000);
    assert_eq!(w.kept(JP, Currency::JPY).fee, 0);
}

#[test]
fn a_whole_share_comes_back_whole() {
    let mut s = scene(1_000_000);
    let payment = s.w.paid(&s.m, 3_200);
    assert_eq!(has(&s), 68);
    s.w.refund(&s.m, payment, 3_200).unwrap();
    s.w.settle();
    assert_eq!(has(&s), 0);
    assert_agreed(&s.w);
}

#[test]
fn it_ends_by_its_day_and_by_the_holders_word() {
    let mut s = scene(200_000);
    let seen = |s: &Scene| {
        let world = s.w.cells[CN].state.world();
        world.referral((s.m.li, s.w.now), s.m.wallet).unwrap().map(|it| it.word)
    };
    assert_eq!(seen(&s).as_deref(), Some("fuji-guide"));
    let end = pay::Command::from(Refer::End { wallet: s.m.wallet });
    assert_eq!(code(s.w.ask(CN, s.owner, end.clone())), "wallet_not_found");
    s.w.ask(CN, s.m.li, end.clone()).unwrap();
    assert_eq!(code(s.w.ask(CN, s.m.li, end)), "not_referred");
    s.w.paid(&s.m, 3_200);
    assert_eq!(has(&s), 0);
    begin(&mut s.w, &s.m, "fuji-guide").unwrap();
    s.w.pass(Span::days(90));
    assert_eq!(seen(&s), None);
    assert_eq!(code(begin(&mut s.w, &s.m, "nobody")), "referrer_not_found");
}

#[test]
fn of_two_the_last_wins_unless_the_first_keeps() {
    let mut s = scene(200_000);
    let (ropeway, _) = referrer(&mut s.w, &s.m, terms("ropeway", 500_000, true));
    begin(&mut s.w, &s.m, "ropeway").unwrap();
    s.w.paid(&s.m, 3_200);
    assert_eq!((has(&s), s.w.account(CN, ropeway.number).balance()), (0, 34));
    assert_eq!(code(begin(&mut s.w, &s.m, "fuji-guide")), "referred_by_another");
    s.w.ask(CN, s.m.li, pay::Command::from(Refer::End { wallet: s.m.wallet })).unwrap();
    begin(&mut s.w, &s.m, "fuji-guide").unwrap();
}

#[test]
fn what_speaks_against_a_referrer() {
    let mut s = scene(200_000);
    let (guide, operator) = (s.guide, s.m.operator);
    let mut refused = |terms: ReferrerTerms| {
        let (id, from, note) = (s.w.id(), s.w.now, String::new());
        let command = Refer::Set { id, merchant: guide, from, terms, note };
        code(s.w.ask(CN, operator, pay::Command::from(command)))
    };
    assert_eq!(refused(terms("Fuji", 1, false)), "out_of_range");
    assert_eq!(refused(terms("fuji", 1_000_001, false)), "out_of_range");
    assert_eq!(refused(ReferrerTerms { days: 0, ..terms("fuji", 1, false) }), "out_of_range");
    for open in ["//evil.example", "https://evil.example", "open", "/\\evil"] {
        let opens = vec![open.to_owned()];
        assert_eq!(
            refused(ReferrerTerms { opens, ..terms("fuji", 1, false) }),
            "out_of_range",
            "{open}"
        );
    }
    let (other, _) = referrer(&mut s.w, &s.m, terms("ropeway", 1, false));
    let (id, from, note) = (s.w.id(), s.w.now, String::new());
    let taken =
        Refer::Set { id, merchant: other, from, terms: terms("fuji-guide", 1, false), note };
    assert_eq!(code(s.w.ask(CN, operator, pay::Command::from(taken))), "referrer_word_taken");
    // Its own wallet brings a referrer nothing.
    let own = s.w.wallet(CN, operator, s.owner, Currency::CNY, 100);
    let begin = Refer::Begin { wallet: own, word: "fuji-guide".to_owned() };
    assert_eq!(code(s.w.ask(CN, s.owner, pay::Command::from(begin))), "referrer_not_found");
}
