//! Styles, scripts, icons and the manifest, served from the binary.
//!
//! All of them live under one folder named by the hash of all of them, so that a page and its
//! assets are always of one build, a script may import its neighbour by a relative name, and a
//! browser may keep them for ever. An address with another hash (a page from before an update)
//! still gets today's file, but may not keep it.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode, header::IF_NONE_MATCH};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $kind:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!("../../assets/", $name)),
        }),*]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// The service worker's text, which [`super::app`] completes.
pub(super) const WORKER: &str = include_str!("../../assets/js/sw.js");

const ASSETS: &[Asset] = assets! {
    "tokens.css": CSS,
    "enishi.css": CSS,
    "icon.svg": SVG,
    "icon-192.png": PNG,
    "icon-512.png": PNG,
    "js/enishi.js": JS,
    "js/away.js": JS,
    "js/swap.js": JS,
    "js/events.js": JS,
    "js/scan.js": JS,
    "js/ring.js": JS,
    "js/keypad.js": JS,
    "js/passkey.js": JS,
    "js/signup.js": JS,
    "js/paycode.js": JS,
    "js/offline-code.js": JS,
    "js/sha256.js": JS,
    "js/symbols.js": JS,
    "js/poster.js": JS,
    "poster.css": CSS,
};

static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for asset in ASSETS {
        hasher.update(asset.name.as_bytes()).update(&[0]);
        hasher.update(&(asset.bytes.len() as u64).to_le_bytes()).update(asset.bytes);
    }
    hasher.update(WORKER.as_bytes()).update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.finalize().to_hex()[..12].to_owned()
});

/// The name of this build: another one has other files.
pub fn build() -> &'static str {
    &BUILD
}

/// The names of all assets.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|asset| asset.name)
}

#[cfg(test)]
pub(super) fn bytes(name: &str) -> Option<&'static [u8]> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| asset.bytes)
}

/// The address of an asset of this build: `/assets/<hash>/enishi.css`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *BUILD)
}

/// Serves the assets at the addresses of [`url`], and what makes apps of pages beside them.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{build}/{*name}", get(serve)).merge(super::app::router())
}

async fn serve(Path((build, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|a| a.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", *BUILD);
    if headers.get(IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let keep = match build == *BUILD {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let head = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep), (ETAG, tag.as_str())];
    (head, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router::<()>().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn todays_address_may_be_kept_and_an_old_one_may_not() {
        let now = get(&url("js/enishi.js")).await;
        assert_eq!(now.headers()[CONTENT_TYPE], JS);
        assert!(now.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let old = get("/assets/000000000000/js/enishi.js").await;
        assert_eq!(old.status(), StatusCode::OK);
        assert_eq!(old.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(get("/assets/x/no.css").await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn no_asset_reaches_outside_and_none_bears_the_sign_both_countries_write() {
        for asset in ASSETS {
            if asset.kind == PNG {
                assert!(asset.bytes.starts_with(b"\x89PNG") && asset.bytes.len() < 20_000);
                continue;
            }
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let outside = text.replace("http://www.w3.org/", "");
            assert!(!outside.contains("http:") && !outside.contains("https:"), "{}", asset.name);
            assert!(!text.contains(['\u{a5}', '\u{ffe5}']), "{}", asset.name);
        }
    }

    /// What `enishi.js` claims at its top. A word that an older browser can't parse takes the whole
    /// page's script away; a function that it lacks, the part that calls it.
    #[test]
    fn scripts_keep_to_chrome_80_and_safari_13_1() {
        const NEWER: [(&str, &str); 21] = [
            ("??=", "Chrome 85, Safari 14"),
            ("||=", "Chrome 85, Safari 14"),
            ("&&=", "Chrome 85, Safari 14"),
            ("this.#", "Chrome 74, Safari 14.1"),
            ("static {", "Chrome 94, Safari 16.4"),
            ("(?<", "lookbehind: Safari 16.4"),
            ("\nawait ", "at the top: Chrome 89, Safari 15"),
            (".replaceAll(", "Chrome 85, Safari 13.1"),
            (".replaceChildren(", "Chrome 86, Safari 14"),
            (".at(", "Chrome 92, Safari 15.4"),
            (".findLast", "Chrome 97, Safari 15.4"),
            (".toSorted(", "Chrome 110, Safari 16"),
            ("Object.hasOwn", "Chrome 93, Safari 15.4"),
            ("Object.groupBy", "Chrome 117, Safari 17.4"),
            ("Promise.any(", "Chrome 85, Safari 14"),
            ("structuredClone(", "Chrome 98, Safari 15.4"),
            ("randomUUID(", "Chrome 92, Safari 15.4"),
            ("AbortSignal.", "Chrome 103, Safari 16"),
            (".requestSubmit(", "Safari 16"),
            ("signal:", "of a listener: Chrome 88, Safari 15"),
            ("WeakRef", "Chrome 84, Safari 14.1"),
        ];
        let own = ASSETS.iter().filter(|asset| asset.kind == JS);
        let own = own.map(|asset| (asset.name, std::str::from_utf8(asset.bytes).unwrap()));
        let scripts: Vec<_> = own.chain([("sw.js", WORKER)]).collect();
        assert!(scripts.iter().any(|(_, text)| text.contains("Chrome 80 and Safari 13.1")));
        for (name, text) in scripts {
            for (word, since) in NEWER {
                assert!(!text.contains(word), "{name}: {word} ({since})");
            }
        }
    }
}
