//! The arrows between crates, and what the domain may depend on.

use anyhow::{Context, Result};

use super::{DOMAIN, Violation};

/// What the domain crates may use besides one another.
const DOMAIN_MAY_USE: [&str; 3] = ["blake3", "minicbor", "thiserror"];

/// Crates of the workspace, from the bottom up. A crate may depend on those of a lower row only, so
/// two of one row never import each other: no vertical knows another, no leaf the domain.
const ROWS: [&[&str]; 11] = [
    &["kernel", "calendar", "kana", "market", "passkey", "qr"],
    &["ledger", "banks", "connector", "corridor", "journal", "vault"],
    &["pay", "bankfile", "connectors", "iso20022"],
    &["shop", "park", "ride", "stay"],
    &["economy"],
    &["audit", "cell"],
    &["link", "views", "years"],
    &["partner"],
    &["bench", "server", "sim"],
    &["enishi"],
    &["e2e", "wechat-counterpart"],
];

/// What is wrong with one crate's manifest. `file` is its path from the root.
pub(crate) fn check(file: &str, text: &str) -> Result<Vec<Violation>> {
    let manifest: toml::Table = text.parse().with_context(|| file.to_owned())?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .with_context(|| format!("{file} names no package"))?;
    let Some(row) = row_of(name) else {
        let what =
            format!("`{name}` has no row: say where it stands in xtask/src/tidy/manifests.rs");
        return Ok(vec![Violation::new(file, 1, what)]);
    };
    let mut found = Vec::new();
    for (key, package) in dependencies(&manifest) {
        let line = line_of(text, &key);
        let other = row_of(&package);
        if other.is_some_and(|other| other >= row) {
            let what = format!("`{name}` may not know `{package}`: arrows point down");
            found.push(Violation::new(file, line, what));
        }
        let is_inside = DOMAIN.contains(&package.as_str()) || DOMAIN_MAY_USE.contains(&&*package);
        if DOMAIN.contains(&name) && !is_inside {
            let what = format!(
                "`{name}` is of the domain and may use {} alone, not `{package}`",
                DOMAIN_MAY_USE.join(", ")
            );
            found.push(Violation::new(file, line, what));
        }
    }
    Ok(found)
}

fn row_of(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

/// Key and package of everything that is built into the crate: not what its tests use.
fn dependencies(manifest: &toml::Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = std::iter::once(manifest).chain(
        targets.into_iter().flat_map(|targets| targets.values()).filter_map(|t| t.as_table()),
    );
    for table in tables {
        for kind in ["dependencies", "build-dependencies"] {
            let Some(entries) = table.get(kind).and_then(toml::Value::as_table) else { continue };
            for (key, entry) in entries {
                let package = entry.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                found.push((key.clone(), package.to_owned()));
            }
        }
    }
    found
}

fn line_of(text: &str, key: &str) -> usize {
    let at = text.lines().position(|line| {
        line.trim_start()
            .trim_start_matches('"')
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"']))
    });
    at.map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, rest: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{name}\"\n{rest}");
        check("Cargo.toml", &text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(
            said("pay", "[dependencies]\nkernel.workspace = true\nshop.workspace = true\n"),
            ["Cargo.toml:5: `pay` may not know `shop`: arrows point down"]
        );
        for (name, other) in [
            ("kernel", "ledger"),
            ("ledger", "corridor"),
            ("shop", "park"),
            ("cell", "server"),
            ("server", "enishi"),
            ("server", "sim"),
        ] {
            let manifest = format!("[dependencies]\n{other} = {{ path = \"x\" }}\n");
            assert_eq!(said(name, &manifest).len(), 1, "{name} → {other}");
        }
        for (name, other) in [
            ("ledger", "kernel"),
            ("pay", "corridor"),
            ("stay", "pay"),
            ("economy", "stay"),
            ("cell", "journal"),
            ("server", "vault"),
            ("enishi", "sim"),
        ] {
            assert_eq!(said(name, &format!("[dependencies]\n{other}.workspace = true\n")), [""; 0]);
        }
    }

    #[test]
    fn the_domain_uses_what_is_on_its_list() {
        let allowed = "[dependencies]\nkernel.workspace = true\nminicbor.workspace = true\n\
                       [dev-dependencies]\nproptest.workspace = true\n";
        assert_eq!(said("ledger", allowed), [""; 0]);
        for rest in [
            "[dependencies]\nserde_json.workspace = true\n",
            "[build-dependencies]\ncc = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n",
            "[dependencies]\nminicbor = { package = \"tokio\", version = \"1\" }\n",
            "[dependencies]\njournal.workspace = true\n",
            "[dependencies.tokio]\nversion = \"1\"\n",
        ] {
            assert!(!said("economy", rest).is_empty(), "{rest}");
        }
        assert_eq!(said("server", "[dependencies]\ntokio.workspace = true\n"), [""; 0]);
    }

    #[test]
    fn a_new_crate_must_say_where_it_stands() {
        assert!(said("bridge", "")[0].contains("has no row"), "{:?}", said("bridge", ""));
    }
}
