//! The door: a code is typed, or a secret link opened; and the way out.

use kernel::Role;
use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{link, problem};
use super::text::Lang;
use super::view::{EnterPage, OpenPage};

/// The page on which a code is typed.
pub fn page(of: &EnterPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            @if let Some(to) = of.kept { (kept(lang, to)) }
            h1 { (lang.t("enter-title")) }
            p.lead { (lang.t("enter-lead")) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            @if of.passkeys { (super::devices::enter_button(lang)) }
            form.stack method="post" action=(link(lang, "/enter")) {
                div.field {
                    label for="code" { (lang.t("enter-code")) }
                    input #code name="code" type="text" value=(of.typed) required maxlength="120"
                        autocomplete="off" autocapitalize="characters" spellcheck="false"
                        aria-describedby="code-hint";
                    p #code-hint .hint { (lang.t("enter-code-hint")) }
                }
                div { button.btn.big { (Icon::Lock.draw()) (lang.t("enter-button")) } }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("enter-title"), "", &body)
}

fn kept(lang: Lang, to: &str) -> Markup {
    html! {
        section.card.stack {
            h2 { (lang.t("enter-kept")) }
            p.quiet { (lang.t("enter-kept-lead")) }
            div.cluster {
                a.btn href=(link(lang, to)) { (lang.t("enter-go")) }
                a.btn.second href=(link(lang, "/me")) { (lang.t("devices-title")) }
                form method="post" action=(link(lang, "/leave")) {
                    button.btn.second { (lang.t("enter-leave")) }
                }
            }
            p.small.quiet { (lang.t("enter-leave-hint")) }
        }
    }
}

/// The page of a secret link.
pub fn open(of: &OpenPage) -> Markup {
    let lang = of.chrome.lang;
    let (icon, lead) = match of.role {
        Role::Traveller => (Icon::Wallet, "enter-open-traveller"),
        Role::Merchant => (Icon::Shop, "enter-open-merchant"),
        _ => (Icon::Figures, "enter-open-other"),
    };
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("enter-open-title")) }
            p.lead { (lang.t(lead)) }
            p.small.quiet { (lang.tf("enter-open-cell", &[("cell", &of.cell)])) }
            form method="post" action=(link(lang, &of.action)) {
                button.btn.big { (icon.draw()) (lang.t("enter-open-button")) }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("enter-open-title"), "", &body)
}
