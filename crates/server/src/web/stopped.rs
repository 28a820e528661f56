//! A payment that the operator's staff look at, on its payer's phone.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::{amount, chip_saying, foreign, link, query_field};
use super::phone::{after, retry};
use super::text::Lang;
use super::view::{Phone, Place, Retry, State, Stopped, StoppedState};

/// When a phone asks the price of what was released.
const AT_ONCE_MS: u32 = 200;

/// Where the phone is fetched anew that shows a stopped payment: with the code, which a process that
/// was started meanwhile does not know.
pub(super) fn at(of: &Stopped) -> String {
    let mut path = format!("?case={}", of.payment);
    if let Some(Retry { code, typed }) = &of.retry {
        path.push('&');
        path += &query_field("code", code);
        if let Some(typed) = typed {
            path.push('&');
            path += &query_field("amount", typed);
        }
    }
    path
}

pub(super) const fn title(of: &StoppedState) -> &'static str {
    match of {
        StoppedState::Waiting => "stopped-waiting",
        StoppedState::Released => "stopped-released",
        StoppedState::Rejected(_) => "reason-review-rejected",
        StoppedState::Over => "stopped-over",
    }
}

const fn state(of: &StoppedState) -> State {
    match of {
        StoppedState::Waiting => State::Waiting,
        StoppedState::Released => State::Paid,
        StoppedState::Rejected(_) => State::Declined,
        StoppedState::Over => State::Expired,
    }
}

/// A payment that the staff look at: nothing was taken, and what happens next.
pub(super) fn face(lang: Lang, of: &Phone, it: &Stopped) -> Markup {
    let words = lang.t(title(&it.state));
    let until = it.until.map(|until| lang.when(until, of.now, of.zone));
    let says = |key: &str, until: &str| {
        lang.tf(key, &[("until", until), ("amount", &lang.amount(it.asked))])
    };
    html! {
        div.centre { (chip_saying(state(&it.state), &words)) }
        (amount(lang, "centre mid", it.asked, Some(html! { b { (foreign(&it.payee.name)) } })))
        @match (&it.state, until) {
            (StoppedState::Waiting, until) => {
                p.centre { (lang.t("declined-nothing")) (lang.gap()) (lang.t("stopped-goes-on")) }
                @if let Some(until) = until {
                    p.small.quiet.centre { (says("stopped-waits-until", &until)) }
                }
            }
            (StoppedState::Released, Some(until)) => {
                p.centre { (says("stopped-may", &until)) }
            }
            (StoppedState::Rejected(reason), _) => {
                div.error role="alert" {
                    (Icon::Warn.draw())
                    b { (words) }
                    @if !reason.is_empty() { span { "“" (reason) "”" } }
                    span { (lang.t("reason-review-rejected.todo")) }
                }
            }
            _ => p.centre { (lang.t("stopped-over-lead")) },
        }
    }
}

/// The same as a line of the wallet's first page.
pub(super) fn row(lang: Lang, of: &Phone, it: &Stopped) -> Markup {
    let path = link(lang, &format!("{}{}", of.base, at(it)));
    html! {
        a.card.tight.split.stopped href=(path) {
            span {
                (chip_saying(state(&it.state), &lang.t(title(&it.state))))
                span.small { " " (lang.amount(it.asked)) " · " (foreign(&it.payee.name)) }
            }
            (Icon::Arrow.draw())
        }
    }
}

/// The one filled button below it.
pub(super) fn below(lang: Lang, of: &Phone, it: &Stopped) -> Markup {
    html! {
        @match (&it.state, &it.retry) {
            // With script the price comes by itself: what is left is the yes to it.
            (StoppedState::Released, Some(again)) => (retry(lang, of, again, Some(AT_ONCE_MS))),
            (StoppedState::Over, Some(again)) => (retry(lang, of, again, None)),
            (StoppedState::Released, None) if of.place == Place::Own => {
                a.btn.big.wide href=(link(lang, &format!("{}/scan", of.base))) {
                    (Icon::Scan.draw()) (lang.t("scan-to-pay"))
                }
            }
            _ => {}
        }
        (after(lang, of))
    }
}
