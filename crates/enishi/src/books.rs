//! The audit as the API serves it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use server::audit::{Audit, AuditReport, AuditedCell};

/// A result younger than this is given again instead of going over the books once more.
const YOUNG: Duration = Duration::from_secs(5);

/// Goes over the journals of a data folder, one reader at a time.
pub struct Books {
    data: PathBuf,
    newest: Mutex<Option<(Instant, AuditReport)>>,
}

impl Books {
    /// Over the journals below `data`.
    pub fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), newest: Mutex::new(None) }
    }
}

impl Audit for Books {
    fn report(&self) -> Result<AuditReport, String> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, report)) = &*newest
            && at.elapsed() < YOUNG
        {
            return Ok(report.clone());
        }
        let report = audit::run(&self.data).map_err(|why| why.to_string())?;
        let cells = report.cells.iter().map(|cell| AuditedCell {
            cell: cell.name.clone(),
            position: cell.position,
            hash: cell.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            records: cell.records,
            accounts: cell.accounts,
            payments: cell.payments,
        });
        let told = AuditReport {
            at: jiff::Timestamp::now().to_string(),
            clean: report.is_ok(),
            cells: cells.collect(),
            differences: report.differences.iter().map(ToString::to_string).collect(),
        };
        *newest = Some((Instant::now(), told.clone()));
        Ok(told)
    }
}
