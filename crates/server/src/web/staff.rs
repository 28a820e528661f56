//! The staff of a shop, the people of an operator.

use economy::people::Duty;
use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{chip_saying, empty, link, problem, qr};
use super::text::Lang;
use super::view::{Invited, MemberRow, StaffPage, State};

/// The page.
pub fn page(of: &StaffPage) -> Markup {
    let lang = of.chrome.lang;
    let (title, lead) = match of.shop {
        true => ("staff-title", "staff-lead"),
        false => ("staff-people", "staff-people-lead"),
    };
    let body = html! {
        div.section-head {
            h1 { (lang.t(title)) }
            p.lead { (lang.t(lead)) }
            p.cluster {
                a href=(link(lang, &of.base)) { (lang.t("staff-back")) }
                a href=(link(lang, &format!("{}/trail", of.base))) { (lang.t("trail-title")) }
            }
        }
        @if let Some(it) = &of.problem { (problem(lang, it)) }
        @if let Some(it) = &of.invited { (invited(lang, it)) }
        div.cols.cols-side {
            section.card.stack aria-labelledby="staff-members" {
                h2 #staff-members { (lang.t("staff-members")) }
                @if of.members.is_empty() {
                    (empty(Icon::Person, &lang.t("staff-none"), &lang.t("staff-none-lead")))
                }
                @for row in &of.members { (member(lang, of, row)) }
            }
            aside.stack { (add(lang, of)) (duties(lang, of)) }
        }
    };
    layout::page(&of.chrome, &lang.t(title), if of.shop { "shore-to" } else { "" }, &body)
}

fn invited(lang: Lang, it: &Invited) -> Markup {
    html! {
        section.card.stack role="status" aria-labelledby="staff-invited" {
            h2 #staff-invited { (lang.tf("staff-invited", &[("name", &it.name)])) }
            p { (lang.t("staff-invited-lead")) }
            div.cols {
                div.qr { (qr(&lang.t("staff-invited-qr"), &it.link)) }
                div.stack {
                    p { b #invitation { (it.code) } }
                    p.small { a href=(it.link) { (it.link) } }
                    p.small.quiet { (lang.t("staff-invited-once")) }
                }
            }
        }
    }
}

fn member(lang: Lang, of: &StaffPage, row: &MemberRow) -> Markup {
    let when = |micros| lang.when(micros, of.now, of.zone);
    let word = lang.t(duty_word(row.duty));
    let state = if row.ended.is_some() { State::Declined } else { State::Paid };
    html! {
        div.stack-1 {
            div.split {
                b { (row.name.clone().unwrap_or_else(|| lang.t("staff-forgotten"))) }
                (chip_saying(state, &word))
            }
            p.small.quiet {
                @match row.ended {
                    Some(ended) => { (lang.tf("staff-ended", &[("when", &when(ended))])) }
                    None => {
                        (lang.tf("devices-since", &[("when", &when(row.since))])) " · "
                        (lang.tn("staff-passkeys", row.passkeys as u64))
                        @if let Some(used) = row.used {
                            " · " (lang.tf("devices-used", &[("when", &when(used))]))
                        }
                    }
                }
            }
            @if row.own { p.small.quiet { (lang.t("staff-own")) } }
            @if row.leads && row.ended.is_none() { (change(lang, of, row)) }
        }
    }
}

fn change(lang: Lang, of: &StaffPage, row: &MemberRow) -> Markup {
    let to = link(lang, &format!("{}/staff/{}", of.base, row.person));
    html! {
        div.cluster {
            form.cluster method="post" action=(to) {
                label.sr for=(format!("duty-{}", row.person)) { (lang.t("staff-duty")) }
                select id=(format!("duty-{}", row.person)) name="duty" {
                    @for duty in &of.duties {
                        option value=(duty.word()) selected[*duty == row.duty] {
                            (lang.t(duty_word(*duty)))
                        }
                    }
                }
                button.btn.second { (lang.t("staff-change")) }
            }
            form method="post" action=(to) {
                input type="hidden" name="act" value="invite";
                button.btn.second { (lang.t("staff-invite-again")) }
            }
            form method="post" action=(to) {
                input type="hidden" name="act" value="end";
                button.btn.second { (lang.t("staff-end")) }
            }
        }
    }
}

fn add(lang: Lang, of: &StaffPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="staff-add" {
            h2 #staff-add { (lang.t("staff-add")) }
            form.stack method="post" action=(link(lang, &format!("{}/staff", of.base))) {
                input type="hidden" name="key" value=(of.key);
                div.field {
                    label for="name" { (lang.t("staff-name")) }
                    input #name name="name" type="text" required maxlength="80" value=(of.typed)
                        autocomplete="off";
                }
                div.field {
                    label for="duty" { (lang.t("staff-duty")) }
                    select #duty name="duty" {
                        @for duty in of.duties.iter().rev() {
                            option value=(duty.word()) { (lang.t(duty_word(*duty))) }
                        }
                    }
                }
                button.btn.wide { (Icon::Person.draw()) (lang.t("staff-add-button")) }
                p.small.quiet { (lang.t("staff-name-kept")) }
            }
        }
    }
}

fn duties(lang: Lang, of: &StaffPage) -> Markup {
    html! {
        section.card.stack aria-labelledby="staff-duties" {
            h2 #staff-duties { (lang.t("staff-duties")) }
            dl.stack-1 {
                @for duty in &of.duties {
                    div {
                        dt { b { (lang.t(duty_word(*duty))) } }
                        dd.small { (lang.t(duty_means(*duty))) }
                    }
                }
            }
        }
    }
}

/// The message of a duty.
pub fn duty_word(duty: Duty) -> &'static str {
    match duty {
        Duty::Owner => "duty-owner",
        Duty::Manager => "duty-manager",
        Duty::Cashier => "duty-cashier",
        Duty::Bookkeeper => "duty-bookkeeper",
        Duty::Admin => "duty-admin",
        Duty::Approver => "duty-approver",
        Duty::Clerk => "duty-clerk",
        Duty::Auditor => "duty-auditor",
    }
}

fn duty_means(duty: Duty) -> &'static str {
    match duty {
        Duty::Owner => "duty-owner-means",
        Duty::Manager => "duty-manager-means",
        Duty::Cashier => "duty-cashier-means",
        Duty::Bookkeeper => "duty-bookkeeper-means",
        Duty::Admin => "duty-admin-means",
        Duty::Approver => "duty-approver-means",
        Duty::Clerk => "duty-clerk-means",
        Duty::Auditor => "duty-auditor-means",
    }
}
