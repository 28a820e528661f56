//! The sign-up of a shop: the form, what is to be mended in it, and the shop that it opened.

use maud::{Markup, html};

use super::icon::Icon;
use super::layout;
use super::parts::{foreign, line, link, problem, sum};
use super::places;
use super::text::Lang;
use super::view::{Amount, Foreign, ShopOpenPage, SignUpPage};
use crate::sign_up::{Fields, Wrong};

/// The example of the fee, in minor units of yen.
const EXAMPLE: u64 = 3_200;

/// The form.
pub fn page(of: &SignUpPage) -> Markup {
    let lang = of.chrome.lang;
    let sheet = Sheet::of(of);
    let body = html! {
        div.section-head {
            h1 { (lang.t("signup-heading")) }
            p.lead { (lang.t("signup-lead")) }
        }
        div.cols.cols-side {
            form.card method="post" action=(link(lang, "/sign-up")) data-signup novalidate {
                input type="hidden" name="ticket" value=(of.ticket);
                template #icon-ok { (Icon::Check.draw()) }
                template #icon-err { (Icon::Warn.draw()) }
                @if let Some(it) = &of.problem { (problem(lang, it)) }
                @if !of.wrong.is_empty() { (to_mend(lang, &of.wrong)) }
                ol.steps {
                    li { h2 { (lang.t("signup-shop")) } (shop(&sheet)) }
                    li { h2 { (lang.t("signup-where")) } (place(&sheet)) }
                    li { h2 { (lang.t("signup-bank-part")) } (account_fields(&sheet, None)) }
                    li { h2 { (lang.t("signup-fee")) } (fee(of)) }
                }
            }
            aside.stack.so-far aria-label=(lang.t("signup-poster")) {
                (poster_so_far(lang, &of.fields))
                (then(lang))
            }
        }
    };
    layout::page(&of.chrome, &lang.t("signup-title"), "shore-to", &body)
}

/// Everything that is wrong, each with a way to its field.
pub(super) fn to_mend(lang: Lang, wrong: &[Wrong]) -> Markup {
    html! {
        div.error #mend role="alert" tabindex="-1" autofocus {
            (Icon::Warn.draw())
            b { (lang.tn("signup-mend", wrong.len() as u64)) }
            ul.stack-1 {
                @for one in wrong {
                    li {
                        (one.sentence(lang)) " "
                        a href={ "#" (one.field) } {
                            (lang.tf("signup-go-to", &[("field", &label(lang, one.field))]))
                        }
                    }
                }
            }
        }
    }
}

fn label(lang: Lang, field: &str) -> String {
    lang.t(match field {
        "name" => "signup-name",
        "latin_name" => "signup-latin",
        "category" => "signup-category",
        "prefecture" => "signup-prefecture",
        "city" => "signup-city",
        "bank" => "signup-bank",
        "branch" => "signup-branch",
        "holder" => "signup-holder",
        _ => "signup-account",
    })
}

/// What was typed into a form and is drawn into it again.
pub(super) struct Sheet<'a> {
    pub(super) lang: Lang,
    pub(super) fields: &'a Fields,
    pub(super) wrong: &'a [Wrong],
    /// Whether it was sent: what is right is said, too.
    pub(super) sent: bool,
}

impl<'a> Sheet<'a> {
    fn of(page: &'a SignUpPage) -> Self {
        let lang = page.chrome.lang;
        Self { lang, fields: &page.fields, wrong: &page.wrong, sent: page.sent }
    }
}

/// One field of text.
struct Input<'a> {
    field: &'static str,
    value: &'a str,
    hint: Option<String>,
    most: u16,
    lang: Option<&'static str>,
    digits: bool,
    list: Option<&'static str>,
}

impl<'a> Input<'a> {
    const fn new(field: &'static str, value: &'a str, most: u16) -> Self {
        Self { field, value, hint: None, most, lang: None, digits: false, list: None }
    }

    fn draw(self, of: &Sheet<'_>) -> Markup {
        let lang = of.lang;
        let Self { field, value, hint, most, lang: own, digits, list } = self;
        let wrong = of.wrong.iter().find(|wrong| wrong.field == field);
        let right = (of.sent && wrong.is_none()).then(|| note(lang, of.fields, field)).flatten();
        html! {
            div.field.wrong[wrong.is_some()] {
                label for=(field) { (label(lang, field)) }
                @if let Some(hint) = &hint { span.hint id={ (field) "-hint" } { (hint) } }
                input id=(field) name=(field) type="text" value=(value) maxlength=(most)
                    lang=[own] list=[list] inputmode=[digits.then_some("numeric")]
                    autocomplete="off" spellcheck="false" required
                    aria-describedby={ @if hint.is_some() { (field) "-hint " } (field) "-note" }
                    aria-invalid=[wrong.map(|_| "true")];
                (told(lang, field, wrong, right))
            }
        }
    }
}

/// What is said below a field.
fn told(lang: Lang, field: &str, wrong: Option<&Wrong>, right: Option<String>) -> Markup {
    let (class, icon, text) = match (wrong, right) {
        (Some(wrong), _) => ("err", Some(Icon::Warn), wrong.sentence(lang)),
        (None, Some(right)) => ("ok", Some(Icon::Check), right),
        (None, None) => ("", None, String::new()),
    };
    html! {
        span id={ (field) "-note" } class=(class) aria-live="polite" {
            @if let Some(icon) = icon { (icon.draw()) }
            span { (text) }
        }
    }
}

/// What is said of a field that is right: the bank that has the code, what goes out for a name.
pub fn note(lang: Lang, fields: &Fields, field: &str) -> Option<String> {
    match field {
        "bank" => fields.bank_of().ok().map(|bank| format!("{} {}", bank.code, bank.name)),
        "branch" => fields.branch_of().ok().map(|it| format!("{} {}", it.code, it.name)),
        "holder" => {
            let kana = fields.holder_of().ok()?.kana().to_string();
            Some(lang.tf("signup-goes-out", &[("kana", &kana)]))
        }
        _ => None,
    }
}

fn shop(of: &Sheet<'_>) -> Markup {
    let Sheet { lang, fields, .. } = *of;
    let hint = Some(lang.t("signup-name-hint"));
    html! {
        (Input { hint, lang: Some("ja"), ..Input::new("name", &fields.name, 60) }.draw(of))
        (Input { lang: Some("en"), ..Input::new("latin_name", &fields.latin_name, 60) }.draw(of))
    }
}

fn place(of: &Sheet<'_>) -> Markup {
    let Sheet { lang, fields, .. } = *of;
    let trades = pay::Category::ALL.into_iter().map(|category| {
        let word = category.word();
        (word.to_owned(), lang.find(&format!("trade-{word}"), &[]).unwrap_or_default())
    });
    let places = places::all().iter().map(|it| {
        let (own, name) = (it.name(Lang::Ja), it.name(lang));
        let shown = if own == name { own.to_owned() } else { format!("{own} {name}") };
        (it.code.to_string(), shown)
    });
    html! {
        div.cols.cols-2.pair {
            (choice(of, "category", &fields.category, &trades.collect::<Vec<_>>()))
            (choice(of, "prefecture", &fields.prefecture, &places.collect::<Vec<_>>()))
        }
        (Input { lang: Some("en"), ..Input::new("city", &fields.city, 40) }.draw(of))
    }
}

fn choice(of: &Sheet<'_>, field: &'static str, value: &str, rows: &[(String, String)]) -> Markup {
    let lang = of.lang;
    let wrong = of.wrong.iter().find(|wrong| wrong.field == field);
    html! {
        div.field.wrong[wrong.is_some()] {
            label for=(field) { (label(lang, field)) }
            select id=(field) name=(field) required aria-describedby={ (field) "-note" }
                aria-invalid=[wrong.map(|_| "true")] {
                option value="" { (lang.t("signup-choose")) }
                @for (code, shown) in rows {
                    option value=(code) selected[code == value.trim()] { (shown) }
                }
            }
            (told(lang, field, wrong, None))
        }
    }
}

/// Bank, branch, number and holder; the kind of the account where it is chosen.
pub(super) fn account_fields(of: &Sheet<'_>, kinds: Option<&Markup>) -> Markup {
    let Sheet { lang, fields, .. } = *of;
    let hint = |key| Some(lang.t(key));
    let bank = Input {
        hint: hint("signup-bank-hint"),
        list: Some("banks"),
        ..Input::new("bank", &fields.bank, 40)
    };
    let branch = Input {
        hint: hint("signup-branch-hint"),
        list: Some("branches"),
        ..Input::new("branch", &fields.branch, 40)
    };
    let number = Input {
        hint: hint(if kinds.is_some() { "account-digits" } else { "signup-account-hint" }),
        digits: true,
        ..Input::new("account", &fields.account, 20)
    };
    let holder = Input {
        hint: hint("signup-holder-hint"),
        lang: Some("ja"),
        ..Input::new("holder", &fields.holder, 120)
    };
    html! {
        div.cols.cols-2.pair {
            (bank.draw(of))
            (branch.draw(of))
        }
        // Filled while one types.
        datalist #banks {}
        datalist #branches {}
        @if let Some(kinds) = kinds { (kinds) }
        (number.draw(of))
        (holder.draw(of))
    }
}

fn fee(of: &SignUpPage) -> Markup {
    let lang = of.chrome.lang;
    let money = |minor: u64| {
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        lang.amount(Amount { minor, unit: of.unit })
    };
    let fee = kernel::basis_points(EXAMPLE, of.fee_bps).unwrap_or(0);
    let example = lang.tf("signup-fee-example", &[("amount", &money(EXAMPLE))]);
    html! {
        dl.kv {
            (line(&lang.t("signup-fee-each"), &lang.percent(of.fee_bps)))
            (line(&lang.t("signup-fee-other"), &money(0)))
            (sum(&example, &money(EXAMPLE.saturating_sub(fee))))
        }
        button.btn.big.wide type="submit" { (lang.t("signup-open")) }
        p.small.quiet { (lang.t("signup-later")) }
    }
}

fn poster_so_far(lang: Lang, fields: &Fields) -> Markup {
    html! {
        div.card.poster-so-far {
            span.small.quiet { (lang.t("signup-poster")) }
            p.calls {
                span lang="zh-CN" { "扫码付款" } br;
                small { span lang="ja" { "読み取ってお支払い" } br; span lang="en" { "Scan to pay" } }
            }
            p.no-code.small.quiet { (lang.t("signup-poster-code")) }
            p {
                b #poster-name lang="ja" { (fields.name) } br;
                span #poster-latin lang="en" { (fields.latin_name) }
            }
        }
    }
}

fn then(lang: Lang) -> Markup {
    let rows = [
        (Icon::Scan, "signup-then-poster", "signup-then-poster-lead"),
        (Icon::Shop, "signup-then-till", "signup-then-till-lead"),
        (Icon::Wallet, "signup-then-money", "signup-then-money-lead"),
    ];
    html! {
        div.card {
            h2 { (lang.t("signup-then")) }
            ul.rows {
                @for (icon, what, lead) in rows {
                    li.row {
                        span.ic { (icon.draw()) }
                        span { b { (lang.t(what)) } br; span.s { (lang.t(lead)) } }
                    }
                }
            }
        }
    }
}

/// The shop that was opened, with the code that is shown this once.
pub fn opened(of: &ShopOpenPage) -> Markup {
    let lang = of.chrome.lang;
    let body = html! {
        div.lost.stack {
            h1 { (lang.t("signup-done")) }
            p.lead {
                b { (foreign(&Foreign { text: of.name.clone(), lang: "ja" })) } br;
                (lang.t("signup-done-lead"))
            }
            @if of.account_shared { p.note { (Icon::Warn.draw()) (lang.t("signup-shared")) } }
            section.card.stack {
                h2 { (lang.t("signup-code")) }
                @match &of.code {
                    Some(code) => {
                        p { (lang.t("signup-code-lead")) }
                        pre.code #sign-in-code tabindex="0" { (code) }
                        p { a href=(link(lang, &format!("/enter/{code}"))) { (lang.t("signup-link")) } }
                    }
                    None => p { (lang.t("signup-code-gone")) }
                }
            }
            @if let Some(number) = &of.number {
                dl.kv { (line(&lang.t("signup-number"), number)) }
            }
            div.cluster {
                a.btn.big href=(link(lang, &of.till)) { (Icon::Shop.draw()) (lang.t("signup-to-till")) }
                a.btn.second href=(link(lang, &of.poster)) { (Icon::Scan.draw()) (lang.t("signup-to-poster")) }
            }
            p.small { a href=(link(lang, "/sign-up")) { (lang.t("signup-another")) } }
        }
    };
    layout::page(&of.chrome, &lang.t("signup-done"), "shore-to", &body)
}

/// The way here from a first page.
pub fn door(lang: Lang) -> Markup {
    html! {
        section.card.edge.stack.shore-to {
            h2 { (lang.t("signup-link-home")) }
            p.quiet { (lang.t("signup-link-home-lead")) }
            div { a.btn href=(link(lang, "/sign-up")) { (Icon::Shop.draw()) (lang.t("signup-link-home")) } }
        }
    }
}
