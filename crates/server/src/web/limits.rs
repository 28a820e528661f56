//! What a wallet may still pay, on its page *Me*: how much next, and by which rule.

use maud::{Markup, html};

use super::text::Lang;
use super::view::{LimitRow, Phone};

/// The section; nothing where the cell has no limits.
pub fn section(lang: Lang, of: &Phone, rows: &[LimitRow]) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section.stack-1 aria-labelledby="limits" {
            h3 #limits { (lang.t("limits-title")) }
            @for reach in ["across", "inside"] {
                @if let Some(row) = tightest(rows, reach) { p { (next(lang, of, row, reach)) } }
            }
            details {
                summary { (lang.t("limits-rules")) }
                ul.rows { @for row in rows { li { (one(lang, of, row)) } } }
            }
        }
    }
}

/// The limit that lets the least through, whatever code is shown; of those that let the same
/// through, the one that lasts longest.
fn tightest<'a>(rows: &'a [LimitRow], reach: &str) -> Option<&'a LimitRow> {
    let of_all_codes = || rows.iter().filter(|row| row.window != "static_day");
    // What is the same everywhere is said once.
    if reach == "inside" && !of_all_codes().any(|row| row.reach == reach) {
        return None;
    }
    let reached = of_all_codes().filter(|row| row.reach == reach || row.reach == "everywhere");
    reached.min_by_key(|row| (row.left.minor, -row.resets.unwrap_or(0)))
}

fn next(lang: Lang, of: &Phone, row: &LimitRow, reach: &str) -> String {
    let reach = if row.reach == "everywhere" && reach == "across" { "everywhere" } else { reach };
    match row.resets {
        Some(at) if row.left.minor == 0 => {
            let when = lang.when(at, of.now, of.zone);
            lang.tf(&format!("limits-none-{reach}"), &[("when", &when)])
        }
        _ => lang.tf(&format!("limits-next-{reach}"), &[("amount", &lang.amount(row.left))]),
    }
}

fn one(lang: Lang, of: &Phone, row: &LimitRow) -> Markup {
    let reach = lang.t(&format!("limits-reach-{}", row.reach));
    let window = lang.t(&format!("limits-window-{}", row.window.replace('_', "-")));
    let most = lang.amount(row.most);
    html! {
        div.stack-1 {
            div.split {
                span { (reach) " · " (window) }
                @if row.resets.is_some() {
                    b { (lang.tf("limits-left", &[("amount", &lang.amount(row.left))])) }
                } @else {
                    b { (lang.tf("limits-most", &[("amount", &most)])) }
                }
            }
            @if let Some(at) = row.resets {
                progress max=(row.most.minor) value=(row.most.minor - row.left.minor)
                    aria-label=(lang.t("limits-used")) {}
                p.small.quiet {
                    (lang.tf("limits-of", &[("amount", &most), ("when", &lang.when(at, of.now, of.zone))]))
                }
            }
            p.small.quiet lang="en" {
                (row.source) @if !row.section.is_empty() { ": " (row.section) }
            }
        }
    }
}
