//! Whose figures these are, and how they are counted.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::text::Lang;
use crate::insight::{Provenance, Shown};

/// The note above all: nobody takes what a model drew for what happened.
pub(super) fn whose(lang: Lang, of: &Shown) -> Markup {
    match &of.provenance {
        Provenance::Simulated(it) => {
            let number = |n: u64| lang.count(n);
            let pair = |(least, most): (u64, u64)| format!("{least}–{most}");
            let text = lang.tf(
                "insight-simulated",
                &[
                    ("seed", &it.seed.to_string()),
                    ("from", &it.from),
                    ("until", &it.until),
                    ("payments", &number(it.payments)),
                ],
            );
            let model = lang.tf(
                "insight-model",
                &[
                    ("trips", &it.more_trips_percent.to_string()),
                    ("dearer", &it.dearer_percent.to_string()),
                    ("days", &pair(it.trip_days)),
                    ("purchases", &pair(it.purchases_a_day)),
                    ("months", &it.opening_months.to_string()),
                ],
            );
            html! {
                div.stack-1 role="note" {
                    p.note-ink { (Icon::Warn.draw()) span { (text) } }
                    p.small.quiet { (model) }
                }
            }
        }
        Provenance::Demo => html! {
            p.note-ink role="note" { (Icon::Warn.draw()) span { (lang.t("insight-demo")) } }
        },
        Provenance::Own => html! {},
    }
}

/// How it is counted.
pub(super) fn method(lang: Lang, of: &Shown) -> Markup {
    let days = views::TRIP_GAP_DAYS.to_string();
    html! {
        section.stack aria-labelledby="insight-method" {
            h2 #insight-method { (lang.t("insight-method")) }
            ul.stack-1 {
                li { (lang.t("insight-method-sales")) }
                @if of.abroad.is_some() {
                    li { (lang.tf("insight-method-trip", &[("days", &days)])) }
                    li { (lang.t("insight-method-median")) }
                }
                li { (lang.t("insight-method-people")) }
                li { (lang.t("insight-method-growth")) }
                @if matches!(of.provenance, Provenance::Simulated(_)) {
                    li { (lang.t("insight-method-model")) }
                }
                li { (lang.t("map-credit")) }
            }
        }
    }
}
