//! Makes the directory that `banks` ships from the package `zengin-code` of PyPI.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use banks::Directory;
use serde_json::Value;

const TARGET: &str = "crates/banks/data/banks.dat";
const DATA: &str = "zengin_code/source-data/data";

/// Writes the directory anew from the package unpacked at `package`.
pub(crate) fn update(root: &Path, package: &Path) -> Result<()> {
    let data = package.join(DATA);
    let day = fs::read_to_string(data.join("updated_at")).context("the package's updated_at")?;
    let source =
        format!("zengin-code {} (PyPI, MIT), data of {}", version_of(package)?, dashed(&day)?);
    let packed = banks::pack(&source, &lines_of(&data)?);
    let new = Directory::parse(&packed).context("the package makes no valid directory")?;
    let target = root.join(TARGET);
    match fs::read(&target).ok().and_then(|old| Directory::parse(&old).ok()) {
        Some(old) => changes(&old, &new).iter().for_each(|change| println!("{change}")),
        None => println!("there was no directory before"),
    }
    fs::write(&target, &packed).with_context(|| target.display().to_string())?;
    println!(
        "{TARGET}: {}: {} banks, {} branches, {} bytes",
        new.source(),
        new.banks().len(),
        new.branch_count(),
        packed.len()
    );
    Ok(())
}

/// The version as the package's own description has it.
fn version_of(package: &Path) -> Result<String> {
    for entry in fs::read_dir(package).with_context(|| package.display().to_string())? {
        let metadata = entry?.path().join("METADATA");
        let Ok(text) = fs::read_to_string(&metadata) else { continue };
        if text.lines().any(|line| line == "Name: zengin_code") {
            let version = text.lines().find_map(|line| line.strip_prefix("Version: "));
            return version.map(str::to_owned).context("the package says no version");
        }
    }
    bail!("{} is not the unpacked package zengin-code", package.display())
}

/// `20260824` as `2026-08-24`.
fn dashed(day: &str) -> Result<String> {
    match day.trim() {
        day if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]))
        }
        other => bail!("'{other}' is no day"),
    }
}

/// The unpacked form of the crate: see `crates/banks/src/data.rs`.
fn lines_of(data: &Path) -> Result<String> {
    let banks = entries_of(&data.join("banks.json"))?;
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(data.join("branches")).context("the package's branches")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        codes.insert(name.strip_suffix(".json").context("a file of branches")?.to_owned());
    }
    let mut lines = String::new();
    let mut branches = 0;
    for (code, bank) in &banks {
        writeln!(lines, "={code}\t{}", names_of(bank)?)?;
        branches += write_branches(&mut lines, data, code)?;
    }
    for code in codes.iter().filter(|code| !banks.contains_key(*code)) {
        writeln!(lines, "!{code}")?;
        branches += write_branches(&mut lines, data, code)?;
    }
    writeln!(lines, ".{}\t{branches}", banks.len())?;
    Ok(lines)
}

fn write_branches(lines: &mut String, data: &Path, bank: &str) -> Result<usize> {
    let branches = entries_of(&data.join("branches").join(format!("{bank}.json")))?;
    let mut before = 0;
    for (code, branch) in &branches {
        let number: u16 = code.parse().with_context(|| format!("a branch '{code}' of {bank}"))?;
        lines.push_str(&names_of(branch)?);
        match number - before {
            1 => writeln!(lines)?,
            step => writeln!(lines, "\t{step}")?,
        }
        before = number;
    }
    Ok(branches.len())
}

fn entries_of(file: &Path) -> Result<BTreeMap<String, Value>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

/// Name and kana with a tab between.
fn names_of(entry: &Value) -> Result<String> {
    let field = |name: &str| entry[name].as_str().with_context(|| format!("{entry} has no {name}"));
    // Names of foreign banks have full stops, which a bank's name may not have in a file.
    let kana = field("kana")?.replace('．', " ");
    let kana = kana::read(&kana, kana::Charset::Office).with_context(|| format!("{entry}"))?;
    Ok(format!("{}\t{}", field("name")?, kana.wide()))
}

fn changes(old: &Directory, new: &Directory) -> Vec<String> {
    let mut found = Vec::new();
    for bank in old.banks() {
        match new.bank(bank.code) {
            Err(_) => found.push(format!("- {} {}", bank.code, bank.name)),
            Ok(now) if now != bank => {
                let (was, is) = (bank.branches().len(), now.branches().len());
                found.push(format!("~ {} {}: {was} → {is} branches", now.code, now.name));
            }
            Ok(_) => {}
        }
    }
    for bank in new.banks().iter().filter(|bank| old.bank(bank.code).is_err()) {
        found.push(format!("+ {} {}", bank.code, bank.name));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A package of one bank and one that was closed.
    fn package(folder: &Path, name: &str) {
        let entry = |code: &str, name: &str, kana: &str| {
            format!(r#"{{"{code}":{{"code":"{code}","name":"{name}","kana":"{kana}"}}}}"#)
        };
        let data = folder.join(DATA);
        write(&data.join("banks.json"), &entry("2476", name, "ヒダ．シンクミ"));
        write(&data.join("branches/2476.json"), &entry("001", "本店営業部", "ホンテン"));
        write(&data.join("branches/0533.json"), &entry("002", "東", "ヒガシ"));
        write(&data.join("updated_at"), "20260824");
        let metadata = "Metadata-Version: 2.4\nName: zengin_code\nVersion: 1.1.0.20260824\n";
        write(&folder.join("zengin_code.dist-info/METADATA"), metadata);
    }

    #[test]
    fn a_package_becomes_a_directory() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("crates/banks/data")).unwrap();
        package(&root.join("one"), "飛騨信組");
        update(root, &root.join("one")).unwrap();
        let first = Directory::parse(&fs::read(root.join(TARGET)).unwrap()).unwrap();
        assert_eq!(first.source(), "zengin-code 1.1.0.20260824 (PyPI, MIT), data of 2026-08-24");
        let bank = first.bank("2476".parse().unwrap()).unwrap();
        assert_eq!((&*bank.name, bank.kana.to_string()), ("飛騨信組", "ﾋﾀﾞ ｼﾝｸﾐ".to_owned()));
        assert_eq!((first.branch_count(), first.closed().count()), (2, 1));

        package(&root.join("two"), "飛騨");
        update(root, &root.join("two")).unwrap();
        let second = Directory::parse(&fs::read(root.join(TARGET)).unwrap()).unwrap();
        assert_eq!(changes(&first, &second), ["~ 2476 飛騨: 1 → 1 branches"]);
        assert!(changes(&second, &second).is_empty());

        write(&root.join("two").join(DATA).join("updated_at"), "yesterday");
        assert!(update(root, &root.join("two")).is_err());
        assert!(update(root, &root.join("nowhere")).is_err());
    }
}
