//! What of a staff's work each page belongs to: one table, read for every request of a window. A page
//! that does not stand here is opened only by those who may do everything.

use axum::http::Method;

use crate::duty::Scope;
use Scope::{
    Any, Approve, Bank, Customers, Links, Pay, Payout, Read, Refund, Shop, Staff, Terms, Till,
};

/// Every page and form of the windows: its path, what looking at it belongs to, and what sending its
/// form does.
#[rustfmt::skip]
pub const PAGES: &[(&str, Scope, Scope)] = &[
    ("/me", Any, Any),
    ("/me/passkeys", Any, Any),
    ("/me/passkeys/options", Any, Any),
    ("/me/end", Any, Any),

    ("/t/{token}", Till, Till),
    ("/t/{token}/events", Till, Till),
    ("/t/{token}/till", Till, Till),
    ("/t/{token}/today", Till, Till),
    ("/t/{token}/tonight", Till, Till),
    ("/t/{token}/shop", Till, Till),
    ("/t/{token}/account", Bank, Bank),
    ("/t/{token}/account/sign", Bank, Bank),
    ("/t/{token}/payouts", Read, Bank),
    ("/t/{token}/posters", Till, Shop),
    ("/t/{token}/posters/ids", Shop, Shop),
    ("/t/{token}/charge", Till, Till),
    ("/t/{token}/wallet", Till, Till),
    ("/t/{token}/open", Shop, Shop),
    ("/t/{token}/pay/{payment}", Till, Till),
    ("/t/{token}/request", Till, Till),
    ("/t/{token}/cancel", Till, Till),
    ("/t/{token}/refund", Refund, Refund),
    ("/t/{token}/refund/sign", Refund, Refund),
    ("/t/{token}/staff", Staff, Staff),
    ("/t/{token}/staff/{person}", Staff, Staff),
    ("/t/{token}/brought", Read, Read),
    ("/t/{token}/brought.csv", Read, Read),
    ("/t/{token}/trail", Read, Read),
    ("/t/{token}/trail.csv", Read, Read),

    ("/w/{token}", Pay, Pay),
    ("/w/{token}/events", Pay, Pay),
    ("/w/{token}/phone", Pay, Pay),
    ("/w/{token}/statement", Pay, Pay),
    ("/w/{token}/statement.csv", Pay, Pay),
    ("/w/{token}/me", Pay, Pay),
    ("/w/{token}/from", Pay, Pay),
    ("/w/{token}/code", Pay, Pay),
    ("/w/{token}/refuse", Pay, Pay),
    ("/w/{token}/scan", Pay, Pay),
    ("/w/{token}/pay", Pay, Pay),
    ("/w/{token}/pay/{payment}", Pay, Pay),

    ("/o/{token}", Read, Read),
    ("/o/{token}/now", Read, Read),
    ("/o/{token}/agree", Read, Read),
    ("/o/{token}/figures", Read, Read),
    ("/o/{token}/figures.csv", Read, Read),
    ("/o/{token}/insight", Read, Read),
    ("/o/{token}/insight.csv", Read, Read),
    ("/o/{token}/payments", Read, Read),
    ("/o/{token}/payments.csv", Read, Read),
    ("/o/{token}/pay/{payment}", Read, Read),
    ("/o/{token}/top-up", Customers, Customers),
    ("/o/{token}/nostro", Links, Links),
    ("/o/{token}/link", Links, Links),
    ("/o/{token}/review", Read, Approve),
    ("/o/{token}/decide", Read, Approve),
    ("/o/{token}/bank-files", Read, Payout),
    ("/o/{token}/bank-files/tonight", Read, Payout),
    ("/o/{token}/bank-files/list", Read, Payout),
    ("/o/{token}/bank-files/{file}", Read, Payout),
    ("/o/{token}/bank-files/{file}/approve", Approve, Approve),
    ("/o/{token}/bank-files/{file}/approve/sign", Approve, Approve),
    ("/o/{token}/bank-files/{file}/content", Read, Payout),
    ("/o/{token}/bank", Read, Payout),
    ("/o/{token}/bank/{line}", Read, Payout),
    ("/o/{token}/safe.csv", Read, Read),
    ("/o/{token}/settlement", Read, Links),
    ("/o/{token}/settlement/approve", Approve, Approve),
    ("/o/{token}/settlement/{link}/{day}", Read, Read),
    ("/o/{token}/settlement/{link}/{day}/statement.json", Read, Read),
    ("/o/{token}/settlement/{link}/{day}/entries.csv", Read, Read),
    ("/o/{token}/partners", Read, Terms),
    ("/o/{token}/partners/suspend", Links, Links),
    ("/o/{token}/partners/{partner}/{day}", Read, Read),
    ("/o/{token}/partners/{partner}/{day}/ours.csv", Read, Read),
    ("/o/{token}/partners/{partner}/{day}/theirs.csv", Read, Read),
    ("/o/{token}/referrers", Read, Terms),
    ("/o/{token}/connectors", Read, Payout),
    ("/o/{token}/events", Read, Read),
    ("/o/{token}/staff", Staff, Staff),
    ("/o/{token}/staff/{person}", Staff, Staff),
    ("/o/{token}/trail", Read, Read),
    ("/o/{token}/trail.csv", Read, Read),
];

/// What a request for a page belongs to; none for a page that is not in the table.
pub fn scope(method: &Method, path: &str) -> Option<Scope> {
    let (_, look, send) = PAGES.iter().find(|(known, ..)| *known == path)?;
    Some(if *method == Method::GET || *method == Method::HEAD { *look } else { *send })
}

/// Whether it moves money or rights: a session that rested too long does it no more.
pub const fn is_grave(scope: Scope) -> bool {
    !matches!(scope, Any | Till | Pay | Read)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of a router's source.
    fn routes(source: &str) -> impl Iterator<Item = &str> {
        source.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1))
    }

    #[test]
    fn every_page_of_a_window_stands_in_the_table_once() {
        let sources = [
            include_str!("desk/mod.rs"),
            include_str!("board/mod.rs"),
            include_str!("devices/mod.rs"),
            include_str!("staff/mod.rs"),
            include_str!("referrers.rs"),
        ];
        let windows = ["/t/{token}", "/w/{token}", "/o/{token}", "/me"];
        let mut found = Vec::new();
        for path in sources.iter().flat_map(|source| routes(source)) {
            if windows.iter().any(|window| path.starts_with(window)) {
                assert!(scope(&Method::GET, path).is_some(), "{path} has no row in pages.rs");
                found.push(path);
            }
        }
        for (path, ..) in PAGES {
            assert_eq!(found.iter().filter(|known| *known == path).count(), 1, "{path}");
        }
        assert_eq!(scope(&Method::POST, "/t/{token}/nowhere"), None);
    }
}
