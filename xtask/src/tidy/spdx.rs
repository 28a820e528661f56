//! SPDX licence expressions, as far as manifests use them.

/// Licences under which a dependency may be built in.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an expression can be satisfied by allowed licences: `OR` by any of its sides, `AND` by
/// all. The old `MIT/Apache-2.0` means `OR`. What can't be read is not allowed.
pub(crate) fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    match any_of(&words) {
        Some((allowed, [])) => allowed,
        _ => false,
    }
}

/// Whether it holds, and the words that follow it.
type Parsed<'a> = Option<(bool, &'a [&'a str])>;

fn any_of<'a>(words: &'a [&'a str]) -> Parsed<'a> {
    let (mut holds, mut rest) = all_of(words)?;
    while let ["OR", more @ ..] = rest {
        let (other, after) = all_of(more)?;
        (holds, rest) = (holds | other, after);
    }
    Some((holds, rest))
}

fn all_of<'a>(words: &'a [&'a str]) -> Parsed<'a> {
    let (mut holds, mut rest) = one(words)?;
    while let ["AND", more @ ..] = rest {
        let (other, after) = one(more)?;
        (holds, rest) = (holds & other, after);
    }
    Some((holds, rest))
}

fn one<'a>(words: &'a [&'a str]) -> Parsed<'a> {
    match words {
        ["(", inner @ ..] => match any_of(inner)? {
            (holds, [")", rest @ ..]) => Some((holds, rest)),
            _ => None,
        },
        [name, "WITH", exception, rest @ ..] => {
            Some((ALLOWED.contains(&format!("{name} WITH {exception}").as_str()), rest))
        }
        [name, rest @ ..] if !["OR", "AND", "WITH", ")"].contains(name) => {
            Some((ALLOWED.contains(name), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged() {
        for allowed in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "Apache-2.0 / MIT",
            "MIT OR GPL-3.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "Unlicense OR MIT",
            "BSD-3-Clause AND (GPL-2.0 OR ISC)",
            "GPL-3.0 AND BSD-2-Clause OR MIT",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in [
            "GPL-3.0",
            "LGPL-2.1",
            "MIT AND GPL-3.0",
            "AGPL-3.0 OR GPL-3.0",
            "Apache-2.0 WITH Other-exception",
            "GPL-2.0 WITH Classpath-exception-2.0",
            "",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "non-standard",
        ] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }
}
