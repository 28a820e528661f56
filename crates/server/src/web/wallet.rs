//! The wallet in a window of its own: the phone, and beside it the statement.

use maud::{Markup, html};

use super::choose::others;
use super::icon::Icon;
use super::layout;
use super::parts::{empty, link, statement_row};
use super::phone::phone;
use super::text::Lang;
use super::view::{Statement, StatementRow, WalletPage};

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

/// The fragment `#statement`: rows under the day they happened on.
pub fn statement(lang: Lang, of: &Statement) -> Markup {
    let src = link(lang, &format!("{}/statement", of.base));
    html! {
        section #statement .card.flush aria-labelledby="statement-title" data-src=(src)
            data-on="held captured posted declined voided booked" {
            div.head.split {
                h2 #statement-title { (lang.t("tab-statement")) }
                @if of.stale { span.small.quiet { (lang.t("statement-stale")) } }
            }
            @if of.rows.is_empty() {
                div.head {
                    (empty(Icon::List, &lang.t("phone-no-rows"), &lang.t("statement-first")))
                }
            }
            @for day in days(of) { (one_day(lang, of, day)) }
            @if let Some(older) = &of.older {
                p.head.centre { a href=(link(lang, older)) { (lang.t("statement-older")) } }
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
