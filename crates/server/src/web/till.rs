//! The shop's till: the same faces on the first page and in a window of its own.

use maud::{Markup, html};

use super::choose::others;
use super::display::{Display, display};
use super::icon::{self, Icon};
use super::layout;
use super::parts::{
    amount, chip_saying, dead_button, empty, foreign, fragment_link, line, link, problem_of_shop,
    qr, reason, sentence, state_icon, state_word, sum,
};
use super::scanner::{held as held_code, scanner};
use super::sheet::share_line;
use super::shop;
use super::text::Lang;
use super::view::{
    Amount, Asked, Code, GivingBack, Payer, Place, Refunding, State, Till, TillFace, TillPage,
    TillPaid, Today, TodayRow,
};

/// The page.
pub fn page(of: &TillPage) -> Markup {
    let lang = of.chrome.lang;
    let title = lang.t("nav-till");
    let body = html! {
        h1.sr { (title) }
        div.window.counter {
            (till(lang, &of.till))
            (today(lang, &of.today))
            div.stack {
                @if let Err(why) = &of.shop { (shop::no_shop(lang, &of.till.base, why)) }
                @match &of.tonight {
                    Some(card) => (shop::tonight(lang, card)),
                    None => (shop::no_tonight(lang, &of.till.base)),
                }
                @if let Ok(card) = &of.shop {
                    (shop::shop(lang, card))
                    (shop::poster(lang, card))
                }
            }
        }
        (tabs(lang, of))
        (others(lang, "choose-others-store", &of.others))
    };
    layout::page(&of.chrome, &title, "shore-to windowed", &body)
}

/// On a small screen: the way to what stands below the till.
fn tabs(lang: Lang, of: &TillPage) -> Markup {
    let page = link(lang, &of.till.base);
    html! {
        nav.tabs.below aria-label=(lang.t("nav-till")) {
            a href={ (page) "#till" } { (Icon::Shop.draw()) (lang.t("nav-till")) }
            a href={ (page) "#today" } { (Icon::List.draw()) (lang.t("today-title")) }
            @if of.tonight.is_some() {
                a href={ (page) "#tonight" } { (Icon::Figures.draw()) (lang.t("till-tonight")) }
            }
            @if let Ok(card) = &of.shop {
                a href=(link(lang, &card.poster)) { (Icon::Print.draw()) (lang.t("till-poster-tab")) }
            }
        }
    }
}

/// The fragment `#till`.
pub fn till(lang: Lang, of: &Till) -> Markup {
    let src = fragment_link(lang, of.place, &format!("{}/till{}", of.base, as_it_is(of)));
    let (class, own) = match of.place {
        Place::Home => ("s-till stack shore-to", false),
        Place::Own => ("shore-to stack tillown", true),
    };
    html! {
        section #till class=(class) tabindex="-1" aria-label=(lang.t("till-label")) data-src=(src)
            data-on=(fetched_on(of)) data-say=(said(lang, of)) {
            div.tillbox {
                div.bar {
                    (foreign(&of.shop))
                    @if let Some(name) = &of.name {
                        span { (lang.tf("till-number", &[("number", name)])) }
                    }
                }
                div.body { (face(lang, of)) }
            }
            (below(lang, of))
            @if !own {
                a.small.quiet.centre href=(link(lang, &of.base)) target="_blank" rel="noopener" {
                    (lang.t("till-own-window"))
                }
            }
        }
    }
}

/// What a fetch of the till as things stand names, for a server that was started anew.
fn as_it_is(of: &Till) -> String {
    let shown = match &of.face {
        _ if of.place == Place::Home => None,
        TillFace::Code(it) => Some(&it.payment),
        TillFace::Asked(it) => Some(&it.payment),
        TillFace::Paid(it) => Some(&it.payment),
        _ => None,
    };
    shown.map_or_else(String::new, |payment| format!("?payment={payment}"))
}

/// The steps after which the till is fetched anew. What a person is typing is not taken away.
fn fetched_on(of: &Till) -> &'static str {
    match of.face {
        TillFace::Amount { .. } => "requested",
        TillFace::Refunding(_) => "",
        TillFace::Code(_) | TillFace::Asked(_) => {
            "requested captured declined charged cancelled expired cell_up"
        }
        TillFace::Paid(_) => "requested taken booked",
        TillFace::Ended { .. } => "requested captured cell_up",
        TillFace::Problem(_) => "requested cell_up",
    }
}

/// What a reader of the screen is told when this face appears.
fn said(lang: Lang, of: &Till) -> String {
    let with = |key, amount| lang.tf(key, &[("amount", &lang.amount(amount))]);
    match &of.face {
        TillFace::Amount { .. } | TillFace::Refunding(_) => String::new(),
        TillFace::Code(code) => with("say-code", code.amount),
        TillFace::Asked(it) => waits(lang, it),
        TillFace::Paid(paid) if paid.refunded.minor > 0 => with("say-refunded", paid.refunded),
        TillFace::Paid(paid) => with("say-till-paid", paid.amount),
        TillFace::Ended { reason: code, .. } => reason(lang, code),
        TillFace::Problem(problem) => reason(lang, &problem.code),
    }
}

fn face(lang: Lang, of: &Till) -> Markup {
    match &of.face {
        TillFace::Amount { typed, problem, held, .. } => html! {
            @if let Some(held) = held { (held_code(lang, of, held)) }
            (display(lang, &Display {
                id: "amount",
                label: "till-amount",
                unit: of.unit,
                typed,
                form: "till-request",
                wrong: problem.as_ref(),
            }))
            @if of.place == Place::Own && held.is_none() {
                details.stack.scan-first {
                    summary { (lang.t("till-scan-first")) }
                    @let hint = lang.t("till-customer-hint");
                    (scanner(lang, of, &format!("{}/charge", of.base), ("till-hold", &hint)))
                }
            }
        },
        TillFace::Code(code) => shown(lang, of, code),
        TillFace::Asked(it) => asked(lang, of, it),
        TillFace::Paid(paid) => self::paid(lang, of, paid),
        TillFace::Refunding(refunding) => self::refunding(lang, of, refunding),
        TillFace::Ended { state, reason, amount, .. } => ended(lang, *state, reason, *amount),
        TillFace::Problem(it) => problem_of_shop(lang, it),
    }
}

fn shown(lang: Lang, of: &Till, code: &Code) -> Markup {
    let minutes = (code.deadline.saturating_sub(of.now).max(0) + 59_999_999) / 60_000_000;
    let label = lang.tf("till-code-label", &[("amount", &lang.amount(code.amount))]);
    let size = if of.place == Place::Own { "centre huge" } else { "centre" };
    html! {
        (amount(lang, size, code.amount, None))
        (qr(&label, &code.text))
        div.centre { (chip_saying(State::Waiting, &lang.t("till-waiting"))) }
        @if of.place == Place::Own {
            (customers(lang, of, code))
            p.small.quiet.centre {
                (lang.tn("till-good-for", u64::try_from(minutes).unwrap_or(0)))
            }
            details.code-text {
                summary { (lang.t("till-code-text")) }
                p.code { (code.text) }
            }
        }
    }
}

/// Instead the customer's code is scanned: by a scanner that types, by hand, or from a photo.
fn customers(lang: Lang, of: &Till, code: &Code) -> Markup {
    let path = format!("{}/charge?payment={}", of.base, code.payment);
    html! {
        @if let Some(wrong) = &code.wrong {
            (problem_of_shop(lang, wrong))
        } @else if let Some(charge) = code.charge {
            @match charge {
                "charge_waiting" => p.quiet.centre role="status" { (lang.t("till-charge-waiting")) },
                other => div.error role="alert" {
                    (Icon::Warn.draw())
                    b { (reason(lang, other)) }
                    @if let Some(todo) = sentence(lang, other, Some("shop")) { span { (todo) } }
                },
            }
        }
        (scanner(lang, of, &path, ("till-charge", &customers_hint(lang, code))))
    }
}

/// What a customer's number looks like, ours and the others'.
fn customers_hint(lang: Lang, code: &Code) -> String {
    let names: Vec<String> = code.wallets.iter().map(|of| wallet_word(lang, of.kind)).collect();
    match names.is_empty() {
        true => lang.t("till-customer-hint"),
        false => lang.tf("till-customer-hint-others", &[("wallets", &names.join(" · "))]),
    }
}

/// What another company's wallet is called.
fn wallet_word(lang: Lang, kind: &str) -> String {
    let known = kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let word = known.then(|| lang.find(&format!("payer-of-{kind}"), &[])).flatten();
    word.unwrap_or_else(|| lang.t("payer-of-other"))
}

/// What is waited for while another company is asked.
fn waits(lang: Lang, it: &Asked) -> String {
    let key = match (it.closing, it.unknown, it.taken, &it.code) {
        (true, ..) => "till-wallet-closing",
        (_, true, ..) => "till-wallet-unknown",
        (_, _, true, _) => "till-wallet-password",
        (_, _, _, Some(_)) => "till-wallet-scan",
        (_, _, _, None) => "till-wallet-asking",
    };
    lang.tf(key, &[("wallet", &wallet_word(lang, it.kind))])
}

fn asked(lang: Lang, of: &Till, it: &Asked) -> Markup {
    let wallet = wallet_word(lang, it.kind);
    let label = lang.tf("till-code-label", &[("amount", &lang.amount(it.amount))]);
    let size = if of.place == Place::Own { "centre huge" } else { "centre" };
    let minutes = (it.deadline.saturating_sub(of.now).max(0) + 59_999_999) / 60_000_000;
    html! {
        (amount(lang, size, it.amount, Some(html! { (wallet) })))
        @if let Some(code) = it.code.as_ref().filter(|_| !it.closing) { (qr(&label, code)) }
        @let state = if it.unknown && !it.closing { State::Doubt } else { State::Waiting };
        div.centre role="status" { (chip_saying(state, &waits(lang, it))) }
        @if it.closing {
            p.small.quiet.centre { (lang.t("till-wallet-closing-next")) }
        } @else if it.unknown {
            p.small.quiet.centre { (lang.t("till-wallet-unknown-next")) }
        } @else if of.place == Place::Own {
            p.small.quiet.centre {
                (lang.tn("till-good-for", u64::try_from(minutes).unwrap_or(0)))
            }
        }
    }
}

fn asked_buttons(lang: Lang, of: &Till, it: &Asked, cancel: &str) -> Markup {
    html! {
        @if it.closing {
            (next_button(lang, of))
        } @else {
            form method="post" action=(cancel) data-swap="#till" {
                input type="hidden" name="payment" value=(it.payment);
                input type="hidden" name="key" value=(it.key);
                button.btn.second.wide { (lang.t("till-cancel")) }
            }
        }
    }
}

/// The wallets whose codes can be shown instead: one tap each.
fn others_codes(lang: Lang, of: &Till, code: &Code) -> Markup {
    let to = fragment_link(lang, of.place, &format!("{}/wallet", of.base));
    html! {
        @for wallet in &code.wallets {
            form method="post" action=(to) data-swap="#till" {
                input type="hidden" name="payment" value=(code.payment);
                input type="hidden" name="connector" value=(wallet.connector);
                input type="hidden" name="key" value=(code.wallet_key);
                button.btn.second.wide {
                    (Icon::Scan.draw())
                    (lang.tf("till-wallet-show", &[("wallet", &wallet_word(lang, wallet.kind))]))
                }
            }
        }
    }
}

/// What another company is giving back.
fn giving_back(lang: Lang, of: &GivingBack) -> Markup {
    let key = if of.stuck { "till-refund-stuck" } else { "till-refund-begun" };
    let words = [("amount", &*lang.amount(of.amount)), ("wallet", &*wallet_word(lang, of.kind))];
    html! { p.quiet role="status" { (lang.tf(key, &words)) } }
}

fn paid(lang: Lang, of: &Till, it: &TillPaid) -> Markup {
    let whole = it.refunded.minor >= it.amount.minor && it.refunded.minor > 0;
    let (state, class, value) = match whole {
        true => (State::Refunded, "result back", it.refunded),
        false => (State::Paid, "result", it.amount),
    };
    let payer = payer_word(lang, &it.payer);
    let clock = lang.clock_seconds(it.at, of.zone);
    let size = if of.place == Place::Own { "centre huge" } else { "centre mid" };
    html! {
        div class=(class) {
            (icon::shape(state, "big"))
            h2 { (state_word(lang, state)) }
            (amount(lang, size, value, Some(html! {
                (payer) @if of.place == Place::Own { " · " (clock) }
            })))
        }
        @if let Some(back) = &it.giving_back { (giving_back(lang, back)) }
        dl.kv {
            @if of.place == Place::Own && (it.refunds.len() > 1 || whole) {
                @for (at, part) in &it.refunds {
                    @let when = lang.when(*at, of.now, of.zone);
                    (line(
                        &lang.tf("till-refunded-at", &[("when", &when)]),
                        &lang.amount(part.negated()),
                    ))
                }
            } @else if it.refunded.minor > 0 && !whole {
                (line(&lang.t("till-refunded"), &lang.amount(it.refunded.negated())))
            }
            @let fee = match it.fee_bp {
                Some(bp) => lang.tf("till-fee", &[("share", &lang.percent(bp))]),
                None => lang.t("till-fee-plain"),
            };
            (line(&fee, &lang.amount(it.fee)))
            @for share in &it.shares { (share_line(lang, of.place, share)) }
            (sum(&lang.t("till-net"), &lang.amount(it.net)))
        }
    }
}

fn refunding(lang: Lang, of: &Till, it: &Refunding) -> Markup {
    let of_paid = lang.tf(
        "till-refund-of",
        &[("amount", &lang.amount(it.paid)), ("when", &lang.when(it.at, of.now, of.zone))],
    );
    if let Some(sure) = it.sure {
        let left = of.unit.of(it.rest.minor.saturating_sub(sure.minor));
        return html! {
            h2 tabindex="-1" data-focus { (lang.t("till-refund-sure")) }
            (amount(lang, "huge", sure, Some(html! { (of_paid) })))
            p { (lang.t("till-refund-rate")) }
            p.small.quiet { (lang.tf("till-refund-left", &[("amount", &lang.amount(left))])) }
        };
    }
    html! {
        h2 tabindex="-1" data-focus { (lang.t("till-refund-how-much")) }
        p.quiet { (of_paid) }
        (display(lang, &Display {
            id: "amount",
            label: "till-amount",
            unit: it.rest.unit,
            typed: &it.typed,
            form: "till-refund",
            wrong: it.problem.as_ref(),
        }))
        p.small.quiet { (lang.tf("till-refund-rest", &[("amount", &lang.amount(it.rest))])) }
    }
}

fn ended(lang: Lang, state: State, code: &str, of: Amount) -> Markup {
    html! {
        div.result.none {
            (icon::shape(state, "big"))
            h2 { (state_word(lang, state)) }
            (amount(lang, "centre mid", of, Some(html! { (reason(lang, code)) })))
        }
        @if let Some(todo) = sentence(lang, code, Some("shop")) { p.quiet { (todo) } }
    }
}

/// The buttons below the screen.
fn below(lang: Lang, of: &Till) -> Markup {
    let to = |path: &str| fragment_link(lang, of.place, &format!("{}/{path}", of.base));
    match &of.face {
        TillFace::Amount { key, held, .. } => html! {
            form #till-request method="post" action=(to("request")) data-swap="#till" {
                input type="hidden" name="key" value=(key);
                @if let Some(held) = held {
                    input type="hidden" name="code" value=(held.code);
                    input type="hidden" name="scanned" value=(held.at);
                    button.btn.big.wide { (Icon::Arrow.draw()) (lang.t("till-charge")) }
                } @else {
                    button.btn.big.wide { (Icon::Scan.draw()) (lang.t("till-show")) }
                }
            }
            @if held.is_some() { (next(lang, of, "till-leave")) }
        },
        TillFace::Code(code) => code_buttons(lang, of, code, &to("cancel")),
        TillFace::Asked(it) => asked_buttons(lang, of, it, &to("cancel")),
        TillFace::Paid(paid) => paid_buttons(lang, of, paid),
        TillFace::Refunding(it) => refund_buttons(lang, of, it, &to("refund")),
        TillFace::Ended { amount, key, .. } => html! {
            form method="post" action=(to("request")) data-swap="#till" {
                input type="hidden" name="amount" value=(amount.typed());
                input type="hidden" name="key" value=(key);
                button.btn.second.big.wide { (Icon::Undo.draw()) (lang.t("till-ask-again")) }
            }
            @if of.place == Place::Own { (next(lang, of, "till-next")) }
        },
        TillFace::Problem(_) => next(lang, of, "till-next"),
    }
}

/// First how much, then whether that is meant.
fn refund_buttons(lang: Lang, of: &Till, it: &Refunding, to: &str) -> Markup {
    let path = format!("{}/refund?payment={}", of.base, it.payment);
    let rest = [("amount", lang.amount(it.rest))];
    let fields = html! {
        input type="hidden" name="payment" value=(it.payment);
        input type="hidden" name="key" value=(it.key);
    };
    html! {
        @match it.sure {
            Some(sure) => {
                form #till-refund method="post" action=(to) data-swap="#till"
                    data-sign=(link(lang, &format!("{}/refund/sign", of.base))) {
                    (fields)
                    input type="hidden" name="proof" value="";
                    input type="hidden" name="amount" value=(sure.typed());
                    button.btn.big.wide {
                        (Icon::Undo.draw())
                        (lang.tf("till-refund-some", &[("amount", &lang.amount(sure))]))
                    }
                }
                a.btn.second.wide href=(link(lang, &path))
                    data-get=(fragment_link(lang, of.place, &path)) data-swap="#till" {
                    (lang.t("till-refund-other"))
                }
            }
            None => {
                form #till-refund method="post" action=(to) data-swap="#till" {
                    (fields)
                    input type="hidden" name="ask" value="1";
                    button.btn.big.wide { (Icon::Arrow.draw()) (lang.t("till-refund-next")) }
                }
                form method="post" action=(to) data-swap="#till" {
                    (fields)
                    input type="hidden" name="ask" value="1";
                    input type="hidden" name="amount" value=(it.rest.typed());
                    button.btn.second.wide {
                        (lang.tf("till-refund-all", &[("amount", &rest[0].1)]))
                    }
                }
            }
        }
        (next(lang, of, "till-leave"))
    }
}

fn code_buttons(lang: Lang, of: &Till, code: &Code, cancel: &str) -> Markup {
    html! {
        @match of.place {
            Place::Home => (dead_button("second big wide", &html! { (lang.t("till-refund")) })),
            Place::Own => {
                (others_codes(lang, of, code))
                form method="post" action=(cancel) data-swap="#till" {
                    input type="hidden" name="payment" value=(code.payment);
                    input type="hidden" name="key" value=(code.key);
                    button.btn.second.wide { (lang.t("till-cancel")) }
                }
            }
        }
    }
}

/// On the first page one press gives a part back; in its own window the shop types how much.
fn paid_buttons(lang: Lang, of: &Till, it: &TillPaid) -> Markup {
    let refund = format!("{}/refund", of.base);
    html! {
        @if of.place == Place::Own { (next_button(lang, of)) }
        @match (of.place, it.offer) {
            (_, None) => @if of.place == Place::Home {
                (dead_button("second big wide", &html! { (lang.t("till-refund")) }))
            },
            (Place::Home, Some(offer)) => {
                form method="post" action=(fragment_link(lang, of.place, &refund))
                    data-swap="#till" {
                    input type="hidden" name="payment" value=(it.payment);
                    input type="hidden" name="amount" value=(offer.typed());
                    input type="hidden" name="key" value=(it.key);
                    button.btn.second.big.wide {
                        (lang.tf("till-refund-some", &[("amount", &lang.amount(offer))]))
                    }
                }
            }
            (Place::Own, Some(_)) => {
                @let path = format!("{refund}?payment={}", it.payment);
                a.btn.second.wide href=(link(lang, &path))
                    data-get=(fragment_link(lang, of.place, &path)) data-swap="#till" {
                    (Icon::Undo.draw()) (lang.t("till-refund"))
                }
            }
        }
    }
}

fn next_button(lang: Lang, of: &Till) -> Markup {
    html! {
        a.btn.big.wide href=(link(lang, &of.base))
            data-get=(fragment_link(lang, of.place, &format!("{}/till?next=1", of.base)))
            data-swap="#till" { (lang.t("till-next")) }
    }
}

fn next(lang: Lang, of: &Till, key: &str) -> Markup {
    let page = if of.place == Place::Home { "/" } else { &of.base };
    html! {
        a.btn.plain href=(link(lang, page))
            data-get=(fragment_link(lang, of.place, &format!("{}/till?next=1", of.base)))
            data-swap="#till" { (lang.t(key)) }
    }
}

/// The fragment `#today`: the day's payments, and what they come to.
pub fn today(lang: Lang, of: &Today) -> Markup {
    let net = of.paid.minor - of.refunded.minor - of.fee.minor;
    html! {
        section #today .card.flush aria-labelledby="today-title"
            data-src=(link(lang, &format!("{}/today", of.base)))
            data-on="requested captured declined cancelled expired taken booked" {
            div.head.split {
                h2 #today-title { (lang.t("today-title")) }
                span.small.quiet { (lang.day(of.zone.day(of.now))) }
            }
            @if of.rows.is_empty() {
                div.head { (empty(Icon::List, &lang.t("today-empty"), &lang.t("today-first"))) }
            } @else {
                ul.rows { @for row in &of.rows { (today_row(lang, of, row)) } }
                @if of.more { p.head.small.quiet { (lang.t("today-more")) } }
                dl.kv.head {
                        (line(&lang.tn("tonight-paid", of.payments), &lang.amount(of.paid)))
                    (line(&lang.t("today-refunded"), &lang.amount(of.refunded.negated())))
                    (line(&lang.t("today-fee"), &lang.amount(of.fee.negated())))
                    (sum(&lang.t("today-net"), &lang.amount(of.unit.of(net))))
                }
            }
        }
    }
}

fn payer_word(lang: Lang, payer: &Payer) -> String {
    match payer {
        Payer::Of(unit) => lang.unit_word(*unit, "payer"),
        Payer::Partner(name) => name.clone(),
        Payer::Abroad => lang.t("payer-abroad"),
        Payer::Outside(kind) => wallet_word(lang, kind),
    }
}

/// `Table 7, 2F`: a place whose name is a number is a table to people.
pub fn at_place(lang: Lang, (label, reference): &(String, Option<String>)) -> String {
    let is_number = label.starts_with(|c: char| c.is_ascii_digit());
    let label = match is_number {
        true => lang.tf("place-table", &[("label", label)]),
        false => label.clone(),
    };
    match reference {
        Some(reference) => lang.tf("place-with", &[("label", &label), ("reference", reference)]),
        None => label,
    }
}

fn today_row(lang: Lang, of: &Today, row: &TodayRow) -> Markup {
    let word = match &row.reason {
        Some(code) => reason(lang, code),
        None if row.refunded > 0 => {
            lang.tf("today-row-refunded", &[("amount", &lang.amount(of.unit.of(row.refunded)))])
        }
        None => state_word(lang, row.state),
    };
    let payer = match &row.payer {
        Some(payer) => payer_word(lang, payer),
        None => lang.t("today-code-shown"),
    };
    let path = format!("{}/pay/{}", of.base, row.payment);
    let body = html! {
        (state_icon(lang, row.state))
        span {
            span.t { (lang.amount(row.amount)) }
            span.s { @if let Some(place) = &row.place { (at_place(lang, place)) " · " } (payer) }
        }
        span.v { span.t { (lang.clock(row.at, of.zone)) } span.s { (word) } }
    };
    html! {
        li {
            a.row href=(link(lang, &path)) data-get=(fragment_link(lang, Place::Own, &path))
                data-swap="#till" { (body) }
        }
    }
}
