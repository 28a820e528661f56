//! Today's volume on a map of the 47 prefectures, its legend, and beside it the table.

use maud::{Markup, PreEscaped, html};

use super::format::number;
use super::parts::link;
use super::places::{self, Hang, LabelSpot, Prefecture};
use super::text::Lang;
use super::view::{Map, PrefectureRow};

/// How many prefectures get a label, if there is room.
const LABELS: usize = 7;

/// Okinawa, which stands in the inset.
const INSET: u8 = 47;

/// The fragment `#map`: words and table, and the picture; the grid of the page places them.
pub fn map(lang: Lang, of: &Map) -> Markup {
    let scale = Scale::of(of);
    let total: i64 = of.rows.iter().map(|r| r.minor).sum();
    let payments: u64 = of.rows.iter().map(|r| r.payments).sum();
    let text = lang.tf(
        "map-total",
        &[
            ("amount", &lang.amount(of.unit.of(total))),
            ("payments", &lang.tn("home-payments", payments)),
        ],
    );
    html! {
        div #map .mapped data-src=(link(lang, &of.src)) data-on="figures" {
            div.map-words.stack {
                div.section-head {
                    h2 { (lang.t("map-title")) }
                    p.quiet {
                        (text)
                        @if of.yours.is_some() { (lang.gap()) (lang.t("map-ring")) }
                    }
                }
                @if of.rows.iter().any(|r| r.minor > 0) { (legend(lang, of, &scale)) }
                (table(lang, of, total, payments))
            }
            figure.map-picture {
                (picture(lang, of, &scale))
                figcaption.small.quiet.centre { (lang.t("map-credit")) }
            }
        }
    }
}

/// The lower bounds of classes 2 to 5, in minor units; class 1 is all above zero.
pub(super) struct Scale([i64; 4]);

impl Scale {
    pub(super) fn of(map: &Map) -> Scale {
        Scale::up_to(map.rows.iter().map(|r| r.minor).max().unwrap_or(0))
    }

    /// Round bounds near a twentieth, an eighth, a quarter and a half of the largest value.
    pub(super) fn up_to(most: i64) -> Scale {
        let mut bounds = [20, 8, 4, 2].map(|part| round(most / part));
        for i in 1..bounds.len() {
            bounds[i] = bounds[i].max(bounds[i - 1].saturating_add(1));
        }
        Scale(bounds)
    }

    /// The class 0–5 of a value; zero and less is 0.
    pub(super) fn class(&self, minor: i64) -> usize {
        if minor <= 0 { 0 } else { 1 + self.0.iter().filter(|bound| minor >= **bound).count() }
    }
}

/// The nearest 1, 2, 3, 4, 6 or 8 with zeros that is not above `n`.
fn round(n: i64) -> i64 {
    let mut unit = 1;
    while n / unit >= 10 {
        unit *= 10;
    }
    let digit = [8, 6, 4, 3, 2, 1].into_iter().find(|d| *d <= n / unit).unwrap_or(1);
    digit * unit
}

pub(super) fn legend(lang: Lang, of: &Map, scale: &Scale) -> Markup {
    let unit = lang.tf("map-unit", &[("unit", &lang.unit_sign(of.unit))]);
    legend_of(lang, of, scale, &unit)
}

/// The legend over words of its own.
pub(super) fn legend_of(lang: Lang, of: &Map, scale: &Scale, unit: &str) -> Markup {
    let whole = 10_i64.pow(u32::from(of.unit.exponent));
    let short = |minor: i64| lang.short((minor + whole - 1) / whole);
    let bounds = scale.0.map(short);
    let first = lang.tf("map-under", &[("amount", &bounds[0])]);
    let last = lang.tf("map-over", &[("amount", &bounds[3])]);
    let words = [&first, &bounds[0], &bounds[1], &bounds[2], &last];
    html! {
        div.stack-1 {
            ol.legend {
                @for (i, word) in words.into_iter().enumerate() {
                    li class={ "q" (i + 1) } { i {} (word) }
                }
            }
            p.small.quiet { (unit) }
        }
    }
}

pub(super) fn by_volume(of: &Map) -> Vec<PrefectureRow> {
    let mut rows: Vec<PrefectureRow> =
        of.rows.iter().copied().filter(|r| r.minor != 0 || r.payments > 0).collect();
    rows.sort_by_key(|r| (-i128::from(r.minor), r.prefecture));
    rows
}

fn table(lang: Lang, of: &Map, total: i64, payments: u64) -> Markup {
    let rows = by_volume(of);
    let figure = |minor: i64| number(i128::from(minor), of.unit.exponent);
    html! {
        details {
            summary { (lang.t("map-table")) }
            div.scroll tabindex="0" role="region" aria-label=(lang.t("map-title")) {
                table.data {
                    thead {
                        tr {
                            th scope="col" { (lang.t("map-prefecture")) }
                            th.num scope="col" { (lang.unit_sign(of.unit)) }
                            th.num scope="col" { (lang.t("map-payments")) }
                        }
                    }
                    tbody {
                        @for row in &rows {
                            tr {
                                td { (places::name(lang, row.prefecture).unwrap_or("")) }
                                td.num { (figure(row.minor)) }
                                td.num { (lang.count(row.payments)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            td { (lang.t("map-all")) }
                            td.num { (figure(total)) }
                            td.num { (lang.count(payments)) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn picture(lang: Lang, of: &Map, scale: &Scale) -> Markup {
    picture_of(lang, of, scale, &lang.t("map-label"))
}

/// The picture under a label of its own.
pub(super) fn picture_of(lang: Lang, of: &Map, scale: &Scale, label: &str) -> Markup {
    html! {
        svg.map viewBox="0 0 500 520" role="img" aria-label=(label) {
            rect.inset x="26" y="26" width="184" height="140" rx="6" {}
            @for place in places::all() { (shape(lang, of, scale, place)) }
            @if let Some(place) = of.yours.and_then(places::by_code) {
                circle.wave cx=(place.at.0) cy=(place.at.1) r="16" {}
                circle.pulse cx=(place.at.0) cy=(place.at.1) r="6" {}
            }
            @for label in labels(lang, of) { (label) }
        }
    }
}

fn shape(lang: Lang, of: &Map, scale: &Scale, place: &Prefecture) -> Markup {
    let row = of.rows.iter().find(|r| r.prefecture == place.code);
    let (minor, payments) = row.map_or((0, 0), |r| (r.minor, r.payments));
    html! {
        path class={ "q" (scale.class(minor)) } data-prefecture=(place.code)
            data-x=(place.at.0) data-y=(place.at.1) d=(PreEscaped(place.path)) {
            title {
                (place.name(lang)) " · " (lang.amount(of.unit.of(minor))) " · "
                (lang.tn("home-payments", payments))
            }
        }
    }
}

/// The labels of the first prefectures, each at the first of its places that is still free.
fn labels(lang: Lang, of: &Map) -> Vec<Markup> {
    let mut taken: Vec<[f32; 4]> = Vec::new();
    let mut drawn = Vec::new();
    let rows = by_volume(of);
    // The inset is always named: without it nobody knows what it shows.
    let named = |row: &&PrefectureRow| row.prefecture == INSET;
    let first = rows.iter().filter(named).chain(rows.iter().filter(|row| !named(row)));
    for row in first.take(LABELS * 2) {
        let Some(place) = places::by_code(row.prefecture) else { continue };
        let (name, figure) = (place.name(lang), number(i128::from(row.minor), of.unit.exponent));
        let width = width(name) + width(" ") + width(&figure);
        let free = place.labels.iter().find(|spot| {
            let own = frame(spot, width);
            own[0] >= 0.0 && own[2] <= 500.0 && !taken.iter().any(|other| meet(own, *other))
        });
        let Some(spot) = free else { continue };
        taken.push(frame(spot, width));
        drawn.push(label(place, spot, name, &figure));
        if drawn.len() == LABELS {
            break;
        }
    }
    drawn
}

/// The width of a label on a phone, where its letters are largest.
fn width(text: &str) -> f32 {
    text.chars().map(|c| if c.is_ascii() { 9.2 } else { 16.5 }).sum()
}

/// Left, top, right, bottom of a label.
fn frame(spot: &LabelSpot, width: f32) -> [f32; 4] {
    let (x, y) = spot.at;
    match spot.hang {
        Hang::Start => [x, y - 10.0, x + width, y + 10.0],
        Hang::End => [x - width, y - 10.0, x, y + 10.0],
        Hang::Below => [x - width / 2.0, y, x + width / 2.0, y + 20.0],
        Hang::Above => [x - width / 2.0, y - 20.0, x + width / 2.0, y],
    }
}

fn meet(a: [f32; 4], b: [f32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn label(place: &Prefecture, spot: &LabelSpot, name: &str, figure: &str) -> Markup {
    let (x, y) = spot.at;
    let (dx, dy, anchor) = match spot.hang {
        Hang::Start => (3.0, 4.0, "start"),
        Hang::End => (-3.0, 4.0, "end"),
        Hang::Below => (0.0, 14.0, "middle"),
        Hang::Above => (0.0, -4.0, "middle"),
    };
    html! {
        @if place.code != INSET {
            path.lead d={ "M" (place.at.0) " " (place.at.1) "L" (x) " " (y) } {}
        }
        text x=(x + dx) y=(if place.code == INSET { y } else { y + dy }) text-anchor=(anchor) {
            tspan.b { (name) } " " (figure)
        }
    }
}
