//! `enishi audit`: replays everything and checks it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use audit::Report;

use crate::cli::Audit;

/// Prints what was counted; exit code 1 on any difference.
pub fn run(options: &Audit) -> Result<ExitCode> {
    let report = report(&options.data)?;
    if options.json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Goes over the journals of the data folders, and looks into their vaults.
pub fn report(data: &[PathBuf]) -> Result<Report> {
    let folders: Vec<_> = data.iter().map(PathBuf::as_path).collect();
    let named = || {
        let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        format!("{} can't be audited", names.join(" and "))
    };
    let mut report = audit::run_all(&folders).with_context(named)?;
    for folder in &folders {
        ask_vaults(&mut report, folder);
    }
    Ok(report)
}

/// Who was forgotten must have no key. A vault that can't be read just now, or that lies elsewhere,
/// is not asked, and the report says so.
fn ask_vaults(report: &mut Report, data: &Path) {
    let cells: Vec<String> = report.cells.iter().map(|cell| cell.name.clone()).collect();
    for cell in cells.into_iter().filter(|cell| data.join(cell).is_dir()) {
        if let Ok(parties) = vault::parties_with_key(&data.join(&cell)) {
            report.ask_vault(&cell, |party| Some(parties.contains(&party.0)));
        }
    }
}
