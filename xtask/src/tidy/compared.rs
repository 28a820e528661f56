//! `docs/compared.md` promises tests by name: each of them must exist, in the crate that it says.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::{Violation, files_below};

const PAGE: &str = "docs/compared.md";

/// The tests that the page names and no crate has.
pub(super) fn check(root: &Path) -> Result<Vec<Violation>> {
    let Ok(page) = std::fs::read_to_string(root.join(PAGE)) else { return Ok(Vec::new()) };
    let mut sources = BTreeMap::<String, String>::new();
    let mut missing = Vec::new();
    for (line, crate_name, test) in promised(&page) {
        if !sources.contains_key(crate_name) {
            sources.insert(crate_name.to_owned(), source_of(&root.join("crates").join(crate_name)));
        }
        if !sources[crate_name].contains(&format!("fn {test}(")) {
            let what = format!("there is no test {test} in {crate_name}");
            missing.push(Violation::new(PAGE, line, what));
        }
    }
    Ok(missing)
}

/// Every `crate::test` between backticks, with its line.
fn promised(page: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    page.lines().enumerate().flat_map(|(at, line)| {
        let named = line.split('`').skip(1).step_by(2);
        named.filter_map(move |name| {
            let (crate_name, test) = name.split_once("::")?;
            Some((at + 1, crate_name, test))
        })
    })
}

/// All that is written in a crate; nothing for one that is not there.
fn source_of(folder: &Path) -> String {
    let files = files_below(folder).unwrap_or_default();
    let rust = files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
    rust.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_without_a_test_is_found() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("crates/pay/tests/laws.rs", "#[test]\nfn it_holds() {}\n");
        write(PAGE, "| a | `pay::it_holds`, `cargo run` |\n| b | `pay::it_is_new`, `gone::x` |\n");
        let found = check(root.path()).unwrap();
        let told: Vec<_> = found.iter().map(|it| (it.line, it.what.as_str())).collect();
        let expected =
            [(2, "there is no test it_is_new in pay"), (2, "there is no test x in gone")];
        assert_eq!(told, expected);
    }
}
