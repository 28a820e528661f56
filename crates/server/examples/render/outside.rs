//! Wallets of other companies: one that answers, one in trouble, one that was set aside, and none.

use maud::Markup;

use super::super::web::board;
use super::super::web::view::*;
use super::*;

const DAY: i64 = 86_400 * SECOND;

fn row(what: &'static str, said: &'static str, to_do: Option<&'static str>) -> UnderWayCard {
    UnderWayCard {
        what,
        href: (what != "stray").then(|| "/o/c/pay/pay_1?cell=jp".into()),
        number: "01KAPXJ8ZC7K3T0V9E5R2M4QDW001".into(),
        stray: (what == "stray").then(|| "9f86d081884c7d65".into()),
        amount: JPY.of(3_200),
        since: NOW - 900 * SECOND,
        said,
        times: 41,
        cancel: said == "unknown",
        to_do,
    }
}

fn key(of: &'static str, until: Option<i64>) -> KeyCard {
    let soon = until.is_some_and(|until| until < NOW + 30 * DAY);
    KeyCard { of, id: "3775B6A45ACD588826D15E583A95F5DD00000381".into(), until, soon }
}

fn card(name: &str) -> ConnectorCard {
    let rate = FeeSaid { bps: 160, fixed: JPY.of(5), most: JPY.of(3_000) };
    ConnectorCard {
        name: name.into(),
        kind: "wechat".into(),
        mode: Some("global"),
        runs: true,
        owed: JPY.of(132_000),
        held: JPY.of(3_200),
        expected: JPY.of(128_800),
        good: Some(NOW - 4 * SECOND),
        trouble: None,
        keys: vec![
            key("ours", None),
            key("their_certificate", Some(NOW + 12 * DAY)),
            key("their_certificate", Some(NOW + 900 * DAY)),
            key("their_key", None),
        ],
        fees: vec![(NOW - 90 * DAY, Some(rate)), (NOW + DAY, None)],
        refunds: (50, 365),
        source: "WeChat Pay, Submit Refund: at most 50 refunds a payment".into(),
        under_way: Vec::new(),
        has_bills: true,
        bills: Vec::new(),
    }
}

fn bill(day: i8, missing: Option<&'static str>, differs: bool) -> BillCard {
    let row = |what, theirs: Option<i64>, ours: Option<i64>| {
        let sum = |minor: i64| JPY.of(minor);
        (what, "01KAPXJ8ZC7K3T0V9E5R2M4QDW".to_owned(), theirs.map(sum), ours.map(sum))
    };
    let all = vec![
        row("not_here", Some(900), None),
        row("not_there", None, Some(3_200)),
        row("amount", Some(4_600), Some(4_500)),
    ];
    BillCard {
        day: date(2026, 10, day),
        is_empty: day == 27,
        missing: missing.map(|word| (word, "it is not made yet".to_owned())),
        paid: JPY.of(132_000),
        ours: JPY.of(131_800),
        refunded: JPY.of(3_200),
        fee: JPY.of(792),
        balance: differs.then(|| JPY.of(128_008)),
        differences: if differs { all } else { Vec::new() },
    }
}

fn page(lang: Lang, connectors: Vec<ConnectorCard>, wrong: Option<&str>) -> Markup {
    let problem = |code: &str| Problem { code: code.into(), sentence: None };
    board::connectors_page(&ConnectorsPage {
        chrome: service(lang, "/o/c/connectors?cell=jp"),
        base: "/o/c".into(),
        cell: "jp".into(),
        cells: vec!["cn".into(), "jp".into()],
        at: NOW,
        zone: TOKYO,
        done: (connectors.len() == 2).then_some("settled"),
        key: "0123".into(),
        wrong: wrong.map(|code| ("wechat".into(), problem(code))),
        typed: SettlementTyped {
            received: "128,000".into(),
            kept: "800".into(),
            reference: "20261124-WX".into(),
        },
        connectors,
    })
}

pub fn pages(lang: Lang) -> Vec<(String, Markup)> {
    let busy = ConnectorCard {
        trouble: Some(("no_answer", NOW - 3 * SECOND)),
        under_way: vec![
            row("stray", "not_open", Some("give-back")),
            row("refund", "balance_too_low", Some("pay-in")),
            row("payment", "unknown", Some("look-there")),
            row("payment", "waits", None),
            row("refund", "unknown", None),
        ],
        bills: vec![
            bill(30, Some("not_yet"), false),
            bill(29, None, true),
            bill(28, None, false),
            bill(27, None, false),
        ],
        ..card("wechat")
    };
    let aside = ConnectorCard {
        runs: false,
        mode: None,
        good: None,
        owed: JPY.of(-500),
        keys: Vec::new(),
        fees: Vec::new(),
        under_way: vec![row("payment", "not_asked_yet", Some("configure"))],
        ..card("wechat-2")
    };
    vec![
        ("connectors".into(), page(lang, vec![busy, aside], None)),
        ("connectors-calm".into(), page(lang, vec![card("wechat")], Some("fees_too_low"))),
        ("connectors-none".into(), page(lang, Vec::new(), None)),
    ]
}
