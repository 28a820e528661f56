//! Deep links of referrers: `/{lang}/from/{referrer}?to=/…`. A link opens a page of this server that the
//! referrer's terms name, and nothing else; the browser keeps who it came from until its holder opens a
//! wallet, or says yes on the page of one. Nobody is brought by looking at a link.

use axum::http::HeaderMap;
use economy::{Answer, Query};
use pay::ReferrerView;

use crate::cells::Site;
use crate::edge::Edge;
use crate::problem::Problem;
use crate::session::{came_by_tls, cookie_of};

/// The cookie that says by whose link a browser came.
const COOKIE: &str = "from";
/// How long it is kept when nobody opens a wallet, in seconds: 30 days.
const KEPT_S: u32 = 30 * 86_400;
/// What a link may open where its referrer's terms name nothing: pages for visitors.
const VISITORS: [&str; 5] = ["/open", "/enter", "/w/me", "/poster/", "/sign-up"];
/// The longest address that a link opens.
const MOST: usize = 300;

/// Whether an address is a path of this server that terms allow. Browsers take a backslash for a slash,
/// and two slashes for another server's name.
pub fn may_open(to: &str, opens: &[String]) -> bool {
    let plain = to.len() <= MOST && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !plain || !to.starts_with('/') || to.starts_with("//") {
        return false;
    }
    let path = to.split(['?', '#']).next().unwrap_or(to);
    if path.split('/').any(|part| part == "." || part == "..") || path.contains('%') {
        return false;
    }
    let begins = |open: &str| {
        let rest = path.strip_prefix(open);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || open.ends_with('/'))
    };
    match opens.is_empty() {
        true => path == "/" || VISITORS.iter().any(|open| begins(open)),
        false => opens.iter().any(|open| begins(open)),
    }
}

/// The referrer of a word, and its cell: the first of this process that knows it.
///
/// # Errors
/// `referrer_not_found`.
pub async fn referrer<'a>(
    edge: &'a Edge,
    word: &str,
) -> Result<(&'a Site, Box<ReferrerView>), Problem> {
    for site in edge.cells().all() {
        let asked = Query::Referrer(word.to_owned(), site.handle.now());
        if let Ok(answer) = site.ask(asked).await
            && let Answer::Referrer(view) = answer.value
        {
            return Ok((site, view));
        }
    }
    Err(Problem::refused(&economy::Refusal::from(pay::Refusal::ReferrerNotFound)))
}

/// The `Set-Cookie` by which a browser keeps who it came from.
pub fn keep(word: &str, headers: &HeaderMap) -> String {
    cookie(word, KEPT_S, headers)
}

/// The `Set-Cookie` that forgets it.
pub fn forget(headers: &HeaderMap) -> String {
    cookie("", 0, headers)
}

fn cookie(value: &str, seconds: u32, headers: &HeaderMap) -> String {
    let secure = if came_by_tls(headers) { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// By whose link a browser came, if its terms still hold: its cell's name, and who it is.
pub async fn came_by(edge: &Edge, headers: &HeaderMap) -> Option<(String, Box<ReferrerView>)> {
    let word = cookie_of(headers, COOKIE)?.to_owned();
    let (site, view) = referrer(edge, &word).await.ok()?;
    Some((site.name().to_owned(), view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_pages_of_this_server_only() {
        let own = ["/open".to_owned(), "/poster/".to_owned()];
        for to in ["/open", "/open?x=1", "/open/", "/poster/sto_1?place=2"] {
            assert!(may_open(to, &own), "{to}");
        }
        for to in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "open",
            "",
            "/opened",
            "/w/me",
            "/open/../o/me",
            "/poster/%2e%2e/o",
            "/open\n",
            "/ open",
        ] {
            assert!(!may_open(to, &own), "{to}");
        }
        assert!(may_open("/", &[]) && may_open("/w/me", &[]));
        assert!(!may_open("/o/me", &[]) && !may_open("/t/me", &[]) && !may_open("/v1/me", &[]));
        assert!(!may_open(&format!("/open?{}", "x".repeat(300)), &own));
    }
}
