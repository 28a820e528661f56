//! The licence of everything that is built in.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Violation, spdx};

pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let metadata = metadata(root)?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    judge(&metadata, &lock)
}

/// What cargo knows of this platform's packages: those of others may never have been downloaded.
fn metadata(root: &Path) -> Result<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &host()?])
        .output()
        .context("cargo metadata could not be started")?;
    if !output.status.success() {
        bail!(
            "the licences can't be read (run `cargo fetch` once if it says offline): {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")
}

fn host() -> Result<String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc could not be started")?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .context("rustc -vV names no host")
}

fn judge(metadata: &Value, lock: &str) -> Result<Vec<Violation>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let version = package["version"].as_str().unwrap_or_default();
        let what = match package["license"].as_str() {
            Some(licence) if spdx::is_allowed(licence) => continue,
            Some(licence) => format!("{name} {version} is under `{licence}`, which is not allowed"),
            None => format!("{name} {version} names no licence"),
        };
        let line = lock.lines().position(|line| line == format!("name = \"{name}\""));
        found.push(Violation::new("Cargo.lock", line.map_or(1, |at| at + 1), what));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_judged_by_their_licence() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "good", "version": "1.0.0", "license": "MIT OR Apache-2.0" },
            { "name": "bad", "version": "2.0.0", "license": "GPL-3.0-only" },
            { "name": "silent", "version": "3.0.0", "license": null },
        ]});
        let lock = "[[package]]\nname = \"bad\"\n\n[[package]]\nname = \"silent\"\n";
        let said: Vec<String> =
            judge(&metadata, lock).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "Cargo.lock:2: bad 2.0.0 is under `GPL-3.0-only`, which is not allowed",
                "Cargo.lock:5: silent 3.0.0 names no licence",
            ]
        );
        assert!(judge(&serde_json::json!({}), lock).is_err());
    }
}
