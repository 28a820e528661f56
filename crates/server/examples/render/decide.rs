//! What staff decide: a change of their own, one of a colleague's, payments stopped by a rule.

use maud::Markup;

use super::super::api::operator::proposals::Value;
use super::super::web::board;
use super::super::web::view::*;
use super::*;

fn value(name: &str, old: Option<&str>, new: Option<&str>) -> Value {
    Value { name: name.into(), old: old.map(Into::into), new: new.map(Into::into) }
}

fn change(id: &str, by: Decider) -> ProposalCard {
    ProposalCard {
        id: id.into(),
        change: "fees",
        from: Some(NOW + 86_400 * SECOND),
        note: "The contract of May with <Hida>".into(),
        values: vec![
            value("spread_bps", Some("50"), Some("60")),
            value("merchant_bps", Some("160"), Some("160")),
            value("by_category.lodging", None, Some("120")),
        ],
        by,
        since: NOW - 3_600 * SECOND,
        decided: None,
    }
}

fn case(id: &str, state: &'static str) -> CaseCard {
    CaseCard {
        payment: id.into(),
        state,
        rule: "burst".into(),
        wallet: Some("wal_0002".into()),
        store: name("そば処 山ぼうし", "ja"),
        amount: JPY.of(48_000),
        since: NOW - 60 * SECOND,
        until: NOW + 600 * SECOND,
        reason: (state == "rejected").then(|| "The shop does not know of this sale.".into()),
    }
}

fn page(lang: Lang, any: bool) -> DecidePage {
    let named = |name: &str| Decider::Named(name.into());
    let of_rates =
        |id: &str| ProposalCard { change: "rates", from: None, ..change(id, named("佐藤")) };
    let decided = |why: Option<&str>| (named("Tanaka"), NOW, why.map(Into::into));
    let waiting = vec![change("pro_1", Decider::You), of_rates("pro_2")];
    let past =
        [("pro_3", None), ("pro_4", Some("The decimal point is wrong."))].map(|(id, why)| {
            ProposalCard { decided: Some(decided(why)), ..change(id, Decider::Founder) }
        });
    let cases = ["waiting", "released", "rejected", "used"];
    let cases = cases.iter().map(|state| case(&format!("pay_{state}"), state));
    DecidePage {
        chrome: service(lang, "/o/c/decide?cell=jp"),
        base: "/o/c".into(),
        cell: "jp".into(),
        at: NOW,
        zone: TOKYO,
        done: any.then_some("agreed"),
        key: "form-1".into(),
        wrong: None,
        proposals: if any { waiting } else { Vec::new() },
        decided: if any { past.into() } else { Vec::new() },
        cases: if any { cases.collect() } else { Vec::new() },
    }
}

/// The pages with their names.
pub fn pages(lang: Lang) -> Vec<(&'static str, Markup)> {
    vec![
        ("decide", board::decide_page(&page(lang, true))),
        ("decide-none", board::decide_page(&page(lang, false))),
    ]
}
