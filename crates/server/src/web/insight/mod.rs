//! Figures over months: the page of the operator, and the report, which is a file of its own.

mod chart;
mod heads;
mod notes;
mod report;
mod sales;
mod trips;

pub use report::report;

use maud::{Markup, html};
use pay::Category;
use views::Month;

use super::board::bar;
use super::layout;
use super::parts::{link, problem};
use super::places;
use super::text::Lang;
use super::view::{InsightPage, Unit};
use crate::insight::{Change, NoGrowth, Shown};

use super::format::number;

/// Where it is shown: on the page there are ways on, in the report nothing is folded away.
#[derive(Clone, Copy)]
pub(super) enum Frame<'a> {
    /// The page, with its address and the query of what is shown.
    Page(&'a str, &'a str),
    /// The report.
    Report,
}

/// The page.
pub fn page(of: &InsightPage) -> Markup {
    let lang = of.chrome.lang;
    let path = format!("{}/insight", of.base);
    let query = query(&of.shown);
    let frame = Frame::Page(&path, &query);
    let body = html! {
        div.section-head {
            h1 { (lang.t("insight-title")) }
            p.quiet { (lang.t("insight-lead")) }
        }
        (bar(lang, &of.base, Some("insight")))
        (notes::whose(lang, &of.shown))
        (heads::heads(lang, &of.shown))
        (form(lang, &path, &of.shown))
        @if let Some(it) = &of.problem { (problem(lang, it)) }
        (parts(lang, &of.shown, frame))
        (notes::method(lang, &of.shown))
    };
    layout::page(&of.chrome, &lang.t("insight-title"), "", &body)
}

/// What the page and the report have in common.
fn parts(lang: Lang, of: &Shown, frame: Frame<'_>) -> Markup {
    html! {
        @if let Some(it) = &of.sales { (sales::sales(lang, of, it, frame)) }
        @if let Some(it) = &of.abroad { (trips::trips(lang, it, frame)) }
    }
}

/// What is shown, as a query that shows it again.
fn query(of: &Shown) -> String {
    let (first, last) = of.asked.months;
    let mut query = format!("first={first}&last={last}");
    if let Some(code) = of.asked.prefecture {
        query += &format!("&prefecture={code}");
    }
    if let Some(category) = of.asked.category {
        query += &format!("&category={}", category.word());
    }
    if let Some(key) = &of.asked.wallet {
        query += &format!("&wallet={key}");
    }
    query
}

fn form(lang: Lang, path: &str, of: &Shown) -> Markup {
    let asked = &of.asked;
    let (from, to) = of.months.unwrap_or(asked.months);
    let (from, to) = (from.min(asked.months.0), to.max(asked.months.1));
    // A browser without a calendar of months shows a field for the text.
    let month = |name: &str, chosen: Month| {
        html! {
            input type="month" name=(name) value=(chosen) min=(from) max=(to)
                pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-11";
        }
    };
    html! {
        form.cluster.days method="get" action=(link(lang, path)) {
            input type="hidden" name="lang" value=(lang.tag());
            label.field { span.label.small { (lang.t("board-from")) }
                (month("first", asked.months.0)) }
            label.field { span.label.small { (lang.t("board-to")) }
                (month("last", asked.months.1)) }
            @if of.sales.is_some() {
                label.field { span.label.small { (lang.t("map-prefecture")) }
                    select name="prefecture" {
                        option value="" { (lang.t("insight-every")) }
                        @for place in places::all() {
                            option value=(place.code) selected[asked.prefecture == Some(place.code)] {
                                (place.name(lang))
                            }
                        }
                    } }
                label.field { span.label.small { (lang.t("board-trade")) }
                    select name="category" {
                        option value="" { (lang.t("insight-every")) }
                        @for it in Category::ALL {
                            option value=(it.word()) selected[asked.category == Some(it)] {
                                (trade(lang, it))
                            }
                        }
                    } }
                label.field { span.label.small { (lang.t("insight-wallet")) }
                    select name="wallet" {
                        option value="" { (lang.t("insight-every")) }
                        @for key in &of.keys {
                            option value=(key) selected[asked.wallet.as_ref() == Some(key)] {
                                (wallet(lang, of, key))
                            }
                        }
                    } }
            }
            button.btn.second.slim { (lang.t("board-show")) }
            a.btn.plain.slim href=(link(lang, path)) { (lang.t("insight-reset")) }
        }
    }
}

fn trade(lang: Lang, category: Category) -> String {
    lang.t(&format!("trade-{}", category.word()))
}

/// What people call wallets, by the key of the API.
fn wallet(lang: Lang, of: &Shown, key: &str) -> String {
    let here = key.parse().ok();
    let there = of.wallets.iter().find(|(cell, _)| cell == key).map(|(_, currency)| *currency);
    match here.or(there) {
        Some(currency) => {
            let unit = lang.unit_word(Unit::of_currency(currency), "name");
            lang.tf("board-wallets-in", &[("unit", &unit)])
        }
        None => lang.tf("board-wallets-of", &[("cell", key)]),
    }
}

fn prefecture(lang: Lang, code: u8) -> String {
    places::name(lang, code).map_or_else(|| lang.t("board-elsewhere"), str::to_owned)
}

/// A span of months.
fn span(lang: Lang, (first, last): (Month, Month)) -> String {
    if first == last {
        return lang.month(first);
    }
    lang.tf("board-span", &[("first", &lang.month(first)), ("last", &lang.month(last))])
}

/// Growth in per cent with its sign; where none can be told, the words that say so.
fn grown(lang: Lang, of: Result<Change, NoGrowth>) -> Markup {
    match of {
        Ok(change) => html! { (permille(lang, change.permille())) },
        Err(_) => html! { span.quiet { (lang.t("insight-no-data")) } },
    }
}

/// What was a year before; where nothing was recorded then, the words that say so and never 0.
fn before(lang: Lang, recorded: bool, value: &str) -> Markup {
    html! {
        @if recorded { (value) } @else { span.quiet { (lang.t("insight-no-data")) } }
    }
}

fn permille(lang: Lang, permille: i64) -> String {
    let sign = if permille > 0 { "+" } else { "" };
    let digits = format!("{sign}{}", number(i128::from(permille), 1));
    lang.tf("board-percent", &[("percent", &digits)])
}

/// Months that a table of the page has, at most: the report and the files have all.
const ROWS: usize = 24;

/// How many of the earliest months a table leaves out.
fn left_out(frame: Frame<'_>, months: usize) -> usize {
    match frame {
        Frame::Page(..) => months.saturating_sub(ROWS),
        Frame::Report => 0,
    }
}

fn earlier(lang: Lang, left_out: usize) -> Markup {
    html! { @if left_out > 0 { p.small.quiet { (lang.t("insight-earlier")) } } }
}

fn file(lang: Lang, frame: Frame<'_>, by: &str) -> Markup {
    html! {
        @if let Frame::Page(path, query) = frame {
            @let file = format!("{path}.csv?by={by}&{query}");
            p.small { a href=(link(lang, &file)) { (lang.t("board-file")) } }
        }
    }
}

/// What stands in for a picture: folded away on the page, open in the report.
fn table(lang: Lang, frame: Frame<'_>, title: &str, inner: &Markup) -> Markup {
    html! {
        details.gap-top open[matches!(frame, Frame::Report)] {
            summary { (lang.t("map-table")) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.data { (inner) }
            }
        }
    }
}
