//! Small parts that more than one fragment is made of.

use maud::{Markup, PreEscaped, html};

use super::format::number;
use super::icon::{self, Icon};
use super::places;
use super::text::Lang;
use super::view::{Amount, Foreign, Payee, Place, Price, Problem, RateNote, State, StatementRow};
use super::view::{Unit, Zone};

/// An address in this language: `lang` as a parameter.
pub fn link(lang: Lang, path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}lang={}", lang.tag())
}

/// An address of a fragment or form: `view` and `lang` as parameters.
pub fn fragment_link(lang: Lang, place: Place, path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    link(lang, &format!("{path}{mark}view={}", place.name()))
}

/// A field of an address: its name, and its value with what has a meaning there escaped.
pub fn query_field(name: &str, value: &str) -> String {
    let escaped = value.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' => {
                out.push(char::from(byte));
            }
            _ => out += &format!("%{byte:02X}"),
        }
        out
    });
    format!("{name}={escaped}")
}

/// A person's name in its own language; for one who was forgotten, words in the page's.
pub fn person(lang: Lang, name: Option<&Foreign>) -> Foreign {
    let nobody = || Foreign { text: lang.t("person-forgotten"), lang: lang.tag() };
    name.cloned().unwrap_or_else(nobody)
}

/// Text in a language of its own.
pub fn foreign(text: &Foreign) -> Markup {
    html! { span lang=(text.lang) { (text.text) } }
}

/// The word of a state.
pub fn state_word(lang: Lang, state: State) -> String {
    lang.t(match state {
        State::Waiting => "state-waiting",
        State::Doubt => "state-doubt",
        State::Paid => "state-paid",
        State::Declined => "state-declined",
        State::Cancelled => "state-cancelled",
        State::Expired => "state-expired",
        State::Refunded => "state-refunded",
    })
}

/// The name of a state for the sheet; cancelled and expired take the decline's shape.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Doubt => "doubt",
        State::Paid => "paid",
        State::Declined | State::Cancelled | State::Expired => "declined",
        State::Refunded => "refunded",
    }
}

/// A state as a chip: shape and word, always both.
pub fn chip(lang: Lang, state: State) -> Markup {
    chip_saying(state, &state_word(lang, state))
}

/// A chip with a longer word.
pub fn chip_saying(state: State, word: &str) -> Markup {
    html! { span.chip data-state=(state_name(state)) { (icon::shape(state, "")) (word) } }
}

/// The number, its currency, and a quieter line below. `class` sizes and places it.
pub fn amount(lang: Lang, class: &str, of: Amount, twin: Option<Markup>) -> Markup {
    html! {
        p class={ "amount " (class) } {
            span.n {
                (number(i128::from(of.minor), of.unit.exponent))
                abbr { (lang.unit_sign(of.unit)) }
            }
            @if let Some(twin) = twin { span.twin { (twin) } }
        }
    }
}

/// One line of keys and values.
pub fn line(label: &str, value: &str) -> Markup {
    html! { div { dt { (label) } dd { (value) } } }
}

/// The line under the rule.
pub fn sum(label: &str, value: &str) -> Markup {
    html! { div.sum { dt { (label) } dd { (value) } } }
}

/// The lines of a price: mid rate, spread, fee, and what it comes to under `total`.
pub fn price_lines(lang: Lang, price: &Price, total: &str) -> Markup {
    html! {
        @if let Some(c) = &price.conversion {
            (line(&lang.t("price-mid"), &lang.amount(c.mid)))
            (line(
                &lang.tf("price-spread", &[("share", &lang.percent(c.spread_bp))]),
                &lang.amount(c.spread),
            ))
        }
        (line(&lang.t("price-fee"), &lang.amount(price.fee)))
        (sum(&lang.t(total), &lang.amount(price.total)))
    }
}

/// Source and date of a rate, and the two published decimals it is made of.
pub fn rate_lines(lang: Lang, rate: &RateNote) -> Markup {
    let base = lang.decimal("1", Unit { code: rate.base, exponent: 0 });
    let legs: Vec<String> =
        rate.legs.iter().map(|leg| lang.decimal(&leg.decimal, leg.unit)).collect();
    html! {
        p.small.quiet {
            (source_and_day(lang, rate))
            @if !legs.is_empty() { br; (base) " = " (legs.join(" = ")) }
        }
    }
}

/// `European Central Bank, 30 Oct 2026`.
pub fn source_and_day(lang: Lang, rate: &RateNote) -> String {
    source_as(lang, rate, "")
}

/// `ECB, 30 Oct 2026`.
pub fn source_short(lang: Lang, rate: &RateNote) -> String {
    source_as(lang, rate, ".short")
}

fn source_as(lang: Lang, rate: &RateNote, attribute: &str) -> String {
    let source = lang.find(&format!("source-{}{attribute}", rate.source), &[]);
    let source = source.unwrap_or_else(|| rate.source.clone());
    lang.tf("price-source", &[("source", &source), ("day", &lang.day(rate.date))])
}

/// Who is paid, as the seller's cell has them registered.
pub fn payee_card(lang: Lang, payee: &Payee) -> Markup {
    let place = payee.prefecture.and_then(|code| places::name(lang, code));
    let category = payee.category.map(|mcc| lang.t(places::category_key(mcc)));
    html! {
        div.card.tight.stack-1 {
            p {
                b { (foreign(&payee.name)) }
                @if let Some(reading) = &payee.reading { br; (foreign(reading)) }
            }
            @if let Some(at) = &payee.at { p { b { (super::till::at_place(lang, at)) } } }
            @if let Some(place) = place {
                p.small.quiet {
                    (lang.tf("sheet-registered", &[("place", place)]))
                    @if let Some(category) = category { " · " (category) }
                }
            }
            p.small.note { (Icon::Check.draw()) (lang.t("sheet-name-matches")) }
        }
    }
}

/// The message of a stable code. Many codes mean the same to a person at a till: a tag that is
/// too long and one that stands twice both make a code that can't be read.
fn message_of(code: &str) -> &str {
    match code {
        "bad_tag"
        | "bad_length"
        | "duplicate_tag"
        | "format_indicator_not_first"
        | "bad_value"
        | "unsupported_version"
        | "data_after_crc"
        | "missing_field"
        | "bad_tip"
        | "bad_amount"
        | "tag_out_of_place"
        | "template_too_long"
        | "too_long"
        | "control_character"
        | "bad_enishi_template" => "code_malformed",
        "qr_unreadable" | "qr_not_text" => "code_unreadable",
        "qr_too_many" => "qr_several",
        "not_a_picture"
        | "picture_damaged"
        | "picture_too_many_bytes"
        | "picture_too_many_pixels" => "picture_unfit",
        "wrong_currency" | "currency_not_kept" | "currency_differs" => "currency_not_accepted",
        "amount_must_not_be_zero" | "amount_is_zero" => "amount_not_positive",
        "amount_too_long" | "amount_not_bookable" => "amount_too_large",
        "text_unfit" | "out_of_range" => "form_unfit",
        "already_done"
        | "reference_already_used"
        | "payment_exists"
        | "quote_exists"
        | "capture_exists"
        | "refund_exists"
        | "party_exists"
        | "wallet_exists"
        | "merchant_exists"
        | "store_exists"
        | "till_exists"
        | "connector_exists"
        | "account_exists"
        | "idempotency_key_reused" => "already_done",
        "party_not_found" | "wallet_not_found" | "merchant_not_found" | "link_not_found"
        | "account_not_found" | "key_not_found" | "forget_not_asked" => "not_found",
        "operator_needs_another" => "forbidden",
        "store_not_found" => "store_unknown",
        "expired" => "payment_expired",
        "quote_not_found" => "quote_expired",
        "nostro_too_low" => "corridor_capacity_exhausted",
        "link_frozen" => "corridor_unavailable",
        "capture_exceeds_hold" => "refund_exceeds_rest",
        "limit_per_payment" => "limit_exceeded",
        "cell_busy" | "too_many_keys" => "too_busy",
        "cell_stopping" | "cell_unavailable" => "cell_starting",
        code => code,
    }
}

/// The sentence of a stable code: what happened (`None`), or what to do (`Some("todo")`).
pub fn sentence(lang: Lang, code: &str, attribute: Option<&str>) -> Option<String> {
    let id = message_of(code).replace('_', "-");
    let key = match attribute {
        Some(attribute) => format!("reason-{id}.{attribute}"),
        None => format!("reason-{id}"),
    };
    let known = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    known.then(|| lang.find(&key, &[])).flatten()
}

/// What happened, in few words; a code the message files do not know has a general sentence.
pub fn reason(lang: Lang, code: &str) -> String {
    sentence(lang, code, None).unwrap_or_else(|| lang.t("reason-other"))
}

/// A refusal: triangle, one sentence, what to do, the stable code.
pub fn problem(lang: Lang, of: &Problem) -> Markup {
    refusal(lang, of, sentence(lang, &of.code, Some("todo")))
}

/// The same, told to the shop, which may have something else to do than its customers.
pub fn problem_of_shop(lang: Lang, of: &Problem) -> Markup {
    let todo = sentence(lang, &of.code, Some("shop"));
    refusal(lang, of, todo.or_else(|| sentence(lang, &of.code, Some("todo"))))
}

fn refusal(lang: Lang, of: &Problem, todo: Option<String>) -> Markup {
    let known = sentence(lang, &of.code, None);
    let todo = todo
        .or_else(|| of.sentence.clone().filter(|_| known.is_none()))
        .unwrap_or_else(|| lang.t("reason-other.todo"));
    html! {
        div.error role="alert" {
            (Icon::Warn.draw())
            b { (known.unwrap_or_else(|| lang.t("reason-other"))) }
            span { (todo) }
            code { (of.code) }
        }
    }
}

/// A row of a statement: shape, shop and time, what it did and the shop's side.
pub fn statement_row(lang: Lang, row: &StatementRow, now: i64, zone: Zone) -> Markup {
    let refund = row.state == State::Refunded;
    let when = lang.when(row.at, now, zone);
    let below = match &row.reason {
        Some(code) => reason(lang, code),
        None if refund => lang.tf("row-refund", &[("when", &when)]),
        None => when,
    };
    let body = html! {
        (state_icon(lang, row.state))
        span { span.t lang=(row.shop.lang) { (row.shop.text) } span.s { (below) } }
        span.v {
            span.t { @if let Some(moved) = row.moved { (lang.signed(moved)) } }
            span.s { @if let Some(twin) = row.twin { (lang.amount(twin)) } }
        }
    };
    html! {
        li {
            @match &row.href {
                Some(href) => a.row href=(link(lang, href)) { (body) },
                None => div.row { (body) },
            }
        }
    }
}

/// The shape of a state alone, with its word for a reader.
pub fn state_icon(lang: Lang, state: State) -> Markup {
    html! {
        span.ic data-state=(state_name(state)) role="img" aria-label=(state_word(lang, state)) {
            (icon::shape(state, ""))
        }
    }
}

/// What one sees when there is nothing yet.
pub fn empty(icon: Icon, title: &str, text: &str) -> Markup {
    html! { div.empty { (icon.draw()) b { (title) } span { (text) } } }
}

/// A button that can't be pressed now.
pub fn dead_button(class: &str, content: &Markup) -> Markup {
    html! { button class={ "btn " (class) } type="button" disabled { (content) } }
}

/// A code as a drawing: dark on white, four modules of quiet, nothing in it. A text that no QR
/// code can hold draws an empty frame.
pub fn qr(label: &str, text: &str) -> Markup {
    let drawing = ::qr::svg(text).unwrap_or_default();
    html! { div.qr role="img" aria-label=(label) { (PreEscaped(drawing)) } }
}

/// The ring of a deadline: as it stands now, counted down by `ring.js`.
pub fn ring(lang: Lang, now: i64, deadline: i64, whole_seconds: u32) -> Markup {
    const ROUND: i64 = 1068; // tenths of the circumference of a radius of 17
    let left = (deadline.saturating_sub(now).max(0) / 1_000_000).min(i64::from(whole_seconds));
    let shown = ROUND * left / i64::from(whole_seconds.max(1));
    let seconds = u64::try_from(left).unwrap_or(0);
    html! {
        svg.ring viewBox="0 0 40 40" role="timer" aria-label=(lang.tn("sheet-seconds", seconds))
            data-left-ms=(deadline.saturating_sub(now).max(0) / 1000)
            data-whole-ms=(u64::from(whole_seconds) * 1000) {
            circle cx="20" cy="20" r="17" {}
            circle.go cx="20" cy="20" r="17"
                stroke-dasharray={ (shown / 10) "." (shown % 10) " 106.8" } {}
            text x="20" y="20" { (left) }
        }
    }
}
