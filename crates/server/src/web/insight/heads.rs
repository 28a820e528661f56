//! What a newspaper reported, and the same of here: two columns, never one number.

use market::reported::{Reported, Value};
use maud::{Markup, html};

use super::super::format::number;
use super::super::text::Lang;
use super::super::view::Unit;
use super::{permille, span};
use crate::insight::headlines::{Figure, Headline};
use crate::insight::{NoGrowth, Provenance, Shown};

/// The two columns.
pub(super) fn heads(lang: Lang, of: &Shown) -> Markup {
    let here = match &of.provenance {
        Provenance::Simulated(it) => {
            lang.tf("insight-here-simulated", &[("seed", &it.seed.to_string())])
        }
        Provenance::Demo => lang.t("insight-here-demo"),
        Provenance::Own => lang.t("insight-here"),
    };
    html! {
        section.card.flush aria-labelledby="heads-title" {
            div.head { h2 #heads-title { (lang.t("insight-beside")) } }
            div.scroll tabindex="0" role="region" aria-labelledby="heads-title" {
                table.data.wraps {
                    thead { tr {
                        th scope="col" { span.sr { (lang.t("insight-figure")) } }
                        th scope="col" { (here) }
                        th scope="col" { (lang.t("insight-reported")) }
                    } }
                    tbody {
                        @for head in &of.headlines {
                            tr {
                                th scope="row" { (lang.t(&format!("insight-head-{}", head.reported.key))) }
                                td { (computed(lang, head)) }
                                td { (reported(lang, head.reported)) }
                            }
                        }
                    }
                }
            }
        }
        p.small.quiet { (lang.t("insight-source")) " " cite lang="en" { (market::reported::SOURCE) } }
    }
}

fn computed(lang: Lang, head: &Headline) -> Markup {
    let value = match head.figure {
        Ok(Figure::Spend(minor, currency) | Figure::Volume(minor, currency)) => {
            lang.amount(Unit::of_currency(currency).of(minor))
        }
        Ok(Figure::Times(change)) => times(&number(i128::from(change.times_tenths()), 1)),
        Ok(Figure::Coverage(n)) => prefectures(lang, n),
        Ok(Figure::People(n)) => lang.tn("insight-people-n", n),
        Err(why) => return html! { span.quiet { (missing(lang, why)) } },
    };
    html! {
        b { (value) }
        @match head.grown {
            Some(Ok(change)) => { " " span { (year_on_year(lang, &permille(lang, change.permille()))) } }
            Some(Err(why)) => { br; span.small.quiet { (missing(lang, why)) } }
            None => {}
        }
        @if let Some(months) = head.months { br; span.small.quiet { (span(lang, months)) } }
    }
}

fn reported(lang: Lang, of: &Reported) -> Markup {
    let value = match of.value {
        Value::Spend { yuan, dollars } => {
            let (yuan, dollars) = (lang.count(yuan), lang.count(dollars));
            Some(lang.tf("insight-said-spend", &[("yuan", &yuan), ("dollars", &dollars)]))
        }
        Value::Unsaid => None,
        Value::Times(n) => Some(times(&n.to_string())),
        Value::Prefectures(n) => Some(prefectures(lang, n)),
        Value::HundredThousands(n) => {
            Some(lang.tf("insight-said-people", &[("people", &millions(lang, n))]))
        }
    };
    let grown = of.grown_percent.map(|percent| {
        let whole = lang.tf("board-percent", &[("percent", &format!("+{percent}"))]);
        year_on_year(lang, &whole)
    });
    let said: Vec<String> = value.into_iter().chain(grown).collect();
    html! {
        b { (said.join(lang.gap())) }
        br;
        span.small.quiet { (lang.t(&format!("insight-said-when-{}", of.key))) }
    }
}

/// `7.3 million`, `730万`.
fn millions(lang: Lang, hundred_thousands: u64) -> String {
    lang.short(i64::try_from(hundred_thousands).unwrap_or(0) * 100_000)
}

fn times(digits: &str) -> String {
    format!("× {digits}")
}

fn prefectures(lang: Lang, n: u64) -> String {
    lang.tf("insight-of-47", &[("n", &n.to_string())])
}

fn year_on_year(lang: Lang, percent: &str) -> String {
    lang.tf("insight-year-on-year", &[("percent", percent)])
}

/// Why there is no figure.
pub(super) fn missing(lang: Lang, why: NoGrowth) -> String {
    lang.t(match why {
        NoGrowth::NotEnded => "insight-not-ended",
        NoGrowth::NotRecorded => "insight-not-recorded",
        NoGrowth::Nothing => "insight-nothing-then",
    })
}
