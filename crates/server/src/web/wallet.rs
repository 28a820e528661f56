//! The wallet in a window of its own: the phone, and beside it the statement.

use maud::{Markup, html};

use super::choose::others;
use super::icon::Icon;
use super::layout;
use super::parts::{empty, link, statement_row};
use super::phone::{on_paper, phone};
use super::text::Lang;
use super::view::{Chrome, Phone, Statement, StatementRow, WalletPage};

/// The page.
pub fn page(of: &WalletPage) -> Markup {
    let lang = of.chrome.lang;
    let title = lang.unit_word(of.phone.unit, "wallet");
    let body = html! {
        h1.sr { (title) }
        div.window {
            (phone(lang, &of.phone))
            (statement(lang, &of.statement))
        }
        (others(lang, "choose-others-wallet", &of.others))
    };
    layout::page(&of.chrome, &title, "shore-from windowed", &body)
}

/// A receipt for paper: nothing beside it.
pub fn printed(chrome: &Chrome, of: &Phone) -> Markup {
    let lang = chrome.lang;
    let body = html! {
        h1.sr { (lang.t("receipt-title")) }
        article.card.stack.paper { (on_paper(lang, of)) }
    };
    layout::page(chrome, &lang.t("receipt-title"), "shore-from", &body)
}

/// The fragment `#statement`: rows under the day they happened on.
pub fn statement(lang: Lang, of: &Statement) -> Markup {
    let before = of.before.as_ref().map(|at| format!("?before={at}")).unwrap_or_default();
    let src = link(lang, &format!("{}/statement{before}", of.base));
    // What is older stays as it is.
    let on = if of.before.is_some() { "" } else { "held captured posted declined voided booked" };
    html! {
        section #statement .card.flush aria-labelledby="statement-title" data-src=(src)
            data-on=(on) {
            div.head.split {
                h2 #statement-title { (lang.t("tab-statement")) }
                @if of.stale { span.small.quiet { (lang.t("statement-stale")) } }
                @if !of.rows.is_empty() {
                    a.small.noprint download
                        href=(link(lang, &format!("{}/statement.csv{before}", of.base))) {
                        (lang.t("statement-file"))
                    }
                }
            }
            @if of.rows.is_empty() {
                div.head {
                    (empty(Icon::List, &lang.t("phone-no-rows"), &lang.t("statement-first")))
                }
            }
            @for day in days(of) { (one_day(lang, of, day)) }
            @if of.before.is_some() || of.older.is_some() {
                p.head.cluster.noprint {
                    @if of.before.is_some() {
                        a href=(link(lang, &format!("{}/statement", of.base))) {
                            (lang.t("statement-newest"))
                        }
                    }
                    @if let Some(older) = &of.older {
                        a href=(link(lang, older)) { (lang.t("statement-older")) }
                    }
                }
            }
        }
    }
}

/// The rows cut where the day changes.
fn days(of: &Statement) -> impl Iterator<Item = &[StatementRow]> {
    of.rows.chunk_by(|a, b| of.zone.day(a.at) == of.zone.day(b.at))
}

fn one_day(lang: Lang, of: &Statement, rows: &[StatementRow]) -> Markup {
    let at = rows.first().map_or(of.now, |row| row.at);
    let day = lang.day_short(of.zone.day(at));
    let today = of.zone.day(at) == of.zone.day(of.now);
    html! {
        h3.day.small.quiet {
            @if today { (lang.tf("statement-today", &[("day", &day)])) } @else { (day) }
        }
        ul.rows { @for row in rows { (statement_row(lang, row, at, of.zone)) } }
    }
}
