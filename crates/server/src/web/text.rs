//! The words of the pages, in three languages.
//!
//! Every sentence a person reads stands in `locales/*.ftl`, three files with the same keys; the
//! tests of this module hold the three together and hold them to the templates. A key that names
//! a value of the data (a currency, a reason, a time zone) is looked up with [`Lang::find`], so
//! that an unknown value falls back instead of failing.

use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::{HeaderMap, Uri, request::Parts};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

/// A language of the pages. As an extractor it reads the address (`?lang=ja`), then the cookie
/// `lang`, then `Accept-Language`, and is English when none of them names one of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, `zh-CN`.
    Zh,
    /// Japanese, `ja`.
    Ja,
    /// English, `en`.
    En,
}

/// The three message files as they stand in the binary.
pub(crate) const FILES: [(Lang, &str); 3] = [
    (Lang::Zh, include_str!("../../locales/zh-CN.ftl")),
    (Lang::Ja, include_str!("../../locales/ja.ftl")),
    (Lang::En, include_str!("../../locales/en.ftl")),
];

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 3]> =
    LazyLock::new(|| FILES.map(|(lang, text)| bundle(lang, text)));

fn bundle(lang: Lang, text: &str) -> FluentBundle<FluentResource> {
    let tag = lang.tag().parse().expect("the tags of the three languages are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks would show as boxes in titles and in copied text; no page mixes directions.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned())
        .map_err(|(_, errors)| errors)
        .expect("the message files parse: a test reads all three");
    bundle.add_resource(resource).expect("no message file names a key twice: a test reads them");
    bundle
}

impl Lang {
    /// All three, in the order of the language switch.
    pub const ALL: [Lang; 3] = [Lang::Zh, Lang::Ja, Lang::En];

    /// The BCP 47 tag, for `lang` attributes and the `lang` parameter.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::Ja => "ja",
            Lang::En => "en",
        }
    }

    /// The language's name in itself, as short as the switch needs it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Lang::Zh => "中文",
            Lang::Ja => "日本語",
            Lang::En => "EN",
        }
    }

    /// The language a tag asks for, by its first part: `zh`, `zh-CN` and `zh-Hans` are one.
    pub fn parse(tag: &str) -> Option<Lang> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "ja" => Some(Lang::Ja),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The language of a request: address, cookie, `Accept-Language`, English.
    pub fn of_request(uri: &Uri, headers: &HeaderMap) -> Lang {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
        value(uri.query().unwrap_or(""), '&')
            .or_else(|| value(text(COOKIE), ';'))
            .or_else(|| of_accept_language(text(ACCEPT_LANGUAGE)))
            .unwrap_or(Lang::En)
    }

    /// The value of a `Set-Cookie` header that remembers this language for a year.
    pub fn cookie(self) -> String {
        format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", self.tag())
    }

    /// The message under `key`, which takes no arguments. `key.attribute` reads an attribute.
    pub fn t(self, key: &str) -> String {
        self.find(key, &[]).unwrap_or_else(|| key.to_owned())
    }

    /// The message under `key` with its arguments in place.
    pub fn tf(self, key: &str, args: &[(&str, &str)]) -> String {
        self.find(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The message under `key` for a number of things: `$n` picks the plural, `$count` is the
    /// number as one writes it.
    pub fn tn(self, key: &str, n: u64) -> String {
        let mut fluent = FluentArgs::new();
        fluent.set("n", n);
        fluent.set("count", self.count(n));
        self.look_up(key, &fluent).unwrap_or_else(|| key.to_owned())
    }

    /// The message under a key that was made from data, if there is one.
    pub fn find(self, key: &str, args: &[(&str, &str)]) -> Option<String> {
        let mut fluent = FluentArgs::new();
        for (name, value) in args {
            fluent.set(*name, *value);
        }
        self.look_up(key, &fluent)
    }

    fn look_up(self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = &BUNDLES[self as usize];
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        let message = bundle.get_message(id)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        Some(bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
    }
}

/// `lang=…` in a query (`&`) or a cookie (`;`).
fn value(text: &str, separator: char) -> Option<Lang> {
    text.split(separator)
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == "lang")
        .and_then(|(_, tag)| Lang::parse(tag))
}

/// The language with the highest weight; of equals the first.
fn of_accept_language(header: &str) -> Option<Lang> {
    let mut best: Option<(u32, Lang)> = None;
    for part in header.split(',') {
        let mut pieces = part.split(';');
        let Some(lang) = pieces.next().and_then(Lang::parse) else { continue };
        let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")).map_or(1000, thousandths);
        if weight > 0 && best.is_none_or(|(w, _)| weight > w) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// `0.8` as 800; what is no such number weighs nothing.
fn thousandths(text: &str) -> u32 {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), part.parse::<u32>()) {
        (Ok(whole), Ok(part)) if whole <= 1 => whole * 1000 + part,
        _ => 0,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Lang, Self::Rejection> {
        Ok(Lang::of_request(&parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str, cookie: &str, accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().unwrap());
        headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        Lang::of_request(&format!("/w/x{query}").parse().unwrap(), &headers)
    }

    #[test]
    fn the_address_goes_before_the_cookie_before_the_browser() {
        assert_eq!(asked("?lang=ja&view=home", "lang=en", "zh-CN"), Lang::Ja);
        assert_eq!(asked("?view=home", "a=b; lang=ja", "zh-CN"), Lang::Ja);
        assert_eq!(asked("", "", "fr, ja;q=0.5, zh-TW;q=0.8"), Lang::Zh);
        assert_eq!(asked("", "", "zh;q=0, de"), Lang::En);
        assert_eq!(asked("?lang=xx", "lang=", ""), Lang::En);
    }

    #[test]
    fn a_number_of_things_has_its_plural() {
        assert_eq!(Lang::En.tn("home-payments", 1), "1 payment");
        assert_eq!(Lang::En.tn("home-payments", 1284), "1,284 payments");
        assert_eq!(Lang::Ja.tn("home-payments", 1284), "お支払い 1,284件");
    }

    #[test]
    fn an_unknown_key_shows_itself_and_is_not_found() {
        assert_eq!(Lang::Ja.t("no-such-key"), "no-such-key");
        assert_eq!(Lang::Ja.find("cur-XXX", &[]), None);
    }
}
