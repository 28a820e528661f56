//! The operator's page, in fragments that change in place.

mod bank_files;
mod banking;
pub(in crate::web) mod chart;
mod connectors;
mod decide;
mod figures;
mod now;
mod operate;
mod partners;
mod payment;
mod payments;
mod review;
mod settlement;

pub use bank_files::{builds as files_builds, file_page, made as files_made, page as files_page};
pub use banking::{line_page as bank_line_page, page as bank_page};
pub use connectors::page as connectors_page;
pub use decide::page as decide_page;
pub use figures::figures;
pub use now::now;
pub use partners::{day_page as partner_day_page, page as partners_page};
pub use payment::page as payment_page;
pub use payments::payments;
pub use review::page as review_page;
pub use settlement::{day_page as settled_day_page, page as settlement_page};

use maud::{Markup, html};

use super::home::agreement;
use super::icon::Icon;
use super::layout;
use super::parts::link;
use super::text::Lang;
use super::view::{BoardAgreement, BoardPage, Unit};

/// The parts of the operator's pages in the order of their bar: where each is, and the key of its
/// word. A path of the server's begins with a slash; any other goes on from the window's own.
const PARTS: [(&str, &str); 15] = [
    ("", "board-overview"),
    ("#payments-part", "board-payments"),
    ("#operate", "board-operate"),
    ("insight", "insight-title"),
    ("review", "review-title"),
    ("decide", "decide-title"),
    ("bank-files", "files-title"),
    ("staff", "staff-people"),
    ("trail", "trail-title"),
    ("bank", "bank-title"),
    ("settlement", "settle-title"),
    ("partners", "partners-title"),
    ("referrers", "referrers-title"),
    ("connectors", "conn-title"),
    ("/audit", "nav-audit"),
];

/// The bar of the operator's pages; `current` is the place of the one that is looked at, in
/// `PARTS`.
pub fn bar(lang: Lang, base: &str, current: Option<&str>) -> Markup {
    let href = |place: &str| match place.split_once('#') {
        Some((path, part)) => format!("{}#{part}", link(lang, &format!("{base}{path}"))),
        None if place.starts_with('/') => link(lang, place),
        None if place.is_empty() => link(lang, base),
        None => link(lang, &format!("{base}/{place}")),
    };
    html! {
        nav.cluster aria-label=(lang.t("board-parts")) {
            @for (place, key) in PARTS {
                a.btn.second.slim href=(href(place))
                    aria-current=[(current == Some(place)).then_some("page")] { (lang.t(key)) }
            }
        }
    }
}

/// The fragment `#agree`: what the newest audit found, or only the way to the audit before the
/// first one has ended.
pub fn agree(lang: Lang, of: &BoardAgreement) -> Markup {
    match of {
        BoardAgreement::Known(it) => agreement(lang, it),
        BoardAgreement::Awaited(src) => html! {
            a #agree .audit href=(link(lang, "/audit")) data-src=(link(lang, src))
                data-on="figures" { b { (lang.t("board-audit-awaited")) } }
        },
    }
}

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
            (agree(lang, &of.agreement))
        }
        (bar(lang, &of.base, Some("")))
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
