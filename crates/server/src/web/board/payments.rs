//! The list of payments, and its search.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::parts::{chip, chip_saying, empty, link, problem, reason};
use super::super::places;
use super::super::text::Lang;
use super::super::view::{BoardNote, BoardPayment, BoardPayments, State};
use super::trade;

/// The words of the statuses that can be looked for.
const STATUSES: [&str; 10] = [
    "requested",
    "confirmed",
    "authorized",
    "captured",
    "partly_refunded",
    "refunded",
    "declined",
    "cancelled",
    "expired",
    "released",
];

/// The fragment `#payments`.
pub fn payments(lang: Lang, of: &BoardPayments) -> Markup {
    html! {
        section #payments .stack data-src=(link(lang, &of.src))
            data-on=[of.newest.then_some("figures")] {
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            @else if of.rows.is_empty() {
                (empty(Icon::List, &lang.t("board-none"),
                    &lang.t(if of.older.is_some() { "board-none-yet" } else { "board-none-what" })))
            }
            @else { (table(lang, of)) }
            @if !of.newest || of.older.is_some() {
                nav.cluster aria-label=(lang.t("board-pages")) {
                    @if !of.newest {
                        a.btn.second.slim href=(link(lang, &format!("{}?cell={}", of.base, of.cell))) {
                            (Icon::Back.draw()) (lang.t("board-newest"))
                        }
                    }
                    @if let Some(path) = &of.older {
                        a.btn.second.slim rel="next" href=(link(lang, path)) {
                            (lang.t("board-older")) (Icon::Arrow.draw())
                        }
                    }
                }
            }
        }
    }
}

fn table(lang: Lang, of: &BoardPayments) -> Markup {
    html! {
        div.card.flush {
            div.scroll tabindex="0" role="region" aria-label=(lang.t("board-payments")) {
                table.data {
                    thead { tr {
                        th scope="col" { (lang.t("board-time")) }
                        th scope="col" { (lang.t("board-state")) }
                        th scope="col" { (lang.t("board-shop")) }
                        th scope="col" { (lang.t("map-prefecture")) }
                        th scope="col" { (lang.t("board-trade")) }
                        th.num scope="col" { (lang.t("board-seller")) }
                        th.num scope="col" { (lang.t("board-payer")) }
                        th scope="col" { (lang.t("board-note")) }
                    } }
                    tbody { @for row in &of.rows { (line(lang, of, row)) } }
                }
            }
        }
    }
}

fn line(lang: Lang, of: &BoardPayments, row: &BoardPayment) -> Markup {
    let when = if of.zone.day(row.at) == of.zone.day(of.at) {
        lang.clock_seconds(row.at, of.zone)
    } else {
        lang.when(row.at, of.at, of.zone)
    };
    html! {
        tr {
            td { a href=(link(lang, &row.href)) { (when) } }
            td { (state(lang, row.state, row.word)) }
            td { @if let Some(shop) = &row.shop { b lang=(shop.lang) { (shop.text) } } }
            td { (row.prefecture.and_then(|code| places::name(lang, code)).unwrap_or("")) }
            td { @if let Some(word) = row.trade { (trade(lang, word)) } }
            td.num { (lang.amount(row.seller)) }
            td.num { @if let Some(amount) = row.payer { (lang.amount(amount)) } }
            td.quiet { (note(lang, &row.note)) }
        }
    }
}

fn note(lang: Lang, of: &BoardNote) -> String {
    match of {
        BoardNote::None => String::new(),
        BoardNote::Declined(code) => reason(lang, code),
        BoardNote::Back(amount) => lang.tf("board-went-back", &[("amount", &lang.amount(*amount))]),
    }
}

/// A state with its own word where it has one.
pub(super) fn state(lang: Lang, state: State, word: Option<&str>) -> Markup {
    match word {
        Some(word) => chip_saying(state, &lang.t(&format!("status-{}", word.replace('_', "-")))),
        None => chip(lang, state),
    }
}

/// The search: a plain form that asks for the page again.
pub fn search(lang: Lang, of: &BoardPayments) -> Markup {
    let typed = &of.typed;
    let status =
        |word: &&str| ((*word).to_owned(), lang.t(&format!("status-{}", word.replace('_', "-"))));
    let prefectures =
        places::all().iter().map(|place| (place.code.to_string(), place.name(lang).to_owned()));
    let trades = pay::Category::ALL.iter().map(|it| (it.word().to_owned(), trade(lang, it.word())));
    html! {
        form.card.search method="get" action=(format!("{}?lang={}#payments-part", of.base, lang.tag())) role="search" {
            input type="hidden" name="lang" value=(lang.tag());
            input type="hidden" name="cell" value=(of.cell);
            (text(lang, "shop", &typed.shop, "search", "100"))
            (select(lang, "status", &typed.status, STATUSES.iter().map(status).collect()))
            (select(lang, "prefecture", &typed.prefecture, prefectures.collect()))
            (select(lang, "category", &typed.category, trades.collect()))
            (text(lang, "least", &typed.least, "text", "20"))
            (text(lang, "most", &typed.most, "text", "20"))
            (text(lang, "from", &typed.from, "datetime-local", "30"))
            (text(lang, "to", &typed.to, "datetime-local", "30"))
            (text(lang, "payment", &typed.payment, "text", "60"))
            div.cluster.send {
                button.btn.second { (Icon::Scan.draw()) (lang.t("board-search")) }
            }
        }
    }
}

fn text(lang: Lang, field: &str, value: &str, kind: &str, most: &str) -> Markup {
    let amount = matches!(field, "least" | "most");
    html! {
        div.field {
            label for={ "f-" (field) } { (lang.t(&format!("board-find-{field}"))) }
            input id={ "f-" (field) } name=(field) type=(kind) value=(value) maxlength=(most)
                autocomplete="off" inputmode=[amount.then_some("decimal")];
        }
    }
}

fn select(lang: Lang, field: &str, value: &str, options: Vec<(String, String)>) -> Markup {
    html! {
        div.field {
            label for={ "f-" (field) } { (lang.t(&format!("board-find-{field}"))) }
            select id={ "f-" (field) } name=(field) {
                option value="" { (lang.t("board-any")) }
                @for (word, name) in options {
                    option value=(word) selected[word == value] { (name) }
                }
            }
        }
    }
}
