//! The visitor's phone: the same faces on the first page and in a window of its own.

use maud::{Markup, html};

use super::display::{Display, display};
use super::icon::{self, Icon};
use super::parts::{
    amount, chip, chip_saying, dead_button, foreign, fragment_link, line, link, payee_card, person,
    price_lines, problem, rate_lines, reason, sentence, statement_row,
};
use super::sheet::{back, pay_button, sheet};
use super::stopped::{
    at as stopped_at, below as stopped_below, face as stopped, row as stopped_row,
    title as stopped_title,
};
use super::text::Lang;
use super::view::{
    Agrees, Balance, BroughtBy, Declined, Face, Me, Open, Phone, Place, Price, Receipt, Refund,
    Retry, State, StoppedState, Underway, Wait,
};

/// How often a phone asks whether the staff decided, should no event come.
const LOOK_AGAIN_MS: u32 = 10_000;

/// The fragment `#phone`.
pub fn phone(lang: Lang, of: &Phone) -> Markup {
    let src = fragment_link(lang, of.place, &format!("{}/phone{}", of.base, as_it_is(of)));
    match of.place {
        Place::Home => html! {
            section #phone .s-phone.stack.shore-from tabindex="-1"
                aria-label=(lang.t("phone-label")) data-src=(src) data-on=(fetched_on(of)) data-say=(said(lang, of))
                data-again-ms=[again_ms(of)] {
                div.phone {
                    div.bar {
                        span { (lang.clock(of.now, of.zone)) }
                        span { (lang.unit_word(of.unit, "wallet")) }
                    }
                    div.body { (face(lang, of)) }
                }
                (below(lang, of))
                a.small.quiet.centre href=(link(lang, &of.base)) target="_blank" rel="noopener" {
                    (lang.t("phone-own-window"))
                }
            }
        },
        Place::Own => html! {
            section #phone .handset.shore-from.resting[resting(of)].listing[listing(of)] tabindex="-1"
                aria-label=(lang.t("phone-label")) data-src=(src) data-on=(fetched_on(of)) data-say=(said(lang, of))
                data-again-ms=[again_ms(of)] {
                div.inner { (face(lang, of)) (below(lang, of)) }
                (tabs(lang, of))
            }
        },
    }
}

/// What a fetch of the phone as things stand must name: the page alone knows what it shows, a
/// server that was started anew does not.
fn as_it_is(of: &Phone) -> String {
    if let (Face::Code(it), Place::Own) = (&of.face, of.place) {
        // What is paid by a code from now on is shown in its place.
        return format!("?since={}", it.now);
    }
    let shown = match &of.face {
        _ if of.place == Place::Home => None,
        Face::Underway(it) => Some(&it.payment),
        Face::Receipt(it) => Some(&it.payment),
        _ => None,
    };
    if let Face::Stopped(it) = &of.face {
        return stopped_at(it);
    }
    match shown {
        Some(payment) => format!("?of={payment}"),
        None if listing(of) => "?tab=statement".to_owned(),
        None => String::new(),
    }
}

/// Whether nothing is being done: below, a small screen shows the statement.
fn resting(of: &Phone) -> bool {
    matches!(of.face, Face::Balance(_))
}

fn listing(of: &Phone) -> bool {
    matches!(&of.face, Face::Balance(balance) if balance.listing)
}

/// The steps after which the phone is fetched anew. What a person is doing is not taken away.
fn fetched_on(of: &Phone) -> &'static str {
    match (&of.face, of.place) {
        (Face::Balance(_), Place::Home) => "requested held posted booked cancelled expired cell_up",
        (Face::Balance(_), Place::Own) => "held posted booked asked reviewed",
        (Face::Stopped(it), _) if it.state == StoppedState::Waiting => "reviewed",
        (Face::Stopped(_), _) => "",
        // Whoever shows a code sees that it was paid, or is asked.
        (Face::Code(_), _) => "held posted booked captured asked",
        (Face::Underway(_), _) => "captured authorized posted declined voided cell_up",
        (Face::Receipt(_), Place::Home) => "requested posted booked",
        (Face::Receipt(_), Place::Own) => "posted booked",
        (Face::Declined(_) | Face::Problem(_) | Face::Away(_), Place::Home) => "requested cell_up",
        (Face::Confirm(_), Place::Home) => "requested cancelled expired",
        (Face::Amount(_) | Face::Confirm(_) | Face::Scan | Face::Me(_), _) => "",
        (Face::Declined(_) | Face::Problem(_) | Face::Away(_), _) => "",
    }
}

fn again_ms(of: &Phone) -> Option<u32> {
    match &of.face {
        Face::Underway(underway) => Some(underway.look_again_ms),
        Face::Stopped(it) if it.state == StoppedState::Waiting => Some(LOOK_AGAIN_MS),
        _ => None,
    }
}

/// What a reader of the screen is told when this face appears.
fn said(lang: Lang, of: &Phone) -> String {
    let paid_at_most = |key, amount| lang.tf(key, &[("amount", &lang.amount(amount))]);
    let paid = |key, price: &Price| paid_at_most(key, price.total);
    match &of.face {
        Face::Balance(_) | Face::Scan | Face::Code(_) | Face::Me(_) => String::new(),
        Face::Amount(it) => match &it.problem {
            Some(problem) => reason(lang, &problem.code),
            None => lang.t("amount-ask"),
        },
        Face::Confirm(sheet) => paid("say-confirm", &sheet.price),
        Face::Underway(u) => match u.wait {
            Wait::Answer => lang.t("phone-underway"),
            Wait::Doubt => lang.t("doubt-title"),
            Wait::Shop => paid_at_most("held-text", u.total),
            Wait::Release => paid_at_most("held-cancelled", u.total),
        },
        Face::Receipt(receipt) => paid("say-paid", &receipt.price),
        Face::Declined(declined) => reason(lang, &declined.reason),
        Face::Problem(problem) => reason(lang, &problem.code),
        Face::Away(away) => reason(lang, &away.problem.code),
        Face::Stopped(it) => lang.t(stopped_title(&it.state)),
    }
}

fn face(lang: Lang, of: &Phone) -> Markup {
    match &of.face {
        Face::Balance(balance) => self::balance(lang, of, balance),
        Face::Scan => finder(lang),
        Face::Code(it) => super::paycode::face(lang, of, it),
        Face::Me(it) => me(lang, of, it),
        Face::Amount(it) => open(lang, it),
        Face::Confirm(it) => sheet(lang, of, it),
        Face::Underway(it) => underway(lang, it),
        Face::Receipt(it) => receipt(lang, of, it),
        Face::Declined(it) => declined(lang, of, it),
        Face::Problem(it) => problem(lang, it),
        Face::Stopped(it) => stopped(lang, of, it),
        Face::Away(it) => html! {
            (problem(lang, &it.problem))
            p.small.quiet.centre { (lang.t("phone-asks-again")) }
        },
    }
}

fn balance(lang: Lang, of: &Phone, balance: &Balance) -> Markup {
    let twin = match (of.place, balance.about, &of.holder) {
        (Place::Own, Some(about), _) => Some(html! { "≈ " (lang.amount(about)) }),
        (Place::Own, None, _) => None,
        (Place::Home, _, Some(holder)) => {
            Some(html! { (lang.tf("phone-of", &[("name", &holder.text)])) })
        }
        (Place::Home, _, None) => Some(html! { (lang.t("phone-of-forgotten")) }),
    };
    let size = if of.place == Place::Own { "huge" } else { "" };
    html! {
        @if of.place == Place::Own {
            p.quiet {
                (lang.unit_word(of.unit, "wallet")) " · " (foreign(&person(lang, of.holder.as_ref())))
            }
        }
        (amount(lang, size, balance.available, twin))
        @for it in &balance.stopped { (stopped_row(lang, of, it)) }
        @if of.place == Place::Home {
            @if balance.rows.is_empty() {
                p.quiet { (lang.t("phone-no-rows")) }
            } @else {
                ul.rows {
                    @for row in balance.rows.iter().take(3) {
                        (statement_row(lang, row, of.now, of.zone))
                    }
                }
            }
        }
    }
}

fn finder(lang: Lang) -> Markup {
    html! {
        h2 { (lang.t("scan-title")) }
        p.quiet { (lang.t("scan-lead")) }
        div.finder data-camera hidden {
            video muted playsinline aria-label=(lang.t("scan-title")) {}
            svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" {
                path d="M1 14V1h14M85 1h14v13M99 86v13H85M15 99H1V86" {}
            }
            button.btn.second #torch type="button" aria-pressed="false" hidden {
                (lang.t("scan-torch"))
            }
        }
        p #camera-why .small.quiet role="status" hidden
            data-insecure=(lang.t("camera-insecure")) data-denied=(lang.t("camera-denied"))
            data-none=(lang.t("camera-none")) data-tired=(lang.t("camera-tired")) {}
    }
}

/// Who is paid, and the display the payer types into.
fn open(lang: Lang, of: &Open) -> Markup {
    html! {
        h2 tabindex="-1" data-focus { (lang.t("amount-ask")) }
        (payee_card(lang, &of.payee))
        (display(lang, &Display {
            id: "pay-amount",
            label: "amount-label",
            unit: of.unit,
            typed: &of.typed,
            form: "pay-open",
            wrong: of.problem.as_ref(),
        }))
    }
}

/// *See what it costs*: the code goes along with what was typed.
fn open_form(lang: Lang, phone: &Phone, of: &Open) -> Markup {
    let to = |path: &str| fragment_link(lang, phone.place, &format!("{}/{path}", phone.base));
    html! {
        form #pay-open method="post" action=(to("scan")) data-swap="#phone" {
            input type="hidden" name="code" value=(of.code);
            button.btn.big.wide { (Icon::Arrow.draw()) (lang.t("amount-next")) }
        }
        p.small.quiet.centre {
            a href=(back(lang, phone)) data-get=(to("phone")) data-swap="#phone" {
                (lang.t("sheet-not-now"))
            }
        }
    }
}

fn underway(lang: Lang, of: &Underway) -> Markup {
    html! {
        div.centre {
            @match of.wait {
                Wait::Answer | Wait::Doubt => (chip(lang, State::Doubt)),
                Wait::Shop | Wait::Release => (chip_saying(State::Waiting, &lang.t("held-title"))),
            }
        }
        (amount(lang, "centre", of.total, Some(html! { b { (foreign(&of.payee.name)) } })))
        @let with_amount = |key| lang.tf(key, &[("amount", &lang.amount(of.total))]);
        @match of.wait {
            Wait::Answer => p.quiet.centre { (lang.t("phone-underway")) },
            Wait::Doubt => div.error role="alert" {
                (icon::shape(State::Doubt, "i"))
                b { (lang.t("doubt-title")) }
                span { (with_amount("doubt-text")) }
            },
            Wait::Shop => p.quiet.centre { (with_amount("held-text")) },
            Wait::Release => p.quiet.centre { (with_amount("held-cancelled")) },
        }
    }
}

fn receipt(lang: Lang, of: &Phone, it: &Receipt) -> Markup {
    let whole = it.refunds.iter().map(|r| r.got.minor).sum::<i64>() == it.price.total.minor;
    let state = if whole && !it.refunds.is_empty() { State::Refunded } else { State::Paid };
    match of.place {
        Place::Home => html! {
            div.shore-to.centre { (chip(lang, state)) }
            (amount(lang, "centre", it.price.total, Some(html! {
                (lang.tf("phone-to", &[("amount", &lang.amount(it.price.asked))]))
                br;
                b { (foreign(&it.payee.name)) }
            })))
            dl.kv {
                (price_lines(lang, &it.price, "price-taken"))
                @for back in &it.refunds {
                    (line(&lang.t("price-back"), &lang.amount(back.got)))
                }
                @if let Some(left) = it.left { (line(&lang.t("price-left"), &lang.amount(left))) }
            }
        },
        Place::Own => receipt_whole(lang, of, it, state),
    }
}

fn receipt_whole(lang: Lang, of: &Phone, it: &Receipt, state: State) -> Markup {
    // In one currency it is the same amount.
    let exchanged = it.price.asked.unit != it.price.total.unit;
    let twin = exchanged.then(|| html! { (lang.amount(it.price.asked)) });
    html! {
        div.split { h2 tabindex="-1" data-focus { (lang.t("receipt-title")) } (chip(lang, state)) }
        (payee_card(lang, &it.payee))
        (amount(lang, "", it.price.total, twin))
        dl.kv { (price_lines(lang, &it.price, "price-paid")) }
        @for back in &it.refunds {
            div.card.tight.stack-1.refund {
                (chip(lang, State::Refunded))
                p.small {
                    (refunded(lang, of, back))
                }
            }
        }
        p.small.quiet {
            (lang.stamp(it.at, of.zone))
            @if of.home_zone != of.zone { br; (lang.clock_there(it.at, of.home_zone)) }
        }
        p.small.quiet {
            (lang.t("receipt-number")) " " span.mono { (it.payment) }
            @if let Some((record, index)) = &it.record {
                br;
                (lang.tf("receipt-record", &[("unit", &lang.unit_word(it.price.asked.unit, "name"))]))
                " " span.mono { (record.cell) " " (lang.count(record.position)) "." (index) }
            }
        }
        @if let Some(conversion) = &it.price.conversion { (rate_lines(lang, &conversion.rate)) }
        @match it.agrees {
            Some(Agrees::Both) => p.small.note {
                (Icon::Check.draw()) (lang.t("receipt-agrees"))
            },
            Some(Agrees::InOne) => p.small.note {
                (Icon::Check.draw()) (lang.t("receipt-in-one"))
            },
            Some(Agrees::Differs) => p.small { (Icon::Warn.draw()) (lang.t("receipt-differs")) },
            None => {}
        }
    }
}

/// What the shop gave and what came, where these are two amounts.
fn refunded(lang: Lang, of: &Phone, back: &Refund) -> String {
    let (got, clock) = (lang.amount(back.got), lang.when(back.at, of.now, of.zone));
    match back.given.filter(|given| given.unit != back.got.unit) {
        Some(given) => {
            let given = lang.amount(given);
            lang.tf("receipt-refund", &[("given", &given), ("got", &got), ("clock", &clock)])
        }
        None => lang.tf("receipt-refund-one", &[("got", &got), ("clock", &clock)]),
    }
}

fn declined(lang: Lang, of: &Phone, it: &Declined) -> Markup {
    let todo =
        sentence(lang, &it.reason, Some("todo")).unwrap_or_else(|| lang.t("reason-other.todo"));
    html! {
        div.centre { (chip(lang, it.state)) }
        (amount(lang, "centre mid", it.asked, Some(html! { b { (foreign(&it.payee.name)) } })))
        div.error role="alert" {
            (Icon::Warn.draw())
            b { (reason(lang, &it.reason)) }
            span { (lang.t("declined-nothing")) (lang.gap()) (todo) }
            code { (it.reason) }
        }
        p.small.quiet.centre { (lang.stamp(it.at, of.zone)) }
    }
}

/// The one filled button below the screen, and its companions.
fn below(lang: Lang, of: &Phone) -> Markup {
    match (&of.face, of.place) {
        (Face::Amount(it), _) => open_form(lang, of, it),
        (Face::Confirm(it), _) => pay_button(lang, of, it),
        (Face::Balance(_), Place::Home) => scan_shown(lang, of),
        // What was declined may be tried again while the till shows its code.
        (Face::Declined(_), Place::Home) if of.shown_code.is_some() => scan_shown(lang, of),
        (Face::Balance(_), Place::Own) => html! {
            a.btn.big.wide href=(link(lang, &format!("{}/scan", of.base))) {
                (Icon::Scan.draw()) (lang.t("scan-to-pay"))
            }
        },
        (Face::Scan, _) => scan_form(lang, of),
        (Face::Code(_), _) => html! {},
        (Face::Me(it), _) => ways_out(lang, of, it),
        (Face::Underway(it), _) if matches!(it.wait, Wait::Shop | Wait::Release) => after(lang, of),
        (Face::Underway(_), _) => {
            dead_button("big wide", &html! { (Icon::Lock.draw()) (lang.t("phone-waiting")) })
        }
        (Face::Receipt(it), Place::Own) => html! {
            (after(lang, of))
            @let path = format!("{}/pay/{}?print=1", of.base, it.payment);
            a.btn.plain.noprint href=(link(lang, &path)) data-print {
                (Icon::Print.draw()) (lang.t("receipt-print"))
            }
        },
        (Face::Away(it), _) => html! {
            (retry(lang, of, &it.retry, Some(it.again_ms)))
            @if of.place == Place::Own { (after(lang, of)) }
        },
        (Face::Stopped(it), _) => stopped_below(lang, of, it),
        (Face::Declined(it), Place::Own) => html! {
            @if let Some(it) = &it.retry { (retry(lang, of, it, None)) }
            (after(lang, of))
        },
        (Face::Receipt(_) | Face::Declined(_) | Face::Problem(_), _) => after(lang, of),
    }
}

/// *Try again*: the same code once more; with script also by itself, every `again_ms`.
pub(super) fn retry(lang: Lang, of: &Phone, it: &Retry, again_ms: Option<u32>) -> Markup {
    let to = fragment_link(lang, of.place, &format!("{}/scan", of.base));
    html! {
        form method="post" action=(to) data-swap="#phone" data-retry-ms=[again_ms] {
            input type="hidden" name="code" value=(it.code);
            @if let Some(typed) = &it.typed { input type="hidden" name="amount" value=(typed); }
            button.btn.big.wide { (Icon::Undo.draw()) (lang.t("offline-again")) }
        }
    }
}

/// *Scan this code*: with script the shown picture is read; without, its text is sent.
fn scan_shown(lang: Lang, of: &Phone) -> Markup {
    let label = html! { (Icon::Scan.draw()) (lang.t("scan-this")) };
    let Some(code) = &of.shown_code else { return dead_button("big wide", &label) };
    let to = fragment_link(lang, of.place, &format!("{}/scan", of.base));
    html! {
        form method="post" action=(to) data-swap="#phone" data-scan="#till .qr svg" {
            input type="hidden" name="code" value=(code);
            button.btn.big.wide { (label) }
        }
    }
}

/// A photo with script; the text of a code always.
fn scan_form(lang: Lang, of: &Phone) -> Markup {
    let to = fragment_link(lang, of.place, &format!("{}/scan", of.base));
    html! {
        form.photo action=(to) data-swap="#phone" data-photo hidden {
            label.btn.second.wide {
                (Icon::Upload.draw()) (lang.t("scan-photo"))
                input.sr type="file" accept="image/*" capture="environment";
            }
        }
        form.stack method="post" action=(to) data-swap="#phone" {
            div.field {
                label for="code" { (lang.t("scan-type")) }
                input #code .mono name="code" required autocomplete="off" autocapitalize="off"
                    spellcheck="false" maxlength="512" inputmode="text";
                span.hint { (lang.t("scan-type-hint")) }
            }
            button.btn.wide { (Icon::Arrow.draw()) (lang.t("scan-read")) }
        }
    }
}

/// After an end: once more on the first page, back to the balance elsewhere.
pub(super) fn after(lang: Lang, of: &Phone) -> Markup {
    let home = back(lang, of);
    let get = fragment_link(lang, of.place, &format!("{}/phone", of.base));
    html! {
        @if let Some(again) = &of.again {
            @let to = fragment_link(lang, of.place, &format!("{}/request", again.till));
            @let digits = again.amount.typed();
            form method="post" action=(to) data-swap="#till" {
                input type="hidden" name="amount" value=(digits);
                input type="hidden" name="key" value=(again.key);
                button.btn.big.wide { (Icon::Undo.draw()) (lang.t("phone-again")) }
            }
        } @else {
            a.btn.second.big.wide href=(home) data-get=(get) data-swap="#phone" {
                (lang.t("phone-back"))
            }
        }
    }
}

/// Who has a share of what we earn on this wallet's payments; the holder may remove it.
fn brought(lang: Lang, of: &Phone, it: &Me) -> Markup {
    let to = link(lang, &format!("{}/from", of.base));
    let words = |by: &BroughtBy, key: &str| {
        let (share, days) = (lang.percent(by.share_bp), by.days.to_string());
        lang.tf(key, &[("name", by.name.as_str()), ("share", &share), ("days", &days)])
    };
    html! {
        @if let Some((by, until)) = &it.brought {
            section.stack-1 {
                h3 { (lang.t("brought-title")) }
                p.small { (words(by, "brought-by")) }
                p.small.quiet {
                    (lang.tf("brought-until", &[("when", &lang.when(*until, of.now, of.zone))]))
                }
                form method="post" action=(to) {
                    input type="hidden" name="act" value="end";
                    button.btn.second.slim { (lang.t("brought-end")) }
                }
            }
        }
        @if let Some(by) = &it.offered {
            section.stack-1 {
                p.small { (words(by, "brought-offer")) }
                form method="post" action=(to) {
                    input type="hidden" name="act" value="begin";
                    button.btn.second.slim { (lang.t("brought-begin")) }
                }
            }
        }
    }
}

/// Whose wallet it is; what its holder must know of the code that opens it.
fn me(lang: Lang, of: &Phone, it: &Me) -> Markup {
    html! {
        h2 { (lang.t("me-title")) }
        dl.kv {
            div { dt { (lang.t("me-holder")) } dd { (foreign(&person(lang, of.holder.as_ref()))) } }
            (line(&lang.t("tab-wallet"), &lang.unit_word(of.unit, "wallet")))
            div { dt { (lang.t("me-number")) } dd.mono.long { (it.wallet) } }
        }
        (super::limits::section(lang, of, &it.limits))
        (brought(lang, of, it))
        section.stack-1 {
            h3 { (lang.t("enter-code")) }
            p.mono { (it.cell) "-…-" (it.ending) }
            p.small.quiet { (lang.t("me-code")) }
        }
        section.stack-1 {
            h3 { (lang.t("me-devices")) }
            p.small.quiet {
                (lang.t("me-devices-text")) (lang.gap())
                a href=(link(lang, "/enter")) { (lang.t("enter-title")) }
            }
            p.small.quiet { (lang.t("me-lost")) br; span.mono.long { (it.key) } }
        }
    }
}

/// The languages, and the way out of a device.
fn ways_out(lang: Lang, of: &Phone, it: &Me) -> Markup {
    let path = format!("{}/me", of.base);
    html! {
        nav.stack-1 aria-label=(lang.t("page-language")) {
            h3 { (lang.t("page-language")) }
            div.cluster {
                @for other in Lang::ALL {
                    a.btn.second.slim href=(link(other, &path)) lang=(other.tag())
                        hreflang=(other.tag())
                        aria-current=[(other == lang).then_some("true")] { (other.own_name()) }
                }
            }
        }
        @if it.kept {
            form method="post" action=(link(lang, "/leave")) {
                button.btn.second.wide { (lang.t("enter-leave")) }
            }
            p.small.quiet.centre { (lang.t("enter-leave-hint")) }
        } @else {
            p.small.quiet { (lang.t("me-address")) }
        }
    }
}

fn tabs(lang: Lang, of: &Phone) -> Markup {
    let current = match &of.face {
        Face::Scan | Face::Amount(_) | Face::Confirm(_) => "tab-scan",
        Face::Receipt(_) => "tab-statement",
        Face::Balance(balance) if balance.listing => "tab-statement",
        Face::Code(_) => "tab-code",
        Face::Me(_) => "tab-me",
        _ => "tab-wallet",
    };
    let rows = [
        (String::new(), Icon::Wallet, "tab-wallet"),
        ("/scan".to_owned(), Icon::Scan, "tab-scan"),
        ("/code".to_owned(), Icon::Code, "tab-code"),
        ("/statement".to_owned(), Icon::List, "tab-statement"),
        ("/me".to_owned(), Icon::Person, "tab-me"),
    ];
    html! {
        nav.tabs aria-label=(lang.t("tab-label")) {
            @for (path, icon, key) in rows {
                a href=(link(lang, &format!("{}{path}", of.base)))
                    aria-current=[(key == current).then_some("page")] {
                    (icon.draw()) (lang.t(key))
                }
            }
        }
    }
}

/// A receipt alone, for paper.
pub(super) fn on_paper(lang: Lang, of: &Phone) -> Markup {
    html! {
        @if let Face::Receipt(it) = &of.face {
            p.quiet {
                (lang.unit_word(of.unit, "wallet")) " · "
                (foreign(&person(lang, of.holder.as_ref())))
            }
            (receipt(lang, of, it))
            p.noprint {
                a href=(link(lang, &format!("{}/pay/{}", of.base, it.payment))) {
                    (lang.t("phone-back"))
                }
            }
            p.small.quiet.noprint { (lang.t("receipt-print-hint")) }
        }
    }
}
