//! What an operator does: top up a wallet or a nostro, freeze and reopen a link.

use maud::{Markup, html};

use super::super::parts::{link, problem};
use super::super::text::Lang;
use super::super::view::{BoardLink, BoardOperate};

/// The forms.
pub fn operate(lang: Lang, of: &BoardOperate) -> Markup {
    html! {
        section #operate .stack aria-labelledby="operate-title" {
            h2 #operate-title { (lang.t("board-operate")) }
            div.cols.cols-3 {
                (wallet(lang, of))
                @for it in of.links.iter().filter(|link| link.nostro.is_some()) {
                    (nostro(lang, of, it))
                }
                @for it in &of.links { (one_link(lang, of, it)) }
            }
        }
    }
}

/// What was typed before the form failed, if it is this one.
fn typed<'a>(of: &'a BoardOperate, form: &str, at: usize) -> &'a str {
    let failed = of.failed.as_ref().filter(|failed| failed.form == form);
    failed.map_or("", |failed| match at {
        0 => &failed.wallet,
        1 => &failed.amount,
        _ => &failed.text,
    })
}

fn form(
    lang: Lang,
    of: &BoardOperate,
    name: &'static str,
    path: &str,
    title: &str,
    body: &Markup,
) -> Markup {
    let failed = of.failed.as_ref().filter(|failed| failed.form == name);
    html! {
        form.card.stack method="post" action=(link(lang, &format!("{}/{path}", of.base))) {
            h3 { (title) }
            @if let Some(failed) = failed { (problem(lang, &failed.problem)) }
            input type="hidden" name="cell" value=(of.cell);
            input type="hidden" name="key" value=(of.key);
            (body)
        }
    }
}

fn field(lang: Lang, id: &str, name: &str, key: &str, value: &str, most: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { (lang.t(key)) }
            input id=(id) name=(name) value=(value) maxlength=(most) required autocomplete="off"
                spellcheck="false" inputmode=[(name == "amount").then_some("decimal")];
        }
    }
}

fn wallet(lang: Lang, of: &BoardOperate) -> Markup {
    let body = html! {
        (field(lang, "o-wallet", "wallet", "board-wallet", typed(of, "top-up", 0), "60"))
        (field(lang, "o-amount", "amount", "board-amount", typed(of, "top-up", 1), "20"))
        (field(lang, "o-reference", "reference", "board-reference", typed(of, "top-up", 2), "100"))
        div { button.btn { (lang.t("board-top-up")) } }
    };
    form(lang, of, "top-up", "top-up", &lang.t("board-top-up-title"), &body)
}

fn nostro(lang: Lang, of: &BoardOperate, it: &BoardLink) -> Markup {
    let id = |part: &str| format!("n{}-{part}", it.number);
    let body = html! {
        input type="hidden" name="link" value=(it.number);
        (field(lang, &id("amount"), "amount", "board-amount", typed(of, "nostro", 1), "20"))
        (field(lang, &id("reference"), "reference", "board-reference", typed(of, "nostro", 2), "100"))
        div { button.btn { (lang.t("board-top-up-nostro")) } }
    };
    let title = lang.tf("board-nostro-title", &[("cell", &it.peer)]);
    form(lang, of, "nostro", "nostro", &title, &body)
}

fn one_link(lang: Lang, of: &BoardOperate, it: &BoardLink) -> Markup {
    let id = format!("l{}-note", it.number);
    let (act, button) =
        if it.frozen { ("reopen", "board-reopen") } else { ("freeze", "board-freeze") };
    let lead = if it.frozen { "board-reopen-what" } else { "board-freeze-what" };
    let body = html! {
        p.small.quiet { (lang.t(lead)) }
        input type="hidden" name="link" value=(it.number);
        input type="hidden" name="act" value=(act);
        (field(lang, &id, "note", "board-reason", typed(of, "link", 2), "400"))
        div { button.btn.second { (lang.t(button)) } }
    };
    let title = lang.tf("board-link-title", &[("cell", &it.peer)]);
    form(lang, of, "link", "link", &title, &body)
}
