//! The page of a request that could not be served: one sentence, what to do, the stable code.

use maud::{Markup, html};

use super::layout;
use super::parts::{link, problem, reason};
use super::view::{Chrome, Problem};

/// The page; the status is the handler's.
pub fn page(chrome: &Chrome, of: &Problem) -> Markup {
    let lang = chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("error-title")) }
            (problem(lang, of))
            div { a.btn href=(link(lang, "/")) { (lang.t("error-home")) } }
        }
    };
    layout::page(chrome, &reason(lang, &of.code), "", &body)
}

/// The page of a window whose code does not open it.
pub fn locked(chrome: &Chrome, of: &Problem) -> Markup {
    let lang = chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("error-title")) }
            (problem(lang, of))
            div { a.btn href=(link(lang, "/enter")) { (lang.t("enter-title")) } }
        }
    };
    layout::page(chrome, &reason(lang, &of.code), "", &body)
}
