//! Partners as an operator sees them: how it goes with each, what is agreed, whose keys are believed.

use maud::{Markup, html};

use super::super::icon::Icon;
use super::super::layout;
use super::super::parts::{amount, chip_saying, empty, line, link, problem};
use super::super::text::Lang;
use super::super::view::{
    PartnerCard, PartnerDayPage, PartnerDaySum, PartnerFund, PartnerKeyLine, PartnerTyped,
    PartnerWrong, PartnersPage, State, Unit,
};
use super::{bar, now};

/// The page.
pub fn page(of: &PartnersPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.section-head {
            h1 { (lang.t("partners-title")) }
            p.quiet { (lang.t("partners-lead")) }
        }
        (bar(lang, &of.base, Some("partners")))
        @if of.cells.len() > 1 {
            nav.cluster aria-label=(lang.t("board-cells")) {
                @for cell in &of.cells {
                    a.btn.second.slim href=(link(lang, &format!("{}/partners?cell={cell}", of.base)))
                        aria-current=[(*cell == of.cell).then_some("true")] { (cell) }
                }
            }
        }
        @if let Some(done) = of.done {
            p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t(&format!("partners-done-{done}"))) }
            }
        }
        @if of.partners.is_empty() {
            (empty(Icon::Wallet, &lang.t("partners-none"), &lang.t("partners-none-lead")))
        }
        @for it in &of.partners { (partner(lang, of, it)) }
        div.cols.cols-2 {
            (own(lang, of))
            @if of.may_agree { (another(lang, of)) }
        }
    };
    layout::page(&of.chrome, &lang.t("partners-title"), "", &body)
}

/// The address of a form, and what every form says beside its own fields.
fn action(lang: Lang, of: &PartnersPage, part: &str) -> String {
    link(lang, &format!("{}/partners{part}", of.base))
}

fn hidden(of: &PartnersPage, act: &str, partner: Option<u16>, more: &str) -> Markup {
    let number = partner.map_or_else(String::new, |number| number.to_string());
    html! {
        input type="hidden" name="key" value=(format!("{}-{act}-{number}{more}", of.key));
        input type="hidden" name="cell" value=(of.cell);
        input type="hidden" name="act" value=(act);
        @if partner.is_some() { input type="hidden" name="partner" value=(number); }
    }
}

/// Why a form did nothing, if it was this one.
fn refused<'a>(of: &'a PartnersPage, form: &str, partner: Option<u16>) -> Option<&'a PartnerWrong> {
    of.wrong.as_ref().filter(|wrong| wrong.form == form && wrong.partner == partner)
}

fn said(lang: Lang, wrong: Option<&PartnerWrong>) -> Markup {
    html! { @if let Some(wrong) = wrong { (problem(lang, &wrong.problem)) } }
}

/// What a field is called, what is said beside it, and how long it may be.
const FIELDS: [(&str, &str, &str, u16); 10] = [
    ("wallet", "partners-wallet", "partners-wallet-hint", 40),
    ("name", "partners-wire-name", "partners-wire-name-hint", 6),
    ("number", "partners-its-number", "partners-its-number-hint", 5),
    ("pays_here", "partners-pays-here", "", 3),
    ("paid_there", "partners-paid-there", "", 3),
    ("most", "partners-most", "partners-most-hint", 20),
    ("url", "partners-url", "partners-url-hint", 200),
    ("source", "partners-source", "partners-source-hint", 120),
    ("trust", "partners-key", "partners-key-hint", 120),
    ("note", "partners-note", "", 200),
];

fn words(name: &str) -> (&'static str, &'static str, u16) {
    let known = FIELDS.iter().find(|(field, ..)| *field == name);
    known.map_or(("partners-note", "", 200), |(_, key, hint, most)| (key, hint, *most))
}

/// A field with its words; the id names the field and the partner.
fn field(lang: Lang, (name, of): (&str, &str), value: &str) -> Markup {
    let ((key, hint, most), id) = (words(name), format!("p{name}{of}"));
    html! {
        div.field {
            label for=(id) { (lang.t(key)) }
            input id=(id) name=(name) value=(value) maxlength=(most) autocomplete="off"
                spellcheck="false" inputmode=[(name == "most").then_some("decimal")];
            @if !hint.is_empty() { span.hint { (lang.t(hint)) } }
        }
    }
}

/// What a new partner has to be given of us.
fn own(lang: Lang, of: &PartnersPage) -> Markup {
    let wrong = refused(of, "make", None);
    html! {
        section.card.stack aria-labelledby="ours" {
            h2 #ours { (lang.t("partners-own")) }
            p { (lang.t("partners-own-lead")) }
            (said(lang, wrong))
            dl.kv {
                (line(&lang.t("partners-name"), &of.cell))
                (line(&lang.t("partners-number"), &of.own.number.to_string()))
            }
            @match &of.own.key {
                Some(key) => div.stack.tightly {
                    h3 { (lang.t("partners-own-key")) }
                    pre.code #ownkey tabindex="0" { (key) }
                    button.btn.second.slim type="button" hidden data-copy="#ownkey"
                        data-said=(lang.t("curl-copied")) { (Icon::Copy.draw()) (lang.t("curl-copy")) }
                    p.small.quiet { (lang.t("partners-own-key-what")) }
                },
                None => {
                    p { (lang.t("partners-own-key-none")) }
                    @if of.may_agree {
                        form method="post" action=(action(lang, of, "")) {
                            (hidden(of, "make", None, ""))
                            div { button.btn.second { (lang.t("partners-own-key-make")) } }
                        }
                    }
                }
            }
            p.small.quiet {
                (lang.t("partners-check")) " " code { "enishi partner check" }
            }
        }
    }
}

/// The form for a partner that is to come.
fn another(lang: Lang, of: &PartnersPage) -> Markup {
    let wrong = refused(of, "set", None);
    let nothing = PartnerTyped::default();
    let typed = wrong.map_or(&nothing, |wrong| &wrong.typed);
    html! {
        form.card.stack method="post" action=(action(lang, of, "")) aria-labelledby="another" {
            h2 #another { (lang.t("partners-add")) }
            p.small.quiet { (lang.t("partners-add-lead")) }
            (said(lang, wrong))
            (hidden(of, "set", None, ""))
            (field(lang, ("wallet", ""), &typed.wallet))
            (field(lang, ("name", ""), &typed.name))
            (field(lang, ("number", ""), &typed.number))
            (currency(lang, of, "pays_here", &typed.pays_here))
            (currency(lang, of, "paid_there", &typed.paid_there))
            (field(lang, ("most", ""), &typed.most))
            (field(lang, ("url", ""), &typed.url))
            (field(lang, ("source", ""), &typed.source))
            p.small.quiet { (lang.t("partners-never-change")) }
            div { button.btn { (lang.t("partners-add-do")) } }
        }
    }
}

fn currency(lang: Lang, of: &PartnersPage, name: &str, typed: &str) -> Markup {
    let ((key, ..), id) = (words(name), format!("p{name}"));
    html! {
        div.field {
            label for=(id) { (lang.t(key)) }
            select id=(id) name=(name) {
                option value="" { (lang.t("partners-not")) }
                @for code in &of.currencies {
                    option value=(code) selected[*code == typed] {
                        (lang.unit_word(Unit { code, exponent: 0 }, "name")) " (" (code) ")"
                    }
                }
            }
        }
    }
}

/// What a state looks like.
fn shape(state: &str) -> State {
    match state {
        "working" => State::Paid,
        "frozen" => State::Declined,
        "suspended" => State::Cancelled,
        "silent" => State::Doubt,
        _ => State::Waiting,
    }
}

fn partner(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    let id = format!("p{}", it.number);
    let when = |at: i64| lang.when(at, of.at, of.zone);
    html! {
        section.card.stack aria-labelledby=(id) {
            div.split {
                h2 id=(id) {
                    (it.wallet) " "
                    span.quiet.small { (it.name) " · " (it.number) }
                }
                (chip_saying(shape(it.state), &lang.t(&format!("partners-state-{}", it.state))))
            }
            p {
                (lang.t(&format!("partners-means-{}", it.state)))
                @if let Some(since) = it.since {
                    (lang.gap()) (lang.tf("partners-since", &[("when", &when(since))]))
                }
                @if let Some(note) = &it.note {
                    (lang.gap()) (lang.tf("board-frozen-note", &[("note", note)]))
                }
            }
            @if let Some(frozen) = &it.frozen { (now::frozen(lang, frozen)) }
            @for (asking, trouble) in &it.troubles {
                @let way = lang.t(if *asking { "partners-asking" } else { "partners-asked" });
                (now::trouble(lang, &way, trouble, (of.at, of.zone)))
            }
            div.cols.cols-2 {
                @if let Some(fund) = &it.here { (held(lang, "here", fund)) }
                @if let Some(fund) = &it.there { (held(lang, "there", fund)) }
            }
            (facts(lang, of, it))
            p.small.cluster {
                a href=(link(lang, &format!("{}/settlement?cell={}", of.base, of.cell))) {
                    (lang.t("partners-to-settlement"))
                }
                a href=(format!("{}#operate", link(lang, &format!("{}?cell={}", of.base, of.cell)))) {
                    (lang.t("partners-to-operate"))
                }
            }
            (days(lang, of, it))
            (keys(lang, of, it))
            @if of.may_agree { (change(lang, of, it)) }
            @if of.may_suspend { (suspend(lang, of, it)) }
        }
    }
}

/// A prefund: whose it is, what is there and what may be.
fn held(lang: Lang, side: &str, of: &PartnerFund) -> Markup {
    let free = of.balance.unit.of(of.balance.minor.saturating_sub(of.held.minor));
    html! {
        div.stack.tightly {
            h3 { (lang.t(&format!("partners-fund-{side}"))) }
            (amount(lang, "mid", of.balance, None))
            dl.kv {
                (line(&lang.t("settle-free"), &lang.amount(free)))
                @if side == "here" {
                    (line(&lang.t("partners-bound"), &match of.most {
                        Some(most) => lang.amount(most),
                        None => lang.t("partners-no-bound"),
                    }))
                }
            }
        }
    }
}

fn facts(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    let when = |at: i64| lang.when(at, of.at, of.zone);
    let ever = |at: Option<i64>| at.map_or_else(|| lang.t("board-way-never"), when);
    let (sent, received) = it.messages;
    html! {
        dl.kv {
            @if it.there.is_some() {
                (line(&lang.t("partners-in-doubt"), &lang.count(u64::from(it.in_doubt))))
                @if let Some(since) = it.in_doubt_since {
                    (line(&lang.t("partners-in-doubt-since"), &when(since)))
                }
            }
            (line(&lang.t("partners-heard"), &ever(it.heard)))
            (line(&lang.t("partners-answered"), &ever(it.answered)))
            (line(&lang.t("partners-messages"), &format!("{} / {}", lang.count(sent), lang.count(received))))
        }
        p.small.quiet {
            @if !it.url.is_empty() { span.mono { (it.url) } " · " }
            (lang.tf("partners-agreed", &[("source", &it.source)]))
        }
    }
}

fn days(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    html! {
        details {
            summary { (lang.t("partners-days")) }
            p.small.quiet { (lang.t("partners-days-lead")) }
            ul.cluster.small {
                @for day in &it.days {
                    @let href = format!("{}/partners/{}/{day}?cell={}", of.base, it.number, of.cell);
                    li { a href=(link(lang, &href)) { (day_words(lang, day)) } }
                }
            }
        }
    }
}

fn day_words(lang: Lang, day: &str) -> String {
    day.parse().map_or_else(|_| day.to_owned(), |day| lang.day(day))
}

fn keys(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    let number = Some(it.number);
    let (ending, trusting) = (refused(of, "end", number), refused(of, "trust", number));
    let typed = trusting.map_or("", |wrong| wrong.typed.trust.as_str());
    let none = it.keys.iter().all(|key| key.until.is_some());
    html! {
        details open[none || ending.is_some() || trusting.is_some()] {
            summary { (lang.t("partners-keys")) }
            div.stack {
                (said(lang, ending))
                @if it.keys.is_empty() { p { (lang.t("partners-no-keys")) } }
                ul.rows { @for key in &it.keys { (known_key(lang, of, it, key)) } }
                @if of.may_agree {
                    form.stack method="post" action=(action(lang, of, "")) {
                        (said(lang, trusting))
                        (hidden(of, "trust", number, ""))
                        (field(lang, ("trust", &it.number.to_string()), typed))
                        div { button.btn.second.slim { (lang.t("partners-trust")) } }
                    }
                }
            }
        }
    }
}

fn known_key(lang: Lang, of: &PartnersPage, it: &PartnerCard, key: &PartnerKeyLine) -> Markup {
    let when = |at: i64| lang.when(at, of.at, of.zone);
    html! {
        li.places-row {
            span {
                span.t.mono { (key.id) }
                span.s {
                    @match key.until {
                        None => (lang.tf("partners-since", &[("when", &when(key.since))])),
                        Some(until) => (lang.tf("partners-ended", &[("when", &when(until))])),
                    }
                }
            }
            @if key.until.is_none() && of.may_agree {
                details {
                    summary { (lang.t("partners-end")) }
                    form.stack method="post" action=(action(lang, of, "")) {
                        p.small { (lang.t("partners-end-what")) }
                        (hidden(of, "end", Some(it.number), &key.id))
                        input type="hidden" name="trust" value=(key.key);
                        div { button.btn.second.slim { (lang.t("partners-end-do")) } }
                    }
                }
            }
        }
    }
}

fn change(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    let wrong = refused(of, "set", Some(it.number));
    let most = it.here.and_then(|fund| fund.most).map(|most| most.typed()).unwrap_or_default();
    let agreed = PartnerTyped {
        wallet: it.wallet.clone(),
        url: it.url.clone(),
        most,
        source: it.source.clone(),
        ..PartnerTyped::default()
    };
    let typed = wrong.map_or(&agreed, |wrong| &wrong.typed);
    let id = it.number.to_string();
    html! {
        details open[wrong.is_some()] {
            summary { (lang.t("partners-change")) }
            form.stack method="post" action=(action(lang, of, "")) {
                (said(lang, wrong))
                (hidden(of, "set", Some(it.number), ""))
                (field(lang, ("wallet", &id), &typed.wallet))
                @if it.here.is_some() {
                    (field(lang, ("most", &id), &typed.most))
                }
                (field(lang, ("url", &id), &typed.url))
                (field(lang, ("source", &id), &typed.source))
                div { button.btn.second { (lang.t("partners-change-do")) } }
            }
        }
    }
}

fn suspend(lang: Lang, of: &PartnersPage, it: &PartnerCard) -> Markup {
    let act = if it.note.is_some() { "resume" } else { "suspend" };
    let wrong = refused(of, act, Some(it.number));
    let typed = wrong.map_or("", |wrong| wrong.typed.note.as_str());
    let id = it.number.to_string();
    html! {
        details open[wrong.is_some()] {
            summary { (lang.t(&format!("partners-do-{act}"))) }
            form.stack method="post" action=(action(lang, of, "/suspend")) {
                p.small { (lang.t(&format!("partners-do-{act}-what"))) }
                (said(lang, wrong))
                (hidden(of, act, Some(it.number), ""))
                (field(lang, ("note", &id), typed))
                div { button.btn.second { (lang.t(&format!("partners-do-{act}"))) } }
            }
        }
    }
}

/// The page of one day.
pub fn day_page(of: &PartnerDayPage) -> Markup {
    let lang = of.chrome.lang;
    let day = day_words(lang, &of.day);
    let title = lang.tf("partners-day-title", &[("wallet", &of.wallet), ("day", &day)]);
    let file = |whose: &str| {
        let (base, cell) = (&of.base, &of.cell);
        format!("{base}/partners/{}/{}/{whose}.csv?cell={cell}", of.number, of.day)
    };
    let body = html! {
        div.section-head {
            h1 { (title) }
            p.quiet { (lang.t("partners-day-lead")) }
        }
        (bar(lang, &of.base, Some("partners")))
        @match of.verdict {
            Some("same") => p.note-ink role="status" {
                (Icon::Check.draw()) span { (lang.t("partners-day-same")) }
            },
            Some("under_way") => p.note-ink role="status" {
                (Icon::Warn.draw()) span { (lang.t("partners-day-under-way")) }
            },
            Some(_) => div.error role="alert" {
                (Icon::Warn.draw())
                b { (lang.t("partners-day-differs")) }
                span { (lang.t("partners-day-differs-do")) }
                code { "partner_witness_differs" }
            },
            None => "",
        }
        div.cols.cols-2 {
            (side(lang, &lang.t("partners-day-ours"), &of.ours, &file("ours")))
            @match &of.theirs {
                Ok(theirs) => {
                    @let name = lang.tf("partners-day-theirs", &[("wallet", &of.wallet)]);
                    (side(lang, &name, theirs, &file("theirs")))
                }
                Err(why) => section.card.stack {
                    h2 { (lang.tf("partners-day-theirs", &[("wallet", &of.wallet)])) }
                    (problem(lang, why))
                },
            }
        }
        p { a href=(link(lang, &format!("{}/partners?cell={}", of.base, of.cell))) {
            (lang.t("partners-title"))
        } }
    };
    layout::page(&of.chrome, &title, "", &body)
}

fn side(lang: Lang, name: &str, of: &PartnerDaySum, file: &str) -> Markup {
    html! {
        section.card.stack {
            h2 { (name) }
            dl.kv {
                (line(&lang.t("partners-day-lines"), &lang.count(of.lines)))
                @if of.lines > 0 {
                    (line(&lang.t("partners-day-numbers"), &format!("{} … {}", of.first, of.number)))
                }
            }
            div.stack.tightly {
                p.small.quiet { (lang.tf("partners-day-witness", &[("number", &of.number.to_string())])) }
                pre.code tabindex="0" { (of.witness) }
            }
            div { a.btn.second.slim href=(link(lang, file)) download { (lang.t("partners-day-file")) } }
        }
    }
}
