//! What staff decide: a card for each change of terms and each payment that waits.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{empty, foreign, line, link, problem};
use super::super::text::Lang;
use super::super::view::{CaseCard, DecidePage, Decider, ProposalCard};
use super::bar;

/// The page.
pub fn page(of: &DecidePage) -> Markup {
    let lang = of.chrome.lang;
    let shown = |id: &str| {
        of.proposals.iter().any(|card| card.id == id)
            || of.cases.iter().any(|card| card.payment == id)
    };
    let body = html! {
        div.section-head {
            h1 { (lang.t("decide-title")) }
            p.quiet { (lang.t("decide-lead")) }
        }
        (bar(lang, &of.base, Some("decide")))
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("decide-done-{done}"))) }
            }
        }
        @if let Some((whose, it)) = &of.wrong && !shown(whose) { (problem(lang, it)) }
        section.stack-3 aria-labelledby="changes" {
            h2 #changes { (lang.t("decide-changes")) }
            @if of.proposals.is_empty() {
                (empty(Icon::Check, &lang.t("decide-none"), &lang.t("decide-none-lead")))
            }
            div.cols.cols-2 { @for it in &of.proposals { (change(lang, of, it)) } }
        }
        section.stack-3 aria-labelledby="cases" {
            h2 #cases { (lang.t("decide-cases")) }
            @if of.cases.is_empty() {
                (empty(Icon::Check, &lang.t("decide-no-cases"), &lang.t("decide-no-cases-lead")))
            }
            div.cols.cols-2 { @for it in &of.cases { (case(lang, of, it)) } }
        }
        @if !of.decided.is_empty() {
            section.stack-3 aria-labelledby="decided" {
                h2 #decided { (lang.t("decide-decided")) }
                @for it in &of.decided { (decided(lang, of, it)) }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("decide-title"), "", &body)
}

fn name_of(lang: Lang, of: &Decider) -> String {
    match of {
        Decider::You => lang.t("decide-you"),
        Decider::Named(name) => name.clone(),
        Decider::Founder => lang.t("decide-founder"),
    }
}

fn what(lang: Lang, it: &ProposalCard) -> String {
    lang.t(&format!("decide-change-{}", it.change))
}

/// Old and new side by side.
fn values(lang: Lang, it: &ProposalCard) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(what(lang, it)) {
            table.data {
                thead { tr {
                    th scope="col" { (lang.t("decide-value")) }
                    th scope="col" { (lang.t("decide-old")) }
                    th scope="col" { (lang.t("decide-new")) }
                } }
                tbody {
                    @for value in &it.values {
                        @let same = value.old == value.new;
                        tr {
                            td { code { (value.name) } }
                            td.quiet { (value.old.as_deref().unwrap_or("–")) }
                            td {
                                @let new = value.new.as_deref().unwrap_or("–");
                                @if same { span.quiet { (new) } } @else { b { (new) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn change(lang: Lang, of: &DecidePage, it: &ProposalCard) -> Markup {
    let said = [("who", name_of(lang, &it.by)), ("when", lang.when(it.since, of.at, of.zone))];
    let said: Vec<(&str, &str)> = said.iter().map(|(key, text)| (*key, text.as_str())).collect();
    html! {
        article.card.stack aria-labelledby=(it.id) {
            h3 id=(it.id) { (what(lang, it)) }
            p.small.quiet { (lang.tf("decide-by", &said)) }
            @if !it.note.is_empty() { p { (it.note) } }
            @if let Some(from) = it.from {
                dl.kv { (line(&lang.t("decide-from"), &lang.when(from, of.at, of.zone))) }
            }
            (values(lang, it))
            @if let Some((_, wrong)) = of.wrong.as_ref().filter(|(whose, _)| *whose == it.id) {
                (problem(lang, wrong))
            }
            @if it.by == Decider::You {
                p.note-ink { (Icon::Person.draw()) span { (lang.t("decide-own")) } }
            } @else {
                (form(lang, of, ("proposal", &it.id), "agree", &html! {
                    button.btn { (Icon::Check.draw()) (lang.t("decide-agree")) }
                }))
            }
            @let (label, word) = match it.by {
                Decider::You => ("decide-why", "decide-take-back"),
                _ => ("decide-reason", "decide-turn-down"),
            };
            (form(lang, of, ("proposal", &it.id), "turn-down", &reason(lang, &it.id, label, word)))
        }
    }
}

fn reason(lang: Lang, id: &str, label: &str, word: &str) -> Markup {
    let field = format!("{id}-reason");
    html! {
        div.field {
            label for=(field) { (lang.t(label)) }
            input id=(field) name="reason" required maxlength="200" autocomplete="off";
        }
        button.btn.second { (lang.t(word)) }
    }
}

fn form(lang: Lang, of: &DecidePage, (kind, id): (&str, &str), act: &str, body: &Markup) -> Markup {
    html! {
        form.cluster.ask method="post" action=(link(lang, &format!("{}/decide", of.base))) {
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value={ (of.key) "-" (act) "-" (id) };
            input type="hidden" name=(kind) value=(id);
            input type="hidden" name="act" value=(act);
            (body)
        }
    }
}

fn case(lang: Lang, of: &DecidePage, it: &CaseCard) -> Markup {
    let until = if it.state == "released" { "decide-payable-until" } else { "decide-until" };
    html! {
        article.card.stack aria-labelledby=(it.payment) {
            h3 id=(it.payment) { (lang.amount(it.amount)) " · " (foreign(&it.store)) }
            p.small.quiet {
                (lang.t(&format!("decide-case-{}", it.state))) " · "
                (lang.when(it.since, of.at, of.zone))
            }
            dl.kv {
                (line(&lang.t("decide-rule"), &it.rule))
                @if let Some(wallet) = &it.wallet { (line(&lang.t("decide-wallet"), wallet)) }
                (line(&lang.t("decide-payment"), &it.payment))
                (line(&lang.t(until), &lang.when(it.until, of.at, of.zone)))
                @if let Some(why) = &it.reason { (line(&lang.t("decide-why"), why)) }
            }
            @if let Some((_, wrong)) = of.wrong.as_ref().filter(|(whose, _)| *whose == it.payment) {
                (problem(lang, wrong))
            }
            @if it.state == "waiting" {
                (form(lang, of, ("payment", &it.payment), "release", &html! {
                    button.btn { (Icon::Check.draw()) (lang.t("decide-release")) }
                }))
                (form(lang, of, ("payment", &it.payment), "reject",
                    &reason(lang, &it.payment, "decide-reason-payer", "decide-reject")))
            }
        }
    }
}

fn decided(lang: Lang, of: &DecidePage, it: &ProposalCard) -> Markup {
    let Some((who, at, rejected)) = &it.decided else { return html! {} };
    let word = if rejected.is_some() { "decide-was-rejected" } else { "decide-was-approved" };
    let (who, when) = (name_of(lang, who), lang.when(*at, of.at, of.zone));
    html! {
        details.card {
            summary { b { (what(lang, it)) } " · " (lang.tf(word, &[("who", &who), ("when", &when)])) }
            div.stack {
                @let since = lang.when(it.since, of.at, of.zone);
                p.small.quiet {
                    (lang.tf("decide-by", &[("who", &name_of(lang, &it.by)), ("when", &since)]))
                }
                @if !it.note.is_empty() { p { (it.note) } }
                @if let Some(why) = rejected { p.note-ink { (Icon::Warn.draw()) span { (why) } } }
                (values(lang, it))
            }
        }
    }
}
