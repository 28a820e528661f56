//! What is to be confirmed: who is paid as registered, the price line by line, the deadline.

use maud::{Markup, html};

use super::icon::Icon;
use super::parts::{
    amount, foreign, fragment_link, line, payee_card, price_lines, rate_lines, ring,
};
use super::text::Lang;
use super::view::{Phone, Place, Sheet, ShopParts, TillShare};

/// The sheet with everything but the button, which [`pay_button`] draws where the page wants it.
pub fn sheet(lang: Lang, phone: &Phone, of: &Sheet) -> Markup {
    html! {
        div.sheet-top {
            h2 #sheet-title tabindex="-1" data-focus { (lang.t("sheet-title")) }
            @if let Some(lock) = of.lock { (ring(lang, phone.now, lock.deadline, lock.seconds)) }
        }
        @match phone.place {
            Place::Own => (payee_card(lang, &of.payee)),
            Place::Home => (payee_short(lang, of)),
        }
        (amount(lang, "mid", of.price.asked, None))
        dl.kv { (price_lines(lang, &of.price, "price-you-pay")) }
        @if let Some(conversion) = &of.price.conversion { (rate_lines(lang, &conversion.rate)) }
        @if let Some(parts) = &of.parts { (shop_parts(lang, parts)) }
        @if of.again {
            p.error role="alert" { (Icon::Warn.draw()) b { (lang.t("sheet-again")) }
                span { (lang.t("sheet-again-ask")) } }
        }
    }
}

/// What the shop gets of it, and what others do.
fn shop_parts(lang: Lang, of: &ShopParts) -> Markup {
    html! {
        details.small {
            summary { (lang.tf("parts-title", &[("net", &lang.amount(of.net))])) }
            dl.kv {
                (line(&lang.t("parts-fee"), &lang.amount(of.fee)))
                @for (kind, part) in &of.shares {
                    (line(&lang.t(&format!("parts-{kind}")), &lang.amount(*part)))
                }
                (line(&lang.t("parts-net"), &lang.amount(of.net)))
            }
        }
    }
}

/// What another has of a payment, and what a refund took back of it.
pub(super) fn share_line(lang: Lang, place: Place, it: &TillShare) -> Markup {
    html! {
        div {
            dt {
                (lang.t(&format!("parts-{}", it.kind)))
                @if place == Place::Own { " · " (foreign(&it.name)) }
                @if it.returned.minor > 0 {
                    br;
                    span.small.quiet {
                        (lang.tf("till-share-back", &[("amount", &lang.amount(it.returned))]))
                    }
                }
            }
            dd { (lang.amount(it.kept)) }
        }
    }
}

/// The payee in two lines, for the small phone of the first page.
fn payee_short(lang: Lang, of: &Sheet) -> Markup {
    let place = of.payee.prefecture.and_then(|code| super::places::name(lang, code));
    html! {
        div {
            p {
                b { (foreign(&of.payee.name)) }
                @if let Some(reading) = &of.payee.reading { " " (foreign(reading)) }
            }
            p.small.note { (Icon::Check.draw())
                span {
                    @if let Some(place) = place {
                        (lang.tf("sheet-registered", &[("place", place)]))
                        (lang.t("sheet-stop")) (lang.gap())
                    }
                    (lang.t("sheet-name-matches"))
                }
            }
        }
    }
}

/// What was scanned and typed, with which the price can be asked anew.
fn code_fields(of: &Sheet) -> Markup {
    html! {
        input type="hidden" name="code" value=(of.code);
        @if let Some(typed) = &of.typed { input type="hidden" name="amount" value=(typed); }
    }
}

/// *Pay so much*, and what takes its place when the rate has run out.
pub fn pay_button(lang: Lang, phone: &Phone, of: &Sheet) -> Markup {
    let to = |path: &str| fragment_link(lang, phone.place, &format!("{}/{path}", phone.base));
    let total = lang.amount(of.price.total);
    html! {
        form method="post" action=(to("pay")) data-swap="#phone" data-while="live" {
            input type="hidden" name="quote" value=(of.quote);
            input type="hidden" name="key" value=(of.key);
            @if of.again { input type="hidden" name="again" value="1"; }
            (code_fields(of))
            button.btn.big.wide {
                (Icon::Lock.draw()) (lang.tf("sheet-pay", &[("amount", &total)]))
            }
        }
        form method="post" action=(to("scan")) data-swap="#phone" data-while="over" hidden {
            (code_fields(of))
            p.small.quiet.centre { (lang.t("sheet-over")) }
            button.btn.big.wide { (Icon::Undo.draw()) (lang.t("sheet-renew")) }
        }
        @if let Some(payment) = &of.asked {
            form method="post" action=(to("refuse")) data-swap="#phone" {
                input type="hidden" name="payment" value=(payment);
                button.btn.second.wide { (lang.t("sheet-refuse")) }
            }
        }
        p.small.quiet.centre {
            @if let Some(lock) = of.lock {
                span data-while="live" {
                    (lang.tn("sheet-locked", u64::from(lock.seconds))) (lang.gap())
                }
            }
            @if of.asked.is_none() {
                a href=(back(lang, phone)) data-get=(to("phone")) data-swap="#phone" {
                    (lang.t("sheet-not-now"))
                }
            }
        }
    }
}

/// The page this phone stands on, in this language.
pub(super) fn back(lang: Lang, phone: &Phone) -> String {
    super::parts::link(lang, if phone.place == Place::Home { "/" } else { &phone.base })
}
