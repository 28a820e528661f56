//! A store's poster: A5, three languages, one code. It looks the same in whatever language the
//! page around it is.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::parts::foreign;
use super::text::Lang;
use super::view::PosterPage;
use super::{assets, icon};

/// The rope of the bridge, drawn eight times.
const STRANDS: [&str; 2] = ["M-1 12H0C38 12 62 44 100 44h1", "M-1 44H0C38 44 62 12 100 12h1"];

/// The page with the poster and its button.
pub fn page(of: &PosterPage) -> Markup {
    let lang = of.lang;
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (lang.t("poster-title")) " · " (of.name.text) " · Enishi" }
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
                (poster(of))
                p.noprint.poster-ways {
                    button.btn #print type="button" hidden { (lang.t("poster-print")) }
                    a href={ (of.path) ".svg" } { (lang.t("poster-picture")) }
                }
            }
        }
    }
}

fn poster(of: &PosterPage) -> Markup {
    html! {
        main.poster {
            div.in {
                header { (icon::mark()) span { "Enishi 縁" } }
                (ropes())
                div.calls {
                    p lang="zh-CN" { "扫码付款" }
                    p { span lang="ja" { "読み取ってお支払い" } " " span lang="en" { "Scan to pay" } }
                }
                div.qr role="img" aria-label=(of.lang.t("poster-code")) { (PreEscaped(&of.code)) }
                div.who {
                    p.nm { (foreign(&of.name)) }
                    p lang="en" {
                        @if let Some(latin) = &of.latin_name { (latin) ", " }
                        (of.city)
                    }
                }
                ol.how {
                    li { p lang="zh-CN" { "打开钱包扫码，输入日元金额，核对店名后付款。" } }
                    li { p lang="ja" { "ウォレットで読み取り、金額を入れ、店名をお確かめください。" } }
                    li { p lang="en" { "Scan, type the amount in yen, check the shop’s name, and pay." } }
                }
                footer {
                    span {
                        span lang="zh-CN" { "人民币、日元钱包" } "　"
                        span lang="ja" { "人民元・円ウォレット" } "　"
                        span lang="en" { "yuan and yen wallets" }
                    }
                    span.number { (of.number) }
                }
            }
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

/// The poster as one picture, in millimetres of A5.
pub fn svg(of: &PosterPage) -> Markup {
    let inner = of.code.find("viewBox=\"").and_then(|at| of.code[at + 9..].split('"').next());
    let line = |y: &str, size: &str, lang: &str, text: &str| {
        html! { text x="74" y=(y) font-size=(size) lang=(lang) text-anchor="middle" { (text) } }
    };
    let latin = of.latin_name.as_ref().map_or(of.city.clone(), |it| format!("{it}, {}", of.city));
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" viewBox="0 0 148 210"
            font-family="sans-serif" fill="#1e1e1a" role="img" {
            title { (of.name.text) }
            rect width="148" height="210" fill="#fff" {}
            g font-weight="700" {
                (line("14", "5", "en", "Enishi 縁"))
                (line("34", "13", "zh-CN", "扫码付款"))
                (line("44", "6", "ja", "読み取ってお支払い"))
                (line("52", "6", "en", "Scan to pay"))
            }
            svg x="33" y="58" width="82" height="82" viewBox=[inner] { (PreEscaped(picture(&of.code))) }
            g font-weight="700" { (line("154", "9", of.name.lang, &of.name.text)) }
            (line("162", "5", "en", &latin))
            (line("174", "3.6", "zh-CN", "打开钱包扫码，输入日元金额，核对店名后付款。"))
            (line("181", "3.6", "ja", "ウォレットで読み取り、金額を入れ、店名をお確かめください。"))
            (line("188", "3.6", "en", "Scan, type the amount in yen, check the shop’s name, and pay."))
            rect y="196" width="148" height="14" fill="#1e1e1a" {}
            g fill="#fff" { (line("205", "5", "en", &of.number)) }
        }
    }
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
