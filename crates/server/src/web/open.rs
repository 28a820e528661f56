//! A wallet is opened on the phone, and its code is shown once.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{link, problem, qr};
use super::text::Lang;
use super::view::{BroughtBy, OpenedPage, OpeningPage};

/// The form.
pub fn page(of: &OpeningPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("open-title")) }
            p.lead { (lang.t("open-lead")) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            form.stack method="post" action=(link(lang, "/open")) {
                input type="hidden" name="key" value=(of.key);
                div.field {
                    label for="name" { (lang.t("open-name")) }
                    input #name name="name" type="text" value=(of.name) required maxlength="60"
                        autocomplete="name" aria-describedby="name-hint";
                    p #name-hint .hint { (lang.t("open-name-hint")) }
                }
                (currencies(lang, of))
                @if let Some(by) = &of.brought { (brought(lang, by)) }
                div { button.btn.big { (Icon::Wallet.draw()) (lang.t("open-button")) } }
            }
            p.small.quiet {
                (lang.t("open-have")) (lang.gap())
                a href=(link(lang, "/enter")) { (lang.t("enter-title")) }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("open-title"), "shore-from", &body)
}

/// Who gets a share, in one sentence, and how to say no.
fn brought(lang: Lang, by: &BroughtBy) -> Markup {
    let share = lang.percent(by.share_bp);
    let days = by.days.to_string();
    let words = [("name", by.name.as_str()), ("share", &share), ("days", &days)];
    html! {
        label.check {
            input type="checkbox" name="brought" value="1" checked;
            span { (lang.tf("brought-offer", &words)) }
        }
    }
}

fn currencies(lang: Lang, of: &OpeningPage) -> Markup {
    html! {
        @match of.choices.as_slice() {
            [only] => input type="hidden" name="cell" value=(only.cell);,
            several => div.field {
                label for="cell" { (lang.t("open-which")) }
                select #cell name="cell" required {
                    @for choice in several {
                        option value=(choice.cell) selected[choice.cell == of.chosen] {
                            (lang.unit_word(choice.unit, "wallet"))
                        }
                    }
                }
            },
        }
    }
}

/// What is shown once.
pub fn opened(of: &OpenedPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (Icon::Check.draw()) " " (lang.t("opened-title")) }
            p.lead { (lang.t("opened-lead")) }
            section.card.stack {
                h2 { (lang.t("enter-code")) }
                p #new-code .code { (of.code) }
                button.btn.second.slim type="button" hidden data-copy="#new-code"
                    data-said=(lang.t("curl-copied")) { (Icon::Copy.draw()) (lang.t("curl-copy")) }
                p.small.quiet { (lang.t("opened-keep")) }
            }
            details.card {
                summary { (lang.t("opened-other-device")) }
                div.stack {
                    p.small.quiet { (lang.t("opened-other-device-lead")) }
                    (qr(&lang.t("opened-other-device"), &of.link))
                    p.code { (of.link) }
                }
            }
            div { a.btn.big href=(link(lang, "/w/me")) { (lang.t("opened-go")) } }
        }
    };
    layout::page(&of.chrome, &lang.t("opened-title"), "shore-from", &body)
}
