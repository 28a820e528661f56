//! The operator's page, in fragments that change in place.

mod chart;
mod figures;
mod now;
mod operate;
mod payment;
mod payments;

pub use figures::figures;
pub use now::now;
pub use payment::page as payment_page;
pub use payments::payments;

use maud::{Markup, html};

use super::home::agreement;
use super::icon::Icon;
use super::layout;
use super::parts::link;
use super::text::Lang;
use super::view::{BoardPage, Unit};

/// The page.
pub fn page(of: &BoardPage) -> Markup {
    let lang = of.chrome.lang;
    let day = lang.day(of.zones.0.day(of.at));
    let clocks = lang.both_clocks(of.at, of.zones.0, of.zones.1);
    let body = html! {
        div.split.audit-head {
            div.section-head {
                h1 { (lang.t("board-title")) }
                p.quiet { (lang.tf("time-when", &[("day", &day), ("clock", &clocks)])) }
            }
            @if let Some(it) = &of.agreement { (agreement(lang, it)) }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("board-done-{done}"))) }
            }
        }
        (now(lang, &of.now))
        (switch(lang, of))
        (figures(lang, &of.figures))
        section.stack #payments-part aria-labelledby="payments-title" {
            div.split {
                h2 #payments-title { (lang.t("board-payments")) }
                a.small href=(link(lang, &of.payments.file)) { (lang.t("board-file")) }
            }
            (payments::search(lang, &of.payments))
            (payments(lang, &of.payments))
        }
        (operate::operate(lang, &of.operate))
    };
    layout::page(&of.chrome, &lang.t("board-title"), "", &body)
}

/// Which cell the figures and payments are of, where there are several.
fn switch(lang: Lang, of: &BoardPage) -> Markup {
    html! {
        @if of.cells.len() > 1 {
            nav.cluster aria-label=(lang.t("board-cells")) {
                @for (name, unit) in &of.cells {
                    a.btn.second.slim href=(link(lang, &format!("{}?cell={name}", of.base)))
                        aria-current=[(*name == of.cell).then_some("true")] {
                        (cell_name(lang, *unit, name))
                    }
                }
            }
        }
    }
}

/// A cell by its currency, where that has a word, and by its name.
fn cell_name(lang: Lang, unit: Unit, name: &str) -> Markup {
    html! { (lang.unit_word(unit, "cell-title")) " " span.quiet.small { (name) } }
}

/// The word of a trade.
fn trade(lang: Lang, word: &str) -> String {
    lang.t(&format!("trade-{word}"))
}
