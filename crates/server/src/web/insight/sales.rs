//! What shops sold: months, the map, trades and wallets, all beside the year before.

use maud::{Markup, html};
use views::Sum;

use super::super::format::number;
use super::super::map::{Scale, by_volume, legend_of, picture_of};
use super::super::text::Lang;
use super::super::view::{Map, PrefectureRow, Unit};
use super::chart::{self, Bar, Point, Words};
use super::{
    Frame, before, earlier, file, grown, left_out, prefecture, span, table, trade, wallet,
};
use crate::insight::file::{net, payments};
use crate::insight::sales::Pair;
use crate::insight::{Sales, Shown};

/// The shops' side.
pub(super) fn sales(lang: Lang, shown: &Shown, of: &Sales, frame: Frame<'_>) -> Markup {
    let unit = Unit::of_currency(of.currency);
    html! {
        section.stack-3 aria-labelledby="insight-sales" {
            div.section-head {
                h2 #insight-sales { (lang.t("insight-sales")) }
                p.quiet { (span(lang, of.months)) (narrowed(lang, shown)) }
            }
            div.cols.cols-2 {
                (compared(lang, of, unit))
                (months(lang, of, unit, frame))
            }
            (places(lang, of, unit, frame))
            div.cols.cols-2 {
                @let trades = of.by_category.iter().map(|(it, pair)| (trade(lang, *it), *pair));
                (card(lang, of, unit, frame, "board-trades", "category", trades.collect()))
                @let wallets = of.lines(crate::insight::sales::By::Wallet);
                @let wallets = wallets.into_iter().map(|(key, pair)| (wallet(lang, shown, &key), pair));
                (card(lang, of, unit, frame, "board-wallets", "wallet", wallets.collect()))
            }
        }
    }
}

/// What is left out of what is shown.
fn narrowed(lang: Lang, of: &Shown) -> String {
    let asked = &of.asked;
    let parts = [
        asked.prefecture.map(|code| prefecture(lang, code)),
        asked.category.map(|it| trade(lang, it)),
        asked.wallet.as_deref().map(|key| wallet(lang, of, key)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(" · {}", parts.join(" · "))
}

fn compared(lang: Lang, of: &Sales, unit: Unit) -> Markup {
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    type Row = (&'static str, fn(&Sum) -> i64, bool);
    let rows: [Row; 6] = [
        ("board-row-payments", payments, false),
        ("board-row-captured", |sum| sum.captured, true),
        ("board-row-refunds", |sum| i64::try_from(sum.refunds).unwrap_or(i64::MAX), false),
        ("board-row-refunded", |sum| sum.refunded, true),
        ("board-row-net", net, true),
        ("board-row-fees", |sum| sum.fee, true),
    ];
    let cell = |value: i64, money: bool| match money {
        true => amount(value),
        false => number(i128::from(value), 0),
    };
    let then = of.past.knows_year_before(of.months);
    let covered = of.coverage();
    let coverage = of.past.in_a_year(of.months, count(covered.0), count(covered.1));
    let people = of.past.in_a_year(of.months, count(of.customers.0), count(of.customers.1));
    html! {
        section.card.flush {
            div.head.split {
                h3 { (lang.t("insight-against")) }
                span.small.quiet { (lang.unit_sign(unit)) }
            }
            div.scroll {
                table.data {
                    thead { tr {
                        th scope="col" { span.sr { (lang.t("insight-figure")) } }
                        th.num scope="col" { (lang.t("insight-these-months")) }
                        th.num scope="col" { (lang.t("insight-year-before")) }
                        th.num scope="col" { (lang.t("board-change")) }
                    } }
                    tbody {
                        @for (key, value, money) in rows {
                            tr {
                                td { (lang.t(key)) }
                                td.num { b { (cell(value(&of.all.now), money)) } }
                                td.num { (before(lang, then, &cell(value(&of.all.before), money))) }
                                td.num { (grown(lang, of.grown(value, &of.all))) }
                            }
                        }
                        tr {
                            td { (lang.t("insight-coverage")) }
                            td.num { b { (covered.0) " / 47" } }
                            td.num { (before(lang, then, &format!("{} / 47", covered.1))) }
                            td.num { (grown(lang, coverage)) }
                        }
                        tr {
                            td { (lang.t("insight-customers")) }
                            td.num { b { (lang.count(of.customers.0)) } }
                            td.num { (before(lang, then, &lang.count(of.customers.1))) }
                            td.num { (grown(lang, people)) }
                        }
                    }
                }
            }
        }
    }
}

fn months(lang: Lang, of: &Sales, unit: Unit, frame: Frame<'_>) -> Markup {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let points: Vec<Point> = of
        .by_month
        .iter()
        .map(|(month, pair)| Point {
            month: *month,
            now: Some(whole(pair.now.payments)),
            other: (month.minus(12) >= of.past.first_whole).then_some(whole(pair.before.payments)),
        })
        .collect();
    let title = lang.t("insight-months");
    let skipped = left_out(frame, of.by_month.len());
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    let (these, year) = (lang.t("insight-these-months"), lang.t("insight-year-before"));
    let rows = html! {
        thead { tr {
            th scope="col" { (lang.t("insight-month")) }
            th.num scope="col" { (lang.t("map-payments")) }
            th.num scope="col" { (lang.t("insight-on-month")) }
            th.num scope="col" { (lang.t("insight-on-year")) }
            th.num scope="col" { (lang.unit_sign(unit)) }
            th.num scope="col" { (lang.t("insight-on-year")) }
        } }
        tbody {
            @for (month, pair) in of.by_month.iter().skip(skipped) {
                tr {
                    td { (lang.month(*month)) }
                    td.num { (lang.count(pair.now.payments)) }
                    td.num { (grown(lang, of.from_month_to_month(payments, *month))) }
                    td.num { (grown(lang, of.month_grown(payments, *month))) }
                    td.num { (amount(pair.now.net())) }
                    td.num { (grown(lang, of.month_grown(net, *month))) }
                }
            }
        }
    };
    html! {
        section.card {
            h3 { (title) }
            (chart::months(lang, &points, &Words { label: &title, now: &these, other: &year }))
            (table(lang, frame, &title, &rows))
            (earlier(lang, skipped))
            (file(lang, frame, "month"))
        }
    }
}

fn places(lang: Lang, of: &Sales, unit: Unit, frame: Frame<'_>) -> Markup {
    let rows = of.by_prefecture.iter().map(|(code, pair)| PrefectureRow {
        prefecture: *code,
        minor: pair.now.net(),
        payments: pair.now.payments,
    });
    let map = Map { src: String::new(), unit, rows: rows.collect(), yours: None };
    let scale = Scale::of(&map);
    let title = lang.t("insight-prefectures");
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    let covered = of.coverage().0;
    let then = of.past.knows_year_before(of.months);
    let none = Pair::default();
    let rows = html! {
        thead { tr {
            th scope="col" { (lang.t("map-prefecture")) }
            th.num scope="col" { (lang.unit_sign(unit)) }
            th.num scope="col" { (lang.t("map-payments")) }
            th.num scope="col" { (lang.t("insight-year-before")) }
            th.num scope="col" { (lang.t("board-change")) }
        } }
        tbody {
            @for row in by_volume(&map) {
                @let pair = of.by_prefecture.get(&row.prefecture).unwrap_or(&none);
                tr {
                    td { (prefecture(lang, row.prefecture)) }
                    td.num { (amount(row.minor)) }
                    td.num { (lang.count(row.payments)) }
                    td.num { (before(lang, then, &amount(pair.before.net()))) }
                    td.num { (grown(lang, of.grown(net, pair))) }
                }
            }
        }
    };
    html! {
        div.cols.cols-map {
            div.stack {
                h3 { (title) }
                p.quiet { (lang.tf("insight-of-47", &[("n", &covered.to_string())])) }
                @if map.rows.iter().any(|row| row.minor > 0) { (legend_of(lang, &map, &scale, &lang.unit_sign(unit))) }
                (table(lang, frame, &title, &rows))
                (file(lang, frame, "prefecture"))
            }
            figure.board-map { (picture_of(lang, &map, &scale, &title)) }
        }
    }
}

fn card(
    lang: Lang,
    of: &Sales,
    unit: Unit,
    frame: Frame<'_>,
    key: &str,
    by: &str,
    mut lines: Vec<(String, Pair)>,
) -> Markup {
    lines.sort_by_key(|(_, pair)| std::cmp::Reverse(pair.now.net()));
    let bars: Vec<Bar> = lines
        .iter()
        .map(|(name, pair)| Bar {
            name: name.clone(),
            now: pair.now.net(),
            before: pair.before.net(),
        })
        .collect();
    let (title, sign) = (lang.t(key), lang.unit_sign(unit));
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    let all = of.all.now.net();
    let then = of.past.knows_year_before(of.months);
    let rows = html! {
        thead { tr {
            th scope="col" { (title) }
            th.num scope="col" { (lang.t("map-payments")) }
            th.num scope="col" { (sign) }
            th.num scope="col" { (lang.t("insight-share")) }
            th.num scope="col" { (lang.t("insight-year-before")) }
            th.num scope="col" { (lang.t("board-change")) }
        } }
        tbody {
            @for (name, pair) in &lines {
                tr {
                    td { (name) }
                    td.num { (lang.count(pair.now.payments)) }
                    td.num { (amount(pair.now.net())) }
                    td.num { (share(lang, pair.now.net(), all)) }
                    td.num { (before(lang, then, &amount(pair.before.net()))) }
                    td.num { (grown(lang, of.grown(net, pair))) }
                }
            }
        }
    };
    html! {
        section.card {
            div.split {
                h3 { (title) }
                span.small.quiet { (lang.tf("board-all", &[("unit", &sign), ("amount", &amount(all))])) }
            }
            @if lines.is_empty() { p.quiet { (lang.t("board-nothing")) } }
            @else {
                (chart::bars(&bars, unit.exponent, &title))
                (table(lang, frame, &title, &rows))
            }
            (file(lang, frame, by))
        }
    }
}

/// A part of all, in tenths of a per cent; nothing where there is no whole.
fn share(lang: Lang, part: i64, whole: i64) -> String {
    if whole <= 0 {
        return lang.t("insight-no-data");
    }
    let permille = (i128::from(part) * 1_000 + i128::from(whole) / 2) / i128::from(whole);
    lang.tf("board-percent", &[("percent", &number(permille, 1))])
}
