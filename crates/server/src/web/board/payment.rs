//! A payment's own page: what each cell knows of it.

use maud::{Markup, html};

use super::super::books;
use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{line, link, reason};
use super::super::text::Lang;
use super::super::view::{
    BoardAccount, BoardEntry, BoardLeg, BoardPaymentPage, BoardSide, BoardStep, Shore,
};
use super::cell_name;
use super::payments::state;

/// The page.
pub fn page(of: &BoardPaymentPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        (super::bar(lang, &of.base, None))
        div.section-head {
            p { a href=(link(lang, &of.back)) { (lang.t("board-back-to")) } }
            h1 { (lang.t("board-payment")) }
            p.quiet { code { (of.id) } }
        }
        div.cols.cols-2 { @for side in &of.sides { (one_side(lang, side)) } }
    };
    layout::page(&of.chrome, &lang.t("board-payment"), "", &body)
}

fn one_side(lang: Lang, of: &BoardSide) -> Markup {
    let shore = if of.shore == Shore::From { "shore-from" } else { "shore-to" };
    html! {
        section class={ "card edge stack " (shore) } {
            h2 { (cell_name(lang, of.unit, &of.cell)) }
            @if of.legs.is_empty() { p.quiet { (lang.t("board-no-leg")) } }
            @for it in &of.legs { (leg(lang, it)) }
            @if !of.steps.is_empty() { (steps(lang, of)) }
            @if !of.lines.is_empty() { (entries(lang, &of.lines)) }
        }
    }
}

fn leg(lang: Lang, of: &BoardLeg) -> Markup {
    html! {
        div.stack-1 {
            div.split {
                @if let Some(shop) = &of.shop { b lang=(shop.lang) { (shop.text) } }
                (state(lang, of.state, of.word))
            }
            @if let Some(code) = &of.declined {
                p.small.note-ink { (Icon::Warn.draw()) span { (reason(lang, code)) } }
            }
            dl.kv {
                @for (key, amount) in &of.amounts {
                    (line(&lang.t(&format!("board-leg-{key}")), &lang.amount(*amount)))
                }
            }
        }
    }
}

fn steps(lang: Lang, of: &BoardSide) -> Markup {
    html! {
        h3 { (lang.t("board-events")) }
        div.scroll tabindex="0" role="region" aria-label=(lang.t("board-events")) {
            table.data.tight {
                thead { tr {
                    th scope="col" { (lang.t("board-time")) }
                    th scope="col" { (lang.t("board-event")) }
                    th.num scope="col" { (lang.t("board-position")) }
                    th scope="col" { (lang.t("board-message")) }
                } }
                tbody { @for it in &of.steps { (step(lang, of, it)) } }
            }
        }
    }
}

fn step(lang: Lang, side: &BoardSide, of: &BoardStep) -> Markup {
    let word = lang.find(&format!("fact-{}", of.kind.replace('_', "-")), &[]);
    let number = |key: &str, number: u64| lang.tf(key, &[("number", &lang.count(number))]);
    html! {
        tr {
            td { (lang.clock_seconds(of.at, side.zone)) }
            td { (word.unwrap_or_else(|| of.kind.clone())) }
            td.num { (lang.count(of.position)) }
            td.quiet {
                @if let Some(n) = of.received { (number("board-received", n)) " " }
                @if let Some(n) = of.sent { (number("board-sent", n)) }
            }
        }
    }
}

fn entries(lang: Lang, lines: &[BoardEntry]) -> Markup {
    html! {
        h3 { (lang.t("board-book")) }
        div.scroll tabindex="0" role="region" aria-label=(lang.t("board-book")) {
            table.data.tight {
                thead { tr {
                    th.num scope="col" { (lang.t("board-position")) }
                    th scope="col" { (lang.t("board-what")) }
                    th scope="col" { (lang.t("board-debit")) }
                    th scope="col" { (lang.t("board-credit")) }
                    th.num scope="col" { (lang.t("board-amount")) }
                } }
                tbody {
                    @for it in lines {
                        tr {
                            td.num { (lang.count(it.position)) }
                            td { (lang.t(what(&it.what))) }
                            td { (account(lang, &it.debit)) }
                            td { (account(lang, &it.credit)) }
                            td.num { (lang.amount(it.amount)) }
                        }
                    }
                }
            }
        }
    }
}

fn account(lang: Lang, of: &BoardAccount) -> Markup {
    html! { (books::account(lang, &of.of)) @if let Some(peer) = &of.peer { " " (peer) } }
}

fn what(word: &str) -> &'static str {
    match word {
        "held" => "board-held-line",
        "released" => "board-released",
        _ => "board-posted",
    }
}
