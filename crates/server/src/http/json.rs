//! Reads a JSON body, and says what is wrong with it and where.

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Segment, Track};

use crate::http::objects;
use crate::problem::Problem;

/// How many brackets may stand inside one another.
const MAX_DEPTH: u32 = 16;

/// Reads a body. Unknown fields are refused by the types.
///
/// # Errors
/// Not UTF-8, not JSON, too deep, or not what the operation asks for.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Problem::new(
            "body_not_utf8",
            format!("The body is not UTF-8 from byte {at} on; encode the text as UTF-8."),
        )
    })?;
    if depth(text) > MAX_DEPTH {
        return Err(Problem::new(
            "body_too_deep",
            format!("The body nests deeper than {MAX_DEPTH} levels; nothing here needs that."),
        ));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let value = objects::read(tracked);
    let value = value.map_err(|error| problem(&error, pointer(&track.path())))?;
    reader.end().map_err(|error| problem(&error, String::new()))?;
    Ok(value)
}

fn problem(error: &serde_json::Error, pointer: String) -> Problem {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => {
            let words = error.to_string();
            let words = words.rsplit_once(" at line").map_or(words.as_str(), |(words, _)| words);
            let place = if pointer.is_empty() { "The body".to_owned() } else { pointer.clone() };
            Problem::new("field_invalid", format!("{place}: {words}."))
                .in_field(pointer, words.to_owned())
        }
        Category::Syntax | Category::Eof | Category::Io => Problem::new(
            "body_malformed",
            format!("The body is not JSON at line {line}, column {column}; correct it."),
        ),
    }
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                text.push('/');
                text.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
    }
    text
}

/// The deepest nesting of brackets outside of texts.
fn depth(text: &str) -> u32 {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_u32, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)] // only read
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)] // only read
    struct Inner {
        amount: u64,
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for (body, code, pointer) in [
            (&b"\xff"[..], "body_not_utf8", None),
            (b"", "body_malformed", None),
            (b"{", "body_malformed", None),
            (b"{\"inner\":[]} x", "body_malformed", None),
            (b"{\"inner\":[{\"amount\":1e400}]}", "body_malformed", None),
            (deep.as_bytes(), "body_too_deep", None),
            (b"[]", "field_invalid", Some("")),
            (b"[[]]", "field_invalid", Some("")),
            (b"{\"inner\":[[1]]}", "field_invalid", Some("/inner/0")),
            (b"{}", "field_invalid", Some("")),
            (
                b"{\"inner\":[{\"amount\":1},{\"amount\":-1}]}",
                "field_invalid",
                Some("/inner/1/amount"),
            ),
            (b"{\"inner\":[{\"amount\":1.5}]}", "field_invalid", Some("/inner/0/amount")),
            (b"{\"inner\":[{\"amount\":\"1\"}]}", "field_invalid", Some("/inner/0/amount")),
            (
                b"{\"inner\":[{\"amount\":18446744073709551616}]}",
                "field_invalid",
                Some("/inner/0/amount"),
            ),
            (b"{\"inner\":[],\"inner\":[]}", "field_invalid", Some("")),
            (b"{\"inner\":[],\"outer\":1}", "field_invalid", Some("/outer")),
        ] {
            let problem = read::<Outer>(body).unwrap_err();
            let body = String::from_utf8_lossy(body);
            let found = problem.errors.first().map(|error| error.pointer.as_str());
            assert_eq!((problem.code, found), (code, pointer), "{}", &body[..body.len().min(60)]);
        }
        assert!(read::<Outer>(b" {\"inner\":[{\"amount\":1}]}\n").is_ok());
    }
}
