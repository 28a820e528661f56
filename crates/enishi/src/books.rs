//! The audit as the API serves it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use server::audit::{Audit, AuditReport, AuditedCell};
use vault::Vault;

/// A result younger than this is given again instead of going over the books once more.
const YOUNG: Duration = Duration::from_secs(5);

/// Goes over the journals of a data folder, one reader at a time, and asks the vaults of its cells.
pub struct Books {
    data: PathBuf,
    vaults: Vec<(String, Arc<Vault>)>,
    newest: Mutex<Option<(Instant, AuditReport)>>,
}

impl Books {
    /// Over the journals below `data`, and the vaults of its cells by name.
    pub fn new(data: &Path, vaults: Vec<(String, Arc<Vault>)>) -> Self {
        Self { data: data.to_owned(), vaults, newest: Mutex::new(None) }
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
        let mut report = audit::run(&self.data).map_err(|why| why.to_string())?;
        for (cell, vault) in &self.vaults {
            report.ask_vault(cell, |party| vault.has_key(party.0).ok());
        }
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
