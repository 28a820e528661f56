//! What makes a window an app on a device: its manifest, the service worker, and the page that
//! stands in for one that can't be fetched.
//!
//! **Invariants.** A manifest says nothing but what its address does. The service worker keeps
//! the files of the build and the page without network, never a page of money.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Query;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{DOCTYPE, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::parts::link;
use super::text::Lang;
use super::{assets, security_headers};

/// Of which page a manifest is.
#[derive(Debug, Deserialize)]
struct Of {
    /// What [`told`] leaves of the page's path.
    #[serde(default)]
    of: String,
    #[serde(default)]
    lang: String,
}

/// The address of a page's manifest. A window's code is no part of it, nor of what it installs:
/// what a device keeps is the page of whoever signed in there, which asks once for the code.
pub fn manifest_url(lang: Lang, path: &str) -> String {
    link(lang, &format!("/manifest.webmanifest?of={}", told(path)))
}

/// What an app of a page begins with: `/w/me` or `/t/me`, and which of several wallets or stores
/// after a tilde, where the page's path is of such a form; `/` of all other pages.
fn told(path: &str) -> &str {
    let mine = match path.get(..3) {
        Some("/w/") => "/w/me",
        Some("/t/") => "/t/me",
        _ => return "/",
    };
    let first = path[3..].find('/').map_or(path, |end| &path[..3 + end]);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match first.strip_prefix(mine).and_then(|rest| rest.strip_prefix('~')) {
        Some(which) if which.len() <= 64 && which.bytes().all(plain) => first,
        _ => mine,
    }
}

/// The routes. They need no key: what they say is the same for everybody.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/manifest.webmanifest", get(manifest))
        .route("/sw.js", get(worker))
        .route("/offline", get(offline))
        .route("/code", get(code))
}

async fn manifest(Query(Of { of, lang }): Query<Of>) -> Response {
    let lang = Lang::ALL.into_iter().find(|known| known.tag() == lang).unwrap_or(Lang::En);
    let path = told(&of);
    let (name, scope) = match path.get(..3) {
        Some("/w/") => ("app-wallet", "/w/"),
        Some("/t/") => ("app-till", "/t/"),
        _ => ("app-home", "/"),
    };
    let name = lang.t(name);
    let body = json!({
        "id": path,
        "name": name,
        "short_name": name,
        "lang": lang.tag(),
        "start_url": link(lang, path),
        "scope": scope,
        "display": "standalone",
        "background_color": "#f6f6f3",
        "theme_color": "#f6f6f3",
        "icons": [
            icon("icon.svg", "any", "image/svg+xml", "any"),
            icon("icon-192.png", "192x192", "image/png", "any"),
            icon("icon-512.png", "512x512", "image/png", "any"),
            icon("icon-512.png", "512x512", "image/png", "maskable"),
        ],
    });
    let head = [(CONTENT_TYPE, "application/manifest+json"), (CACHE_CONTROL, "no-cache")];
    (head, body.to_string()).into_response()
}

fn icon(name: &str, sizes: &str, kind: &str, purpose: &str) -> Value {
    json!({ "src": assets::url(name), "sizes": sizes, "type": kind, "purpose": purpose })
}

/// The worker with its build and the files of it before it: another build is another worker.
static WORKER: LazyLock<String> = LazyLock::new(|| {
    let mut files: Vec<String> = assets::names().map(assets::url).collect();
    files.push("/offline".to_owned());
    files.push("/code".to_owned());
    let files = json!(files);
    let build = json!(assets::build());
    format!("const BUILD = {build};\nconst FILES = {files};\n{}", assets::WORKER)
});

async fn worker() -> Response {
    let head = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        // A worker fetches under its own policy, not under the page's.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; connect-src 'self'"),
    ];
    (head, WORKER.as_str()).into_response()
}

/// In all languages, for whoever kept it does not know which one will be asked for. It asks for the
/// page that was wanted again and again: a till on a counter has nobody who would press.
async fn offline() -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="refresh" content="5";
                title { "Enishi" }
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                link rel="stylesheet" href=(assets::url("tokens.css"));
                link rel="stylesheet" href=(assets::url("enishi.css"));
            }
            body {
                main.page {
                    @for lang in Lang::ALL {
                        section.card.stack lang=(lang.tag()) {
                            h1 { (lang.t("offline-title")) }
                            p { (lang.t("offline-page")) }
                            a.btn.wide href="" { (lang.t("offline-again")) }
                        }
                    }
                }
            }
        }
    };
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (kind, page.0).into_response();
    security_headers(response.headers_mut());
    response
}

/// The page of one-time codes for a device without network: it holds nobody's data, the device does.
async fn code() -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Enishi" }
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                link rel="stylesheet" href=(assets::url("tokens.css"));
                link rel="stylesheet" href=(assets::url("enishi.css"));
                script type="module" src=(assets::url("js/offline-code.js")) {}
            }
            body { main.page { section.card.stack { (super::paycode::alone()) } } }
        }
    };
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (kind, page.0).into_response();
    security_headers(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn asked(path: &str) -> (Response<()>, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (head, body) = router::<()>().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 100_000).await.unwrap();
        (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_window_of_this_device_is_installed_under_its_path_and_in_its_language() {
        for (path, lang, name) in [
            ("/", Lang::En, "app-home"),
            ("/w/me", Lang::Zh, "app-wallet"),
            ("/t/me~jp_store_0G", Lang::Ja, "app-till"),
        ] {
            let (head, body) = asked(&manifest_url(lang, path)).await;
            assert_eq!(head.headers()[CONTENT_TYPE], "application/manifest+json");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["id"], path);
            assert!(path.starts_with(body["scope"].as_str().unwrap()), "{body}");
            assert_eq!(body["start_url"], link(lang, path));
            assert_eq!((&body["name"], &body["lang"]), (&lang.t(name).into(), &lang.tag().into()));
            for icon in body["icons"].as_array().unwrap() {
                let name = icon["src"].as_str().unwrap().rsplit('/').next().unwrap();
                assert!(assets::names().any(|asset| asset == name), "{name}");
            }
        }
    }

    #[tokio::test]
    async fn a_windows_code_is_neither_in_the_manifests_address_nor_in_it() {
        for path in ["/w/jp-ABCDE", "/t/jp-ABCDE~jp_store_0G", "/w/jp-ABCDE/scan"] {
            let address = manifest_url(Lang::Ja, path);
            let (_, body) = asked(&address).await;
            assert!(!address.contains("ABCDE") && !body.contains("ABCDE"), "{address} {body}");
            // Who asks by hand is told no more.
            let by_hand = format!("/manifest.webmanifest?of={path}&lang=ja");
            assert_eq!(asked(&by_hand).await.1, body);
            let body: Value = serde_json::from_str(&body).unwrap();
            let (start, scope) =
                if path.starts_with("/w/") { ("/w/me", "/w/") } else { ("/t/me", "/t/") };
            assert_eq!(body["start_url"], link(Lang::Ja, start));
            // Else a browser would not offer to install from where the person is.
            assert_eq!(body["scope"], scope);
        }
        let (_, foreign) = asked("/manifest.webmanifest?of=//evil.example/&lang=xx").await;
        assert!(!foreign.contains("evil"), "{foreign}");
    }

    #[tokio::test]
    async fn the_worker_is_asked_for_each_time_and_keeps_no_page_of_money() {
        let (head, body) = asked("/sw.js").await;
        assert_eq!(head.headers()[CACHE_CONTROL], "no-cache");
        let policy = head.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("connect-src 'self'"), "{policy}");
        let files = body.lines().find(|line| line.starts_with("const FILES")).unwrap();
        let files = files.trim_start_matches("const FILES = ").trim_end_matches(';');
        let files: Vec<String> = serde_json::from_str(files).unwrap();
        let kept =
            |file: &String| file.starts_with("/assets/") || file == "/offline" || file == "/code";
        assert!(files.len() > 8 && files.iter().all(kept), "{files:?}");
        let (_, page) = asked("/offline").await;
        assert!(page.contains("http-equiv=\"refresh\""), "nobody may be there to press");
        for lang in Lang::ALL {
            assert!(page.contains(&lang.t("offline-page")));
        }
    }

    #[test]
    fn nothing_strange_is_taken_for_a_window() {
        assert_eq!(told("/t/me~jp_store_1/refund"), "/t/me~jp_store_1");
        for path in ["/w/me", "/w/", "/w/menu", "/w/me?x", "/w/me\u{202e}", "/w/a/me", "/w/me~\""] {
            assert_eq!(told(path), "/w/me", "{path}");
        }
        for path in ["/", "", "/x/me", "//w/me", "店店", "/audit"] {
            assert_eq!(told(path), "/", "{path}");
        }
    }

    /// A launcher cuts a maskable icon down to a circle of four fifths of its width, no further.
    #[test]
    fn what_a_launcher_cuts_off_is_the_icons_ground() {
        let icon = image::load_from_memory(assets::bytes("icon-512.png").unwrap()).unwrap();
        let icon = icon.to_rgba8();
        assert_eq!(icon.dimensions(), (512, 512));
        let ground = *icon.get_pixel(0, 0);
        assert_eq!(ground.0[3], 255, "no hole");
        for (x, y, pixel) in icon.enumerate_pixels() {
            let (dx, dy) = (i64::from(x) * 2 - 511, i64::from(y) * 2 - 511);
            let is_outside = 100 * (dx * dx + dy * dy) > 64 * 512 * 512;
            assert!(!is_outside || *pixel == ground, "cut off at {x}, {y}");
        }
    }
}
