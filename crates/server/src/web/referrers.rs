//! What referrers brought and earned: the page of one, and the operator's list.

use jiff::civil::Date;
use maud::{Markup, html};
use views::Month;

use super::board::bar;
use super::icon::Icon;
use super::layout;
use super::parts::{amount, empty, line, link, problem, qr};
use super::text::Lang;
use super::view::{
    BroughtPage, BroughtRow, ReferrerCard, ReferrerTermsCard, ReferrerTyped, ReferrersPage, Zone,
};

/// A referrer's own page.
pub fn page(of: &BroughtPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("earned-title")) }
            p.lead { (lang.t("earned-lead")) }
            p.cluster {
                @if of.has_store { a href=(link(lang, &of.base)) { (lang.t("staff-back")) } }
                @else { a href=(link(lang, "/me")) { (lang.t("devices-title")) } }
                @if !of.referrers.is_empty() {
                    a href=(link(lang, &format!("{}/brought.csv", of.base))) { (lang.t("earned-file")) }
                }
            }
        }
        @if of.stale { p.note-ink role="status" { (Icon::Warn.draw()) span { (lang.t("earned-stale")) } } }
        @if of.referrers.is_empty() {
            (empty(Icon::Person, &lang.t("earned-none"), &lang.t("earned-none-lead")))
        }
        @for it in &of.referrers { (own(lang, of, it)) }
    };
    layout::page(&of.chrome, &lang.t("earned-title"), "", &body)
}

fn own(lang: Lang, of: &BroughtPage, it: &ReferrerCard) -> Markup {
    let id = format!("r{}", it.merchant);
    let (payments, earned, kept) = it.sum;
    html! {
        section.stack-3 aria-labelledby=(id) {
            h2 id=(id) { (it.name) }
            div.cols.cols-2 {
                div.card.stack {
                    h3 { (lang.t("earned-kept")) }
                    (amount(lang, "", kept, None))
                    dl.kv {
                        (line(&lang.t("earned-wallets"), &lang.count(it.wallets)))
                        (line(&lang.t("earned-payments"), &lang.count(payments)))
                        (line(&lang.t("earned-earned"), &lang.amount(earned)))
                    }
                    (terms(lang, it, (of.at, of.zone)))
                    p.small.quiet { (lang.t("earned-private")) }
                }
                @for (page, href) in it.links.iter().take(1) { (shared(lang, it, page, href)) }
            }
            @if it.links.len() > 1 {
                details.card {
                    summary { (lang.t("earned-more-links")) }
                    ul.stack {
                        @for (page, href) in &it.links[1..] {
                            li { b { (page) } br; span.mono.small { (href) } }
                        }
                    }
                }
            }
            (table(lang, "earned-by-month", &it.months, |day| month(lang, day)))
            (table(lang, "earned-by-day", &it.days, |day| lang.day(day)))
        }
    }
}

fn month(lang: Lang, first: Date) -> String {
    let (year, month) = (first.year(), first.month());
    lang.month(Month::of(u32::try_from(year).unwrap_or(0), month.unsigned_abs().into()))
}

fn shared(lang: Lang, it: &ReferrerCard, page: &str, href: &str) -> Markup {
    let id = format!("l{}", it.merchant);
    let label = lang.tf("earned-qr", &[("name", &it.name)]);
    html! {
        div.card.stack {
            h3 { (lang.t("earned-link")) }
            (qr(&label, href))
            div.stack.tightly { pre.code id=(id) tabindex="0" { (href) } }
            button.btn.second.slim type="button" hidden data-copy=(format!("#{id}"))
                data-said=(lang.t("curl-copied")) { (Icon::Copy.draw()) (lang.t("curl-copy")) }
            p.small.quiet { (lang.tf("earned-link-what", &[("page", page)])) }
        }
    }
}

fn share(lang: Lang, of: &ReferrerTermsCard) -> String {
    let share = lang.percent(of.share_bp);
    let days = lang.tn("earned-days", u64::from(of.days));
    lang.tf("earned-terms", &[("share", &share), ("days", &days)])
}

fn terms(lang: Lang, it: &ReferrerCard, (at, zone): (i64, Zone)) -> Markup {
    let when = |from: i64| lang.when(from, at, zone);
    html! {
        @match &it.now {
            Some(now) => p {
                (share(lang, now)) (lang.gap())
                (lang.tf("earned-since", &[("when", &when(now.from))])) (lang.gap())
                (lang.t(if now.keeps { "earned-keeps" } else { "earned-last-wins" })) " "
                span.quiet.small { (now.source) }
            },
            None => p { (lang.t("earned-not-yet")) },
        }
        @if let Some(next) = &it.next {
            p.small {
                b { (lang.tf("earned-next", &[("when", &when(next.from))])) } (lang.gap())
                (share(lang, next))
            }
        }
    }
}

fn table(lang: Lang, title: &str, rows: &[BroughtRow], name: impl Fn(Date) -> String) -> Markup {
    html! {
        h3 { (lang.t(title)) }
        @if rows.is_empty() {
            (empty(Icon::List, &lang.t("earned-nothing"), &lang.t("earned-nothing-lead")))
        } @else {
            div.card.flush {
                div.scroll tabindex="0" role="region" aria-label=(lang.t(title)) {
                    table.data {
                        thead { tr {
                            th scope="col" { (lang.t("earned-when")) }
                            th.num scope="col" { (lang.t("earned-payments")) }
                            th.num scope="col" { (lang.t("earned-earned")) }
                            th.num scope="col" { (lang.t("earned-given")) }
                            th.num scope="col" { (lang.t("earned-returned")) }
                        } }
                        tbody {
                            @for row in rows {
                                tr {
                                    td { (name(row.first)) }
                                    td.num { (lang.count(row.payments)) }
                                    td.num { (lang.amount(row.earned)) }
                                    td.num { (lang.amount(row.given)) }
                                    td.num { (lang.amount(row.returned)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The operator's list.
pub fn list(of: &ReferrersPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("referrers-title")) }
            p.quiet { (lang.t("referrers-lead")) }
        }
        (bar(lang, &of.base, Some("referrers")))
        @if of.cells.len() > 1 {
            nav.cluster aria-label=(lang.t("board-cells")) {
                @for cell in &of.cells {
                    a.btn.second.slim href=(link(lang, &format!("{}/referrers?cell={cell}", of.base)))
                        aria-current=[(*cell == of.cell).then_some("true")] { (cell) }
                }
            }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span {
                    (lang.t(&format!("referrers-done-{done}")))
                    @if done == "waits" {
                        (lang.gap())
                        a href=(link(lang, &format!("{}/decide", of.base))) { (lang.t("decide-title")) }
                    }
                }
            }
        }
        @if of.referrers.is_empty() {
            (empty(Icon::Person, &lang.t("referrers-none"), &lang.t("referrers-none-lead")))
        }
        div.cols.cols-2 {
            @for it in &of.referrers { (listed(lang, of, it)) }
        }
        @if of.may_set { (form(lang, of)) }
    };
    layout::page(&of.chrome, &lang.t("referrers-title"), "", &body)
}

fn listed(lang: Lang, of: &ReferrersPage, it: &ReferrerCard) -> Markup {
    let (payments, earned, kept) = it.sum;
    html! {
        section.card.stack {
            div.split {
                h2 { (it.name) }
                @if let Some(now) = &it.now { code { (now.word) } }
            }
            (terms(lang, it, (of.at, of.zone)))
            dl.kv {
                (line(&lang.t("earned-wallets"), &lang.count(it.wallets)))
                (line(&lang.t("earned-payments"), &lang.count(payments)))
                (line(&lang.t("earned-earned"), &lang.amount(earned)))
                (line(&lang.t("referrers-kept"), &lang.amount(kept)))
            }
            p.small.quiet.mono { (it.merchant) }
        }
    }
}

/// A field of the form: its name, its words, what is said beside it, and how long it may be.
const FIELDS: [(&str, &str, &str, u16); 6] = [
    ("merchant", "referrers-merchant", "referrers-merchant-hint", 60),
    ("word", "referrers-word", "referrers-word-hint", 25),
    ("share", "referrers-share", "referrers-share-hint", 8),
    ("days", "referrers-days", "", 4),
    ("from", "referrers-from", "referrers-from-hint", 10),
    ("source", "referrers-source", "", 120),
];

fn form(lang: Lang, of: &ReferrersPage) -> Markup {
    let nothing = ReferrerTyped::default();
    let typed = of.wrong.as_ref().map_or(&nothing, |(_, typed)| typed);
    let values =
        [&typed.merchant, &typed.word, &typed.share, &typed.days, &typed.from, &typed.source];
    html! {
        form.card.stack method="post" action=(link(lang, &format!("{}/referrers", of.base)))
            aria-labelledby="terms" {
            h2 #terms { (lang.t("referrers-set")) }
            p.small.quiet { (lang.t("referrers-set-lead")) }
            @if let Some((why, _)) = &of.wrong { (problem(lang, why)) }
            input type="hidden" name="key" value=(of.key);
            input type="hidden" name="cell" value=(of.cell);
            @for ((name, key, hint, most), value) in FIELDS.iter().zip(values) {
                div.field {
                    label for=(format!("r{name}")) { (lang.t(key)) }
                    input id=(format!("r{name}")) name=(name) value=(value) maxlength=(most)
                        autocomplete="off" spellcheck="false"
                        type=(if *name == "from" { "date" } else { "text" });
                    @if !hint.is_empty() { span.hint { (lang.t(hint)) } }
                }
            }
            div.field {
                label for="ropens" { (lang.t("referrers-opens")) }
                textarea #ropens name="opens" rows="3" { (typed.opens) }
                span.hint { (lang.t("referrers-opens-hint")) }
            }
            label.check {
                input type="checkbox" name="keeps" value="1" checked[typed.keeps];
                " " (lang.t("referrers-keeps"))
            }
            div { button.btn { (lang.t("referrers-set-do")) } }
        }
    }
}
