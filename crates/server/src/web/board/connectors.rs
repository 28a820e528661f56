//! Wallets of other companies: how it goes with each, what it owes, what is under way and what a
//! person has to do.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{amount, chip_saying, empty, line, link, problem};
use super::super::text::Lang;
use super::super::view::{
    BillCard, ConnectorCard, ConnectorsPage, FeeSaid, KeyCard, SettlementTyped, State, UnderWayCard,
};
use super::bar;

/// The page of all connectors of a cell.
pub fn page(of: &ConnectorsPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("conn-title")) }
            p.quiet { (lang.t("conn-lead")) }
        }
        (bar(lang, &of.base, Some("connectors")))
        @if of.cells.len() > 1 {
            nav.cluster aria-label=(lang.t("board-cells")) {
                @for cell in &of.cells {
                    a.btn.second.slim href=(link(lang, &format!("{}/connectors?cell={cell}", of.base)))
                        aria-current=[(*cell == of.cell).then_some("true")] { (cell) }
                }
            }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("conn-done-{done}"))) }
            }
        }
        @if let Some((_, it)) = of.wrong.as_ref().filter(|(name, _)| !has(of, name)) {
            (problem(lang, it))
        }
        @if of.connectors.is_empty() { (none(lang)) }
        @for it in &of.connectors { (connector(lang, of, it)) }
    };
    layout::page(&of.chrome, &lang.t("conn-title"), "", &body)
}

fn has(of: &ConnectorsPage, name: &str) -> bool {
    of.connectors.iter().any(|known| known.name == name)
}

/// How to begin.
fn none(lang: Lang) -> Markup {
    html! {
        (empty(Icon::Wallet, &lang.t("conn-none"), &lang.t("conn-none-lead")))
        section.card.stack {
            h2 { (lang.t("conn-begin")) }
            ol.stack {
                li { b { "1" } " " (lang.t("conn-begin-contract")) " " code { "docs/wechat-pay.md" } }
                li { b { "2" } " " (lang.t("conn-begin-config")) " " code { "[[connector]]" } }
                li { b { "3" } " " (lang.t("conn-begin-serve")) " " code { "enishi serve" } }
            }
            p.small { (lang.t("conn-begin-other")) " " code { "docs/adding-a-connector.md" } }
        }
    }
}

/// What the company is called by people.
fn company(lang: Lang, it: &ConnectorCard) -> String {
    lang.find(&format!("payer-of-{}", it.kind), &[]).unwrap_or_else(|| it.kind.clone())
}

fn connector(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard) -> Markup {
    let id = format!("c-{}", it.name);
    let wrong = of.wrong.as_ref().filter(|(name, _)| *name == it.name);
    html! {
        section.stack-3 aria-labelledby=(id) {
            div.split {
                h2 id=(id) { (company(lang, it)) " " span.quiet.small { (it.name) } }
                (condition(lang, it))
            }
            @if !it.runs {
                p.note-ink { (Icon::Warn.draw()) span { (lang.t("conn-rests-todo")) } }
            }
            @if let Some((what, at)) = it.trouble { (trouble(lang, of, what, at)) }
            @if let Some((_, wrong)) = wrong { (problem(lang, wrong)) }
            div.cols.cols-2 {
                (owes(lang, of, it))
                (settle(lang, of, it, wrong.is_some()))
            }
            (under_way(lang, of, it))
            @if it.has_bills || !it.bills.is_empty() { (bills(lang, it)) }
            (keys_and_terms(lang, of, it))
        }
    }
}

/// How it goes, at a glance.
fn condition(lang: Lang, it: &ConnectorCard) -> Markup {
    let (state, key) = match (it.runs, &it.trouble, it.good) {
        (false, ..) => (State::Cancelled, "conn-is-set-aside"),
        (_, Some(_), _) => (State::Declined, "conn-is-in-trouble"),
        (_, None, Some(_)) => (State::Paid, "conn-is-well"),
        (_, None, None) => (State::Waiting, "conn-is-unasked"),
    };
    chip_saying(state, &lang.t(key))
}

fn trouble(lang: Lang, of: &ConnectorsPage, what: &str, at: i64) -> Markup {
    let to_do = lang.find(&format!("conn-trouble-{what}.todo"), &[]).unwrap_or_default();
    html! {
        div.error role="alert" {
            (Icon::Warn.draw())
            b { (lang.t(&format!("conn-trouble-{what}"))) }
            span {
                (lang.tf("conn-trouble-at", &[("when", &lang.when(at, of.at, of.zone))]))
                (lang.gap()) (to_do)
            }
            code { (what) }
        }
    }
}

fn owes(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard) -> Markup {
    let when = |at: i64| lang.when(at, of.at, of.zone);
    let count = |what: &str| it.under_way.iter().filter(|row| row.what == what).count() as u64;
    let oldest = it.under_way.iter().filter(|row| row.what != "stray").map(|row| row.since).min();
    let tasks = it.under_way.iter().filter(|row| row.to_do.is_some()).count() as u64;
    html! {
        section.card.stack aria-label=(lang.t("conn-owes")) {
            p.small.quiet {
                @if it.owed.minor < 0 { (lang.t("conn-paid-ahead")) } @else { (lang.t("conn-owes")) }
            }
            (amount(lang, "", it.owed, None))
            dl.kv {
                (line(&lang.t("conn-held"), &lang.amount(it.held)))
                (line(&lang.t("conn-expected"), &lang.amount(it.expected)))
                (line(&lang.t("conn-payments"), &lang.count(count("payment"))))
                (line(&lang.t("conn-refunds"), &lang.count(count("refund"))))
                (line(&lang.t("conn-strays"), &lang.count(count("stray"))))
                @if let Some(oldest) = oldest { (line(&lang.t("conn-oldest"), &when(oldest))) }
                @if let Some(mode) = it.mode {
                    (line(&lang.t("conn-mode"), &lang.t(&format!("conn-mode-{mode}"))))
                }
                @if it.runs {
                    @let good = it.good.map_or_else(|| lang.t("conn-good-none"), when);
                    (line(&lang.t("conn-good"), &good))
                }
            }
            @if tasks > 0 { p.small { b { (lang.tn("conn-tasks", tasks)) } } }
        }
    }
}

/// What every form says beside its own fields.
fn hidden(of: &ConnectorsPage, it: &ConnectorCard, act: &str, more: &str) -> Markup {
    html! {
        input type="hidden" name="key" value=(format!("{}-{act}-{}{more}", of.key, it.name));
        input type="hidden" name="cell" value=(of.cell);
        input type="hidden" name="connector" value=(it.name);
        input type="hidden" name="act" value=(act);
    }
}

fn settle(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard, is_again: bool) -> Markup {
    let none = SettlementTyped::default();
    let typed = if is_again { &of.typed } else { &none };
    let field = |(name, label): (&str, &str), value: &str, mode: &str, must: bool| {
        let id = format!("{name}-{}", it.name);
        html! {
            div.field {
                label for=(id) { (lang.t(label)) }
                input id=(id) name=(name) value=(value) inputmode=(mode) maxlength="80"
                    autocomplete="off" required[must];
            }
        }
    };
    html! {
        form.card.stack method="post" action=(link(lang, &format!("{}/connectors", of.base))) {
            h3 { (lang.t("conn-settle")) }
            p.small { (lang.t("conn-settle-what")) }
            (hidden(of, it, "settled", ""))
            (field(("received", "conn-received"), &typed.received, "decimal", true))
            (field(("kept", "conn-kept"), &typed.kept, "decimal", false))
            (field(("reference", "conn-reference"), &typed.reference, "text", true))
            div { button.btn { (lang.t("conn-settle-yes")) } }
        }
    }
}

fn under_way(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard) -> Markup {
    html! {
        h3 { (lang.t("conn-under-way")) }
        @if it.under_way.is_empty() {
            (empty(Icon::Check, &lang.t("conn-nothing"), &lang.t("conn-nothing-lead")))
        } @else {
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t("conn-under-way")) {
                    table.data {
                        thead { tr {
                            th scope="col" { (lang.t("conn-what")) }
                            th.num scope="col" { (lang.t("conn-amount")) }
                            th scope="col" { (lang.t("conn-since")) }
                            th scope="col" { (lang.t("conn-said")) }
                            th scope="col" { (lang.t("conn-to-do")) }
                        } }
                        tbody { @for row in &it.under_way { (one(lang, of, it, row)) } }
                    }
                }
            }
        }
    }
}

fn one(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard, row: &UnderWayCard) -> Markup {
    let what = lang.t(&format!("conn-what-{}", row.what));
    let state = match (row.to_do, row.said) {
        (Some(_), _) => State::Declined,
        (None, "waits" | "not_asked_yet") => State::Waiting,
        (None, _) => State::Doubt,
    };
    html! {
        tr {
            td {
                @match &row.href {
                    Some(path) => a href=(link(lang, path)) { (what) },
                    None => (what),
                }
                br; code.small { (row.number) }
            }
            td.num { (lang.amount(row.amount)) }
            td { (lang.when(row.since, of.at, of.zone)) }
            td {
                (chip_saying(state, &lang.t(&format!("conn-said-{}", row.said))))
                @if row.cancel { br; span.small { (lang.t("conn-cancel")) } }
                @if row.times > 1 {
                    br; span.small.quiet { (lang.tn("conn-times", row.times.into())) }
                }
            }
            td.long {
                @match row.to_do {
                    Some(to_do) => (lang.t(&format!("conn-todo-{to_do}"))),
                    None => span.quiet { (lang.t("conn-todo-none")) },
                }
                @if let Some(stray) = &row.stray { (returned(lang, of, it, stray)) }
            }
        }
    }
}

fn returned(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard, stray: &str) -> Markup {
    html! {
        form method="post" action=(link(lang, &format!("{}/connectors", of.base))) {
            (hidden(of, it, "returned", &format!("-{stray}")))
            input type="hidden" name="stray" value=(stray);
            button.btn.second.slim { (lang.t("conn-returned-yes")) }
        }
    }
}

/// Each day's bill beside the books.
fn bills(lang: Lang, it: &ConnectorCard) -> Markup {
    html! {
        h3 { (lang.t("conn-bills")) }
        p.small.quiet { (lang.t("conn-bills-lead")) }
        @if it.bills.is_empty() {
            (empty(Icon::List, &lang.t("conn-bills-none"), &lang.t("conn-bills-none-lead")))
        } @else {
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t("conn-bills")) {
                    table.data {
                        thead { tr {
                            th scope="col" { (lang.t("conn-bill-day")) }
                            th.num scope="col" { (lang.t("conn-bill-theirs")) }
                            th.num scope="col" { (lang.t("conn-bill-ours")) }
                            th.num scope="col" { (lang.t("conn-bill-refunded")) }
                            th.num scope="col" { (lang.t("conn-bill-fee")) }
                            th.num scope="col" { (lang.t("conn-bill-balance")) }
                            th scope="col" { (lang.t("conn-bill-state")) }
                        } }
                        tbody { @for day in &it.bills { (bill(lang, day)) } }
                    }
                }
            }
        }
    }
}

fn bill(lang: Lang, of: &BillCard) -> Markup {
    if let Some((word, said)) = &of.missing {
        return html! {
            tr {
                td { (lang.day(of.day)) }
                td.long colspan="5" {
                    (lang.t(&format!("conn-bill-missing-{word}"))) br;
                    span.small.quiet { (said) }
                }
                td { (chip_saying(State::Doubt, &lang.t("conn-bill-missing"))) }
            }
        };
    }
    if of.is_empty {
        return html! {
            tr {
                td { (lang.day(of.day)) }
                td.quiet colspan="5" { (lang.t("conn-bill-empty")) }
                td { (chip_saying(State::Paid, &lang.t("conn-bill-agrees"))) }
            }
        };
    }
    let state = match of.differences.len() {
        0 => chip_saying(State::Paid, &lang.t("conn-bill-agrees")),
        _ => chip_saying(State::Declined, &lang.t("conn-bill-differs")),
    };
    let side = |label: &str, sum: Option<super::super::view::Amount>| {
        let sum = sum.map_or_else(|| "–".to_owned(), |sum| lang.amount(sum));
        format!("{} {sum}", lang.t(label))
    };
    html! {
        tr {
            td { (lang.day(of.day)) }
            td.num { (lang.amount(of.paid)) }
            td.num { (lang.amount(of.ours)) }
            td.num { (lang.amount(of.refunded)) }
            td.num { (lang.amount(of.fee)) }
            td.num { @if let Some(balance) = of.balance { (lang.amount(balance)) } }
            td { (state) }
        }
        @for (what, number, theirs, ours) in &of.differences {
            tr {
                td {}
                td.long colspan="6" {
                    b { (lang.t(&format!("conn-differs-{what}"))) } " " code { (number) } br;
                    span.small {
                        (side("conn-bill-theirs", *theirs)) " · " (side("conn-bill-ours", *ours))
                    }
                }
            }
        }
    }
}

fn keys_and_terms(lang: Lang, of: &ConnectorsPage, it: &ConnectorCard) -> Markup {
    let (parts, days) = it.refunds;
    html! {
        div.cols.cols-2 {
            section.card.stack aria-label=(lang.t("conn-keys")) {
                h3 { (lang.t("conn-keys")) }
                @if it.keys.is_empty() { p.quiet { (lang.t("conn-keys-none")) } }
                @for key in &it.keys { (one_key(lang, of, key)) }
            }
            section.card.stack aria-label=(lang.t("conn-terms")) {
                h3 { (lang.t("conn-terms")) }
                dl.kv {
                    (line(&lang.t("conn-parts"), &lang.count(parts.into())))
                    (line(&lang.t("conn-days"), &lang.tn("conn-days-of", days.into())))
                }
                p.small.quiet { (it.source) }
                p.small { b { (lang.t("conn-fees")) } }
                @if it.fees.is_empty() { p.small { (lang.t("conn-fees-none")) } }
                dl.kv {
                    @for (from, fee) in &it.fees {
                        (line(&lang.when(*from, of.at, of.zone), &said(lang, *fee)))
                    }
                }
            }
        }
    }
}

fn one_key(lang: Lang, of: &ConnectorsPage, key: &KeyCard) -> Markup {
    let ends = match key.until {
        Some(until) => lang.tf("conn-key-until", &[("day", &lang.day(of.zone.day(until)))]),
        None => lang.t(match key.of {
            "ours" => "conn-key-own-end",
            _ => "conn-key-no-end",
        }),
    };
    html! {
        p {
            (lang.t(&format!("conn-key-{}", key.of))) br;
            code.long { (key.id) } br;
            span.small {
                @if key.soon { b { (ends) } } @else { (ends) }
            }
        }
    }
}

/// A rate in words.
fn said(lang: Lang, fee: Option<FeeSaid>) -> String {
    let Some(fee) = fee else { return lang.t("conn-fee-ended") };
    let mut said = lang.percent(fee.bps);
    if fee.fixed.minor > 0 {
        said = format!("{said} + {}", lang.amount(fee.fixed));
    }
    if fee.most.minor > 0 {
        said = lang.tf("conn-fee-most", &[("fee", &said), ("most", &lang.amount(fee.most))]);
    }
    said
}
