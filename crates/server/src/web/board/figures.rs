//! What was sold: the map with its table, hours, trades, wallets, beside the week before.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use super::super::format::number;
use super::super::icon::Icon;
use super::super::map::{Scale, by_volume, legend, picture};
use super::super::parts::{link, problem};
use super::super::places;
use super::super::text::Lang;
use super::super::view::{BoardFigures, BoardLine, BoardOf, BoardSum, Unit};
use super::chart;
use super::trade;

/// So many prefectures have a line of their own; the others stand in one below.
const LINES: usize = 6;

/// The fragment `#figures`.
pub fn figures(lang: Lang, of: &BoardFigures) -> Markup {
    html! {
        section #figures .stack-3 data-src=(link(lang, &of.src)) data-on="figures"
            aria-label=(lang.t("board-figures")) {
            (days(lang, of))
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            div.cols.cols-map {
                (words(lang, of))
                figure.board-map {
                    (picture(lang, &of.map, &Scale::of(&of.map)))
                    figcaption.small.quiet.centre { (lang.t("map-credit")) }
                }
            }
            div.cols.cols-2 {
                (hours(lang, of))
                (card(lang, of, "board-trades", "category", &of.trades))
                (card(lang, of, "board-wallets", "wallet", &of.wallets))
                (compared(lang, of))
            }
        }
    }
}

/// The day that is shown, the one before and behind it, and any days.
fn days(lang: Lang, of: &BoardFigures) -> Markup {
    let (first, last) = of.days;
    let one = |day: Date| format!("{}?cell={}&day={day}", of.base, of.cell);
    let before = first.checked_sub(1.day()).ok();
    let after = last.checked_add(1.day()).ok().filter(|day| *day <= of.today);
    html! {
        div.split {
            div.cluster {
                @if let Some(day) = before {
                    a.btn.second.slim href=(link(lang, &one(day))) aria-label=(lang.day(day)) {
                        (Icon::Back.draw())
                    }
                }
                h2 { (span_of(lang, of.days)) }
                @if let Some(day) = after {
                    a.btn.second.slim href=(link(lang, &one(day))) aria-label=(lang.day(day)) {
                        (Icon::Arrow.draw())
                    }
                }
                @if last != of.today || first != last {
                    a.btn.plain.slim href=(link(lang, &format!("{}?cell={}", of.base, of.cell))) {
                        (lang.t("board-today"))
                    }
                }
            }
            form.cluster.days method="get" action=(link(lang, &of.base)) {
                input type="hidden" name="lang" value=(lang.tag());
                input type="hidden" name="cell" value=(of.cell);
                label.field { span.label.small { (lang.t("board-from")) }
                    input type="date" name="first" value=(first) max=(of.today) required; }
                label.field { span.label.small { (lang.t("board-to")) }
                    input type="date" name="last" value=(last) max=(of.today) required; }
                button.btn.second.slim { (lang.t("board-show")) }
            }
        }
    }
}

fn span_of(lang: Lang, (first, last): (Date, Date)) -> String {
    if first == last {
        return lang.day(first);
    }
    lang.tf("board-span", &[("first", &lang.day(first)), ("last", &lang.day(last))])
}

fn is_today(of: &BoardFigures) -> bool {
    of.days == (of.today, of.today)
}

fn words(lang: Lang, of: &BoardFigures) -> Markup {
    let scale = Scale::of(&of.map);
    let with = of.map.rows.iter().filter(|row| row.prefecture > 0 && row.payments > 0).count();
    let parts: Vec<String> = of
        .wallets
        .iter()
        .filter(|line| line.now.net() != 0)
        .map(|line| {
            let amount = lang.amount(of.unit.of(line.now.net()));
            lang.tf("board-paid-from", &[("amount", &amount), ("wallets", &name(lang, &line.of))])
        })
        .collect();
    let total = lang.tf(
        if is_today(of) { "board-since-midnight" } else { "board-in-these-days" },
        &[("amount", &lang.amount(of.unit.of(of.all.0.net())))],
    );
    html! {
        div.stack {
            div.section-head {
                h2 { (lang.tn("board-prefectures", with as u64)) }
                p.quiet { (total) @if !parts.is_empty() { (lang.t("board-colon")) (parts.join(&lang.t("board-comma"))) } }
            }
            @if of.map.rows.iter().any(|row| row.minor > 0) { (legend(lang, &of.map, &scale)) }
            (prefectures(lang, of))
            (file(lang, of, "prefecture"))
        }
    }
}

fn prefectures(lang: Lang, of: &BoardFigures) -> Markup {
    let rows = by_volume(&of.map);
    let figure = |minor: i64| number(i128::from(minor), of.unit.exponent);
    let place = |code: u8| match places::name(lang, code) {
        Some(name) => name.to_owned(),
        None => lang.t("board-elsewhere"),
    };
    let (shown, others) = rows.split_at(rows.len().min(LINES));
    let sum = |rows: &[super::super::view::PrefectureRow]| {
        let payments: u64 = rows.iter().map(|row| row.payments).sum();
        (rows.iter().map(|row| row.minor).sum::<i64>(), payments)
    };
    let line = |name: String, minor: i64, payments: u64| {
        html! {
            tr { td { (name) } td.num { (figure(minor)) } td.num { (lang.count(payments)) } }
        }
    };
    let (all, rest) = (sum(&rows), sum(others));
    html! {
        div.card.flush {
            div.scroll {
                table.data {
                    thead { tr {
                        th scope="col" { (lang.t("map-prefecture")) }
                        th.num scope="col" { (lang.unit_sign(of.unit)) }
                        th.num scope="col" { (lang.t("map-payments")) }
                    } }
                    tbody {
                        @for row in shown { (line(place(row.prefecture), row.minor, row.payments)) }
                        @if !others.is_empty() {
                            (line(lang.tn("board-others", others.len() as u64), rest.0, rest.1))
                        }
                    }
                    tfoot { (line(lang.t("map-all"), all.0, all.1)) }
                }
            }
        }
        @if !others.is_empty() {
            details {
                summary { (lang.t("board-all-prefectures")) }
                div.scroll.card.flush tabindex="0" role="region" aria-label=(lang.t("board-all-prefectures")) {
                    table.data {
                        tbody {
                            @for row in others { (line(place(row.prefecture), row.minor, row.payments)) }
                        }
                    }
                }
            }
        }
    }
}

fn hours(lang: Lang, of: &BoardFigures) -> Markup {
    let (now, before) = of.all;
    let then = span_short(lang, of.week_before);
    let told = match &of.until {
        Some(until) => lang.tf("board-until", &[("clock", until), ("day", &then)]),
        None => lang.tf("board-beside", &[("day", &then)]),
    };
    let label = lang.tf(
        "board-hours-label",
        &[
            ("now", &lang.count(now.payments)),
            ("day", &then),
            ("before", &lang.count(before.payments)),
        ],
    );
    let word = if is_today(of) { lang.t("board-today-word") } else { span_short(lang, of.days) };
    html! {
        section.card {
            div.split { h2 { (lang.t("board-hours")) } span.small.quiet { (told) } }
            (chart::hours(lang, &of.hours, &label, &word, &then))
            (table(lang, of, "board-hours", &of.hours))
            (file(lang, of, "hour"))
        }
    }
}

fn span_short(lang: Lang, (first, last): (Date, Date)) -> String {
    if first == last {
        return lang.day_short(first);
    }
    let (first, last) = (lang.day_short(first), lang.day_short(last));
    lang.tf("board-span", &[("first", &first), ("last", &last)])
}

fn card(lang: Lang, of: &BoardFigures, key: &str, by: &str, lines: &[BoardLine]) -> Markup {
    let (title, unit) = (lang.t(key), lang.unit_sign(of.unit));
    let all = number(i128::from(of.all.0.net()), of.unit.exponent);
    html! {
        section.card {
            div.split {
                h2 { (title) }
                span.small.quiet { (lang.tf("board-all", &[("unit", &unit), ("amount", &all)])) }
            }
            @if lines.is_empty() { p.quiet { (lang.t("board-nothing")) } }
            @else { (chart::bars(lang, lines, of.unit, &title)) }
            (table(lang, of, key, lines))
            (file(lang, of, by))
        }
    }
}

/// The same figures as a table, both weeks.
fn table(lang: Lang, of: &BoardFigures, key: &str, lines: &[BoardLine]) -> Markup {
    let figure = |minor: i64| number(i128::from(minor), of.unit.exponent);
    html! {
        @if !lines.is_empty() {
            details.gap-top {
                summary { (lang.t("map-table")) }
                div.scroll tabindex="0" role="region" aria-label=(lang.t(key)) {
                    table.data {
                        thead { tr {
                            th scope="col" { (lang.t(key)) }
                            th.num scope="col" { (lang.t("map-payments")) }
                            th.num scope="col" { (lang.unit_sign(of.unit)) }
                            th.num scope="col" { (lang.t("board-back")) }
                            th.num scope="col" { (lang.t("board-before-payments")) }
                            th.num scope="col" { (lang.t("board-before")) }
                        } }
                        tbody {
                            @for line in lines {
                                tr {
                                    td { (name(lang, &line.of)) }
                                    td.num { (lang.count(line.now.payments)) }
                                    td.num { (figure(line.now.net())) }
                                    td.num { (figure(line.now.refunded)) }
                                    td.num { (lang.count(line.before.payments)) }
                                    td.num { (figure(line.before.net())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Everything beside the week before.
fn compared(lang: Lang, of: &BoardFigures) -> Markup {
    let (now, before) = &of.all;
    let amount = |minor: i64| number(i128::from(minor), of.unit.exponent);
    let rows: [(&str, i64, i64, bool); 6] = [
        ("board-row-payments", count(now, |s| s.payments), count(before, |s| s.payments), false),
        ("board-row-captured", now.captured, before.captured, true),
        ("board-row-refunds", count(now, |s| s.refunds), count(before, |s| s.refunds), false),
        ("board-row-refunded", now.refunded, before.refunded, true),
        ("board-row-net", now.net(), before.net(), true),
        ("board-row-fees", now.fees, before.fees, true),
    ];
    let cell = |value: i64, money: bool| {
        if money { amount(value) } else { number(i128::from(value), 0) }
    };
    html! {
        section.card.flush {
            div.head.split {
                h2 { (lang.t("board-compared")) }
                span.small.quiet { (lang.unit_sign(of.unit)) }
            }
            div.scroll {
                table.data {
                    thead { tr {
                        th scope="col" { span.sr { (lang.t("board-compared")) } }
                        th.num scope="col" { (span_short(lang, of.days)) }
                        th.num scope="col" { (span_short(lang, of.week_before)) }
                        th.num scope="col" { (lang.t("board-change")) }
                    } }
                    tbody {
                        @for (key, now, before, money) in rows {
                            tr {
                                td { (lang.t(key)) }
                                td.num { b { (cell(now, money)) } }
                                td.num { (cell(before, money)) }
                                td.num { (change(lang, now, before)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn count(sum: &BoardSum, of: fn(&BoardSum) -> u64) -> i64 {
    i64::try_from(of(sum)).unwrap_or(i64::MAX)
}

/// By how much more or less it is, in whole percent; nothing where there was nothing.
fn change(lang: Lang, now: i64, before: i64) -> String {
    if before <= 0 {
        return "–".to_owned();
    }
    let percent = (i128::from(now) - i128::from(before)) * 100 / i128::from(before);
    let sign = if percent > 0 { "+" } else { "" };
    lang.tf("board-percent", &[("percent", &format!("{sign}{}", number(percent, 0)))])
}

fn file(lang: Lang, of: &BoardFigures, by: &str) -> Markup {
    let (first, last) = of.days;
    let path =
        format!("{}/figures.csv?cell={}&by={by}&first={first}&last={last}", of.base, of.cell);
    html! { p.small { a href=(link(lang, &path)) { (lang.t("board-file")) } } }
}

/// What people call it.
pub(super) fn name(lang: Lang, of: &BoardOf) -> String {
    match of {
        BoardOf::Trade(word) => trade(lang, word),
        BoardOf::Hour(hour) => format!("{hour:02}"),
        BoardOf::Wallets(unit) => wallets(lang, *unit),
        BoardOf::WalletsOf(cell) => lang.tf("board-wallets-of", &[("cell", cell)]),
    }
}

fn wallets(lang: Lang, unit: Unit) -> String {
    lang.tf("board-wallets-in", &[("unit", &lang.unit_word(unit, "name"))])
}
