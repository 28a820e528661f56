//! The pages: what a traveller, a shop and a curious visitor see in a browser.
//!
//! Everything here is rendering: a handler fills a view model of [`view`] and gets markup back.
//! A page is made of fragments (phone, till, bridge, books, map, corridor, …), and each fragment
//! is a function of its own, so that a handler can answer with the one that changed. The contract
//! of addresses, form fields and events stands in [`view`].
//!
//! **Invariants.** Pages work without script wherever a form can do the work. No inline style, no
//! inline script: [`security_headers`] forbids both. No sentence stands outside the message files.
//! Amounts carry their currency in words, never the sign that both countries write.
//!
//! **Absent.** No clock, no random number, no access to a cell; no sample data.

pub mod account;
pub mod app;
pub mod assets;
pub mod audit;
pub mod board;
pub mod books;
pub mod bridge;
pub mod choose;
pub mod devices;
mod display;
pub mod enter;
pub mod error;
pub mod format;
pub mod front;
pub mod home;
mod icon;
pub mod insight;
pub mod layout;
mod limits;
pub mod map;
pub mod open;
pub(crate) mod parts;
pub mod paycode;
pub mod phone;
pub mod places;
pub mod poster;
pub mod posters;
pub mod referrers;
mod scanner;
pub mod sheet;
pub mod shop;
pub mod sign_up;
pub mod staff;
mod stopped;
#[cfg(test)]
mod tests;
pub mod text;
pub mod till;
pub mod trail;
pub mod view;
pub mod wallet;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a page may load and do: its own files, nothing inline, nothing from elsewhere, and
/// markup from a string only through the one named policy of `assets/js/swap.js`.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data: blob:; media-src blob:; connect-src 'self'; \
    form-action 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types enishi";

/// Puts the security headers on an answer. Pages are not to be kept, their address is not to be
/// told to others (the path of a window is its key), and only their own camera may be asked for.
/// The build goes along: a page from before an update notices it and loads itself anew.
pub fn security_headers(headers: &mut HeaderMap) {
    let rows: [(HeaderName, &str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(), geolocation=(), payment=()",
        ),
    ];
    for (name, value) in rows {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let build = HeaderValue::from_static(assets::build());
    headers.insert(HeaderName::from_static("x-enishi-build"), build);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
