//! The bridge: two strands, and a bead for each decision.
//!
//! A bead is lit because a record is durable: by this template from what the server knows, or by
//! `events.js` from the event of that record, never by a clock.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::link;
use super::text::Lang;
use super::view::{Bead, BeadState, Bridge, BridgeNote, Shore, Step};

/// The fragment `#bridge`.
pub fn bridge(lang: Lang, of: &Bridge) -> Markup {
    html! {
        section #bridge .s-bridge.stack aria-label=(lang.t("bridge-label"))
            data-src=(link(lang, &of.src)) data-on=(fetched_on(of))
            data-payment=[of.payment.as_deref()] data-back[of.back] {
            h2.sr { (lang.t("bridge-label")) }
            ol.bridge aria-label=(lang.t("bridge-steps")) {
                @for (i, bead) in of.beads.iter().enumerate() { (one(lang, of, i, bead)) }
            }
            p.quiet.small { (note(lang, &of.note)) }
        }
    }
}

/// The steps after which the whole fragment is fetched anew: an end, or a step it does not show.
fn fetched_on(of: &Bridge) -> &'static str {
    if of.back {
        "requested booked cell_up"
    } else {
        "requested quoted posted declined voided cancelled expired asked cell_up"
    }
}

fn one(lang: Lang, of: &Bridge, i: usize, bead: &Bead) -> Markup {
    let shore = match bead.step.shore() {
        Shore::From => "shore-from",
        Shore::To => "shore-to",
    };
    let state = match bead.state {
        BeadState::Idle => "",
        BeadState::Next => " now",
        BeadState::Lit { .. } => " lit",
    };
    let number = if of.back { of.beads.len() - i } else { i + 1 };
    let icon = match bead.step {
        Step::Declined => Icon::Clear,
        _ if of.back || bead.step == Step::Voided => Icon::Back,
        _ => Icon::Check,
    };
    html! {
        li class={ (shore) (state) } data-step=(bead.step.name()) {
            span.rope {
                svg viewBox="0 0 100 56" preserveAspectRatio="none" aria-hidden="true" {
                    path.a d="M-1 12H0C38 12 62 44 100 44h1" {}
                    path.b d="M-1 44H0C38 44 62 12 100 12h1" {}
                }
                span.bead { span.no { (number) } (icon.draw()) }
            }
            span.what { (lang.t(word(bead.step))) }
            span.ms {
                @if let BeadState::Lit { micros, record } = &bead.state {
                    span { (lang.millis(*micros)) }
                    span { (record.cell) " " (lang.count(record.position)) }
                } @else {
                    span.then { (lang.t("bridge-next")) }
                }
            }
        }
    }
}

fn word(step: Step) -> &'static str {
    match step {
        Step::Requested => "step-requested",
        Step::Quoted => "step-quoted",
        Step::Held => "step-held",
        Step::Captured => "step-captured",
        Step::Posted => "step-posted",
        Step::Declined => "step-declined",
        Step::Voided => "step-voided",
        Step::Asked => "step-asked",
        Step::Taken => "step-taken",
        Step::SentBack => "step-sent-back",
        Step::Received => "step-received",
        Step::Booked => "step-booked",
    }
}

fn note(lang: Lang, note: &BridgeNote) -> String {
    match note {
        BridgeNote::Idle => lang.t("bridge-idle"),
        BridgeNote::Asked(amount) => lang.tf("bridge-asked", &[("amount", &lang.amount(*amount))]),
        BridgeNote::Quoted => lang.t("bridge-quoted"),
        BridgeNote::Underway => lang.t("bridge-underway"),
        BridgeNote::Done(micros) => lang.tf("bridge-done", &[("time", &lang.millis(*micros))]),
        BridgeNote::Refunded(micros) => {
            lang.tf("bridge-refunded", &[("time", &lang.millis(*micros))])
        }
        BridgeNote::Declined => lang.t("bridge-declined"),
    }
}
