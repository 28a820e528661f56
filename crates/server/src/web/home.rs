//! The first page: the whole system at a glance, and a payment in three presses.

use maud::{Markup, html};

use super::books::books;
use super::bridge::bridge;
use super::front;
use super::icon::Icon;
use super::layout;
use super::map::map;
use super::parts::{line, link, problem, source_short};
use super::phone::phone;
use super::sign_up;
use super::text::Lang;
use super::till::till;
use super::view::{Agreement, BreakCell, BreakIt, CellState, Corridor, HomePage, State, Tiles};

/// The page.
pub fn page(of: &HomePage) -> Markup {
    let lang = of.chrome.lang;
    let names = [("from", lang.unit_word(of.from, "name")), ("to", lang.unit_word(of.to, "name"))];
    let args = [("from", names[0].1.as_str()), ("to", names[1].1.as_str())];
    let title = [lang.tf("home-title-1", &args), lang.tf("home-title-2", &args)];
    let body = html! {
        section.stage {
            div.s-head.stack {
                h1 { (title[0]) br; (title[1]) }
                p.lead { (lang.t("home-lead")) }
                (agreement(lang, &of.agreement))
            }
            (phone(lang, &of.phone))
            (bridge(lang, &of.bridge))
            (till(lang, &of.till))
        }
        (books(lang, &of.books))
        section.cols-map.figures aria-label=(lang.t("map-title")) {
            (map(lang, &of.map))
            (corridor(lang, &of.corridor))
        }
        @if let Some(operator) = of.chrome.nav.as_ref().and_then(|nav| nav.operator.as_deref()) {
            p.centre {
                a.btn.second href=(link(lang, &format!("{operator}/insight"))) {
                    (lang.t("insight-open-page"))
                }
            }
        }
        (tiles(lang, &of.tiles))
        div.cols.cols-2 { (sign_up::door(lang)) (front::people(lang)) }
        section.cols.cols-2 {
            (curl(lang, &of.curl))
            (break_it(lang, &of.break_it))
        }
    };
    let heading =
        if lang == Lang::En { format!("{} {}", title[0], title[1]) } else { title.concat() };
    layout::page(&of.chrome, heading.trim_end_matches(['.', '。']), "", &body)
}

/// The fragment `#agree`: both books agree, or by how much they do not.
pub fn agreement(lang: Lang, of: &Agreement) -> Markup {
    let agree = of.differences == 0;
    let (class, icon, word) = match agree {
        true => ("audit", Icon::Check, lang.t("home-agree")),
        false => ("audit bad", Icon::Warn, lang.t("home-differ")),
    };
    html! {
        a #agree class=(class) href=(link(lang, "/audit")) data-src=(link(lang, &of.src))
            data-on="figures posted booked" {
            (icon.draw())
            b { (word) }
            span { (lang.tn("home-payments", of.payments)) }
            span { (lang.tn("home-differences", of.differences)) }
            @if let Some((at, zone)) = of.checked {
                span { (lang.tf("home-checked", &[("clock", &lang.clock_seconds(at, zone))])) }
            }
        }
    }
}

/// The fragment `#corridor`.
pub fn corridor(lang: Lang, of: &Corridor) -> Markup {
    let low = of.nostro.minor < of.warns_below.minor;
    html! {
        div #corridor .card data-src=(link(lang, &of.src))
            data-on="figures held posted voided booked cell_down cell_up" {
            div.split {
                h3 { (lang.t("corridor-title")) }
                @if !of.open {
                    span.chip data-state="declined" {
                        (super::icon::shape(State::Declined, "")) (lang.t("corridor-closed"))
                    }
                }
            }
            dl.kv {
                (line(&lang.t("corridor-under-way"), &lang.tn("corridor-messages", of.under_way)))
                @if let Some(rate) = &of.rate {
                    (line(&lang.t("corridor-rate"), &source_short(lang, rate)))
                }
                (line(&lang.t("corridor-nostro"), &lang.amount(of.nostro)))
                (line(&lang.t("corridor-warns"), &lang.amount(of.warns_below)))
            }
            @if low { p.small.note-ink { (Icon::Warn.draw()) (lang.t("corridor-low")) } }
        }
    }
}

/// The fragment `#tiles`: what runs here, and in outline what does not run yet.
pub fn tiles(lang: Lang, of: &Tiles) -> Markup {
    let built = [
        (
            Icon::Wallet,
            link(lang, &of.wallet),
            "tile-pay",
            lang.count(of.payments),
            "tile-pay-unit",
        ),
        (
            Icon::Figures,
            "#map".to_owned(),
            "tile-figures",
            lang.tf("tile-of-47", &[("count", &lang.count(of.prefectures))]),
            "tile-figures-unit",
        ),
    ];
    let unbuilt = [
        (Icon::Shop, "tile-shop", "tile-shop-what"),
        (Icon::Park, "tile-park", "tile-park-what"),
        (Icon::Ride, "tile-ride", "tile-ride-what"),
        (Icon::Stay, "tile-stay", "tile-stay-what"),
    ];
    html! {
        section #tiles .stack aria-labelledby="tiles-title" data-src=(link(lang, &of.src))
            data-on="figures" {
            h2 #tiles-title { (lang.t("tiles-title")) }
            div.tiles {
                @for (icon, href, name, value, unit) in built {
                    a.tile href=(href) {
                        (icon.draw())
                        span { (lang.t(name)) }
                        span.n { (value) }
                        span.small.quiet { (lang.t(unit)) }
                    }
                }
                @for (icon, name, what) in unbuilt {
                    div.tile.unbuilt {
                        (icon.draw())
                        span { (lang.t(name)) }
                        span.small { (lang.t(what)) }
                        span.tag { (lang.t("tile-unbuilt")) }
                    }
                }
            }
        }
    }
}

fn curl(lang: Lang, commands: &str) -> Markup {
    html! {
        div.card.stack {
            div.split {
                h2 { (lang.t("curl-title")) }
                button.btn.second.slim type="button" hidden data-copy="#curl"
                    data-said=(lang.t("curl-copied")) { (Icon::Copy.draw()) (lang.t("curl-copy")) }
            }
            p.quiet { (lang.t("curl-lead")) }
            pre #curl .code tabindex="0" role="region" aria-label=(lang.t("curl-title")) {
                (commands)
            }
        }
    }
}

/// The fragment `#break`: one button a cell.
pub fn break_it(lang: Lang, of: &BreakIt) -> Markup {
    html! {
        div #break .card.stack tabindex="-1" data-src=(link(lang, &of.src))
            data-on="cell_down cell_up" data-say=(broken(lang, of)) {
            h2 { (lang.t("break-title")) }
            p.quiet { (lang.t("break-lead")) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            div.cluster { @for cell in &of.cells { (break_button(lang, of, cell)) } }
            @for cell in &of.cells {
                @if cell.state != CellState::Running {
                    p.small.note-ink {
                        @if cell.state == CellState::Down { (Icon::Bolt.draw()) }
                        @else { (Icon::Check.draw()) }
                        span { (cell_state(lang, cell)) }
                    }
                }
            }
        }
    }
}

fn break_button(lang: Lang, of: &BreakIt, cell: &BreakCell) -> Markup {
    let name = lang.unit_word(cell.unit, "cell");
    let down = cell.state == CellState::Down;
    html! {
        form method="post" action=(link(lang, &of.src)) data-swap="#break" {
            input type="hidden" name="cell" value=(cell.cell);
            button.btn.second disabled[down] aria-busy=[down.then_some("true")] {
                (Icon::Bolt.draw()) (lang.tf("break-stop", &[("cell", &name)]))
            }
        }
    }
}

fn cell_state(lang: Lang, cell: &BreakCell) -> String {
    let name = lang.unit_word(cell.unit, "cell");
    match cell.state {
        CellState::Running => String::new(),
        CellState::Down => lang.tf("break-down", &[("cell", &name)]),
        CellState::Back { micros, records } => lang.tf(
            "break-back",
            &[("cell", &name), ("time", &lang.millis(micros)), ("records", &lang.count(records))],
        ),
    }
}

fn broken(lang: Lang, of: &BreakIt) -> String {
    let told: Vec<String> = of.cells.iter().map(|cell| cell_state(lang, cell)).collect();
    told.concat()
}
