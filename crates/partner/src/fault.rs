//! Why something did not pass, in stable words.

use link::Fault;

use crate::ask::WINDOW_S;

/// The codes that this crate gives. `partner_key_missing` and `partner_unreachable` are only found by
/// the side that asks.
pub const CODES: &[&str] = &[
    "partner_body_differs",
    "partner_clock",
    "partner_key_missing",
    "partner_key_revoked",
    "partner_key_unknown",
    "partner_malformed",
    "partner_not_handled",
    "partner_out_of_order",
    "partner_replayed",
    "partner_signature_invalid",
    "partner_signature_missing",
    "partner_stopped",
    "partner_unknown",
    "partner_unreachable",
    "partner_version",
    "partner_witness_differs",
];

/// Words of the other side's cell and edge that may come back from it.
const ANSWERED: &[&str] = &[
    "body_too_large",
    "cell_busy",
    "cell_starting",
    "cell_stopping",
    "internal",
    "journal_full",
    "outcome_unknown",
    "payment_not_found",
    "place_withdrawn",
    "rate_limited",
    "store_differs",
    "store_not_found",
];

/// What the other side said. A word that is not known here is told in the sentence.
pub(crate) fn theirs(code: &str, detail: &str) -> Fault {
    let known = CODES.iter().chain(ANSWERED).find(|known| **known == code);
    let plain = |text: &str, most: usize| -> String {
        text.chars().filter(|c| !c.is_control()).take(most).collect()
    };
    let detail = match known {
        Some(_) => plain(detail, 300),
        None => format!("{}: {}", plain(code, 40), plain(detail, 300)),
    };
    let code = known.copied().unwrap_or("partner_malformed");
    Fault { code, detail, theirs: true }
}

/// What is said of two clocks that are too far apart.
pub(crate) fn clocks(now: u64, theirs: u64) -> String {
    let apart = now.abs_diff(theirs);
    let way = if theirs > now { "ahead of" } else { "behind" };
    format!(
        "It was signed {apart} s {way} this side's clock, and at most {WINDOW_S} s are taken; set \
         both machines' clocks right, and sign anew for each try."
    )
}
