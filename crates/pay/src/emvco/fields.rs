//! The fields of a code, checked one by one, as a tree that can be printed.

use super::customer::CustomerCode;
use super::error::{Error, LengthProblem, Place, tag_text};
use super::table::{Content, rule};
use super::tlv::{CRC_TAG, MAX_CHARACTERS, Raw, crc16, split};

/// One field of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// 0 to 99.
    pub tag: u8,
    /// What the field is called, in snake case.
    pub name: &'static str,
    /// The value as it stands; of a template, its fields as they stand.
    pub value: String,
    /// A template's fields, in their order; empty for a plain value.
    pub fields: Vec<Field>,
    pub(super) place: Place,
}

impl Field {
    /// Where the field begins.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

/// Lists the fields of a code in their order, each by itself valid, the check value verified.
///
/// The grammar is judged first, then the check value, then each field, so that an error names the
/// cause rather than a consequence. What fields ask of each other is left to [`super::decode`].
///
/// # Errors
/// The first [`Error`] found.
pub fn fields(text: &str) -> Result<Vec<Field>, Error> {
    if !text.starts_with("0002") {
        return Err(explain_other(text));
    }
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        return Err(Error::TooLong { characters });
    }
    let raws = split(text, Place::root(0), 1)?;
    check_crc(text, &raws)?;
    raws.iter().map(check).collect()
}

/// The first of `fields` with this tag.
pub(super) fn find(fields: &[Field], tag: u8) -> Option<&Field> {
    fields.iter().find(|field| field.tag == tag)
}

/// The value under `path`'s last tag, which must be among `fields`.
pub(super) fn require(fields: &[Field], path: &[u8]) -> Result<String, Error> {
    let found = path.last().and_then(|&tag| find(fields, tag));
    let missing = || Error::MissingField { tag: tag_text(path), name: rule(path).name };
    found.map(|field| field.value.clone()).ok_or_else(missing)
}

/// The most helpful error for a text that does not begin with tag 00.
fn explain_other(text: &str) -> Error {
    if let Some(kind) = CustomerCode::recognise(text) {
        return Error::CustomerPresented(kind);
    }
    let is_code = text.len() <= 4 * MAX_CHARACTERS
        && split(text, Place::root(0), 1)
            .is_ok_and(|raws| raws.last().is_some_and(|raw| raw.tag == CRC_TAG));
    if is_code { Error::FormatIndicatorNotFirst } else { Error::NotAPaymentCode }
}

fn check_crc(text: &str, raws: &[Raw<'_>]) -> Result<(), Error> {
    let Some(last) = raws.last().filter(|raw| raw.tag == CRC_TAG) else {
        return Err(Error::MissingField { tag: tag_text(&[CRC_TAG]), name: rule(&[CRC_TAG]).name });
    };
    check_length(last)?;
    let computed = crc16(&text.as_bytes()[..text.len() - last.value.len()]);
    // `from_str_radix` alone would take a sign.
    let is_hex = last.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && u16::from_str_radix(last.value, 16) == Ok(computed) {
        return Ok(());
    }
    Err(Error::WrongCrc { found: last.value.to_owned(), computed })
}

fn check(raw: &Raw<'_>) -> Result<Field, Error> {
    let rule = rule(raw.place.path());
    check_length(raw)?;
    if rule.content != Content::Template {
        check_visible(raw)?;
    }
    if let Some(expected) = rule.content.complaint(raw.value) {
        return Err(Error::BadValue { place: raw.place, name: rule.name, expected });
    }
    let fields = match rule.content {
        Content::Template => {
            let inner = split(raw.value, raw.place, raw.value_at())?;
            inner.iter().map(check).collect::<Result<_, _>>()?
        }
        _ => Vec::new(),
    };
    Ok(Field {
        tag: raw.tag,
        name: rule.name,
        value: raw.value.to_owned(),
        fields,
        place: raw.place,
    })
}

fn check_length(raw: &Raw<'_>) -> Result<(), Error> {
    let rule = rule(raw.place.path());
    let found = raw.value.chars().count();
    if (rule.shortest..=rule.longest).contains(&found) {
        return Ok(());
    }
    let (shortest, longest) = (rule.shortest, rule.longest);
    let problem = LengthProblem::Outside { found, shortest, longest };
    Err(Error::BadLength { place: raw.place, problem })
}

fn check_visible(raw: &Raw<'_>) -> Result<(), Error> {
    match raw.value.chars().enumerate().find(|&(_, character)| is_invisible(character)) {
        None => Ok(()),
        Some((index, character)) => Err(Error::ControlCharacter {
            place: raw.place.with_at(raw.value_at() + index),
            found: u32::from(character),
        }),
    }
}

/// Control characters, and those with which a name can be made to look like another one: marks
/// that turn the direction of the text and signs without width. Joiners inside of words stay.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200B}'
                | '\u{200E}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{2069}'
                | '\u{FEFF}'
        )
}
