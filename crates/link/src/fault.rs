//! Why something did not cross, in stable words.

/// The codes that this crate gives. `corridor_key_missing` and `corridor_unreachable` are only found
/// by the side that asks.
pub const CODES: &[&str] = &[
    "corridor_body_differs",
    "corridor_clock",
    "corridor_key_missing",
    "corridor_key_revoked",
    "corridor_key_unknown",
    "corridor_malformed",
    "corridor_not_handled",
    "corridor_replayed",
    "corridor_signature_invalid",
    "corridor_signature_missing",
    "corridor_unreachable",
    "corridor_version",
    "corridor_wrong_cell",
];

/// Why something did not cross.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// One of [`CODES`], or of those that the other side's cell answers.
    pub code: &'static str,
    /// One sentence: what is wrong and what to do.
    pub detail: String,
    /// Whether the other side said so, and not we.
    pub theirs: bool,
}

impl Fault {
    /// What this side found.
    pub fn ours(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), theirs: false }
    }

    /// What the other side said. A word that is not known here is a neighbour of a later version.
    pub fn theirs(code: &str, detail: &str) -> Self {
        let known = CODES.iter().chain(ANSWERED).find(|known| **known == code);
        let code = known.copied().unwrap_or("corridor_malformed");
        let detail = detail.chars().take(300).collect();
        Self { code, detail, theirs: true }
    }
}

/// Words of the other side's cell and edge that may come back from it.
const ANSWERED: &[&str] = &[
    "cell_busy",
    "cell_starting",
    "cell_stopping",
    "clock_jumped",
    "internal",
    "journal_full",
    "link_not_found",
    "outcome_unknown",
    "payment_not_found",
    "rate_limited",
    "store_differs",
    "store_not_found",
];
