//! Which store a till stands in, and the way to one's other wallets and stores.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{foreign, link};
use super::text::Lang;
use super::view::{Choice, ChoosePage};

/// The page.
pub fn page(of: &ChoosePage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("choose-title")) }
            p.lead { (lang.t("choose-lead")) }
            section.card.flush { (rows(lang, &of.choices)) }
        }
    };
    layout::page(&of.chrome, &lang.t("choose-title"), "shore-to", &body)
}

/// The way to the others, where there are any.
pub(super) fn others(lang: Lang, title: &str, choices: &[Choice]) -> Markup {
    html! {
        @if !choices.is_empty() {
            nav.card.flush aria-labelledby="others-title" {
                h2 #others-title .head { (lang.t(title)) }
                (rows(lang, choices))
            }
        }
    }
}

fn rows(lang: Lang, choices: &[Choice]) -> Markup {
    html! {
        ul.rows { @for choice in choices { li { (row(lang, choice)) } } }
    }
}

fn row(lang: Lang, of: &Choice) -> Markup {
    let icon = if of.amount.is_some() { Icon::Wallet } else { Icon::Shop };
    html! {
        a.row href=(link(lang, &of.href)) {
            span.ic { (icon.draw()) }
            span {
                @if let Some(name) = &of.name { span.t { (foreign(name)) } }
                @if let Some(amount) = of.amount {
                    span.t { (lang.unit_word(amount.unit, "wallet")) }
                }
                @if let Some(city) = &of.city { span.s lang="en" { (city) } }
            }
            span.v { @if let Some(amount) = of.amount { span.t { (lang.amount(amount)) } } }
        }
    }
}
