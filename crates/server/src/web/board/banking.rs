//! What the bank says: accounts, statements, lines and what must be kept safe; and one line with
//! what it is, or what a person says that it is.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{amount, chip_saying, empty, line, link, problem};
use super::super::text::Lang;
use super::super::view::{
    Amount, BankAccountCard, BankLineCard, BankLinePage, BankPage, PartCard, SafeDay, State,
    TransferCard,
};
use super::bar;

/// What a person may say that a line is, in the order in which it is offered: money in, money out.
const INCOMING: [&str; 4] = ["returned", "wallet", "booked", "suspense"];
const OUTGOING: [&str; 4] = ["file", "transfer", "charge", "suspense"];

/// The page of accounts and lines.
pub fn page(of: &BankPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("bank-title")) }
            p.quiet { (lang.t("bank-lead")) }
        }
        (bar(lang, &of.base, Some("bank")))
        @if let Some((lines, open)) = of.taken {
            p.note-ink role="status" {
                (Icon::Check.draw())
                span {
                    (lang.tn("bank-taken", lines)) (lang.gap())
                    @if open > 0 { (lang.tn("bank-taken-open", open)) }
                }
            }
        }
        @if let Some(it) = &of.wrong { (problem(lang, it)) }
        div.cols.cols-2 {
            (accounts(lang, of))
            (upload(lang, of))
        }
        (lines(lang, of))
        (safe(lang, of))
    };
    layout::page(&of.chrome, &lang.t("bank-title"), "", &body)
}

fn accounts(lang: Lang, of: &BankPage) -> Markup {
    let one = |it: &BankAccountCard| {
        html! {
            p.small.quiet { code { (it.name) } }
            (amount(lang, "", it.balance, None))
            p.small { (lang.tf("bank-until", &[("day", lang.day(it.until).as_str())])) }
            @if it.missing > 0 { p.small { b { (lang.tn("bank-missing", it.missing)) } } }
        }
    };
    html! {
        section.card.stack aria-label=(lang.t("bank-accounts")) {
            h2 { (lang.t("bank-accounts")) }
            @if of.accounts.is_empty() {
                (empty(Icon::List, &lang.t("bank-none"), &lang.t("bank-none-lead")))
            }
            @for it in &of.accounts { (one(it)) }
            @if !of.accounts.is_empty() {
                dl.kv {
                    @for (booked, open) in &of.sums {
                        (line(&lang.t("bank-booked"), &lang.amount(*booked)))
                        (line(&lang.t("bank-open"), &lang.amount(*open)))
                    }
                }
            }
        }
    }
}

fn upload(lang: Lang, of: &BankPage) -> Markup {
    let action = link(lang, &format!("{}/bank?cell={}&key={}", of.base, of.cell, of.key));
    html! {
        form.card.stack method="post" action=(action) enctype="multipart/form-data" {
            h2 { (lang.t("bank-take")) }
            p.small { (lang.t("bank-take-what")) }
            div.field {
                label for="f-statement" { (lang.t("bank-file")) }
                input #f-statement type="file" name="statement" accept=".xml,application/xml"
                    required;
            }
            div { button.btn { (lang.t("bank-take-yes")) } }
        }
    }
}

fn lines(lang: Lang, of: &BankPage) -> Markup {
    let choice = |only: bool| {
        let tasks = if only { "&tasks=1" } else { "" };
        link(lang, &format!("{}/bank?cell={}{tasks}", of.base, of.cell))
    };
    html! {
        section.stack aria-label=(lang.t("bank-lines")) {
            h2 { (lang.t("bank-lines")) }
            nav.cluster aria-label=(lang.t("bank-which")) {
                a.btn.second.slim href=(choice(true))
                    aria-current=[of.only_tasks.then_some("page")] {
                    (lang.tn("bank-tasks", of.tasks))
                }
                a.btn.second.slim href=(choice(false))
                    aria-current=[(!of.only_tasks).then_some("page")] { (lang.t("bank-all")) }
            }
            @match &of.lines {
                Err(why) => (problem(lang, why)),
                Ok(rows) if rows.is_empty() && of.only_tasks => {
                    (empty(Icon::Check, &lang.t("bank-no-tasks"), &lang.t("bank-no-tasks-lead")))
                }
                Ok(rows) if rows.is_empty() => {
                    (empty(Icon::List, &lang.t("bank-no-lines"), &lang.t("bank-none-lead")))
                }
                Ok(rows) => (table(lang, rows)),
            }
            @if let Some(path) = &of.older {
                nav.cluster aria-label=(lang.t("board-pages")) {
                    a.btn.second.slim rel="next" href=(link(lang, path)) {
                        (lang.t("board-older")) (Icon::Arrow.draw())
                    }
                }
            }
        }
    }
}

fn table(lang: Lang, rows: &[BankLineCard]) -> Markup {
    html! {
        div.card.flush {
            div.scroll tabindex="0" role="region" aria-label=(lang.t("bank-lines")) {
                table.data {
                    thead {
                        tr {
                            th scope="col" { (lang.t("bank-day")) }
                            th.num scope="col" { (lang.t("bank-amount")) }
                            th scope="col" { (lang.t("bank-is")) }
                            th scope="col" { (lang.t("files-why")) }
                        }
                    }
                    tbody {
                        @for it in rows {
                            tr {
                                td { a href=(link(lang, &it.href)) { (lang.day(it.day)) } }
                                td.num { (lang.amount(it.amount)) }
                                td { (found(lang, it)) }
                                td.long { (why(lang, it)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn found(lang: Lang, it: &BankLineCard) -> Markup {
    let state = if it.is_task { State::Waiting } else { State::Paid };
    chip_saying(state, &lang.t(&format!("bank-found-{}", it.found)))
}

/// Why a line is a task: the cell's reason, or the person's.
fn why(lang: Lang, it: &BankLineCard) -> String {
    match (it.why, &it.note) {
        (Some(word), _) => lang.t(&format!("bank-why-{word}")),
        (None, Some(note)) => note.clone(),
        (None, None) => String::new(),
    }
}

fn safe(lang: Lang, of: &BankPage) -> Markup {
    let row = |it: &SafeDay| {
        let day = it.day.map_or_else(|| lang.t("bank-safe-now"), |day| lang.day(day));
        html! {
            tr {
                td { (day) }
                td.num { (lang.amount(it.wallets)) }
                td.num { (lang.amount(it.required)) }
                td.long { (it.source.as_deref().unwrap_or_default()) }
            }
        }
    };
    html! {
        section.stack aria-label=(lang.t("bank-safe")) {
            h2 { (lang.t("bank-safe")) }
            p.quiet { (lang.t("bank-safe-lead")) }
            @if of.safe.is_empty() {
                (empty(Icon::List, &lang.t("bank-safe-none"), &lang.t("bank-safe-none-lead")))
            } @else {
                div.card.flush {
                    div.scroll tabindex="0" role="region" aria-label=(lang.t("bank-safe")) {
                        table.data {
                            thead {
                                tr {
                                    th scope="col" { (lang.t("bank-day")) }
                                    th.num scope="col" { (lang.t("bank-safe-wallets")) }
                                    th.num scope="col" { (lang.t("bank-safe-sum")) }
                                    th scope="col" { (lang.t("bank-safe-law")) }
                                }
                            }
                            tbody { @for it in &of.safe { (row(it)) } }
                        }
                    }
                }
            }
            div {
                a.btn.second.slim download
                    href=(link(lang, &format!("{}/safe.csv?cell={}", of.base, of.cell))) {
                    (lang.t("bank-safe-file"))
                }
            }
        }
    }
}

/// A line's own page.
pub fn line_page(of: &BankLinePage) -> Markup {
    let (lang, it) = (of.chrome.lang, &of.line);
    let title = lang.tf("bank-one", &[("number", &it.number.to_string())]);
    let body = html! {
        div.section-head {
            p { a href=(link(lang, &of.back)) { (lang.t("bank-back")) } }
            h1 { (title) }
        }
        (bar(lang, &of.base, Some("bank")))
        @if let Some(word) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("bank-done-{word}"))) }
            }
        }
        @if let Some(it) = &of.wrong { (problem(lang, it)) }
        div.cols.cols-2 {
            (facts(lang, of))
            @if it.found == "open" { (resolve(lang, of)) } @else { (undo(lang, of)) }
        }
        @if !of.transfers.is_empty() { (trace(lang, of)) }
    };
    layout::page(&of.chrome, &title, "", &body)
}

fn facts(lang: Lang, of: &BankLinePage) -> Markup {
    let it = &of.line;
    html! {
        section.card.stack {
            p { (found(lang, it)) }
            (amount(lang, "", it.amount, None))
            dl.kv {
                (line(&lang.t("bank-day"), &lang.day(it.day)))
                (line(&lang.t("bank-since"), &lang.when(it.since, of.at, of.zone)))
            }
            p.small { (lang.t("bank-account")) br; code.long { (it.account) } }
            @if it.is_task { p { (why(lang, it)) } }
        }
    }
}

fn form(of: &BankLinePage, act: &'static str) -> Markup {
    html! {
        input type="hidden" name="cell" value=(of.cell);
        input type="hidden" name="key" value=(of.key);
        input type="hidden" name="act" value=(act);
    }
}

fn resolve(lang: Lang, of: &BankLinePage) -> Markup {
    let choices = if of.line.amount.minor > 0 { INCOMING } else { OUTGOING };
    let typed = &of.typed;
    let field = |id: &'static str, label: &str, value: &str| {
        html! {
            div.field {
                label for={ "f-" (id) } { (label) }
                input id={ "f-" (id) } name=(id) value=(value) maxlength="120" autocomplete="off";
            }
        }
    };
    html! {
        form.card.stack method="post" action=(link(lang, &of.line.href)) {
            h2 { (lang.t("bank-say")) }
            (form(of, "resolve"))
            div.field {
                label for="f-is" { (lang.t("bank-is")) }
                select #f-is name="is" {
                    @for word in choices {
                        option value=(word) selected[typed.is == word] {
                            (lang.t(&format!("bank-as-{word}")))
                        }
                    }
                }
            }
            (field("file", &lang.t("bank-of-file"), &typed.file))
            (field("place", &lang.t("bank-of-place"), &typed.place))
            @if of.line.amount.minor > 0 {
                (field("wallet", &lang.t("bank-of-wallet"), &typed.wallet))
            }
            (field("text", &lang.t("bank-of-text"), &typed.text))
            div { button.btn { (lang.t("bank-say-yes")) } }
        }
    }
}

fn undo(lang: Lang, of: &BankLinePage) -> Markup {
    html! {
        form.card.stack method="post" action=(link(lang, &of.line.href)) {
            h2 { (lang.t("bank-undo")) }
            p.small { (lang.t("bank-undo-what")) }
            (form(of, "undo"))
            div.field {
                label for="f-text" { (lang.t("files-reason")) }
                input #f-text name="text" value=(of.typed.text) maxlength="120" required
                    autocomplete="off";
            }
            div { button.btn.second { (lang.t("bank-undo-yes")) } }
        }
    }
}

fn trace(lang: Lang, of: &BankLinePage) -> Markup {
    let row = |it: &TransferCard| {
        html! {
            tr {
                td { a href=(link(lang, &it.href)) { (it.place + 1) } }
                td.num { (lang.amount(it.amount)) }
                td.num { (lang.amount(it.fee)) }
                td.long {
                    @if let Some(code) = &it.returned {
                        (lang.tf("bank-came-back", &[("code", code.as_str())]))
                    }
                }
            }
        }
    };
    html! {
        section.stack aria-label=(lang.t("bank-made-of")) {
            h2 { (lang.t("bank-made-of")) }
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t("bank-made-of")) {
                    table.data {
                        thead {
                            tr {
                                th scope="col" { (lang.t("bank-place")) }
                                th.num scope="col" { (lang.t("files-amount")) }
                                th.num scope="col" { (lang.t("files-fee")) }
                                th scope="col" { (lang.t("files-state")) }
                            }
                        }
                        tbody { @for it in &of.transfers { (row(it)) } }
                    }
                }
            }
            @if let ([only], false) = (&of.transfers[..], of.parts.is_empty()) {
                (parts(lang, of, only))
            }
        }
    }
}

/// What comes to a transfer, as a sum.
fn parts(lang: Lang, of: &BankLinePage, only: &TransferCard) -> Markup {
    let less = |it: Amount| it.negated();
    let row = |label: &Markup, value: Amount| {
        html! { tr { td { (label) } td.num { (lang.amount(value)) } } }
    };
    let word = |it: &PartCard| {
        let what = lang.find(&format!("fact-{}", it.kind), &[]);
        let what = what.unwrap_or_else(|| lang.t("bank-part-other"));
        let when = lang.when(it.at, of.at, of.zone);
        html! {
            @match &it.href {
                Some(path) => a href=(link(lang, path)) { (when) },
                None => { (when) }
            }
            span.quiet { " " (what) }
        }
    };
    html! {
        div.card.flush {
            div.scroll tabindex="0" role="region" aria-label=(lang.t("bank-parts")) {
                table.data {
                    tbody {
                        @if only.carried.minor != 0 {
                            (row(&html! { (lang.t("tonight-before")) }, only.carried))
                        }
                        @for it in &of.parts { (row(&word(it), it.amount)) }
                        @if only.fee.minor != 0 {
                            (row(&html! { (lang.t("tonight-transfer")) }, less(only.fee)))
                        }
                        @if only.left.minor != 0 {
                            (row(&html! { (lang.t("bank-left")) }, less(only.left)))
                        }
                        (row(&html! { b { (lang.t("tonight-out")) } }, only.amount))
                    }
                }
            }
        }
    }
}
