//! Who goes over the books; the binary brings it along.

use std::sync::Arc;
use std::time::Duration;

use ::audit::Report;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::Moment;
use crate::edge::Edge;
use crate::problem::Problem;

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

/// What an audit found, and when.
#[derive(Clone, Debug)]
pub struct Audited {
    /// All of it.
    pub report: Arc<Report>,
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

/// Goes over the journals of this process.
pub trait Audit: Send + Sync {
    /// The newest result, going over the books if there is none or it is old. May take a while;
    /// it is called where waiting is allowed.
    ///
    /// # Errors
    /// A sentence when the books can't be read.
    fn audited(&self) -> Result<Audited, String>;
}

impl AuditReport {
    /// What the API tells of an audit.
    pub fn of(audited: &Audited) -> Self {
        let Audited { report, at, .. } = audited;
        let cells = report.cells.iter().map(|cell| AuditedCell {
            cell: cell.name.clone(),
            position: cell.position,
            hash: cell.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            records: cell.records,
            accounts: cell.accounts,
            payments: cell.payments,
            parties_forgotten: cell.forgotten_count(),
            parties_to_forget: cell.pending().count() as u64,
        });
        Self {
            at: Moment(*at).to_string(),
            clean: report.is_ok(),
            cells: cells.collect(),
            differences: report.differences.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Goes over the books of an edge.
///
/// # Errors
/// `audit_not_available` when it has no audit, or can't read the books now.
pub async fn run(edge: &Edge) -> Result<Audited, Problem> {
    let unavailable = |detail: String| Problem::new("audit_not_available", detail);
    let audit = edge.audit().ok_or_else(|| unavailable("This server has no audit.".to_owned()))?;
    let audit = Arc::clone(audit);
    let audited = tokio::task::spawn_blocking(move || audit.audited()).await;
    audited.map_err(|_| Problem::internal())?.map_err(unavailable)
}
