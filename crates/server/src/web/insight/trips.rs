//! What visitors spend: trips, people, the mean and the one in the middle.

use maud::{Markup, html};

use super::super::format::number;
use super::super::text::Lang;
use super::super::view::Unit;
use super::chart::{self, Point, Words};
use super::{Frame, before, earlier, file, grown, left_out, span, table};
use crate::insight::Abroad;
use crate::insight::trips::{MonthAbroad, mean};

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The visitors' side.
pub(super) fn trips(lang: Lang, of: &Abroad, frame: Frame<'_>) -> Markup {
    let unit = Unit::of_currency(of.currency);
    html! {
        section.stack-3 aria-labelledby="insight-trips" {
            div.section-head {
                h2 #insight-trips { (lang.t("insight-trips")) }
                p.quiet {
                    (span(lang, of.months)) " · "
                    (lang.tf("insight-trips-lead", &[("days", &views::TRIP_GAP_DAYS.to_string())]))
                }
            }
            div.cols.cols-2 {
                (compared(lang, of, unit))
                (months(lang, of, unit, frame))
            }
        }
    }
}

fn compared(lang: Lang, of: &Abroad, unit: Unit) -> Markup {
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    type Row = (&'static str, fn(&MonthAbroad) -> i64, bool);
    let rows: [Row; 6] = [
        ("insight-spend-mean", mean, true),
        ("insight-spend-median", |it| it.trips.median, true),
        ("insight-trips-began", |it| whole(it.trips.trips), false),
        ("insight-people", |it| whole(it.people), false),
        ("insight-payments-abroad", |it| whole(it.sum.payments), false),
        ("insight-paid-abroad", |it| it.sum.paid - it.sum.returned, true),
    ];
    let cell = |it: &MonthAbroad, value: fn(&MonthAbroad) -> i64, money: bool| match money {
        true => amount(value(it)),
        false => number(i128::from(value(it)), 0),
    };
    let then = of.past.knows_year_before(of.months);
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
                                td.num { b { (cell(&of.all.0, value, money)) } }
                                td.num { (before(lang, then, &cell(&of.all.1, value, money))) }
                                td.num { (grown(lang, of.grown(value))) }
                            }
                        }
                    }
                }
            }
            @if of.all.0.trips.open > 0 {
                p.small.quiet.foot-note { (lang.tn("insight-open", of.all.0.trips.open)) }
            }
        }
    }
}

fn months(lang: Lang, of: &Abroad, unit: Unit, frame: Frame<'_>) -> Markup {
    let major = 10_i64.pow(u32::from(unit.exponent));
    let points: Vec<Point> = of
        .by_month
        .iter()
        .map(|(month, (now, _))| {
            let any = now.trips.trips > 0;
            Point {
                month: *month,
                now: any.then(|| mean(now) / major),
                other: any.then(|| now.trips.median / major),
            }
        })
        .collect();
    let sign = lang.unit_sign(unit);
    let skipped = left_out(frame, of.by_month.len());
    let title = lang.tf("insight-spend-months", &[("unit", &sign)]);
    let (mean_word, median) = (lang.t("insight-mean"), lang.t("insight-median"));
    let amount = |minor: i64| number(i128::from(minor), unit.exponent);
    let rows = html! {
        thead { tr {
            th scope="col" { (lang.t("insight-month")) }
            th.num scope="col" { (lang.t("insight-people")) }
            th.num scope="col" { (lang.t("insight-trips-began")) }
            th.num scope="col" { (mean_word) }
            th.num scope="col" { (lang.t("insight-on-year")) }
            th.num scope="col" { (median) }
        } }
        tbody {
            @for (month, (now, _)) in of.by_month.iter().skip(skipped) {
                tr {
                    td { (lang.month(*month)) }
                    td.num { (lang.count(now.people)) }
                    td.num { (lang.count(now.trips.trips)) }
                    @if now.trips.trips > 0 {
                        td.num { (amount(mean(now))) }
                        td.num { (grown(lang, of.month_grown(mean, *month))) }
                        td.num { (amount(now.trips.median)) }
                    } @else {
                        @for _ in 0..3 { td.num.quiet { (lang.t("insight-no-data")) } }
                    }
                }
            }
        }
    };
    html! {
        section.card {
            h3 { (title) }
            (chart::months(lang, &points, &Words { label: &title, now: &mean_word, other: &median }))
            (table(lang, frame, &title, &rows))
            (earlier(lang, skipped))
            (file(lang, frame, "trip"))
        }
    }
}
