//! Checks of the house that neither the compiler nor clippy knows.
//!
//! `cargo xtask tidy` reads the sources, the manifests and the licences of everything built, and
//! prints each violation as `file:line: what is wrong`. It needs no network. `cargo xtask banks` and
//! `cargo xtask holidays` renew the data that two crates ship, from packages that someone has
//! downloaded.
//!
//! **Invariants**
//! - Each rule is a function of text and is tried on text in a test, the bad and the good.
//! - A rule says what to do instead, not only what is wrong.
//!
//! **Absent**: changes no file but those data. Knows nothing of what the product does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

mod banks;
mod holidays;
mod tidy;

const USAGE: &str = "usage:
  cargo xtask tidy                     check what neither the compiler nor clippy knows
  cargo xtask banks PACKAGE            renew crates/banks/data (see its README.md)
  cargo xtask holidays PACKAGE DAY     renew crates/calendar/data (see its README.md)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => root().and_then(|root| run_tidy(&root)),
        ["banks", package] => root()
            .and_then(|root| banks::update(&root, Path::new(package)))
            .map(|()| ExitCode::SUCCESS),
        ["holidays", package, released] => root()
            .and_then(|root| holidays::update(&root, Path::new(package), released))
            .map(|()| ExitCode::SUCCESS),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::from(2)
    })
}

/// The workspace, as cargo says where it runs this from: what was compiled in would be wrong after
/// the folder was moved, or when two copies of it share a target folder.
fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start it as `cargo xtask`")?;
    let root = Path::new(&manifest).parent().context("xtask lies in no workspace")?;
    Ok(root.to_owned())
}

fn run_tidy(root: &Path) -> Result<ExitCode> {
    let violations = tidy::check(root)?;
    violations.iter().for_each(|violation| println!("{violation}"));
    match violations.len() {
        0 => println!("tidy: nothing to say"),
        1 => println!("tidy: 1 violation"),
        many => println!("tidy: {many} violations"),
    }
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
