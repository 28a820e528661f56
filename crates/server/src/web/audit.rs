//! The audit page: what was counted in each cell and each corridor, and whether it agrees.

use maud::{Markup, html};

use super::books::verdict;
use super::format::number;
use super::home::agreement;
use super::icon::Icon;
use super::layout;
use super::parts::{line, sum};
use super::text::Lang;
use super::view::{AuditCell, AuditCorridor, AuditPage, AuditSum, Count, Shore};

/// The page.
pub fn page(of: &AuditPage) -> Markup {
    let lang = of.chrome.lang;
    let day = lang.day(of.zones.0.day(of.at));
    let clocks = lang.both_clocks(of.at, of.zones.0, of.zones.1);
    let took = lang.millis(of.took);
    let body = html! {
        div.split.audit-head {
            div.section-head {
                h1 { (lang.t("audit-title")) }
                p.quiet { (lang.tf("time-when", &[("day", &day), ("clock", &clocks)])) }
            }
            (agreement(lang, &of.agreement))
        }
        p.lead { (lang.tf("audit-lead", &[("time", &took)])) }
        (differences(lang, of))
        div.cols.cols-2 { @for cell in &of.cells { (one_cell(lang, cell)) } }
        @if !of.corridors.is_empty() {
            section.stack aria-labelledby="corridors-title" {
                div.section-head {
                    h2 #corridors-title { (lang.t("audit-corridors")) }
                    p.quiet { (lang.t("audit-corridors-lead")) }
                }
                div.cols.cols-2 {
                    @for corridor in &of.corridors { (one_corridor(lang, corridor)) }
                }
            }
        }
        section.card.stack {
            h2 { (lang.t("audit-self")) }
            p.quiet { (lang.t("audit-self-lead")) }
            pre.code tabindex="0" { "enishi audit --data ./data" }
        }
    };
    layout::page(&of.chrome, &lang.t("audit-title"), "", &body)
}

fn differences(lang: Lang, of: &AuditPage) -> Markup {
    html! {
        @for difference in &of.differences {
            div.error role="alert" {
                (Icon::Warn.draw())
                b { (lang.tf("audit-at", &[("place", &difference.place)])) }
                span lang="en" { (difference.sentence) }
            }
        }
    }
}

fn one_cell(lang: Lang, of: &AuditCell) -> Markup {
    let shore = if of.shore == Shore::From { "shore-from" } else { "shore-to" };
    let chain = lang.t(if of.chain { "audit-holds" } else { "audit-broken" });
    html! {
        section class={ "card edge " (shore) } {
            div.split {
                h2 { (lang.unit_word(of.unit, "cell-title")) }
                span.small.quiet { (of.cell) " " (lang.count(of.position)) }
            }
            dl.kv {
                (line(&lang.t("audit-chain"), &chain))
                @for (what, count) in &of.counts {
                    (line(&lang.t(count_key(*what)), &lang.count(*count)))
                }
            }
            @for sum in &of.sums { div.gap {} (sums(lang, sum)) }
        }
    }
}

/// Debits and credits of one currency over all accounts, as the foot of a ledger.
fn sums(lang: Lang, of: &AuditSum) -> Markup {
    let sign = lang.unit_sign(of.unit);
    let heading = |key: &str| lang.tf(key, &[("unit", &sign)]);
    html! {
        table.ledger {
            thead {
                tr {
                    th scope="col" { (lang.t("audit-all-accounts")) }
                    th.num scope="col" { (heading("books-debit")) }
                    th.num scope="col" { (heading("books-credit")) }
                }
            }
            tfoot {
                tr {
                    td { (lang.t("books-sum")) " " (verdict(lang, of.debits == of.credits)) }
                    td.num { (number(of.debits, of.unit.exponent)) }
                    td.num { (number(of.credits, of.unit.exponent)) }
                }
            }
        }
    }
}

fn count_key(what: Count) -> &'static str {
    match what {
        Count::Groups => "count-groups",
        Count::Records => "count-records",
        Count::Accounts => "count-accounts",
        Count::Transfers => "count-transfers",
        Count::OpenHolds => "count-open-holds",
        Count::Payments => "count-payments",
        Count::Refunds => "count-refunds",
        Count::Statements => "count-statements",
    }
}

fn one_corridor(lang: Lang, of: &AuditCorridor) -> Markup {
    let same = of.nostro == of.mirror;
    let numbers = |from: &str, to: &str| lang.tf("audit-number", &[("from", from), ("to", to)]);
    html! {
        section.card.edge {
            div.split { h3 { (of.from) " ↔ " (of.to) } (verdict(lang, same)) }
            dl.kv {
                (line(&numbers(&of.from, &of.to), &lang.count(of.sent)))
                (line(&numbers(&of.to, &of.from), &lang.count(of.answered)))
                (line(&lang.t("corridor-under-way"), &lang.tn("corridor-messages", of.under_way)))
                (line(&lang.t("audit-nostro"), &lang.amount(of.nostro)))
                (sum(&lang.t("audit-mirror"), &lang.amount(of.mirror)))
            }
        }
    }
}
