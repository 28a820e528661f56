//! Who goes over the books; the binary brings it along.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an audit counted and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditReport {
    /// When it ended, RFC 3339.
    #[schema(example = "2026-11-22T16:00:00Z")]
    pub at: String,
    /// Whether nothing differs.
    pub clean: bool,
    /// What was counted, one line a cell.
    pub cells: Vec<AuditedCell>,
    /// What differs, each in one sentence with its place.
    pub differences: Vec<String>,
}

/// What was counted in one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditedCell {
    /// Its name.
    #[schema(example = "jp")]
    pub cell: String,
    /// The last position that was read.
    pub position: u64,
    /// Its hash in hexadecimal.
    pub hash: String,
    /// Records read.
    pub records: u64,
    /// Accounts whose debits and credits were added up.
    pub accounts: u64,
    /// Payments seen.
    pub payments: u64,
    /// Parties that were forgotten.
    pub parties_forgotten: u64,
    /// Parties that asked to be forgotten and are not yet.
    pub parties_to_forget: u64,
}

/// Goes over the journals of this process.
pub trait Audit: Send + Sync {
    /// The newest result, going over the books if there is none or it is old. May take a while;
    /// it is called where waiting is allowed.
    ///
    /// # Errors
    /// A sentence when the books can't be read.
    fn report(&self) -> Result<AuditReport, String>;
}
