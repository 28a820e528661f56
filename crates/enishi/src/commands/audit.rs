//! `enishi audit`: replays everything and checks it.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cli::Audit;

/// Prints what was counted; exit code 1 on any difference.
pub fn run(options: &Audit) -> Result<ExitCode> {
    let report = audit::run(&options.data)
        .with_context(|| format!("{} can't be audited", options.data.display()))?;
    if options.json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
