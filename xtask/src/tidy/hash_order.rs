//! Finds where a hash map is walked through: a hint, by names, that no order of a hash leaks out.

use super::source::words;

const HASHED: [&str; 2] = ["HashMap", "HashSet"];

/// Methods that hand out entries in the map's own order.
const IN_ITS_ORDER: [&str; 12] = [
    "iter",
    "iter_mut",
    "into_iter",
    "keys",
    "into_keys",
    "values",
    "values_mut",
    "into_values",
    "drain",
    "retain",
    "union",
    "difference",
];

/// Line and name of each walk through something that the same file declares as a hash map.
/// `code` has no comments, texts or tests.
pub(crate) fn iterations(code: &str) -> Vec<(usize, String)> {
    let names = hashed_names(code);
    let mut found = Vec::new();
    for (at, word) in words(code).filter(|(_, word)| names.contains(word)) {
        let (before, after) = (code[..at].trim_end(), code[at + word.len()..].trim_start());
        let method = after.strip_prefix('.').and_then(|call| words(call).next());
        let is_asked = method.is_some_and(|(_, method)| IN_ITS_ORDER.contains(&method));
        if is_asked || is_walked_by_for(before) && after.starts_with('{') {
            found.push((1 + code[..at].matches('\n').count(), word.to_owned()));
        }
    }
    found
}

/// Names declared as `name: HashMap<…>` or `name = HashMap::…`. A map inside another type, such as
/// `Option<HashMap<…>>`, is not looked for.
fn hashed_names(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in words(code).filter(|(_, word)| HASHED.contains(word)) {
        let before = code[..at].trim_end_matches("std::collections::");
        let before = before.trim_end_matches([' ', '&']).trim_end_matches("mut");
        let declaration = before.rsplit(['\n', ',', '(', '{', ';']).next().unwrap_or(before);
        let Some(declared) = declaration.trim_end_matches([' ', '&']).strip_suffix([':', '='])
        else {
            continue;
        };
        let name = declared.split(':').next().unwrap_or(declared);
        names.extend(words(name).last().map(|(_, name)| name));
    }
    names
}

/// `for x in a`, `for x in &self.a`.
fn is_walked_by_for(before: &str) -> bool {
    let line = before.rsplit(['\n', ';', '{']).next().unwrap_or(before).trim_start();
    let path = line.strip_prefix("for ").and_then(|line| line.split_once(" in"));
    path.is_some_and(|(_, path)| {
        path.trim().chars().all(|c| c.is_alphanumeric() || "&_. ".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_found_and_look_ups_are_not() {
        let declared = "struct S { open: HashMap<u32, u32>, sorted: BTreeMap<u32, u32> }\n";
        for (walk, is_one) in [
            ("for x in &s.open {", true),
            ("for (k, v) in s.open.iter() {", true),
            ("self.open\n    .values()\n    .sum()", true),
            ("self.open.keys().max()", true),
            ("self.open.retain(|k, _| k > 1)", true),
            ("self.open.get(&1)", false),
            ("self.open.insert(1, 2);", false),
            ("for x in &s.sorted {", false),
            ("self.sorted.values()", false),
            ("for x in 0..s.open.len() {", false),
            ("if s.open.contains_key(&1) {", false),
        ] {
            let found = iterations(&format!("{declared}{walk}"));
            assert_eq!(!found.is_empty(), is_one, "{walk}: {found:?}");
            assert!(found.iter().all(|found| *found == (2, "open".into())), "{walk}: {found:?}");
        }
    }

    #[test]
    fn declarations_are_recognised() {
        for declared in [
            "let mut seen = HashSet::new();",
            "let seen: HashSet<u32> = x;",
            "let seen: std::collections::HashSet<u32> = x;",
            "let seen: HashSet<u32> = HashSet::new();",
            "fn f(a: u32, seen: &mut HashMap<u32, u32>) {",
        ] {
            let found = iterations(&format!("{declared}\nseen.iter()"));
            assert_eq!(found, [(2, "seen".into())], "{declared}");
        }
        assert_eq!(iterations("use std::collections::HashMap;\ncollections.iter()"), []);
    }
}
