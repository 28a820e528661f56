//! Terms are changed by two people: one proposes, another approves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use economy::{Command, Reply};
use kernel::id::Proposal;
use kernel::{Currency, Id, Refuse, Span, Timestamp};
use pay::command::*;
use pay::event::{Change, RateTermsSet};
use pay::state::Proposals;
use pay::{Fees, Limits, RateTerms, Rules};
use support::{CN, COLLEAGUE, JP, Market, START, World, code, rates};

fn fees(spread_bps: u32) -> Fees {
    Fees { spread_bps, payer_bps: 0, merchant_bps: 0, by_category: vec![] }
}

fn propose(w: &mut World, m: &Market, change: impl Into<Change>) -> Id<Proposal> {
    let (id, note) = (w.id(), "the contract of May".to_owned());
    let change = change.into();
    let reply = w.done(CN, m.operator, Propose { id, change, note });
    assert!(matches!(reply, Reply::Pay(pay::Reply::Proposal(known)) if known.id == id));
    id
}

fn refused(w: &mut World, actor: kernel::Actor, command: impl Into<pay::Command>) -> &'static str {
    let asked = w.ask(CN, actor, Command::Pay(command.into()));
    asked.expect_err("it is to be refused").code()
}

fn in_force(w: &World) -> u32 {
    w.cells[CN].state.pay.market.fees.at(w.now).unwrap().spread_bps
}

#[test]
fn what_holds_is_changed_by_two_people() {
    let (mut w, m) = World::open();
    let another = m.operator.by(COLLEAGUE);
    let set = SetFees { from: w.now, fees: fees(60) };
    assert_eq!(refused(&mut w, m.operator, set.clone()), "approval_needed");
    let proposal = propose(&mut w, &m, set);
    assert_eq!(in_force(&w), 50, "nothing changes by a proposal");
    let approve = ApproveProposal { proposal };
    assert_eq!(refused(&mut w, m.operator, approve.clone()), "second_person_needed");
    assert_eq!(refused(&mut w, m.li, approve.clone()), "proposal_not_found");
    w.done(CN, another, approve.clone());
    assert_eq!(in_force(&w), 60);
    assert_eq!(refused(&mut w, another, approve), "proposal_not_open");
    let again = RejectProposal { proposal, reason: "too late".to_owned() };
    assert_eq!(refused(&mut w, another, again), "proposal_not_open");
    let known = &w.cells[CN].state.pay.market.proposals;
    let decided = known.last[0].decided.as_ref().unwrap();
    assert_eq!((known.open.len(), known.last.len()), (0, 1));
    assert_eq!((known.last[0].by.person, decided.by.person), (m.operator.person, COLLEAGUE));
}

#[test]
fn a_rejected_change_is_none_and_its_author_may_take_it_back() {
    let (mut w, m) = World::open();
    for actor in [m.operator, m.operator.by(COLLEAGUE)] {
        let set = SetFees { from: w.now, fees: fees(60) };
        let proposal = propose(&mut w, &m, set);
        let silent = RejectProposal { proposal, reason: String::new() };
        assert_eq!(refused(&mut w, actor, silent), "text_unfit");
        w.done(CN, actor, RejectProposal { proposal, reason: "a slip".to_owned() });
        let approve = ApproveProposal { proposal };
        assert_eq!(refused(&mut w, m.operator.by(COLLEAGUE), approve), "proposal_not_open");
        assert_eq!(in_force(&w), 50);
    }
}

/// No payment of before is judged by what was approved after it.
#[test]
fn what_waited_beyond_its_moment_holds_from_its_approval() {
    let (mut w, m) = World::open();
    let another = m.operator.by(COLLEAGUE);
    let (soon, later) = (w.now.plus(Span::seconds(60)), w.now.plus(Span::seconds(600)));
    let first = propose(&mut w, &m, SetFees { from: soon, fees: fees(60) });
    let second = propose(&mut w, &m, SetFees { from: later, fees: fees(70) });
    w.pass(Span::seconds(120));
    w.done(CN, another, ApproveProposal { proposal: first });
    w.done(CN, another, ApproveProposal { proposal: second });
    let fees = &w.cells[CN].state.pay.market.fees;
    let at = |moment: Timestamp| fees.at(moment).unwrap().spread_bps;
    assert_eq!((at(soon), at(w.now), at(later)), (50, 60, 70));
}

#[test]
fn what_a_cell_never_had_is_founded_by_one_person() {
    let (mut w, m) = World::open();
    let limits = |per_day| {
        let (currency, source) = (Currency::CNY, "a law".to_owned());
        SetLimits { from: START, limits: Limits { currency, per_payment: 0, per_day, source } }
    };
    let proposed = |w: &mut World, change: Change| {
        let (id, note) = (w.id(), String::new());
        w.done(CN, m.operator, Propose { id, change, note })
    };
    let done = Reply::Pay(pay::Reply::Done);
    assert_eq!(proposed(&mut w, limits(5).into()), done, "the first limits in yuan");
    assert_eq!(refused(&mut w, m.operator, limits(6)), "approval_needed");
    assert_eq!(refused(&mut w, m.operator, limits(5)), "already_done");
    let yen =
        SetLimits { from: START, limits: Limits { currency: Currency::JPY, ..limits(5).limits } };
    w.done(CN, m.operator, yen);
    w.done(CN, m.operator, SetRules { from: START, rules: Rules::default() });
    let rules = Rules { quote_s: 30, ..Rules::default() };
    assert_eq!(refused(&mut w, m.operator, SetRules { from: START, rules }), "approval_needed");
}

#[test]
fn bad_proposals_are_refused_and_open_ones_are_bounded() {
    let (mut w, m) = World::open();
    let put = |w: &mut World, id, fees, note: &str| {
        let change = SetFees { from: w.now, fees }.into();
        let propose = Propose { id, change, note: note.to_owned() };
        w.ask(CN, m.operator, Command::Pay(propose.into()))
    };
    let id = w.id();
    assert_eq!(code(put(&mut w, id, fees(2_001), "")), "out_of_range");
    assert_eq!(code(put(&mut w, id, fees(50), "")), "already_done");
    assert_eq!(code(put(&mut w, id, fees(60), "a\u{202e}b")), "text_not_plain");
    assert_eq!(code(put(&mut w, Id::new(7), fees(60), "")), "id_expired");
    put(&mut w, id, fees(60), "").unwrap();
    put(&mut w, id, fees(60), "").expect("the same under the same id is found");
    assert_eq!(code(put(&mut w, id, fees(61), "")), "proposal_exists");
    for spread in 1..Proposals::MOST_OPEN as u32 {
        let id = w.id();
        put(&mut w, id, fees(100 + spread), "").unwrap();
    }
    let more = w.id();
    assert_eq!(code(put(&mut w, more, fees(61), "")), "too_many_proposals");
    w.done(CN, m.operator, RejectProposal { proposal: id, reason: "room".to_owned() });
    put(&mut w, more, fees(61), "").unwrap();
}

/// What was proposed may not fit any more when it is approved.
#[test]
fn a_proposal_is_judged_again_when_it_is_approved() {
    let (mut w, m) = trusted();
    let another = m.operator.by(COLLEAGUE);
    let jump = PublishRates { id: w.id(), ..rates(20_261_031, "7.4326", "228.38") };
    let proposal = jump.id;
    w.done(CN, m.operator, jump);
    w.done(CN, m.operator, rates(20_261_102, "7.5", "176"));
    assert_eq!(refused(&mut w, another, ApproveProposal { proposal }), "out_of_range");
    assert_eq!(w.cells[CN].state.pay.rates().unwrap().1.date, 20_261_102);
}

/// A cell that trusts rates for a week, and lets them move by 10 %.
fn trusted() -> (World, Market) {
    let (mut w, m) = World::open();
    let terms = RateTerms { max_move_bps: 1_000, max_age_s: 604_800, source: "a desk".to_owned() };
    let change = RateTermsSet { from: START, terms }.into();
    let (id, note) = (w.id(), String::new());
    w.done(CN, m.operator, Propose { id, change, note });
    (w, m)
}

#[test]
fn a_rate_that_jumps_by_a_third_waits_for_a_second_person() {
    let (mut w, m) = trusted();
    let quoted = |w: &mut World| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, 3_200);
        w.quoted(&m, quote).map(|quote| quote.price.principal)
    };
    let before = quoted(&mut w).unwrap();
    // 175.68 of the day before, and 30 % more.
    let jump = PublishRates { id: w.id(), ..rates(20_261_031, "7.4326", "228.384") };
    let proposal = jump.id;
    let reply = w.done(CN, m.operator, jump.clone());
    assert!(matches!(reply, Reply::Pay(pay::Reply::Proposal(_))), "{reply:?}");
    assert_eq!(quoted(&mut w).unwrap(), before, "quotes go on with the last rates");
    assert_eq!(
        refused(&mut w, m.operator, ApproveProposal { proposal }),
        "second_person_needed",
        "a publisher does not approve its own"
    );
    w.done(CN, m.operator.by(COLLEAGUE), ApproveProposal { proposal });
    assert!(quoted(&mut w).unwrap() < before, "a yen costs less yuan now");
}

#[test]
fn only_what_moves_further_than_the_bound_waits() {
    for (yuan, yen, waits) in [
        ("7.4326", "193.248", false),  // 10 % up, to the digit
        ("7.4326", "193.249", true),   // and a little more
        ("7.4326", "159.70909", true), // a tenth of the smaller down
        ("7.4326", "159.7091", false), // and a little less
        ("74326", "175.68", true),     // a point forgotten
        ("7.43260000", "175.6800", false),
        ("8.2", "175.68", true),
    ] {
        let (mut w, m) = trusted();
        let lot = PublishRates { id: w.id(), ..rates(20_261_102, yuan, yen) };
        let reply = w.done(CN, m.operator, lot);
        let kept = matches!(reply, Reply::Pay(pay::Reply::Proposal(_)));
        assert_eq!(kept, waits, "{yuan} {yen}: {reply:?}");
    }
    let (mut w, m) = trusted();
    let mut lot = PublishRates { id: w.id(), ..rates(20_261_102, "7.4326", "175.68") };
    lot.rates.pop();
    let reply = w.done(CN, m.operator, lot);
    assert!(matches!(reply, Reply::Pay(pay::Reply::Proposal(_))), "a currency is missing");
}

#[test]
fn rates_are_quoted_for_as_long_as_they_are_trusted() {
    let (mut w, m) = trusted();
    let quoted = |w: &mut World| {
        let payment = w.id();
        let quote = w.quote_for(&m, payment, 3_200);
        w.quoted(&m, quote)
    };
    w.pass(Span::seconds(604_800));
    quoted(&mut w).expect("to the last second");
    w.pass(Span::seconds(1));
    let refusal = quoted(&mut w).unwrap_err();
    assert_eq!((refusal.code(), refusal.is_transient()), ("rate_too_old", true));
    assert!(refusal.to_string().contains("168 hours"), "{refusal}");
    w.done(CN, m.operator, rates(20_261_110, "7.45", "176"));
    quoted(&mut w).expect("newer ones are there");
}

/// The other cell has no such terms: it goes on as before.
#[test]
fn without_terms_rates_are_trusted_as_they_come() {
    let (mut w, m) = World::open();
    w.done(JP, m.operator, rates(20_261_031, "7.4326", "228.384"));
    assert_eq!(w.cells[JP].state.pay.rates().unwrap().1.date, 20_261_031);
}
