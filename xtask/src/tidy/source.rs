//! The rules on one source file.

use std::collections::BTreeSet;

use super::hash_order;
use super::strip::strip;
use super::{DOMAIN, Violation};

/// Above this a file is more than one thing.
const MOST_LINES: usize = 600;

/// Words that mark what is not finished, put together here so that this file may be checked, too.
const UNFINISHED: [&str; 3] =
    [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("FIX", "ME")];

/// The sign that both countries write, half and full width.
const BARE_SIGNS: [char; 2] = ['\u{a5}', '\u{ffe5}'];

/// Names that have no place where things are decided, and why.
const NOT_IN_THE_DOMAIN: [(&str, &str); 16] = [
    ("f32", "no floats near money: use integers of minor units, or Decimal"),
    ("f64", "no floats near money: use integers of minor units, or Decimal"),
    ("SystemTime", "no clock in the domain: time comes in with the context"),
    ("Instant", "no clock in the domain: time comes in with the context"),
    ("UNIX_EPOCH", "no clock in the domain: time comes in with the context"),
    ("rand", "no randomness in the domain: ids come in with the command"),
    ("getrandom", "no randomness in the domain: ids come in with the command"),
    ("thread_rng", "no randomness in the domain: ids come in with the command"),
    ("RandomState", "no randomness in the domain: a seed comes in from outside"),
    ("fs", "no I/O in the domain: that is the edge's, the cell's or the journal's"),
    ("net", "no I/O in the domain: that is the edge's, the cell's or the journal's"),
    ("env", "no environment in the domain: configuration enters as commands"),
    ("thread", "no threads in the domain: a cell decides one thing at a time"),
    ("tokio", "nothing asynchronous in the domain"),
    ("async", "nothing asynchronous in the domain"),
    ("await", "nothing asynchronous in the domain"),
];

/// Of those, the ones that are everyday words and count only as `std::…`.
const ONLY_OF_STD: [&str; 5] = ["fs", "net", "env", "thread", "rand"];

/// Whether there are rules for a file of this name.
pub(crate) fn concerns(file: &str) -> bool {
    [".rs", ".js", ".ftl", ".css", ".html"].iter().any(|end| file.ends_with(end))
}

/// What is wrong in one file. `file` is its path from the root, with `/`.
pub(crate) fn check(file: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let is_rust = file.ends_with(".rs");
    if is_rust || file.ends_with(".js") {
        check_length(file, text, &mut found);
    }
    if !is_rust {
        check_signs(file, text, &mut found);
        return found;
    }
    let stripped = strip(text);
    check_unfinished(file, text, &mut found);
    if file.ends_with("/src/lib.rs") {
        check_introduction(file, text, &mut found);
    }
    if !is_test(file) {
        // Comments may speak of the sign, and tests may forbid it.
        check_signs(file, &stripped.without_comments, &mut found);
        if DOMAIN.iter().any(|name| file.starts_with(&format!("crates/{name}/src/"))) {
            check_domain(file, &stripped.code, &mut found);
        }
    }
    found
}

/// Amounts of law where payments are judged or served.
pub(crate) fn check_law(file: &str, text: &str, amounts: &BTreeSet<u64>) -> Vec<Violation> {
    let judges = DOMAIN.iter().chain(&["server"]);
    let mut judges = judges.map(|name| format!("crates/{name}/src/"));
    if !file.ends_with(".rs") || is_test(file) || !judges.any(|start| file.starts_with(&start)) {
        return Vec::new();
    }
    let found = super::law::constants(file, &strip(text).code, amounts);
    let what = |literal| format!("{literal} is an amount of law: it is dated data, not code");
    found.into_iter().map(|(line, literal)| Violation::new(file, line, what(literal))).collect()
}

/// A file of tests or benchmarks; modules of tests inside a file are stripped elsewhere.
fn is_test(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    file.contains("/tests/")
        || file.contains("/benches/")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
}

fn check_length(file: &str, text: &str, found: &mut Vec<Violation>) {
    let lines = text.lines().count();
    let has_reason = text.lines().any(|line| {
        line.trim_start().strip_prefix("// long: ").is_some_and(|reason| reason.len() >= 10)
    });
    if lines > MOST_LINES && !has_reason {
        let what = format!(
            "{lines} lines, over {MOST_LINES}: split it, or say why not in a line `// long: reason`"
        );
        found.push(Violation::new(file, MOST_LINES + 1, what));
    }
}

fn check_introduction(file: &str, text: &str, found: &mut Vec<Violation>) {
    for word in ["**Invariants**", "**Absent**"] {
        if !text.lines().any(|line| line.starts_with("//!") && line.contains(word)) {
            let what = format!("the crate's introduction has no {word}");
            found.push(Violation::new(file, 1, what));
        }
    }
}

fn check_unfinished(file: &str, text: &str, found: &mut Vec<Violation>) {
    for (number, line) in numbered(text) {
        for word in UNFINISHED.iter().filter(|word| line.contains(**word)) {
            found.push(Violation::new(file, number, format!("`{word}`: finish it")));
        }
    }
}

fn check_signs(file: &str, text: &str, found: &mut Vec<Violation>) {
    for (number, line) in numbered(text) {
        if line.contains(BARE_SIGNS) {
            let what = "a bare yen or yuan sign: both countries write it, so name the currency";
            found.push(Violation::new(file, number, what));
        }
    }
}

fn check_domain(file: &str, code: &str, found: &mut Vec<Violation>) {
    for (number, line) in numbered(code) {
        for (at, word) in words(line) {
            let Some((_, why)) = NOT_IN_THE_DOMAIN.iter().find(|(name, _)| *name == word) else {
                continue;
            };
            let is_path =
                line[..at].ends_with("std::") || line[at + word.len()..].starts_with("::");
            if is_path || !ONLY_OF_STD.contains(&word) {
                found.push(Violation::new(file, number, format!("`{word}`: {why}")));
            }
        }
    }
    for (number, name) in hash_order::iterations(code) {
        let what = format!(
            "`{name}` is a hash map and is iterated: its order must not reach an event; \
             use BTreeMap, or a Vec in a fixed order"
        );
        found.push(Violation::new(file, number, what));
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

/// The identifiers of a line, with their places.
pub(crate) fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.split(move |c| !is_word(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - line.as_ptr().addr(), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(file: &str, text: &str) -> Vec<String> {
        check(file, text).iter().map(ToString::to_string).collect()
    }

    /// One violation that begins so.
    fn says(file: &str, text: &str, expected: &str) {
        let said = said(file, text);
        assert!(said.len() == 1 && said[0].starts_with(expected), "{text}: {said:?}");
    }

    fn silent(file: &str, text: &str) {
        assert_eq!(said(file, text), [""; 0], "{text}");
    }

    const DOMAIN_FILE: &str = "crates/pay/src/decide.rs";

    #[test]
    fn long_files_need_a_reason() {
        let long = "x\n".repeat(601);
        says("crates/web/src/a.rs", &long, "crates/web/src/a.rs:601: 601 lines, over 600");
        says("crates/web/src/a.js", &long, "crates/web/src/a.js:601:");
        says("crates/web/src/a.rs", &format!("// long: no\n{long}"), "crates/web/src/a.rs:601:");
        silent("crates/web/src/a.rs", &format!("// long: one table of codes, read as one\n{long}"));
        silent("crates/web/src/a.rs", &"x\n".repeat(600));
        silent("crates/web/src/a.css", &long);
    }

    #[test]
    fn a_crate_introduces_itself() {
        let file = "crates/pay/src/lib.rs";
        silent(file, "//! Pays.\n//! **Invariants**: a\n//! **Absent**: b\n");
        says(file, "//! **Invariants**: a\n", "crates/pay/src/lib.rs:1: the crate's introduction");
        assert_eq!(said(file, "// **Invariants** **Absent**\n").len(), 2, "only `//!` counts");
        silent("crates/pay/src/state.rs", "//! Pays.\n");
    }

    #[test]
    fn nothing_is_left_unfinished() {
        for word in UNFINISHED {
            let line = format!("fn f() {{\n    {word}()\n}}\n");
            says("crates/web/src/a.rs", &line, "crates/web/src/a.rs:2: `");
            says("crates/web/tests/a.rs", &line, "crates/web/tests/a.rs:2: `");
        }
        silent("crates/web/src/a.rs", "// what is still to do\n");
    }

    #[test]
    fn a_sign_without_a_country_is_found() {
        for sign in BARE_SIGNS {
            let line = format!("let a = \"{sign}100\";\n");
            says("crates/web/src/a.rs", &line, "crates/web/src/a.rs:1: a bare");
            says(
                "crates/web/text/ja.ftl",
                &format!("a = 1\nb = {sign}\n"),
                "crates/web/text/ja.ftl:2:",
            );
            silent("crates/web/tests/a.rs", &line);
            silent("crates/web/src/a.rs", &format!("// never a bare {sign}\n"));
            let in_tests = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{line}}}\n");
            silent("crates/web/src/a.rs", &in_tests);
        }
        silent("crates/web/src/a.rs", "let a = \"100円 CNY\";\n");
    }

    #[test]
    fn the_domain_has_no_floats_clock_chance_or_files() {
        for (line, word) in [
            ("let a: f64 = 1.0;", "f64"),
            ("let a = b as f32;", "f32"),
            ("use std::time::SystemTime;", "SystemTime"),
            ("let a = Instant::now();", "Instant"),
            ("let a = rand::random();", "rand"),
            ("use std::fs;", "fs"),
            ("std::thread::spawn(f);", "thread"),
            ("async fn f() {}", "async"),
            ("tokio::spawn(f);", "tokio"),
        ] {
            says(DOMAIN_FILE, &format!("\n{line}\n"), &format!("{DOMAIN_FILE}:2: `{word}`"));
            silent("crates/cell/src/run.rs", line);
            silent("crates/pay/tests/laws.rs", line);
            silent(DOMAIN_FILE, &format!("// {line}\n"));
            silent(DOMAIN_FILE, &format!("#[cfg(test)]\nmod tests {{ {line} }}\n"));
        }
        silent(DOMAIN_FILE, "let f64_like = \"f64\"; let net = gross - fee; let thread = 1;");
    }

    #[test]
    fn the_domain_does_not_iterate_hash_maps() {
        let text = "struct S { open: HashMap<u32, u32> }\nfn f(s: &S) { s.open.values() }\n";
        says(DOMAIN_FILE, text, &format!("{DOMAIN_FILE}:2: `open` is a hash map"));
        silent("crates/cell/src/run.rs", text);
    }

    #[test]
    fn words_know_their_places() {
        assert_eq!(words("a::b_1 (c)").collect::<Vec<_>>(), [(0, "a"), (3, "b_1"), (8, "c")]);
    }
}
