//! Where a shop is paid: the account as it is, and the form that changes it.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{chip_saying, line, link, problem};
use super::shop::kind_word;
use super::sign_up::{Sheet, account_fields, to_mend};
use super::text::Lang;
use super::view::{AccountLine, AccountNow, AccountPage, AccountSure, Missing, State};
use crate::payee::Kind;

/// The page.
pub fn page(of: &AccountPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("account-title")) }
            p.lead { (lang.t("account-lead")) }
            p { a href=(link(lang, &of.base)) { (lang.t("account-back")) } }
        }
        @if of.done {
            p.note-ink role="status" { (Icon::Check.draw()) span { (lang.t("account-done")) } }
        }
        div.cols.cols-side {
            @match &of.sure {
                Some(it) => (sure(lang, of, it)),
                None => (form(lang, of)),
            }
            aside.stack { (now(lang, of, &of.account)) (after(lang)) }
        }
    };
    layout::page(&of.chrome, &lang.t("account-title"), "shore-to", &body)
}

fn now(lang: Lang, of: &AccountPage, it: &AccountNow) -> Markup {
    let (state, word) = match (it.missing, it.paused, it.new) {
        (Some(_), ..) => (State::Declined, "account-not-paid"),
        (None, true, _) => (State::Declined, "shop-paused"),
        (None, false, true) => (State::Waiting, "account-waits"),
        (None, false, false) => (State::Paid, "account-paid"),
    };
    html! {
        section.card.stack aria-labelledby="account-now" {
            div.split {
                h2 #account-now { (lang.t("account-now")) }
                (chip_saying(state, &lang.t(word)))
            }
            @if let Some(why) = it.missing {
                p.note { (Icon::Warn.draw()) span { (lang.t(missing(why))) } }
            }
            @if let Some(account) = &it.account {
                dl.kv {
                    (office(lang, account))
                    (line(&lang.t("signup-account"),
                        &lang.tf(kind_word(account.kind), &[("ending", &account.ending)])))
                    @if let Some(set) = it.set {
                        (line(&lang.t("account-set"), &lang.when(set, of.now, of.zone)))
                    }
                }
                @if it.paused { p.small { (lang.t("tonight-paused")) } }
                @else if it.new { p.small { (lang.t("account-waits-means")) } }
                @else { p.small { (lang.t("account-paid-means")) } }
            }
        }
    }
}

fn after(lang: Lang) -> Markup {
    html! {
        section.card.stack aria-labelledby="account-after" {
            h2 #account-after { (lang.t("account-after")) }
            ul.stack-1 {
                li { (lang.t("account-after-review")) }
                li { (lang.t("account-after-file")) }
                li { (lang.t("account-after-safe")) }
            }
        }
    }
}

fn form(lang: Lang, of: &AccountPage) -> Markup {
    let sheet = Sheet { lang, fields: &of.fields, wrong: &of.wrong, sent: of.sent };
    html! {
        form.card.stack method="post" action=(link(lang, &format!("{}/account", of.base)))
            data-signup novalidate autocomplete="off" {
            input type="hidden" name="key" value=(of.key);
            input type="hidden" name="replaces" value=(of.replaces);
            input type="hidden" name="ask" value="1";
            template #icon-ok { (Icon::Check.draw()) }
            template #icon-err { (Icon::Warn.draw()) }
            h2 { (lang.t(if of.account.account.is_some() { "account-other" } else { "account-enter" })) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            @if !of.wrong.is_empty() { (to_mend(lang, &of.wrong)) }
            (account_fields(&sheet, Some(&kinds(lang, of.kind))))
            button.btn.big.wide type="submit" {
                (Icon::Arrow.draw()) (lang.t("account-look"))
            }
            p.small.quiet { (lang.t("account-kept")) }
        }
    }
}

/// Both accounts, old and new: what is said yes to, and signed.
fn sure(lang: Lang, of: &AccountPage, it: &AccountSure) -> Markup {
    let path = format!("{}/account", of.base);
    html! {
        section.card.stack aria-labelledby="account-sure" {
            h2 #account-sure tabindex="-1" autofocus { (lang.t("account-sure")) }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            @if let Some(before) = &of.account.account {
                h3.small { (lang.t("account-sure-before")) }
                dl.kv {
                    (office(lang, before))
                    (line(&lang.t("signup-account"),
                        &lang.tf(kind_word(before.kind), &[("ending", &before.ending)])))
                }
            }
            h3.small { (lang.t("account-sure-after")) }
            dl.kv {
                (office(lang, &it.account))
                (line(&lang.t("account-kind"), &lang.t(kind_name(it.account.kind))))
                (line(&lang.t("signup-account"), &it.number))
                div { dt { (lang.t("signup-holder")) } dd lang="ja" { (it.holder) } }
            }
            form.stack method="post" action=(link(lang, &path))
                data-sign=(link(lang, &format!("{path}/sign"))) {
                (typed(of))
                input type="hidden" name="proof" value="";
                @if it.signs {
                    p.note { (Icon::Lock.draw()) span { (lang.t("account-sure-signs")) } }
                }
                button.btn.big.wide { (Icon::Lock.draw()) (lang.t("account-send")) }
            }
            form method="post" action=(link(lang, &path)) {
                (typed(of))
                input type="hidden" name="ask" value="edit";
                button.btn.second.wide { (Icon::Undo.draw()) (lang.t("account-sure-other")) }
            }
        }
    }
}

fn office(lang: Lang, of: &AccountLine) -> Markup {
    html! {
        div {
            dt { (lang.t("review-bank")) }
            dd { (of.bank_code) " " span lang="ja" { (of.bank) } }
        }
        div {
            dt { (lang.t("review-branch")) }
            dd { (of.branch_code) " " span lang="ja" { (of.branch) } }
        }
    }
}

/// What was typed, for the next form.
fn typed(of: &AccountPage) -> Markup {
    let fields = [
        ("key", of.key.as_str()),
        ("bank", &of.fields.bank),
        ("branch", &of.fields.branch),
        ("kind", of.kind.word()),
        ("account", &of.fields.account),
        ("holder", &of.fields.holder),
    ];
    html! {
        @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
        input type="hidden" name="replaces" value=(of.replaces);
    }
}

fn kinds(lang: Lang, chosen: Kind) -> Markup {
    html! {
        div.field {
            label for="kind" { (lang.t("account-kind")) }
            select #kind name="kind" {
                @for kind in Kind::ALL {
                    option value=(kind.word()) selected[kind == chosen] {
                        (lang.t(kind_name(kind)))
                    }
                }
            }
        }
    }
}

const fn kind_name(of: Kind) -> &'static str {
    match of {
        Kind::Ordinary => "account-kind-ordinary",
        Kind::Current => "account-kind-current",
        Kind::Savings => "account-kind-savings",
    }
}

const fn missing(why: Missing) -> &'static str {
    match why {
        Missing::Never => "account-none",
        Missing::Lost => "account-lost",
        Missing::Unfit => "account-unfit",
    }
}
