//! Takes comments, texts and tests out of Rust source, leaving lines and columns as they are.

use std::ops::Range;

/// A source file in the forms the rules need, with `#[cfg(test)]` items blanked in both. All have
/// the same lines.
pub(crate) struct Stripped {
    /// Comments blanked.
    pub(crate) without_comments: String,
    /// Comments and texts blanked: what runs.
    pub(crate) code: String,
}

pub(crate) fn strip(source: &str) -> Stripped {
    let (mut without_comments, mut code) = blank(source);
    for tests in test_items(&code) {
        for c in code[tests.clone()].iter_mut().chain(&mut without_comments[tests]) {
            *c = if *c == '\n' { '\n' } else { ' ' };
        }
    }
    let text = |chars: Vec<char>| chars.into_iter().collect();
    Stripped { without_comments: text(without_comments), code: text(code) }
}

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    LineComment,
    /// With its depth: block comments nest.
    BlockComment(usize),
    Text,
    /// With its number of `#`.
    RawText(usize),
}

fn blank(source: &str) -> (Vec<char>, Vec<char>) {
    let chars: Vec<char> = source.chars().collect();
    let mut without_comments = Vec::with_capacity(chars.len());
    let mut code = Vec::with_capacity(chars.len());
    let mut part = Part::Code;
    let mut at = 0;
    while at < chars.len() {
        let (next, length) = step(part, &chars, at);
        let (is_comment, is_text) = match (part, next) {
            (Part::LineComment | Part::BlockComment(_), _)
            | (_, Part::LineComment | Part::BlockComment(_)) => (true, false),
            (Part::Text | Part::RawText(_), _) | (_, Part::Text | Part::RawText(_)) => {
                (false, true)
            }
            (Part::Code, Part::Code) => (false, length > 1),
        };
        for &c in &chars[at..at + length] {
            let blanked = if c == '\n' { '\n' } else { ' ' };
            without_comments.push(if is_comment { blanked } else { c });
            code.push(if is_comment || is_text { blanked } else { c });
        }
        part = next;
        at += length;
    }
    (without_comments, code)
}

/// Where one is after the next token, and how long that token is.
fn step(part: Part, chars: &[char], at: usize) -> (Part, usize) {
    let rest = &chars[at..];
    match (part, rest) {
        (Part::Code, ['/', '/', ..]) => (Part::LineComment, 2),
        (Part::Code, ['/', '*', ..]) => (Part::BlockComment(1), 2),
        (Part::Code, ['"', ..]) => (Part::Text, 1),
        (Part::Code, ['r', ..]) if !is_inside_a_word(chars, at) => match raw_text_hashes(rest) {
            Some(hashes) => (Part::RawText(hashes), hashes + 2),
            None => (Part::Code, 1),
        },
        (Part::Code, ['\'', ..]) => (Part::Code, char_literal_length(rest)),
        (Part::LineComment, ['\n', ..]) => (Part::Code, 1),
        (Part::BlockComment(depth), ['/', '*', ..]) => (Part::BlockComment(depth + 1), 2),
        (Part::BlockComment(1), ['*', '/', ..]) => (Part::Code, 2),
        (Part::BlockComment(depth), ['*', '/', ..]) => (Part::BlockComment(depth - 1), 2),
        (Part::Text, ['\\', _, ..]) => (Part::Text, 2),
        (Part::Text, ['"', ..]) => (Part::Code, 1),
        (Part::RawText(hashes), ['"', ..])
            if rest.iter().skip(1).take_while(|c| **c == '#').count() >= hashes =>
        {
            (Part::Code, hashes + 1)
        }
        _ => (part, 1),
    }
}

fn is_inside_a_word(chars: &[char], at: usize) -> bool {
    // `b` before a raw text of bytes is not a word of its own.
    let before = at.checked_sub(1).map(|at| chars[at]);
    before.is_some_and(|c| (c.is_alphanumeric() && c != 'b') || c == '_')
}

fn raw_text_hashes(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    (rest.get(hashes + 1) == Some(&'"')).then_some(hashes)
}

/// A literal such as `'x'` or `'\u{a5}'` as a whole; 1 for the tick of a lifetime.
fn char_literal_length(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', _, ..] => {
            3 + rest[3..].iter().take(10).position(|c| *c == '\'').map_or(0, |at| at + 1)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

/// Where `#[cfg(test)]` and the item after it stand.
fn test_items(code: &[char]) -> Vec<Range<usize>> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        if code[at..].starts_with(&mark) {
            let end = at + item_length(&code[at..]);
            found.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// To the item's `;` or its closing brace.
fn item_length(item: &[char]) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.iter().enumerate() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> String {
        strip(source).code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_texts_are_blanked() {
        for (source, expected) in [
            ("a // b \"c\"\nd", "a d"),
            ("a /* b /* c */ d */ e", "a e"),
            (r#"a("b \" // c") d"#, "a( ) d"),
            (r##"a(r#"b " c"#) d"##, "a( ) d"),
            (r##"a(br#"b " c"#) d"##, "a(b ) d"),
            ("for r in x { 'a: loop {} }", "for r in x { 'a: loop {} }"),
            ("a('\"') b('\\'') c('\\u{a5}') d", "a( ) b( ) c( ) d"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ] {
            assert_eq!(code(source), expected, "{source}");
        }
        assert_eq!(strip("a \"b\" // c").without_comments.trim(), "a \"b\"");
    }

    #[test]
    fn tests_are_blanked_and_what_follows_them_is_not() {
        assert_eq!(code("a #[cfg(test)] mod tests { fn f() { x } } b"), "a b");
        assert_eq!(code("a #[cfg(test)] mod tests; b #[cfg(test)] use c; d"), "a b d");
        assert_eq!(code("#[cfg(test)]\n#[path = \"x{\"]\nmod tests;\nb"), "b");
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "a\n/* b\nc */ d\n\"e\nf\" g\n#[cfg(test)]\nmod t {\n}\nh";
        let stripped = strip(source);
        for form in [&stripped.code, &stripped.without_comments] {
            assert_eq!(form.lines().count(), source.lines().count());
        }
        assert_eq!(stripped.code.lines().last(), Some("h"));
    }
}
