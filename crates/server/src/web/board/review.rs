//! Shops that wait for the staff: a card for each, with what to decide.

use maud::{Markup, html};
use pay::Shops;

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{empty, foreign, line, link, problem};
use super::super::places;
use super::super::text::Lang;
use super::super::view::{Foreign, ReviewCard, ReviewPage};
use super::{bar, trade};

/// The page.
pub fn page(of: &ReviewPage) -> Markup {
    let lang = of.chrome.lang;
    let path = |rest: &str| link(lang, &format!("{}{rest}", of.base));
    let body = html! {
        div.section-head {
            h1 { (lang.t("review-title")) }
            p.quiet { (lang.t("review-lead")) }
        }
        (bar(lang, &of.base, Some("review")))
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("review-done-{done}"))) }
            }
        }
        @if let Some((whose, it)) = &of.wrong
            && !of.rows.iter().any(|card| card.row.merchant.0.to_string() == *whose) {
            (problem(lang, it))
        }
        (switch(lang, of))
        @if of.rows.is_empty() { (none(lang, of)) }
        div.cols.cols-2 {
            @for it in &of.rows { (card(lang, of, it)) }
        }
        @if let Some(next) = of.next {
            p { a.btn.second href=(path(&format!("/review?cell={}&after={next}{}", of.cell, of.rest))) {
                (lang.t("review-more"))
            } }
        }
    };
    layout::page(&of.chrome, &lang.t("review-title"), "", &body)
}

/// Those that wait, or those that are paid, by their names.
fn switch(lang: Lang, of: &ReviewPage) -> Markup {
    let to = |rest: &str| link(lang, &format!("{}/review?cell={}{rest}", of.base, of.cell));
    let named = match &of.of {
        Shops::Waiting => None,
        Shops::Approved { named } => Some(named),
    };
    let current = |is: bool| is.then_some("true");
    html! {
        nav.cluster aria-label=(lang.t("review-which")) {
            a.btn.second.slim href=(to("")) aria-current=[current(named.is_none())] {
                (lang.t("review-waiting"))
            }
            a.btn.second.slim href=(to("&show=approved")) aria-current=[current(named.is_some())] {
                (lang.t("review-approved"))
            }
        }
        @if let Some(named) = named {
            form.cluster.ask role="search" method="get"
                action=(link(lang, &format!("{}/review", of.base))) {
                input type="hidden" name="cell" value=(of.cell);
                input type="hidden" name="show" value="approved";
                input type="hidden" name="lang" value=(lang.tag());
                div.field {
                    label for="named" { (lang.t("review-named")) }
                    input #named name="named" type="search" value=(named) maxlength="60";
                }
                button.btn.second { (lang.t("review-find")) }
            }
        }
    }
}

fn none(lang: Lang, of: &ReviewPage) -> Markup {
    match of.of {
        Shops::Waiting => empty(Icon::Shop, &lang.t("review-none"), &lang.t("review-none-lead")),
        Shops::Approved { .. } => {
            empty(Icon::Shop, &lang.t("review-none-named"), &lang.t("review-none-named-lead"))
        }
    }
}

fn card(lang: Lang, of: &ReviewPage, it: &ReviewCard) -> Markup {
    let row = &it.row;
    let id = row.merchant.0.to_string();
    let name = Foreign { text: row.name.clone(), lang: it.own };
    html! {
        article.card.stack aria-labelledby=(id) {
            h2 id=(id) { (foreign(&name)) }
            p.small.quiet {
                (standing(lang, it))
                @if let Some(since) = it.since { " · " (lang.when(since, of.at, of.zone)) }
            }
            @for flag in &row.flags {
                p.note-ink { (Icon::Warn.draw()) span { (lang.t(&format!("review-flag-{flag}"))) } }
            }
            dl.kv {
                @for store in &row.stores {
                    (line(&store.latin_name.clone().unwrap_or_else(|| store.name.clone()),
                        &format!("{} · {}", trade(lang, store.category.0.0.word()), place(lang, store))))
                }
                @if let Some(account) = &row.bank_account {
                    (named(&lang.t("review-bank"), &account.bank, &account.bank_name))
                    (named(&lang.t("review-branch"), &account.branch, &account.branch_name))
                    (line(&lang.t("review-account"), &format!("…{}", account.ending)))
                }
                @if let Some(before) = &row.account_before {
                    @let office = format!("{} {}", before.bank_name, before.branch_name);
                    (named(&lang.t("review-before"), &format!("…{}", before.ending), &office))
                }
                @if let Some(holder) = &row.holder { (named(&lang.t("review-holder"), "", holder)) }
                @if let Some((payments, sold)) = it.sold {
                    (line(&lang.tn("review-sold", payments), &lang.amount(sold)))
                }
                (line(&lang.t("review-balance"), &lang.amount(it.balance)))
            }
            @if let Some((_, wrong)) = of.wrong.as_ref().filter(|(whose, _)| *whose == id) {
                (problem(lang, wrong))
            }
            @if it.row.standing != "approved" && !it.row.flags.contains(&"account_not_stored") { (approve(lang, of, it)) }
            @if it.row.standing != "paused" { (pause(lang, of, it)) }
        }
    }
}

/// A line with a name of a bank, a branch or a holder, which are Japanese.
fn named(label: &str, code: &str, name: &str) -> Markup {
    html! { div { dt { (label) } dd { (code) " " span lang="ja" { (name) } } } }
}

fn standing(lang: Lang, it: &ReviewCard) -> String {
    match it.row.reason {
        Some(reason) => {
            let why = lang.t(&format!("review-reason-{reason}"));
            lang.tf("review-paused", &[("reason", &why)])
        }
        None if it.row.standing == "approved" => lang.t("review-paid"),
        None => lang.t("review-new"),
    }
}

fn place(lang: Lang, store: &crate::api::operator::reviews::StoreToReview) -> String {
    match places::name(lang, store.prefecture) {
        Some(prefecture) => format!("{}, {prefecture}", store.city),
        None => store.city.clone(),
    }
}

fn form(lang: Lang, of: &ReviewPage, it: &ReviewCard, act: &str, body: &Markup) -> Markup {
    html! {
        form.cluster.ask method="post" action=(link(lang, &format!("{}/review", of.base))) {
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value={ (of.key) "-" (act) "-" (it.row.merchant.0) };
            input type="hidden" name="merchant" value=(it.row.merchant.0);
            input type="hidden" name="account" value=(it.row.account);
            input type="hidden" name="act" value=(act);
            @if let Shops::Approved { named } = &of.of {
                input type="hidden" name="show" value="approved";
                input type="hidden" name="named" value=(named);
            }
            (body)
        }
    }
}

fn approve(lang: Lang, of: &ReviewPage, it: &ReviewCard) -> Markup {
    let word = if it.row.reason.is_some() { "review-resume" } else { "review-approve" };
    form(lang, of, it, "approve", &html! { button.btn { (lang.t(word)) } })
}

fn pause(lang: Lang, of: &ReviewPage, it: &ReviewCard) -> Markup {
    let id = format!("{}-reason", it.row.merchant.0);
    let body = html! {
        div.field {
            label for=(id) { (lang.t("review-reason")) }
            select id=(id) name="reason" required {
                option value="" { (lang.t("signup-choose")) }
                @for reason in pay::PauseReason::ALL {
                    option value=(reason.word()) {
                        (lang.t(&format!("review-reason-{}", reason.word())))
                    }
                }
            }
        }
        button.btn.second { (lang.t("review-pause")) }
    };
    form(lang, of, it, "pause", &body)
}
