//! How cells, corridors and prefunds stand.

use maud::{Markup, html};

use super::super::format::number;
use super::super::icon::Icon;
use super::super::parts::{self, chip_saying, line, link, source_short};
use super::super::text::Lang;
use super::super::view::{
    BoardCell, BoardCorridor, BoardEnd, BoardFrozen, BoardNow, BoardPrefund, BoardTrouble,
    BoardWay, Shore, State, Zone,
};

/// The fragment `#now`.
pub fn now(lang: Lang, of: &BoardNow) -> Markup {
    let (first, rest) = match of.cells.split_first() {
        Some((first, rest)) => (Some(first), rest),
        None => (None, &of.cells[..]),
    };
    html! {
        section #now .stack data-src=(link(lang, &of.src)) data-on="figures"
            aria-label=(lang.t("board-now")) {
            div.cols.cols-3 {
                @if let Some(it) = first { (cell(lang, it, of.at)) }
                @for it in &of.corridors { (corridor(lang, it, of.at)) }
                @for it in rest { (cell(lang, it, of.at)) }
            }
            @for it in &of.prefunds { (prefund(lang, it)) }
        }
    }
}

fn cell(lang: Lang, of: &BoardCell, (now, zone): (i64, Zone)) -> Markup {
    let shore = if of.shore == Shore::From { "shore-from" } else { "shore-to" };
    let memory =
        |bytes: u64| lang.tf("board-megabytes", &[("count", &lang.count(bytes / 1_000_000))]);
    html! {
        section class={ "card edge " (shore) } {
            div.split {
                h2 { (lang.unit_word(of.unit, "cell-title")) }
                @if of.ready { span.small.quiet { (of.name) } }
                @else { (chip_saying(State::Waiting, &lang.t("front-not-ready"))) }
            }
            dl.kv {
                div { dt { (lang.t("board-position")) } dd { b { (lang.count(of.position)) } } }
                (line(&lang.t("board-behind"), &lang.tn("board-groups", of.behind)))
                @if let Some(bytes) = of.memory {
                    (line(&lang.t("board-memory"), &memory(bytes)))
                }
                (line(&lang.t("board-since"), &lang.when(of.since, now, zone)))
            }
        }
    }
}

fn corridor(lang: Lang, of: &BoardCorridor, at: (i64, Zone)) -> Markup {
    let under_way = match of.oldest_s {
        Some(seconds) => lang.tf(
            "board-for",
            &[
                ("messages", &lang.tn("corridor-messages", of.under_way)),
                ("seconds", &lang.count(seconds)),
            ],
        ),
        None => lang.tn("corridor-messages", of.under_way),
    };
    html! {
        section.card.edge {
            div.split {
                h2 { (lang.t("board-corridor")) }
                @if !of.frozen.is_empty() {
                    (chip_saying(State::Declined, &lang.t("board-frozen")))
                } @else if of.under_way > 0 {
                    (chip_saying(State::Doubt, &lang.tn("board-in-doubt", of.under_way)))
                }
            }
            dl.kv {
                (line(&lang.t("corridor-under-way"), &under_way))
                @for (from, to, number) in &of.numbers {
                    (line(&lang.tf("board-number", &[("from", from), ("to", to)]), &lang.count(*number)))
                }
                @if let Some(rate) = &of.rate {
                    (line(&lang.t("corridor-rate"), &source_short(lang, rate)))
                }
            }
            @for it in &of.frozen { (frozen(lang, it)) }
            @for it in &of.ends { (end(lang, it, at)) }
        }
    }
}

/// Why nothing new crosses, and how it is opened again.
pub(super) fn frozen(lang: Lang, of: &BoardFrozen) -> Markup {
    let (cell, peer) = (&of.cell, &of.peer);
    let command = format!("enishi corridor reconcile --cell {cell} --neighbour {peer}");
    html! {
        div.error.gap-top role="alert" {
            (Icon::Warn.draw())
            b { (lang.tf("board-frozen-by", &[("cell", cell)])) }
            div.stack.tightly {
                p { (lang.t(&format!("frozen-{}", of.code.replace('_', "-")))) }
                @if let Some(note) = &of.note { p { (lang.tf("board-frozen-note", &[("note", note)])) } }
                p { (lang.t("board-frozen-do")) }
                pre.code tabindex="0" { (command) }
            }
            code { (of.code) }
        }
    }
}

/// How another process is reached: each way when it worked last, or why it does not.
fn end(lang: Lang, of: &BoardEnd, (now, zone): (i64, Zone)) -> Markup {
    let when = |at: i64| lang.when(at, now, zone);
    let never = || lang.t("board-way-never");
    let name = |way: &BoardWay| lang.tf("board-way", &[("from", &way.from), ("to", &way.to)]);
    html! {
        dl.kv.gap-top {
            (line(&lang.t("board-way-url"), &of.url))
            @for way in &of.ways { (line(&name(way), &way.last.map_or_else(never, when))) }
        }
        @for way in &of.ways {
            @if let Some(it) = &way.trouble { (trouble(lang, &name(way), it, (now, zone))) }
        }
    }
}

/// Why one way does not work: what it is, who found it, and since when.
pub(super) fn trouble(
    lang: Lang,
    way: &str,
    of: &BoardTrouble,
    (now, zone): (i64, Zone),
) -> Markup {
    let key = format!("reason-{}", of.code.replace('_', "-"));
    let said = |key: &str| lang.find(key, &[]);
    html! {
        div.error.gap-top role="alert" {
            (Icon::Warn.draw())
            b { (lang.tf("board-way-trouble", &[("way", way)])) }
            div.stack.tightly {
                @if let Some(what) = said(&key) {
                    p { (what) }
                    @if let Some(todo) = said(&format!("{key}.todo")) { p.small { (todo) } }
                }
                p.small[said(&key).is_some()] lang="en" { (of.detail) }
                p.small.quiet { (lang.tf("board-way-since", &[
                    ("cell", &of.said_by), ("clock", &lang.when(of.since, now, zone)),
                    ("count", &lang.count(of.times)),
                ])) }
            }
            code { (of.code) }
        }
    }
}

/// A prefund as a bar with its mark; the bar's end is round and above all that stands on it.
fn prefund(lang: Lang, of: &BoardPrefund) -> Markup {
    let unit = of.balance.unit;
    let warns = of.warns_below.map_or(0, |below| below.minor);
    let most = ceiling(of.balance.minor.max(warns.saturating_mul(2)));
    let at = |minor: i64| minor.clamp(0, most) * 1_000 / most;
    let figure = |minor: i64| number(i128::from(minor), unit.exponent);
    let key = if of.mirror { "board-mirror" } else { "board-nostro" };
    let low = of.balance.minor < warns;
    let label = lang.tf(
        "board-meter",
        &[
            ("balance", &figure(of.balance.minor)),
            ("most", &lang.amount(unit.of(most))),
            ("warning", &figure(warns)),
        ],
    );
    html! {
        section.card.stack {
            div.split {
                div {
                    h2 { (lang.t(key)) }
                    p.small.quiet {
                        (lang.tf(&format!("{key}-what"), &[("cell", &of.peer), ("unit", &lang.unit_sign(unit))]))
                    }
                }
                (parts::amount(lang, "mid", of.balance, None))
            }
            svg.meter viewBox="0 0 1000 24" preserveAspectRatio="none" role="img"
                aria-label=(label) {
                rect.track y="5" width="1000" height="14" {}
                rect.fill y="5" width=(at(of.balance.minor)) height="14" {}
                rect.edge y="5" width="1000" height="14" {}
                @if warns > 0 { path.at d={ "M" (at(warns)) " 0V24" } {} }
            }
            div.split.small.quiet {
                span {
                    @if let Some(below) = of.warns_below {
                        (lang.tf("board-mark", &[("amount", &lang.amount(below))]))
                    }
                }
                span {
                    (lang.tf("board-held", &[("amount", &lang.amount(of.held))]))
                }
            }
            @if !of.mirror {
                p.small.quiet {
                    (lang.tf("board-nostro-zero", &[("amount", &lang.amount(of.free))])) " "
                    code { "corridor_capacity_exhausted" }
                }
            }
            @if low { p.small.note-ink { (Icon::Warn.draw()) (lang.t("corridor-low")) } }
        }
    }
}

/// The next round number that is not below `n`: one or two digits and zeros.
pub(super) fn ceiling(n: i64) -> i64 {
    let n = n.max(1);
    let mut unit: i64 = 1;
    while n / unit >= 10 {
        unit = unit.saturating_mul(10);
    }
    let step = (unit / 2).max(1);
    let steps = n / step + i64::from(n % step > 0);
    steps.saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::{BoardCorridor, BoardEnd, BoardTrouble, BoardWay, Lang, Zone, ceiling, corridor};

    #[test]
    fn the_corridor_says_how_another_process_is_reached_and_why_it_is_not() {
        let way = |from: &str, to: &str, trouble| BoardWay {
            from: from.into(),
            to: to.into(),
            last: None,
            trouble,
        };
        let trouble = BoardTrouble {
            code: "corridor_key_unknown".into(),
            detail: "cn does not know <this> key.".into(),
            said_by: "cn".into(),
            since: 0,
            times: 7,
        };
        let end = |trouble| BoardEnd {
            url: "http://127.0.0.1:8081".into(),
            ways: [way("jp", "cn", trouble), way("cn", "jp", None)],
        };
        let card = |trouble| {
            let of = BoardCorridor {
                under_way: 0,
                oldest_s: None,
                numbers: [("jp".into(), "cn".into(), 1), ("cn".into(), "jp".into(), 2)],
                rate: None,
                frozen: Vec::new(),
                ends: vec![end(trouble)],
            };
            corridor(Lang::En, &of, (0, Zone("Etc/UTC"))).0
        };
        let calm = card(None);
        assert!(calm.contains("http://127.0.0.1:8081") && !calm.contains("role=\"alert\""));
        assert_eq!(calm.matches("never yet").count(), 2);
        let page = card(Some(trouble));
        assert_eq!(page.matches("role=\"alert\"").count(), 1);
        for words in ["jp asks cn: does not", "&lt;this&gt;", "corridor_key_unknown", "7 times"] {
            assert!(page.contains(words), "{words:?}: {page}");
        }
    }

    #[test]
    fn a_bar_ends_at_a_round_number() {
        let pairs = [(0, 1), (7, 7), (11, 15), (7_858_700, 8_000_000), (10_000_000, 10_000_000)];
        for (n, round) in pairs {
            assert_eq!(ceiling(n), round);
        }
        assert!(ceiling(i64::MAX) > 0);
    }
}
