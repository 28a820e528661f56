//! Who did what.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{chip_saying, empty, link, reason};
use super::staff::duty_word;
use super::text::Lang;
use super::view::{State, TrailLine, TrailPage, TriedLine};

/// The page.
pub fn page(of: &TrailPage) -> Markup {
    let lang = of.chrome.lang;
    let to = |rest: &str| link(lang, &format!("{}/{rest}", of.base));
    let body = html! {
        div.section-head {
            h1 { (lang.t("trail-title")) }
            p.lead { (lang.t("trail-lead")) }
            p.cluster {
                @if of.back { a href=(link(lang, &of.base)) { (lang.t("staff-back")) } }
                @else { a href=(link(lang, "/me")) { (lang.t("devices-title")) } }
                a href=(to("trail.csv")) { (lang.t("trail-file")) }
            }
        }
        (refused(lang, of))
        section.card.stack aria-labelledby="trail-list" {
            h2.sr #trail-list { (lang.t("trail-title")) }
            @if of.lines.is_empty() {
                (empty(Icon::List, &lang.t("trail-none"), &lang.t("trail-none-lead")))
            }
            ul.stack role="list" { @for line in &of.lines { li { (row(lang, of, line)) } } }
            @if let Some(next) = of.next {
                p { a.btn.second href=(to(&format!("trail?before={next}"))) { (lang.t("trail-more")) } }
            }
        }
    };
    layout::page(&of.chrome, &lang.t("trail-title"), if of.shop { "shore-to" } else { "" }, &body)
}

/// What was tried and refused, where there was anything: mostly a slip, sometimes somebody else.
fn refused(lang: Lang, of: &TrailPage) -> Markup {
    let since = lang.when(of.refused_since, of.now, of.zone);
    html! {
        @if of.newest {
            details.card.stack open[!of.refused.is_empty()] {
                summary { (lang.tn("trail-refused", of.refused.len() as u64)) }
                p.small.quiet { (lang.tf("trail-refused-lead", &[("since", &since)])) }
                ul.stack role="list" { @for it in &of.refused { li { (tried(lang, of, it)) } } }
            }
        }
    }
}

fn tried(lang: Lang, of: &TrailPage, it: &TriedLine) -> Markup {
    let known = lang.find(&word_of(&it.what), &[]);
    html! {
        div.split {
            div {
                b { (reason(lang, it.code)) }
                @if it.times > 1 { " · " (lang.tn("trail-times", u64::from(it.times))) }
                p.small.quiet {
                    (it.name.clone().unwrap_or_else(|| lang.t("trail-desk")))
                    @if let Some(duty) = it.duty { " · " (lang.t(duty_word(duty))) }
                }
                p.small {
                    @match known {
                        Some(words) => (lang.tf("trail-tried", &[("what", &words)])),
                        None => code { (it.what) },
                    }
                }
            }
            span.small.quiet { (lang.when(it.at, of.now, of.zone)) }
        }
    }
}

fn row(lang: Lang, of: &TrailPage, line: &TrailLine) -> Markup {
    html! {
        div.split {
            div {
                b { (done(lang, &line.command)) }
                @if let Some(amount) = line.amount { " · " (lang.amount(amount)) }
                @if line.signed { " " (chip_saying(State::Paid, &lang.t("trail-signed"))) }
                p.small.quiet {
                    (line.name.clone().unwrap_or_else(|| lang.t("trail-desk")))
                    @if let Some(duty) = line.duty { " · " (lang.t(duty_word(duty))) }
                }
                @if let Some(object) = &line.object { p.small { code { (object) } } }
            }
            span.small.quiet { (lang.when(line.at, of.now, of.zone)) }
        }
    }
}

/// What a command did, in words; one that the message files do not know by its own name.
fn done(lang: Lang, command: &str) -> String {
    lang.find(&word_of(command), &[]).unwrap_or_else(|| command.to_owned())
}

fn word_of(command: &str) -> String {
    let mut key = String::from("did");
    for letter in command.chars() {
        if letter.is_ascii_uppercase() {
            key.push('-');
        }
        key.push(letter.to_ascii_lowercase());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_words() {
        // What cells do among themselves, and by the clock, is nobody's doing.
        const NOBODYS: [&str; 4] = ["Receive", "Greet", "Tick", "ConfirmForgotten"];
        for kind in (0..=u16::MAX).map(u16::to_be_bytes) {
            let Some(name) = economy::Command::name_of(kind) else { continue };
            if NOBODYS.contains(&name) {
                continue;
            }
            for lang in Lang::ALL {
                let key = word_of(name);
                assert!(lang.find(&key, &[]).is_some(), "{}: {key}", lang.tag());
            }
        }
    }
}
