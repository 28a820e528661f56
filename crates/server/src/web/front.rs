//! The first page of a server that is no demo, and the door of its audit.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{chip_saying, link, problem};
use super::sign_up;
use super::text::Lang;
use super::view::{AuditDoor, FrontCell, FrontPage, Shore, State};

/// The first page.
pub fn page(of: &FrontPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.stack {
            h1 { (lang.t("front-title")) }
            p.lead { (lang.t("front-lead")) }
        }
        div.cols.cols-2 { @for it in &of.cells { (cell(lang, it)) } }
        @if of.sign_up { (sign_up::door(lang)) }
        section.cols.cols-2 {
            (people(lang))
            (programs(lang, &of.curl))
            (operators(lang))
        }
    };
    layout::page(&of.chrome, &lang.t("front-title"), "", &body)
}

fn cell(lang: Lang, of: &FrontCell) -> Markup {
    let shore = if of.shore == Shore::From { "shore-from" } else { "shore-to" };
    let (state, word) = match of.ready {
        true => (State::Paid, lang.t("front-ready")),
        false => (State::Waiting, lang.t("front-not-ready")),
    };
    html! {
        section class={ "card edge stack " (shore) } {
            div.split {
                h2 { (lang.unit_word(of.unit, "cell-title")) " " span.quiet { (of.name) } }
                (chip_saying(state, &word))
            }
        }
    }
}

/// The ways in for whoever has a wallet or a shop, or wants one.
pub(super) fn people(lang: Lang) -> Markup {
    html! {
        section.card.stack {
            h2 { (lang.t("front-people")) }
            p.quiet { (lang.t("front-people-lead")) }
            div.cluster {
                a.btn href=(link(lang, "/open")) { (lang.t("open-title")) }
                a.btn.second href=(link(lang, "/enter")) { (lang.t("enter-title")) }
            }
        }
    }
}

fn programs(lang: Lang, curl: &str) -> Markup {
    html! {
        section.card.stack {
            h2 { (lang.t("front-programs")) }
            p.quiet { (lang.t("front-programs-lead")) }
            ul.stack {
                // These two are read by programs, in one language.
                li { a href="openapi.json" { (lang.t("front-openapi")) } }
                li { a href="problems" { (lang.t("front-problems")) } }
            }
            pre.code tabindex="0" role="region" aria-label=(lang.t("front-programs")) { (curl) }
        }
    }
}

fn operators(lang: Lang) -> Markup {
    html! {
        section.card.stack {
            h2 { (lang.t("front-operators")) }
            p.quiet { (lang.t("front-operators-lead")) }
            div { a.btn href=(link(lang, "/audit")) { (lang.t("front-audit")) } }
        }
    }
}

/// The door of the audit page. Its key is asked for each time and kept nowhere.
pub fn door(of: &AuditDoor) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("audit-title")) }
            p.lead { (lang.t("front-door-lead")) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            form.stack method="post" action=(link(lang, "/audit")) {
                div.field {
                    label for="key" { (lang.t("front-key")) }
                    input #key name="key" type="password" autocomplete="off" required maxlength="200"
                        spellcheck="false" aria-describedby="key-hint";
                    p #key-hint .hint { (lang.t("front-key-hint")) }
                }
                div { button.btn type="submit" { (Icon::Check.draw()) (lang.t("front-open")) } }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("audit-title"), "", &body)
}
