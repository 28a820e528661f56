//! Lines over months, and bars: figures beside those of a year before.

use maud::{Markup, html};
use views::Month;

use super::super::board::chart::step;
use super::super::format::number;
use super::super::text::Lang;

const LEFT: i64 = 52;
const RIGHT: i64 = 548;
const TOP: i64 = 36;
const FLOOR: i64 = 210;
/// Labels of months below a chart, at most.
const LABELS: usize = 6;

/// A month with its value and the other line's; none where there is nothing to show.
pub struct Point {
    pub month: Month,
    pub now: Option<i64>,
    pub other: Option<i64>,
}

/// What a chart says in words.
pub struct Words<'a> {
    /// What it shows, for who does not see it.
    pub label: &'a str,
    /// The word of the line.
    pub now: &'a str,
    /// The word of the dashed line.
    pub other: &'a str,
}

/// Two lines over months; values are whole units.
pub fn months(lang: Lang, points: &[Point], say: &Words<'_>) -> Markup {
    let all = points.iter().flat_map(|point| [point.now, point.other]).flatten();
    let most = 4 * step(all.max().unwrap_or(0).max(1));
    let steps = points.len().saturating_sub(1).max(1);
    let x = |at: usize| LEFT + (RIGHT - LEFT) * whole(at) / whole(steps);
    let y = |value: i64| {
        FLOOR - whole128(i128::from(FLOOR - TOP) * i128::from(value) / i128::from(most))
    };
    let line = |of: fn(&Point) -> Option<i64>| -> Vec<(i64, i64)> {
        let each = points.iter().enumerate();
        each.filter_map(|(at, point)| Some((x(at), y(of(point)?.max(0))))).collect()
    };
    let (now, other) = (line(|point| point.now), line(|point| point.other));
    let every = points.len().div_ceil(LABELS).max(1);
    html! {
        svg.chart viewBox="0 0 560 240" role="img" aria-label=(say.label) {
            @for part in 1..=4_i64 {
                path.grid d={ "M" (LEFT) " " (y(most / 4 * part)) "H" (RIGHT) } {}
                text.e x=(LEFT - 8) y=(y(most / 4 * part) + 4) { (lang.short(most / 4 * part)) }
            }
            @if let (Some(first), Some(last)) = (now.first(), now.last()) {
                path.area d={ "M" (first.0) "," (FLOOR) " L" (drawn(&now)) " " (last.0) "," (FLOOR) "z" } {}
            }
            path.axis d={ "M" (LEFT) " " (FLOOR) "H" (RIGHT) } {}
            @if other.len() > 1 { polyline.line.from points=(drawn(&other)) {} }
            @if now.len() > 1 { polyline.line points=(drawn(&now)) {} }
            @if let Some((x, y)) = other.last() { circle.dot.from cx=(x) cy=(y) r="4.5" {} }
            @if let Some((x, y)) = now.last() { circle.dot cx=(x) cy=(y) r="4.5" {} }
            @for (at, point) in points.iter().enumerate().step_by(every) {
                text.m x=(x(at)) y="232" { (lang.month_short(point.month)) }
            }
            (legend(say))
        }
    }
}

/// Which line is which, above both.
fn legend(say: &Words<'_>) -> Markup {
    const HALF: i64 = (LEFT + RIGHT) / 2;
    html! {
        path.line d={ "M" (LEFT) " 10h24" } {}
        text.lbl x=(LEFT + 32) y="14" { (say.now) }
        path.line.from d={ "M" (HALF) " 10h24" } {}
        text x=(HALF + 32) y="14" { (say.other) }
    }
}

fn drawn(points: &[(i64, i64)]) -> String {
    let all: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    all.join(" ")
}

fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn whole128(n: i128) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// One bar.
pub struct Bar {
    pub name: String,
    /// Minor units.
    pub now: i64,
    pub before: i64,
}

/// Amounts as bars, each with a mark where it was a year before.
pub fn bars(bars: &[Bar], exponent: u8, label: &str) -> Markup {
    const START: i64 = 150;
    const LONG: i64 = 290;
    let most = bars.iter().flat_map(|bar| [bar.now, bar.before]).max().unwrap_or(0).max(1);
    let long =
        |minor: i64| whole128(i128::from(minor.max(0)) * i128::from(LONG) / i128::from(most));
    let height = (40 * whole(bars.len())).max(40);
    html! {
        svg.chart viewBox={ "0 0 560 " (height) } role="img" aria-label=(label) {
            path.axis d={ "M" (START) " 0V" (height) } {}
            @for (at, bar) in (0_i64..).zip(bars) {
                @let (top, wide, before) = (at * 40, long(bar.now), long(bar.before));
                text.e x=(START - 10) y=(top + 24) { (bar.name) }
                @if wide > 0 {
                    rect.bar x=(START) y=(top + 6) width=(wide) height="26" rx="3" {}
                }
                @if before > 0 { path.line.from d={ "M" (START + before) " " (top + 3) "v32" } {} }
                text.lbl x=(START + wide.max(before) + 8) y=(top + 24) {
                    (number(i128::from(bar.now), exponent))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[(Option<i64>, Option<i64>)]) -> String {
        let points: Vec<Point> = values
            .iter()
            .enumerate()
            .map(|(at, (now, other))| Point {
                month: Month::of(2026, 1).plus(at as u32),
                now: *now,
                other: *other,
            })
            .collect();
        let say = Words { label: "l", now: "n", other: "o" };
        months(Lang::En, &points, &say).into_string()
    }

    #[test]
    fn every_point_is_inside_the_frame_whatever_the_values() {
        let extremes = [0, 1, 7, 999_999, i64::MAX / 8];
        for first in extremes {
            for second in extremes {
                let svg = chart(&[(Some(first), Some(second)), (Some(second), None)]);
                let points = svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
                for point in points.split(' ') {
                    let (x, y) = point.split_once(',').unwrap();
                    let (x, y): (i64, i64) = (x.parse().unwrap(), y.parse().unwrap());
                    assert!((LEFT..=RIGHT).contains(&x) && (TOP..=FLOOR).contains(&y), "{svg}");
                }
            }
        }
        assert!(!chart(&[]).contains("polyline") && chart(&[(Some(3), None)]).contains("circle"));
    }
}
