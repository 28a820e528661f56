//! The shop's page of what hangs in its store: whose wallets can pay, and its places.

use maud::{Markup, PreEscaped, html};

use super::icon::Icon;
use super::layout;
use super::parts::{empty, line, link, problem};
use super::text::Lang;
use super::till::at_place;
use super::view::{CardPlace, NextIds, PostersPage};

/// The page.
pub fn page(of: &PostersPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("posters-title")) }
            p.lead { (lang.t("posters-lead")) }
            p { a href=(link(lang, &of.base)) { (lang.t("posters-back")) } }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("posters-done-{done}"))) }
            }
        }
        @if let Some((why, at)) = &of.problem {
            @if let Some(at) = at {
                p { b { (lang.tf("posters-line", &[("line", &at.to_string())])) } }
            }
            (problem(lang, why))
        }
        div.cols.cols-side {
            (places(lang, of))
            aside.stack { (add(lang, of)) (wallets(lang, of)) }
        }
    };
    layout::page(&of.chrome, &lang.t("posters-title"), "shore-to", &body)
}

fn places(lang: Lang, of: &PostersPage) -> Markup {
    let action = link(lang, &format!("{}/posters", of.base));
    html! {
        section.card.stack aria-labelledby="places" {
            div.split {
                h2 #places { (lang.t("posters-places")) }
                @if !of.places.is_empty() {
                    a.btn.second.slim target="_blank" rel="noopener"
                        href=(link(lang, &format!("{}?place=all&format=sheet", of.poster))) {
                        (Icon::Print.draw()) (lang.t("posters-print-all"))
                    }
                }
            }
            @if of.places.is_empty() {
                (empty(Icon::List, &lang.t("posters-places-none"), &lang.t("posters-places-first")))
            }
            ul.rows {
                @for (number, place) in &of.places {
                    li.places-row {
                        span {
                            span.t { (words(lang, place)) }
                            span.s {
                                @match place.amount {
                                    Some(amount) => { (lang.amount(amount)) }
                                    None => { (lang.t("posters-open")) }
                                }
                            }
                        }
                        span.cluster {
                            a target="_blank" rel="noopener"
                                href=(link(lang, &format!("{}?place={number}", of.poster))) {
                                (lang.t("posters-print"))
                            }
                            a href=(format!("{}.svg?place={number}", of.poster)) {
                                (lang.t("posters-picture"))
                            }
                            form method="post" action=(action) enctype="multipart/form-data" {
                                input type="hidden" name="key" value=(of.key);
                                input type="hidden" name="end" value=(place.label);
                                button.btn.plain.slim { (lang.t("posters-end")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn words(lang: Lang, of: &CardPlace) -> String {
    at_place(lang, &(of.label.clone(), of.reference.clone()))
}

fn add(lang: Lang, of: &PostersPage) -> Markup {
    let action = link(lang, &format!("{}/posters", of.base));
    html! {
        form.card.stack method="post" action=(action) enctype="multipart/form-data"
            aria-labelledby="places-add" {
            h2 #places-add { (lang.t("posters-add")) }
            input type="hidden" name="key" value=(of.key);
            div.field {
                label for="places-range" { (lang.t("posters-range")) }
                input #places-range name="range" maxlength="20" autocomplete="off"
                    placeholder="1-12";
                span.hint { (lang.t("posters-range-hint")) }
            }
            div.field {
                label for="places-rows" { (lang.t("posters-rows")) }
                textarea #places-rows name="rows" rows="4" { (of.typed) }
                span.hint { (lang.t("posters-rows-hint")) }
            }
            div.field {
                label for="places-file" { (lang.t("posters-file")) }
                input #places-file type="file" name="file" accept=".csv,text/csv,text/plain";
                span.hint { (lang.t("posters-file-hint")) }
            }
            button.btn.wide { (lang.t("posters-make")) }
            p.small.quiet { (lang.t("posters-change")) }
        }
    }
}

fn wallets(lang: Lang, of: &PostersPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="places-wallets" {
            h2 #places-wallets { (lang.t("posters-wallets")) }
            p.small.quiet { (lang.t("posters-wallets-lead")) }
            ul.cluster.marks { @for name in &of.badges { li { b { (name) } } } }
            h3 { (lang.t("posters-ids")) }
            @if of.ids.is_empty() {
                p.small { (lang.t("posters-none")) }
            } @else {
                dl.kv { @for (name, id) in &of.ids { (line(name, id)) } }
                @if let Some(source) = &of.source {
                    p.small.quiet { (lang.tf("posters-source", &[("source", source)])) }
                }
            }
            @if let Some(next) = &of.next { (then(lang, of, next)) }
            @if of.may_set { (ids(lang, of)) }
        }
    }
}

/// What holds next, and what a poster says then.
fn then(lang: Lang, of: &PostersPage, next: &NextIds) -> Markup {
    let when = lang.when(next.from, of.now, of.zone);
    html! {
        h3 { (lang.tf("posters-next", &[("when", &when)])) }
        @if next.ids.is_empty() { p.small { (lang.t("posters-next-none")) } }
        dl.kv { @for (name, id) in &next.ids { (line(name, id)) } }
        p.small.quiet { (lang.tf("posters-source", &[("source", &next.source)])) }
        details {
            summary { (lang.t("posters-then")) }
            div.stack {
                ul.cluster.marks { @for name in &next.badges { li { b { (name) } } } }
                @if !next.code.is_empty() {
                    div.qr role="img" aria-label=(lang.t("posters-then")) { (PreEscaped(&next.code)) }
                }
                p.small.quiet { (lang.t("posters-then-print")) }
            }
        }
    }
}

/// The form of ids: JPQR's, and others' a line each.
fn ids(lang: Lang, of: &PostersPage) -> Markup {
    let typed = &of.ids_typed;
    let field = |name: &str, key: &str, value: &str, most: u16| {
        html! {
            div.field {
                label for=(format!("i{name}")) { (lang.t(key)) }
                input id=(format!("i{name}")) name=(name) value=(value) maxlength=(most)
                    autocomplete="off" spellcheck="false"
                    type=(if name == "from" { "date" } else { "text" });
            }
        }
    };
    html! {
        details open[of.ids_problem.is_some()] {
            summary { (lang.t("posters-ids-set")) }
            form.stack method="post" action=(link(lang, &format!("{}/posters/ids", of.base))) {
                @if let Some((why, at)) = &of.ids_problem {
                    @if let Some(at) = at {
                        p { b { (lang.tf("posters-line", &[("line", &at.to_string())])) } }
                    }
                    (problem(lang, why))
                    @if let Some(detail) = &why.sentence { p.small lang="en" { (detail) } }
                }
                input type="hidden" name="key" value=(of.key);
                p.small { (lang.t("posters-ids-lead")) }
                @for ((at, value), most) in typed.jpqr.iter().enumerate().zip([13, 4, 6, 6]) {
                    div.field {
                        label for=(format!("ijpqr{at}")) {
                            (lang.tf("posters-jpqr", &[
                                ("level", &(at + 1).to_string()), ("length", &most.to_string()),
                            ]))
                        }
                        input.mono id=(format!("ijpqr{at}")) name=(format!("jpqr{at}"))
                            value=(value) maxlength=(most) autocomplete="off" spellcheck="false";
                    }
                }
                (field("postal", "posters-postal", &typed.postal, 10))
                div.field {
                    label for="iothers" { (lang.t("posters-others")) }
                    textarea #iothers name="others" rows="3" spellcheck="false" { (typed.others) }
                    span.hint { (lang.t("posters-others-hint")) }
                }
                (field("source", "posters-contract", &typed.source, 120))
                (field("from", "posters-from", &typed.from, 10))
                p.small.quiet { (lang.t("posters-from-hint")) }
                div { button.btn.second { (lang.t("posters-ids-do")) } }
            }
        }
    }
}
