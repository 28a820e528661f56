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

const ASSETS: &[Asset] = assets! {
    "tokens.css": CSS,
    "enishi.css": CSS,
    "icon.svg": SVG,
    "manifest.webmanifest": "application/manifest+json",
    "js/enishi.js": JS,
    "js/swap.js": JS,
    "js/events.js": JS,
    "js/scan.js": JS,
    "js/ring.js": JS,
    "js/keypad.js": JS,
    "js/signup.js": JS,
    "js/poster.js": JS,
    "poster.css": CSS,
};

static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for asset in ASSETS {
        hasher.update(asset.name.as_bytes()).update(&[0]);
        hasher.update(&(asset.bytes.len() as u64).to_le_bytes()).update(asset.bytes);
    }
    hasher.finalize().to_hex()[..12].to_owned()
});

/// The address of an asset of this build: `/assets/<hash>/enishi.css`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *BUILD)
}

/// Serves the assets at the addresses of [`url`].
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{build}/{*name}", get(serve))
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
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let outside = text.replace("http://www.w3.org/", "");
            assert!(!outside.contains("http:") && !outside.contains("https:"), "{}", asset.name);
            assert!(!text.contains(['\u{a5}', '\u{ffe5}']), "{}", asset.name);
        }
    }
}
