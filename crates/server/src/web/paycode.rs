//! The page of one-time codes: on the wallet's phone, and alone for a device without network.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::{fragment_link, problem, qr};
use super::text::Lang;
use super::view::{PayCode, Phone};

/// The codes, drawn by script: with a network and without they are made on the device.
pub fn face(lang: Lang, of: &Phone, it: &PayCode) -> Markup {
    let to = fragment_link(lang, of.place, &format!("{}/code", of.base));
    html! {
        div.stack data-paycode data-wallet=(it.wallet) data-handle=[it.handle] data-now=(it.now)
            data-phone=[it.made.as_deref()] {
            h2 tabindex="-1" data-focus { (lang.t("paycode-title")) }
            @if let Some(it) = &it.problem { (problem(lang, it)) }
            @if let Some(until) = it.rests {
                p.small role="status" {
                    (Icon::Warn.draw())
                    (lang.tf("paycode-rests", &[("clock", &lang.clock(until, of.zone))]))
                }
            } @else if it.other_time {
                p.small role="status" { (Icon::Warn.draw()) (lang.t("paycode-other-time")) }
            }
            (codes(lang))
            form method="post" action=(to) data-swap="#phone" data-enrol hidden {
                input type="hidden" name="key" value=(it.key);
                button.btn.big.wide { (Icon::Scan.draw()) (lang.t("paycode-enrol")) }
            }
            noscript { (plain(lang, &to, it)) }
        }
    }
}

/// Without scripts the server makes a code at a time; the next one is a press away.
fn plain(lang: Lang, to: &str, it: &PayCode) -> Markup {
    let next = it.plain.as_ref().map_or(0, |code| 1 - code.counter.min(1));
    html! {
        div.stack.paycode {
            @match &it.plain {
                Some(code) => {
                    p.quiet.centre { (lang.t("paycode-lead")) }
                    (qr(&lang.t("paycode-label"), &code.groups.replace(' ', "")))
                    p.mono.centre.digits { (code.groups) }
                    p.small.quiet.centre { (lang.tn("paycode-plain-left", code.left)) }
                }
                None => p.small { (lang.t("paycode-noscript")) },
            }
            form method="post" action=(to) {
                input type="hidden" name="key" value=(it.key);
                input type="hidden" name="plain" value=(next);
                button.btn.big.wide {
                    (Icon::Scan.draw())
                    (lang.t(if it.plain.is_some() { "paycode-next" } else { "paycode-plain" }))
                }
            }
        }
    }
}

/// What the script fills in.
fn codes(lang: Lang) -> Markup {
    html! {
        p.small role="status" data-clock hidden { (Icon::Warn.draw()) (lang.t("paycode-clock")) }
        p.quiet data-none hidden { (lang.t("paycode-none")) }
        div.stack.paycode data-show hidden {
            p.quiet.centre { (lang.t("paycode-lead")) }
            div.qr data-qr role="img" aria-label=(lang.t("paycode-label")) {}
            div.bars data-bars aria-hidden="true" {}
            p.mono.centre.digits data-digits {}
            progress data-bar max="30" value="30" aria-hidden="true" {}
            p.small.quiet.centre data-left=(lang.t("paycode-left")) {}
            button.btn.second.wide type="button" data-next { (lang.t("paycode-next")) }
        }
    }
}

/// The same alone, in all languages, for a device that has no network: from what it keeps.
pub fn alone() -> Markup {
    html! {
        div data-paycode {
            div.stack {
                @for lang in Lang::ALL {
                    p.small.quiet lang=(lang.tag()) { (lang.t("paycode-offline")) }
                }
            }
            (codes(Lang::En))
        }
    }
}
