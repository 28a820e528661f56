//! Lines over the hours of a day, and bars.

use maud::{Markup, html};

use super::super::format::number;
use super::super::text::Lang;
use super::super::view::{BoardLine, Unit};
use super::figures::name;

const LEFT: i64 = 44;
const RIGHT: i64 = 550;
const TOP: i64 = 14;
const FLOOR: i64 = 210;
/// Between the lines of two words.
const APART: i64 = 18;

/// The least of 1, 2, 5, 10, 20 … of which four reach `most`.
pub(in crate::web) fn step(most: i64) -> i64 {
    let mut unit: i64 = 1;
    loop {
        for digit in [1, 2, 5] {
            let step = unit.saturating_mul(digit);
            if step.saturating_mul(4) >= most {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Payments by hour: these days as a line over its area, the week before dashed.
pub fn hours(lang: Lang, lines: &[BoardLine], label: &str, now_word: &str, then: &str) -> Markup {
    let counts = |at: fn(&BoardLine) -> u64| -> Vec<i64> {
        lines.iter().map(|line| i64::try_from(at(line)).unwrap_or(i64::MAX)).collect()
    };
    let (now, before) = (counts(|line| line.now.payments), counts(|line| line.before.payments));
    let most = now.iter().chain(&before).copied().max().unwrap_or(0);
    let most = 4 * step(most);
    let steps = i64::try_from(lines.len().saturating_sub(1)).unwrap_or(0).max(1);
    let x = |hour: usize| LEFT + (RIGHT - LEFT) * i64::try_from(hour).unwrap_or(0) / steps;
    let y = |count: i64| FLOOR - (FLOOR - TOP) * count / most;
    let points = |counts: &[i64]| -> String {
        let all: Vec<_> = counts
            .iter()
            .enumerate()
            .map(|(hour, count)| format!("{},{}", x(hour), y(*count)))
            .collect();
        all.join(" ")
    };
    let last = lines.len().saturating_sub(1);
    let (end, then_end) = (now.last().copied().unwrap_or(0), before.last().copied().unwrap_or(0));
    let every = if lines.len() > 13 { 6 } else { 3 };
    html! {
        svg.chart viewBox="0 0 560 240" role="img" aria-label=(label) {
            @for part in 1..=4_i64 {
                path.grid d={ "M" (LEFT) " " (y(most * part / 4)) "H" (RIGHT) } {}
                text.e x=(LEFT - 8) y=(y(most * part / 4) + 4) { (lang.short(most * part / 4)) }
            }
            path.area d={ "M" (LEFT) "," (FLOOR) " L" (points(&now)) " " (x(last)) "," (FLOOR) "z" } {}
            path.axis d={ "M" (LEFT) " " (FLOOR) "H" (RIGHT) } {}
            polyline.line.from points=(points(&before)) {}
            polyline.line points=(points(&now)) {}
            circle.dot.from cx=(x(last)) cy=(y(then_end)) r="4.5" {}
            circle.dot cx=(x(last)) cy=(y(end)) r="4.5" {}
            @for hour in (0..lines.len()).step_by(every) {
                text.m x=(x(hour)) y="232" { @if hour < 10 { "0" } (hour) }
            }
            @let (first, second) = words(y(end), y(then_end));
            text.lbl.e x=(x(last) - 10) y=(first) { (now_word) }
            text.e x=(x(last) - 10) y=(second) { (then) }
        }
    }
}

/// Where the words of two lines' ends stand: the higher line's above it, the lower one's below it
/// while that is inside the frame, else above it too, and never one on the other or on the axis.
fn words(now: i64, then: i64) -> (i64, i64) {
    let (higher, lower) = (now.min(then), now.max(then));
    let below = if lower + 22 <= FLOOR - 6 { lower + 22 } else { lower - 10 };
    let above = (higher - 10).min(below - APART).max(TOP);
    if now <= then { (above, below) } else { (below, above) }
}

/// Net amounts as bars, each with a mark where it was a week before.
pub fn bars(lang: Lang, lines: &[BoardLine], unit: Unit, label: &str) -> Markup {
    const START: i64 = 150;
    const LONG: i64 = 290;
    let most = lines.iter().flat_map(|line| [line.now.net(), line.before.net()]).max();
    let most = most.unwrap_or(0).max(1);
    let long = |minor: i64| i128::from(minor.max(0)) * i128::from(LONG) / i128::from(most);
    let height = 40 * i64::try_from(lines.len()).unwrap_or(0);
    html! {
        svg.chart viewBox={ "0 0 560 " (height.max(40)) } role="img" aria-label=(label) {
            path.axis d={ "M" (START) " 0V" (height.max(40)) } {}
            @for (at, line) in (0_i64..).zip(lines) {
                @let (top, wide) = (at * 40, long(line.now.net()));
                @let before = long(line.before.net());
                text.e x=(START - 10) y=(top + 24) { (name(lang, &line.of)) }
                @if wide > 0 {
                    rect.bar x=(START) y=(top + 6) width=(wide) height="26" rx="3" {}
                }
                @if before > 0 {
                    path.line.from d={ "M" (i128::from(START) + before) " " (top + 3) "v32" } {}
                }
                text.lbl x=(i128::from(START) + wide.max(before) + 8) y=(top + 24) {
                    (number(i128::from(line.now.net()), unit.exponent))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_apart_and_off_the_axis_wherever_their_lines_end() {
        for now in TOP..=FLOOR {
            for then in TOP..=FLOOR {
                let (a, b) = words(now, then);
                assert!((a - b).abs() >= APART, "{now} {then}: {a} {b}");
                assert!([a, b].iter().all(|y| (TOP..=FLOOR - 6).contains(y)), "{now} {then}");
                assert!((a < b) == (now <= then), "{now} {then}: the higher line's is above");
            }
        }
    }
}
