//! The report: one file that needs nothing else, for the screen and for paper.

use jiff::civil::Date;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::icon;
use super::super::text::Lang;
use super::{Frame, heads, notes, parts, span};
use crate::insight::Shown;

const TOKENS: &str = include_str!("../../../assets/tokens.css");
const SHEET: &str = include_str!("../../../assets/enishi.css");
/// What paper needs besides: no ways on, and no figure torn apart.
const PRINT: &str = ".report{max-width:var(--page);margin:0 auto;padding:var(--u4) var(--u2)}\
    @media print{details>summary{display:none}section,figure,tr{break-inside:avoid}\
    .report{padding:0}}";

/// The whole file, written on a day.
pub fn report(lang: Lang, of: &Shown, written: Date) -> Markup {
    let title = lang.t("insight-report");
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) " · Enishi" }
                style { (PreEscaped(TOKENS)) (PreEscaped(SHEET)) (PreEscaped(PRINT)) }
            }
            body {
                main.report.stack-3 {
                    div.section-head {
                        p.logo { (icon::mark()) span { "Enishi " span lang="ja" { "縁" } } }
                        h1 { (title) }
                        p.quiet {
                            (span(lang, of.asked.months)) " · "
                            (lang.tf("insight-written", &[("day", &lang.day(written))]))
                        }
                    }
                    (notes::whose(lang, of))
                    (heads::heads(lang, of))
                    (parts(lang, of, Frame::Report))
                    (notes::method(lang, of))
                }
            }
        }
    }
}
