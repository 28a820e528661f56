//! The audit as the API and the pages serve it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cell::{Clock, SystemClock};
use server::audit::{Audit, Audited};
use vault::Vault;

/// A result younger than this is given again instead of going over the books once more.
const YOUNG: Duration = Duration::from_secs(5);

/// Goes over the journals of a data folder, one reader at a time, and asks the vaults of its cells.
pub struct Books {
    data: PathBuf,
    vaults: Vec<(String, Arc<Vault>)>,
    newest: Mutex<Option<(Instant, Audited)>>,
}

impl Books {
    /// Over the journals below `data`, and the vaults of its cells by name.
    pub fn new(data: &Path, vaults: Vec<(String, Arc<Vault>)>) -> Self {
        Self { data: data.to_owned(), vaults, newest: Mutex::new(None) }
    }
}

impl Audit for Books {
    fn audited(&self) -> Result<Audited, String> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, audited)) = &*newest
            && at.elapsed() < YOUNG
        {
            return Ok(audited.clone());
        }
        let began = Instant::now();
        let mut report = audit::run(&self.data).map_err(|why| why.to_string())?;
        for (cell, vault) in &self.vaults {
            report.ask_vault(cell, |party| vault.has_key(party.0).ok());
        }
        let audited =
            Audited { report: Arc::new(report), at: SystemClock.wall(), took: began.elapsed() };
        *newest = Some((Instant::now(), audited.clone()));
        Ok(audited)
    }
}
