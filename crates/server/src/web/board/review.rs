//! Shops that wait for the staff: a card for each, with what to decide.

use maud::{Markup, html};

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
        @if of.rows.is_empty() { (empty(Icon::Shop, &lang.t("review-none"), &lang.t("review-none-lead"))) }
        div.cols.cols-2 {
            @for it in &of.rows { (card(lang, of, it)) }
        }
        @if let Some(next) = of.next {
            p { a.btn.second href=(path(&format!("/review?cell={}&after={next}", of.cell))) {
                (lang.t("review-more"))
            } }
        }
    };
    layout::page(&of.chrome, &lang.t("review-title"), "", &body)
}

fn card(lang: Lang, of: &ReviewPage, it: &ReviewCard) -> Markup {
    let row = &it.row;
    let id = row.merchant.0.to_string();
    let name = Foreign { text: row.name.clone(), lang: it.own };
    html! {
        article.card.stack aria-labelledby=(id) {
            h2 id=(id) { (foreign(&name)) }
            p.small.quiet {
                (standing(lang, it)) " · " (lang.when(it.since, of.at, of.zone))
            }
            @for flag in &row.flags {
                p.note { (Icon::Warn.draw()) span { (lang.t(&format!("review-flag-{flag}"))) } }
            }
            dl.kv {
                @for store in &row.stores {
                    (line(&store.latin_name.clone().unwrap_or_else(|| store.name.clone()),
                        &format!("{} · {}", trade(lang, store.category.0.0.word()), place(lang, store))))
                }
                @if let Some(account) = &row.bank_account {
                    (line(&lang.t("review-bank"), &format!("{} {}", account.bank, account.bank_name)))
                    (line(&lang.t("review-branch"), &format!("{} {}", account.branch, account.branch_name)))
                    (line(&lang.t("review-account"), &format!("…{}", account.ending)))
                }
                @if let Some(before) = &row.account_before {
                    (line(&lang.t("review-before"),
                        &format!("{} {} …{}", before.bank_name, before.branch_name, before.ending)))
                }
                @if let Some(holder) = &row.holder { (line(&lang.t("review-holder"), holder)) }
                (line(&lang.t("review-balance"), &lang.amount(it.balance)))
            }
            @if let Some((_, wrong)) = of.wrong.as_ref().filter(|(whose, _)| *whose == id) {
                (problem(lang, wrong))
            }
            (approve(lang, of, it))
            (pause(lang, of, it))
        }
    }
}

fn standing(lang: Lang, it: &ReviewCard) -> String {
    match it.row.reason {
        Some(reason) => {
            let why = lang.t(&format!("review-reason-{reason}"));
            lang.tf("review-paused", &[("reason", &why)])
        }
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
        form.cluster method="post" action=(link(lang, &format!("{}/review", of.base))) {
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value={ (of.key) "-" (act) "-" (it.row.merchant.0) };
            input type="hidden" name="merchant" value=(it.row.merchant.0);
            input type="hidden" name="account" value=(it.row.account);
            input type="hidden" name="act" value=(act);
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
