//! Posters: three languages, one code, and the wallets that can read it. A card looks the same in
//! whatever language the page around it is, and is as wide as its paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::icon::Icon;
use super::parts::{foreign, link};
use super::text::Lang;
use super::view::{Card, CardPlace, Format, PosterPage};
use super::{assets, icon};

/// The rope of the bridge, drawn eight times.
const STRANDS: [&str; 2] = ["M-1 12H0C38 12 62 44 100 44h1", "M-1 44H0C38 44 62 12 100 12h1"];
/// The languages of a card, in its order.
const THREE: [Lang; 3] = [Lang::Zh, Lang::Ja, Lang::En];

/// The page with the posters and its buttons.
pub fn page(of: &PosterPage) -> Markup {
    let lang = of.lang;
    let title = of.cards.first().map_or("", |card| card.name.text.as_str());
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (lang.t("poster-title")) " · " (title) " · Enishi" }
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                link rel="stylesheet" href=(assets::url("tokens.css"));
                link rel="stylesheet" href=(assets::url("enishi.css"));
                link rel="stylesheet" href=(assets::url("poster.css"));
                script type="module" src=(assets::url("js/poster.js")) {}
            }
            body {
                @if !of.open {
                    p.noprint.poster-off role="alert" { (lang.t("poster-paused")) }
                }
                (ways(of))
                main.leaves { @for cards in of.cards.chunks(of.format.on_paper()) { (paper(of, cards)) } }
            }
        }
    }
}

/// What to print, and on what.
fn ways(of: &PosterPage) -> Markup {
    let lang = of.lang;
    let to = |which: &str, format: Format, from: usize| {
        let from = if from > 0 { format!("&from={from}") } else { String::new() };
        link(lang, &format!("{}?place={which}&format={}{from}", of.path, format.word()))
    };
    let one = of.which != "all";
    html! {
        nav.noprint.poster-ways aria-label=(lang.t("poster-ways")) {
            button.btn #print type="button" hidden {
                (Icon::Print.draw()) (lang.t("poster-print"))
            }
            div.cluster {
                @for format in Format::ALL {
                    a.btn.second.slim href=(to(&of.which, format, 0))
                        aria-current=[(format == of.format).then_some("page")] {
                        (lang.t(&format!("poster-on-{}", format.word())))
                    }
                }
            }
            @if of.places {
                div.cluster {
                    a.btn.second.slim href=(to("", of.format, 0))
                        aria-current=[of.which.is_empty().then_some("page")] {
                        (lang.t("poster-of-store"))
                    }
                    a.btn.second.slim href=(to("all", Format::Sheet, 0))
                        aria-current=[(!one).then_some("page")] { (lang.t("poster-of-places")) }
                }
            }
            @if one {
                a href={ (of.path) ".svg?place=" (of.which) } { (lang.t("poster-picture")) }
            }
            @if let Some(next) = of.next {
                a href=(to(&of.which, of.format, next)) { (lang.t("poster-next")) }
            }
        }
    }
}

/// One sheet of paper.
fn paper(of: &PosterPage, cards: &[Card]) -> Markup {
    let class = format!("leaf leaf-{}", of.format.word());
    html! {
        section class=(class) {
            @if of.format == Format::Tent {
                @for one in cards {
                    div.tent {
                        div.over { (card(of, one)) }
                        (card(of, one))
                    }
                }
            } @else {
                @for one in cards { (card(of, one)) }
            }
            @if matches!(of.format, Format::Tent | Format::Sheet) { (marks(of.format)) }
        }
    }
}

/// Where to cut, and where to fold: short strokes at the edges of the paper, in its millimetres.
fn marks(format: Format) -> Markup {
    let cut = "M105 0V6M105 291V297";
    let across = "M0 148.5H6M204 148.5H210M105 145.5V151.5M102 148.5H108";
    html! {
        svg.crop viewBox="0 0 210 297" aria-hidden="true" {
            path d=(cut) {}
            path class=[(format == Format::Tent).then_some("fold")] d=(across) {}
        }
    }
}

fn card(of: &PosterPage, it: &Card) -> Markup {
    html! {
        article.poster.at[it.place.is_some()] {
            div.in {
                header { (icon::mark()) span { "Enishi 縁" } }
                (ropes())
                div.calls {
                    p lang="zh-CN" { (Lang::Zh.t("poster-call")) }
                    p {
                        span lang="ja" { (Lang::Ja.t("poster-call")) } " "
                        span lang="en" { (Lang::En.t("poster-call")) }
                    }
                }
                @if let Some(place) = &it.place { (at_place(place)) }
                div.qr role="img" aria-label=(of.lang.t("poster-code")) { (PreEscaped(&it.code)) }
                div.who {
                    p.nm { (foreign(&it.name)) }
                    p lang="en" {
                        @if let Some(latin) = &it.latin_name { (latin) ", " }
                        (it.city)
                    }
                }
                ol.how {
                    @for lang in THREE { li { p lang=(lang.tag()) { (lang.t(how(it))) } } }
                }
                ul.badges { @for name in &it.badges { li { (name) } } }
                footer {
                    span {
                        @for (lang, words) in &of.wallets { span lang=(lang.tag()) { (words) } "　" }
                    }
                    span.number { (it.number) }
                }
            }
        }
    }
}

/// What to do with the code.
fn how(of: &Card) -> &'static str {
    match of.place.as_ref().is_some_and(|place| place.amount.is_some()) {
        true => "poster-how-fixed",
        false => "poster-how",
    }
}

/// The place, largest, and what is due there.
fn at_place(of: &CardPlace) -> Markup {
    let is_number = of.label.starts_with(|c: char| c.is_ascii_digit());
    // Kanji are twice as wide as Latin letters.
    let width: usize = of.label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let is_long = width > 22;
    html! {
        div.place {
            @if is_number {
                p.words {
                    @for lang in THREE { span lang=(lang.tag()) { (lang.t("poster-table")) } }
                }
            }
            p.label.long[is_long] { (of.label) }
            @if let Some(amount) = of.amount {
                p.due { @for lang in THREE { span lang=(lang.tag()) { (lang.amount(amount)) } } }
            }
            @if let Some(reference) = &of.reference { p.words { (reference) } }
        }
    }
}

fn ropes() -> Markup {
    html! {
        div.ropes aria-hidden="true" {
            @for _ in 0..8 {
                svg viewBox="0 0 100 56" preserveAspectRatio="none" {
                    path.a d=(STRANDS[0]) {}
                    path.b d=(STRANDS[1]) {}
                }
            }
        }
    }
}

/// A card as one picture, in millimetres of A5.
pub fn svg(of: &PosterPage, it: &Card) -> Markup {
    let inner = it.code.find("viewBox=\"").and_then(|at| it.code[at + 9..].split('"').next());
    let line = |y: &str, size: &str, lang: &str, text: &str| {
        html! { text x="74" y=(y) font-size=(size) lang=(lang) text-anchor="middle" { (text) } }
    };
    let latin = it.latin_name.as_ref().map_or(it.city.clone(), |of| format!("{of}, {}", it.city));
    let [zh, ja, en] = THREE.map(|lang| lang.t(how(it)));
    let place = it.place.as_ref().map(place_line);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" viewBox="0 0 148 210"
            font-family="sans-serif" fill="#1e1e1a" role="img" {
            title { (it.name.text) }
            rect width="148" height="210" fill="#fff" {}
            g font-weight="700" {
                (line("11", "5", "en", "Enishi 縁"))
                (line("27", "13", "zh-CN", &Lang::Zh.t("poster-call")))
                (line("36", "6", "ja", &Lang::Ja.t("poster-call")))
                (line("44", "6", "en", &Lang::En.t("poster-call")))
                @if let Some(place) = &place { (line("55", "9", "", place)) }
            }
            svg x="33" y="58" width="82" height="82" viewBox=[inner] { (PreEscaped(picture(&it.code))) }
            g font-weight="700" { (line("151", "9", it.name.lang, &it.name.text)) }
            (line("158", "5", "en", &latin))
            (line("167", "3.6", "zh-CN", &zh))
            (line("173", "3.6", "ja", &ja))
            (line("179", "3.6", "en", &en))
            g font-weight="700" { (line("189", "4.2", "", &it.badges.join("  ·  "))) }
            rect y="194" width="148" height="16" fill="#1e1e1a" {}
            g fill="#fff" {
                @let words: Vec<&str> = of.wallets.iter().map(|(_, words)| words.as_str()).collect();
                (line("200", "2.9", "", &words.join("   ")))
                (line("207", "5", "en", &it.number))
            }
        }
    }
}

fn place_line(of: &CardPlace) -> String {
    let amount = of.amount.map(|amount| Lang::En.amount(amount));
    let parts = [Some(of.label.clone()), amount, of.reference.clone()];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" · ")
}

/// What stands inside the drawing of a code.
fn picture(svg: &str) -> &str {
    let inside = svg.split_once('>').map_or("", |(_, rest)| rest);
    inside.strip_suffix("</svg>").unwrap_or(inside)
}

/// The language of a shop's own name, as its cell writes it on codes.
pub fn language(of: &str) -> &'static str {
    match Lang::parse(of) {
        Some(lang) => lang.tag(),
        None => "",
    }
}
