//! Finds amounts of law in code. They are dated data with a source (`crates/market/data/terms.toml`)
//! and enter a cell by command; in code nobody would see them change.

use std::collections::BTreeSet;

use super::source::words;

/// Amounts of the law that are not in the data that ships, because nothing of a payment tells them.
const NOT_SHIPPED: [u64; 2] = [26_000, 2_600_000];

/// Places where such a number counts something else: the file's end, and the number.
const OTHERWISE: [(&str, u64); 3] = [
    ("pay/src/state/bank.rs", 50_000),
    ("server/src/setup.rs", 50_000),
    ("server/src/desk/submit.rs", 5_000_000),
];

/// Smaller numbers, and powers of ten, count all sorts of things.
const LEAST: u64 = 20_000;

/// The amounts that the data that ships say, in minor units and in whole units of a hundred.
pub(crate) fn amounts(terms: &toml::Table) -> BTreeSet<u64> {
    let places = terms.get("jurisdiction").and_then(toml::Value::as_array);
    let limits = places.into_iter().flatten().filter_map(|place| place.get("limit")?.as_array());
    let most = limits.flatten().filter_map(|limit| limit.get("most")?.as_integer());
    let most = most.filter_map(|most| u64::try_from(most).ok()).chain(NOT_SHIPPED);
    most.flat_map(|most| [most, most / 100]).filter(|most| is_telling(*most)).collect()
}

fn is_telling(number: u64) -> bool {
    let digits = number.to_string();
    let is_power = digits.starts_with('1') && digits[1..].bytes().all(|digit| digit == b'0');
    number >= LEAST && !is_power
}

/// Line and text of each literal in `code` that is an amount of law, however it is grouped.
pub(crate) fn constants(file: &str, code: &str, amounts: &BTreeSet<u64>) -> Vec<(usize, String)> {
    let literals = words(code).filter(|(_, word)| word.starts_with(|c: char| c.is_ascii_digit()));
    let said = literals.filter(|(_, word)| {
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(word.len());
        let number = word[..end].replace('_', "").parse::<u64>();
        number.is_ok_and(|number| {
            let otherwise = OTHERWISE.iter().any(|(of, n)| file.ends_with(of) && *n == number);
            amounts.contains(&number) && !otherwise
        })
    });
    said.map(|(at, word)| (1 + code[..at].matches('\n').count(), word.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> BTreeSet<u64> {
        let terms = include_str!("../../../crates/market/data/terms.toml");
        amounts(&terms.parse().expect("the terms that ship are TOML"))
    }

    #[test]
    fn an_amount_of_law_is_found_however_it_is_written() {
        let code = "const A: u64 = 20_000_000;\nlet b = 20000000u64;\nlet c = 2_00_000_i64;\n";
        let found = constants("crates/pay/src/x.rs", code, &shipped());
        let expected = [(1, "20_000_000"), (2, "20000000u64"), (3, "2_00_000_i64")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
        assert_eq!(constants("x.rs", "let cbec = 26_000;", &shipped()).len(), 1);
    }

    #[test]
    fn other_numbers_are_nobodys_business() {
        let code = "let a = 1_000_000; let b = 20_000_001; let c = 500; let d = x20_000_000;";
        assert_eq!(constants("crates/pay/src/x.rs", code, &shipped()), []);
        let counts = "pub const MOST_TASKS: usize = 50_000;";
        assert_eq!(constants("crates/pay/src/state/bank.rs", counts, &shipped()), []);
        assert_eq!(constants("crates/pay/src/x.rs", counts, &shipped()).len(), 1);
    }
}
