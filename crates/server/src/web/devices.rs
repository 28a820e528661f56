//! A person's devices: passkeys, sessions, codes.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{chip_saying, link, problem};
use super::text::Lang;
use super::view::{CodeRow, DevicesPage, PasskeyRow, SessionRow, State};

/// The page.
pub fn page(of: &DevicesPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t(if of.new { "devices-welcome" } else { "devices-title" })) }
            p.lead { (lang.t(if of.new { "devices-welcome-lead" } else { "devices-lead" })) }
            p { a href=(link(lang, of.home)) { (lang.t("enter-go")) } }
        }
        @if let Some(it) = &of.problem { (problem(lang, it)) }
        @if of.done {
            p.note-ink role="status" { (Icon::Check.draw()) span { (lang.t("devices-done")) } }
        }
        div.cols.cols-side {
            div.stack {
                (passkeys(lang, of))
                @if !of.sessions.is_empty() { (sessions(lang, of)) }
                @if !of.codes.is_empty() { (codes(lang, of)) }
            }
            aside.stack { (adding(lang, of)) (leaving(lang)) }
        }
    };
    layout::page(&of.chrome, &lang.t("devices-title"), "", &body)
}

fn passkeys(lang: Lang, of: &DevicesPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="devices-passkeys" {
            h2 #devices-passkeys { (lang.t("devices-passkeys")) }
            @if of.passkeys.is_empty() { p.quiet { (lang.t("devices-none")) } }
            @for row in &of.passkeys { (passkey(lang, of, row)) }
        }
    }
}

fn passkey(lang: Lang, of: &DevicesPage, row: &PasskeyRow) -> Markup {
    let when = |micros| lang.when(micros, of.now, of.zone);
    let unnamed = || lang.t("devices-unnamed");
    html! {
        div.split {
            div {
                b { (row.label.clone().unwrap_or_else(unnamed)) }
                p.small.quiet {
                    (lang.tf("devices-since", &[("when", &when(row.since))])) " · "
                    (lang.tf("devices-used", &[("when", &when(row.used))]))
                }
            }
            (end(lang, "passkey", &row.id, "devices-end"))
        }
    }
}

fn sessions(lang: Lang, of: &DevicesPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="devices-sessions" {
            h2 #devices-sessions { (lang.t("devices-sessions")) }
            @for row in &of.sessions { (session(lang, of, row)) }
        }
    }
}

fn session(lang: Lang, of: &DevicesPage, row: &SessionRow) -> Markup {
    let when = |micros| lang.when(micros, of.now, of.zone);
    html! {
        div.split {
            div {
                @if row.this { (chip_saying(State::Paid, &lang.t("devices-this"))) }
                p.small.quiet {
                    (lang.tf("devices-in-since", &[("when", &when(row.since))])) " · "
                    (lang.tf("devices-until", &[("when", &when(row.expires))]))
                }
            }
            (end(lang, "session", &row.id, "enter-leave"))
        }
    }
}

fn codes(lang: Lang, of: &DevicesPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="devices-codes" {
            h2 #devices-codes { (lang.t("devices-codes")) }
            p.small.quiet { (lang.t("devices-codes-lead")) }
            @for row in &of.codes { (code(lang, of, row)) }
        }
    }
}

fn code(lang: Lang, of: &DevicesPage, row: &CodeRow) -> Markup {
    let kind = if row.once { "devices-code-once" } else { "devices-code" };
    html! {
        div.split {
            div {
                b { (lang.t(kind)) }
                @if row.this { " " (chip_saying(State::Paid, &lang.t("devices-this"))) }
                @if let Some(since) = row.since {
                    p.small.quiet {
                        (lang.tf("devices-since", &[("when", &lang.when(since, of.now, of.zone))]))
                    }
                }
            }
            (end(lang, "code", &row.id, "devices-end"))
        }
    }
}

fn end(lang: Lang, field: &str, id: &str, word: &str) -> Markup {
    html! {
        form method="post" action=(link(lang, "/me/end")) {
            input type="hidden" name=(field) value=(id);
            button.btn.second { (lang.t(word)) }
        }
    }
}

fn adding(lang: Lang, of: &DevicesPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="devices-add" {
            h2 #devices-add { (lang.t("devices-add")) }
            p.small { (lang.t("devices-add-lead")) }
            @if !of.passkeys.is_empty() { p.small.quiet { (lang.t("devices-add-sign")) } }
            @if of.can_add {
                form.stack data-passkey-add=(link(lang, "/me/passkeys")) hidden
                    data-cancelled=(lang.t("devices-cancelled")) {
                    div.field {
                        label for="label" { (lang.t("devices-label")) }
                        input #label name="label" type="text" maxlength="40" autocomplete="off"
                            placeholder=(lang.t("devices-label-hint"));
                    }
                    button.btn.wide { (Icon::Lock.draw()) (lang.t("devices-add-button")) }
                    p.error role="alert" data-passkey-say hidden {}
                }
                p.small.quiet data-passkey-without { (lang.t("devices-unable")) }
            } @else {
                p.small.quiet { (lang.t("devices-no-origin")) }
            }
        }
    }
}

fn leaving(lang: Lang) -> Markup {
    html! {
        form method="post" action=(link(lang, "/leave")) {
            button.btn.second.wide { (lang.t("enter-leave")) }
        }
    }
}

/// The button that signs in with a passkey; shown by the script where the browser has them.
pub fn enter_button(lang: Lang) -> Markup {
    html! {
        div.stack data-passkey-enter=(link(lang, "/enter/passkey")) hidden
            data-cancelled=(lang.t("devices-cancelled")) {
            button.btn.big type="button" { (Icon::Person.draw()) (lang.t("enter-passkey")) }
            p.error role="alert" data-passkey-say hidden {}
            p.small.quiet { (lang.t("enter-passkey-or")) }
        }
    }
}
