//! Collects the files, lets the rules loose on them, sorts what they say.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod compared;
mod hash_order;
mod law;
mod licences;
mod manifests;
mod source;
mod spdx;
mod strip;

/// The crates that decide: pure functions, with a short list of what they may use.
const DOMAIN: [&str; 9] =
    ["kernel", "ledger", "corridor", "pay", "shop", "park", "ride", "stay", "economy"];

/// A place and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    file: String,
    line: usize,
    what: String,
}

impl Violation {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.into(), line, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// All violations in the workspace at `root`, in the order of files and lines.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    let amounts = law::amounts(&read_terms(root)?);
    for path in
        files_below(&root.join("crates"))?.into_iter().chain(files_below(&root.join("xtask"))?)
    {
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        if !source::concerns(&name) {
            continue;
        }
        // A file that another editor holds may vanish between the listing and the reading.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        violations.extend(source::check(&name, &text));
        violations.extend(source::check_law(&name, &text, &amounts));
    }
    for folder in folders_in(&root.join("crates"))? {
        let manifest = folder.join("Cargo.toml");
        let name = manifest.strip_prefix(root)?.to_string_lossy().into_owned();
        let text = fs::read_to_string(&manifest).with_context(|| format!("{name} is missing"))?;
        violations.extend(manifests::check(&name, &text)?);
    }
    violations.extend(licences::check(root)?);
    violations.extend(compared::check(root)?);
    violations.sort();
    violations.dedup();
    Ok(violations)
}

/// The terms that ship; none where there are none, as in a test's folder.
fn read_terms(root: &Path) -> Result<toml::Table> {
    let path = root.join("crates/market/data/terms.toml");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(toml::Table::new()) };
    text.parse().with_context(|| path.display().to_string())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let is_hidden_or_built =
                entry.file_name().to_str().is_none_or(|n| n.starts_with('.') || n == "target");
            if is_hidden_or_built {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}
