//! What stands beside a till: the shop's switch, tonight's bank file, the poster.

use maud::{Markup, html};

use super::format::Amount;
use super::icon::Icon;
use super::parts::{amount, chip_saying, line, link, problem, problem_of_shop, sum};
use super::text::Lang;
use super::view::{Problem, ShopCard, State, TonightCard};
use crate::payee::Kind;

/// The steps after which tonight's file is another.
const TONIGHT_ON: &str = "captured taken booked";

/// The fragment `#shop`: whether the store takes payments, and the switch.
pub fn shop(lang: Lang, of: &ShopCard) -> Markup {
    let src = link(lang, &format!("{}/shop", of.base));
    let [switches, leads, reads] = of.may;
    let (state, word) = match (of.paused, of.open) {
        (Some(_), _) => (State::Declined, "shop-paused"),
        (None, true) => (State::Paid, "shop-open"),
        (None, false) => (State::Waiting, "shop-closed"),
    };
    html! {
        section #shop .card.stack aria-labelledby="shop-title" tabindex="-1" data-src=(src)
            data-on="cell_up" data-say=(lang.t(word)) {
            div.split { h2 #shop-title { (lang.t("shop-title")) } (chip_saying(state, &lang.t(word))) }
            @if let Some(why) = of.paused { (paused(lang, why)) }
            @if of.new && of.paused.is_none() { p.small { (lang.t("shop-new")) } }
            @if let Some(it) = &of.problem { (problem(lang, it)) }
            p.small.quiet {
                (lang.t(if of.open { "shop-open-means" } else { "shop-closed-means" }))
            }
            @if switches { form method="post" action=(link(lang, &format!("{}/open", of.base))) data-swap="#shop" {
                input type="hidden" name="key" value=(of.key);
                input type="hidden" name="open" value=(if of.open { "0" } else { "1" });
                button.btn.second.wide {
                    (lang.t(if of.open { "shop-close" } else { "shop-reopen" }))
                }
            } }
            p.small.cluster {
                @if leads {
                    a href=(link(lang, &format!("{}/staff", of.base))) { (lang.t("staff-title")) }
                }
                @if reads && of.brings {
                    a href=(link(lang, &format!("{}/brought", of.base))) { (lang.t("earned-title")) }
                }
                @if reads {
                    a href=(link(lang, &format!("{}/trail", of.base))) { (lang.t("trail-title")) }
                }
                a href=(link(lang, "/me")) { (lang.t("devices-title")) }
            }
        }
    }
}

/// Staff paused the shop: why, and what to do.
fn paused(lang: Lang, why: &str) -> Markup {
    let key = match why {
        "account_in_doubt" => "shop-why-account",
        "identity_in_doubt" => "shop-why-identity",
        "complaints" => "shop-why-complaints",
        "law" => "shop-why-law",
        "at_its_wish" => "shop-why-wish",
        _ => "shop-why-contract",
    };
    html! {
        div.error role="alert" {
            (Icon::Warn.draw())
            b { (lang.t("shop-paused-title")) }
            span { (lang.t(key)) (lang.gap()) (lang.t("shop-paused-todo")) }
            code { (why) }
        }
    }
}

/// The same while the shop's cell does not answer.
pub fn no_shop(lang: Lang, base: &str, why: &Problem) -> Markup {
    html! {
        section #shop .card.stack aria-labelledby="shop-title" tabindex="-1"
            data-src=(link(lang, &format!("{base}/shop"))) data-on="requested captured cell_up" {
            h2 #shop-title { (lang.t("shop-title")) }
            (problem(lang, why))
        }
    }
}

/// The card of the poster.
pub fn poster(lang: Lang, of: &ShopCard) -> Markup {
    html! {
        section.card.stack.noprint {
            h2 { (lang.t("till-poster")) }
            p.small.quiet { (lang.t("till-poster-lead")) }
            @if let Some(number) = &of.number {
                p.small { (lang.tf("till-poster-number", &[("number", number)])) }
            }
            div {
                a.btn.second href=(link(lang, &of.poster)) target="_blank" rel="noopener" {
                    (Icon::Print.draw()) (lang.t("till-poster-open"))
                }
            }
            p.small {
                a href=(link(lang, &format!("{}/posters", of.base))) { (lang.t("till-posters")) }
            }
        }
    }
}

/// The fragment `#tonight`.
pub fn tonight(lang: Lang, of: &TonightCard) -> Markup {
    let src = link(lang, &format!("{}/tonight", of.base));
    let closes = lang.clock(of.closes, of.zone);
    let when = [("clock", closes.as_str()), ("day", &lang.day(of.day))];
    html! {
        section #tonight .card.stack aria-labelledby="tonight-title" data-src=(src)
            data-on=(TONIGHT_ON) {
            h2 #tonight-title { (lang.t("tonight-title")) }
            @if let Some(it) = &of.problem { (problem_of_shop(lang, it)) }
            @if let Some((sum, code)) = &of.returned { (came_back(lang, *sum, code)) }
            (amount(lang, "", of.out, None))
            @match of.waits {
                None => p.small { (lang.tf("tonight-when", &when)) },
                Some("below_minimum") if of.available.minor == 0 => {
                    p.small { (lang.t("tonight-nothing")) }
                }
                Some(why) => {
                    p.small { b { (lang.t("tonight-waits")) } (lang.gap()) (waits(lang, why)) }
                }
            }
            (lines(lang, of))
            @match &of.account {
                Some(account) => p.small {
                    span lang="ja" { (account.bank) " " (account.branch) }
                    " "
                    span.quiet { (account.bank_code) "-" (account.branch_code) }
                    br;
                    span.quiet {
                        (lang.tf(kind_word(account.kind), &[("ending", &account.ending)]))
                    }
                },
                None => {}
            }
            (payouts(lang, of))
            p.small {
                a href=(link(lang, &format!("{}/account", of.base))) {
                    (lang.t(if of.account.is_some() { "account-change" } else { "account-enter" }))
                }
            }
        }
    }
}

/// What came back from the shop's bank, and what to do.
fn came_back(lang: Lang, sum: Amount, code: &str) -> Markup {
    let why = lang.find(&format!("return-{code}"), &[]).unwrap_or_else(|| lang.t("return-other"));
    html! {
        div.note-ink role="status" {
            (Icon::Back.draw())
            span {
                b { (lang.tf("return-title", &[("amount", lang.amount(sum).as_str())])) }
                (lang.gap()) (why) (lang.gap()) (lang.t("return-todo"))
            }
        }
    }
}

/// When the shop is paid, and to be paid sooner.
fn payouts(lang: Lang, of: &TonightCard) -> Markup {
    let action = link(lang, &format!("{}/payouts", of.base));
    let hidden = |act: &str| {
        html! {
            input type="hidden" name="key" value=(of.key);
            input type="hidden" name="act" value=(act);
        }
    };
    html! {
        @if of.waits == Some("not_due") {
            form method="post" action=(action) {
                (hidden("today"))
                button.btn.second.slim { (lang.t("payouts-today")) }
            }
        }
        @if of.asked { p.small { (lang.t("payouts-asked")) } }
        details {
            summary { (lang.t("payouts-when")) }
            form.stack method="post" action=(action) {
                (hidden("schedule"))
                div.field {
                    label for="payouts-choice" { (lang.t("payouts-when")) }
                    select #payouts-choice name="when" {
                        option value="daily" selected[of.when == "daily"] {
                            (lang.t("payouts-daily"))
                        }
                        @for day in 0..7_u8 {
                            @let value = format!("weekly-{day}");
                            option value=(value) selected[of.when == value] {
                                (lang.t(&format!("payouts-weekly-{day}")))
                            }
                        }
                        option value="threshold" selected[of.when == "threshold"] {
                            (lang.t("payouts-threshold"))
                        }
                    }
                }
                div.field {
                    label for="payouts-least" { (lang.t("payouts-least")) }
                    input #payouts-least name="least" value=(of.least) inputmode="decimal"
                        autocomplete="off";
                }
                div { button.btn.second.slim { (lang.t("payouts-set")) } }
            }
        }
    }
}

/// The message of a kind of account with its last digits.
pub(super) fn kind_word(of: Kind) -> &'static str {
    match of {
        Kind::Ordinary => "tonight-ordinary",
        Kind::Current => "tonight-current",
        Kind::Savings => "tonight-savings",
    }
}

/// The sum of what goes out, or of what the shop has.
fn lines(lang: Lang, of: &TonightCard) -> Markup {
    let unit = of.out.unit;
    html! {
        dl.kv {
            @if let Some(sold) = &of.sold {
                @let net = sold.captured.minor - sold.refunded.minor - sold.fees.minor;
                @let before = of.available.minor - net;
                @if before != 0 { (line(&lang.t("tonight-before"), &lang.amount(unit.of(before)))) }
                (line(&lang.tn("tonight-paid", sold.payments), &lang.amount(sold.captured)))
                @if sold.refunded.minor != 0 {
                    (line(&lang.t("today-refunded"), &lang.amount(sold.refunded.negated())))
                }
                (line(&lang.t("today-fee"), &lang.amount(sold.fees.negated())))
            }
            @if of.waits.is_some() {
                (sum(&lang.t("tonight-has"), &lang.amount(of.available)))
            } @else {
                @if of.sold.is_none() {
                    (line(&lang.t("tonight-has"), &lang.amount(of.available)))
                }
                @if of.fee.minor != 0 {
                    (line(&lang.t("tonight-transfer"), &lang.amount(of.fee.negated())))
                }
                (sum(&lang.t("tonight-out"), &lang.amount(of.out)))
            }
        }
    }
}

fn waits(lang: Lang, why: &str) -> String {
    lang.t(match why {
        "below_minimum" => "tonight-below",
        "above_most" => "tonight-above",
        "no_bank_account" => "tonight-no-account",
        "bank_account_unfit" => "tonight-unfit",
        "merchant_not_approved" => "tonight-new",
        "merchant_paused" => "tonight-paused",
        "not_due" => "tonight-not-due",
        "payout_account_returned" => "tonight-returned",
        _ => "tonight-other",
    })
}

/// The place of the fragment where there is no file to show.
pub fn no_tonight(lang: Lang, base: &str) -> Markup {
    html! {
        section #tonight hidden data-src=(link(lang, &format!("{base}/tonight")))
            data-on=(TONIGHT_ON) {}
    }
}
