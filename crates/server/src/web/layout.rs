//! What stands around every page: head, bar, language switch, foot.

use maud::{DOCTYPE, Markup, html};

use super::icon::{self, Icon};
use super::parts::{link, source_and_day};
use super::text::Lang;
use super::view::{Chrome, Nav, NavItem};
use super::{app, assets};

/// A whole page. `class` colours and spaces `<main>`: a shore, or empty.
pub fn page(chrome: &Chrome, title: &str, class: &str, body: &Markup) -> Markup {
    let lang = chrome.lang;
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            (head(chrome, title))
            body data-build=(assets::build()) data-events=[chrome.events.as_deref().map(|path| link(lang, path))] {
                a.skip href="#main" { (lang.t("page-skip")) }
                (topbar(chrome))
                p #offline .offline role="status" data-back=(lang.t("offline-back")) hidden {
                    (Icon::Warn.draw())
                    span { b { (lang.t("offline-title")) } " " (lang.t("offline-text")) }
                }
                main #main class={ "page " (class) } { (body) }
                (foot(chrome))
                p #say .sr role="status" aria-live="polite" {}
            }
        }
    }
}

fn head(chrome: &Chrome, title: &str) -> Markup {
    let lang = chrome.lang;
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
            meta name="color-scheme" content="light dark";
            meta name="description" content=(lang.t("page-description"));
            meta name="robots" content="noindex";
            title { (title) " · Enishi" }
            link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
            link rel="manifest" href=(app::manifest_url(lang, &chrome.path));
            link rel="apple-touch-icon" href=(assets::url("icon-192.png"));
            link rel="stylesheet" href=(assets::url("tokens.css"));
            link rel="stylesheet" href=(assets::url("enishi.css"));
            script type="module" src=(assets::url("js/enishi.js")) {}
        }
    }
}

fn topbar(chrome: &Chrome) -> Markup {
    let lang = chrome.lang;
    html! {
        header.topbar {
            a.logo href=(link(lang, "/")) {
                (icon::mark())
                span { "Enishi " span lang="ja" { "縁" } }
            }
            @if let Some(nav) = &chrome.nav { (views(lang, nav)) }
            div.end {
                @if let Some(whose) = &chrome.whose {
                    span.where lang=(whose.lang) { (whose.text) }
                }
                nav.langs aria-label=(lang.t("page-language")) {
                    @for other in Lang::ALL {
                        a href=(link(other, &chrome.path)) lang=(other.tag()) hreflang=(other.tag())
                            aria-current=[(other == lang).then_some("true")] { (other.own_name()) }
                    }
                }
            }
        }
    }
}

fn views(lang: Lang, nav: &Nav) -> Markup {
    let operator = nav.operator.as_deref();
    let rows = [
        (NavItem::Home, "nav-home", Some("/")),
        (NavItem::Wallet, "nav-wallet", Some(nav.wallet.as_str())),
        (NavItem::Till, "nav-till", Some(nav.till.as_str())),
        (NavItem::Operator, "nav-operator", operator),
        (NavItem::Audit, "nav-audit", Some("/audit")),
    ];
    let rows = rows.into_iter().filter_map(|(item, key, path)| path.map(|path| (item, key, path)));
    html! {
        nav aria-label=(lang.t("nav-label")) {
            @for (item, key, path) in rows {
                a href=(link(lang, path)) aria-current=[(item == nav.current).then_some("page")] {
                    (lang.t(key))
                }
            }
        }
    }
}

fn foot(chrome: &Chrome) -> Markup {
    let lang = chrome.lang;
    html! {
        @if chrome.demo || chrome.rate.is_some() {
            footer.foot {
                @if chrome.demo { p { (lang.t("page-demo")) } }
                @if let Some(rate) = &chrome.rate {
                    p { (lang.tf("page-rates", &[("source", &source_and_day(lang, rate))])) }
                }
            }
        }
    }
}
